"""KMS keys: that those who need them may use them, and nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from msgspec import Meta

from policypack.config import Config
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.policy_document import Condition, Statement, is_like, statements
from policypack.verdict import Undecided, Verdicts, Violation

_KEY: Final = "aws:kms/key:Key"
_KEYS: Final = (
    _KEY,
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
)
_KEY_POLICY: Final = "aws:kms/keyPolicy:KeyPolicy"
_ALIAS: Final = "aws:kms/alias:Alias"
_LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
_TOPIC: Final = "aws:sns/topic:Topic"
_QUEUE: Final = "aws:sqs/queue:Queue"
_BUCKET: Final = "aws:s3/bucket:Bucket"
_BUCKET_ENCRYPTION: Final = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_ALARMS: Final = ("aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm")
_RECORDER: Final = "aws:cfg/recorder:Recorder"
_SERVICE_LINKED_ROLE: Final = "aws:iam/serviceLinkedRole:ServiceLinkedRole"

_DATA_KEYS: Final = ("kms:GenerateDataKey", "kms:Decrypt")
_LOGS: Final = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey")


@dataclass(frozen=True)
class _Need:
    """
    What the key policy has to let a service do with the key of a resource.

    :param service: the service's principal, without `.amazonaws.com` and without a region.
    :param type: the type of the resource that has the key.
    :param path: where it names the key.
    :param actions: what the service does with the key.
    :param source: the type of another resource and its property that refers to the first (or to the bucket whose
        encryption that is), where the service needs the key only if there is such a one.
    """

    service: str
    type: str
    path: str
    actions: tuple[str, ...]
    source: tuple[str, str] | None = None


# Services that use a key in their own name, so that nothing but the key policy lets them. Each with its documentation
# under https://docs.aws.amazon.com: AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html,
# awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html,
# AmazonECS/latest/developerguide/fargate-create-storage-key.html, config/latest/developerguide/s3-kms-key-policy.html,
# eventbridge/latest/userguide/eb-encryption-key-policy.html, sns/latest/dg/sns-key-management.html,
# AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html,
# vpc/latest/userguide/flow-logs-s3-cmk-policy.html,
# AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html
_NEEDS: Final = (
    _Need("logs", _LOG_GROUP, "kmsKeyId", (*_LOGS, "kms:DescribeKey")),
    _Need("cloudtrail", "aws:cloudtrail/trail:Trail", "kmsKeyId", ("kms:GenerateDataKey", "kms:DescribeKey")),
    _Need("cloudtrail", "aws:cloudtrail/eventDataStore:EventDataStore", "kmsKeyId", _DATA_KEYS),
    _Need(
        "fargate",
        "aws:ecs/cluster:Cluster",
        "configuration.managedStorageConfiguration.fargateEphemeralStorageKmsKeyId",
        # kms:DescribeKey is for whoever makes the cluster.
        ("kms:GenerateDataKeyWithoutPlaintext", "kms:CreateGrant"),
    ),
    _Need("config", "aws:cfg/deliveryChannel:DeliveryChannel", "s3KmsKeyArn", _DATA_KEYS),
    *(
        _Need("cloudwatch", _TOPIC, "kmsMasterKeyId", _DATA_KEYS, (alarm, actions))
        for alarm in _ALARMS
        for actions in ("alarmActions", "okActions", "insufficientDataActions")
    ),
    _Need("events", "aws:cloudwatch/eventBus:EventBus", "kmsKeyIdentifier", (*_DATA_KEYS, "kms:DescribeKey")),
    _Need("events", _TOPIC, "kmsMasterKeyId", _DATA_KEYS, ("aws:cloudwatch/eventTarget:EventTarget", "arn")),
    *(
        _Need(
            service, _TOPIC, "kmsMasterKeyId", _DATA_KEYS, (f"aws:{module}/eventSubscription:EventSubscription", topic)
        )
        for service, module, topic in (
            ("events.rds", "rds", "snsTopic"),
            ("redshift", "redshift", "snsTopicArn"),
            ("dms", "dms", "snsTopicArn"),
        )
    ),
    _Need("s3", _TOPIC, "kmsMasterKeyId", _DATA_KEYS, ("aws:s3/bucketNotification:BucketNotification", "topics")),
    *(
        _Need(
            "delivery.logs",
            _BUCKET_ENCRYPTION,
            "rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId",
            ("kms:GenerateDataKey",),
            source,
        )
        for source in (
            ("aws:ec2/flowLog:FlowLog", "logDestination"),
            ("aws:cloudfront/distribution:Distribution", "loggingConfig"),
        )
    ),
    _Need("sns", _QUEUE, "kmsMasterKeyId", _DATA_KEYS, ("aws:sns/topicSubscription:TopicSubscription", "endpoint")),
    _Need("events", _QUEUE, "kmsMasterKeyId", _DATA_KEYS, ("aws:cloudwatch/eventTarget:EventTarget", "arn")),
    _Need("s3", _QUEUE, "kmsMasterKeyId", _DATA_KEYS, ("aws:s3/bucketNotification:BucketNotification", "queues")),
)
# Services that use a key with the rights of their caller, under kms:ViaService, or by grants that the caller gives
# them: the default key policy is enough, and a team may still want its own to say so.
_BY_GRANT: Final = (
    _Need("rds", "aws:rds/instance:Instance", "kmsKeyId", (*_DATA_KEYS, "kms:CreateGrant", "kms:DescribeKey")),
    _Need("rds", "aws:rds/cluster:Cluster", "kmsKeyId", (*_DATA_KEYS, "kms:CreateGrant", "kms:DescribeKey")),
    _Need("kinesis", "aws:kinesis/stream:Stream", "kmsKeyId", _DATA_KEYS),
    _Need("secretsmanager", "aws:secretsmanager/secret:Secret", "kmsKeyId", _DATA_KEYS),
    _Need(
        "elasticache",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "kmsKeyId",
        (*_DATA_KEYS, "kms:CreateGrant", "kms:DescribeKey"),
    ),
)
_CONTEXT: Final = "kms:EncryptionContext:aws:logs:arn"
# What a service that acts in its own name has no value of: it belongs to no account of the customer's.
_OF_CALLERS: Final = ("aws:Principal*", "aws:userid", "kms:CallerAccount")
_OF_SERVICES: Final = "aws:PrincipalServiceName*"
_PARTITIONS: Final = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


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


@dataclass(frozen=True)
class _Use:
    """One resource of the stack for which a service needs the key, and its account where that is known."""

    need: _Need
    key: Resource
    user: Resource
    account: str

    @property
    def principal(self) -> str:
        """The service's principal; that of CloudWatch Logs is its region's, and in China ends with `.cn`."""
        if self.need.service != "logs":
            return f"{self.need.service}.amazonaws.com"
        end = ".cn" if self._partition == "aws-cn" else ""
        return f"logs.{self._shown_region}.amazonaws.com{end}"

    @property
    def _shown_region(self) -> str:
        """The region as a message may show it."""
        told = [each.output("region") for each in (self.user, self.user.provider) if each]
        return "REGION" if any(each.is_secret for each in told) else self.user.region or "REGION"

    @property
    def _partition(self) -> str:
        return next((each for start, each in _PARTITIONS.items() if self.user.region.startswith(start)), "aws")

    @property
    def advice(self) -> str:
        """The statement to add."""
        actions = ", ".join(_written(self.need.actions))
        advice = f'Add a statement with Effect Allow, Principal {{"Service": "{self.principal}"}}, Action {actions}'
        return f'{advice} and Resource "*"' + (f", under {self.context}." if self.need.service == "logs" else ".")

    @property
    def context(self) -> str:
        """The condition under which CloudWatch Logs may use the key for the stack's own log groups only."""
        arn = f"arn:{self._partition}:logs:{self._shown_region}:{self.account or 'ACCOUNT'}:*"
        return f'the Condition {{"ArnLike": {{"{_CONTEXT}": "{arn}"}}}}'

    def concerns(self, statement: Statement) -> bool:
        """Whether a statement is about the service: its principal, or callers who come through it."""
        if statement.excepted_principals:
            return not any(map(self._is_meant, statement.excepted_principals.get("Service", ())))
        everybody = "*" in statement.principals or "*" in statement.principals.get("AWS", ())
        through = [condition for condition in statement.conditions if condition.is_about("kms:ViaService")]
        return (
            any(map(self._is_meant, statement.principals.get("Service", ())))
            or (everybody and not through)
            or (self.need in _BY_GRANT and any(self.may_hold(condition) for condition in through))
        )

    def _is_meant(self, principal: str) -> bool:
        # In the regions of China the names end with amazonaws.com.cn. CloudWatch Logs takes its global name too, and
        # SNS has one for each opt-in region: https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html
        names = [f"{self.need.service}.amazonaws.com*"]
        if self.need.service == "logs":
            names.append(f"logs.{self.user.region or '*'}.amazonaws.com*")
        if self.need.service == "sns":
            names.append("sns.*.amazonaws.com*")
        return any(is_like(name, principal) for name in names)

    def may_hold(self, condition: Condition) -> bool:
        """Whether a condition can hold when the service uses the key for this resource."""
        if not condition.is_positive:
            return True
        if condition.is_about(_CONTEXT, "aws:SourceArn"):
            # An alarm, a topic or a rule may be of another region or account than what it sends to.
            return self.need.source is not None or any(self._may_be_own(condition, each) for each in condition.values)
        if condition.is_about("aws:SourceAccount"):
            return self.need.source is not None or not self.account or condition.admits(self.account)
        if condition.is_about("kms:ViaService"):
            name = f"{self.need.service}.{self.user.region}.amazonaws.com"
            if not self.user.region:
                return any(is_like(value.partition(".")[0], self.need.service) for value in condition.values)
            return condition.admits(name) or condition.admits(f"{name}.cn")
        return (
            self.need in _BY_GRANT
            or condition.holds_without_key
            or is_like(_OF_SERVICES, condition.key)
            or not any(is_like(pattern, condition.key) for pattern in _OF_CALLERS)
        )

    def _may_be_own(self, condition: Condition, pattern: str) -> bool:
        """Whether an ARN's pattern can be that of the resource: by region, account and, for log groups, name."""
        if "${" in pattern:
            return True
        if condition.is_exact and "*" in pattern:
            return False
        parts = pattern.split(":", 5)
        if len(parts) < 6:
            return pattern.endswith("*")
        region, account, rest = parts[3:]
        name = self.user.get("name").text
        return (
            (not self.user.region or not region or is_like(region, self.user.region))
            and (not self.account or not account or is_like(account, self.account))
            and (
                self.need.service != "logs"
                or not name
                or any(is_like(rest, f"log-group:{name}{end}") for end in ("", ":*", ":"))
            )
        )


@resource_policy(
    id="kms-key-policy-service-principals",
    title="Key policies let the services that are given the key use it",
    needs_stack=True,
    types=(*_KEYS, *dict.fromkeys(need.type for need in _NEEDS if not need.source)),
    severity="critical",
    fix="Let the service use the key in the key policy.",
    url="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-services.html",
)
def kms_key_policy_service_principals(resource: Resource, config: ServicePrincipalsConfig) -> Verdicts:
    """
    KMS lets these services use a key only if the key's policy says so. Without that the update fails half-way, or
    alarms and messages no longer arrive and nobody is told.
    """
    if resource.type not in _KEYS:
        yield from _keys_elsewhere(resource)
        return
    needs = (*_NEEDS, *(need for need in _BY_GRANT if need.service in config.strict_services))
    # The engine's order is not the same every time.
    users = [(need, user) for need in needs for user in sorted(_users(resource, need), key=lambda user: user.urn)]
    if not users:
        return
    document = _policy_of(resource)
    if isinstance(document, Undecided):
        yield document
        return
    read = statements(document)
    if read is None:
        services = ", ".join(dict.fromkeys(f"{need.service}.amazonaws.com" for need, _ in users))
        yield Undecided(document, f"does it let {services} use the key?")
        return
    said = set()
    account = _account(resource, read)
    for need, user in users:
        use = _Use(need, resource, user, account if _provider_of(user) == _provider_of(resource) else "")
        finding = _finding(use, document, read, config)
        # One finding a service, however many of its resources have the key.
        if finding and (need.service, finding.level) not in said:
            said.add((need.service, finding.level))
            yield finding


def _keys_elsewhere(user: Resource) -> Verdicts:
    """Keys that are not in this stack: nobody here can read their policies."""
    for need in (need for need in _NEEDS if need.type == user.type and not need.source):
        key = user.get(need.path)
        if not key.is_unset and len(_keys(key)) != 1 and _is_asked_for(need, user):
            yield Undecided(key, f"the policy of that key has to let {need.service}.amazonaws.com use it")


def _users(key: Resource, need: _Need) -> set[Resource]:
    """The resources that have the key, by itself or by an alias, and something for which the service needs it."""
    stack = key.stack
    return {
        user
        for named in (key, *stack.referrers(key, _ALIAS, "targetKeyId"))
        for user in stack.referrers(named, need.type, need.path.partition(".")[0].removesuffix("[]"))
        if any(_keys(value) == [key] for value in user.each(need.path)) and _is_asked_for(need, user)
    }


def _keys(value: Value) -> list[Resource]:
    """The keys of this stack that a value may name, themselves or by an alias."""
    stack = value.resource.stack
    assert stack
    named = [] if value.is_unset else stack.targets(value, *_KEYS, _ALIAS)
    # A block may name several keys; which one is where is then not known before the update.
    if value.is_known and value.path != value.property_name:
        named = [each for each in named if value.text in {each.output(name).text for name in ("id", "arn", "keyId")}]
    keys = [
        key
        for each in named
        for key in ([each] if each.type in _KEYS else stack.targets(each.get("targetKeyId"), *_KEYS))
    ]
    return list(dict.fromkeys(keys))


def _is_asked_for(need: _Need, user: Resource) -> bool:
    """Whether there is something for which the service uses the key of a resource in its own name."""
    if need.service == "config":
        # With any other role AWS Config has that role's rights, as the default key policy lets it.
        return any(_is_service_linked(recorder.get("roleArn")) for recorder in user.stack.of_type(_RECORDER))
    used = user.get("bucket").targets(_BUCKET) if user.type == _BUCKET_ENCRYPTION else [user]
    return need.source is None or any(user.stack.referrers(each, *need.source) for each in used)


def _is_service_linked(role: Value) -> bool:
    return ":role/aws-service-role/" in role.text or any(
        each.type == _SERVICE_LINKED_ROLE for each in role.dependencies
    )


def _policy_of(key: Resource) -> Value | Undecided:
    """The key's policy, its own or a resource of its own; the key's absent one where there is neither."""
    own = key.get("policy")
    companions = key.referrers(_KEY_POLICY, "keyId")
    if companions or not own.is_unset:
        return companions[0].get("policy") if companions else own
    if elsewhere := key.stack.unresolved(_KEY_POLICY, "keyId", *_KEYS):
        return Undecided(elsewhere[0].get("keyId"), f"is it the key '{key.name}'?")
    return own


def _account(key: Resource, read: list[Statement]) -> str:
    """The account of a key: as its ARN says, or the only one that its policy names principals of; else empty."""
    arn = "" if key.output("arn").is_secret else key.output("arn").text
    named = [each for statement in read if not statement.at.is_secret for each in statement.principals.get("AWS", ())]
    accounts = {each.split(":")[4] if each.count(":") >= 5 else each for each in ([arn] if arn else named)}
    accounts = {each for each in accounts if each.isdigit()}
    return accounts.pop() if len(accounts) == 1 else ""


def _provider_of(resource: Resource) -> str:
    """The URN of the provider: that of another one may be for another account."""
    return resource.provider.urn if resource.provider else ""


def _finding(use: _Use, document: Value, read: list[Statement], config: ServicePrincipalsConfig) -> Violation | None:
    """What keeps the service from using the key, or lets it use it for others too."""
    used = f"'{use.user.name}' ({use.user.type}) uses the key '{use.key.name}'"
    if document.is_unset:
        return Violation(
            document,
            f"{used}, which has no policy; KMS's default policy does not let {use.principal} use it.",
            fix=f"Set policy, with a statement that lets the account's root user manage the key. {use.advice}",
        )
    about = [statement for statement in read if use.concerns(statement)]
    denied = [
        action
        for action in use.need.actions
        if any(each.denies and not each.conditions and each.covers(action) for each in about)
    ]
    if denied:
        return Violation(
            document,
            f"{used}, and {document.path} denies {use.principal} {', '.join(_written(denied))}.",
            fix=f"Leave {use.principal} out of the statement that denies.",
        )
    allowing = [each for each in about if each.allows]
    open_ = [each for each in allowing if all(use.may_hold(condition) for condition in each.conditions)]
    missing = [action for action in use.need.actions if not any(each.covers(action) for each in open_)]
    if missing:
        return Violation(
            document, f"{used}, but {_reason(use, document, read, allowing, open_, missing)}.", fix=use.advice
        )
    if use.need.service == "logs" and not any(
        condition.is_about(_CONTEXT, "aws:SourceArn", "aws:SourceAccount")
        for each in open_
        for condition in each.conditions
    ):
        return Violation(
            document,
            f"{document.path} lets {use.principal} use the key for log groups of any account.",
            fix=f"Add {use.context} to that statement.",
            level=None if config.require_encryption_context else "advisory",
        )
    return None


def _reason(
    use: _Use,
    document: Value,
    read: list[Statement],
    allowing: list[Statement],
    open_: list[Statement],
    missing: list[str],
) -> str:
    """Why a key policy does not let the service do what it has to, as the end of a sentence."""
    if open_:
        return f"{document.path} does not let {use.principal} {', '.join(_written(missing))}"
    if allowing and not allowing[0].at.is_secret:
        nearest = max(allowing, key=lambda statement: "Service" in statement.principals)
        closed = next(each for each in nearest.conditions if not use.may_hold(each))
        said = f"the condition {closed.key} of {nearest.at.path} is {' or '.join(closed.values)}"
        literal = closed.is_exact and any("*" in value for value in closed.values)
        return f"{said}, and {closed.operator} takes * literally" if literal else f"{said}: not this resource"
    others = sorted(
        principal
        for statement in read
        if not statement.at.is_secret
        for principal in statement.principals.get("Service", ())
        if is_like(f"{use.need.service}.*", principal)
    )
    instead = f"; it names {', '.join(others)}" if others else ""
    return f"{document.path} does not let {use.principal} use it{instead}"


def _written(actions: Iterable[str]) -> list[str]:
    """Actions as people write them: `kms:ReEncrypt*` stands for both of its kinds."""
    families = ("kms:ReEncrypt", "kms:GenerateDataKey")
    return list(
        dict.fromkeys(next((f"{each}*" for each in families if action.startswith(each)), action) for action in actions)
    )


@resource_policy(
    id="kms-key-rotation",
    title="Symmetric KMS keys are rotated",
    types=(_KEY,),
    severity="medium",
    enforcement="advisory",
    fix="Set enableKeyRotation to true; what was encrypted before stays readable.",
    frameworks=("Security Hub KMS.4",),
    url="https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    remediates=True,
)
def kms_key_rotation(key: Resource, config: Config) -> Verdicts:
    """
    The longer the same key material is in use, the more data a single compromise of it exposes, and audits ask for
    yearly rotation.
    """
    rotation, spec, usage = key.get("enableKeyRotation"), key.get("customerMasterKeySpec"), key.get("keyUsage")
    # Asymmetric and HMAC keys, and those of a custom key store, can't be rotated.
    if spec.text not in ("", "SYMMETRIC_DEFAULT") or usage.text not in ("", "ENCRYPT_DECRYPT"):
        return
    if not key.get("customKeyStoreId").is_unset or rotation.is_true:
        return
    if unknown := [value for value in (rotation, spec, usage) if value.is_unknown]:
        yield Undecided(unknown[0])
    else:
        message = f"enableKeyRotation is {rotation.shown}: the key material stays the same for ever."
        yield Violation(rotation, message, remediation=True)


@resource_policy(
    id="kms-key-policy-scope",
    title="Key policies name who may use the key",
    types=(*_KEYS, _KEY_POLICY),
    severity="critical",
    fix="Name the account, the role or the service as Principal.",
    frameworks=("FSBP KMS.5",),
    url="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",
)
def kms_key_policy_scope(resource: Resource, config: Config) -> Verdicts:
    """
    A key that anybody may use keeps nothing secret: strangers can decrypt with it whatever they got hold of, and use it
    at your cost.
    """
    document = resource.get("policy")
    read = statements(document)
    if read is None:
        yield Undecided(document, "whom does it let use the key?")
    for statement in read or ():
        if statement.allows and statement.concerns_everybody:
            yield Violation(statement.at, f"{statement.at.path} lets anybody with an AWS account use the key.")
