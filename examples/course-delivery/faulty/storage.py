"""Buckets that only their stack's roles can read: versioned, encrypted, and with a log of their requests."""

import pulumi
import pulumi_aws as aws
from iam import allow, deny_insecure_transport, policy


def private_bucket(
    name: str, bucket_name: str, key: aws.kms.Key, logs: aws.s3.Bucket, force_destroy: bool = False
) -> aws.s3.Bucket:
    bucket = _bucket(
        name,
        bucket_name,
        {
            "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn},
            "bucket_key_enabled": True,
        },
        deny_insecure_transport(f"arn:aws:s3:::{bucket_name}"),
        force_destroy=force_destroy,
    )
    aws.s3.BucketLogging(name, bucket=bucket.id, target_bucket=logs.id, target_prefix=f"{name}/")
    return bucket


def log_bucket(name: str, bucket_name: str, account_id: str) -> aws.s3.Bucket:
    arn = f"arn:aws:s3:::{bucket_name}"
    delivery = allow(
        ["s3:PutObject"],
        f"{arn}/*",
        Principal={"Service": "logging.s3.amazonaws.com"},
        Condition={"StringEquals": {"aws:SourceAccount": account_id}},
    )
    # SSE-S3, not SSE-KMS: it is the only encryption with which S3 can deliver access logs.
    encryption = {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    return _bucket(name, bucket_name, encryption, delivery, deny_insecure_transport(arn), force_destroy=True)


def _bucket(name: str, bucket_name: str, encryption: dict, *statements: dict, force_destroy: bool) -> aws.s3.Bucket:
    bucket = aws.s3.Bucket(name, bucket=bucket_name, force_destroy=force_destroy)
    aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        name,
        bucket=bucket.id,
        rules=[encryption],
    )
    versioning = aws.s3.BucketVersioning(name, bucket=bucket.id, versioning_configuration={"status": "Enabled"})
    aws.s3.BucketLifecycleConfiguration(
        name,
        bucket=bucket.id,
        rules=[
            {
                "id": "expire-old-versions",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "noncurrent_version_expiration": {"noncurrent_days": 30},
                "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
            }
        ],
        opts=pulumi.ResourceOptions(depends_on=[versioning]),
    )
    aws.s3.BucketPolicy(name, bucket=bucket.id, policy=policy(*statements))
    return bucket
