"""Values of which a part is unknown."""

import json
from typing import Any

import pytest

from policypack.model import (
    UNKNOWN,
    Context,
    PartialDocument,
    PartialText,
    Place,
    Reference,
    Resource,
    Secret,
    Unknown,
    Value,
    Written,
    WrittenMap,
    document_of,
)
from policypack.model.value import value_of
from policypack.testing import resource
from tests.support import SilentProgram

ARN = Reference("queue.arn")
HERE = Place("app.py", 3)


class Program(SilentProgram):
    """A program that says one thing of every unknown value."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.asked: list[str] = []

    def written(self, of: Resource, path: str) -> Written | None:
        self.asked.append(path)
        return None if self._raw is None else Written(self._raw, HERE)


def value(raw: Any, says: Any = None) -> Value:
    """The value of a property of a resource whose program says something of it."""
    return value_of(resource("test:index:It", with_context=Context(program=Program(says))), "a", raw)


def test_every_kind_of_unknown_reads_as_unknown() -> None:
    for raw in (ARN, PartialText(("a", UNKNOWN)), PartialDocument({"a": 1})):
        unknown = value(raw)
        assert unknown.is_unknown
        assert not unknown.is_known
        assert unknown.text == ""
        assert unknown.get("x").raw is UNKNOWN
        assert [each.raw for each in unknown.each("[]")] == [UNKNOWN]


def test_a_missing_key_of_an_open_map_is_unknown() -> None:
    written = value(WrittenMap({"b": 1}, HERE, {"b": Place("app.py", 4)}, is_open=True))
    assert (written.get("b").raw, written.get("c").is_unknown) == (1, True)
    assert value(WrittenMap({"b": 1})).get("c").is_absent


def test_a_value_knows_its_line() -> None:
    inner = WrittenMap({"c": "x"}, Place("app.py", 5))
    written = value(WrittenMap({"b": [inner], "d": 1}, HERE, {"d": Place("app.py", 9)}))
    [element] = written.each("b[]")
    assert (written.place, written.get("d").place, element.get("c").place) == (
        HERE,
        Place("app.py", 9),
        Place("app.py", 5),
    )
    assert [each.place for _, each in written.entries()] == [HERE, Place("app.py", 9)]


def test_only_an_unknown_value_is_looked_up_in_the_program() -> None:
    known = value("x", "y")
    assert known.as_written is known
    assert known.resource.context.program.asked == []  # type: ignore[union-attr]
    written = value(UNKNOWN, "y").as_written
    assert (written.raw, written.path, written.place) == ("y", "a", HERE)
    assert value(UNKNOWN).as_written.raw is UNKNOWN
    without = resource("test:index:It", a=UNKNOWN).get("a")
    assert without.as_written is without


def test_what_is_secret_stays_secret() -> None:
    assert value(Secret(UNKNOWN), "y").as_written.is_secret
    assert value(UNKNOWN, Secret("y")).as_written.is_secret
    assert value(Secret(PartialText(("hunter2", UNKNOWN)))).shown == "unknown"
    assert value(PartialText(("a", UNKNOWN, "\n"))).shown == '"a…\\n"'


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ('{"A": 1}', {"A": 1}),
        ("no JSON", None),
        ({"A": ARN}, {"A": ARN}),
        (PartialDocument([{"A": ARN}]), [{"A": ARN}]),
        (PartialText(('{"A": "', ARN, '"}')), {"A": ARN}),
        (UNKNOWN, UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_a_document_is_what_the_program_says_of_it(says: Any, expected: Any) -> None:
    document = value(UNKNOWN, says).json()
    assert document.raw == expected
    assert not isinstance(expected, dict) or document.json(decapitalize=False).raw == expected


def test_keys_are_read_with_small_initials() -> None:
    content = WrittenMap({"Image": "x", "Inner": [WrittenMap({"A": ARN}, is_open=True)]}, HERE, {"Image": HERE})
    read = value(UNKNOWN, PartialDocument(content)).json(decapitalize=True)
    assert read.raw == {"image": "x", "inner": [{"a": ARN}]}
    assert read.get("image").place == HERE
    assert next(read.each("inner[]")).get("b").is_unknown


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (('{"a": ', UNKNOWN, "}"), {"a": UNKNOWN}),
        (('{"a": "x', ARN, '/*"}'), {"a": PartialText(("x", ARN, "/*"))}),
        (('{"a": ["\\"', ARN, '", ', UNKNOWN, "]}"), {"a": [PartialText(('"', ARN)), UNKNOWN]}),
        (('{"a": "', ARN, UNKNOWN, '"}'), {"a": PartialText((ARN, UNKNOWN))}),
        (('{"a": 1, ', UNKNOWN, "}"), None),
        ((UNKNOWN, ""), UNKNOWN),
        (('{"a": "\ue0000\ue001', ARN, '"}'), UNKNOWN),
        (("[" * 100_000, UNKNOWN), UNKNOWN),
    ],
)
def test_the_document_in_a_text_with_unknown_parts(parts: tuple[str | Unknown, ...], expected: Any) -> None:
    assert document_of(PartialText(parts)) == expected


def test_a_map_with_an_unknown_key_in_a_text_is_open() -> None:
    read = document_of(PartialText(('{"a": 1, "', ARN, ':sub": 2}')))
    assert isinstance(read, WrittenMap)
    assert read.is_open


def test_nothing_of_a_text_is_in_its_repr() -> None:
    canary = PartialText(("hunter2", UNKNOWN))
    assert "hunter2" not in repr((canary, PartialDocument({"a": "hunter2"})))
    assert json.dumps(canary.filled("…")) == '"hunter2\\u2026"'
