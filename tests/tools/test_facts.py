"""The ages of the facts: that each has a source and a date, and that none is older than it may be."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from policypack.data import Dataset
from tools import facts

TODAY = date(2026, 11, 28)
FRESH = Dataset("fresh", "2026-11-28", ("https://example.com/",), 180)
OLD = Dataset("old", "2026-01-01", ("https://example.com/",), 180)


@pytest.mark.parametrize("dataset", list(facts.datasets()), ids=lambda dataset: dataset.name)
def test_no_facts_are_without_source_or_older_than_they_may_be(dataset: Dataset) -> None:
    """Compare them with their sources, correct them, and set their date: `python -m tools.facts` lists them."""
    assert facts.problem(dataset, date.today()) == ""
    assert all("https://" in source for source in dataset.source)
    assert 90 <= dataset.max_age <= 365


def test_every_module_and_file_of_facts_says_where_they_come_from() -> None:
    modules = {path.stem for path in facts.FOLDER.glob("*.py")} - {"__init__"}
    files = {path.stem for path in facts.FOLDER.glob("*.json")}
    without = {name for name in modules if "DATASETS: Final" not in (facts.FOLDER / f"{name}.py").read_text()}
    assert without <= files
    assert files <= {dataset.name for dataset in facts.datasets()}


@pytest.mark.parametrize(
    ("dataset", "problem"),
    [
        (FRESH, ""),
        (Dataset("", "2026-06-01", ("https://example.com/",), 180), ""),
        (Dataset("", "2026-05-31", ("https://example.com/",), 180), "is older than 180 days"),
        (Dataset("", "2026-11-29", ("https://example.com/",)), "has a date in the future"),
        (Dataset("", "", ("https://example.com/",)), "has no date"),
        (Dataset("", "last week", ("https://example.com/",)), "has no date"),
        (Dataset("", "2026-11-28", ()), "has no source"),
        (Dataset("", "2026-11-28", ("",)), "has no source"),
    ],
)
def test_what_is_wrong_with_a_dataset(dataset: Dataset, problem: str) -> None:
    assert facts.problem(dataset, TODAY) == problem


def test_the_list_begins_with_what_is_most_urgent() -> None:
    undated = Dataset("undated", "", ("https://example.com/",))
    soon = Dataset("soon", "2026-07-01", ("https://example.com/soon",), 180)
    lines = [line for line in facts.listing([FRESH, soon, OLD, undated], TODAY) if " of " in line]
    assert lines == [
        " 331 of 180 days  old (2026-01-01)  old is older than 180 days.",
        "   ? of 180 days  undated (no date)  undated has no date.",
        " 150 of 180 days  soon (2026-07-01)",
        "   0 of 180 days  fresh (2026-11-28)",
    ]


@pytest.mark.parametrize(("today", "status"), [(date.today(), False), (date.today() + timedelta(400), True)])
def test_the_command_fails_when_facts_are_too_old(
    today: date, status: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        facts.main(today)
    assert exit_.value.code is status
    assert "https://" in capsys.readouterr().out


def test_a_file_without_anything_is_read_as_one_with_nothing_said(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("{}")
    assert facts.read(tmp_path / "empty.json") == Dataset("empty", "", (), 0)


def test_a_file_is_written_with_the_day(tmp_path: Path) -> None:
    facts.write(tmp_path / "new.json", {"source": "https://example.com/", "rows": {"a": "b"}}, max_age=365)
    assert json.loads((tmp_path / "new.json").read_text()) == {
        "source": "https://example.com/",
        "date": date.today().isoformat(),
        "max_age": 365,
        "rows": {"a": "b"},
    }
