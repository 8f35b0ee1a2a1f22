"""What the formats have in common: order, what is said once, and a stranger's text made safe to show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from policypack.listing import joined
from policypack.message import exempted_because
from policypack.model import Resource, printable
from policypack.policy import Policy, Severity
from policypack.record import Finding
from policypack.reports.report import Located, Report
from policypack.verdict import Level

SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "high", "medium", "low")
"""From the worst on."""

THE_STACK: Final = "the stack"
"""What is at fault where no single resource is."""

INCOMPLETE: Final = (
    "The run ended before the whole stack was known, so the policies that need it did not run, and this report is "
    "incomplete: the program failed, or a finding stopped the update. The output of Pulumi says which."
)

_LONGEST_NAME: Final = 1_000
_LONGEST_LINE: Final = 4_000
_MOST_LINES: Final = 200
"""What is longer is cut: no name or message that people write comes near these."""


def shown(name: str) -> str:
    """A name, URN or path as a report shows it: one line, printable and not too long."""
    return _cut(printable(name[: _LONGEST_NAME + 1]), _LONGEST_NAME)


def lines(text: str) -> list[str]:
    """The lines of a message, a fix or a reason, each printable and not too long."""
    found = text.split("\n", _MOST_LINES)
    return [_cut(printable(line[: _LONGEST_LINE + 1]), _LONGEST_LINE) for line in found[:_MOST_LINES]]


def prose(text: str) -> str:
    """The same lines as one text."""
    return "\n".join(lines(text))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def why(policy: Policy) -> str:
    """What goes wrong without a policy, each paragraph in one line."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in policy.why.split("\n\n"))


def label(resource: Resource | None) -> str:
    """A resource as people know it: its type token and its name in the program."""
    return f"{shown(resource.token)} {shown(resource.name)}" if resource else THE_STACK


def service(resource: Resource | None) -> str:
    """The AWS service of a resource by its module in the SDK (`rds`), the package of another, or `stack`."""
    if resource is None:
        return "stack"
    package, _, rest = resource.token.partition(":")
    module = rest.partition(":")[0].partition("/")[0]
    return shown(module if package == "aws" and module else package) or "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """
    Findings that read the same, said once with all of their resources.

    :param policy: the policy that they are of.
    :param level: what they do to an update.
    :param message: what is wrong, printable, in one line or more.
    :param fix: what to write instead.
    :param exemption: the reason and the end of their exemption, or that it has expired; empty where there is none.
    :param is_exempted: whether that exemption is valid.
    :param fails: whether they are to stop whoever asked.
    :param findings: the findings themselves.
    """

    policy: Policy
    level: Level
    message: str
    fix: str
    exemption: str
    is_exempted: bool
    fails: bool
    findings: tuple[Located, ...]

    @property
    def resources(self) -> tuple[Resource | None, ...]:
        """The resources at fault, each once; None stands for the stack as a whole."""
        return tuple(dict.fromkeys(each.finding.violation.resource for each in self.findings))

    @property
    def places(self) -> tuple[str, ...]:
        """The lines of the program that the findings are about, each once, as far as they are known."""
        return tuple(dict.fromkeys(str(each.place) for each in self.findings if each.place))


def exemption(finding: Finding) -> str:
    """The reason and the end of a finding's exemption, in one line; empty where it has none."""
    return lines(exempted_because(finding))[0] if finding.exemption else ""


def entries(findings: Iterable[Located]) -> list[Entry]:
    """What there is to say of findings: the worst first, those that are exempted last, and what repeats said once."""
    alike: dict[tuple[object, ...], list[Located]] = {}
    for each in findings:
        finding = each.finding
        key = (
            *(finding.policy.id, finding.level, finding.violation.message, finding.fix),
            *(exemption(finding), finding.is_exempted, each.fails),
        )
        alike.setdefault(key, []).append(each)
    found = [
        Entry(
            (first := group[0].finding).policy,
            first.level,
            prose(first.violation.message),
            prose(first.fix),
            exemption(first),
            first.is_exempted,
            group[0].fails,
            tuple(group),
        )
        for group in alike.values()
    ]
    return sorted(found, key=_rank)


def _rank(entry: Entry) -> tuple[bool, int, bool]:
    return entry.is_exempted, SEVERITIES.index(entry.policy.severity), entry.level == "advisory"


def by_resource(found: Sequence[Entry]) -> list[tuple[tuple[Resource | None, ...], list[Entry]]]:
    """Entries by the resources that they are about, in the order of the worst of each."""
    groups: dict[tuple[Resource | None, ...], list[Entry]] = {}
    for entry in found:
        groups.setdefault(entry.resources, []).append(entry)
    return list(groups.items())


def title(report: Report) -> str:
    """What was checked, in a few words: the stack, the file, or both."""
    stack = "/".join(shown(each) for each in (report.organization, report.project, report.stack) if each)
    if stack and report.source:
        return f"{stack} ({shown(report.source)})"
    return stack or shown(report.source) or "the stack"


def summary(report: Report) -> list[str]:
    """Sentences that say what was checked, found, exempted, left undecided and not checked at all."""
    enabled = sum(count for level, count in report.levels.items() if level != "disabled")
    disabled = report.levels.get("disabled", 0)
    sentences = [] if report.is_complete else [INCOMPLETE]
    off = f"; {disabled} {_is_are(disabled)} disabled" if disabled else ""
    preset = f", as {shown(report.preset)} sets them" if report.preset else ""
    if report.is_complete:
        sentences.append(f"Checked {_count(len(report.resources), 'resource')} with {enabled} policies{preset}{off}.")
    sentences.append(_found(report))
    if report.exempted:
        sentences.append(f"{_count(len(report.exempted), 'finding')} {_is_are(len(report.exempted))} exempted.")
    if report.undecided:
        values = len({(verdict.at.resource.urn, verdict.at.path) for _, verdict in report.undecided})
        policies = len({policy.id for policy, _ in report.undecided})
        sentences.append(
            f"{_count(values, 'value')} could not be decided, so {_count(policies, 'policy', 'policies')} could not "
            f"check {'it' if values == 1 else 'them'}."
        )
    if report.failures:
        failed = sorted({failure.policy.id for failure in report.failures})
        sentences.append(f"{joined(failed)} failed and did not check what {_it_they(len(failed))} asked about.")
    return [*sentences, *(note for text in report.notes for note in lines(text))]


def _found(report: Report) -> str:
    if not report.open:
        so_far = "" if report.is_complete else " so far"
        return f"No findings{so_far}{' but those that are exempted' if report.exempted else ''}."
    parts = []
    for level in ("mandatory", "advisory"):
        of_level = [each.finding for each in report.open if each.finding.level == level]
        counts = Counter(finding.policy.severity for finding in of_level)
        severities = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])
        if of_level:
            parts.append(f"{_count(len(of_level), f'{level} finding')}: {severities}")
    return f"{'; '.join(parts)}."


def _count(number: int, thing: str, things: str = "") -> str:
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"


def _is_are(number: int) -> str:
    return "is" if number == 1 else "are"


def _it_they(number: int) -> str:
    return "it was" if number == 1 else "they were"
