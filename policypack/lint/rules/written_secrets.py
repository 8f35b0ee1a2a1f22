"""Secrets of programs: those that stand in the source, and those that are drawn by a predictable generator."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node as Syntax

from policypack.config import Config
from policypack.lint.expressions import python_expression
from policypack.lint.literals import (
    is_allowed,
    is_placeholder,
    is_test,
    literals_of,
    values_in_python,
    values_in_typescript,
)
from policypack.lint.project import Project, project_policy
from policypack.lint.python_file import PythonFile
from policypack.lint.typescript_file import TypeScriptFile, is_function, text_of, within
from policypack.model import Place
from policypack.secret_detection import is_secret_name, secret_reason
from policypack.verdict import Verdicts, Violation

_GENERATOR_OF_GO: Final = re.compile(r"\brand\.(?:Int\w{0,9}|Perm|Read|Seed|Shuffle|Uint\w{0,9})\(")
_GENERATOR_OF_DOTNET: Final = re.compile(r"\bnew (?:System\.)?Random\(|\bRandom\.Shared\b")
_FUNCTION_OF_GO: Final = re.compile(r"^func (?:\([^)\n]{0,80}\) )?(\w{1,80})\(")
_ASSIGNED: Final = re.compile(r"(?<!\w)(\w{1,80})\s{0,9}(?::=|[:=])(?!=)")


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
    for name, text, place in literals_of(project):
        if is_placeholder(name, text) or not (reason := secret_reason(name, text)):
            continue
        if not is_allowed(project, place):
            yield Violation(None, f"{name} is a literal, and {reason}.", line=place)


@project_policy(
    id="predictable-secret",
    title="Secrets come from a cryptographic generator",
    severity="high",
    fix="Use RandomPassword of pulumi-random or aws.secretsmanager.get_random_password, or let the service make it "
    "(manage_master_user_password). What a program draws itself, by any generator, it draws anew in each "
    "run, so that each update changes the resource.",
    url="https://docs.python.org/3/library/random.html",
)
def predictable_secret(project: Project, config: Config) -> Verdicts:
    """
    `random`, `Math.random`, `math/rand` and `System.Random` are made for simulations: who sees some of their numbers
    can compute the others, and so the passwords that were drawn before and after.
    """
    for file in project.python:
        drawing = _drawing_functions(file)
        said: set[ast.Call] = set()
        for name, value in values_in_python(file):
            # What is drawn within an argument of a resource is within the variable that holds the resource, too.
            if _is_for_secret(name) and (call := _draws(file, value, drawing)) and call not in said:
                said.add(call)
                yield _predictable(name, python_expression(call.func), file.place_of(call))
    for typescript in project.typescript:
        yield from _in_typescript(typescript)
    for source in project.source.files if project.runtime in ("go", "dotnet") else ():
        if not is_test(source.name):
            yield from _in_text(source.name, source.content.decode())


def _predictable(name: str, generator: str, place: Place) -> Violation:
    return Violation(None, f"{name} is drawn by {generator}, which is predictable.", line=place)


def _in_typescript(file: TypeScriptFile) -> Iterator[Violation]:
    drawing = set(_drawing_in_typescript(file))
    seen: set[int] = set()
    for name, value in values_in_typescript(file):
        if not _is_for_secret(name) or is_function(value):
            continue
        for each in within(value, seen):
            is_drawn = each.type == "call_expression" and text_of(each.child_by_field_name("function")) in drawing
            if is_drawn or _is_math_random(each):
                yield _predictable(name, "Math.random", file.place_of(each))
                break


def _drawing_in_typescript(file: TypeScriptFile) -> Iterator[str]:
    """The names of the functions of a file within which Math.random is called."""
    names = {value.id: name for name, value in file.variables.items() if is_function(value)}
    climbed: set[int] = set()
    for call in filter(_is_math_random, file.of_type("call_expression")):
        node: Syntax | None = call
        while node and node.id not in climbed:
            climbed.add(node.id)
            if node.type == "function_declaration":
                yield text_of(node.child_by_field_name("name"))
            elif node.id in names:
                yield names[node.id]
            node = file.parent_of(node)


def _is_math_random(node: Syntax) -> bool:
    return node.type == "call_expression" and text_of(node.child_by_field_name("function")) == "Math.random"


def _in_text(name: str, text: str) -> Iterator[Violation]:
    """Passwords of Go and C#, where they are drawn in the line that names them, or in a function that does."""
    if name.endswith(".go") and '"math/rand' in text and '"crypto/rand"' not in text:
        pattern, generator = _GENERATOR_OF_GO, "math/rand"
    elif name.endswith(".cs"):
        pattern, generator = _GENERATOR_OF_DOTNET, "System.Random"
    else:
        return
    function = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if match := _FUNCTION_OF_GO.match(line[:500]):
            function = match[1]
        found = pattern.search(line[:2000])
        assigned = _ASSIGNED.search(line[:500])
        named = next((each for each in (assigned and assigned[1], function) if each and _is_for_secret(each)), "")
        if found and named:
            yield _predictable(named, generator, Place(name, number, found.start() + 1))
            function = ""


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
