"""The policy that says which policies failed: whether its findings stop the update."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.config import Config, parse_config
from policypack.exemption import RunExemptions
from policypack.model import Context, Resource, Stack
from policypack.policies.failures import policy_failures
from policypack.policy import resource_policy
from policypack.record import Failure, Record
from policypack.testing import resource
from policypack.verdict import Level, Verdicts

THING = resource("aws:s3/bucket:Bucket", "thing")


@resource_policy(id="fails", title="F", types=(THING.type,), severity="low", fix="No.", url="https://example.com")
def fails(thing: Resource, config: Config) -> Verdicts:
    yield from ()


def found(level: Level, at: Resource | None = THING, **config: Any) -> list[tuple[str, Any]]:
    failure = Failure(fails, level, at, "ValueError", "failures.py:1")
    record = Record(RunExemptions(Context().today), Stack([THING], THING.context), failures=[failure])
    parsed = parse_config("policy-failures", policy_failures.config_type, config)
    verdicts: list[Any] = list(policy_failures.check(record, parsed))
    return [(each.message, each.level) for each in verdicts]


@pytest.mark.parametrize(
    ("level", "config", "expected"),
    [
        ("mandatory", {}, "mandatory"),
        ("remediate", {}, "mandatory"),
        ("advisory", {}, "advisory"),
        ("advisory", {"block": "always"}, "mandatory"),
        ("mandatory", {"block": "never"}, "advisory"),
        ("mandatory", {"block": "as-policy"}, "mandatory"),
    ],
)
def test_a_failure_stops_the_update_as_config_says(level: Level, config: dict[str, Any], expected: str) -> None:
    [(message, said)] = found(level, **config)
    assert said == expected
    assert message == (
        "The policy 'fails' itself failed (ValueError at failures.py:1) and did not check this resource."
    )


def test_a_failure_of_a_stack_policy_is_the_stacks() -> None:
    [(message, _)] = found("mandatory", None)
    assert message.endswith("did not check this stack.")
