"""Backends of stacks that tests make: what Pulumi would have written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

BUCKETS = 3


def checkpoint(project: str, stack: str, buckets: int = BUCKETS, **inputs: Any) -> dict[str, Any]:
    """The latest state of a stack with some buckets, as a self-managed backend keeps it."""

    def urn(type_: str, name: str) -> str:
        return f"urn:pulumi:{stack}::{project}::{type_}::{name}"

    resources: list[Mapping[str, Any]] = [
        {"urn": urn("pulumi:pulumi:Stack", f"{project}-{stack}"), "type": "pulumi:pulumi:Stack", "custom": False}
    ]
    for number in range(buckets):
        name = f"bucket-{number}"
        outputs = {"bucket": name, "id": name, "arn": f"arn:aws:s3:::{name}", **inputs}
        resources.append(
            {
                "urn": urn("aws:s3/bucket:Bucket", name),
                "type": "aws:s3/bucket:Bucket",
                "custom": True,
                "id": name,
                "inputs": {"bucket": name, **inputs},
                "outputs": outputs,
            }
        )
    latest = {"manifest": {"time": "2026-11-01T00:00:00Z"}, "resources": resources}
    return {"version": 3, "checkpoint": {"stack": f"organization/{project}/{stack}", "latest": latest}}


def export(project: str, stack: str, **inputs: Any) -> dict[str, Any]:
    """The same as `pulumi stack export` prints it."""
    return {"version": 3, "deployment": checkpoint(project, stack, **inputs)["checkpoint"]["latest"]}


def backend(folder: Path, stacks: Iterable[str]) -> Path:
    """A backend of the project-scoped layout in a folder, with stacks `PROJECT/STACK`; returns the folder."""
    for name in stacks:
        project, _, stack = name.partition("/")
        file = folder / ".pulumi" / "stacks" / project / f"{stack}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(checkpoint(project, stack)))
    return folder
