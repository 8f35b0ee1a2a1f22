"""S3 buckets: what the policies about them share, and settings that two resources fight over."""

from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.model import Resource
from policypack.testing import UNKNOWN, decide, ref, resource, urn
from tests.policies.bucket_builders import (
    BLOCKED,
    BUCKET,
    BUCKET_V2,
    ENCRYPTION,
    LIFECYCLE,
    PUBLIC_ACCESS,
    RANDOM_ID,
    VERSIONING,
    kms,
)
from tests.support import POLICIES, check

# What bucket and companion have in common, whatever the companion sets.

COMPANIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "s3-versioning": (VERSIONING, {"versioningConfiguration": {"status": "Enabled"}}),
    "s3-sse-kms": (ENCRYPTION, {"rules": [{"applyServerSideEncryptionByDefault": kms()}]}),
    "s3-public-access-block": (PUBLIC_ACCESS, BLOCKED),
}
each_companion = pytest.mark.parametrize("policy_id", COMPANIONS)


def companion(policy_id: str, bucket: Any) -> Resource:
    token, inputs = COMPANIONS[policy_id]
    return resource(token, "settings", bucket=bucket, **inputs)


@each_companion
@pytest.mark.parametrize("token", [BUCKET, BUCKET_V2])
def test_a_bucket_with_nothing_set_is_a_violation(policy_id: str, token: str) -> None:
    assert check(policy_id, resource(token, "documents")).violations == ["documents"]


@each_companion
@pytest.mark.parametrize("token", [BUCKET, BUCKET_V2])
def test_a_companion_is_found_by_dependency(policy_id: str, token: str) -> None:
    bucket = resource(token, "documents")
    assert check(policy_id, bucket, companion(policy_id, ref(bucket))).is_clean


@each_companion
def test_a_companion_is_found_by_the_bucket_name_written_out(policy_id: str) -> None:
    bucket = resource(BUCKET, "documents", bucket="documents-eu")
    assert check(policy_id, companion(policy_id, "documents-eu"), bucket).is_clean


@each_companion
def test_a_companion_is_found_by_the_id_that_an_update_gives(policy_id: str) -> None:
    bucket = resource(BUCKET, "documents", with_outputs={"id": "documents-1a2b"})
    assert check(policy_id, bucket, companion(policy_id, "documents-1a2b")).is_clean


@each_companion
def test_a_companion_may_come_before_its_bucket(policy_id: str) -> None:
    bucket = resource(BUCKET, "documents")
    assert check(policy_id, companion(policy_id, ref(bucket)), bucket).is_clean


@each_companion
@pytest.mark.parametrize("name", [UNKNOWN, "invoices-eu"])
def test_a_companion_of_another_bucket_does_not_count(policy_id: str, name: Any) -> None:
    documents = resource(BUCKET, "documents", bucket="documents-eu")
    invoices = resource(BUCKET, "invoices", bucket="invoices-eu")
    decision = check(policy_id, documents, invoices, companion(policy_id, ref(invoices, name)))
    assert decision.violations == ["documents"]
    assert decision.undecided == []


@each_companion
@pytest.mark.parametrize("source", [None, resource(RANDOM_ID, "suffix")], ids=["no-source", "no-bucket"])
def test_a_companion_of_an_unknown_bucket_leaves_it_undecided(policy_id: str, source: Resource | None) -> None:
    name = ref(source) if source else UNKNOWN
    others = [source] if source else []
    decision = check(policy_id, resource(BUCKET, "documents"), *others, companion(policy_id, name))
    assert decision.violations == []
    assert decision.undecided == ["settings.bucket"]


@each_companion
@pytest.mark.parametrize("token", [BUCKET, BUCKET_V2])
def test_a_companion_of_a_bucket_outside_of_the_stack_does_not_count(policy_id: str, token: str) -> None:
    # pulumi_policy's arguments have no dependency on a resource that is not in the stack, so only ours are asked.
    elsewhere = companion(policy_id, ref(urn(token, "read-with-get")))
    decision = decide(POLICIES[policy_id], resource(BUCKET, "documents"), elsewhere)
    assert decision.violations == ["documents"]
    assert decision.undecided == []


@each_companion
def test_a_companion_without_its_bucket_is_judged_alone(policy_id: str) -> None:
    assert check(policy_id, companion(policy_id, "made-elsewhere")).is_clean


@each_companion
def test_each_bucket_needs_a_companion_of_its_own(policy_id: str) -> None:
    buckets = [resource(BUCKET, name) for name in ("documents", "invoices", "letters")]
    decision = check(policy_id, *buckets, companion(policy_id, ref(buckets[1])))
    assert decision.violations == ["documents", "letters"]


# Config


@pytest.mark.parametrize(
    ("policy_id", "config", "said"),
    [
        ("s3-sse-kms", {"loadBalancerLogs": "none"}, 'one of "sse-kms", "sse-s3"'),
        ("s3-sse-kms", {"requireKey": "yes"}, "true or false"),
        ("s3-sse-kms", {"requireKeys": True}, "did you mean 'requireKey'?"),
        ("s3-public-access-block", {"accountBlockInPlace": 1}, "true or false"),
        ("s3-versioning", {"enabled": True}, "it takes no config"),
        ("s3-mfa-delete", {"perResource": "yes"}, "true or false"),
        ("s3-bucket-key", {"enabled": True}, "it takes no config"),
    ],
)
def test_config_that_does_not_fit_is_refused(policy_id: str, config: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=policy_id) as caught:
        check(policy_id, resource(BUCKET), config=config)
    assert said in str(caught.value)


def test_a_name_made_from_another_buckets_is_no_reference_to_it() -> None:
    documents = resource(BUCKET, "documents")
    logs = resource(BUCKET, "logs", bucket=ref(documents))
    versioning = resource(VERSIONING, "logs", bucket=ref(logs), versioningConfiguration={"status": "Enabled"})
    assert check("s3-versioning", documents, logs, versioning).violations == ["documents"]


# s3-conflicting-settings

SETTINGS = {
    VERSIONING: {"versioning": {"enabled": True}},
    LIFECYCLE: {"lifecycleRules": [{"enabled": True}]},
    "aws:s3/bucketPolicy:BucketPolicy": {"policy": "{}"},
    "aws:s3/bucketNotification:BucketNotification": {},
    PUBLIC_ACCESS: {},
}


@pytest.mark.parametrize("type_", SETTINGS)
def test_two_resources_for_one_setting_of_a_bucket_are_a_violation(type_: str) -> None:
    bucket = resource(BUCKET, "documents")
    first, second = resource(type_, "first", bucket=ref(bucket)), resource(type_, "second", bucket=ref(bucket))
    decision = check("s3-conflicting-settings", bucket, first, second)
    assert decision.violations == ["second"]
    assert "resources manage the bucket 'documents': 'first' and 'second'" in decision.messages[0]
    assert "Fix: Merge them into one aws.s3." in decision.messages[0]


@pytest.mark.parametrize("type_", SETTINGS)
def test_one_resource_for_each_bucket_is_right(type_: str) -> None:
    one, other = resource(BUCKET, "one"), resource(BUCKET, "other")
    settings = [resource(type_, each.name, bucket=ref(each)) for each in (one, other)]
    assert check("s3-conflicting-settings", one, other, *settings, resource(type_, bucket=UNKNOWN)).is_clean


@pytest.mark.parametrize(("type_", "inputs"), [pair for pair in SETTINGS.items() if pair[1]])
def test_a_setting_inline_and_by_a_resource_is_advice(type_: str, inputs: dict[str, Any]) -> None:
    bucket = resource(BUCKET, "documents", **inputs)
    assert check("s3-conflicting-settings", bucket).is_clean
    decision = check("s3-conflicting-settings", bucket, resource(type_, "settings", bucket=ref(bucket)))
    [place] = inputs
    assert decision.violations == [f"documents.{place}"]
    assert f"Fix: Remove {place} from the bucket" in decision.messages[0]
