"""Answers as text for people, and as CSV for spreadsheets."""

from __future__ import annotations

import csv
from typing import Any, Final, TextIO

from rich.console import Console
from rich.table import Table as RichTable

from policypack.fleet.answers import Overview, Table
from policypack.model import printable

_FIRST: Final = 10
"""Rows of each table of an overview."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def write_overview(overview: Overview, out: TextIO) -> None:
    """Writes what there is in a run, and the first rows of each table."""
    out.write(f"{heading(overview)}\n")
    for table in overview.tables:
        if table.rows:
            out.write("\n")
            write_text(table, out, _FIRST)


def heading(overview: Overview) -> str:
    """What there is in a run, in a few lines."""
    run, totals = overview.run, overview.totals
    how = f"with {run.config}" if run.config else "with the policies' own defaults"
    lines = [
        f"Run {run.id}, version {run.pack_version} of the pack, {how}",
        f"{totals.stopped:,} of {totals.stacks:,} stacks would be stopped.",
        f"{totals.mandatory:,} mandatory and {totals.advisory:,} advisory findings, {totals.exempted:,} exempted, in "
        f"{totals.resources:,} resources.",
    ]
    if totals.unused:
        exemptions = "exemption matches" if totals.unused == 1 else "exemptions match"
        lines.append(f"{totals.unused:,} {exemptions} no finding of any stack.")
    if totals.unread:
        lines.append(f"{totals.unread:,} could not be read.")
    return "\n".join(printable(line) for line in lines)


def write_text(table: Table, out: TextIO, most: int | None = None) -> None:
    """
    Writes a table, with aligned columns.

    :param most: how many rows; None for all.
    """
    shown = table.rows[:most]
    left = len(table.rows) - len(shown)
    out.write(f"{printable(table.title)}\n")
    rich = RichTable(box=None, pad_edge=False)
    for column, value in zip(table.columns, table.rows[0] if table.rows else table.columns, strict=True):
        rich.add_column(column, justify="right" if isinstance(value, int) else "left")
    for row in shown:
        rich.add_row(*(f"{value:,}" if isinstance(value, int) else printable(value) for value in row))
    console = Console(file=out, markup=False, highlight=False, emoji=False, width=None if out.isatty() else 10_000)
    console.print(rich)
    if left:
        out.write(f"... and {left:,} more\n")


def write_csv(table: Table, out: TextIO) -> None:
    """Writes a table as RFC 4180 has it. A text that a spreadsheet would take for a formula gets a quote before it."""
    writer = csv.writer(out)
    writer.writerow(table.columns)
    writer.writerows([_cell(value) for value in row] for row in table.rows)


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
