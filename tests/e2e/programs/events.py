"""A bus, its rules and their targets: classes that inherit, with names and documents from their bases."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws


class Component(pulumi.ComponentResource):
    """What the components of this program share."""

    def __init__(self, kind: str, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"programs:events:{kind}", name, {}, opts)
        self.name = name
        self.child = pulumi.ResourceOptions(parent=self)

    def document(self, *statements: dict[str, Any]) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": statements})

    def allow(self, **elements: Any) -> dict[str, Any]:
        return {"Effect": "Allow", **elements}


class Inbox(Component):
    """A queue to which rules send."""

    kind = "Inbox"
    service = "events.amazonaws.com"

    def __init__(self, name: str, *, source: str | None = None, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.kind, f"events-{name}", opts)
        self.source = source
        self.queue = aws.sqs.Queue(f"{self.name}-inbox", sqs_managed_sse_enabled=True, opts=self.child)
        aws.sqs.QueuePolicy(
            f"{self.name}-inbox",
            queue_url=self.queue.id,
            policy=self.queue.arn.apply(self.policy),
            opts=self.child,
        )
        self.register_outputs({"queue": self.queue.arn})

    def policy(self, arn: str) -> str:
        statement = self.allow(Principal={"Service": self.service}, Action="sqs:SendMessage", Resource=arn)
        if self.source:
            statement["Condition"] = {"ArnEquals": {"aws:SourceArn": self.source}}
        return self.document(statement)


class OpenInbox(Inbox):
    """An inbox for everybody, which is a fault."""

    kind = "OpenInbox"

    def policy(self, arn: str) -> str:
        return self.document(self.allow(Principal="*", Action="sqs:*", Resource=arn))


bus = aws.cloudwatch.EventBus("events-orders")
rule = aws.cloudwatch.EventRule(
    "events-shipped",
    event_bus_name=bus.name,
    event_pattern=json.dumps({"source": ["shop"], "detail-type": ["shipped"]}),
)
inboxes = {
    "shipped": Inbox("shipped", source="arn:aws:events:eu-central-1:123456789012:rule/shop/shipped"),
    "any": Inbox("any"),
    "all": OpenInbox("all"),
}
aws.cloudwatch.EventTarget("events-shipped", rule=rule.name, event_bus_name=bus.name, arn=inboxes["shipped"].queue.arn)
