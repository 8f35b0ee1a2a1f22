"""What formats share: order, repeats, and the summary."""

from __future__ import annotations

from policypack.model import UNKNOWN
from policypack.reports.wording import by_resource, entries, service, summary, title
from policypack.testing import resource
from tests.reports.support import bucket, exempting, policy, run

FAILS = policy("low-one", "low.", severity="low")
WORST = policy("critical-one", "critical.", severity="critical", enforcement="advisory")


def test_the_worst_comes_first_and_what_is_exempted_last() -> None:
    report = run(bucket("a", acl="x"), policies=[FAILS, WORST, policy("high-one", "high.")])
    assert [entry.policy.id for entry in entries(report.findings)] == ["critical-one", "high-one", "low-one"]
    report = run(bucket("a", acl="x"), bucket("b", acl="x"), policies=[FAILS, WORST], config=exempting("a"))
    assert [(entry.policy.id, entry.is_exempted) for entry in entries(report.findings)] == [
        ("critical-one", False),
        ("low-one", False),
        ("exemptions", False),
        ("critical-one", True),
        ("low-one", True),
    ]


def test_what_repeats_is_one_entry_with_its_resources() -> None:
    report = run(*(bucket(name, acl="x") for name in "abc"), policies=[WORST, FAILS])
    [(resources, group)] = by_resource(entries(report.findings))
    assert [each.name for each in resources if each] == ["a", "b", "c"]
    assert [entry.message for entry in group] == ["critical.", "low."]


def test_other_words_are_another_entry() -> None:
    report = run(*(bucket(name, acl="x") for name in "ab"))
    assert len(entries(report.findings)) == 2


def test_the_summary_counts_what_was_checked_found_exempted_and_undecided() -> None:
    report = run(
        *(bucket(name, acl="x") for name in "abc"),
        bucket("d", acl=UNKNOWN),
        policies=[FAILS, WORST],
        config=exempting("a"),
        preset="fintech",
        notes=("A note.",),
    )
    assert summary(report) == [
        "Checked 4 resources with 2 policies, as fintech sets them.",
        "2 mandatory findings: 2 low; 4 advisory findings: 2 critical, 2 low.",
        "2 findings are exempted.",
        "1 value could not be decided, so 2 policies could not check it.",
        "A note.",
    ]


def test_a_title_names_the_stack_and_the_file() -> None:
    assert title(run(source="preview.json")) == "test/dev (preview.json)"
    assert title(run()) == "test/dev"


def test_the_service_of_a_resource_is_its_module() -> None:
    assert service(bucket()) == "s3"
    assert service(resource("aws:index/getRegion:getRegion")) == "index"
    assert service(resource("random:index/randomPassword:RandomPassword")) == "random"
    assert service(None) == "stack"
