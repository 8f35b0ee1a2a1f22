"""Versions of S3 objects."""

from typing import Any

import pytest

from policypack.model import Resource
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.policies.bucket_builders import (
    BUCKET,
    BUCKET_V2,
    LIFECYCLE,
    LIFECYCLE_V2,
    MFA_PATH,
    VERSIONING,
    VERSIONING_V2,
    versioning,
)
from tests.support import POLICIES, check

# s3-versioning


@pytest.mark.parametrize("token", [VERSIONING, VERSIONING_V2])
@pytest.mark.parametrize("status", ["Suspended", "Disabled"])
def test_versioning_that_is_not_enabled_is_a_violation(token: str, status: str) -> None:
    bucket = resource(BUCKET, "documents")
    decision = check("s3-versioning", bucket, versioning(ref(bucket), token, status=status))
    assert decision.violations == ["settings.versioningConfiguration.status"]
    assert f'versioningConfiguration.status is "{status}"' in decision.messages[0]
    assert 'Fix: Set versioningConfiguration.status to "Enabled".' in decision.messages[0]


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
    assert "versioning.enabled is false: S3 keeps no old version" in message
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
    assert 'mfaDelete to "Enabled", and mfa to the serial number of the root user' in message


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
    assert "Move the versioning to an aws.s3.BucketVersioning" in decision.messages[0]


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
    assert "which AWS refuses: the bucket 'documents' has lifecycle rules" in decision.messages[0]


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
def test_mfa_delete_is_not_asked_of_a_bucket_with_lifecycle_rules(inline: bool) -> None:
    bucket = resource(BUCKET, "documents", lifecycleRules=[{"enabled": True}] if inline else [])
    rules = [] if inline else [resource(LIFECYCLE, "rules", bucket=ref(bucket))]
    assert check("s3-mfa-delete", bucket, *rules, versioning(ref(bucket), status="Enabled")).is_clean


@pytest.mark.parametrize("other", ["invoices-eu", UNKNOWN])
def test_lifecycle_rules_of_another_bucket_do_not_conflict(other: Any) -> None:
    bucket = resource(BUCKET, "documents", bucket="documents-eu", lifecycleRules=[])
    invoices = resource(BUCKET, "invoices", bucket="invoices-eu", lifecycleRules=[{"enabled": True}])
    rules = resource(LIFECYCLE, "rules", bucket=ref(invoices, other))
    assert check("s3-mfa-delete", bucket, invoices, rules, versioning(ref(bucket), mfa=DEVICE, **MFA)).is_clean


def test_inline_object_lock_counts() -> None:
    lock = {"objectLockEnabled": "Enabled", "rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 1}}}
    bucket = resource(BUCKET, "documents", versioning={"enabled": True}, objectLockConfiguration=lock)
    assert check("s3-mfa-delete", bucket).is_clean


def test_buckets_that_lack_mfa_delete_are_one_finding() -> None:
    settings = [
        resource(VERSIONING, f"v{number}", bucket=f"b{number}", versioningConfiguration={"status": "Enabled"})
        for number in range(3)
    ]
    decision = check("s3-mfa-delete", *settings)
    assert decision.violations == [""]
    assert decision.messages[0].startswith(f"3 resources: {MFA_PATH} is not set: ")
    assert "These are 'v0' (BucketVersioning), 'v1' (BucketVersioning) and " in decision.messages[0]
    each = check("s3-mfa-delete", *settings, config={"perResource": True})
    assert each.violations == [f"v{number}.{MFA_PATH}" for number in range(3)]


def test_lifecycle_rules_of_an_unknown_bucket_leave_mfa_delete_undecided() -> None:
    bucket = resource(BUCKET, "documents")
    rules = resource(LIFECYCLE, "rules", bucket=UNKNOWN)
    decision = check("s3-mfa-delete", bucket, rules, versioning(ref(bucket), status="Enabled"))
    assert decision.violations == []
    assert decision.undecided == [f"settings.{MFA_PATH}"]


@pytest.mark.parametrize("name", [UNKNOWN, "elsewhere"])
def test_lifecycle_rules_may_be_of_the_same_bucket_where_it_is_not_in_the_stack(name: Any) -> None:
    versioning = resource(VERSIONING, "v", bucket=name, versioningConfiguration={"status": "Enabled"})
    rules = resource(LIFECYCLE, "l", bucket=name, rules=[{"id": "old", "status": "Enabled"}])
    decision = check("s3-mfa-delete", versioning, rules)
    assert decision.violations == []
    assert decision.undecided == ["v.versioningConfiguration.mfaDelete"]
    assert check("s3-mfa-delete", versioning).violations == ["v.versioningConfiguration.mfaDelete"]
