"""What a Pulumi SDK for Python has: the questions, and where the answers come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final, Literal

from policypack.lint.sdk_facts import Facts, Property

Kind = Literal["resource", "function"]


@dataclass(frozen=True, slots=True)
class Signature:
    """
    What a class or function of an SDK takes.

    :param module: the full name of the module that it is in.
    :param is_open: whether it takes any keyword.
    """

    name: str
    module: str
    parameters: dict[str, Property]
    is_resource: bool = False
    is_open: bool = False


class Sdk(ABC):
    """What one or more SDKs have."""

    @abstractmethod
    def names(self, module: str) -> frozenset[str] | None:
        """The names that a module has; None where that cannot be told, or there is no such module."""

    @abstractmethod
    def values(self, full_name: str) -> frozenset[str] | None:
        """The names that an enumeration has; None for anything else."""

    @abstractmethod
    def signature(self, full_name: str) -> Signature | None:
        """What a class or function takes; None where it is neither, or cannot be read."""

    @abstractmethod
    def kind(self, full_name: str) -> Kind | None:
        """
        Whether a full name surely is that of a resource or of a function; None for all else, and where it is unknown.

        What people have written by hand into an SDK is none, as it may take and return plain values.
        """

    @abstractmethod
    def members(self, full_name: str) -> frozenset[str] | None:
        """The names that instances of a class have; None where that cannot be told."""

    def missing(self, full_name: str) -> tuple[str, str] | None:
        """
        The first part of a dotted name that the SDK does not have, after the part that it has.

        None where all is there, or where it cannot be told, as beyond a class that is no enumeration.
        """
        owner, *rest = full_name.split(".")
        for name in rest:
            names = self.names(owner) or self.values(owner)
            if names is None:
                return None
            if name not in names:
                return owner, name
            owner = f"{owner}.{name}"
        return None


OF_PYTHON: Final = ("resource_name", "opts")
"""Parameters of resources and functions that are not the provider's."""
_OF_EVERY_RESOURCE: Final = frozenset(("get", "_internal_init"))


class ShippedSdk(Sdk):
    """An SDK that is not installed, as the facts that ship with the pack tell of it."""

    def __init__(self, facts: Facts, core: Facts) -> None:
        """
        :param core: the facts about `pulumi` itself, which has the base class of resources.
        """
        self.facts = facts
        self._core = core

    def names(self, module: str) -> frozenset[str] | None:
        return self.facts.names(module)

    def values(self, full_name: str) -> frozenset[str] | None:
        thing = self.facts.thing(full_name)
        return frozenset(thing.members).union(("__members__",)) if thing and thing.kind == "enum" else None

    def signature(self, full_name: str) -> Signature | None:
        module, _, name = full_name.rpartition(".")
        thing = self.facts.thing(full_name) or self.facts.thing(full_name.removesuffix("_output"))
        if thing:
            is_resource = thing.kind == "resource"
            return None if thing.takes is None else Signature(name, module, thing.parameters, is_resource)
        resource = self.facts.thing(full_name.removesuffix("Args")) or self.facts.thing(full_name[: -len("InitArgs")])
        if not name.endswith("Args") or resource is None or resource.kind != "resource":
            return None
        inputs = {key: each for key, each in resource.parameters.items() if key not in OF_PYTHON}
        return Signature(name, module, inputs)

    def kind(self, full_name: str) -> Kind | None:
        thing = self.facts.thing(full_name) or self.facts.thing(full_name.removesuffix("_output"))
        if thing is None or thing.kind not in ("resource", "function"):
            return None
        return "resource" if thing.kind == "resource" else "function"

    def members(self, full_name: str) -> frozenset[str] | None:
        module, _, name = full_name.rpartition(".")
        thing = self.facts.thing(full_name) or self.facts.thing(f"{module}.{name.removeprefix('Awaitable')}")
        if thing is None or thing.has is None or thing.kind == "enum":
            return None
        if thing.kind != "resource":
            return frozenset(thing.members)
        if thing.token.startswith("pulumi:providers:"):
            return None
        base = self._core.thing("pulumi.CustomResource")
        return frozenset(thing.members).union(base.members if base else (), _OF_EVERY_RESOURCE)


def shown(full_name: str) -> str:
    """A full name as programs write it: `aws.s3.Bucket`."""
    return f"aws{full_name.removeprefix('pulumi_aws')}" if full_name.startswith("pulumi_aws.") else full_name


def with_article(full_name: str) -> str:
    """A full name as programs write it, with its article: `an aws.s3.Bucket`."""
    name = shown(full_name)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
