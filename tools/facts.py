"""
Lists the facts about AWS that the policies rely on, with their sources and ages, the most urgent first.

`python -m tools.facts` exits with status 1 when one of them is older than it may be, or has no source or date.
"""

from __future__ import annotations

import importlib
import json
import lzma
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import policypack.data
from policypack.data import Dataset

FOLDER = Path(policypack.data.__file__).parent


def datasets(folder: Path = FOLDER) -> Iterator[Dataset]:
    """Every dataset of the package: those of its modules, and its JSON files."""
    for module in pkgutil.iter_modules([str(folder)]):
        yield from getattr(importlib.import_module(f"policypack.data.{module.name}"), "DATASETS", ())
    for path in sorted((*folder.glob("*.json"), *folder.glob("*.json.xz"))):
        yield read(path)


def read(path: Path) -> Dataset:
    """The dataset in a JSON file, compressed or not: it must say `source` (a text or a list), `date` and `max_age`."""
    data = path.read_bytes()
    said: dict[str, Any] = json.loads(lzma.decompress(data) if path.suffix == ".xz" else data)
    source = said.get("source", ())
    sources = (source,) if isinstance(source, str) else tuple(source)
    return Dataset(path.name.partition(".")[0], said.get("date", ""), sources, said.get("max_age", 0))


def write(path: Path, content: Mapping[str, Any], max_age: int) -> None:
    """Writes a JSON file of facts that were compared with their source today, one line a fact."""
    said = {"source": content["source"], "date": date.today().isoformat(), "max_age": max_age}
    path.write_text(json.dumps({**said, **content}, indent=1) + "\n")


def age(dataset: Dataset, today: date) -> int:
    """The days since a dataset was checked."""
    return (today - date.fromisoformat(dataset.date)).days


def problem(dataset: Dataset, today: date) -> str:
    """What is wrong with a dataset, in a few words; empty when nothing is."""
    if not dataset.source or not all(dataset.source):
        return "has no source"
    try:
        days = age(dataset, today)
    except ValueError:
        return "has no date"
    if days < 0:
        return "has a date in the future"
    return f"is older than {dataset.max_age} days" if days > dataset.max_age else ""


def listing(found: list[Dataset], today: date) -> list[str]:
    """A line for each dataset, those with problems and the least time left first, and its sources below."""

    def urgency(dataset: Dataset) -> tuple[bool, int]:
        wrong = problem(dataset, today)
        return not wrong, 0 if wrong in ("has no source", "has no date") else dataset.max_age - age(dataset, today)

    lines = []
    for dataset in sorted(found, key=urgency):
        wrong = problem(dataset, today)
        days = "?" if wrong == "has no date" else str(age(dataset, today))
        mark = f"  {dataset.name} {wrong}." if wrong else ""
        lines.append(f"{days:>4} of {dataset.max_age} days  {dataset.name} ({dataset.date or 'no date'}){mark}")
        lines += [f"{'':18}{source}" for source in dataset.source]
    return lines


def main(today: date | None = None) -> None:
    """Prints the list; exits with status 1 when a dataset has a problem."""
    today = today or date.today()
    found = list(datasets())
    print("\n".join(listing(found, today)))
    sys.exit(any(problem(dataset, today) for dataset in found))


if __name__ == "__main__":
    main()
