"""ACLs of S3: that they grant no public access, and that the bucket accepts them."""

from __future__ import annotations

from typing import Final

from policypack.config import Config
from policypack.model import Resource, Value, remembered
from policypack.policies.buckets import ACL, BUCKET, DISTRIBUTION, GROUPS, OWNERSHIP, PUBLIC_ACCESS, bucket_at
from policypack.policy import resource_policy
from policypack.requirement import without_companion
from policypack.verdict import Undecided, Verdicts, Violation

_OBJECTS: Final = (
    "aws:s3/bucketObject:BucketObject",
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:s3/objectCopy:ObjectCopy",
)
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
_PUBLIC: Final = {
    "public-read": "it grants read access to the whole internet",
    "public-read-write": "it grants read and write access to the whole internet",
    "authenticated-read": "it grants read access to every AWS account",
    f"{GROUPS}global/AllUsers": "it grants access to the whole internet",
    f"{GROUPS}global/AuthenticatedUsers": "it grants access to every AWS account",
}
_OWNERSHIP_PATH: Final = "rule.objectOwnership"


@resource_policy(
    id="s3-public-acl",
    title="No S3 ACL grants public access",
    needs_stack=True,
    types=(BUCKET, ACL, *_OBJECTS),
    severity="critical",
    fix='Set the ACL to "private", and serve what the public may read through an aws.cloudfront.Distribution with an '
    "aws.cloudfront.OriginAccessControl. On a new bucket or object, leave the ACL out instead. On one that exists, "
    "removing the ACL from the program leaves it public in AWS.",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
)
def s3_public_acl(resource: Resource, config: Config) -> Verdicts:
    """
    A public ACL on a bucket lets anyone list its objects, or also add and delete them; one on an object lets anyone
    read it. The bucket's policy, where people look for access, shows nothing of it.
    """
    for value in _acls(resource):
        if value.is_unknown:
            yield Undecided(value, "is it a public ACL?")
        elif value.text in _PUBLIC:
            yield Violation(value, f"{value.path} is {value.shown}: {_consequence(resource, value)}.")


def _acls(resource: Resource) -> list[Value]:
    """What says to whom the ACL of a bucket or an object grants something: canned ACLs, and the URIs of groups."""
    if resource.type == ACL:
        return [resource.get("acl"), *resource.each("accessControlPolicy?.grants[].grantee?.uri")]
    has_grants = resource.type in (BUCKET, "aws:s3/objectCopy:ObjectCopy")
    return [resource.get("acl"), *(resource.each("grants[].uri") if has_grants else ())]


def _consequence(resource: Resource, value: Value) -> str:
    buckets = [resource] if resource.type == BUCKET else resource.get("bucket").targets(BUCKET)
    for block in filter(None, map(_refusing_block, buckets)):
        return f"AWS refuses it, as blockPublicAcls of '{block.name}' is true"
    return _PUBLIC[value.text]


@remembered
def _refusing_block(bucket: Resource) -> Resource | None:
    blocks = bucket.referrers(PUBLIC_ACCESS, "bucket")
    return next((block for block in blocks if block.get("blockPublicAcls").is_true), None)


@resource_policy(
    id="s3-acl-disabled",
    title="ACLs are set only on S3 buckets that have ACLs enabled",
    needs_stack=True,
    types=(BUCKET, ACL, DISTRIBUTION),
    severity="medium",
    fix="Remove the ACL: a bucket is private without one. Where it is needed, add an aws.s3.BucketOwnershipControls "
    'for the bucket with rule.objectOwnership "BucketOwnerPreferred", and name it in dependsOn of what sets the ACL.',
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
)
def s3_acl_disabled(resource: Resource, config: Config) -> Verdicts:
    """
    ACLs are turned off on all buckets that are created since April 2023, unless their ownership controls turn them on.
    AWS refuses an ACL there, and the update stops halfway.
    """
    if resource.type == ACL:
        at = resource.get("acl")
        for bucket in resource.get("bucket").targets(BUCKET):
            yield from _check(bucket, at if not at.is_unset else resource.get("accessControlPolicy"), "this ACL", "")
    elif resource.type == DISTRIBUTION:
        logs = resource.get("loggingConfig.bucket")
        named = bucket_at(resource.stack, logs.text)
        for bucket in [named] if named else logs.targets(BUCKET):
            yield from _check(bucket, logs, "CloudFront's standard logs", _LOGS_FIX)
    else:
        acl, grants = resource.get("acl"), resource.get("grants")
        if acl.is_unknown:
            yield Undecided(acl, "does the ACL need ownership controls? All but private do")
        elif acl.text not in ("", "private"):
            yield from _check(resource, acl, "this ACL", "")
        elif not grants.is_unset:
            yield from _check(resource, grants, "this ACL", "")


# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html
_LOGS_FIX: Final = (
    'Add an aws.s3.BucketOwnershipControls for the bucket with rule.objectOwnership "BucketOwnerPreferred", as '
    "CloudFront's standard logs need an ACL; or deliver the logs by an aws.cloudwatch.LogDelivery, which needs none."
)


def _check(bucket: Resource, at: Value, what: str, fix: str) -> Verdicts:
    """What there is to say about an ACL on a bucket; `what` is what AWS refuses where the bucket takes no ACLs."""
    if not _has_controls(bucket):
        # It may be an older bucket, on which ACLs are still turned on: nothing that the stack says tells.
        violation = Violation(
            at,
            f"AWS refuses {what} if '{bucket.name}' was created after April 2023: ACLs are turned off on such buckets, "
            "and no BucketOwnershipControls in this stack turns them on.",
            fix=fix,
            level="advisory",
        )
        yield from without_companion(bucket, OWNERSHIP, "bucket", violation)
    elif control := _deciding_controls(bucket):
        ownership = control.get(_OWNERSHIP_PATH)
        if ownership.is_unknown:
            yield Undecided(ownership, "does it turn ACLs off?")
        else:
            yield Violation(
                at,
                f"AWS refuses {what}: {_OWNERSHIP_PATH} of '{control.name}' is \"BucketOwnerEnforced\", which turns "
                f"ACLs off on '{bucket.name}'.",
                fix=fix.replace(
                    "Add an aws.s3.BucketOwnershipControls for the bucket with", f"In '{control.name}', set"
                )
                or f"Remove the ACL, or set {_OWNERSHIP_PATH} of '{control.name}' to \"BucketOwnerPreferred\".",
            )


@remembered
def _has_controls(bucket: Resource) -> bool:
    return bool(bucket.referrers(OWNERSHIP, "bucket"))


@remembered
def _deciding_controls(bucket: Resource) -> Resource | None:
    """The ownership controls of a bucket that turn ACLs off, or may."""
    for control in bucket.referrers(OWNERSHIP, "bucket"):
        ownership = control.get(_OWNERSHIP_PATH)
        if ownership.is_unknown or ownership.text == "BucketOwnerEnforced":
            return control
    return None
