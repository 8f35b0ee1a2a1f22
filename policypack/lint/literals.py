"""The literals of a program that have names: of arguments, variables and keys, in every language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from tree_sitter import Node as Syntax

from policypack.lint.project import Project
from policypack.lint.python_file import PythonFile
from policypack.lint.typescript_file import TypeScriptFile, arguments_of, plain, text_of
from policypack.lint.yaml_file import Node
from policypack.model import Place
from policypack.secret_detection.names import meaning_of
from policypack.source.values import normal

_TESTS: Final = re.compile(
    r"(?:^|/)(?:tests?/|__tests__/|test_[^/]*\.py$|conftest\.py$|[^/]*_test\.(?:py|go)$|[^/]*\.(?:test|spec)\.[cm]?[jt]sx?$)"
)
_MARKS: Final = ("pulumi.Output.secret", "pulumi.Output.from_input", "pulumi.secret")
_MARKS_OF_NODE: Final = ("@pulumi/pulumi.secret", "@pulumi/pulumi.output")
_DEEPEST: Final = 100
_VARIABLE: Final = re.compile(r"[A-Z][A-Z\d]{0,40}(?:_[A-Z\d]{1,40}){1,9}")
_WORDS: Final = re.compile(r"[a-z]{1,40}(?:[-_.][a-z]{1,40}){1,9}")
# What stands for a secret that somebody has yet to set. As a password, it would be one.
_DUMMIES: Final = frozenset({"changeme", "dummy", "fake", "placeholder", "replaceme", "tbd", "todo", "unset"})
# What browsers load, with what tells the site that loads it.
_SCRIPT: Final = re.compile(r"https://\S{1,200}\.js(?:\?\S{0,200})?")
# How AWS ends the keys in its documentation.
_EXAMPLES: Final = ("EXAMPLE", "EXAMPLEKEY")
# Comments of detect-secrets and gitleaks that say of a line, or of the next one, that it holds no secret.
_ALLOWED: Final = re.compile(r"pragma: allowlist secret|gitleaks:allow")
_ALLOWED_BELOW: Final = "pragma: allowlist nextline secret"
# What makes an input of a text in Go, C# and Java.
_WRAPPED: Final = (
    r"(?:(?:pulumi\.(?:String|StringPtr|ToSecret)|Output\.(?:Create|CreateSecret|of|ofSecret))\(\s{0,9}){0,3}"
)
# `Password: pulumi.String("x")`, `password := "x"`, `Password = "x"`, and Java's `.password("x")`.
_TEXT: Final = r"\"((?:[^\"\\\n]|\\.){1,500})\""
_NAMED: Final = re.compile(rf"(?<!\w)(\w{{1,80}})\"?\s{{0,9}}(?::=|[:=])\s{{0,9}}{_WRAPPED}{_TEXT}")
_NAMED_IN_JAVA: Final = re.compile(rf"(?<=\.)([a-z]\w{{0,80}})\(\s{{0,9}}{_WRAPPED}{_TEXT}\)")
_COMMENT: Final = re.compile(r"^\s{0,200}(?://|\*|/\*).{0,2000}$|(?<=[\s;,])//.{0,2000}$")


class Literal(NamedTuple):
    """
    A literal that has a name.

    :param place: where the literal begins.
    """

    name: str
    text: str
    place: Place


def is_test(file: str) -> bool:
    """Whether a file tests the program, and is no part of it."""
    return _TESTS.search(file) is not None


def is_placeholder(name: str, text: str) -> bool:
    """
    Whether a text that has the name of a secret is the name of one as well, and no secret: that of an environment
    variable (DB_PASSWORD), of an entry in a store (orders-db-secret) or in a secret (token), or the name itself; or a
    word that people put in the place of one that no database takes, such as CHANGEME.
    """
    if _VARIABLE.fullmatch(text) or text.endswith(_EXAMPLES) or _SCRIPT.fullmatch(text):
        return True
    kind, written, called = meaning_of(name).kind, normal(text), normal(name)
    if kind == "password":
        return False
    # REDIS_PASSWORD_SECRET_KEY = "password": where in a secret the password is.
    is_entry = called.endswith("key") and text.isalpha() and text.islower() and written in called.removesuffix("key")
    return is_entry or written == called or written in _DUMMIES or _WORDS.fullmatch(text) is not None


def is_allowed(project: Project, place: Place) -> bool:
    """Whether a comment for another scanner, in the line or the one above it, says that the line holds no secret."""
    *above, line = ["", *project.lines(place.file)][place.line - 1 : place.line + 1] or [""]
    return _ALLOWED.search(line) is not None or any(_ALLOWED_BELOW in each for each in above)


def literals_of(project: Project) -> Iterator[Literal]:
    """The literals of a project's program that have names, without those of its tests."""
    for file in project.all_python:
        for name, value in values_in_python(file):
            for each in _alternatives(value):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield Literal(name, each.value, file.place_of(each))
    for typescript in project.typescript:
        for name, node in values_in_typescript(typescript):
            found = typescript.value_of(node)
            if isinstance(found.value, str):
                yield Literal(name, found.value, found.place)
    for settings in project.yaml_programs:
        for section in ("resources", "variables", "config"):
            if values := settings.root.get(section) if settings.root else None:
                yield from _in_yaml(section, values, 0)
    if project.runtime in ("go", "dotnet", "java"):
        for source in project.source.files:
            if source.name.endswith((".go", ".cs", ".fs", ".java", ".kt", ".scala")) and not is_test(source.name):
                yield from _in_text(source.name, source.content.decode())


def values_in_python(file: PythonFile) -> Iterator[tuple[str, ast.expr]]:
    """The values of a file that have names, without what marks them as secret; none of a test."""
    for node in file.nodes if not is_test(file.name) else ():
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


def _alternatives(value: ast.expr) -> list[ast.expr]:
    """What a value may be: itself, or what stands in its place where it is not there (`config.get("x") or "y"`)."""
    return value.values if isinstance(value, ast.BoolOp) else [value]


def values_in_typescript(file: TypeScriptFile) -> Iterator[tuple[str, Syntax]]:
    """The values of a file that have names, without what marks them as secret; none of a test."""
    types = ("pair", "variable_declarator", "public_field_definition", "assignment_expression")
    for node in file.of_type(*types) if not is_test(file.name) else ():
        name = node.child_by_field_name("key") or node.child_by_field_name("name") or node.child_by_field_name("left")
        value = node.child_by_field_name("value") or node.child_by_field_name("right")
        if name is None or value is None:
            continue
        if name.type == "member_expression":
            name = name.child_by_field_name("property") or name
        for each in _alternatives_of(_unmarked_node(file, plain(value))):
            yield text_of(name).strip("\"'"), each


def _unmarked_node(file: TypeScriptFile, value: Syntax) -> Syntax:
    arguments = arguments_of(value) if value.type == "call_expression" else []
    is_marked = arguments and file.full_name(value.child_by_field_name("function")) in _MARKS_OF_NODE
    return plain(arguments[0]) if is_marked else value


def _alternatives_of(value: Syntax) -> list[Syntax]:
    if value.type == "binary_expression" and text_of(value.child_by_field_name("operator")) in ("||", "??"):
        return [each for side in ("left", "right") if (each := value.child_by_field_name(side))]
    return [value]


def _in_yaml(name: str, node: Node, depth: int) -> Iterator[Literal]:
    """The texts in a YAML program, each with its key; what marks a value as secret has that of the value."""
    if depth > _DEEPEST:
        return
    if isinstance(node.value, str):
        if "${" not in node.value:
            yield Literal(name, node.value, node.place)
    elif isinstance(node.value, list):
        for element in node.value:
            yield from _in_yaml(name, element, depth + 1)
    for key, _, value in node.items():
        # What a declaration of config says in its own words is no value.
        if key not in ("type", "description"):
            inner = name if key in ("default", "value") or key.lower() == "fn::secret" else key
            yield from _in_yaml(inner, value, depth + 1)


def _in_text(file: str, text: str) -> Iterator[Literal]:
    """The literals of a program in a language of which only its literals are read."""
    for number, line in enumerate(text.split("\n"), start=1):
        code = _COMMENT.sub("", line[:2000])
        pattern = _NAMED_IN_JAVA if file.endswith(".java") and "=" not in code else _NAMED
        for match in pattern.finditer(code):
            yield Literal(match[1], match[2], Place(file, number, match.start(2)))
