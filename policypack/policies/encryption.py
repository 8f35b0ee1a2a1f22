"""Encryption at rest: that data is encrypted, and with whose key."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.requirement import Condition, Requirement, always, either, has, is_set, lacks, never
from policypack.verdict import Undecided, Verdicts, Violation

_REPLACES: Final = "On a resource that already exists, AWS makes this change by replacing it: plan for its data."
_ACCOUNT_DEFAULT: Final = (
    "Where the account encrypts EBS volumes by default, set this policy's ebsEncryptionByDefault instead. " + _REPLACES
)


def _template_decides(instance: Resource) -> bool | None:
    """Whether an instance's launch template encrypts the volumes of which the instance itself says nothing."""
    template = instance.get("launchTemplate")
    if template.is_unset:
        return False
    if not instance.is_in_stack:
        return None
    templates = instance.stack.targets(template, _LAUNCH_TEMPLATE)
    encrypted = [value for each in templates for value in each.each("blockDeviceMappings[].ebs?.encrypted")]
    if not templates or any(value.is_unknown for value in encrypted):
        return None
    return bool(encrypted) and all(value.is_true for value in encrypted)


def _snapshot_decides(volume: Resource) -> bool | None:
    """A volume that is made from a snapshot is encrypted when the snapshot is."""
    return False if volume.get("snapshotId").is_unset else None


def _account_decides(resource: Resource) -> bool | None:
    """Whether the stack itself makes the account encrypt EBS volumes by default."""
    if not resource.is_in_stack:
        return None
    enabled = [each.get("enabled") for each in resource.stack.of_type(_EBS_DEFAULT)]
    if any(value.is_unknown for value in enabled):
        return None
    return any(not value.is_false for value in enabled)


_EBS_DEFAULT: Final = "aws:ebs/encryptionByDefault:EncryptionByDefault"
_LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
_EBS_VOLUME: Final = Requirement(
    "encrypted", absent_is_right=either(_snapshot_decides, _account_decides), note=_ACCOUNT_DEFAULT
)
_EBS_COPY: Final = Requirement("encrypted", absent_is_right=_account_decides, note=_ACCOUNT_DEFAULT)
_BLOCK_DEVICES: Final = tuple(
    Requirement(path, absent_is_right=_account_decides, note=_ACCOUNT_DEFAULT)
    for path in ("rootBlockDevice.encrypted", "ebsBlockDevices[].encrypted")
)
_INSTANCE_DEVICES: Final = (
    Requirement(
        "rootBlockDevice.encrypted",
        absent_is_right=either(_account_decides, _template_decides),
        note=_ACCOUNT_DEFAULT,
    ),
    _BLOCK_DEVICES[1],
)
_READS_A_STREAM: Final = is_set("kinesisSourceConfiguration", "mskSourceConfiguration")
_STORAGE: Final = Requirement("storageEncrypted", note=_REPLACES)
_GLOBAL_STORAGE: Final = Requirement("storageEncrypted", unless=is_set("sourceDbClusterIdentifier"), note=_REPLACES)
_KMS_ENCRYPTED: Final = Requirement("kmsEncrypted", note="It needs kmsKeyArn too.")

# What the account may encrypt by default.
_EBS: Final[Mapping[str, tuple[Requirement, ...]]] = {
    "aws:ebs/volume:Volume": (_EBS_VOLUME,),
    "aws:ebs/snapshotCopy:SnapshotCopy": (_EBS_COPY,),
    "aws:ebs/snapshotImport:SnapshotImport": (_EBS_COPY,),
    "aws:ec2/instance:Instance": _INSTANCE_DEVICES,
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": _INSTANCE_DEVICES,
    "aws:ec2/launchConfiguration:LaunchConfiguration": _BLOCK_DEVICES,
    _LAUNCH_TEMPLATE: (
        Requirement("blockDeviceMappings[].ebs?.encrypted", absent_is_right=_account_decides, note=_ACCOUNT_DEFAULT),
    ),
    "aws:ec2/amiCopy:AmiCopy": (_EBS_COPY,),
}

_AT_REST: Final[Mapping[str, tuple[Requirement, ...]]] = {
    **_EBS,
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
            absent_means="a cluster made before 2026-02-18 stores its data unencrypted without it",
        ),
    ),
    "aws:rds/globalCluster:GlobalCluster": (_GLOBAL_STORAGE,),
    "aws:docdb/cluster:Cluster": (_STORAGE,),
    "aws:docdb/globalCluster:GlobalCluster": (_GLOBAL_STORAGE,),
    "aws:neptune/cluster:Cluster": (
        Requirement("storageEncrypted", unless=is_set("replicationSourceIdentifier"), note=_REPLACES),
    ),
    "aws:neptune/globalCluster:GlobalCluster": (_GLOBAL_STORAGE,),
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
    _EBS_DEFAULT: (Requirement("enabled", absent_is_right=always),),
    # ECS encrypts these volumes unless told not to (the provider's documentation).
    "aws:ecs/service:Service": (
        Requirement("volumeConfiguration?.managedEbsVolume?.encrypted", absent_is_right=always),
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
        Requirement("settings.cacheDataEncrypted", unless=lacks("settings.cachingEnabled", "true")),
    ),
    # CodeBuild encrypts artifacts and logs unless told not to (the provider's documentation).
    "aws:codebuild/project:Project": (
        Requirement(
            "artifacts.encryptionDisabled",
            wanted=("false",),
            unless=has("artifacts.type", "NO_ARTIFACTS"),
            absent_is_right=always,
        ),
        Requirement("secondaryArtifacts[].encryptionDisabled", wanted=("false",), absent_is_right=always),
        Requirement(
            "logsConfig.s3Logs.encryptionDisabled",
            wanted=("false",),
            unless=lacks("logsConfig.s3Logs.status", "ENABLED"),
            absent_is_right=always,
        ),
    ),
}


class AtRestConfig(Config):
    """Config of encryption-at-rest."""

    ebs_encryption_by_default: Annotated[
        bool,
        Meta(description="The account encrypts EBS volumes by default: one that says nothing about it is right."),
    ] = False


@resource_policy(
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
        "FSBP CodeBuild.3",
        "FSBP DataFirehose.1",
        "FSBP EC2.181",
        "FSBP EFS.8",
        "FSBP ES.1",
        "FSBP WorkSpaces.1",
        "FSBP WorkSpaces.2",
        "Security Hub SNS.1",
    ),
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_protect_data_rest_encrypt.html",
)
def encryption_at_rest(resource: Resource, config: AtRestConfig) -> Verdicts:
    """
    Whoever gets at a disk, a snapshot or a backup past the service reads the data as it is. Many services cannot turn
    encryption on later: the store has to be made anew and its data moved.
    """
    for requirement in _AT_REST[resource.type]:
        for finding in requirement.check(resource, "data is stored unencrypted"):
            absent = isinstance(finding.at, Value) and finding.at.is_absent
            if not (absent and config.ebs_encryption_by_default and resource.type in _EBS):
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
    "aws:lambda/function:Function": ("kmsKeyArn", lambda function: function.get("environment.variables").is_unset),
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
    "aws:ssm/parameter:Parameter": ("keyId", lacks("type", "SecureString")),
}


class CustomerKeyConfig(Config):
    """Config of encryption-customer-managed-key."""

    types: Annotated[
        tuple[str, ...],
        Meta(description='Type tokens, or patterns such as "aws:rds/*", whose data needs a key of your own.'),
    ] = ()

    def __post_init__(self) -> None:
        """Refuses a pattern that no type matches, as it would switch the policy off in silence."""
        for pattern in self.types:
            if not any(fnmatchcase(type_, pattern) for type_ in _KEYS):
                raise ValueError(f"config key 'types': no type that has a key matches {pattern!r}")


@resource_policy(
    id="encryption-customer-managed-key",
    title="Data stores that need it are encrypted with a customer managed KMS key",
    types=_KEYS,
    severity="high",
    enforcement="advisory",
    fix="Set it to the ARN of an aws.kms.Key of the stack, or of one that your security team manages.",
    url="https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-mgmt",
)
def encryption_customer_managed_key(resource: Resource, config: CustomerKeyConfig) -> Verdicts:
    """
    With a key of AWS you cannot say who may decrypt the data, nor take that away from anybody in an incident, and you
    cannot share a snapshot of it with another account.
    """
    path, not_concerned = _KEYS[resource.type]
    moot = not_concerned(resource)
    if moot or not any(fnmatchcase(resource.type, pattern) for pattern in config.types):
        return
    for key in list(resource.each(path)) or [resource.get(path.partition("[]")[0])]:
        if key.is_unset and moot is None:
            yield Undecided(key, "whether it is needed depends on values that are unknown yet")
        elif key.is_unset:
            yield Violation(key, f"{path} is not set: the data is encrypted with a key of AWS, not one of your own.")
        elif "alias/aws/" in key.text:
            yield Violation(key, f"{key.path} is {key.shown}: that is a key that AWS manages, not one of your own.")
