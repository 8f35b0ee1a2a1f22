"""Encryption at rest."""

import json
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
        "aws:codebuild/reportGroup:ReportGroup",
        lambda value: {"exportConfig": {"type": "S3", "s3Destination": {"bucket": "b", "encryptionDisabled": value}}},
        "exportConfig.s3Destination.encryptionDisabled",
        True,
        False,
        "right",
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
    Case(
        "aws:ec2/ami:Ami",
        lambda value: {"ebsBlockDevices": [{"deviceName": "/dev/xvda", "encrypted": value}]},
        "ebsBlockDevices[0].encrypted",
        False,
        True,
        "wrong",
    ),
    Case(
        "aws:imagebuilder/imageRecipe:ImageRecipe",
        lambda value: {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": value}}]},
        "blockDeviceMappings[0].ebs.encrypted",
        "false",
        "true",
        "wrong",
    ),
    Case(
        "aws:dlm/lifecyclePolicy:LifecyclePolicy",
        lambda value: {"policyDetails": {"schedules": [{"crossRegionCopyRules": [{"encrypted": value}]}]}},
        "policyDetails.schedules[0].crossRegionCopyRules[0].encrypted",
        False,
        True,
        "wrong",
    ),
    Case(
        "aws:ec2/spotFleetRequest:SpotFleetRequest",
        lambda value: {"launchSpecifications": [{"ebsBlockDevices": [{"encrypted": value}]}]},
        "launchSpecifications[0].ebsBlockDevices[0].encrypted",
        False,
        True,
        "wrong",
    ),
    Case(
        "aws:imagebuilder/containerRecipe:ContainerRecipe",
        lambda value: {"instanceConfiguration": {"blockDeviceMappings": [{"ebs": {"encrypted": value}}]}},
        "instanceConfiguration.blockDeviceMappings[0].ebs.encrypted",
        "false",
        "true",
        "wrong",
    ),
    Case(
        "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings",
        lambda value: {
            "dataCatalogEncryptionSettings": {
                "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": True},
                "encryptionAtRest": {"catalogEncryptionMode": value},
            }
        },
        "dataCatalogEncryptionSettings.encryptionAtRest.catalogEncryptionMode",
        "DISABLED",
        "SSE-KMS",
        "wrong",
    ),
    Case(
        "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings",
        lambda value: {
            "dataCatalogEncryptionSettings": {
                "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": value},
                "encryptionAtRest": {"catalogEncryptionMode": "SSE-KMS"},
            }
        },
        "dataCatalogEncryptionSettings.connectionPasswordEncryption.returnConnectionPasswordEncrypted",
        False,
        True,
        "wrong",
    ),
    Case(
        "aws:glue/securityConfiguration:SecurityConfiguration",
        lambda value: {
            "encryptionConfiguration": {
                "cloudwatchEncryption": {"cloudwatchEncryptionMode": "SSE-KMS"},
                "jobBookmarksEncryption": {"jobBookmarksEncryptionMode": "CSE-KMS"},
                "s3Encryption": {"s3EncryptionMode": value},
            }
        },
        "encryptionConfiguration.s3Encryption.s3EncryptionMode",
        "DISABLED",
        "SSE-KMS",
        "wrong",
    ),
]

each_at_rest = pytest.mark.parametrize("case", AT_REST, ids=lambda case: f"{case.type}-{case.place}-{case.wrong!r}")


def test_every_type_has_a_case_here() -> None:
    cases = {case.type for case in AT_REST} | {SECURITY_CONFIGURATION}
    assert cases == set(POLICIES["encryption-at-rest"].types)


SECURITY_CONFIGURATION = "aws:emr/securityConfiguration:SecurityConfiguration"


@pytest.mark.parametrize(
    ("policy_id", "switch"),
    [("encryption-at-rest", "EnableAtRestEncryption"), ("encryption-in-transit", "EnableInTransitEncryption")],
)
def test_emr_says_it_in_a_document(policy_id: str, switch: str) -> None:
    for content, wrong in (({switch: True}, 0), ({switch: False}, 1), ({}, 1)):
        configuration = json.dumps({"EncryptionConfiguration": content})
        decision = check(policy_id, resource(SECURITY_CONFIGURATION, configuration=configuration))
        assert len(decision.violations) == wrong
    assert check(policy_id, resource(SECURITY_CONFIGURATION, configuration=UNKNOWN)).undecided


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
    assert "set ebsEncryptionByDefault of this policy to true" in decision.messages[0]


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


UNKNOWN_NEIGHBOURS: list[tuple[str, dict[str, Any], str]] = [
    ("aws:elasticache/replicationGroup:ReplicationGroup", {"engine": UNKNOWN}, "atRestEncryptionEnabled"),
    ("aws:rds/cluster:Cluster", {"engineMode": UNKNOWN}, "storageEncrypted"),
    (
        "aws:apigateway/methodSettings:MethodSettings",
        {"settings": {"cachingEnabled": UNKNOWN, "cacheDataEncrypted": False}},
        "settings.cacheDataEncrypted",
    ),
    ("aws:ebs/volume:Volume", {"snapshotId": UNKNOWN}, "snapshotId"),
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


# What is made from something else is encrypted as that is.

INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
DATABASE = "aws:rds/instance:Instance"
MADE_FROM: list[tuple[str, dict[str, Any], str]] = [
    (DATABASE, {"snapshotIdentifier": "nightly"}, "snapshotIdentifier"),
    (DATABASE, {"snapshotIdentifier": UNKNOWN}, "snapshotIdentifier"),
    (DATABASE, {"restoreToPointInTime": {"sourceDbInstanceIdentifier": "orders"}}, "restoreToPointInTime"),
    ("aws:rds/cluster:Cluster", {"snapshotIdentifier": "nightly"}, "snapshotIdentifier"),
    ("aws:rds/cluster:Cluster", {"restoreToPointInTime": {"sourceClusterIdentifier": "o"}}, "restoreToPointInTime"),
    ("aws:docdb/cluster:Cluster", {"snapshotIdentifier": "nightly"}, "snapshotIdentifier"),
    ("aws:docdb/cluster:Cluster", {"restoreToPointInTime": {"sourceClusterIdentifier": "o"}}, "restoreToPointInTime"),
    ("aws:neptune/cluster:Cluster", {"snapshotIdentifier": "nightly"}, "snapshotIdentifier"),
    ("aws:ebs/volume:Volume", {"snapshotId": "snap-1"}, "snapshotId"),
    (TEMPLATE, {"blockDeviceMappings": [{"ebs": {"snapshotId": "snap-1"}}]}, "blockDeviceMappings[0].ebs.snapshotId"),
    ("aws:ec2/ami:Ami", {"ebsBlockDevices": [{"snapshotId": "snap-1"}]}, "ebsBlockDevices[0].snapshotId"),
]


@pytest.mark.parametrize(("type_", "inputs", "place"), MADE_FROM)
def test_a_snapshot_of_elsewhere_leaves_the_encryption_undecided(
    type_: str, inputs: dict[str, Any], place: str
) -> None:
    decision = check("encryption-at-rest", resource(type_, **inputs))
    assert decision.violations == []
    assert decision.undecided == [f"it.{place}"]


@pytest.mark.parametrize("inputs", [{"snapshotIdentifier": ""}, {"restoreToPointInTime": {}}])
def test_a_database_that_is_restored_from_nothing_is_judged_alone(inputs: dict[str, Any]) -> None:
    assert check("encryption-at-rest", resource(DATABASE, **inputs)).violations == ["it.storageEncrypted"]


def test_a_snapshot_of_the_stack_is_judged_in_place_of_what_is_made_from_it() -> None:
    database = resource(DATABASE, "orders")
    snapshot = resource("aws:rds/snapshot:Snapshot", "nightly", dbInstanceIdentifier=ref(database))
    restored = resource(DATABASE, "restored", snapshotIdentifier=ref(snapshot))
    decision = check("encryption-at-rest", database, snapshot, restored)
    assert (decision.violations, decision.undecided) == (["orders.storageEncrypted"], [])
    copy = resource("aws:ebs/snapshotCopy:SnapshotCopy", "copy", sourceSnapshotId="snap-1", encrypted=True)
    assert check("encryption-at-rest", copy, resource("aws:ebs/volume:Volume", snapshotId=ref(copy))).is_clean


@pytest.mark.parametrize(("encrypted", "violations"), [(True, []), (False, ["image.encrypted"])])
def test_the_root_volume_is_encrypted_as_the_image_is(encrypted: bool, violations: list[str]) -> None:
    image = resource("aws:ec2/amiCopy:AmiCopy", "image", sourceAmiId="ami-1", encrypted=encrypted)
    decision = check("encryption-at-rest", image, resource(INSTANCE, ami=ref(image)))
    assert (decision.violations, decision.undecided) == (violations, [])


def test_an_image_of_elsewhere_does_not_encrypt_the_root_volume() -> None:
    decision = check("encryption-at-rest", resource(INSTANCE, ami="ami-1"))
    assert decision.violations == ["it.rootBlockDevice.encrypted"]


def test_a_copy_without_encryption_is_reported_unless_its_source_is() -> None:
    copy = resource("aws:ec2/amiCopy:AmiCopy", "copy", sourceAmiId="ami-1")
    assert check("encryption-at-rest", copy).violations == ["copy.encrypted"]
    source = resource("aws:ec2/amiCopy:AmiCopy", "source", sourceAmiId="ami-1", encrypted=True)
    copy = resource("aws:ec2/amiCopy:AmiCopy", "copy", sourceAmiId=ref(source))
    assert check("encryption-at-rest", source, copy).is_clean


@pytest.mark.parametrize(
    ("device", "violations"),
    [
        ("/dev/xvda", []),
        ("/dev/sda1", []),
        ("/dev/sdf", ["it.rootBlockDevice.encrypted"]),
        (None, ["it.rootBlockDevice.encrypted"]),
    ],
)
def test_a_data_volume_of_the_launch_template_is_not_the_root_volume(device: str | None, violations: list[str]) -> None:
    mappings = [{"deviceName": device, "ebs": {"encrypted": "true"}}]
    template = resource(TEMPLATE, "template", blockDeviceMappings=mappings)
    decision = check("encryption-at-rest", template, resource(INSTANCE, launchTemplate={"id": ref(template)}))
    assert (decision.violations, decision.undecided) == (violations, [])


def test_a_launch_template_may_be_named() -> None:
    mappings = [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true"}}]
    template = resource(TEMPLATE, "template", name="web", blockDeviceMappings=mappings)
    assert check("encryption-at-rest", template, resource(INSTANCE, launchTemplate={"name": "web"})).is_clean
    elsewhere = check("encryption-at-rest", resource(INSTANCE, launchTemplate={"name": "web"}))
    assert (elsewhere.violations, elsewhere.undecided) == ([], ["it.rootBlockDevice.encrypted"])


def test_the_fix_for_a_database_says_how_to_keep_its_data() -> None:
    [message] = check("encryption-at-rest", resource(DATABASE)).messages
    assert "this replaces it with an empty one. To keep the data, take a snapshot" in message
    assert "copy it with kmsKeyId" in message


def test_the_fix_for_a_cluster_encrypts_what_is_restored() -> None:
    """RDS refuses to encrypt the copy of a cluster's snapshot."""
    [message] = check("encryption-at-rest", resource("aws:docdb/cluster:Cluster")).messages
    assert "set snapshotIdentifier to it, together with kmsKeyId" in message
    assert "copy" not in message
