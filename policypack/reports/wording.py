"""What the formats have in common: order, what is said once, and a stranger's text made safe to show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from policypack.listing import joined
from policypack.message import exempted_because
from policypack.model import Place, Resource, printable
from policypack.policy import Policy, Severity
from policypack.record import Finding
from policypack.reports.report import Located, Report
from policypack.verdict import Level

SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "high", "medium", "low")
"""From the worst on."""

Subject = Resource | str
"""What a finding is about: a resource, a file of the project by its name, or THE_STACK."""

THE_STACK: Final = "the stack"
"""What is at fault where no single resource or file is."""

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
    return [_cut(printable(each[: _LONGEST_LINE + 1]), _LONGEST_LINE) for each in found[:_MOST_LINES]]


def line(place: Place) -> str:
    """A line of the program: `main.py:7`."""
    return f"{shown(place.file)}:{place.line}"


def prose(text: str) -> str:
    """The same lines as one text."""
    return "\n".join(lines(text))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def why(policy: Policy) -> str:
    """What goes wrong without a policy, each paragraph in one line."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in policy.why.split("\n\n"))


def subject_of(finding: Finding) -> Subject:
    """What a finding is about."""
    violation = finding.violation
    return violation.resource or (shown(violation.line.file) if violation.line else THE_STACK)


def label(subject: Subject) -> str:
    """A resource as people know it, its type token and its name in the program; or what else is at fault."""
    return subject if isinstance(subject, str) else f"{shown(subject.token)} {shown(subject.name)}"


def service(subject: Subject) -> str:
    """The AWS service of a resource by its module in the SDK (`rds`), the package of another, `stack` or `project`."""
    if isinstance(subject, str):
        return "stack" if subject == THE_STACK else "project"
    package, _, rest = subject.token.partition(":")
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
    def subjects(self) -> tuple[Subject, ...]:
        """What is at fault, each once."""
        return tuple(dict.fromkeys(subject_of(each.finding) for each in self.findings))

    @property
    def places(self) -> tuple[str, ...]:
        """The lines of the program that the findings are about, each once, as far as they are known."""
        return tuple(dict.fromkeys(line(each.place) for each in self.findings if each.place))


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


def by_subject(found: Sequence[Entry]) -> list[tuple[tuple[Subject, ...], list[Entry]]]:
    """Entries by what they are about, in the order of the worst of each."""
    groups: dict[tuple[Subject, ...], list[Entry]] = {}
    for entry in found:
        groups.setdefault(entry.subjects, []).append(entry)
    return list(groups.items())


def stack_name(report: Report) -> str:
    """The stack as Pulumi names it, `organization/project/stack`, as far as that is known."""
    return "/".join(shown(each) for each in (report.organization, report.project, report.stack) if each)


def title(report: Report) -> str:
    """What was checked, in a few words: the stack, the file, or both."""
    stack = stack_name(report)
    if stack and report.source:
        return f"{stack} ({shown(report.source)})"
    return stack or shown(report.source) or "the stack"


def summary(report: Report) -> list[str]:
    """Sentences that say what was checked, found, exempted, left undecided and not checked at all."""
    checking = [policy for policy in report.pack.policies if policy.stage != "report"]
    disabled = sum(report.settings[policy.id].level == "disabled" for policy in checking)
    sentences = [] if report.is_complete else [INCOMPLETE]
    if report.is_complete:
        checked = report.checked or _count(len(report.resources), "resource")
        policies = _count(len(checking) - disabled, "policy", "policies")
        preset = f", as {shown(report.preset)} sets them" if report.preset else ""
        off = f"; {disabled} {_is_are(disabled)} disabled" if disabled else ""
        sentences.append(f"Checked {checked} with {policies}{preset}{off}.")
    sentences.append(_found(report))
    if report.exempted:
        sentences.append(f"{_count(len(report.exempted), 'finding')} {_is_are(len(report.exempted))} exempted.")
    if report.undecided:
        values = len({(verdict.at.resource.urn, verdict.at.path) for _, verdict in report.undecided})
        policies = _count(len({policy.id for policy, _ in report.undecided}), "policy", "policies")
        it = "it" if values == 1 else "them"
        sentences.append(f"{_count(values, 'value')} could not be decided, so {policies} could not check {it}.")
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
