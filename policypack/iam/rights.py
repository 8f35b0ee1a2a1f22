"""What a role, user or group may do: all statements of its policies, and what of them is not known."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Literal, NamedTuple

from msgspec import structs

from policypack.data.managed_policies import managed_policy
from policypack.iam import attachments
from policypack.iam.arns import may_match, surely_match
from policypack.iam.attachments import BOUNDARY
from policypack.iam.conditions import VARIABLE
from policypack.iam.documents import Statement, bounds_of
from policypack.iam.forms import KEYS
from policypack.iam.resource_policies import (
    ResourcePolicy,
    has_resource_policy,
    leaves_it_to_iam,
    resource_policy_of,
)
from policypack.iam.sessions import Session
from policypack.iam.stand_ins import arn_for, stand_in
from policypack.model import Resource, Value, remembered
from policypack.wildcard import PatternIndex, is_like, matches, may_overlap, until_wildcard


@dataclass(frozen=True)
class Answer:
    """
    Whether a principal may do something.

    :param verdict: `denied` also where nothing allows it; then `why` is None.
    :param why: the statement that allows or denies it, the permissions boundary that does not allow it, or the value
        that is not known.
    """

    verdict: Literal["allowed", "denied", "unknown"]
    why: Statement | Value | None = None

    @property
    def is_explicit_denial(self) -> bool:
        """Whether a statement or the permissions boundary denies it, so that no other statement can allow it."""
        return self.verdict == "denied" and self.why is not None


@dataclass(frozen=True)
class Rights:
    """
    The identity-based policies of a role, user or group.

    :param holder: the role, user or group.
    :param statements: all statements of its policies that are known, and that surely hold.
    :param unknown: its policy documents that are unknown, wholly or in part.
    :param doubts: unknown values that may attach further policies to it.
    :param elsewhere: the ARNs of attached policies that are not in this stack, so that nobody here can read them.
        Those of AWS's own that `managed_policy` has are read.
    :param boundary: what its permissions boundary allows, where that is known or in this stack.
    :param bounds: what it may do at least and at most, where documents are unknown in part.
    """

    holder: Resource
    statements: tuple[Statement, ...]
    unknown: tuple[Value, ...]
    doubts: tuple[Value, ...] = ()
    elsewhere: tuple[Value, ...] = ()
    boundary: Rights | None = None
    bounds: tuple[Rights, Rights] | None = None
    _asked: dict[tuple[bool, str, Session | None], _ByResource] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _allowing_and_denying(self) -> tuple[list[Statement], list[Statement]]:
        return [each for each in self.statements if each.allows], [each for each in self.statements if each.denies]

    @property
    def are_complete(self) -> bool:
        """Whether the statements are all that the holder has."""
        return not (self.unknown or self.doubts or self.elsewhere)

    def may(self, action: str, *resources: str, session: Session | None = None) -> Answer:
        """
        Whether the identity-based policies allow an action on a resource, and the permissions boundary does not forbid
        it. A boundary that is not in the stack is taken to allow it.

        Of conditions of which nothing is known, those of a statement that allows are taken to hold, and those of one
        that denies not to hold.

        :param action: such as `kms:Decrypt`.
        :param resources: the resource's ARN; several where it can be named in several ways, and one is enough. A `?`
            stands for a character that is not known, a `*` for any number of them, and a text that is no ARN for the
            last part of any. `*` alone where the action has no resource, so that only a statement about all of them
            allows it. None or an empty one where nothing is known of it: then a statement about any resource does.
        :param session: what is known of the requests, where a service makes them.
        """
        if self.bounds:
            least, most = (each.may(action, *resources, session=session) for each in self.bounds)
            if least.verdict == most.verdict:
                return most
            return Answer("unknown", self.doubt_about(action))
        if denying := self._find(False, action, session).surely_about(resources):
            return Answer("denied", denying)
        within = self.boundary.may(action, *resources, session=session) if self.boundary else None
        if self.boundary and within and within.verdict == "denied":
            return Answer("denied", within.why or self.holder.get(BOUNDARY))
        if allowing := self._find(True, action, session).about(resources):
            is_unknown = within and within.verdict == "unknown"
            return within if within and is_unknown else Answer("allowed", allowing)
        missing = next(chain(self.elsewhere, self.unknown, self.doubts), None)
        return Answer("unknown", missing) if missing else Answer("denied")

    def doubt_about(self, action: str) -> Value:
        """The first unknown value in a document that may allow an action, or else in any."""
        partly = [(document, bounds) for document in self.unknown if (bounds := bounds_of(document))]
        about = (
            doubt
            for _, bounds in partly
            for each in (*bounds.possible, *bounds.sure)
            if each.covers(action) and (doubt := bounds.doubt(each.at.path))
        )
        return next(about, self.unknown[0])

    def _find(self, allows: bool, action: str, session: Session | None) -> _ByResource:
        """The statements that allow, or deny, an action."""
        if (allows, action, session) not in self._asked:
            found = (each for each in self._allowing_and_denying[not allows] if each.covers(action))
            counts = _permits if allows else _refuses
            self._asked[allows, action, session] = _ByResource(each for each in found if counts(each, session))
        return self._asked[allows, action, session]


def _permits(statement: Statement, session: Session | None) -> bool:
    """Whether the conditions of a statement that allows something may hold."""
    return session is None or all(map(session.can_meet, statement.conditions))


def _refuses(statement: Statement, session: Session | None) -> bool:
    """Whether a statement surely denies something."""
    if not statement.denies or statement.has_excepted_resources:
        return False
    return not statement.conditions or (session is not None and all(map(session.surely_meets, statement.conditions)))


class _ByResource:
    """Statements by the resources that they are about, so that a question need not try each statement."""

    def __init__(self, read: Iterable[Statement]) -> None:
        found = list(read)
        self._first = found[0] if found else None
        self._about_everything = next((each for each in found if each.concerns_every_resource), None)
        self._by_start: dict[str, list[tuple[str, Statement]]] = {}
        for each in found:
            for pattern in each.resources:
                self._by_start.setdefault(until_wildcard(_end(pattern)), []).append((pattern, each))
        self._starts = sorted(self._by_start)
        self._lengths = sorted({len(start) for start in self._starts})

    def about(self, resources: tuple[str, ...]) -> Statement | None:
        """The first statement found that may be about a resource, of those that are named."""
        if self._about_everything or not any(resources):
            return self._about_everything or self._first
        if resources == ("*",):
            return None
        found = (each for arn in resources for pattern, each in self._near(arn) if _may_mean(pattern, arn))
        return next(found, None)

    def surely_about(self, resources: tuple[str, ...]) -> Statement | None:
        """The first statement found that is about a resource, whatever is not known of it."""
        if self._about_everything:
            return self._about_everything
        found = (each for arn in resources for pattern, each in self._near(arn) if _surely_means(pattern, arn))
        return next(found, None)

    def _near(self, arn: str) -> Iterator[tuple[str, Statement]]:
        """The patterns that may match an ARN, as far as what precedes their first wildcards tells."""
        end = _end(arn)
        start = until_wildcard(end)
        for length in self._lengths:
            if length > len(start):
                break
            yield from self._by_start.get(start[:length], ())
        if start != end:
            for position in range(bisect_right(self._starts, start), len(self._starts)):
                if not self._starts[position].startswith(start):
                    break
                yield from self._by_start[self._starts[position]]


def _end(arn: str) -> str:
    """The last part of an ARN or of a pattern, by which it is looked up; `*` for a pattern that has fewer parts."""
    pattern = VARIABLE.sub("*", arn).lower()
    parts = pattern.split(":", 5)
    return parts[5] if len(parts) == 6 else "*" if pattern.startswith(("arn:", "*")) else pattern


def _may_mean(pattern: str, arn: str) -> bool:
    if arn.startswith("arn:"):
        return may_match(pattern, arn)
    return may_overlap(_end(pattern), arn.lower())


def _surely_means(pattern: str, arn: str) -> bool:
    if "${" in pattern:
        return False
    return surely_match(pattern, arn) if arn.startswith("arn:") else bool(arn) and matches(_end(pattern), arn.lower())


@remembered
def rights_of(holder: Resource) -> Rights:
    """
    What the identity-based policies of a role, user or group say, as far as the stack tells.

    The groups of a user are not looked at.

    :raises StackUnknownError: before the whole stack is known (see Resource.stack).
    """
    attached = [_attached(arns) for arns in attachments.managed_arns(holder)]
    documents = [
        *attachments.inline_documents(holder),
        *(document for each in attached for document in each.documents),
    ]
    # One policy may be attached in several ways.
    distinct = {(each.resource.urn, each.path): each for each in documents}
    return _rights(
        holder,
        distinct.values(),
        doubts=(*attachments.possible_attachments(holder), *(doubt for each in attached for doubt in each.doubts)),
        elsewhere=tuple(arn for each in attached for arn in each.elsewhere),
        boundary=_boundary_of(holder),
    )


def _rights(
    holder: Resource,
    documents: Iterable[Value],
    doubts: tuple[Value, ...] = (),
    elsewhere: tuple[Value, ...] = (),
    boundary: Rights | None = None,
) -> Rights:
    """What some documents say together, with the rest of Rights."""
    read = [(document, bounds_of(document)) for document in documents]
    found = [bounds for _, bounds in read if bounds]
    surely_said = tuple(statement for bounds in found for statement in bounds.surely_said)
    unknown = tuple(document for document, bounds in read if not bounds)
    rights = Rights(holder, surely_said, unknown, doubts, elsewhere, boundary)
    if not any(bounds.parts for bounds in found):
        return rights
    least = replace(rights, statements=tuple(each for bounds in found for each in bounds.sure), _asked={})
    most = replace(rights, statements=tuple(each for bounds in found for each in bounds.possible), _asked={})
    partly = tuple(document for document, bounds in read if not bounds or bounds.parts)
    return replace(rights, unknown=partly, bounds=(least, most), _asked={})


class _Attached(NamedTuple):
    """The managed policies that a property attaches: the documents that can be read, and as in Rights."""

    documents: list[Value]
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
            found.documents.extend(policy.get("policy") for policy in named)
            if not named and (of_aws := managed_policy(arn.text)):
                found.documents.append(structs.replace(arn, raw=of_aws))
            elif not named:
                found.elsewhere.append(arn)
        else:
            found.documents.extend(policy.get("policy") for policy in policies)
            if len(policies) < max(unknown, len(arn.dependency_urns)):
                found.doubts.append(arn)
    return found


def _boundary_of(holder: Resource) -> Rights | None:
    """What the permissions boundary of a role or user allows; None where it has none that can be read here."""
    arn = holder.get(BOUNDARY)
    if arn.is_unset:
        return None
    documents = [policy.get("policy") for policy in arn.targets(attachments.POLICY)]
    if not documents and (of_aws := managed_policy(arn.text)):
        documents = [structs.replace(arn, raw=of_aws)]
    return _rights(holder, documents) if len(documents) == 1 else None


def may(
    principal: Resource | str, action: str, resource: Resource | str, *names: str, session: Session | None = None
) -> Answer:
    """
    Whether a principal may do something to a resource: allowed, denied or unknown, and why.

    Both the principal's own policies and the resource's are looked at, as they count within one account:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html.
    Conditions are taken to hold where a statement allows, and not to hold where one denies (see Rights.may).

    :param principal: a role, user or group of the stack, or the name of a service (`cloudtrail.amazonaws.com`).
    :param action: such as `s3:PutObject`.
    :param resource: a resource of the stack, whose resource-based policy counts where it can have one, or an ARN.
    :param names: how policies name what the action is about; the resource's ARN, when left out (see Rights.may).
    :param session: what is known of the requests, where a service makes them with a role.
    """
    arns = names or (resource if isinstance(resource, str) else resource.output("arn").text,)
    own = Answer("denied") if isinstance(principal, str) else rights_of(principal).may(action, *arns, session=session)
    if isinstance(resource, str) or not has_resource_policy(resource) or own.is_explicit_denial:
        return own
    policy = resource_policy_of(resource)
    if policy.bounds is None or policy.doubt:
        is_enough = own.verdict == "allowed" and resource.type not in KEYS
        return own if is_enough else Answer("unknown", policy.doubt or policy.document)
    least, most = (
        _with_policy(own, principal, action, resource, arns, session, is_sure=is_sure) for is_sure in (True, False)
    )
    if least.verdict == most.verdict:
        return most
    return Answer("unknown", policy.bounds.first_doubt)


def _with_policy(
    own: Answer,
    principal: Resource | str,
    action: str,
    resource: Resource,
    arns: tuple[str, ...],
    session: Session | None,
    *,
    is_sure: bool,
) -> Answer:
    """
    The answer that a resource's policy and a principal's own policies give together.

    :param own: what the principal's own policies say.
    :param is_sure: whether the resource's policy is read for what it surely allows, rather than for what it may allow.
    """
    about = _about(resource, action, is_sure).concerning(principal)
    if denying := _ByResource(each for each in about if _refuses(each, session)).surely_about(arns):
        return Answer("denied", denying)
    permitting = (each for each in about if each.allows and _permits(each, session))
    if allowing := _ByResource(permitting).about(arns):
        return Answer("allowed", allowing)
    # IAM policies count for a key only where the key's policy, or KMS's default one, leaves the decision to them.
    policy = resource_policy_of(resource)
    counts = resource.type not in KEYS or policy.is_default or any(map(leaves_it_to_iam, _read(policy, is_sure)))
    return own if counts else Answer("denied")


def _read(policy: ResourcePolicy, is_sure: bool) -> Sequence[Statement]:
    if policy.bounds is None:
        return ()
    return policy.bounds.sure if is_sure else policy.bounds.possible


@remembered
def _about(resource: Resource, action: str, is_sure: bool) -> _ByPrincipal:
    return _ByPrincipal(each for each in _read(resource_policy_of(resource), is_sure) if each.covers(action))


class _ByPrincipal:
    """Statements of a resource-based policy by whom they are about, so that a question need not try each statement."""

    def __init__(self, read: Iterable[Statement]) -> None:
        found = list(read)
        self._others = [each for each in found if each.names_everybody]
        named = [
            (kind, pattern, each)
            for each in found
            for kind, patterns in each.principals.items()
            for pattern in patterns
        ]
        self._by_kind = {
            kind: PatternIndex((pattern.lower(), each) for own, pattern, each in named if own == kind)
            for kind in ("AWS", "Service")
        }
        self._by_name: dict[str, list[Statement]] = {}
        for kind, pattern, each in named:
            if kind == "AWS" and pattern.count(":") >= 5:
                self._by_name.setdefault(pattern.rpartition("/")[2], []).append(each)

    def concerning(self, principal: Resource | str) -> list[Statement]:
        """The statements about a role, user or group, or about a service."""
        kind = "Service" if isinstance(principal, str) else "AWS"
        name = principal if isinstance(principal, str) else principal.output("arn").text
        about = [
            each
            for each in self._others
            if not any(is_like(excepted, name) for excepted in each.excepted_principals.get(kind, ()))
        ]
        if name:
            return [*about, *self._by_kind[kind].find(name.lower())]
        if isinstance(principal, str):
            return about
        # A document can name a role whose ARN is not known by what stands for it, or by one that ends with its name.
        names = (arn_for(principal), stand_in(principal), principal.output("name").text)
        return [*about, *(each for own in names if own for each in self._by_name.get(own, ()))]
