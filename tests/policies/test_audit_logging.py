"""Policies about the logs that services write."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.testing import UNKNOWN, ref, resource
from tests.support import check

BUCKET = "aws:s3/bucket:Bucket"
STAGE = "aws:apigatewayv2/stage:Stage"


def test_what_repeats_is_one_finding_of_the_stack() -> None:
    clusters = [resource("aws:eks/cluster:Cluster", name) for name in ("a", "b")]
    decision = check("audit-logging", *clusters)
    assert decision.violations == [""]
    assert "2 resources: enabledClusterLogTypes is not set" in decision.messages[0]
    assert 'Fix: Set enabledClusterLogTypes with "audit".' in decision.messages[0]
    assert decision.messages[0].endswith("logging.html")
    assert len(check("audit-logging", *clusters, config={"perResource": True}).violations) == 2


def test_a_bucket_that_receives_logs_needs_none_itself() -> None:
    logs, documents = resource(BUCKET, "logs"), resource(BUCKET, "documents")
    logging = resource("aws:s3/bucketLogging:BucketLogging", bucket=ref(documents), targetBucket=ref(logs))
    assert check("audit-logging", logs, documents, logging).is_clean
    trail = resource(
        "aws:cloudtrail/trail:Trail", s3BucketName=ref(logs), enableLogFileValidation=True, cloudWatchLogsGroupArn="arn"
    )
    assert check("audit-logging", logs, trail).is_clean
    assert check("audit-logging", logs).violations == ["logs"]


def test_a_bucket_that_only_redirects_needs_none() -> None:
    apex = resource(BUCKET, "apex")
    website = resource(
        "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration",
        bucket=ref(apex),
        redirectAllRequestsTo={"hostName": "www.example.com"},
    )
    assert check("audit-logging", apex, website).is_clean


def test_execution_logs_are_for_websocket_apis_only() -> None:
    for protocol, wrong in (("HTTP", 0), ("WEBSOCKET", 1)):
        api = resource("aws:apigatewayv2/api:Api", "api", protocolType=protocol)
        assert len(check("audit-logging", api, resource(STAGE, apiId=ref(api))).violations) == wrong
    assert check("audit-logging", resource(STAGE, apiId="abc")).is_clean


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:lb/loadBalancer:LoadBalancer", {"loadBalancerType": "network"}),
        ("aws:mq/broker:Broker", {"engineType": "RabbitMQ"}),
        ("aws:route53/zone:Zone", {"vpcs": [{"vpcId": "vpc-1"}]}),
        ("aws:rds/cluster:Cluster", {"engine": "postgres"}),
        ("aws:rds/instance:Instance", {"engine": "aurora-mysql"}),
        ("aws:rds/clusterParameterGroup:ClusterParameterGroup", {"family": "aurora-postgresql16"}),
        ("aws:elb/loadBalancer:LoadBalancer", {"accessLogs": {"bucket": "logs"}}),
        ("aws:codebuild/project:Project", {}),
    ],
)
def test_what_has_no_such_log_needs_none(type_: str, inputs: dict[str, Any]) -> None:
    assert check("audit-logging", resource(type_, **inputs)).is_clean


def test_an_unknown_engine_is_undecided() -> None:
    assert check("audit-logging", resource("aws:rds/instance:Instance", engine=UNKNOWN)).undecided


def test_a_distribution_may_deliver_its_logs_another_way() -> None:
    site = resource("aws:cloudfront/distribution:Distribution", "site")
    source = resource("aws:cloudwatch/logDeliverySource:LogDeliverySource", resourceArn=ref(site))
    assert check("audit-logging", site, source).is_clean
    assert check("audit-logging", site).violations == ["site"]


def test_a_trail_has_to_be_switched_on() -> None:
    trail = "aws:cloudtrail/trail:Trail"
    right = {"enableLogFileValidation": True, "cloudWatchLogsGroupArn": UNKNOWN}
    assert check("audit-logging", resource(trail, **right)).is_clean
    decision = check("audit-logging", resource(trail, enableLogging=False, **right))
    assert decision.violations == ["it.enableLogging"]
    assert "the trail records nothing" in decision.messages[0]


@pytest.mark.parametrize("name", ["logging", "loggings"])
def test_a_bucket_may_have_its_log_in_itself(name: str) -> None:
    block = {"targetBucket": "logs"}
    bucket = resource("aws:s3/bucket:Bucket", **{name: block if name == "logging" else [block]})
    assert check("audit-logging", bucket).is_clean
