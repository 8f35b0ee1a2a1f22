"""What a policy is: a plain function that yields findings, and the declaration that stands above it."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from policypack.config import Config
from policypack.finding import Findings, Level, Violation
from policypack.stack import Stack

Severity = Literal["low", "medium", "high", "critical"]
Stage = Literal["resource", "stack"]


Check = Callable[[Any, Any], Findings]

EVERY_AWS_TYPE: Final = "aws:*"
"""Among a policy's types: every resource type of the AWS provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """
    A policy's declaration together with its function.

    :param id: stable kebab-case name, the policy's name in Pulumi and in config files.
    :param title: one sentence that says what holds when the policy is satisfied.
    :param stage: `resource` policies run at Analyze, and again with the whole stack for what they left undecided;
        `stack` policies run when the whole stack is known.
    :param types: canonical type tokens, or EVERY_AWS_TYPE; the function is called with each resource of these types.
        A stack policy without types is called once, with the Stack.
    :param severity: how bad a violation is.
    :param enforcement: the level that the policy has where no config says otherwise.
    :param fix: what to do about a violation, in the words of a Pulumi program.
    :param frameworks: ids of controls that this policy checks, such as `FSBP RDS.3`.
    :param url: AWS's or Pulumi's own documentation of the matter.
    :param config_type: the type of the policy's config.
    :param concern: the module that the policy is in, which becomes a tag.
    :param check: the function: the resource (or Stack) and the config in, findings out.
    :param remedies: the function whose violations of one resource alone carry remedies, to be applied where the
        policy's level is `remediate`; None where the policy has none.
    """

    id: str
    title: str
    stage: Stage
    types: tuple[str, ...]
    severity: Severity
    enforcement: Level
    fix: str
    frameworks: tuple[str, ...]
    url: str
    config_type: type[Config]
    concern: str
    check: Check
    remedies: Check | None = None

    @property
    def why(self) -> str:
        """What goes wrong without the policy: its function's docstring."""
        return inspect.cleandoc(self.check.__doc__ or "")

    def applies_to(self, type_: str) -> bool:
        """Whether the policy concerns resources of a (canonical) type."""
        return type_ in self.types or (EVERY_AWS_TYPE in self.types and type_.startswith("aws:"))

    def on_stack(self, stack: Stack, config: Config) -> Findings:
        """The findings on a stack: on each resource of the policy's types, or on the stack when it has none."""
        if not self.types:
            yield from self.check(stack, config)
        for resource in stack.of_type(*self.types):
            yield from self.check(resource, config)

    def message(self, violation: Violation) -> str:
        """The finding's text as people read it: what and where, how to fix it, where to read more."""
        return f"{violation.message}\nFix: {violation.fix or self.fix}\nSee: {self.url}"


def policy(
    *,
    id: str,
    title: str,
    stage: Stage = "resource",
    types: Iterable[str] = (),
    severity: Severity,
    enforcement: Level = "mandatory",
    fix: str,
    frameworks: tuple[str, ...] = (),
    url: str,
    remediates: bool | Check = False,
) -> Callable[[Check], Policy]:
    """
    Declares the function below it a policy (the parameters are those of Policy).

    One that remediates yields violations with a `remedy`, or names the function that does so for one resource.

    The function is `def check(resource: Resource, config: SomeConfig) -> Findings`, and without types
    `def check(stack: Stack, config: SomeConfig) -> Findings`. The type of `config` is what makes the config's schema.
    """

    def declare(check: Check) -> Policy:
        return Policy(
            id=id,
            title=title,
            stage=stage,
            types=tuple(types),
            severity=severity,
            enforcement=enforcement,
            fix=fix,
            frameworks=frameworks,
            url=url,
            config_type=typing.get_type_hints(check)["config"],
            concern=check.__module__.rpartition(".")[2],
            check=check,
            remedies=check if remediates is True else remediates or None,
        )

    return declare
