"""What a run comes to (findings, what is undecided, which policies failed), and the policies that report on it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Unpack

from policypack.exemption import Exemption, RunExemptions
from policypack.model import Resource, Stack
from policypack.policy import C, Declaration, Policy, declared
from policypack.verdict import Level, Undecided, Verdicts, Violation


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A violation as a run reports it. Its parts stay apart until something prints them.

    :param policy: the policy that it is of.
    :param violation: what is wrong, where, and how to fix it.
    :param level: `mandatory` where it stops the update, otherwise `advisory`.
    :param exemption: the exemption that matches it, valid or expired; None where there is none.
    :param is_exempted: whether that exemption is valid, so that the finding stops nothing.
    """

    policy: Policy
    violation: Violation
    level: Level
    exemption: Exemption | None = None
    is_exempted: bool = False

    @property
    def fix(self) -> str:
        """What to write instead: the violation's own fix, or that of the policy's declaration."""
        return self.violation.fix or self.policy.fix

    @property
    def controls(self) -> tuple[str, ...]:
        """Ids of the controls that the finding is about, such as `FSBP RDS.3`: those of its policy, all or some."""
        controls = self.violation.controls
        return self.policy.controls(self.violation.resource) if controls is None else controls


@dataclass(frozen=True, slots=True)
class Failure:
    """
    A policy that raised an exception, and so did not check what it was asked about.

    :param policy: the policy.
    :param level: the level that the policy is set to.
    :param resource: the resource that it was asked about; None for the stack as a whole.
    :param error: the type of the exception, whose text may hold a secret.
    :param place: the file and line of the policy pack that raised it.
    """

    policy: Policy
    level: Level
    resource: Resource | None
    error: str
    place: str


def place_of(error: Exception) -> str:
    """The file and line that raised an exception, whose text may hold a secret: `keys.py:20`."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


@dataclass(slots=True)
class Record:
    """
    What became of one stage of a run: of one resource alone, or of the whole stack.

    :param exempted: what exemptions did to the findings of the run so far.
    :param stack: the whole stack; None at the resource stage.
    :param findings: the violations, in the order in which they were found.
    :param undecided: what no policy could decide at this stage, each with its policy.
    :param failures: the policies that failed at this stage.
    """

    exempted: RunExemptions
    stack: Stack | None = None
    findings: list[Finding] = field(default_factory=list)
    undecided: list[tuple[Policy, Undecided]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def report_policy(**declaration: Unpack[Declaration]) -> Callable[[Callable[[Record, C], Verdicts]], Policy]:
    """
    Declares the function below it, `def check(record: Record, config: SomeConfig) -> Verdicts`, a policy that says what
    became of a run. It is asked at the end of each stage, after all other policies.

    :param declaration: the other parameters of Policy.
    """
    return lambda check: declared(check, declaration, stage="report")
