"""
What the Pulumi SDKs have: modules, resources, functions, arguments and enumerations, for programs whose SDKs are not
installed, and for programs of other languages than Python.

The facts are in compressed files, one for each SDK and major version, which `python -m tools.sdk_facts` makes from the
installed SDKs. Only the project lint reads them, and only those that a program needs.
"""

from __future__ import annotations

import json
import lzma
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from policypack import data
from policypack.source.values import camel

FOLDER: Final = Path(data.__file__).resolve().parent

Kind = Literal["resource", "function", "input", "result", "enum", "class"]


@dataclass(frozen=True, slots=True)
class Property:
    """
    A property of a resource or of a type, or a parameter of a function.

    :param name: its name in Python.
    :param schema_name: its name in TypeScript and YAML.
    :param shape: what it takes: `s` a text, `b` a truth value, `n` a number, `a` anything, or the name of an input type
        of the same module; `[` before it a list of these, `{` a map.
    :param deprecation: what the SDK says of its being deprecated; empty where it is not, or the facts do not tell.
    """

    name: str
    schema_name: str
    is_required: bool
    shape: str
    deprecation: str = ""

    @property
    def is_list(self) -> bool:
        """Whether it takes a list."""
        return self.shape.startswith("[")

    @property
    def type_name(self) -> str:
        """The input type that it takes, or takes a list or map of; empty where it takes none."""
        inner = self.shape.lstrip("[{")
        return inner if len(inner) > 1 else ""


@dataclass(frozen=True)
class Thing:
    """
    Something that a module has.

    :param token: how the engine calls it: `aws:s3/bucket:Bucket`; empty where it has no name there.
    :param takes: what it takes, as it is written in the file; None where it is not known to take only that.
    :param has: the names of its outputs, results or members, written so too; None where these are not known.
    :param successor: what takes its place, if it is deprecated: `s3.Bucket`; empty where it is not.
    """

    module: str
    name: str
    kind: Kind
    token: str
    takes: str | None
    has: str | None
    successor: str = ""

    @cached_property
    def parameters(self) -> dict[str, Property]:
        """What it takes, by the names in Python."""
        return {each.name: each for each in map(_property, (self.takes or "").split())}

    @cached_property
    def by_schema_name(self) -> dict[str, Property]:
        """What it takes, by the names in TypeScript and YAML."""
        return {each.schema_name: each for each in self.parameters.values()}

    @cached_property
    def members(self) -> dict[str, Property]:
        """What it has, by the names in Python."""
        return {each.name: each for each in map(_property, (self.has or "").split())}

    @cached_property
    def outputs(self) -> frozenset[str]:
        """What it has, by the names in TypeScript and YAML."""
        return frozenset(each.schema_name for each in self.members.values())


def _property(written: str) -> Property:
    """A property as it is written in the file: `name=schemaName:shape`, with a `!` at the end where it is required."""
    text, _, required = written.partition("!")
    name, _, shape = text.partition(":")
    name, _, schema_name = name.partition("=")
    return Property(name, schema_name or camel(name), written != text or bool(required), shape or "s")


class Facts:
    """What one SDK has, in one version."""

    def __init__(self, said: dict[str, Any]) -> None:
        """
        :param said: the content of a file of facts.
        """
        self.version: str = said["version"]
        self._modules: dict[str, dict[str, Any]] = said["modules"]
        self._names: dict[str, frozenset[str]] = {}
        self._things: dict[str, Thing | None] = {}

    @property
    def version_numbers(self) -> tuple[int, int]:
        """Its major and minor version."""
        major, minor, *_ = self.version.split(".")
        return int(major), int(minor)

    @property
    def modules(self) -> frozenset[str]:
        """The full names of its modules."""
        return frozenset(self._modules)

    def names(self, module: str) -> frozenset[str] | None:
        """The names that a module has in Python; None where that is not known."""
        if module not in self._modules:
            return None
        if module not in self._names:
            said = self._modules[module]
            names = set(said["names"].split())
            for name, (kind, *_) in said["things"].items():
                names.update(names_with(name, kind))
            self._names[module] = frozenset(names)
        return self._names[module]

    def thing(self, full_name: str) -> Thing | None:
        """What has a full name in Python, such as `pulumi_aws.s3.Bucket`; None where there is no such thing."""
        if full_name not in self._things:
            module, _, name = full_name.rpartition(".")
            said = self._modules.get(module, {}).get("things", {}).get(name)
            self._things[full_name] = Thing(module, name, *said) if said else None
        return self._things[full_name]

    def result_of(self, function: Thing) -> Thing | None:
        """What a function returns; None where that is not known, or it is no function."""
        name = function.token.rpartition(":")[2]
        return self.thing(f"{function.module}.{name[:1].upper()}{name[1:]}Result") if name else None

    def things(self, module: str) -> dict[str, Kind]:
        """The things in a module, by their names in Python, each with its kind."""
        return {name: said[0] for name, said in self._modules.get(module, {}).get("things", {}).items()}

    @cached_property
    def short_tokens(self) -> dict[str, str]:
        """The full names in Python of resources and functions, by their tokens as YAML programs write them."""
        return {
            _short(token): f"{module}.{name}"
            for module, said in self._modules.items()
            for name, (kind, token, *_) in said["things"].items()
            if kind in ("resource", "function")
        }

    def named(self, token: str) -> str:
        """The full name in Python of a resource or function, by its token in any form; empty where there is none."""
        return self.short_tokens.get(_short(token), "")


def _short(token: str) -> str:
    """A token in its short form: `aws:s3:Bucket` for `aws:s3/bucket:Bucket`, `aws:getRegion` for one without module."""
    package, _, rest = token.partition(":")
    module, _, name = rest.rpartition(":")
    module = module.partition("/")[0]
    return f"{package}:{name}" if module in ("", "index") else f"{package}:{module}:{name}"


def names_with(name: str, kind: Kind) -> tuple[str, ...]:
    """The names that an SDK for Python has for something, as Pulumi's generator makes them."""
    match kind:
        case "resource":
            return name, f"{name}Args"
        case "function":
            return name, f"{name}_output"
        case "input":
            return name, f"{name}Dict"
        case "result":
            return name, f"Awaitable{name}"
        case _:
            return (name,)


@lru_cache(maxsize=8)
def sdk_facts(package: str, major: int) -> Facts | None:
    """
    The facts about a version of an SDK; None where none ship with the pack.

    :param package: the name in Python: `pulumi` or `pulumi_aws`.
    """
    file = file_of(package, major)
    return Facts(json.loads(lzma.decompress(file.read_bytes()))) if file.is_file() else None


def majors(package: str) -> list[int]:
    """The major versions of an SDK that there are facts about."""
    return sorted(int(file.name.split(".")[0].rpartition("_")[2]) for file in FOLDER.glob(f"{package}_[0-9]*.json.xz"))


def file_of(package: str, major: int) -> Path:
    """The file of facts about a version of an SDK."""
    return FOLDER / f"{package}_{major}.json.xz"
