"""Encryption at rest: that data is encrypted, and with whose key."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.policy import Findings, Violation, policy
from policypack.requirement import Condition, Requirement, always, has, is_set, never
from policypack.resource import Resource, Value

_REPLACES: Final = "On a resource that already exists, AWS makes this change by replacing it: plan for its data."
_ACCOUNT_DEFAULT: Final = (
    "Where the account encrypts EBS volumes by default, set this policy's ebsEncryptionByDefault instead. " + _REPLACES
)


_BLOCK_DEVICES: Final = (
    Requirement("rootBlockDevice.encrypted", note=_ACCOUNT_DEFAULT),
    Requirement("ebsBlockDevices[].encrypted", note=_ACCOUNT_DEFAULT),
)
_READS_A_STREAM: Final = is_set("kinesisSourceConfiguration", "mskSourceConfiguration")
_STORAGE: Final = Requirement("storageEncrypted", note=_REPLACES)
_KMS_ENCRYPTED: Final = Requirement("kmsEncrypted", note="It needs kmsKeyArn too.")

_AT_REST: Final[Mapping[str, tuple[Requirement, ...]]] = {
    # A replica takes its source's encryption; the provider ignores storageEncrypted there.
    "aws:rds/instance:Instance": (Requirement("storageEncrypted", unless=is_set("replicateSourceDb"), note=_REPLACES),),
    # Serverless v1 is always encrypted. Aurora encrypts clusters made since 2026-02-18 by default, but not older ones
    # (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html): only `true` is sure.
    "aws:rds/cluster:Cluster": (
        Requirement(
            "storageEncrypted",
            unless=is_set("replicationSourceIdentifier"),
            absent_is_right=has("engineMode", "serverless"),
            note=_REPLACES,
        ),
    ),
    "aws:rds/globalCluster:GlobalCluster": (
        Requirement("storageEncrypted", unless=is_set("sourceDbClusterIdentifier"), note=_REPLACES),
    ),
    "aws:docdb/cluster:Cluster": (_STORAGE,),
    "aws:docdb/globalCluster:GlobalCluster": (
        Requirement("storageEncrypted", unless=is_set("sourceDbClusterIdentifier"), note=_REPLACES),
    ),
    "aws:neptune/cluster:Cluster": (
        Requirement("storageEncrypted", unless=is_set("replicationSourceIdentifier"), note=_REPLACES),
    ),
    "aws:neptune/globalCluster:GlobalCluster": (
        Requirement("storageEncrypted", unless=is_set("sourceDbClusterIdentifier"), note=_REPLACES),
    ),
    # Encrypted unless turned off: https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-db-encryption.html
    "aws:redshift/cluster:Cluster": (Requirement("encrypted", absent_is_right=always),),
    # Redis is unencrypted by default, Valkey encrypted; the engine is Redis by default (the provider's documentation).
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        Requirement(
            "atRestEncryptionEnabled",
            unless=is_set("globalReplicationGroupId"),
            absent_is_right=has("engine", "valkey"),
            note=_REPLACES,
        ),
    ),
    "aws:dax/cluster:Cluster": (Requirement("serverSideEncryption.enabled", note=_REPLACES),),
    "aws:ebs/volume:Volume": (Requirement("encrypted", note=_ACCOUNT_DEFAULT),),
    "aws:ebs/snapshotCopy:SnapshotCopy": (Requirement("encrypted", note=_REPLACES),),
    "aws:ebs/snapshotImport:SnapshotImport": (Requirement("encrypted", note=_REPLACES),),
    "aws:ebs/encryptionByDefault:EncryptionByDefault": (Requirement("enabled", absent_is_right=always),),
    "aws:ec2/instance:Instance": _BLOCK_DEVICES,
    "aws:ec2/launchConfiguration:LaunchConfiguration": _BLOCK_DEVICES,
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": _BLOCK_DEVICES,
    "aws:ec2/launchTemplate:LaunchTemplate": (
        Requirement("blockDeviceMappings[].ebs?.encrypted", note=_ACCOUNT_DEFAULT),
    ),
    "aws:ec2/amiCopy:AmiCopy": (Requirement("encrypted", note=_REPLACES),),
    "aws:ecs/service:Service": (
        Requirement("volumeConfiguration?.managedEbsVolume?.encrypted", note=_ACCOUNT_DEFAULT),
    ),
    "aws:efs/fileSystem:FileSystem": (Requirement("encrypted", note=_REPLACES),),
    "aws:kinesis/stream:Stream": (Requirement("encryptionType", wanted=("KMS",), note="It needs kmsKeyId too."),),
    # Firehose takes no encryption of its own where it reads from a stream, which is encrypted itself:
    # https://docs.aws.amazon.com/firehose/latest/dev/encryption.html
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        Requirement("serverSideEncryption.enabled", unless=_READS_A_STREAM),
    ),
    # New queues are encrypted with SSE-SQS:
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-sqs-sse-queue.html
    "aws:sqs/queue:Queue": (
        Requirement("sqsManagedSseEnabled", unless=is_set("kmsMasterKeyId"), absent_is_right=always),
    ),
    # SNS encrypts only with a key: https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html
    "aws:sns/topic:Topic": (Requirement("kmsMasterKeyId", wanted=(), note='The AWS managed key is "alias/aws/sns".'),),
    "aws:opensearch/domain:Domain": (Requirement("encryptAtRest.enabled"),),
    "aws:elasticsearch/domain:Domain": (Requirement("encryptAtRest.enabled"),),
    "aws:workspaces/workspace:Workspace": (
        Requirement("rootVolumeEncryptionEnabled", note=_REPLACES),
        Requirement("userVolumeEncryptionEnabled", note=_REPLACES),
    ),
    "aws:storagegateway/nfsFileShare:NfsFileShare": (_KMS_ENCRYPTED,),
    "aws:storagegateway/smbFileShare:SmbFileShare": (_KMS_ENCRYPTED,),
    "aws:storagegateway/cachesIscsiVolume:CachesIscsiVolume": (_KMS_ENCRYPTED,),
    "aws:storagegateway/storedIscsiVolume:StoredIscsiVolume": (_KMS_ENCRYPTED,),
    "aws:appsync/apiCache:ApiCache": (Requirement("atRestEncryptionEnabled", note=_REPLACES),),
    "aws:apigateway/methodSettings:MethodSettings": (
        Requirement(
            "settings.cacheDataEncrypted", unless=lambda settings: not settings.get("settings.cachingEnabled").is_true
        ),
    ),
    # CodeBuild encrypts artifacts and logs unless told not to (the provider's documentation).
    "aws:codebuild/project:Project": (
        Requirement("artifacts.encryptionDisabled", wanted=("false",), absent_is_right=always),
        Requirement("secondaryArtifacts[].encryptionDisabled", wanted=("false",), absent_is_right=always),
        Requirement("logsConfig.s3Logs.encryptionDisabled", wanted=("false",), absent_is_right=always),
    ),
}


_EBS_TYPES: Final = frozenset(
    {
        "aws:ebs/volume:Volume",
        "aws:ec2/instance:Instance",
        "aws:ec2/launchConfiguration:LaunchConfiguration",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
        "aws:ecs/service:Service",
    }
)


class AtRestConfig(Config):
    """Config of encryption-at-rest."""

    ebs_encryption_by_default: Annotated[
        bool,
        Meta(description="The account encrypts EBS volumes by default: one that says nothing about it is right."),
    ] = False


@policy(
    id="encryption-at-rest",
    title="Data stores encrypt their data at rest",
    types=_AT_REST,
    severity="critical",
    fix="Turn encryption at rest on.",
    frameworks=(
        "FSBP RDS.3",
        "FSBP RDS.27",
        "FSBP DocumentDB.1",
        "FSBP Neptune.1",
        "FSBP ElastiCache.4",
        "FSBP EC2.3",
        "FSBP EFS.1",
        "FSBP Kinesis.1",
        "FSBP SQS.1",
        "FSBP Opensearch.1",
        "FSBP Redshift.10",
        "FSBP APIGateway.5",
        "FSBP DynamoDB.3",
    ),
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_protect_data_rest_encrypt.html",
)
def encryption_at_rest(resource: Resource, config: AtRestConfig) -> Findings:
    for requirement in _AT_REST[resource.type]:
        for finding in requirement.check(resource, "data is stored unencrypted"):
            absent = isinstance(finding.at, Value) and finding.at.is_absent
            if not (absent and config.ebs_encryption_by_default and resource.type in _EBS_TYPES):
                yield finding


# Where a resource names the KMS key of its data, and which resources the question does not concern.
_KEYS: Final[Mapping[str, tuple[str, Condition]]] = {
    "aws:backup/vault:Vault": ("kmsKeyArn", never),
    "aws:cloudtrail/trail:Trail": ("kmsKeyId", never),
    "aws:cloudwatch/eventBus:EventBus": ("kmsKeyIdentifier", never),
    "aws:codebuild/project:Project": ("encryptionKey", never),
    "aws:codepipeline/pipeline:Pipeline": ("artifactStores[].encryptionKey.id", never),
    "aws:docdb/cluster:Cluster": ("kmsKeyId", never),
    "aws:dynamodb/table:Table": ("serverSideEncryption.kmsKeyArn", never),
    "aws:dynamodb/tableReplica:TableReplica": ("kmsKeyArn", never),
    "aws:ebs/volume:Volume": ("kmsKeyId", never),
    "aws:ecr/repository:Repository": ("encryptionConfigurations[].kmsKey", never),
    "aws:efs/fileSystem:FileSystem": ("kmsKeyId", never),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("kmsKeyId", is_set("globalReplicationGroupId")),
    "aws:elasticache/serverlessCache:ServerlessCache": ("kmsKeyId", never),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": ("serverSideEncryption.keyArn", _READS_A_STREAM),
    "aws:kinesis/stream:Stream": ("kmsKeyId", never),
    "aws:lambda/function:Function": ("kmsKeyArn", lambda function: function.get("environment").is_empty),
    "aws:memorydb/cluster:Cluster": ("kmsKeyArn", never),
    "aws:msk/cluster:Cluster": ("encryptionInfo.encryptionAtRestKmsKeyArn", never),
    "aws:neptune/cluster:Cluster": ("kmsKeyArn", never),
    "aws:opensearch/domain:Domain": ("encryptAtRest.kmsKeyId", never),
    "aws:rds/cluster:Cluster": ("kmsKeyId", never),
    "aws:rds/instance:Instance": ("kmsKeyId", is_set("replicateSourceDb")),
    "aws:redshift/cluster:Cluster": ("kmsKeyId", never),
    "aws:secretsmanager/secret:Secret": ("kmsKeyId", never),
    "aws:sns/topic:Topic": ("kmsMasterKeyId", never),
    "aws:sqs/queue:Queue": ("kmsMasterKeyId", never),
    "aws:ssm/parameter:Parameter": ("keyId", lambda parameter: parameter.get("type").text != "SecureString"),
}


class CustomerKeyConfig(Config):
    """Config of encryption-customer-managed-key."""

    types: Annotated[
        tuple[str, ...],
        Meta(description='Type tokens, or patterns such as "aws:rds/*", whose data needs a key of your own.'),
    ] = ()


@policy(
    id="encryption-customer-managed-key",
    title="Data stores that need it are encrypted with a customer managed KMS key",
    types=_KEYS,
    severity="high",
    enforcement="advisory",
    fix="Set it to the ARN of an aws.kms.Key of the stack, or of one that your security team manages.",
    url="https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-mgmt",
)
def encryption_customer_managed_key(resource: Resource, config: CustomerKeyConfig) -> Findings:
    path, not_concerned = _KEYS[resource.type]
    if not any(fnmatchcase(resource.type, pattern) for pattern in config.types) or not_concerned(resource):
        return
    for key in list(resource.each(path)) or [resource.get(path.partition("[]")[0])]:
        if key.is_empty:
            yield Violation(key, f"{path} is not set: the data is encrypted with a key of AWS, not one of your own.")
        elif "alias/aws/" in key.text:
            yield Violation(key, f"{key.path} is {key.shown}: that is a key that AWS manages, not one of your own.")
