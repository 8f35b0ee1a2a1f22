"""docs/lint/ is what `python -m tools.catalogue` writes, and the projects that it shows are wrong and right."""

from __future__ import annotations

import pytest

from policypack.policy import Policy
from tools import lint_pages
from tools.lint_pages import LintCase, findings_in, lint_cases

pytestmark = pytest.mark.broad

SECTIONS = [
    *("What it checks", "Why", "How to fix a finding", "Example", "How to accept a finding"),
    "Documentation",
]


def test_the_pages_are_current() -> None:
    written = {file.name: file.read_text() for file in lint_pages.FOLDER.iterdir()}
    assert written == lint_pages.pages(), "run python -m tools.catalogue"


def test_every_policy_of_the_lint_has_a_case() -> None:
    assert sorted(lint_cases()) == [policy.id for policy in lint_pages.policies()]


@pytest.mark.parametrize(("policy_id", "case"), lint_cases().items(), ids=list(lint_cases()))
def test_the_faulty_project_violates_the_policy_and_the_corrected_one_none(policy_id: str, case: LintCase) -> None:
    assert {finding.policy.id for finding in findings_in(case.faulty)} == {policy_id}
    assert not [finding.violation.message for finding in findings_in(case.corrected)]


@pytest.mark.parametrize(("policy_id", "case"), lint_cases().items(), ids=list(lint_cases()))
def test_a_finding_is_accepted_as_the_page_says(policy_id: str, case: LintCase) -> None:
    places = {place for each in findings_in(case.faulty) if (place := each.violation.line)}
    files = dict(case.faulty)
    for place in sorted(places, reverse=True):
        lines = files[place.file].split("\n")
        lines.insert(place.line - 1, f"# policypack: ignore[{policy_id}] the docs show it")
        files[place.file] = "\n".join(lines)
    assert all(each.is_exempted for each in findings_in(files))


@pytest.mark.parametrize("policy", lint_pages.policies(), ids=lambda policy: policy.id)
def test_each_page_has_the_same_sections(policy: Policy) -> None:
    text = (lint_pages.FOLDER / f"{policy.id}.md").read_text()
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == SECTIONS
    assert f"ignore[{policy.id}] REASON" in text
    assert f"<{policy.url}>" in text
    assert f"[`{policy.id}`]({policy.id}.md)" in (lint_pages.FOLDER / lint_pages.INDEX).read_text()
