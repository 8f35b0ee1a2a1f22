"""
The report for a job of GitHub Actions: workflow commands that annotate the lines of a pull request
(https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from policypack.reports.report import Report
from policypack.reports.wording import Entry, entries, label, shown, subject_of, summary, title


def write(reports: Sequence[Report], out: TextIO) -> None:
    """
    Writes an annotation for each finding that is not exempted, the worst first, and one with the summary.

    GitHub shows the first ten errors and the first ten warnings of a step.
    """
    for report in reports:
        for entry in entries(report.open):
            _annotate(entry, out)
        kind = "error" if report.fails else "notice"
        heading = f"{report.pack.name}: {title(report)}"
        out.write(f"::{kind} title={_property(heading)}::{_data(chr(10).join(summary(report)))}\n")


def _annotate(entry: Entry, out: TextIO) -> None:
    kind = "error" if entry.fails or entry.level == "mandatory" else "warning"
    heading = f"{entry.policy.severity}: {entry.policy.id}"
    for each in entry.findings:
        place = f"file={_property(shown(each.place.file))},line={each.place.line}," if each.place else ""
        said = [
            *filter(None, [entry.exemption]),
            f"{label(subject_of(each.finding))}: {entry.message}",
            f"Fix: {entry.fix}",
            f"See: {entry.policy.url}",
        ]
        out.write(f"::{kind} {place}title={_property(heading)}::{_data(chr(10).join(said))}\n")


def _data(text: str) -> str:
    """A text as the message of a command (escapeData in https://github.com/actions/toolkit, packages/core)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A text as a property of a command (escapeProperty, beside it)."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
