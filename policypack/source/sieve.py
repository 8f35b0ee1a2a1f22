"""Tells quickly which files are worth parsing."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from policypack.source.files import File
from policypack.source.literals import unescaped

_INSERTION: Final = re.compile(r"%(?:\(\w+\))?[ds]")
_NUMBER: Final = re.compile(rb"(?<!\d)\d+")


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
        if b"\\" not in content and not all(byte in content for byte in self._bytes):
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
        marked = b'"%s"' % marked
        return all(_is_made_of(piece, marked) for piece in pieces)


@cache
def _to_quotes(marks: bytes) -> bytes:
    return bytes.maketrans(marks, b'"' * len(marks))


def _is_made_of(whole: bytes, marked: bytes) -> bool:
    """Whether pieces of a file, each between two quotes, and numbers in it make up a text."""
    if b'"%s"' % whole in marked:
        return True
    reached, ahead = {0}, [0]
    while ahead:
        start = ahead.pop()
        ends = set()
        for end in range(start + 1, len(whole) + 1):
            beginning = b'"' + whole[start:end]
            if beginning not in marked:
                break
            if beginning + b'"' in marked:
                ends.add(end)
        number = _NUMBER.match(whole, start)
        if number and number[0] in marked:
            ends.add(number.end())
        ahead += ends - reached
        reached |= ends
    return len(whole) in reached
