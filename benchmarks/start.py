"""
CPU time from the start of the pack's process to its port, against that of `python -c "import pulumi_policy"`.

Run `python -m benchmarks.start`. Goal: a ratio of at most 1.5 (medians of alternating runs).
"""

import os
import signal
import statistics
import subprocess
import sys
from pathlib import Path

_PACK = Path(__file__).resolve().parent.parent
_GOAL = 1.5
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""As from the second start on: pip has compiled the requirements, and Python keeps what it compiles of the pack."""


def cpu_to_import() -> float:
    """CPU seconds of a process that imports pulumi_policy and ends."""
    return _cpu([sys.executable, "-c", "import pulumi_policy"])


def cpu_to_port() -> float:
    """CPU seconds of a process that the engine would start, until it prints its port."""
    return _cpu([sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(_PACK)])


def _cpu(command: list[str]) -> float:
    with subprocess.Popen(command, cwd=_PACK, stdout=subprocess.PIPE, env=ENVIRONMENT) as process:
        assert process.stdout
        process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)  # not process.kill(): that may reap the child, and its usage with it
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return usage.ru_utime + usage.ru_stime


def ratio(runs: int = 10) -> float:
    """The median ratio of the two, in alternating runs after a first one that does not count."""
    pairs = [(cpu_to_port(), cpu_to_import()) for _ in range(runs + 1)][1:]
    return statistics.median(port / import_ for port, import_ in pairs)


if __name__ == "__main__":
    print(f"CPU to port ÷ import of pulumi_policy: {ratio():.2f} (goal: at most {_GOAL})")
