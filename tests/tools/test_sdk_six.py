"""pulumi-aws 6: that policies take its tokens and the shapes of its inputs, as well as those of 7."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policypack.data.twins import CANONICAL_TYPES
from policypack.testing import resource
from tests.support import POLICIES, check
from tools import sdk_schema, sdk_six
from tools.families import FAMILIES

SIX = json.loads(sdk_six.FILE.read_text())
# Services and types that AWS or pulumi-aws has given up.
GONE = (
    "aws:gamelift/matchmaking",
    "aws:opsworks/",
    "aws:ram/sharingWithOrganization",
    "aws:simpledb/",
    "aws:worklink/",
)
# What concerns the families of tools.families, and is none of the policies' business or shown below to be read.
KNOWN = {
    ("aws:ec2/flowLog:FlowLog", "logGroupName"),
    ("aws:redshift/cluster:Cluster", "clusterPublicKey"),
    ("aws:redshift/cluster:Cluster", "encrypted"),
    ("aws:redshift/cluster:Cluster", "logging"),
    ("aws:s3/bucket:Bucket", "loggings"),
}


def test_it_was_compared_with_the_installed_sdk() -> None:
    """`python -m tools.sdk_six` does so."""
    assert SIX["source"].endswith(sdk_schema.source())


def test_every_token_of_6_is_one_of_7_or_its_service_is_gone() -> None:
    assert [token for token in SIX["tokens"] if token not in CANONICAL_TYPES and not token.startswith(GONE)] == []


def test_every_other_input_that_concerns_the_policies_is_known() -> None:
    changed = {(token, path) for token, paths in SIX["inputs"].items() for path in paths}
    concerning = {(token, path) for token, path in changed if any(family.has(path) for family in FAMILIES)}
    assert {each for each in concerning if any(each[0] in policy.types for policy in POLICIES.values())} <= KNOWN


@pytest.mark.parametrize(
    ("policy", "type_", "inputs"),
    [
        ("audit-logging", "aws:redshift/cluster:Cluster", {"logging": {"enable": True, "bucketName": "logs"}}),
        ("audit-logging", "aws:s3/bucket:Bucket", {"loggings": [{"targetBucket": "logs"}]}),
        ("encryption-at-rest", "aws:redshift/cluster:Cluster", {"encrypted": True}),
        ("encryption-at-rest", "aws:redshift/cluster:Cluster", {"encrypted": "true"}),
    ],
)
def test_both_shapes_are_right(policy: str, type_: str, inputs: dict[str, Any]) -> None:
    assert check(policy, resource(type_, **inputs)).is_clean


@pytest.mark.parametrize(
    ("policy", "inputs", "said"),
    [
        ("encryption-at-rest", {"encrypted": False}, "Left out, it is false with pulumi-aws 6, and true with 7."),
        ("public-exposure", {"publiclyAccessible": True}, "Left out, it is true with pulumi-aws 6, and false with 7."),
    ],
)
def test_where_a_default_differs_the_message_says_so(policy: str, inputs: dict[str, Any], said: str) -> None:
    [message] = check(policy, resource("aws:redshift/cluster:Cluster", **inputs)).messages
    assert said in message


def test_a_type_of_6_is_judged_under_its_new_name() -> None:
    config = {"types": ["aws:workspacesweb/*"]}
    browser = resource("aws:workspaces/webBrowserSettings:WebBrowserSettings", browserPolicy="{}")
    assert check("encryption-customer-managed-key", browser, config=config).violations == ["it.customerManagedKey"]
