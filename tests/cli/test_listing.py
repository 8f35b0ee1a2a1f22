"""`policypack list`: the policies, row by row, and what they are set to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policypack.pack import PACK
from tests.cli.driver import main


def listed(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, dict[str, Any]]:
    """What the command lists as JSON, by the ids of the policies."""
    assert main("list", "--format", "json", *options) == 0
    return {entry["id"]: entry for entry in json.loads(capsys.readouterr().out)}


def table(capsys: pytest.CaptureFixture[str], *options: str) -> list[list[str]]:
    """The cells of the lines of the table below its head."""
    assert main("list", *options) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    starts = [head.index(name) for name in head.split()]
    ends = [*starts[1:], None]
    return [[line[start:end].strip() for start, end in zip(starts, ends, strict=True)] for line in lines]


def test_without_options_every_policy_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    entries = listed(capsys)
    assert list(entries) == [policy.id for policy in PACK.policies]
    assert entries["encryption-at-rest"]["level"] == "mandatory"
    assert {"rds", "docdb"} <= {*entries["encryption-at-rest"]["services"]}
    assert entries["tags-required"]["services"] == []
    assert entries["undecided-at-preview"]["rows"] == []
    assert all(entry["title"] and entry["url"] for entry in entries.values())


def test_a_framework_lists_its_rows_under_its_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    entries = listed(capsys, "--framework", "CIS 5.0.0")
    assert entries["encryption-at-rest"]["rows"] == [
        {"type": "aws:rds/instance:Instance", "controls": ["CIS 5.0.0 2.2.1"], "severity": "medium"},
        {"type": "aws:efs/fileSystem:FileSystem", "controls": ["CIS 5.0.0 2.3.1"], "severity": "medium"},
    ]
    assert entries["encryption-at-rest"]["services"] == ["efs", "rds"]
    assert "tags-required" not in entries
    assert "exemptions" not in entries, "it is about the run, not of the framework"


def test_one_requirement_of_a_framework(capsys: pytest.CaptureFixture[str]) -> None:
    entries = listed(capsys, "--framework", "PCI DSS 4.0.1 10.2.1")
    assert "audit-logging" in entries
    assert {control for entry in entries.values() for row in entry["rows"] for control in row["controls"]} >= {
        "PCI DSS 4.0.1 10.2.1"
    }
    assert all("PCI DSS 4.0.1 10.2.1" in row["controls"] for entry in entries.values() for row in entry["rows"])
    assert listed(capsys, "--framework", "FSBP RDS.3").keys() == {"encryption-at-rest"}


def test_severity_is_that_of_the_rows_controls(capsys: pytest.CaptureFixture[str]) -> None:
    entries = listed(capsys, "--severity", "high", "--framework", "FSBP")
    assert {row["severity"] for entry in entries.values() for row in entry["rows"]} == {"high", "critical"}


def test_options_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    entries = listed(capsys, "--concern", "exposure", "--service", "rds", "--level", "mandatory")
    assert entries.keys() == {"public-exposure"}
    assert {row["type"].partition("/")[0] for row in entries["public-exposure"]["rows"]} == {"aws:rds"}


def test_what_the_config_selects_is_listed_with_its_levels(capsys: pytest.CaptureFixture[str]) -> None:
    entries = listed(capsys, "--preset", "fsbp")
    assert entries["vpc-endpoints"]["level"] == "advisory"
    assert entries["vpc-endpoints"]["frameworks"][0].startswith("FSBP EC2.")
    assert "tags-required" not in entries
    assert entries["exemptions"]["level"] == "advisory", "it runs whatever is selected"
    cis = listed(capsys, "--preset", "cis", "--framework", "PCI DSS 4.0.1")
    assert cis.keys() <= listed(capsys, "--preset", "cis").keys()
    assert {control.rpartition(" ")[0] for entry in cis.values() for control in entry["frameworks"]} == {
        "PCI DSS 4.0.1"
    }


def test_the_table_has_a_line_a_policy_or_a_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--framework", "CIS 5.0.0", "--concern", "encryption")
    assert table(capsys, *options) == [
        ["encryption-at-rest", "mandatory", "critical", "efs and rds", "CIS 5.0.0 2.2.1, 2.3.1", "encryption"]
    ]
    assert table(capsys, *options, "--rows") == [
        ["encryption-at-rest", "mandatory", "medium", type_, number, "encryption"]
        for type_, number in (
            ("aws:rds/instance:Instance", "CIS 5.0.0 2.2.1"),
            ("aws:efs/fileSystem:FileSystem", "CIS 5.0.0 2.3.1"),
        )
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--framework", "PCI DSS"), "the pack knows no framework 'PCI DSS'; did you mean 'PCI DSS 4.0.1'?"),
        (("--service", "ecz"), "the pack knows no service 'ecz'; did you mean 'ecs'?"),
        (("--concern", "exposur"), "the pack knows no concern 'exposur'; did you mean 'exposure'?"),
        (("--severity", "hgih"), "there is no severity 'hgih'; did you mean 'high'?"),
        (("--level", "advisry"), "there is no level 'advisry'; did you mean 'advisory'?"),
        (("--format", "yaml"), "there is no format 'yaml': there are table, json"),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_one(
    options: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("list", *options) == 2
    assert capsys.readouterr().err == f"policypack: {said}\n"
