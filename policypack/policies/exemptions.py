"""Exemptions: what is exempted is still reported, and so is an exemption that matches nothing."""

from __future__ import annotations

from collections import Counter

from policypack.exemption import ExemptionsConfig
from policypack.record import Record, report_policy
from policypack.verdict import Verdicts, Violation


@report_policy(
    id="exemptions",
    title="Every exemption matches a finding",
    severity="low",
    enforcement="advisory",
    fix="Remove the exemption from this policy's config, or correct its policies and targets.",
    url="https://www.pulumi.com/docs/discovery-governance/concepts/policy-as-code/policy-exceptions/",
)
def exemptions(record: Record, config: ExemptionsConfig) -> Verdicts:
    """
    A forgotten exemption stays in place after its reason is gone, and then hides new findings that should have been
    acted on.
    """
    if record.stack is None:
        return
    exempted = record.exempted
    if exempted.findings:
        counts = Counter(policy_id for policy_id, _, _ in exempted.findings)
        listed = ", ".join(f"{policy_id} ({count})" for policy_id, count in sorted(counts.items()))
        total = len(exempted.findings)
        yield Violation(
            None,
            f"{total} finding{'s are' if total > 1 else ' is'} exempted: {listed}.",
            fix="Nothing needs to be done; each is shown with its reason.",
        )
    # The engine does not always tell the stack's name; its resources do.
    own = "::".join(next(iter(record.stack.resources), "").split("::", 2)[:2])
    for index, exemption in enumerate(exempted.exemptions):
        targets = [target for match in exemption.match for target in match.targets]
        # One config may serve several stacks: URNs of others are not this one's to find.
        elsewhere = all(target.startswith("urn:pulumi:") and not target.startswith(own) for target in targets)
        if index not in exempted.used and not elsewhere:
            yield Violation(None, f'exemptions[{index}] ("{exemption.reason}") matches no finding of this stack.')
