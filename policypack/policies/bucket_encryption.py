"""Encryption of S3 buckets: whose key encrypts new objects, and how often S3 asks KMS for it."""

from __future__ import annotations

from typing import Annotated, Final, Literal, NamedTuple

from msgspec import Meta

from policypack.config import Config
from policypack.data.service_keys import NEEDS
from policypack.iam.key_users import is_asked_for
from policypack.model import Resource, Stack, Value, remembered
from policypack.policies.bucket_logs import receives_sse_s3_logs
from policypack.policies.buckets import (
    BUCKET,
    DISTRIBUTION,
    ENCRYPTION,
    GROUPS,
    PUBLIC_ACCESS,
    bucket_at,
    bucket_statements,
    canned_acls,
    granted_groups,
    inline,
    is_website,
    only_redirects,
)
from policypack.policy import resource_policy
from policypack.requirement import all_of, any_of, without_companion
from policypack.verdict import Undecided, Verdicts, Violation

_KMS: Final = ("aws:kms", "aws:kms:dsse")
# What has logs delivered to a bucket.
_DELIVERIES: Final = tuple(need for need in NEEDS if need.service == "delivery.logs" and need.type == BUCKET)


class SseKmsConfig(Config):
    """Config of s3-sse-kms."""

    load_balancer_logs: Annotated[
        Literal["sse-s3", "sse-kms"],
        Meta(
            description="What buckets need to which load balancers, S3 or Redshift write logs. Application and Classic "
            "Load Balancers, S3 and Redshift deliver them to sse-s3 buckets only."
        ),
    ] = "sse-s3"
    require_key: Annotated[
        bool, Meta(description="Whether the rule must name a customer managed key (kmsMasterKeyId).")
    ] = True


class _Use(NamedTuple):
    """What a bucket is used for, as far as it decides how the bucket may be encrypted. None: not known yet."""

    gets_logs: bool | None
    is_public: bool | None
    has_identity: bool | None


_Need = Literal["kms", "sse-s3", "either", "no-identity"]
"""What encryption a bucket needs: SSE-KMS; SSE-S3, for the logs that it gets; either, as everybody may read it; or
SSE-KMS once CloudFront no longer reads it by an origin access identity."""


@resource_policy(
    id="s3-sse-kms",
    title="S3 buckets encrypt new objects with a KMS key",
    needs_stack=True,
    types=(BUCKET, ENCRYPTION),
    severity="high",
    fix="Add an aws.s3.BucketServerSideEncryptionConfiguration for the bucket with sseAlgorithm "
    '"aws:kms", kmsMasterKeyId and bucketKeyEnabled true. Roles and users that read or write the bucket then also need '
    "kms:Decrypt and kms:GenerateDataKey on that key.",
    frameworks=("Security Hub S3.17",),
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
)
def s3_sse_kms(resource: Resource, config: SseKmsConfig) -> Verdicts:
    """
    With SSE-S3, permission to read the bucket is enough to read the data: there is no key to which access could be
    denied or that could be disabled in an incident, and no record of who decrypted what.
    """
    rules = encryption_rules(resource)
    if resource.type == ENCRYPTION:
        buckets = resource.get("bucket").targets(BUCKET)
        is_any = not buckets and resource in _of_any_bucket(resource.stack)
        uses = _uses(resource.stack) if is_any else frozenset(map(_use, buckets))
        if not rules:
            yield Violation(
                resource.get("rules"),
                "rules is empty: objects are encrypted with a key that S3 owns (SSE-S3).",
                fix=_kms_fix(buckets),
            )
    elif resource.referrers(ENCRYPTION, "bucket"):
        return  # the encryption resource decides, and is judged itself
    else:
        buckets, uses = [resource], frozenset({_use(resource)})
        if not rules:
            yield from _without_rules(resource, _need(uses, config))
            return
    need = _need(uses, config)
    for default in map(_default, rules):
        yield from _check_rule(default, need, buckets, config)


def _check_rule(default: Value, need: _Need | None, buckets: list[Resource], config: SseKmsConfig) -> Verdicts:
    algorithm, key = default.get("sseAlgorithm"), default.get("kmsMasterKeyId")
    is_kms = algorithm.text in _KMS
    if algorithm.is_unknown:
        yield Undecided(algorithm)
    elif need is None:
        yield Undecided(algorithm, "is the bucket for access logs or public, which SSE-KMS does not work for?")
    elif need == "sse-s3" and is_kms:
        yield Violation(
            algorithm,
            f"{algorithm.path} is {algorithm.shown} on a bucket that receives logs of a load balancer, S3 or "
            "Redshift, which deliver only to buckets with SSE-S3: the logs would be lost.",
            fix=f'Set {algorithm.path} to "AES256" and leave kmsMasterKeyId out. Where these logs do go to buckets '
            'with SSE-KMS, set loadBalancerLogs of this policy to "sse-kms".',
        )
    elif need in ("kms", "no-identity") and not is_kms:
        yield Violation(
            algorithm,
            f'{algorithm.path} is {algorithm.shown}, not "aws:kms": objects are encrypted with a key that S3 owns.',
            fix=_IDENTITY_FIX if need == "no-identity" else _kms_fix(buckets),
            level="advisory" if need == "no-identity" else None,
        )
    elif is_kms and config.require_key and (key.is_unset or "alias/aws/" in key.text):
        yield Violation(
            key,
            f"{key.path} is {key.shown}: objects are encrypted with a key that AWS manages.",
            fix=f"Set {key.path} to the ARN of a customer managed key. {_key_users(buckets)} Where the key that AWS "
            "manages is enough, set requireKey of this policy to false.",
        )


def _without_rules(bucket: Resource, need: _Need | None) -> Verdicts:
    """What is wrong with a bucket that says nothing: since January 2023, S3 encrypts all objects with SSE-S3."""
    if need is None:
        at = bucket.get("serverSideEncryptionConfiguration")
        yield Undecided(at, "is the bucket for access logs or public, which SSE-KMS does not work for?")
    elif need in ("kms", "no-identity"):
        violation = Violation(
            bucket,
            "The bucket has no encryption configuration: objects are encrypted with a key that S3 owns (SSE-S3).",
            fix=_IDENTITY_FIX if need == "no-identity" else f"Add an {_RESOURCE}. {_kms_fix([bucket])}",
            level="advisory" if need == "no-identity" else None,
        )
        yield from without_companion(bucket, ENCRYPTION, "bucket", violation)


_RESOURCE: Final = "aws.s3.BucketServerSideEncryptionConfiguration for the bucket"
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
_IDENTITY_FIX: Final = (
    "CloudFront reads the bucket by an origin access identity, which cannot read what KMS encrypts: move to an "
    'aws.cloudfront.OriginAccessControl first, then set sseAlgorithm to "aws:kms".'
)


def _kms_fix(buckets: list[Resource]) -> str:
    return (
        'Set sseAlgorithm to "aws:kms", kmsMasterKeyId to the ARN of a customer managed key and bucketKeyEnabled to '
        "true. " + _key_users(buckets)
    )


def _key_users(buckets: list[Resource]) -> str:
    """Who needs rights on the key of a bucket, and so loses access to the objects without them."""
    said = (
        "Roles and users that read or write the bucket then also need kms:Decrypt and kms:GenerateDataKey on that key."
    )
    if any(bucket.urn in _readers(bucket.stack) for bucket in buckets):
        said += (
            " The key policy must allow cloudfront.amazonaws.com kms:Decrypt, with aws:SourceArn of the distribution."
        )
    if any(is_asked_for(need, bucket) for bucket in buckets for need in _DELIVERIES):
        said += " The key policy must allow delivery.logs.amazonaws.com kms:GenerateDataKey for the logs."
    return said


def _need(uses: frozenset[_Use], config: SseKmsConfig) -> _Need | None:
    """What encryption a bucket needs, of which these are the possible uses; None where they differ."""
    needs = {_need_of(use, config) for use in uses} or {"kms"}
    return needs.pop() if len(needs) == 1 else None


def _need_of(use: _Use, config: SseKmsConfig) -> _Need | None:
    gets_logs = use.gets_logs if config.load_balancer_logs == "sse-s3" else False
    if gets_logs:
        return "sse-s3"
    if use.is_public:
        return "either"
    if gets_logs is None or use.is_public is None:
        return None
    return "no-identity" if use.has_identity else "kms"


@remembered
def _use(bucket: Resource) -> _Use:
    has_identity = all_of(_readers(bucket.stack).get(bucket.urn, ()))
    # What only redirects has nothing to encrypt.
    return _Use(receives_sse_s3_logs(bucket), only_redirects(bucket) or _is_public(bucket), has_identity)


@remembered
def _uses(stack: Stack) -> frozenset[_Use]:
    """What the buckets of a stack are used for."""
    return frozenset(map(_use, stack.of_type(BUCKET)))


@remembered
def _of_any_bucket(stack: Stack) -> frozenset[Resource]:
    """The encryption resources that may be those of any bucket of the stack."""
    return frozenset(stack.unresolved(ENCRYPTION, "bucket", BUCKET))


def _is_public(bucket: Resource) -> bool | None:
    """
    Whether anonymous visitors read a bucket, who cannot read what KMS encrypts.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    blocks = bucket.referrers(PUBLIC_ACCESS, "bucket")
    open_ = any_of(_lets_public_in(block) for block in blocks)
    if blocks and not open_:
        return open_
    if is_website(bucket):
        return True
    # Without a block in the stack, there is the one that S3 gives to each new bucket.
    return any_of([_is_public_by_policy(bucket), *_public_acls(bucket)]) if blocks else False


def _lets_public_in(block: Resource) -> bool | None:
    flags = [block.get("restrictPublicBuckets"), block.get("ignorePublicAcls")]
    return any_of(None if flag.is_unknown else not flag.is_true for flag in flags)


def _is_public_by_policy(bucket: Resource) -> bool | None:
    known, unknown = bucket_statements(bucket)
    if any(each.allows and each.concerns_everybody and each.covers("s3:GetObject") for each in known):
        return True
    return None if unknown else False


def _public_acls(bucket: Resource) -> list[bool | None]:
    acls = [None if acl.is_unknown else acl.text.startswith("public-read") for acl in canned_acls(bucket)]
    return [*acls, *(group.text == f"{GROUPS}global/AllUsers" for group in granted_groups(bucket))]


@remembered
def _readers(stack: Stack) -> dict[str, list[bool | None]]:
    """
    For each bucket that CloudFront reads, by its URN: whether each origin that may be it reads it by an origin access
    identity.
    """
    found: dict[str, list[bool | None]] = {}
    for distribution in stack.of_type(DISTRIBUTION):
        open_: list[bool | None] = []
        named: dict[str, None] = {}
        for origin in distribution.each("origins[]"):
            has_identity = not origin.get("s3OriginConfig.originAccessIdentity").is_unset
            domain = origin.get("domainName")
            if bucket := bucket_at(stack, domain.text):
                found.setdefault(bucket.urn, []).append(has_identity)
                named[bucket.urn] = None
            elif domain.is_unknown and origin.get("customOriginConfig").is_unset:
                open_.append(has_identity)
        # Which of the origins that are still unknown is which bucket is not known before the update.
        for bucket in distribution.get("origins").targets(BUCKET):
            if bucket.urn not in named:
                found.setdefault(bucket.urn, []).append(all_of(open_))
    return found


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
_CONTEXT: Final = (
    "Policies with a condition on kms:EncryptionContext:aws:s3:arn must then name the bucket's ARN in place of its "
    "objects' ARNs."
)


@resource_policy(
    id="s3-bucket-key",
    title="S3 buckets with SSE-KMS use bucket keys",
    types=(BUCKET, ENCRYPTION),
    severity="low",
    enforcement="advisory",
    fix=f"Set bucketKeyEnabled to true. {_CONTEXT}",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
    remediates=True,
)
def s3_bucket_key(resource: Resource, config: Config) -> Verdicts:
    """
    Without a bucket key, S3 sends KMS a request for every object that is read or written. Each request is billed, and a
    busy bucket reaches the account's KMS request quota, beyond which requests fail.
    """
    for rule in encryption_rules(resource):
        enabled = rule.get("bucketKeyEnabled")
        algorithm = _default(rule).get("sseAlgorithm")
        # Dual-layer encryption (aws:kms:dsse) takes no bucket keys.
        if (algorithm.is_unknown or algorithm.text == "aws:kms") and not enabled.is_true:
            if algorithm.is_unknown or enabled.is_unknown:
                yield Undecided(algorithm if algorithm.is_unknown else enabled)
            else:
                message = (
                    f"{enabled.path} is {enabled.shown}: S3 sends KMS a request, which is billed, for every object."
                )
                fix = f"Set {enabled.path} to true. {_CONTEXT}"
                yield Violation(enabled, message, fix=fix, remediation=True)


def encryption_rules(resource: Resource) -> list[Value]:
    """The encryption rules of an encryption resource, or those that a bucket has inline."""
    if resource.type == ENCRYPTION:
        return list(resource.each("rules[]"))
    # Bucket has `…Configuration.rule.applyServerSideEncryptionByDefault`, BucketV2 lists of each, in the plural.
    return [
        rule
        for block in inline(resource, "serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations")
        for rule in block.each("rule?" if "[" not in block.path else "rules[]")
    ]


def _default(rule: Value) -> Value:
    """What a rule encrypts with: `sseAlgorithm` and `kmsMasterKeyId`."""
    if "serverSideEncryptionConfigurations[" in rule.path:
        return next(rule.each("applyServerSideEncryptionByDefaults[]"), rule.get("applyServerSideEncryptionByDefaults"))
    return rule.get("applyServerSideEncryptionByDefault")
