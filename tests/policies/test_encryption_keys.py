"""Keys of data stores."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from policypack.config import ConfigError
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.support import POLICIES, check

KEY = "arn:aws:kms:eu-west-1:111122223333:key/0d990263-018e-4e65-a703-eff731de951e"


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
    Keyed(
        "aws:elasticsearch/domain:Domain",
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
    assert found == f"{named} is not set: the data is encrypted with a key of AWS, not with a customer managed key."
    assert f"Set {named} to the ARN of an aws.kms.Key" in fix


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
    decision = check("encryption-customer-managed-key", *stack, config={"types": types, "perResource": True})
    assert sorted(decision.violations) == sorted(reported)


@pytest.mark.parametrize("pattern", ["rds", "aws:RDS/*", "aws:vpc/*"])
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


@pytest.mark.parametrize(
    ("type_", "inputs", "place"),
    [
        (
            "aws:dynamodb/table:Table",
            {"serverSideEncryption": {"enabled": False, "kmsKeyArn": KEY}},
            "serverSideEncryption.enabled",
        ),
        (
            "aws:ecr/repository:Repository",
            {"encryptionConfigurations": [{"encryptionType": "AES256", "kmsKey": KEY}]},
            "encryptionConfigurations[0].encryptionType",
        ),
        ("aws:kinesis/stream:Stream", {"encryptionType": "NONE", "kmsKeyId": KEY}, "encryptionType"),
        (
            "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
            {"serverSideEncryption": {"enabled": True, "keyType": "AWS_OWNED_CMK", "keyArn": KEY}},
            "serverSideEncryption.keyType",
        ),
        (
            "aws:opensearch/domain:Domain",
            {"encryptAtRest": {"enabled": False, "kmsKeyId": KEY}},
            "encryptAtRest.enabled",
        ),
    ],
)
def test_a_key_that_is_named_and_not_used_is_none(type_: str, inputs: dict[str, Any], place: str) -> None:
    decision = check("encryption-customer-managed-key", resource(type_, **inputs), config=EVERYWHERE)
    assert decision.violations == [f"it.{place}"]
    assert "is not encrypted with a customer managed key, whatever" in decision.messages[0]


def test_equal_findings_are_one_that_names_the_resources() -> None:
    databases = [resource("aws:rds/instance:Instance", f"db{number}") for number in range(12)]
    decision = check("encryption-customer-managed-key", *databases, config=EVERYWHERE)
    assert decision.violations == [""]
    first, second, *_ = decision.messages[0].splitlines()
    assert first.startswith("12 resources: kmsKeyId is not set: the data is encrypted with a key of AWS")
    assert second.startswith("These are 'db0' (Instance), 'db1' (Instance), ")
    assert second.endswith("'db9' (Instance) and 2 others (set perResource to true to list each).")


# sns-topic-encryption

TOPIC = "aws:sns/topic:Topic"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


@pytest.mark.parametrize("key", ["alias/aws/sns", KEY, UNKNOWN, Secret(KEY)])
def test_a_topic_with_any_key_is_encrypted(key: Any) -> None:
    assert check("sns-topic-encryption", resource(TOPIC, kmsMasterKeyId=key)).is_clean


@pytest.mark.parametrize("key", [None, ""])
def test_a_topic_without_a_key_is_reported(key: str | None) -> None:
    decision = check("sns-topic-encryption", resource(TOPIC, kmsMasterKeyId=key))
    assert decision.violations == ["it.kmsMasterKeyId"]
    assert "Set kmsMasterKeyId to the ARN of an aws.kms.Key that all publishers may use" in decision.messages[0]


@pytest.mark.parametrize(
    ("type_", "inputs", "service"),
    [
        (ALARM, lambda topic: {"alarmActions": [topic]}, "cloudwatch.amazonaws.com"),
        (ALARM, lambda topic: {"okActions": [topic]}, "cloudwatch.amazonaws.com"),
        ("aws:cloudwatch/eventTarget:EventTarget", lambda topic: {"arn": topic}, "events.amazonaws.com"),
        (
            "aws:s3/bucketNotification:BucketNotification",
            lambda topic: {"topics": [{"topicArn": topic, "events": ["s3:ObjectCreated:*"]}]},
            "s3.amazonaws.com",
        ),
        (
            "aws:sns/topicPolicy:TopicPolicy",
            lambda topic: {
                "arn": topic,
                "policy": '{"Statement": {"Effect": "Allow", "Principal": {"Service": "budgets.amazonaws.com"}}}',
            },
            "budgets.amazonaws.com",
        ),
    ],
)
def test_where_a_service_publishes_the_key_of_aws_is_no_way_out(
    type_: str, inputs: Callable[[Any], dict[str, Any]], service: str
) -> None:
    topic = resource(TOPIC, "alarms")
    [message] = check("sns-topic-encryption", topic, resource(type_, **inputs(ref(topic)))).messages
    assert f"an aws.kms.Key whose key policy lets {service} use kms:GenerateDataKey* and kms:Decrypt" in message
    assert "alias/aws/sns" not in message
