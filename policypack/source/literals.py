"""String literals: what they say, and whether a value stands in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from policypack.source.budget import Budget

_ESCAPE: Final = re.compile(
    r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|u\{([0-9A-Fa-f]{1,8})\}"
    r"|([0-7]{1,3})|N\{([A-Za-z\d -]{1,100})\}|([\s\S]))"
)
_LETTERS: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\n": ""}
_BETWEEN: Final = b" \t\n\f\\()"
"""What may stand between two literals beside that which joins them."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def unescaped(text: str) -> str:
    """A text with what its backslashes stand for. Languages differ little in this, and hardly in what people write."""
    text = _ESCAPE.sub(_character, text)
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _character(escape: re.Match[str]) -> str:
    *hexadecimals, octal, name, other = escape.groups()
    try:
        if name is not None:
            return unicodedata.lookup(name)
        if octal:
            return chr(int(octal, 8))
        for digits in filter(None, hexadecimals):
            return chr(int(digits, 16))
    except (KeyError, OverflowError, ValueError):
        return escape[0]
    return _LETTERS.get(other, other)


class Wanted:
    """
    A value that is looked for, with what tells quickly whether a literal is it.

    :param value: the value.
    :param budget: what the search may cost.
    """

    def __init__(self, value: str, budget: Budget) -> None:
        self.value = value
        self.budget = budget
        self._quoted = (f'"{value}"', f"'{value}'")
        self._lines = _stripped(value) if "\n" in value else []

    def is_in(self, literal: str) -> bool:
        """
        Whether a literal is the value, or text that quotes it, as a JSON document or a script in a program does.

        How a text of several lines is indented does not count: programs indent it with the code around it.
        """
        if self.value in literal and (literal == self.value or any(quoted in literal for quoted in self._quoted)):
            return True
        return bool(self._lines) and "\n" in literal and _stripped(literal) == self._lines


def _stripped(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


class Literal(NamedTuple):
    """
    A string literal.

    :param start: where it begins in its file, in bytes; its quotes belong to it.
    :param end: where it ends.
    """

    start: int
    end: int
    text: str


def lines(
    literals: Iterable[Literal], source: bytes, wanted: Wanted, *, are_joined_by_space: bool = False
) -> Iterator[int]:
    """
    The lines where a value stands as a literal, or as the sum of some that follow each other.

    :param literals: those of a file, in order.
    :param are_joined_by_space: whether literals are joined that follow each other without a plus sign, as in Python.
    """
    joints = (b"+", b"") if are_joined_by_space else (b"+",)
    line, before = 1, 0
    for offset in sorted(_offsets(literals, source, wanted, joints)):
        line += source.count(b"\n", before, offset)
        before = offset
        yield line


def _offsets(literals: Iterable[Literal], source: bytes, wanted: Wanted, joints: Sequence[bytes]) -> Iterator[int]:
    value = wanted.value.encode(errors="replace")
    joined: list[Literal] = []
    for literal in literals:
        wanted.budget.spend(1)
        if wanted.is_in(literal.text):
            within = source.find(value, literal.start, literal.end)
            yield literal.start if within < 0 else within
        if joined and source[joined[-1].end : literal.start].translate(None, _BETWEEN) not in joints:
            yield from _in_joined(joined, wanted)
            joined = []
        joined.append(literal)
    yield from _in_joined(joined, wanted)


def _in_joined(literals: Sequence[Literal], wanted: Wanted) -> Iterator[int]:
    """The offsets of those literals from which on some make up the value, of literals that are joined."""
    if len(literals) < 2:
        return
    text = "".join(literal.text for literal in literals)
    # Of empty literals, which begin where the next one does, the last counts.
    offsets: dict[int, int] = {}
    start = 0
    for literal in literals:
        offsets[start] = literal.start
        start += len(literal.text)
    for start, offset in offsets.items():
        end = start + len(wanted.value)
        if (end in offsets or end == len(text)) and text.startswith(wanted.value, start):
            yield offset
