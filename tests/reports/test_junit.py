"""JUnit XML, read back by junitparser."""

from __future__ import annotations

from junitparser import Failure, JUnitXml, Skipped

from policypack.model import Place
from policypack.reports.report import Report
from tests.reports.support import bucket, exempting, policy, run, written
from tools.report_examples import report as example


def read(report: Report) -> JUnitXml:
    return JUnitXml.fromstring(written("junit", report).encode())


def test_counts_are_those_of_the_tests() -> None:
    report = example()
    suites = read(report)
    [suite] = suites
    cases = list(suite)
    failed = [case for case in cases if any(isinstance(each, Failure) for each in case.result)]
    skipped = [case for case in cases if any(isinstance(each, Skipped) for each in case.result)]
    assert suites.tests == suite.tests == len(cases)
    assert suites.failures == suite.failures == len(failed) == report.counts["mandatory"]
    assert suites.skipped == suite.skipped == len(skipped) == len(report.findings) - len(failed)
    found = {each.finding.policy.id for each in report.findings}
    assert len(cases) == len(report.findings) + len(set(report.settings) - found)


def test_a_failure_has_all_parts_of_the_finding() -> None:
    report = run(bucket("it", acl="x"), places={"it": Place("main.py", 7)})
    case = next(iter(next(iter(read(report)))))
    assert (case.classname, case.name) == ("support", "is-wrong: aws:s3/bucket:Bucket it.acl")
    [failure] = case.result
    assert (failure.message, failure.type) == ("acl of it is wrong.", "high")
    assert failure.text.splitlines() == [
        "acl of it is wrong.",
        "Fix: Set acl to private.",
        "See: https://example.com/buckets",
        "Resource: urn:pulumi:dev::test::aws:s3/bucket:Bucket::it",
        "Line: main.py:7",
    ]
    assert (case._elem.get("file"), case._elem.get("line")) == ("main.py", "7")


def test_what_stops_nothing_is_skipped() -> None:
    [suite] = read(run(bucket("it", acl="x"), policies=[policy("advises", "hm.", enforcement="advisory")]))
    assert [each.message for case in suite for each in case.result] == ["advisory: hm."]
    [suite] = read(run(bucket("it", acl="x"), config=exempting("it")))
    assert "Exempted: agreed" in [each.message for case in suite for each in case.result]


def test_a_run_that_ended_early_is_an_error_and_nothing_has_passed() -> None:
    suites = read(run(is_complete=False))
    assert (suites.tests, suites.errors) == (1, 1)
