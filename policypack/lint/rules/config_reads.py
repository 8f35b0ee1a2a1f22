"""Config keys that a program reads: that they are keys, and that its stacks set what it requires."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from policypack.config import Config
from policypack.lint.config_values import ConfigValues, config_namespace
from policypack.lint.expressions import python_expression, typescript_expression
from policypack.lint.literals import is_test
from policypack.lint.project import Project, project_policy
from policypack.lint.python_file import PythonFile
from policypack.lint.typescript_file import arguments_of, text_of
from policypack.listing import some
from policypack.model import Place
from policypack.verdict import Verdicts, Violation

_READS: Final = ("get", "require")
_CONDITIONS: Final = (ast.BoolOp, ast.IfExp, ast.Lambda)


@project_policy(
    id="config-reads",
    title="Programs read config keys that exist, and stacks set what is required",
    severity="high",
    fix="Set the key by `pulumi config set`, or give it a default.",
    url="https://www.pulumi.com/docs/iac/concepts/config/",
)
def config_reads(project: Project, config: Config) -> Verdicts:
    """
    A config object puts its namespace before each key that it reads. One that is created without a namespace finds only
    the project's own keys, so that a key of a provider is missing whatever the stack sets. A key that is required and
    that a stack does not set ends the program of that stack; it is reported where another stack sets it.
    """
    for file in project.python:
        for owner, method, key, place in _read_in_python(file) if not is_test(file.name) else ():
            yield from _with_namespace(project, owner, method, key, place)
    for typescript in project.typescript:
        for call in typescript.of_type("call_expression"):
            function, arguments = call.child_by_field_name("function"), arguments_of(call)
            owner_ = function.child_by_field_name("object") if function else None
            if owner_ and arguments and typescript.class_of(owner_) == "@pulumi/pulumi.Config":
                key_ = typescript.value_of(arguments[0]).value
                method = text_of(function.child_by_field_name("property")) if function else ""
                if isinstance(key_, str) and method.startswith(_READS):
                    place = typescript.place_of(arguments[0])
                    yield from _with_namespace(project, typescript_expression(owner_), method, key_, place)
    yield from _unset(project)


def _read_in_python(file: PythonFile) -> Iterator[tuple[str, str, str, Place]]:
    """Each key that is read: of what, how, its name and where it stands."""
    for call, _ in file.calls:
        match call:
            case ast.Call(
                func=ast.Attribute(value=owner, attr=method), args=[ast.Constant(value=str(key)) as name, *_]
            ):
                if method.startswith(_READS) and file.class_of(owner) == "pulumi.Config":
                    yield python_expression(owner), method, key, file.place_of(name)


def _with_namespace(project: Project, owner: str, method: str, key: str, place: Place) -> Iterator[Violation]:
    namespace, colon, name = key.rpartition(":")
    if not colon:
        return
    constructor = "new pulumi.Config" if project.typescript else "pulumi.Config"
    own = namespace == project.name
    yield Violation(
        None,
        f'{owner}.{method}("{key[:80]}") finds nothing: a config object puts its own namespace before the key.',
        fix=f'Write {constructor}({"" if own else f"{namespace!r}"}).{method}("{name}").'.replace("'", '"'),
        level=None if method.startswith("require") else "advisory",
        line=place,
    )


def _unset(project: Project) -> Iterator[Violation]:
    """Keys that the program requires, whatever happens, and that one stack sets and another does not."""
    values = ConfigValues(project)
    stacks = [file.name for file in project.stacks if not file.error and not file.has_environment]
    said = set(values.declared)
    for file in project.python:
        if file.name != "__main__.py":
            continue
        always = {id(node) for statement in _always(file) for node in ast.walk(statement)}
        for call, _ in file.calls:
            match call:
                case ast.Call(func=ast.Attribute(value=owner, attr=method), args=[ast.Constant(value=str(key))]):
                    is_required = method.startswith("require") and file.class_of(owner) == "pulumi.Config"
                    namespace = config_namespace(file, owner) if is_required else None
                    full_key = values.full_key(key, namespace)
                    if namespace is None or id(call) not in always or ":" in key or full_key in said:
                        continue
                    said.add(full_key)
                    lacking = [name for name in stacks if full_key not in values.by_stack[name]]
                    shown = full_key if namespace else key
                    flag = "--secret " if "secret" in method else ""
                    # What no stack sets, people are told to set.
                    if lacking and len(lacking) < len(stacks):
                        yield Violation(
                            None,
                            f"The program requires the config key '{shown}', which {some(lacking)} does not set.",
                            fix=f"Run `pulumi config set {flag}{shown} VALUE` for the stack.",
                            level="advisory",
                            line=file.place_of(call),
                        )


def _always(file: PythonFile) -> Iterator[ast.stmt]:
    """The statements of a file that run, as a whole, whatever happens."""
    for statement in file.tree.body if file.tree else ():
        is_simple = isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr)
        if is_simple and not any(isinstance(node, _CONDITIONS) for node in ast.walk(statement)):
            yield statement
