"""`policypack fleet-report`: what the results of `policypack fleet` tell."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Final

import typer

from policypack.cli.fleet import REQUIREMENTS
from policypack.cli.options import require, stop
from policypack.startup import explained

_FORMATS: Final = ("text", "csv", "html")


def fleet_report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What `policypack fleet` has written.")],
    by: Annotated[
        str,
        typer.Option(
            metavar="WHAT",
            help="One table in full: policy, control, concern, project, owner, stack or exemption; change or "
            "stopped, about two runs; unread. Without it, the first rows of each.",
        ),
    ] = "",
    run: Annotated[str, typer.Option(metavar="RUN", help="A run, or how its name begins; by default the last.")] = "",
    compare: Annotated[
        str, typer.Option(metavar="RUN", help="The run to compare it with; by default the one before.")
    ] = "",
    format_: Annotated[str, typer.Option("--format", "-f", help="text, csv for one table, or html for all.")] = "text",
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="A file to write.")] = None,
) -> None:
    """
    Show what the policies would stop in many stacks, where, and what has changed.

    For a what-if, run `policypack fleet` with each of two configs or versions of the pack, and compare the runs.
    """
    with explained(REQUIREMENTS):
        from policypack.fleet.answers import OF_TWO_RUNS, QUESTIONS, answer, chosen, overview
        from policypack.fleet.dataset import DataError, DataSet
        from policypack.fleet.formats import write_csv, write_overview, write_text
        from policypack.fleet.html import write_page
    require("format", format_, _FORMATS)
    if by:
        require("value of --by", by, QUESTIONS)
        if format_ == "html":
            stop("html has all tables; leave out --by")
    elif format_ == "csv":
        stop(f"csv is for one table; say which with --by: {', '.join(QUESTIONS)}")
    data = DataSet(folder)
    try:
        asked, base = chosen(data, run, compare)
        if by in OF_TWO_RUNS and base is None:
            stop(f"--by {by} is about two runs, and {folder} has none before {asked.id}")
        opened = output.open("w", encoding="utf-8", newline="") if output else nullcontext(sys.stdout)
        with opened as out:
            if format_ == "html":
                write_page(overview(data, asked, base), out)
            elif not by:
                write_overview(overview(data, asked, base), out)
            elif format_ == "csv":
                write_csv(answer(data, by, asked, base), out)
            else:
                write_text(answer(data, by, asked, base), out)
    except DataError as error:
        stop(str(error))
    except OSError as error:
        if output is None:
            raise
        stop(f"{output}: the report cannot be written: {error.strerror}")
