"""The report that a reviewer opens: one HTML file with charts, a table and the graph of the stack, and no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, TextIO

from policypack.model import Resource
from policypack.policy import Severity
from policypack.reports.html.page import style_and_script, template, text
from policypack.reports.report import Located, Report
from policypack.reports.wording import (
    SEVERITIES,
    Entry,
    Subject,
    entries,
    service,
    shown,
    subject_of,
    summary,
    title,
)

_MOST_ENTRIES: Final = 3_000
"""Rows of the table; a browser takes seconds for more."""
_MOST_NODES: Final = 1_000
"""Resources in a graph; those with findings, and what they refer to, are kept."""
_MOST_BARS: Final = 12
_MOST_RESOURCES: Final = 100
"""Of one row, where a finding repeats."""
_OF_PULUMI: Final = ("pulumi:pulumi:", "pulumi:providers:")
"""What a graph leaves out: the stack, which is the parent of all others, and providers, unless they have a finding."""


@dataclass(frozen=True, slots=True)
class Bar:
    """
    One bar of a chart.

    :param counts: how many findings of each severity it stands for.
    :param share: its length in percent of the longest.
    """

    name: str
    counts: Mapping[Severity, int]
    share: float

    @property
    def total(self) -> int:
        """How many findings it stands for."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Chart:
    """Findings counted by one of their qualities; `key` is what the table filters by."""

    key: str
    heading: str
    bars: tuple[Bar, ...]
    left: int
    """Groups that have no bar."""


@dataclass(frozen=True, slots=True)
class At:
    """
    A resource at fault, or the stack as a whole.

    :param node: the numbers of the graph and of the resource in it, `0-12`; empty where it is in none.
    """

    name: str
    type: str = ""
    urn: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """
    One row of the table: findings that read the same.

    :param number: of the row.
    :param report: the number of the report that it is of.
    :param services: those of the resources.
    :param nodes: those of all of its resources (see At).
    :param resources: the first of the resources.
    :param left: how many more there are.
    """

    number: int
    report: int
    entry: Entry
    services: tuple[str, ...]
    nodes: tuple[str, ...]
    resources: tuple[At, ...]
    left: int


def write(reports: Sequence[Report], out: TextIO) -> None:
    """Writes one HTML document. A browser runs no script in it but ours, whose hash it has."""
    graphs = [_graph(report) for report in reports]
    every = [(number, entry) for number, report in enumerate(reports) for entry in entries(report.findings)]
    rows = [_row(index, number, entry, graphs[number]) for index, (number, entry) in enumerate(every[:_MOST_ENTRIES])]
    script = text(__name__, "vendor/d3.min.js") + "\n" + text(__name__, "report.js")
    opened = [each for report in reports for each in report.open]
    # A stream: what is rendered need not be in memory as a whole.
    template(__name__, "report.html.j2").stream(
        pack=reports[0].pack,
        reports=reports,
        titles=[title(report) for report in reports],
        summaries=[summary(report) for report in reports],
        fails=any(report.fails for report in reports),
        is_complete=all(report.is_complete for report in reports),
        severities=SEVERITIES,
        charts=_charts(opened),
        rows=rows,
        rows_left=len(every) - len(rows),
        services=sorted({name for row in rows for name in row.services}),
        concerns=sorted({row.entry.policy.concern for row in rows}),
        has_places=any(row.entry.places for row in rows),
        graphs=[graph.data for graph in graphs],
        license=text(__name__, "vendor/LICENSE"),
        **style_and_script(text(__name__, "report.css"), script),
    ).dump(out)


def _charts(findings: Sequence[Located]) -> list[Chart]:
    return [
        _chart("severity", "Severity", findings, lambda each: each.finding.policy.severity, SEVERITIES),
        _chart("concern", "Concern", findings, lambda each: each.finding.policy.concern),
        _chart("service", "Service", findings, lambda each: service(subject_of(each.finding))),
    ]


def _chart(
    key: str, heading: str, findings: Iterable[Located], of: Callable[[Located], str], order: Sequence[str] = ()
) -> Chart:
    """:param order: the names of the bars; by default those that occur, the most frequent first."""
    counts: dict[str, Counter[Severity]] = {name: Counter() for name in order}
    for each in findings:
        counts.setdefault(of(each), Counter())[each.finding.policy.severity] += 1
    names = order or sorted(counts, key=lambda name: (-counts[name].total(), name))
    longest = max((count.total() for count in counts.values()), default=0) or 1
    bars = tuple(Bar(name, counts[name], 100 * counts[name].total() / longest) for name in names[:_MOST_BARS])
    return Chart(key, heading, bars, len(names) - len(bars))


@dataclass(frozen=True, slots=True)
class _Graph:
    numbers: Mapping[Resource, int]
    data: Mapping[str, Any]


def _graph(report: Report) -> _Graph:
    """
    The resources of a stack and which refers to which, for the script: `nodes` and `edges`, pairs of their numbers.

    Where there are too many, those with findings come first, then what these are connected with.
    """
    worst: dict[Resource, int] = {}
    counts: Counter[Resource] = Counter()
    for each in report.open:
        if resource := each.finding.violation.resource:
            rank = SEVERITIES.index(each.finding.policy.severity)
            worst[resource] = min(worst.get(resource, rank), rank)
            counts[resource] += 1
    every = {
        resource.urn: resource
        for resource in report.resources
        if resource in worst or not resource.token.startswith(_OF_PULUMI)
    }
    for resource in worst:
        # A resource of which only the resource stage knows: the run ended early.
        every.setdefault(resource.urn, resource)
    edges = [(resource, every[urn]) for resource in every.values() for urn in _related(resource) if urn in every]
    kept = list(every.values())
    if len(kept) > _MOST_NODES:
        near = {end for edge in edges if edge[0] in worst or edge[1] in worst for end in edge}
        kept.sort(key=lambda resource: (resource not in worst, resource not in near))
        kept = kept[:_MOST_NODES]
    numbers = {resource: number for number, resource in enumerate(kept)}
    nodes = [
        {
            "name": shown(resource.name),
            "type": shown(resource.token),
            "service": service(resource),
            "severity": SEVERITIES[worst[resource]] if resource in worst else "",
            "findings": counts[resource],
        }
        for resource in kept
    ]
    pairs = [[numbers[start], numbers[end]] for start, end in edges if start in numbers and end in numbers]
    return _Graph(numbers, {"title": title(report), "nodes": nodes, "edges": pairs, "left": len(every) - len(kept)})


def _related(resource: Resource) -> Iterator[str]:
    """The URNs of what a resource is made from, and of its parent, each once."""
    of_properties = chain.from_iterable(resource.property_dependencies.values())
    urns = dict.fromkeys(chain(resource.dependencies, of_properties, (resource.parent,)))
    return (urn for urn in urns if urn != resource.urn)


def _row(index: int, report: int, entry: Entry, graph: _Graph) -> Row:
    every = [_at(subject, report, graph) for subject in entry.subjects]
    return Row(
        index,
        report,
        entry,
        services=tuple(dict.fromkeys(map(service, entry.subjects))),
        nodes=tuple(each.node for each in every if each.node),
        resources=tuple(every[:_MOST_RESOURCES]),
        left=len(every[_MOST_RESOURCES:]),
    )


def _at(subject: Subject, report: int, graph: _Graph) -> At:
    if isinstance(subject, str):
        return At(subject)
    node = f"{report}-{graph.numbers[subject]}" if subject in graph.numbers else ""
    return At(shown(subject.name), shown(subject.token), shown(subject.urn), node)
