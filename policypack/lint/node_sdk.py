"""What a Pulumi SDK for Node.js has: the questions, and the answers of the facts that ship about pulumi-aws."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import Final, Literal

from policypack.data.node_sdk import NAMES
from policypack.lint.inputs import own_inputs, types_of
from policypack.lint.sdk_facts import Facts, Property, Thing

AWS: Final = "@pulumi/aws"
PULUMI: Final = "@pulumi/pulumi"
OF_EVERY_RESOURCE: Final = frozenset(("id", "urn", "getProvider", "constructor", "toString"))
_OPEN: Final = frozenset(("config", "types"))
"""Modules that the facts do not tell about."""


class NodeThing(ABC):
    """A resource or function of an SDK. All names are those of TypeScript."""

    kind: Literal["resource", "function"]
    needs_arguments: bool = True
    """Whether what it requires is missing where it is given no arguments at all."""
    takes_options: bool = True
    """Whether the third argument of a resource is its options."""

    @property
    @abstractmethod
    def parameters(self) -> Mapping[str, Property] | None:
        """What it takes, by name; None where that cannot be told."""

    @abstractmethod
    def properties_of(self, shape: str) -> Mapping[str, Property] | None:
        """The properties of an input type, by name; None where they cannot be told."""

    @property
    @abstractmethod
    def outputs(self) -> frozenset[str]:
        """The names of its outputs that surely are some."""

    @property
    @abstractmethod
    def members(self) -> frozenset[str] | None:
        """All names that a resource has; None where they cannot be told."""

    @property
    @abstractmethod
    def advice(self) -> str:
        """What to use in its place if it is deprecated; empty where it is not."""


class NodeSdk(ABC):
    """What an SDK has."""

    version: str
    """Its name and version, as messages say it."""

    @abstractmethod
    def names(self, module: str) -> frozenset[str] | None:
        """The names that a module has, by its full name; None where that cannot be told."""

    @abstractmethod
    def thing(self, full_name: str) -> NodeThing | None:
        """The resource or function of a full name; None where there is none, or that cannot be told."""

    @abstractmethod
    def missing(self, full_name: str) -> tuple[str, str] | None:
        """
        The first part of a full name that the SDK does not have, after the part that it has.

        None where all is there, or where it cannot be told.
        """


class ShippedThing(NodeThing):
    """A resource or function of pulumi-aws, as the facts tell of it: both SDKs are made from one schema."""

    def __init__(self, thing: Thing, facts: Facts) -> None:
        """
        :param facts: those that the thing is of.
        """
        self.kind = "resource" if thing.kind == "resource" else "function"
        self._thing = thing
        self._types = types_of(facts, thing.module)

    @property
    def parameters(self) -> Mapping[str, Property] | None:
        return own_inputs(self._thing) if self._thing.takes is not None else None

    def properties_of(self, shape: str) -> Mapping[str, Property] | None:
        return self._types(shape)

    @cached_property
    def outputs(self) -> frozenset[str]:
        return self._thing.outputs | {"id", "urn"} if self.kind == "resource" else frozenset()

    @cached_property
    def members(self) -> frozenset[str] | None:
        if self.kind != "resource" or self._thing.token.startswith("pulumi:providers"):
            return None
        return self._thing.outputs | OF_EVERY_RESOURCE

    @property
    def advice(self) -> str:
        return f"Use aws.{self._thing.successor}." if self._thing.successor else ""


class ShippedNodeSdk(NodeSdk):
    """pulumi-aws where it is not installed, as the facts that ship with the pack tell of it."""

    def __init__(self, facts: Facts) -> None:
        """
        :param facts: those about the SDK for Python of the same version.
        """
        self._facts = facts
        self.version = f"pulumi-aws {facts.version}"
        self._names: dict[str, dict[str, ShippedThing | None]] = {}

    def missing(self, full_name: str) -> tuple[str, str] | None:
        path = _path(full_name)
        owner = AWS
        for index, name in enumerate(path[:2]):
            names = self._of_module(path[0] if index else "")
            if path[0] in _OPEN or not names:
                return None
            if name not in names:
                return owner, name
            owner = f"{owner}.{name}"
        return None

    def thing(self, full_name: str) -> NodeThing | None:
        path = _path(full_name)
        return self._of_module(path[0] if len(path) == 2 else "").get(path[-1]) if 1 <= len(path) <= 2 else None

    def names(self, module: str) -> frozenset[str] | None:
        path = _path(module)
        return frozenset(self._of_module(path[0] if path else "")) or None if len(path) <= 1 else None

    def _of_module(self, module: str) -> dict[str, ShippedThing | None]:
        """The names that a module has, such as `s3`, with the resource or function that they name."""
        if module not in self._names:
            self._names[module] = self._read(module)
        return self._names[module]

    def _read(self, module: str) -> dict[str, ShippedThing | None]:
        full_name = f"pulumi_aws.{module}" if module else "pulumi_aws"
        if module and full_name not in self._facts.modules:
            # Words of Python have a line behind them: lambda_.
            full_name += "_"
        names: dict[str, ShippedThing | None] = {}
        for name, kind in self._facts.things(full_name).items():
            thing = self._facts.thing(f"{full_name}.{name}")
            if thing is None:
                continue
            if kind == "resource":
                names.update({name: ShippedThing(thing, self._facts), f"{name}Args": None, f"{name}State": None})
            elif kind == "function":
                called = thing.token.rpartition(":")[2]
                function, type_ = called[0].lower() + called[1:], called[0].upper() + called[1:]
                names.update(dict.fromkeys((function, f"{function}Output"), ShippedThing(thing, self._facts)))
                names.update(dict.fromkeys((f"{type_}Args", f"{type_}OutputArgs", f"{type_}Result")))
            elif kind == "enum":
                names[name] = None
        if names or not module:
            names.update(dict.fromkeys(NAMES.get(module, ())))
        if not module:
            names.update(dict.fromkeys(each.split(".")[1].rstrip("_") for each in self._facts.modules if "." in each))
        return names


def said(deprecation: str) -> str:
    """What an SDK says of what is deprecated, as a fix."""
    return f"The SDK says: {deprecation.rstrip('.')}." if deprecation else ""


def is_of_sdk(full_name: str) -> bool:
    """Whether a full name is of one of Pulumi's packages."""
    return full_name.startswith(("@pulumi/", "@pulumiverse/"))


def is_of(full_name: str, package: str) -> bool:
    """Whether a full name is of a package."""
    return full_name == package or full_name.startswith((f"{package}.", f"{package}/"))


def shown(full_name: str) -> str:
    """A full name as programs write it: `aws.s3.Bucket`."""
    return full_name.partition("/")[2].replace("/index", "").replace("/", ".")


def _path(full_name: str) -> list[str]:
    """The parts of a full name behind the package: `s3` and `Bucket`, also of `@pulumi/aws/s3.Bucket`."""
    return [part for part in full_name.removeprefix(AWS).replace("/", ".").split(".") if part and part != "index"]
