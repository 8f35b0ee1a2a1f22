"""Brackets and quotes of TypeScript and JavaScript that are not closed, told without a parser."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r"(?P<space>\s{1,1000})|(?P<line_comment>//[^\n]*)|(?P<comment>/\*)|(?P<word>[\w$#]{1,1000})|(?P<quote>['\"])"
    r"|(?P<template>`)|(?P<slash>/)|(?P<opening>[(\[{])|(?P<closing>[)\]}])|(?P<other>[^\s])"
)
_LONGEST: Final = 300_000
"""Characters of a string that is read: no file that is parsed has more."""
_STRINGS: Final = {quote: re.compile(rf"(?:[^{quote}\\\n]|\\(?:\r\n|[\s\S])){{0,{_LONGEST}}}") for quote in ("'", '"')}
_TEMPLATE: Final = re.compile(rf"(?:[^`\\$]|\\[\s\S]|\$(?!\{{)){{0,{_LONGEST}}}")
_REGEX: Final = re.compile(r"(?:[^/\\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n]){0,1000}\]){1,1000}/")
_CLOSERS: Final = {"(": ")", "[": "]", "{": "}", "${": "}"}
# What an expression follows, so that a slash begins a regular expression; after other words it divides.
_BEFORE_EXPRESSIONS: Final = frozenset(
    (
        *("await", "case", "delete", "do", "else", "in", "instanceof", "new", "of", "return", "throw", "typeof"),
        *("void", "yield"),
    )
)


class Unbalanced(NamedTuple):
    """
    What is not balanced in a text.

    :param offset: where it is, in characters from the beginning.
    :param message: what is wrong there.
    :param fix: what to do.
    """

    offset: int
    message: str
    fix: str


def unbalanced(text: str, *, may_have_markup: bool) -> Unbalanced | None:
    """
    The first bracket or quote of a file that has no counterpart.

    None where all have one, and where that is not certain: in a file with markup (JSX), whose text may have any,
    and where a slash may as well divide as begin a regular expression.
    """
    if may_have_markup and ("</" in text or "/>" in text):
        return None
    return _Scan(text).run()


class _Scan:
    """One pass over a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._open: list[tuple[str, int]] = []
        """The brackets and templates that are open, each with its place."""
        self._before = ""
        """The token before."""

    def run(self) -> Unbalanced | None:
        while match := _TOKEN.match(self._text, self._position):
            start, self._position = self._position, match.end()
            if match.lastgroup in ("space", "line_comment"):
                continue
            if found := self._token(match.lastgroup or "", match[0], start):
                return found if found.message else None
            if match.lastgroup != "comment":
                self._before = match[0]
        if not self._open:
            return None
        opening, start = self._open[-1]
        if opening == "`":
            return Unbalanced(start, "The template literal that begins here is never closed.", "Close it by `.")
        return Unbalanced(
            start, f"The {opening} that stands here is never closed.", f"Write {_CLOSERS[opening]} where it ends."
        )

    def _token(self, kind: str, token: str, start: int) -> Unbalanced | None:
        """Reads on from a token; what is unbalanced, without a message where that cannot be told."""
        match kind:
            case "comment":
                self._position = self._text.find("*/", self._position) + len("*/")
                if self._position < start:
                    return Unbalanced(start, "The comment that begins here is never closed.", "Write */ where it ends.")
            case "quote":
                self._skip(_STRINGS[token])
                if self._text[self._position : self._position + 1] != token:
                    return Unbalanced(
                        start, "The string that begins here does not end in its line.", "Close the quote."
                    )
                self._position += 1
            case "template":
                self._open.append((token, start))
                self._template()
            case "slash":
                return self._slash()
            case "opening":
                self._open.append((token, start))
            case "closing":
                return self._close(token, start)
        return None

    def _slash(self) -> Unbalanced | None:
        before = self._before
        is_word = before[:1].isalnum() or before[:1] in ("_", "$", "#")
        if before in ("]", "'", '"', "`") or (is_word and before not in _BEFORE_EXPRESSIONS):
            return None
        match = _REGEX.match(self._text, self._position)
        # After a closing bracket comes a division, or a statement that begins with a regular expression.
        if bool(match) == (before in (")", "}")):
            return Unbalanced(self._position, "", "")
        if match:
            self._position = match.end()
            self._before = "]"
        return None

    def _close(self, token: str, start: int) -> Unbalanced | None:
        if not self._open:
            return Unbalanced(start, f"The {token} that stands here closes nothing.", "Remove it, or open it before.")
        opening, where = self._open[-1]
        if _CLOSERS.get(opening) != token:
            line = self._text.count("\n", 0, where) + 1
            closer = _CLOSERS[opening]
            return Unbalanced(
                start,
                f"The {token} that stands here closes nothing, as the {opening} in line {line} is still open.",
                f"Write {closer} where what begins in line {line} ends, or remove the {token}.",
            )
        self._open.pop()
        if opening == "${":
            self._template()
        return None

    def _template(self) -> None:
        """Reads the text of a template literal, to its end or to the expression within it."""
        self._skip(_TEMPLATE)
        if self._text.startswith("${", self._position):
            self._open.append(("${", self._position))
            self._position += 2
            self._before = "("
        elif self._text.startswith("`", self._position):
            self._open.pop()
            self._position += 1
            self._before = "`"

    def _skip(self, pattern: re.Pattern[str]) -> None:
        if match := pattern.match(self._text, self._position):
            self._position = match.end()
