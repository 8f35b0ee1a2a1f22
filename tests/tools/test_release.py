"""tools/release.py: what a release consists of. It compares two builds each time it runs."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from pathlib import Path

import pytest
import yaml

from policypack import VERSION
from tools.release import ROOT, ReleaseError, _with_one_time, release


def archive(time: int, names: list[str]) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=time) as zipped, tarfile.open(fileobj=zipped, mode="w") as target:
        for name in names:
            member = tarfile.TarInfo(name)
            member.mtime, member.uname, member.size = time, f"user{time}", len(name)
            target.addfile(member, io.BytesIO(name.encode()))
    return out.getvalue()


def test_neither_time_nor_owner_nor_order_of_the_build_stays_in_an_archive() -> None:
    first = _with_one_time(archive(1, ["a", "b"]), 100)
    assert first == _with_one_time(archive(2, ["b", "a"]), 100)
    with tarfile.open(fileobj=io.BytesIO(first)) as packed:
        assert [(member.name, member.mtime, member.uname) for member in packed] == [("a", 100, ""), ("b", 100, "")]
        content = packed.extractfile("b")
        assert content
        assert content.read() == b"b"


def test_the_version_is_the_same_everywhere_and_the_newest_of_the_changelog() -> None:
    assert yaml.safe_load((ROOT / "PulumiPolicy.yaml").read_text())["version"] == VERSION
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0].split()[0] == VERSION
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ \((unreleased|\d{4}-\d\d-\d\d)\)", heading) for heading in headings)
    assert not any("unreleased" in heading for heading in headings[1:])


def test_files_of_another_release_are_not_mixed_with_those_of_this_one(tmp_path: Path) -> None:
    (tmp_path / "aws_policypack-0.0.9-py3-none-any.whl").touch()
    with pytest.raises(ReleaseError, match="is not empty: choose another folder"):
        release(tmp_path)
