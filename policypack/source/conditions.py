"""Whether conditions of a program are met, as far as the values in them are known: True, False, or None for unknown."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from policypack.model import PartialDocument, PartialText, Reference, Unknown, WrittenMap
from policypack.source.values import Closure, Instance, Made, Partial, Several, Template, may_be

_NEVER_NONE: Final = (Closure, Instance, Made, Partial, PartialDocument, Template)
"""Values that are never None, null or undefined."""
_PLAIN: Final = (str, int, float, bool, type(None))
_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def truth(value: Any) -> bool | None:
    """
    Whether a value counts as true in Python.

    An empty list or map counts as true in JavaScript, whose module does not make conditions of them.
    """
    if isinstance(value, PartialText):
        return True if any(isinstance(part, str) and part for part in value.parts) else None
    if isinstance(value, _NEVER_NONE):
        return True
    if isinstance(value, Reference):
        # Every resource has these.
        return True if value.label.endswith((".arn", ".id")) else None
    if isinstance(value, list):
        return True if any(not isinstance(each, Several) for each in value) else None if value else False
    if isinstance(value, WrittenMap):
        return True if value else None if value.is_open else False
    return bool(value) if isinstance(value, _PLAIN) else None


def compared(how: str, first: Any, second: Any) -> bool | None:
    """Whether two values are to each other as a comparison says (see expression.Comparison)."""
    if how in ("!=", "!==", "is not", "not in"):
        found = compared({"!=": "==", "!==": "===", "is not": "is", "not in": "in"}[how], first, second)
        return None if found is None else not found
    if how == "in":
        return _is_in(first, second)
    if how == "is" and first is not None and second is not None:
        return None
    if how == "===":
        return _is_same(first, second)
    if how in ("==", "is"):
        return _is_equal(first, second)
    are_numbers = all(isinstance(each, int | float) for each in (first, second))
    return _ORDERS[how](first, second) if are_numbers else None


def _is_equal(first: Any, second: Any) -> bool | None:
    if isinstance(first, _PLAIN) and isinstance(second, _PLAIN):
        return bool(first == second)
    for one, other in ((first, second), (second, first)):
        if isinstance(one, PartialText) and isinstance(other, str):
            return None if may_be(one, other) else False
        # None of these is None, null or undefined.
        if one is None and isinstance(other, (*_NEVER_NONE, PartialText, list, WrittenMap)):
            return False
    return None


def _is_same(first: Any, second: Any) -> bool | None:
    """Whether two values of JavaScript are equal; None stands for null and for undefined, which are not the same."""
    if first is None and second is None:
        return None
    kinds = {float if type(each) is int else type(each) for each in (first, second)}
    is_told = (
        len(kinds) == 1 or None in (first, second) or not isinstance(first, _PLAIN) or not isinstance(second, _PLAIN)
    )
    return _is_equal(first, second) if is_told else None


def _is_in(value: Any, container: Any) -> bool | None:
    if not isinstance(value, _PLAIN):
        return None
    if isinstance(container, str):
        return value in container if isinstance(value, str) else None
    if isinstance(container, WrittenMap):
        return True if value in container else None if container.is_open else False
    return _is_among(value, container) if isinstance(container, list) else None


def _is_among(value: Any, elements: Sequence[Any]) -> bool | None:
    answers = [None if isinstance(each, Unknown) else _is_equal(value, each) for each in elements]
    return True if True in answers else None if None in answers else False


def is_of_type(value: Any, types: Sequence[Any]) -> bool | None:
    """Whether a value is of one of some types of Python, by their names; None also where lists and tuples differ."""
    kind = (
        "str"
        if isinstance(value, str | PartialText | PartialDocument)
        else "dict"
        if isinstance(value, WrittenMap)
        else ""
    )
    known = {"str", "dict", "list", "tuple", "int", "bool", "float", "set"}
    names = {each if isinstance(each, str) else "" for each in types}
    if isinstance(value, list):
        return False if names <= {"str", "dict", "int", "bool", "float"} else None
    if not kind or not names <= known:
        return None
    return kind in names
