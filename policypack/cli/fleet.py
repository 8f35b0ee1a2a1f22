"""`policypack fleet`: the policies on the latest states of many stacks."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from policypack.cli.options import Config, Preset, settings_of, stop
from policypack.model import printable
from policypack.startup import explained

REQUIREMENTS = "requirements.txt -r requirements-cli.txt -r requirements-fleet.txt"


def fleet(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            help="The URL of a self-managed backend, as for `pulumi login` (file://, s3://, gs://, azblob://), or a "
            "folder with files that `pulumi stack export` wrote.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the results are kept, run by run.")
    ] = Path("fleet"),
    config: Config = None,
    preset: Preset = "",
    owner_tag: Annotated[
        str, typer.Option(metavar="KEY", help="The key of the tag that says who owns a resource, in any case.")
    ] = "owner",
    workers: Annotated[
        int, typer.Option(min=1, max=1024, help="How many processes evaluate; by default one for each core.")
    ] = os.cpu_count() or 1,
    scheduler: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="A Dask scheduler (tcp://HOST:PORT) whose workers evaluate, in place of processes."
        ),
    ] = "",
) -> None:
    """
    Check the latest states of many stacks, and keep what comes of them as Parquet.

    Run the same command again to go on after an interruption, or to check what has changed since. Exit codes: 0 every
    state was checked, 2 wrong arguments, or states that cannot be read: the others are checked all the same.
    """
    with explained(REQUIREMENTS):
        from policypack.fleet.answers import unread
        from policypack.fleet.dataset import DataError, DataSet
        from policypack.fleet.running import FleetError, run_fleet
    # A run is long, and what the evaluation of one state leaves behind is not needed for the next.
    gc.enable()
    settings, label = settings_of(config, preset)
    data = DataSet(output)
    try:
        with _shown() as progress:
            outcome = run_fleet(
                sources,
                data,
                settings,
                config=label,
                owner_tag=owner_tag,
                workers=workers,
                scheduler=scheduler,
                progress=progress,
            )
        errors = unread(data, outcome.run)
    except (FleetError, DataError) as error:
        stop(str(error))
    except KeyboardInterrupt:
        print("policypack: interrupted; run the same command again to go on", file=sys.stderr)
        raise typer.Exit(130) from None
    for place, sentence in errors:
        print(f"policypack: {printable(place)}: {sentence}", file=sys.stderr)
    reused = f", {outcome.reused} of them unchanged since an earlier run" if outcome.reused else ""
    states = "1 state" if outcome.states == 1 else f"{outcome.states} states"
    print(f"{states}{reused}: run {outcome.run.id} in {printable(str(output))}")
    if errors:
        raise typer.Exit(2)


class _Rate(ProgressColumn):
    """How many states are done in a second."""

    def render(self, task: Task) -> Text:
        """The text of the column."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


@contextmanager
def _shown() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, where that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("Checking"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, all_: bar.update(task, completed=done, total=all_)
