"""
How the time of a run grows with the stack: the time a resource at 8,000 against 1,000, for stacks of awkward shapes.

`python -m benchmarks.growth` prints a row for each shape, and fails where the time a resource grows by more than
half. Options: `--shape NAME` (repeatable) for some of them, `--small N` and `--large N` for other sizes. At the end it
runs one stack of 50,000 resources (`--most N`), and prints the time and the memory that each of them takes.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from itertools import islice
from typing import Any, Final

import psutil

from benchmarks.shapes import SHAPES, Shape, companions_of_every_bucket, exempted_findings
from policypack.evaluation import Evaluation
from policypack.model import Context
from policypack.pack import PACK
from policypack.settings import Given, Settings, settle

_MOST: Final = 1.5


def seconds(shape: Shape, n: int) -> float:
    """The time that a run over a stack of a shape takes, its making left out."""
    resources = list(islice(shape(n), n))
    settings = _settings(shape, n)
    gc.collect()
    start = time.process_time()
    evaluation = Evaluation(PACK, settings, Context())
    for each in resources:
        evaluation.check_resource(each)
    evaluation.check_stack(resources)
    return time.process_time() - start


def _settings(shape: Shape, n: int) -> Settings:
    given: dict[str, Given] = {}
    if shape is exempted_findings:
        exemptions: list[Any] = [
            {"reason": "agreed", "match": [{"policies": ["s3-*"], "targets": [f"bucket-{i}-*"]}]} for i in range(n)
        ]
        given["exemptions"] = Given(None, {"exemptions": exemptions})
    settings, problems = settle(PACK.policies, given)
    assert not problems
    return settings


def main() -> int:
    """Prints the table; 1 where a shape grows too fast, otherwise 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", action="append", choices=[shape.__name__ for shape in SHAPES])
    parser.add_argument("--small", type=int, default=1000)
    parser.add_argument("--large", type=int, default=8000)
    parser.add_argument("--most", type=int, default=50_000)
    options = parser.parse_args()
    seconds(companions_of_every_bucket, 100)  # what is loaded at the first question
    failed = False
    print(f"{'shape':40} {'ms a resource at':>18} {options.small:>7,} {options.large:>9,}   ratio")
    for shape in SHAPES:
        if options.shape and shape.__name__ not in options.shape:
            continue
        small, large = (
            min(seconds(shape, n) for _ in range(times)) / n for n, times in ((options.small, 3), (options.large, 1))
        )
        grows = large / small > _MOST
        failed = failed or grows
        print(
            f"{shape.__name__:40} {small * 1000:26.3f} {large * 1000:9.3f} {large / small:7.2f}{' !' * grows}",
            flush=True,
        )
    print_largest(options.most)
    return int(failed)


def print_largest(n: int) -> None:
    """Prints what a resource of a large stack takes: buckets with all that belongs to them."""
    process = psutil.Process()
    before = process.memory_info().rss
    taken = seconds(companions_of_every_bucket, n)
    memory = process.memory_info().rss - before
    print(f"{n:,} resources: {taken / n * 1000:.3f} ms and {memory / n / 1000:.1f} kB each, {taken:.1f} s in all")


if __name__ == "__main__":
    sys.exit(main())
