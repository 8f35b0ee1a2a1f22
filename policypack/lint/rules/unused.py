"""What a program reads from its config and never uses."""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from tree_sitter import Node as Syntax

from policypack.config import Config
from policypack.lint.project import Project, project_policy
from policypack.lint.python_file import PythonFile
from policypack.lint.rules.typescript_outputs import is_config
from policypack.lint.typescript_file import ENDS, TypeScriptFile, plain, text_of
from policypack.verdict import Verdicts, Violation


@project_policy(
    id="unused-config",
    title="What a program reads from its config is used",
    severity="low",
    enforcement="advisory",
    fix="Use the variable where its value is written out now, or remove it and the config key.",
    url="https://www.pulumi.com/docs/iac/concepts/config/",
)
def unused_config(project: Project, config: Config) -> Verdicts:
    """
    Who sets the config key expects it to count. A region that is read and not used is the usual case: the program
    writes another one out, and the stack of another region is deployed to the wrong place.
    """
    shared = frozenset(name for file in project.all_python for name in _used_of_others(file))
    starred = frozenset(name for file in project.all_python for name in _starred(file))
    for file in project.python:
        if _module(file) in starred or any(_names_all(node) for node in file.nodes):
            continue
        used = shared.union(_used(file))
        for node in file.tree.body if file.tree else ():
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name not in used:
                    place = file.place_of(node)
                    if _reads_config(file, value):
                        yield Violation(None, f"'{name}' is read from config and never used.", line=place)
                    elif "region" in name.lower() and isinstance(value, ast.Constant):
                        yield Violation(None, f"'{name}' holds a region and is never used.", line=place)

    modules = {_without_end(typescript.name): typescript for typescript in project.typescript}
    named = {typescript.name: _named(typescript) for typescript in project.typescript}
    for typescript in project.typescript:
        yield from _in_typescript(typescript, named[typescript.name])
        yield from _imported_in_typescript(typescript, named, modules)


def _named(file: TypeScriptFile) -> Counter[str]:
    """How often a file of TypeScript has each name."""
    return Counter(text_of(node) for node in file.of_type("identifier", "shorthand_property_identifier"))


def _without_end(name: str) -> str:
    return name.removesuffix(next((end for end in ENDS if name.endswith(end)), ""))


def _imported_in_typescript(
    file: TypeScriptFile, named: Mapping[str, Counter[str]], modules: Mapping[str, TypeScriptFile]
) -> Iterator[Violation]:
    """What a file takes from another module, which reads it from config, and which no file of the program uses."""
    for node in file.of_type("import_specifier"):
        original = text_of(node.child_by_field_name("name"))
        bound = text_of(node.child_by_field_name("alias")) or original
        source, _, _ = file.imports.get(bound, "").rpartition(".")
        is_used = named[file.name][bound] > 1 or any(each[original] > 1 for each in named.values())
        if is_used or not source.startswith("."):
            continue
        path = os.path.normpath(os.path.join(os.path.dirname(file.name), _without_end(source)))
        module = modules.get(path) or modules.get(os.path.join(path, "index"))
        value = module.variables.get(original) if module else None
        if module and value and _reads_config_in_typescript(module, value):
            message = f"'{bound}' is read from config in {module.name}, is imported and never used."
            yield Violation(None, message, line=file.place_of(node))
        elif module and value and "region" in original.lower() and value.type == "string":
            message = f"'{bound}' holds a region, is imported from {module.name} and never used."
            yield Violation(None, message, line=file.place_of(node))


def _in_typescript(file: TypeScriptFile, named: Counter[str]) -> Iterator[Violation]:
    """What a file binds at its top, does not export, and never names again."""
    for name, value in file.variables.items():
        declared: Syntax | None = value
        while declared and declared.type not in ("lexical_declaration", "variable_declaration"):
            declared = file.parent_of(declared)
        outer = file.parent_of(declared) if declared else None
        if declared is None or outer is None or outer.type != "program" or named[name] > 1:
            continue
        if _reads_config_in_typescript(file, value):
            yield Violation(None, f"'{name}' is read from config and never used.", line=file.place_of(declared))
        elif "region" in name.lower() and value.type == "string":
            yield Violation(None, f"'{name}' holds a region and is never used.", line=file.place_of(declared))


def _reads_config_in_typescript(file: TypeScriptFile, value: Syntax) -> bool:
    value = plain(value)
    if value.type == "binary_expression" and (left := value.child_by_field_name("left")):
        return _reads_config_in_typescript(file, left)
    function = value.child_by_field_name("function") if value.type == "call_expression" else None
    owner = function.child_by_field_name("object") if function and function.type == "member_expression" else None
    name = text_of(function.child_by_field_name("property")) if function else ""
    return owner is not None and name.startswith(("get", "require")) and is_config(file, owner)


def _used(file: PythonFile) -> Iterator[str]:
    """The names that a file reads, or lists for others."""
    for node in file.nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                yield name
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=exported) | ast.Tuple(elts=exported)):
                yield from (str(each.value) for each in exported if isinstance(each, ast.Constant))


def _used_of_others(file: PythonFile) -> Iterator[str]:
    """The names that a file may use of other modules: those that it imports, and all attributes, by whatever owner."""
    for node in file.nodes:
        match node:
            case ast.ImportFrom(names=names):
                yield from (alias.name for alias in names)
            case ast.Attribute(attr=name):
                yield name
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
                yield name


def _starred(file: PythonFile) -> Iterator[str]:
    """The modules of which a file imports all names, each by the last part of its own name (see _module)."""
    for node in file.nodes:
        match node:
            case ast.ImportFrom(module=str(module), names=[ast.alias(name="*")]):
                yield module.rpartition(".")[2]
            case ast.ImportFrom(module=None, names=[ast.alias(name="*")]):
                yield PurePosixPath(file.name).parent.name


def _module(file: PythonFile) -> str:
    """The last part of the name of a file's module."""
    path = PurePosixPath(file.name)
    return path.parent.name if path.stem == "__init__" else path.stem


def _names_all(node: ast.AST) -> bool:
    """Whether a node is a call that gives all variables of a module."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("globals", "vars")


def _reads_config(file: PythonFile, value: ast.expr) -> bool:
    """Whether an expression reads a key of pulumi.Config, with or without something in its place."""
    match value:
        case ast.BoolOp(values=[first, *_]) | ast.IfExp(body=first):
            return _reads_config(file, first)
        case ast.Call(func=ast.Attribute(value=owner, attr=name)):
            return file.class_of(owner) == "pulumi.Config" and name.startswith(("get", "require"))
    return False
