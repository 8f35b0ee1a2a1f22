"""Names of resources as messages list them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from policypack.model import Resource

_MOST: Final = 3


def listed(resources: Sequence[Resource], most: int = _MOST) -> str:
    """The names of the first few resources, and how many more there are: `'a', 'b', 'c' and 4 others`."""
    names = [f"'{resource.name}'" for resource in resources[:most]]
    if (left := len(resources) - len(names)) > 0:
        names.append("1 other" if left == 1 else f"{left} others")
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
