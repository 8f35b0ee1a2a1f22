"""The schema of AWS resource types as the installed pulumi_aws declares it; no network, no provider plugin.

A type is named by its token ('aws:s3/bucketVersioning:BucketVersioning'; 'pulumi:providers:aws' is the provider, whose
own inputs the engine sends as JSON strings). A property is named as the engine names it, in camelCase.
Every function that takes a token raises KeyError for one that pulumi_aws does not register.
"""

import ast
import enum
import functools
import importlib
import linecache
import re
import sys
import textwrap
import typing
import warnings
from collections import abc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, Literal

from pulumi import _types
from pulumi.runtime import rpc

Kind = Literal["string", "boolean", "number", "list", "map", "object", "any"]

_SCALARS: dict[Any, Kind] = {str: "string", bool: "boolean", int: "number", float: "number"}
_LISTS, _MAPS = (list, abc.Sequence), (dict, abc.Mapping)
_INDEX, _KEY = r"\[\d*\]", r"[^.\[\]\s]+"
_STEP = re.compile(rf"{_INDEX}|{_KEY}")
_PATH = re.compile(rf"{_KEY}({_INDEX})*(\.{_KEY}({_INDEX})*)*")


@dataclass(frozen=True)
class Shape:
    """What may stand at one place of a resource's inputs.

    `element` is the shape of each item (list) or value (map), else None. `args` is the SDK class behind an object,
    else None. Kind 'any' is an asset or archive: nothing can be named inside it.
    """

    kind: Kind
    element: "Shape | None" = None
    args: type | None = None

    @property
    def properties(self) -> Mapping[str, "Shape"]:
        """The properties of an object by camelCase name, read when asked for (types may recurse); else empty."""
        return _properties(self.args) if self.args else {}

    def step(self, step: str) -> "Shape | None":
        """The shape one step further: an index '[]' or '[0]' into a list, else a name; None if there is none."""
        if step.startswith("["):
            return self.element if self.kind == "list" else None
        return self.element if self.kind == "map" else self.properties.get(step)


def source() -> str:
    """Where all of this comes from: the installed release of pulumi_aws."""
    release = version("pulumi_aws")
    return f"pulumi_aws {release} (https://pypi.org/project/pulumi-aws/{release}/)"


def resource_types() -> frozenset[str]:
    """Every resource type token that pulumi_aws registers, its provider's included."""
    return frozenset(_registry())


def inputs(token: str) -> Mapping[str, Shape]:
    """The inputs of a resource type: camelCase name to shape."""
    return _properties(_args_class(token))


def outputs(token: str) -> frozenset[str]:
    """The camelCase output names that a resource class declares: its inputs (of the provider, only the strings) and
    computed properties, without the `id` and `urn` that every resource has."""
    members = vars(_resource_class(token)).values()
    names = (getattr(member.fget, "_pulumi_name", None) for member in members if isinstance(member, property))
    return frozenset(name for name in names if name is not None)


def shape_at(token: str, path: str) -> Shape | None:
    """The shape at a path of a resource type's inputs ('rules[].status', 'environment.variables.*'), None if none.

    `[]` or `[0]` stands exactly where the schema has a list; any word or `*` is a key of a map. ValueError if the
    text is not a path.
    """
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is not a property path such as 'rules[].status' or 'environment.variables.*'.")
    shape: Shape | None = Shape("object", args=_args_class(token))
    for step in _STEP.findall(path):
        shape = shape.step(step) if shape else None
    return shape


def has_path(token: str, path: str) -> bool:
    """Whether a path (written as for `shape_at`, ending at any depth) is there in the inputs of a resource type."""
    return shape_at(token, path) is not None


@functools.cache
def secret_inputs(token: str) -> frozenset[str]:
    """The camelCase top-level inputs of a resource type that the SDK itself marks secret."""
    camel = _types.input_type_py_to_pulumi_names(_args_class(token))
    names: set[str] = set()
    for node in ast.walk(_constructor(token)):
        match node:
            case ast.keyword(arg="additional_secret_outputs", value=value):
                names.update(ast.literal_eval(value))
            # __props__.__dict__["x"] = None if x is None else pulumi.Output.secret(x)
            case ast.Assign(
                targets=[ast.Subscript(slice=ast.Constant(value=str(name)))],
                value=ast.IfExp(orelse=ast.Call(func=ast.Attribute(attr="secret"))),
            ):
                names.add(camel[name])
    return frozenset(names & set(camel.values()))


@functools.cache
def aliases(token: str) -> frozenset[str]:
    """The type tokens that a resource type was known by before, as its class declares them."""
    return frozenset(
        ast.literal_eval(keyword.value)
        for node in ast.walk(_constructor(token))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "Alias"
        for keyword in node.keywords
        if keyword.arg == "type_"
    )


@functools.cache
def _registry() -> Mapping[str, tuple[str, str]]:
    """Each token with the module and the name of its class, from the tables that pulumi_aws registers on import."""
    importlib.import_module("pulumi_aws")
    return MappingProxyType(dict(_registered()))


def _registered() -> Iterator[tuple[str, tuple[str, str]]]:
    for key, modules in rpc._RESOURCE_MODULES.items():
        if key.startswith("aws:"):
            for info in (vars(module)["mod_info"] for module in modules):
                yield from ((token, (info["fqn"], name)) for token, name in info["classes"].items())
    for info in (vars(package)["pkg_info"] for package in rpc._RESOURCE_PACKAGES["aws"]):
        yield info["token"], (info["fqn"], info["class"])


@functools.cache
def _resource_class(token: str) -> type:
    """The resource class of a token; imports its service's module and no other."""
    if token not in _registry():
        raise KeyError(f"{token!r} is not a resource type of the installed pulumi_aws.")
    module, name = _registry()[token]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a service module warns of its deprecated classes
        found: type = getattr(importlib.import_module(module), name)
    return found


@functools.cache
def _args_class(token: str) -> type:
    """The class of a resource type's inputs; a nested type may have its usual name, hence the look at the module."""
    resource = _resource_class(token)
    members = vars(sys.modules[resource.__module__])
    for name in (f"{resource.__name__}Args", f"{resource.__name__}InitArgs"):
        found = members.get(name)
        if isinstance(found, type) and found.__module__ == resource.__module__:
            return found
    raise LookupError(f"{resource.__module__} has no Args class for {token!r}.")


def _constructor(token: str) -> ast.Module:
    """The parsed source of a resource class's `_internal_init`, where secrets and aliases are declared."""
    # inspect.getsource tokenizes the function to find its end, which takes twice as long as to parse it.
    code = vars(_resource_class(token))["_internal_init"].__code__
    last = max(end for _, end, _, _ in code.co_positions() if end)
    return ast.parse(textwrap.dedent("".join(linecache.getlines(code.co_filename)[code.co_firstlineno - 1 : last])))


@functools.cache
def _properties(args: type) -> Mapping[str, Shape]:
    return MappingProxyType({name: _shape(hint) for name, hint in _types.input_type_types(args).items()})


def _shape(hint: Any) -> Shape:
    """The shape of one type hint of an Args class. A union counts as its first member: the SDK has them only for
    strings also written as an enum or a policy document (one JSON string after Check), and for assets."""
    hint = _types.unwrap_type(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in _LISTS:
        return Shape("list", element=_shape(arguments[0]))
    if origin in _MAPS:
        return Shape("map", element=_shape(arguments[1]))
    if origin is typing.Union:
        hint = arguments[0]
    if isinstance(hint, type) and _types.is_input_type(hint):
        return Shape("object", args=hint)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return Shape("string")
    return Shape(_SCALARS.get(hint, "any"))
