"""A trail's bucket and key; statements are gathered in a list, as conditions want them."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
stage = config.get("stage") or "dev"
account = aws.get_caller_identity().account_id
region = aws.get_region().region

logs = aws.s3.Bucket("audit-logs", force_destroy=stage != "prod")


def key_policy(admins: list[str] | None = None) -> str:
    admins = admins or [f"arn:aws:iam::{account}:root"]
    statements: list[dict[str, Any]] = []
    statements.append({"Effect": "Allow", "Principal": {"AWS": admins}, "Action": "kms:*", "Resource": "*"})
    for service in ("cloudtrail", "logs"):
        statements.append(
            {
                "Effect": "Allow",
                "Principal": {"Service": f"{service}.amazonaws.com"},
                "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            }
        )
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


key = aws.kms.Key("audit-key", enable_key_rotation=True, policy=key_policy())


def bucket_policy(args: list[str]) -> str:
    arn, owner = args
    statements = [
        {
            "Sid": "AWSCloudTrailAclCheck",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:GetBucketAcl",
            "Resource": arn,
        },
        {
            "Sid": "AWSCloudTrailWrite",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{arn}/AWSLogs/{owner}/*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]
    if stage == "prod":
        statements += [
            {
                "Sid": "DenyInsecure",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


policy = aws.s3.BucketPolicy(
    "audit-logs", bucket=logs.id, policy=pulumi.Output.all(logs.arn, account).apply(bucket_policy)
)
aws.cloudtrail.Trail(
    "audit-trail",
    s3_bucket_name=logs.id,
    kms_key_id=key.arn,
    is_multi_region_trail=True,
    enable_log_file_validation=True,
    opts=pulumi.ResourceOptions(depends_on=[policy]),
)
