"""
Prints which controls of AWS Security Hub the pack covers: `python -m tools.coverage [--all]`.

A control is covered when a policy names it and docs/cases/ proves it: a program that fails the control, in which the
policy finds it, and one that passes it, in which the policy finds nothing. What a program decides and the pack does not
cover is left out with a reason in tools/left_out.yaml, or still open. With --all, each control of FSBP is printed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from policypack.pack import PACK
from policypack.policy import Policy
from policypack.testing import decide
from tools import security_hub
from tools.cases import Proof, cases

LEFT_OUT: Final = Path(__file__).resolve().parent / "left_out.yaml"

_STANDARDS: Final = (
    "FSBP",
    "CIS 5.0.0",
    "CIS 3.0.0",
    "CIS 1.4.0",
    "PCI DSS 4.0.1",
    "PCI DSS 3.2.1",
    "NIST 800-53 r5",
    "NIST 800-171 r2",
)
_OF_ONE: Final = ("yes", "relation")
"""What the catalogue says of controls that the resources of a program decide."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """
    What the pack covers.

    :param controls: the catalogue's controls by id, as tools.security_hub writes them.
    :param covered: the ids of the policies that meet a control and prove it, by the control's id.
    :param left_out: why a control is left out, by its id.
    """

    controls: Mapping[str, Mapping[str, Any]]
    covered: Mapping[str, tuple[str, ...]]
    left_out: Mapping[str, str]

    def of(self, standard: str) -> dict[str, Mapping[str, Any]]:
        """The controls of a standard, by id."""
        return {id_: control for id_, control in self.controls.items() if standard in control["standards"]}

    def requirements(self, standard: str) -> tuple[int, int]:
        """How many requirements of a standard AWS maps to controls, and how many of these have one that is covered."""
        of_control = {id_: control["standards"][standard] for id_, control in self.of(standard).items()}
        named = {id_: set(found) for id_, found in of_control.items() if isinstance(found, list)}
        covered = {requirement for id_, found in named.items() if id_ in self.covered for requirement in found}
        return len(set[str]().union(*named.values())), len(covered)

    def is_open(self, id_: str) -> bool:
        """Whether a program decides the control, and the pack neither covers it nor leaves it out with a reason."""
        decidable = self.controls[id_].get("decidable") in _OF_ONE
        return decidable and id_ not in self.covered and id_ not in self.left_out


def measure() -> Coverage:
    """Runs every proof of docs/cases/ through the policy that it belongs to, and counts those that hold."""
    controls = json.loads(security_hub.FILE.read_text())["controls"]
    covered: dict[str, list[str]] = {}
    for policy, control, proof in proofs():
        if not problem(policy, control, proof):
            covered.setdefault(control.rpartition(" ")[2], []).append(policy.id)
    left_out = yaml.safe_load(LEFT_OUT.read_text())
    return Coverage(controls, {id_: tuple(policies) for id_, policies in covered.items()}, left_out)


def proofs() -> Iterator[tuple[Policy, str, Proof]]:
    """Each proof of docs/cases/ with its policy and the control, as the policy names it."""
    policies = {policy.id: policy for policy in PACK.policies}
    for policy_id, case in cases().items():
        yield from ((policies[policy_id], control, proof) for control, proof in case.controls.items())


def problem(policy: Policy, control: str, proof: Proof) -> str:
    """Why a proof does not hold, as a sentence; empty where it does."""
    if control not in policy.frameworks:
        return f"{policy.id} does not name {control}."
    failing = decide(policy, *proof.failing.run(), config=proof.config)
    passing = decide(policy, *proof.passing.run(), config=proof.config)
    if control not in failing.controls:
        return f"{policy.id} does not find {control} in the failing program: {failing}."
    if passing.violations or passing.undecided:
        return f"{policy.id} finds something in the program that passes {control}: {passing}."
    return ""


def _lines(coverage: Coverage, every: bool) -> Iterator[str]:
    yield "standard         controls  decidable  covered  left out   open   requirements with a control that is covered"
    for standard in _STANDARDS:
        ids = coverage.of(standard)
        decidable = [id_ for id_ in ids if coverage.controls[id_]["decidable"] in _OF_ONE]
        covered = [id_ for id_ in decidable if id_ in coverage.covered]
        out = [id_ for id_ in decidable if id_ not in coverage.covered and id_ in coverage.left_out]
        named, met = coverage.requirements(standard)
        of = f"{met} of {named}" if named else ""
        counts = (len(ids), len(decidable), len(covered), len(out), sum(map(coverage.is_open, decidable)))
        yield f"{standard:16}" + "".join(f"{count:9}" for count in counts) + f"   {of}"
    for id_, control in coverage.of("FSBP").items():
        if every or coverage.is_open(id_) or id_ in coverage.left_out:
            state = ", ".join(coverage.covered.get(id_, ())) or coverage.left_out.get(id_, "open")
            shown = state if control["decidable"] in _OF_ONE else f"not decided by a program ({control['decidable']})"
            yield f"{id_:20} {control['severity']:9} {control['title']}: {shown}"


def main() -> None:
    """Prints the coverage of each standard, and what is left out or open."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--all", action="store_true", help="print each control of FSBP, covered ones too")
    print("\n".join(_lines(measure(), parser.parse_args().all)))


if __name__ == "__main__":
    main()
