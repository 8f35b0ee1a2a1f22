"""
Exemptions: findings that a team has decided to live with, why, and until when.

They have the shape and the words of Pulumi's policy exceptions, a reason and match entries of policies and targets
(https://www.pulumi.com/docs/discovery-governance/concepts/policy-as-code/policy-exceptions/), and work with every CLI.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated

from msgspec import Meta

from policypack.config import Config
from policypack.verdict import Violation
from policypack.wildcard import PatternIndex, matches

Patterns = Annotated[tuple[Annotated[str, Meta(min_length=1)], ...], Meta(min_length=1)]


class Match(Config):
    """Which findings: those of one of the policies on one of the targets."""

    policies: Annotated[Patterns, Meta(description='Names of policies, or patterns of them: "s3-*".')]
    targets: Annotated[
        Patterns,
        Meta(
            description='URNs, type tokens or names of resources, or patterns of them: "aws:s3/bucket:Bucket". For '
            "findings of the project lint, names of files."
        ),
    ]


class Exemption(Config):
    """A decision to accept certain findings: they are shown, and do not stop an update."""

    reason: Annotated[
        str,
        Meta(pattern=r"\S", examples=["agreed with the security team"], description="Why these findings are accepted."),
    ]
    match: Annotated[tuple[Match, ...], Meta(min_length=1, description="Which findings are meant.")]
    expires: Annotated[
        datetime.date | None, Meta(description="The last day on which the exemption counts: 2027-03-31.")
    ] = None

    def expired(self, today: datetime.date) -> bool:
        """Whether the exemption no longer counts."""
        return self.expires is not None and self.expires < today


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


@dataclass
class Exempted:
    """
    The exemptions of one run, and what they did to its findings.

    The engine asks about resources from several threads: `apply` only adds to what is recorded.

    :param today: the day of the run, by which exemptions expire.
    :param exemptions: the exemptions of the config.
    :param tag: the key of the tag by which resources are exempted; empty when no tag exempts.
    """

    today: datetime.date
    exemptions: tuple[Exemption, ...] = ()
    tag: str = ""
    findings: dict[tuple[str, str, str], Exemption] = field(default_factory=dict)
    """Each finding that was exempted, by its policy, URN and message: a policy may come to it more than once."""
    used: set[int] = field(default_factory=set)
    """The exemptions, by their place in the config, that some finding matched, expired or not."""

    @cached_property
    def _by_target(self) -> PatternIndex[tuple[int, Match]]:
        return PatternIndex(
            (target, (index, match))
            for index, exemption in enumerate(self.exemptions)
            for match in exemption.match
            for target in match.targets
        )

    def apply(self, policy_id: str, violation: Violation) -> Exemption | None:
        """The exemption of a finding: the first that is valid, otherwise one that has expired, otherwise None."""
        found: Exemption | None = None
        for exemption in self._matching(policy_id, violation):
            if not exemption.expired(self.today):
                self.findings[policy_id, violation.urn, violation.message] = exemption
                return exemption
            found = exemption
        return found

    def _matching(self, policy_id: str, violation: Violation) -> Iterator[Exemption]:
        indices = {
            index
            for name in _names(violation)
            for index, match in self._by_target.find(name)
            if any(matches(pattern, policy_id) for pattern in match.policies)
        }
        self.used.update(indices)
        yield from (self.exemptions[index] for index in sorted(indices))
        resource = violation.resource
        if self.tag and resource:
            for key, value in resource.get("tags").entries():
                policies, _, reason = value.text.partition(":")
                if key == self.tag and any(matches(each, policy_id) for each in policies.split()):
                    shown = value.shown_as(reason.strip() or "no reason given")
                    yield Exemption(reason=f"{shown} (tag {self.tag})", match=())


def _names(violation: Violation) -> tuple[str, ...]:
    """
    What an exemption may call the resource of a finding; a finding of the stack as a whole is on the stack's own, and
    one about a project's file is on the file.
    """
    resource = violation.resource
    if resource is None:
        return (violation.line.file if violation.line else "pulumi:pulumi:Stack",)
    return (resource.urn, resource.token, resource.type, resource.name)
