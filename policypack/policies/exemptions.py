"""Exemptions: what is exempted is still said, and what exempts nothing is pointed out."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from msgspec import Meta

from policypack.config import Config
from policypack.exemption import Exemption
from policypack.finding import Findings, Violation
from policypack.policy import policy
from policypack.stack import Stack


class ExemptionsConfig(Config):
    """Config of exemptions."""

    exemptions: Annotated[
        tuple[Exemption, ...],
        Meta(
            description="Each with a reason, the findings that it is about, and the day on which it expires. An "
            "exempted finding is shown, advisory, with its reason."
        ),
    ] = ()
    tag: Annotated[
        str,
        Meta(
            description="The key of a tag by which programs exempt a resource of their own: its value names policies, "
            'then the reason: "s3-mfa-delete logs-*: no MFA device in CI". Empty: no tag exempts.'
        ),
    ] = ""


@policy(
    id="exemptions",
    title="Exemptions are about something, and their number is known",
    stage="stack",
    severity="low",
    enforcement="advisory",
    fix="Take the exemption out of this policy's config, or correct its policies and targets.",
    url="https://www.pulumi.com/docs/discovery-governance/concepts/policy-as-code/policy-exceptions/",
)
def exemptions(stack: Stack, config: ExemptionsConfig) -> Findings:
    """
    An exemption outlives its reason unless somebody is reminded of it, and then it hides new findings that somebody
    should have seen.
    """
    exempted = stack.exempted
    if exempted is None:
        return
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
    own = "::".join(next(iter(stack.resources), "").split("::")[:2])
    for index, exemption in enumerate(exempted.exemptions):
        targets = [target for match in exemption.match for target in match.targets]
        # One config may serve several stacks: URNs of others are not this one's to find.
        elsewhere = all(target.startswith("urn:pulumi:") and not target.startswith(own) for target in targets)
        if index not in exempted.used and not elsewhere:
            yield Violation(None, f'exemptions[{index}] ("{exemption.reason}") matches no finding of this stack.')
