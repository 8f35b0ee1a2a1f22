"""
What AWS services do with the KMS key of a resource in their own name, so that only the key's policy can let them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from policypack.data import Dataset

DATASETS: Final = (
    Dataset(
        "Services that need a key policy",
        "2026-11-28",
        (
            "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
            "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html",
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-create-storage-key.html",
            "https://docs.aws.amazon.com/config/latest/developerguide/s3-kms-key-policy.html",
            "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-key-policy.html",
            "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
            "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
            "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html",
            "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-cmk-policy.html",
            "https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html",
            "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html",
            "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html",
        ),
        max_age=365,
    ),
)

_TOPIC: Final = "aws:sns/topic:Topic"
_QUEUE: Final = "aws:sqs/queue:Queue"
BUCKET: Final = "aws:s3/bucket:Bucket"
BUCKET_ENCRYPTION: Final = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_ALARMS: Final = ("aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm")
_RULE_TARGET: Final = ("aws:cloudwatch/eventTarget:EventTarget", "arn")
_NOTIFICATION: Final = "aws:s3/bucketNotification:BucketNotification"
_DISTRIBUTION: Final = "aws:cloudfront/distribution:Distribution"

_DATA_KEYS: Final = ("kms:GenerateDataKey", "kms:Decrypt")
_LOGS: Final = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey")
_BY_GRANT_ACTIONS: Final = (*_DATA_KEYS, "kms:CreateGrant", "kms:DescribeKey")
ENCRYPTION_DEFAULTS: Final[Mapping[str, str]] = {
    BUCKET_ENCRYPTION: "rules[].applyServerSideEncryptionByDefault?",
    BUCKET: "serverSideEncryptionConfiguration?.rule?.applyServerSideEncryptionByDefault?",
}
"""Where a bucket says how it encrypts: the blocks that have `sseAlgorithm` and `kmsMasterKeyId`."""


@dataclass(frozen=True)
class Need:
    """
    What the key policy has to let a service do with the key of a resource.

    :param service: the service's principal, without `.amazonaws.com` and without a region.
    :param type: the type of the resource that has the key.
    :param path: where that resource names the key.
    :param actions: what the service does with the key.
    :param trigger: where the service needs the key only if something else uses the resource: the type of that other
        resource and its property that refers to the first one (or to the bucket whose encryption that is).
    :param by_grant: whether the service has the rights of its caller, so that the default key policy is enough.
    """

    service: str
    type: str
    path: str
    actions: tuple[str, ...]
    trigger: tuple[str, str] | None = None
    by_grant: bool = False


def _sent(service: str, type_: str, *triggers: tuple[str, str]) -> Iterator[Need]:
    """The needs of a service that sends messages to topics or queues."""
    return (Need(service, type_, "kmsMasterKeyId", _DATA_KEYS, trigger) for trigger in triggers)


def _stored(service: str, action: str, *triggers: tuple[str, str]) -> Iterator[Need]:
    """The needs of a service that reads or writes the objects of buckets."""
    return (
        Need(service, type_, f"{block}.kmsMasterKeyId", (action,), trigger)
        for trigger in triggers
        for type_, block in ENCRYPTION_DEFAULTS.items()
    )


NEEDS: Final = (
    Need("logs", "aws:cloudwatch/logGroup:LogGroup", "kmsKeyId", (*_LOGS, "kms:DescribeKey")),
    Need("cloudtrail", "aws:cloudtrail/trail:Trail", "kmsKeyId", ("kms:GenerateDataKey", "kms:DescribeKey")),
    Need("cloudtrail", "aws:cloudtrail/eventDataStore:EventDataStore", "kmsKeyId", _DATA_KEYS),
    Need(
        "fargate",
        "aws:ecs/cluster:Cluster",
        "configuration.managedStorageConfiguration.fargateEphemeralStorageKmsKeyId",
        # kms:DescribeKey is for whoever makes the cluster.
        ("kms:GenerateDataKeyWithoutPlaintext", "kms:CreateGrant"),
    ),
    Need("config", "aws:cfg/deliveryChannel:DeliveryChannel", "s3KmsKeyArn", _DATA_KEYS),
    Need("events", "aws:cloudwatch/eventBus:EventBus", "kmsKeyIdentifier", (*_DATA_KEYS, "kms:DescribeKey")),
    *_sent(
        "cloudwatch",
        _TOPIC,
        *((alarm, name) for alarm in _ALARMS for name in ("alarmActions", "okActions", "insufficientDataActions")),
    ),
    *_sent("events", _TOPIC, _RULE_TARGET),
    *_sent("events.rds", _TOPIC, ("aws:rds/eventSubscription:EventSubscription", "snsTopic")),
    *_sent("redshift", _TOPIC, ("aws:redshift/eventSubscription:EventSubscription", "snsTopicArn")),
    *_sent("dms", _TOPIC, ("aws:dms/eventSubscription:EventSubscription", "snsTopicArn")),
    *_sent("s3", _TOPIC, (_NOTIFICATION, "topics")),
    *_sent("sns", _QUEUE, ("aws:sns/topicSubscription:TopicSubscription", "endpoint")),
    *_sent("events", _QUEUE, _RULE_TARGET),
    *_sent("s3", _QUEUE, (_NOTIFICATION, "queues")),
    *_stored(
        "delivery.logs",
        "kms:GenerateDataKey",
        ("aws:ec2/flowLog:FlowLog", "logDestination"),
        (_DISTRIBUTION, "loggingConfig"),
        ("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "logDestinationConfigs"),
        ("aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig", "destinationArn"),
        ("aws:networkfirewall/loggingConfiguration:LoggingConfiguration", "loggingConfiguration"),
    ),
    *_stored("cloudfront", "kms:Decrypt", (_DISTRIBUTION, "origins")),
)
BY_GRANT: Final = (
    Need("rds", "aws:rds/instance:Instance", "kmsKeyId", _BY_GRANT_ACTIONS, by_grant=True),
    Need("rds", "aws:rds/cluster:Cluster", "kmsKeyId", _BY_GRANT_ACTIONS, by_grant=True),
    Need("kinesis", "aws:kinesis/stream:Stream", "kmsKeyId", _DATA_KEYS, by_grant=True),
    Need("secretsmanager", "aws:secretsmanager/secret:Secret", "kmsKeyId", _DATA_KEYS, by_grant=True),
    Need(
        "elasticache",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "kmsKeyId",
        _BY_GRANT_ACTIONS,
        by_grant=True,
    ),
)
"""
Services that use a key with the rights of their caller, under kms:ViaService, or by grants that the caller gives them:
the default key policy is enough, and a team may still want its own to say so.
"""
