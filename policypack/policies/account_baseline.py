"""Account: what each AWS account has once, asked of the stack that sets it up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta

from policypack.config import Config
from policypack.model import Resource, Stack
from policypack.policies.account_parts import PARTS, Part, Singleton
from policypack.policy import stack_policy
from policypack.requirement import controls_of
from policypack.verdict import Verdicts, Violation
from policypack.wildcard import matches


class BaselineConfig(Config):
    """Config of account-baseline."""

    stacks: Annotated[
        tuple[str, ...],
        Meta(
            description="The stacks that set up an AWS account, as PROJECT/STACK or patterns of these: "
            '["account-baseline/*"]. Of others, nothing is asked.'
        ),
    ] = ()
    parts: Annotated[
        tuple[Part, ...],
        Meta(description="What these stacks have to have, where other stacks have the rest. Without it, everything."),
    ] = ()


def _controls() -> Mapping[str, tuple[str, ...]]:
    singletons = [each for part in PARTS.values() for each in part]
    return controls_of(*({each.type: each} for each in singletons))


@stack_policy(
    id="account-baseline",
    title="The stack that sets up an AWS account has what each account needs once",
    types=_controls(),
    severity="high",
    enforcement="advisory",
    fix="Add the resource to the stack. Where another stack has it, name in parts of this policy what this one has.",
    frameworks=_controls(),
    url="https://docs.aws.amazon.com/prescriptive-guidance/latest/aws-startup-security-baseline/controls-acct.html",
)
def account_baseline(stack: Stack, config: BaselineConfig) -> Verdicts:
    """
    A trail, GuardDuty or a password policy concerns the whole account: without them, nobody notices an attack on any
    stack in it. Only the stack that sets up the account can be asked for them.
    """
    name = _name(stack)
    if any(matches(pattern, name) for pattern in config.stacks):
        for part, singletons in PARTS.items():
            if not config.parts or part in config.parts:
                for each in singletons:
                    yield from _check(stack, each)


def _name(stack: Stack) -> str:
    """PROJECT/STACK, by a URN (`urn:pulumi:STACK::PROJECT::…`): the engine does not always tell the stack."""
    of_stack, _, rest = next(iter(stack.resources), "").removeprefix("urn:pulumi:").partition("::")
    return f"{rest.partition('::')[0]}/{of_stack}"


def _check(stack: Stack, singleton: Singleton) -> Verdicts:
    """Verdicts where no resource of the stack is all that the singleton has to be: those of the one that is nearest."""
    meant = [resource for resource in stack.of_type(singleton.type) if singleton.only(resource) is not False]
    found = [list(_wrong(singleton, resource)) for resource in meant]
    if not found:
        message = f"This stack sets up the account, and has no {singleton.what}."
        yield Violation(None, message, fix=singleton.fix, controls=singleton.controls)
    elif all(found):
        yield from min(found, key=len)


def _wrong(singleton: Singleton, resource: Resource) -> Verdicts:
    for row in singleton.rows:
        yield from row.check(resource)
