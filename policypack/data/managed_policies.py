"""
What AWS managed policies allow: those that the roles of services commonly have.

The statements are in managed_policies.json, which `python -m tools.managed_policies` writes. They are read at the first
question. AWS adds to these policies from time to time and seldom takes anything away.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).with_suffix(".json")
_ARN: Final = re.compile(r"arn:[\w-]+:iam::aws:policy/(?:[\w-]+/)?([\w-]+)", re.ASCII)


@lru_cache(maxsize=256)
def managed_policy(arn: str) -> Mapping[str, Any] | None:
    """
    The document of an AWS managed policy; None where the ARN is not that of one that the file has.

    In China and GovCloud the policies name ARNs of those partitions; here they are of any.
    """
    found = _ARN.fullmatch(arn)
    text = _policies().get(found[1]) if found else None
    return {"Statement": json.loads(text.replace('"arn:aws:', '"arn:*:'))} if text else None


@cache
def _policies() -> Mapping[str, str]:
    policies: dict[str, str] = json.loads(_FILE.read_text())["policies"]
    return policies
