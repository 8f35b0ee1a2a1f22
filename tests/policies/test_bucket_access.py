"""Access to S3 buckets."""

import json
from typing import Any

import pytest

from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.policies.bucket_builders import (
    ACCOUNT_PUBLIC_ACCESS,
    BLOCKED,
    BLOCKS,
    BUCKET,
    BUCKET_V2,
    POLICY,
    PUBLIC_ACCESS,
)
from tests.support import POLICIES, check

# s3-public-access-block


@pytest.mark.parametrize("token", [PUBLIC_ACCESS, ACCOUNT_PUBLIC_ACCESS])
@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("found", [False, None, "false"])
def test_each_of_the_four_blocks_is_wanted(token: str, name: str, found: Any) -> None:
    decision = check("s3-public-access-block", resource(token, "settings", **{**BLOCKED, name: found}))
    assert decision.violations == [f"settings.{name}"]
    assert f"Set {name} to true." in decision.messages[0]


@pytest.mark.parametrize("token", [PUBLIC_ACCESS, ACCOUNT_PUBLIC_ACCESS])
def test_several_blocks_that_are_off_are_one_violation_that_names_them_all(token: str) -> None:
    opened = resource(token, "settings", **{**BLOCKED, "blockPublicPolicy": False, "restrictPublicBuckets": None})
    decision = check("s3-public-access-block", opened)
    assert decision.violations == ["settings.blockPublicPolicy"]
    assert "blockPublicPolicy is false, restrictPublicBuckets is not set: public access" in decision.messages[0]
    assert "Fix: Set blockPublicPolicy, restrictPublicBuckets to true." in decision.messages[0]


@pytest.mark.parametrize("token", [PUBLIC_ACCESS, ACCOUNT_PUBLIC_ACCESS])
@pytest.mark.parametrize("found", [True, "true", Secret(True)])
def test_all_four_blocks_comply(token: str, found: Any) -> None:
    assert check("s3-public-access-block", resource(token, **dict.fromkeys(BLOCKS, found))).is_clean


@pytest.mark.parametrize("found", [UNKNOWN, Secret(UNKNOWN)])
def test_an_unknown_block_is_undecided(found: Any) -> None:
    settings = resource(PUBLIC_ACCESS, "settings", bucket="documents", **{**BLOCKED, "ignorePublicAcls": found})
    decision = check("s3-public-access-block", settings)
    assert decision.violations == []
    assert decision.undecided == ["settings.ignorePublicAcls"]


def test_a_secret_block_is_never_shown() -> None:
    settings = resource(PUBLIC_ACCESS, "settings", **{**BLOCKED, "blockPublicAcls": Secret(False)})
    assert "blockPublicAcls is [secret]" in decide(POLICIES["s3-public-access-block"], settings).messages[0]


def test_a_block_of_the_account_in_the_stack_stands_in_for_those_of_its_buckets() -> None:
    account = resource(ACCOUNT_PUBLIC_ACCESS, "account", **BLOCKED)
    assert check("s3-public-access-block", resource(BUCKET, "documents"), account).is_clean
    opened = resource(ACCOUNT_PUBLIC_ACCESS, "account", **{**BLOCKED, "blockPublicAcls": False})
    decision = check("s3-public-access-block", resource(BUCKET, "documents"), opened)
    assert decision.violations == ["account.blockPublicAcls"]


def test_config_can_say_that_the_account_has_a_block_for_all_buckets() -> None:
    config = {"accountBlockInPlace": True}
    assert check("s3-public-access-block", resource(BUCKET, "documents"), config=config).is_clean
    opened = resource(PUBLIC_ACCESS, "settings", bucket="documents", **{**BLOCKED, "blockPublicAcls": False})
    assert check("s3-public-access-block", opened, config=config).violations == ["settings.blockPublicAcls"]
    assert check("s3-public-access-block", resource(BUCKET), config={"accountBlockInPlace": False}).violations


TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.mark.parametrize(
    ("policy", "violations", "undecided"),
    [
        (document(OPEN, TLS_ONLY), [], []),
        (document({**TLS_ONLY, "Condition": {"Bool": {"aws:SecureTransport": False}}}), [], []),
        (json.dumps({"Statement": TLS_ONLY}), [], []),
        (document(OPEN), ["policy"], []),
        (document({**TLS_ONLY, "Effect": "Allow"}), ["policy"], []),
        (document({**TLS_ONLY, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}), ["policy"], []),
        ("no JSON", ["policy"], []),
        (UNKNOWN, [], ["policy"]),
        (Secret(document(TLS_ONLY)), [], []),
    ],
)
def test_a_bucket_policy_has_to_deny_plain_http(policy: Any, violations: list[str], undecided: list[str]) -> None:
    bucket = resource(BUCKET, "documents")
    companion = resource(POLICY, "access", bucket=ref(bucket), policy=policy)
    decision = check("s3-deny-insecure-transport", bucket, companion)
    assert decision.violations == [f"access.{path}" for path in violations]
    assert decision.undecided == [f"access.{path}" for path in undecided]
    inline = check("s3-deny-insecure-transport", resource(BUCKET, "documents", policy=policy))
    assert inline.violations == [f"documents.{path}" for path in violations]


def test_a_bucket_without_a_policy_lets_plain_http_in() -> None:
    decision = check("s3-deny-insecure-transport", resource(BUCKET_V2, "documents"))
    assert decision.violations == ["documents"]
    assert '"aws:SecureTransport": "false"' in decision.messages[0]
    elsewhere = resource(POLICY, "access", bucket=UNKNOWN, policy=document(TLS_ONLY))
    assert check("s3-deny-insecure-transport", resource(BUCKET, "documents"), elsewhere).violations == []


# Access points, and buckets that are websites

ACCESS_POINT = "aws:s3/accessPoint:AccessPoint"
MULTI_REGION = "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint"
WEBSITE = "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration"


@pytest.mark.parametrize("name", BLOCKS)
def test_the_block_of_an_access_point_is_wanted_and_the_default(name: str) -> None:
    opened = resource(ACCESS_POINT, bucket="b", publicAccessBlockConfiguration={**BLOCKED, name: False})
    decision = check("s3-public-access-block", opened)
    assert decision.violations == [f"it.publicAccessBlockConfiguration.{name}"]
    assert "This replaces the access point" in decision.messages[0]
    assert check("s3-public-access-block", resource(ACCESS_POINT, bucket="b")).is_clean
    partly = resource(ACCESS_POINT, bucket="b", publicAccessBlockConfiguration={name: True})
    assert check("s3-public-access-block", partly).is_clean


def test_the_block_of_a_multi_region_access_point_is_wanted() -> None:
    opened = resource(MULTI_REGION, details={"name": "a", "publicAccessBlock": {**BLOCKED, "blockPublicAcls": False}})
    decision = check("s3-public-access-block", opened)
    assert decision.violations == ["it.details.publicAccessBlock.blockPublicAcls"]
    assert check("s3-public-access-block", resource(MULTI_REGION, details={"name": "a"})).is_clean
    unknown = check("s3-public-access-block", resource(ACCESS_POINT, publicAccessBlockConfiguration=UNKNOWN))
    assert unknown.violations == []
    assert len(unknown.undecided) == len(BLOCKS)


@pytest.mark.parametrize("blocked", [True, False])
@pytest.mark.parametrize("is_site", [True, False])
def test_the_fix_for_a_website_says_that_it_takes_the_site_down(blocked: bool, is_site: bool) -> None:
    bucket = resource(BUCKET, "site")
    site = [resource(WEBSITE, bucket=ref(bucket), indexDocument={"suffix": "index.html"})] if is_site else []
    block = [resource(PUBLIC_ACCESS, "block", bucket=ref(bucket))] if blocked else []
    [message] = check("s3-public-access-block", bucket, *site, *block).messages
    assert ("this takes the site down" in message) == is_site


@pytest.mark.parametrize(
    ("change", "violations"),
    [
        ({"Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]}, []),
        ({"Resource": "*"}, []),
        ({"Resource": "arn:aws:s3:::b/*"}, ["it.policy"]),
        ({"Resource": "arn:aws:s3:::b"}, ["it.policy"]),
        ({"Action": "s3:PutObject"}, ["it.policy"]),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, ["it.policy"]),
        ({"Condition": {"Bool": {"AWS:SecureTransport": "false"}}}, []),
    ],
)
def test_a_policy_has_to_deny_all_requests_without_tls(change: dict[str, Any], violations: list[str]) -> None:
    bucket = resource(BUCKET, policy=document({**TLS_ONLY, **change}))
    assert check("s3-deny-insecure-transport", bucket).violations == violations
