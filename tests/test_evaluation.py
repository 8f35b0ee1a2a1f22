"""The rules of a run, with policies made for each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from policypack.config import Config, SourceConfig
from policypack.evaluation import Evaluation
from policypack.exemption import ExemptionsConfig
from policypack.model import UNKNOWN, Context, Resource, Stack
from policypack.pack import PACK, REPORT_POLICIES
from policypack.policy import Pack, Policy, resource_policy, stack_policy
from policypack.record import Record, report_policy
from policypack.settings import Override, apply_overrides
from policypack.testing import Secret, resource
from policypack.verdict import Level, Undecided, Verdicts, Violation
from tests.support import SilentProgram

THING = "test:index:Thing"


@resource_policy(id="is-red", title="Red", types=(THING,), severity="low", fix="Paint it.", url="https://a.example")
def is_red(thing: Resource, config: Config) -> Verdicts:
    colour = thing.get("colour")
    if colour.is_unknown:
        yield Undecided(colour, "is it red?")
    elif colour.text != "red":
        # With the stack at hand it is milder.
        yield Violation(colour, "It is not red.", level="advisory" if thing.is_in_stack else None)
    size = thing.get("size")
    if size.is_unknown and not thing.is_in_stack:
        yield Undecided(size)
    elif size.is_unknown:
        yield Violation(size, "It has no size.")


@resource_policy(id="has-twin", title="Twin", types=(THING,), severity="low", fix="Add one.", url="https://a.example")
def has_twin(thing: Resource, config: Config) -> Verdicts:
    if len(thing.stack.of_type(THING)) < 2:
        yield Violation(thing, "It has no twin.")


@stack_policy(id="is-small", title="Small", severity="low", enforcement="advisory", fix="Cut.", url="https://a.example")
def is_small(stack: Stack, config: Config) -> Verdicts:
    if len(stack.resources) > 1:
        yield Violation(None, "The stack is large.")


@report_policy(id="fails-to-report", title="F", severity="low", fix="No.", url="https://a.example")
def fails_to_report(record: Record, config: Config) -> Verdicts:
    if record.stack:
        raise ValueError
    yield from ()


def evaluation(*policies: Policy, **given: Override) -> Evaluation:
    """A run of some policies and of those that report on it."""
    pack = Pack("test", "0", "", (*policies, *REPORT_POLICIES))
    settings, problems = apply_overrides(pack.policies, {name.replace("_", "-"): said for name, said in given.items()})
    assert not problems
    return Evaluation(pack, settings, Context())


def said(record: Record) -> list[tuple[str, str, Level]]:
    """Of each finding of a record: its policy, the place and the level."""
    return [(each.policy.id, each.violation.path, each.level) for each in record.findings]


def test_a_violation_that_is_found_again_with_another_level_is_said_once() -> None:
    run, thing = evaluation(is_red), resource(THING, colour="blue", size=UNKNOWN)
    assert said(run.check_resource(thing)) == [("is-red", "colour", "mandatory")]
    assert said(run.check_stack([thing])) == [("is-red", "size", "mandatory")]


def test_the_same_message_about_another_value_is_another_finding() -> None:
    @resource_policy(id="is-on", title="On", types=(THING,), severity="low", fix="Turn on.", url="https://a.example")
    def is_on(thing: Resource, config: Config) -> Verdicts:
        for value in (thing.get("a"), thing.get("b")):
            if value.is_unknown and not thing.is_in_stack:
                yield Undecided(value)
            else:
                yield Violation(value, "It is off.")

    run, thing = evaluation(is_on), resource(THING, a=False, b=UNKNOWN)
    assert said(run.check_resource(thing)) == [("is-on", "a", "mandatory")]
    assert said(run.check_stack([thing])) == [("is-on", "b", "mandatory")]


def test_a_policy_that_asks_for_the_stack_too_early_is_asked_again() -> None:
    run, thing = evaluation(has_twin), resource(THING)
    first = run.check_resource(thing)
    assert (first.findings, first.undecided, first.failures) == ([], [], [])
    assert said(run.check_stack([thing])) == [("has-twin", "", "mandatory")]


def test_what_is_still_undecided_is_reported_with_the_stack() -> None:
    run, thing = evaluation(is_red), resource(THING, colour=UNKNOWN)
    assert [policy.id for policy, _ in run.check_resource(thing).undecided] == ["is-red"]
    record = run.check_stack([thing])
    assert [(policy.id, verdict.question) for policy, verdict in record.undecided] == [("is-red", "is it red?")]
    assert ("undecided-at-preview", "", "advisory") in said(record)


def test_all_at_once_is_found_what_is_found_in_two_stages() -> None:
    things = [
        resource(THING, "a", colour="red", size=UNKNOWN),
        resource(THING, "b", colour=UNKNOWN),
        resource(THING, "c", colour="red"),
    ]
    run = evaluation(is_red, is_small)
    *records, last = run.check_all(things)
    assert len(records) == len(things)
    assert last.stack is not None
    again = evaluation(is_red, is_small)
    in_stages = [*map(again.check_resource, things), again.check_stack(things)]
    assert sorted(each for record in (*records, last) for each in said(record)) == sorted(
        each for record in in_stages for each in said(record)
    )
    assert [policy.id for policy, _ in last.undecided] == [policy.id for policy, _ in in_stages[-1].undecided]


def test_a_resource_that_is_not_in_the_stack_gets_no_second_try() -> None:
    run = evaluation(is_red)
    run.check_resource(resource(THING, "old", colour=UNKNOWN))
    record = run.check_stack([resource(THING, "new")])
    assert record.undecided == []


@pytest.mark.parametrize(
    ("level", "counted"), [("mandatory", "mandatory"), ("remediate", "mandatory"), ("advisory", "advisory")]
)
def test_the_level_is_the_one_that_is_set(level: Level, counted: Level) -> None:
    run = evaluation(is_red, is_small, is_red=Override(level), is_small=Override(level))
    assert said(run.check_resource(resource(THING, colour="blue"))) == [("is-red", "colour", counted)]
    record = run.check_stack([resource(THING, "a"), resource(THING, "b")])
    assert said(record) == [("is-small", "", counted)]


@resource_policy(id="reads", title="Reads", types=(THING,), severity="low", fix="No.", url="https://a.example")
def reads(thing: Resource, config: SourceConfig) -> Verdicts:
    yield Violation(thing, f"{thing.context.project} {thing.context.program}")
    if not thing.is_in_stack:
        yield Undecided(thing.get("size"))


def test_a_resource_of_a_file_is_asked_about_in_the_context_of_the_run() -> None:
    # Its context was made before the settings were known.
    thing = resource(THING, with_context=Context(project="shop", program=SilentProgram()))
    for given, program in (({}, "SilentProgram"), ({"reads": Override(properties={"readSource": False})}, "None")):
        settings, _ = apply_overrides((reads,), given)
        first, last = Evaluation(Pack("test", "0", "", (reads,)), settings, thing.context).check_all([thing])
        assert program in first.findings[0].violation.message
        assert last.findings == []


def test_a_disabled_policy_is_not_asked() -> None:
    run = evaluation(is_red, is_small, is_red=Override("disabled"), is_small=Override("disabled"))
    thing = resource(THING, colour="blue")
    assert said(run.check_resource(thing)) == said(run.check_stack([thing, resource(THING, "b")])) == []


def test_a_report_policy_that_fails_is_reported_by_the_others() -> None:
    run = evaluation(fails_to_report)
    record = run.check_stack([resource(THING)])
    assert [each.policy.id for each in record.findings] == ["policy-failures"]
    assert "'fails-to-report' itself failed (ValueError" in record.findings[0].violation.message


def test_an_exemption_takes_the_finding_its_level_and_leaves_the_finding() -> None:
    exemption = {"reason": "agreed", "match": [{"policies": ["is-*"], "targets": ["*:Thing::it"]}]}
    run = evaluation(is_red, exemptions=Override(None, {"exemptions": [exemption]}))
    [finding] = run.check_resource(resource(THING, colour="blue")).findings
    assert (finding.level, finding.is_exempted) == ("advisory", True)
    assert finding.exemption
    assert finding.exemption.reason == "agreed"
    [other] = run.check_resource(resource(THING, "other", colour="blue")).findings
    assert (other.level, other.is_exempted) == ("mandatory", False)


def test_nothing_is_exempted_where_the_policy_of_exemptions_is_disabled() -> None:
    exemption = {"reason": "agreed", "match": [{"policies": ["*"], "targets": ["*"]}]}
    run = evaluation(is_red, exemptions=Override("disabled", {"exemptions": [exemption]}))
    assert said(run.check_resource(resource(THING, colour="blue"))) == [("is-red", "colour", "mandatory")]


def test_exemptions_are_found_in_whatever_policy_has_them() -> None:
    @report_policy(id="waivers", title="W", severity="low", enforcement="advisory", fix="No.", url="https://a.example")
    def waivers(record: Record, config: ExemptionsConfig) -> Verdicts:
        yield from ()

    exemption: dict[str, Any] = {"reason": "agreed", "match": [{"policies": ["*"], "targets": ["*"]}]}
    pack = Pack("test", "0", "", (is_red, waivers))
    settings, _ = apply_overrides(pack.policies, {"waivers": Override(None, {"exemptions": [exemption]})})
    run = Evaluation(pack, settings, Context())
    assert run.check_resource(resource(THING, colour="blue")).findings[0].is_exempted


@pytest.mark.parametrize(
    "properties", [{"pin": Secret("hunter2-canary")}, {"a": [{"pin": Secret({"x": "hunter2-canary"})}]}]
)
def test_a_secret_that_a_policy_writes_into_a_message_is_taken_out(properties: dict[str, Any]) -> None:
    @resource_policy(id="leaks", title="L", types=(THING,), severity="low", fix="No.", url="https://a.example")
    def leaks(thing: Resource, config: Config) -> Verdicts:
        yield Violation(thing, "The pin is hunter2-canary.", fix="Change hunter2-canary.")

    [finding] = evaluation(leaks).check_resource(resource(THING, **properties)).findings
    assert (finding.violation.message, finding.fix) == ("The pin is [secret].", "Change [secret].")
    [finding] = evaluation(leaks).check_resource(resource(THING, pin="hunter2-canary")).findings
    assert finding.violation.message == "The pin is hunter2-canary."


def test_many_threads_get_the_answers_of_one() -> None:
    things = [
        resource("aws:s3/bucket:Bucket", f"b{number}", acl="public-read", forceDestroy=bool(number % 2))
        for number in range(200)
    ]
    settings, _ = apply_overrides(PACK.policies, {})
    alone = Evaluation(PACK, settings, Context())
    expected = [said(alone.check_resource(thing)) for thing in things]
    together = Evaluation(PACK, settings, Context())
    with ThreadPoolExecutor(64) as threads:
        found = list(threads.map(lambda thing: said(together.check_resource(thing)), things))
    assert found == expected
    assert said(together.check_stack(things)) == said(alone.check_stack(things))


@resource_policy(id="parts-are-on", title="On", types=(THING,), severity="low", fix="Turn on.", url="https://a.example")
def parts_are_on(thing: Resource, config: Config) -> Verdicts:
    for value in thing.each("parts[]"):
        yield Violation(value, "It is off.")


@pytest.mark.parametrize("count", [50, 51, 5_000])
def test_of_one_policy_about_one_resource_fifty_findings_are_listed(count: int) -> None:
    findings = evaluation(parts_are_on).check_resource(resource(THING, parts=[False] * count)).findings
    assert [each.violation.path for each in findings[:50]] == [f"parts[{number}]" for number in range(50)]
    assert [(each.violation.path, each.level) for each in findings[50:]] == ([("", "mandatory")] if count > 50 else [])


@resource_policy(id="parts-differ", title="On", types=(THING,), severity="low", fix="Turn on.", url="https://a.example")
def parts_differ(thing: Resource, config: Config) -> Verdicts:
    parts = list(thing.each("parts[]"))
    for value in parts[: None if thing.is_in_stack else int(thing.get("early").number or 0)]:
        yield Violation(value, "It is off.")
    yield Undecided(thing.get("more"), "are there others?")


@pytest.mark.parametrize("early", [10, 50, 51, 80])
def test_both_tries_together_list_no_more_and_say_that_once(early: int) -> None:
    run = evaluation(parts_differ)
    thing = resource(THING, parts=[False] * 80, early=early)
    paths = [path for record in (run.check_resource(thing), run.check_stack([thing])) for _, path, _ in said(record)]
    assert paths == [f"parts[{number}]" for number in range(50)] + [""]
