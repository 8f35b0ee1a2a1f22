"""Secrets that a program exports in plain text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node as Syntax

from policypack.config import Config
from policypack.lint.config_values import ConfigValues, config_namespace, config_namespace_in_typescript
from policypack.lint.exports import Export, Plain, exports_in_text
from policypack.lint.literals import is_allowed, is_placeholder, is_test
from policypack.lint.project import Project, project_policy
from policypack.lint.python_file import PythonFile
from policypack.lint.rules.typescript_outputs import is_config
from policypack.lint.typescript_file import TypeScriptFile, arguments_of, plain, text_of
from policypack.lint.yaml_file import Node
from policypack.secret_detection import is_secret_name, secret_reason
from policypack.verdict import Verdicts, Violation

_DEEPEST: Final = 30
"""How deep the value of an export is looked at, and how many variables it is followed through."""
# Unlike RandomPassword: https://www.pulumi.com/registry/packages/random/api-docs/, 2026-11-28.
_NOT_SECRET: Final = frozenset(
    f"{package}.{name}" for package in ("pulumi_random", "@pulumi/random") for name in ("RandomId", "RandomString")
)
_ENTRIES: Final = ("index.ts", "index.js", "index.mts", "index.mjs")


@project_policy(
    id="exported-secret",
    title="Stack outputs that hold secrets are marked as secret",
    severity="high",
    fix="Read the config key as a secret (require_secret, requireSecret, RequireSecret), or mark the value: "
    "pulumi.Output.secret(...).",
    url="https://www.pulumi.com/docs/iac/concepts/secrets/#secret-outputs",
)
def exported_secret(project: Project, config: Config) -> Verdicts:
    """
    What a stack exports is printed at the end of each update, is in the state, and can be read by each stack that
    references this one. What is marked as secret is encrypted there and printed as `[secret]`; a value that was read
    without the mark, or written out, is not.
    """
    values = ConfigValues(project)
    for export in _exports(project):
        what = _what(export, values)
        if what and not is_allowed(project, export.place):
            yield Violation(
                None,
                f"The stack output '{export.name}' holds {what}, in plain text.",
                fix=export.fix,
                line=export.place,
            )


def _what(export: Export, config: ConfigValues) -> str:
    """What the value of an export holds that is a secret, in words; empty where it surely holds none."""
    for each in export.holds:
        match each.kind:
            case "config":
                if why := config.secret_reason(each.text, each.namespace):
                    return f"the config key '{each.text}', {why}"
            # A sentence says where the secret is.
            case "literal" if not any(map(str.isspace, each.text)):
                name = each.name or export.name
                if not is_placeholder(name, each.text) and (reason := secret_reason(name, each.text)):
                    return f"a literal, and {reason}"
            case "random" if is_secret_name(export.name):
                return f"what {each.text} draws, which marks nothing as secret, and its name suggests a secret"
            case "unsecret" if is_secret_name(export.name):
                return "a value whose secret mark is taken off, and its name suggests a secret"
    return ""


def _exports(project: Project) -> Iterator[Export]:
    for file in project.python:
        if not is_test(file.name):
            yield from _of_python(file)
    for typescript in project.typescript:
        if typescript.name in _ENTRIES or typescript.name == project.main.removeprefix("./"):
            yield from _of_typescript(typescript)
    for settings in project.yaml_programs:
        outputs = settings.root.get("outputs") if settings.root else None
        for name, _, value in outputs.items() if outputs else ():
            yield Export(name, tuple(_in_yaml(value, 0)), value.place)
    yield from exports_in_text(project)


def _of_python(file: PythonFile) -> Iterator[Export]:
    for call, name in file.calls:
        if name != "pulumi.export":
            continue
        given = dict(zip(("name", "value"), call.args, strict=False))
        given.update({keyword.arg: keyword.value for keyword in call.keywords if keyword.arg})
        name_, value = given.get("name"), given.get("value")
        if value and isinstance(name_, ast.Constant) and isinstance(name_.value, str):
            yield Export(name_.value, tuple(_in_python(file, value, set())), file.place_of(value))


def _in_python(file: PythonFile, node: ast.expr, seen: set[str], name: str = "", depth: int = 0) -> Iterator[Plain]:
    """What surely is part of a value, and is plain; each variable is followed once."""
    if depth > _DEEPEST:
        return
    match node:
        case ast.Constant(value=str(text)):
            yield Plain("literal", text, name)
        case ast.Attribute(value=ast.Name() as owner) if file.class_of(owner) in _NOT_SECRET:
            yield Plain("random", file.class_of(owner).rpartition(".")[2])
        case ast.Name(id=variable) if variable in file.values and variable not in seen:
            seen.add(variable)
            yield from _in_python(file, file.values[variable], seen, variable, depth + 1)
        case ast.JoinedStr(values=parts):
            for part in parts:
                if isinstance(part, ast.FormattedValue):
                    yield from _in_python(file, part.value, seen, name, depth + 1)
        case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Tuple(elts=values):
            for value in values:
                yield from _in_python(file, value, seen, name, depth + 1)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                inner = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else name
                yield from _in_python(file, value, seen, inner, depth + 1)
        case ast.Call(func=ast.Attribute(value=owner, attr="get" | "require"), args=[ast.Constant(value=str(key)), *_]):
            if file.class_of(owner) == "pulumi.Config":
                yield Plain("config", key, namespace=config_namespace(file, owner))
        case ast.Call(func=function, args=arguments):
            match file.full_name(function):
                case "pulumi.Output.unsecret":
                    yield Plain("unsecret")
                case "pulumi.Output.concat" | "pulumi.Output.format" | "pulumi.Output.from_input":
                    for argument in arguments:
                        yield from _in_python(file, argument, seen, name, depth + 1)


def _of_typescript(file: TypeScriptFile) -> Iterator[Export]:
    for statement in file.of_type("export_statement"):
        declaration = statement.child_by_field_name("declaration")
        for each in declaration.named_children if declaration else ():
            name, value = each.child_by_field_name("name"), each.child_by_field_name("value")
            if each.type == "variable_declarator" and name and value:
                yield _export_of_typescript(file, text_of(name), value)
    for assignment in file.of_type("assignment_expression"):
        left, value = assignment.child_by_field_name("left"), assignment.child_by_field_name("right")
        if left and value and left.type == "member_expression" and text_of(left).startswith("exports."):
            yield _export_of_typescript(file, text_of(left.child_by_field_name("property")), value)


def _export_of_typescript(file: TypeScriptFile, name: str, value: Syntax) -> Export:
    fix = "Read the config key by requireSecret or getSecret, or mark the value: pulumi.secret(...)."
    return Export(name, tuple(_in_typescript(file, value, set())), file.place_of(value), fix)


def _in_typescript(
    file: TypeScriptFile, node: Syntax, seen: set[str], name: str = "", depth: int = 0
) -> Iterator[Plain]:
    """What surely is part of a value, and is plain; each variable is followed once."""
    node = plain(node)
    if depth > _DEEPEST:
        return
    match node.type:
        case "string":
            yield Plain("literal", str(file.value_of(node).value), name)
        case "member_expression" if (made := file.class_of(node.child_by_field_name("object"))) in _NOT_SECRET:
            yield Plain("random", made.rpartition(".")[2])
        case "identifier" if (variable := text_of(node)) in file.variables and variable not in seen:
            seen.add(variable)
            yield from _in_typescript(file, file.variables[variable], seen, variable, depth + 1)
        case "template_string" | "template_substitution" | "array":
            for part in node.named_children:
                yield from _in_typescript(file, part, seen, name, depth + 1)
        case "binary_expression" if text_of(node.child_by_field_name("operator")) in ("+", "||", "??"):
            for side in ("left", "right"):
                if operand := node.child_by_field_name(side):
                    yield from _in_typescript(file, operand, seen, name, depth + 1)
        case "object":
            for pair in node.named_children:
                key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
                if key and value:
                    yield from _in_typescript(file, value, seen, text_of(key).strip("\"'"), depth + 1)
        case "call_expression":
            function, arguments = node.child_by_field_name("function"), arguments_of(node)
            owner = function.child_by_field_name("object") if function else None
            method = text_of(function.child_by_field_name("property")) if function else ""
            if file.full_name(function) == "@pulumi/pulumi.unsecret":
                yield Plain("unsecret")
            elif owner and method in ("get", "require") and arguments and is_config(file, owner):
                key_ = file.value_of(arguments[0]).value
                if isinstance(key_, str):
                    yield Plain("config", key_, namespace=config_namespace_in_typescript(file, owner))


def _in_yaml(node: Node, depth: int, name: str = "") -> Iterator[Plain]:
    """What surely is part of an output, and is plain."""
    if depth > _DEEPEST:
        return
    if isinstance(node.value, str):
        # A config key is read as a secret wherever it is encrypted.
        if "${" not in node.value:
            yield Plain("literal", node.value, name)
    elif isinstance(node.value, list):
        for element in node.value:
            yield from _in_yaml(element, depth + 1, name)
    for key, _, value in node.items():
        if not key.lower().startswith("fn::"):
            yield from _in_yaml(value, depth + 1, key)
        elif key.lower() == "fn::unsecret":
            yield Plain("unsecret")
