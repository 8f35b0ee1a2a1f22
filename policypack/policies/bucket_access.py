"""Access to S3 buckets: that public access is blocked, and that requests use TLS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.iam import Statement
from policypack.listing import joined
from policypack.model import Resource, Value
from policypack.policies.buckets import (
    BUCKET,
    BUCKET_POLICY,
    PUBLIC_ACCESS,
    bucket_policies,
    bucket_statements,
    is_website,
    only_redirects,
)
from policypack.policy import resource_policy
from policypack.requirement import without_companion
from policypack.verdict import Undecided, Verdicts, Violation

_ACCOUNT_PUBLIC_ACCESS: Final = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
_BLOCKS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")

# Where access points have their blocks, which nobody can change later. One that is left out is on:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-bpa-settings.html,
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/multi-region-access-point-block-public-access.html
_ACCESS_POINTS: Final[Mapping[str, str]] = {
    "aws:s3/accessPoint:AccessPoint": "publicAccessBlockConfiguration",
    "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint": "details.publicAccessBlock",
}


class PublicAccessConfig(Config):
    """Config of s3-public-access-block."""

    account_block_in_place: Annotated[
        bool,
        Meta(description="The account blocks public access to all of its buckets: a bucket needs no block of its own."),
    ] = False


@resource_policy(
    id="s3-public-access-block",
    title="S3 buckets and access points block public access",
    needs_stack=True,
    types=(BUCKET, PUBLIC_ACCESS, _ACCOUNT_PUBLIC_ACCESS, *_ACCESS_POINTS),
    severity="critical",
    fix="Add an aws.s3.BucketPublicAccessBlock for the bucket with "
    f"{joined(_BLOCKS)} true. Anyone who reads the bucket without AWS credentials loses access. Where the account "
    "blocks public access to all of its buckets, set this policy's accountBlockInPlace to true instead.",
    frameworks={
        BUCKET: ("FSBP S3.2", "FSBP S3.3", "FSBP S3.8"),
        PUBLIC_ACCESS: ("FSBP S3.2", "FSBP S3.3", "FSBP S3.8"),
        _ACCOUNT_PUBLIC_ACCESS: ("FSBP S3.1",),
        "aws:s3/accessPoint:AccessPoint": ("FSBP S3.19",),
        "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint": ("FSBP S3.24",),
    },
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
)
def s3_public_access_block(resource: Resource, config: PublicAccessConfig) -> Verdicts:
    """
    A single ACL or bucket policy written by mistake opens the objects to the whole internet. Many reported data leaks
    began that way.
    """
    if resource.type in _ACCESS_POINTS:
        at = resource.get(_ACCESS_POINTS[resource.type])
        yield from _check_blocks(
            [block for block in map(at.get, _BLOCKS) if not block.is_absent],
            "This replaces the access point, as its block cannot be changed later.",
        )
    elif resource.type != BUCKET:
        is_account = resource.type == _ACCOUNT_PUBLIC_ACCESS
        buckets = [] if is_account else resource.get("bucket").targets(BUCKET)
        warning = _SITE_WARNING if any(map(is_website, buckets)) else ""
        yield from _check_blocks([resource.get(name) for name in _BLOCKS], warning)
    elif not (
        config.account_block_in_place
        # What is wrong with the account's own block is said there.
        or resource.stack.of_type(_ACCOUNT_PUBLIC_ACCESS)
    ):
        message = "The bucket has no BucketPublicAccessBlock in this stack to keep its objects from being made public."
        fix = s3_public_access_block.fix + f" {_SITE_WARNING}" if is_website(resource) else ""
        yield from without_companion(resource, PUBLIC_ACCESS, "bucket", Violation(resource, message, fix=fix))


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteAccessPermissionsReqd.html
_SITE_WARNING: Final = (
    "The bucket is a website, and this takes the site down for visitors who read it from the bucket: serve it by an "
    "aws.cloudfront.Distribution with an aws.cloudfront.OriginAccessControl and the bucket's REST endpoint first."
)


def _check_blocks(blocks: list[Value], warning: str) -> Verdicts:
    yield from (Undecided(block) for block in blocks if block.is_unknown)
    if off := [block for block in blocks if not (block.is_unknown or block.is_true)]:
        places = {block.path.rpartition(".")[2]: block for block in off}
        within = off[0].path.rpartition(".")[0]
        found = ", ".join(f"{name} is {block.shown}" for name, block in places.items())
        fix = f"Set {', '.join(places)}{f' of {within}' if within else ''} to true."
        yield Violation(off[0], f"{found}: public access is not fully blocked.", fix=f"{fix} {warning}".rstrip())


@resource_policy(
    id="s3-deny-insecure-transport",
    title="S3 bucket policies deny requests without TLS",
    needs_stack=True,
    types=(BUCKET,),
    severity="medium",
    enforcement="disabled",
    fix="Add a statement with Effect Deny, Principal *, Action s3:*, the bucket and its objects as Resource, and the "
    'Condition {"Bool": {"aws:SecureTransport": "false"}} to the bucket\'s policy; where it has none, add an '
    "aws.s3.BucketPolicy. Clients that use plain HTTP, and S3 website endpoints, stop working.",
    frameworks=("FSBP S3.5",),
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
)
def s3_deny_insecure_transport(bucket: Resource, config: Config) -> Verdicts:
    """
    S3 also accepts plain HTTP. A misconfigured client then transfers objects in plain text, which anyone on the network
    path can read, and as its requests succeed, the mistake stays unnoticed.
    """
    documents = bucket_policies(bucket)
    known, unknown = bucket_statements(bucket)
    # A website's endpoint has plain HTTP only, and one that redirects all requests has no objects to protect.
    if any(map(_denies_plain_http, known)) or only_redirects(bucket):
        return
    if unknown:
        yield Undecided(unknown, "does it deny requests without TLS?")
    elif documents:
        yield Violation(
            documents[0],
            f"{documents[0].path} of '{documents[0].resource.name}' has no statement that denies requests without TLS.",
        )
    else:
        message = "The bucket has no policy that denies requests without TLS."
        yield from without_companion(bucket, BUCKET_POLICY, "bucket", Violation(bucket, message))


def _denies_plain_http(statement: Statement) -> bool:
    """
    Whether a statement denies everybody every request without TLS, as FSBP S3.5 asks for.

    The AWS Config rule s3-bucket-ssl-requests-only asks for Principal *, all actions, and the bucket with its objects.
    """
    return (
        statement.denies
        and statement.names_everybody
        and statement.covers("s3:GetObject")
        and statement.covers("s3:PutObject")
        and _is_about_bucket_and_objects(statement)
        and any(
            condition.base_operator == "bool"
            and condition.is_about("aws:SecureTransport")
            and "false" in condition.values
            for condition in statement.conditions
        )
    )


def _is_about_bucket_and_objects(statement: Statement) -> bool:
    paths = [resource.rpartition(":")[2] for resource in statement.resources]
    return not paths or (any(path.endswith("*") for path in paths) and any("/" not in path for path in paths))
