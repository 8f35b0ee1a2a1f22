"""Buckets that only their stack's roles can read: versioned, and encrypted with the stack's key."""

import pulumi
import pulumi_aws as aws
from iam import deny_insecure_transport, policy


def private_bucket(name: str, bucket_name: str, key: aws.kms.Key, force_destroy: bool = False) -> aws.s3.Bucket:
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
        rules=[
            {
                "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn},
                "bucket_key_enabled": True,
            }
        ],
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
    aws.s3.BucketPolicy(name, bucket=bucket.id, policy=policy(deny_insecure_transport(f"arn:aws:s3:::{bucket_name}")))
    return bucket
