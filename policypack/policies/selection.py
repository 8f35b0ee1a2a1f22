"""Selection: which part of the pack runs."""

from __future__ import annotations

from policypack.record import Record, report_policy
from policypack.selection import SelectionConfig
from policypack.verdict import Verdicts


@report_policy(
    id="selection",
    title="Only what is selected is checked",
    severity="low",
    enforcement="advisory",
    fix="Name in frameworks, severity, concerns and services of this policy what to check; leave them out to check "
    "everything.",
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/standards-reference.html",
)
def selection(record: Record, config: SelectionConfig) -> Verdicts:
    """
    Who has to meet one framework needs the findings that it asks for, under its own numbers, and not those about
    everything else.
    """
    # The settings and the evaluation go by the config; there is nothing to find.
    yield from ()
