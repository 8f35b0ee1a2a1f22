"""The files in config/ are what `python -m tools.presets` writes, and have the effect that they are made for."""

from __future__ import annotations

import json
import runpy
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from policypack.config_file import check_config, check_file
from policypack.evaluation import Evaluation
from policypack.model import Resource
from policypack.pack import PACK
from policypack.record import Finding
from policypack.settings import PolicySettings, Settings, apply_overrides
from policypack.verdict import Level
from tools import presets
from tools.cases import cases

pytestmark = pytest.mark.broad

FILES = sorted(presets.FOLDER.glob("*.json"))
DEFAULTS: Settings = apply_overrides(PACK.policies, {})[0]


def settings(name: str) -> Settings:
    found, mistakes = check_file(presets.FOLDER / f"{name}.json", PACK)
    assert mistakes == []
    return found


def test_every_file_is_one_that_the_tool_writes() -> None:
    assert [file.stem for file in FILES] == sorted(presets.contents())


def test_a_wheel_has_the_presets() -> None:
    setuptools = pytest.importorskip("setuptools", reason="it needs setuptools, which is not installed here")
    root = presets.FOLDER.parent
    with mock.patch.object(setuptools, "setup") as setup:
        runpy.run_path(str(root / "setup.py"))
    declared = setup.call_args.kwargs
    assert {"policypack", "policypack.data", "policypack.presets"} <= {*declared["packages"]}
    assert root / declared["package_dir"]["policypack.presets"] == presets.FOLDER
    project = tomllib.loads((root / "pyproject.toml").read_text())
    [pattern] = project["tool"]["setuptools"]["package-data"]["policypack.presets"]
    assert sorted(presets.FOLDER.glob(pattern)) == FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_is_current_and_right(file: Path) -> None:
    assert file.read_text() == json.dumps(presets.contents()[file.stem], indent=2) + "\n", "run python -m tools.presets"
    assert check_file(file, PACK)[1] == []


@pytest.mark.parametrize("name", presets.PRESETS)
def test_a_preset_has_the_effect_of_all_that_the_tool_says_of_it(name: str) -> None:
    said = check_config(json.dumps(presets.PRESETS[name]), PACK)
    assert said == (settings(name), [])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_says_nothing_that_the_defaults_say(file: Path) -> None:
    content = json.loads(file.read_text())
    assert list(content) == sorted(content)
    for policy_id, entry in content.items():
        entries = {"enforcementLevel": entry} if isinstance(entry, str) else entry
        for key in entries:
            without = {**content, policy_id: {other: value for other, value in entries.items() if other != key}}
            changed, mistakes = check_config(json.dumps(without), PACK)
            assert mistakes == []
            assert changed[policy_id] != settings(file.stem)[policy_id], f"{policy_id}.{key} is the default"


@pytest.mark.parametrize(
    ("policy_id", "said"),
    [
        ("logs-kmss", "advisory"),
        ("logs-retention", {"minDays": 0}),
        ("logs-retention", {"least": 1}),
    ],
)
def test_a_preset_that_the_pack_does_not_take_is_refused(policy_id: str, said: str | Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match=policy_id):
        presets.preset({policy_id: said})


@pytest.mark.parametrize(
    ("name", "policy_id", "level", "config"),
    [
        ("sandbox", "force-destroy", "mandatory", {"profile": "sandbox"}),
        ("sandbox", "secret-rotation", "disabled", {}),
        ("fintech", "ecs-cpu-memory", "mandatory", {"allowed": ("256/512",)}),
        ("fintech", "s3-mfa-delete", "mandatory", {}),
        ("healthcare", "logs-retention", "mandatory", {"min_days": 365}),
        ("healthcare", "region-compliance", "mandatory", {"allowed": ("eu-west-1",)}),
        ("healthcare", "naming-environment-suffix", "mandatory", {}),
    ],
)
def test_what_presets_are_made_for(name: str, policy_id: str, level: Level, config: Mapping[str, Any]) -> None:
    setting: PolicySettings = settings(name)[policy_id]
    assert setting.level == level
    assert {key: getattr(setting.config, key) for key in config} == config


# For each framework's preset: a program that fails a requirement of it, what is found there and under which number; and
# one that the whole pack finds fault with, and the framework does not.
FRAMEWORKS = [
    ("cis", "encryption-at-rest", "FSBP RDS.3", "CIS 5.0.0 2.2.1", "encryption-at-rest", "FSBP Kinesis.1"),
    ("fsbp", "snapshot-tags", "FSBP RDS.16", "FSBP RDS.16", "s3-mfa-delete", "Security Hub S3.20"),
    ("nist-800-53", "encryption-at-rest", "FSBP RDS.3", "NIST 800-53 r5 SC-28", "tags-required", ""),
    ("pci-dss", "public-exposure", "FSBP RDS.2", "PCI DSS 4.0.1 1.4.4", "encryption-at-rest", "FSBP RDS.3"),
]


def failing(policy_id: str, control: str) -> Sequence[Resource]:
    """A program in which the policy finds that the control is not met."""
    case = cases()[policy_id]
    return (case.controls[control].failing if control else case.faulty).run()


def found(name: str, program: Sequence[Resource]) -> list[Finding]:
    evaluation = Evaluation(PACK, settings(name), program[0].context)
    records = [*map(evaluation.check_resource, program), evaluation.check_stack(program)]
    return [finding for record in records for finding in record.findings]


@pytest.mark.parametrize(("name", "policy_id", "control", "number", "other", "other_control"), FRAMEWORKS)
def test_the_preset_of_a_framework_has_what_it_asks_for_and_nothing_else(
    name: str, policy_id: str, control: str, number: str, other: str, other_control: str
) -> None:
    findings = [each for each in found(name, failing(policy_id, control)) if each.policy.id == policy_id]
    assert number in {each for finding in findings for each in finding.controls}
    assert other in {each.policy.id for each in found("production", failing(other, other_control))}
    assert other not in {each.policy.id for each in found(name, failing(other, other_control))}


@pytest.mark.parametrize("name", [name for name, *_ in FRAMEWORKS])
def test_every_finding_of_a_frameworks_preset_names_a_requirement_of_it(name: str) -> None:
    [framework] = presets.PRESETS[name]["selection"]["frameworks"]
    numbers = {
        control
        for case in cases().values()
        for finding in found(name, case.faulty.run())
        if finding.policy.stage != "report"
        for control in finding.controls or ("none",)
    }
    assert numbers
    assert all(number.startswith(f"{framework} ") for number in numbers), numbers


def test_production_is_the_defaults() -> None:
    assert settings("production") == DEFAULTS


def test_on_a_first_day_what_runs_by_default_is_shown_and_what_does_not_run_stays_off() -> None:
    assert {policy_id: setting.level for policy_id, setting in settings("first-day").items()} == {
        policy_id: "disabled" if setting.level == "disabled" else "advisory" for policy_id, setting in DEFAULTS.items()
    }
    assert {policy_id: setting.config for policy_id, setting in settings("first-day").items()} == {
        policy_id: setting.config for policy_id, setting in DEFAULTS.items()
    }
