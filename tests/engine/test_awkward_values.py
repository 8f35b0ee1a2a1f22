"""Every property of every type that a policy looks at, with values that no program should have in it."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2

from policypack.wire import UNKNOWN_SENTINELS
from tests.engine.driver import Engine, output, secret, struct, urn
from tests.engine.test_any_request import TYPES
from tools import sdk_schema

pytestmark = pytest.mark.slow

LONG_NUMBER = "9" * 400
TOO_LONG_FOR_INT = "9" * 5000
CANARY = "Q7zW9kX4vB2nR8tL"
# What is no more than text, and text that a policy has a grammar for, with numbers in it that are not.
TEXTS = [
    LONG_NUMBER,
    TOO_LONG_FOR_INT,
    "nan",
    "-Infinity",
    "²",
    "a\0b\x1b[2J\r\n\u202e",
    "😀" * 30,
    "x" * 20_000,
    '{"Statement": [5, null, [], {"Effect": "Allow", "Action": {"a": 1}, "Resource": [[]], "Condition": [5]}]}',
    '[{"name": 5, "image": [], "cpu": 1e400, "environment": {"a": 1}, "secrets": [5]}, 5]',
    '{"a": "\\ud800", "Statement": {"Sid": "\\ud800"}}',
    "[" * 480 + "]" * 480,
    '{"Statement": {"Action": ' * 240 + "1" + "}" * 480,
    '{"cpu": ' + TOO_LONG_FOR_INT + "}",
    f"rate({LONG_NUMBER} days)",
    f"rate({TOO_LONG_FOR_INT} days)",
    f"cron(0 0 1 1-{TOO_LONG_FOR_INT}/{LONG_NUMBER} ? *)",
    f"0.{LONG_NUMBER}GB",
    f"{LONG_NUMBER} vCPU",
    f"db.r5.{TOO_LONG_FOR_INT}xlarge",
    f"{TOO_LONG_FOR_INT}.1",
]
OTHERS: list[Any] = [
    1e300,
    -1.0,
    float("nan"),
    float("inf"),
    True,
    [],
    {},
    [[]],
    [{}],
    [None],
    {"": ""},
    {"a": {"b": [5]}},
]


def shown(value: Any) -> str:
    """A value in the name of a test."""
    return ascii(value)[:20]


def filled(shape: sdk_schema.Shape, value: Any, depth: int = 4) -> Any:
    """A value of the property's shape with the awkward one in each place."""
    if depth and shape.kind == "object":
        return {name: filled(inner, value, depth - 1) for name, inner in shape.properties.items()}
    if depth and shape.element:
        inner = filled(shape.element, value, depth - 1)
        return [inner] if shape.kind == "list" else {"key": inner}
    return value


def findings(first: Any, second: Any, depth: int) -> list[str]:
    """What is found in a stack of all types whose properties have the one value at first, the other as outputs."""
    engine = Engine()
    engine.configure(undecided_at_preview=(analyzer_pb2.ADVISORY, {"each": True}))
    found: list[analyzer_pb2.AnalyzeDiagnostic] = []
    outputs = []
    for type_ in TYPES:
        if type_ in sdk_schema.resource_types():
            inputs = sdk_schema.inputs(type_)
            found += engine.analyze(type_, "it", **{name: filled(inputs[name], first, depth) for name in inputs})
            outputs.append(output(type_, "it", **{name: filled(inputs[name], second, depth) for name in inputs}))
    found += engine.analyze_stack(*outputs)
    assert found
    return [each.message for each in found]


def failures(first: Any, second: Any, depth: int) -> set[str]:
    """Which policies fail in such a stack, and where."""
    return {message.splitlines()[0] for message in findings(first, second, depth) if "itself failed" in message}


@pytest.mark.parametrize("value", TEXTS, ids=shown)
def test_texts_in_every_place(value: str) -> None:
    assert failures(value, value, depth=4) == set()


@pytest.mark.parametrize("value", OTHERS, ids=shown)
def test_values_of_other_types_in_every_place(value: Any) -> None:
    assert failures(value, value, depth=4) == set()


@pytest.mark.parametrize("value", [*TEXTS[:3], *OTHERS, secret(LONG_NUMBER), secret([secret({"a": "b"})])], ids=shown)
def test_values_in_the_place_of_a_block(value: Any) -> None:
    assert failures(value, value, depth=0) == set()


@pytest.mark.parametrize(
    ("first", "second"), [("a", [5]), ({"a": "b"}, "a"), ([{}], 1e300), (min(UNKNOWN_SENTINELS), {})]
)
def test_values_of_another_type_at_the_second_stage(first: Any, second: Any) -> None:
    assert failures(first, second, depth=4) == set()


@pytest.mark.parametrize("depth", [0, 4])
@pytest.mark.parametrize("inner", ["x", "Enabled", [], {CANARY: "x"}, min(UNKNOWN_SENTINELS)], ids=shown)
def test_no_message_tells_the_keys_of_a_secret_map(inner: Any, depth: int) -> None:
    hidden = secret({CANARY: inner, "a": {CANARY: inner}})
    assert [message for message in findings(hidden, hidden, depth) if CANARY in message] == []


def wire(field: int, data: bytes) -> bytes:
    """A field of a message, with its length, as protobuf writes it."""
    length, encoded = len(data), b""
    while length > 0x7F:
        encoded += bytes((length & 0x7F | 0x80,))
        length >>= 7
    return bytes((field << 3 | 2,)) + encoded + bytes((length,)) + data


def nested(depth: int, kind: str) -> bytes:
    """A protobuf Value of so many lists or objects in each other."""
    value = wire(3, b"*")
    for _ in range(depth):
        value = wire(6, wire(1, value)) if kind == "list" else wire(5, wire(1, wire(1, b"a") + wire(2, value)))
    return value


@pytest.mark.parametrize("type_", ["aws:s3/bucketPolicy:BucketPolicy", "aws:cloudwatch/logGroup:LogGroup"])
@pytest.mark.parametrize(("kind", "depth"), [("list", 497), ("list", 3000), ("object", 330), ("object", 2000)])
def test_any_nesting_that_the_engine_can_send(type_: str, kind: str, depth: int) -> None:
    deep = {name: nested(depth, kind) for name in ("policy", "password", "tags")}
    encoded = b"".join(wire(1, wire(1, name.encode()) + wire(2, value)) for name, value in deep.items())
    engine = Engine()
    request = analyzer_pb2.AnalyzeRequest(
        type=type_, name="it", urn=urn(type_, "it"), properties=struct({"retentionInDays": 3})
    )
    request.properties.MergeFromString(encoded)
    resource = output(type_, "it")
    resource.properties.MergeFromString(encoded)
    engine.configure(logs_retention=(analyzer_pb2.REMEDIATE, {}))
    found = [*engine.analyzer.Analyze(request, engine.context).diagnostics, *engine.analyze_stack(resource)]
    assert not [each for each in found if "itself failed" in each.message]
    remediated = engine.analyzer.Remediate(request, engine.context)
    assert [each.policyName for each in remediated.remediations] == ["logs-retention"] * ("logGroup" in type_)
    assert len(remediated.SerializeToString()) >= len(encoded) * len(remediated.remediations)
