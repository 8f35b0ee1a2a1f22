"""Buckets and the resources beside them, as the tests about S3 write them."""

from typing import Any

from policypack.model import Resource
from policypack.testing import resource

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
VERSIONING_V2 = "aws:s3/bucketVersioningV2:BucketVersioningV2"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
ENCRYPTION_V2 = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_PUBLIC_ACCESS = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
LIFECYCLE_V2 = "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
LOGGING_V2 = "aws:s3/bucketLoggingV2:BucketLoggingV2"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
RANDOM_ID = "random:index/randomId:RandomId"

KEY = "arn:aws:kms:eu-west-1:111122223333:key/0d5c"
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
BLOCKED = dict.fromkeys(BLOCKS, True)
MFA_PATH = "versioningConfiguration.mfaDelete"
ALGORITHM_PATH = "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm"
KEY_PATH = "rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId"
BUCKET_KEY_PATH = "rules[0].bucketKeyEnabled"


def versioning(bucket: Any, token: str = VERSIONING, *, mfa: Any = None, **configuration: Any) -> Resource:
    inputs = {"mfa": mfa} if mfa is not None else {}
    return resource(token, "settings", bucket=bucket, versioningConfiguration=configuration, **inputs)


def kms(algorithm: Any = "aws:kms", key: Any = KEY) -> dict[str, Any]:
    return {"sseAlgorithm": algorithm, "kmsMasterKeyId": key}


def encryption(bucket: Any, default: Any, token: str = ENCRYPTION, **rule: Any) -> Resource:
    rules = [{"applyServerSideEncryptionByDefault": default, **rule}]
    return resource(token, "settings", bucket=bucket, rules=rules)


def inline_encryption(default: Any, **rule: Any) -> Resource:
    """A bucket as older programs write it."""
    block = {"rule": {"applyServerSideEncryptionByDefault": default, **rule}}
    return resource(BUCKET, "documents", serverSideEncryptionConfiguration=block)


def inline_encryption_v2(default: Any, **rule: Any) -> Resource:
    blocks = [{"rules": [{"applyServerSideEncryptionByDefaults": [default], **rule}]}]
    return resource(BUCKET_V2, "documents", serverSideEncryptionConfigurations=blocks)
