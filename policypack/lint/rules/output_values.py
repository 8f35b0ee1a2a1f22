"""Outputs of Python programs that are used where only their values would do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from policypack.config import Config
from policypack.lint.expressions import python_expression
from policypack.lint.project import Project, project_policy
from policypack.lint.python_file import PythonFile
from policypack.lint.python_outputs import METHODS, outputs_of
from policypack.verdict import Verdicts, Violation

# Functions of Python that raise a TypeError for an object that is no number, or that cannot be iterated.
_OF_NUMBERS: Final = frozenset(("float", "int", "len", "round"))
_OF_ITERABLES: Final = frozenset(("dict", "enumerate", "list", "max", "min", "set", "sorted", "sum", "tuple"))
_UNKNOWN: Final = ": its value is not known while the program runs"


@project_policy(
    id="output-as-value",
    title="Outputs are not used as if their values were there already",
    severity="high",
    fix="Use the value in apply: `output.apply(lambda value: ...)`.",
    url="https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/",
)
def output_as_value(project: Project, config: Config) -> Verdicts:
    """
    While the program runs, an output is an object that stands for a value to come. It has none of the value's methods
    and no elements, so that Python raises a TypeError; and it equals no value and is always true, so that a condition
    decides the same way in each stack.
    """
    for file, outputs in outputs_of(project):
        for node in file.nodes:
            for output, what, raises in _used(file, node):
                if outputs.is_output(output):
                    yield Violation(
                        None,
                        f"The output {python_expression(output)} {what}.",
                        level=None if raises else "advisory",
                        line=file.place_of(output),
                    )
                    break


def _used(file: PythonFile, node: ast.AST) -> Iterator[tuple[ast.expr, str, bool]]:
    """What a node uses as a value, how, and whether Python raises an error then."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="join"), args=[parts]):
            for part in parts.elts if isinstance(parts, ast.List | ast.Tuple) else (parts,):
                yield part, "is joined as if it were a string", True
        case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name not in METHODS:
            yield owner, f"has no method {name}(){_UNKNOWN}", True
        case ast.Call(func=ast.Name(id=function), args=[first, *_]) if not file.bindings[function]:
            if function in _OF_NUMBERS | _OF_ITERABLES and function not in file.imports:
                yield first, f"is given to {function}(), which takes a value", True
        case ast.For(iter=iterated) | ast.comprehension(iter=iterated) | ast.Starred(value=iterated):
            yield iterated, f"is iterated, but has no elements{_UNKNOWN}", True
        case ast.Dict(keys=keys):
            for key in keys:
                if key:
                    # Within the program, it is a key like any other object.
                    yield key, "is a key of a dictionary, which no resource can take as an input", False
        case ast.Compare(left=left, ops=operators, comparators=others):
            yield from _compared(left, operators, others)
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) | ast.Assert(test=test):
            yield test, "is a condition, which is always true for an object", False
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand, "is negated, which is always false for an object", False


def _compared(
    left: ast.expr, operators: list[ast.cmpop], others: list[ast.expr]
) -> Iterator[tuple[ast.expr, str, bool]]:
    for operator, before, after in zip(operators, (left, *others), others, strict=False):
        match operator:
            case ast.In() | ast.NotIn():
                yield after, f"is searched, but has no elements{_UNKNOWN}", True
            case ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE():
                yield before, "is compared, which raises an error", True
                yield after, "is compared, which raises an error", True
            case ast.Eq() | ast.NotEq():
                # Two outputs are equal where they are the same object, which somebody may ask for.
                if isinstance(after, ast.Constant):
                    yield before, "is compared with a value, to which it is never equal", False
