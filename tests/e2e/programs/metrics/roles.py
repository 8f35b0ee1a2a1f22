"""The roles, with documents from a base that is extended by copies."""

import copy
import json
from typing import Any

import pulumi_aws as aws

BASE: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}


def policy_with(*statements: dict[str, Any]) -> dict[str, Any]:
    made = {**BASE, "Statement": [*BASE["Statement"], *statements]}
    return made


def for_service(name: str) -> str:
    made = copy.deepcopy(BASE)
    made["Statement"].append(
        {"Effect": "Allow", "Principal": {"Service": f"{name}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    return json.dumps(made)


delivery = aws.iam.Role("metrics-delivery", assume_role_policy=for_service("firehose"))
analytics = aws.iam.Role("metrics-analytics", assume_role_policy=for_service("kinesisanalytics"))
