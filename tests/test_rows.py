"""Kinds of rows: what each finds in values that are right, wrong, absent and unknown, and what it says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policypack.model import Context, Resource, Stack
from policypack.requirement import FoldedConfig, Requirement, Row, controls_of, fold_table, has
from policypack.rows import AtLeast, Companion, Containers, Denied, Document, Entry, Includes, OneOf, Unset
from policypack.testing import UNKNOWN, ref, resource
from policypack.verdict import Undecided, Verdict, Violation

TYPE = "aws:rds/instance:Instance"
WITH: dict[str, Any] = {"means": "it is wrong", "note": "Mind the cost.", "controls": ("FSBP RDS.1",)}
DENIED = Denied("protocols[]", ("FTP",), 'Use "SFTP".', **WITH)
UNSET = Unset("name", **WITH)
INCLUDES = Includes("logs", ("audit", "error"), **WITH)
ANY = Includes("logs", **WITH)
LEAST = AtLeast("days", 7, 1, **WITH)
ENTRY = Entry("settings", {"name": "insights"}, "value", ("enabled", "enhanced"), **WITH)
PUBLISHED = Entry("settings", {"name": "insights"}, "value", absent_is_right=True, missing_is_right=True, **WITH)
DOCUMENT = Document("document", "Encryption.On", **WITH)
ONE_OF = OneOf(("a.on", "b.on"), **WITH)
READ_ONLY = Containers("readonlyRootFilesystem", ("true",), **WITH)
USER = Containers("user", denied=("root", "0"), absent_is_right=True, instead="Set another user.", **WITH)


def found(row: Row, **inputs: Any) -> list[Verdict]:
    return list(row.check(resource(TYPE, **inputs)))


def containers(*each: dict[str, Any]) -> str:
    return json.dumps(each)


@pytest.mark.parametrize(
    ("row", "inputs", "path", "said", "fix"),
    [
        (DENIED, {"protocols": ["SFTP", "ftp"]}, "protocols[1]", 'protocols[1] is "ftp": it is wrong.', 'Use "SFTP".'),
        (UNSET, {"name": "it"}, "name", 'name is "it": it is wrong.', "Leave name out."),
        (INCLUDES, {}, "logs", "logs is not set: it is wrong.", 'Set logs with "audit" and "error".'),
        (INCLUDES, {"logs": ["error"]}, "logs", 'logs is without "audit": it is wrong.', 'Add "audit" to logs.'),
        (ANY, {"logs": []}, "logs", "logs is not set: it is wrong.", "Set logs."),
        (LEAST, {"days": 6}, "days", "days is 6: it is wrong.", "Set days to 7 or more."),
        (LEAST, {"days": "0"}, "days", 'days is "0": it is wrong.', "Set days to 7 or more."),
        (LEAST, {}, "days", "days is not set, which means 1: it is wrong.", "Set days to 7 or more."),
        (
            ENTRY,
            {"settings": [{"name": "other", "value": "enabled"}]},
            "settings",
            'settings has no entry with name "insights": it is wrong.',
            'Add an entry with name "insights" and value "enabled" to settings.',
        ),
        (
            ENTRY,
            {"settings": [{"name": "insights", "value": "disabled"}]},
            "settings[0].value",
            'settings[0].value of the entry with name "insights" is "disabled": it is wrong.',
            'Set settings[0].value to "enabled".',
        ),
        (
            PUBLISHED,
            {"settings": [{"name": "insights", "value": False}]},
            "settings[0].value",
            'settings[0].value of the entry with name "insights" is false: it is wrong.',
            "Set settings[0].value to true.",
        ),
        (
            DOCUMENT,
            {"document": '{"Encryption": {"On": false}}'},
            "document",
            "Encryption.On in document is false: it is wrong.",
            "Set Encryption.On in document to true.",
        ),
        (
            DOCUMENT,
            {},
            "document",
            "Encryption.On in document is not set: it is wrong.",
            "Set Encryption.On in document to true.",
        ),
        (
            ONE_OF,
            {"a": {"on": False}},
            "a.on",
            "None of a.on, b.on is true: it is wrong.",
            "Set a.on, or another of these, to true.",
        ),
        (
            READ_ONLY,
            {"containerDefinitions": containers({"ReadonlyRootFilesystem": True}, {})},
            "containerDefinitions[1].readonlyRootFilesystem",
            "readonlyRootFilesystem of a container is not set: it is wrong.",
            "Set readonlyRootFilesystem of the container to true.",
        ),
        (
            USER,
            {"containerDefinitions": containers({"user": "ROOT"})},
            "containerDefinitions[0].user",
            'user of a container is "ROOT": it is wrong.',
            "Set another user.",
        ),
    ],
)
def test_a_wrong_value_is_reported_with_its_fix(
    row: Row, inputs: dict[str, Any], path: str, said: str, fix: str
) -> None:
    (verdict,) = found(row, **inputs)
    assert isinstance(verdict, Violation)
    assert (verdict.path, verdict.message) == (path, said)
    assert verdict.fix == f"{fix} Mind the cost."
    assert verdict.controls == ("FSBP RDS.1",)


@pytest.mark.parametrize(
    ("row", "inputs"),
    [
        (DENIED, {"protocols": ["SFTP"]}),
        (DENIED, {}),
        (UNSET, {}),
        (UNSET, {"name": ""}),
        (INCLUDES, {"logs": ["error", "audit", UNKNOWN]}),
        (ANY, {"logs": [UNKNOWN]}),
        (LEAST, {"days": 7}),
        (ENTRY, {"settings": [{"name": "insights", "value": "Enhanced"}]}),
        (PUBLISHED, {"settings": [{"name": "insights"}]}),
        (PUBLISHED, {}),
        (DOCUMENT, {"document": '{"Encryption": {"On": true}}'}),
        (DOCUMENT, {"document": "not JSON"}),
        (ONE_OF, {"a": UNKNOWN, "b": {"on": True}}),
        (READ_ONLY, {"containerDefinitions": containers({"readonlyRootFilesystem": True})}),
        (USER, {"containerDefinitions": containers({}, {"user": "1000"})}),
        (USER, {}),
    ],
)
def test_a_right_value_is_not(row: Row, inputs: dict[str, Any]) -> None:
    assert found(row, **inputs) == []


@pytest.mark.parametrize(
    ("row", "inputs"),
    [
        (DENIED, {"protocols": UNKNOWN}),
        (UNSET, {"name": UNKNOWN}),
        (INCLUDES, {"logs": ["error", UNKNOWN]}),
        (INCLUDES, {"logs": UNKNOWN}),
        (LEAST, {"days": UNKNOWN}),
        (ENTRY, {"settings": UNKNOWN}),
        (ENTRY, {"settings": [{"name": UNKNOWN}]}),
        (ENTRY, {"settings": [{"name": "insights", "value": UNKNOWN}]}),
        (DOCUMENT, {"document": UNKNOWN}),
        (ONE_OF, {"a": {"on": False}, "b": UNKNOWN}),
        (READ_ONLY, {"containerDefinitions": UNKNOWN}),
    ],
)
def test_an_unknown_value_is_undecided(row: Row, inputs: dict[str, Any]) -> None:
    (verdict,) = found(row, **inputs)
    assert isinstance(verdict, Undecided)


def test_a_row_does_not_concern_every_resource() -> None:
    row = Denied("name", ("admin",), "Choose another.", unless=has("engine", "mysql"), means="it is guessed")
    assert found(row, name="admin", engine="mysql") == []
    assert len(found(row, name="admin", engine="postgres")) == 1
    (verdict,) = found(row, name="admin", engine=UNKNOWN)
    assert isinstance(verdict, Undecided)


def test_what_a_policy_says_of_all_rows_is_said_where_a_row_says_nothing() -> None:
    row = Requirement("encrypted")
    (verdict,) = row.check(resource(TYPE), "it is plain text")
    assert isinstance(verdict, Violation)
    assert verdict.message == "encrypted is not set: it is plain text."
    assert verdict.controls == ()


COMPANION = Companion("aws:ec2/flowLog:FlowLog", "vpcId", "There is no flow log", "Add one.", means="it is dark")


def stack(*resources: Resource) -> Stack:
    return Stack(resources, Context())


def test_a_companion_has_to_be_in_the_stack() -> None:
    vpc = resource("aws:ec2/vpc:Vpc", "main")
    (verdict,) = COMPANION.check(stack(vpc).of_type("aws:ec2/vpc:Vpc")[0])
    assert isinstance(verdict, Violation)
    assert (verdict.message, verdict.fix) == ("There is no flow log: it is dark.", "Add one.")
    both = stack(vpc, resource("aws:ec2/flowLog:FlowLog", "main", vpcId=ref(vpc)))
    assert list(COMPANION.check(both.of_type("aws:ec2/vpc:Vpc")[0])) == []
    maybe = stack(vpc, resource("aws:ec2/flowLog:FlowLog", "main", vpcId=UNKNOWN))
    (verdict,) = COMPANION.check(maybe.of_type("aws:ec2/vpc:Vpc")[0])
    assert isinstance(verdict, Undecided)


def test_a_table_is_folded_by_what_it_says() -> None:
    table = {TYPE: (Requirement("encrypted", controls=("FSBP RDS.3",)), LEAST)}
    both = stack(resource(TYPE, "a", days=7), resource(TYPE, "b", days=7))
    (verdict,) = fold_table(table, both, FoldedConfig(), "it is plain text")
    assert isinstance(verdict, Violation)
    assert verdict.at is None
    assert verdict.message.startswith("2 resources: encrypted is not set: it is plain text.\nThese are 'a' (Instance)")
    assert (verdict.controls, verdict.fix) == (("FSBP RDS.3",), "Set encrypted to true.")
    each = list(fold_table(table, both, FoldedConfig(per_resource=True), "it is plain text"))
    assert [verdict.path for verdict in each if isinstance(verdict, Violation)] == ["encrypted", "encrypted"]


def test_the_controls_of_tables_are_named_once() -> None:
    assert controls_of(
        {TYPE: (LEAST, ENTRY)},
        {TYPE: (LEAST,), "other": Requirement("x", controls=("FSBP RDS.2",))},
    ) == {TYPE: ("FSBP RDS.1",), "other": ("FSBP RDS.2",)}
