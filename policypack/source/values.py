"""
What expressions of a program come to.

Beside the values of the model (texts, numbers, lists, WrittenMaps, Secrets and Unknowns) these are the things of a
program that have no place in a resource: functions, objects, modules. Lists and maps are never changed once they are
made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Final

from policypack.model import UNKNOWN, Origin, PartialDocument, PartialText, Reference, Secret, Unknown, WrittenMap
from policypack.source.expression import Loop, Scope

_LONGEST: Final = 200_000
"""Characters of a text that is put together; no property takes a longer one."""


class Several(Unknown):
    """Any number of unknown elements of a list."""

    __slots__ = ()


SEVERAL: Final = Several()


class Member(Unknown):
    """A member of an enumeration, which is equal to itself only and is no text, but has a value."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


@dataclass(eq=False, slots=True)
class Frame:
    """
    One run of a scope.

    :param values: the arguments.
    :param elements: the elements that the loops are at.
    :param receiver: the object of a method.
    :param known: what names turned out to be, by the names and by when they are looked at.
    :param outside: the same run, but outside of the loops; None for what is that itself.
    """

    scope: Scope
    parent: Frame | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    elements: Mapping[Loop, Any] = field(default_factory=dict)
    receiver: Any = UNKNOWN
    known: dict[Any, Any] = field(default_factory=dict)
    outside: Frame | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """Something of a library or of the language: `aws.s3.Bucket`, `json.dumps`."""

    path: str


@dataclass(frozen=True, slots=True, eq=False)
class Namespace:
    """A module of the program."""

    frame: Frame


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A function or class of the program, with what its names mean; as a method, with its object."""

    scope: Scope
    frame: Frame | None
    receiver: Any = UNKNOWN


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """
    An object of a class of the program.

    :param frame: the frame of the class.
    :param made_in: the frame of its constructor; None where it has none that the program says.
    """

    frame: Frame
    made_in: Frame | None
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """
    A resource that the program makes, or looks up.

    :param path: its class.
    :param label: what tells it from all others.
    :param argument: one of its arguments; None where it is absent.
    :param name: its name; empty where that is not told.
    :param is_looked_up: whether it exists already, so that no stack shows it.
    """

    path: str
    label: str
    argument: Callable[[str], Any]
    name: str = ""
    is_looked_up: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """
    An output of a resource or of a function, or a part of one, that need not name anything.

    :param label: whose, and which.
    :param path: the function, where its arguments do not decide what it looks up; else empty.
    """

    label: str
    path: str = ""


# What ends with one of these names a thing of AWS, or is where it is found.
_IDENTIFIER: Final = re.compile(
    r"(?:^|[a-z])(?:Arn|Id|Name|Url|Uri|Endpoint|Address|Domain|Hostname|Host|Port|Bucket|Issuer|Region|Partition|Zone"
    r"|Ip|Prefix)(s|es)?$",
    re.IGNORECASE,
)


def output(label: str, name: str, path: str = "", of: str = "") -> Reference | Output:
    """
    An attribute of an output: one that names something of AWS, or one of which nothing is known.

    :param path: as in Origin; empty where the origin is not told.
    :param of: the name of the resource, likewise.
    """
    full = f"{label}.{name}"
    found = _IDENTIFIER.search(name)
    # `ids` is a list.
    if not found or found[1]:
        return Output(full)
    return Reference(full, Origin(path, of, name) if path else None)


def element_of(list_: Reference | Output, key: str | int) -> Reference | Output:
    """An element of an output: of a list of what names something of AWS, that too."""
    label = f"{list_.label}[{key}]"
    is_reference = isinstance(list_, Reference) or _IDENTIFIER.search(list_.label)
    return Reference(label) if is_reference else Output(label)


@dataclass(frozen=True, slots=True)
class Settings:
    """A pulumi.Config, with the namespace of its keys."""

    namespace: str


@dataclass(frozen=True, slots=True, eq=False)
class Parent:
    """An object as its class's bases have it: what `super()` is."""

    instance: Any
    class_frame: Frame


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """A function with some of its arguments, as of functools.partial."""

    function: Any
    given: Sequence[Any]
    named: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Template:
    """A string.Template."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A method of a value that is of no class of the program."""

    receiver: Any
    name: str


def normal(name: str) -> str:
    """A name without what tells `assume_role_policy` from `assumeRolePolicy`."""
    return name.replace("_", "").lower()


def camel(name: str) -> str:
    """The camelCase name of a property that Python programs write in snake_case."""
    first, *others = name.strip("_").split("_")
    return first + "".join(other[:1].upper() + other[1:] for other in others)


def entry(read: Mapping[str, Any], key: str) -> Any:
    """The value of a property, in whichever case the program writes it; UNKNOWN where the map does not tell."""
    if key in read:
        return read[key]
    wanted = normal(key)
    found = next((name for name in read if normal(name) == wanted), None)
    if found is not None:
        return read[found]
    return UNKNOWN if isinstance(read, WrittenMap) and read.is_open else None


def text_of(parts: Iterable[Any]) -> Any:
    """The text that values make one after the other: a str, a PartialText, UNKNOWN, or one of these as a Secret."""
    is_secret = False
    found: list[str | Unknown] = []
    for part in parts:
        while isinstance(part, Secret):
            part, is_secret = part.value, True
        inner = part.parts if isinstance(part, PartialText) else (_as_part(part),)
        for each in inner:
            if isinstance(each, str) and found and isinstance(found[-1], str):
                found[-1] += each
            elif each != "":
                found.append(each)
    if sum(len(each) for each in found if isinstance(each, str)) > _LONGEST or len(found) > _LONGEST:
        text: Any = UNKNOWN
    elif not found:
        text = ""
    elif len(found) == 1:
        text = found[0]
    else:
        text = PartialText(tuple(found))
    return Secret(text) if is_secret else text


def _as_part(value: Any) -> str | Unknown:
    if isinstance(value, str | Reference):
        return value
    # Languages write booleans in different ways.
    if isinstance(value, int | float) and not isinstance(value, bool):
        # `1.0` is "1.0" in Python and "1" in JavaScript.
        return UNKNOWN if isinstance(value, float) and value.is_integer() else str(value)
    return UNKNOWN


def _fits(text: str, partial_text: PartialText) -> bool:
    """Whether a text may be what a partly known one will be."""
    return (
        text.startswith(partial_text.prefix)
        and text.endswith(partial_text.suffix)
        and len(text) >= len(partial_text.prefix) + len(partial_text.suffix)
    )


def may_be(value: Any, text: str) -> bool:
    """Whether a value is, or may turn out to be, a text."""
    if isinstance(value, PartialText):
        return _fits(text, value)
    return isinstance(value, Unknown) or value == text


def part_of(value: Any, start: int, end: int | None) -> Any:
    """The elements of a list, or the characters of a text, between two places, which may count from its end."""
    if isinstance(value, Secret):
        return Secret(part_of(value.value, start, end))
    if isinstance(value, list):
        is_from_start = start >= 0 and (end is None or end >= 0)
        told = value[:end] if is_from_start else value
        if SEVERAL not in told:
            return value[start:end]
        # What is behind any number of elements may be at any place.
        known = told[: told.index(SEVERAL)]
        return [*known[start:], SEVERAL] if is_from_start and start <= len(known) else [SEVERAL]
    return value[start:end] if isinstance(value, str) else UNKNOWN


def merged(values: Iterable[Any]) -> Any:
    """What holds for all of several values."""
    found = list(values)
    return reduce(_both, found) if found else UNKNOWN


def _both(first: Any, second: Any) -> Any:
    if first is second:
        return first
    if isinstance(first, Secret) or isinstance(second, Secret):
        inner = (each.value if isinstance(each, Secret) else each for each in (first, second))
        return Secret(_both(*inner))
    if isinstance(first, PartialDocument) and isinstance(second, PartialDocument):
        return PartialDocument(_both(first.content, second.content))
    if isinstance(first, WrittenMap) and isinstance(second, WrittenMap):
        common = {key: _both(first[key], second[key]) for key in first if key in second}
        is_open = first.is_open or second.is_open or len(common) < max(len(first), len(second))
        return WrittenMap(common, first.place, first.places, is_open=is_open)
    if isinstance(first, list) and isinstance(second, list):
        return _both_lists(first, second)
    if isinstance(first, str | PartialText) and isinstance(second, str | PartialText):
        return first if first == second else _both_texts(first, second)
    is_same = type(first) is type(second) and not isinstance(first, Method | Closure) and bool(first == second)
    return first if is_same else UNKNOWN


def _both_lists(first: list[Any], second: list[Any]) -> list[Any]:
    found: list[Any] = []
    for one, other in zip(first, second, strict=False):
        if isinstance(one, Several) or isinstance(other, Several):
            break
        found.append(_both(one, other))
    is_whole = len(found) == len(first) == len(second)
    return found if is_whole else [*found, SEVERAL]


def _both_texts(first: str | PartialText, second: str | PartialText) -> Any:
    """The beginning and the end that two texts have in common."""
    heads = [each if isinstance(each, str) else each.prefix for each in (first, second)]
    head = _common_beginning(heads)
    tails = [(each if isinstance(each, str) else each.suffix)[::-1] for each in (first, second)]
    shortest = min(len(each) for each in (first, second) if isinstance(each, str)) if _any_text(first, second) else None
    tail = _common_beginning(tails)[::-1]
    if shortest is not None:
        tail = tail[max(0, len(head) + len(tail) - shortest) :]
    return text_of((head, UNKNOWN, tail))


def _common_beginning(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    return first[
        : next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    ]


def _any_text(*texts: str | PartialText) -> bool:
    return any(isinstance(each, str) for each in texts)


_FIELD: Final = re.compile(r"\{\{|\}\}|\{(\w{0,100})\}|[{}]")


def formatted(template: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """The text that `template.format(...)` is; UNKNOWN where it does more than to put values in."""
    parts: list[Any] = []
    end = count = 0
    for found in _FIELD.finditer(template):
        parts.append(template[end : found.start()])
        end = found.end()
        if found[0] in ("{{", "}}"):
            parts.append(found[0][0])
        elif found[1] is None:
            return UNKNOWN
        elif found[1] and not found[1].isdecimal():
            parts.append(named.get(found[1], UNKNOWN))
        else:
            index = int(found[1]) if found[1] else count
            count += 1
            parts.append(arguments[index] if index < len(arguments) else UNKNOWN)
    return text_of((*parts, template[end:]))


_CONVERSION: Final = re.compile(r"%(?:\((\w{1,100})\))?(.)", re.DOTALL)


def inserted(template: str, given: Any) -> Any:
    """The text that `template % given` is; UNKNOWN where it does more than to put values in."""
    parts: list[Any] = []
    end = count = 0
    for conversion in _CONVERSION.finditer(template):
        name, kind = conversion.groups()
        parts.append(template[end : conversion.start()])
        end = conversion.end()
        if kind == "%":
            parts.append("%")
        elif kind not in "ds":
            return UNKNOWN
        else:
            if name:
                value = given.get(name, UNKNOWN) if isinstance(given, WrittenMap) else UNKNOWN
            elif isinstance(given, list):
                value = given[count] if count < len(given) and SEVERAL not in given[: count + 1] else UNKNOWN
                count += 1
            else:
                value = given
            # `%d` leaves out what is behind the point of a number.
            parts.append(UNKNOWN if kind == "d" and isinstance(value, float) else value)
    return text_of((*parts, template[end:]))


_PLACEHOLDER: Final = re.compile(r"\$(?:(\$)|(\w{1,100})|\{(\w{1,100})\}|(.?))", re.DOTALL)


def substituted(template: Template, named: Mapping[str, Any]) -> Any:
    """The text that `string.Template(...).substitute(...)` is."""
    parts: list[Any] = []
    end = 0
    for found in _PLACEHOLDER.finditer(template.text):
        dollar, name, braced, other = found.groups()
        if other is not None:
            return UNKNOWN
        parts += [template.text[end : found.start()], "$" if dollar else named.get(name or braced, UNKNOWN)]
        end = found.end()
    return text_of((*parts, template.text[end:]))
