"""A property's value: absent, known or unknown, and, apart from that, secret or not."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, Concatenate, Final, NamedTuple, ParamSpec, TypeVar

from msgspec import Struct, structs

from policypack.model.unknown import UNKNOWN, PartialDocument, PartialText, Reference, Unknown, WrittenMap, document_of

if TYPE_CHECKING:
    from policypack.model.context import Place
    from policypack.model.resource import Resource

T = TypeVar("T")
P = ParamSpec("P")

_LONGEST_SHOWN: Final = 80
_MOST_READINGS: Final = 64
"""Of one resource that are kept; the types with the most documents have a few."""

DEEPEST: Final = 100
"""
How many lists, maps and secret marks may enclose a value. What is nested more deeply is read as unknown, so that
whatever walks a value may do so recursively, for which Python has room for about 1,000 calls.
"""

# A terminal obeys control characters, a line break ends a message, marks of direction make a text read as another, and
# a lone surrogate cannot be written as UTF-8.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def printable(text: str) -> str:
    """A stranger's text in one line, with what a terminal would obey or cannot show escaped: `\\n`, `\\x1b`."""
    return text if text.isprintable() else _UNPRINTABLE.sub(lambda match: ascii(match[0])[1:-1], text)


class Secret:
    """A value that the engine marks secret. Its text form never tells the value."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "[secret]"


@dataclass(frozen=True, slots=True, repr=False)
class Asset:
    """
    A file or archive. Its text form never tells what is in it, which may hold secrets.

    :param texts: the texts that the program wrote into it, each with its path in the archive; files are not read.
    """

    texts: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return "[asset]"


ASSET: Final = Asset()

Properties = Mapping[str, Any]
"""Property names as the engine sends them (camelCase) to None, bool, float, int, str, list, dict, Secret, Unknown
or Asset, nested anywhere."""


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[tuple[str, str], ...]:
    """The names of a dotted path, each with what follows it: `[]` behind a list, `?` behind an optional block."""
    names = path.replace("[]", "[").split(".")
    return tuple((name.rstrip("[?"), {"[": "[]", "?": "?"}.get(name[-1:], "")) for name in names)


class Value(Struct, frozen=True):
    """
    A property's value at a path of a resource. Reading one never raises, whatever the program wrote there.

    A run makes a million of these, and a Struct is made in a sixth of the time that a frozen dataclass takes.
    """

    resource: Resource
    path: str
    raw: Any
    """None when absent, an Unknown when unknown, otherwise the value itself, never a Secret."""
    is_secret: bool = False
    place: Place | None = None
    """The line of the program that says what the value is, where it was read from there."""

    def __repr__(self) -> str:
        return f"Value(resource={self.resource!r}, path={self.path!r})"

    @property
    def as_written_text(self) -> Value:
        """The value as the program's source says it (see as_written), where it says that it is a text; else itself."""
        written = self.as_written
        return written if isinstance(written.raw, str | PartialText | Reference) else self

    @property
    def is_absent(self) -> bool:
        """Whether the program left the value out."""
        return self.raw is None

    @property
    def is_unknown(self) -> bool:
        """Whether the value exists only once the update has run."""
        return isinstance(self.raw, Unknown)

    @property
    def is_known(self) -> bool:
        """Whether the value is there and known."""
        return self.raw is not None and not self.is_unknown

    @property
    def as_written(self) -> Value:
        """
        The value as the program's source says it, where it is unknown and the source says something; else itself.

        The source is read at the first question only, so a policy asks where a part of a value decides.
        """
        program = self.resource.context.program
        if self.raw is not UNKNOWN or program is None:
            return self
        written = program.written(self.resource, self.path)
        if written is None:
            return self
        return value_of(self.resource, self.path, written.raw, self.is_secret, written.place)

    def get(self, path: str) -> Value:
        """The value at a dotted path below this one; unknown when a part of the way is, absent when one is missing."""
        value = self
        for name, _ in _steps(path):
            value = value._step(name)
        return value

    def each(self, path: str) -> Iterator[Value]:
        """
        The value at a path below this one in every element of the lists on the way (`rules[].status`).

        There is none where a list (`rules[]`) or an optional block (`ebs?`) is absent, an absent one where an element
        lacks the rest of the way, and an unknown one where the way is unknown. A block that one version of a resource
        type writes as an object and another as a list of objects reads the same.
        """
        values: Iterable[Value] = (self,)
        for name, suffix in _steps(path):
            values = [value._step(name) for value in values]
            if suffix:
                values = [element for value in values for element in value._elements(suffix)]
        return iter(values)

    def entries(self) -> Iterator[tuple[str, Value]]:
        """
        Each key of a map with its value, or each index of a list; nothing where this is neither.

        The keys of a secret map are secret, too: the paths of its values do not tell them, and no message may.
        """
        if isinstance(self.raw, dict):
            for key, raw in self.raw.items():
                shown = "[secret]" if self.is_secret else printable(key)
                path = f"{self.path}.{shown}" if self.path else shown
                place = self.raw.places.get(key, self.place) if isinstance(self.raw, WrittenMap) else self.place
                yield key, value_of(self.resource, path, raw, self.is_secret, place)
        elif isinstance(self.raw, list):
            for index, element in enumerate(self._elements("[]")):
                yield str(index), element

    def _step(self, name: str) -> Value:
        path = f"{self.path}.{name}" if self.path else name
        raw = self.raw
        if isinstance(raw, WrittenMap):
            inner = raw.get(name, UNKNOWN if raw.is_open else None)
            return value_of(self.resource, path, inner, self.is_secret, raw.places.get(name, self.place))
        if isinstance(raw, dict):
            return value_of(self.resource, path, raw.get(name), self.is_secret, self.place)
        return Value(self.resource, path, UNKNOWN if isinstance(raw, Unknown) else None, self.is_secret, self.place)

    def _elements(self, suffix: str) -> Sequence[Value]:
        resource, path, raw, is_secret, place = self.resource, self.path, self.raw, self.is_secret, self.place
        if raw is None:
            return ()
        if isinstance(raw, list):
            return [value_of(resource, f"{path}[{index}]", each, is_secret, place) for index, each in enumerate(raw)]
        if isinstance(raw, Unknown) and suffix == "[]":
            return (Value(resource, f"{path}[]", UNKNOWN, is_secret, place),)
        return (self,)

    @property
    def text(self) -> str:
        """The value as a string (256.0 is `256`); empty when it is absent, unknown, a list, a map or an asset."""
        raw = self.raw
        if isinstance(raw, str):
            return raw
        if isinstance(raw, bool):
            return "true" if raw else "false"
        if isinstance(raw, float):
            return str(int(raw)) if raw.is_integer() else repr(raw)
        return str(raw) if isinstance(raw, int) else ""

    @property
    def number(self) -> float | None:
        """The value as a number, also when it is written as a string; None when it is none, or not finite."""
        try:
            number = float(self.text)
        except ValueError:
            return None
        return number if math.isfinite(number) else None

    @property
    def is_true(self) -> bool:
        """Whether the value is known and true, also when written as the string `true`, as some AWS properties are."""
        return self.text.lower() == "true"

    @property
    def is_false(self) -> bool:
        """Whether the value is known and false, also when written as the string `false`."""
        return self.text.lower() == "false"

    @property
    def is_unset(self) -> bool:
        """Whether the value is absent or one that providers send for an unset one: `""`, 0, false, `[]`, `{}`."""
        return not self.raw

    def json(self, *, decapitalize: bool = False) -> Value:
        """
        The content of the JSON document in this string, as a value of the same path; absent where it is not JSON.

        An object or a list, which the SDKs accept in place of a document, is its own content. A document that Python
        cannot read (a number of thousands of digits) is unknown, and so is what is nested too deeply (see DEEPEST).
        Of a document that is unknown, it is what the program's source says, with unknown parts; see `as_written`.

        Each document is parsed once, and all who ask get the same content: nobody may change it.

        :param decapitalize: whether to read keys as if their first letter were lower case. The provider accepts
            container definitions with capitals, and C# programs write them.
        """
        if self.is_unknown:
            return self._written_json(decapitalize)
        if isinstance(self.raw, dict | list):
            return self
        read = _parsed(self, decapitalize).content if isinstance(self.raw, str) else None
        return Value(self.resource, self.path, read, self.is_secret)

    def _written_json(self, decapitalize: bool) -> Value:
        written = self.as_written
        raw = written.raw
        if not isinstance(raw, Unknown):
            return written.json(decapitalize=decapitalize)
        if isinstance(raw, PartialText):
            raw = document_of(raw)
        elif isinstance(raw, PartialDocument):
            raw = raw.content
        return structs.replace(written, raw=_with_small_initials(raw) if decapitalize else raw)

    @property
    def json_problem(self) -> str:
        """What keeps this string from being a JSON document that AWS can read, as the end of a sentence; else empty."""
        return _parsed(self, False).problem if isinstance(self.raw, str) else ""

    @property
    def property_name(self) -> str:
        """The top-level property that this value is in."""
        return self.path.split(".", 1)[0].split("[", 1)[0]

    @property
    def dependency_urns(self) -> tuple[str, ...]:
        """The URNs of the resources that the value's top-level property depends on; known at the stack stage only."""
        return self.resource.property_dependencies.get(self.property_name, ())

    @property
    def dependencies(self) -> list[Resource]:
        """The resources of this stack that the value's top-level property depends on; none before the stack stage."""
        if not self.resource.is_in_stack:
            return []
        resources = self.resource.stack.resources
        return [resources[urn] for urn in self.dependency_urns if urn in resources]

    @property
    def dependency_types(self) -> frozenset[str]:
        """The types of `dependencies`: values within one property share them, and a list may have many."""
        if not self.resource.is_in_stack:
            return frozenset()
        return self.resource.stack.dependency_types(self.resource, self.property_name)

    def targets(self, *types: str) -> list[Resource]:
        """The resources of the given types that the value refers to (see Stack.targets)."""
        return self.resource.stack.targets(self, *types)

    @property
    def shown(self) -> str:
        """The value as a message may show it: never a secret, never long."""
        if self.raw is None:
            return "not set"
        if self.is_secret and not self.is_unknown:
            return "[secret]"
        if isinstance(self.raw, PartialText) and not self.is_secret:
            return f'"{printable(_shorten(self.raw.filled("…")))}"'
        if isinstance(self.raw, Unknown):
            return "unknown"
        if isinstance(self.raw, str):
            return f'"{printable(_shorten(self.raw))}"'
        if isinstance(self.raw, list | dict):
            # By its size only: there may be secrets in it.
            return f"a {'list' if isinstance(self.raw, list) else 'block'} of {len(self.raw)}"
        return _shorten(self.text or repr(self.raw))

    def shown_as(self, text: str, otherwise: str = "[secret]") -> str:
        """A text that tells something of the value, as a message may show it: `otherwise` where that is secret."""
        return otherwise if self.is_secret else text


def read_once(read: Callable[Concatenate[Value, P], T]) -> Callable[Concatenate[Value, P], T]:
    """
    Makes a reading of a value, such as parsing the document in it, one that is made once and then looked up.

    What was read is kept with the value's resource and goes with it. Threads that ask at once may each read.

    :param read: a function of the value and, where it depends on more, of hashable arguments.
    """

    @wraps(read)
    def ask(value: Value, /, *args: P.args, **kwargs: P.kwargs) -> T:
        readings = value.resource.readings
        key = (read, value.path, value.is_secret, args, *kwargs.items())
        raw, answer = readings.get(key, (None, None))
        # A path has another value among the outputs than among the inputs.
        if raw is None or raw is not value.raw:
            answer = read(value, *args, **kwargs)
            if key in readings or len(readings) < _MOST_READINGS:
                readings[key] = (value.raw, answer)
        known: T = answer
        return known

    return ask


class _Parsed(NamedTuple):
    """What a JSON document says, and what is wrong with it, as the end of a sentence."""

    content: Any
    problem: str = ""


_BEYOND_LIMITS: Final = "is not valid JSON that AWS could read: a number or the nesting is beyond all limits"


@read_once
def _parsed(value: Value, decapitalize: bool) -> _Parsed:
    try:
        content = json.loads(value.raw, object_pairs_hook=_decapitalized if decapitalize else None)
    except json.JSONDecodeError as error:
        return _Parsed(None, f"is not valid JSON (line {error.lineno}, column {error.colno})")
    except (ValueError, RecursionError):
        return _Parsed(UNKNOWN, _BEYOND_LIMITS)
    return _Parsed(content, _BEYOND_LIMITS if _cut(content) else "")


def _cut(content: Any) -> bool:
    """Makes what is nested too deeply in a parsed JSON document unknown. Out: whether anything was."""
    level: list[Any] = _containers((content,))
    for _ in range(DEEPEST):
        if not level:
            return False
        level = [inner for each in level for inner in _containers(each.values() if isinstance(each, dict) else each)]
    is_cut = False
    for each in level:
        for key, inner in each.items() if isinstance(each, dict) else enumerate(each):
            if isinstance(inner, dict | list):
                each[key] = UNKNOWN
                is_cut = True
    return is_cut


def _containers(values: Iterable[Any]) -> list[Any]:
    return [each for each in values if isinstance(each, dict | list)]


def _decapitalized(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key[:1].lower() + key[1:]: value for key, value in pairs}


def _with_small_initials(read: Any) -> Any:
    """A document that the program writes as an object, with the first letter of each key in lower case."""
    if isinstance(read, list):
        return [_with_small_initials(each) for each in read]
    if isinstance(read, Secret):
        return Secret(_with_small_initials(read.value))
    if not isinstance(read, dict):
        return read
    entries = _decapitalized([(key, _with_small_initials(each)) for key, each in read.items()])
    if not isinstance(read, WrittenMap):
        return entries
    places = _decapitalized(list(read.places.items()))
    return WrittenMap(entries, read.place, places, is_open=read.is_open)


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def unwrapped(raw: Any) -> Any:
    """A raw value out of the envelopes of its secrets, for whoever keeps in mind that it may be secret."""
    while isinstance(raw, Secret):
        raw = raw.value
    return raw


def leaves(raw: Any, is_secret: bool = False) -> Iterator[tuple[Any, bool]]:
    """
    Each value within a raw one that is neither a list nor a map, from left to right, and whether it is secret.

    :param is_secret: whether the raw value is in something that is marked secret.
    """
    while isinstance(raw, Secret):
        raw, is_secret = raw.value, True
    if isinstance(raw, list | dict):
        for each in raw if isinstance(raw, list) else raw.values():
            if isinstance(each, list | dict | Secret):
                yield from leaves(each, is_secret)
            else:
                yield each, is_secret
    else:
        yield raw, is_secret


def value_of(resource: Resource, path: str, raw: Any, is_secret: bool = False, place: Place | None = None) -> Value:
    """The value at a path of a resource, out of its secret's envelope where it is in one."""
    while isinstance(raw, Secret):
        raw, is_secret = raw.value, True
    if isinstance(raw, WrittenMap):
        place = raw.place or place
    return Value(resource, path, raw, is_secret, place)
