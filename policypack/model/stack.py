"""The whole stack: its resources by type, and which of them refer to which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, wraps
from typing import Any, Concatenate, Final, NamedTuple, ParamSpec, TypeVar

from policypack.data.twins import CANONICAL_TYPES
from policypack.model.context import Context
from policypack.model.resource import Resource
from policypack.model.value import Value, leaves, value_of

T = TypeVar("T")
S = TypeVar("S", Resource, "Stack")
P = ParamSpec("P")

_IDENTIFIERS: Final = (
    "id",
    "arn",
    "name",
    "bucket",
    "keyId",
    "identifier",
    "clusterIdentifier",
    "url",
    "repositoryUrl",
)
"""Properties by whose value one AWS resource is named in the properties of another."""
_LONGEST_IDENTIFIER: Final = 2048
"""Characters; the longest that IAM allows an ARN (https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html)."""
_MOST_NAMESAKES: Final = 8
"""So many resources of one type may share a name in one region before it identifies none of them. AWS has one."""
_MOST_DETOURS: Final = 16
"""A property that depends on more resources is made from a list of them, and names none through a neighbour."""

_Scope = tuple[str, str]
"""The provider and the region of a resource, within which its name is its own."""


class _Namesakes(NamedTuple):
    """The resources of one type that one text identifies, all of them and those of each scope."""

    all: list[Resource]
    by_scope: dict[_Scope, list[Resource]]

    def seen_from(self, scope: _Scope) -> list[Resource]:
        """Those that the text means in a resource of a scope: the ones of the same scope where there are any."""
        found = self.by_scope.get(scope, self.all)
        return found if len(found) <= _MOST_NAMESAKES else []


class _Referrers(NamedTuple):
    """The resources of one type by what one of their properties refers to."""

    by_urn: dict[str, list[Resource]]
    by_text: dict[str, dict[_Scope, list[Resource]]]


class Stack:
    """
    All resources of a stack, by URN, and the relations between them.

    A relation is found by property dependency, which previews have, and by equal known value (id, ARN, name), which
    updates, states and programs with literal names have. Whoever asks says which property refers to which type, so that
    a tag or a description that reads like a name is no relation. What a question needs is indexed when it is first
    asked, and each answer takes time in proportion to its length.
    """

    def __init__(self, resources: Iterable[Resource], context: Context) -> None:
        self.context = context
        bound = (resource.within(self) for resource in resources)
        self.resources: dict[str, Resource] = {resource.urn: resource for resource in bound}
        self._identified_by: dict[str, frozenset[str]] = {}
        self._namesakes: dict[str, dict[str, _Namesakes]] = {}
        self._referrers: dict[tuple[str, str], _Referrers] = {}
        self._unresolved: dict[tuple[str, str, tuple[str, ...]], list[Resource]] = {}
        self._dependency_types: dict[tuple[str, str], frozenset[str]] = {}
        self._answers: dict[tuple[Any, ...], Any] = {}
        """What `remembered` questions were answered, by the question, the URN that it is about, and its arguments."""

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        by_type: dict[str, list[Resource]] = {}
        for resource in self.resources.values():
            by_type.setdefault(resource.type, []).append(resource)
        return by_type

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {urn: position for position, urn in enumerate(self.resources)}

    def of_type(self, *types: str) -> Sequence[Resource]:
        """The resources of the given types, in the stack's order within each."""
        if len(types) == 1:
            return self._by_type.get(types[0], [])
        return [resource for type_ in types for resource in self._by_type.get(type_, ())]

    def referrers(self, target: Resource, type_: str, *properties: str) -> list[Resource]:
        """
        The resources of a type one of whose named top-level properties refers to `target`, in the stack's order for
        each property.
        """
        return [resource for prop in properties for resource in self._referrers_by(target, type_, prop)]

    def targets(self, value: Value, *types: str) -> list[Resource]:
        """The resources of the given types that the value's top-level property refers to."""
        found: dict[str, Resource] = {}
        for urn in self._dependencies(value.resource, value.property_name):
            if type_of(urn) in types and urn in self.resources:
                found[urn] = self.resources[urn]
        scope = _scope(value.resource)
        for text in _strings(value.raw):
            for type_ in types:
                if namesakes := self._named(type_).get(text):
                    found.update((each.urn, each) for each in namesakes.seen_from(scope))
        return list(found.values())

    def dependency_types(self, resource: Resource, prop: str) -> frozenset[str]:
        """The types of the resources of this stack that a top-level property depends on."""
        question = (resource.urn, prop)
        if question not in self._dependency_types:
            urns = resource.property_dependencies.get(prop, ())
            self._dependency_types[question] = frozenset(
                self.resources[urn].type for urn in urns if urn in self.resources
            )
        return self._dependency_types[question]

    def unresolved(self, type_: str, prop: str, *target_types: str) -> list[Resource]:
        """
        The resources of a type whose named property may refer to any resource of the target types: it is unknown, a
        list with an unknown element, or no text that could name one.

        A property that depends on a resource of a target type, be it one outside of this stack, is not among them.
        """
        question = (type_, prop, target_types)
        if question not in self._unresolved:
            self._unresolved[question] = [
                resource
                for resource in self._by_type.get(type_, ())
                if any(value.is_unknown or isinstance(value.raw, dict) for value in resource.each(f"{prop}[]"))
                and not any(type_of(urn) in target_types for urn in self._dependencies(resource, prop))
            ]
        return self._unresolved[question]

    def _named(self, type_: str) -> dict[str, _Namesakes]:
        """The resources of a type by each text that identifies one."""
        if type_ not in self._namesakes:
            index: dict[str, _Namesakes] = {}
            for resource in self._by_type.get(type_, ()):
                scope = _scope(resource)
                for text in self._identifiers(resource):
                    namesakes = index.setdefault(text, _Namesakes([], {}))
                    namesakes.all.append(resource)
                    namesakes.by_scope.setdefault(scope, []).append(resource)
            self._namesakes[type_] = index
        return self._namesakes[type_]

    def _identifiers(self, resource: Resource) -> frozenset[str]:
        """The texts that identify a resource."""
        if resource.urn not in self._identified_by:
            texts = {resource.output(name).text for name in _IDENTIFIERS}
            self._identified_by[resource.urn] = frozenset(
                text for text in texts if text and len(text) <= _LONGEST_IDENTIFIER
            )
        return self._identified_by[resource.urn]

    def _referrers_by(self, target: Resource, type_: str, prop: str) -> list[Resource]:
        if type_ not in self._by_type:
            return []
        index = self._referrers_of(type_, prop)
        found = {each.urn: each for each in index.by_urn.get(target.urn, ())}
        for text in self._identifiers(target) if index.by_text else ():
            by_scope = index.by_text.get(text)
            namesakes = self._named(target.type).get(text) if by_scope else None
            if not by_scope or not namesakes:
                continue
            # Where too many share the name, only those of the target's own scope can mean it.
            scopes: Iterable[_Scope] = by_scope if len(namesakes.all) <= _MOST_NAMESAKES else (_scope(target),)
            for scope in scopes:
                if target in namesakes.seen_from(scope):
                    found.update((each.urn, each) for each in by_scope.get(scope, ()))
        found.pop(target.urn, None)
        if len(found) < 2:
            return list(found.values())
        return [found[urn] for urn in sorted(found, key=self._positions.__getitem__)]

    def _referrers_of(self, type_: str, prop: str) -> _Referrers:
        if (type_, prop) not in self._referrers:
            index = _Referrers({}, {})
            for resource in self._by_type.get(type_, ()):
                for urn in dict.fromkeys(self._dependencies(resource, prop)):
                    index.by_urn.setdefault(urn, []).append(resource)
                scope = _scope(resource)
                for text in dict.fromkeys(_strings(resource.declared.get(prop))):
                    index.by_text.setdefault(text, {}).setdefault(scope, []).append(resource)
            self._referrers[type_, prop] = index
        return self._referrers[type_, prop]

    def _dependencies(self, resource: Resource, prop: str) -> Iterator[str]:
        """
        The URNs that a property depends on, and those behind a neighbour's property of the same name.

        So `bucket=versioning.bucket` refers to the bucket, as `bucket=bucket.id` does. A neighbour whose name is made
        from that of another of its own type is no such detour.
        """
        urns = resource.property_dependencies.get(prop, ())
        for urn in urns:
            yield urn
            if urn in self.resources and len(urns) <= _MOST_DETOURS:
                behind = self.resources[urn].property_dependencies.get(prop, ())
                yield from (each for each in behind if type_of(each) != type_of(urn))


def remembered(question: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """
    Makes a question about a resource or about the stack one that is answered once per stack, and then looked up.

    :param question: a function of the resource or stack and, where it depends on more, of hashable arguments.
    :raises StackUnknownError: when the question is asked about a resource before the whole stack is known.
    """

    @wraps(question)
    def ask(subject: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        stack, urn = (subject, "") if isinstance(subject, Stack) else (subject.stack, subject.urn)
        key = (question, urn, args, *kwargs.items())
        if key not in stack._answers:
            stack._answers[key] = question(subject, *args, **kwargs)
        answer: T = stack._answers[key]
        return answer

    return ask


def type_of(urn: str) -> str:
    """The type inside a URN (`urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`), as in Resource.type; else empty."""
    token = _token_of(urn)
    return CANONICAL_TYPES.get(token, token)


def class_of(token_or_urn: str) -> str:
    """
    The class of a type of AWS, by its token or the URN of a resource of it, as `aws.sqs.queue`: in lower case and
    without underscores, as all languages then write it.
    """
    token = _token_of(token_or_urn) or token_or_urn
    package, _, rest = token.partition(":")
    module, _, name = rest.partition(":")
    return f"{package}.{module.partition('/')[0]}.{name}".replace("_", "").lower()


def _token_of(urn: str) -> str:
    parts = urn.split("::", 3)
    return parts[2].rpartition("$")[2] if len(parts) > 2 else ""


def _scope(resource: Resource) -> _Scope:
    return resource.provider_urn, value_of(resource, "region", resource.declared.get("region")).text


def _strings(raw: Any) -> Iterator[str]:
    """The texts in a raw value that may identify something, from left to right."""
    return (each for each, _ in leaves(raw) if isinstance(each, str) and len(each) <= _LONGEST_IDENTIFIER)
