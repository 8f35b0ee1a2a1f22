"""The report that people read in a terminal: grouped by resource, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from policypack.listing import some
from policypack.model import Resource
from policypack.reports.report import Report
from policypack.reports.wording import Entry, Subject, by_subject, entries, label, summary, title

_STYLES: Final = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
_MOST_NAMED: Final = 10
"""Resources that are named where a finding repeats."""


def write(reports: Sequence[Report], out: TextIO) -> None:
    """
    Writes the findings of each report by their resources, then those that are exempted, a line each, and a summary.

    Colours and line breaks between words are for terminals; NO_COLOR, FORCE_COLOR and TERM are obeyed
    (https://no-color.org).
    """
    console = Console(file=out, markup=False, highlight=False, emoji=False)
    for report in reports:
        if len(reports) > 1:
            _print(console, Text(title(report), "bold underline"))
            _print(console, Text())
        found = entries(report.findings)
        linked: set[str] = set()
        for subjects, group in by_subject([entry for entry in found if not entry.is_exempted]):
            _print(console, _heading(subjects, group))
            for line, indent in (line for entry in group for line in _entry(entry, linked)):
                _print(console, line, indent)
            _print(console, Text())
        for entry in (entry for entry in found if entry.is_exempted):
            _print(console, _exempted(entry))
        for sentence in summary(report):
            _print(console, Text(sentence, "bold" if report.fails else ""))


def _print(console: Console, line: Text, indent: int = 0) -> None:
    if console.is_terminal:
        console.print(Padding(line, (0, 0, 0, indent)))
    else:
        # In a log or a file every line is as long as it is, so that it can be searched. Rich takes long to find that
        # there is nothing to style.
        console.file.write(f"{' ' * indent}{line.plain}\n")


def _heading(subjects: Sequence[Subject], group: Sequence[Entry]) -> Text:
    # In a file, each entry has lines of its own.
    places = dict.fromkeys(place for entry in group for place in entry.places if isinstance(subjects[0], Resource))
    count = f"{len(subjects)} resources: " if isinstance(subjects[-1], Resource) and len(subjects) > 1 else ""
    heading = Text(f"{count}{some(map(label, subjects), _MOST_NAMED)}", "bold")
    return heading.append(f"  {', '.join(list(places)[:_MOST_NAMED])}", "not bold dim") if places else heading


def _entry(entry: Entry, linked: set[str]) -> Iterator[tuple[Text, int]]:
    """The lines of an entry, each with its indentation; `linked` are the policies whose link has been said."""
    style = _STYLES[entry.policy.severity]
    head = Text.assemble((entry.policy.severity, style), f"  {entry.level}  ", (entry.policy.id, "bold"))
    if not isinstance(entry.subjects[0], Resource) and entry.places:
        head.append(f"  {', '.join(entry.places[:_MOST_NAMED])}", "dim")
    yield head, 2
    if entry.exemption:
        yield Text(entry.exemption, "italic"), 4
    for line in entry.message.split("\n"):
        yield Text(line), 4
    for line in f"Fix: {entry.fix}".split("\n"):
        yield Text(line, "green"), 4
    if entry.policy.id not in linked:
        linked.add(entry.policy.id)
        yield Text(f"See: {entry.policy.url}", "dim"), 4


def _exempted(entry: Entry) -> Text:
    named = some(map(label, entry.subjects), _MOST_NAMED)
    return Text(f"{named}: {entry.policy.id}. {entry.exemption}", "dim")
