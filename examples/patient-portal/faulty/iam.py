"""Policy documents."""

import json


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(actions: list[str], resource: str | list[str], **rest: dict) -> dict:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **rest}


def trust(principal: dict, condition: dict) -> str:
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition})


def trust_service(service: str, account_id: str) -> str:
    """Lets a service act in a role, for this account only."""
    return trust({"Service": service}, {"StringEquals": {"aws:SourceAccount": account_id}})
