"""What the pack should find in an example, as its findings.yaml says."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import yaml
from pulumi.automation import ConfigValue

from tools.sandbox import Outcome

Pair = tuple[str, str]
"""A policy's id and the resource that it found, as "type name" (of the stack itself: "")."""


@dataclass(frozen=True)
class Expectations:
    """
    The findings of an example's editions under its preset.

    :param preset: the policy config file, from the repository's root.
    :param changes: what the team has changed in its copy of that file, by policy and key.
    :param editions: for each edition, every finding of every level.
    :param secrets: secret config that the editions need beside their Pulumi.dev.yaml.
    """

    preset: str
    changes: dict[str, dict[str, Any]]
    editions: dict[str, Counter[Pair]]
    secrets: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, example: Path) -> Self:
        """The expectations of the example in a folder."""
        document = yaml.safe_load((example / "findings.yaml").read_text())
        editions = {
            edition: Counter(
                (policy, resource) for policy, resources in document[edition].items() for resource in resources
            )
            for edition in ("faulty", "corrected")
        }
        return cls(document["preset"], document.get("changes", {}), editions, document.get("secrets", {}))

    def write_config(self, root: Path, folder: Path) -> Path:
        """Writes the preset with the changes into a folder; the file's path."""
        config = json.loads((root / self.preset).read_text())
        for policy, keys in self.changes.items():
            entry = config.get(policy, {})
            config[policy] = {**({"enforcementLevel": entry} if isinstance(entry, str) else entry), **keys}
        path = folder / "policy-config.json"
        path.write_text(json.dumps(config))
        return path

    @property
    def config(self) -> dict[str, ConfigValue]:
        """The secret config, as the Automation API takes it."""
        return {key: ConfigValue(value, secret=True) for key, value in self.secrets.items()}

    def differences(self, edition: str, outcome: Outcome) -> tuple[list[Pair], list[Pair]]:
        """The pairs that a preview should have found and did not, and those that it found and should not have."""
        found = Counter((finding.policy, f"{finding.type} {finding.name}".strip()) for finding in outcome.findings)
        expected = self.editions[edition]
        return list((expected - found).elements()), list((found - expected).elements())
