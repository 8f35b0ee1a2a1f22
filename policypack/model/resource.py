"""A resource of a program, as one stage of the engine or one file shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policypack.data.twins import CANONICAL_TYPES
from policypack.model.unknown import WrittenMap
from policypack.model.value import Properties, Value, value_of

if TYPE_CHECKING:
    from policypack.model.context import Context
    from policypack.model.stack import Stack


@dataclass(frozen=True, slots=True)
class ResourceOptions:
    """The resource options that policies read, named as in Pulumi."""

    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()


def _is_plain(raw: Any) -> bool:
    """Whether all of a value is known."""
    if isinstance(raw, list):
        return all(map(_is_plain, raw))
    if isinstance(raw, WrittenMap):
        return not raw.is_open and all(map(_is_plain, raw.values()))
    return isinstance(raw, str | int | float)


def _with_entry(properties: Properties, path: Sequence[str], written: Value) -> WrittenMap:
    """Properties with another value at a path through maps, and the line that says so."""
    name, *rest = path
    inner = properties.get(name)
    raw = _with_entry(inner if isinstance(inner, dict) else {}, rest, written) if rest else written.raw
    places = properties.places if isinstance(properties, WrittenMap) else {}
    return WrittenMap({**properties, name: raw}, places={**places, name: written.place} if written.place else places)


class StackUnknownError(Exception):
    """A policy asked for the whole stack at a stage that knows one resource only."""


class Resource:
    """
    One resource, as one of the engine's stages or a file shows it.

    `inputs` is what the program asked for; it is None for a resource that is only in the state. `outputs` is what the
    provider answered; it is None before the stack stage. A property of the inputs that is unset stays absent even if
    the outputs have a value for it, for that is the provider's default and the policy has to know it.

    Two resources are equal when they have the same URN: they are one resource, at whichever stage each was seen.
    """

    __slots__ = (
        "_provider",
        "_stack",
        "context",
        "dependencies",
        "has_secret_marks",
        "inputs",
        "name",
        "options",
        "outputs",
        "parent",
        "property_dependencies",
        "provider_urn",
        "readings",
        "token",
        "type",
        "urn",
    )

    def __init__(
        self,
        urn: str,
        token: str,
        name: str,
        *,
        context: Context,
        inputs: Properties | None = None,
        outputs: Properties | None = None,
        options: ResourceOptions | None = None,
        provider: Callable[[], Resource | None] = lambda: None,
        provider_urn: str = "",
        parent: str = "",
        dependencies: tuple[str, ...] = (),
        property_dependencies: Mapping[str, tuple[str, ...]] | None = None,
        has_secret_marks: bool = True,
    ) -> None:
        self.urn = urn
        self.token = token
        """The type token as it was sent."""
        self.type = CANONICAL_TYPES.get(token, token)
        """The type token that policies know the type by: twins and renamed types share one."""
        self.name = name
        self.context = context
        self.inputs = inputs
        self.outputs = outputs
        self.options = options or ResourceOptions()
        self._provider = provider
        self.provider_urn = provider_urn
        """The URN of the provider that manages the resource; empty where it is not told."""
        self.parent = parent
        self.dependencies = dependencies
        self.property_dependencies = property_dependencies or {}
        self.has_secret_marks = has_secret_marks
        """Whether the values tell which of them are secret; what comes through pulumi_policy does not."""
        self.readings: dict[tuple[Any, ...], tuple[Any, Any]] = {}
        """What was read in its values, by policypack.model.value.read_once."""
        self._stack: Stack | None = None

    def __repr__(self) -> str:
        return f"Resource({self.urn!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Resource) and self.urn == other.urn

    def __hash__(self) -> int:
        return hash(self.urn)

    def within(self, stack: Stack) -> Resource:
        """The same resource as a part of a stack, whose relations it can then be asked for."""
        # Not copy.copy, which takes five times as long: a stack does this with each of its resources.
        bound = Resource.__new__(Resource)
        for name in Resource.__slots__:
            setattr(bound, name, getattr(self, name))
        # What was read has values in it, and these belong to a resource that may know no stack.
        bound.readings = {}
        bound._stack = stack
        # A file's resources do not know what the settings say of the run.
        bound.context = stack.context
        return bound

    def as_written(self, values: Iterable[Value]) -> Resource:
        """
        The same resource with what the program's source says of some of its values in their place, where it says all of
        a plain one: a text, a number, a boolean, or a list or map of these.
        """
        written = [value.as_written for value in values]
        found = {each.path: each for each in written if _is_plain(each.raw) and not each.is_secret}
        if not found:
            return self
        filled = copy(self)
        filled.readings = {}
        filled.inputs = self.declared
        for path, value in found.items():
            filled.inputs = _with_entry(filled.inputs, path.split("."), value)
        return filled

    @property
    def is_in_stack(self) -> bool:
        """Whether the whole stack is known, as it is at the stack stage."""
        return self._stack is not None

    def is_asked(self, controls: tuple[str, ...] | None = None) -> bool:
        """Whether the run asks about this resource, for some controls where these are told (see Asked)."""
        return self.context.asked is None or self.context.asked.asks(self.type, controls)

    @property
    def stack(self) -> Stack:
        """
        The whole stack.

        :raises StackUnknownError: at the resource stage, which has none. A policy that lets this exception pass is
            asked again at the stack stage, as if it had yielded Undecided.
        """
        if self._stack is None:
            raise StackUnknownError
        return self._stack

    def referrers(self, type_: str, *properties: str) -> list[Resource]:
        """The resources of a type one of whose named top-level properties refers to this one."""
        return self.stack.referrers(self, type_, *properties)

    @property
    def provider(self) -> Resource | None:
        """The provider that manages the resource; its properties come with every resource and are seldom read."""
        return self._provider()

    @property
    def region(self) -> str:
        """The AWS region that the resource is in, its own or its provider's; empty where neither tells."""
        provider = self.provider
        return self.output("region").text or (provider.output("region").text if provider else "")

    @property
    def declared(self) -> Properties:
        """The declared inputs; the outputs, for a resource of which nothing else is known."""
        return self.inputs if self.inputs is not None else self.outputs or {}

    def get(self, path: str) -> Value:
        """The declared value at a dotted path (see Value.get)."""
        return Value(self, "", self.declared).get(path)

    def each(self, path: str) -> Iterator[Value]:
        """Every declared value at a path through lists (see Value.each)."""
        return Value(self, "", self.declared).each(path)

    def output(self, name: str) -> Value:
        """A top-level property as the provider answered it, or as it was declared where there is no answer yet."""
        properties = self.outputs if self.outputs is not None and name in self.outputs else self.declared
        return value_of(self, name, properties.get(name))
