"""Stack outputs: that a stack has the outputs that others use."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config, suggestion
from policypack.model import Stack
from policypack.policy import stack_policy
from policypack.verdict import Verdicts, Violation
from policypack.wildcard import matches

_STACK: Final = "pulumi:pulumi:Stack"


class OutputsConfig(Config):
    """Config of stack-outputs."""

    required: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...],
        Meta(description='Names of outputs that the stack must have, or patterns such as "*Endpoint"; empty: none.'),
    ] = ()


@stack_policy(
    id="stack-outputs",
    title="The stack has the outputs that others use",
    severity="medium",
    enforcement="advisory",
    fix="Export each of them from the program, for example with pulumi.export. The names are those in required of this "
    "policy.",
    url="https://www.pulumi.com/docs/iac/concepts/stacks/",
)
def stack_outputs(stack: Stack, config: OutputsConfig) -> Verdicts:
    """
    Without the output, a stack that refers to this one fails when it is deployed, and people who need an address copy
    it by hand, where it is wrong after the next replacement.
    """
    # The engine and a state always have the stack itself among the resources; without it nothing can be said.
    for root in stack.of_type(_STACK) if config.required else ():
        if root.outputs is None:
            continue  # as in `pulumi preview --json`, of which the report says so
        # One that is null is as good as none; one that is unknown will have a value.
        present = [name for name in root.outputs or {} if not root.output(name).is_absent]
        missing = [wanted for wanted in config.required if not any(matches(wanted, name) for name in present)]
        if missing:
            spare = [name for name in present if not any(matches(wanted, name) for wanted in config.required)]
            named = [
                f"'{wanted}'" + (f" ({hint[2:]})" if (hint := suggestion(wanted, spare)) else "") for wanted in missing
            ]
            yield Violation(root, f"The stack has no output {', '.join(named)}.")
