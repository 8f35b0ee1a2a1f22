"""Keys of data stores: that data which needs it is encrypted with a customer managed key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.iam import statements
from policypack.model import Resource, Stack, remembered
from policypack.policy import resource_policy, stack_policy
from policypack.requirement import (
    FoldedConfig,
    Predicate,
    Requirement,
    Table,
    controls_of,
    fold,
    fold_table,
    is_replica,
    is_set,
    lacks,
    never,
    reads_a_stream,
)
from policypack.verdict import Undecided, Verdicts, Violation
from policypack.wildcard import matches


@dataclass(frozen=True, slots=True)
class _Key:
    """
    Where a resource names the KMS key of its data.

    :param path: the property that names it.
    :param unless: resources that the question does not concern.
    :param off: a property that turns encryption with this key off, and its value then.
    """

    path: str
    unless: Predicate = never
    off: tuple[str, str] = ("", "")


_KEYS: Final[Mapping[str, _Key]] = {
    "aws:backup/vault:Vault": _Key("kmsKeyArn"),
    "aws:cloudtrail/trail:Trail": _Key("kmsKeyId"),
    "aws:cloudwatch/eventBus:EventBus": _Key("kmsKeyIdentifier"),
    "aws:codebuild/project:Project": _Key("encryptionKey"),
    "aws:codepipeline/pipeline:Pipeline": _Key("artifactStores[].encryptionKey.id"),
    "aws:docdb/cluster:Cluster": _Key("kmsKeyId"),
    # Without it, or with enabled false, DynamoDB uses a key that AWS owns, whatever kmsKeyArn says (the provider's
    # documentation).
    "aws:dynamodb/table:Table": _Key("serverSideEncryption.kmsKeyArn", off=("serverSideEncryption.enabled", "false")),
    "aws:dynamodb/tableReplica:TableReplica": _Key("kmsKeyArn"),
    "aws:ebs/volume:Volume": _Key("kmsKeyId", off=("encrypted", "false")),
    # ECR takes a key only with the encryption type KMS; AES256 is a key that S3 owns:
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
    "aws:ecr/repository:Repository": _Key(
        "encryptionConfigurations[].kmsKey", off=("encryptionConfigurations[].encryptionType", "AES256")
    ),
    "aws:efs/fileSystem:FileSystem": _Key("kmsKeyId", off=("encrypted", "false")),
    "aws:elasticache/replicationGroup:ReplicationGroup": _Key(
        "kmsKeyId", is_set("globalReplicationGroupId"), off=("atRestEncryptionEnabled", "false")
    ),
    "aws:elasticache/serverlessCache:ServerlessCache": _Key("kmsKeyId"),
    "aws:elasticsearch/domain:Domain": _Key("encryptAtRest.kmsKeyId", off=("encryptAtRest.enabled", "false")),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": _Key(
        "serverSideEncryption.keyArn", reads_a_stream, off=("serverSideEncryption.keyType", "AWS_OWNED_CMK")
    ),
    "aws:kinesis/stream:Stream": _Key("kmsKeyId", off=("encryptionType", "NONE")),
    "aws:lambda/function:Function": _Key("kmsKeyArn", lambda function: function.get("environment.variables").is_unset),
    "aws:memorydb/cluster:Cluster": _Key("kmsKeyArn"),
    "aws:msk/cluster:Cluster": _Key("encryptionInfo.encryptionAtRestKmsKeyArn"),
    "aws:neptune/cluster:Cluster": _Key("kmsKeyArn", is_replica, off=("storageEncrypted", "false")),
    "aws:opensearch/domain:Domain": _Key("encryptAtRest.kmsKeyId", off=("encryptAtRest.enabled", "false")),
    "aws:rds/cluster:Cluster": _Key("kmsKeyId", off=("storageEncrypted", "false")),
    "aws:rds/instance:Instance": _Key("kmsKeyId", is_replica, off=("storageEncrypted", "false")),
    "aws:redshift/cluster:Cluster": _Key("kmsKeyId", off=("encrypted", "false")),
    "aws:secretsmanager/secret:Secret": _Key("kmsKeyId"),
    "aws:sns/topic:Topic": _Key("kmsMasterKeyId"),
    "aws:sqs/queue:Queue": _Key("kmsMasterKeyId"),
    "aws:ssm/parameter:Parameter": _Key("keyId", lacks("type", "SecureString")),
}


class CustomerKeyConfig(FoldedConfig):
    """Config of encryption-customer-managed-key."""

    types: Annotated[
        tuple[str, ...],
        Meta(description='Type tokens, or patterns such as "aws:rds/*", whose data needs a customer managed key.'),
    ] = ()

    def __post_init__(self) -> None:
        """Refuses a pattern that no type matches, as it would switch the policy off in silence."""
        for pattern in self.types:
            if not any(matches(pattern, type_) for type_ in _KEYS):
                raise ValueError(f"config key 'types': no type that has a key matches {pattern!r}")


_COSTS: Final = (
    "Most services replace an existing resource for this: back up or migrate its data first. Roles and users that "
    "read or write the data then also need permission to use the key."
)


@stack_policy(
    id="encryption-customer-managed-key",
    title="Data stores that need it are encrypted with a customer managed KMS key",
    severity="high",
    enforcement="advisory",
    fix=f"Name the key in the property that the finding names. {_COSTS}",
    url="https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-mgmt",
)
def encryption_customer_managed_key(stack: Stack, config: CustomerKeyConfig) -> Verdicts:
    """
    With a key of AWS, you can neither control who may decrypt the data nor revoke it in an incident, and you cannot
    share an encrypted snapshot with another account.
    """
    types = [type_ for type_ in _KEYS if any(matches(pattern, type_) for pattern in config.types)]
    yield from fold((verdict for each in stack.of_type(*types) for verdict in _check_key(each)), config)


def _check_key(resource: Resource) -> Verdicts:
    key = _KEYS[resource.type]
    moot = key.unless(resource)
    if moot:
        return
    off_path, off = key.off
    if off_path:
        for switch in resource.each(off_path):
            if switch.text.lower() == off.lower():
                yield Violation(
                    switch,
                    f"{switch.path} is {switch.shown}: the data is not encrypted with a customer managed key, whatever "
                    f"{key.path} says.",
                    fix=f"Set {switch.path} so that the key is used, and {key.path} to its ARN. {_COSTS}",
                )
                return
    for value in list(resource.each(key.path)) or [resource.get(key.path.partition("[]")[0])]:
        if value.is_unset and moot is None:
            yield Undecided(value, "whether a key is needed depends on values that are still unknown")
        elif value.is_unset or "alias/aws/" in value.text:
            found = (
                f"{key.path} is not set: the data is encrypted with a key of AWS, not with a customer managed key."
                if value.is_unset
                else f"{value.path} is {value.shown}: that is a key that AWS manages, not a customer managed key."
            )
            yield Violation(value, found, fix=f"Set {key.path} to the ARN of an aws.kms.Key. {_COSTS}")


_ROTATES: Final = "whoever may read the bucket can read it, and no log shows who decrypted it"
_NEEDED: Final[Table] = {
    "aws:cloudtrail/trail:Trail": (
        Requirement(
            "kmsKeyId",
            (),
            means=_ROTATES,
            note="It is the ARN of an aws.kms.Key whose policy lets cloudtrail.amazonaws.com use it.",
            controls=("FSBP CloudTrail.2",),
        ),
    ),
    "aws:sagemaker/featureGroup:FeatureGroup": (
        Requirement(
            "offlineStoreConfig?.s3StorageConfig.kmsKeyId",
            (),
            means=_ROTATES,
            note="It is the ARN of an aws.kms.Key. This replaces the feature group.",
            controls=("FSBP SageMaker.17",),
        ),
    ),
}


@stack_policy(
    id="trail-encryption-key",
    title="Trails and feature stores are encrypted with a KMS key",
    types=_NEEDED,
    severity="medium",
    enforcement="advisory",
    fix="Name a KMS key.",
    frameworks=controls_of(_NEEDED),
    url="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html",
)
def trail_encryption_key(stack: Stack, config: FoldedConfig) -> Verdicts:
    """What has been done in the account, or is known of its customers, is as safe as the rights on one bucket."""
    yield from fold_table(_NEEDED, stack, config)


_TOPIC: Final = "aws:sns/topic:Topic"
_ALARM: Final = ("alarmActions", "okActions", "insufficientDataActions")
# What makes an AWS service publish to a topic, by type: the properties that name the topic, and the service.
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
_PUBLISHERS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "aws:autoscaling/notification:Notification": (("topicArn",), "autoscaling.amazonaws.com"),
    "aws:backup/vaultNotifications:VaultNotifications": (("snsTopicArn",), "backup.amazonaws.com"),
    "aws:budgets/budget:Budget": (("notifications",), "budgets.amazonaws.com"),
    "aws:cfg/deliveryChannel:DeliveryChannel": (("snsTopicArn",), "config.amazonaws.com"),
    "aws:cloudtrail/trail:Trail": (("snsTopicName",), "cloudtrail.amazonaws.com"),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": (_ALARM, "cloudwatch.amazonaws.com"),
    "aws:cloudwatch/eventTarget:EventTarget": (("arn",), "events.amazonaws.com"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (_ALARM, "cloudwatch.amazonaws.com"),
    "aws:codestarnotifications/notificationRule:NotificationRule": (
        ("targets",),
        "codestar-notifications.amazonaws.com",
    ),
    "aws:rds/eventSubscription:EventSubscription": (("snsTopic",), "events.rds.amazonaws.com"),
    "aws:s3/bucketNotification:BucketNotification": (("topics",), "s3.amazonaws.com"),
    "aws:ses/identityNotificationTopic:IdentityNotificationTopic": (("topicArn",), "ses.amazonaws.com"),
}


@resource_policy(
    id="sns-topic-encryption",
    title="SNS topics are encrypted with a KMS key",
    needs_stack=True,
    types=(_TOPIC,),
    severity="medium",
    enforcement="advisory",
    fix="Set kmsMasterKeyId to the ARN of an aws.kms.Key that all publishers may use (kms:GenerateDataKey and "
    "kms:Decrypt). The AWS managed key of SNS is enough where only roles and users of this account publish.",
    frameworks=("Security Hub SNS.1",),
    url="https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
)
def sns_topic_encryption(topic: Resource, config: Config) -> Verdicts:
    """
    Without a KMS key, SNS encrypts messages on disk with a key that it owns: you cannot revoke the use of that key in
    an incident, and no log shows who used it.
    """
    key = topic.get("kmsMasterKeyId")
    if key.is_unset:
        services = sorted(_publishing_services(topic))
        fix = (
            f"Set kmsMasterKeyId to the ARN of an aws.kms.Key whose key policy lets {' and '.join(services)} use "
            "kms:GenerateDataKey* and kms:Decrypt. The AWS managed key of SNS does not work here: other "
            "services cannot use it, so their messages would be lost."
        )
        message = "kmsMasterKeyId is not set: messages are not encrypted with a KMS key."
        yield Violation(key, message, fix=fix if services else "")


@remembered
def _publishing_services(topic: Resource) -> frozenset[str]:
    """The services that publish to a topic, by what sends to it in this stack and by the topic's policies."""
    found = {service for type_, (properties, service) in _PUBLISHERS.items() if topic.referrers(type_, *properties)}
    policies = [topic, *topic.referrers("aws:sns/topicPolicy:TopicPolicy", "arn")]
    for statement in (each for policy in policies for each in statements(policy.get("policy")) or ()):
        if statement.allows:
            found.update(statement.principals.get("Service", ()))
    return frozenset(found)
