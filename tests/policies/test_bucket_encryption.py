"""Encryption of S3 buckets."""

from typing import Any

import pytest

from policypack.model import Context, Resource, Stack
from policypack.policies.bucket_encryption import SseKmsConfig
from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource
from policypack.verdict import Violation
from tests.policies.bucket_builders import (
    ALGORITHM_PATH,
    BLOCKED,
    BLOCKS,
    BUCKET,
    BUCKET_KEY_PATH,
    BUCKET_V2,
    ENCRYPTION,
    ENCRYPTION_V2,
    KEY,
    KEY_PATH,
    PUBLIC_ACCESS,
    encryption,
    inline_encryption,
    inline_encryption_v2,
    kms,
)
from tests.support import POLICIES, check, on_stack

# s3-sse-kms


def sse(default: Any, config: dict[str, Any] | None = None) -> Decision:
    bucket = resource(BUCKET, "documents")
    return check("s3-sse-kms", bucket, encryption(ref(bucket), default), config=config)


@pytest.mark.parametrize("token", [ENCRYPTION, ENCRYPTION_V2])
@pytest.mark.parametrize("algorithm", ["aws:kms", "aws:kms:dsse", Secret("aws:kms")])
@pytest.mark.parametrize("key", [KEY, UNKNOWN, Secret(KEY), "alias/documents"])
def test_sse_kms_with_a_key_of_ones_own_complies(token: str, algorithm: Any, key: Any) -> None:
    bucket = resource(BUCKET, "documents")
    assert check("s3-sse-kms", bucket, encryption(ref(bucket), kms(algorithm, key), token)).is_clean


@pytest.mark.parametrize("token", [ENCRYPTION, ENCRYPTION_V2])
def test_sse_s3_is_a_violation(token: str) -> None:
    bucket = resource(BUCKET, "documents")
    decision = check("s3-sse-kms", bucket, encryption(ref(bucket), {"sseAlgorithm": "AES256"}, token))
    assert decision.violations == [f"settings.{ALGORITHM_PATH}"]
    assert f'{ALGORITHM_PATH} is "AES256", not "aws:kms"' in decision.messages[0]
    assert 'Set sseAlgorithm to "aws:kms", kmsMasterKeyId to the ARN of a customer managed key' in decision.messages[0]
    assert "access logs" not in decision.messages[0]


@pytest.mark.parametrize("default", [{}, None, {"kmsMasterKeyId": KEY}])
def test_a_rule_without_an_algorithm_is_a_violation(default: Any) -> None:
    assert sse(default).violations == [f"settings.{ALGORITHM_PATH}"]


@pytest.mark.parametrize("key", [None, "", "alias/aws/s3", "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"])
def test_a_key_that_aws_manages_is_a_violation_unless_config_allows_it(key: str | None) -> None:
    decision = sse(kms(key=key))
    assert decision.violations == [f"settings.{KEY_PATH}"]
    assert "ARN of a customer managed key" in decision.messages[0]
    assert sse(kms(key=key), config={"requireKey": False}).is_clean


def test_without_a_required_key_sse_s3_is_a_violation_still() -> None:
    assert sse({"sseAlgorithm": "AES256"}, config={"requireKey": False}).violations == [f"settings.{ALGORITHM_PATH}"]


@pytest.mark.parametrize("default", [UNKNOWN, kms(UNKNOWN), Secret(UNKNOWN)])
def test_an_unknown_algorithm_is_undecided(default: Any) -> None:
    decision = sse(default)
    assert decision.violations == []
    assert decision.undecided == [f"settings.{ALGORITHM_PATH}"]


def test_unknown_rules_are_undecided() -> None:
    decision = check("s3-sse-kms", resource(ENCRYPTION, "settings", bucket="documents", rules=UNKNOWN))
    assert decision.violations == []
    assert len(decision.undecided) == 1


@pytest.mark.parametrize("rules", [[], None])
def test_an_encryption_resource_without_rules_is_a_violation(rules: Any) -> None:
    bucket = resource(BUCKET, "documents")
    decision = check("s3-sse-kms", bucket, resource(ENCRYPTION, "settings", bucket=ref(bucket), rules=rules))
    assert decision.violations == ["settings.rules"]
    assert "rules is empty: objects are encrypted with a key that S3 owns" in decision.messages[0]


def test_a_secret_algorithm_is_never_shown() -> None:
    decision = decide(POLICIES["s3-sse-kms"], encryption("documents", {"sseAlgorithm": Secret("AES256")}))
    assert decision.violations == [f"settings.{ALGORITHM_PATH}"]
    assert "AES256" not in decision.messages[0]


@pytest.mark.parametrize("bucket", [inline_encryption, inline_encryption_v2])
def test_encryption_inline_is_judged_as_that_of_a_companion(bucket: Any) -> None:
    assert check("s3-sse-kms", bucket(kms())).is_clean
    decision = check("s3-sse-kms", bucket({"sseAlgorithm": "AES256"}))
    assert len(decision.violations) == 1
    assert decision.violations[0].startswith("documents.serverSideEncryptionConfiguration")
    assert decision.violations[0].endswith(".sseAlgorithm")
    assert check("s3-sse-kms", bucket(kms(key=None))).violations[0].endswith(".kmsMasterKeyId")
    assert check("s3-sse-kms", bucket(kms(UNKNOWN))).undecided[0].endswith(".sseAlgorithm")


@pytest.mark.parametrize(
    "bucket",
    [
        resource(BUCKET, serverSideEncryptionConfiguration=UNKNOWN),
        resource(BUCKET, serverSideEncryptionConfiguration={"rule": UNKNOWN}),
        resource(BUCKET_V2, serverSideEncryptionConfigurations=UNKNOWN),
        resource(BUCKET_V2, serverSideEncryptionConfigurations=[{"rules": UNKNOWN}]),
        resource(BUCKET_V2, serverSideEncryptionConfigurations=[{"rules": [UNKNOWN]}]),
    ],
)
def test_unknown_encryption_inline_is_undecided(bucket: Resource) -> None:
    assert len(check("s3-sse-kms", bucket).undecided) == 1


@pytest.mark.parametrize(
    "bucket",
    [
        resource(BUCKET, serverSideEncryptionConfiguration={}),
        resource(BUCKET_V2, serverSideEncryptionConfigurations=[]),
        resource(BUCKET_V2, serverSideEncryptionConfigurations=[{"rules": []}]),
    ],
)
def test_an_empty_encryption_block_is_none(bucket: Resource) -> None:
    decision = check("s3-sse-kms", bucket)
    assert decision.violations == ["it"]
    assert "has no encryption configuration" in decision.messages[0]
    assert "Add an aws.s3.BucketServerSideEncryptionConfiguration" in decision.messages[0]


@pytest.mark.parametrize("encrypted", [True, False])
@pytest.mark.parametrize(("identity", "level"), [("origin-access-identity/cloudfront/E1", "advisory"), ("", None)])
def test_an_origin_access_identity_cannot_read_what_kms_encrypts(
    encrypted: bool, identity: str, level: str | None
) -> None:
    site = resource(BUCKET, "site")
    origins = [{"domainName": ref(site), "s3OriginConfig": {"originAccessIdentity": identity}}]
    distribution = resource("aws:cloudfront/distribution:Distribution", origins=origins)
    stack = Stack([site, distribution, *([encryption(ref(site), SSE_S3)] if encrypted else [])], Context())
    [finding] = on_stack(POLICIES["s3-sse-kms"], stack, SseKmsConfig())
    assert isinstance(finding, Violation)
    assert finding.level == level
    assert ("move to an aws.cloudfront.OriginAccessControl first" in finding.fix) == bool(level)


def test_which_origin_is_the_bucket_decides_about_the_identity() -> None:
    site = resource(BUCKET, "site", bucket="acme-site")
    identity = {"s3OriginConfig": {"originAccessIdentity": "origin-access-identity/cloudfront/E1"}}
    control = {"s3OriginConfig": {"originAccessIdentity": ""}, "originAccessControlId": "E2"}
    api = {"domainName": "api.example.com", "customOriginConfig": {"originProtocolPolicy": "https-only"}}
    domain, other = "acme-site.s3.eu-west-1.amazonaws.com", "other.s3.amazonaws.com"
    for origins, level in (
        ([{"domainName": ref(site), **identity}, api], "advisory"),
        ([{"domainName": ref(site), **identity}, {"domainName": other, **control}], "advisory"),
        ([{"domainName": ref(site), **identity}, {"domainName": UNKNOWN, **control}], None),
        ([{"domainName": domain, **identity}], "advisory"),
        ([{"domainName": domain, **control}, {"domainName": other, **identity}], None),
    ):
        distribution = resource("aws:cloudfront/distribution:Distribution", origins=origins)
        [finding] = on_stack(POLICIES["s3-sse-kms"], Stack([site, distribution], Context()), SseKmsConfig())
        assert isinstance(finding, Violation)
        assert finding.level == level


# s3-bucket-key


@pytest.mark.parametrize("token", [ENCRYPTION, ENCRYPTION_V2])
@pytest.mark.parametrize("rule", [{"bucketKeyEnabled": False}, {}])
def test_sse_kms_without_a_bucket_key_is_a_violation(token: str, rule: dict[str, Any]) -> None:
    decision = check("s3-bucket-key", encryption("documents", kms(), token, **rule))
    assert decision.violations == [f"settings.{BUCKET_KEY_PATH}"]
    assert f"{BUCKET_KEY_PATH} is {'false' if rule else 'not set'}" in decision.messages[0]
    assert f"Set {BUCKET_KEY_PATH} to true" in decision.messages[0]


@pytest.mark.parametrize("token", [ENCRYPTION, ENCRYPTION_V2])
@pytest.mark.parametrize("enabled", [True, Secret(True), "true"])
def test_sse_kms_with_a_bucket_key_complies(token: str, enabled: Any) -> None:
    assert check("s3-bucket-key", encryption("documents", kms(), token, bucketKeyEnabled=enabled)).is_clean


@pytest.mark.parametrize("algorithm", ["AES256", "aws:kms:dsse", Secret("AES256")])
def test_other_algorithms_take_no_bucket_key(algorithm: Any) -> None:
    assert check("s3-bucket-key", encryption("documents", kms(algorithm))).is_clean


@pytest.mark.parametrize("enabled", [UNKNOWN, Secret(UNKNOWN)])
def test_an_unknown_bucket_key_is_undecided(enabled: Any) -> None:
    decision = check("s3-bucket-key", encryption("documents", kms(), bucketKeyEnabled=enabled))
    assert decision.violations == []
    assert decision.undecided == [f"settings.{BUCKET_KEY_PATH}"]


@pytest.mark.parametrize(
    "settings",
    [encryption("documents", kms(UNKNOWN)), resource(ENCRYPTION, "settings", bucket="documents", rules=UNKNOWN)],
    ids=["algorithm", "rules"],
)
def test_a_bucket_key_is_undecided_while_the_algorithm_is_unknown(settings: Resource) -> None:
    decision = check("s3-bucket-key", settings)
    assert decision.violations == []
    assert len(decision.undecided) == 1


@pytest.mark.parametrize("bucket", [inline_encryption, inline_encryption_v2])
def test_bucket_keys_inline(bucket: Any) -> None:
    assert check("s3-bucket-key", bucket(kms(), bucketKeyEnabled=True)).is_clean
    decision = check("s3-bucket-key", bucket(kms()))
    assert len(decision.violations) == 1
    assert decision.violations[0].endswith(".bucketKeyEnabled")


def test_a_secret_bucket_key_is_never_shown() -> None:
    settings = encryption("documents", kms(), bucketKeyEnabled=Secret(False))
    decision = decide(POLICIES["s3-bucket-key"], settings)
    assert f"{BUCKET_KEY_PATH} is [secret]" in decision.messages[0]


# Who reads the bucket

WEBSITE = "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
SSE_S3 = {"sseAlgorithm": "AES256"}
EVERYBODY = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}'
OWN = '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "1"}, "Action": "s3:GetObject", "Resource": "*"}]}'


@pytest.mark.parametrize("origin", [{"originAccessControlId": UNKNOWN}, {}, {"customOriginConfig": {"httpPort": 80}}])
@pytest.mark.parametrize("encrypted", [True, False])
def test_no_identity_is_claimed_where_there_is_none(origin: dict[str, Any], encrypted: bool) -> None:
    site = resource(BUCKET, "site")
    distribution = resource(DISTRIBUTION, origins=[{"domainName": ref(site), **origin}])
    settings = [encryption(ref(site), SSE_S3)] if encrypted else []
    stack = Stack([site, distribution, *settings], Context())
    [finding] = on_stack(POLICIES["s3-sse-kms"], stack, SseKmsConfig())
    assert isinstance(finding, Violation)
    assert finding.level is None
    assert "identity" not in finding.fix
    assert "cloudfront.amazonaws.com kms:Decrypt" in finding.fix


@pytest.mark.parametrize("policy_id", ["s3-sse-kms", "s3-versioning", "s3-deny-insecure-transport"])
@pytest.mark.parametrize("block", [True, False])
def test_a_bucket_that_redirects_all_requests_holds_nothing(policy_id: str, block: bool) -> None:
    target = {"hostName": "www.example.com", "protocol": "https"}
    bucket = resource(BUCKET, "apex")
    site = resource(WEBSITE, bucket=ref(bucket), redirectAllRequestsTo=target)
    blocks = [resource(PUBLIC_ACCESS, bucket=ref(bucket), **BLOCKED)] if block else []
    assert check(policy_id, bucket, site, *blocks).is_clean
    assert check(policy_id, resource(BUCKET, "apex", website={"redirectAllRequestsTo": "www.example.com"})).is_clean
    some = resource(WEBSITE, bucket=ref(bucket), indexDocument={"suffix": "index.html"}, routingRules="[]")
    assert check("s3-versioning", bucket, some, *blocks).violations == ["apex"]


@pytest.mark.parametrize(
    ("type_", "property_"), [("aws:ec2/flowLog:FlowLog", "logDestination"), (DISTRIBUTION, "loggingConfig")]
)
def test_the_fix_says_that_the_delivery_of_logs_needs_the_key(type_: str, property_: str) -> None:
    logs = resource(BUCKET, "logs")
    source = resource(type_, **{property_: {"bucket": ref(logs)} if type_ == DISTRIBUTION else ref(logs)})
    [message] = check("s3-sse-kms", logs, source).messages
    assert "The key policy must allow delivery.logs.amazonaws.com kms:GenerateDataKey for the logs." in message
    [other] = check("s3-sse-kms", resource(BUCKET, "other"), source).messages
    assert "delivery.logs" not in other


def test_the_fix_says_who_needs_the_key() -> None:
    assert "Roles and users that read or write the bucket then also need kms:Decrypt" in sse(SSE_S3).messages[0]
    assert "set requireKey of this policy to false" in sse(kms(key=None)).messages[0]


@pytest.mark.parametrize("encrypted", [True, False])
@pytest.mark.parametrize(
    ("inputs", "others", "clean"),
    [
        ({}, {WEBSITE: {"indexDocument": {"suffix": "index.html"}}}, True),
        ({"website": {"indexDocument": "index.html"}}, {}, True),
        ({}, {WEBSITE: {}, PUBLIC_ACCESS: BLOCKED}, False),
        ({}, {WEBSITE: {}, PUBLIC_ACCESS: dict.fromkeys(BLOCKS, False)}, True),
        ({"policy": EVERYBODY}, {PUBLIC_ACCESS: dict.fromkeys(BLOCKS, False)}, True),
        ({"policy": OWN}, {PUBLIC_ACCESS: dict.fromkeys(BLOCKS, False)}, False),
        ({"policy": EVERYBODY}, {PUBLIC_ACCESS: BLOCKED}, False),
        ({"policy": EVERYBODY}, {}, False),
        ({"acl": "public-read"}, {PUBLIC_ACCESS: {}}, True),
        ({"acl": "private"}, {PUBLIC_ACCESS: {}}, False),
    ],
)
def test_what_anonymous_visitors_read_cannot_have_sse_kms(
    encrypted: bool, inputs: dict[str, Any], others: dict[str, dict[str, Any]], clean: bool
) -> None:
    bucket = resource(BUCKET, "site", bucket="site", **inputs)
    settings = [resource(type_, bucket=ref(bucket), **each) for type_, each in others.items()]
    stack = [bucket, *settings, *([encryption(ref(bucket), SSE_S3)] if encrypted else [])]
    decision = check("s3-sse-kms", *stack)
    assert bool(decision.violations) != clean
    assert decision.undecided == []


@pytest.mark.parametrize("encrypted", [True, False])
def test_an_unknown_policy_of_a_bucket_that_is_open_leaves_it_undecided(encrypted: bool) -> None:
    bucket = resource(BUCKET, "site", policy=UNKNOWN)
    block = resource(PUBLIC_ACCESS, bucket=ref(bucket))
    decision = check("s3-sse-kms", bucket, block, *([encryption(ref(bucket), SSE_S3)] if encrypted else []))
    assert decision.violations == []
    assert len(decision.undecided) == 1


def test_an_encryption_resource_of_an_unknown_bucket_is_judged_by_all_buckets() -> None:
    buckets = [resource(BUCKET, f"b{number}") for number in range(3)]
    settings = [
        resource(ENCRYPTION, f"e{number}", bucket=UNKNOWN, rules=[{"applyServerSideEncryptionByDefault": SSE_S3}])
        for number in range(3)
    ]
    decision = check("s3-sse-kms", *buckets, *settings)
    assert decision.violations == [f"e{number}.{ALGORITHM_PATH}" for number in range(3)]
