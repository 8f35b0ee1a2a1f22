"""What holds for every policy of the pack."""

import re
from typing import Any

import pytest

from policypack.model import UNKNOWN
from policypack.pack import PACK
from policypack.policy import EVERY_AWS_TYPE, Policy
from policypack.testing import Secret, decide, resource
from tests.support import SDK_TYPES, check, tokens
from tools import sdk_schema

pytestmark = pytest.mark.broad

TYPED = [policy for policy in PACK.policies if policy.types]
# Stands for every type where a policy concerns them all: some with tags and a name, a list of tags, and neither.
SAMPLE = (
    "aws:autoscaling/group:Group",
    "aws:iam/accountAlias:AccountAlias",
    "aws:rds/instance:Instance",
    "aws:s3/bucket:Bucket",
)


def types_of(policy: Policy) -> list[str]:
    named = [type_ for type_ in policy.types if type_ in SDK_TYPES]
    return [*named, *(SAMPLE if EVERY_AWS_TYPE in policy.types else ())]


PAIRS = [(policy.id, type_) for policy in TYPED for type_ in types_of(policy)]

# A neighbour that is not in the stack is a fact, however little is known of the resource itself.
ABSENT_NEIGHBOUR = {
    ("s3-public-access-block", "aws:s3/bucket:Bucket"),
    ("api-gateway-account", "aws:apigateway/stage:Stage"),
    ("secret-rotation", "aws:secretsmanager/secret:Secret"),
    ("audit-logging", "aws:ec2/vpc:Vpc"),
    ("audit-logging", "aws:networkfirewall/firewall:Firewall"),
    ("audit-logging", "aws:redshift/cluster:Cluster"),
    ("audit-logging", "aws:s3/bucket:Bucket"),
    ("backup-plans", "aws:efs/fileSystem:FileSystem"),
    ("bucket-lifecycle", "aws:s3/directoryBucket:DirectoryBucket"),
    ("default-network-rules", "aws:ec2/vpc:Vpc"),
    ("image-repositories", "aws:ecr/repository:Repository"),
    ("narrowed-settings", "aws:cloudwatch/eventBus:EventBus"),
    ("vpc-endpoints", "aws:ec2/vpc:Vpc"),
    ("web-acl-association", "aws:apigateway/stage:Stage"),
}


def named(policy: Policy) -> str:
    return policy.id


@pytest.mark.parametrize("policy", PACK.policies, ids=named)
def test_the_declaration_says_what_people_need(policy: Policy) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", policy.id)
    assert policy.title
    assert not policy.title.endswith(".")
    assert policy.why.endswith(".")
    assert policy.fix.endswith(".")
    assert policy.url.startswith("https://")
    # What `python -m tools.new_policy` leaves to be written.
    assert "TODO" not in policy.title + policy.why + policy.fix


@pytest.mark.parametrize("policy", TYPED, ids=named)
def test_every_type_is_one_of_the_sdk(policy: Policy) -> None:
    for type_ in types_of(policy):
        assert type_ in sdk_schema.resource_types(), f"{type_} is not a type of pulumi_aws, or not the canonical one"


@pytest.mark.parametrize(("policy_id", "type_"), PAIRS)
def test_it_can_be_asked_about_a_resource_that_sets_nothing(policy_id: str, type_: str) -> None:
    for token in tokens(type_):
        check(policy_id, resource(token))


@pytest.mark.parametrize(("policy_id", "type_"), [pair for pair in PAIRS if pair not in ABSENT_NEIGHBOUR])
def test_nothing_known_is_no_violation(policy_id: str, type_: str) -> None:
    for token in tokens(type_):
        everything: dict[str, Any] = dict.fromkeys(sdk_schema.inputs(token), UNKNOWN)
        assert check(policy_id, resource(token, **everything)).violations == []


@pytest.mark.parametrize(("policy_id", "type_"), PAIRS)
def test_no_message_tells_a_secret(policy_id: str, type_: str) -> None:
    for token in tokens(type_):
        canary: dict[str, Any] = {name: _planted(shape) for name, shape in sdk_schema.inputs(token).items()}
        policy = next(policy for policy in PACK.policies if policy.id == policy_id)
        assert "canary" not in repr(decide(policy, resource(token, **canary)).messages)


def _planted(shape: sdk_schema.Shape, depth: int = 0) -> object:
    """A value of the given shape with a secret in every string of it, down to a few levels."""
    if shape.kind == "string":
        return Secret("canary-Password2024")
    if depth == 5:
        return None
    if shape.element and shape.kind == "list":
        return [_planted(shape.element, depth + 1)]
    if shape.element:
        return {"canary": _planted(shape.element, depth + 1)}
    if shape.kind == "object":
        return {name: _planted(inner, depth + 1) for name, inner in shape.properties.items()}
    return None


def test_these_policies_remediate() -> None:
    assert {policy.id for policy in PACK.policies if policy.remediate} == {
        "alb-https-listener",
        "ec2-imdsv2",
        "kms-key-rotation",
        "logs-retention",
        "s3-bucket-key",
        "tags-required",
        "tls-policy",
    }
