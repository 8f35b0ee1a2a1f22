"""
Writes the presets in `config/`: complete policy config files for kinds of stack, to be copied and edited.

Each is the pack's defaults and what is said here; `python -m tools.presets` writes them all anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from policypack.config import Config
from policypack.pack import PACK

FOLDER: Final = Path(__file__).resolve().parent.parent / "config"

_DESTROYABLE: Final = {"enforcementLevel": "mandatory", "profile": "sandbox"}
PRESETS: Final[Mapping[str, Mapping[str, Any]]] = {
    # The defaults: made for stacks that keep data which somebody would miss.
    "production": {},
    # For stacks that come and go: everything can be destroyed, and made again without anything made by hand.
    "sandbox": {
        "deletion-protection": _DESTROYABLE,
        "final-snapshot": _DESTROYABLE,
        "force-destroy": _DESTROYABLE,
        "secret-recovery-window": _DESTROYABLE,
        "backup-retention": "disabled",
        "s3-mfa-delete": "disabled",
        "secret-rotation": "disabled",
        "secret-sourcing": {"enforcementLevel": "mandatory", "allowed": ["managed", "created"]},
    },
    # For payment and loan data: customer managed keys, MFA delete, secrets that are made elsewhere, tags for cost.
    "fintech": {
        "container-image": "mandatory",
        "ecs-cpu-memory": {"allowed": ["256/512"]},
        "encryption-customer-managed-key": {"enforcementLevel": "mandatory", "types": ["aws:*"]},
        "s3-deny-insecure-transport": "mandatory",
        "s3-mfa-delete": "mandatory",
        "secret-sourcing": {"enforcementLevel": "mandatory", "allowed": ["managed", "fetched"]},
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
        "secret-sourcing": {"enforcementLevel": "mandatory", "allowed": ["managed", "fetched"]},
        "security-group-egress": "mandatory",
        "subnet-zones": "mandatory",
    },
}


def preset(name: str) -> dict[str, Any]:
    """The content of a preset's file: every policy with its level and all of its config."""
    said = PRESETS[name]
    if unknown := said.keys() - {policy.id for policy in PACK.policies}:
        raise ValueError(f"preset {name}: the pack has no policy {', '.join(sorted(unknown))}")
    return {
        policy.id: _entry(policy.enforcement, policy.config_type, said.get(policy.id, {})) for policy in PACK.policies
    }


def _entry(level: str, config_type: type[Config], said: str | Mapping[str, Any]) -> Any:
    changes: Mapping[str, Any] = {"enforcementLevel": said} if isinstance(said, str) else said
    defaults = json.loads(msgspec.json.encode(config_type()))
    entry = {"enforcementLevel": level, **defaults, **changes}
    return entry if defaults else entry["enforcementLevel"]


def main() -> None:
    """Writes every preset."""
    for name in PRESETS:
        (FOLDER / f"{name}.json").write_text(json.dumps(preset(name), indent=2) + "\n")


if __name__ == "__main__":
    main()
