"""The texts in files of data: JSON, YAML, and settings of the environment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Final

import yaml

from policypack.source.budget import BudgetExceededError
from policypack.source.literals import Wanted, unescaped

DEEPEST: Final = 100
"""How deep YAML may be nested that is read; people do not write more."""
_SETTING_NAME: Final = re.compile(r"(?:export[ \t]+)?[\w.-]+")
_NOT_IN_YAML: Final = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML does not take, and what only YAML counts as the end of a line."""
_STEPS_PER_PARSER: Final = 100
_ROWS_AT_ONCE: Final = 100


def in_json(text: str, wanted: Wanted) -> Iterator[int]:
    """The lines of JSON where a value stands as a text. What is no JSON in between does not matter."""
    decoder = JSONDecoder()
    line, before = 1, 0
    start = text.find('"')
    while start >= 0:
        wanted.budget.spend(1)
        try:
            literal, end = decoder.raw_decode(text, start)
        except JSONDecodeError as error:
            end = max(error.pos, start + 1)
        else:
            if wanted.is_in(literal):
                line += text.count("\n", before, start)
                before = start
                yield line
        start = text.find('"', end)


def in_yaml(text: str, wanted: Wanted) -> Iterator[int]:
    """
    The lines of YAML where a value stands as a text. Lines that are no YAML are passed over.

    :raises BudgetExceededError: where it is nested too deeply: the parser takes the square of the depth.
    """
    rows = _NOT_IN_YAML.sub(" ", text).split("\n")
    first = 0
    while first < len(rows):
        last, depth = first, 0
        try:
            for event in yaml.parse(_Stream(rows, first), getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
                wanted.budget.spend(1)
                line = first + (event.start_mark.line if event.start_mark else 0)
                if isinstance(event, yaml.ScalarEvent) and wanted.is_in(event.value):
                    yield line + 1
                last = max(last, line)
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if depth > DEEPEST:
                    raise BudgetExceededError
            return
        except yaml.MarkedYAMLError as error:
            # A quote without an end is looked for up to the end of the file.
            is_quote = error.context_mark and "quoted" in (error.context or "")
            mark = error.context_mark if is_quote else error.problem_mark
            bad = min(first + (mark.line if mark else 0), len(rows) - 1)
            # What is directly before the bad line may not have been told yet.
            wanted.budget.spend(_STEPS_PER_PARSER + bad - last)
            first = last if rows[bad] else bad + 1
            rows[bad] = ""


class _Stream:
    """The text of some rows from one on, for a parser that takes as much as it needs."""

    def __init__(self, rows: list[str], first: int) -> None:
        self._rows = rows
        self._next = first

    def read(self, _: int = 0, /) -> str:
        """Some rows; empty at the end."""
        read = self._rows[self._next : self._next + _ROWS_AT_ONCE]
        self._next += len(read)
        return "".join(f"{row}\n" for row in read)


def in_settings(text: str, wanted: Wanted) -> Iterator[int]:
    """The lines of a file of `NAME=value`, where quotes may be missing, in which a value stands."""
    for number, line in enumerate(text.split("\n"), start=1):
        wanted.budget.spend(1)
        name, sign, rest = line.partition("=")
        if not sign or not _SETTING_NAME.fullmatch(name.strip(" \t")):
            continue
        value = rest.strip(" \t")
        plain = _without_comment(value)
        if wanted.value in (value, plain, plain.strip("'"), unescaped(plain.strip('"'))):
            yield number


def _without_comment(value: str) -> str:
    """A value without the comment behind it, which begins with a number sign after a space."""
    sign = value.find("#", 1)
    while sign > 0 and value[sign - 1] not in " \t":
        sign = value.find("#", sign + 1)
    return value[:sign].rstrip(" \t") if sign > 0 else value
