"""The whole stack: its resources by type, and which of them refer to which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from policypack.data.twins import CANONICAL_TYPES
from policypack.resource import Resource, Secret, Value
from policypack.source import ProgramSource

if TYPE_CHECKING:
    from policypack.exemption import Exempted
    from policypack.finding import Undecided

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


@dataclass(frozen=True, slots=True)
class StackInfo:
    """What is known of the stack before any of its resources, in Pulumi's words. `config` holds decrypted secrets."""

    project: str = ""
    stack: str = ""
    organization: str = ""
    dry_run: bool = False
    config: Mapping[str, str] = field(default_factory=dict, repr=False)
    config_secret_keys: frozenset[str] = frozenset()
    tags: Mapping[str, str] = field(default_factory=dict)
    source: ProgramSource | None = None
    """The source of the program that is being previewed; None where no program runs."""
    today: date = field(default_factory=date.today)
    """The day of the run: facts that hold until a certain day are judged by it."""


class Stack:
    """
    All resources of a stack, by URN, and the relations between them.

    A relation is found by property dependency, which previews have, and by equal known value (id, ARN, name), which
    updates, states and programs with literal names have. Both are in one index, built once, at the first question.
    """

    def __init__(self, resources: Iterable[Resource], info: StackInfo) -> None:
        self.info = info
        self.resources: dict[str, Resource] = {}
        self.undecided: list[tuple[str, Undecided]] = []
        """What could not be decided, each with the id of its policy, for the policy that reports it."""
        self.exempted: Exempted | None = None
        """What exemptions did to the findings, for the policy that reports it."""
        self._unresolved: dict[tuple[str, str, tuple[str, ...]], list[Resource]] = {}
        for resource in resources:
            resource.stack = self
            self.resources[resource.urn] = resource

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        by_type: dict[str, list[Resource]] = {}
        for resource in self.resources.values():
            by_type.setdefault(resource.type, []).append(resource)
        return by_type

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of the given types, in the stack's order within each."""
        return [resource for type_ in types for resource in self._by_type.get(type_, ())]

    def referrers(self, target: Resource, type_: str, *properties: str) -> list[Resource]:
        """The resources of a type one of whose named top-level properties refers to `target`."""
        found = self._referrers.get(target.urn, {})
        return [resource for prop in properties for resource in found.get((type_, prop), ())]

    def targets(self, value: Value, *types: str) -> list[Resource]:
        """The resources of the given types that the value's top-level property refers to."""
        urns = dict.fromkeys(self._dependencies(value.resource, value.property_name))
        for text in _strings(value.raw):
            urns.update(dict.fromkeys(self._identified.get(text, ())))
        found = (self.resources[urn] for urn in urns if urn in self.resources)
        return [resource for resource in found if resource.type in types]

    def unresolved(self, type_: str, prop: str, *target_types: str) -> list[Resource]:
        """
        The resources of a type whose named property is unknown, or a list with an unknown element, and may refer to any
        resource of the target types.

        A property that depends on a resource of a target type, be it one outside of this stack, is not among them.
        """
        # Asked once for every resource that lacks a companion, and the answer is the same for all.
        question = (type_, prop, target_types)
        if question not in self._unresolved:
            self._unresolved[question] = [
                resource
                for resource in self._by_type.get(type_, ())
                if any(value.is_unknown for value in resource.each(f"{prop}[]"))
                and not any(type_of(urn) in target_types for urn in self._dependencies(resource, prop))
            ]
        return self._unresolved[question]

    @cached_property
    def _identified(self) -> dict[str, list[str]]:
        identified: dict[str, list[str]] = {}
        for resource in self.resources.values():
            names = {resource.output(name).text for name in _IDENTIFIERS}
            for name in names - {""}:
                identified.setdefault(name, []).append(resource.urn)
        return identified

    @cached_property
    def _referrers(self) -> dict[str, dict[tuple[str, str], list[Resource]]]:
        index: dict[str, dict[tuple[str, str], list[Resource]]] = {}
        for resource in self.resources.values():
            for prop, urns in self._references(resource):
                for urn in urns:
                    index.setdefault(urn, {}).setdefault((resource.type, prop), []).append(resource)
        return index

    def _references(self, resource: Resource) -> Iterator[tuple[str, set[str]]]:
        """Each top-level property of a resource with the URNs that it refers to, the resource itself left out."""
        properties = resource.asked
        for prop in {**properties, **resource.property_dependencies}:
            urns = set(self._dependencies(resource, prop))
            for text in _strings(properties.get(prop)):
                urns.update(self._identified.get(text, ()))
            urns.discard(resource.urn)
            if urns:
                yield prop, urns

    def _dependencies(self, resource: Resource, prop: str) -> Iterator[str]:
        """
        The URNs that a property depends on, and those behind a neighbour's property of the same name.

        So `bucket=versioning.bucket` refers to the bucket, as `bucket=bucket.id` does. A neighbour whose name is made
        from that of another of its own type is no such detour.
        """
        for urn in resource.property_dependencies.get(prop, ()):
            yield urn
            if urn in self.resources:
                behind = self.resources[urn].property_dependencies.get(prop, ())
                yield from (each for each in behind if type_of(each) != type_of(urn))


def type_of(urn: str) -> str:
    """The type inside a URN (`urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`), as in Resource.type; else empty."""
    parts = urn.split("::")
    token = parts[2].rsplit("$", 1)[-1] if len(parts) > 2 else ""
    return CANONICAL_TYPES.get(token, token)


def _strings(raw: Any) -> Iterator[str]:
    if isinstance(raw, str):
        yield raw
    elif isinstance(raw, Secret):
        yield from _strings(raw.value)
    elif isinstance(raw, list):
        for element in raw:
            yield from _strings(element)
    elif isinstance(raw, dict):
        for element in raw.values():
            yield from _strings(element)
