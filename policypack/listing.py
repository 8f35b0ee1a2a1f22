"""How messages list many things: the first few, and how many more there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from policypack.model import Resource

_MOST: Final = 3


def joined(items: Iterable[str]) -> str:
    """Texts as a sentence lists them: `a`, `a and b`, or `a, b and c`; empty where there are none."""
    *others, last = list(items) or [""]
    return f"{', '.join(others)} and {last}" if others else last


def some(items: Iterable[str], most: int = _MOST) -> str:
    """The first few of some texts, and how many more there are: `a, b and c`, or `a, b, c and 4 others`."""
    listed = list(items)
    shown = listed[:most]
    if (left := len(listed) - len(shown)) > 0:
        shown.append("1 other" if left == 1 else f"{left} others")
    return joined(shown)


def listed(resources: Iterable[Resource], most: int = _MOST) -> str:
    """The names of the first few resources, and how many more there are (see some)."""
    return some((f"'{resource.name}'" for resource in resources), most)


def numbered(controls: Iterable[str]) -> str:
    """Ids of controls, with each standard before the first of its numbers only: `FSBP RDS.3, RDS.4`."""
    texts, last = [], ""
    for control in controls:
        standard, _, number = control.rpartition(" ")
        texts.append(number if standard == last else control)
        last = standard
    return ", ".join(texts)
