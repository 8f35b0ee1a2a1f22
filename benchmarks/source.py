"""
What it costs to look a password up in a program's source, against merely reading the files, and to evaluate what the
source says of an unknown value.

Run `python -m benchmarks.source`. Goals: under 50 ms of CPU time for reading 500 Python files of 4 KB on average and
looking one value up; under 100 ms for reading them and the first answer about an unknown value, and under 2 ms for each
further one.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from policypack.model import Place
from policypack.source import Sources
from policypack.testing import resource

_ROOT = Path(__file__).resolve().parent.parent
_FILES = 500
_SIZE = 4096
_ROUNDS = 15
_GOAL = 0.05
_FIRST = 0.1
_FURTHER = 0.002
_DOCUMENT = '{"Statement": [{"Effect": "Allow", "Action": ["sqs:Send*"], "Resource": [a, f"{a}/*"]}]}'

_PASSWORD = "SuperSecret2024!"
_VALUES = {
    "one that stands in one file": _PASSWORD,
    "one put together in one file": "LoanDb#Prod2024",
    "one that stands nowhere, random": "kX3vTq9ZrLw7bNs2YdFh",
    "one that stands nowhere, of words": "postgres-production-password",
}


def write_program(folder: Path) -> None:
    """Writes files made of the examples' functions, 20 to a folder."""
    source = [path.read_text() for path in sorted((_ROOT / "examples").rglob("*.py"))]
    pieces = [piece for text in source for piece in text.split("\n\n\n")]
    following = written = 0
    for number in range(_FILES):
        content = ""
        while written + len(content) < (number + 1) * _SIZE:
            content += pieces[following % len(pieces)] + "\n\n\n"
            following += 1
        written += len(content)
        if number == _FILES // 2:
            content += f'PASSWORD = "{_PASSWORD}"\nPREFIX = "LoanDb"\nOTHER = f"{{PREFIX}}#Prod{{2024}}"\n'
        path = folder / f"module{number // 20}" / f"part{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)


def merely_read(folder: Path) -> int:
    """Reads all files; out: how many bytes they have."""
    size = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(path, name), "rb") as file:
                size += len(file.read())
    return size


def seconds(work: Callable[[], Any]) -> float:
    """CPU seconds that a piece of work takes."""
    before = time.process_time()
    work()
    return time.process_time() - before


def main() -> None:
    """Prints the median milliseconds of each, in alternating rounds, and their ratios to merely reading."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_program(folder)
        works: dict[str, Callable[[], Any]] = {
            "merely reading the files": partial(merely_read, folder),
            "reading, nothing looked up": partial(Sources.read, folder),
            **{what: partial(look_up, folder, value) for what, value in _VALUES.items()},
        }
        print(
            f"{_FILES} files of {merely_read(folder) / _FILES / 1024:.1f} KB, and a value that is looked up in them:\n"
        )
        rounds = [[seconds(work) for work in works.values()] for _ in range(_ROUNDS + 1)][1:]
        found = [len(look_up(folder, value)) for value in _VALUES.values()]
    print("| what | CPU time | against merely reading | goal |\n| --- | --- | --- | --- |")
    for what, taken in zip(works, zip(*rounds, strict=True), strict=True):
        ratio = statistics.median(own / merely for own, (merely, *_) in zip(taken, rounds, strict=True))
        goal = f"< {_GOAL * 1e3:.0f} ms" if what in _VALUES else ""
        print(f"| {what} | {statistics.median(taken) * 1e3:.0f} ms | {ratio:.1f} | {goal} |")
    print(f"\nPlaces found: {found}")
    with tempfile.TemporaryDirectory() as name:
        write_program(Path(name))
        first, further = about_unknown_values(Path(name))
    print("\n| what the source says of unknown values | CPU time | goal |\n| --- | --- | --- |")
    print(f"| reading the files, and the first answer | {first * 1e3:.0f} ms | < {_FIRST * 1e3:.0f} ms |")
    print(f"| each further answer | {further * 1e3:.1f} ms | < {_FURTHER * 1e3:.0f} ms |")


def about_unknown_values(folder: Path) -> list[float]:
    """CPU seconds until the first answer about an unknown value of a program, and for each further one."""
    files = [
        "import json\nimport pulumi_aws as aws\nfrom named import queue\n",
        *(
            f"aws.sns.TopicPolicy('p{n}', policy=queue.arn.apply(lambda a: json.dumps({_DOCUMENT})))\n"
            for n in range(100)
        ),
    ]
    (folder / "named.py").write_text('import pulumi_aws as aws\nqueue = aws.sqs.Queue("jobs")\n')
    (folder / "policies.py").write_text("".join(files))
    resources = [resource("aws:sns/topicPolicy:TopicPolicy", f"p{number}") for number in range(100)]
    taken: list[float] = []
    before = time.process_time()
    values = Sources.read(folder).written_values(resources[0].context)
    for each in resources:
        assert values.of(each, "policy")
        taken.append(time.process_time() - before)
        before = time.process_time()
    return [taken[0], statistics.median(taken[1:])]


def look_up(folder: Path, value: str) -> tuple[Place, ...]:
    """Reads a program and looks a value up."""
    return Sources.read(folder).places(value)


if __name__ == "__main__":
    main()
