"""`policypack check`: the policies on files that Pulumi wrote about a stack."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from policypack.cli.baselines import Baseline, BaselineError
from policypack.cli.options import Config, Preset, require, settings_of, stop
from policypack.cli.run import FAIL_ON, run
from policypack.documents import DocumentError
from policypack.model import printable
from policypack.reports.files import SUFFIXES, write_file
from policypack.reports.report import FORMATS, Report, writer

_BY_SUFFIX: Final[Mapping[str, str]] = {
    suffix: name for name, suffix in sorted(SUFFIXES.items(), key=lambda item: len(item[1]))
}
"""The formats by the ends of names of files."""


def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="Written by `pulumi preview --json --show-sames`, `pulumi preview --save-plan` or `pulumi stack "
            "export`, or a state file of a self-managed backend; - is standard input.",
        ),
    ],
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help=f"{', '.join(FORMATS)}; several where each but one has its --output. Default: text.",
            autocompletion=lambda: list(FORMATS),
        ),
    ] = None,
    outputs: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="A file to write. Its name's end tells its format (.sarif, .html, .xml, .md, .json, .txt), or else "
            "the --format that is left.",
        ),
    ] = None,
    config: Config = None,
    preset: Preset = "",
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="WHAT",
            help=f"Which findings make the exit code 1: {', '.join(FAIL_ON)}. A severity means that or a worse one, "
            "whatever the level.",
            autocompletion=lambda: list(FAIL_ON),
        ),
    ] = "mandatory",
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What `policypack baseline` wrote: the findings in it are exempted."),
    ] = None,
) -> None:
    """
    Check what Pulumi wrote about a stack: a preview, a plan, an export or a state.

    Needs no engine, no login and no AWS account. Exit codes: 0 clean, 1 findings that stop, 2 wrong arguments or a file
    that cannot be read.
    """
    require("value of --fail-on", fail_on, FAIL_ON)
    printed, written = _assigned(formats or [], outputs or [])
    settings, label = settings_of(config, preset)
    try:
        known = Baseline.read(baseline) if baseline else None
    except BaselineError as error:
        stop(f"{baseline}: {error}")
    reports: list[Report] = []
    unread = False
    for file in files:
        try:
            made = run(file, settings)
        except DocumentError as error:
            unread = True
            print(f"policypack: {printable(file)}: {error}", file=sys.stderr)
            continue
        notes: tuple[str, ...] = ()
        if known:
            made, notes = known.applied(made)
        reports.append(made.report(settings, label, FAIL_ON[fail_on], notes))
    if reports:
        _write(reports, printed, written)
    if unread or any(report.fails for report in reports):
        raise typer.Exit(2 if unread else 1)


def _assigned(formats: Sequence[str], outputs: Sequence[Path]) -> tuple[str | None, list[tuple[str, Path]]]:
    """Which format is printed, and which is written to which file; what does not fit together ends the command."""
    for name in formats:
        require("format", name, FORMATS)
    left = list(dict.fromkeys(formats))
    written: list[tuple[str, Path]] = []
    unclear: list[Path] = []
    for file in outputs:
        name = next((name for suffix, name in _BY_SUFFIX.items() if file.name.endswith(suffix)), "")
        if name and (name in left or not formats):
            written.append((name, file))
            left = [each for each in left if each != name]
        else:
            unclear.append(file)
    for file in unclear:
        if not left:
            stop(f"{file}: the end of the name tells no format that was asked for; add --format")
        written.append((left.pop(0), file))
    if len(left) > 1:
        stop(f"only one format can be printed, and there are {' and '.join(left)}; add --output FILE for the others")
    return (left[0] if left else None if formats else "text"), written


def _write(reports: Sequence[Report], printed: str | None, written: Sequence[tuple[str, Path]]) -> None:
    for name, file in written:
        try:
            write_file(file, name, reports)
        except OSError as error:
            stop(f"{file}: the report cannot be written: {error.strerror}")
    if printed:
        writer(printed)(reports, sys.stdout)
