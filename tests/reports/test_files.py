"""Files are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from policypack.reports import report as reports
from policypack.reports.files import SUFFIXES, write_file
from policypack.reports.report import FORMATS
from tests.reports.support import run


def test_every_format_has_an_ending() -> None:
    assert set(SUFFIXES) == set(FORMATS)
    assert len(set(SUFFIXES.values())) == len(SUFFIXES)


def test_folders_are_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "report.json"
    write_file(file, "json", [run()])
    write_file(file, "json", [run()])
    assert os.listdir(file.parent) == ["report.json"]
    assert file.stat().st_mode & 0o444 == 0o444


def test_a_format_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "report.json"
    file.write_text("old")

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("policypack.reports.json.write", fails)
    with pytest.raises(ZeroDivisionError):
        write_file(file, "json", [run()])
    assert (file.read_text(), os.listdir(tmp_path)) == ("old", ["report.json"])
    assert reports.writer("json") is fails


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    target, link, folder, pipe = (tmp_path / name for name in ("target", "link", "folder", "pipe"))
    target.write_text("mine")
    link.symlink_to(target)
    folder.mkdir()
    os.mkfifo(pipe)
    for path in (link, folder, pipe):
        with pytest.raises(OSError, match="not a regular file"):
            write_file(path, "json", [run()])
    assert (target.read_text(), link.is_symlink(), folder.is_dir(), pipe.is_fifo()) == ("mine", True, True, True)
    assert len(os.listdir(tmp_path)) == 4
