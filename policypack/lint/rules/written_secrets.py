"""Secrets of Python programs: those that stand in the source, and those that are drawn by a predictable generator."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from policypack.config import Config
from policypack.lint.project import Project, project_policy
from policypack.lint.python_file import PythonFile
from policypack.secret_detection import is_secret_name, secret_reason
from policypack.verdict import Verdicts, Violation

_TESTS: Final = re.compile(r"(?:^|/)(?:tests?/|test_[^/]*\.py$|conftest\.py$|[^/]*_test\.py$)")
_MARKS: Final = ("pulumi.Output.secret", "pulumi.Output.from_input", "pulumi.secret")


@project_policy(
    id="secret-in-source",
    title="No secret stands in the program's source",
    severity="critical",
    fix="Keep it in AWS Secrets Manager or in the stack's config (`pulumi config set --secret`), read it from there, "
    "and replace the secret: whoever can read the repository, or its history, knows this one.",
    url="https://www.pulumi.com/docs/iac/concepts/secrets/",
)
def secret_in_source(project: Project, config: Config) -> Verdicts:
    """
    Source is copied to each developer's machine, to CI and into backups, and its history keeps what was removed.
    Marking the value with pulumi.Output.secret encrypts it in the state, not in the source.
    """
    for file in project.python:
        if _TESTS.search(file.name):
            continue
        for name, value in _named(file):
            text = value.value if isinstance(value, ast.Constant) else None
            if isinstance(text, str) and (reason := secret_reason(name, text)):
                yield Violation(
                    None,
                    f"{name} is a literal, and {reason}.",
                    line=file.place_of(value),
                )


def _named(file: PythonFile) -> Iterator[tuple[str, ast.expr]]:
    """The values that have names: of arguments, variables and keys, without what marks them as secret."""
    for node in file.nodes:
        match node:
            case ast.keyword(arg=str(name), value=value):
                yield name, _unmarked(file, value)
            case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)], value=value):
                yield name, _unmarked(file, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, _unmarked(file, value)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value, _unmarked(file, value)


def _unmarked(file: PythonFile, value: ast.expr) -> ast.expr:
    match value:
        case ast.Call(func=function, args=[inner]) if file.full_name(function) in _MARKS:
            return inner
        case _:
            return value


@project_policy(
    id="predictable-secret",
    title="Secrets come from a cryptographic generator",
    severity="high",
    fix="Use pulumi_random.RandomPassword or aws.secretsmanager.get_random_password, or let the service make it "
    "(manage_master_user_password). What a program draws itself, also from the module secrets, it draws anew in each "
    "run, so that each update changes the resource.",
    url="https://docs.python.org/3/library/random.html",
)
def predictable_secret(project: Project, config: Config) -> Verdicts:
    """
    Python's `random` is made for simulations: who sees some of its numbers can compute the others, and so the passwords
    that were drawn before and after.
    """
    for file in project.python:
        if _TESTS.search(file.name):
            continue
        drawing = _drawing_functions(file)
        said: set[ast.Call] = set()
        for name, value in _named(file):
            # What is drawn within an argument of a resource is within the variable that holds the resource, too.
            if _is_for_secret(name) and (call := _draws(file, value, drawing)) and call not in said:
                said.add(call)
                yield Violation(
                    None,
                    f"{name} is drawn by {ast.unparse(call.func)[:60]}, which is predictable.",
                    line=file.place_of(call),
                )


def _is_for_secret(name: str) -> bool:
    # `secret_string` of a SecretVersion holds a secret, though that is not what its name says.
    return is_secret_name(name) or name in ("secret_string", "secretString")


def _drawing_functions(file: PythonFile) -> dict[str, ast.Call]:
    """The functions of a file that draw from `random`, by name, with the call that does."""
    found: dict[str, ast.Call] = {}
    for node in file.nodes:
        if isinstance(node, ast.FunctionDef) and (call := _draws(file, node, {})):
            found[node.name] = call
    return found


def _draws(file: PythonFile, node: ast.AST, drawing: dict[str, ast.Call]) -> ast.Call | None:
    """The call of `random` within a node, or within a function of the file that it calls; None where there is none."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            name = file.full_name(each.func)
            if name.startswith("random.") and not name.startswith("random.SystemRandom"):
                return each
            if isinstance(each.func, ast.Name) and each.func.id in drawing:
                return drawing[each.func.id]
    return None
