"""
Whether the pack grows: the memory of its process over 100,000 requests, through gRPC, as the engine sends them.

Run `python -m benchmarks.soak [REQUESTS]` (some minutes). The requests are those of the programs in docs/cases/,
changed at random (see tools/fuzz.py), in previews of 500 resources each. Goal: from the first tenth of the requests to
the last, the memory of the process grows by less than 20 %.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import chain, cycle, islice
from pathlib import Path

import grpc
import psutil
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from tools.fuzz import Mutator, seeds

_PACK = Path(__file__).resolve().parent.parent
_REQUESTS = 100_000
_OF_A_PREVIEW = 500
_GOAL = 0.2


def previews(count: int) -> Iterator[list[tuple[analyzer_pb2.AnalyzeRequest, analyzer_pb2.AnalyzerResource]]]:
    """The resources of previews, endlessly many: different ones in each of the first `count`, then the same again."""
    resources = cycle(chain.from_iterable(stack.resources for stack in seeds()))
    made = [
        [mutator.resource(resource) for resource in islice(resources, _OF_A_PREVIEW)]
        for mutator in (Mutator(f"soak-{number}") for number in range(count))
    ]
    return cycle(made)


def main() -> None:
    """Prints the memory of the pack's process after each tenth of the requests."""
    total = int(sys.argv[1]) if len(sys.argv) > 1 else _REQUESTS
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(_PACK)]
    with subprocess.Popen(command, cwd=_PACK, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
        try:
            with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}", options=options) as channel:
                levels = _send(analyzer_pb2_grpc.AnalyzerStub(channel), psutil.Process(process.pid), total)
        finally:
            process.kill()
    growth = levels[-1] / levels[0] - 1
    print(f"growth from the first tenth to the last: {growth:.1%} (goal: under {_GOAL:.0%})")


def _send(stub: analyzer_pb2_grpc.AnalyzerStub, process: psutil.Process, total: int) -> list[float]:
    print("| requests | memory | seconds |\n| --- | --- | --- |")
    levels: list[float] = []
    sent, started = 0, time.monotonic()
    for preview in previews(10):
        stub.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack="dev", dry_run=True))
        for request, _ in preview:
            stub.Remediate(request)
            stub.Analyze(request)
        stub.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=[resource for _, resource in preview]))
        sent += 2 * len(preview) + 2
        while sent >= total * (len(levels) + 1) / 10:
            levels.append(process.memory_info().rss / 1e6)
            print(f"| {sent:,} | {levels[-1]:.0f} MB | {time.monotonic() - started:.0f} |", flush=True)
        if len(levels) >= 10:
            break
    return levels


if __name__ == "__main__":
    main()
