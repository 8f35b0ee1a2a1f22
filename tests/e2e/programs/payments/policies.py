"""Policies as functions."""

import json
from typing import Any

VERSION = "2012-10-17"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": VERSION, "Statement": list(statements)})


def allow(actions: list[str], resources: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def access(*grants: tuple[list[str], str]) -> str:
    return document(*[allow(actions, resource) for actions, resource in grants])


def trust_of(service: str, action: str = "sts:AssumeRole") -> str:
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": action})
