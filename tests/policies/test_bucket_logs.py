"""Buckets for access logs."""

import json
from typing import Any

import pytest

from policypack.model import Resource
from policypack.testing import UNKNOWN, ref, resource
from tests.policies.bucket_builders import (
    ALGORITHM_PATH,
    BUCKET,
    BUCKET_V2,
    CLASSIC,
    ENCRYPTION,
    LOAD_BALANCER,
    LOGGING,
    LOGGING_V2,
    POLICY,
    encryption,
    inline_encryption,
    inline_encryption_v2,
    kms,
)
from tests.support import check

# Buckets for access logs: some sources deliver only to buckets with SSE-S3.


def writers_of_sse_s3_logs(bucket: Any) -> list[Resource]:
    """Every kind of source that can deliver logs only to a bucket with SSE-S3."""
    to_bucket = {"bucket": bucket, "enabled": True}
    return [
        resource(LOAD_BALANCER, "writer", accessLogs=to_bucket),
        resource(LOAD_BALANCER, "writer", accessLogs=to_bucket, loadBalancerType="application"),
        resource(LOAD_BALANCER, "writer", connectionLogs=to_bucket),
        resource(LOAD_BALANCER, "writer", healthCheckLogs=to_bucket),
        resource("aws:alb/loadBalancer:LoadBalancer", "writer", accessLogs=to_bucket),
        resource("aws:elasticloadbalancingv2/loadBalancer:LoadBalancer", "writer", accessLogs=to_bucket),
        resource(CLASSIC, "writer", accessLogs={"bucket": bucket}),
        resource("aws:elasticloadbalancing/loadBalancer:LoadBalancer", "writer", accessLogs=to_bucket),
        resource(LOGGING, "writer", bucket="documents", targetBucket=bucket, targetPrefix="s3/"),
        resource(LOGGING_V2, "writer", bucket="documents", targetBucket=bucket, targetPrefix="s3/"),
        resource("aws:redshift/logging:Logging", "writer", bucketName=bucket),
        resource("aws:redshift/logging:Logging", "writer", bucketName=bucket, logDestinationType="s3"),
    ]


LOGS = resource(BUCKET, "logs", bucket="logs-eu")
SSE_S3 = {"sseAlgorithm": "AES256"}


def to_logs(**settings: Any) -> dict[str, Any]:
    return {"bucket": ref(LOGS), "enabled": True, **settings}


WRITERS = [*writers_of_sse_s3_logs(ref(LOGS)), *writers_of_sse_s3_logs("logs-eu")]
each_writer = pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.token)


@each_writer
def test_sse_kms_on_a_bucket_for_access_logs_is_a_violation(writer: Resource) -> None:
    decision = check("s3-sse-kms", LOGS, writer, encryption(ref(LOGS), kms()))
    assert decision.violations == [f"settings.{ALGORITHM_PATH}"]
    assert 'is "aws:kms" on a bucket that receives logs of a load balancer, S3 or Redshift' in decision.messages[0]
    assert f'Set {ALGORITHM_PATH} to "AES256" and leave kmsMasterKeyId out.' in decision.messages[0]
    assert 'set loadBalancerLogs of this policy to "sse-kms"' in decision.messages[0]


@pytest.mark.parametrize(("destination", "undecided"), [("cloudwatch", 0), (UNKNOWN, 1)])
def test_redshift_may_log_to_somewhere_else(destination: Any, undecided: int) -> None:
    writer = resource("aws:redshift/logging:Logging", bucketName=ref(LOGS), logDestinationType=destination)
    decision = check("s3-sse-kms", LOGS, writer, encryption(ref(LOGS), kms()))
    assert (len(decision.violations), len(decision.undecided)) == (0, undecided)


@each_writer
def test_sse_s3_on_a_bucket_for_access_logs_complies(writer: Resource) -> None:
    assert check("s3-sse-kms", LOGS, writer, encryption(ref(LOGS), SSE_S3)).is_clean


@pytest.mark.parametrize("default", [SSE_S3, kms()])
def test_access_logs_that_may_be_off_leave_the_encryption_undecided(default: dict[str, Any]) -> None:
    writer = resource(LOAD_BALANCER, "writer", accessLogs=to_logs(enabled=UNKNOWN))
    decision = check("s3-sse-kms", LOGS, writer, encryption(ref(LOGS), default))
    assert decision.violations == []
    assert decision.undecided == [f"settings.{ALGORITHM_PATH}"]


@each_writer
def test_what_s3_does_by_default_is_enough_for_access_logs(writer: Resource) -> None:
    assert check("s3-sse-kms", LOGS, writer).is_clean


@pytest.mark.parametrize("writer", writers_of_sse_s3_logs(ref(LOGS)), ids=lambda writer: writer.token)
def test_config_can_ask_for_sse_kms_on_buckets_for_access_logs(writer: Resource) -> None:
    config = {"loadBalancerLogs": "sse-kms"}
    assert check("s3-sse-kms", LOGS, writer, encryption(ref(LOGS), kms()), config=config).is_clean
    sse_s3 = encryption(ref(LOGS), SSE_S3)
    decision = check("s3-sse-kms", LOGS, writer, sse_s3, config=config)
    assert decision.violations == [f"settings.{ALGORITHM_PATH}"]
    assert f'{ALGORITHM_PATH} is "AES256", not "aws:kms"' in decision.messages[0]
    assert "access logs" not in decision.messages[0]
    unencrypted = check("s3-sse-kms", LOGS, writer, config=config)
    assert unencrypted.violations == ["logs"]
    assert "AES256" not in unencrypted.messages[0]


@pytest.mark.parametrize(("token", "key"), [(BUCKET, "logging"), (BUCKET_V2, "loggings")])
def test_a_bucket_that_another_logs_to_inline_is_one_for_access_logs(token: str, key: str) -> None:
    block = {"targetBucket": ref(LOGS)}
    documents = resource(token, "documents", **{key: [block] if key == "loggings" else block})
    decision = check("s3-sse-kms", LOGS, documents, encryption(ref(LOGS), kms()))
    assert decision.violations == ["documents", f"settings.{ALGORITHM_PATH}"]


@pytest.mark.parametrize("kind", ["network", "gateway"])
def test_a_network_load_balancer_delivers_to_buckets_with_sse_kms(kind: str) -> None:
    writer = resource(LOAD_BALANCER, "writer", loadBalancerType=kind, accessLogs=to_logs())
    assert check("s3-sse-kms", LOGS, writer, encryption(ref(LOGS), kms())).is_clean
    sse_s3 = check("s3-sse-kms", LOGS, writer, encryption(ref(LOGS), SSE_S3))
    assert sse_s3.violations == [f"settings.{ALGORITHM_PATH}"]


def test_the_bucket_that_is_logged_is_no_bucket_for_access_logs() -> None:
    documents = resource(BUCKET, "documents")
    logging = resource(LOGGING, "logging", bucket=ref(documents), targetBucket=ref(LOGS))
    settings = encryption(ref(documents), {"sseAlgorithm": "AES256"})
    assert f"settings.{ALGORITHM_PATH}" in check("s3-sse-kms", documents, LOGS, logging, settings).violations


def test_inline_encryption_of_a_bucket_for_access_logs() -> None:
    bucket = inline_encryption_v2(kms())
    writer = resource(LOAD_BALANCER, "writer", accessLogs=to_logs(bucket=ref(bucket)))
    assert "the logs would be lost" in check("s3-sse-kms", bucket, writer).messages[0]
    bucket = inline_encryption(SSE_S3)
    writer = resource(LOAD_BALANCER, "writer", accessLogs=to_logs(bucket=ref(bucket)))
    assert check("s3-sse-kms", bucket, writer).is_clean


@pytest.mark.parametrize(
    ("token", "settings"),
    [
        (LOAD_BALANCER, {"enabled": False}),
        (LOAD_BALANCER, {"enabled": None}),
        (CLASSIC, {"enabled": False}),
    ],
)
def test_logs_that_are_turned_off_do_not_make_a_bucket_one_for_access_logs(token: str, settings: Any) -> None:
    writer = resource(token, "writer", accessLogs=to_logs(**settings))
    assert check("s3-sse-kms", LOGS, writer, encryption(ref(LOGS), kms())).is_clean


def test_a_log_prefix_named_like_another_bucket_does_not_make_that_one_for_access_logs() -> None:
    images = resource(BUCKET, "images", bucket="images")
    for token in (LOAD_BALANCER, CLASSIC):
        writer = resource(token, "writer", accessLogs=to_logs(bucket="logs-eu", prefix="images"))
        assert check("s3-sse-kms", images, writer, encryption(ref(images), kms())).is_clean


@pytest.mark.parametrize("algorithm", ["aws:kms", "AES256"])
def test_access_logs_of_a_load_balancer_of_unknown_type_leave_it_undecided(algorithm: str) -> None:
    writer = resource(LOAD_BALANCER, "writer", loadBalancerType=UNKNOWN, accessLogs=to_logs())
    decision = check("s3-sse-kms", LOGS, writer, encryption(ref(LOGS), kms(algorithm)))
    assert decision.violations == []
    assert len(decision.undecided) == 1


@pytest.mark.parametrize("default", [kms(), SSE_S3])
def test_encryption_of_an_unknown_bucket_is_undecided_where_a_stack_has_both_kinds_of_bucket(default: Any) -> None:
    writer = resource(LOAD_BALANCER, "writer", accessLogs=to_logs())
    decision = check("s3-sse-kms", LOGS, resource(BUCKET, "documents"), writer, encryption(UNKNOWN, default))
    assert decision.violations == []
    assert set(decision.undecided) == {"settings.bucket", f"settings.{ALGORITHM_PATH}"}


def test_encryption_that_is_wrong_for_every_bucket_is_a_violation_whichever_is_meant() -> None:
    writer = resource(LOAD_BALANCER, "writer", accessLogs=to_logs())
    assert check("s3-sse-kms", LOGS, writer, encryption(UNKNOWN, kms())).violations == [f"settings.{ALGORITHM_PATH}"]
    assert check("s3-sse-kms", LOGS, writer, encryption(UNKNOWN, SSE_S3)).violations == []
    documents = resource(BUCKET, "documents")
    decision = check("s3-sse-kms", documents, encryption(UNKNOWN, SSE_S3))
    assert decision.violations == [f"settings.{ALGORITHM_PATH}"]


def test_the_prefix_of_unknown_access_logs_is_no_bucket() -> None:
    images = resource(BUCKET, "images", bucket="images")
    logs = {"bucket": ref(LOGS), "prefix": "images", "enabled": True}
    writer = resource(LOAD_BALANCER, "writer", accessLogs=logs)
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": UNKNOWN}}]
    encrypted = resource(ENCRYPTION, "images", bucket="images", rules=rules)
    assert check("s3-sse-kms", images, writer, encrypted).is_clean


# A bucket for access logs, told by who may write to it

ACL = "aws:s3/bucketAcl:BucketAcl"
DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"


def may_write(**principal: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::l/*"}
    return json.dumps({"Statement": [statement]})


def grant(uri: str) -> dict[str, Any]:
    return {"grants": [{"permission": "WRITE", "grantee": {"type": "Group", "uri": uri}}]}


TOLD: list[tuple[str, dict[str, Any]]] = [
    (BUCKET, {"acl": "log-delivery-write"}),
    (BUCKET, {"grants": [{"type": "Group", "permissions": ["WRITE"], "uri": DELIVERY}]}),
    (ACL, {"acl": "log-delivery-write"}),
    (ACL, {"accessControlPolicy": grant(DELIVERY)}),
    (POLICY, {"policy": may_write(Service="logging.s3.amazonaws.com")}),
    (POLICY, {"policy": may_write(Service=["logdelivery.elasticloadbalancing.amazonaws.com"])}),
    (POLICY, {"policy": may_write(AWS="arn:aws:iam::127311923021:root")}),
    (POLICY, {"policy": may_write(AWS="054676820928")}),
    (BUCKET, {"policy": may_write(Service="redshift.amazonaws.com")}),
]


def told(type_: str, inputs: dict[str, Any]) -> list[Resource]:
    if type_ == BUCKET:
        return [resource(BUCKET, "logs", **inputs)]
    bucket = resource(BUCKET, "logs")
    return [bucket, resource(type_, "access", bucket=ref(bucket), **inputs)]


@pytest.mark.parametrize(("type_", "inputs"), TOLD)
def test_a_bucket_that_log_delivery_may_write_to_needs_sse_s3(type_: str, inputs: dict[str, Any]) -> None:
    stack = told(type_, inputs)
    assert check("s3-sse-kms", *stack).is_clean
    assert check("s3-sse-kms", *stack, encryption(ref(stack[0]), SSE_S3)).is_clean
    decision = check("s3-sse-kms", *stack, encryption(ref(stack[0]), kms()))
    assert decision.violations == [f"settings.{ALGORITHM_PATH}"]


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (BUCKET, {"acl": "private"}),
        (ACL, {"accessControlPolicy": grant("http://acs.amazonaws.com/groups/global/AllUsers")}),
        (POLICY, {"policy": may_write(Service="delivery.logs.amazonaws.com")}),
        (POLICY, {"policy": may_write(AWS="arn:aws:iam::111122223333:root")}),
        (POLICY, {"policy": may_write(Service="logging.s3.amazonaws.com").replace("Allow", "Deny")}),
    ],
)
def test_other_rights_do_not_make_a_bucket_one_for_access_logs(type_: str, inputs: dict[str, Any]) -> None:
    stack = told(type_, inputs)
    assert check("s3-sse-kms", *stack).violations == ["logs"]
    assert check("s3-sse-kms", *stack, encryption(ref(stack[0]), kms())).is_clean


@pytest.mark.parametrize("default", [kms(), SSE_S3])
def test_an_unknown_acl_leaves_the_encryption_undecided(default: dict[str, Any]) -> None:
    stack = told(ACL, {"acl": UNKNOWN})
    decision = check("s3-sse-kms", *stack, encryption(ref(stack[0]), default))
    assert decision.violations == []
    assert decision.undecided == [f"settings.{ALGORITHM_PATH}"]
