"""Finds the folder of the program that is being previewed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import yaml

_PROJECT_FILES: Final = ("Pulumi.json", "Pulumi.yaml", "Pulumi.yml")
"""In the order in which the CLI looks for them."""


def find_program(project: str) -> Path | None:
    """
    The folder of the previewed program, or None where there is none or it cannot be told.

    No request tells it: Handshake carries the pack's own folder, and language hosts keep even that to themselves. But
    the pack is a descendant of `pulumi`, which works in the program's folder or below it, also with `-C` and under
    the Automation API.

    :param project: the project's name, as in ConfigureStack, which does not come where no program runs
        (`pulumi policy analyze`).
    """
    if not project:
        return None
    # Not at the top: a preview without any password to look up does not need it.
    import psutil

    try:
        for process in psutil.Process().parents():
            try:
                folder = Path(process.cwd())
            except (psutil.Error, OSError):
                continue  # somebody else's process, or one that has just ended
            if program := _program_at(folder, project):
                return program
    except (psutil.Error, OSError):
        pass
    return None


def _program_at(folder: Path, project: str) -> Path | None:
    """The program of a project, for a process that works in its folder or below it."""
    for root in (folder, *folder.parents):
        for file in (root / name for name in _PROJECT_FILES):
            if file.is_file():
                settings = _settings(file)
                return _source_folder(root, settings.get("main")) if settings.get("name") == project else None
    return None


def _settings(project_file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(project_file.read_bytes())
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}


def _source_folder(root: Path, main: Any) -> Path | None:
    """
    The folder with the program's source: that of the project file, unless `main` lies outside of it.

    A `main` inside of it may be only a part of the source, or what a compiler made of it. The Automation API makes a
    project file in a temporary folder for a function, with the working directory that it runs in as `main`.
    """
    folder = root.resolve()
    if isinstance(main, str):
        target = (root / main).resolve()
        entry = target.parent if target.is_file() else target
        folder = folder if entry.is_relative_to(folder) else entry
    # A function may run anywhere: not all that is on a machine is its source.
    everything = (Path(folder.anchor), Path(os.path.expanduser("~")))
    return folder if folder.is_dir() and folder not in everything else None
