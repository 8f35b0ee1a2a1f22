"""
What resource-based policies say of a call that a service makes in its own name.

The service belongs to no account of the customer's, so that conditions on the caller cannot hold; for which resource
and account it acts is in aws:SourceArn and aws:SourceAccount:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from policypack.iam.arns import may_match, surely_match
from policypack.iam.conditions import VARIABLE, Condition
from policypack.iam.documents import Statement
from policypack.iam.stand_ins import HERE, has_stand_in, without_stand_in
from policypack.model import type_of
from policypack.wildcard import is_like, matches

_SOURCE_ARN: Final = "aws:SourceArn"
# What says who a caller of the customer's is, and from which network it comes. A call of a service has none of these.
_OF_CALLERS: Final = (
    *("aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalTag/*"),
    *("aws:PrincipalType", "aws:userid", "aws:username", "kms:CallerAccount", "sts:ExternalId"),
    *("aws:SourceIp", "aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp", "aws:SourceVpcArn"),
)


@dataclass(frozen=True)
class Call:
    """
    A call of a service, as far as it is known before the update.

    :param names: the patterns of the service's names in policies.
    :param resources: the ARNs by which policies may name what is called, in which `*` stands for what is not known.
    :param source_arns: the aws:SourceArn, likewise; `*` where nothing is known of it.
    :param account: the account of the source; empty where it is not known.
    :param accounts: accounts of AWS's own that policies may name in place of the service.
    :param is_identity: whether the call is made as an identity in one of those accounts, which policies may also name
        by its canonical user.
    :param has_owner: whether the service also says its account in aws:SourceOwner, as the default policy of topics
        asks.
    :param source: the URN of the resource for which the service acts; empty where it is not in the stack.
    """

    names: tuple[str, ...]
    resources: tuple[str, ...]
    source_arns: tuple[str, ...] = ("*",)
    account: str = ""
    accounts: tuple[str, ...] = ()
    is_identity: bool = False
    has_owner: bool = False
    source: str = ""

    def may_come_from(self, pattern: str) -> bool:
        """Whether the aws:SourceArn may be like a pattern, which may stand for the ARN of one resource."""
        if has_stand_in(pattern) and len(self.source_arns) == 1:
            return self.source_arns[0].endswith("*")
        return any(may_match(pattern, arn) for arn in self.source_arns)


class Refusal(NamedTuple):
    """
    Why a call is not allowed.

    :param kind: `denied` by a statement; `condition` or `resource` where that of the nearest statement does not match;
        `action` where the service may do other things only; `qualifier` where it may call another version or alias of
        the function; `nobody` where no statement is about it.
    :param statement: the statement that denies or comes nearest; None where there is none.
    :param condition: the condition that cannot hold; None where a source that is not known yet is another one.
    """

    kind: Literal["denied", "condition", "resource", "action", "qualifier", "nobody"]
    statement: Statement | None = None
    condition: Condition | None = None


class Entry(NamedTuple):
    """
    A statement, with the URNs that its aws:SourceArn depends on where that is not known yet.

    A Permission of Lambda says the source as a property of its own, so that its dependencies tell what it will be.
    """

    statement: Statement
    sources: frozenset[str] = frozenset()


class Grants:
    """The statements of a resource's policies, sorted out once for all calls of the same service and action."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._about: dict[tuple[tuple[str, ...], tuple[str, ...], str], _About] = {}

    def refusal(self, call: Call, action: str) -> Refusal | None:
        """Why a call is not allowed; None where it is, as far as the statements tell."""
        about = self._sorted(call, action)
        if denying := next((each for each in about.denying if _surely_denies(each, call)), None):
            return Refusal("denied", denying)
        nearest: Refusal | None = None
        for entry in about.candidates(call):
            refusal = _mismatch(entry, call)
            if refusal is None:
                return None
            nearest = nearest or refusal
        return nearest or self._nearest(call, about)

    def _sorted(self, call: Call, action: str) -> _About:
        key = (call.names, call.accounts, action)
        if key not in self._about:
            concerning = [
                each for each in self.entries if each.statement.covers(action) and _concerns(each.statement, call)
            ]
            named = (
                each.statement for each in self.entries if each.statement.allows and _is_named(each.statement, call)
            )
            self._about[key] = _About(concerning, next(named, None))
        return self._about[key]

    def _nearest(self, call: Call, about: _About) -> Refusal:
        """The statement that comes nearest to allowing a call that no candidate allows."""
        if about.allowing:
            return _mismatch(about.allowing[0], call) or Refusal("nobody")
        return Refusal("action", about.naming) if about.naming else Refusal("nobody")


class _About:
    """
    The statements about one service and action; those that allow by the sources that they name.

    :param naming: the first statement that lets the service do anything at all.
    """

    def __init__(self, entries: list[Entry], naming: Statement | None) -> None:
        self.naming = naming
        # One that names the service comes nearer than one for everybody.
        allowing = [each for each in entries if each.statement.allows]
        self.allowing = sorted(allowing, key=lambda each: each.statement.names_everybody)
        self.denying = [each.statement for each in entries if each.statement.denies]
        self._by_source: dict[str, list[Entry]] = {}
        self._by_urn: dict[str, list[Entry]] = {}
        self._by_types: dict[frozenset[str], list[Entry]] = {}
        self._others: list[Entry] = []
        for each in self.allowing:
            if each.sources:
                self._by_types.setdefault(frozenset(map(type_of, each.sources)), []).append(each)
                for urn in each.sources:
                    self._by_urn.setdefault(urn, []).append(each)
                continue
            named = _literal_sources(each.statement)
            if named is None:
                self._others.append(each)
            for source in named or ():
                self._by_source.setdefault(source, []).append(each)

    def candidates(self, call: Call) -> Iterator[Entry]:
        """The statements that may allow a call: not those that name other sources."""
        yield from self._others
        yield from self._by_urn.get(call.source, ())
        kind = type_of(call.source)
        for types, entries in self._by_types.items():
            if kind not in types:
                yield from entries
        ends = dict.fromkeys(map(_end, call.source_arns))
        if any("*" in end for end in ends):
            for found in self._by_source.values():
                yield from found
        else:
            for end in ends:
                yield from self._by_source.get(end, ())


def _literal_sources(statement: Statement) -> list[str] | None:
    """What the ARNs end with that a statement takes as aws:SourceArn; None where it takes any or has a pattern."""
    conditions = [each for each in statement.conditions if each.is_about(_SOURCE_ARN) and each.is_positive]
    if not conditions:
        return None
    ends = [_end(value) for value in conditions[0].values]
    return None if any({"*", "?", "$"} & set(end) for end in ends) else ends


def _end(arn: str) -> str:
    """The part of an ARN behind the account, in lower case."""
    return arn.split(":", 5)[-1].lower()


def _concerns(statement: Statement, call: Call) -> bool:
    """Whether a statement is about the service."""
    if statement.excepted_principals:
        return not _names_service(statement.excepted_principals.get("Service", ()), call)
    return statement.names_everybody or _is_named(statement, call)


def _is_named(statement: Statement, call: Call) -> bool:
    named = statement.principals
    if call.is_identity and "CanonicalUser" in named and len(call.accounts) == 1:
        return True  # the canonical user of the identity is not known
    principals = (*named.get("AWS", ()), *named.get("CanonicalUser", ()))
    return _names_service(named.get("Service", ()), call) or any(
        _names_account(each, account) for account in call.accounts for each in principals
    )


def _names_account(principal: str, account: str) -> bool:
    # A principal that is written as a literal may be that of an identity whose id is not known.
    return (account if has_stand_in(principal) else without_stand_in(account)) in principal


def _names_service(principals: Iterable[str], call: Call) -> bool:
    return any(is_like(name, each) or each == "*" for each in principals for name in call.names)


def faults_of(statement: Statement, call: Call, action: str) -> Iterator[Refusal]:
    """All that keeps a statement that allows something to the service of a call from allowing the call."""
    if not statement.covers(action):
        yield Refusal("action", statement)
    yield from _mismatches(Entry(statement), call)


def _mismatch(entry: Entry, call: Call) -> Refusal | None:
    """What keeps a statement about the service from allowing a call; None where nothing does."""
    return next(_mismatches(entry, call), None)


def _mismatches(entry: Entry, call: Call) -> Iterator[Refusal]:
    statement = entry.statement
    if not any(_is_about_resource(statement, arn) for arn in call.resources):
        yield Refusal("resource", statement)
    for condition in statement.conditions:
        if not _can_hold(condition, call):
            yield Refusal("condition", statement, condition)
    if call.source and entry.sources and call.source not in entry.sources:
        kind = type_of(call.source)
        if any(type_of(urn) == kind for urn in entry.sources):
            yield Refusal("condition", statement)


def _is_about_resource(statement: Statement, arn: str) -> bool:
    excepted = statement.at.get("NotResource")
    if not excepted.is_unset:
        names = [each.text for _, each in excepted.entries()] or [excepted.text]
        return not any("*" not in arn and matches(name, arn) for name in names)
    # A Permission, and a trust policy, has no Resource: it is about what it belongs to.
    return not statement.resources or any(may_match(each, arn) for each in statement.resources)


def _can_hold(condition: Condition, call: Call) -> bool:
    """Whether a condition of a statement that allows can hold for a call."""
    if condition.holds_without_key and _is_absent(condition, call):
        return True
    if condition.base_operator == "ipaddress":
        return False
    if not condition.is_positive:
        return True
    if condition.is_about(_SOURCE_ARN):
        return any(_takes(condition, value, call) for value in condition.values)
    if condition.is_about("aws:SourceAccount"):
        return not call.account or condition.admits(call.account)
    if condition.is_about("aws:SourceOwner"):
        return call.has_owner and (not call.account or condition.admits(call.account))
    return not _is_absent(condition, call)


def _takes(condition: Condition, value: str, call: Call) -> bool:
    if condition.is_exact and {"*", "?"} & set(VARIABLE.sub("", value)):
        return False
    return call.may_come_from(value)


def _is_absent(condition: Condition, call: Call) -> bool:
    """Whether a call of a service surely lacks the key of a condition."""
    if condition.is_about("aws:SourceOwner"):
        return not call.has_owner
    return any(is_like(pattern, condition.key) for pattern in _OF_CALLERS)


def _surely_denies(statement: Statement, call: Call) -> bool:
    """Whether a statement denies a call, whatever is not known yet."""
    return (
        statement.at.get("NotResource").is_unset
        and (not statement.resources or _is_surely_about(statement, call))
        and all(_surely_holds(condition, call) for condition in statement.conditions)
    )


def _is_surely_about(statement: Statement, call: Call) -> bool:
    return any(surely_match(each, arn) for each in statement.resources for arn in call.resources)


def _surely_holds(condition: Condition, call: Call) -> bool:
    """
    Whether a condition of a statement that denies surely holds. A negated one holds where its key is absent, so that
    `StringNotEquals` of aws:PrincipalOrgID denies services, too.
    """
    is_negated = condition.base_operator.startswith(("stringnot", "arnnot", "notip"))
    if not is_negated:
        return False
    if _is_absent(condition, call):
        return True
    if condition.is_about("aws:SourceAccount") and call.account:
        return not any("${" in value or value == HERE or is_like(value, call.account) for value in condition.values)
    if condition.is_about(_SOURCE_ARN):
        return not any("${" in value or call.may_come_from(value) for value in condition.values)
    return False
