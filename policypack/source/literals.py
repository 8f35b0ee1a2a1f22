"""String literals as most languages write them, found by patterns that take whatever they are given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from policypack.source.budget import Budget

_ESCAPE: Final = re.compile(
    r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|u\{([0-9A-Fa-f]{1,8})\}"
    r"|([0-7]{1,3})|N\{([A-Za-z\d -]{1,100})\}|([\s\S]))"
)
_LETTERS: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\n": ""}
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


@dataclass(frozen=True)
class Syntax:
    """
    How a language writes strings, and what must not be taken for one.

    Each pattern matches whatever begins as it does: an end that is missing is the end of the line or text. Otherwise
    each quote of a file that only looks like source would be followed to the end of the file in vain.

    :param strings: a pattern of each kind of literal, with one group for what is in it, and how that is read.
    :param others: patterns, without groups, of comments and whatever else may contain quotes.
    :param between: a pattern of what stands between two literals that make one.
    """

    strings: tuple[tuple[str, Callable[[str], str]], ...]
    others: tuple[str, ...] = ()
    between: str = r"\s*\+\s*"

    def places(self, text: str, wanted: Wanted) -> Iterator[int]:
        """The offsets where a value stands as a literal, or as several that are joined."""
        joined: list[tuple[int, str]] = []
        end = 0
        for token in self._tokens.finditer(text):
            wanted.budget.spend(1)
            if not token.lastindex:
                continue
            literal = self.strings[token.lastindex - 1][1](token[token.lastindex])
            if wanted.is_in(literal):
                within = text.find(wanted.value, token.start(), token.end())
                yield token.start() if within < 0 else within
            if joined and not self._between.fullmatch(text, end, token.start()):
                yield from _in_joined(joined, wanted)
                joined = []
            joined.append((token.start(), literal))
            end = token.end()
        yield from _in_joined(joined, wanted)

    @cached_property
    def _tokens(self) -> re.Pattern[str]:
        return re.compile("|".join((*self.others, *(pattern for pattern, _ in self.strings))))

    @cached_property
    def _between(self) -> re.Pattern[str]:
        return re.compile(self.between)


def _in_joined(literals: list[tuple[int, str]], wanted: Wanted) -> Iterator[int]:
    """The offsets of those literals from which on some make up the value, of literals that are joined."""
    if len(literals) < 2:
        return
    text = "".join(literal for _, literal in literals)
    # Of empty literals, which begin where the next one does, the last counts.
    offsets: dict[int, int] = {}
    start = 0
    for offset, literal in literals:
        offsets[start] = offset
        start += len(literal)
    for start, offset in offsets.items():
        end = start + len(wanted.value)
        if (end in offsets or end == len(text)) and text.startswith(wanted.value, start):
            yield offset
