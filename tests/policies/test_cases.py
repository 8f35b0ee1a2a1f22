"""The cases in docs/cases/: each policy reports the faulty program, and nothing in the corrected one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from policypack.pack import PACK
from policypack.testing import decide
from tests.support import POLICIES
from tools import sdk_schema
from tools.cases import Case, Declared, Json, Ref, cases, read
from tools.sdk_schema import Shape

CASES = [pytest.param(POLICIES[policy_id], case, id=policy_id) for policy_id, case in cases().items()]
PROGRAMS = [
    pytest.param(program, id=f"{policy_id}-{which}")
    for policy_id, case in cases().items()
    for which, program in (
        ("faulty", case.faulty),
        ("corrected", case.corrected),
        *((f"{control}-failing", proof.failing) for control, proof in case.controls.items()),
        *((f"{control}-passing", proof.passing) for control, proof in case.controls.items()),
    )
]
KINDS = {bool: "boolean", int: "number", float: "number", str: "string", Json: "string"}


def test_every_policy_with_a_rule_of_its_own_has_a_case() -> None:
    assert sorted(cases()) == sorted(policy.id for policy in PACK.policies if policy.stage != "report")


@pytest.mark.parametrize(("policy", "case"), CASES)
def test_the_faulty_program_is_faulty(policy: Any, case: Case) -> None:
    decision = decide(policy, *case.faulty.run(), config=case.config)
    assert decision.violations
    assert decision.undecided == []


@pytest.mark.parametrize(("policy", "case"), CASES)
def test_the_corrected_program_is_right(policy: Any, case: Case) -> None:
    decision = decide(policy, *case.corrected.run(), config=case.config)
    assert (decision.messages, decision.undecided) == ([], [])


@pytest.mark.parametrize(("policy", "case"), CASES)
def test_the_config_is_needed(policy: Any, case: Case) -> None:
    """An example is under the policy's defaults wherever these find the fault."""
    if case.config:
        decision = decide(policy, *case.faulty.run())
        assert decision.messages != decide(policy, *case.faulty.run(), config=case.config).messages


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_sdk_has_every_property(program: Any) -> None:
    for declared in program.resources:
        assert not list(_wrong(declared))


@pytest.mark.parametrize("program", PROGRAMS)
def test_references_are_to_resources_above(program: Any) -> None:
    above: dict[str, str] = {}
    for declared in program.resources:
        for ref in _references(declared.inputs):
            assert ref.output in {"id", *sdk_schema.outputs(above[ref.name])}
        above.setdefault(declared.name, declared.type)
    for ref in _references(program.outputs):
        assert ref.output in {"id", *sdk_schema.outputs(above[ref.name])}


@pytest.mark.parametrize(("policy", "case"), CASES)
def test_nobody_copies_a_password(policy: Any, case: Case) -> None:
    for declared in case.corrected.resources:
        for name in declared.inputs.keys() & sdk_schema.secret_inputs(declared.type):
            assert not isinstance(declared.inputs[name], str)


@pytest.mark.parametrize(
    ("faulty", "twice"),
    [
        ("{aws:s3/bucket:Bucket a: {}, aws:s3/bucket:Bucket a: {bucket: a}}", "aws:s3/bucket:Bucket a"),
        ("{aws:s3/bucket:Bucket a: {tags: {A: b, A: c}}}", "A"),
        ("{aws:iam/policy:Policy a: {policy: !json {Version: '1', Version: '2'}}}", "Version"),
    ],
)
def test_no_key_may_occur_twice(faulty: str, twice: str) -> None:
    with pytest.raises(yaml.YAMLError, match=f"'{twice}' occurs twice"):
        read(f"{{faulty: {faulty}, corrected: {{}}}}")


def _wrong(declared: Declared) -> Iterator[str]:
    """What the SDK does not have, or has as another kind of value."""
    inputs = sdk_schema.inputs(declared.type)
    for name, value in declared.inputs.items():
        yield from _mismatches(value, inputs.get(name), name)


def _mismatches(value: Any, shape: Shape | None, path: str) -> Iterator[str]:
    if shape is None:
        yield f"{path} does not exist"
    elif isinstance(value, dict):
        if shape.kind not in ("object", "map"):
            yield f"{path} is a {shape.kind}"
        for key, each in value.items():
            yield from _mismatches(each, shape.step(key), f"{path}.{key}")
    elif isinstance(value, list):
        if shape.kind != "list":
            yield f"{path} is a {shape.kind}"
        for each in value:
            yield from _mismatches(each, shape.element, f"{path}[]")
    elif KINDS.get(type(value), shape.kind) != shape.kind:
        yield f"{path} is a {shape.kind}"


def _references(value: Any) -> Iterator[Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _references(each)
