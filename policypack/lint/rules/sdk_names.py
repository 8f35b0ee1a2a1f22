"""Python programs against their Pulumi SDKs: names, arguments and keys that do not exist."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from policypack.config import Config
from policypack.lint.expressions import python_expression
from policypack.lint.fixing import certain_rename
from policypack.lint.names import MOST_WRONG, nearest
from policypack.lint.project import Project, project_policy
from policypack.lint.python_file import PythonFile
from policypack.lint.rules.typescript_names import typescript_names
from policypack.lint.sdk import Sdk, Signature, shown, with_article
from policypack.lint.sdks import python_sdks
from policypack.listing import joined
from policypack.model import Place
from policypack.verdict import Verdicts, Violation

_DEEPEST_KEYS: Final = 20
"""How deep the keys of an argument are looked at: no input of the AWS SDK is nested more deeply by hand."""


@project_policy(
    id="sdk-names",
    title="Programs use names and arguments that their Pulumi SDKs have",
    severity="high",
    fix="Use a name that the SDK has: https://www.pulumi.com/registry/packages/aws/api-docs/ lists them.",
    url="https://www.pulumi.com/registry/packages/aws/api-docs/",
)
def sdk_names(project: Project, config: Config) -> Verdicts:
    """
    Python looks names up when it meets them, so a name or argument that the SDK does not have ends the program at that
    line: in a preview at best, in a branch that only an update takes at worst.
    """
    sdks = python_sdks(project)
    found = (each for file in project.python for each in _Check(file, sdks).violations())
    yield from islice(chain(found, typescript_names(project)), MOST_WRONG)


class _Check:
    """One file against the SDKs."""

    def __init__(self, file: PythonFile, sdk: Sdk) -> None:
        self._file = file
        self._sdk = sdk

    def violations(self) -> Iterator[Violation]:
        """What the SDKs do not have, in the order of the file."""
        found = [*self._imports(), *self._attributes(), *self._calls(), *self._members()]
        # One expression may show the same twice: a call of a name that is not there.
        yield from {violation.line: violation for violation in sorted(found, key=_position)}.values()

    def _imports(self) -> Iterator[Violation]:
        for node in self._file.nodes:
            match node:
                case ast.Import(names=names):
                    for alias in names:
                        yield from self._missing(alias.name, self._file.place_of(alias))
                case ast.ImportFrom(module=str(module), names=names, level=0):
                    for alias in names:
                        if alias.name != "*":
                            yield from self._missing(f"{module}.{alias.name}", self._file.place_of(alias))

    def _attributes(self) -> Iterator[Violation]:
        # The whole of a dotted name is looked up, not each part of it.
        inner = {node.value for node in self._file.nodes if isinstance(node, ast.Attribute)}
        for node in self._file.nodes:
            if isinstance(node, ast.Attribute) and node not in inner:
                yield from self._missing(self._file.full_name(node), self._file.place_of(node))

    def _missing(self, full_name: str, place: Place) -> Iterator[Violation]:
        if not _is_of_sdk(full_name) or not (missing := self._sdk.missing(full_name)):
            return
        owner, name = missing
        near = nearest(name, (each for each in self._sdk.names(owner) or () if not each.startswith("_")))
        fix = _ELSEWHERE.get(f"{owner}.{name}") or (f"Write {shown(f'{owner}.{near}')}." if near else "")
        yield Violation(None, f"{shown(owner)} has no '{name}'.", fix=fix, line=place)

    def _calls(self) -> Iterator[Violation]:
        for call, name in self._file.calls:
            if _is_of_sdk(name) and (signature := self._sdk.signature(name)):
                yield from self._arguments(call, signature)

    def _arguments(self, call: ast.Call, signature: Signature) -> Iterator[Violation]:
        given = {keyword.arg for keyword in call.keywords if keyword.arg}
        # A starred argument may bring any.
        is_open = (
            signature.is_open
            or any(keyword.arg is None for keyword in call.keywords)
            or any(isinstance(each, ast.Starred) for each in call.args)
        )
        for keyword in call.keywords:
            if keyword.arg is None:
                continue
            parameter = signature.parameters.get(keyword.arg)
            if parameter:
                yield from self._value(keyword.value, parameter.shape, signature.module)
            elif not signature.is_open and not (signature.is_resource and keyword.arg == "args"):
                near = nearest(keyword.arg, signature.parameters.keys() - given)
                given.add(near)
                yield self._unknown("argument", keyword.arg, near, signature, self._file.place_of(keyword))
        if is_open or (signature.is_resource and self._may_need_nothing(call)):
            return
        given.update(list(signature.parameters)[: len(call.args)])
        required = [each.name for each in signature.parameters.values() if each.is_required]
        if missing := [name for name in required if name not in given]:
            yield Violation(
                None,
                f"{shown(f'{signature.module}.{signature.name}')} requires {joined(missing)}, which the call leaves "
                "out.",
                fix=f"Add {joined(missing)}.",
                line=self._file.place_of(call),
            )

    def _unknown(self, kind: str, name: str, near: str, signature: Signature, place: Place) -> Violation:
        """That a class or function has no argument or key of a name."""
        its = shown(f"{signature.module}.{signature.name}")
        fix = f"Remove {name}, or use {'an' if kind == 'argument' else 'a'} {kind} that exists."
        if near:
            form = ", which is a list" if signature.parameters[near].is_list else ""
            fix = f"Write {near} instead of {name}{form}."
        rename = certain_rename(name, near)
        return Violation(None, f"{its} has no {kind} '{name}'.", fix=fix, line=place, remediation=rename)

    def _may_need_nothing(self, call: ast.Call) -> bool:
        """Whether a resource is built from an Args object, or may be one that exists and is only read."""
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        if len(call.args) > 1 or any(isinstance(each, ast.Starred) for each in call.args) or "args" in given:
            return True
        match given.get("opts"):
            case None:
                return False
            case ast.Call(keywords=options) as made if self._file.full_name(made.func) == "pulumi.ResourceOptions":
                return any(option.arg in ("id", "urn", None) for option in options)
            case _:
                return True

    def _value(self, node: ast.expr, shape: str, module: str, depth: int = 0) -> Iterator[Violation]:
        """What is wrong with a literal that is given where the SDK takes a shape (see Property), and within it."""
        if depth > _DEEPEST_KEYS:
            return
        given = _kind(node)
        if given and (wanted := _wanted(shape, given)):
            yield Violation(
                None,
                f"{given.capitalize()} is given where the SDK takes {wanted}.",
                fix="Write the value in brackets: `[...]`." if wanted == "a list" else f"Write {wanted}.",
                line=self._file.place_of(node),
            )
        elif isinstance(node, ast.List | ast.Tuple):
            for element in node.elts if shape.startswith("[") else ():
                yield from self._value(element, shape[1:], module, depth + 1)
        elif isinstance(node, ast.Dict) and shape.startswith("{"):
            for value in node.values:
                yield from self._value(value, shape[1:], module, depth + 1)
        elif isinstance(node, ast.Dict) and len(shape) > 1 and not shape.startswith("["):
            yield from self._keys(node, f"{module}.{shape}", depth)

    def _keys(self, node: ast.Dict, full_name: str, depth: int) -> Iterator[Violation]:
        """The keys of a dictionary that stands for an Args object, and of those within it."""
        signature = self._sdk.signature(full_name)
        if signature is None or signature.is_open:
            return
        # The SDK passes keys in the provider's own spelling on as they are.
        spelled = {each.schema_name: each for each in signature.parameters.values()}
        for key, value in zip(node.keys, node.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                continue
            parameter = signature.parameters.get(key.value) or spelled.get(key.value)
            if parameter:
                yield from self._value(value, parameter.shape, signature.module, depth + 1)
            else:
                near = nearest(key.value, signature.parameters)
                yield self._unknown("key", key.value, near, signature, self._file.place_of(key))

    def _members(self) -> Iterator[Violation]:
        for node in self._file.nodes:
            match node:
                case ast.Attribute(value=owner, attr=attribute, ctx=ast.Load()):
                    class_name = self._file.class_of(owner)
                    members = self._sdk.members(class_name) if _is_of_sdk(class_name) else None
                    if members is not None and attribute not in members and not attribute.startswith("__"):
                        near = nearest(attribute, (each for each in members if not each.startswith("_")))
                        yield Violation(
                            None,
                            f"'{python_expression(owner)}' is {with_article(class_name)}, which has no '{attribute}'.",
                            fix=f"Write {near} instead of {attribute}." if near else "",
                            line=self._file.place_of(node),
                        )


# What people look for in the wrong place, and where it is.
_ELSEWHERE: Final = {
    "pulumi.providers": 'Use aws.Provider of pulumi_aws: `provider = aws.Provider("NAME", region="REGION")`.',
    "pulumi_aws.secretsmanager.GetSecretOutput": "Functions of this name return pulumi.Output: annotate with "
    "pulumi.Output[aws.secretsmanager.GetSecretResult], or call aws.secretsmanager.get_secret_output.",
}


def _kind(node: ast.expr) -> str:
    """What a literal is, in words; empty for anything else."""
    match node:
        case ast.Constant(value=str()):
            return "a string"
        case ast.List():
            return "a list"
        case ast.Dict():
            return "a dictionary"
        case _:
            return ""


def _wanted(shape: str, given: str) -> str:
    """What a shape takes instead of a literal, in words; empty where it takes that, or may make its own of it."""
    if shape.startswith("["):
        return "" if given == "a list" else "a list"
    if shape.startswith("{") or len(shape) > 1:
        return "" if given == "a dictionary" else "a dictionary"
    return "a single value" if shape in ("b", "n") and given != "a string" else ""


def _is_of_sdk(full_name: str) -> bool:
    root = full_name.partition(".")[0]
    return root == "pulumi" or root.startswith("pulumi_")


def _position(violation: Violation) -> tuple[int, int]:
    return (violation.line.line, violation.line.column) if violation.line else (0, 0)
