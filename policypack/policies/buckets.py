"""S3 buckets: what the policies about them share, and settings that two resources manage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policypack.config import Config
from policypack.iam import Statement, bounds_of
from policypack.listing import listed
from policypack.model import Resource, Stack, Value, remembered
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

BUCKET: Final = "aws:s3/bucket:Bucket"
ACL: Final = "aws:s3/bucketAcl:BucketAcl"
BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
ENCRYPTION: Final = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LIFECYCLE: Final = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
LOGGING: Final = "aws:s3/bucketLogging:BucketLogging"
OBJECT_LOCK: Final = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
OWNERSHIP: Final = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
PUBLIC_ACCESS: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
VERSIONING: Final = "aws:s3/bucketVersioning:BucketVersioning"
WEBSITE: Final = "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration"
DISTRIBUTION: Final = "aws:cloudfront/distribution:Distribution"

GROUPS: Final = "http://acs.amazonaws.com/groups/"
"""What the URIs of the groups that ACLs grant to begin with:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee-predefined-groups."""


def inline(bucket: Resource, singular: str, plural: str) -> list[Value]:
    """A block that Bucket has as an object and BucketV2 as a list; empty where the bucket has neither."""
    return [*bucket.each(f"{singular}?"), *bucket.each(f"{plural}[]")]


def names(value: Value, bucket: Resource) -> bool:
    """Whether a value is a bucket's name, or will be once it is known."""
    if value.is_unknown:
        return bucket.urn in value.dependency_urns
    return value.text in {bucket.output(name).text for name in ("id", "bucket", "arn")} - {""}


@remembered
def _by_name(stack: Stack) -> dict[str, Resource]:
    buckets = stack.of_type(BUCKET)
    return {text: bucket for bucket in buckets for text in (bucket.output("id").text, bucket.output("bucket").text)}


def bucket_at(stack: Stack, domain: str) -> Resource | None:
    """The bucket of a stack whose REST endpoint a domain is, such as `documents.s3.eu-west-1.amazonaws.com`."""
    name, is_s3, _ = domain.partition(".s3")
    return _by_name(stack).get(name) if name and is_s3 else None


def bucket_policies(bucket: Resource) -> list[Value]:
    """The policy documents of a bucket: the one in its `policy`, and those of its BucketPolicy resources."""
    documents = (bucket.get("policy"), *(each.get("policy") for each in bucket.referrers(BUCKET_POLICY, "bucket")))
    return [document for document in documents if not document.is_unset]


@remembered
def bucket_statements(bucket: Resource) -> tuple[list[Statement], Value | None]:
    """
    The statements of a bucket's policies, as far as they are certain, and the first policy that may say more; None
    where there is none.
    """
    read = [(document, bounds_of(document)) for document in bucket_policies(bucket)]
    known = [statement for _, bounds in read if bounds for statement in bounds.certain]
    return known, next((document for document, bounds in read if not (bounds and bounds.is_certain)), None)


def granted_groups(bucket: Resource) -> list[Value]:
    """The URIs of the groups to which a bucket's ACL grants something, inline and by its BucketAcl resources."""
    return [
        *bucket.each("grants[].uri"),
        *(uri for acl in bucket.referrers(ACL, "bucket") for uri in acl.each(_GRANTEE)),
    ]


_NAMED_AT_MOST: Final = 3
_GRANTEE: Final = "accessControlPolicy?.grants[].grantee.uri"


def canned_acls(bucket: Resource) -> list[Value]:
    """The canned ACLs that are set on a bucket, inline and by its BucketAcl resources."""
    acls = (bucket.get("acl"), *(acl.get("acl") for acl in bucket.referrers(ACL, "bucket")))
    return [acl for acl in acls if not acl.is_unset]


@remembered
def is_website(bucket: Resource) -> bool:
    """Whether a bucket is set up as a website, whose objects S3 serves over plain HTTP to anonymous visitors."""
    return bool(_websites(bucket)) and not only_redirects(bucket)


@remembered
def only_redirects(bucket: Resource) -> bool:
    """
    Whether a bucket is a website that redirects all requests, and so needs no objects.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html
    """
    return any(not site.get("redirectAllRequestsTo").is_unset for site in _websites(bucket))


def _websites(bucket: Resource) -> list[Resource | Value]:
    return [*bucket.referrers(WEBSITE, "bucket"), *inline(bucket, "website", "websites")]


# Each of these sets all of one thing for a bucket. The second of two overwrites the first at its next update, and the
# first the second. What a Bucket can set itself follows:
# https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucket/
_WHOLE: Final[Mapping[str, tuple[str, ...]]] = {
    ACL: ("acl", "grants"),
    "aws:s3/bucketAccelerateConfiguration:BucketAccelerateConfiguration": ("accelerationStatus",),
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": ("corsRules",),
    LIFECYCLE: ("lifecycleRules",),
    LOGGING: ("logging", "loggings"),
    "aws:s3/bucketNotification:BucketNotification": (),
    OBJECT_LOCK: ("objectLockConfiguration",),
    OWNERSHIP: (),
    BUCKET_POLICY: ("policy",),
    PUBLIC_ACCESS: (),
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": ("replicationConfiguration", "replicationConfigurations"),
    "aws:s3/bucketRequestPaymentConfiguration:BucketRequestPaymentConfiguration": ("requestPayer",),
    ENCRYPTION: ("serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations"),
    VERSIONING: ("versioning", "versionings"),
    WEBSITE: ("website", "websites"),
}


# The provider removes the setting from the bucket when it deletes the resource, whichever resource wrote it last:
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html
_RETAIN: Final = (
    "Where they are deployed, first run `pulumi up` with the resource option retainOnDelete on those that you remove: "
    "without it, their deletion removes the setting from the bucket."
)


@resource_policy(
    id="s3-conflicting-settings",
    title="Each setting of an S3 bucket is managed by one resource",
    needs_stack=True,
    types=(BUCKET,),
    severity="high",
    fix=f"Merge the settings into one resource, and remove the other. {_RETAIN}",
    url="https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html",
)
def s3_conflicting_settings(bucket: Resource, config: Config) -> Verdicts:
    """
    A bucket has one policy, one lifecycle configuration and one of each other setting. Two resources that manage the
    same one silently overwrite each other: the one that is updated last wins, and what the other one set is lost.
    """
    for type_, properties in _WHOLE.items():
        managers = bucket.referrers(type_, "bucket")
        kind = type_.rpartition(":")[2]
        if len(managers) > 1:
            names = listed(managers, _NAMED_AT_MOST)
            yield Violation(
                managers[-1],
                f"{len(managers)} {kind} resources manage the bucket '{bucket.name}': {names}. S3 keeps only one of "
                "them, so each update overwrites what another one has set.",
                fix=f"Merge them into one aws.s3.{kind}, and remove the others. {_RETAIN}",
            )
        own = next((value for value in map(bucket.get, properties) if not value.is_unset), None)
        if managers and own and own.is_unknown:
            yield Undecided(own, f"does the bucket set what the {kind} '{managers[0].name}' sets?")
        elif managers and own and not (own.path == "acl" and own.text == "private"):
            yield Violation(
                own,
                f"{own.path} is set here, and the {kind} '{managers[0].name}' manages the same setting: each "
                "overwrites what the other has set.",
                fix=f"Remove {own.path} from the bucket, and write the whole setting in '{managers[0].name}'.",
                level="advisory",
            )
