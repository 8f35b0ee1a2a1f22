"""Shared settings: what several policies are set to, said once."""

from __future__ import annotations

from policypack.config import SharedConfig
from policypack.record import Record, report_policy
from policypack.verdict import Verdicts


@report_policy(
    id="shared",
    title="Settings that several policies have are said once",
    severity="low",
    enforcement="advisory",
    fix="Set the key here for all policies that have it, and in the config of a single policy only where that differs.",
    url="https://www.pulumi.com/docs/insights/policy/configuration/",
)
def shared(record: Record, config: SharedConfig) -> Verdicts:
    """
    A setting that has to be repeated for each policy is soon forgotten for one of them: a sandbox that four policies
    know as such and the fifth takes for production cannot be destroyed.
    """
    # The settings go by the config; there is nothing to find.
    yield from ()
