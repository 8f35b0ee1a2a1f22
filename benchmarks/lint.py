"""
What the project lint takes, beside parsing the same files with Python's own parser.

Run `python -m benchmarks.lint`. Goals: a program under one second, and 200 files under five.
"""

from __future__ import annotations

import ast
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from policypack.lint.pack import lint
from policypack.lint.project import Project

_EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "loan-platform" / "corrected"
_ROUNDS = 5


def write_project(folder: Path, copies: int) -> None:
    """Copies an example with its modules, as many times as wanted, and gives it this environment's SDKs."""
    shutil.copytree(_EXAMPLE, folder, ignore=shutil.ignore_patterns("venv"))
    (folder / "venv").symlink_to(sys.prefix)
    for number in range(1, copies):
        shutil.copytree(_EXAMPLE, folder / f"part{number}", ignore=shutil.ignore_patterns("venv", "Pulumi*"))


def parse(folder: Path) -> int:
    """Parses all files of Python in a folder; out: how many there are."""
    files = [file for file in folder.rglob("*.py") if "venv" not in file.parts]
    for file in files:
        ast.parse(file.read_text())
    return len(files)


def lint_folder(folder: Path) -> None:
    """Lints a project."""
    lint(Project(folder))


def seconds(run: Callable[[], object]) -> float:
    """The median of several runs."""
    taken = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    """Prints a line for each size of project."""
    print("project lint            seconds   goal   times ast.parse")
    with tempfile.TemporaryDirectory() as scratch:
        for copies, goal in ((1, 1.0), (50, 5.0)):
            folder = Path(scratch) / f"project{copies}"
            write_project(folder, copies)
            files = parse(folder)
            taken = seconds(partial(lint_folder, folder))
            ratio = taken / seconds(partial(parse, folder))
            print(f"{files:4} files {taken:20.2f} {goal:6.1f} {ratio:12.1f}")


if __name__ == "__main__":
    main()
