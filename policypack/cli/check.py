"""`policypack check`: the policies on files that Pulumi wrote about a stack."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from policypack.cli.baselines import Baseline, BaselineError
from policypack.cli.options import Config, Preset, require, settings_of, stop
from policypack.cli.output import Formats, Outputs, assigned, deliver
from policypack.cli.run import FAIL_ON, run
from policypack.documents import DocumentError
from policypack.model import printable
from policypack.reports.report import Report


def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="Written by `pulumi preview --json --show-sames`, `pulumi preview --save-plan` or `pulumi stack "
            "export`, or a state file of a self-managed backend; - is standard input.",
        ),
    ],
    formats: Formats = None,
    outputs: Outputs = None,
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
    printed, written = assigned(formats or [], outputs or [])
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
        deliver(reports, printed, written)
    if unread or any(report.fails for report in reports):
        raise typer.Exit(2 if unread else 1)
