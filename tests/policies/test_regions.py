"""Policies about regions."""

import json
from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.data.resource_types import resource_type
from policypack.model import Resource
from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource
from tests.support import POLICIES, check

POLICY = "region-compliance"
PROVIDER = "pulumi:providers:aws"
BUCKET = "aws:s3/bucket:Bucket"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TOPIC = "aws:sns/topic:Topic"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
KEY = "aws:kms/key:Key"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
IRELAND: dict[str, Any] = {"allowed": ["eu-west-1"]}


def provider(region: Any = None, name: str = "default") -> Resource:
    return resource(PROVIDER, name, region=region)


def arn(region: str, service: str = "sqs", rest: str = "orders") -> str:
    return f"arn:aws:{service}:{region}:123456789012:{rest}"


def under(region: Any, type_: str, /, **inputs: Any) -> Decision:
    """The decision about a resource of a provider in a region; pulumi_policy's test arguments carry no provider."""
    made = resource(type_, with_provider=provider(region), **inputs)
    return decide(POLICIES[POLICY], made, config=IRELAND)


def test_any_region_will_do_by_default() -> None:
    assert check(POLICY, provider("us-west-2"), resource(BUCKET, region="us-west-2")).is_clean
    assert check(POLICY, resource(BUCKET, region=UNKNOWN)).is_clean


# Providers


def test_a_provider_in_another_region_is_reported() -> None:
    decision = check(POLICY, provider("sa-east-1"), config=IRELAND)
    assert decision.violations == ["default.region"]
    assert (
        'region of this provider is "sa-east-1", and all of its resources are there; allowed is eu-west-1.'
        in (decision.messages[0])
    )
    assert (
        "Fix: Set region of the provider, or aws:region in the stack's config, to an allowed region."
        in (decision.messages[0])
    )


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1", None, "", Secret("eu-west-1")])
def test_a_provider_in_an_allowed_region_or_the_one_of_global_things_complies(region: Any) -> None:
    assert check(POLICY, provider(region), config=IRELAND).is_clean


def test_a_provider_whose_region_is_unknown_is_undecided() -> None:
    decision = check(POLICY, provider(UNKNOWN), config=IRELAND)
    assert (decision.violations, decision.undecided) == ([], ["default.region"])


def test_what_a_provider_makes_in_its_region_is_not_reported_too() -> None:
    # The provider writes its region into each resource.
    assert under("sa-east-1", BUCKET, region="sa-east-1").is_clean
    assert under("sa-east-1", BUCKET).is_clean
    assert under("sa-east-1", "aws:ec2/subnet:Subnet", availabilityZone="sa-east-1a").is_clean
    assert under("sa-east-1", BUCKET, region="us-west-2").violations == ["it.region"]


# A resource's own region


def test_a_resource_in_another_region_is_reported() -> None:
    decision = check(POLICY, resource(BUCKET, "logs", region="us-west-2"), config=IRELAND)
    assert decision.violations == ["logs.region"]
    assert (
        'region is "us-west-2"; allowed is eu-west-1.\nFix: Change region so that it names an allowed region, '
        in decision.messages[0]
    )
    assert under("eu-west-1", BUCKET, region="us-west-2").violations == ["it.region"]


def test_several_regions_may_be_allowed() -> None:
    config = {"allowed": ["eu-west-1", "eu-central-1", "us-east-1"]}
    for region in config["allowed"]:
        assert check(POLICY, resource(BUCKET, region=region), provider(region), config=config).is_clean
    [message] = check(POLICY, resource(BUCKET, region="eu-west-2"), config=config).messages
    assert "allowed are eu-west-1, eu-central-1, us-east-1." in message


@pytest.mark.parametrize("region", [None, "", "eu-west-1", Secret("eu-west-1")])
def test_a_resource_in_an_allowed_region_complies(region: Any) -> None:
    assert check(POLICY, resource(BUCKET, region=region), config=IRELAND).is_clean


def test_an_unknown_region_is_undecided() -> None:
    decision = check(POLICY, resource(BUCKET, region=UNKNOWN), config=IRELAND)
    assert (decision.violations, decision.undecided) == ([], ["it.region"])
    assert under("us-east-1", BUCKET, region=UNKNOWN).undecided == ["it.region"]


# us-east-1


def test_what_need_not_be_in_us_east_1_is_reported_there() -> None:
    by_provider = under("us-east-1", BUCKET)
    assert by_provider.violations == ["it"]
    assert "The resource is in us-east-1, the region of its provider; allowed is eu-west-1." in by_provider.messages[0]
    assert (
        "Fix: Set region of the resource to an allowed region, or give it a provider of one." in by_provider.messages[0]
    )
    # However the region came into the resource, it is reported once.
    assert under("us-east-1", BUCKET, region="us-east-1", policy=arn("us-east-1")).violations == ["it.region"]
    assert check(POLICY, resource(BUCKET, region="us-east-1"), config=IRELAND).violations == ["it.region"]


def test_a_resource_of_an_allowed_region_may_have_a_provider_in_us_east_1() -> None:
    assert under("us-east-1", BUCKET, region="eu-west-1").is_clean


ONLY_THERE: list[tuple[str, dict[str, Any]]] = [
    ("aws:acm/certificate:Certificate", {}),
    ("aws:acm/certificateValidation:CertificateValidation", {"certificateArn": arn("us-east-1", "acm")}),
    ("aws:lambda/function:Function", {"publish": True}),
    ("aws:lambda/permission:Permission", {"function": arn("us-east-1", "lambda")}),
    (WEB_ACL, {"scope": "CLOUDFRONT"}),
    ("aws:wafv2/ipSet:IpSet", {"scope": "CLOUDFRONT"}),
    ("aws:wafv2/ruleGroup:RuleGroup", {"scope": "CLOUDFRONT"}),
    ("aws:wafv2/regexPatternSet:RegexPatternSet", {"scope": "CLOUDFRONT"}),
    ("aws:wafv2/apiKey:ApiKey", {"scope": "CLOUDFRONT"}),
    ("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", {}),
    ("aws:wafv2/webAclRule:WebAclRule", {}),
    ("aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation", {}),
    (LOG_GROUP, {"name": "aws-waf-logs-shop"}),
    (LOG_GROUP, {"namePrefix": "aws-waf-logs-"}),
    (LOG_GROUP, {"name": "/aws/route53/example.com"}),
    ("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", {"policyDocument": arn("us-east-1", "logs")}),
    ("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", {"name": "aws-waf-logs-shop"}),
    ("aws:sns/topicPolicy:TopicPolicy", {}),
    ("aws:sns/topicSubscription:TopicSubscription", {}),
    ("aws:cloudwatch/logDelivery:LogDelivery", {}),
    ("aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination", {}),
    ("aws:cloudwatch/logDeliverySource:LogDeliverySource", {}),
    (KEY, {"customerMasterKeySpec": "ECC_NIST_P256", "keyUsage": "SIGN_VERIFY"}),
    ("aws:kms/alias:Alias", {}),
    (ALARM, {"namespace": "AWS/Billing"}),
    (ALARM, {"metricQueries": [{"metric": {"namespace": "AWS/CloudFront"}}]}),
    *((ALARM, {"namespace": f"AWS/{name}"}) for name in ("CloudFront", "DDoSProtection", "Route53", "WAFV2")),
    ("aws:ecrpublic/repository:Repository", {}),
    ("aws:ecrpublic/repositoryPolicy:RepositoryPolicy", {}),
    ("aws:servicequotas/serviceQuota:ServiceQuota", {}),
    ("aws:servicequotas/templateAssociation:TemplateAssociation", {}),
    ("aws:servicequotas/template:Template", {}),
    # What is everywhere.
    (DISTRIBUTION, {}),
    ("aws:iam/role:Role", {}),
    ("aws:route53/zone:Zone", {}),
    ("aws:cur/reportDefinition:ReportDefinition", {}),
    ("aws:shield/protection:Protection", {}),
]


@pytest.mark.parametrize(("type_", "inputs"), ONLY_THERE)
def test_what_aws_wants_in_us_east_1_may_be_there(type_: str, inputs: dict[str, Any]) -> None:
    assert under("us-east-1", type_, **inputs).is_clean
    if resource_type(type_).is_regional:
        # As the provider writes it into each resource.
        assert under("us-east-1", type_, region="us-east-1", **inputs).is_clean


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (WEB_ACL, {"scope": "REGIONAL"}),
        (LOG_GROUP, {"name": "/ecs/aws-waf-logs-shop"}),
        (LOG_GROUP, {}),
        ("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", {"name": "orders"}),
        (KEY, {}),
        (KEY, {"customerMasterKeySpec": "RSA_4096"}),
        (ALARM, {"namespace": "AWS/RDS"}),
        (ALARM, {"metricQueries": [{"expression": "m1 * 2"}, {"metric": {"namespace": "AWS/ApplicationELB"}}]}),
        ("aws:ecr/repository:Repository", {}),
        ("aws:sns/topic:Topic", {}),
    ],
)
def test_what_is_like_it_may_not(type_: str, inputs: dict[str, Any]) -> None:
    assert under("us-east-1", type_, **inputs).violations == ["it"]


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (WEB_ACL, {"scope": UNKNOWN}),
        (LOG_GROUP, {"name": UNKNOWN}),
        (ALARM, {"namespace": UNKNOWN}),
        (KEY, {"customerMasterKeySpec": UNKNOWN}),
    ],
)
def test_what_decides_that_may_be_unknown(type_: str, inputs: dict[str, Any]) -> None:
    decision = under("us-east-1", type_, **inputs)
    assert (decision.violations, decision.undecided) == ([], ["it.region"])


@pytest.mark.parametrize(
    ("served", "user", "property_", "right", "wrong"),
    [
        (KEY, LOG_GROUP, "kmsKeyId", {"name": "aws-waf-logs-shop"}, {"name": "/ecs/shop"}),
        (TOPIC, ALARM, "alarmActions", {"namespace": "AWS/Billing"}, {"namespace": "AWS/RDS"}),
        (TOPIC, ALARM, "okActions", {"namespace": "AWS/CloudFront"}, {"namespace": "AWS/RDS"}),
    ],
)
def test_what_serves_something_that_has_to_be_in_us_east_1_may_be_there_too(
    served: str, user: str, property_: str, right: dict[str, Any], wrong: dict[str, Any]
) -> None:
    home = provider("us-east-1")
    made = resource(served, with_provider=home)
    target = [ref(made)] if user == ALARM else ref(made)
    for inputs, violations in ((right, []), (wrong, ["it"])):
        using = resource(user, "user", **{property_: target}, **inputs)
        assert decide(POLICIES[POLICY], made, using, config=IRELAND).violations == violations


def test_the_key_of_a_topic_for_alarms_in_us_east_1_may_be_there_too() -> None:
    key = resource(KEY, with_provider=provider("us-east-1"))
    topic = resource(TOPIC, "topic", kmsMasterKeyId=ref(key))
    alarm = resource(ALARM, "alarm", namespace="AWS/Billing", alarmActions=[ref(topic)])
    assert decide(POLICIES[POLICY], key, topic, alarm, config=IRELAND).is_clean


@pytest.mark.parametrize("is_known", [True, False])
def test_a_reference_to_a_resource_of_the_stack_is_not_reported_a_second_time(is_known: bool) -> None:
    """The provider in the other region is reported, at a preview and after an update alike."""
    elsewhere, home = provider("eu-central-1", "elsewhere"), provider("eu-west-1", "home")
    own = arn("eu-central-1", "kms", "key/1")
    key = resource(KEY, "key", with_provider=elsewhere, with_outputs={"arn": own})
    value = ref(key, own) if is_known else ref(key)
    replica = resource("aws:s3/bucketReplicationConfig:BucketReplicationConfig", with_provider=home, role=value)
    decision = decide(POLICIES[POLICY], elsewhere, home, key, replica, config=IRELAND)
    assert decision.violations == ["elsewhere.region"]
    other = resource(BUCKET, with_provider=home, policy=arn("eu-central-1", "kms", "key/2"))
    assert decide(POLICIES[POLICY], key, other, config=IRELAND).violations == ["it.policy"]


def test_the_exceptions_are_for_us_east_1_only() -> None:
    for type_, inputs in ONLY_THERE[:3]:
        assert under("eu-west-1", type_, region="us-west-2", **inputs).violations[0] == "it.region"


# Regions in other values


@pytest.mark.parametrize(
    ("type_", "inputs", "place"),
    [
        ("aws:ec2/subnet:Subnet", {"availabilityZone": "us-west-2a"}, "it.availabilityZone"),
        ("aws:ec2/subnet:Subnet", {"availabilityZone": "us-west-2-lax-1a"}, "it.availabilityZone"),
        (
            "aws:autoscaling/group:Group",
            {"availabilityZones": ["eu-west-1a", "eu-west-2b"]},
            "it.availabilityZones[1]",
        ),
        ("aws:efs/fileSystem:FileSystem", {"availabilityZoneName": "us-west-2c"}, "it.availabilityZoneName"),
        ("aws:dynamodb/table:Table", {"replicas": [{"regionName": "us-west-2"}]}, "it.replicas[0].regionName"),
        ("aws:secretsmanager/secret:Secret", {"replicas": [{"region": "us-west-2"}]}, "it.replicas[0].region"),
        (
            "aws:codepipeline/pipeline:Pipeline",
            {"artifactStores": [{"region": "eu-west-1"}, {"region": "us-west-2"}]},
            "it.artifactStores[1].region",
        ),
        (
            "aws:codepipeline/pipeline:Pipeline",
            {"stages": [{"actions": [{"region": "us-west-2"}]}]},
            "it.stages[0].actions[0].region",
        ),
        ("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", {"peerRegion": "us-west-2"}, "it.peerRegion"),
        (
            "aws:keyspaces/keyspace:Keyspace",
            {"replicationSpecification": {"regionLists": ["eu-west-1", "us-west-2"]}},
            "it.replicationSpecification.regionLists[1]",
        ),
        ("aws:kms/replicaKey:ReplicaKey", {"primaryKeyArn": arn("us-west-2", "kms", "key/mrk-1")}, "it.primaryKeyArn"),
        (BUCKET, {"policy": json.dumps({"Resource": [arn("us-west-2")]})}, "it.policy"),
        (BUCKET, {"policy": arn("us-gov-west-1").replace("aws", "aws-us-gov")}, "it.policy"),
        ("aws:iam/policy:Policy", {"policy": json.dumps({"Resource": arn("us-east-1")})}, "it.policy"),
        (
            "aws:lambda/function:Function",
            {"environment": {"variables": {"QUEUE": arn("us-west-2")}}},
            "it.environment.variables.QUEUE",
        ),
        ("aws:lambda/function:Function", {"layers": [arn("us-west-2", "lambda", "layer:x:1")]}, "it.layers[0]"),
        ("aws:account/region:Region", {"regionName": "us-west-2", "enabled": True}, "it.regionName"),
        (DISTRIBUTION, {"webAclId": arn("us-west-2", "wafv2", "regional/webacl/a/b")}, "it.webAclId"),
    ],
)
def test_another_region_is_found_wherever_it_stands(type_: str, inputs: dict[str, Any], place: str) -> None:
    decision = check(POLICY, resource(type_, **inputs), config=IRELAND)
    assert decision.violations == [place]
    assert place.removeprefix("it.") in decision.messages[0]
    assert "allowed is eu-west-1." in decision.messages[0]


def test_a_message_names_the_region_that_stands_inside_of_a_value() -> None:
    [message] = check(POLICY, resource(BUCKET, policy=f"x {arn('us-west-2')} y"), config=IRELAND).messages
    assert (
        "policy names us-west-2; allowed is eu-west-1.\nFix: Change policy so that it names an allowed region, "
        in message
    )


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:ec2/subnet:Subnet", {"availabilityZone": "eu-west-1a"}),
        ("aws:ec2/subnet:Subnet", {"availabilityZone": "eu-west-1-wl1-lon-wlz-1"}),
        ("aws:ec2/subnet:Subnet", {"availabilityZoneId": "usw2-az1"}),
        ("aws:dynamodb/table:Table", {"replicas": [{"regionName": "eu-west-1"}]}),
        (BUCKET, {"policy": json.dumps({"Resource": [arn("eu-west-1"), "arn:aws:s3:::logs", arn("*", "logs"), "*"]})}),
        # Words about a resource, and names that only look like regions.
        (BUCKET, {"tags": {"origin": arn("us-west-2")}, "tagsAll": {"origin": arn("us-west-2")}}),
        ("aws:kms/key:Key", {"description": f"replaces {arn('us-west-2')}", "multiRegion": True}),
        (BUCKET, {"bucket": "us-west-2"}),
        ("aws:account/primaryContact:PrimaryContact", {"stateOrRegion": "Washington"}),
        ("aws:account/region:Region", {"regionName": "us-west-2", "enabled": False}),
        # What a global service takes from us-east-1.
        (DISTRIBUTION, {"viewerCertificate": {"acmCertificateArn": arn("us-east-1", "acm", "certificate/1")}}),
        (DISTRIBUTION, {"webAclId": arn("us-east-1", "wafv2", "global/webacl/a/b")}),
        (
            DISTRIBUTION,
            {
                "defaultCacheBehavior": {
                    "lambdaFunctionAssociations": [{"lambdaArn": arn("us-east-1", "lambda", "f:1")}]
                }
            },
        ),
        ("aws:route53/queryLog:QueryLog", {"cloudwatchLogGroupArn": arn("us-east-1", "logs")}),
        ("aws:route53/keySigningKey:KeySigningKey", {"keyManagementServiceArn": arn("us-east-1", "kms")}),
        ("aws:apigateway/domainName:DomainName", {"certificateArn": arn("us-east-1", "acm", "certificate/1")}),
        (BUCKET, {"policy": json.dumps({"aws:SourceArn": arn("us-east-1", "cur", "definition/*")})}),
        ("aws:iam/policy:Policy", {"policy": arn("us-east-1", "wafv2", "global/webacl/a/b")}),
    ],
)
def test_what_is_in_its_place_complies(type_: str, inputs: dict[str, Any]) -> None:
    assert check(POLICY, resource(type_, **inputs), config=IRELAND).is_clean


def test_a_certificate_of_another_region_is_no_exception() -> None:
    distribution = resource(DISTRIBUTION, viewerCertificate={"acmCertificateArn": arn("us-west-2", "acm")})
    assert check(POLICY, distribution, config=IRELAND).violations == ["it.viewerCertificate.acmCertificateArn"]
    regional = resource(BUCKET, policy=arn("us-east-1", "wafv2", "regional/webacl/a/b"))
    assert check(POLICY, regional, config=IRELAND).violations == ["it.policy"]


def test_each_region_is_reported_once_at_its_first_place() -> None:
    policy = json.dumps([arn("us-west-2"), arn("sa-east-1"), arn("us-west-2")])
    logs = resource(BUCKET, region="us-west-2", policy=policy, loggings=[{"targetBucket": arn("sa-east-1")}])
    assert check(POLICY, logs, config=IRELAND).violations == ["it.region", "it.policy"]


@pytest.mark.parametrize(
    ("type_", "inputs", "place"),
    [
        ("aws:dynamodb/table:Table", {"replicas": [{"regionName": UNKNOWN}]}, "it.replicas[0].regionName"),
        ("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", {"peerRegion": UNKNOWN}, "it.peerRegion"),
    ],
)
def test_an_unknown_region_of_something_else_is_undecided(type_: str, inputs: dict[str, Any], place: str) -> None:
    decision = check(POLICY, resource(type_, **inputs), config=IRELAND)
    assert (decision.violations, decision.undecided) == ([], [place])


def test_unknown_arns_zones_and_flags_are_left_alone() -> None:
    key = resource(KEY, "key", multiRegion=UNKNOWN)
    subnet = resource("aws:ec2/subnet:Subnet", "subnet", availabilityZone=UNKNOWN)
    assert check(POLICY, key, subnet, resource(LOG_GROUP, kmsKeyId=ref(key)), config=IRELAND).is_clean


def test_a_secret_is_searched_and_not_shown() -> None:
    secret = Secret(arn("us-west-2", rest="canary"))
    function = resource("aws:lambda/function:Function", environment={"variables": {"QUEUE": secret}})
    decision = decide(POLICIES[POLICY], function, config=IRELAND)
    assert decision.violations == ["it.environment.variables.QUEUE"]
    assert "environment.variables.QUEUE names a region that is not allowed;" in decision.messages[0]
    assert "canary" not in decision.messages[0]
    assert "us-west-2" not in decision.messages[0]
    own = decide(POLICIES[POLICY], resource(BUCKET, region=Secret("us-west-2")), config=IRELAND)
    assert "region is [secret]; allowed is eu-west-1." in own.messages[0]
    assert "us-west-2" not in own.messages[0]


def test_a_type_that_is_newer_than_the_facts_may_be_global() -> None:
    newer = resource("aws:shop/thing:Thing", with_provider=provider("us-east-1"))
    assert decide(POLICIES[POLICY], newer, config=IRELAND).is_clean


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"allowed": "eu-west-1"}, "'allowed': \"eu-west-1\" is not allowed; it must be a list"),
        ({"allowed": ["eu-west-1a"]}, "'allowed[0]'"),
        ({"allowed": ["Ireland"]}, "'allowed[0]'"),
        ({"regions": []}, "has no config key 'regions'"),
    ],
)
def test_config_that_does_not_fit_is_explained(config: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        check(POLICY, config=config)
    assert problem in raised.value.problems[0]
