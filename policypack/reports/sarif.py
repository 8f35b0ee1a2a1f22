"""
The report for code scanning: SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).

It keeps within what GitHub reads of it and how much
(https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TextIO
from urllib.parse import quote

from policypack.model import Place
from policypack.policy import Policy, Severity
from policypack.reports.report import Located, Report
from policypack.reports.wording import SEVERITIES, exemption, label, prose, shown, stack_name, summary, why
from policypack.settings import Settings

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SCORES: Final[Mapping[Severity, str]] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
"""GitHub reads a severity off a number: over 9.0 is critical, from 7.0 on high, from 4.0 on medium."""
_MOST_TAGS: Final = 20
"""Of a rule, in GitHub."""
_MOST_RESULTS: Final = 25_000
"""Of a run, in GitHub, which refuses a file with more."""


def write(reports: Sequence[Report], out: TextIO) -> None:
    """Writes one SARIF log, with a run for each report."""
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report) for report in reports]}
    json.dump(log, out, indent=2, ensure_ascii=False)
    out.write("\n")


def _run(report: Report) -> dict[str, Any]:
    shown_ones = _worst(report.findings)
    rules = {policy.id: policy for policy in sorted((each.finding.policy for each in shown_ones), key=_id)}
    numbers = {id_: number for number, id_ in enumerate(rules)}
    notes = [{"level": "note", "message": {"text": sentence}} for sentence in summary(report)]
    if left := len(report.findings) - len(shown_ones):
        notes.append({"level": "warning", "message": {"text": f"{left:,} more findings are left out: the least bad."}})
    return {
        "tool": {
            "driver": {
                "name": report.pack.name,
                "semanticVersion": report.pack.version,
                "rules": [_rule(policy, report.settings) for policy in rules.values()],
            }
        },
        # The part up to the last slash tells one stack's results from another's.
        "automationDetails": {"id": f"{report.pack.name}/{stack_name(report) or shown(report.source)}/"},
        "invocations": [
            {
                # False for a run that could not look at all that it was to look at.
                "executionSuccessful": report.is_complete and not report.failures,
                "toolExecutionNotifications": notes,
            }
        ],
        "columnKind": "unicodeCodePoints",
        "properties": {"source": shown(report.source), "kind": report.kind},
        # GitHub refuses results without a file: what has no line is on the first one of the project's file.
        "results": list(_results(shown_ones, numbers, Place(report.project_file, 1))),
    }


def _id(policy: Policy) -> str:
    return policy.id


def _worst(findings: Sequence[Located]) -> Sequence[Located]:
    """All findings, in their order; where they are too many, the worst of them."""
    if len(findings) <= _MOST_RESULTS:
        return findings
    return sorted(findings, key=lambda each: SEVERITIES.index(each.finding.policy.severity))[:_MOST_RESULTS]


def _rule(policy: Policy, settings: Settings) -> dict[str, Any]:
    frameworks = f"\n\nControls: {', '.join(policy.frameworks)}." if policy.frameworks else ""
    return {
        "id": policy.id,
        "name": policy.id.title().replace("-", ""),
        "shortDescription": {"text": f"{policy.title}."},
        "fullDescription": {"text": why(policy)},
        "help": {
            "text": f"{why(policy)}\n\nFix: {policy.fix}{frameworks}\n\n{policy.url}",
            "markdown": f"{why(policy)}\n\n**Fix:** {policy.fix}{frameworks}\n\n[Documentation]({policy.url})",
        },
        "helpUri": policy.url,
        "defaultConfiguration": {"level": "error" if policy.enforcement == "mandatory" else "warning"},
        "properties": {
            "tags": ["security", policy.concern, *policy.frameworks][:_MOST_TAGS],
            "precision": "high",
            "problem.severity": "error" if settings[policy.id].level == "mandatory" else "warning",
            "security-severity": _SCORES[policy.severity],
        },
    }


def _results(findings: Sequence[Located], numbers: Mapping[str, int], default: Place) -> Iterator[dict[str, Any]]:
    alike: Counter[str] = Counter()
    for each in findings:
        alike[each.fingerprint] += 1
        # Several findings may be about one property: each has a number of its own among them.
        yield _result(each, numbers[each.finding.policy.id], default, f"{each.fingerprint}:{alike[each.fingerprint]}")


def _result(located: Located, rule: int, default: Place, fingerprint: str) -> dict[str, Any]:
    finding = located.finding
    resource = finding.violation.resource
    place = located.place or default
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(shown(place.file), safe="/"), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": place.line},
        }
    }
    where = ""
    if resource:
        where = f"{label(resource)}: "
        location["logicalLocations"] = [
            {"name": shown(resource.name), "fullyQualifiedName": shown(resource.urn), "kind": "resource"}
        ]
    result: dict[str, Any] = {
        "ruleId": finding.policy.id,
        "ruleIndex": rule,
        "level": "error" if finding.level == "mandatory" else "warning",
        # `[` begins a link in a SARIF message.
        "message": {"text": _unlinked(f"{where}{prose(finding.violation.message)}\nFix: {prose(finding.fix)}")},
        "locations": [location],
        # GitHub reads the first only; it is made from the URN, so that no line that moves changes it.
        "partialFingerprints": {"primaryLocationLineHash": fingerprint, "policyResourceProperty/v1": fingerprint},
    }
    if finding.violation.path:
        result["properties"] = {"property": shown(finding.violation.path)}
    if finding.exemption:
        status = "accepted" if finding.is_exempted else "rejected"
        result["suppressions"] = [
            {"kind": "external", "status": status, "justification": exemption(finding)},
        ]
    return result


def _unlinked(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
