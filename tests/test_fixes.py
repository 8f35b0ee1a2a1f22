"""
That following the fixes leads to a stack that deploys and is clean: no fix breaks what another one asks for.

The stacks of fixes.yaml were corrected by hand, each finding as its fix says. So were the programs in docs/cases, which
show one policy each and leave out what they do not need: there, the correction must not make anything new wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from policypack.config import parse_config
from policypack.evaluation import Evaluation
from policypack.message import as_message
from policypack.pack import PACK
from policypack.settings import PolicySettings
from tools.cases import Loader, Program, cases, program

pytestmark = pytest.mark.broad

# Versions of engines are right for a time.
TODAY = date(2026, 11, 28)
# What no correction of a stack's resources answers: tags are set once for all, and MFA delete by the root user alone.
DISABLED = {"tags-required", "s3-mfa-delete"}


class SharingLoader(Loader):
    """Reads YAML in which one resource may take over what another one says (`<<: *other`)."""

    construct_mapping = yaml.SafeLoader.construct_mapping


@dataclass(frozen=True)
class Outcome:
    """What the whole pack says of a program: policies, resources and places, and the messages."""

    findings: Mapping[tuple[str, str, str], str]
    undecided: frozenset[tuple[str, str, str]]

    @property
    def policies(self) -> set[str]:
        return {policy_id for policy_id, _, _ in self.findings}


def outcome(tried: Program, config: Mapping[str, Mapping[str, Any]]) -> Outcome:
    settings = {
        policy.id: PolicySettings(
            "disabled" if policy.id in DISABLED else policy.enforcement,
            parse_config(policy.id, policy.config_type, config.get(policy.id, {})),
        )
        for policy in PACK.policies
    }
    resources = tried.run(TODAY)
    evaluation = Evaluation(PACK, settings, resources[0].context)
    records = [*map(evaluation.check_resource, resources), evaluation.check_stack(resources)]
    assert not [failure for record in records for failure in record.failures]
    found = [finding for record in records for finding in record.findings]
    return Outcome(
        findings={
            (each.policy.id, each.violation.resource.name if each.violation.resource else "", each.violation.path): (
                as_message(each)
            )
            for each in found
        },
        undecided=frozenset(
            (policy.id, verdict.at.resource.name, verdict.at.path) for policy, verdict in records[-1].undecided
        ),
    )


STACKS: Mapping[str, Mapping[str, Any]] = yaml.load((Path(__file__).parent / "fixes.yaml").read_text(), SharingLoader)
each_stack = pytest.mark.parametrize("stack", STACKS.values(), ids=STACKS)


def program_of(stack: Mapping[str, Any], which: str) -> Program:
    return program({**stack.get("shared", {}), **stack[which], **stack.get("then", {})})


@each_stack
def test_a_faulty_stack_has_findings(stack: Mapping[str, Any]) -> None:
    found = outcome(program_of(stack, "faulty"), {})
    assert found.findings
    assert set(stack["finds"]) <= found.policies


@each_stack
def test_a_stack_that_follows_its_fixes_is_clean(stack: Mapping[str, Any]) -> None:
    found = outcome(program_of(stack, "corrected"), {})
    assert (list(found.findings.values()), found.undecided) == ([], frozenset())


@pytest.mark.parametrize("policy_id", cases())
def test_a_correction_makes_nothing_else_wrong(policy_id: str) -> None:
    case = cases()[policy_id]
    config = {policy_id: case.config}
    before, after = outcome(case.faulty, config), outcome(case.corrected, config)
    # How many values are undecided is said once for the stack, and counted below.
    new = after.findings.keys() - before.findings.keys() - {("undecided-at-preview", "", "")}
    assert [after.findings[place] for place in new] == []
    assert after.undecided <= before.undecided
