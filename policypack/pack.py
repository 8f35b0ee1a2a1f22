"""The pack: which policies it has, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Final

from policypack import NAME, VERSION
from policypack.policies import (
    availability,
    buckets,
    caches,
    carriers,
    containers,
    databases,
    encryption,
    exemptions,
    failures,
    identity,
    instances,
    keys,
    lifecycle,
    listeners,
    logs,
    naming,
    network,
    outputs,
    passwords,
    pipelines,
    placement,
    regions,
    rotation,
    secrets,
    tags,
    task_secrets,
    transit,
    undecided,
)
from policypack.policy import Policy


@dataclass(frozen=True)
class Pack:
    """Policies under a name and a version. Findings come in the order of the policies."""

    name: str
    version: str
    description: str
    policies: tuple[Policy, ...]

    def __post_init__(self) -> None:
        ids = [policy.id for policy in self.policies]
        if repeated := {id_ for id_ in ids if ids.count(id_) > 1}:
            raise ValueError(f"policy ids must be unique; these are not: {', '.join(sorted(repeated))}")

    @cached_property
    def _by_type(self) -> dict[str, tuple[Policy, ...]]:
        return {}

    def resource_policies(self, type_: str) -> tuple[Policy, ...]:
        """The policies that a resource of a (canonical) type meets on its own."""
        if type_ not in self._by_type:
            self._by_type[type_] = tuple(
                policy for policy in self.policies if policy.stage == "resource" and policy.applies_to(type_)
            )
        return self._by_type[type_]

    @cached_property
    def stack_policies(self) -> tuple[Policy, ...]:
        """The policies that need the whole stack."""
        return tuple(policy for policy in self.policies if policy.stage == "stack")


def policies_of(*modules: ModuleType) -> tuple[Policy, ...]:
    """The policies declared in modules, in the order in which they stand there."""
    return tuple(value for module in modules for value in vars(module).values() if isinstance(value, Policy))


PACK: Final = Pack(
    NAME,
    VERSION,
    "Stops unsafe AWS infrastructure at preview, and says what to change and where.",
    policies_of(
        secrets,
        carriers,
        task_secrets,
        rotation,
        passwords,
        identity,
        encryption,
        keys,
        transit,
        listeners,
        network,
        placement,
        buckets,
        logs,
        databases,
        caches,
        instances,
        containers,
        pipelines,
        availability,
        lifecycle,
        regions,
        naming,
        tags,
        outputs,
        # Last: they report what became of the policies before them.
        failures,
        undecided,
        exemptions,
    ),
)
"""Every policy of this project."""
