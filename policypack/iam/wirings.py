"""Which resources of the stack make services act on which others, and what the policies of those say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from policypack.data.role_wirings import BUS
from policypack.data.wirings import (
    BUCKET,
    FUNCTION,
    LOAD_BALANCER_ACCOUNTS,
    LOG_GROUP,
    TOPIC,
    TRUSTS,
    WIRINGS,
    Trust,
    Wiring,
)
from policypack.iam.arns import account_in
from policypack.iam.attachments import ROLE
from policypack.iam.documents import Statement, bounds_of
from policypack.iam.key_users import config_acts_itself
from policypack.iam.resource_policies import named_by, resource_policy_of
from policypack.iam.service_calls import Call, Entry, Grants
from policypack.iam.stand_ins import ORIGIN_ACCESS_IDENTITY, arn_for, arns_of, stand_in
from policypack.iam.targets import ALIAS, blocks_of, qualifier_of, roles_of, targets_of
from policypack.model import Resource, Stack, Value, remembered

PERMISSION: Final = "aws:lambda/permission:Permission"
_FUNCTION_POLICY: Final = "aws:lambda/resourcePolicy:ResourcePolicy"
_LOG_POLICY: Final = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
# Services that have a name for each region besides the global one:
# https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html,
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html,
# https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html,
# https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html
_REGIONAL: Final = ("codedeploy", "dms", "guardduty", "logs", "macie", "redshift", "sns", "states")
# On Outposts, Elastic Load Balancing delivers logs under another name:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
_ALSO: Final = {"logdelivery.elasticloadbalancing": ("logdelivery.elb.amazonaws.com*",)}
_ON_OBJECTS: Final = ("s3:PutObject", "s3:GetObject")


class Wired(NamedTuple):
    """
    A wiring of the stack.

    :param user: the resource that wires.
    :param value: where it names the target.
    :param doubt: the unknown value that decides whether it is one; None where it surely is.
    :param identity: what names the identity as which the service acts; None where it acts in its own name.
    """

    wiring: Wiring
    user: Resource
    value: Value
    doubt: Value | None = None
    identity: Value | None = None

    @property
    def who(self) -> str:
        """Who acts, as a message says it."""
        return "the origin access identity" if self.wiring.identity else f"{self.wiring.service}.amazonaws.com"


class Trusted(NamedTuple):
    """A role of the stack that a resource has for a service: the value that names it."""

    trust: Trust
    value: Value


@dataclass(frozen=True)
class Access:
    """
    What lets services in at a resource.

    :param grants: the statements that surely hold.
    :param most: the statements that may hold; None where nothing tells what else may.
    :param doubts: unknown values that may let more in, or less.
    :param document: the policy's document, set or not; None where Permissions or policies of the account let in.
    """

    grants: Grants
    most: Grants | None
    doubts: tuple[Value, ...] = ()
    document: Value | None = None

    @property
    def is_default(self) -> bool:
        """Whether the program says nothing of who is let in."""
        return not self.doubts and not self.grants.entries and (self.document is None or self.document.is_unset)


def wired_to(target: Resource) -> list[Wired]:
    """The wirings of the stack whose target a resource is."""
    return _wired(target.stack).get(target.urn, [])


def trusted_with(role: Resource) -> list[Trusted]:
    """The values of the stack that name a role for a service."""
    return _trusted(role.stack).get(role.urn, [])


@remembered
def _wired(stack: Stack) -> dict[str, list[Wired]]:
    found: dict[str, dict[tuple[str, str], Wired]] = {}
    for wiring in WIRINGS:
        for user in stack.of_type(wiring.type):
            for value, beside in _named_values(user, wiring.paths, wiring.beside or wiring.identity):
                targets = targets_of(value, wiring.target) if _is_wired(wiring, value) else []
                for target in targets:
                    identity = beside if wiring.identity else None
                    wired = Wired(wiring, user, value, _doubt(wiring, value, len(targets)), identity)
                    found.setdefault(target.urn, {}).setdefault((user.urn, wiring.service), wired)
    return {urn: list(each.values()) for urn, each in found.items()}


@remembered
def _trusted(stack: Stack) -> dict[str, list[Trusted]]:
    found: dict[str, list[Trusted]] = {}
    for trust in TRUSTS:
        for user in stack.of_type(trust.type):
            for value, _ in _named_values(user, (trust.path,)):
                for role in roles_of(value):
                    found.setdefault(role.urn, []).append(Trusted(trust, value))
    return found


def _named_values(user: Resource, paths: tuple[str, ...], beside: str = "") -> Iterator[tuple[Value, Value | None]]:
    """
    The values at some paths, each with the one that has to be set beside it; of the unknown ones in one property the
    first, for they all depend on the same.
    """
    unknown = set()
    for path in paths:
        head, _, last = path.rpartition(".")
        for block in blocks_of(user, head):
            needed = block.get(beside) if beside else None
            if needed and needed.is_unset:
                continue
            for value in block.each(last):
                is_known_already = value.is_unknown and value.property_name in unknown
                if value.is_unknown:
                    unknown.add(value.property_name)
                if not value.is_unset and not is_known_already:
                    yield value, needed


def _is_wired(wiring: Wiring, value: Value) -> bool:
    """Whether what is known of a resource makes the service act."""
    user = value.resource
    if wiring.service == "config" and wiring.target == BUCKET and not config_acts_itself(user.stack):
        return False
    if any(not user.get(path).is_unset for path in wiring.unless_set):
        return False
    return all(
        user.get(path).is_unknown or (user.get(path).text if not user.get(path).is_unset else "") in texts
        for path, texts in wiring.only_if.items()
    )


def _doubt(wiring: Wiring, value: Value, targets: int) -> Value | None:
    """The unknown value that decides whether a wiring is one."""
    user = value.resource
    if (beside := wiring.beside or wiring.identity) and value.is_unknown and targets > 1:
        # All blocks together depend on these targets, and only some blocks are wirings.
        blocks = user.each(wiring.paths[0].rpartition(".")[0])
        return value if any(block.get(beside).is_unset for block in blocks) else None
    return next((each for each in map(user.get, wiring.only_if) if each.is_unknown), None)


@remembered
def access_of(target: Resource, qualifier: str | None = None) -> Access:
    """
    What lets services in at a bucket, queue, topic, function, log group or, to assume it, a role.

    :param qualifier: the version or alias of a function that is called (see qualifier_of); None for any.
    """
    if target.type == FUNCTION:
        return _access_of_function(target, qualifier)
    if target.type == LOG_GROUP:
        return _access_of_log_groups(target.stack)
    if target.type == ROLE:
        return _access_by(target.get("assumeRolePolicy"))
    policy = resource_policy_of(target)
    access = _access_by(policy.document)
    return replace(access, most=None, doubts=(policy.doubt,)) if policy.doubt else access


def _access_by(document: Value) -> Access:
    return replace(_access_of([document]), document=document)


def _access_of(documents: Iterable[Value], permitted: Iterable[Entry] = (), doubts: Iterable[Value] = ()) -> Access:
    """
    What some documents and Permissions let in.

    :param permitted: the statements of the Permissions.
    :param doubts: unknown values of other resources that may let more in.
    """
    sure, most, open_ = [*permitted], [*permitted], [*doubts]
    unlimited = list(open_)
    for document in documents:
        bounds = bounds_of(document)
        if bounds is None:
            unlimited.append(document)
            open_.append(document)
            continue
        sure.extend(map(Entry, bounds.sure))
        most.extend(map(Entry, bounds.possible))
        open_.extend(filter(None, [bounds.first_doubt]))
    return Access(Grants(sure), None if unlimited else Grants(most), tuple(open_))


@remembered
def _access_of_log_groups(stack: Stack) -> Access:
    """The resource policies of CloudWatch Logs are the account's, for all of its log groups."""
    return _access_of(each.get("policyDocument") for each in stack.of_type(_LOG_POLICY))


def _access_of_function(function: Resource, qualifier: str | None) -> Access:
    permissions = [
        each
        for each in _permissions_of(function)
        if qualifier is None or _permitted(each, function) in (None, qualifier)
    ]
    doubts = [
        value for each in permissions for value in (each.get("principal"), each.get("action")) if value.is_unknown
    ]
    # One is enough to leave it open, and each function of the stack has the same.
    unresolved = function.stack.unresolved(PERMISSION, "function", FUNCTION, ALIAS)
    doubts += [each.get("function") for each in unresolved[:1]]
    named = (function, *function.referrers(ALIAS, "functionName"))
    documents = [each.get("policy") for one in named for each in one.referrers(_FUNCTION_POLICY, "resourceArn")]
    return _access_of(documents, map(_granted, permissions), doubts)


@remembered
def _permissions_of(function: Resource) -> tuple[Resource, ...]:
    """The Permissions of a function, its versions and its aliases."""
    by_alias = (
        each for alias in function.referrers(ALIAS, "functionName") for each in alias.referrers(PERMISSION, "function")
    )
    return tuple(dict.fromkeys((*named_by(function, PERMISSION, "function"), *by_alias)))


def _permitted(permission: Resource, function: Resource) -> str | None:
    """The version or alias that a Permission is for: empty for the function itself, None where that is not known."""
    qualifier = permission.get("qualifier")
    if qualifier.is_unknown:
        return None
    named = permission.get("function")
    if not qualifier.is_unset or (named.is_unknown and not named.targets(ALIAS)):
        return qualifier.text
    return qualifier_of(named, function)


def _granted(permission: Resource) -> Entry:
    """
    The statement that Lambda makes of a Permission.

    https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    """
    principal, source = permission.get("principal"), permission.get("sourceArn")
    conditions: dict[str, Any] = {}
    for operator, key, name in (
        ("ArnLike", "aws:SourceArn", "sourceArn"),
        ("StringEquals", "aws:SourceAccount", "sourceAccount"),
        ("StringEquals", "aws:PrincipalOrgID", "principalOrgId"),
    ):
        if text := permission.get(name).text:
            conditions.setdefault(operator, {})[key] = text
    raw = {
        "Effect": "Allow",
        "Principal": "*" if principal.text == "*" else {_kind(principal.text): principal.text},
        "Action": permission.get("action").text,
        "Condition": conditions,
    }
    is_secret = any(permission.get(name).is_secret for name in ("principal", "action", "sourceArn", "sourceAccount"))
    sources = source.dependency_urns if source.is_unknown else ()
    return Entry(Statement(Value(permission, "principal", raw, is_secret)), frozenset(sources))


def _kind(principal: str) -> str:
    return "Service" if ".amazonaws.com" in principal else "AWS"


def names_of(service: str) -> tuple[str, ...]:
    """The patterns of the names that a service has in policies; in China they end with `amazonaws.com.cn`."""
    regional = (f"{service}.*.amazonaws.com*",) if service in _REGIONAL else ()
    return (f"{service}.amazonaws.com*", *regional, *_ALSO.get(service, ()))


def source_of(wired: Wired) -> Resource | None:
    """The resource for which the service acts, where it is in the stack."""
    if not wired.wiring.source:
        return wired.user
    found = wired.user.get(wired.wiring.source).dependencies
    return found[0] if len(found) == 1 else None


def call_of(wired: Wired, target: Resource, action: str) -> Call:
    """The call that a service makes for a wiring, as far as it is known."""
    wiring, user = wired.wiring, wired.user
    source = source_of(wired)
    source_arn = source_arn_of(wired)
    arns = [source_arn, user.output("arn").text]
    if user.provider_urn == target.provider_urn:
        arns.append(target.output("arn").text)
    account = next((account for account in map(account_in, arns) if account), "")
    parts = source_arn.split(":", 5)
    if len(parts) == 6 and parts[4] == "*" and account:
        source_arn = ":".join((*parts[:4], account, parts[5]))
    identity = wired.identity
    return Call(
        names=() if identity else names_of(wiring.service),
        resources=tuple(_resources(wired, target, action)),
        source_arns=(source_arn, *_stand_ins_of_source(wired)),
        account=account,
        accounts=_identities(identity) if identity else _accounts(user) if wiring.uses_accounts else wiring.former,
        is_identity=identity is not None,
        has_owner=wiring.works_by_default and wiring.target == TOPIC,
        source=source.urn if source else "",
    )


def source_arn_of(wired: Wired) -> str:
    """The aws:SourceArn of a wiring's calls, in which `*` stands for what is not known."""
    pattern, source = wired.wiring.source_arn, source_of(wired)
    if "{}" not in pattern:
        return pattern
    named = wired.user.get(wired.wiring.source).text if wired.wiring.source else ""
    for arn in (named, source.output("arn").text if source else ""):
        # An API's own ARN is not that of its calls, a log group's lacks what follows the name.
        if arn.startswith("arn:") and arn.count(":") >= 5 and arn.split(":")[2] == pattern.split(":")[2] != "logs":
            return arn
    name = named if named and not named.startswith("arn:") else ""
    name = name or (source.output(wired.wiring.source_name).text if source else "")
    return pattern.format(f"{_folder(wired)}{name or '*'}")


def _stand_ins_of_source(wired: Wired) -> Iterator[str]:
    """What stands for the aws:SourceArn of a wiring's calls where that is the ARN of one resource, or made from it."""
    pattern, source = wired.wiring.source_arn, source_of(wired)
    if source and "{}" in pattern and not source.output("arn").text:
        yield pattern.format(f"{_folder(wired)}{stand_in(source)}")
        # An API's own ARN is not that of its calls.
        if ":execute-api:" not in pattern:
            yield f"{arn_for(source)}{pattern.partition('{}')[2]}"


def _folder(wired: Wired) -> str:
    """What stands before the name of the source in its ARN: the bus of a rule, unless it is the default one."""
    if not wired.wiring.folder:
        return ""
    value = wired.user.get(wired.wiring.folder)
    buses = value.targets(BUS) if value.is_unknown else []
    name = buses[0].output("name").text if len(buses) == 1 else value.text.rpartition("event-bus/")[2]
    if value.is_unknown and not name:
        return "*"
    return f"{name}/" if name not in ("", "default") else ""


def _identities(identity: Value) -> tuple[str, ...]:
    """The parts of principals that name an origin access identity: its id, and its canonical user where known."""
    found = identity.targets(ORIGIN_ACCESS_IDENTITY)
    one = found[0] if len(found) == 1 else None
    canonical = one.output("s3CanonicalUserId").text if one else ""
    own = stand_in(one) if one and identity.is_unknown else identity.text.rpartition("/")[2]
    return (f"Origin Access Identity {own}", *filter(None, [canonical]))


def _resources(wired: Wired, target: Resource, action: str) -> Iterator[str]:
    """How policies may name what a wiring's calls are about."""
    if target.type == FUNCTION:
        yield "*"
        return
    end = "*" if target.type == LOG_GROUP else _objects(wired) if action in _ON_OBJECTS else ""
    yield from (f"{arn}{end}" for arn in arns_of(target))


def _objects(wired: Wired) -> str:
    """What follows the ARN of a bucket in those of the objects that a service reads or writes."""
    if not wired.wiring.key_prefix:
        return "/*"
    prefix = wired.user.get(wired.wiring.key_prefix)
    folder = "*" if prefix.is_unknown else f"{prefix.text}/" if prefix.text else ""
    return f"/{folder}AWSLogs/*"


def _accounts(balancer: Resource) -> tuple[str, ...]:
    region = balancer.region
    if not region:
        return tuple(LOAD_BALANCER_ACCOUNTS.values())
    return (LOAD_BALANCER_ACCOUNTS[region],) if region in LOAD_BALANCER_ACCOUNTS else ()
