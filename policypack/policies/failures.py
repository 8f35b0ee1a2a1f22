"""Policies that failed: reported where they failed, so that nothing counts as checked that was not."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from policypack.config import Config
from policypack.record import Record, report_policy
from policypack.verdict import Verdicts, Violation


class FailuresConfig(Config):
    """Config of policy-failures."""

    block: Annotated[
        Literal["as-policy", "always", "never"],
        Meta(
            description="Whether a policy that fails stops the update: if a violation of it would, always, or never. "
            "The enforcement level can only turn these findings off."
        ),
    ] = "as-policy"


@report_policy(
    id="policy-failures",
    title="Every policy ran to its end",
    severity="high",
    fix="Report it as a bug of the policy pack. To continue, set the policy to disabled in your policy config, or set "
    'block of policy-failures to "never".',
    url="https://www.pulumi.com/docs/insights/policy/configuration/",
)
def policy_failures(record: Record, config: FailuresConfig) -> Verdicts:
    """
    A policy that ended in an error has not checked the resource. Without this finding, the update would count as
    checked.
    """
    for failure in record.failures:
        as_policy = config.block == "as-policy" and failure.level in ("mandatory", "remediate")
        yield Violation(
            failure.resource,
            f"The policy '{failure.policy.id}' itself failed ({failure.error} at {failure.place}) and did not check "
            f"this {'resource' if failure.resource else 'stack'}.",
            level="mandatory" if as_policy or config.block == "always" else "advisory",
        )
