"""Where the report of a command goes: its formats, and the files that are written."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from policypack.cli.options import require, stop
from policypack.reports.files import SUFFIXES, write_file
from policypack.reports.report import FORMATS, Report, writer

_BY_SUFFIX: Final[Mapping[str, str]] = {
    ".sarif.json": "sarif",
    **{suffix: name for name, suffix in sorted(SUFFIXES.items(), key=lambda item: -len(item[1]))},
}
"""The formats by the ends of names of files, the longest first."""

Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        help=f"{', '.join(FORMATS)}; several where each but one has its --output. The default is text.",
        autocompletion=lambda: list(FORMATS),
    ),
]
Outputs = Annotated[
    list[Path] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help=f"A file to write. Its name tells its format: {', '.join(SUFFIXES.values())}; any other name gets the one "
        "--format that is left.",
    ),
]


def assigned(formats: Sequence[str], outputs: Sequence[Path]) -> tuple[str | None, list[tuple[str, Path]]]:
    """Which format is printed, and which is written to which file; what does not fit together ends the command."""
    for name in formats:
        require("format", name, FORMATS)
    left = list(dict.fromkeys(formats))
    written: list[tuple[str, Path]] = []
    for file in outputs:
        name = next((name for suffix, name in _BY_SUFFIX.items() if file.name.endswith(suffix)), "")
        if formats and name not in left:
            if name:
                stop(f"{file}: the name says {name}, which is not among the formats; add --format {name}")
            name = left[0] if len(left) == 1 else ""
        if not name:
            stop(f"{file}: the name does not tell the format; let it end with {', '.join(SUFFIXES.values())}")
        written.append((name, file))
        left = [each for each in left if each != name]
    if len(left) > 1:
        stop(f"only one format can be printed, and there are {' and '.join(left)}; add --output FILE for the others")
    return (left[0] if left else None if formats else "text"), written


def deliver(reports: Sequence[Report], printed: str | None, written: Sequence[tuple[str, Path]]) -> None:
    """Writes and prints reports, as `assigned` says; a file that cannot be written ends the command."""
    for name, file in written:
        try:
            write_file(file, name, reports)
        except OSError as error:
            stop(f"{file}: the report cannot be written: {error.strerror}")
    if printed:
        writer(printed)(reports, sys.stdout)
