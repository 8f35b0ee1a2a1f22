"""
What AWS services do with the KMS key of a resource in their own name, so that only the key's policy can let them.

What services do with the key of a bucket, queue or topic that they are wired to stands in policypack.data.wirings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from policypack.data import Dataset
from policypack.data.wirings import BUCKET, QUEUE, TOPIC, WIRINGS, Wiring

DATASETS: Final = (
    Dataset(
        "Use of KMS keys by AWS services",
        "2026-11-28",
        tuple(
            f"https://docs.aws.amazon.com/{page}"
            for page in (
                "AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
                "awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html",
                "AmazonECS/latest/developerguide/fargate-create-storage-key.html",
                "config/latest/developerguide/s3-kms-key-policy.html",
                "eventbridge/latest/userguide/eb-encryption-key-policy.html",
                "sns/latest/dg/sns-key-management.html",
                "AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
                "AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html",
                "vpc/latest/userguide/flow-logs-s3-cmk-policy.html",
                "AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html",
                "AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html",
            )
        ),
    ),
)

BUCKET_ENCRYPTION: Final = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"

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


_KEYS_OF: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    TOPIC: ((TOPIC, "kmsMasterKeyId"),),
    QUEUE: ((QUEUE, "kmsMasterKeyId"),),
    BUCKET: tuple((type_, f"{block}.kmsMasterKeyId") for type_, block in ENCRYPTION_DEFAULTS.items()),
}
"""Where the key of a target is named: a topic's and a queue's by themselves."""


def _wired(wiring: Wiring) -> Iterator[Need]:
    """What a service that is wired to a target does with the target's key."""
    properties = dict.fromkeys(path.partition(".")[0].rstrip("[]") for path in wiring.paths)
    for name in properties if wiring.key_actions else ():
        for type_, path in _KEYS_OF[wiring.target]:
            yield Need(wiring.service, type_, path, wiring.key_actions, (wiring.type, name))


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
    *chain.from_iterable(map(_wired, WIRINGS)),
    # CloudFront gives itself an ACL of the bucket, and still needs the key's policy.
    *(
        Need("delivery.logs", type_, path, ("kms:GenerateDataKey",), (_DISTRIBUTION, "loggingConfig"))
        for type_, path in _KEYS_OF[BUCKET]
    ),
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
