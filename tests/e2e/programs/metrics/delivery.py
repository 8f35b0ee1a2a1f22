"""The streams."""

import json

import pulumi
import pulumi_aws as aws

from metrics.roles import analytics, delivery, policy_with

bucket = aws.s3.Bucket("metrics-archive")
stream = aws.kinesis.Stream("metrics", shard_count=1, encryption_type="KMS", kms_key_id="alias/aws/kinesis")

_BUCKET_ACTIONS = "s3:AbortMultipartUpload s3:GetBucketLocation s3:ListBucket s3:PutObject".split()


def bucket_access(arn: str) -> dict[str, object]:
    return {"Effect": "Allow", "Action": _BUCKET_ACTIONS, "Resource": [arn, f"{arn}/*"]}


aws.iam.RolePolicy(
    "metrics-delivery",
    role=delivery.id,
    policy=bucket.arn.apply(lambda arn: json.dumps(policy_with(bucket_access(arn)))),
)
aws.iam.RolePolicy(
    "metrics-analytics",
    role=analytics.id,
    policy=pulumi.Output.all(stream.arn, bucket.arn)
    .apply(lambda arns: policy_with(bucket_access(arns[1]), {"Effect": "Allow", "Action": "*", "Resource": "*"}))
    .apply(json.dumps),
)
