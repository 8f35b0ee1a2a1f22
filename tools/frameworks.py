"""
Writes docs/frameworks/: a page for each compliance framework, and README.md, their index.

`python -m tools.frameworks` writes them from the policies' declarations, policypack/data/security_hub.json, and the
reasons in tools/left_out.yaml and tools/undecidable.yaml. A test proves each control that a policy declares.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import yaml

from policypack.pack import PACK
from policypack.selection import control_id
from tools import security_hub
from tools.catalogue import write
from tools.coverage import LEFT_OUT
from tools.markdown import control_link, prose, table

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "frameworks"
INDEX: Final = "README.md"

UNDECIDABLE: Final = Path(__file__).resolve().parent / "undecidable.yaml"
_CIS: Final = Path(__file__).resolve().parent / "cis.yaml"
_WRITTEN: Final = "<!-- Written by `python -m tools.frameworks`. -->"
_HUB: Final = "https://docs.aws.amazon.com/securityhub/latest/userguide"
_SOURCES: Final[Mapping[str, str]] = {
    "FSBP": f"{_HUB}/fsbp-standard.html",
    "CIS 5.0.0": f"{_HUB}/cis-aws-foundations-benchmark.html",
    "CIS 3.0.0": f"{_HUB}/cis-aws-foundations-benchmark.html",
    "PCI DSS 4.0.1": f"{_HUB}/pci-standard.html",
    "NIST 800-53 r5": f"{_HUB}/standards-reference-nist-800-53.html",
    "NIST 800-171 r2": f"{_HUB}/standards-reference-nist-800-171.html",
    "HIPAA Security": "https://docs.aws.amazon.com/config/latest/developerguide/"
    "operational-best-practices-for-hipaa_security.html",
}
"""The frameworks that have a page, each with the page of AWS that maps it."""

_COVERED: Final = "covered"
_PARTLY: Final = "partly"
_NOT_AT_PREVIEW: Final = "not at preview"
_NOT_CHECKED: Final = "not checked"
_NO_CONTROL: Final = "no control"
_STATES: Final = (_COVERED, _PARTLY, _NOT_AT_PREVIEW, _NOT_CHECKED, _NO_CONTROL)
_OPEN: Final = "The pack does not check it yet."

_README: Final = """\
# Frameworks

What the pack checks of each compliance framework before the resources exist. Which controls answer which requirement is
AWS's own mapping; the pack adds nothing to it. [`selection`](../configuration.md#select-what-is-checked) turns the pack
into the pack of one of them.

- **covered**: the pack checks every control that AWS maps to the requirement.
- **partly**: it checks some of them, or only as far as the stack itself decides it.
- **not at preview**: no program decides any of them, such as whether MFA is on for the root user. The page says why of
  each.
- **not checked**: a program could decide it, and the pack leaves it out or does not check it yet. The page says why.
- **no control**: AWS has no control for it. Requirements that AWS maps to nothing are listed for CIS only.

Meeting every control proves no compliance: frameworks ask for processes and people too, and AWS says the same of its
own conformance packs."""
_NONE: Final = """\
## SOC 2, ISO 27001 and others

AWS publishes no mapping of its controls to SOC 2 or to ISO 27001:2022, so the pack claims neither. For HIPAA, AWS maps
rules of AWS Config, in a conformance pack; a control counts where it runs the same rule. CIS 1.2 and 1.4, PCI DSS 3.2.1
and AWS's AI Security Best Practices can be selected too, and have no page."""


@dataclass(frozen=True, slots=True)
class _Control:
    """
    A control of Security Hub.

    :param policies: the ids of the policies that check it.
    :param why: why it is not checked, or checked in part, as a sentence; empty where it is checked.
    :param decidable: whether a program decides it.
    """

    id: str
    title: str
    severity: str
    policies: tuple[str, ...]
    why: str
    decidable: bool

    @property
    def state(self) -> str:
        if not self.policies:
            return _NOT_CHECKED if self.decidable else _NOT_AT_PREVIEW
        return _PARTLY if self.why else _COVERED

    @property
    def row(self) -> tuple[str, ...]:
        """The control with what checks it, for a table."""
        said = [", ".join(_policy_link(policy) for policy in self.policies), prose(self.why)]
        return control_link(self.id), prose(self.title), self.severity, self.state, ". ".join(filter(None, said))


@dataclass(frozen=True)
class _Framework:
    """
    A framework.

    :param requirements: its requirements in order, each with the controls that AWS maps to it; none for a framework
        whose requirements are the controls.
    """

    name: str
    controls: Sequence[_Control]
    requirements: Mapping[str, Sequence[_Control]]

    @property
    def file(self) -> str:
        return f"{self.name.lower().replace(' ', '-')}.md"

    @cached_property
    def states(self) -> Counter[str]:
        """How many requirements have each state."""
        if not self.requirements:
            return Counter(control.state for control in self.controls)
        return Counter(map(_state, self.requirements.values()))


def pages() -> dict[str, str]:
    """The text of each page, by its file's name; the index is one of them."""
    frameworks = list(_frameworks())
    return {INDEX: _index(frameworks), **{framework.file: _page(framework) for framework in frameworks}}


def _frameworks() -> Iterator[_Framework]:
    hub = json.loads(security_hub.FILE.read_text())["controls"]
    controls = {control.id: control for control in _controls(hub)}
    numbers = yaml.safe_load(_CIS.read_text())
    for name in _SOURCES:
        own = [id_ for id_ in sorted(controls, key=_in_order) if name in hub[id_]["standards"]]
        requirements: dict[str, list[_Control]] = {number: [] for number in numbers.get(name, ())}
        for id_ in own:
            for number in hub[id_]["standards"][name] if hub[id_]["standards"][name] is not True else ():
                requirements.setdefault(number, []).append(controls[id_])
        in_order = {number: requirements[number] for number in sorted(requirements, key=_in_order)}
        yield _Framework(name, [controls[id_] for id_ in own], in_order)


def _controls(hub: Mapping[str, Mapping[str, Any]]) -> Iterator[_Control]:
    policies: dict[str, list[str]] = {}
    for policy in PACK.policies:
        for control in policy.frameworks:
            policies.setdefault(control_id(control), []).append(policy.id)
    left_out = yaml.safe_load(LEFT_OUT.read_text())
    undecidable = {id_: why for why, ids in yaml.safe_load(UNDECIDABLE.read_text()).items() for id_ in ids}
    for id_, said in hub.items():
        own = tuple(policies.get(id_, ()))
        why = undecidable.get(id_, "") if own else left_out.get(id_) or undecidable.get(id_) or _OPEN
        yield _Control(id_, said["title"], said["severity"], own, why, id_ not in undecidable)


def _state(controls: Sequence[_Control]) -> str:
    """What a requirement's controls come to."""
    states = {control.state for control in controls}
    if not states:
        return _NO_CONTROL
    if states == {_COVERED}:
        return _COVERED
    if states & {_COVERED, _PARTLY}:
        return _PARTLY
    return _NOT_CHECKED if _NOT_CHECKED in states else _NOT_AT_PREVIEW


def _index(frameworks: Sequence[_Framework]) -> str:
    rows = [
        (
            f"[{each.name}]({each.file})",
            str(each.states.total()),
            *(str(each.states[state]) for state in _STATES),
            f"{sum(bool(control.policies) for control in each.controls)} of {len(each.controls)}",
        )
        for each in frameworks
    ]
    head = ("framework", "requirements", *_STATES, "controls that are checked")
    return "\n\n".join([_WRITTEN, _README, table(head, rows), _NONE]) + "\n"


def _page(framework: _Framework) -> str:
    config = json.dumps({"selection": {"frameworks": [framework.name]}})
    counts = ", ".join(f"{count} {state}" for state in _STATES if (count := framework.states[state]))
    what = "requirements" if framework.requirements else "controls"
    parts = [
        _WRITTEN,
        f"# {framework.name}",
        f"[All frameworks]({INDEX}) · [AWS's mapping]({_SOURCES[framework.name]})",
        f"{framework.states.total()} {what}: {counts}.",
        f"To check only these: `{config}`.",
    ]
    if framework.requirements:
        rows = [_requirement(*each) for each in framework.requirements.items()]
        head = ("requirement", "state", "checked by", "controls that are not checked")
        parts += ["## Requirements", table(head, rows)]
    columns = ("control", "title", "severity", "state", "checked by, or why not")
    parts += ["## Controls", table(columns, [control.row for control in framework.controls])]
    return "\n\n".join(parts) + "\n"


def _requirement(number: str, controls: Sequence[_Control]) -> tuple[str, ...]:
    policies = sorted({policy for control in controls for policy in control.policies})
    missing = [control.id for control in controls if not control.policies]
    return number, _state(controls), ", ".join(map(_policy_link, policies)), ", ".join(missing)


def _policy_link(policy_id: str) -> str:
    return f"[`{policy_id}`](../policies/{policy_id}.md)"


def _in_order(name: str) -> list[tuple[int, str]]:
    """A key by which `S3.10` comes after `S3.9`, and `1.10` after `1.9`."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.findall(r"\d+|\D+", name)]


def main() -> None:
    """Writes every page."""
    write(FOLDER, pages())


if __name__ == "__main__":
    main()
