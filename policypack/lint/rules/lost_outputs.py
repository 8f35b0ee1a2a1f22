"""Outputs that a program prints, and those of `apply` that it throws away."""

from __future__ import annotations

import ast

from policypack.config import Config
from policypack.lint.expressions import python_expression
from policypack.lint.project import Project, project_policy
from policypack.lint.python_outputs import outputs_of
from policypack.lint.rules.typescript_outputs import lost_outputs, printed, thrown_away
from policypack.verdict import Verdicts


@project_policy(
    id="lost-output",
    title="Outputs are neither printed as objects nor computed for nothing",
    severity="low",
    enforcement="advisory",
    fix="Assign the result and use it, or do in apply what it is for.",
    url="https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/",
)
def lost_output(project: Project, config: Config) -> Verdicts:
    """
    An output is no value yet. Printing one shows the object that stands for it, and apply gives a new output back
    rather than to change the one that it is called on.
    """
    for file, outputs in outputs_of(project):
        for node in file.nodes:
            match node:
                case ast.Call(func=ast.Name(id="print"), args=arguments):
                    yield from (
                        printed(file.place_of(each), python_expression(each))
                        for each in arguments
                        if outputs.is_output(each)
                    )
                case ast.Expr(value=ast.Call(func=ast.Attribute(attr="apply"), args=[ast.Lambda(body=body)]) as call):
                    if _has_no_effect(body):
                        yield thrown_away(file.place_of(call))
    yield from lost_outputs(project)


def _has_no_effect(node: ast.expr) -> bool:
    """Whether an expression computes a value and does nothing else; what calls something may do it for its effect."""
    is_value = isinstance(node, ast.Attribute | ast.BinOp | ast.Constant | ast.JoinedStr | ast.Name)
    return is_value and not any(isinstance(each, ast.Call) for each in ast.walk(node))
