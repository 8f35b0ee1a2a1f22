"""Keys of data stores: that data which needs it is encrypted with a customer managed key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.data.key_inputs import KEY_INPUTS
from policypack.iam import bounds_of
from policypack.iam.stand_ins import is_written
from policypack.model import Resource, Stack, Value, remembered
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
class _Choice:
    """
    What else decides whether the key that an input names is used.

    :param unless: resources that the question does not concern.
    :param off: a property that turns encryption with this key off, and its value then.
    """

    unless: Predicate = never
    off: tuple[str, str] = ("", "")


_ALWAYS: Final = _Choice()
_INSIGHTS: Final = _Choice(lacks("performanceInsightsEnabled", "true"))
_MANAGED_PASSWORD: Final = _Choice(lacks("manageMasterUserPassword", "true"))

# By type, and by the path of the input.
_CHOICES: Final[Mapping[str, Mapping[str, _Choice]]] = {
    "aws:docdb/clusterInstance:ClusterInstance": {
        "performanceInsightsKmsKeyId": _Choice(lacks("enablePerformanceInsights", "true"))
    },
    # Without it, or with enabled false, DynamoDB uses a key that AWS owns, whatever kmsKeyArn says (the provider's
    # documentation).
    "aws:dynamodb/table:Table": {
        "serverSideEncryption.kmsKeyArn": _Choice(off=("serverSideEncryption.enabled", "false"))
    },
    "aws:ebs/volume:Volume": {"kmsKeyId": _Choice(off=("encrypted", "false"))},
    # ECR takes a key only with the encryption type KMS; AES256 is a key that S3 owns:
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
    "aws:ecr/repository:Repository": {
        "encryptionConfigurations[].kmsKey": _Choice(off=("encryptionConfigurations[].encryptionType", "AES256"))
    },
    "aws:efs/fileSystem:FileSystem": {"kmsKeyId": _Choice(off=("encrypted", "false"))},
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "kmsKeyId": _Choice(is_set("globalReplicationGroupId"), off=("atRestEncryptionEnabled", "false"))
    },
    "aws:elasticsearch/domain:Domain": {"encryptAtRest.kmsKeyId": _Choice(off=("encryptAtRest.enabled", "false"))},
    "aws:emr/cluster:Cluster": {"logEncryptionKmsKeyId": _Choice(lambda cluster: cluster.get("logUri").is_unset)},
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": {
        "serverSideEncryption.keyArn": _Choice(reads_a_stream, off=("serverSideEncryption.keyType", "AWS_OWNED_CMK"))
    },
    "aws:kinesis/stream:Stream": {"kmsKeyId": _Choice(off=("encryptionType", "NONE"))},
    "aws:lambda/function:Function": {
        "kmsKeyArn": _Choice(lambda function: function.get("environment.variables").is_unset)
    },
    # AWS owns the key by default (the provider's documentation).
    "aws:mq/broker:Broker": {"encryptionOptions.kmsKeyId": _Choice(off=("encryptionOptions.useAwsOwnedKey", "true"))},
    "aws:neptune/cluster:Cluster": {"kmsKeyArn": _Choice(is_replica, off=("storageEncrypted", "false"))},
    "aws:opensearch/domain:Domain": {"encryptAtRest.kmsKeyId": _Choice(off=("encryptAtRest.enabled", "false"))},
    "aws:opensearch/serverlessCollection:ServerlessCollection": {
        "encryptionConfigs[].kmsKeyArn": _Choice(off=("encryptionConfigs[].awsOwnedKey", "true"))
    },
    "aws:rds/cluster:Cluster": {
        "kmsKeyId": _Choice(off=("storageEncrypted", "false")),
        "masterUserSecretKmsKeyId": _MANAGED_PASSWORD,
        "performanceInsightsKmsKeyId": _INSIGHTS,
    },
    "aws:rds/clusterInstance:ClusterInstance": {"performanceInsightsKmsKeyId": _INSIGHTS},
    "aws:rds/instance:Instance": {
        "kmsKeyId": _Choice(is_replica, off=("storageEncrypted", "false")),
        "masterUserSecretKmsKeyId": _MANAGED_PASSWORD,
        "performanceInsightsKmsKeyId": _INSIGHTS,
    },
    "aws:redshift/cluster:Cluster": {
        "kmsKeyId": _Choice(off=("encrypted", "false")),
        "masterPasswordSecretKmsKeyId": _Choice(lacks("manageMasterPassword", "true")),
    },
    "aws:redshiftserverless/namespace:Namespace": {
        "adminPasswordSecretKmsKeyId": _Choice(lacks("manageAdminPassword", "true"))
    },
    "aws:ssm/parameter:Parameter": {"keyId": _Choice(lacks("type", "SecureString"))},
    **{
        f"aws:storagegateway/{type_}": {path: _Choice(off=("kmsEncrypted", "false"))}
        for type_, path in (
            ("cachesIscsiVolume:CachesIscsiVolume", "kmsKey"),
            ("nfsFileShare:NfsFileShare", "kmsKeyArn"),
            ("smbFileShare:SmbFileShare", "kmsKeyArn"),
            ("storedIscsiVolume:StoredIscsiVolume", "kmsKey"),
        )
    },
    **{
        f"aws:verifiedaccess/{type_}": {
            f"{block}.kmsKeyArn": _Choice(off=(f"{block}.customerManagedKeyEnabled", "false"))
        }
        for type_, block in (
            ("endpoint:Endpoint", "sseSpecification"),
            ("group:Group", "sseConfiguration"),
            ("trustProvider:TrustProvider", "sseSpecification"),
        )
    },
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
            if not any(matches(pattern, type_) for type_ in KEY_INPUTS):
                raise ValueError(f"config key 'types': no type that has a key matches {pattern!r}")


_COSTS: Final = (
    "Most services replace an existing resource for this: back up or migrate its data first. Roles and users that "
    "read or write the data then also need permission to use the key."
)


@stack_policy(
    id="encryption-customer-managed-key",
    title="Data stores that need it are encrypted with a customer managed KMS key",
    types=KEY_INPUTS,
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
    types = [type_ for type_ in KEY_INPUTS if any(matches(pattern, type_) for pattern in config.types)]
    yield from fold(
        (
            verdict
            for each in stack.of_type(*types)
            for path in KEY_INPUTS[each.type]
            for verdict in _check_key(each, path)
        ),
        config,
    )


def _check_key(resource: Resource, path: str) -> Verdicts:
    choice = _CHOICES.get(resource.type, {}).get(path, _ALWAYS)
    shown = path.replace("?", "")
    moot = choice.unless(resource)
    if moot:
        return
    off_path, off = choice.off
    if off_path:
        for switch in resource.each(off_path):
            if switch.text.lower() == off.lower():
                yield Violation(
                    switch,
                    f"{switch.path} is {switch.shown}: the data is not encrypted with a customer managed key, whatever "
                    f"{shown} says.",
                    fix=f"Set {switch.path} so that the key is used, and {shown} to its ARN. {_COSTS}",
                )
                return
    for value in list(resource.each(path)) or _missing_list(resource, path):
        if value.is_unset and moot is None:
            yield Undecided(value, "whether a key is needed depends on values that are still unknown")
        elif value.is_unset or "alias/aws/" in value.text:
            found = (
                f"{shown} is not set: the data is encrypted with a key of AWS, not with a customer managed key."
                if value.is_unset
                else f"{value.path} is {value.shown}: that is a key that AWS manages, not a customer managed key."
            )
            yield Violation(value, found, fix=f"Set {shown} to the ARN of an aws.kms.Key. {_COSTS}")


def _missing_list(resource: Resource, path: str) -> Iterator[Value]:
    """The list that is all about encryption, and missing."""
    head, is_list, _ = path.partition("[]")
    if is_list and "ncryption" in head and "?" not in head:
        yield resource.get(head)


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
    read = (bounds_of(policy.get("policy")) for policy in policies)
    for statement in (each for bounds in read if bounds for each in bounds.certain):
        if statement.allows:
            found.update(filter(is_written, statement.principals.get("Service", ())))
    return frozenset(found)
