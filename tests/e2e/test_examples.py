"""
Each example in the real engine: the faulty edition has exactly the expected findings, the corrected one none, and
pulumi_policy's own analyzer finds the same.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.differential import FOUND_BY_US_ALONE_AT_PREVIEW, compare
from tools import presets
from tools.expectations import Expectations
from tools.recording import Recording, record
from tools.sandbox import Outcome, Sandbox, Stack

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/findings.yaml"))
LOAN_PLATFORM = ROOT / "examples" / "loan-platform"
EDITIONS = [(example, edition) for example in EXAMPLES for edition in ("faulty", "corrected")]


def label(path: object) -> str:
    return path.stem if isinstance(path, Path) else str(path)


def assert_expected(expected: Expectations, edition: str, outcome: Outcome) -> None:
    assert expected.differences(edition, outcome) == ([], []), outcome.text
    assert "can't run policy" not in outcome.text
    assert outcome.ok == (edition == "corrected"), outcome.text


def assert_both_analyzers_find_the_same(recording: Recording, edition: str, *, is_updated: bool) -> None:
    assert len(recording.resources) > 50
    assert len(recording.stack.resources) == len(recording.resources)
    ours, theirs = compare(recording)
    assert theirs - ours == Counter()
    more = {policy for policy, *_ in ours - theirs}
    assert more <= (set() if is_updated else FOUND_BY_US_ALONE_AT_PREVIEW.keys())
    assert theirs or edition == "corrected"


@pytest.mark.parametrize(("example", "edition"), EDITIONS, ids=label)
def test_findings_before_and_after_an_update(sandbox: Sandbox, tmp_path: Path, example: Path, edition: str) -> None:
    expected = Expectations.read(example)
    preset = expected.write_config(ROOT, tmp_path)
    stack = sandbox.stack(example / edition, config=expected.config)
    # Every id is unknown before the first update, and known after it. The recorder serves the same pack.
    before, outcome = record(stack, tmp_path / "before", preset)
    assert_expected(expected, edition, outcome)
    assert_both_analyzers_find_the_same(before, edition, is_updated=False)
    updated = stack.up()
    assert updated.ok, updated.text
    after, outcome = record(stack, tmp_path / "after", preset)
    assert_expected(expected, edition, outcome)
    assert_both_analyzers_find_the_same(after, edition, is_updated=True)
    # The state alone, without the program.
    state = tmp_path / "state.json"
    state.write_text(json.dumps(stack.export()))
    assert_expected(expected, edition, sandbox.analyze(state, ROOT, preset))


def test_every_preset_is_that_of_an_example() -> None:
    assert {Expectations.read(example).preset for example in EXAMPLES} == {
        f"config/{name}.json" for name in presets.PRESETS
    }


@pytest.fixture(scope="module")
def loan_platform(sandbox: Sandbox) -> Stack:
    return sandbox.stack(LOAN_PLATFORM / "faulty")


def test_on_a_first_day_everything_is_shown_and_nothing_is_stopped(loan_platform: Stack) -> None:
    usual, first_day = (
        loan_platform.preview(ROOT, ROOT / "config" / f"{name}.json") for name in ("production", "first-day")
    )
    assert not usual.ok
    assert first_day.ok, first_day.text
    assert {finding.level for finding in first_day.findings} == {"advisory"}
    shown, expected = (
        sorted((finding.policy, finding.urn) for finding in outcome.findings) for outcome in (first_day, usual)
    )
    assert shown == expected


def test_the_readme_shows_what_the_pack_prints(loan_platform: Stack) -> None:
    excerpt = (ROOT / "README.md").read_text().partition("```text\n")[2].partition("\n```")[0]
    command, *lines = excerpt.splitlines()
    assert command.split()[-1] == Expectations.read(LOAN_PLATFORM).preset
    printed = loan_platform.preview(ROOT, ROOT / command.split()[-1]).text.splitlines()
    for line in lines:
        # What the README leaves out at the end of a line is an ellipsis there.
        shown, is_shortened, _ = line.partition("…")
        assert any(other.startswith(shown) if is_shortened else other == shown for other in printed), line
