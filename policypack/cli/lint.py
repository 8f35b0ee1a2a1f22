"""`policypack lint`: what stops a project before any preview."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from policypack.cli.options import Config, require, settings_of, stop
from policypack.cli.output import Formats, Outputs, assigned, deliver
from policypack.cli.run import FAIL_ON
from policypack.lint.fixing import fix
from policypack.lint.notes import notes_on_sdks
from policypack.lint.pack import LINT, lint
from policypack.lint.project import Project
from policypack.model import printable
from policypack.reports.report import Located, Report
from policypack.source.project import from_repository

_MOST_PASSES: Final = 10
"""How often --fix looks for more to correct; each pass goes one level deeper into nested inputs."""


def lint_project(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The project's folder. Default: this one.")] = Path(),
    formats: Formats = None,
    outputs: Outputs = None,
    config: Config = None,
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="WHAT",
            help=f"Which findings make the exit code 1: {', '.join(FAIL_ON)}.",
            autocompletion=lambda: list(FAIL_ON),
        ),
    ] = "mandatory",
    fix_names: Annotated[
        bool,
        typer.Option("--fix", help="Correct names whose right spelling is certain, and default of config keys."),
    ] = False,
) -> None:
    """
    Check a project's files for what stops it before any preview, or leaks a secret.

    Runs and imports nothing of the project, and changes nothing without --fix, which says on standard error what it
    changes before the report of what remains. Exit codes: 0 clean or advice only, 1 findings that stop, 2 wrong
    arguments.
    """
    require("value of --fail-on", fail_on, FAIL_ON)
    printed, written = assigned(formats or [], outputs or [])
    settings, label = settings_of(config, pack=LINT)
    try:
        project = Project(folder)
    except OSError as error:
        stop(f"{folder}: the folder cannot be read: {error.strerror}")
    record = lint(project, settings)
    # What is corrected may show more that can be: the keys within an argument that had the wrong name.
    for _ in range(_MOST_PASSES if fix_names else 0):
        changes = fix(folder, record.findings)
        if not changes:
            break
        for change in changes:
            print(printable(change), file=sys.stderr)
        project = Project(folder)
        record = lint(project, settings)
    prefix = from_repository(folder.resolve())
    report = Report(
        pack=LINT,
        settings=settings,
        preset=label,
        source=str(folder),
        kind="the files of a project",
        project_file=f"{prefix}Pulumi.yaml",
        checked=f"{project.read_files} file{'' if project.read_files == 1 else 's'}",
        project=project.name,
        today=datetime.now(UTC).date(),
        findings=tuple(
            Located(
                finding,
                (place := finding.violation.line) and place._replace(file=f"{prefix}{place.file}"),
                FAIL_ON[fail_on](finding),
            )
            for finding in record.findings
        ),
        failures=tuple(record.failures),
        notes=tuple(filter(None, (project.source.note, *notes_on_sdks(project)))),
    )
    deliver([report], printed, written)
    if report.fails:
        raise typer.Exit(1)
