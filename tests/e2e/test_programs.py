"""
Programs in the styles in which people write them, more than thirty: what their source decides at a first preview.

All run in one stack, as each run of the CLI takes seconds. `python -m tools.source_reading FOLDER` runs any program so.
"""

from pathlib import Path

import pytest

from tools.sandbox import Sandbox
from tools.source_reading import Reading, configs, read

PROGRAMS = Path(__file__).with_name("programs")


@pytest.fixture(scope="module")
def reading(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Reading:
    """What became of the values that are unknown at the first preview."""
    found = read(sandbox, PROGRAMS, configs(tmp_path_factory.mktemp("configs")))
    assert not found.problem
    return found


def test_nothing_is_decided_otherwise_by_the_update(reading: Reading) -> None:
    assert reading.wrong == []
    assert reading.told > 300


def test_most_questions_are_decided_by_the_source(reading: Reading) -> None:
    before, after = reading.before.total(), reading.after.total()
    assert before > 300
    assert after <= before / 5, reading.after
