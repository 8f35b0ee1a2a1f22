"""A bucket for uploads: a policy by apply and a lambda, as most tutorials write it."""

import json

import pulumi
import pulumi_aws as aws

bucket = aws.s3.Bucket("uploads-files")

public_read = bucket.arn.apply(
    lambda arn: json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": ["s3:GetObject"],
                    "Resource": [f"{arn}/*"],
                }
            ],
        }
    )
)
aws.s3.BucketPolicy("uploads-public", bucket=bucket.id, policy=public_read)

role = aws.iam.Role(
    "uploads-worker",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
)
aws.iam.RolePolicy(
    "uploads-worker",
    role=role.id,
    policy=bucket.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{arn}/incoming/*"},
                ],
            },
            indent=2,
        )
    ),
)
pulumi.export("uploads", bucket.id)
