"""ACLs of S3."""

from typing import Any

import pytest

from policypack.model import Context, Resource, Stack
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from policypack.verdict import Violation
from tests.policies.bucket_builders import BUCKET, PUBLIC_ACCESS
from tests.support import POLICIES, check, on_stack

ACL = "aws:s3/bucketAcl:BucketAcl"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
GROUPS = "http://acs.amazonaws.com/groups/global/"


def grant(uri: Any) -> dict[str, Any]:
    return {"grants": [{"permission": "READ", "grantee": {"type": "Group", "uri": uri}}]}


# s3-public-acl

PUBLIC: list[tuple[str, dict[str, Any], str]] = [
    (ACL, {"acl": "public-read"}, "acl"),
    (ACL, {"acl": "public-read-write"}, "acl"),
    (ACL, {"acl": "authenticated-read"}, "acl"),
    (ACL, {"accessControlPolicy": grant(f"{GROUPS}AllUsers")}, "accessControlPolicy.grants[0].grantee.uri"),
    (BUCKET, {"acl": "public-read"}, "acl"),
    (BUCKET, {"grants": [{"type": "Group", "uri": f"{GROUPS}AuthenticatedUsers"}]}, "grants[0].uri"),
    ("aws:s3/bucketObjectv2:BucketObjectv2", {"acl": "public-read"}, "acl"),
    ("aws:s3/bucketObject:BucketObject", {"acl": "public-read"}, "acl"),
    ("aws:s3/objectCopy:ObjectCopy", {"grants": [{"type": "Group", "uri": f"{GROUPS}AllUsers"}]}, "grants[0].uri"),
]


@pytest.mark.parametrize(("type_", "inputs", "place"), PUBLIC)
def test_a_public_acl_is_said_where_it_stands(type_: str, inputs: dict[str, Any], place: str) -> None:
    decision = check("s3-public-acl", resource(type_, **inputs))
    assert decision.violations == [f"it.{place}"]
    assert "to the whole internet" in decision.messages[0] or "to every AWS account" in decision.messages[0]
    assert 'Fix: Set the ACL to "private"' in decision.messages[0]


@pytest.mark.parametrize("acl", [None, "", "private", "bucket-owner-full-control", "log-delivery-write"])
@pytest.mark.parametrize("type_", [ACL, BUCKET, "aws:s3/bucketObjectv2:BucketObjectv2"])
def test_other_acls_are_not_public(type_: str, acl: str | None) -> None:
    assert check("s3-public-acl", resource(type_, acl=acl)).is_clean


def test_an_unknown_acl_is_undecided_and_a_secret_one_not_shown() -> None:
    decision = check("s3-public-acl", resource(ACL, acl=UNKNOWN))
    assert (decision.violations, decision.undecided) == ([], ["it.acl"])
    secret = decide(POLICIES["s3-public-acl"], resource(ACL, acl=Secret("public-read")))
    assert secret.violations == ["it.acl"]
    assert "public-read" not in secret.messages[0]


@pytest.mark.parametrize("blocked", [True, False])
def test_aws_refuses_a_public_acl_where_it_is_blocked(blocked: bool) -> None:
    bucket = resource(BUCKET, "site")
    block = resource(PUBLIC_ACCESS, "block", bucket=ref(bucket), blockPublicAcls=blocked)
    [message] = check("s3-public-acl", bucket, block, resource(ACL, bucket=ref(bucket), acl="public-read")).messages
    assert ("AWS refuses it, as blockPublicAcls of 'block' is true" in message) == blocked


# s3-acl-disabled


def levels(*stack: Resource) -> list[str | None]:
    """The levels of the findings about a stack."""
    policy = POLICIES["s3-acl-disabled"]
    found = on_stack(policy, Stack(stack, Context()), policy.config_type())
    return [finding.level for finding in found if isinstance(finding, Violation)]


def setters(bucket: Resource) -> list[Resource]:
    return [
        resource(ACL, "acl", bucket=ref(bucket), acl="private"),
        resource(DISTRIBUTION, "cdn", loggingConfig={"bucket": ref(bucket)}),
    ]


@pytest.mark.parametrize("index", [0, 1])
def test_an_acl_without_ownership_controls_is_advice(index: int) -> None:
    bucket = resource(BUCKET, "data")
    setter = setters(bucket)[index]
    assert levels(bucket, setter) == ["advisory"]
    [message] = check("s3-acl-disabled", bucket, setter).messages
    assert message.startswith("AWS refuses ")
    assert "if 'data' was created after April 2023" in message
    assert 'rule.objectOwnership "BucketOwnerPreferred"' in message


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize(
    ("ownership", "expected"),
    [("BucketOwnerPreferred", []), ("ObjectWriter", []), ("BucketOwnerEnforced", [None]), (UNKNOWN, [])],
)
def test_the_ownership_controls_decide(index: int, ownership: Any, expected: list[str | None]) -> None:
    bucket = resource(BUCKET, "data")
    controls = resource(OWNERSHIP, "own", bucket=ref(bucket), rule={"objectOwnership": ownership})
    stack = [bucket, setters(bucket)[index], controls]
    assert levels(*stack) == expected
    decision = check("s3-acl-disabled", *stack)
    assert decision.undecided == (["own.rule.objectOwnership"] if ownership is UNKNOWN else [])
    for message in decision.messages:
        assert "of 'own' is \"BucketOwnerEnforced\"" in message


@pytest.mark.parametrize(
    ("inputs", "violations"),
    [
        ({}, []),
        ({"acl": "private"}, []),
        ({"acl": "log-delivery-write"}, ["it.acl"]),
        ({"grants": [{"type": "Group", "uri": f"{GROUPS}AllUsers"}]}, ["it.grants"]),
    ],
)
def test_an_inline_acl_needs_ownership_controls_too(inputs: dict[str, Any], violations: list[str]) -> None:
    assert check("s3-acl-disabled", resource(BUCKET, **inputs)).violations == violations


def test_ownership_controls_of_an_unknown_bucket_leave_it_undecided() -> None:
    bucket = resource(BUCKET, "data")
    controls = resource(OWNERSHIP, "own", bucket=UNKNOWN, rule={"objectOwnership": "BucketOwnerPreferred"})
    decision = check("s3-acl-disabled", bucket, setters(bucket)[0], controls)
    assert (decision.violations, decision.undecided) == ([], ["own.bucket"])


def test_an_acl_of_a_bucket_of_elsewhere_is_nothing_to_judge() -> None:
    assert check("s3-acl-disabled", resource(ACL, bucket="elsewhere", acl="private")).is_clean
    assert check("s3-acl-disabled", resource(DISTRIBUTION, loggingConfig={"bucket": "logs.s3.amazonaws.com"})).is_clean


def test_the_bucket_of_standard_logs_may_be_named_by_its_domain() -> None:
    bucket = resource(BUCKET, "logs", bucket="acme-logs")
    for domain in ("acme-logs.s3.amazonaws.com", "acme-logs.s3.eu-west-1.amazonaws.com"):
        distribution = resource(DISTRIBUTION, "cdn", loggingConfig={"bucket": domain})
        assert check("s3-acl-disabled", bucket, distribution).violations == ["cdn.loggingConfig.bucket"]
