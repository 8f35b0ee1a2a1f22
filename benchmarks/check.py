"""
What `policypack check` costs on a large state: its time against reading the same file as JSON, and against the engine
with the same pack, and its memory.

Run `python -m benchmarks.check` (about five minutes). The state has the resources of the examples' real states, copied
with names of their own until there are 20,000. Goals: at most 4 times the CPU time of `json.load`, at most a third of
the time of `pulumi policy analyze --file`, and less than 1 GB of memory.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from benchmarks.start import ENVIRONMENT
from tools.expectations import Expectations
from tools.sandbox import Sandbox

ROOT: Final = Path(__file__).resolve().parent.parent
_RESOURCES: Final = 20_000
_JSON_GOAL: Final = 4
_ENGINE_GOAL: Final = 1 / 3
_MEMORY_GOAL: Final = 1_000
_ROUNDS: Final = 3
_URN: Final = re.compile(r'"urn:pulumi:[^:"]*::[^:"]*::([^:"]*(?::[^:"]+)*::[^:"]+?)(::[^:"]*)?"')
_LOAD: Final = "import json, sys; json.load(open(sys.argv[1], encoding='utf-8'))"


def state(sandbox: Sandbox, resources: int) -> dict[str, Any]:
    """A state as `pulumi stack export` prints it."""
    pools = [
        _texts(_export(sandbox, example, edition))
        for example in sorted(path.parent for path in (ROOT / "examples").glob("*/findings.yaml"))
        for edition in ("faulty", "corrected")
    ]
    copied: list[Any] = []
    for number, pool in enumerate(cycle(pools)):
        if len(copied) >= resources:
            break
        copied += _copy(pool, number)
    return {"version": 3, "deployment": {"manifest": {}, "resources": copied[:resources]}}


def _texts(export: dict[str, Any]) -> list[str]:
    """The resources without those that have secrets, which the engine could not decrypt among those of other stacks."""
    texts = map(json.dumps, export["deployment"]["resources"])
    return [text for text in texts if '"ciphertext"' not in text]


def _copy(pool: list[str], number: int) -> Iterator[Any]:
    """The resources of a state with other URNs, and in another account, so that their ARNs differ too."""
    for text in pool:
        text = _URN.sub(lambda match: f'"urn:pulumi:large::large::{match[1]}-{number}{match[2] or ""}"', text)
        yield json.loads(text.replace("123456789012", f"{100_000_000_000 + number}"))


def _export(sandbox: Sandbox, example: Path, edition: str) -> dict[str, Any]:
    stack = sandbox.stack(example / edition, config=Expectations.read(example).config)
    outcome = stack.up()
    assert outcome.ok, outcome.text
    return stack.export()


def cost(*command: str) -> tuple[float, float]:
    """The CPU seconds of a process and its children, and its largest memory in MB; the best of several."""
    return min(_cost(command) for _ in range(_ROUNDS))


def _cost(command: tuple[str, ...]) -> tuple[float, float]:
    process = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> int:
    """Prints the figures; 1 where one misses its goal, otherwise 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resources", type=int, default=_RESOURCES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder) / "sandbox") as sandbox:
        file = Path(folder) / "state.json"
        file.write_text(json.dumps(state(sandbox, options.resources), indent=4))
        size = file.stat().st_size / 1e6
        loading, _ = cost(sys.executable, "-c", _LOAD, str(file))
        checking, memory = cost(sys.executable, "-m", "policypack", "check", str(file), "--fail-on", "never")
        started = time.monotonic()
        _cost((sys.executable, "-m", "policypack", "check", str(file), "--fail-on", "never"))
        ours = time.monotonic() - started
        started = time.monotonic()
        sandbox.analyze(file, ROOT)
        engine = time.monotonic() - started
    print(f"a state of {options.resources:,} resources, {size:.0f} MB")
    results = [
        ("CPU time ÷ that of json.load", checking / loading, _JSON_GOAL),
        ("wall-clock time ÷ that of pulumi policy analyze", ours / engine, _ENGINE_GOAL),
        ("memory in MB", memory, _MEMORY_GOAL),
    ]
    for what, measured, goal in results:
        print(f"{what:50} {measured:8.2f}   goal: at most {goal:.2f}{'' if measured <= goal else ' !'}")
    print(f"json.load {loading:.2f} s, policypack check {checking:.2f} s, pulumi policy analyze {engine:.1f} s")
    return int(any(measured > goal for _, measured, goal in results))


if __name__ == "__main__":
    sys.exit(main())
