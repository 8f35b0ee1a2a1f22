"""A data lake: a loop over its zones, with Output.json_dumps and Output.format."""

import pulumi
import pulumi_aws as aws

ZONES = ["raw", "clean", "reports"]
READERS = {"reports": "*"}
partner = pulumi.Config().require("partner")

for zone in ZONES:
    bucket = aws.s3.Bucket(f"lake-{zone}")
    aws.s3.BucketPublicAccessBlock(
        f"lake-{zone}",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    aws.s3.BucketPolicy(
        f"lake-{zone}",
        bucket=bucket.id,
        policy=pulumi.Output.json_dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": READERS.get(zone, partner)},
                        "Action": ["s3:GetObject", "s3:ListBucket"],
                        "Resource": [bucket.arn, pulumi.Output.format("{0}/{1}/*", bucket.arn, zone)],
                    },
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": [bucket.arn, pulumi.Output.concat(bucket.arn, "/*")],
                        "Condition": {"Bool": {"aws:SecureTransport": False}},
                    },
                ],
            }
        ),
    )

crawler = aws.iam.Role(
    "lake-crawler",
    assume_role_policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "glue.amazonaws.com"},
                "Action": "sts:AssumeRole",
            },
        }
    ),
)
aws.iam.RolePolicyAttachment(
    "lake-crawler", role=crawler.name, policy_arn="arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"
)
