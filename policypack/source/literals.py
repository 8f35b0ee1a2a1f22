"""String literals as most languages write them, found by patterns that take whatever they are given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_ESCAPE: Final = re.compile(
    r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|u\{([0-9A-Fa-f]{1,8})\}"
    r"|([0-7]{1,3})|N\{([^}\n]*)\}|([\s\S]))"
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


def holds(literal: str, value: str) -> bool:
    """
    Whether a literal is a value, or text that quotes it, as a JSON document or a script in a program does.

    How a text of several lines is indented does not count: programs indent it with the code around it.
    """
    if value in literal and (literal == value or f'"{value}"' in literal or f"'{value}'" in literal):
        return True
    return "\n" in value and _stripped(literal) == _stripped(value)


def _stripped(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


@dataclass(frozen=True)
class Syntax:
    """
    How a language writes strings, and what must not be taken for one.

    :param strings: a pattern of each kind of literal, with one group for what is in it, and how that is read.
    :param others: patterns, without groups, of comments and whatever else may contain quotes.
    :param between: a pattern of what stands between two literals that make one.
    """

    strings: tuple[tuple[str, Callable[[str], str]], ...]
    others: tuple[str, ...] = ()
    between: str = r"\s*\+\s*"

    def places(self, text: str, value: str) -> Iterator[int]:
        """The offsets where a value stands as a literal, or as several that are joined."""
        begun: list[tuple[int, str]] = []
        end = 0
        for token in self._tokens.finditer(text):
            if not token.lastindex:
                continue
            literal = self.strings[token.lastindex - 1][1](token[token.lastindex])
            if holds(literal, value):
                within = text.find(value, token.start(), token.end())
                yield token.start() if within < 0 else within
            if begun and not self._between.fullmatch(text, end, token.start()):
                begun = []
            begun = [(start, before + literal) for start, before in (*begun, (token.start(), ""))]
            yield from (start for start, joined in begun if joined == value)
            begun = [
                (start, joined) for start, joined in begun if joined != value and value.startswith(joined or value)
            ]
            end = token.end()

    @cached_property
    def _tokens(self) -> re.Pattern[str]:
        return re.compile("|".join((*self.others, *(pattern for pattern, _ in self.strings))))

    @cached_property
    def _between(self) -> re.Pattern[str]:
        return re.compile(self.between)
