"""The facts about resource types: that they are those of the installed SDK, and that they are read right."""

import json

import pytest

from policypack.data.resource_types import ResourceType, resource_type
from policypack.data.twins import CANONICAL_TYPES
from tools import resource_types, sdk_schema


@pytest.mark.slow
def test_the_file_is_what_the_installed_sdk_says() -> None:
    """`python -m tools.resource_types` rewrites it."""
    written = json.loads(resource_types.FILE.read_text())
    generated = resource_types.generate()
    assert {key: written[key] for key in generated} == generated


@pytest.mark.parametrize(
    ("token", "facts"),
    [
        ("aws:s3/bucket:Bucket", ResourceType(True, True, True, "bucket", "bucketPrefix")),
        ("aws:iam/role:Role", ResourceType(False, True, True, "name", "namePrefix")),
        ("aws:autoscaling/group:Group", ResourceType(True, True, False, "name", "namePrefix")),
        ("aws:ecs/taskDefinition:TaskDefinition", ResourceType(True, True, True, "family", "")),
        ("aws:codecommit/repository:Repository", ResourceType(True, True, True, "repositoryName", "")),
        ("aws:elasticache/replicationGroup:ReplicationGroup", ResourceType(True, True, True, "replicationGroupId", "")),
        ("aws:opensearch/domain:Domain", ResourceType(True, True, True, "domainName", "")),
        ("aws:iam/group:Group", ResourceType(False, False, False, "name", "")),
        ("aws:kms/alias:Alias", ResourceType(True, False, False, "name", "namePrefix")),
        # A domain name, a name that AWS gives, and names within another resource are no names of their own.
        ("aws:route53/zone:Zone", ResourceType(False, True, True, "", "")),
        ("aws:eks/addon:Addon", ResourceType(True, True, True, "", "")),
        ("aws:apigatewayv2/stage:Stage", ResourceType(True, True, True, "", "")),
        ("aws:lambda/alias:Alias", ResourceType(True, False, False, "", "")),
        ("aws:lambda/permission:Permission", ResourceType(True, False, False, "", "")),
        # What these two call tags selects other resources.
        ("aws:inspector/resourceGroup:ResourceGroup", ResourceType(True, False, False, "", "")),
        ("aws:devopsguru/resourceCollection:ResourceCollection", ResourceType(True, False, False, "", "")),
        ("aws:new/thing:Thing", ResourceType()),
        ("pulumi:providers:aws", ResourceType()),
    ],
)
def test_facts_about_a_type(token: str, facts: ResourceType) -> None:
    assert resource_type(token) == facts


def test_every_type_of_the_sdk_and_every_type_with_twins_is_there() -> None:
    written = json.loads(resource_types.FILE.read_text())["types"]
    assert len(written) == len(sdk_schema.resource_types()) - 1  # the provider is none of them
    for canonical in CANONICAL_TYPES.values():
        assert canonical.removeprefix("aws:").partition(":")[0] in written


@pytest.mark.slow
def test_what_is_a_name_can_be_set() -> None:
    for token in sdk_schema.resource_types():
        facts = resource_type(token)
        for prop in filter(None, (facts.name, facts.name_prefix)):
            assert sdk_schema.inputs(token)[prop].kind == "string", token


# The table of the requirement that every name carries the environment.
@pytest.mark.parametrize(
    ("token", "prop"),
    [
        ("aws:s3/bucketV2:BucketV2", "bucket"),
        ("aws:rds/instance:Instance", "identifier"),
        ("aws:rds/cluster:Cluster", "clusterIdentifier"),
        ("aws:cloudwatch/logGroup:LogGroup", "name"),
        ("aws:ecs/cluster:Cluster", "name"),
        ("aws:ecs/service:Service", "name"),
        ("aws:lambda/function:Function", "name"),
        ("aws:iam/policy:Policy", "name"),
        ("aws:secretsmanager/secret:Secret", "name"),
        ("aws:ssm/parameter:Parameter", "name"),
        ("aws:sqs/queue:Queue", "name"),
        ("aws:sns/topic:Topic", "name"),
        ("aws:dynamodb/table:Table", "name"),
        ("aws:kinesis/stream:Stream", "name"),
        ("aws:elasticache/subnetGroup:SubnetGroup", "name"),
        ("aws:rds/subnetGroup:SubnetGroup", "name"),
        ("aws:lb/loadBalancer:LoadBalancer", "name"),
        ("aws:lb/targetGroup:TargetGroup", "name"),
        ("aws:ec2/securityGroup:SecurityGroup", "name"),
        ("aws:apigateway/restApi:RestApi", "name"),
        ("aws:codepipeline/pipeline:Pipeline", "name"),
        ("aws:codebuild/project:Project", "name"),
        ("aws:ecr/repository:Repository", "name"),
        ("aws:eks/cluster:Cluster", "name"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", "name"),
        ("aws:sfn/stateMachine:StateMachine", "name"),
    ],
)
def test_the_name_of_a_common_type(token: str, prop: str) -> None:
    assert resource_type(token).name == prop
