"""The name that was most likely meant by a wrong one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

_SHORTEST_BEGINNING: Final = 4
"""Characters of a name that another one begins with by no chance."""
_MISSPELLED: Final = 0.95
"""How alike a name and one with a letter that is missing, or another one, are at least, if they are not short."""
_MOST_COMPARED: Final = 3_000
"""Names that a wrong one is compared with: more than any SDK has of resources, and fewer than take noticeable time."""
MOST_WRONG: Final = 500
"""Wrong names that a policy reports: nobody reads more, and the search for the right ones takes time for each."""


def nearest(name: str, names: Iterable[str]) -> str:
    """The name that was most likely meant by a wrong one; empty where none is near."""
    # Modules are written small, and classes with a capital.
    known = sorted(each for each in names if each[:1].isupper() == name[:1].isupper())
    plain = {each.replace("_", "").lower(): each for each in known}
    word = name.replace("_", "").lower()
    for spelled in (word, f"{word}s", word.removesuffix("s")):
        if spelled in plain:
            return plain[spelled]
    is_comparable = len(known) <= _MOST_COMPARED
    if is_comparable and (misspelled := difflib.get_close_matches(name, known, n=1, cutoff=_MISSPELLED)):
        return misspelled[0]
    # What people make of a name begins as it does: auth_token_enabled, BucketV3.
    if beginnings := [each for each in known if len(each) >= _SHORTEST_BEGINNING and name.startswith(each)]:
        return max(beginnings, key=len)
    if not is_comparable:
        return ""
    # Short names are near each other by chance.
    cutoff = 0.6 if len(name) >= _SHORTEST_BEGINNING else 0.8
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=cutoff)), "")
