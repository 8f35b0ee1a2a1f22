"""
Unknown values, and what is known of them before the update: the program's source says much of what the engine does not.

All of them are Unknown, so that whoever asks no more than whether a value is known sees an unknown one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from policypack.model.context import Place


class Unknown:
    """A value that exists only once the update has run. Of UNKNOWN, nothing else is known."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Final = Unknown()


class Origin(NamedTuple):
    """
    Whose output a reference is.

    :param path: the class of a resource that the program makes, or a function that looks something up and gets no
        arguments, as Python programs write them: `aws.sqs.Queue`, `aws.get_caller_identity`.
    :param name: the resource's name; empty where the source does not tell.
    :param output: the name of the output, in camelCase.
    """

    path: str
    name: str
    output: str


@dataclass(frozen=True, slots=True, repr=False)
class Reference(Unknown):
    """
    A value by which AWS names one thing, such as an ARN, an id or a name: it holds no wildcard.

    :param label: what it names and how; the same for two references to the same, and for no others.
    :param origin: whose output it is; None where that is not told.
    """

    label: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, repr=False)
class PartialText(Unknown):
    """
    A text of which parts are unknown.

    :param parts: the known parts and, in the place of each unknown one, an Unknown.
    """

    parts: tuple[str | Unknown, ...]

    @property
    def prefix(self) -> str:
        """The known beginning."""
        return self.parts[0] if self.parts and isinstance(self.parts[0], str) else ""

    @property
    def suffix(self) -> str:
        """The known end."""
        return self.parts[-1] if self.parts and isinstance(self.parts[-1], str) else ""

    def filled(self, fill: str) -> str:
        """The text with the same text in the place of each unknown part."""
        return "".join(part if isinstance(part, str) else fill for part in self.parts)


@dataclass(frozen=True, slots=True, repr=False)
class PartialDocument(Unknown):
    """
    A JSON document that the program makes from an object.

    :param content: the object or list, with Unknowns in it.
    """

    content: Any


class WrittenMap(dict[str, Any]):
    """
    A map that the program writes.

    :param place: the line of the program where it begins.
    :param places: the lines of its values, by their keys.
    :param is_open: whether it may have further keys, which the source does not tell.
    """

    __slots__ = ("is_open", "place", "places")

    def __init__(
        self,
        entries: Mapping[str, Any],
        place: Place | None = None,
        places: Mapping[str, Place] | None = None,
        *,
        is_open: bool = False,
    ) -> None:
        super().__init__(entries)
        self.place = place
        self.places = places or {}
        self.is_open = is_open

    def with_entries(self, entries: Mapping[str, Any]) -> WrittenMap:
        """The map with other values of its keys."""
        return WrittenMap(entries, self.place, self.places, is_open=self.is_open)


class Written(NamedTuple):
    """
    What the program says of a value.

    :param raw: the value, as in Value.raw. An UNKNOWN element of a list stands for any number of elements.
    :param place: the line that says so.
    """

    raw: Any
    place: Place | None


_HOLE: Final = re.compile("\ue000([0-9]{1,6})\ue001")


def document_of(text: PartialText) -> Any:
    """
    The JSON document that a text is, with Unknowns where its unknown parts are; None where it is none.

    An unknown part within a string is taken to be a part of that string, and one outside of strings to be one value.
    """
    holes: list[Unknown] = []
    whole: list[str] = []
    is_in_string = False
    for part in text.parts:
        if isinstance(part, str):
            if "\ue000" in part:
                return UNKNOWN
            whole.append(part)
            is_in_string = _ends_in_string(part, is_in_string)
        else:
            mark = f"\ue000{len(holes)}\ue001"
            whole.append(mark if is_in_string else f'"{mark}"')
            holes.append(part)
    try:
        return _with_holes(json.loads("".join(whole)), holes)
    except json.JSONDecodeError:
        return None
    except (ValueError, RecursionError):
        return UNKNOWN


def _ends_in_string(text: str, is_in_string: bool) -> bool:
    """Whether JSON is within a string behind a text, given whether it is before it."""
    return is_in_string != bool(len(re.sub(r'\\.|[^"\\]', "", text, flags=re.DOTALL)) % 2)


def _with_holes(read: Any, holes: list[Unknown]) -> Any:
    if isinstance(read, dict):
        return WrittenMap(
            {key: _with_holes(each, holes) for key, each in read.items()}, is_open=any(map(_HOLE.search, read))
        )
    if isinstance(read, list):
        return [_with_holes(each, holes) for each in read]
    if not isinstance(read, str) or not (parts := tuple(_split(read, holes))):
        return read
    if len(parts) == 1:
        return parts[0]
    return PartialText(parts)


def _split(text: str, holes: list[Unknown]) -> Iterator[str | Unknown]:
    end = 0
    for hole in _HOLE.finditer(text):
        if hole.start() > end:
            yield text[end : hole.start()]
        yield holes[int(hole[1])]
        end = hole.end()
    if end < len(text):
        yield text[end:]
