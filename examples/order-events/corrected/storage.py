"""Private buckets."""

import pulumi_aws as aws
from iam import policy


def private_bucket(
    name: str, bucket_name: str, *statements: dict, key: aws.kms.Key | None = None
) -> tuple[aws.s3.Bucket, aws.s3.BucketPolicy]:
    """
    A versioned bucket whose policy says the statements, and that nobody may use it without TLS.

    :param key: what encrypts it; without one, S3's own encryption does, which every service can write with.
    """
    bucket = aws.s3.Bucket(name, bucket=bucket_name)
    aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    encryption = {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn} if key else {"sse_algorithm": "AES256"}
    aws.s3.BucketServerSideEncryptionConfiguration(
        name,
        bucket=bucket.id,
        rules=[{"apply_server_side_encryption_by_default": encryption, "bucket_key_enabled": bool(key)}],
    )
    aws.s3.BucketVersioning(name, bucket=bucket.id, versioning_configuration={"status": "Enabled"})
    aws.s3.BucketLifecycleConfiguration(
        name,
        bucket=bucket.id,
        rules=[
            {
                "id": "old-versions",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "noncurrent_version_expiration": {"noncurrent_days": 90},
                "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
            }
        ],
    )
    arn = f"arn:aws:s3:::{bucket_name}"
    with_tls_only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return bucket, aws.s3.BucketPolicy(name, bucket=bucket.id, policy=policy(*statements, with_tls_only))
