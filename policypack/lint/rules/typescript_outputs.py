"""Outputs of TypeScript and JavaScript programs: which expressions are some, and what is done with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tree_sitter import Node as Syntax

from policypack.lint.expressions import typescript_expression
from policypack.lint.literals import is_test
from policypack.lint.node_sdk import PULUMI, is_of, is_of_sdk, shown
from policypack.lint.node_sdks import NodeSdks, node_sdks
from policypack.lint.project import Project
from policypack.lint.typescript_file import TypeScriptFile, arguments_of, is_function, plain, text_of, within
from policypack.model import Place
from policypack.verdict import Violation

_MAKERS: Final = frozenset(
    f"@pulumi/pulumi.{name}"
    for name in ("all", "concat", "interpolate", "jsonParse", "jsonStringify", "output", "secret", "unsecret")
)
_OF_RANDOM: Final = frozenset(("b64Std", "b64Url", "bcryptHash", "dec", "hex", "id", "result"))
_OF_OUTPUTS: Final = frozenset(("apply", "get", "isKnown", "isSecret", "promise", "toJSON", "toString"))
_DEEPEST: Final = 50
"""How many variables and calls of apply are followed to what they are made of."""
_LOGS: Final = frozenset(f"console.{name}" for name in ("debug", "error", "info", "log", "warn"))
_LOGS_OF_PULUMI: Final = frozenset(f"{PULUMI}.log.{name}" for name in ("debug", "error", "info", "warn"))


class Outputs:
    """Tells which expressions of a file surely are outputs."""

    def __init__(self, file: TypeScriptFile, sdks: NodeSdks) -> None:
        self._file = file
        self._sdks = sdks
        self._variables: dict[str, bool] = {}
        self._depth = 0

    def is_output(self, node: Syntax) -> bool:
        """Whether an expression surely is an output, and not the value of one."""
        if self._depth > _DEEPEST:
            return False
        self._depth += 1
        found = self._is_output(plain(node))
        self._depth -= 1
        return found

    def _is_output(self, node: Syntax) -> bool:
        match node.type:
            case "identifier":
                return self._is_variable(text_of(node))
            case "member_expression":
                return self._is_member(node)
            case "call_expression":
                return self._is_made(node)
            case _:
                return False

    def is_resource(self, node: Syntax) -> bool:
        """Whether an expression surely is a resource of an SDK that is known."""
        thing = self._sdks.thing(self._file, self._file.class_of(plain(node)))
        return thing is not None and thing.kind == "resource"

    def _is_variable(self, name: str) -> bool:
        if name not in self._variables:
            # A variable that stands within its own value is none.
            self._variables[name] = False
            value = self._file.variables.get(name)
            self._variables[name] = value is not None and self.is_output(value)
        return self._variables[name]

    def _is_member(self, node: Syntax) -> bool:
        owner, member = node.child_by_field_name("object"), text_of(node.child_by_field_name("property"))
        if owner and self.is_output(owner):
            # What a property of an output gives is an output as well.
            return member not in _OF_OUTPUTS
        full_name = self._file.class_of(owner)
        thing = self._sdks.thing(self._file, full_name)
        if thing is None and full_name.startswith("@pulumi/random.Random"):
            return member in _OF_RANDOM
        return bool(thing and thing.kind == "resource" and member in thing.outputs)

    def _is_made(self, node: Syntax) -> bool:
        function = node.child_by_field_name("function")
        full_name = self._file.full_name(function)
        if full_name in _MAKERS or (is_of_sdk(full_name) and full_name.endswith("Output")):
            return True
        if function is None or function.type != "member_expression":
            return False
        owner, name = function.child_by_field_name("object"), text_of(function.child_by_field_name("property"))
        if owner is None:
            return False
        if name.startswith(("requireSecret", "getSecret")):
            return is_config(self._file, owner)
        return name == "apply" and self.is_output(owner)


def is_config(file: TypeScriptFile, node: Syntax) -> bool:
    """Whether an expression is an object of pulumi.Config."""
    return file.class_of(plain(node)) == "@pulumi/pulumi.Config"


def outputs_of(project: Project) -> Iterator[tuple[TypeScriptFile, Outputs]]:
    """The files of TypeScript and JavaScript, each with what tells its outputs."""
    sdks = node_sdks(project)
    for file in project.typescript:
        yield file, Outputs(file, sdks)


def outputs_as_text(project: Project) -> Iterator[Violation]:
    """Outputs that a string is made of (the policy output-as-text)."""
    for file, outputs in outputs_of(project):
        for node in file.of_type("template_string", "binary_expression", "call_expression"):
            for output, how, fix in _as_text(node, file):
                if outputs.is_output(output):
                    yield Violation(
                        None,
                        f"The output {typescript_expression(output)} {how}, where its value is not known yet.",
                        fix=fix,
                        line=file.place_of(output),
                    )


def _as_text(node: Syntax, file: TypeScriptFile) -> Iterator[tuple[Syntax, str, str]]:
    """The expressions that a node makes a string of, how, and what to write instead."""
    match node.type:
        case "template_string" if _type_of(file.parent_of(node)) != "call_expression":
            for part in node.named_children:
                if part.type == "template_substitution" and part.named_children:
                    yield part.named_children[0], "stands in a template literal", "Write pulumi.interpolate before it."
        case "binary_expression" if text_of(node.child_by_field_name("operator")) == "+":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left and right:
                for text, other in ((left, right), (right, left)):
                    if text.type in ("string", "template_string"):
                        yield other, "is added to a string", "Put the parts together by pulumi.concat(...)."
        case "call_expression":
            function, arguments = node.child_by_field_name("function"), arguments_of(node)
            match text_of(function):
                case "String" if len(arguments) == 1:
                    yield arguments[0], "is converted by String()", "Pass the output on as it is, or use it in apply."
                case "JSON.stringify" if arguments:
                    for value in _values(arguments[0]):
                        yield value, "stands in JSON.stringify()", "Use pulumi.jsonStringify(...)."
            if function and function.type == "member_expression" and not arguments:
                owner = function.child_by_field_name("object")
                if owner and text_of(function.child_by_field_name("property")) == "toString":
                    yield owner, "is converted by toString()", "Pass the output on as it is, or use it in apply."


def _type_of(node: Syntax | None) -> str:
    return node.type if node else ""


def _values(document: Syntax) -> Iterator[Syntax]:
    """What stands in a literal of objects and arrays."""
    open_ = [document]
    while open_:
        node = plain(open_.pop())
        if node.type == "object":
            open_.extend(value for pair in node.named_children if (value := pair.child_by_field_name("value")))
        elif node.type == "array":
            open_.extend(node.named_children)
        else:
            yield node


def applied(file: TypeScriptFile) -> Iterator[tuple[Syntax, Syntax]]:
    """Each call of `apply`, with the function that it is given."""
    for node in file.of_type("call_expression"):
        function, arguments = node.child_by_field_name("function"), arguments_of(node)
        is_apply = function and text_of(function.child_by_field_name("property")) == "apply"
        if is_apply and arguments and is_function(arguments[0]):
            yield node, arguments[0]


def resources_in_apply(project: Project) -> Iterator[Violation]:
    """Resources that are made within `apply` (the policy resource-in-apply)."""
    for file in project.typescript:
        seen: set[int] = set()
        for _, function in applied(file):
            for node in within(function, seen):
                if node.type != "new_expression":
                    continue
                full_name = file.full_name(node.child_by_field_name("constructor"))
                if is_of_sdk(full_name) and not is_of(full_name, PULUMI) and arguments_of(node):
                    yield Violation(
                        None,
                        f"{shown(full_name)} is made within apply: as long as the output is unknown, no preview shows "
                        "it.",
                        line=file.place_of(node),
                    )


def lost_outputs(project: Project) -> Iterator[Violation]:
    """Outputs that are printed, or whose `apply` comes to nothing (the policy lost-output)."""
    for file, outputs in outputs_of(project):
        for node in file.of_type("call_expression"):
            function = node.child_by_field_name("function")
            if text_of(function) in _LOGS or file.full_name(function) in _LOGS_OF_PULUMI:
                for argument in arguments_of(node):
                    if outputs.is_output(argument):
                        yield printed(file.place_of(argument), typescript_expression(argument))
        for node in file.of_type("await_expression") if not is_test(file.name) else ():
            if node.named_children:
                yield from _awaited(file, outputs, node.named_children[0])
        for call, function in applied(file):
            is_statement = _type_of(file.parent_of(call)) == "expression_statement"
            body = function.child_by_field_name("body")
            if is_statement and body and body.type in ("template_string", "string", "member_expression", "identifier"):
                yield thrown_away(file.place_of(call))


def _awaited(file: TypeScriptFile, outputs: Outputs, node: Syntax) -> Iterator[Violation]:
    if outputs.is_output(node):
        yield Violation(
            None,
            f"The output {typescript_expression(node)} is awaited, which gives the output and not its value.",
            fix="Pass the output on as it is, or use its value in apply.",
            line=file.place_of(node),
        )
    elif outputs.is_resource(node):
        yield Violation(
            None,
            "A resource is awaited, which waits for nothing: the engine makes it later.",
            fix="Remove await, and use the option dependsOn of what has to wait for it.",
            line=file.place_of(node),
        )


def printed(place: Place, output: str) -> Violation:
    """That a program prints an output, which is given as messages show it (policypack.lint.expressions)."""
    return Violation(
        None,
        f"The output {output} is printed, which shows the object and not its value.",
        fix="Export it, or print its value in apply.",
        line=place,
    )


def thrown_away(place: Place) -> Violation:
    """That a program throws away what `apply` returns."""
    return Violation(
        None, "The result of apply is thrown away: apply returns a new output, and changes nothing.", line=place
    )
