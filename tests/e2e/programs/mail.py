"""Topics, queues and functions wired by a function with many arguments, called with ** and names."""

import json

import pulumi
import pulumi_aws as aws

DEFAULTS = {"principal": {"Service": "ses.amazonaws.com"}, "actions": ["sns:Publish"]}


def make_topic(name: str, principal: object, actions: list[str], *, encrypted: bool = True) -> aws.sns.Topic:
    topic = aws.sns.Topic(f"mail-{name}", kms_master_key_id="alias/aws/sns" if encrypted else None)

    def to_policy(arn: str) -> str:
        statement = dict(Sid=name.title(), Effect="Allow", Principal=principal, Action=actions, Resource=arn)
        return json.dumps(dict(Version="2012-10-17", Statement=[statement]))

    aws.sns.TopicPolicy(f"mail-{name}", arn=topic.arn, policy=topic.arn.apply(to_policy))
    return topic


bounces = make_topic("bounces", **DEFAULTS)
complaints = make_topic("complaints", **{**DEFAULTS, "principal": {"AWS": "*"}})
deliveries = make_topic("deliveries", actions=["sns:*"], principal="*", encrypted=False)

archive = aws.s3.Bucket("mail-archive")
receiving = aws.s3.BucketPolicy(
    "mail-archive",
    bucket=archive.id,
    policy=pulumi.Output.from_input(archive.arn).apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "ses.amazonaws.com"},
                        "Action": "s3:PutObject",
                        "Resource": arn + "/*",
                        "Condition": {"StringEquals": {"aws:Referer": aws.get_caller_identity().account_id}},
                    }
                ],
            }
        )
    ),
)
pulumi.export("mail", [bounces.arn, complaints.arn, deliveries.arn])
