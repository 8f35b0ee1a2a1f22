"""S3 buckets and the resources that set versions, encryption and public access for them."""

import json
from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.model import Context, Resource, Stack
from policypack.policies.buckets import SseKmsConfig
from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource, urn
from policypack.verdict import Violation
from tests.support import POLICIES, check, on_stack

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
VERSIONING_V2 = "aws:s3/bucketVersioningV2:BucketVersioningV2"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
ENCRYPTION_V2 = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_PUBLIC_ACCESS = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
LIFECYCLE_V2 = "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
LOGGING_V2 = "aws:s3/bucketLoggingV2:BucketLoggingV2"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
RANDOM_ID = "random:index/randomId:RandomId"

KEY = "arn:aws:kms:eu-west-1:111122223333:key/0d5c"
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
BLOCKED = dict.fromkeys(BLOCKS, True)
MFA_PATH = "versioningConfiguration.mfaDelete"
ALGORITHM_PATH = "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm"
KEY_PATH = "rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId"
BUCKET_KEY_PATH = "rules[0].bucketKeyEnabled"


def versioning(bucket: Any, token: str = VERSIONING, *, mfa: Any = None, **configuration: Any) -> Resource:
    inputs = {"mfa": mfa} if mfa is not None else {}
    return resource(token, "settings", bucket=bucket, versioningConfiguration=configuration, **inputs)


def kms(algorithm: Any = "aws:kms", key: Any = KEY) -> dict[str, Any]:
    return {"sseAlgorithm": algorithm, "kmsMasterKeyId": key}


def encryption(bucket: Any, default: Any, token: str = ENCRYPTION, **rule: Any) -> Resource:
    rules = [{"applyServerSideEncryptionByDefault": default, **rule}]
    return resource(token, "settings", bucket=bucket, rules=rules)


def inline_encryption(default: Any, **rule: Any) -> Resource:
    """A bucket as older programs write it."""
    block = {"rule": {"applyServerSideEncryptionByDefault": default, **rule}}
    return resource(BUCKET, "documents", serverSideEncryptionConfiguration=block)


def inline_encryption_v2(default: Any, **rule: Any) -> Resource:
    blocks = [{"rules": [{"applyServerSideEncryptionByDefaults": [default], **rule}]}]
    return resource(BUCKET_V2, "documents", serverSideEncryptionConfigurations=blocks)


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


# s3-versioning


@pytest.mark.parametrize("token", [VERSIONING, VERSIONING_V2])
@pytest.mark.parametrize("status", ["Suspended", "Disabled"])
def test_versioning_that_is_not_enabled_is_a_violation(token: str, status: str) -> None:
    bucket = resource(BUCKET, "documents")
    decision = check("s3-versioning", bucket, versioning(ref(bucket), token, status=status))
    assert decision.violations == ["settings.versioningConfiguration.status"]
    assert f'versioningConfiguration.status is "{status}"' in decision.messages[0]
    assert 'Fix: Set it to "Enabled".' in decision.messages[0]


@pytest.mark.parametrize("token", [VERSIONING, VERSIONING_V2])
def test_enabled_versioning_complies(token: str) -> None:
    bucket = resource(BUCKET_V2, "documents")
    assert check("s3-versioning", bucket, versioning(ref(bucket), token, status="Enabled")).is_clean


def test_versioning_without_a_status_is_a_violation() -> None:
    decision = check("s3-versioning", versioning("documents"))
    assert decision.violations == ["settings.versioningConfiguration.status"]
    assert "is not set" in decision.messages[0]


@pytest.mark.parametrize("configuration", [UNKNOWN, {"status": UNKNOWN}, Secret(UNKNOWN)])
def test_versioning_of_unknown_status_is_undecided(configuration: Any) -> None:
    settings = resource(VERSIONING, "settings", bucket="documents", versioningConfiguration=configuration)
    decision = check("s3-versioning", settings)
    assert decision.violations == []
    assert decision.undecided == ["settings.versioningConfiguration.status"]


def test_versioning_of_secret_status_is_judged_alike() -> None:
    assert check("s3-versioning", versioning("documents", status=Secret("Enabled"))).is_clean
    decision = decide(POLICIES["s3-versioning"], versioning("documents", status=Secret("Suspended")))
    assert decision.violations == ["settings.versioningConfiguration.status"]
    assert "Suspended" not in decision.messages[0]


INLINE_VERSIONING = [(BUCKET, "versioning", False), (BUCKET_V2, "versionings", True)]


def inline_versioning(token: str, key: str, is_list: bool, block: Any) -> Resource:
    return resource(token, "documents", **{key: [block] if is_list else block})


@pytest.mark.parametrize(("token", "key", "is_list"), INLINE_VERSIONING)
@pytest.mark.parametrize(
    ("block", "violations", "undecided"),
    [
        ({"enabled": True}, 0, 0),
        ({"enabled": "true"}, 0, 0),
        ({"enabled": Secret(True)}, 0, 0),
        ({"enabled": False}, 1, 0),
        ({}, 1, 0),
        ({"enabled": UNKNOWN}, 0, 1),
        (UNKNOWN, 0, 1),
    ],
)
def test_versioning_inline(token: str, key: str, is_list: bool, block: Any, violations: int, undecided: int) -> None:
    decision = check("s3-versioning", inline_versioning(token, key, is_list, block))
    place = f"documents.{key}{'[0]' if is_list else ''}.enabled"
    assert decision.violations == [place] * violations
    assert decision.undecided == [place] * undecided


def test_inline_versioning_that_is_off_says_what_to_set() -> None:
    message = check("s3-versioning", resource(BUCKET, versioning={"enabled": False})).messages[0]
    assert "versioning.enabled is false: new versions overwrite old ones." in message
    assert "Fix: Set versioning.enabled to true." in message


def test_inline_versioning_that_is_secret_is_judged_alike_and_not_shown() -> None:
    bucket = resource(BUCKET, "documents", versioning={"enabled": Secret(False)})
    decision = decide(POLICIES["s3-versioning"], bucket)
    assert decision.violations == ["documents.versioning.enabled"]
    assert "versioning.enabled is [secret]" in decision.messages[0]


def test_a_companion_stands_above_what_is_inline() -> None:
    bucket = resource(BUCKET, "documents", versioning={"enabled": False})
    assert check("s3-versioning", bucket, versioning(ref(bucket), status="Enabled")).is_clean


def test_missing_versioning_says_what_to_add() -> None:
    message = check("s3-versioning", resource(BUCKET)).messages[0]
    assert "has no versioning" in message
    assert 'aws.s3.BucketVersioning for the bucket with versioningConfiguration.status "Enabled"' in message


# s3-mfa-delete

MFA = {"status": "Enabled", "mfaDelete": "Enabled"}
DEVICE = "arn:aws:iam::111122223333:mfa/root 123456"


@pytest.mark.parametrize("token", [VERSIONING, VERSIONING_V2])
@pytest.mark.parametrize("mfa_delete", ["Disabled", "", None])
def test_versions_without_mfa_delete_are_a_violation(token: str, mfa_delete: str | None) -> None:
    decision = check("s3-mfa-delete", versioning("documents", token, status="Enabled", mfaDelete=mfa_delete))
    assert decision.violations == [f"settings.{MFA_PATH}"]


@pytest.mark.parametrize("token", [VERSIONING, VERSIONING_V2])
@pytest.mark.parametrize("mfa", [DEVICE, UNKNOWN, Secret(DEVICE), Secret(UNKNOWN)])
def test_mfa_delete_with_a_device_complies(token: str, mfa: Any) -> None:
    bucket = resource(BUCKET, "documents")
    assert check("s3-mfa-delete", bucket, versioning(ref(bucket), token, mfa=mfa, **MFA)).is_clean


@pytest.mark.parametrize("status", ["Suspended", "Disabled"])
def test_mfa_delete_is_not_asked_of_a_bucket_without_versions(status: str) -> None:
    assert check("s3-mfa-delete", versioning("documents", status=status)).is_clean
    assert check("s3-mfa-delete", resource(BUCKET, "documents")).is_clean
    assert check("s3-mfa-delete", resource(BUCKET, "documents", versioning={"enabled": False})).is_clean


@pytest.mark.parametrize("mfa_delete", [UNKNOWN, Secret(UNKNOWN)])
def test_unknown_mfa_delete_is_undecided(mfa_delete: Any) -> None:
    decision = check("s3-mfa-delete", versioning("documents", status="Enabled", mfaDelete=mfa_delete))
    assert decision.violations == []
    assert decision.undecided == [f"settings.{MFA_PATH}"]


@pytest.mark.parametrize(
    ("unknown", "path"),
    [
        (versioning("documents", status=UNKNOWN), "settings.versioningConfiguration.status"),
        (resource(BUCKET, "documents", versioning={"enabled": UNKNOWN}), "documents.versioning.enabled"),
    ],
    ids=["companion", "inline"],
)
def test_mfa_delete_is_undecided_while_versioning_is_unknown(unknown: Resource, path: str) -> None:
    decision = check("s3-mfa-delete", unknown)
    assert decision.violations == []
    assert decision.undecided == [path]


def test_secret_mfa_delete_is_judged_alike() -> None:
    settings = versioning("documents", mfa=DEVICE, status=Secret("Enabled"), mfaDelete=Secret("Enabled"))
    assert check("s3-mfa-delete", settings).is_clean
    settings = versioning("documents", status=Secret("Enabled"), mfaDelete=Secret("Disabled"))
    decision = decide(POLICIES["s3-mfa-delete"], settings)
    assert decision.violations == [f"settings.{MFA_PATH}"]
    assert "Disabled" not in decision.messages[0]


def test_missing_mfa_delete_says_who_can_turn_it_on() -> None:
    message = check("s3-mfa-delete", versioning("documents", status="Enabled")).messages[0]
    assert f"{MFA_PATH} is not set" in message
    assert 'mfaDelete to "Enabled" and mfa to the serial number and code of the root user' in message


@pytest.mark.parametrize("mfa", [None, "", Secret("")])
def test_mfa_delete_without_a_device_is_a_violation(mfa: Any) -> None:
    decision = check("s3-mfa-delete", versioning("documents", mfa=mfa, **MFA))
    assert decision.violations == ["settings.mfa"]
    assert "AWS refuses to turn MFA delete on without it" in decision.messages[0]


@pytest.mark.parametrize(("token", "key", "is_list"), INLINE_VERSIONING)
@pytest.mark.parametrize("mfa_delete", [False, None])
def test_inline_versioning_cannot_turn_mfa_delete_on(
    token: str, key: str, is_list: bool, mfa_delete: bool | None
) -> None:
    bucket = inline_versioning(token, key, is_list, {"enabled": True, "mfaDelete": mfa_delete})
    decision = check("s3-mfa-delete", bucket)
    assert decision.violations == [f"documents.{key}{'[0]' if is_list else ''}.mfaDelete"]
    assert "Move it to an aws.s3.BucketVersioning" in decision.messages[0]


@pytest.mark.parametrize(("token", "key", "is_list"), INLINE_VERSIONING)
def test_inline_versioning_may_mirror_mfa_delete_that_is_on(token: str, key: str, is_list: bool) -> None:
    bucket = inline_versioning(token, key, is_list, {"enabled": True, "mfaDelete": True})
    assert check("s3-mfa-delete", bucket).is_clean


def test_the_companion_decides_on_mfa_delete_where_versioning_is_inline_too() -> None:
    bucket = resource(BUCKET, "documents", versioning={"enabled": True})
    assert check("s3-mfa-delete", bucket, versioning(ref(bucket), mfa=DEVICE, **MFA)).is_clean


def test_inline_versioning_next_to_a_companion_of_an_unknown_bucket_is_undecided_on_mfa_delete() -> None:
    bucket = resource(BUCKET, "documents", versioning={"enabled": True})
    decision = check("s3-mfa-delete", bucket, versioning(UNKNOWN, mfa=DEVICE, **MFA))
    assert decision.violations == []
    assert decision.undecided == ["settings.bucket"]


@pytest.mark.parametrize("token", [LIFECYCLE, LIFECYCLE_V2])
def test_mfa_delete_conflicts_with_a_lifecycle_configuration(token: str) -> None:
    bucket = resource(BUCKET, "documents")
    rules = resource(token, "rules", bucket=ref(bucket))
    decision = check("s3-mfa-delete", bucket, rules, versioning(ref(bucket), mfa=DEVICE, **MFA))
    assert decision.violations == [f"settings.{MFA_PATH}"]
    assert "The bucket 'documents' has lifecycle rules" in decision.messages[0]


def test_mfa_delete_conflicts_with_lifecycle_rules_of_the_bucket() -> None:
    bucket = resource(BUCKET_V2, "documents", lifecycleRules=[{"enabled": True}])
    decision = check("s3-mfa-delete", bucket, versioning(ref(bucket), mfa=DEVICE, **MFA))
    assert decision.violations == [f"settings.{MFA_PATH}"]


@pytest.mark.parametrize(("mode", "clean"), [("COMPLIANCE", True), ("GOVERNANCE", False), (None, False)])
@pytest.mark.parametrize("inline", [True, False])
def test_versions_that_nobody_can_delete_need_no_mfa(inline: bool, mode: str | None, clean: bool) -> None:
    bucket = resource(BUCKET, "documents", **({"versioning": {"enabled": True}} if inline else {}))
    versioning = resource(VERSIONING, bucket=ref(bucket), versioningConfiguration={"status": "Enabled"})
    lock = resource(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        bucket=ref(bucket),
        rule={"defaultRetention": {"mode": mode, "days": 365}},
    )
    others = [] if inline else [versioning]
    assert check("s3-mfa-delete", bucket, lock, *others).is_clean == clean


def test_unknown_lifecycle_rules_leave_it_undecided_whether_mfa_delete_conflicts() -> None:
    bucket = resource(BUCKET, "documents", lifecycleRules=UNKNOWN)
    decision = check("s3-mfa-delete", bucket, versioning(ref(bucket), mfa=DEVICE, **MFA))
    assert decision.violations == []
    assert decision.undecided == ["documents.lifecycleRules"]


@pytest.mark.parametrize("inline", [True, False])
def test_missing_mfa_delete_on_a_bucket_with_lifecycle_rules_says_what_to_choose(inline: bool) -> None:
    bucket = resource(BUCKET, "documents", lifecycleRules=[{"enabled": True}] if inline else [])
    rules = [] if inline else [resource(LIFECYCLE, "rules", bucket=ref(bucket))]
    decision = check("s3-mfa-delete", bucket, *rules, versioning(ref(bucket), status="Enabled"))
    assert decision.violations == [f"settings.{MFA_PATH}"]
    assert "Fix: The bucket has lifecycle rules, which S3 does not allow together with MFA" in decision.messages[0]


@pytest.mark.parametrize("other", ["invoices-eu", UNKNOWN])
def test_lifecycle_rules_of_another_bucket_do_not_conflict(other: Any) -> None:
    bucket = resource(BUCKET, "documents", bucket="documents-eu", lifecycleRules=[])
    invoices = resource(BUCKET, "invoices", bucket="invoices-eu", lifecycleRules=[{"enabled": True}])
    rules = resource(LIFECYCLE, "rules", bucket=ref(invoices, other))
    assert check("s3-mfa-delete", bucket, invoices, rules, versioning(ref(bucket), mfa=DEVICE, **MFA)).is_clean


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
    assert 'Set sseAlgorithm to "aws:kms" and kmsMasterKeyId to a key of your own.' in decision.messages[0]
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
    assert "rules is empty: objects get SSE-S3" in decision.messages[0]


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
    assert "has no encryption of its own" in decision.messages[0]
    assert "Add an aws.s3.BucketServerSideEncryptionConfiguration" in decision.messages[0]


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
    assert 'is "aws:kms" on a bucket for logs of a load balancer, S3 or Redshift' in decision.messages[0]
    assert 'Set it to "AES256" and leave kmsMasterKeyId out.' in decision.messages[0]


@pytest.mark.parametrize(("destination", "undecided"), [("cloudwatch", 0), (UNKNOWN, 1)])
def test_redshift_may_log_to_somewhere_else(destination: Any, undecided: int) -> None:
    writer = resource("aws:redshift/logging:Logging", bucketName=ref(LOGS), logDestinationType=destination)
    decision = check("s3-sse-kms", LOGS, writer, encryption(ref(LOGS), kms()))
    assert (len(decision.violations), len(decision.undecided)) == (0, undecided)


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


def test_beside_another_origin_nobody_knows_whose_the_identity_is() -> None:
    site = resource(BUCKET, "site")
    old = {"domainName": ref(site), "s3OriginConfig": {"originAccessIdentity": "origin-access-identity/cloudfront/E1"}}
    new = {"domainName": "other", "s3OriginConfig": {"originAccessIdentity": ""}, "originAccessControlId": "E2"}
    api = {"domainName": "api.example.com", "customOriginConfig": {"originProtocolPolicy": "https-only"}}
    for origins, level in (([old, new], None), ([old, api], "advisory")):
        distribution = resource("aws:cloudfront/distribution:Distribution", origins=origins)
        [finding] = on_stack(POLICIES["s3-sse-kms"], Stack([site, distribution], Context()), SseKmsConfig())
        assert isinstance(finding, Violation)
        assert finding.level == level


def test_inline_object_lock_counts() -> None:
    lock = {"objectLockEnabled": "Enabled", "rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 1}}}
    bucket = resource(BUCKET, "documents", versioning={"enabled": True}, objectLockConfiguration=lock)
    assert check("s3-mfa-delete", bucket).is_clean


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
def test_a_bucket_for_access_logs_has_to_say_how_it_is_encrypted(writer: Resource) -> None:
    decision = check("s3-sse-kms", LOGS, writer)
    assert decision.violations == ["logs"]
    assert 'with sseAlgorithm "AES256"' in decision.messages[0]


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


# s3-bucket-key


@pytest.mark.parametrize("token", [ENCRYPTION, ENCRYPTION_V2])
@pytest.mark.parametrize("rule", [{"bucketKeyEnabled": False}, {}])
def test_sse_kms_without_a_bucket_key_is_a_violation(token: str, rule: dict[str, Any]) -> None:
    decision = check("s3-bucket-key", encryption("documents", kms(), token, **rule))
    assert decision.violations == [f"settings.{BUCKET_KEY_PATH}"]
    assert f"{BUCKET_KEY_PATH} is {'false' if rule else 'not set'}" in decision.messages[0]
    assert "Set bucketKeyEnabled to true" in decision.messages[0]


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


# Config


@pytest.mark.parametrize(
    ("policy_id", "config", "said"),
    [
        ("s3-sse-kms", {"loadBalancerLogs": "none"}, 'one of "sse-kms", "sse-s3"'),
        ("s3-sse-kms", {"requireKey": "yes"}, "true or false"),
        ("s3-sse-kms", {"requireKeys": True}, "did you mean 'requireKey'?"),
        ("s3-public-access-block", {"accountBlockInPlace": 1}, "true or false"),
        ("s3-versioning", {"enabled": True}, "it takes no config"),
        ("s3-mfa-delete", {"enabled": True}, "it takes no config"),
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


def test_the_prefix_of_unknown_access_logs_is_no_bucket() -> None:
    images = resource(BUCKET, "images", bucket="images")
    logs = {"bucket": ref(LOGS), "prefix": "images", "enabled": True}
    writer = resource(LOAD_BALANCER, "writer", accessLogs=logs)
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": UNKNOWN}}]
    encrypted = resource(ENCRYPTION, "images", bucket="images", rules=rules)
    assert check("s3-sse-kms", images, writer, encrypted).is_clean


POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::documents", "arn:aws:s3:::documents/*"],
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
        # Each denies less than FSBP S3.5 asks for.
        (document({**TLS_ONLY, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}), ["policy"], []),
        (document({**TLS_ONLY, "Action": "s3:GetObject"}), ["policy"], []),
        (document({**TLS_ONLY, "Resource": "arn:aws:s3:::documents"}), ["policy"], []),
        (
            document(
                {
                    **TLS_ONLY,
                    "Condition": {
                        "Bool": {"aws:SecureTransport": "false"},
                        "IpAddress": {"aws:SourceIp": "192.0.2.0/24"},
                    },
                }
            ),
            ["policy"],
            [],
        ),
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
