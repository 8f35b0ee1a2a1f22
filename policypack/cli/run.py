"""Runs the policies on a file, and finds where in the program its findings are."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rich.console import Console
from rich.progress import Progress

from policypack.documents import STANDARD_INPUT, Document, read
from policypack.evaluation import Evaluation
from policypack.model import Place, Program, printable
from policypack.pack import PACK
from policypack.policy import SEVERITIES, Severity
from policypack.record import Finding, Record
from policypack.reports.report import Report, of_records, stops
from policypack.settings import Settings
from policypack.source import ProgramSource
from policypack.source.arguments import argument_line
from policypack.source.project import find_project, from_repository

_STEP: Final = 200
"""Resources from one movement of the progress bar to the next."""


def _failing(least: Severity) -> Callable[[Finding], bool]:
    rank = SEVERITIES.index(least)
    return lambda finding: not finding.is_exempted and SEVERITIES.index(finding.policy.severity) >= rank


FAIL_ON: Final[Mapping[str, Callable[[Finding], bool]]] = MappingProxyType(
    {
        "mandatory": stops,
        "advisory": lambda finding: not finding.is_exempted,
        **{severity: _failing(severity) for severity in reversed(SEVERITIES)},
        "never": lambda _: False,
    }
)
"""Which findings fail a check, by the values of --fail-on."""


@dataclass(frozen=True, slots=True)
class Run:
    """
    What came of the policies on one file.

    :param file: its name, as it was given.
    :param records: the records of the resources that have any, and that of the stack.
    :param folder: the folder of the project, where it is found.
    """

    file: str
    document: Document
    records: tuple[Record, ...]
    folder: Path | None

    def report(
        self, settings: Settings, preset: str, fails: Callable[[Finding], bool], notes: tuple[str, ...] = ()
    ) -> Report:
        """
        The report of the run.

        :param preset: what says how the policies are set, in words.
        :param fails: which findings fail the check.
        :param notes: sentences beside those of the file.
        """
        prefix = from_repository(self.folder) if self.folder else ""

        def locate(finding: Finding) -> Place | None:
            place = finding.violation.line or self._place(finding)
            return place._replace(file=f"{prefix}{place.file}") if place else None

        return of_records(
            self.records,
            pack=PACK,
            settings=settings,
            context=self.document.context,
            locate=locate,
            fails=fails,
            preset=preset,
            source="standard input" if self.file == STANDARD_INPUT else self.file,
            kind=self.document.kind,
            project_file=f"{prefix}Pulumi.yaml",
            notes=(*self.document.notes, *notes),
        )

    def _place(self, finding: Finding) -> Place | None:
        """The line of the argument at fault, or that where the resource is made."""
        place = self.document.places.get(finding.violation.urn)
        if place is None or self.folder is None:
            return place
        return Place(place.file, argument_line(str(self.folder / place.file), place.line, finding.violation.path))


def run(file: str, settings: Settings) -> Run:
    """
    Asks the policies about the stack in a file, with a progress bar on standard error where that is a terminal.

    :raises DocumentError: where the file cannot be read.
    """
    folder: Path | None = None

    def program_of(project: str) -> Program | None:
        nonlocal folder
        folder = find_project(Path(os.getcwd()), project)
        return ProgramSource(project, lambda _: found) if (found := folder) else None

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        name = "standard input" if file == STANDARD_INPUT else printable(file)
        task = progress.add_task(f"Reading {name}", total=None)
        document = read(file, program_of)
        progress.update(task, description=f"Checking {name}", total=len(document.resources))
        evaluation = Evaluation(PACK, settings, document.context)
        records = []
        for number, record in enumerate(evaluation.check_all(document.resources)):
            if number % _STEP == 0:
                progress.update(task, completed=number)
            if number == len(document.resources) - 1:
                progress.update(task, description=f"Checking {name} as a whole", total=None)
            if record.findings or record.undecided or record.failures or record.stack:
                records.append(record)
    return Run(file, document, tuple(records), folder)
