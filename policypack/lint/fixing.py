"""Corrects in a project's files what can be corrected without a doubt: names that are written wrongly."""

from __future__ import annotations

import codecs
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from policypack.model import Place
from policypack.record import Finding


@dataclass(frozen=True, slots=True)
class Rename:
    """
    Another name in place of one that stands in a file, where the line of the violation is.

    It is the remediation of violations whose right name is certain.
    """

    old: str
    new: str


def certain_rename(old: str, new: str) -> Rename | None:
    """The renaming of what is only spelled in another way, as `force_destroy` for `forceDestroy`; None for all else."""
    return Rename(old, new) if new and _letters(old) == _letters(new) else None


def _letters(name: str) -> str:
    return name.replace("_", "").lower()


def fix(root: Path, findings: Iterable[Finding]) -> list[str]:
    """
    Corrects what findings say to be certain, and nothing else.

    A file is replaced as a whole. One that is a link, is no UTF-8, cannot be written, or no longer has the name in its
    place, is left as it is.

    :param root: the project's folder.
    :return: what was changed, in words.
    """
    by_file: dict[str, list[tuple[Place, Rename]]] = {}
    for finding in findings:
        rename, place = finding.violation.remediation, finding.violation.line
        if isinstance(rename, Rename) and place and not finding.is_exempted:
            by_file.setdefault(place.file, []).append((place, rename))
    return [said for name, renames in by_file.items() for said in _fix_file(root / name, name, renames)]


def _fix_file(file: Path, name: str, renames: list[tuple[Place, Rename]]) -> list[str]:
    done: list[str] = []
    try:
        if file.is_symlink() or not file.is_file():
            return []
        data = file.read_bytes()
        bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        lines = data.removeprefix(bom).decode().split("\n")
        # From the end on, so that places before it stay what they are.
        for place, rename in sorted(renames, key=lambda each: each[0], reverse=True):
            if _rename(lines, place, rename):
                done.insert(0, f"{place._replace(file=name)}: renamed {rename.old} to {rename.new}")
        if done:
            _replace(file, bom + "\n".join(lines).encode())
    except (OSError, UnicodeDecodeError):
        return []
    return done


def _rename(lines: list[str], place: Place, rename: Rename) -> bool:
    """Renames in one line; whether the name is there."""
    if place.line > len(lines):
        return False
    line = lines[place.line - 1]
    start = place.column - 1
    if line[start : start + 1] in ("'", '"'):
        start += 1
    end = start + len(rename.old)
    if line[start:end] != rename.old or line[end : end + 1].isidentifier():
        return False
    lines[place.line - 1] = line[:start] + rename.new + line[end:]
    return True


def _replace(file: Path, data: bytes) -> None:
    """Replaces a file as a whole, with the rights that it has."""
    handle, scratch = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as written:
            written.write(data)
        os.chmod(scratch, file.stat().st_mode)
        os.replace(scratch, file)
    except BaseException:
        os.unlink(scratch)
        raise
