"""
AWS Security Hub's controls, in security_hub.json, which `python -m tools.security_hub` makes.

Nothing reads the file but what asks for it: most runs need none of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Control:
    """
    What AWS says of a control.

    :param severity: Security Hub's severity of it.
    :param standards: the standards that have it, and the requirements of each that it answers, in the standard's own
        numbers; none where the standard knows it by its id, as FSBP does.
    """

    severity: Literal["low", "medium", "high", "critical"]
    standards: Mapping[str, tuple[str, ...]]


@cache
def security_hub() -> Mapping[str, Control]:
    """Each control that is not retired, by its id, such as `RDS.3`."""
    read = json.loads(Path(__file__).with_suffix(".json").read_text())["controls"]
    return {
        id_: Control(
            control["severity"],
            {name: () if has is True else tuple(has) for name, has in control["standards"].items()},
        )
        for id_, control in read.items()
    }
