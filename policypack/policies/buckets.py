"""S3 buckets: versions, MFA delete, encryption and public access, set inline or by resources of their own."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta

from policypack.config import Config
from policypack.policy import Findings, Undecided, Violation, policy
from policypack.resource import Resource, Value

_BUCKET: Final = "aws:s3/bucket:Bucket"
_VERSIONING: Final = "aws:s3/bucketVersioning:BucketVersioning"
_ENCRYPTION: Final = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_PUBLIC_ACCESS: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_LIFECYCLE: Final = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
_KMS: Final = ("aws:kms", "aws:kms:dsse")
_BLOCKS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _inline(bucket: Resource, singular: str, plural: str) -> list[Value]:
    """A block that Bucket has as an object and BucketV2 as a list; empty where the bucket has neither."""
    return [*bucket.each(f"{singular}?"), *bucket.each(f"{plural}[]")]


def _missing(bucket: Resource, companion: str, message: str) -> Findings:
    """The finding about a bucket for which the stack has no resource of the companion's type."""
    assert bucket.stack
    if elsewhere := bucket.stack.unresolved(companion, "bucket", _BUCKET):
        yield Undecided(elsewhere[0].get("bucket"), f"is it the bucket '{bucket.name}'?")
    else:
        yield Violation(bucket, message)


@policy(
    id="s3-versioning",
    title="S3 buckets keep old versions of their objects",
    stage="stack",
    types=(_BUCKET, _VERSIONING),
    severity="high",
    fix='Add an aws.s3.BucketVersioning for the bucket with versioningConfiguration.status "Enabled".',
    frameworks=("FSBP S3.14",),
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
)
def s3_versioning(resource: Resource, config: Config) -> Findings:
    assert resource.stack
    if resource.type == _VERSIONING:
        status = resource.get("versioningConfiguration.status")
        if status.is_unknown:
            yield Undecided(status)
        elif status.text != "Enabled":
            yield Violation(
                status, f"{status.path} is {status.shown}: new versions overwrite old ones.", fix='Set it to "Enabled".'
            )
    elif not resource.stack.referrers(resource, _VERSIONING, "bucket"):
        inline = [block.get("enabled") for block in _inline(resource, "versioning", "versionings")]
        if unknown := [enabled for enabled in inline if enabled.is_unknown]:
            yield Undecided(unknown[0])
        elif not any(enabled.is_true for enabled in inline):
            yield from _missing(resource, _VERSIONING, "The bucket has no versioning: what is overwritten is lost.")


@policy(
    id="s3-mfa-delete",
    title="Versioned S3 buckets ask for MFA before they delete versions",
    stage="stack",
    types=(_BUCKET, _VERSIONING),
    severity="high",
    enforcement="advisory",
    fix='Set versioningConfiguration.mfaDelete to "Enabled" and mfa to the serial number and code of the root user\'s '
    "MFA device: AWS takes it from nobody else, so no CI role can do it. It excludes lifecycle rules on the bucket.",
    frameworks=("FSBP S3.20",),
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html",
)
def s3_mfa_delete(resource: Resource, config: Config) -> Findings:
    assert resource.stack
    if resource.type == _BUCKET:
        if not resource.stack.referrers(resource, _VERSIONING, "bucket"):
            for block in _inline(resource, "versioning", "versionings"):
                if block.get("enabled").is_true:
                    # The provider's documentation: inline, the setting only mirrors what AWS has.
                    yield Violation(
                        block.get("mfaDelete"),
                        "The bucket's versioning is written inline, which cannot turn MFA delete on.",
                        fix='Move it to an aws.s3.BucketVersioning with mfaDelete "Enabled" and the root user\'s mfa.',
                    )
        return
    status = resource.get("versioningConfiguration.status")
    mfa_delete = resource.get("versioningConfiguration.mfaDelete")
    if mfa_delete.is_unknown:
        yield Undecided(mfa_delete)
    elif mfa_delete.text == "Enabled":
        yield from _mfa_conflicts(resource)
    elif status.text == "Enabled":
        yield Violation(
            mfa_delete, f"{mfa_delete.path} is {mfa_delete.shown}: whoever may delete can delete every version."
        )


def _mfa_conflicts(versioning: Resource) -> Findings:
    """What makes AWS refuse MFA delete at the update."""
    assert versioning.stack
    if versioning.get("mfa").is_empty:
        yield Violation(
            versioning.get("mfa"),
            "mfa is not set: AWS refuses to turn MFA delete on without it.",
            fix="Set mfa to the serial number of the root user's MFA device, a space and its current code.",
        )
    for bucket in versioning.stack.targets(versioning.get("bucket"), _BUCKET):
        if versioning.stack.referrers(bucket, _LIFECYCLE, "bucket") or not bucket.get("lifecycleRules").is_empty:
            yield Violation(
                versioning.get("versioningConfiguration.mfaDelete"),
                f"The bucket '{bucket.name}' has lifecycle rules, which S3 does not allow together with MFA delete.",
                fix="Choose one of the two for this bucket.",
            )


class SseKmsConfig(Config):
    """Config of s3-sse-kms."""

    load_balancer_logs: Annotated[
        Literal["sse-s3", "sse-kms"],
        Meta(
            description="What buckets need to which load balancers or S3 write access logs. Application and Classic "
            "Load Balancers and S3 deliver them to sse-s3 buckets only."
        ),
    ] = "sse-s3"
    require_key: Annotated[
        bool, Meta(description="Whether the rule must name a customer managed key (kmsMasterKeyId).")
    ] = True


@policy(
    id="s3-sse-kms",
    title="S3 buckets encrypt new objects with a KMS key",
    stage="stack",
    types=(_BUCKET, _ENCRYPTION),
    severity="high",
    fix="Add an aws.s3.BucketServerSideEncryptionConfiguration for the bucket with sseAlgorithm "
    '"aws:kms", kmsMasterKeyId and bucketKeyEnabled true.',
    frameworks=("FSBP S3.17",),
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
)
def s3_sse_kms(resource: Resource, config: SseKmsConfig) -> Findings:
    assert resource.stack
    rules = _encryption_rules(resource)
    if resource.type == _ENCRYPTION:
        buckets = resource.stack.targets(resource.get("bucket"), _BUCKET)
    else:
        buckets = [resource]
        if not rules and not resource.stack.referrers(resource, _ENCRYPTION, "bucket"):
            yield from _unencrypted(resource, config)
            return
    is_log_bucket = config.load_balancer_logs == "sse-s3" and any(map(_takes_sse_s3_logs_only, buckets))
    for default in map(_default, rules):
        algorithm, key = default.get("sseAlgorithm"), default.get("kmsMasterKeyId")
        if algorithm.is_unknown:
            yield Undecided(algorithm)
        elif is_log_bucket and algorithm.text in _KMS:
            yield Violation(
                algorithm,
                f"{algorithm.path} is {algorithm.shown} on a bucket for access logs of a load balancer or of S3, which "
                "deliver only to buckets with SSE-S3: the logs would be lost.",
                fix='Set it to "AES256" and leave kmsMasterKeyId out.',
            )
        elif not is_log_bucket and algorithm.text not in _KMS:
            yield Violation(
                algorithm,
                f'{algorithm.path} is {algorithm.shown}, not "aws:kms": objects are encrypted with a key that S3 owns.',
                fix='Set sseAlgorithm to "aws:kms" and kmsMasterKeyId to a key of your own.'
                + _log_bucket_note(buckets),
            )
        elif not is_log_bucket and config.require_key and (key.is_empty or "alias/aws/" in key.text):
            yield Violation(
                key,
                f"{key.path} is {key.shown}: objects are encrypted with a key that AWS manages.",
                fix="Set it to the ARN of a customer managed key.",
            )


def _encryption_rules(resource: Resource) -> list[Value]:
    """The encryption rules of an encryption resource, or those that a bucket has inline."""
    if resource.type == _ENCRYPTION:
        return list(resource.each("rules[]"))
    # Bucket has `…Configuration.rule.applyServerSideEncryptionByDefault`, BucketV2 lists of each, in the plural.
    return [
        rule
        for block in _inline(resource, "serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations")
        for rule in block.each("rule?" if "[" not in block.path else "rules[]")
    ]


def _default(rule: Value) -> Value:
    """What a rule encrypts with: `sseAlgorithm` and `kmsMasterKeyId`."""
    if "serverSideEncryptionConfigurations[" in rule.path:
        return next(rule.each("applyServerSideEncryptionByDefaults[]"), rule.get("applyServerSideEncryptionByDefaults"))
    return rule.get("applyServerSideEncryptionByDefault")


def _unencrypted(bucket: Resource, config: SseKmsConfig) -> Findings:
    if config.load_balancer_logs == "sse-s3" and _takes_sse_s3_logs_only(bucket):
        for finding in _missing(bucket, _ENCRYPTION, "This bucket for access logs does not say how it is encrypted."):
            if isinstance(finding, Violation):
                yield Violation(
                    bucket,
                    finding.message,
                    fix="Add an aws.s3.BucketServerSideEncryptionConfiguration with sseAlgorithm "
                    '"AES256": Application and Classic Load Balancers, and S3 itself, deliver access logs only to '
                    "buckets with SSE-S3, not with SSE-KMS.",
                )
            else:
                yield finding
    else:
        yield from _missing(
            bucket, _ENCRYPTION, "The bucket has no encryption of its own: objects get SSE-S3, with a key that S3 owns."
        )


def _takes_sse_s3_logs_only(bucket: Resource) -> bool:
    """
    Whether access logs go to a bucket from a source that can only deliver to buckets with SSE-S3.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html,
    https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/enable-access-logs.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html. Network Load Balancers can
    deliver to buckets with a customer managed key.
    """
    assert bucket.stack
    referrers = bucket.stack.referrers
    return (
        any(
            balancer.get("loadBalancerType").text in ("", "application")
            for balancer in referrers(bucket, "aws:lb/loadBalancer:LoadBalancer", "accessLogs", "connectionLogs")
        )
        or bool(referrers(bucket, "aws:elb/loadBalancer:LoadBalancer", "accessLogs"))
        or bool(referrers(bucket, "aws:s3/bucketLogging:BucketLogging", "targetBucket"))
        or bool(referrers(bucket, _BUCKET, "logging", "loggings"))
    )


def _log_bucket_note(buckets: list[Resource]) -> str:
    if not any(map(_takes_sse_s3_logs_only, buckets)):
        return ""
    return " But know that load balancers' and S3's access logs reach buckets with SSE-S3 only."


@policy(
    id="s3-bucket-key",
    title="S3 buckets with SSE-KMS use bucket keys",
    types=(_BUCKET, _ENCRYPTION),
    severity="low",
    enforcement="advisory",
    fix="Set bucketKeyEnabled to true: S3 then asks KMS far less often, at less cost and within its limits.",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
)
def s3_bucket_key(resource: Resource, config: Config) -> Findings:
    for rule in _encryption_rules(resource):
        enabled = rule.get("bucketKeyEnabled")
        # Dual-layer encryption (aws:kms:dsse) takes no bucket keys.
        if _default(rule).get("sseAlgorithm").text == "aws:kms":
            if enabled.is_unknown:
                yield Undecided(enabled)
            elif not enabled.is_true:
                yield Violation(enabled, f"{enabled.path} is {enabled.shown}: S3 asks KMS for every object.")


class PublicAccessConfig(Config):
    """Config of s3-public-access-block."""

    account_block_in_place: Annotated[
        bool,
        Meta(description="The account blocks public access to all of its buckets: none needs a block of its own."),
    ] = False


@policy(
    id="s3-public-access-block",
    title="S3 buckets block public access",
    stage="stack",
    types=(_BUCKET, _PUBLIC_ACCESS, "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"),
    severity="critical",
    fix="Add an aws.s3.BucketPublicAccessBlock for the bucket with "
    + ", ".join(_BLOCKS[:-1])
    + f" and {_BLOCKS[-1]} true.",
    frameworks=("FSBP S3.8", "FSBP S3.1"),
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
)
def s3_public_access_block(resource: Resource, config: PublicAccessConfig) -> Findings:
    assert resource.stack
    if resource.type != _BUCKET:
        for name in _BLOCKS:
            block = resource.get(name)
            if block.is_unknown:
                yield Undecided(block)
            elif not block.is_true:
                yield Violation(
                    block, f"{name} is {block.shown}: public access is not blocked.", fix=f"Set {name} to true."
                )
    elif not config.account_block_in_place and not resource.stack.referrers(resource, _PUBLIC_ACCESS, "bucket"):
        yield from _missing(
            resource, _PUBLIC_ACCESS, "Nothing in this stack keeps the bucket's objects from being made public."
        )
