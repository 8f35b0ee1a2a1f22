"""Writes reports to files, whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final

from policypack.reports.report import Report, writer

SUFFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text": ".txt",
        "json": ".json",
        "sarif": ".sarif",
        "junit": ".xml",
        "github": ".github.txt",
        "markdown": ".md",
        "html": ".html",
    }
)
"""How the name of a file of each format ends."""


def write_file(path: Path, format_: str, reports: Sequence[Report]) -> None:
    """
    Writes reports to a file and makes its folder where there is none. Whoever reads the file meanwhile sees the old one
    whole, or the new one.

    :raises OSError: where it cannot be written, or what is there is no regular file but a link, a device or a folder.
    :raises ModuleNotFoundError: where the format needs a package that is not installed.
    """
    with suppress(FileNotFoundError):
        # Not os.stat: what a link such as /dev/stdout leads to is not for us to replace, and neither is the link.
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise OSError(0, "it is there and not a regular file", str(path))
    write = writer(format_)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside the file, as no file can be renamed across file systems.
    temporary = path.with_name(f".policypack-{secrets.token_hex(8)}.tmp")
    try:
        # Not tempfile, whose files nobody else may read: a later step of a job runs as another user.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        with open(descriptor, "w", encoding="utf-8", newline="\n") as out:
            write(reports, out)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
