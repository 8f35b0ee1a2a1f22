"""docs/frameworks/ is what `python -m tools.frameworks` writes, and says why of each control that is not checked."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from policypack.pack import PACK
from tools import frameworks, security_hub
from tools.coverage import LEFT_OUT

CONTROLS: dict[str, dict[str, Any]] = json.loads(security_hub.FILE.read_text())["controls"]
REASONS: dict[str, list[str]] = yaml.safe_load(frameworks.UNDECIDABLE.read_text())
PAGES = frameworks.pages()
POLICIES = {policy.id for policy in PACK.policies}


def row(page: str, first: str) -> list[str]:
    """The cells of the row of a page that begins with a text."""
    [line] = [line for line in PAGES[page].splitlines() if line.startswith(f"| {first}")]
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def test_the_pages_are_current() -> None:
    written = {file.name: file.read_text() for file in frameworks.FOLDER.glob("*.md")}
    assert written == PAGES, "run python -m tools.frameworks"


@pytest.mark.parametrize("page", PAGES)
def test_links_to_policies_lead_somewhere(page: str) -> None:
    assert set(re.findall(r"\.\./policies/([a-z0-9-]+)\.md", PAGES[page])) <= POLICIES


def test_a_control_has_one_reason() -> None:
    reasons = [id_ for ids in REASONS.values() for id_ in ids]
    assert len(reasons) == len(set(reasons))
    assert set(reasons) <= CONTROLS.keys()
    assert not set(reasons) & yaml.safe_load(LEFT_OUT.read_text()).keys()


def test_what_a_program_decides_is_not_called_undecidable() -> None:
    undecidable = {id_ for ids in REASONS.values() for id_ in ids}
    assert not {id_ for id_ in undecidable if CONTROLS[id_]["decidable"] in ("yes", "relation")}
    # What the catalogue says that no program decides, or only in part, has its reason.
    unsaid = {id_ for id_, control in CONTROLS.items() if control["decidable"] in ("no", "partly", "retired")}
    checked = {control.rpartition(" ")[2] for policy in PACK.policies for control in policy.frameworks}
    assert unsaid - checked <= undecidable


@pytest.mark.parametrize(
    ("page", "number", "state", "checked_by", "missing"),
    [
        ("cis-5.0.0.md", "1.14", "covered", "access-paths", ""),
        ("cis-5.0.0.md", "1.3", "not at preview", "", "IAM.4"),
        ("cis-5.0.0.md", "1.1", "no control", "", ""),
        ("pci-dss-4.0.1.md", "10.2.1", "partly", "audit-logging", "CloudTrail.7"),
        ("nist-800-53-r5.md", "AC-6(2)", "partly", "iam-no-admin", "IAM.4"),
        ("hipaa-security.md", "164.308(a)(1)(ii)(B)", "covered", "topic", ""),
    ],
)
def test_a_requirement_says_what_checks_it_and_what_is_missing(
    page: str, number: str, state: str, checked_by: str, missing: str
) -> None:
    _, found, policies, others = row(page, f"{number} |")
    assert found == state
    assert checked_by in policies
    assert missing in others


@pytest.mark.parametrize(
    ("control", "state", "why"),
    [
        ("RDS.3", "covered", "[`encryption-at-rest`](../policies/encryption-at-rest.md)"),
        ("IAM.6", "not at preview", "It is about the root user"),
        ("EKS.1", "not checked", "eks-public-endpoint accepts a public endpoint"),
        ("S3.1", "partly", "[`s3-public-access-block`]"),
    ],
)
def test_a_control_says_what_checks_it_or_why_not(control: str, state: str, why: str) -> None:
    *_, found, said = row("fsbp.md", f"[{control}]")
    assert found == state
    assert why in said


def test_the_index_counts_what_the_pages_list() -> None:
    for line in re.findall(r"^\| \[.*$", PAGES[frameworks.INDEX], re.MULTILINE):
        page = re.findall(r"\]\((.*?)\)", line)[0]
        total, *counts = map(int, re.findall(r"\| (\d+) (?=\|)", line))
        assert total == sum(counts)
        assert f"\n{total} " in PAGES[page]


def test_what_aws_does_not_map_is_not_claimed() -> None:
    assert not [page for page in PAGES if "soc" in page or "iso" in page]
    assert "so the pack claims neither" in " ".join(PAGES[frameworks.INDEX].split())
