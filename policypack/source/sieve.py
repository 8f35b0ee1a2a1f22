"""Tells quickly which files are worth parsing."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from policypack.source.files import File
from policypack.source.literals import unescaped

_INSERTION: Final = re.compile(r"%(?:\(\w+\))?[ds]")
_NUMBER: Final = re.compile(rb"(?<!\d)\d+")
_ESCAPED_CHARACTER: Final = re.compile(rb"\\[0-7NUabfnrtuvx]")
_MOST_LOOKS: Final = 200
"""How many times a file is searched for parts of a value, before it is let through."""


class Sieve:
    """
    Tells without parsing that a file cannot hold a value, in whatever way it might be written there.

    Between two marks of its language (quotes, braces, line ends …) stands a piece of a file. One that holds the value
    has pieces to put it together from, and others seldom have: only parsing tells.
    """

    def __init__(self, value: str) -> None:
        self._value = value.encode(errors="replace")
        self._bytes = frozenset(self._value)

    def lets_through(self, file: File) -> bool:
        """Whether the file may hold the value."""
        content, quotes = file.content, _to_quotes(file.language.marks)
        if not all(byte in content for byte in self._bytes) and not _ESCAPED_CHARACTER.search(content):
            return False
        marked = content.translate(quotes)
        if b"\\" in content or b"%" in content:
            inserted = _INSERTION.sub('"', unescaped(content.decode()))
            marked += b'"' + inserted.encode(errors="replace").translate(quotes)
        pieces = self._value.translate(quotes).split(b'"')
        if b"\n" in self._value:
            # Text of several lines is indented as the code around it is.
            pieces = [piece.strip() for piece in pieces]
            marked = b'"'.join(piece.strip() for piece in marked.split(b'"'))
        file_pieces = _Pieces(b'"%s"' % marked)
        return all(file_pieces.may_make(piece) for piece in dict.fromkeys(pieces))


@cache
def _to_quotes(marks: bytes) -> bytes:
    return bytes.maketrans(marks, b'"' * len(marks))


class _Pieces:
    """The pieces of a file, each between two quotes."""

    def __init__(self, marked: bytes) -> None:
        self._marked = marked
        self._looks = 0

    def may_make(self, whole: bytes) -> bool:
        """Whether pieces, and numbers in them, make up a text; true as well where that takes too long to tell."""
        if self._has(b'"%s"' % whole):
            return True
        reached, ahead = {0}, [0]
        while ahead:
            start = ahead.pop()
            ends = set()
            for end in range(start + 1, len(whole) + 1):
                if self._looks > _MOST_LOOKS:
                    return True
                beginning = b'"' + whole[start:end]
                if not self._has(beginning):
                    break
                if self._has(beginning + b'"'):
                    ends.add(end)
            number = _NUMBER.match(whole, start)
            if number and self._has(number[0]):
                ends.add(number.end())
            ahead += ends - reached
            reached |= ends
        return len(whole) in reached

    def _has(self, part: bytes) -> bool:
        self._looks += 1
        return part in self._marked
