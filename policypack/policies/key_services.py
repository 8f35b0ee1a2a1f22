"""KMS keys of services: that a service can use the key of a resource for which it needs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Final, Literal, NamedTuple

from msgspec import Meta

from policypack.config import Config
from policypack.data.service_keys import BY_GRANT, ENCRYPTION_DEFAULTS, NEEDS, Need
from policypack.iam import Condition, ResourcePolicy, Statement, length_of, problem_of, resource_policy_of
from policypack.iam.arns import account_of_principal
from policypack.iam.forms import KEYS
from policypack.iam.key_users import is_asked_for, keys_of, users_of
from policypack.iam.places import account_of, partition_of, provider_of
from policypack.iam.stand_ins import HERE, has_stand_in, stand_in
from policypack.model import Resource, Value
from policypack.policies.wiring_fixes import one_or_list
from policypack.policy import resource_policy
from policypack.snippet import as_json, in_program
from policypack.verdict import Undecided, Verdicts, Violation
from policypack.wildcard import is_like

_NEEDS_OF: Final = {type_: [need for need in NEEDS if need.type == type_] for type_ in {need.type for need in NEEDS}}
_CONTEXT: Final = "kms:EncryptionContext:aws:logs:arn"
# What a service that acts in its own name has no value of: it belongs to no account of the customer's.
_OF_CALLERS: Final = ("aws:Principal*", "aws:userid", "kms:CallerAccount")
_OF_SERVICES: Final = "aws:PrincipalServiceName*"
# Services that say for which account they act when they use the key of a queue or topic.
_SENDING_ACCOUNT: Final = ("s3", "sns")
# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
_LONGEST: Final = 32_768


class ServicePrincipalsConfig(Config):
    """Config of kms-key-policy-service-principals."""

    strict_services: Annotated[
        tuple[Literal["rds", "kinesis", "secretsmanager", "elasticache"], ...],
        Meta(
            description="Services that work under the default key policy, for which the key policy still has to name "
            "the service, or allow its use by kms:ViaService."
        ),
    ] = ()
    require_encryption_context: Annotated[
        bool,
        Meta(
            description="Whether a statement for CloudWatch Logs without the condition on the log group's ARN is a "
            "violation like the others; false: an advisory one."
        ),
    ] = False


class _Told(NamedTuple):
    """A fact about a resource, and how a message may show it: a placeholder where it is unknown or secret."""

    text: str
    shown: str


@dataclass(frozen=True)
class _Caller:
    """
    A service in a region and an account, for which a key policy has to have a statement.

    :param need: what it needs.
    :param region: the region of the resource that has the key.
    """

    need: Need
    region: _Told

    @property
    def partition(self) -> str:
        return partition_of(self.region.text)

    @property
    def principal(self) -> str:
        """The service's principal; that of CloudWatch Logs is its region's, and in China ends with `.cn`."""
        if self.need.service != "logs":
            return f"{self.need.service}.amazonaws.com"
        end = ".cn" if self.partition == "aws-cn" else ""
        return f"logs.{self.region.shown}.amazonaws.com{end}"

    def is_meant_by(self, statement: Statement) -> bool:
        """Whether a statement is about the service: its principal, or callers who come through it."""
        if statement.excepted_principals:
            return not any(map(self._is_named, statement.excepted_principals.get("Service", ())))
        through = [condition for condition in statement.conditions if condition.is_about("kms:ViaService")]
        return (
            any(map(self._is_named, statement.principals.get("Service", ())))
            or (statement.names_everybody and not through)
            or (self.need.by_grant and any(map(self._comes_through, through)))
        )

    def _is_named(self, principal: str) -> bool:
        return principal == "*" or any(is_like(name, principal) for name in self._names)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        # In the regions of China the names end with amazonaws.com.cn. CloudWatch Logs takes its global name too, and
        # SNS has one for each opt-in region: https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html
        service = self.need.service
        regional = {"logs": f"logs.{self.region.text or '*'}.amazonaws.com*", "sns": "sns.*.amazonaws.com*"}
        return tuple(filter(None, (f"{service}.amazonaws.com*", regional.get(service))))

    def _comes_through(self, condition: Condition) -> bool:
        """Whether a condition on kms:ViaService can hold."""
        if not condition.is_positive:
            return True
        if not self.region.text:
            return any(is_like(value.partition(".")[0], self.need.service) for value in condition.values)
        name = f"{self.need.service}.{self.region.text}.amazonaws.com"
        return condition.admits(name) or condition.admits(f"{name}.cn")

    def can_meet(self, condition: Condition, user: Resource, account: str) -> bool:
        """Whether a condition can hold when the service uses the key for a resource of an account, where known."""
        if not condition.is_positive:
            return True
        if condition.is_about(_CONTEXT, "aws:SourceArn"):
            # An alarm, a topic or a rule may be of another region or account than what it sends to.
            return self.need.trigger is not None or any(
                self._can_be_own(condition, each, user, account) for each in condition.values
            )
        if condition.is_about("aws:SourceAccount"):
            return self.need.trigger is not None or not account or condition.admits(account)
        if condition.is_about("kms:ViaService"):
            return self._comes_through(condition)
        return (
            self.need.by_grant
            or condition.holds_without_key
            or is_like(_OF_SERVICES, condition.key)
            or not any(is_like(pattern, condition.key) for pattern in _OF_CALLERS)
        )

    def _can_be_own(self, condition: Condition, pattern: str, user: Resource, account: str) -> bool:
        """Whether an ARN's pattern can be that of the resource: by region, account and, for log groups, name."""
        if has_stand_in(pattern) or "${" in pattern:
            return "${" in pattern or self.need.service != "logs" or stand_in(user) in pattern
        if condition.is_exact and "*" in pattern:
            return False
        parts = pattern.split(":", 5)
        if len(parts) < 6:
            return pattern.endswith("*")
        region, owner, rest = (each.replace(HERE, "*") for each in parts[3:])
        name = user.get("name").text
        return (
            (not self.region.text or not region or is_like(region, self.region.text))
            and (not account or not owner or is_like(owner, account))
            and (
                self.need.service != "logs"
                or not name
                or any(is_like(rest, f"log-group:{name}{end}") for end in ("", ":"))
            )
        )

    def statement(self, account: _Told) -> dict[str, Any]:
        """The statement that lets the service use the key."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": self.principal},
            "Action": one_or_list(_written(self.need.actions)),
            "Resource": "*",
        }
        condition = self.condition(account)
        return {**statement, "Condition": condition} if condition else statement

    def condition(self, account: _Told) -> dict[str, Any]:
        """The condition under which the service may use the key for the account's own resources only."""
        service, partition = self.need.service, self.partition
        if service == "logs":
            return {"ArnLike": {_CONTEXT: f"arn:{partition}:logs:{self.region.shown}:{account.shown}:*"}}
        if service == "cloudfront":
            return {"ArnLike": {"aws:SourceArn": f"arn:{partition}:cloudfront::{account.shown}:distribution/*"}}
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
        return {"StringEquals": {"aws:SourceAccount": account.shown}} if service in _SENDING_ACCOUNT else {}


class _KeyPolicy:
    """The policy of a key, whose statements are sorted out once for all resources that ask for the same service."""

    def __init__(self, key: Resource, document: Value, read: Iterable[Statement]) -> None:
        self.key = key
        self.document = document
        self.statements = tuple(read)
        self.account = _account(key, self.statements)
        self._about: dict[tuple[str, bool, str], list[Statement]] = {}

    def about(self, caller: _Caller) -> list[Statement]:
        """The statements about a service."""
        asked = (caller.need.service, caller.need.by_grant, caller.region.text)
        if asked not in self._about:
            self._about[asked] = [each for each in self.statements if caller.is_meant_by(each)]
        return self._about[asked]

    def fault(self, caller: _Caller, user: Resource, config: ServicePrincipalsConfig) -> Violation | None:
        """What keeps a service from using the key for a resource, or lets it use the key for everybody's."""
        document, principal = self.document, caller.principal
        account = self.account if provider_of(user) == provider_of(self.key) else _Told("", "ACCOUNT")
        used = f"'{user.name}' ({user.type}) uses the key '{self.key.name}'"
        if document.is_unset:
            return Violation(
                document,
                f"{used}, which has no policy; KMS's default policy does not let {principal} use it.",
                fix="Set policy, with a statement that lets the account's root user manage the key. "
                + self._addition(caller, account),
            )
        if denied := self._denied(caller):
            return Violation(
                document,
                f"{used}, and {document.path} denies {principal} {', '.join(_written(denied))}.",
                fix=f"Exclude {principal} from the statement with Effect Deny, for example with a condition.",
            )
        missing, open_ = list(caller.need.actions), []
        for statement in self.about(caller):
            if statement.allows and all(caller.can_meet(each, user, account.text) for each in statement.conditions):
                open_.append(statement)
                missing = [action for action in missing if not statement.covers(action)]
            if not missing and caller.need.service != "logs":
                break
        if missing:
            reason = self._reason(caller, user, account.text, missing if open_ else [])
            return Violation(document, f"{used}, but {reason}.", fix=self._addition(caller, account))
        if caller.need.service == "logs" and not any(map(_names_log_groups, open_)):
            return Violation(
                document,
                f"{document.path} lets {principal} use the key for log groups of any account.",
                fix=f"Add the Condition {as_json(caller.condition(account))} to that statement.",
                level=None if config.require_encryption_context else "advisory",
            )
        return None

    def _addition(self, caller: _Caller, account: _Told) -> str:
        statement = caller.statement(account)
        return f"Add this to Statement of the policy: {as_json(statement)}.\n{in_program(self.key, [statement])}"

    def _denied(self, caller: _Caller) -> list[str]:
        denying = [each for each in self.about(caller) if each.denies and not each.conditions]
        return [action for action in caller.need.actions if any(each.covers(action) for each in denying)]

    def _reason(self, caller: _Caller, user: Resource, account: str, missing: list[str]) -> str:
        """Why the policy does not let the service do what it has to, as the end of a sentence."""
        if missing:
            return f"{self.document.path} does not let {caller.principal} {', '.join(_written(missing))}"
        if allowing := [each for each in self.about(caller) if each.allows]:
            nearest = max(allowing, key=lambda statement: "Service" in statement.principals)
            closed = next(each for each in nearest.conditions if not caller.can_meet(each, user, account))
            said = f"the condition {closed.shown_key} of {nearest.at.path} is {closed.shown_values}"
            if closed.has_literal_wildcard:
                return f"{said}, and {closed.shown_operator} treats * as a literal character"
            return f"{said}, which does not match this resource"
        others = sorted(
            {
                nearby.shown((principal,), quote="")
                for nearby in self.statements
                for principal in nearby.principals.get("Service", ())
                if is_like(f"{caller.need.service}.*", principal)
            }
        )
        instead = f"; it names {', '.join(others)}" if others else ""
        return f"{self.document.path} does not let {caller.principal} use it{instead}"


@resource_policy(
    id="kms-key-policy-service-principals",
    title="Key policies allow the services whose resources have the key to use it",
    needs_stack=True,
    types=(*KEYS, *dict.fromkeys(need.type for need in NEEDS)),
    severity="critical",
    fix="Add a statement to the key policy that allows the service to use the key.",
    url="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-services.html",
)
def kms_key_policy_service_principals(resource: Resource, config: ServicePrincipalsConfig) -> Verdicts:
    """
    KMS lets these services use a key only if the key's policy says so. Otherwise the update fails halfway, or
    alarms and messages are lost without an error.
    """
    if resource.type not in KEYS:
        yield from _of_user(resource)
        return
    needs = (*NEEDS, *(need for need in BY_GRANT if need.service in config.strict_services))
    users = users_of(resource, needs)
    if not users:
        return
    found = resource_policy_of(resource)
    if found.doubt:
        yield Undecided(found.doubt, f"is it the key '{resource.name}'?")
    # What KMS takes for no policy is reported by policy-document-valid.
    elif not problem_of(found.document) and length_of(found.document) <= _LONGEST:
        yield from _of_key(resource, found, users, config)


def _of_key(
    key: Resource, policy: ResourcePolicy, users: list[tuple[Need, Resource]], config: ServicePrincipalsConfig
) -> Verdicts:
    bounds = policy.bounds
    read = () if bounds is None else (bounds.sure, bounds.possible) if bounds.parts else (bounds.sure,)
    readings = [_KeyPolicy(key, policy.document, each) for each in read]
    said: set[tuple[str, str | None]] = set()
    asked: dict[str, None] = {}
    for need, user in users:
        caller = _Caller(need, _region(user))
        findings = [each.fault(caller, user, config) for each in readings]
        if bounds is None or (findings[0] and not findings[-1]):
            asked[f"{need.service}.amazonaws.com"] = None
        # One finding a service, however many of its resources have the key.
        elif findings[0] and (finding := findings[-1]) and (need.service, finding.level) not in said:
            said.add((need.service, finding.level))
            yield finding
    if asked:
        doubt = bounds.first_doubt if bounds else None
        yield Undecided(doubt or policy.document, f"does it let {', '.join(asked)} use the key?")


def _of_user(user: Resource) -> Verdicts:
    """What is wrong or unknown with the key that a resource names: keys that are not in this stack."""
    said = set()
    managed_at: dict[str, Value | None] = {}
    for need in _NEEDS_OF[user.type]:
        if need.path not in managed_at:
            managed_at[need.path] = next(_managed(need.path, user), None)
        managed = managed_at[need.path]
        if managed and need.service not in said and is_asked_for(need, user):
            said.add(need.service)
            yield _lost(managed, need)
        elif not managed and need.trigger is None:
            key = user.get(need.path)
            if not key.is_unset and len(keys_of(key)) != 1 and is_asked_for(need, user):
                yield Undecided(key, f"the policy of that key has to let {need.service}.amazonaws.com use it")


def _managed(path: str, user: Resource) -> Iterator[Value]:
    """Where a resource says that it is encrypted with a key that AWS manages."""
    for key in user.each(path):
        if "alias/aws/" in key.text:
            yield key
    if user.type in ENCRYPTION_DEFAULTS:
        for default in user.each(ENCRYPTION_DEFAULTS[user.type]):
            # S3 then uses alias/aws/s3.
            if default.get("sseAlgorithm").text.startswith("aws:kms") and default.get("kmsMasterKeyId").is_unset:
                yield default.get("kmsMasterKeyId")


def _lost(key: Value, need: Need) -> Violation:
    principal = f"{need.service}.amazonaws.com"
    means = key.shown if key.text else f'{key.shown}, which means "alias/aws/s3"'
    return Violation(
        key,
        f"{key.path} is {means}: the policy of that key cannot be changed and does not let {principal} use it, so that "
        "its messages and requests there fail, without an error in the update.",
        fix=f"Set {key.path} to the ARN of an aws.kms.Key whose policy lets {principal} use it "
        f"({', '.join(_written(need.actions))}). Roles and users that read or write there then also need to use the "
        "key.",
    )


def _region(user: Resource) -> _Told:
    return _told(user.region, "REGION", *(each.output("region") for each in (user, user.provider) if each))


def _account(key: Resource, read: Iterable[Statement]) -> _Told:
    """
    The account of a key: as its ARN says, or the only one that its policy names principals of; what the stack says of
    it otherwise is only shown.
    """
    arn = key.output("arn")
    named = (
        [(arn.text, arn)]
        if arn.text
        else [(each, statement.at) for statement in read for each in statement.principals.get("AWS", ())]
    )
    accounts = {account_of_principal(each): source for each, source in named}
    found = [each for each in accounts if each.isdigit()]
    if len(found) == 1:
        return _told(found[0], "ACCOUNT", accounts[found[0]])
    return _Told("", account_of(key) or "ACCOUNT")


def _told(text: str, placeholder: str, *sources: Value) -> _Told:
    """What was read from some values."""
    shown = text or placeholder
    for source in sources:
        shown = source.shown_as(shown, placeholder)
    return _Told(text, shown)


def _names_log_groups(statement: Statement) -> bool:
    """Whether a statement for CloudWatch Logs says whose log groups it is for."""
    return any(each.is_about(_CONTEXT, "aws:SourceArn", "aws:SourceAccount") for each in statement.conditions)


def _written(actions: Iterable[str]) -> list[str]:
    """Actions as people write them: `kms:ReEncrypt*` stands for both of its kinds."""
    families = ("kms:ReEncrypt", "kms:GenerateDataKey")
    return list(
        dict.fromkeys(next((f"{each}*" for each in families if action.startswith(each)), action) for action in actions)
    )
