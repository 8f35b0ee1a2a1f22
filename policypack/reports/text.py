"""The report that people read in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from policypack.message import as_message
from policypack.reports.report import Report


def write(reports: Sequence[Report], out: TextIO) -> None:
    """Writes each finding with its place."""
    for report in reports:
        for each in report.findings:
            place = f" ({each.place})" if each.place else ""
            print(f"[{each.finding.level}] {each.finding.policy.id}{place} {each.finding.violation.urn}", file=out)
            print(as_message(each.finding), file=out)
        counts = ", ".join(f"{count} {level}" for level, count in report.counts.items()) or "no findings"
        print(f"{report.source}: {len(report.resources)} resources, {counts}", file=out)
