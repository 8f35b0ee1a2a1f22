"""Groups and their policies, of a table in the program."""

import json

import pulumi
import pulumi_aws as aws

logs = aws.cloudwatch.LogGroup("people-audit", retention_in_days=400)
GROUPS = [
    ("admins", ["*"], True),
    ("operators", ["ec2:Describe*", "ec2:RebootInstances"], False),
    ("auditors", ["logs:GetLogEvents", "logs:FilterLogEvents"], False),
]


class GroupPolicy:
    count = 0

    def __init__(self, name, actions, everywhere=False, **kwargs):
        self._name = name
        self._actions = actions
        self._everywhere = everywhere
        self._sid = kwargs.get("sid", name.capitalize())
        self.group = aws.iam.Group("people-" + name, name=name)
        self.policy = aws.iam.GroupPolicy(
            "people-" + name, group=self.group.name, policy=logs.arn.apply(self._document)
        )

    def _document(self, log_group_arn):
        resource = "*" if self._everywhere else [log_group_arn, f"{log_group_arn}:*"]
        statement = {"Sid": self._sid, "Effect": "Allow", "Action": self._actions, "Resource": resource}
        return json.dumps({"Version": "2012-10-17", "Statement": statement})


for name, actions, everywhere in GROUPS:
    GroupPolicy(name, actions, everywhere)
breakglass = GroupPolicy("breakglass", ["iam:*", "sts:AssumeRole"], everywhere=True, sid="Emergency")
pulumi.export("people", [name for name, *_ in GROUPS])
