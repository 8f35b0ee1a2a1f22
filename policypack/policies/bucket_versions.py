"""Versions of S3 objects: that old versions are kept, and that deleting them needs MFA."""

from __future__ import annotations

from typing import Final

from policypack.config import Config
from policypack.model import Resource, Stack, Value, remembered
from policypack.policies.buckets import BUCKET, LIFECYCLE, OBJECT_LOCK, VERSIONING, inline, only_redirects
from policypack.policy import resource_policy, stack_policy
from policypack.requirement import FoldedConfig, any_of, first_unknown, fold, without_companion
from policypack.verdict import Undecided, Verdicts, Violation

_STATUS: Final = "versioningConfiguration.status"
_MFA_DELETE: Final = "versioningConfiguration.mfaDelete"


@resource_policy(
    id="s3-versioning",
    title="S3 buckets keep old versions of their objects",
    needs_stack=True,
    types=(BUCKET, VERSIONING),
    severity="high",
    fix='Add an aws.s3.BucketVersioning for the bucket with versioningConfiguration.status "Enabled". Old versions are '
    "billed as objects are: an aws.s3.BucketLifecycleConfiguration can expire them.",
    frameworks=("Security Hub S3.14",),
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
)
def s3_versioning(resource: Resource, config: Config) -> Verdicts:
    """
    Without versions, an overwritten or deleted object is lost for good, whether by mistake or by an attacker with write
    access.
    """
    if resource.type == VERSIONING:
        status = resource.get(_STATUS)
        if status.is_unknown:
            yield Undecided(status)
        elif status.text != "Enabled":
            yield Violation(
                status,
                f"{status.path} is {status.shown}: S3 keeps no old version of an object that is overwritten.",
                fix=f'Set {status.path} to "Enabled".',
            )
    elif not resource.referrers(VERSIONING, "bucket") and not only_redirects(resource):
        flags = [block.get("enabled") for block in inline(resource, "versioning", "versionings")]
        if unknown := first_unknown(*flags):
            yield Undecided(unknown)
        elif not flags:
            message = "The bucket has no versioning: objects that are overwritten or deleted are lost."
            yield from without_companion(resource, VERSIONING, "bucket", Violation(resource, message))
        elif not any(flag.is_true for flag in flags):
            off = flags[0]
            message = f"{off.path} is {off.shown}: S3 keeps no old version of an object that is overwritten."
            violation = Violation(off, message, fix=f"Set {off.path} to true.")
            yield from without_companion(resource, VERSIONING, "bucket", violation)


@stack_policy(
    id="s3-mfa-delete",
    title="Deleting versions of S3 objects requires MFA",
    severity="low",
    enforcement="advisory",
    fix='Set versioningConfiguration.mfaDelete to "Enabled", and mfa to the serial number of the root user\'s MFA '
    "device, a space and its current code. Only the root user can enable it, so CI cannot. Buckets with lifecycle "
    "rules cannot use it; for those, and where the root user may not be used, an aws.s3.BucketObjectLockConfiguration "
    "in COMPLIANCE mode protects the versions.",
    frameworks=("Security Hub S3.20",),
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html",
)
def s3_mfa_delete(stack: Stack, config: FoldedConfig) -> Verdicts:
    """
    Versioning does not protect objects from a caller who is allowed to delete versions: one leaked administrator key is
    enough to delete every version of every object.
    """
    checks = ((_mfa, VERSIONING), (_inline_mfa, BUCKET))
    yield from fold(
        (verdict for check, type_ in checks for each in stack.of_type(type_) for verdict in check(each)), config
    )


def _mfa(versioning: Resource) -> Verdicts:
    status, mfa_delete = versioning.get(_STATUS), versioning.get(_MFA_DELETE)
    buckets = versioning.get("bucket").targets(BUCKET)
    if mfa_delete.is_unknown:
        yield Undecided(mfa_delete)
    elif mfa_delete.text == "Enabled":
        yield from _mfa_conflicts(versioning, buckets)
    elif status.is_unknown:
        yield Undecided(status, "is the bucket versioned? MFA delete is for versioned buckets only")
    elif status.text == "Enabled":
        cannot = any_of(_needs_no_mfa(bucket) for bucket in buckets)
        if not buckets and versioning.stack.of_type(LIFECYCLE):
            cannot = None  # they may be of the same bucket, which is unknown or in another stack
        if cannot is None:
            yield Undecided(
                mfa_delete, "does the bucket have lifecycle rules? S3 does not combine them with MFA delete"
            )
        elif not cannot:
            yield Violation(
                mfa_delete, f"{mfa_delete.path} is {mfa_delete.shown}: versions of objects can be deleted without MFA."
            )


@remembered
def _needs_no_mfa(bucket: Resource) -> bool | None:
    """
    Whether MFA delete is out of place on a bucket: nobody at all can delete its versions, or it has lifecycle rules.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-retention-modes,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html
    """
    locks = [lock.get("rule.defaultRetention.mode") for lock in bucket.referrers(OBJECT_LOCK, "bucket")]
    locks.append(bucket.get("objectLockConfiguration.rule.defaultRetention.mode"))
    return any_of([*(None if mode.is_unknown else mode.text == "COMPLIANCE" for mode in locks), _has_lifecycle(bucket)])


def _has_lifecycle(bucket: Resource) -> bool | None:
    rules = bucket.get("lifecycleRules")
    if bucket.referrers(LIFECYCLE, "bucket"):
        return True
    return None if rules.is_unknown or bucket.stack.unresolved(LIFECYCLE, "bucket", BUCKET) else not rules.is_unset


def _inline_mfa(bucket: Resource) -> Verdicts:
    for block in inline(bucket, "versioning", "versionings"):
        enabled, mfa_delete = block.get("enabled"), block.get("mfaDelete")
        cannot = _needs_no_mfa(bucket)
        if cannot or mfa_delete.is_true:
            continue
        if unknown := first_unknown(mfa_delete, enabled):
            yield Undecided(unknown, "is the bucket versioned, and does deleting versions require MFA?")
        elif enabled.is_true and cannot is None:
            yield Undecided(
                mfa_delete, "does the bucket have lifecycle rules? S3 does not combine them with MFA delete"
            )
        elif enabled.is_true:
            # The provider's documentation: inline, the setting only mirrors what AWS has.
            violation = Violation(
                mfa_delete,
                f"{mfa_delete.path} is {mfa_delete.shown}, and inline versioning cannot turn MFA delete on.",
                fix='Move the versioning to an aws.s3.BucketVersioning with mfaDelete "Enabled" and the root user\'s '
                "device in mfa. Only the root user can enable it, so CI cannot.",
            )
            yield from without_companion(bucket, VERSIONING, "bucket", violation)


def _mfa_conflicts(versioning: Resource, buckets: list[Resource]) -> Verdicts:
    """What makes AWS refuse MFA delete at the update."""
    mfa, mfa_delete = versioning.get("mfa"), versioning.get(_MFA_DELETE)
    if mfa.is_unset:
        yield Violation(
            mfa,
            "mfa is not set: AWS refuses to turn MFA delete on without it.",
            fix="Set mfa to the serial number of the root user's MFA device, a space and its current code.",
        )
    for bucket in buckets:
        yield from _lifecycle_conflict(bucket, mfa_delete)


def _lifecycle_conflict(bucket: Resource, mfa_delete: Value) -> Verdicts:
    has_lifecycle = _has_lifecycle(bucket)
    if has_lifecycle is None:
        rules = bucket.get("lifecycleRules")
        yield Undecided(
            rules if rules.is_unknown else bucket.stack.unresolved(LIFECYCLE, "bucket", BUCKET)[0].get("bucket"),
            f"does '{bucket.name}' have lifecycle rules? AWS refuses them together with MFA delete",
        )
    elif has_lifecycle:
        yield Violation(
            mfa_delete,
            f"{mfa_delete.path} is \"Enabled\", which AWS refuses: the bucket '{bucket.name}' has lifecycle rules.",
            fix=f'Set {mfa_delete.path} to "Disabled", or remove the lifecycle rules of the bucket.',
        )
