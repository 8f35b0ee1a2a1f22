"""The report for programs: JSON whose schema is public and has a version (docs/formats/json.md)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, TextIO

import msgspec
from msgspec import Meta

from policypack.model import Place, Resource
from policypack.policy import Policy, Severity
from policypack.record import Failure, Finding
from policypack.reports.report import Located, Report
from policypack.reports.wording import prose, shown
from policypack.settings import Settings
from policypack.verdict import Level, Undecided

VERSION: Final = "1"
"""Of the format. New keys may come; a key that goes or changes its meaning makes it 2."""

_Count = Annotated[int, Meta(ge=0)]


class _Part(msgspec.Struct, rename="camel"):
    """The base of what a report consists of: in JSON, keys are camelCase."""


class PolicyPart(_Part):
    """A policy that something in the report is of."""

    id: str
    title: str
    concern: Annotated[str, Meta(description="The group of policies that it is in.")]
    severity: Severity
    level: Annotated[Level, Meta(description="The enforcement level that it is set to.")]
    frameworks: Annotated[list[str], Meta(description="Ids of the controls that it checks.")]
    link: Annotated[str, Meta(description="Documentation of the matter.")]


class ResourcePart(_Part):
    """A resource of the stack."""

    urn: str
    type: Annotated[str, Meta(description="The type token, as the program has it.")]
    name: str


class PlacePart(_Part):
    """A line of the program."""

    file: Annotated[str, Meta(description="As seen from the folder in which the command ran, with forward slashes.")]
    line: Annotated[int, Meta(ge=1)]


class ExemptionPart(_Part):
    """The exemption that matches a finding."""

    reason: str
    expires: Annotated[datetime.date | None, Meta(description="The last day on which it counts.")]
    is_valid: Annotated[bool, Meta(description="Whether it still counts, so that the finding stops nothing.")]


class FindingPart(_Part):
    """Something that is known and wrong."""

    policy: Annotated[str, Meta(description="The id of the policy: see the policies of the run.")]
    severity: Severity
    level: Annotated[
        Literal["mandatory", "advisory"],
        Meta(description="`mandatory` where it stops an update. What is exempted is advisory."),
    ]
    fails: Annotated[bool, Meta(description="Whether it is to stop whoever asked for the report.")]
    message: Annotated[str, Meta(description="What is wrong; several lines where line breaks are in it.")]
    fix: Annotated[str, Meta(description="What to write instead.")]
    resource: Annotated[ResourcePart | None, Meta(description="null for the stack as a whole.")]
    property: Annotated[
        str, Meta(description="The path of the property at fault; empty where no single one is.", examples=["rules[0]"])
    ]
    place: Annotated[PlacePart | None, Meta(description="null where it is not known.")]
    exemption: ExemptionPart | None
    fingerprint: Annotated[
        str, Meta(description="The same from run to run: made from the policy, the resource and the property.")
    ]


class UndecidedPart(_Part):
    """A value that a policy could not decide."""

    policy: str
    resource: ResourcePart
    property: str
    question: Annotated[str, Meta(description="What depends on the value; may be empty.")]


class FailurePart(_Part):
    """A policy that ended in an error, so that it did not check what it was asked about."""

    policy: str
    resource: Annotated[ResourcePart | None, Meta(description="null for the stack as a whole.")]
    error: Annotated[str, Meta(description="The type of the error. Its text may hold secrets.")]
    place: Annotated[str, Meta(description="The file and line of the policy pack that raised it.")]


class SummaryPart(_Part):
    """How much there is of everything."""

    resources: _Count
    policies: Annotated[dict[Level, _Count], Meta(description="How many policies are set to each level.")]
    mandatory: Annotated[_Count, Meta(description="Findings that stop an update.")]
    advisory: Annotated[_Count, Meta(description="Other findings that are not exempted.")]
    exempted: _Count
    undecided: _Count
    failures: _Count


class RunPart(_Part):
    """The policies on one stack or file."""

    organization: str
    project: str
    stack: str
    source: Annotated[str, Meta(description="The file that was checked; empty in the engine's own run.")]
    kind: Annotated[str, Meta(description="What kind of file that is.", examples=["pulumi preview --json"])]
    preset: Annotated[str, Meta(description="The preset or config file; empty for the policies' own defaults.")]
    date: datetime.date
    is_complete: Annotated[bool, Meta(description="False where the run ended before the whole stack was known.")]
    fails: Annotated[bool, Meta(description="Whether any finding is to stop whoever asked for the report.")]
    notes: Annotated[list[str], Meta(description="What the source does not tell, in sentences.")]
    summary: SummaryPart
    policies: list[PolicyPart]
    findings: list[FindingPart]
    undecided: list[UndecidedPart]
    failures: list[FailurePart]


class Tool(_Part):
    """The policy pack that made the report."""

    name: str
    version: str


class Document(_Part):
    """The report of a policy pack on one or more stacks."""

    version: Annotated[Literal["1"], Meta(description="Of this format.")]
    tool: Tool
    runs: list[RunPart]


def schema() -> dict[str, Any]:
    """The JSON schema of the format, as docs/formats/report.schema.json has it."""
    made: dict[str, Any] = _ordered(msgspec.json.schema(Document))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def _ordered(part: Any) -> Any:
    """A part of a schema with its alternatives in one order, which differs between versions of msgspec."""
    if isinstance(part, list):
        return [_ordered(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {key: sorted(each, key=str) if key == "anyOf" else _ordered(each) for key, each in part.items()}


def write(reports: Sequence[Report], out: TextIO) -> None:
    """Writes one JSON document, indented, with a run for each report."""
    pack = reports[0].pack
    document = Document(
        version=VERSION, tool=Tool(name=pack.name, version=pack.version), runs=[_run(report) for report in reports]
    )
    encoded = msgspec.json.format(msgspec.json.encode(document), indent=2)
    out.write(f"{encoded.decode()}\n")


def _run(report: Report) -> RunPart:
    of_parts = (
        *(each.finding.policy for each in report.findings),
        *(policy for policy, _ in report.undecided),
        *(failure.policy for failure in report.failures),
    )
    policies = {policy.id: policy for policy in of_parts}
    return RunPart(
        organization=shown(report.organization),
        project=shown(report.project),
        stack=shown(report.stack),
        source=shown(report.source),
        kind=report.kind,
        preset=shown(report.preset),
        date=report.today,
        is_complete=report.is_complete,
        fails=report.fails,
        notes=[prose(note) for note in report.notes],
        summary=SummaryPart(
            resources=len(report.resources),
            policies=dict(report.levels),
            mandatory=report.counts.get("mandatory", 0),
            advisory=report.counts.get("advisory", 0),
            exempted=len(report.exempted),
            undecided=len(report.undecided),
            failures=len(report.failures),
        ),
        policies=[_policy(policies[id_], report.settings) for id_ in sorted(policies)],
        findings=[_finding(each) for each in report.findings],
        undecided=[_undecided(policy, verdict) for policy, verdict in report.undecided],
        failures=[_failure(failure) for failure in report.failures],
    )


def _policy(policy: Policy, settings: Settings) -> PolicyPart:
    return PolicyPart(
        id=policy.id,
        title=policy.title,
        concern=policy.concern,
        severity=policy.severity,
        level=settings[policy.id].level,
        frameworks=list(policy.frameworks),
        link=policy.url,
    )


def _finding(located: Located) -> FindingPart:
    finding = located.finding
    return FindingPart(
        policy=finding.policy.id,
        severity=finding.policy.severity,
        level="mandatory" if finding.level == "mandatory" else "advisory",
        fails=located.fails,
        message=prose(finding.violation.message),
        fix=prose(finding.fix),
        resource=_resource(finding.violation.resource),
        property=shown(finding.violation.path),
        place=_place(located.place),
        exemption=_exemption(finding),
        fingerprint=located.fingerprint,
    )


def _undecided(policy: Policy, verdict: Undecided) -> UndecidedPart:
    resource = _resource(verdict.at.resource)
    assert resource
    return UndecidedPart(
        policy=policy.id, resource=resource, property=shown(verdict.at.path), question=prose(verdict.question)
    )


def _failure(failure: Failure) -> FailurePart:
    return FailurePart(
        policy=failure.policy.id, resource=_resource(failure.resource), error=failure.error, place=failure.place
    )


def _resource(resource: Resource | None) -> ResourcePart | None:
    if resource is None:
        return None
    return ResourcePart(urn=shown(resource.urn), type=shown(resource.token), name=shown(resource.name))


def _place(place: Place | None) -> PlacePart | None:
    return PlacePart(file=shown(place.file), line=place.line) if place else None


def _exemption(finding: Finding) -> ExemptionPart | None:
    if finding.exemption is None:
        return None
    return ExemptionPart(
        reason=prose(finding.exemption.reason), expires=finding.exemption.expires, is_valid=finding.is_exempted
    )
