"""Finds the folder of the program that is being previewed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml

PROJECT_FILES: Final = ("Pulumi.json", "Pulumi.yaml", "Pulumi.yml")
"""In the order in which the CLI looks for them."""
_LARGEST: Final = 100_000
"""Bytes of a project file that is read."""
_NO_MAIN: Final = ("", "~", "null")


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
            if program := program_at(folder, project):
                return program
    except (psutil.Error, OSError):
        pass
    return None


def program_at(folder: Path, project: str) -> Path | None:
    """The folder of a project's program, for who works in the project's folder or below it; None in another one's."""
    for root in (folder, *folder.parents):
        for file in (root / name for name in PROJECT_FILES):
            if file.is_file():
                settings = _settings(file)
                return _source_folder(root, settings.get("main", "")) if settings.get("name") == project else None
    return None


def _settings(project_file: Path) -> dict[str, str]:
    """The top-level texts of a project file; none where it is no YAML mapping, or far longer than people write one."""
    from policypack.source.files import read_regular

    # From a link, as from any other path, only a regular file is read.
    try:
        text = read_regular(os.path.realpath(project_file), _LARGEST + 1).decode("utf-8-sig")
        if len(text) > _LARGEST:
            return {}
        entries = list(_top_level(text))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return {key: value for key, value in zip(entries[::2], entries[1::2], strict=False) if key and value}


def _top_level(text: str) -> Iterator[str | None]:
    """
    The keys and values, in turn, of the mapping that is a YAML document; None for what is no text.

    Reads events, as building objects takes recursion and runs whatever a tag asks for.

    :raises ValueError: where the document is nested more deeply than people write one; only some parsers refuse that.
    """
    from policypack.source.data_files import DEEPEST

    depth = 0
    for event in yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.NodeEvent):
            if depth == 0 and not isinstance(event, yaml.MappingStartEvent):
                return
            if depth == 1:
                yield event.value if isinstance(event, yaml.ScalarEvent) else None
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            if depth > DEEPEST:
                raise ValueError("the file is nested too deeply")
        elif isinstance(event, yaml.DocumentEndEvent):
            return


def _source_folder(root: Path, main: str) -> Path | None:
    """
    The folder with the program's source: that of the project file, unless `main` lies outside of it.

    A `main` inside of it may be only a part of the source, or what a compiler made of it. The Automation API makes a
    project file in a temporary folder for a function, with the working directory that it runs in as `main`.
    """
    try:
        folder = root.resolve()
        if main not in _NO_MAIN:
            target = (root / main).resolve()
            entry = target.parent if target.is_file() else target
            folder = folder if entry.is_relative_to(folder) else entry
        # A function may run anywhere: not all that is on a machine, or all that its users have, is its source.
        home = Path(os.path.expanduser("~")).resolve()
        return folder if folder.is_dir() and folder.parent != folder and not home.is_relative_to(folder) else None
    except (OSError, RuntimeError, ValueError):
        return None  # no path, or links that lead to each other
