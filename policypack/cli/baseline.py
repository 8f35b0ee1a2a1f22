"""`policypack baseline`: records today's findings, so that only new ones fail."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from policypack.cli.baselines import Baseline
from policypack.cli.options import Config, Preset, settings_of, stop
from policypack.cli.run import run
from policypack.documents import DocumentError
from policypack.model import printable


def baseline(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="The same files as for `policypack check`.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it; else it is printed.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="After how many days its findings count again.")] = 90,
    config: Config = None,
    preset: Preset = "",
) -> None:
    """
    Record today's findings, so that `policypack check --baseline FILE` fails for new ones only.
    """
    settings, _ = settings_of(config, preset)
    today = datetime.now(UTC).date()
    try:
        runs = [run(file, settings) for file in files]
    except DocumentError as error:
        stop(str(error) if len(files) == 1 else f"one of the files: {error}")
    expires = today + timedelta(days=days)
    made = Baseline.of(runs, today, expires)
    if output is None:
        sys.stdout.write(made.text().decode())
        return
    try:
        output.write_bytes(made.text())
    except OSError as error:
        stop(f"{output}: the baseline cannot be written: {error.strerror}")
    count = len(made.findings)
    print(
        f"{printable(str(output))}: {count} finding{'' if count == 1 else 's'}, until {today + timedelta(days=days)}."
    )
