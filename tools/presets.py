"""
Writes the policy config files in `config/`: the presets, and the file for a first day.

A file says only what differs from the pack's defaults, so that a copy of it follows the defaults where it says nothing.
`python -m tools.presets` writes all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from policypack.config import config_schema
from policypack.pack import PACK
from policypack.policy import Policy
from policypack.settings import Override, apply_overrides
from policypack.verdict import Level

FOLDER: Final = Path(__file__).resolve().parent.parent / "config"
FIRST_DAY: Final = "first-day"
"""The file under which nothing stops an update and no policy runs that is off by default."""

_LEVEL: Final = "enforcementLevel"
PRESETS: Final[Mapping[str, Mapping[str, Any]]] = {
    # The defaults: made for stacks that keep data which somebody would miss.
    "production": {},
    # For stacks that come and go: everything can be destroyed, and made again without anything made by hand.
    "sandbox": {
        "shared": {"profile": "sandbox"},
        "deletion-protection": "mandatory",
        "final-snapshot": "mandatory",
        "force-destroy": "mandatory",
        "secret-recovery-window": "mandatory",
        "backup-retention": "disabled",
        "s3-mfa-delete": "disabled",
        "secret-rotation": "disabled",
        "secret-sourcing": {"allowed": ["managed", "created"]},
    },
    # For payment and loan data: customer managed keys, MFA delete, secrets that are made elsewhere, tags for cost.
    "fintech": {
        "container-image": "mandatory",
        "ecs-cpu-memory": {"allowed": ["256/512"]},
        "encryption-customer-managed-key": {"enforcementLevel": "mandatory", "types": ["aws:*"]},
        "s3-deny-insecure-transport": "mandatory",
        "s3-mfa-delete": "mandatory",
        "secret-sourcing": {"allowed": ["managed", "fetched"]},
        "tags-required": "mandatory",
    },
    # For health records: one region, names that tell the environment, least privilege, high availability.
    "healthcare": {
        "backup-retention": "mandatory",
        "container-image": "mandatory",
        "database-ingress": "mandatory",
        "encryption-customer-managed-key": {"enforcementLevel": "mandatory", "types": ["aws:*"]},
        "iam-no-wildcards": "mandatory",
        "kms-key-policy-service-principals": {"requireEncryptionContext": True},
        "logs-retention": {"minDays": 365},
        "multi-az": "mandatory",
        "naming-environment-suffix": "mandatory",
        "private-subnet-egress": "mandatory",
        "region-compliance": {"allowed": ["eu-west-1"]},
        "s3-deny-insecure-transport": "mandatory",
        "secret-sourcing": {"allowed": ["managed", "fetched"]},
        "security-group-egress": "mandatory",
        "subnet-zones": "mandatory",
    },
    # What one framework asks for, under its own numbers.
    "cis": {"selection": {"frameworks": ["CIS 5.0.0"]}},
    "fsbp": {"selection": {"frameworks": ["FSBP"]}},
    "nist-800-53": {"selection": {"frameworks": ["NIST 800-53 r5"]}},
    "pci-dss": {"selection": {"frameworks": ["PCI DSS 4.0.1"]}},
}


def contents() -> dict[str, dict[str, Any]]:
    """The content of each file in `config/`, by the file's name without its ending."""
    return {**{name: preset(said) for name, said in PRESETS.items()}, FIRST_DAY: first_day()}


def preset(said: Mapping[str, Any]) -> dict[str, Any]:
    """
    The content of a preset's file: what it sets otherwise than the policies' declarations do, in the order of the ids.

    :raises ValueError: the preset names a policy that the pack does not have, or config that the policy does not take.
    """
    overrides = {policy_id: _override(entry) for policy_id, entry in said.items()}
    _, problems = apply_overrides(PACK.policies, overrides)
    if problems:
        raise ValueError("; ".join(problem.sentence for problem in problems))
    policies = {policy.id: policy for policy in PACK.policies}
    entries = {policy_id: _entry(policies[policy_id], override) for policy_id, override in sorted(overrides.items())}
    return {policy_id: entry for policy_id, entry in entries.items() if entry}


def first_day() -> dict[str, Any]:
    """Makes each policy advisory that could stop an update by default. `all` would also turn on those that are off."""
    stopping = (policy.id for policy in PACK.policies if policy.enforcement in ("mandatory", "remediate"))
    return dict.fromkeys(sorted(stopping), "advisory")


def _override(entry: Level | Mapping[str, Any]) -> Override:
    """What an entry of a preset says of a policy: a level, or a level and config keys."""
    if isinstance(entry, str):
        return Override(entry)
    properties = {key: value for key, value in entry.items() if key != _LEVEL}
    return Override(entry.get(_LEVEL), properties)


def _entry(policy: Policy, override: Override) -> Any:
    """What a config file has to say for a policy to be set so; None where the declaration says the same."""
    schema = config_schema(policy.config_type)
    changed = {key: value for key, value in override.properties.items() if value != schema[key].get("default")}
    level = override.level if override.level != policy.enforcement else None
    if not changed:
        return level
    # Where the level is the default, leaving it out keeps a copy from freezing it.
    return {_LEVEL: level, **changed} if level else changed


def main() -> None:
    """Writes every file."""
    for name, content in contents().items():
        (FOLDER / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
