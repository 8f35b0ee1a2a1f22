"""Keys with policies, which a builder puts together."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_aws as aws

caller = aws.get_caller_identity()


class PolicyBuilder:
    """Makes a policy, statement by statement."""

    def __init__(self, version: str = "2012-10-17") -> None:
        self.version = version
        self.statements: list[dict[str, Any]] = []

    def allow(self, principal: Any, *actions: str, resource: str = "*", **condition: Any) -> PolicyBuilder:
        statement: dict[str, Any] = {
            "Effect": "Allow",
            "Principal": principal,
            "Action": list(actions),
            "Resource": resource,
        }
        if condition:
            statement["Condition"] = condition
        self.statements.append(statement)
        return self

    def build(self) -> str:
        return json.dumps({"Version": self.version, "Statement": self.statements})


root = {"AWS": f"arn:aws:iam::{caller.account_id}:root"}
role = aws.iam.Role(
    "vault-reader",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
)
aws.kms.Key(
    "vault-own",
    enable_key_rotation=True,
    policy=role.arn.apply(
        lambda arn: PolicyBuilder().allow(root, "kms:*").allow({"AWS": arn}, "kms:Decrypt", "kms:DescribeKey").build()
    ),
)
aws.kms.Key(
    "vault-open",
    enable_key_rotation=True,
    policy=role.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"},
                    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"},
                    {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "kms:Encrypt", "Resource": "*"},
                ],
            }
        )
    ),
)
pulumi.export("vault", role.arn)
