"""
`python -m tools.source_reading FOLDER…`: what the pack decides at a first preview by reading each program's source.

Each folder has a `__main__.py` and a `Pulumi.yaml`. The program is previewed with and without the reading, deployed to
the sandbox, and previewed again: what the source decided has to be what the values decide once they are known.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tools.sandbox import Outcome, Sandbox

ROOT = Path(__file__).resolve().parent.parent
_UNDECIDED = "undecided-at-preview"
_OFF = {"no-hardcoded-credentials": {"readSource": False}}
_EACH = {_UNDECIDED: {"each": True}}


@dataclass
class Reading:
    """
    What became of the undecided values of one program.

    :param before: how many questions (a value and a policy that could not check it) are undecided without the source,
        by the type and property of the value.
    :param after: how many of these still are with it.
    :param wrong: findings that the source decided otherwise than the values did.
    """

    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    problem: str = ""


def _undecided(outcome: Outcome) -> dict[str, set[str]]:
    """The policies that could not check a value, by its resource's type, name and top-level property."""
    found: dict[str, set[str]] = {}
    for finding in outcome.findings:
        if finding.policy == _UNDECIDED and " could not check " in finding.message:
            policies, _, rest = finding.message.partition(" could not check ")
            path = rest.split()[0].rstrip(".:,")
            top = path.partition(".")[0].partition("[")[0]
            found.setdefault(f"{finding.type} {finding.name} {top}", set()).update(policies.split(", "))
    return found


def _violations(outcome: Outcome) -> set[tuple[str, str, str]]:
    return {(each.policy, each.type, each.name) for each in outcome.findings if each.policy != _UNDECIDED}


def read(sandbox: Sandbox, folder: Path, configs: tuple[Path, Path]) -> Reading:
    """What the source of a program decides."""
    stack = sandbox.stack(folder)
    without, with_source = (stack.preview(ROOT, config) for config in configs)
    reading = Reading()
    if not without.findings and not without.ok:
        reading.problem = without.text.strip()[-200:]
        return reading
    before, after = _undecided(without), _undecided(with_source)
    for place, policies in before.items():
        type_, _, top = place.split()
        reading.before[f"{type_}.{top}"] += len(policies)
        reading.after[f"{type_}.{top}"] += len(policies & after.get(place, set()))
    if not (updated := stack.up()).ok:
        reading.problem = f"not deployed: {updated.text.strip()[-200:]}"
        return reading
    later = _violations(stack.preview(ROOT, configs[1]))
    found = _violations(with_source)
    reading.wrong += [f"only at preview: {each}" for each in sorted(found - later)]
    open_ = {(policy, *place.split()[:2]) for place, policies in after.items() for policy in policies}
    reading.wrong += [f"only after the update: {each}" for each in sorted(later - found - open_)]
    return reading


def main(folders: list[str]) -> int:
    """Prints what became of each program's values; returns 0 where the source decided none of them wrongly."""
    totals: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        configs = (Path(name) / "off.json", Path(name) / "on.json")
        for config, content in zip(configs, ({**_OFF, **_EACH}, _EACH), strict=True):
            config.write_text(json.dumps({"all": "advisory", **content}))
        with Sandbox(Path(name) / "sandbox", log=lambda _: None) as sandbox:
            for folder in folders:
                reading = read(sandbox, Path(folder), configs)
                for total, counts in zip(totals, (reading.before, reading.after), strict=True):
                    total.update(counts)
                wrong += len(reading.wrong)
                before, after = reading.before.total(), reading.after.total()
                print(f"{folder}: {before} undecided, {after} with the source {reading.problem!r}", flush=True)
                for each in reading.wrong:
                    print(f"  WRONG: {each}", flush=True)
    print("\n| value | undecided without the source | with it |\n| --- | --- | --- |")
    for place in sorted(totals[0]):
        print(f"| {place} | {totals[0][place]} | {totals[1][place]} |")
    print(f"| all | {totals[0].total()} | {totals[1].total()} |\n\nDecided wrongly: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
