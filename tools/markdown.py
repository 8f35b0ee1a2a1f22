"""Pieces of Markdown for the pages that tools write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_CONTROLS: Final = "https://docs.aws.amazon.com/securityhub/latest/userguide"


def control_link(control: str) -> str:
    """The control's name with a link: `FSBP RDS.3` is explained under `rds-controls.html#rds-3`."""
    service, _, number = control.rpartition(" ")[2].lower().partition(".")
    return f"[{control}]({_CONTROLS}/{service}-controls.html#{service}-{number})"


def prose(text: str) -> str:
    """Text in which only backticks mean something: what is between two of them is code."""
    special = re.compile(r"`[^`]*`|[*_<\\\[\]]")
    return special.sub(lambda match: match[0] if len(match[0]) > 1 else f"\\{match[0]}", " ".join(text.split()))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with a heading for each column."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)
