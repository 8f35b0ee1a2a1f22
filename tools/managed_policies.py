"""
What the AWS managed policies allow that roles of services commonly have.

`python -m tools.managed_policies FOLDER` rewrites `policypack/data/managed_policies.json`. FOLDER holds a file for each
policy, named as the policy and written as `aws iam get-policy-version` prints it; policies that are not there keep what
the file says of them. AWS's own list is the AWS Managed Policy Reference Guide.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools import facts

FILE = Path(__file__).resolve().parent.parent / "policypack" / "data" / "managed_policies.json"
SOURCE = (
    "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html",
    "https://github.com/zoph-io/MAMIP (default versions as of 2026-03-07)",
)
_ELEMENTS = ("Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")


def statements(version: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The statements of a policy version, with the elements that decide and without ids."""
    read = version["PolicyVersion"]["Document"]["Statement"]
    listed = read if isinstance(read, list) else [read]
    return [{element: each[element] for element in _ELEMENTS if element in each} for each in listed]


def main() -> int:
    """Rewrites the file; 1 where there is no folder to read."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        print("usage: python -m tools.managed_policies FOLDER", file=sys.stderr)
        return 1
    policies: dict[str, str] = json.loads(FILE.read_text())["policies"]
    for name in policies:
        path = Path(sys.argv[1]) / name
        if path.is_file():
            # A text a policy, which is parsed when it is asked for.
            policies[name] = json.dumps(statements(json.loads(path.read_text())), separators=(",", ":"))
    facts.write(FILE, {"source": list(SOURCE), "policies": policies}, max_age=365)
    return 0


if __name__ == "__main__":
    sys.exit(main())
