"""
What the analyzer costs: all figures are ratios within one run, each beside its goal.

Run `python -m benchmarks.analyzer` (about three minutes). The requests are those of a real preview (see requests.py).
"""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import psutil
from pulumi.runtime.proto import analyzer_pb2_grpc

from benchmarks import start
from benchmarks.requests import multiplied, recorded
from policypack.engine.analyzer import Analyzer
from policypack.pack import PACK
from tests.differential import pulumi_policys_own
from tools.recording import Recording

ROUNDS = 5


def cpu(work: Callable[[], Any]) -> float:
    """CPU seconds of this process for a piece of work."""
    gc.collect()
    before = time.process_time()
    work()
    return time.process_time() - before


def per_resource_in_process(recording: Recording) -> tuple[float, float]:
    """CPU seconds a resource of Analyze: ours, pulumi_policy's own."""
    return (
        _analyze_all(Analyzer(PACK), recording.resources),
        _analyze_all(pulumi_policys_own(), recording.resources[:60]),
    )


def _analyze_all(analyzer: Any, requests: list[Any]) -> float:
    return statistics.median(
        cpu(lambda: [analyzer.Analyze(request, None) for request in requests]) / len(requests) for _ in range(ROUNDS)
    )


@contextmanager
def served(which: str) -> Iterator[tuple[analyzer_pb2_grpc.AnalyzerStub, psutil.Process]]:
    """A process that serves an analyzer (see serve.py), and its client."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.serve", which], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        port = process.stdout.readline().strip()
        options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
        with grpc.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel), psutil.Process(process.pid)
        process.kill()


def server_cpu(process: psutil.Process) -> float:
    """CPU seconds that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def per_resource_through_grpc(which: str, recording: Recording) -> float:
    """CPU seconds a resource that the serving process uses for Analyze, one call after the other."""
    requests = recording.resources if which != "sdk" else recording.resources[:120]
    with served(which) as (stub, process):
        for request in requests[:60]:
            stub.Analyze(request)
        before = server_cpu(process)
        for request in requests:
            stub.Analyze(request)
        return (server_cpu(process) - before) / len(requests)


def stack_seconds(recording: Recording) -> float:
    """CPU seconds of AnalyzeStack for a whole stack."""
    analyzer: Any = Analyzer(PACK)
    for request in recording.resources:
        analyzer.Analyze(request, None)
    return statistics.median(cpu(lambda: analyzer.AnalyzeStack(recording.stack, None)) for _ in range(3))


def memory(recording: Recording) -> tuple[float, float]:
    """Megabytes that the serving process holds at its start, and after both stages of a stack."""
    with served("ours") as (stub, process):
        empty = process.memory_info().rss
        for request in recording.resources:
            stub.Analyze(request)
        stub.AnalyzeStack(recording.stack)
        return empty / 1e6, process.memory_info().rss / 1e6


def say(what: str, figure: str, goal: str = "") -> None:
    """Prints one line of the table."""
    print(f"| {what} | {figure} | {goal} |", flush=True)


def main() -> None:
    """Prints all figures as a table."""
    preview, update = recorded(updated=False), recorded(updated=True)
    thousand = multiplied(preview, 1000)
    print(f"{len(PACK.policies)} policies; requests of a preview of {len(preview.resources)} resources, multiplied\n")
    say("what", "measured", "goal")
    say("---", "---", "---")
    ours, theirs = per_resource_in_process(thousand)
    say("Analyze in process, ours ÷ pulumi_policy's", f"1/{theirs / ours:.0f} ({ours * 1e3:.3f} ms)", "≤ 1/10")
    grpc_ours, grpc_theirs, nothing = (per_resource_through_grpc(name, thousand) for name in ("ours", "sdk", "nothing"))
    say(
        "Analyze through gRPC, ours ÷ pulumi_policy's",
        f"1/{grpc_theirs / grpc_ours:.1f} ({grpc_ours * 1e3:.2f} ms)",
        "≤ 1/4",
    )
    say("Analyze through gRPC, ours ÷ handlers that do nothing", f"{grpc_ours / nothing:.2f}", "≤ 2")
    seconds = {}
    for count in (1000, 5000, 20000):
        seconds[count] = stack_seconds(multiplied(update, count)) / count
        say(f"AnalyzeStack of {count:,} resources, a resource", f"{seconds[count] * 1e3:.3f} ms")
    say("AnalyzeStack a resource, 20,000 ÷ 1,000", f"{seconds[20000] / seconds[1000]:.2f}", "≤ 1.3")
    for count in (1000, 20000):
        empty, full = memory(multiplied(update, count))
        say(
            f"memory at start, and with {count:,} resources",
            f"{empty:.0f} MB, {full:.0f} MB ({(full - empty) / count * 1e3:.1f} kB each)",
        )
    say("CPU to port ÷ import of pulumi_policy", f"{start.ratio():.2f}", "≤ 1.5")


if __name__ == "__main__":
    main()
