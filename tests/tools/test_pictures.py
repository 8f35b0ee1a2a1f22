"""The pictures of the docs are made from what the formats write."""

from __future__ import annotations

import pytest

from tools import browser, pictures
from tools.report_examples import rendered, report


def test_the_picture_of_a_pull_request_has_real_annotations_on_its_lines() -> None:
    found = {each.line: each for each in pictures.read_annotations(rendered("github", report()))}
    shown = {line for first, last in pictures.SHOWN for line in range(first, last + 1)}
    assert len(shown & found.keys()) == 3
    assert found[206].title == "high: rds-instance-class"
    assert found[206].message[1].startswith("Fix: Set instanceClass to")


def test_without_a_browser_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert pictures.main() == 1
    browser.main()
    printed = capsys.readouterr()
    assert printed.err == f"tools.pictures: {browser.MISSING}\n"
    assert printed.out == f"The tests of the HTML report in a browser will be skipped: {browser.MISSING}.\n"
