"""Remediation: the fixed inputs that the engine gets back, and that nothing else changes in them."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2

from policypack.config import Config
from policypack.engine import remediation
from policypack.model import Resource
from policypack.policies.exemptions import exemptions
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation
from policypack.wire import SIGNATURE_KEY
from tests.engine.driver import Engine, secret, struct, urn

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
THING = "aws:test/thing:Thing"


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        ({}, "days", 90, {"days": 90}),
        ({"days": 7, "name": "logs"}, "days", 90, {"days": 90, "name": "logs"}),
        ({}, "enabled", True, {"enabled": True}),
        ({"mode": "optional"}, "mode", "required", {"mode": "required"}),
        ({}, "options.tokens", "required", {"options": {"tokens": "required"}}),
        ({"options": {"hops": 1}}, "options.tokens", "r", {"options": {"hops": 1, "tokens": "r"}}),
        ({"options": None}, "options.tokens", "r", {"options": {"tokens": "r"}}),
        ({"a": [{"x": 1}, {"x": 2}]}, "a[1].x", 3, {"a": [{"x": 1}, {"x": 3}]}),
        ({"a": [{"x": 1}]}, "a[0].b.c", True, {"a": [{"x": 1, "b": {"c": True}}]}),
        ({"tags": {"a": "1"}}, "tags", {"b": "2"}, {"tags": {"a": "1", "b": "2"}}),
        ({}, "tags", {"b": "2"}, {"tags": {"b": "2"}}),
        ({"list": ["a"]}, "list", ["b", "c"], {"list": ["b", "c"]}),
        ({"o": secret({"x": 1, "y": UNKNOWN})}, "o.x", 2, {"o": secret({"x": 2, "y": UNKNOWN})}),
        ({"x": secret("old")}, "x", "new", {"x": secret("new")}),
        ({"x": UNKNOWN, "y": secret("z")}, "w", 1, {"x": UNKNOWN, "y": secret("z"), "w": 1}),
    ],
)
def test_a_value_is_written_where_it_belongs(
    before: dict[str, Any], path: str, value: object, after: dict[str, Any]
) -> None:
    properties = struct(before)
    assert remediation.write(properties, path, value)
    assert json_format.MessageToDict(properties) == after


@pytest.mark.parametrize(
    ("before", "path", "value"),
    [
        ({"options": [{"tokens": "optional"}]}, "options.tokens", "required"),
        ({"options": ["a"]}, "options.tokens", "required"),
        ({"options": "text"}, "options.tokens", "required"),
        ({"options": UNKNOWN}, "options.tokens", "required"),
        ({"options": secret([{"x": 1}])}, "options.tokens", "required"),
        ({"options": {SIGNATURE_KEY: "c44067f5952c0a294b673a41bacd8c17", "text": "x"}}, "options.tokens", "required"),
        ({"a": {"b": 1}}, "a[0].b", 2),
        ({"a": [{"b": 1}]}, "a[1].b", 2),
        ({}, "a[0].b", 2),
        ({"a": None}, "a[0].b", 2),
        ({}, "", 2),
        ({}, "[0]", 2),
        ({"tags": [{"key": "a", "value": "1"}]}, "tags", {"b": "2"}),
        ({"tags": UNKNOWN}, "tags", {"b": "2"}),
    ],
)
def test_what_has_another_form_than_the_remediation_expects_stays(
    before: dict[str, Any], path: str, value: object
) -> None:
    properties = struct(before)
    assert not remediation.write(properties, path, value)
    assert properties == struct(before)


@resource_policy(
    id="has-days",
    title="It has days",
    types=(THING,),
    severity="low",
    fix="Set days.",
    url="https://example.com",
    remediates=True,
)
def has_days(thing: Resource, config: Config) -> Verdicts:
    if thing.get("days").is_unknown:
        yield Undecided(thing.get("days"))
    elif thing.get("days").number != 90:
        yield Violation(thing.get("days"), "days is wrong.", remediation=90)
    if thing.get("never").is_true:
        yield Violation(thing.get("never"), "never is wrong, and only a person can tell what is right.")


@resource_policy(
    id="has-twice", title="T", types=(THING,), severity="low", fix="Set it.", url="https://example.com", remediates=True
)
def has_twice(thing: Resource, config: Config) -> Verdicts:
    yield Violation(thing.get("twice"), "twice is wrong.", remediation=2 * (thing.get("days").number or 0))


@resource_policy(
    id="fails-here", title="F", types=(THING,), severity="low", fix="No.", url="https://example.com", remediates=True
)
def fails_here(thing: Resource, config: Config) -> Verdicts:
    yield Violation(thing.get("days"), "days is wrong.", remediation=1)
    raise ValueError("canary")


def remediate(engine: Engine, type_: str = THING, **properties: Any) -> list[tuple[str, Any]]:
    request = analyzer_pb2.AnalyzeRequest(type=type_, urn=urn(type_, "it"), name="it", properties=struct(properties))
    response = engine.analyzer.Remediate(request, engine.context)
    return [(each.policyName, json_format.MessageToDict(each.properties)) for each in response.remediations]


REMEDIATE = (analyzer_pb2.REMEDIATE, dict[str, Any]())


def test_a_policy_remediates_where_its_level_says_so() -> None:
    engine = Engine(has_days)
    assert remediate(engine, days=7) == []
    engine.configure(has_days=REMEDIATE)
    assert remediate(engine, days=7, name="x") == [("has-days", {"days": 90, "name": "x"})]
    assert engine.analyze(THING, "it", days=90, name="x") == []


@pytest.mark.parametrize("properties", [{"days": 90}, {"days": UNKNOWN}, {"days": 90, "never": True}])
def test_what_is_right_unknown_or_for_people_to_decide_is_left(properties: dict[str, Any]) -> None:
    engine = Engine(has_days)
    engine.configure(has_days=REMEDIATE)
    assert remediate(engine, **properties) == []


def test_other_types_are_left() -> None:
    engine = Engine(has_days)
    engine.configure(has_days=REMEDIATE)
    assert remediate(engine, "aws:test/other:Other", days=7) == []


def test_each_value_builds_on_the_one_before() -> None:
    engine = Engine(has_days, has_twice)
    engine.configure(has_days=REMEDIATE, has_twice=REMEDIATE)
    assert remediate(engine) == [("has-days", {"days": 90}), ("has-twice", {"days": 90, "twice": 180})]


def test_a_policy_that_fails_changes_nothing_and_says_so_at_analyze() -> None:
    engine = Engine(fails_here, has_days)
    engine.configure(fails_here=REMEDIATE, has_days=REMEDIATE)
    assert remediate(engine, days=7) == [("has-days", {"days": 90})]
    found = engine.analyze(THING, "it", days=90)
    assert [each.policyName for each in found] == ["fails-here", "policy-failures"]


def test_what_is_exempted_is_not_remediated() -> None:
    engine = Engine(has_days, exemptions)
    match = {"policies": ["has-days"], "targets": ["it"]}
    exempted = {"exemptions": [{"reason": "agreed", "match": [match]}]}
    engine.configure(has_days=REMEDIATE, exemptions=(analyzer_pb2.ADVISORY, exempted))
    assert remediate(engine, days=7) == []
    [found] = engine.analyze(THING, "it", days=7)
    assert found.enforcementLevel == analyzer_pb2.ADVISORY
