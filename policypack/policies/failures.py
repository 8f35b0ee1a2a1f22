"""Policies that failed: said on the resource that they failed on, so that nothing passes for checked that was not."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from policypack.config import Config
from policypack.finding import Findings
from policypack.policy import policy
from policypack.stack import Stack


class FailuresConfig(Config):
    """Config of policy-failures."""

    block: Annotated[
        Literal["as-policy", "always", "never"],
        Meta(
            description="Whether a policy that fails stops the update: if a violation of it would, always, or never. "
            "The enforcement level can only turn these findings off."
        ),
    ] = "as-policy"


@policy(
    id="policy-failures",
    title="Every policy ran to its end",
    stage="stack",
    severity="high",
    fix="Report it as a bug of the policy pack. To go on, set the policy to disabled in your policy config, or this "
    'policy\'s block to "never".',
    url="https://www.pulumi.com/docs/insights/policy/configuration/",
)
def policy_failures(stack: Stack, config: FailuresConfig) -> Findings:
    """
    A policy that ended in an error has not checked what it was asked about: were that silent, the update would pass for
    checked.
    """
    # The analyzer reports a failure where it happens; this declaration is what it does that with.
    yield from ()
