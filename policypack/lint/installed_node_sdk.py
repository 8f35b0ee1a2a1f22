"""What a Pulumi SDK for Node.js has that is installed in the project, as its declaration files tell of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final, NamedTuple

from tree_sitter import Node as Syntax

from policypack.lint.declarations import Declaration, Library, Package, Scope, deprecation_before, text
from policypack.lint.node_sdk import AWS, OF_EVERY_RESOURCE, NodeSdk, NodeThing, said
from policypack.lint.sdk_facts import Property

_RESOURCE: Final = re.compile(r"(?:\w+\.)?(?:Component|Custom|Provider|Remote)?Resource")
_CLASSES: Final = ("abstract_class_declaration", "class_declaration")
_SCALARS: Final = {"string": "s", "boolean": "b", "number": "n"}
_WRAPPERS: Final = ("Input", "Output", "Promise")
_LISTS: Final = ("Array", "ReadonlyArray")
_NOTHING: Final = ("null", "undefined")
_DEEPEST: Final = 20
"""How many types within types, and classes of classes, are followed."""
_SUCCESSOR: Final = re.compile(r"in favor of (?:aws\.)?(\w{1,50})(?:/\w{1,80})?\.(\w{1,80})")
# Properties of a class that programs cannot use.
_NOT_PUBLIC: Final = re.compile(r"(?:static|private|protected)\b")


class InstalledNodeSdk(NodeSdk):
    """One installed package."""

    def __init__(self, library: Library, package: Package) -> None:
        """
        :param package: the package, as the library finds it.
        """
        self.version = f"{package.name} {package.version}"
        self.library = library
        self.package = package
        self.types: dict[str, tuple[Scope, Syntax]] = {}
        """The input types that things take, by the name that their shapes have for them."""
        self.properties: dict[str, Mapping[str, Property] | None] = {}
        """The properties of input types, by the same names."""
        self.aliases: dict[int, str] = {}
        """What types take that are another name for one, by the id of the node of what they stand for."""
        self._things: dict[str, InstalledThing | None] = {}

    def missing(self, full_name: str) -> tuple[str, str] | None:
        module, *path = full_name.split(".")
        found: Scope | Declaration | None = self._module(module)
        owner = module
        for name in path:
            names = found.names() if isinstance(found, Scope) else found.members() if found else None
            # What is imported as the default is the module itself.
            if names is None or name == "default":
                return None
            if name not in names:
                return owner, name
            found = found.exported(name) if isinstance(found, Scope) else None
            owner = f"{owner}.{name}"
        return None

    def names(self, module: str) -> frozenset[str] | None:
        found = self._find(module)
        return found.names() if isinstance(found, Scope) else found.members() if found else None

    def thing(self, full_name: str) -> NodeThing | None:
        if full_name not in self._things:
            found = self._find(full_name)
            # What other modules add to a class is known when all are read that are exported beside it.
            self.names(full_name.rpartition(".")[0])
            self._things[full_name] = _thing_of(self, found) if isinstance(found, Declaration) else None
        return self._things[full_name]

    def _find(self, full_name: str) -> Scope | Declaration | None:
        module, *path = full_name.split(".")
        found: Scope | Declaration | None = self._module(module)
        for name in path:
            found = found.exported(name) if isinstance(found, Scope) else None
        return found

    def _module(self, name: str) -> Scope | None:
        # From within a package, its own name leads to itself.
        inner = name.removeprefix(self.package.name).strip("/")
        if not inner:
            return self.library.module(f"./{self.package.entry}", self.package.folder)
        return None if self.package.has_map else self.library.module(f"./{inner}", self.package.folder)


def _thing_of(sdk: InstalledNodeSdk, declaration: Declaration) -> InstalledThing | None:
    """The resource or function that a declaration declares; None where it declares anything else."""
    node = declaration.node
    if declaration.is_partial:
        return None
    if node.type == "function_signature":
        parameters = _parameters(node)
        is_function = len(parameters) == 2 and parameters[1].kind.endswith(("InvokeOptions", "InvokeOutputOptions"))
        return InstalledThing(sdk, declaration, "function", parameters) if is_function else None
    if node.type not in _CLASSES or not any(_RESOURCE.fullmatch(base) for _, base in _lineage(declaration)):
        return None
    constructors = [each for each in _body(node) if text(each.child_by_field_name("name")) == "constructor"]
    parameters = _parameters(constructors[0]) if len(constructors) == 1 else ()
    return InstalledThing(sdk, declaration, "resource", parameters)


class InstalledThing(NodeThing):
    """A resource or function of an installed SDK."""

    def __init__(
        self,
        sdk: InstalledNodeSdk,
        declaration: Declaration,
        kind: str,
        parameters: tuple[_Parameter, ...],
    ) -> None:
        """
        :param parameters: those of the function, or of the resource's constructor.
        """
        self.kind = "resource" if kind == "resource" else "function"
        self._sdk = sdk
        self._declaration = declaration
        position = 1 if kind == "resource" else 0
        self._taken = parameters[position] if len(parameters) > position else None
        self.needs_arguments = self._taken is not None and not self._taken.is_optional
        self.takes_options = len(parameters) == 3 and parameters[2].kind.endswith("ResourceOptions")

    @cached_property
    def parameters(self) -> Mapping[str, Property] | None:
        if self._taken is None or self._taken.type is None or (self.kind == "resource" and not self.takes_options):
            return None
        return self.properties_of(self._shape(self._declaration.scope, self._taken.type))

    def properties_of(self, shape: str) -> Mapping[str, Property] | None:
        if shape not in self._sdk.properties:
            self._sdk.properties[shape] = self._read(shape)
        return self._sdk.properties[shape]

    def _read(self, shape: str) -> Mapping[str, Property] | None:
        if shape not in self._sdk.types:
            return None
        found: dict[str, Property] = {}
        for scope, node in self._with_bases(*self._sdk.types[shape]):
            # A type that has any name, or what this does not read, takes anything.
            if node is None:
                return None
            for each in node.named_children:
                if each.type in ("property_signature", "method_signature"):
                    read = self._property(scope, each)
                    found.setdefault(read.name, read)
                elif each.type != "comment":
                    return None
        return found

    def _with_bases(self, scope: Scope, node: Syntax) -> Iterator[tuple[Scope, Syntax | None]]:
        """The bodies of an interface and of those that it extends; None in place of one that cannot be read."""
        open_ = [(scope, node)]
        seen: set[int] = set()
        for scope, node in open_:
            if node.id in seen:
                continue
            seen.add(node.id)
            yield scope, node.child_by_field_name("body") or node
            clauses = [each for each in node.named_children if each.type == "extends_type_clause"]
            for base in (each for clause in clauses for each in clause.named_children):
                found = scope.named(text(base).split("."))
                is_whole = isinstance(found, Declaration) and not found.is_partial
                if isinstance(found, Declaration) and is_whole and found.node.type == "interface_declaration":
                    open_.append((found.scope, found.node))
                else:
                    yield scope, None

    def _property(self, scope: Scope, node: Syntax) -> Property:
        name = text(node.child_by_field_name("name"))
        type_ = node.child_by_field_name("type")
        is_optional = any(each.type == "?" for each in node.children)
        shape = self._shape(scope, type_) if type_ and node.type == "property_signature" else "a"
        return Property(name, name, not is_optional, shape, deprecation_before(node))

    def _shape(self, scope: Scope, node: Syntax, depth: int = 0) -> str:
        """What a type takes, as policypack.lint.sdk_facts.Property says it."""
        if depth > _DEEPEST:
            return "a"
        inner = [each for each in node.named_children if each.type != "comment"]
        match node.type:
            case "type_annotation" | "parenthesized_type" | "readonly_type" if len(inner) == 1:
                return self._shape(scope, inner[0], depth + 1)
            case "predefined_type":
                return _SCALARS.get(text(node), "a")
            case "literal_type":
                return "s" if inner and inner[0].type == "string" else "a"
            case "array_type" if len(inner) == 1:
                return f"[{self._shape(scope, inner[0], depth + 1)}"
            case "union_type":
                members = [each for each in _members_of(node) if text(each) not in _NOTHING]
                shapes = {self._shape(scope, each, depth + 1) for each in members}
                return shapes.pop() if len(shapes) == 1 else "a"
            case "object_type":
                if len(inner) == 1 and inner[0].type == "index_signature":
                    value = inner[0].child_by_field_name("type")
                    return f"{{{self._shape(scope, value, depth + 1)}" if value else "a"
                return self._registered(scope, node)
            case "generic_type":
                return self._generic(scope, node, depth)
            case "type_identifier" | "nested_type_identifier":
                return self._named(scope, text(node), depth)
        return "a"

    def _named(self, scope: Scope, name: str, depth: int) -> str:
        """What a type takes that has a name."""
        found = scope.named(name.split("."))
        if not isinstance(found, Declaration) or found.is_partial:
            return "a"
        if found.node.type == "interface_declaration":
            return self._registered(found.scope, found.node)
        value = found.node.child_by_field_name("value")
        if value is None:
            return "a"
        if value.id not in self._sdk.aliases:
            # A type that is made of itself takes anything.
            self._sdk.aliases[value.id] = "a"
            self._sdk.aliases[value.id] = self._shape(found.scope, value, depth + 1)
        return self._sdk.aliases[value.id]

    def _generic(self, scope: Scope, node: Syntax, depth: int) -> str:
        name = text(node.child_by_field_name("name")).rpartition(".")[2]
        given = node.child_by_field_name("type_arguments")
        arguments = given.named_children if given else []
        if name in _WRAPPERS and len(arguments) == 1:
            return self._shape(scope, arguments[0], depth + 1)
        if name in _LISTS and len(arguments) == 1:
            return f"[{self._shape(scope, arguments[0], depth + 1)}"
        if name == "Record" and len(arguments) == 2 and text(arguments[0]) == "string":
            return f"{{{self._shape(scope, arguments[1], depth + 1)}"
        return "a"

    def _registered(self, scope: Scope, node: Syntax) -> str:
        """The name by which a type is kept."""
        name = f"#{node.id}"
        self._sdk.types[name] = scope, node
        return name

    @cached_property
    def outputs(self) -> frozenset[str]:
        fields = (each for declaration, _ in _lineage(self._declaration) for each in _body(declaration.node))
        return frozenset(("urn",)).union(
            text(each.child_by_field_name("name"))
            for each in fields
            if each.type == "public_field_definition"
            and re.match(r":\s{0,9}(?:\w{1,50}\.)?Output<", text(each.child_by_field_name("type")))
            and not _NOT_PUBLIC.match(text(each))
        )

    @cached_property
    def members(self) -> frozenset[str] | None:
        if self.kind != "resource":
            return None
        names = (
            text(each.child_by_field_name("name"))
            for declaration, _ in _lineage(self._declaration)
            for each in _body(declaration.node)
            if not _NOT_PUBLIC.match(text(each))
        )
        added = (self._sdk.library.added(declaration) for declaration, _ in _lineage(self._declaration))
        return OF_EVERY_RESOURCE.union(names, *added)

    @property
    def advice(self) -> str:
        match = _SUCCESSOR.search(self._declaration.deprecation) if self._sdk.package.name == AWS else None
        if match:
            return f"Use aws.{match[1]}.{match[2]}."
        return said(self._declaration.deprecation)


class _Parameter(NamedTuple):
    """
    A parameter of a function or constructor.

    :param kind: its type, as text.
    """

    type: Syntax | None
    kind: str
    is_optional: bool


def _parameters(node: Syntax) -> tuple[_Parameter, ...]:
    given = node.child_by_field_name("parameters")
    found = []
    for each in given.named_children if given else ():
        if each.type in ("optional_parameter", "required_parameter"):
            type_ = each.child_by_field_name("type")
            found.append(_Parameter(type_, text(type_), each.type == "optional_parameter"))
    return tuple(found)


def _body(node: Syntax) -> list[Syntax]:
    body = node.child_by_field_name("body")
    return body.named_children if body else []


def _members_of(union: Syntax) -> Iterator[Syntax]:
    """The members of a union, which the grammar has as unions of two."""
    open_ = [union]
    while open_:
        node = open_.pop()
        if node.type == "union_type":
            open_.extend(node.named_children)
        else:
            yield node


def _lineage(declaration: Declaration) -> Iterator[tuple[Declaration, str]]:
    """A class and those that it extends as far as they can be read, each with the name of the one that it extends."""
    for _ in range(_DEEPEST):
        heritage = next((each for each in declaration.node.named_children if each.type == "class_heritage"), None)
        clause = (
            next((each for each in heritage.named_children if each.type == "extends_clause"), None)
            if heritage
            else None
        )
        base = text(clause.child_by_field_name("value")) if clause else ""
        yield declaration, base
        found = declaration.scope.named(base.split(".")) if base and not _RESOURCE.fullmatch(base) else None
        if not isinstance(found, Declaration) or found.node.type not in _CLASSES:
            return
        declaration = found
