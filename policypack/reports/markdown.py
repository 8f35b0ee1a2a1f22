"""The report for a comment on a pull request: GitHub's Markdown, with a summary and folded details."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TextIO

from policypack.listing import some
from policypack.reports.report import Report
from policypack.reports.wording import SEVERITIES, THE_STACK, Entry, Subject, by_subject, entries, shown, summary, title

MARKER: Final = "<!-- aws-policypack report -->"
"""The first line, by which a workflow finds the comment of its last run to write over it."""

_LONGEST: Final = 65_000
"""Characters of a whole report; GitHub refuses comments of more than 65,536."""
_MOST_NAMED: Final = 10
_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>&|~$]")
_REFERENCE: Final = re.compile(r"([@#])(?=\w)")
_ICONS: Final = {"critical": "🔴", "high": "🟠", "medium": "🟡", "low": "🔵"}


def write(reports: Sequence[Report], out: TextIO) -> None:
    """
    Writes a section for each report: the verdict, a table of counts, and the findings by their resources, folded.

    Where all is too long for a comment, it has the worst findings and says how many more there are.
    """
    heads = [_head(report) for report in reports]
    parts = [MARKER, ""]
    left = _LONGEST - sum(len(line) + 1 for head in heads for line in head)
    # What a report does not use of its share is for those that follow.
    for number, (report, head) in enumerate(zip(reports, heads, strict=True)):
        details = _within(list(_details(report)), left // (len(reports) - number))
        left -= sum(len(part) + 1 for part in details)
        parts += [*head, *details]
    out.write("\n".join(parts))


def _within(blocks: Sequence[tuple[int, str]], most: int) -> list[str]:
    """The first blocks that fit, and how many findings the others have; each block comes with its findings' number."""
    kept: list[str] = []
    size = 200
    for number, (_, block) in enumerate(blocks):
        size += len(block) + 1
        if size > most:
            left = sum(count for count, _ in blocks[number:])
            return [*kept, f"{left:,} more findings do not fit into a comment; the other formats have them.\n"]
        kept.append(block)
    return kept


def _head(report: Report) -> list[str]:
    verdict = "❌" if report.fails else "✅" if report.is_complete else "⚠️"
    rows = []
    for level in ("mandatory", "advisory", "exempted"):
        counts = Counter(
            each.finding.policy.severity
            for each in report.findings
            if level == ("exempted" if each.finding.is_exempted else each.finding.level)
        )
        if counts:
            rows.append(f"| {level} | {' | '.join(str(counts[severity] or '') for severity in SEVERITIES)} |")
    head = f"| | {' | '.join(f'{_ICONS[severity]} {severity}' for severity in SEVERITIES)} |"
    table = [head, "|---|--:|--:|--:|--:|", *rows, ""] if rows else []
    return [
        f"### {verdict} {report.pack.name}: {_code(title(report))}",
        "",
        *table,
        *(f"{_text(sentence)}  " for sentence in summary(report)),
        "",
    ]


def _details(report: Report) -> Iterator[tuple[int, str]]:
    found = entries(report.findings)
    for subjects, group in by_subject([entry for entry in found if not entry.is_exempted]):
        worst = _ICONS[group[0].policy.severity]
        ids = ", ".join(f"<code>{entry.policy.id}</code>" for entry in group)
        blocks = "\n".join(_entry(entry) for entry in group)
        # GitHub reads HTML up to the next empty line, and no Markdown in it.
        heading = f"{worst} {_named(subjects, _html)}: {ids}"
        yield len(group), f"<details><summary>{heading}</summary>\n\n{blocks}\n</details>\n"
    if exempted := [entry for entry in found if entry.is_exempted]:
        lines = "".join(
            f"- {_named(entry.subjects, _code)}: `{entry.policy.id}`. {_text(entry.exemption)}\n" for entry in exempted
        )
        yield len(exempted), f"<details><summary>Exempted</summary>\n\n{lines}\n</details>\n"


def _entry(entry: Entry) -> str:
    policy = entry.policy
    head = f"- {_ICONS[policy.severity]} **{policy.severity}**, {entry.level}: [`{policy.id}`]({policy.url})"
    if entry.places:
        places = ", ".join(_code(place) for place in entry.places[:_MOST_NAMED])
        head += f" at {places}"
    said = [*filter(None, [entry.exemption]), *entry.message.split("\n")]
    fix = "<br>".join(_indented(line) for line in entry.fix.split("\n"))
    return f"{head}<br>\n  {'<br>'.join(_text(line) for line in said)}<br>\n  **Fix:** {fix}"


def _indented(line: str) -> str:
    """A line that keeps its indentation, as that of code."""
    text = line.lstrip(" ")
    return "&nbsp;" * (len(line) - len(text)) + _text(text)


def _named(subjects: Sequence[Subject], code: Callable[[str], str]) -> str:
    """The first few things at fault and how many more there are; `code` says how to show a name or a type token."""

    def name(subject: Subject) -> str:
        if isinstance(subject, str):
            return subject if subject == THE_STACK else code(subject)
        return f"{code(shown(subject.name))} {code(shown(subject.token))}"

    return some(map(name, subjects), _MOST_NAMED)


def _html(text: str) -> str:
    return f"<code>{html.escape(text)}</code>"


def _code(text: str) -> str:
    """A text between as many backticks as it needs."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest or text[:1] == " " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _text(line: str) -> str:
    """One line of text: none of it is Markdown or HTML, mentions a person or refers to an issue."""
    return _REFERENCE.sub("\\1&#8203;", _SPECIAL.sub(lambda match: f"\\{match[0]}", line))
