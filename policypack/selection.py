"""Selection: the part of the pack that a run asks about, row by row, by frameworks, severity, concerns and services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config, suggestion
from policypack.data.security_hub import security_hub
from policypack.listing import some
from policypack.policy import EVERY_AWS_TYPE, SEVERITIES, Policy, Severity
from policypack.verdict import Level, Undecided, Verdict

_NAMED_AT_MOST: Final = 20


class SelectionConfig(Config):
    """Config of selection. Without any of it, the whole pack is selected."""

    frameworks: Annotated[
        tuple[str, ...],
        Meta(
            description='Only what these ask for: ["PCI DSS 4.0.1"]. They turn on what is off by default, as advisory; '
            "findings have the numbers of their requirements."
        ),
    ] = ()
    severity: Annotated[
        Severity,
        Meta(
            description="Only controls to which Security Hub gives this severity or a worse one, and what no control "
            "asks for where the policy has it."
        ),
    ] = "low"
    concerns: Annotated[tuple[str, ...], Meta(description='Only policies of these concerns: ["encryption"].')] = ()
    services: Annotated[tuple[str, ...], Meta(description='Only resources of these services: ["s3", "rds"].')] = ()
    include: Annotated[
        tuple[str, ...],
        Meta(description="Policies that run beside what frameworks, severity and concerns select, by their ids."),
    ] = ()
    exclude: Annotated[
        tuple[str, ...], Meta(description='Policies and controls that do not run: ["vpc-endpoints", "FSBP EC2.10"].')
    ] = ()


def service_of(type_: str) -> str:
    """The service of a type token, its module in the SDK: `rds` of `aws:rds/instance:Instance`; else empty."""
    package, _, rest = type_.partition(":")
    return rest.partition("/")[0] if package == "aws" and "/" in rest else ""


def control_id(control: str) -> str:
    """Security Hub's id of a control as policies name it: `RDS.3` of `FSBP RDS.3`."""
    return control.rpartition(" ")[2]


@dataclass(frozen=True, slots=True)
class Selection:
    """
    What is selected of a pack.

    :param config: what says so.
    :param wanted: the ids of the controls that are selected.
    :param asked: these, and the controls of the policies that run beside them.
    """

    config: SelectionConfig
    wanted: frozenset[str]
    asked: frozenset[str]

    @classmethod
    def of(cls, config: SelectionConfig, policies: Iterable[Policy]) -> Selection | None:
        """What a config selects of policies; None where it says nothing, so that the whole pack is selected."""
        if config == SelectionConfig():
            return None
        excluded = set(map(control_id, config.exclude))
        wanted = frozenset(
            id_
            for id_, control in security_hub().items()
            if id_ not in excluded
            and SEVERITIES.index(control.severity) >= SEVERITIES.index(config.severity)
            and (not config.frameworks or any(name in control.standards for name in config.frameworks))
        )
        beside = {
            control_id(control) for policy in policies if policy.id in config.include for control in policy.frameworks
        }
        return cls(config, wanted, wanted | beside - excluded)

    def level(self, policy: Policy, level: Level) -> Level:
        """The level of a policy, given the one that it is set to: what is not selected is off."""
        if policy.stage == "report":
            return level
        if not self.has(policy):
            return "disabled"
        turns_on = self.config.frameworks or policy.id in self.config.include
        return "advisory" if turns_on and level == policy.enforcement == "disabled" else level

    def has(self, policy: Policy) -> bool:
        """Whether a policy that checks something, or some of its rows, are selected."""
        return any(self.has_row(policy, type_, controls) for type_, controls in policy.controls_by_type.items())

    def has_row(self, policy: Policy, type_: str, controls: tuple[str, ...]) -> bool:
        """
        Whether what a policy checks on resources of a type is selected.

        :param type_: the type; empty for the stack as a whole.
        :param controls: the controls that it checks there.
        """
        is_served = type_ in ("", EVERY_AWS_TYPE) or self._serves(type_)
        if policy.id in self.config.exclude or not is_served:
            return False
        if policy.id in self.config.include:
            return not controls or any(control_id(control) in self.asked for control in controls)
        if self.config.concerns and policy.concern not in self.config.concerns:
            return False
        if controls:
            return any(control_id(control) in self.wanted for control in controls)
        is_severe = SEVERITIES.index(policy.severity) >= SEVERITIES.index(self.config.severity)
        return is_severe and not self.config.frameworks

    def asks(self, type_: str, controls: tuple[str, ...] | None) -> bool:
        """
        Whether resources of a type need to be checked for some controls, whatever policy checks them (see Asked). Of
        what no control asks for, only `apply` can tell.
        """
        if not self._serves(type_):
            return False
        if controls:
            return any(control_id(control) in self.asked for control in controls)
        return controls is None or not self.config.frameworks or bool(self.config.include)

    def apply(self, policy: Policy, verdict: Verdict) -> Verdict | None:
        """What a policy says, with the numbers that the frameworks have for it; None where it is not selected."""
        if policy.stage == "report":
            return verdict
        resource = verdict.at.resource if isinstance(verdict, Undecided) else verdict.resource
        controls = None if isinstance(verdict, Undecided) else verdict.controls
        if controls is None:
            controls = policy.controls(resource)
        if not self.has_row(policy, resource.type if resource else "", controls):
            return None
        return verdict if isinstance(verdict, Undecided) else replace(verdict, controls=self.named(controls))

    def named(self, controls: tuple[str, ...]) -> tuple[str, ...]:
        """Controls by the requirements of the selected frameworks that they answer: `PCI DSS 4.0.1 8.3.2`."""
        hub = security_hub()
        names = [
            f"{framework} {number}"
            for framework in self.config.frameworks
            for id_ in map(control_id, controls)
            if id_ in self.wanted and framework in hub[id_].standards
            for number in hub[id_].standards[framework] or (id_,)
        ]
        return tuple(dict.fromkeys(names)) or controls

    def _serves(self, type_: str) -> bool:
        return not self.config.services or service_of(type_) in self.config.services


def frameworks_of(policies: Iterable[Policy]) -> set[str]:
    """The frameworks of which policies check anything: another one would select nothing."""
    hub = security_hub()
    controls = {control_id(control) for policy in policies for control in policy.frameworks}
    return {name for id_ in controls & hub.keys() for name in hub[id_].standards}


def unknown_names(config: SelectionConfig, policies: Iterable[Policy]) -> Iterator[tuple[str, str]]:
    """For each name in a config that means nothing, the key that it is under and a sentence with the right ones."""
    if config == SelectionConfig():
        return
    checks = [policy for policy in policies if policy.stage != "report"]
    controls = {control for policy in checks for control in policy.frameworks}
    ids = {policy.id for policy in checks}
    choices: Mapping[str, tuple[str, tuple[str, ...], set[str]]] = {
        "frameworks": ("framework", config.frameworks, frameworks_of(checks)),
        "concerns": ("concern", config.concerns, {policy.concern for policy in checks}),
        "services": ("service", config.services, {service_of(type_) for policy in checks for type_ in policy.types}),
        "include": ("policy", config.include, ids),
        "exclude": ("policy or control", config.exclude, ids | controls),
    }
    for key, (kind, given, known) in choices.items():
        names = sorted(filter(None, known))
        for name in given:
            if name not in names:
                hint = suggestion(name, names) or f"; there are {some(names, _NAMED_AT_MOST)}"
                yield key, f"the pack knows no {kind} '{name}'{hint}"
