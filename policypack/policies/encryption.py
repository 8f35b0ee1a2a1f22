"""Encryption at rest: that data stores encrypt their data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.model import Resource, Stack, Value, remembered
from policypack.policy import resource_policy
from policypack.requirement import (
    Predicate,
    Requirement,
    Table,
    all_of,
    always,
    any_of,
    check_table,
    controls_of,
    either,
    has,
    is_of_stack,
    is_replica,
    is_set,
    lacks,
    reads_a_stream,
)
from policypack.rows import Document
from policypack.verdict import Undecided, Verdicts, Violation

_REPLACES: Final = "On a resource that already exists, this replaces it: back up or migrate its data first."
_REPLACED: Final = "replaces the security configuration"
_EMPTY: Final = "On a database that already exists, this replaces it with an empty one. To keep the data,"
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html
_REPLACES_DATABASE: Final = (
    f"{_EMPTY} take a snapshot, copy it with kmsKeyId, which encrypts the copy, and set snapshotIdentifier to the copy."
)
# A copy of a cluster's snapshot cannot be encrypted, but what is restored from it can:
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBClusterSnapshot.html,
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html
_REPLACES_CLUSTER: Final = (
    f"{_EMPTY} take a snapshot and set snapshotIdentifier to it, together with kmsKeyId: AWS encrypts what it restores."
)
_ACCOUNT_DEFAULT: Final = (
    f"{_REPLACES} Where the account encrypts EBS volumes by default, set ebsEncryptionByDefault of this policy to true "
    "instead."
)
_EBS_DEFAULT: Final = "aws:ebs/encryptionByDefault:EncryptionByDefault"
_INSTANCE: Final = "aws:ec2/instance:Instance"
_LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
_VOLUME: Final = "aws:ebs/volume:Volume"
_SNAPSHOTS: Final = (
    "aws:ebs/snapshot:Snapshot",
    "aws:ebs/snapshotCopy:SnapshotCopy",
    "aws:ebs/snapshotImport:SnapshotImport",
)
_IMAGES: Final = ("aws:ec2/ami:Ami", "aws:ec2/amiCopy:AmiCopy", "aws:ec2/amiFromInstance:AmiFromInstance")
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
_ROOT_DEVICES: Final = ("/dev/sda1", "/dev/xvda")


def _template_decides(instance: Resource) -> bool | None:
    """Whether an instance's launch template encrypts the root volume, of which the instance itself says nothing."""
    template = instance.get("launchTemplate")
    if template.is_unset:
        return False
    templates = instance.stack.targets(template, _LAUNCH_TEMPLATE) if instance.is_in_stack else []
    return any_of(map(_encrypts_root, templates)) if templates else None


def _encrypts_root(template: Resource) -> bool | None:
    devices = [device for device in template.each("blockDeviceMappings[]") if _may_be_root(device)]
    encrypted = [device.get("ebs.encrypted") for device in devices]
    return all_of(None if value.is_unknown else value.is_true for value in encrypted)


def _may_be_root(device: Value) -> bool:
    name = device.get("deviceName")
    return name.is_unknown or name.text in _ROOT_DEVICES


def _image_decides(instance: Resource) -> bool | None:
    """
    Whether an instance's image is in the stack, where it is judged itself: a root volume is encrypted as its image is.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AMIEncryption.html
    """
    return is_of_stack(instance.get("ami"), _IMAGES)


@remembered
def _encrypts_by_default(stack: Stack) -> bool | None:
    enabled = [each.get("enabled") for each in stack.of_type(_EBS_DEFAULT)]
    return any_of(None if value.is_unknown else not value.is_false for value in enabled)


def _account_decides(resource: Resource) -> bool | None:
    """Whether the stack itself makes the account encrypt EBS volumes by default."""
    return _encrypts_by_default(resource.stack) if resource.is_in_stack else None


def _ebs(
    path: str,
    *more: Predicate,
    made_from: tuple[str, ...] = (),
    judged: tuple[str, ...] = (),
    controls: tuple[str, ...] = (),
) -> Requirement:
    """A requirement of a volume, which the account may encrypt by default."""
    return Requirement(
        path,
        absent_is_right=either(_account_decides, *more),
        note=_ACCOUNT_DEFAULT,
        made_from=made_from,
        judged=judged,
        controls=controls,
    )


def _is_copy_of(path: str, types: tuple[str, ...]) -> Predicate:
    """Holds for a copy of a resource of the stack, which is judged itself."""
    return lambda copy: is_of_stack(copy.get(path), types)


def _from_snapshot(path: str, controls: tuple[str, ...] = ()) -> Requirement:
    # A volume that is made from a snapshot is encrypted when the snapshot is.
    return _ebs(path, made_from=("snapshotId",), judged=_SNAPSHOTS, controls=controls)


_DATA_DEVICES: Final = _from_snapshot("ebsBlockDevices[].encrypted")
_INSTANCE_DEVICES: Final = (_ebs("rootBlockDevice.encrypted", _template_decides, _image_decides), _DATA_DEVICES)
_COPY_NOTE: Final = "Copies of encrypted snapshots are encrypted anyway; with cmkArn, they use a customer managed key."


_RESTORED_FROM: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:rds/instance:Instance": ("snapshotIdentifier", "restoreToPointInTime"),
    "aws:rds/cluster:Cluster": ("snapshotIdentifier", "restoreToPointInTime"),
    "aws:docdb/cluster:Cluster": ("snapshotIdentifier", "restoreToPointInTime"),
    "aws:neptune/cluster:Cluster": ("snapshotIdentifier",),
    "aws:redshift/cluster:Cluster": ("snapshotIdentifier", "snapshotArn"),
}
"""The properties by which a database is restored from a snapshot or from another database, by type."""


def _database(
    type_: str, control: str, *, absent_is_right: Predicate | None = None, absent_means: str = ""
) -> Requirement:
    """A requirement of a database, which is encrypted as what it is restored from or replicates."""
    return Requirement(
        "storageEncrypted",
        unless=is_replica,
        absent_is_right=absent_is_right or either(),
        note=_REPLACES_DATABASE if type_.endswith(":Instance") else _REPLACES_CLUSTER,
        absent_means=absent_means,
        made_from=_RESTORED_FROM[type_],
        judged=(type_, "aws:rds/snapshot:Snapshot", "aws:rds/clusterSnapshot:ClusterSnapshot"),
        controls=(control,),
    )


_GLOBAL_STORAGE: Final = Requirement("storageEncrypted", unless=is_set("sourceDbClusterIdentifier"), note=_REPLACES)


# https://docs.aws.amazon.com/opensearch-service/latest/developerguide/encryption-at-rest.html
def _search(control: str) -> Requirement:
    return Requirement(
        "encryptAtRest.enabled",
        note="From Elasticsearch 6.7 on, an existing domain is encrypted in place, and encryption cannot be turned off "
        "again. An older domain is replaced.",
        controls=(control,),
    )


_KMS_ENCRYPTED: Final = Requirement("kmsEncrypted", note="It needs kmsKeyArn too.")

# What the account may encrypt by default.
_EBS: Final[Table] = {
    _VOLUME: (_from_snapshot("encrypted", ("FSBP EC2.3",)),),
    # Copies of encrypted snapshots and images are encrypted, and asking for it does no harm.
    "aws:ebs/snapshotCopy:SnapshotCopy": (_ebs("encrypted", _is_copy_of("sourceSnapshotId", _SNAPSHOTS)),),
    "aws:ebs/snapshotImport:SnapshotImport": (_ebs("encrypted"),),
    _INSTANCE: _INSTANCE_DEVICES,
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": _INSTANCE_DEVICES,
    "aws:ec2/spotFleetRequest:SpotFleetRequest": (
        _ebs("launchSpecifications[].rootBlockDevices[].encrypted", controls=("FSBP EC2.173",)),
        _from_snapshot("launchSpecifications[].ebsBlockDevices[].encrypted", ("FSBP EC2.173",)),
    ),
    "aws:ec2/launchConfiguration:LaunchConfiguration": (_ebs("rootBlockDevice.encrypted"), _DATA_DEVICES),
    _LAUNCH_TEMPLATE: (_from_snapshot("blockDeviceMappings[].ebs?.encrypted", ("FSBP EC2.181",)),),
    "aws:ec2/ami:Ami": (_DATA_DEVICES,),
    "aws:ec2/amiCopy:AmiCopy": (_ebs("encrypted", _is_copy_of("sourceAmiId", _IMAGES)),),
    "aws:imagebuilder/containerRecipe:ContainerRecipe": (
        _from_snapshot("instanceConfiguration?.blockDeviceMappings[].ebs?.encrypted"),
    ),
    "aws:imagebuilder/imageRecipe:ImageRecipe": (_from_snapshot("blockDeviceMappings[].ebs?.encrypted"),),
    # https://docs.aws.amazon.com/dlm/latest/APIReference/API_CrossRegionCopyRule.html
    "aws:dlm/lifecyclePolicy:LifecyclePolicy": (
        Requirement(
            "policyDetails.schedules[].crossRegionCopyRules[].encrypted",
            absent_is_right=_account_decides,
            note=_COPY_NOTE,
        ),
        Requirement(
            "policyDetails.action.crossRegionCopies[].encryptionConfiguration.encrypted",
            absent_is_right=_account_decides,
            note=_COPY_NOTE,
        ),
    ),
}

_AT_REST: Final[Table] = {
    **_EBS,
    "aws:rds/instance:Instance": (_database("aws:rds/instance:Instance", "FSBP RDS.3"),),
    # Serverless v1 is always encrypted. Aurora encrypts clusters made since 2026-02-18 by default, but not older ones
    # (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html): only `true` is sure.
    "aws:rds/cluster:Cluster": (
        _database(
            "aws:rds/cluster:Cluster",
            "FSBP RDS.27",
            absent_is_right=has("engineMode", "serverless"),
            absent_means="a cluster made before 2026-02-18 stores its data unencrypted without it",
        ),
    ),
    "aws:rds/globalCluster:GlobalCluster": (_GLOBAL_STORAGE,),
    "aws:docdb/cluster:Cluster": (_database("aws:docdb/cluster:Cluster", "FSBP DocumentDB.1"),),
    "aws:docdb/globalCluster:GlobalCluster": (_GLOBAL_STORAGE,),
    "aws:neptune/cluster:Cluster": (_database("aws:neptune/cluster:Cluster", "FSBP Neptune.1"),),
    "aws:neptune/globalCluster:GlobalCluster": (_GLOBAL_STORAGE,),
    # Encrypted unless turned off: https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-db-encryption.html
    "aws:redshift/cluster:Cluster": (
        Requirement(
            "encrypted",
            absent_is_right=always,
            note="Redshift moves the data of an existing cluster to an encrypted one, and the cluster is read-only "
            "until that is done. Left out, it is false with pulumi-aws 6, and true with 7.",
            controls=("FSBP Redshift.10",),
        ),
    ),
    # Redis is unencrypted by default, Valkey encrypted; the engine is Redis by default (the provider's documentation).
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        Requirement(
            "atRestEncryptionEnabled",
            unless=is_set("globalReplicationGroupId"),
            absent_is_right=has("engine", "valkey"),
            note=_REPLACES,
            controls=("FSBP ElastiCache.4",),
        ),
    ),
    "aws:dax/cluster:Cluster": (
        Requirement("serverSideEncryption.enabled", note=_REPLACES, controls=("FSBP DynamoDB.3",)),
    ),
    _EBS_DEFAULT: (Requirement("enabled", absent_is_right=always),),
    # ECS encrypts these volumes unless told not to (the provider's documentation).
    "aws:ecs/service:Service": (
        Requirement("volumeConfiguration?.managedEbsVolume?.encrypted", absent_is_right=always),
    ),
    "aws:efs/fileSystem:FileSystem": (Requirement("encrypted", note=_REPLACES, controls=("FSBP EFS.1", "FSBP EFS.8")),),
    "aws:kinesis/stream:Stream": (
        Requirement(
            "encryptionType",
            wanted=("KMS",),
            note='It needs kmsKeyId too: "alias/aws/kinesis", or a key that producers and consumers may use.',
            controls=("FSBP Kinesis.1",),
        ),
    ),
    # Firehose takes no encryption of its own where it reads from a stream, which is encrypted itself:
    # https://docs.aws.amazon.com/firehose/latest/dev/encryption.html
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        Requirement("serverSideEncryption.enabled", unless=reads_a_stream, controls=("FSBP DataFirehose.1",)),
    ),
    # New queues are encrypted with SSE-SQS:
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-sqs-sse-queue.html
    "aws:sqs/queue:Queue": (
        Requirement(
            "sqsManagedSseEnabled",
            unless=is_set("kmsMasterKeyId"),
            absent_is_right=always,
            controls=("FSBP SQS.1",),
        ),
    ),
    "aws:opensearch/domain:Domain": (_search("FSBP Opensearch.1"),),
    "aws:elasticsearch/domain:Domain": (_search("FSBP ES.1"),),
    "aws:workspaces/workspace:Workspace": (
        Requirement("rootVolumeEncryptionEnabled", note=_REPLACES, controls=("FSBP WorkSpaces.2",)),
        Requirement("userVolumeEncryptionEnabled", note=_REPLACES, controls=("FSBP WorkSpaces.1",)),
    ),
    "aws:storagegateway/nfsFileShare:NfsFileShare": (_KMS_ENCRYPTED,),
    "aws:storagegateway/smbFileShare:SmbFileShare": (_KMS_ENCRYPTED,),
    "aws:storagegateway/cachesIscsiVolume:CachesIscsiVolume": (_KMS_ENCRYPTED,),
    "aws:storagegateway/storedIscsiVolume:StoredIscsiVolume": (_KMS_ENCRYPTED,),
    # Off by default (the provider's documentation).
    "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings": (
        Requirement(
            "dataCatalogEncryptionSettings.connectionPasswordEncryption.returnConnectionPasswordEncrypted",
            note="It needs awsKmsKeyId beside it, and jobs that use connections then need to decrypt with that key.",
        ),
        Requirement(
            "dataCatalogEncryptionSettings.encryptionAtRest.catalogEncryptionMode",
            ("SSE-KMS", "SSE-KMS-WITH-SERVICE-ROLE"),
        ),
    ),
    "aws:glue/securityConfiguration:SecurityConfiguration": tuple(
        Requirement(f"encryptionConfiguration.{block}.{mode}", wanted, note=f"This {_REPLACED}.")
        for block, mode, wanted in (
            ("cloudwatchEncryption", "cloudwatchEncryptionMode", ("SSE-KMS",)),
            ("jobBookmarksEncryption", "jobBookmarksEncryptionMode", ("CSE-KMS",)),
            ("s3Encryption", "s3EncryptionMode", ("SSE-KMS", "SSE-S3")),
        )
    ),
    "aws:appsync/apiCache:ApiCache": (Requirement("atRestEncryptionEnabled", note=_REPLACES),),
    "aws:apigateway/methodSettings:MethodSettings": (
        Requirement(
            "settings.cacheDataEncrypted",
            unless=lacks("settings.cachingEnabled", "true"),
            controls=("FSBP APIGateway.5",),
        ),
    ),
    "aws:codebuild/reportGroup:ReportGroup": (
        Requirement(
            "exportConfig.s3Destination.encryptionDisabled",
            wanted=("false",),
            absent_is_right=always,
            controls=("FSBP CodeBuild.7",),
        ),
    ),
    # https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-create-security-configuration.html
    "aws:emr/securityConfiguration:SecurityConfiguration": (
        Document(
            "configuration",
            "EncryptionConfiguration.EnableAtRestEncryption",
            note=f"It needs AtRestEncryptionConfiguration, with a key, and {_REPLACED}.",
            controls=("FSBP EMR.3",),
        ),
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
            controls=("FSBP CodeBuild.3",),
        ),
    ),
}


class AtRestConfig(Config):
    """Config of encryption-at-rest."""

    ebs_encryption_by_default: Annotated[
        bool,
        Meta(description="The account encrypts EBS volumes by default: volumes that do not set encrypted pass."),
    ] = False


@resource_policy(
    id="encryption-at-rest",
    title="Data stores encrypt their data at rest",
    types=_AT_REST,
    severity="critical",
    fix="Turn encryption at rest on.",
    frameworks=controls_of(_AT_REST),
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_protect_data_rest_encrypt.html",
)
def encryption_at_rest(resource: Resource, config: AtRestConfig) -> Verdicts:
    """
    Anyone who obtains a disk, a snapshot or a backup can read the data in plain text. Many services cannot turn
    encryption on later: the store has to be recreated and its data migrated.
    """
    by_default = config.ebs_encryption_by_default and resource.type in _EBS
    for verdict in check_table(_AT_REST, resource, "data is stored unencrypted"):
        if not (by_default and _is_left_out(verdict)):
            yield verdict


def _is_left_out(verdict: Violation | Undecided) -> bool:
    """Whether a verdict is about a property that is left out: at it, or at what the volume is made from."""
    at = verdict.at
    return isinstance(at, Value) and (at.is_absent or not at.path.endswith("encrypted"))
