"""Policy documents and the roles that AWS services take on."""

import json

import pulumi_aws as aws


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(actions: list[str], resource: str | list[str], **rest: dict) -> dict:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **rest}


def service(name: str, **conditions: dict[str, str]) -> dict:
    """A service as the principal of a statement, and the conditions under which it is let in."""
    return {"Principal": {"Service": f"{name}.amazonaws.com"}, "Condition": conditions}


def service_role(name: str, service_name: str, description: str, **condition: dict) -> aws.iam.Role:
    trust = {"Effect": "Allow", "Principal": {"Service": service_name}, "Action": "sts:AssumeRole", **condition}
    return aws.iam.Role(name, description=description, assume_role_policy=policy(trust))


def from_account(account_id: str) -> dict[str, dict]:
    """The condition that keeps a service from acting for other accounts."""
    return {"Condition": {"StringEquals": {"aws:SourceAccount": account_id}}}


def role(
    name: str, service_name: str, account_id: str, description: str, *statements: dict
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """A role for a service of this account, and what it may do."""
    made = service_role(name, f"{service_name}.amazonaws.com", description, **from_account(account_id))
    return made, aws.iam.RolePolicy(name, role=made.id, policy=policy(*statements))
