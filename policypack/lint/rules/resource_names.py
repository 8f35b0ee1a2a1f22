"""Names of resources in Python programs: they are no outputs, and two resources of one type do not share one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from policypack.config import Config
from policypack.lint.expressions import python_expression
from policypack.lint.literals import is_test
from policypack.lint.project import Project, project_policy
from policypack.lint.python_file import PythonFile
from policypack.lint.python_outputs import outputs_of
from policypack.lint.sdk import Sdk, with_article
from policypack.lint.sdks import python_sdks
from policypack.model import Place
from policypack.verdict import Verdicts, Violation

_RESOURCE_OPTIONS: Final = "pulumi.ResourceOptions"


@project_policy(
    id="resource-name",
    title="Resources of one type have different names, which are known while the program runs",
    severity="high",
    fix="Give each resource a name of its own, as its first argument.",
    url="https://www.pulumi.com/docs/iac/concepts/resources/names/",
)
def resource_name(project: Project, config: Config) -> Verdicts:
    """
    The name that a program gives a resource is a part of its URN, by which the engine knows it. Two resources of one
    type and name end the update with "Duplicate resource URN"; a name that is an output is refused by the SDK.
    """
    sdks = python_sdks(project)
    for file, outputs in outputs_of(project):
        for call, name in file.calls:
            if sdks.kind(name) == "resource" and call.args and outputs.is_output(call.args[0]):
                yield Violation(
                    None,
                    f"The output {python_expression(call.args[0])} is the name of a resource, which has to be known "
                    "while the program runs.",
                    fix="Write a string, or build the name from strings and config values.",
                    line=file.place_of(call.args[0]),
                )
        if not is_test(file.name):
            yield from _twice(file, sdks)


def _twice(file: PythonFile, sdk: Sdk) -> Iterator[Violation]:
    """Resources that surely are made in one run, and whose type, name and parent are the same."""
    for body in _bodies(file):
        first: dict[tuple[str, str, str], Place] = {}
        for call in _made_in(body):
            full_name = file.full_name(call.func)
            name = _name(call)
            parent = _parent(file, call)
            if not name or parent is None or sdk.kind(full_name) != "resource":
                continue
            key = (full_name, name, parent)
            if key in first:
                resource = with_article(full_name)
                yield Violation(
                    None,
                    f"{resource[:1].upper()}{resource[1:]} named '{name}' is made in line {first[key].line} "
                    "already: their URNs would be the same.",
                    line=file.place_of(call),
                )
            first.setdefault(key, file.place_of(call))


def _bodies(file: PythonFile) -> Iterator[list[ast.stmt]]:
    """The statements of the file, and of each function: those of one list run one after the other."""
    if file.tree:
        yield file.tree.body
    yield from (node.body for node in file.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _made_in(body: list[ast.stmt]) -> Iterator[ast.Call]:
    """The calls in statements that run whatever happens, up to the first that may end the body."""
    for statement in body:
        match statement:
            case ast.Assign(value=ast.Call() as call) | ast.Expr(value=ast.Call() as call):
                yield call
            case ast.AnnAssign(value=ast.Call() as call):
                yield call
            case ast.Return() | ast.Raise():
                return


def _name(call: ast.Call) -> str:
    """The name that a resource is given as a literal; empty where it is none."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    name = call.args[0] if call.args else given.get("resource_name")
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else ""


def _parent(file: PythonFile, call: ast.Call) -> str | None:
    """The parent that a resource is given, as it is written; empty where it has none, None where that is open."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if None in given or len(call.args) > 2 or (len(call.args) == 2 and "opts" not in given):
        return None
    match given.get("opts"):
        case None:
            return ""
        case ast.Call(args=[], keywords=options) as made if file.full_name(made.func) == _RESOURCE_OPTIONS:
            parents = {option.arg: option.value for option in options}
            if None in parents:
                return None
            return _lasting(file, parents["parent"]) if "parent" in parents else ""
        case _:
            return None


def _lasting(file: PythonFile, node: ast.expr) -> str | None:
    """A variable or attribute as it is written, if it is the same object wherever the file names it; else None."""
    match node:
        case ast.Name(id=name) if name not in file.rebound:
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if not {owner, name} & file.rebound:
            return f"{owner}.{name}"
        case _:
            return None
