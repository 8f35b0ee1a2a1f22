"""Outputs that programs use as if they were values already; those of TypeScript are in typescript_outputs.py."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from policypack.config import Config
from policypack.lint.expressions import python_expression
from policypack.lint.project import Project, project_policy
from policypack.lint.python_file import PythonFile
from policypack.lint.python_outputs import outputs_of
from policypack.lint.rules.typescript_outputs import outputs_as_text, resources_in_apply
from policypack.lint.sdk import Sdk, shown
from policypack.lint.sdks import python_sdks
from policypack.verdict import Verdicts, Violation


@project_policy(
    id="output-as-text",
    title="Outputs are not put into strings as if their values were known already",
    severity="high",
    fix="Use pulumi.Output.concat, pulumi.Output.format or pulumi.Output.json_dumps, or build the string in apply.",
    url="https://www.pulumi.com/docs/iac/concepts/inputs-outputs/all/",
)
def output_as_text(project: Project, config: Config) -> Verdicts:
    """
    The value of an output exists only while the update runs. A string made of the output itself says "Calling __str__
    on an Output[T] is not supported", and so does the name, ARN or policy that it becomes; `json.dumps` raises.
    """
    for file, outputs in outputs_of(project):
        for node in file.nodes:
            for output, how, instead in _as_text(node, file):
                if outputs.is_output(output):
                    yield Violation(
                        None,
                        f"The output {python_expression(output)} {how}, where its value is not known yet.",
                        fix=instead,
                        line=file.place_of(output),
                    )
    yield from outputs_as_text(project)


def _as_text(node: ast.AST, file: PythonFile) -> Iterator[tuple[ast.expr, str, str]]:
    """The expressions that a node makes a string of, how, and what to write instead."""
    concat = "Put the parts together by pulumi.Output.concat(...), or by pulumi.Output.format(...)."
    match node:
        case ast.FormattedValue(value=value):
            yield value, "stands in an f-string", concat
        case ast.Call(func=ast.Name(id="str"), args=[value]):
            yield value, "is converted by str()", "Pass the output on as it is, or use it in apply."
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format"), args=args, keywords=keywords):
            for value in (*args, *(keyword.value for keyword in keywords)):
                yield value, "is given to format() of a string", concat
        case ast.BinOp(op=ast.Add(), left=ast.Constant(value=str()) | ast.JoinedStr(), right=value):
            yield value, "is added to a string", concat
        case ast.BinOp(op=ast.Add(), left=value, right=ast.Constant(value=str()) | ast.JoinedStr()):
            yield value, "is added to a string", concat
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str()), right=value):
            for each in value.elts if isinstance(value, ast.Tuple) else (value,):
                yield each, "is given to % of a string", concat
        case ast.Call(args=[document, *_]) if file.full_name(node.func) == "json.dumps":
            for value in _values(document):
                yield value, "stands in json.dumps()", "Use pulumi.Output.json_dumps(...)."


def _values(document: ast.expr) -> Iterator[ast.expr]:
    """What stands in a literal of dictionaries and lists."""
    open_: list[ast.expr] = [document]
    while open_:
        node = open_.pop()
        match node:
            case ast.Dict(values=values):
                open_.extend(values)
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                open_.extend(elements)
            case _:
                yield node


@project_policy(
    id="resource-in-apply",
    title="Resources are made outside of apply",
    severity="medium",
    enforcement="advisory",
    fix="Make the resource outside of apply and pass it the output: resources take outputs as inputs.",
    url="https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/",
)
def resource_in_apply(project: Project, config: Config) -> Verdicts:
    """
    While the value of the output is unknown, as in a first preview, apply does not run: the resources in it are in no
    preview, no policy sees them, and the update makes what nobody has reviewed.
    """
    sdks = python_sdks(project)
    for file in project.python:
        for call, _ in file.calls:
            match call:
                case ast.Call(func=ast.Attribute(attr="apply"), args=[ast.Lambda() as function, *_]):
                    yield from _resources_in(file, sdks, function)
                case ast.Call(func=ast.Attribute(attr="apply"), args=[ast.Name(id=name), *_]) if name in file.functions:
                    yield from _resources_in(file, sdks, file.functions[name])
    yield from resources_in_apply(project)


def _resources_in(file: PythonFile, sdk: Sdk, function: ast.AST) -> Iterator[Violation]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            name = file.class_of(node)
            if name and sdk.kind(name) == "resource":
                yield Violation(
                    None,
                    f"{shown(name)} is made within apply: as long as the output is unknown, no preview shows it.",
                    line=file.place_of(node),
                )
