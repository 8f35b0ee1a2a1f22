"""
What `policypack fleet` costs: stacks a second with one and two workers, memory, and a run in which nothing has changed.

Run `python -m benchmarks.fleet` (five minutes on two idle cores; `--stacks 1000` halves it). 2,000 stacks of 50 to
5,000 resources, 200,000 in all, with the resources of the examples' real states. Goals: two workers take at most
1 / (2 * 0.85) of the time of one; neither the command nor a worker takes 25 % more memory for all stacks than for a
quarter of them, the largest among these.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from benchmarks.check import state
from tools.sandbox import Sandbox

ROOT: Final = Path(__file__).resolve().parent.parent
_STACKS: Final = 2_000
_SMALLEST: Final = 50
_LARGEST: Final = 5_000
_MEAN: Final = 100
_EFFICIENCY_GOAL: Final = 0.85
_GROWTH_GOAL: Final = 1.25
"""Of memory, for four times the stacks: a tenth comes and goes with the order of the stacks."""


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What a run costs.

    :param seconds: by the clock.
    :param command: the most memory of the command itself, in MB.
    :param worker: the most memory of a worker, in MB.
    """

    seconds: float
    command: float
    worker: float


def sizes(stacks: int) -> list[int]:
    """How many resources each stack has: few have many, as in an organization, and the mean is 100."""
    low, high = 0.0, float(_MEAN * stacks)
    for _ in range(60):
        scale = (low + high) / 2
        found = [min(_LARGEST, max(_SMALLEST, round(scale / (rank + 1)))) for rank in range(stacks)]
        low, high = (scale, high) if sum(found) < _MEAN * stacks else (low, scale)
    return found


def write(folder: Path, resources: Sequence[str], counts: Sequence[int]) -> None:
    """Writes a backend with stacks of so many resources each."""
    for number, count in enumerate(counts):
        file = folder / ".pulumi" / "stacks" / f"project-{number:04}" / "dev.json"
        file.parent.mkdir(parents=True)
        text = f'{{"version": 3, "checkpoint": {{"latest": {{"resources": [{",".join(resources[:count])}]}}}}}}'
        file.write_text(text.replace("urn:pulumi:large::large::", f"urn:pulumi:dev::project-{number:04}::"))


def cost(source: Path, output: Path, workers: int) -> Cost:
    """What a run of the command costs."""
    command = [sys.executable, "-m", "policypack", "fleet", str(source), "-o", str(output), "--workers", str(workers)]
    started = time.monotonic()
    most = {"command": 0, "worker": 0}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                most["command"] = max(most["command"], watched.memory_info().rss)
                for child in watched.children():
                    most["worker"] = max(most["worker"], child.memory_info().rss)
            except psutil.NoSuchProcess:
                pass  # it has just ended
            time.sleep(0.2)
        assert process.returncode == 0
    return Cost(time.monotonic() - started, most["command"] / 1e6, most["worker"] / 1e6)


def main() -> int:
    """Prints the figures; 1 where one misses its goal, otherwise 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stacks", type=int, default=_STACKS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Sandbox(folder / "sandbox") as sandbox:
            resources = [json.dumps(each) for each in state(sandbox, _LARGEST)["deployment"]["resources"]]
        counts = sizes(options.stacks)
        total = sum(counts)
        write(folder / "all", resources, counts)
        write(folder / "quarter", resources, counts[::4])
        one = cost(folder / "all", folder / "by-one", 1)
        two = cost(folder / "all", folder / "by-two", 2)
        again = cost(folder / "all", folder / "by-two", 2)
        few = cost(folder / "quarter", folder / "of-quarter", 2)
    print(f"{options.stacks:,} stacks, {total:,} resources")
    runs = {"one worker": one, "two workers": two, "two, all unchanged": again, "two, a quarter": few}
    for what, each in runs.items():
        print(f"{what:20} {each.seconds:7.1f} s   {each.command:6.0f} MB command   {each.worker:6.0f} MB worker")
    print(
        f"{options.stacks / two.seconds:.1f} stacks and {total / two.seconds:,.0f} resources a second with two workers"
    )
    efficiency = one.seconds / two.seconds / 2
    growth = max(two.command / few.command, two.worker / few.worker)
    print(f"efficiency of two workers {efficiency:.2f}   goal: at least {_EFFICIENCY_GOAL:.2f}")
    print(f"growth of memory          {growth:.2f}   goal: at most {_GROWTH_GOAL:.2f}")
    return int(efficiency < _EFFICIENCY_GOAL or growth > _GROWTH_GOAL)


if __name__ == "__main__":
    sys.exit(main())
