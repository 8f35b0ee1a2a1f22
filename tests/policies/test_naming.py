"""Policies about names."""

from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.support import POLICIES, check

POLICY = "naming-environment-suffix"
BUCKET = "aws:s3/bucket:Bucket"
QUEUE = "aws:sqs/queue:Queue"
DATABASE = "aws:rds/instance:Instance"
GROUP = "aws:cloudwatch/logGroup:LogGroup"


def test_it_is_off_unless_config_turns_it_on() -> None:
    assert POLICIES[POLICY].enforcement == "disabled"


@pytest.mark.parametrize(
    ("type_", "prop"),
    [
        (BUCKET, "bucket"),
        ("aws:s3/bucketV2:BucketV2", "bucket"),
        (DATABASE, "identifier"),
        ("aws:ecs/taskDefinition:TaskDefinition", "family"),
        ("aws:lambda/function:Function", "name"),
        ("aws:lb/loadBalancer:LoadBalancer", "name"),
        ("aws:alb/loadBalancer:LoadBalancer", "name"),
        ("aws:elasticache/replicationGroup:ReplicationGroup", "replicationGroupId"),
    ],
)
def test_a_name_without_the_environment_is_reported(type_: str, prop: str) -> None:
    decision = check(POLICY, resource(type_, "orders", **{prop: "shop-orders"}))
    assert decision.violations == [f"orders.{prop}"]
    assert f'{prop} is "shop-orders"; it does not contain "dev".' in decision.messages[0]
    assert f'Fix: Add "dev" to {prop}, or leave {prop} out: Pulumi then generates a name' in decision.messages[0]
    assert check(POLICY, resource(type_, "orders", **{prop: "shop-orders-dev"})).is_clean


def test_the_stack_is_told_by_the_urn_and_config_may_want_something_else() -> None:
    queue = resource(QUEUE, "orders", name="orders-DEV-jobs")
    assert check(POLICY, queue).is_clean
    decision = check(POLICY, queue, config={"suffix": "staging"})
    assert decision.violations == ["orders.name"]
    assert 'does not contain "staging"' in decision.messages[0]


@pytest.mark.parametrize("inputs", [{}, {"name": None}, {"name": ""}])
def test_a_resource_that_is_given_no_name_complies(inputs: dict[str, Any]) -> None:
    assert check(POLICY, resource(QUEUE, "orders", **inputs)).is_clean


@pytest.mark.parametrize(
    ("type_", "prop", "name"),
    [
        (QUEUE, "name", "Orders-0a1b2c3"),
        (QUEUE, "name", "Orders-0a1b2c3.fifo"),
        (BUCKET, "bucket", "orders-0a1b2c3"),
        ("aws:kms/alias:Alias", "name", "alias/Orders-0a1b2c3"),
        ("aws:iot/topicRule:TopicRule", "name", "Orders_0a1b2c3"),
        ("aws:glue/catalogDatabase:CatalogDatabase", "name", "orders_abcdefgh"),
        (DATABASE, "identifier", "orders0a1b2c3"),
        (DATABASE, "identifier", "orders0a1"),
    ],
)
def test_a_name_that_the_provider_made_complies(type_: str, prop: str, name: str) -> None:
    assert check(POLICY, resource(type_, "Orders", **{prop: name})).is_clean


@pytest.mark.parametrize(
    "name",
    [
        "orders",
        "orders-0a1b2c",
        "orders-0a1b2c34",
        "orders-0a1b2cz",
        "shop-orders-0a1b2c3",
        "people-0a1b2c3",
        "orders_abcdefgh",
    ],
)
def test_a_name_that_only_looks_so_does_not(name: str) -> None:
    assert check(POLICY, resource(QUEUE, "orders", name=name)).violations == ["orders.name"]


@pytest.mark.parametrize(("prefix", "reported"), [("orders-dev-", False), ("orders-", True), (Secret("a-dev"), False)])
def test_a_prefix_counts_as_the_name(prefix: Any, reported: bool) -> None:
    decision = check(POLICY, resource(BUCKET, "orders", bucketPrefix=prefix))
    assert decision.violations == (["orders.bucketPrefix"] if reported else [])


def test_the_name_counts_where_there_is_a_prefix_too() -> None:
    named = resource(BUCKET, "orders", bucket="orders-dev", bucketPrefix="orders-")
    assert check(POLICY, named).is_clean


@pytest.mark.parametrize("inputs", [{"bucket": UNKNOWN}, {"bucketPrefix": UNKNOWN}])
def test_an_unknown_name_is_undecided(inputs: dict[str, Any]) -> None:
    decision = check(POLICY, resource(BUCKET, "orders", **inputs))
    assert decision.violations == []
    assert decision.undecided == [f"orders.{next(iter(inputs))}"]


def test_a_name_made_from_another_resource_is_undecided() -> None:
    pet = resource("random:index/randomPet:RandomPet", "pet")
    assert check(POLICY, pet, resource(BUCKET, "orders", bucket=ref(pet))).undecided == ["orders.bucket"]


@pytest.mark.parametrize(
    ("type_", "prop", "name"),
    [
        (GROUP, "name", "/aws/lambda/orders"),
        ("aws:ssm/parameter:Parameter", "name", "/aws/reference/secretsmanager/orders"),
        (GROUP, "name", "API-Gateway-Execution-Logs_abc123/live"),
        (GROUP, "name", "RDSOSMetrics"),
        ("aws:iam/role:Role", "name", "AWSServiceRoleForECS"),
        ("aws:kms/alias:Alias", "name", "alias/aws/s3"),
    ],
)
def test_a_name_that_aws_gives_complies(type_: str, prop: str, name: str) -> None:
    assert check(POLICY, resource(type_, "orders", **{prop: name})).is_clean


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:route53/record:Record", {"name": "shop.example.com"}),
        ("aws:route53/zone:Zone", {"name": "example.com"}),
        ("aws:apigatewayv2/stage:Stage", {"name": "$default"}),
        ("aws:lambda/alias:Alias", {"name": "live"}),
        ("aws:iam/accountAlias:AccountAlias", {"accountAlias": "shop"}),
        ("aws:cognito/userPoolDomain:UserPoolDomain", {"domain": "login"}),
        ("aws:ec2/defaultVpc:DefaultVpc", {}),
    ],
)
def test_what_has_no_name_of_its_own_complies(type_: str, inputs: dict[str, Any]) -> None:
    assert check(POLICY, resource(type_, "shop", **inputs)).is_clean


@pytest.mark.parametrize("pattern", [BUCKET, "aws:s3/*", "orders", "shared-*"])
def test_types_and_names_may_be_exempt(pattern: str) -> None:
    bucket = resource(BUCKET, "orders", bucket="shared-orders")
    assert check(POLICY, bucket, config={"exempt": [pattern]}).is_clean
    assert not check(POLICY, bucket, config={"exempt": ["aws:rds/*", "other"]}).is_clean


@pytest.mark.parametrize(
    ("scope", "name", "bucket", "places"),
    [
        ("physical", "orders", "orders-dev", []),
        ("logical", "orders", "orders-dev", ["orders"]),
        ("logical", "orders-dev", "orders", []),
        ("both", "orders", "orders", ["orders", "orders.bucket"]),
        ("both", "orders-dev", "orders-dev", []),
        ("both", "orders", "orders-0a1b2c3", ["orders"]),
    ],
)
def test_the_names_in_the_program_count_when_config_says_so(
    scope: str, name: str, bucket: str, places: list[str]
) -> None:
    assert check(POLICY, resource(BUCKET, name, bucket=bucket), config={"scope": scope}).violations == places


def test_the_message_about_a_name_in_the_program() -> None:
    unnamed = resource("aws:iam/accountAlias:AccountAlias", "shop")
    [message] = check(POLICY, unnamed, config={"scope": "logical"}).messages
    assert "The resource's name in the program, 'shop', does not contain \"dev\"." in message
    assert 'Fix: Add "dev" to the name, and the old name to the aliases of the resource' in message


def test_a_secret_name_is_judged_and_not_shown() -> None:
    decision = decide(POLICIES[POLICY], resource(BUCKET, "orders", bucket=Secret("canary")))
    assert decision.violations == ["orders.bucket"]
    assert "bucket is [secret]; " in decision.messages[0]
    assert "canary" not in decision.messages[0]


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"scope": "all"}, "'scope': \"all\" is not allowed; it must be one of"),
        ({"exempt": "aws:s3/*"}, "'exempt': \"aws:s3/*\" is not allowed; it must be a list"),
        ({"sufix": "x"}, "did you mean 'suffix'?"),
    ],
)
def test_config_that_does_not_fit_is_explained(config: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        check(POLICY, config=config)
    assert problem in raised.value.problems[0]
