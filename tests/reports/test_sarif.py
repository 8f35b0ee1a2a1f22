"""SARIF: valid, on its line, and with fingerprints that stay."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from policypack.model import UNKNOWN, Place
from policypack.reports.report import Report
from tests.reports.support import bucket, exempting, policy, run, written
from tools.report_examples import report as example

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-schema-2.1.0.json").read_text())


def sarif(report: Report) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(written("sarif", report))
    # Its own draft, and the formats of URIs and dates in it.
    jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(log)
    [made] = log["runs"]
    assert isinstance(made, dict)
    return made


REPORTS = {
    "example": example(),
    "clean": run(),
    "incomplete": run(bucket("it", acl="x"), is_complete=False),
    "exempted": run(bucket("it", acl="x"), config=exempting("it")),
    "undecided": run(bucket("it", acl=UNKNOWN)),
    "odd": run(bucket("<é [x](y) 🙂>", acl="x"), places={"<é [x](y) 🙂>": Place("a b/ü#?.py", 1)}),
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_it_is_valid(report: Report) -> None:
    made = sarif(report)
    rules = [rule["id"] for rule in made["tool"]["driver"]["rules"]]
    assert len(made["results"]) == len(report.findings)
    for result in made["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        # GitHub refuses results without a file, and shows a relative one only.
        assert not result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].startswith(("/", "file:"))


def test_a_finding_is_on_its_line() -> None:
    [result] = sarif(run(bucket("it", acl="x"), places={"it": Place("infra/my app.py", 7)}))["results"]
    location = result["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "infra/my%20app.py"
    assert location["physicalLocation"]["region"] == {"startLine": 7}
    assert location["logicalLocations"][0]["fullyQualifiedName"].endswith("::it")
    assert result["level"] == "error"


def test_a_finding_without_a_line_is_on_the_project_s_file() -> None:
    [result] = sarif(run(bucket("it", acl="x"), project_file="infra/Pulumi.yaml"))["results"]
    location = result["locations"][0]["physicalLocation"]
    assert (location["artifactLocation"]["uri"], location["region"]) == ("infra/Pulumi.yaml", {"startLine": 1})


def fingerprints(report: Report) -> list[str]:
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in sarif(report)["results"]]


def test_fingerprints_stay_when_lines_move_or_words_change() -> None:
    before = run(bucket("it", acl="x"), places={"it": Place("main.py", 7)})
    after = run(
        bucket("it", acl="y"),
        policies=[policy("is-wrong", "Said in other words.")],
        places={"it": Place("other.py", 99)},
    )
    assert fingerprints(before) == fingerprints(after)


def test_fingerprints_tell_findings_apart() -> None:
    both = [policy("one", "first."), policy("two", "second.")]
    found = fingerprints(run(bucket("a", acl="x"), bucket("b", acl="x"), policies=both))
    assert len(set(found)) == 4
    assert len(set(fingerprints(example()))) == len(example().findings)


def test_findings_about_one_property_are_told_apart() -> None:
    """GitHub takes results with one fingerprint for one alert."""
    report = run(bucket("it", acl="x"))
    twice = replace(report, findings=report.findings * 2)
    assert [each[-2:] for each in fingerprints(twice)] == [":1", ":2"]


def test_exemptions_are_suppressions() -> None:
    [result, _] = sarif(run(bucket("it", acl="x"), config=exempting("it", expires="2027-01-01")))["results"]
    assert result["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "Exempted until 2027-01-01: agreed"}
    ]
    [result] = sarif(run(bucket("it", acl="x"), config=exempting("it", expires="2026-01-01")))["results"]
    assert [each["status"] for each in result["suppressions"]] == ["rejected"]


def test_rules_have_help_and_a_severity_within_github_s_bounds() -> None:
    for rule in sarif(example())["tool"]["driver"]["rules"]:
        assert "**Fix:**" in rule["help"]["markdown"]
        assert rule["helpUri"].startswith("https://")
        assert len(rule["properties"]["tags"]) <= 20
        assert 0 < float(rule["properties"]["security-severity"]) <= 10
    [rule] = sarif(run(bucket("it", acl="x")))["tool"]["driver"]["rules"]
    assert rule["properties"]["tags"] == ["security", "support", "FSBP S3.1"]


def test_of_too_many_the_worst_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policypack.reports.sarif._MOST_RESULTS", 3)
    low, critical = policy("low-one", "no.", severity="low"), policy("bad-one", "bad.", severity="critical")
    made = sarif(run(*(bucket(name, acl="x") for name in "abcde"), policies=[low, critical]))
    assert [result["ruleId"] for result in made["results"]] == ["bad-one"] * 3
    said = [each["message"]["text"] for each in made["invocations"][0]["toolExecutionNotifications"]]
    assert "7 more findings are left out: the least bad." in said
