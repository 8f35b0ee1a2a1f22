"""Policy documents and the roles that AWS services take on."""

import json

import pulumi_aws as aws


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(actions: list[str], resource: str | list[str], **rest: dict) -> dict:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **rest}


def service_role(name: str, service: str, description: str, **condition: dict) -> aws.iam.Role:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", **condition}
    return aws.iam.Role(name, description=description, assume_role_policy=policy(trust))


def from_account(account_id: str) -> dict[str, dict]:
    """The condition that keeps a service from acting for other accounts."""
    return {"Condition": {"StringEquals": {"aws:SourceAccount": account_id}}}
