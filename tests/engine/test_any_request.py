"""Whatever the engine sends: no exception, no policy that fails, no secret in an answer."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi.runtime.proto import analyzer_pb2

from policypack.wire import UNKNOWN_SENTINELS
from tests.engine.driver import Engine, output, secret, struct, urn
from tests.support import SDK_TYPES
from tools import sdk_schema

CANARY = "zugspitze-Password2024"
TYPES = SDK_TYPES

LEAVES = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(sorted(UNKNOWN_SENTINELS))
    | st.just(secret(CANARY))
    | st.just(secret('{"password": "' + CANARY + '"}'))
    | st.sampled_from(["HTTP", "Enabled", "aws:kms", "true", "redirect", "Reference-Security-Policy", "SecureString"])
)


def shaped(shape: sdk_schema.Shape, leaves: st.SearchStrategy[Any], depth: int) -> st.SearchStrategy[Any]:
    """Values as the schema has them, or a leaf in their place."""
    if depth == 0:
        return leaves
    if shape.kind == "object":
        names = {name: shaped(inner, leaves, depth - 1) for name, inner in list(shape.properties.items())[:12]}
        return leaves | st.fixed_dictionaries({}, optional=names)
    if shape.element:
        inner = shaped(shape.element, leaves, depth - 1)
        many = st.lists(inner, max_size=3) if shape.kind == "list" else st.dictionaries(st.text(max_size=8), inner)
        return leaves | many
    return leaves


@st.composite
def resources(draw: st.DrawFn, leaves: st.SearchStrategy[Any] = LEAVES) -> tuple[str, dict[str, Any]]:
    type_ = draw(st.sampled_from(TYPES) | st.text(max_size=30))
    if type_ not in sdk_schema.resource_types():
        return type_, draw(st.dictionaries(st.text(max_size=8), leaves, max_size=5))
    names = draw(st.lists(st.sampled_from(sorted(sdk_schema.inputs(type_))), max_size=8, unique=True))
    return type_, {name: draw(shaped(sdk_schema.inputs(type_)[name], leaves, 3)) for name in names}


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(resources(), max_size=5))
def test_any_stack(drawn: list[tuple[str, dict[str, Any]]]) -> None:
    engine = Engine()
    found = []
    messages = []
    previous = ""
    for number, (type_, properties) in enumerate(drawn):
        name = f"r{number}"
        found += engine.analyze(type_, name, **properties)
        message = output(type_, name, **properties)
        for key in properties:
            if previous:
                message.propertyDependencies[key].urns.append(previous)
        messages.append(message)
        previous = urn(type_, name)
    found += engine.analyze_stack(*messages)
    text = "\n".join(str(diagnostic) for diagnostic in found)
    assert "itself failed" not in text
    assert "zugspitze" not in text


def test_a_request_of_a_hundred_thousand_properties_and_one_of_fifty_megabytes() -> None:
    engine = Engine()
    many: dict[str, Any] = {f"property{number}": "x" for number in range(100_000)}
    long: dict[str, Any] = {"secretString": secret("x" * 50_000_000)}
    for properties in (many, long):
        type_ = "aws:secretsmanager/secretVersion:SecretVersion"
        request = analyzer_pb2.AnalyzeRequest(
            type=type_, name="big", urn=urn(type_, "big"), properties=struct(properties)
        )
        diagnostics = engine.analyzer.Analyze(request, engine.context).diagnostics
        stack = engine.analyze_stack(output(type_, "big", **properties))
        assert len(str(diagnostics)) + len(str(stack)) < 10_000
