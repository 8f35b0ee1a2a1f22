"""Our analyzer finds what pulumi_policy's own finds, on requests made up for every policy of the pack."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi.runtime.proto import analyzer_pb2

from tests.differential import compare
from tests.engine.driver import output, struct, urn
from tests.engine.test_any_request import TYPES, resources
from tools.recording import Recording

pytestmark = pytest.mark.broad


def recording(*drawn: tuple[str, dict[str, Any]]) -> Recording:
    """The two stages of an update in which every output is an input."""
    made = Recording(analyzer_pb2.AnalyzerStackConfigureRequest())
    for number, (type_, properties) in enumerate(drawn):
        name = f"r{number}"
        made.resources.append(
            analyzer_pb2.AnalyzeRequest(type=type_, name=name, urn=urn(type_, name), properties=struct(properties))
        )
        made.stack.resources.append(output(type_, name, **properties))
    return made


@pytest.mark.parametrize("type_", TYPES)
def test_a_resource_that_sets_nothing(type_: str) -> None:
    ours, theirs = compare(recording((type_, {})))
    assert ours == theirs


KNOWN = st.none() | st.booleans() | st.integers(0, 100) | st.sampled_from(["HTTP", "Enabled", "aws:kms", "true", "x"])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(resources(KNOWN), max_size=4))
def test_any_stack_whose_values_are_known(drawn: list[tuple[str, dict[str, Any]]]) -> None:
    ours, theirs = compare(recording(*drawn))
    assert ours == theirs
