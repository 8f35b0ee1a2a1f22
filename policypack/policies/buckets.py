"""S3 buckets: versions, MFA delete, encryption and public access, set inline or by resources of their own."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta

from policypack.config import Config
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.policy_document import Statement, statements
from policypack.verdict import Undecided, Verdicts, Violation

_BUCKET: Final = "aws:s3/bucket:Bucket"
_VERSIONING: Final = "aws:s3/bucketVersioning:BucketVersioning"
_ENCRYPTION: Final = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_PUBLIC_ACCESS: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_ACCOUNT_PUBLIC_ACCESS: Final = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
_BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
_LIFECYCLE: Final = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
_KMS: Final = ("aws:kms", "aws:kms:dsse")
_BLOCKS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _inline(bucket: Resource, singular: str, plural: str) -> list[Value]:
    """A block that Bucket has as an object and BucketV2 as a list; empty where the bucket has neither."""
    return [*bucket.each(f"{singular}?"), *bucket.each(f"{plural}[]")]


def _missing(bucket: Resource, companion: str, violation: Violation) -> Verdicts:
    """The violation of a bucket that no resource of the companion's type refers to, if none can turn out to."""
    if elsewhere := bucket.stack.unresolved(companion, "bucket", _BUCKET):
        yield Undecided(elsewhere[0].get("bucket"), f"is it the bucket '{bucket.name}'?")
    else:
        yield violation


@resource_policy(
    id="s3-versioning",
    title="S3 buckets keep old versions of their objects",
    needs_stack=True,
    types=(_BUCKET, _VERSIONING),
    severity="high",
    fix='Add an aws.s3.BucketVersioning for the bucket with versioningConfiguration.status "Enabled".',
    frameworks=("Security Hub S3.14",),
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
)
def s3_versioning(resource: Resource, config: Config) -> Verdicts:
    """
    An overwrite, a deletion by mistake or an attacker with write access destroys the only copy of an object, and nobody
    can bring it back.
    """
    if resource.type == _VERSIONING:
        status = resource.get("versioningConfiguration.status")
        if status.is_unknown:
            yield Undecided(status)
        elif status.text != "Enabled":
            yield Violation(
                status, f"{status.path} is {status.shown}: new versions overwrite old ones.", fix='Set it to "Enabled".'
            )
    elif not resource.referrers(_VERSIONING, "bucket"):
        inline = [block.get("enabled") for block in _inline(resource, "versioning", "versionings")]
        if unknown := [enabled for enabled in inline if enabled.is_unknown]:
            yield Undecided(unknown[0])
        elif not inline:
            violation = Violation(resource, "The bucket has no versioning: what is overwritten is lost.")
            yield from _missing(resource, _VERSIONING, violation)
        elif not any(enabled.is_true for enabled in inline):
            [off, *_] = inline
            message = f"{off.path} is {off.shown}: new versions overwrite old ones."
            yield from _missing(resource, _VERSIONING, Violation(off, message, fix=f"Set {off.path} to true."))


@resource_policy(
    id="s3-mfa-delete",
    title="Versioned S3 buckets ask for MFA before they delete versions",
    needs_stack=True,
    types=(_BUCKET, _VERSIONING),
    severity="high",
    enforcement="advisory",
    fix='Set versioningConfiguration.mfaDelete to "Enabled" and mfa to the serial number and code of the root user\'s '
    "MFA device: AWS takes it from nobody else, so no CI role can do it. It excludes lifecycle rules on the bucket.",
    frameworks=("Security Hub S3.20",),
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html",
)
def s3_mfa_delete(resource: Resource, config: Config) -> Verdicts:
    """
    Versions help against overwriting, not against deleting: one leaked key of an administrator is enough to delete
    every version of every object for good.
    """
    if resource.type == _BUCKET:
        yield from _inline_mfa(resource)
        return
    status = resource.get("versioningConfiguration.status")
    mfa_delete = resource.get("versioningConfiguration.mfaDelete")
    if mfa_delete.is_unknown:
        yield Undecided(mfa_delete)
    elif mfa_delete.text == "Enabled":
        yield from _mfa_conflicts(resource)
    elif status.is_unknown:
        yield Undecided(status, "MFA delete concerns versioned buckets")
    elif status.text == "Enabled":
        buckets = resource.get("bucket").targets(_BUCKET)
        if not any(map(_is_locked, buckets)):
            yield Violation(
                mfa_delete,
                f"{mfa_delete.path} is {mfa_delete.shown}: whoever may delete can delete every version.",
                fix="The bucket has lifecycle rules, which S3 does not allow together with MFA delete: take them away "
                "first, or protect the versions with Object Lock in COMPLIANCE mode instead."
                if any(map(_has_lifecycle, buckets))
                else "",
            )


def _is_locked(bucket: Resource) -> bool:
    """
    Whether nobody at all can delete versions of a bucket's objects before their time.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-retention-modes
    """
    locks = bucket.stack.referrers(
        bucket, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", "bucket"
    )
    modes = [lock.get("rule.defaultRetention.mode") for lock in locks]
    modes.append(bucket.get("objectLockConfiguration.rule.defaultRetention.mode"))
    return any(mode.text == "COMPLIANCE" for mode in modes)


def _inline_mfa(bucket: Resource) -> Verdicts:
    if bucket.referrers(_VERSIONING, "bucket") or _is_locked(bucket):
        return
    elsewhere = bucket.stack.unresolved(_VERSIONING, "bucket", _BUCKET)
    for block in _inline(bucket, "versioning", "versionings"):
        enabled = block.get("enabled")
        if block.get("mfaDelete").is_true:
            continue
        if block.get("mfaDelete").is_unknown:
            yield Undecided(block.get("mfaDelete"))
        elif enabled.is_unknown:
            yield Undecided(enabled, "MFA delete concerns versioned buckets")
        elif enabled.is_true and elsewhere:
            yield Undecided(elsewhere[0].get("bucket"), f"is it the bucket '{bucket.name}'?")
        elif enabled.is_true:
            # The provider's documentation: inline, the setting only mirrors what AWS has.
            yield Violation(
                block.get("mfaDelete"),
                "The bucket's versioning is written inline, which cannot turn MFA delete on.",
                fix='Move it to an aws.s3.BucketVersioning with mfaDelete "Enabled" and the root user\'s mfa.',
            )


def _mfa_conflicts(versioning: Resource) -> Verdicts:
    """What makes AWS refuse MFA delete at the update."""
    mfa = versioning.get("mfa")
    if mfa.is_unset:
        yield Violation(
            mfa,
            "mfa is not set: AWS refuses to turn MFA delete on without it.",
            fix="Set mfa to the serial number of the root user's MFA device, a space and its current code.",
        )
    for bucket in versioning.get("bucket").targets(_BUCKET):
        if _has_lifecycle(bucket):
            yield Violation(
                versioning.get("versioningConfiguration.mfaDelete"),
                f"The bucket '{bucket.name}' has lifecycle rules, which S3 does not allow together with MFA delete.",
                fix="Choose one of the two for this bucket.",
            )
        elif bucket.get("lifecycleRules").is_unknown:
            question = "S3 does not allow lifecycle rules together with MFA delete"
            yield Undecided(bucket.get("lifecycleRules"), question)


def _has_lifecycle(bucket: Resource) -> bool:
    rules = bucket.get("lifecycleRules")
    return (rules.is_known and not rules.is_unset) or bool(bucket.referrers(_LIFECYCLE, "bucket"))


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


@resource_policy(
    id="s3-sse-kms",
    title="S3 buckets encrypt new objects with a KMS key",
    needs_stack=True,
    types=(_BUCKET, _ENCRYPTION),
    severity="high",
    fix="Add an aws.s3.BucketServerSideEncryptionConfiguration for the bucket with sseAlgorithm "
    '"aws:kms", kmsMasterKeyId and bucketKeyEnabled true.',
    frameworks=("Security Hub S3.17",),
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
)
def s3_sse_kms(resource: Resource, config: SseKmsConfig) -> Verdicts:
    """
    With SSE-S3 whoever may read the bucket reads the data: there is no second permission to withhold, no key to turn
    off in an incident, and no record of who decrypted what.
    """
    rules = _encryption_rules(resource)
    if resource.type == _BUCKET:
        buckets = [resource]
        if resource.referrers(_ENCRYPTION, "bucket"):
            return  # the encryption resource decides, and is judged itself
        if not rules:
            yield from _unencrypted(resource, config)
    else:
        buckets = resource.get("bucket").targets(_BUCKET)
        if not rules:
            yield Violation(resource.get("rules"), "rules is empty: objects get SSE-S3, with a key that S3 owns.")
        if not buckets and resource in resource.stack.unresolved(_ENCRYPTION, "bucket", _BUCKET):
            # Any bucket of the stack may be the one that is meant: only what is wrong with all of them is wrong.
            buckets = resource.stack.of_type(_BUCKET)
    takes_logs = _combined([_takes_sse_s3_logs_only(bucket, config) for bucket in buckets])
    for default in map(_default, rules):
        algorithm, key = default.get("sseAlgorithm"), default.get("kmsMasterKeyId")
        if algorithm.is_unknown:
            yield Undecided(algorithm)
        elif takes_logs is None:
            yield Undecided(algorithm, "do load balancers, S3 or Redshift write logs to the bucket?")
        elif takes_logs and algorithm.text in _KMS:
            yield Violation(
                algorithm,
                f"{algorithm.path} is {algorithm.shown} on a bucket for logs of a load balancer, S3 or Redshift, which "
                "deliver only to buckets with SSE-S3: the logs would be lost.",
                fix='Set it to "AES256" and leave kmsMasterKeyId out.',
            )
        elif not takes_logs and algorithm.text not in _KMS:
            by_identity = any(map(_is_read_by_identity, buckets))
            yield Violation(
                algorithm,
                f'{algorithm.path} is {algorithm.shown}, not "aws:kms": objects are encrypted with a key that S3 owns.',
                fix=_IDENTITY_FIX if by_identity else _KMS_FIX,
                level="advisory" if by_identity else None,
            )
        elif not takes_logs and config.require_key and (key.is_unset or "alias/aws/" in key.text):
            yield Violation(
                key,
                f"{key.path} is {key.shown}: objects are encrypted with a key that AWS manages.",
                fix="Set it to the ARN of a customer managed key.",
            )


# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
_IDENTITY_FIX: Final = (
    "CloudFront reads the bucket by an origin access identity, which cannot read what KMS encrypts: move to an "
    "aws.cloudfront.OriginAccessControl first."
)
_KMS_FIX: Final = 'Set sseAlgorithm to "aws:kms" and kmsMasterKeyId to a key of your own.'


def _is_read_by_identity(bucket: Resource) -> bool:
    """Whether CloudFront reads a bucket by an origin access identity."""
    distributions = bucket.referrers("aws:cloudfront/distribution:Distribution", "origins")
    # Which origin is which bucket is not known before the update.
    return bool(distributions) and all(
        not identity.is_unset
        for each in distributions
        for identity in each.each("origins[].s3OriginConfig?.originAccessIdentity")
    )


def _combined(answers: list[bool | None]) -> bool | None:
    """What all answers agree on; None where they differ or one of them is unknown. No answers mean no."""
    return answers[0] if len(set(answers)) == 1 else None if answers else False


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


def _unencrypted(bucket: Resource, config: SseKmsConfig) -> Verdicts:
    if _takes_sse_s3_logs_only(bucket, config):
        violation = Violation(
            bucket,
            "This bucket for access logs does not say how it is encrypted.",
            fix="Add an aws.s3.BucketServerSideEncryptionConfiguration with sseAlgorithm "
            '"AES256": Application and Classic Load Balancers, S3 itself and Redshift deliver logs only to '
            "buckets with SSE-S3, not with SSE-KMS.",
        )
    else:
        by_identity = _is_read_by_identity(bucket)
        violation = Violation(
            bucket,
            "The bucket has no encryption of its own: objects get SSE-S3, with a key that S3 owns.",
            fix=_IDENTITY_FIX if by_identity else "",
            level="advisory" if by_identity else None,
        )
    return _missing(bucket, _ENCRYPTION, violation)


_V2_LOGS: Final = ("accessLogs", "connectionLogs", "healthCheckLogs")


def _takes_sse_s3_logs_only(bucket: Resource, config: SseKmsConfig) -> bool | None:
    """
    Whether a source writes access logs to a bucket that can deliver only to buckets with SSE-S3; None if unknown.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html,
    https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/enable-access-logs.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html,
    https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html. Network Load Balancers can deliver to buckets
    with a customer managed key.
    """
    referrers = bucket.stack.referrers
    if config.load_balancer_logs == "sse-kms":
        return False
    found: list[bool | None] = []
    for balancer in referrers(bucket, "aws:lb/loadBalancer:LoadBalancer", *_V2_LOGS):
        kind = balancer.get("loadBalancerType")
        for log in (balancer.get(name) for name in _V2_LOGS):
            enabled = log.get("enabled")
            # Turned off unless `enabled` is true (the provider's documentation).
            if _names(log.get("bucket"), bucket) and not (enabled.is_unset or enabled.is_false):
                is_unknown = kind.is_unknown or enabled.is_unknown
                found.append(None if is_unknown else kind.text in ("", "application"))
    for classic in referrers(bucket, "aws:elb/loadBalancer:LoadBalancer", "accessLogs"):
        found.append(
            _names(classic.get("accessLogs.bucket"), bucket) and not classic.get("accessLogs.enabled").is_false
        )
    found += [True for _ in referrers(bucket, "aws:s3/bucketLogging:BucketLogging", "targetBucket")]
    for audited in referrers(bucket, "aws:redshift/logging:Logging", "bucketName"):
        destination = audited.get("logDestinationType")
        found.append(None if destination.is_unknown else destination.text != "cloudwatch")
    for logged in referrers(bucket, _BUCKET, "logging", "loggings"):
        blocks = _inline(logged, "logging", "loggings")
        found.append(any(_names(block.get("targetBucket"), bucket) for block in blocks))
    return True if True in found else None if None in found else False


def _names(value: Value, bucket: Resource) -> bool:
    """Whether a value is a bucket's name, or will be once it is known."""
    if value.is_unknown:
        return bucket.urn in value.dependency_urns
    return value.text in {bucket.output(name).text for name in ("id", "bucket", "arn")} - {""}


@resource_policy(
    id="s3-bucket-key",
    title="S3 buckets with SSE-KMS use bucket keys",
    types=(_BUCKET, _ENCRYPTION),
    severity="low",
    enforcement="advisory",
    fix="Set bucketKeyEnabled to true: S3 then asks KMS far less often, at less cost and within its limits.",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
    remediates=True,
)
def s3_bucket_key(resource: Resource, config: Config) -> Verdicts:
    """
    Without one, S3 asks KMS for every object that is read or written: each request is billed, and a busy bucket runs
    into the account's KMS quota, where its requests fail.
    """
    for rule in _encryption_rules(resource):
        enabled = rule.get("bucketKeyEnabled")
        algorithm = _default(rule).get("sseAlgorithm")
        # Dual-layer encryption (aws:kms:dsse) takes no bucket keys.
        if (algorithm.is_unknown or algorithm.text == "aws:kms") and not enabled.is_true:
            if algorithm.is_unknown or enabled.is_unknown:
                yield Undecided(algorithm if algorithm.is_unknown else enabled)
            else:
                message = f"{enabled.path} is {enabled.shown}: S3 asks KMS for every object."
                yield Violation(enabled, message, remediation=True)


class PublicAccessConfig(Config):
    """Config of s3-public-access-block."""

    account_block_in_place: Annotated[
        bool,
        Meta(description="The account blocks public access to all of its buckets: none needs a block of its own."),
    ] = False


@resource_policy(
    id="s3-public-access-block",
    title="S3 buckets block public access",
    needs_stack=True,
    types=(_BUCKET, _PUBLIC_ACCESS, _ACCOUNT_PUBLIC_ACCESS),
    severity="critical",
    fix="Add an aws.s3.BucketPublicAccessBlock for the bucket with "
    + ", ".join(_BLOCKS[:-1])
    + f" and {_BLOCKS[-1]} true.",
    frameworks=("FSBP S3.1", "FSBP S3.2", "FSBP S3.3", "FSBP S3.8"),
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
)
def s3_public_access_block(resource: Resource, config: PublicAccessConfig) -> Verdicts:
    """
    One ACL or bucket policy that somebody writes by mistake opens the objects to the whole internet, as in many a leak
    that made the news.
    """
    if resource.type != _BUCKET:
        blocks = [resource.get(name) for name in _BLOCKS]
        yield from (Undecided(block) for block in blocks if block.is_unknown)
        if off := [block for block in blocks if not (block.is_unknown or block.is_true)]:
            found = ", ".join(f"{block.path} is {block.shown}" for block in off)
            yield Violation(
                off[0],
                f"{found}: public access is not blocked.",
                fix=f"Set {', '.join(block.path for block in off)} to true.",
            )
    elif not (
        config.account_block_in_place
        or resource.referrers(_PUBLIC_ACCESS, "bucket")
        # What is wrong with the account's own block is said there.
        or resource.stack.of_type(_ACCOUNT_PUBLIC_ACCESS)
    ):
        message = "Nothing in this stack keeps the bucket's objects from being made public."
        yield from _missing(resource, _PUBLIC_ACCESS, Violation(resource, message))


@resource_policy(
    id="s3-deny-insecure-transport",
    title="S3 bucket policies deny requests without TLS",
    needs_stack=True,
    types=(_BUCKET,),
    severity="medium",
    enforcement="disabled",
    fix="Add an aws.s3.BucketPolicy with a statement of Effect Deny for Principal * and Action s3:* on the "
    'bucket and its objects, under the Condition {"Bool": {"aws:SecureTransport": "false"}} alone.',
    frameworks=("FSBP S3.5",),
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
)
def s3_deny_insecure_transport(bucket: Resource, config: Config) -> Verdicts:
    """
    S3 answers over plain HTTP too: a client that is set up carelessly sends objects that anybody on the way can read,
    and as it works, nobody notices.
    """
    companions = bucket.referrers(_BUCKET_POLICY, "bucket")
    documents = [value for value in (bucket.get("policy"), *(each.get("policy") for each in companions)) if value.raw]
    read = [statements(document) for document in documents]
    if any(_denies_plain_http(statement) for each in read for statement in each or ()):
        return
    if None in read:
        yield Undecided(documents[read.index(None)], "does it deny requests without TLS?")
    elif documents:
        yield Violation(documents[0], f"{documents[0].path} of '{documents[0].resource.name}' lets plain HTTP in.")
    else:
        violation = Violation(bucket, "The bucket has no policy that denies plain HTTP.")
        yield from _missing(bucket, _BUCKET_POLICY, violation)


_ANY_REQUEST: Final = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket")


def _denies_plain_http(statement: Statement) -> bool:
    """Whether a statement denies everybody every request without TLS, as FSBP S3.5 asks for."""
    return (
        statement.denies
        and statement.concerns_everybody
        and not statement.excepted_principals
        and all(map(statement.covers, _ANY_REQUEST))
        and any(resource.endswith("*") for resource in statement.resources)
        and bool(statement.conditions)
        and all(
            condition.base_operator == "bool"
            and condition.is_about("aws:SecureTransport")
            and set(condition.values) == {"false"}
            for condition in statement.conditions
        )
    )
