"""Which versions of Python and of the requirements the unit tests run on."""

from __future__ import annotations

from pathlib import Path

import pytest

from policypack.startup import OLDEST_PYTHON
from tools import python_versions
from tools.python_versions import OLDEST, Run, Unavailable, Version, choose, lowest, missing

PYTHON = Path("/usr/bin/python3")


def test_the_lowest_versions_are_the_lower_bounds() -> None:
    text = "# a comment\npulumi>=3.259,<4\n\nmsgspec>=0.20,<1 # for config\n-r other.txt\n"
    assert lowest(text) == ["pulumi==3.259", "msgspec==0.20"]


def test_a_requirement_without_a_lower_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="'psutil<8' has no lower bound"):
        lowest("psutil<8\n")


def test_every_requirement_of_the_pack_has_both_bounds() -> None:
    requirements = (python_versions.ROOT / "requirements.txt").read_text()
    assert len(lowest(requirements)) == requirements.count(",<") == len(requirements.splitlines()) - 1


def test_the_oldest_meets_the_lowest_and_the_newest_the_newest() -> None:
    found: dict[Version, Path] = {(3, 12, 1): PYTHON, (3, 14, 0): PYTHON, (3, 11, 2): PYTHON}
    assert choose(found) == [Run((3, 11, 2), PYTHON, "lowest"), Run((3, 14, 0), PYTHON, "newest")]
    assert list(missing(found)) == []


def test_a_single_python_meets_both() -> None:
    assert [run.requirements for run in choose({(3, 12, 1): PYTHON})] == ["lowest", "newest"]


def test_what_is_named_and_not_there_is_missing() -> None:
    assert list(missing({(3, 12, 1): PYTHON})) == list(missing({})) == ["3.11.2", "3.14"]
    with pytest.raises(Unavailable, match=r"this machine has no Python 3\.11\.2 or newer"):
        choose({})


def test_this_machine_has_a_python_to_run_on() -> None:
    found = python_versions.installed()
    assert min(found) >= OLDEST
    assert all(executable.is_file() for executable in found.values())


def test_the_oldest_is_one_that_the_pack_starts_on() -> None:
    assert OLDEST[:2] == OLDEST_PYTHON
