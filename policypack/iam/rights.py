"""What a role, user or group may do: all statements of its policies, and what of them is not known."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, Literal, NamedTuple

from policypack.iam import attachments
from policypack.iam.conditions import VARIABLE
from policypack.iam.documents import Statement, statements
from policypack.iam.resource_policies import KEYS, has_resource_policy, leaves_it_to_iam, resource_policy_of
from policypack.model import Resource, Value, remembered
from policypack.wildcard import PatternIndex, is_like, matches

# AWS managed policies that execution roles have and that allow nothing but what their names say:
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html, 2026-11-21
_NARROW: Final = re.compile(
    r"arn:[\w-]+:iam::aws:policy/(?:service-role/)?(?:AmazonECSTaskExecutionRolePolicy|AmazonEC2ContainerRegistryPullOnly"
    r"|AmazonEC2ContainerRegistryReadOnly|AWSXRayDaemonWriteAccess|CloudWatchLogsFullAccess)"
)


@dataclass(frozen=True)
class Answer:
    """
    Whether a principal may do something.

    :param verdict: `denied` also where nothing allows it; then `why` is None.
    :param why: the statement that allows or denies it, or the value that is not known.
    """

    verdict: Literal["allowed", "denied", "unknown"]
    why: Statement | Value | None = None

    @property
    def is_explicit_denial(self) -> bool:
        """Whether a statement denies it, so that no other statement can allow it."""
        return self.verdict == "denied" and self.why is not None


@dataclass(frozen=True)
class Rights:
    """
    The identity-based policies of a role, user or group.

    :param holder: the role, user or group.
    :param statements: all statements of its policies that are known.
    :param unknown: its policy documents that are unknown.
    :param doubts: unknown values that may attach further policies to it.
    :param elsewhere: the ARNs of attached policies that are not in this stack, so that nobody here can read them.
    """

    holder: Resource
    statements: tuple[Statement, ...]
    unknown: tuple[Value, ...]
    doubts: tuple[Value, ...]
    elsewhere: tuple[Value, ...]
    _asked: dict[tuple[bool, str], _ByResource] = field(default_factory=dict, repr=False, compare=False)

    @property
    def are_complete(self) -> bool:
        """Whether the statements are all that the holder has."""
        return not (self.unknown or self.doubts or self.elsewhere)

    def may(self, action: str, *resources: str) -> Answer:
        """
        Whether the identity-based policies allow an action on a resource.

        Conditions are taken to hold where a statement allows, and not to hold where one denies.

        :param action: such as `kms:Decrypt`.
        :param resources: the resource's ARN; several where it can be named in several ways, and one is enough. A `?`
            stands for a character that is not known, and a text that is no ARN for the last part of any. None or an
            empty one where nothing is known of it: then a statement about any resource counts.
        """
        if denying := self._find(False, action, resources):
            return Answer("denied", denying)
        if allowing := self._find(True, action, resources):
            return Answer("allowed", allowing)
        missing = next(chain(self.elsewhere, self.unknown, self.doubts), None)
        return Answer("unknown", missing) if missing else Answer("denied")

    def _find(self, allows: bool, action: str, resources: tuple[str, ...]) -> Statement | None:
        """The first statement found that allows, or denies, an action on a resource."""
        if (allows, action) not in self._asked:
            counting = (each for each in self.statements if (each.allows if allows else _refuses(each)))
            self._asked[allows, action] = _ByResource(each for each in counting if each.covers(action))
        return self._asked[allows, action].find(resources)


def _refuses(statement: Statement) -> bool:
    """Whether a statement denies whatever the request is."""
    return statement.denies and not statement.conditions and not statement.has_excepted_resources


class _ByResource:
    """Statements by the resources that they are about, so that a question need not try each statement."""

    def __init__(self, read: Iterable[Statement]) -> None:
        found = list(read)
        self._first = found[0] if found else None
        self._about_everything = next((each for each in found if each.concerns_every_resource), None)
        named = [(VARIABLE.sub("*", pattern).lower(), each) for each in found for pattern in each.resources]
        self._by_arn = _Patterns(named)
        self._by_end = _Patterns([(pattern.split(":", 5)[-1], each) for pattern, each in named])

    def find(self, resources: tuple[str, ...]) -> Statement | None:
        if self._about_everything or not any(resources):
            return self._about_everything or self._first
        found = (
            each
            for resource in resources
            for each in (self._by_arn if resource.startswith("arn:") else self._by_end).like(resource.lower())
        )
        return next(found, None)


class _Patterns:
    """Statements by patterns of resources, found by a text that may have a `?` of its own."""

    def __init__(self, named: list[tuple[str, Statement]]) -> None:
        self._index = PatternIndex(named)
        self._sorted = sorted(named, key=lambda entry: entry[0])
        self._keys = [pattern for pattern, _ in self._sorted]

    def like(self, text: str) -> Iterator[Statement]:
        yield from self._index.find(text)
        start, mark, _ = text.partition("?")
        if mark:
            for position in range(bisect_left(self._keys, start), len(self._keys)):
                if not self._keys[position].startswith(start):
                    break
                if matches(text, self._keys[position]):
                    yield self._sorted[position][1]


@remembered
def rights_of(holder: Resource) -> Rights:
    """
    What the identity-based policies of a role, user or group say, as far as the stack tells.

    The groups of a user and permissions boundaries are not looked at.

    :raises StackUnknownError: before the whole stack is known (see Resource.stack).
    """
    attached = [_attached(arns) for arns in attachments.managed_arns(holder)]
    documents = [
        *attachments.inline_documents(holder),
        *(policy.get("policy") for each in attached for policy in each.policies),
    ]
    # One policy may be attached in several ways.
    distinct = {(each.resource.urn, each.path): each for each in documents}
    read = [(document, statements(document)) for document in distinct.values()]
    return Rights(
        holder,
        tuple(statement for _, each in read for statement in each or ()),
        tuple(document for document, each in read if each is None),
        (*attachments.possible_attachments(holder), *(doubt for each in attached for doubt in each.doubts)),
        tuple(arn for each in attached for arn in each.elsewhere),
    )


class _Attached(NamedTuple):
    """The managed policies that a property attaches: those of this stack, and as in Rights."""

    policies: list[Resource]
    doubts: list[Value]
    elsewhere: list[Value]


def _attached(arns: list[Value]) -> _Attached:
    """The managed policies that the ARNs in one property name."""
    unknown = sum(arn.is_unknown for arn in arns)
    found = _Attached([], [], [])
    for arn in arns:
        # What one element of a list depends on, every element does.
        policies = arn.targets(attachments.POLICY)
        if arn.is_known:
            named = [policy for policy in policies if policy.output("arn").text == arn.text]
            found.policies.extend(named)
            if not named and not _NARROW.fullmatch(arn.text):
                found.elsewhere.append(arn)
        else:
            found.policies.extend(policies)
            if len(policies) < max(unknown, len(arn.dependency_urns)):
                found.doubts.append(arn)
    return found


def may(principal: Resource | str, action: str, resource: Resource | str) -> Answer:
    """
    Whether a principal may do something to a resource: allowed, denied or unknown, and why.

    Both the principal's own policies and the resource's are looked at, as they count within one account:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html.
    Conditions are taken to hold where a statement allows, and not to hold where one denies.

    :param principal: a role, user or group of the stack, or the name of a service (`cloudtrail.amazonaws.com`).
    :param action: such as `s3:PutObject`.
    :param resource: a resource of the stack, whose resource-based policy counts where it can have one, or an ARN.
    """
    arn = resource if isinstance(resource, str) else resource.output("arn").text
    own = Answer("denied") if isinstance(principal, str) else rights_of(principal).may(action, arn)
    if isinstance(resource, str) or not has_resource_policy(resource) or own.is_explicit_denial:
        return own
    policy = resource_policy_of(resource)
    if policy.statements is None or policy.doubt:
        is_enough = own.verdict == "allowed" and resource.type not in KEYS
        return own if is_enough else Answer("unknown", policy.doubt or policy.document)
    about = [each for each in policy.statements if each.covers(action) and _concerns(each, principal)]
    if denying := next((each for each in about if _refuses(each)), None):
        return Answer("denied", denying)
    if allowing := next((each for each in about if each.allows), None):
        return Answer("allowed", allowing)
    # IAM policies count for a key only where the key's policy, or KMS's default one, leaves the decision to them.
    counts = resource.type not in KEYS or policy.is_default or any(map(leaves_it_to_iam, policy.statements))
    return own if counts else Answer("denied")


def _concerns(statement: Statement, principal: Resource | str) -> bool:
    """Whether a statement of a resource-based policy is about a principal."""
    kind = "Service" if isinstance(principal, str) else "AWS"
    name = principal if isinstance(principal, str) else principal.output("arn").text
    if statement.excepted_principals:
        return not any(is_like(each, name) for each in statement.excepted_principals.get(kind, ()))
    # A role whose ARN is not known yet cannot be in a document that is known.
    named = name and any(is_like(each, name) for each in statement.principals.get(kind, ()))
    return statement.names_everybody or bool(named)
