"""Names that change: a variable that is bound again, a lambda that sees the last element of a loop, a global."""

import json

import pulumi
import pulumi_aws as aws

VERSION = "2012-10-17"
count = 0


def next_sid():
    global count
    count += 1
    return f"S{count}"


principal = "*"
bucket = aws.s3.Bucket("regions-first")
principal = {"AWS": "arn:aws:iam::123456789012:root"}
aws.s3.BucketPolicy(
    "regions-first",
    bucket=bucket.id,
    policy=bucket.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": VERSION,
                "Statement": [
                    {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": f"{arn}/*"}
                ],
            }
        )
    ),
)
bucket = aws.s3.Bucket("regions-second")
actions = ["s3:GetObject"]
everything = actions
everything.append("s3:*")
aws.s3.BucketPolicy(
    "regions-second",
    bucket=bucket.id,
    policy=bucket.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": VERSION,
                "Statement": [
                    {"Sid": next_sid(), "Effect": "Allow", "Principal": "*", "Action": actions, "Resource": f"{arn}/*"}
                ],
            }
        )
    ),
)
for region in ["eu-central-1", "eu-west-1"]:
    topic = aws.sns.Topic(f"regions-{region}", kms_master_key_id="alias/aws/sns")
    # Both are for the last region, as the lambda runs when the loop is over.
    aws.sns.TopicPolicy(
        f"regions-{region}",
        arn=topic.arn,
        policy=topic.arn.apply(
            lambda arn: json.dumps(
                {
                    "Version": VERSION,
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "events.amazonaws.com"} if region == "eu-central-1" else "*",
                            "Action": "sns:Publish",
                            "Resource": arn,
                            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
                        }
                    ],
                }
            )
        ),
    )
try:
    limit = int(pulumi.Config().get("limit") or "10")
except ValueError:
    limit = 0
statements = []
while limit > 8:
    statements.append({"Effect": "Allow", "Action": f"s3:Get{limit}*", "Resource": "*"})
    limit -= 1
aws.iam.Policy(
    "regions-limits", policy=topic.arn.apply(lambda _: json.dumps({"Version": VERSION, "Statement": statements}))
)
