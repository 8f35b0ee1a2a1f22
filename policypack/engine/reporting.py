"""Writes the reports of the engine's run to the files that the config of the policy `report` names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from policypack.model import Context, Place, printable
from policypack.policies.report import ReportConfig, report
from policypack.policy import Pack
from policypack.record import Finding, Record, place_of
from policypack.reports.files import SUFFIXES, write_file
from policypack.reports.report import of_records
from policypack.settings import Settings
from policypack.source import find_program
from policypack.source.project import from_repository
from policypack.verdict import Violation

_NOT_IN_NAMES: Final = re.compile(r"[^\w.-]|^\.+")
"""What a name has replaced where it stands in a path, so that it cannot lead elsewhere."""


class Reporting:
    """
    The reports of one run of the engine.

    What goes wrong never ends the run. `add` may be called from several threads.
    """

    def __init__(self, pack: Pack, settings: Settings, context: Context, config: ReportConfig) -> None:
        self._pack = pack
        self._settings = settings
        self._context = context
        self._config = config
        self._records: dict[str, Record] = {}
        self._is_finished = False
        # None without a project: `pulumi policy analyze` tells none.
        self._folder = find_program(context.project)
        self._prefix = from_repository(self._folder) if self._folder else ""

    def add(self, urn: str, record: Record) -> None:
        """Remembers what came of one resource."""
        if record.findings or record.failures or record.undecided:
            self._records[urn] = record

    def begin(self) -> None:
        """Writes reports that say that the run has not come to its end, should it end now."""
        list(self._write([]))

    def finish(self, record: Record) -> Iterator[Finding]:
        """Writes the reports of the whole run, given the record of the stack, and says what failed."""
        self._is_finished = True
        # In the stack's order, not in that in which threads happened to end.
        order = {urn: number for number, urn in enumerate(record.stack.resources if record.stack else ())}
        records = sorted(self._records.items(), key=lambda item: order.get(item[0], len(order)))
        yield from self._write([*(each for _, each in records), record])

    def end(self) -> None:
        """Writes what is known so far where the run has not come to its end."""
        if not self._is_finished:
            self._is_finished = True
            list(self._write(list(self._records.values())))

    def _write(self, records: list[Record]) -> Iterator[Finding]:
        made = of_records(
            records,
            pack=self._pack,
            settings=self._settings,
            context=self._context,
            locate=self._place,
            project_file=f"{self._prefix}Pulumi.yaml",
        )
        for format_ in dict.fromkeys(self._config.formats):
            try:
                write_file(self._path(format_), format_, [made])
            except OSError as error:
                yield _finding(format_, f"{error.strerror or type(error).__name__}: {error.filename}")
            except ModuleNotFoundError as error:
                yield _finding(
                    format_,
                    f"the Python module '{error.name}' is not installed",
                    "Install it where the policy pack is: venv/bin/pip install -r requirements-cli.txt.",
                )
            except Exception as error:  # noqa: BLE001 the preview has to go on, whatever a report meets
                yield _finding(
                    format_,
                    f"{type(error).__name__} at {place_of(error)}",
                    "Report it as a bug of the policy pack, and take the format out of formats of this policy.",
                )

    def _path(self, format_: str) -> Path:
        """
        The file of a format.

        :raises OSError: where it is relative, and the project's folder is not known.
        """
        name = self._config.file
        for key in ("organization", "project", "stack"):
            name = name.replace(f"{{{key}}}", _NOT_IN_NAMES.sub("_", getattr(self._context, key)) or "_")
        suffix = SUFFIXES[format_]
        path = Path(name if name.endswith(suffix) else f"{name}{suffix}").expanduser()
        if not path.is_absolute() and self._folder is None:
            raise OSError(0, "the folder of the project is not known here, so the path has to be absolute", name)
        return self._folder / path if self._folder else path

    def _place(self, finding: Finding) -> Place | None:
        line = finding.violation.line
        return line._replace(file=f"{self._prefix}{line.file}") if line else None


def _finding(format_: str, reason: str, fix: str = "") -> Finding:
    return Finding(
        report,
        Violation(None, f"The {format_} report of this run could not be written: {printable(reason)}.", fix),
        "advisory",
    )
