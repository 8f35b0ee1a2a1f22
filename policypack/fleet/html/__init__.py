"""The page about many stacks: one HTML file with all tables and a map of stacks by concern, and no network."""

from __future__ import annotations

from typing import Any, Final, TextIO

from policypack import NAME, VERSION
from policypack.fleet.answers import Overview
from policypack.fleet.formats import heading
from policypack.reports.html.page import style_and_script, template, text
from policypack.reports.wording import shown

_MOST_STACKS: Final = 3_000
"""Rows of a table and of the map; a browser takes seconds for more. The worst are kept."""


def write_page(overview: Overview, out: TextIO) -> None:
    """Writes the page of a run."""
    template(__name__, "page.html.j2").stream(
        name=NAME,
        version=VERSION,
        heading=heading(overview).split("\n"),
        tables=[table for table in overview.tables if table.rows],
        most=_MOST_STACKS,
        map=_map(overview),
        **style_and_script(text(__name__, "page.css"), text(__name__, "page.js")),
    ).dump(out)


def _map(overview: Overview) -> dict[str, Any]:
    """
    The open findings of each stack by concern, for the script: the names of the `stacks` from the worst on and of the
    `concerns`, and `cells`, for each stack pairs of the number of a concern and a count.
    """
    concerns = sorted({concern for _, concern, _ in overview.concerns})
    numbers = {concern: number for number, concern in enumerate(concerns)}
    cells: dict[str, list[tuple[int, int]]] = {}
    for state, concern, count in overview.concerns:
        cells.setdefault(state, []).append((numbers[concern], count))
    worst = sorted(cells, key=lambda state: (-sum(count for _, count in cells[state]), state))[:_MOST_STACKS]
    return {
        "stacks": [shown(state) for state in worst],
        "concerns": concerns,
        "cells": [cells[state] for state in worst],
    }
