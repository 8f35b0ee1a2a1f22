"""Encryption at rest."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from policypack.config import ConfigError
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.support import POLICIES, check

KEY = "arn:aws:kms:eu-west-1:111122223333:key/0d990263-018e-4e65-a703-eff731de951e"


class Case(NamedTuple):
    """A resource type with one value that decides, and where the finding about it is."""

    type: str
    inputs: Callable[[Any], dict[str, Any]]
    place: str
    wrong: Any
    right: Any
    by_default: str
    """Whether the type is right or wrong when the value is left out; `open` where that depends on the rest."""


AT_REST = [
    *(
        Case(type_, lambda value: {"storageEncrypted": value}, "storageEncrypted", False, True, "wrong")
        for type_ in (
            "aws:rds/instance:Instance",
            "aws:rds/cluster:Cluster",
            "aws:rds/globalCluster:GlobalCluster",
            "aws:docdb/cluster:Cluster",
            "aws:docdb/globalCluster:GlobalCluster",
            "aws:neptune/cluster:Cluster",
            "aws:neptune/globalCluster:GlobalCluster",
        )
    ),
    *(
        Case(type_, lambda value: {"encrypted": value}, "encrypted", False, True, "wrong")
        for type_ in (
            "aws:ebs/volume:Volume",
            "aws:ebs/snapshotCopy:SnapshotCopy",
            "aws:ebs/snapshotImport:SnapshotImport",
            "aws:ec2/amiCopy:AmiCopy",
            "aws:efs/fileSystem:FileSystem",
        )
    ),
    *(
        Case(type_, lambda value: {"kmsEncrypted": value}, "kmsEncrypted", False, True, "wrong")
        for type_ in (
            "aws:storagegateway/nfsFileShare:NfsFileShare",
            "aws:storagegateway/smbFileShare:SmbFileShare",
            "aws:storagegateway/cachesIscsiVolume:CachesIscsiVolume",
            "aws:storagegateway/storedIscsiVolume:StoredIscsiVolume",
        )
    ),
    *(
        Case(
            type_,
            lambda value: {"rootBlockDevice": {"encrypted": value}},
            "rootBlockDevice.encrypted",
            False,
            True,
            "wrong",
        )
        for type_ in (
            "aws:ec2/instance:Instance",
            "aws:ec2/launchConfiguration:LaunchConfiguration",
            "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
        )
    ),
    *(
        Case(
            type_,
            lambda value: {
                "rootBlockDevice": {"encrypted": True},
                "ebsBlockDevices": [{"deviceName": "/dev/sdb", "encrypted": value}],
            },
            "ebsBlockDevices[0].encrypted",
            False,
            True,
            "wrong",
        )
        for type_ in (
            "aws:ec2/instance:Instance",
            "aws:ec2/launchConfiguration:LaunchConfiguration",
            "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
        )
    ),
    Case(
        "aws:ec2/launchTemplate:LaunchTemplate",
        lambda value: {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": value}}]},
        "blockDeviceMappings[0].ebs.encrypted",
        "false",
        "true",
        "wrong",
    ),
    Case(
        "aws:ebs/encryptionByDefault:EncryptionByDefault",
        lambda value: {"enabled": value},
        "enabled",
        False,
        True,
        "right",
    ),
    Case(
        "aws:ecs/service:Service",
        lambda value: {"volumeConfiguration": {"name": "data", "managedEbsVolume": {"encrypted": value}}},
        "volumeConfiguration.managedEbsVolume.encrypted",
        False,
        True,
        "open",
    ),
    Case("aws:redshift/cluster:Cluster", lambda value: {"encrypted": value}, "encrypted", "false", "true", "right"),
    Case("aws:redshift/cluster:Cluster", lambda value: {"encrypted": value}, "encrypted", "False", "True", "right"),
    Case("aws:redshift/cluster:Cluster", lambda value: {"encrypted": value}, "encrypted", False, True, "right"),
    Case(
        "aws:elasticache/replicationGroup:ReplicationGroup",
        lambda value: {"atRestEncryptionEnabled": value},
        "atRestEncryptionEnabled",
        False,
        True,
        "wrong",
    ),
    Case(
        "aws:dax/cluster:Cluster",
        lambda value: {"serverSideEncryption": {"enabled": value}},
        "serverSideEncryption.enabled",
        False,
        True,
        "wrong",
    ),
    Case(
        "aws:kinesis/stream:Stream", lambda value: {"encryptionType": value}, "encryptionType", "NONE", "KMS", "wrong"
    ),
    Case(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        lambda value: {"destination": "extended_s3", "serverSideEncryption": {"enabled": value}},
        "serverSideEncryption.enabled",
        False,
        True,
        "wrong",
    ),
    Case(
        "aws:sqs/queue:Queue",
        lambda value: {"sqsManagedSseEnabled": value},
        "sqsManagedSseEnabled",
        False,
        True,
        "right",
    ),
    *(
        Case(
            type_,
            lambda value: {"encryptAtRest": {"enabled": value}},
            "encryptAtRest.enabled",
            False,
            True,
            "wrong",
        )
        for type_ in ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
    ),
    Case(
        "aws:workspaces/workspace:Workspace",
        lambda value: {"rootVolumeEncryptionEnabled": value, "userVolumeEncryptionEnabled": True},
        "rootVolumeEncryptionEnabled",
        False,
        True,
        "wrong",
    ),
    Case(
        "aws:workspaces/workspace:Workspace",
        lambda value: {"rootVolumeEncryptionEnabled": True, "userVolumeEncryptionEnabled": value},
        "userVolumeEncryptionEnabled",
        False,
        True,
        "wrong",
    ),
    Case(
        "aws:appsync/apiCache:ApiCache",
        lambda value: {"atRestEncryptionEnabled": value},
        "atRestEncryptionEnabled",
        False,
        True,
        "wrong",
    ),
    Case(
        "aws:apigateway/methodSettings:MethodSettings",
        lambda value: {"settings": {"cachingEnabled": True, "cacheDataEncrypted": value}},
        "settings.cacheDataEncrypted",
        False,
        True,
        "wrong",
    ),
    Case(
        "aws:codebuild/project:Project",
        lambda value: {"artifacts": {"type": "S3", "encryptionDisabled": value}},
        "artifacts.encryptionDisabled",
        True,
        False,
        "right",
    ),
    Case(
        "aws:codebuild/project:Project",
        lambda value: {"secondaryArtifacts": [{"type": "S3", "encryptionDisabled": value}]},
        "secondaryArtifacts[0].encryptionDisabled",
        True,
        False,
        "right",
    ),
    Case(
        "aws:codebuild/project:Project",
        lambda value: {"logsConfig": {"s3Logs": {"status": "ENABLED", "encryptionDisabled": value}}},
        "logsConfig.s3Logs.encryptionDisabled",
        True,
        False,
        "right",
    ),
]

each_at_rest = pytest.mark.parametrize("case", AT_REST, ids=lambda case: f"{case.type}-{case.place}-{case.wrong!r}")


def test_every_type_has_a_case_here() -> None:
    cases = {case.type for case in AT_REST} | {"aws:sns/topic:Topic"}
    assert cases == set(POLICIES["encryption-at-rest"].types)
    assert {keyed.type for keyed in KEYED} == set(POLICIES["encryption-customer-managed-key"].types)


def literal(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


@each_at_rest
def test_data_stored_unencrypted_is_reported_with_what_to_write(case: Case) -> None:
    decision = check("encryption-at-rest", resource(case.type, **case.inputs(case.wrong)))
    assert decision.violations == [f"it.{case.place}"]
    assert decision.undecided == []
    found, fix = decision.messages[0].split("\n")[:2]
    assert found == f"{case.place} is {literal(case.wrong)}: data is stored unencrypted."
    right = str(case.right).lower() if str(case.right).lower() in ("true", "false") else literal(case.right)
    assert fix.startswith(f"Fix: Set {case.place} to {right}.")


@each_at_rest
def test_data_stored_encrypted_is_right(case: Case) -> None:
    assert check("encryption-at-rest", resource(case.type, **case.inputs(case.right))).is_clean


@each_at_rest
def test_without_a_value_the_default_of_the_service_decides(case: Case) -> None:
    decision = check("encryption-at-rest", resource(case.type, **case.inputs(None)))
    assert decision.undecided == []
    if case.by_default != "open":
        assert decision.violations == ([] if case.by_default == "right" else [f"it.{case.place}"])


@each_at_rest
def test_encryption_unknown_at_preview_is_undecided(case: Case) -> None:
    decision = check("encryption-at-rest", resource(case.type, **case.inputs(UNKNOWN)))
    assert decision.violations == []
    assert decision.undecided == [f"it.{case.place}"]


@each_at_rest
def test_a_secret_switch_is_judged_by_its_value_and_not_shown(case: Case) -> None:
    policy = POLICIES["encryption-at-rest"]
    assert decide(policy, resource(case.type, **case.inputs(Secret(case.right)))).is_clean
    wrong = decide(policy, resource(case.type, **case.inputs(Secret(case.wrong))))
    assert wrong.violations == [f"it.{case.place}"]
    assert f"{case.place} is [secret]: " in wrong.messages[0]


@pytest.mark.parametrize(
    ("type_", "places"),
    [
        ("aws:ec2/instance:Instance", ["it.rootBlockDevice.encrypted"]),
        ("aws:ec2/launchConfiguration:LaunchConfiguration", ["it.rootBlockDevice.encrypted"]),
        ("aws:ec2/launchTemplate:LaunchTemplate", []),
        ("aws:ecs/service:Service", []),
        ("aws:dax/cluster:Cluster", ["it.serverSideEncryption.enabled"]),
        (
            "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
            ["it.serverSideEncryption.enabled"],
        ),
        ("aws:opensearch/domain:Domain", ["it.encryptAtRest.enabled"]),
        ("aws:elasticsearch/domain:Domain", ["it.encryptAtRest.enabled"]),
        ("aws:apigateway/methodSettings:MethodSettings", []),
        ("aws:codebuild/project:Project", []),
        (
            "aws:workspaces/workspace:Workspace",
            ["it.rootVolumeEncryptionEnabled", "it.userVolumeEncryptionEnabled"],
        ),
    ],
)
def test_blocks_left_out_count_as_their_default(type_: str, places: list[str]) -> None:
    decision = check("encryption-at-rest", resource(type_))
    assert decision.violations == places
    assert decision.undecided == []


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:rds/instance:Instance", {"replicateSourceDb": "primary", "storageEncrypted": False}),
        ("aws:rds/instance:Instance", {"replicateSourceDb": UNKNOWN}),
        ("aws:rds/cluster:Cluster", {"replicationSourceIdentifier": "arn:aws:rds:eu-west-1:111122223333:cluster:a"}),
        ("aws:rds/cluster:Cluster", {"engineMode": "serverless"}),
        ("aws:rds/globalCluster:GlobalCluster", {"sourceDbClusterIdentifier": "primary"}),
        ("aws:docdb/globalCluster:GlobalCluster", {"sourceDbClusterIdentifier": "primary"}),
        ("aws:neptune/cluster:Cluster", {"replicationSourceIdentifier": "primary"}),
        ("aws:neptune/globalCluster:GlobalCluster", {"sourceDbClusterIdentifier": "primary"}),
        ("aws:elasticache/replicationGroup:ReplicationGroup", {"globalReplicationGroupId": "ldgnf-global"}),
        ("aws:elasticache/replicationGroup:ReplicationGroup", {"engine": "valkey"}),
        (
            "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
            {"kinesisSourceConfiguration": {"kinesisStreamArn": UNKNOWN, "roleArn": UNKNOWN}},
        ),
        (
            "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
            {"mskSourceConfiguration": {"topicName": "loans", "mskClusterArn": UNKNOWN}},
        ),
        ("aws:sqs/queue:Queue", {"kmsMasterKeyId": "alias/loans", "sqsManagedSseEnabled": False}),
        ("aws:sqs/queue:Queue", {"kmsMasterKeyId": UNKNOWN, "sqsManagedSseEnabled": False}),
        (
            "aws:apigateway/methodSettings:MethodSettings",
            {"settings": {"cachingEnabled": False, "cacheDataEncrypted": False}},
        ),
        ("aws:apigateway/methodSettings:MethodSettings", {"settings": {"cacheDataEncrypted": False}}),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"blockDeviceMappings": [{"virtualName": "ephemeral0"}]}),
        ("aws:ecs/service:Service", {"volumeConfiguration": {"name": "data"}}),
    ],
)
def test_encryption_that_comes_from_elsewhere_needs_nothing(type_: str, inputs: dict[str, Any]) -> None:
    assert check("encryption-at-rest", resource(type_, **inputs)).is_clean


@pytest.mark.parametrize(
    ("type_", "inputs", "place"),
    [
        ("aws:rds/instance:Instance", {"replicateSourceDb": ""}, "storageEncrypted"),
        ("aws:rds/cluster:Cluster", {"replicationSourceIdentifier": ""}, "storageEncrypted"),
        ("aws:rds/cluster:Cluster", {"engineMode": "provisioned"}, "storageEncrypted"),
        ("aws:rds/cluster:Cluster", {"engineMode": "serverless", "storageEncrypted": False}, "storageEncrypted"),
        ("aws:elasticache/replicationGroup:ReplicationGroup", {"engine": "redis"}, "atRestEncryptionEnabled"),
        (
            "aws:elasticache/replicationGroup:ReplicationGroup",
            {"engine": "valkey", "atRestEncryptionEnabled": False},
            "atRestEncryptionEnabled",
        ),
        (
            "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
            {"kinesisSourceConfiguration": {}},
            "serverSideEncryption.enabled",
        ),
        ("aws:sqs/queue:Queue", {"kmsMasterKeyId": "", "sqsManagedSseEnabled": False}, "sqsManagedSseEnabled"),
        ("aws:kinesis/stream:Stream", {"encryptionType": ""}, "encryptionType"),
    ],
)
def test_what_only_resembles_an_exception_is_reported(type_: str, inputs: dict[str, Any], place: str) -> None:
    assert check("encryption-at-rest", resource(type_, **inputs)).violations == [f"it.{place}"]


def test_the_source_of_a_replica_is_not_excused_by_it() -> None:
    primary = resource("aws:rds/instance:Instance", "primary", storageEncrypted=False)
    replica = resource("aws:rds/instance:Instance", "replica", replicateSourceDb=ref(primary))
    assert check("encryption-at-rest", primary, replica).violations == ["primary.storageEncrypted"]


def test_only_the_devices_that_are_wrong_are_reported() -> None:
    instance = resource(
        "aws:ec2/instance:Instance",
        rootBlockDevice={"encrypted": True},
        ebsBlockDevices=[
            {"deviceName": "/dev/sdb", "encrypted": True},
            {"deviceName": "/dev/sdc"},
            {"deviceName": "/dev/sdd", "encrypted": UNKNOWN},
        ],
    )
    decision = check("encryption-at-rest", instance)
    assert decision.violations == ["it.ebsBlockDevices[1].encrypted"]
    assert decision.undecided == ["it.ebsBlockDevices[2].encrypted"]


@pytest.mark.parametrize(
    ("type_", "inputs", "place"),
    [
        (
            "aws:ec2/instance:Instance",
            {"rootBlockDevice": {"encrypted": True}, "ebsBlockDevices": UNKNOWN},
            "ebsBlockDevices[].encrypted",
        ),
        ("aws:ec2/instance:Instance", {"rootBlockDevice": UNKNOWN}, "rootBlockDevice.encrypted"),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"blockDeviceMappings": UNKNOWN},
            "blockDeviceMappings[].ebs.encrypted",
        ),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"blockDeviceMappings": [{"ebs": UNKNOWN}]},
            "blockDeviceMappings[0].ebs.encrypted",
        ),
        (
            "aws:ecs/service:Service",
            {"volumeConfiguration": UNKNOWN},
            "volumeConfiguration.managedEbsVolume.encrypted",
        ),
        ("aws:opensearch/domain:Domain", {"encryptAtRest": UNKNOWN}, "encryptAtRest.enabled"),
    ],
)
def test_an_unknown_list_or_block_is_undecided(type_: str, inputs: dict[str, Any], place: str) -> None:
    decision = check("encryption-at-rest", resource(type_, **inputs))
    assert decision.violations == []
    assert decision.undecided == [f"it.{place}"]


@pytest.mark.parametrize("key", ["alias/aws/sns", KEY, UNKNOWN])
def test_a_topic_with_any_key_is_encrypted(key: Any) -> None:
    assert check("encryption-at-rest", resource("aws:sns/topic:Topic", kmsMasterKeyId=key)).is_clean


@pytest.mark.parametrize(("key", "shown"), [(None, "not set"), ("", '""')])
def test_a_topic_without_a_key_is_not(key: str | None, shown: str) -> None:
    decision = check("encryption-at-rest", resource("aws:sns/topic:Topic", kmsMasterKeyId=key))
    assert decision.violations == ["it.kmsMasterKeyId"]
    assert f"kmsMasterKeyId is {shown}" in decision.messages[0]
    assert 'Set kmsMasterKeyId. The AWS managed key is "alias/aws/sns".' in decision.messages[0]


VOLUMES = [
    case
    for case in AT_REST
    if case.type
    in {
        "aws:ebs/volume:Volume",
        "aws:ec2/instance:Instance",
        "aws:ec2/launchConfiguration:LaunchConfiguration",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
    }
]


@pytest.mark.parametrize("case", VOLUMES, ids=lambda case: f"{case.type}-{case.place}")
def test_where_the_account_encrypts_volumes_saying_nothing_is_right(case: Case) -> None:
    config = {"ebsEncryptionByDefault": True}
    assert check("encryption-at-rest", resource(case.type, **case.inputs(None)), config=config).is_clean
    turned_off = check("encryption-at-rest", resource(case.type, **case.inputs(case.wrong)), config=config)
    assert turned_off.violations == [f"it.{case.place}"]
    unset = check(
        "encryption-at-rest", resource(case.type, **case.inputs(None)), config={"ebsEncryptionByDefault": False}
    )
    assert unset.violations == [f"it.{case.place}"]


def test_where_the_account_encrypts_volumes_a_task_may_leave_it_out() -> None:
    service = resource("aws:ecs/service:Service", volumeConfiguration={"managedEbsVolume": {"roleArn": UNKNOWN}})
    assert check("encryption-at-rest", service, config={"ebsEncryptionByDefault": True}).is_clean


@pytest.mark.parametrize(
    ("type_", "place"),
    [
        ("aws:efs/fileSystem:FileSystem", "encrypted"),
        ("aws:rds/instance:Instance", "storageEncrypted"),
        ("aws:opensearch/domain:Domain", "encryptAtRest.enabled"),
    ],
)
def test_encryption_of_volumes_by_default_excuses_nothing_but_volumes(type_: str, place: str) -> None:
    decision = check("encryption-at-rest", resource(type_), config={"ebsEncryptionByDefault": True})
    assert decision.violations == [f"it.{place}"]


def test_the_message_about_a_volume_names_the_config_key() -> None:
    decision = check("encryption-at-rest", resource("aws:ebs/volume:Volume"))
    assert "encrypted is not set: data is stored unencrypted." in decision.messages[0]
    assert "set this policy's ebsEncryptionByDefault" in decision.messages[0]


@pytest.mark.parametrize(
    ("policy", "config", "problem"),
    [
        (
            "encryption-at-rest",
            {"ebsEncryptionByDefault": "yes"},
            "policy 'encryption-at-rest', config key 'ebsEncryptionByDefault': "
            '"yes" is not allowed; it must be true or false',
        ),
        (
            "encryption-at-rest",
            {"ebsEncryption": True},
            "policy 'encryption-at-rest' has no config key 'ebsEncryption'; did you mean 'ebsEncryptionByDefault'?",
        ),
        (
            "encryption-customer-managed-key",
            {"types": "aws:rds/*"},
            "policy 'encryption-customer-managed-key', config key 'types': "
            '"aws:rds/*" is not allowed; it must be a list, each entry a string',
        ),
        (
            "encryption-customer-managed-key",
            {"types": ["aws:rds/*", 1]},
            "policy 'encryption-customer-managed-key', config key 'types[1]': "
            '["aws:rds/*", 1] is not allowed; it must be a list, each entry a string',
        ),
    ],
)
def test_config_that_does_not_fit_is_explained(policy: str, config: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        decide(POLICIES[policy], config=config)
    assert raised.value.problems == [problem]


class Keyed(NamedTuple):
    """A resource type with the property that names its key."""

    type: str
    inputs: Callable[[Any], dict[str, Any]]
    place: str


KEYED = [
    *(
        Keyed(type_, lambda key: {"kmsKeyId": key}, "kmsKeyId")
        for type_ in (
            "aws:cloudtrail/trail:Trail",
            "aws:docdb/cluster:Cluster",
            "aws:ebs/volume:Volume",
            "aws:efs/fileSystem:FileSystem",
            "aws:elasticache/replicationGroup:ReplicationGroup",
            "aws:elasticache/serverlessCache:ServerlessCache",
            "aws:kinesis/stream:Stream",
            "aws:rds/cluster:Cluster",
            "aws:rds/instance:Instance",
            "aws:redshift/cluster:Cluster",
            "aws:secretsmanager/secret:Secret",
        )
    ),
    *(
        Keyed(type_, lambda key: {"kmsKeyArn": key}, "kmsKeyArn")
        for type_ in (
            "aws:backup/vault:Vault",
            "aws:dynamodb/tableReplica:TableReplica",
            "aws:memorydb/cluster:Cluster",
            "aws:neptune/cluster:Cluster",
        )
    ),
    *(
        Keyed(type_, lambda key: {"kmsMasterKeyId": key}, "kmsMasterKeyId")
        for type_ in ("aws:sns/topic:Topic", "aws:sqs/queue:Queue")
    ),
    Keyed("aws:cloudwatch/eventBus:EventBus", lambda key: {"kmsKeyIdentifier": key}, "kmsKeyIdentifier"),
    Keyed("aws:codebuild/project:Project", lambda key: {"encryptionKey": key}, "encryptionKey"),
    Keyed(
        "aws:codepipeline/pipeline:Pipeline",
        lambda key: {"artifactStores": [{"type": "S3", "encryptionKey": {"type": "KMS", "id": key}}]},
        "artifactStores[0].encryptionKey.id",
    ),
    Keyed(
        "aws:dynamodb/table:Table",
        lambda key: {"serverSideEncryption": {"enabled": True, "kmsKeyArn": key}},
        "serverSideEncryption.kmsKeyArn",
    ),
    Keyed(
        "aws:ecr/repository:Repository",
        lambda key: {"encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": key}]},
        "encryptionConfigurations[0].kmsKey",
    ),
    Keyed(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        lambda key: {"serverSideEncryption": {"enabled": True, "keyArn": key}},
        "serverSideEncryption.keyArn",
    ),
    Keyed(
        "aws:lambda/function:Function",
        lambda key: {"environment": {"variables": {"TABLE": "loans"}}, "kmsKeyArn": key},
        "kmsKeyArn",
    ),
    Keyed(
        "aws:msk/cluster:Cluster",
        lambda key: {"encryptionInfo": {"encryptionAtRestKmsKeyArn": key}},
        "encryptionInfo.encryptionAtRestKmsKeyArn",
    ),
    Keyed(
        "aws:opensearch/domain:Domain",
        lambda key: {"encryptAtRest": {"enabled": True, "kmsKeyId": key}},
        "encryptAtRest.kmsKeyId",
    ),
    Keyed("aws:ssm/parameter:Parameter", lambda key: {"type": "SecureString", "keyId": key}, "keyId"),
]

each_keyed = pytest.mark.parametrize("keyed", KEYED, ids=lambda keyed: str(keyed.type))
EVERYWHERE = {"types": ["aws:*"]}


@each_keyed
def test_a_key_of_ones_own_is_right(keyed: Keyed) -> None:
    it = resource(keyed.type, **keyed.inputs(KEY))
    assert check("encryption-customer-managed-key", it, config=EVERYWHERE).is_clean


@each_keyed
def test_a_key_that_the_stack_is_about_to_make_is_right(keyed: Keyed) -> None:
    key = resource("aws:kms/key:Key", "key")
    it = resource(keyed.type, **keyed.inputs(ref(key)))
    assert check("encryption-customer-managed-key", key, it, config=EVERYWHERE).is_clean


@each_keyed
@pytest.mark.parametrize("key", [None, ""])
def test_no_key_means_one_of_aws(keyed: Keyed, key: str | None) -> None:
    it = resource(keyed.type, **keyed.inputs(key))
    decision = check("encryption-customer-managed-key", it, config=EVERYWHERE)
    assert decision.violations == [f"it.{keyed.place}"]
    found, fix = decision.messages[0].split("\n")[:2]
    named = keyed.place.replace("[0]", "[]")
    assert found == f"{named} is not set: the data is encrypted with a key of AWS, not one of your own."
    assert "Set it to the ARN of an aws.kms.Key" in fix


@each_keyed
@pytest.mark.parametrize("key", ["alias/aws/rds", "arn:aws:kms:eu-west-1:111122223333:alias/aws/rds"])
def test_a_key_that_aws_manages_is_not_ones_own(keyed: Keyed, key: str) -> None:
    it = resource(keyed.type, **keyed.inputs(key))
    decision = check("encryption-customer-managed-key", it, config=EVERYWHERE)
    assert decision.violations == [f"it.{keyed.place}"]
    assert f'{keyed.place} is "{key}": that is a key that AWS manages' in decision.messages[0]


@each_keyed
def test_unless_asked_for_no_type_needs_a_key_of_its_own(keyed: Keyed) -> None:
    assert check("encryption-customer-managed-key", resource(keyed.type, **keyed.inputs(None))).is_clean


def test_an_alias_of_ones_own_is_right() -> None:
    queue = resource("aws:sqs/queue:Queue", kmsMasterKeyId="alias/loans")
    assert check("encryption-customer-managed-key", queue, config=EVERYWHERE).is_clean


def test_a_secret_key_is_judged_by_its_value_and_not_shown() -> None:
    policy = POLICIES["encryption-customer-managed-key"]
    own = resource("aws:rds/instance:Instance", kmsKeyId=Secret(KEY))
    assert decide(policy, own, config=EVERYWHERE).is_clean
    managed = decide(policy, resource("aws:rds/instance:Instance", kmsKeyId=Secret("alias/aws/rds")), config=EVERYWHERE)
    assert managed.violations == ["it.kmsKeyId"]
    assert "kmsKeyId is [secret]: that is a key that AWS manages" in managed.messages[0]
    assert "alias/aws/rds" not in managed.messages[0]


@pytest.mark.parametrize(
    ("types", "reported"),
    [
        ([], []),
        (["aws:rds/instance:Instance"], ["database.kmsKeyId"]),
        (["aws:rds/*"], ["database.kmsKeyId", "cluster.kmsKeyId"]),
        (["aws:sns/*", "aws:rds/cluster:*"], ["topic.kmsMasterKeyId", "cluster.kmsKeyId"]),
    ],
)
def test_only_the_types_of_the_config_need_a_key_of_their_own(types: list[str], reported: list[str]) -> None:
    stack = [
        resource("aws:sns/topic:Topic", "topic"),
        resource("aws:rds/instance:Instance", "database"),
        resource("aws:rds/cluster:Cluster", "cluster"),
    ]
    decision = check("encryption-customer-managed-key", *stack, config={"types": types})
    assert sorted(decision.violations) == sorted(reported)


@pytest.mark.parametrize("pattern", ["rds", "aws:RDS/*", "aws:s3/*"])
def test_a_pattern_that_no_type_matches_is_refused(pattern: str) -> None:
    with pytest.raises(
        ConfigError, match=r"encryption-customer-managed-key', config key 'types'.*" + re.escape(pattern)
    ):
        check("encryption-customer-managed-key", config={"types": ["aws:rds/*", pattern]})


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:rds/instance:Instance", {"replicateSourceDb": "primary"}),
        ("aws:elasticache/replicationGroup:ReplicationGroup", {"globalReplicationGroupId": "ldgnf-global"}),
        (
            "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
            {"kinesisSourceConfiguration": {"kinesisStreamArn": UNKNOWN}},
        ),
        (
            "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
            {"mskSourceConfiguration": {"mskClusterArn": UNKNOWN}},
        ),
        ("aws:lambda/function:Function", {}),
        ("aws:lambda/function:Function", {"environment": {}}),
        ("aws:ssm/parameter:Parameter", {"type": "String"}),
        ("aws:ssm/parameter:Parameter", {"type": "StringList"}),
        ("aws:ecr/repository:Repository", {"encryptionConfigurations": UNKNOWN}),
    ],
)
def test_where_there_is_no_key_to_choose_none_is_missed(type_: str, inputs: dict[str, Any]) -> None:
    assert check("encryption-customer-managed-key", resource(type_, **inputs), config=EVERYWHERE).is_clean


@pytest.mark.parametrize(
    ("type_", "inputs", "places"),
    [
        ("aws:ecr/repository:Repository", {}, ["encryptionConfigurations"]),
        ("aws:ecr/repository:Repository", {"encryptionConfigurations": []}, ["encryptionConfigurations"]),
        (
            "aws:codepipeline/pipeline:Pipeline",
            {"artifactStores": [{"encryptionKey": {"id": KEY}}, {"location": "b"}, {"encryptionKey": {"id": ""}}]},
            ["artifactStores[1].encryptionKey.id", "artifactStores[2].encryptionKey.id"],
        ),
        ("aws:dynamodb/table:Table", {}, ["serverSideEncryption.kmsKeyArn"]),
        ("aws:opensearch/domain:Domain", {"encryptAtRest": {"enabled": True}}, ["encryptAtRest.kmsKeyId"]),
    ],
)
def test_keys_missing_in_lists_and_blocks_are_found(type_: str, inputs: dict[str, Any], places: list[str]) -> None:
    decision = check("encryption-customer-managed-key", resource(type_, **inputs), config=EVERYWHERE)
    assert decision.violations == [f"it.{place}" for place in places]


UNKNOWN_NEIGHBOURS: list[tuple[str, dict[str, Any], str]] = [
    ("aws:elasticache/replicationGroup:ReplicationGroup", {"engine": UNKNOWN}, "atRestEncryptionEnabled"),
    ("aws:rds/cluster:Cluster", {"engineMode": UNKNOWN}, "storageEncrypted"),
    (
        "aws:apigateway/methodSettings:MethodSettings",
        {"settings": {"cachingEnabled": UNKNOWN, "cacheDataEncrypted": False}},
        "settings.cacheDataEncrypted",
    ),
    ("aws:ebs/volume:Volume", {"snapshotId": UNKNOWN}, "encrypted"),
    ("aws:ec2/instance:Instance", {"launchTemplate": {"id": UNKNOWN}}, "rootBlockDevice.encrypted"),
]


@pytest.mark.parametrize(("type_", "inputs", "path"), UNKNOWN_NEIGHBOURS)
def test_what_an_unknown_value_decides_is_undecided(type_: str, inputs: dict[str, Any], path: str) -> None:
    decision = check("encryption-at-rest", resource(type_, **inputs))
    assert decision.violations == []
    assert decision.undecided == [f"it.{path}"]


@pytest.mark.parametrize(("encrypted", "violations"), [("true", []), ("false", ["it.rootBlockDevice.encrypted"])])
def test_an_instance_takes_the_encryption_of_its_launch_template(encrypted: str, violations: list[str]) -> None:
    mappings = [{"deviceName": "/dev/xvda", "ebs": {"encrypted": encrypted}}]
    template = resource("aws:ec2/launchTemplate:LaunchTemplate", "template", blockDeviceMappings=mappings)
    instance = resource("aws:ec2/instance:Instance", launchTemplate={"id": ref(template)})
    decision = check("encryption-at-rest", template, instance)
    assert [place for place in decision.violations if place.startswith("it.")] == violations
    assert decision.undecided == []


@pytest.mark.parametrize(
    ("inputs", "violations"),
    [
        ({"artifacts": {"type": "NO_ARTIFACTS", "encryptionDisabled": True}}, []),
        ({"artifacts": {"type": "S3", "encryptionDisabled": True}}, ["it.artifacts.encryptionDisabled"]),
        ({"logsConfig": {"s3Logs": {"encryptionDisabled": True}}}, []),
        (
            {"logsConfig": {"s3Logs": {"status": "ENABLED", "encryptionDisabled": True}}},
            ["it.logsConfig.s3Logs.encryptionDisabled"],
        ),
    ],
)
def test_what_a_build_does_not_write_needs_no_encryption(inputs: dict[str, Any], violations: list[str]) -> None:
    assert check("encryption-at-rest", resource("aws:codebuild/project:Project", **inputs)).violations == violations


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:ebs/volume:Volume", {}),
        ("aws:ec2/instance:Instance", {}),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"blockDeviceMappings": [{"ebs": {"volumeSize": 8}}]}),
    ],
)
def test_a_stack_that_encrypts_volumes_by_default_need_not_say_it_of_each(type_: str, inputs: dict[str, Any]) -> None:
    default = resource("aws:ebs/encryptionByDefault:EncryptionByDefault", "default", enabled=True)
    assert decide(POLICIES["encryption-at-rest"], resource(type_, **inputs)).violations
    assert decide(POLICIES["encryption-at-rest"], default, resource(type_, **inputs)).is_clean
