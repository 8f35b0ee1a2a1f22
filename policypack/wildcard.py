"""
Patterns in which `*` stands for any characters and `?` for one, as IAM and Pulumi's policy exceptions have them.

Matching takes time in proportion to the length of the text, times the longest run between two stars where that has a
`?`. A regular expression made from such a pattern takes exponential time on some texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, Generic, TypeVar

V = TypeVar("V")

_SPECIAL: Final = re.compile(r"[*?]")
_LONGEST_RUN: Final = 2_048
"""Characters between two stars, with a `?` among them; a longer run matches nothing. No ARN is longer
(https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html)."""


def matches(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern; case counts."""
    if "*" not in pattern:
        return len(pattern) == len(text) and _starts(pattern, text, 0)
    first, *between, last = pattern.split("*")
    end = len(text) - len(last)
    position = len(first)
    if position > end or not _starts(first, text, 0) or not _starts(last, text, end):
        return False
    for run in between:
        position = _find(run, text, position, end)
        if position < 0:
            return False
    return True


def is_like(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern of IAM; case does not count."""
    return matches(pattern.lower(), text.lower())


def may_overlap(one: str, other: str) -> bool:
    """
    Whether some text may match both of two patterns; case counts.

    Where both have wildcards, what comes before the first and after the last of them decides, so that the answer may be
    true where no text matches both.
    """
    if not _SPECIAL.search(other):
        return matches(one, other)
    if not _SPECIAL.search(one):
        return matches(other, one)
    starts = until_wildcard(one), until_wildcard(other)
    ends = until_wildcard(one[::-1]), until_wildcard(other[::-1])
    return all(longer.startswith(shorter) for shorter, longer in (sorted(starts, key=len), sorted(ends, key=len)))


def until_wildcard(pattern: str) -> str:
    """What every text that matches a pattern begins with."""
    return _SPECIAL.split(pattern, maxsplit=1)[0]


def _starts(run: str, text: str, at: int) -> bool:
    if "?" not in run:
        return text.startswith(run, at)
    return len(run) <= len(text) - at and all(
        wanted in ("?", found) for wanted, found in zip(run, text[at : at + len(run)], strict=True)
    )


def _find(run: str, text: str, start: int, end: int) -> int:
    """Where the first occurrence of a run ends; -1 where there is none."""
    if "?" in run:
        found = _with_any_character(run).search(text, start, end) if len(run) <= _LONGEST_RUN else None
        return found.end() if found else -1
    position = text.find(run, start, end)
    return position if position < 0 else position + len(run)


@lru_cache(maxsize=256)
def _with_any_character(run: str) -> re.Pattern[str]:
    return re.compile(re.escape(run).replace(r"\?", "."), re.DOTALL)


class PatternIndex(Generic[V]):
    """
    Values by patterns, of which those that match a text are found without trying each.

    A pattern is looked up by what it begins or ends with; only those that begin and end with a star are all tried.
    """

    def __init__(self, entries: Iterable[tuple[str, V]]) -> None:
        self._starting: dict[int, dict[str, list[tuple[str, V]]]] = {}
        self._ending: dict[int, dict[str, list[tuple[str, V]]]] = {}
        for pattern, value in entries:
            runs = _SPECIAL.split(pattern)
            start, end = runs[0], runs[-1]
            index, key = (self._starting, start) if len(start) >= len(end) else (self._ending, end)
            index.setdefault(len(key), {}).setdefault(key, []).append((pattern, value))

    def find(self, text: str) -> Iterator[V]:
        """The values whose patterns a text matches, in no particular order."""
        for length, by_start in self._starting.items():
            if length <= len(text):
                yield from _matching(by_start.get(text[:length], ()), text)
        for length, by_end in self._ending.items():
            if length <= len(text):
                yield from _matching(by_end.get(text[-length:], ()), text)


def _matching(entries: Iterable[tuple[str, V]], text: str) -> Iterator[V]:
    return (value for pattern, value in entries if matches(pattern, text))
