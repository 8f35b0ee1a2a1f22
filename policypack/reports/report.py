"""What every format of a report gets, and which formats there are."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from types import MappingProxyType
from typing import Final, TextIO, TypedDict, Unpack

from policypack.model import Context, Place, Resource
from policypack.policy import Pack, Policy
from policypack.record import Failure, Finding, Record
from policypack.settings import Settings
from policypack.verdict import Level, Undecided

Write = Callable[[Sequence["Report"], TextIO], None]
"""
A format: writes what was checked, a Report for each file or stack, as one document. Whether the stream is a terminal,
which may have colours, is its own to tell (`isatty`).
"""

FORMATS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text": "policypack.reports.text",
        "json": "policypack.reports.json",
        "sarif": "policypack.reports.sarif",
        "junit": "policypack.reports.junit",
        "github": "policypack.reports.github",
        "markdown": "policypack.reports.markdown",
        "html": "policypack.reports.html",
    }
)
"""The module of each format by the format's name. It has a function `write`, and is imported when it is asked for."""


def writer(name: str) -> Write:
    """The function that writes a format; a KeyError for a name that is not among FORMATS."""
    write: Write = import_module(FORMATS[name]).write
    return write


@dataclass(frozen=True, slots=True)
class Located:
    """
    A finding and the line of the program that it is about.

    :param place: the file, as seen from the folder in which the command runs, and the line; None where it is not known.
    :param fails: whether it is to stop whoever asked (see Report.fails).
    """

    finding: Finding
    place: Place | None = None
    fails: bool = False

    @property
    def fingerprint(self) -> str:
        """
        What stays the same from run to run: a hash of the policy, the resource and the path of the property, or of the
        file and the message where no resource is at fault.
        """
        violation = self.finding.violation
        about = (violation.urn, violation.path)
        if violation.line and not violation.urn:
            about = (violation.line.file, violation.message)
        parts = "\0".join((self.finding.policy.id, *about))
        return hashlib.sha256(parts.encode(errors="backslashreplace")).hexdigest()[:32]


class About(TypedDict, total=False):
    """What is said of a run beside its records: see Report, whose parameters these are."""

    preset: str
    source: str
    kind: str
    project_file: str
    places: Mapping[str, Place]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """
    What became of one run over one stack.

    :param pack: the policies.
    :param settings: what each of them is set to, by its id.
    :param preset: the preset or config file that the settings are from; empty for the policies' own defaults.
    :param source: what was checked, in words: the name of a file, or empty for the engine's own run.
    :param kind: what kind of file that is, in words: `pulumi preview --json`.
    :param project_file: the project's own file, named as places are, for formats that need one for every finding.
    :param checked: how much was checked, in words, where that is not a number of resources: `12 files`.
    :param today: the day of the run.
    :param resources: all resources of the stack, in its order: with `urn`, `name`, `token` and `type`, `parent`,
        `dependencies` and `property_dependencies`.
    :param places: where the program makes each resource, by URN, as far as it is known (see Located.place).
    :param findings: every finding in the order of the run, with those that are exempted (`finding.is_exempted`) and
        those of policies that report on the run (`finding.policy.stage == "report"`).
    :param undecided: the values that no policy could decide, each with its policy.
    :param failures: the policies that raised an exception.
    :param notes: sentences about what the source does not tell, or what has to be known of it.
    :param is_complete: false where the run ended before the whole stack was known.
    """

    pack: Pack
    settings: Settings
    preset: str = ""
    source: str = ""
    kind: str = ""
    project_file: str = "Pulumi.yaml"
    checked: str = ""
    project: str = ""
    stack: str = ""
    organization: str = ""
    today: date
    resources: tuple[Resource, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    findings: tuple[Located, ...] = ()
    undecided: tuple[tuple[Policy, Undecided], ...] = ()
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    is_complete: bool = True

    @property
    def fails(self) -> bool:
        """The verdict: whether some finding is to stop whoever asked (exit code 1)."""
        return any(each.fails for each in self.findings)

    @property
    def open(self) -> tuple[Located, ...]:
        """The findings that are not exempted."""
        return tuple(each for each in self.findings if not each.finding.is_exempted)

    @property
    def exempted(self) -> tuple[Located, ...]:
        """The findings that are exempted, by the config, a tag or a baseline, with the reason in their exemption."""
        return tuple(each for each in self.findings if each.finding.is_exempted)

    @property
    def counts(self) -> Mapping[Level, int]:
        """How many findings that are not exempted have each level, `mandatory` or `advisory`."""
        return Counter(each.finding.level for each in self.open)

    @property
    def levels(self) -> Mapping[Level, int]:
        """How many policies are set to each level."""
        return Counter(setting.level for setting in self.settings.values())


def stops(finding: Finding) -> bool:
    """Whether a finding stops an update: it is mandatory, and not exempted."""
    return finding.level == "mandatory" and not finding.is_exempted


def of_records(
    records: Sequence[Record],
    *,
    pack: Pack,
    settings: Settings,
    context: Context,
    locate: Callable[[Finding], Place | None] = lambda finding: finding.violation.line,
    fails: Callable[[Finding], bool] = stops,
    **about: Unpack[About],
) -> Report:
    """
    The report of one run.

    :param records: what the run's Evaluation answered: the records of the resources, and that of the stack at the end,
        which is missing where the run ended early.
    :param locate: the line of the program that a finding is about.
    :param fails: which findings, exempted ones included, are to stop whoever asked.
    :param about: the other parameters of Report.
    """
    last = records[-1] if records and records[-1].stack else None
    findings = [finding for record in records for finding in record.findings]
    return Report(
        pack=pack,
        settings=settings,
        project=context.project,
        stack=context.stack,
        organization=context.organization,
        today=context.today,
        resources=tuple(last.stack.resources.values()) if last and last.stack else (),
        findings=tuple(Located(finding, locate(finding), fails(finding)) for finding in findings),
        # What is undecided about a resource alone is asked again with the whole stack.
        undecided=tuple(last.undecided if last else (each for record in records for each in record.undecided)),
        failures=tuple(failure for record in records for failure in record.failures),
        is_complete=last is not None,
        **about,
    )
