"""Finds the line of one argument of a resource in the program's source, from the line where the resource is made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from policypack.source.budget import Budget, BudgetExceededError
from policypack.source.expression import Call, Constant, Elements, Entries, Expression, Spread
from policypack.source.files import read_regular
from policypack.source.modules import module_of
from policypack.source.values import normal

_LARGEST: Final = 300_000
"""Bytes of a file that is looked at: a tree takes much memory."""
_STEPS: Final = re.compile(r"([^.\[\]]+)|\[(\d{1,6})\]")


def argument_line(file: str, line: int, path: str) -> int:
    """
    The line of the argument that a property's path means, as far down as the source names it; else the line itself.

    :param file: a program's file; of those that cannot be read, nothing is known but the line.
    :param line: where the resource is made.
    :param path: the path of the property, in the engine's words: `versioning.enabled`, `ingress[0].cidrBlocks`.
    """
    steps = [name or int(index) for name, index in _STEPS.findall(path)]
    if not steps:
        return line
    try:
        text = read_regular(file, _LARGEST + 1).decode()
        call = None if len(text) > _LARGEST else _calls(file, text).get(line)
    except (BudgetExceededError, ImportError, MemoryError, OSError, RecursionError, SyntaxError, ValueError):
        return line
    return line_in(call, steps) if call else line


@lru_cache(maxsize=32)
def _calls(file: str, text: str) -> dict[int, Call]:
    """The calls of a program by the lines in which they begin, of several the outermost: the others are in it."""
    calls: dict[int, Call] = {}
    for scope in module_of(file, text, Budget()).scopes:
        for site in reversed(scope.sites):
            calls.setdefault(site.call.line, site.call)
    return calls


def line_in(call: Call, steps: Sequence[str | int]) -> int:
    """
    The line of an argument of a call that makes a resource, as far down as it is written there; else that of the call.

    :param steps: the names and indices of a property's path.
    """
    found: Expression | None = _named(_arguments(call), steps[0])
    line = call.line
    for step in (*steps[1:], None):
        if found is None:
            break
        line = found.line or line
        found = _inside(found, step) if step is not None else None
    return line


def _arguments(call: Call) -> Iterable[tuple[Expression | str | None, Expression]]:
    """The names and values of a call's arguments, those in an object of arguments too."""
    objects = [*call.arguments[1:2], *(value for name, value in call.named if name == "args")]
    return [*call.named, *(each for value in objects for each in _entries(value))]


def _entries(value: Expression) -> Iterable[tuple[Expression | str | None, Expression]]:
    """The entries of a map, or the arguments of a class of arguments."""
    return value.entries if isinstance(value, Entries) else value.named if isinstance(value, Call) else ()


def _inside(value: Expression, step: str | int) -> Expression | None:
    if isinstance(step, str):
        return _named(_entries(value), step)
    elements = value.elements if isinstance(value, Elements) else ()
    is_told = step < len(elements) and not any(isinstance(each, Spread) for each in elements[: step + 1])
    return elements[step] if is_told else None


def _named(entries: Iterable[tuple[Expression | str | None, Expression]], step: str | int) -> Expression | None:
    """The value of a property, in whichever case the program writes its name."""
    for key, value in entries:
        name = key.value if isinstance(key, Constant) else key
        if isinstance(name, str) and normal(name) == normal(str(step)):
            return value
    return None
