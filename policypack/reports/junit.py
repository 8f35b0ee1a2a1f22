"""
The report for test dashboards: JUnit XML as Jenkins, GitLab and their like read it
(https://github.com/testmoapp/junitxml; https://docs.gitlab.com/ci/testing/unit_test_reports/).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from policypack.policy import Policy
from policypack.reports.report import Located, Report
from policypack.reports.wording import exemption, label, line, prose, shown, subject_of, summary, title


def write(reports: Sequence[Report], out: TextIO) -> None:
    """
    Writes a test suite for each report: a test for each finding, and a passed one for each policy that found nothing.

    A finding that is to stop whoever asked is a failed test. One that is not, or that is exempted, is a skipped test:
    the format has no warnings.
    """
    suites = Element("testsuites", name=f"{reports[0].pack.name} {reports[0].pack.version}")
    for report in reports:
        suites.append(_suite(report))
    for name in ("tests", "failures", "skipped", "errors"):
        suites.set(name, str(sum(int(suite.attrib[name]) for suite in suites)))
    ElementTree.indent(suites)
    out.write('<?xml version="1.0" encoding="utf-8"?>\n')
    out.write(f"{ElementTree.tostring(suites, encoding='unicode')}\n")


def _suite(report: Report) -> Element:
    suite = Element("testsuite", name=title(report), timestamp=f"{report.today}T00:00:00")
    tests = [*map(_found, report.findings), *map(_passed, _silent(report))]
    if not report.is_complete:
        tests.append(incomplete := _test("run", "whole-stack"))
        SubElement(incomplete, "error", message=summary(report)[0])
    suite.extend(tests)
    suite.set("tests", str(len(tests)))
    for kind, name in (("failure", "failures"), ("skipped", "skipped"), ("error", "errors")):
        suite.set(name, str(sum(test.find(kind) is not None for test in tests)))
    SubElement(suite, "system-out").text = "\n".join(summary(report))
    return suite


def _silent(report: Report) -> Iterator[Policy]:
    """The enabled policies that found nothing, where it is known that they would have."""
    if not report.is_complete:
        return
    found = {each.finding.policy.id for each in report.findings} | {each.policy.id for each in report.failures}
    for policy in report.pack.policies:
        if policy.id not in found and report.settings[policy.id].level != "disabled":
            yield policy


def _test(concern: str, name: str) -> Element:
    return Element("testcase", classname=concern, name=name)


def _passed(policy: Policy) -> Element:
    return _test(policy.concern, policy.id)


def _found(located: Located) -> Element:
    finding = located.finding
    path = f".{shown(finding.violation.path)}" if finding.violation.path else ""
    test = _test(finding.policy.concern, f"{finding.policy.id}: {label(subject_of(finding))}{path}")
    if located.place:
        test.set("file", shown(located.place.file))
        test.set("line", str(located.place.line))
    first, *others = prose(finding.violation.message).split("\n")
    if located.fails:
        failure = SubElement(test, "failure", type=finding.policy.severity, message=first)
        details = [first, *others, f"Fix: {prose(finding.fix)}", f"See: {finding.policy.url}"]
        if finding.violation.resource:
            details.append(f"Resource: {shown(finding.violation.urn)}")
        if located.place:
            details.append(f"Line: {line(located.place)}")
        failure.text = "\n".join([*filter(None, [exemption(finding)]), *details])
    else:
        SubElement(test, "skipped", message=exemption(finding) or f"advisory: {first}")
    return test
