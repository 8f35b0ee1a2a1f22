"""Topics with policies; a helper with default arguments, made particular by functools.partial."""

import json
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws

ACCOUNT = aws.get_caller_identity().account_id


def topic_policy(
    arn: str,
    principal: Any = None,
    actions: str | list[str] = "sns:Publish",
    condition: dict[str, Any] | None = None,
) -> str:
    if principal is None:
        principal = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": arn}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


from_events = partial(topic_policy, principal={"Service": "events.amazonaws.com"})
from_anybody = partial(topic_policy, principal="*")
from_buckets = partial(
    topic_policy,
    principal={"Service": "s3.amazonaws.com"},
    condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
)
POLICIES = {"events": from_events, "open": from_anybody, "buckets": from_buckets, "own": topic_policy}

for name, policy in POLICIES.items():
    topic = aws.sns.Topic(f"notify-{name}", kms_master_key_id="alias/aws/sns")
    aws.sns.TopicPolicy(f"notify-{name}", arn=topic.arn, policy=topic.arn.apply(policy))

alarms = aws.sns.Topic("notify-alarms", kms_master_key_id="alias/aws/sns")
aws.sns.TopicPolicy(
    "notify-alarms",
    arn=alarms.arn,
    policy=alarms.arn.apply(lambda arn: topic_policy(arn, "*", actions=["sns:Publish", "sns:Subscribe"])),
)
pulumi.export("alarms", alarms.arn)
