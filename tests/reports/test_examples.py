"""docs/formats/ shows what the formats write about a real preview."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from policypack.reports.files import SUFFIXES
from policypack.reports.report import FORMATS
from tools import report_examples

EXAMPLES = report_examples.examples()
PAGES = report_examples.FOLDER.parent


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_the_example_is_what_the_format_writes(file: Path) -> None:
    changes = difflib.unified_diff(file.read_text(encoding="utf-8").splitlines(), EXAMPLES[file].splitlines(), n=0)
    assert not list(changes), "run `python -m tools.report_examples` and read what changed"


@pytest.mark.parametrize("format_", FORMATS)
def test_the_page_of_a_format_shows_its_example(format_: str) -> None:
    """Each line of the first block of code with an excerpt stands in the example, up to where it is shortened: …"""
    page = (PAGES / f"{format_}.md").read_text(encoding="utf-8")
    file = f"loan-platform{SUFFIXES[format_]}"
    assert f"(examples/{file})" in page
    if format_ == "html":
        return  # it shows a picture
    example = EXAMPLES[report_examples.FOLDER / file].split("\n")
    excerpt = page.partition("<!-- excerpt -->")[2].split("\n```")[1].split("\n")[1:]
    assert len(excerpt) > 2
    for line in excerpt:
        shown, is_shortened, _ = line.partition("…")
        assert any(other.startswith(shown) if is_shortened else other == line for other in example), line
