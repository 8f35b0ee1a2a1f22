"""
Declaration files of TypeScript (`.d.ts`): which names the packages that are installed in a project export, and how
they are declared.

Nothing is executed. Only the files that names lead to are read, each once. What a name leads to is None where it cannot
be told, so that nobody is told that a name is wrong which may be right.
"""

from __future__ import annotations

import json
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from tree_sitter import Node as Syntax

from policypack.source.budget import Budget, BudgetExceededError
from policypack.source.files import read_regular
from policypack.source.trees import parsed

_LARGEST: Final = 30_000_000
"""Bytes of a declaration file that is read: the largest of pulumi-aws 7 has 5.7 million."""
_LARGEST_PARSED: Final = 400_000
"""Bytes of a declaration file that is parsed as a whole. Of a larger one, the declarations that are asked for are."""
_MOST_FILES: Final = 2_000
"""Declaration files that are read for a project."""
_MOST_BYTES: Final = 200_000_000
"""Bytes of all of them."""
_MOST_LEVELS: Final = 10
"""Folders above a file in which node_modules is looked for."""
_IMPORTED: Final = re.compile(r"(?:typeof )?import\(\"([^\"]{1,200})\"\)(?:\.(\w{1,200}))?")
_HEAD: Final = 20_000
"""Bytes at the beginning of a large file in which its imports stand."""
_LONGEST_INDENT: Final = 100
"""Characters before a declaration in its line."""
_NAMESPACE_IMPORT: Final = re.compile(r'(?m)^import \* as (\w{1,100}) from "([^"\n]{1,200})";$')
_DEPRECATED: Final = re.compile(r"@deprecated[ \t]{0,9}([^\n]{0,500})")
_DECLARING: Final = frozenset(
    (
        *("abstract_class_declaration", "class_declaration", "enum_declaration", "function_signature"),
        *("interface_declaration", "internal_module", "type_alias_declaration"),
    )
)


@dataclass(frozen=True)
class Declaration:
    """
    How something is declared.

    :param scope: the module or namespace in which its names have their meaning.
    :param deprecation: what its documentation says of its being deprecated; empty where it is not.
    :param is_partial: whether others of the same name add to it: overloads, or parts of an interface.
    """

    scope: Scope
    node: Syntax = field(repr=False)
    deprecation: str = ""
    is_partial: bool = False

    @property
    def name(self) -> str:
        """The name that it declares."""
        return text(self.node.child_by_field_name("name"))

    def members(self) -> frozenset[str] | None:
        """The names that an enumeration, or a constant that is written out, has; None for anything else."""
        body = self.node.child_by_field_name("body" if self.node.type == "enum_declaration" else "type")
        if self.node.type == "variable_declarator" and body:
            body = next((each for each in body.named_children if each.type == "object_type"), None)
        elif self.node.type != "enum_declaration":
            return None
        if body is None:
            return None
        return frozenset(text(each.child_by_field_name("name")) or text(each) for each in body.named_children)


Seen = set[tuple[int, str]]


class _Reference(NamedTuple):
    """What a name stands for in another module: a name there, or the module itself where that is empty."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Package:
    """
    An installed package.

    :param folder: its own folder, with all links followed.
    :param entry: the declaration file of the package itself, from its folder on.
    :param has_map: whether it says itself which of its files can be imported.
    """

    name: str
    folder: Path
    version: str
    entry: str
    has_map: bool


class Library:
    """The packages that a project's program can import."""

    def __init__(self, root: Path) -> None:
        """
        :param root: the project's folder.
        """
        self._root = root.resolve()
        self._packages: dict[tuple[str, Path], Package | None] = {}
        self._modules: dict[tuple[Path, str], Scope | None] = {}
        self._scopes: dict[Path, Scope | None] = {}
        self._bytes = 0
        self._added: dict[tuple[str, str], set[str]] = {}

    def add(self, folder: Path, module: str, name: str, members: Iterable[str]) -> None:
        """
        Keeps what a file adds to a class of another module: `declare module "./bucket" { interface Bucket { … } }`.

        :param folder: the folder of that file.
        """
        self._added.setdefault((_stem(folder, module), name), set()).update(members)

    def added(self, declaration: Declaration) -> frozenset[str]:
        """The names that other modules add to a class, of those that were read so far."""
        return frozenset(self._added.get((declaration.scope.file, declaration.name), ()))

    def package(self, name: str, folder: Path) -> Package | None:
        """
        The package that a file imports by a name, as Node.js finds it; None where it is not installed.

        :param folder: the folder of the file.
        """
        if (name, folder) not in self._packages:
            places = (folder, *list(folder.parents)[:_MOST_LEVELS])
            found = (self._read_package(name, place / "node_modules" / name) for place in places)
            self._packages[name, folder] = next(filter(None, found), None)
        return self._packages[name, folder]

    def module(self, name: str, folder: Path) -> Scope | None:
        """
        A module that a file imports; None where it cannot be read.

        :param name: `./bucket`, `@pulumi/aws`, or `@pulumi/aws/s3`.
        :param folder: the folder of the file.
        """
        if (folder, name) not in self._modules:
            self._modules[folder, name] = self._module(name, folder)
        return self._modules[folder, name]

    def _module(self, name: str, folder: Path) -> Scope | None:
        if name.startswith("."):
            return self._first(folder, name)
        package_name, inner = split_module(name)
        package = self.package(package_name, folder)
        if package is None or (inner and package.has_map):
            return None
        return self._first(package.folder, f"./{inner}" if inner else package.entry)

    def _first(self, folder: Path, name: str) -> Scope | None:
        stem = _stem(folder, name)
        for candidate in (Path(f"{stem}.d.ts"), Path(stem) / "index.d.ts"):
            if candidate not in self._scopes:
                # Whoever imports a file while it is read, as they may in circles, finds None.
                self._scopes[candidate] = None
                self._scopes[candidate] = self._read(candidate)
            if scope := self._scopes[candidate]:
                return scope
        return None

    def _read(self, file: Path) -> Scope | None:
        if len(self._scopes) > _MOST_FILES or not self._is_own(file.parent):
            return None
        try:
            data = read_regular(str(file), _LARGEST + 1)
        except (OSError, ValueError):
            return None
        self._bytes += len(data)
        if not data or len(data) > _LARGEST or self._bytes > _MOST_BYTES:
            return None
        if len(data) > _LARGEST_PARSED:
            return LargeModule(self, file, data)
        root = _parsed(data)
        return Module(self, file, root) if root else None

    def _read_package(self, name: str, folder: Path) -> Package | None:
        try:
            real = folder.resolve(strict=True)
            if not self._is_own(real):
                return None
            said = json.loads(read_regular(str(real / "package.json"), _LARGEST_PARSED))
        except (OSError, RecursionError, RuntimeError, ValueError):
            return None
        if not isinstance(said, dict) or said.get("name") != name:
            return None
        entry = next((each for key in ("types", "typings", "main") if isinstance(each := said.get(key), str)), "index")
        return Package(name, real, str(said.get("version", "")), entry.removeprefix("./"), "exports" in said)

    def _is_own(self, folder: Path) -> bool:
        """Whether a folder is where packages are: no link in a project leads the lint to anything else."""
        try:
            real = folder.resolve()
        except (OSError, RuntimeError):
            return False
        return "node_modules" in real.parts or real.is_relative_to(self._root)


class Scope(ABC):
    """A module or namespace: what it exports, and what names stand for in it."""

    def __init__(self, library: Library, path: Path) -> None:
        """
        :param path: its file.
        """
        self._library = library
        self._path = path
        self._folder = path.parent

    @property
    def file(self) -> str:
        """The name of its file, without the ending."""
        return str(self._path).removesuffix(".d.ts")

    @abstractmethod
    def names(self) -> frozenset[str] | None:
        """The names that it exports; None where that cannot be told."""

    @abstractmethod
    def exported(self, name: str, seen: Seen | None = None) -> Scope | Declaration | None:
        """
        What a name stands for that it exports; None where there is no such name, or it cannot be told.

        :param seen: the modules that are asked already, each with the name: they may export each other in circles.
        """

    @abstractmethod
    def local(self, name: str, seen: Seen | None = None) -> Scope | Declaration | None:
        """What a name stands for within it (see exported); None where that cannot be told."""

    def named(self, path: Sequence[str]) -> Scope | Declaration | None:
        """What a dotted name within it stands for; None where that cannot be told."""
        found = self.local(path[0]) if path else None
        for name in path[1:]:
            found = found.exported(name) if isinstance(found, Scope) else None
        return found

    def _follow(self, reference: _Reference, seen: Seen | None) -> Scope | Declaration | None:
        module = self._library.module(reference.module, self._folder)
        return module.exported(reference.name, seen) if module and reference.name else module


class Module(Scope):
    """A module that was parsed as a whole, or a namespace within one."""

    def __init__(self, library: Library, path: Path, root: Syntax, outer: Scope | None = None) -> None:
        """
        :param root: the node of what is in it.
        :param outer: the module or namespace that this one is in; None where it is a file.
        """
        super().__init__(library, path)
        self._root = root
        self._outer = outer
        self._exports: dict[str, Declaration | _Reference] = {}
        self._locals: dict[str, Declaration | _Reference] = {}
        self._renamed: dict[str, str] = {}
        self._everything_of: list[str] = []
        self._is_open = self._root.has_error
        deprecation = ""
        for node in self._root.named_children:
            if node.type == "comment":
                deprecation = _deprecation(node)
                continue
            self._read(node, deprecation)
            deprecation = ""

    def names(self) -> frozenset[str] | None:
        return self._names

    @cached_property
    def _names(self) -> frozenset[str] | None:
        if self._is_open:
            return None
        # Who asks for them meanwhile, as modules may that export each other in circles, cannot be told.
        self._is_open = True
        names = {*self._exports, *self._renamed}
        for each in self._everything_of:
            module = self._library.module(each, self._folder)
            known = module.names() if module else None
            if known is None:
                return None
            names |= known
        return frozenset(names)

    def exported(self, name: str, seen: Seen | None = None) -> Scope | Declaration | None:
        seen = set() if seen is None else seen
        if (id(self), name) in seen:
            return None
        seen.add((id(self), name))
        if name in self._renamed:
            return self.local(self._renamed[name], seen)
        if name in self._exports:
            return self._meaning(self._exports[name], seen)
        for each in self._everything_of:
            module = self._library.module(each, self._folder)
            if module and (found := module.exported(name, seen)):
                return found
        return None

    def local(self, name: str, seen: Seen | None = None) -> Scope | Declaration | None:
        found = self._locals.get(name) or self._exports.get(name)
        if found is None:
            return self._outer.local(name, seen) if self._outer else None
        return self._meaning(found, seen)

    def _meaning(self, found: Declaration | _Reference, seen: Seen | None) -> Scope | Declaration | None:
        if isinstance(found, _Reference):
            return self._follow(found, seen)
        body = found.node.child_by_field_name("body") if found.node.type == "internal_module" else None
        return Module(self._library, self._path, body, self) if body else found

    def _read(self, node: Syntax, deprecation: str) -> None:
        match node.type:
            case "import_statement":
                module = _module_of(node)
                for part in (each for clause in node.named_children for each in clause.named_children):
                    self._locals.update(_imported(part, module))
            case "export_statement":
                self._read_export(node, deprecation)
            case "ambient_declaration" | "expression_statement":
                for inner in node.named_children:
                    self._read_local(inner, deprecation)
                    self._read_additions(inner)
            case _:
                self._read_local(node, deprecation)

    def _read_local(self, node: Syntax, deprecation: str) -> None:
        # Of a namespace, all names are exported.
        self._keep(self._exports if self._outer else self._locals, node, deprecation)

    def _keep(self, names: dict[str, Declaration | _Reference], node: Syntax, deprecation: str) -> None:
        for name, found in self._declared(node, deprecation):
            earlier = names.get(name)
            if isinstance(earlier, Declaration) and isinstance(found, Declaration):
                # A constant and its type, or a class and what is in it, have the same name, of which the first says
                # more. All else adds up.
                says_less = ("internal_module", "type_alias_declaration")
                if earlier.node.type in says_less:
                    names[name] = found
                elif found.node.type not in says_less:
                    names[name] = replace(earlier, is_partial=True)
            else:
                names.setdefault(name, found)

    def _read_additions(self, node: Syntax) -> None:
        """What `declare module` adds to the classes of another module."""
        body = node.child_by_field_name("body") if node.type == "module" else None
        for each in body.named_children if body else ():
            members = each.child_by_field_name("body")
            if each.type == "interface_declaration" and members:
                names = (text(member.child_by_field_name("name")) for member in members.named_children)
                module, name = text(node.child_by_field_name("name")), text(each.child_by_field_name("name"))
                self._library.add(self._folder, module, name, names)

    def _read_export(self, node: Syntax, deprecation: str) -> None:
        module = _module_of(node)
        declared = node.child_by_field_name("declaration")
        clause = next((each for each in node.named_children if each.type.endswith(("_clause", "_export"))), None)
        if declared:
            inner = declared.named_children if declared.type == "ambient_declaration" else (declared,)
            for one in inner:
                self._keep(self._exports, one, deprecation)
        elif clause and clause.type == "namespace_export":
            self._exports[text(clause.named_children[0])] = _Reference(module, "")
        elif clause:
            for each in clause.named_children:
                name = text(each.child_by_field_name("name"))
                alias = text(each.child_by_field_name("alias")) or name
                if module:
                    self._exports[alias] = _Reference(module, name)
                else:
                    self._renamed[alias] = name
        elif module:
            self._everything_of.append(module)
        elif not node.child_by_field_name("value"):
            # `export = name` makes the module what that is.
            self._is_open = True

    def _declared(self, node: Syntax, deprecation: str) -> Iterator[tuple[str, Declaration | _Reference]]:
        if node.type in ("lexical_declaration", "variable_declaration"):
            for each in node.named_children:
                yield from self._elsewhere_or_here(each, "type", deprecation)
        elif node.type == "type_alias_declaration":
            yield from self._elsewhere_or_here(node, "value", deprecation)
        elif node.type in _DECLARING:
            yield text(node.child_by_field_name("name")), Declaration(self, node, deprecation)

    def _elsewhere_or_here(
        self, node: Syntax, said_in: str, deprecation: str
    ) -> Iterator[tuple[str, Declaration | _Reference]]:
        """A name that is declared by what it is, which may be what another module exports."""
        said = text(node.child_by_field_name(said_in)).lstrip(": ")
        match = _IMPORTED.fullmatch(said)
        found = _Reference(match[1], match[2] or "") if match else Declaration(self, node, deprecation)
        yield text(node.child_by_field_name("name")), found


class LargeModule(Scope):
    """
    A module that is too large to be parsed as a whole, or a namespace within one.

    All such files are written by the compiler, which puts each declaration on lines of its own and indents it by four
    characters for each namespace that it is in: so the one that is asked for is cut out, and parsed alone.
    """

    def __init__(self, library: Library, path: Path, content: bytes, outer: LargeModule | None = None) -> None:
        """
        :param content: the text of the module, or of the namespace without the lines around it.
        :param outer: the module or namespace that this one is in; None where it is a file.
        """
        super().__init__(library, path)
        self._content = content
        self._outer = outer
        self._indent: bytes = outer._indent + b"    " if outer else b""
        self._found: dict[str, Scope | Declaration | None] = {}

    def names(self) -> frozenset[str] | None:
        return None

    def exported(self, name: str, seen: Seen | None = None) -> Scope | Declaration | None:  # noqa: ARG002
        if name not in self._found:
            self._found[name] = self._find("namespace", name) or self._find("interface", name)
        return self._found[name]

    def local(self, name: str, seen: Seen | None = None) -> Scope | Declaration | None:
        if self._outer:
            return self.exported(name, seen) or self._outer.local(name, seen)
        imports = dict(_NAMESPACE_IMPORT.findall(self._content[:_HEAD].decode(errors="replace")))
        return self._follow(_Reference(imports[name], ""), seen) if name in imports else self.exported(name)

    def _find(self, kind: str, name: str) -> Scope | Declaration | None:
        head = f"{kind} {name} ".encode()
        start = self._content.find(head)
        while start >= 0:
            before = self._content[max(0, start - _LONGEST_INDENT) : start].rpartition(b"\n")[2]
            indent = before[: len(before) - len(before.lstrip(b" "))]
            end = self._content.find(b"\n" + self._indent + b"}", start)
            if (
                indent == self._indent
                and before.strip() in (b"", b"declare", b"export", b"export declare")
                and end >= 0
            ):
                if kind == "interface":
                    root = _parsed(self._content[start : end + len(indent) + 2])
                    return Module(self._library, self._path, root, self).exported(name) if root else None
                return LargeModule(self._library, self._path, self._content[start + len(head) : end], self)
            start = self._content.find(head, start + 1)
        return None


def _stem(folder: Path, module: str) -> str:
    """The file of a module that is named from a folder on, without the ending."""
    return os.path.normpath(folder / re.sub(r"\.(?:d\.ts|[cm]?js)$", "", module))


def _parsed(content: bytes) -> Syntax | None:
    """What is in a file; None where that would take too long to tell."""
    try:
        return parsed(".ts", content, Budget()).root_node
    except BudgetExceededError:
        return None


def split_module(name: str) -> tuple[str, str]:
    """The package of a module that is imported, and what of it: `@pulumi/aws` and `s3` of `@pulumi/aws/s3`."""
    parts = name.split("/")
    scope = 2 if name.startswith("@") else 1
    return "/".join(parts[:scope]), "/".join(parts[scope:])


def text(node: Syntax | None) -> str:
    """The text of a node; that of a literal without its quotes; empty where there is no node."""
    return node.text.decode(errors="replace").strip("\"'") if node and node.text else ""


def deprecation_before(node: Syntax) -> str:
    """What the documentation above a property says of its being deprecated; empty where it is not."""
    before = node.prev_named_sibling
    return _deprecation(before) if before and before.type == "comment" else ""


def _deprecation(comment: Syntax) -> str:
    match = _DEPRECATED.search(text(comment))
    return (match[1].strip().removesuffix("*/").strip() or "It is deprecated.") if match else ""


def _module_of(node: Syntax) -> str:
    return text(node.child_by_field_name("source"))


def _imported(part: Syntax, module: str) -> Iterator[tuple[str, _Reference]]:
    if part.type == "identifier":
        yield text(part), _Reference(module, "default")
    elif part.type == "namespace_import":
        yield text(part.named_children[0]), _Reference(module, "")
    elif part.type == "named_imports":
        for each in part.named_children:
            name = text(each.child_by_field_name("name"))
            yield text(each.child_by_field_name("alias")) or name, _Reference(module, name)
