"""A program whose wirings are decided by documents that are unknown at its first preview."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

VERSION = "2012-10-17"
TRUST = json.dumps(
    {
        "Version": VERSION,
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
RECEIVING = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]


def notified(name: str, policy: Callable[[Sequence[Any]], str]) -> None:
    """A queue that a bucket notifies, with a policy that is made from the ARNs of both."""
    queue, bucket = aws.sqs.Queue(name), aws.s3.Bucket(name)
    aws.sqs.QueuePolicy(name, queue_url=queue.id, policy=pulumi.Output.all(queue.arn, bucket.arn).apply(policy))
    events = ["s3:ObjectCreated:*"]
    aws.s3.BucketNotification(name, bucket=bucket.id, queues=[{"queue_arn": queue.arn, "events": events}])


def consuming(name: str, policy: Callable[[str], str]) -> None:
    """A function that reads a queue with a role, whose policy is made from the ARN of the queue."""
    queue = aws.sqs.Queue(name)
    role = aws.iam.Role(name, assume_role_policy=TRUST)
    aws.iam.RolePolicy(name, role=role.id, policy=queue.arn.apply(policy))
    function = aws.lambda_.Function(
        name, role=role.arn, runtime="python3.13", handler="app.run", s3_bucket="code", s3_key="app.zip"
    )
    aws.lambda_.EventSourceMapping(name, event_source_arn=queue.arn, function_name=function.arn)


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": VERSION, "Statement": [{"Effect": "Allow", **each} for each in statements]})


S3 = {"Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage"}
EVENTS = {"Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
# What the program says decides these.
notified("for-events", lambda arns: document({**EVENTS, "Resource": arns[0]}))
notified("reading", lambda arns: document({**S3, "Action": "sqs:ReceiveMessage", "Resource": arns[0]}))
notified("open", lambda arns: document({**S3, "Resource": "*"}, {**EVENTS, "Resource": arns[0]}))
consuming("sending", lambda arn: document({"Action": ["sqs:SendMessage"], "Resource": arn}))
consuming("all", lambda arn: document({"Action": RECEIVING, "Resource": "*"}, {"Action": "s3:Get*", "Resource": arn}))
aws.lambda_.Function(
    "untrusted",
    role=aws.iam.Role(
        "untrusted",
        assume_role_policy=aws.sqs.Queue("source").arn.apply(
            lambda arn: document(
                {
                    "Principal": {"Service": "ec2.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {"ArnLike": {"aws:SourceArn": arn}},
                }
            )
        ),
    ).arn,
    runtime="python3.13",
    handler="app.run",
    s3_bucket="code",
    s3_key="app.zip",
)
# Whose ARNs these are decides them.
other = aws.sqs.Queue("other")
account = aws.get_caller_identity_output().account_id


def of_own_account(name: str, resource: str) -> None:
    """A queue that a bucket of the same account notifies, by a policy with what is looked up and composed."""
    queue, bucket = aws.sqs.Queue(name), aws.s3.Bucket(name)
    condition = {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": bucket.arn}}
    statement = {**S3, "Effect": "Allow", "Resource": queue.name.apply(lambda own: resource.format(own))}
    named = pulumi.Output.json_dumps({"Version": VERSION, "Statement": [{**statement, "Condition": condition}]})
    aws.sqs.QueuePolicy(name, queue_url=queue.id, policy=named)
    events = ["s3:ObjectCreated:*"]
    aws.s3.BucketNotification(name, bucket=bucket.id, queues=[{"queue_arn": queue.arn, "events": events}])


notified("right", lambda arns: document({**S3, "Resource": arns[0]}))
notified(
    "bound", lambda arns: document({**S3, "Resource": "*", "Condition": {"StringEquals": {"aws:SourceArn": arns[1]}}})
)
consuming("own", lambda arn: document({"Action": RECEIVING, "Resource": arn}))
consuming("beginning", lambda arn: document({"Action": RECEIVING, "Resource": f"{arn}*"}))
of_own_account("composed", "arn:aws:sqs:*:*:{}")
limited = aws.iam.Policy("limited", policy=other.arn.apply(lambda arn: document({"Action": "sqs:*", "Resource": arn})))


def of_another(name: str) -> None:
    """A function that reads a queue, which only the permissions boundary of its role forbids."""
    queue = aws.sqs.Queue(name)
    role = aws.iam.Role(name, assume_role_policy=TRUST, permissions_boundary=limited.arn)
    allowed = queue.arn.apply(lambda arn: document({"Action": RECEIVING, "Resource": arn}))
    aws.iam.RolePolicy(name, role=role.id, policy=allowed)
    function = aws.lambda_.Function(
        name, role=role.arn, runtime="python3.13", handler="app.run", s3_bucket="code", s3_key="app.zip"
    )
    aws.lambda_.EventSourceMapping(name, event_source_arn=queue.arn, function_name=function.arn)


of_another("limited-to-another")
notified("about-another", lambda arns: document({**S3, "Resource": f"{arns[1]}/*"}))
