"""Finds the folder of a project from where a command runs: in it, below it, or above it in a repository."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Final

from policypack.source.files import is_of_others
from policypack.source.program import PROJECT_FILES, program_at

_DEEPEST: Final = 4
"""How many folders down a project is looked for."""
_MOST_FOLDERS: Final = 5_000
_MOST_FOLDERS_ABOVE: Final = 50
"""In which the top of a Git repository is looked for."""


def find_project(folder: Path, project: str) -> Path | None:
    """
    The folder with the project file (`Pulumi.yaml`) of a project, or None where there is none.

    :param folder: where to start: the folder itself and those above it come first, then those below it.
    :param project: the project's name.
    """
    for root in chain((folder, *folder.parents), _below(folder)):
        if any((root / name).is_file() for name in PROJECT_FILES) and program_at(root, project):
            return root
    return None


def _below(folder: Path) -> Iterator[Path]:
    """The folders below a folder, from the top down, without what others wrote and without following links."""
    folders = deque([(str(folder), 0)])
    seen = 0
    while folders and seen < _MOST_FOLDERS:
        path, depth = folders.popleft()
        try:
            with os.scandir(path) as listing:
                names = sorted(entry.name for entry in listing if entry.is_dir(follow_symlinks=False))
        except OSError:
            continue
        for name in names:
            if not is_of_others(name):
                seen += 1
                yield Path(path, name)
                if depth + 1 < _DEEPEST:
                    folders.append((os.path.join(path, name), depth + 1))


def from_repository(folder: Path) -> str:
    """How a folder's files are named from the top of its Git repository on, as code scanning wants them: `infra/`."""
    with suppress(OSError):
        for top in (folder, *folder.parents[:_MOST_FOLDERS_ABOVE]):
            if (top / ".git").exists():
                inside = folder.relative_to(top).as_posix()
                return "" if inside == "." else f"{inside}/"
    return ""
