"""
`python -m tools.source_reading FOLDER…`: what the pack decides at a first preview by reading each program's source.

Each folder has a `__main__.py` and a `Pulumi.yaml`. The program is previewed with and without the reading, and deployed
to the sandbox: what the source decided has to be what the values decide in the update, and every value that it told has
to agree with the one that was deployed.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policypack.model import UNKNOWN, Context, PartialDocument, PartialText, Reference, Secret, Unknown, WrittenMap
from policypack.pack import PACK
from policypack.requirement import FoldedConfig
from policypack.source.sources import Sources
from policypack.source.values import normal
from policypack.testing import resource
from tools.sandbox import Outcome, Sandbox, Stack

ROOT = Path(__file__).resolve().parent.parent
_UNDECIDED = "undecided-at-preview"
_OFF = {"no-hardcoded-credentials": {"readSource": False}}
# Each finding on its own resource: in a folded one, one more resource would look like another finding.
_EACH: dict[str, Any] = {
    **{policy.id: {"perResource": True} for policy in PACK.policies if issubclass(policy.config_type, FoldedConfig)},
    _UNDECIDED: {"each": True},
}
_SECRET = "4dabf18193072939515e22adb298388d"
"""The key that marks an encrypted value in a state."""


@dataclass
class Reading:
    """
    What became of the undecided values of one program.

    :param before: how many questions (a value and a policy that could not check it) are undecided without the source,
        by the type and property of the value.
    :param after: how many of these still are with it.
    :param wrong: findings that the source decided otherwise than the values did, and values of which it said something
        else than what was deployed.
    :param told: how many values of the program's resources the source told something of.
    """

    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    told: int = 0
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


def agrees(told: Any, value: Any) -> bool:
    """
    Whether a value may be what a program's source tells of it.

    :param told: as in Written.raw.
    :param value: the deployed value, as in JSON.
    """
    match told:
        case Secret(value=inner):
            return agrees(inner, value)
        case PartialDocument(content=content):
            return isinstance(value, str) and agrees(content, json.loads(value))
        case PartialText(parts=parts):
            pattern = "".join(re.escape(part) if isinstance(part, str) else ".*" for part in parts)
            return isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL) is not None
        case Reference():
            return isinstance(value, str) and "*" not in value
        case Unknown():
            return True
        case WrittenMap() if isinstance(value, dict):
            named = {normal(key): each for key, each in value.items()}
            are_all = told.is_open or set(named) <= {normal(key) for key in told}
            return are_all and all(agrees(each, named.get(normal(key))) for key, each in told.items())
        case list() if isinstance(value, list):
            return _agree(told, value)
    return bool(told == value) or str(told) == str(value)


def _agree(told: list[Any], values: list[Any]) -> bool:
    """Whether a list may be what the source tells of it, where UNKNOWN is any number of elements."""
    if not told:
        return not values
    if told[0] is UNKNOWN:
        return any(_agree(told[1:], values[start:]) for start in range(len(values) + 1))
    return bool(values) and agrees(told[0], values[0]) and _agree(told[1:], values[1:])


def _disagreements(stack: Stack, folder: Path, reading: Reading) -> Iterator[str]:
    """The values of which the source says something else than what was deployed; those that it tells are counted."""
    deployed = stack.export()["deployment"]["resources"]
    config = stack.config
    context = Context(
        project=deployed[0]["urn"].split("::")[1],
        stack="dev",
        config={key: value.value for key, value in config.items()},
        config_secret_keys=frozenset(key for key, value in config.items() if value.secret),
    )
    program = Sources.read(folder).written_values(context)
    for each in deployed:
        made = resource(each["type"], each["urn"].split("::")[3])
        made.urn = each["urn"]
        for name, value in each.get("inputs", {}).items():
            # What the provider adds stands in no program.
            if name.startswith("__") or name == "tagsAll" or (isinstance(value, dict) and _SECRET in value):
                continue
            if written := program.of(made, name):
                reading.told += 1
                if not agrees(written.raw, value):
                    yield f"{made.name}.{name} is not what the source says at {written.place}"


def configs(folder: Path) -> tuple[Path, Path]:
    """Config files for previews without and with the reading, written to a folder."""
    files = (folder / "off.json", folder / "on.json")
    for file, content in zip(files, ({**_EACH, **_OFF}, _EACH), strict=True):
        file.write_text(json.dumps({"all": "advisory", **content}))
    return files


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
    if not (updated := stack.up(ROOT, configs[1])).ok:
        reading.problem = f"not deployed: {updated.text.strip()[-200:]}"
        return reading
    later = _violations(updated)
    found = _violations(with_source)
    reading.wrong += [f"only at preview: {each}" for each in sorted(found - later)]
    open_ = {(policy, *place.split()[:2]) for place, policies in after.items() for policy in policies}
    reading.wrong += [f"only after the update: {each}" for each in sorted(later - found - open_)]
    reading.wrong += _disagreements(stack, folder, reading)
    return reading


def main(folders: list[str]) -> int:
    """Prints what became of each program's values; returns 0 where the source decided none of them wrongly."""
    totals: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        both = configs(Path(name))
        with Sandbox(Path(name) / "sandbox", log=lambda _: None) as sandbox:
            for folder in folders:
                reading = read(sandbox, Path(folder), both)
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
