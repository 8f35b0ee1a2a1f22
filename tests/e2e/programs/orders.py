"""A component for queues with policies, made for each of several teams."""

import json

import pulumi
import pulumi_aws as aws


class TeamQueue(pulumi.ComponentResource):
    """A queue, its dead letters, and who may send to it."""

    queue: aws.sqs.Queue

    def __init__(self, name: str, senders: list[str], retries: int = 5, opts: pulumi.ResourceOptions | None = None):
        super().__init__("programs:orders:TeamQueue", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.name = name
        self.dead_letters = aws.sqs.Queue(f"{name}-dead", sqs_managed_sse_enabled=True, opts=child)
        self.queue = aws.sqs.Queue(
            f"{name}-queue",
            sqs_managed_sse_enabled=True,
            redrive_policy=self.dead_letters.arn.apply(
                lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": retries})
            ),
            opts=child,
        )
        aws.sqs.QueuePolicy(
            f"{name}-policy",
            queue_url=self.queue.id,
            policy=pulumi.Output.all(self.queue.arn, aws.get_caller_identity().account_id).apply(
                lambda args: self._policy(args[0], args[1], senders)
            ),
            opts=child,
        )
        self.register_outputs({"url": self.queue.url})

    @staticmethod
    def _policy(arn: str, account: str, senders: list[str]) -> str:
        statements = [
            {
                "Sid": f"Send{index}",
                "Effect": "Allow",
                "Principal": {"AWS": sender} if sender != "*" else "*",
                "Action": "sqs:SendMessage",
                "Resource": arn,
            }
            for index, sender in enumerate(senders)
        ]
        owner = {
            "Sid": "Owner",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "sqs:*",
            "Resource": arn,
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [owner, *statements]})


TEAMS = {
    "orders-sales": ["arn:aws:iam::123456789012:role/shop"],
    "orders-returns": ["*"],
}
queues = {team: TeamQueue(team, senders) for team, senders in TEAMS.items()}
pulumi.export("orders", {team: made.queue.url for team, made in queues.items()})
