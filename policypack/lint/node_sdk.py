"""What pulumi-aws for Node.js has, as far as facts tell of it."""

from __future__ import annotations

from typing import Final

from policypack.data.node_sdk import NAMES
from policypack.lint.project import Project
from policypack.lint.sdk_facts import Facts, Thing
from policypack.lint.sdks import facts_for

PACKAGE: Final = "@pulumi/aws"
_OPEN: Final = frozenset(("config", "types"))
"""Modules that the facts do not tell about."""


class NodeSdk:
    """pulumi-aws for Node.js in the version that a project requires."""

    def __init__(self, facts: Facts) -> None:
        """
        :param facts: those about the SDK for Python of the same version: both are made from one schema.
        """
        self.facts = facts
        self._names: dict[str, dict[str, Thing | None]] = {}

    def missing(self, full_name: str) -> tuple[str, str] | None:
        """The first part of a full name that the SDK does not have, after the part that it has; None where all is."""
        path = _path(full_name)
        owner = PACKAGE
        for index, name in enumerate(path[:2]):
            module = path[0] if index else ""
            if path[0] in _OPEN or (names := self.names(module)) is None:
                return None
            if name not in names:
                return owner, name
            owner = f"{owner}.{name}"
        return None

    def thing(self, full_name: str) -> Thing | None:
        """The resource or function of a full name; None where there is none."""
        path = _path(full_name)
        if not 1 <= len(path) <= 2:
            return None
        names = self.names(path[0] if len(path) == 2 else "")
        return names.get(path[-1]) if names else None

    def names(self, module: str) -> dict[str, Thing | None] | None:
        """
        The names that a module has, with the resource or function that they name; None where there is no such module.

        :param module: `s3`; empty for the package itself.
        """
        if module not in self._names:
            self._names[module] = self._read(module)
        return self._names[module] or None

    def _read(self, module: str) -> dict[str, Thing | None]:
        full_name = f"pulumi_aws.{module}" if module else "pulumi_aws"
        if module and full_name not in self.facts.modules:
            # Words of Python have a line behind them: lambda_.
            full_name += "_"
        names: dict[str, Thing | None] = {}
        for name, kind in self.facts.things(full_name).items():
            thing = self.facts.thing(f"{full_name}.{name}")
            if thing is None:
                continue
            if kind == "resource":
                names.update({name: thing, f"{name}Args": None, f"{name}State": None})
            elif kind == "function":
                called = thing.token.rpartition(":")[2]
                function, type_ = called[0].lower() + called[1:], called[0].upper() + called[1:]
                names.update({function: thing, f"{function}Output": thing})
                names.update(dict.fromkeys((f"{type_}Args", f"{type_}OutputArgs", f"{type_}Result")))
            elif kind == "enum":
                names[name] = None
        if names or not module:
            names.update(dict.fromkeys(NAMES.get(module, ())))
        if not module:
            names.update(dict.fromkeys(each.split(".")[1].rstrip("_") for each in self.facts.modules if "." in each))
        return names


def node_sdk(project: Project) -> NodeSdk | None:
    """pulumi-aws for Node.js in the version that a project requires; None where it is not used, or nothing is known."""
    if not any(PACKAGE in file.text for file in project.typescript):
        return None
    facts = facts_for(project, "pulumi_aws")
    return NodeSdk(facts) if facts else None


def is_of_aws(full_name: str) -> bool:
    """Whether a full name is of pulumi-aws."""
    return full_name == PACKAGE or full_name.startswith((f"{PACKAGE}.", f"{PACKAGE}/"))


def shown(full_name: str) -> str:
    """A full name as programs write it: `aws.s3.Bucket`."""
    return ".".join(("aws", *_path(full_name)))


def _path(full_name: str) -> list[str]:
    """The parts of a full name behind the package: `s3` and `Bucket`, also of `@pulumi/aws/s3.Bucket`."""
    return [part for part in full_name.removeprefix(PACKAGE).replace("/", ".").split(".") if part and part != "index"]
