"""
Exemptions: findings that a team has decided to live with, why, and until when.

They have the shape and the words of Pulumi's policy exceptions, a reason and match entries of policies and targets
(https://www.pulumi.com/docs/discovery-governance/concepts/policy-as-code/policy-exceptions/), and work with every CLI.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Annotated

from msgspec import Meta

from policypack.config import Config
from policypack.finding import Violation

Patterns = Annotated[tuple[Annotated[str, Meta(min_length=1)], ...], Meta(min_length=1)]


class Match(Config):
    """Which findings: those of one of the policies on one of the targets."""

    policies: Annotated[Patterns, Meta(description='Names of policies, or patterns of them: "s3-*".')]
    targets: Annotated[
        Patterns,
        Meta(description='URNs, type tokens or names of resources, or patterns of them: "aws:s3/bucket:Bucket".'),
    ]

    def covers(self, policy_id: str, names: Iterable[str]) -> bool:
        """Whether the finding of a policy on a resource, by any of its names, is meant."""
        return any(fnmatchcase(policy_id, pattern) for pattern in self.policies) and any(
            fnmatchcase(name, pattern) for pattern in self.targets for name in names
        )


class Exemption(Config):
    """Findings that do not stop an update."""

    reason: Annotated[
        str,
        Meta(pattern=r"\S", examples=["agreed with the security team"], description="Why these findings are accepted."),
    ]
    match: Annotated[tuple[Match, ...], Meta(min_length=1, description="Which findings are meant.")]
    expires: Annotated[
        datetime.date | None, Meta(description="The last day on which the exemption counts: 2027-03-31.")
    ] = None

    def expired(self, today: datetime.date) -> bool:
        """Whether the exemption counts no longer."""
        return self.expires is not None and self.expires < today


@dataclass
class Exempted:
    """What exemptions did to the findings of one stack."""

    exemptions: tuple[Exemption, ...] = ()
    tag: str = ""
    today: datetime.date = field(default_factory=lambda: datetime.datetime.now(datetime.UTC).date())
    findings: dict[tuple[str, str, str], Exemption] = field(default_factory=dict)
    """Each finding that was exempted, by its policy, URN and message: a policy may come to it more than once."""
    used: set[int] = field(default_factory=set)
    """The exemptions, by their place in the config, that some finding matched, be they expired or not."""

    def apply(self, policy_id: str, violation: Violation) -> tuple[bool, str]:
        """Whether a finding is exempted, and what is to be said of that; also of an exemption that has expired."""
        said = ""
        for exemption in self._matching(policy_id, violation):
            if not exemption.expired(self.today):
                until = f" until {exemption.expires}" if exemption.expires else ""
                self.findings[policy_id, violation.urn, violation.message] = exemption
                return True, f"Exempted{until}: {exemption.reason}"
            said = f"Its exemption expired on {exemption.expires}: {exemption.reason}"
        return False, said

    def _matching(self, policy_id: str, violation: Violation) -> Iterator[Exemption]:
        names = _names(violation)
        for index, exemption in enumerate(self.exemptions):
            if any(match.covers(policy_id, names) for match in exemption.match):
                self.used.add(index)
                yield exemption
        resource = violation.resource
        if self.tag and resource:
            for key, value in resource.get("tags").entries():
                policies, _, reason = value.text.partition(":")
                if key == self.tag and any(fnmatchcase(policy_id, each) for each in policies.split()):
                    shown = "[secret]" if value.is_secret else reason.strip() or "no reason given"
                    yield Exemption(reason=f"{shown} (tag {key})", match=())


def _names(violation: Violation) -> tuple[str, ...]:
    """By what a finding's resource may be named in an exemption; that of the stack as a whole is the stack's."""
    resource = violation.resource
    if resource is None:
        return ("pulumi:pulumi:Stack",)
    return (resource.urn, resource.token, resource.type, resource.name)
