"""Programs that are right, as people write them: the lint finds nothing in any of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import pytest

from tests.lint.support import found
from tests.support import SDK_IS_INSTALLED

pytestmark = pytest.mark.broad

PROGRAMS: Final = sorted(Path(__file__).with_name("right").glob("*.txt"))
IN_PYTHON: Final = [file for file in PROGRAMS if file.stem.startswith("python")]


def files_of(archive: str) -> dict[str, str]:
    """The files in a text that begins each with a line `-- NAME --`."""
    files: dict[str, list[str]] = {}
    for line in archive.splitlines(keepends=True):
        if line.startswith("-- ") and line.endswith(" --\n"):
            text = files.setdefault(line[3:-4], [])
        else:
            text.append(line)
    return {name: "".join(lines) for name, lines in files.items()}


@pytest.mark.parametrize("file", PROGRAMS, ids=lambda file: file.stem)
def test_a_right_program_has_no_findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/nowhere")
    assert not found(tmp_path, files_of(file.read_text()))


@pytest.mark.skipif(not SDK_IS_INSTALLED, reason="it needs pulumi_aws, which is not installed here")
@pytest.mark.parametrize(
    "file", [each for each in PROGRAMS if each.stem.startswith("python")], ids=lambda file: file.stem
)
def test_a_right_program_has_none_with_its_sdks_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    (tmp_path / "venv").symlink_to(sys.prefix)
    assert not found(tmp_path, files_of(file.read_text()))


def test_there_are_enough_of_them() -> None:
    assert len(PROGRAMS) >= 40
