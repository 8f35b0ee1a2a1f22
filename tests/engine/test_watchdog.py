"""The pack ends when the engine is gone or asks, whatever a policy does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import psutil
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from policypack.engine import watchdog

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_END = 60.0
"""Far more than the pack needs, on a machine that does a lot beside."""

# A pack whose calls do not end.
PACK = """
import re, sys
from pulumi.runtime.proto.analyzer_pb2 import AnalyzeResponse
from policypack.engine import server
from policypack.engine.analyzer import Analyzer
from policypack.policy import Pack

class Hanging(Analyzer):
    def Analyze(self, request, context):
        print("asked", flush=True)
        if sys.argv[1] == "holds the lock":
            re.fullmatch("(a+)+b", "a" * 60)
        while sys.argv[1] == "runs on":
            pass
        return AnalyzeResponse()

    Configure = ConfigureStack = Remediate = AnalyzeStack = Analyze

server.Analyzer = Hanging
server.serve(Pack("test", "1.0.0", "", ()), int(sys.argv[2]))
"""
# The engine, which starts the pack, tells its process id and stays until it is killed.
ENGINE = """
import subprocess, sys
pack = subprocess.Popen([sys.executable, "-c", *sys.argv[1:]], stdout=None)
print(pack.pid, flush=True)
pack.wait()
sys.stdin.read()
"""


REQUESTS: dict[str, Any] = {
    "Configure": analyzer_pb2.ConfigureAnalyzerRequest(),
    "ConfigureStack": analyzer_pb2.AnalyzerStackConfigureRequest(),
    "Remediate": analyzer_pb2.AnalyzeRequest(),
    "Analyze": analyzer_pb2.AnalyzeRequest(),
    "AnalyzeStack": analyzer_pb2.AnalyzeStackRequest(),
}


class Started:
    """An engine, the pack that it has started, and the pack's watchdog."""

    def __init__(self, engine: subprocess.Popen[str]) -> None:
        assert engine.stdout
        self.engine = engine
        self.output = engine.stdout
        lines = {engine.stdout.readline().strip() for _ in range(2)}
        # A process id and a port, in whichever order they were printed.
        pids = {child.pid for child in psutil.Process(engine.pid).children()}
        [self.pid] = pids
        [port] = lines - {str(self.pid)}
        self.pack = psutil.Process(self.pid)
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.stub = analyzer_pb2_grpc.AnalyzerStub(self.channel)
        self.calls: list[Any] = []

    def call(self, name: str) -> None:
        """Makes a call, and returns as soon as the pack works on it."""
        # Kept: a call that nothing refers to is cancelled.
        self.calls.append(getattr(self.stub, name).future(REQUESTS[name]))
        assert self.output.readline() == "asked\n"

    def cancel(self) -> None:
        """Sends Cancel, which no one may answer."""
        self.calls.append(self.stub.Cancel.future(Empty()))


def watchdogs(pid: int) -> list[psutil.Process]:
    """The processes that a pack has started."""
    found: list[psutil.Process] = []
    while not found:
        time.sleep(0.01)
        found = psutil.Process(pid).children()
    return found


@contextmanager
def started(how: str, longest_silence: int = 60) -> Iterator[Started]:
    command = [sys.executable, "-c", ENGINE, PACK, how, str(longest_silence)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as engine:
        it = Started(engine)
        try:
            yield it
        finally:
            it.channel.close()
            for process in (it.pack, psutil.Process(engine.pid)):
                with suppress(psutil.NoSuchProcess):
                    process.kill()


WAYS: dict[str, Callable[[Started], None]] = {
    "the engine is killed": lambda it: it.engine.kill(),
    "SIGTERM": lambda it: os.kill(it.pid, signal.SIGTERM),
    "SIGINT": lambda it: os.kill(it.pid, signal.SIGINT),
    "Cancel": Started.cancel,
}


class Case(NamedTuple):
    """Calls that a pack works on, how, and what should end it."""

    calls: tuple[str, ...]
    how: str
    way: str
    longest_silence: int = 60

    def ends(self) -> bool:
        """Whether the pack and its watchdog end."""
        with started(self.how, self.longest_silence) as it:
            for call in self.calls:
                it.call(call)
            processes = [it.pack, *watchdogs(it.pid)]
            WAYS[self.way](it)
            _, alive = psutil.wait_procs(processes, timeout=SECONDS_TO_END)
            return alive == []


CASES = [
    # The pack answers four calls at once: none of its threads is free to hear that it has to end.
    *(Case(("Configure", "ConfigureStack", "Remediate", "Analyze"), "runs on", way) for way in WAYS),
    *(Case(("AnalyzeStack",), "runs on", way) for way in WAYS),
    # Nothing outside of the process can see a Cancel that it does not read: that it does not respond ends it.
    *(Case(("Analyze",), "holds the lock", way, 5 if way == "Cancel" else 60) for way in WAYS),
    *(Case((call,), "holds the lock", "the engine is killed") for call in REQUESTS if call != "Analyze"),
]


@pytest.fixture(scope="module")
def ended() -> dict[Case, bool]:
    """Whether each ends: several at once, as most of the time goes into waiting."""
    with ThreadPoolExecutor(6) as threads:
        return dict(zip(CASES, threads.map(Case.ends, CASES), strict=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.way}-{case.how}-{case.calls[0]}")
def test_the_pack_ends_in_the_middle_of_calls(ended: dict[Case, bool], case: Case) -> None:
    assert ended[case]


def test_a_pack_that_does_not_respond_says_so_in_one_sentence() -> None:
    with started("holds the lock", longest_silence=3) as it:
        it.call("Analyze")
        it.pack.wait(SECONDS_TO_END)
        it.engine.kill()
        assert it.engine.stderr
        [line] = it.engine.stderr.read().splitlines()
        assert line.startswith("error: the policy pack has been ended: it did not respond for 3 seconds")


@pytest.mark.parametrize(
    ("cpu_seconds_a_tick", "ticks"), [(1.0, 7), (2.0, 4), (0.01, 40)], ids=["busy", "very busy", "kept from running"]
)
def test_a_silent_pack_is_ended_by_the_work_that_it_does(
    cpu_seconds_a_tick: float, ticks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = count(0, cpu_seconds_a_tick)
    monkeypatch.setattr(watchdog, "_TICK", 0.001)
    monkeypatch.setattr(watchdog, "_read", lambda pipe: None)
    monkeypatch.setattr(watchdog, "_engine_and_between", lambda engine, pack: iter([psutil.Process()]))
    monkeypatch.setattr(watchdog, "_cpu_seconds", lambda pid: next(used))
    reason = watchdog._reason_to_end(1, 2, longest_silence=40)
    assert f"it did not respond for {ticks} seconds" in str(reason)


def test_the_work_of_a_process_is_told() -> None:
    before = watchdog._cpu_seconds(os.getpid())
    sum(range(10**6))
    assert 0 < before < watchdog._cpu_seconds(os.getpid())
    assert watchdog._cpu_seconds(2**22 + 1) == 0


def test_a_pack_that_is_busy_in_c_for_a_while_is_left_alone() -> None:
    # Each sum holds the lock for a part of a second, and all of them take longer than the pack may be silent.
    code = PACK.replace('re.fullmatch("(a+)+b", "a" * 60)', "[sum(range(5 * 10**6)) for _ in range(60)]")
    command = [sys.executable, "-c", code, "holds the lock", "5"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
            stub = analyzer_pb2_grpc.AnalyzerStub(channel)
            assert stub.Analyze(REQUESTS["Analyze"], timeout=60) == analyzer_pb2.AnalyzeResponse()
            stub.Cancel(Empty())
        assert process.wait(timeout=SECONDS_TO_END) == 0


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_whole_group_ends_all_of_it_without_a_word(stop: signal.Signals) -> None:
    # The engine sends one at the end, which may be while the watchdog starts.
    with subprocess.Popen(
        [sys.executable, str(ROOT)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        [guard] = watchdogs(process.pid)
        os.killpg(process.pid, stop)
        _, errors = process.communicate(timeout=SECONDS_TO_END)
        guard.wait(SECONDS_TO_END)
        assert (process.returncode, errors) == (0, "")


def test_the_pack_works_without_its_watchdog() -> None:
    with started("is no trouble") as it:
        [guard] = watchdogs(it.pid)
        guard.kill()
        it.call("Analyze")
        it.cancel()
        it.pack.wait(SECONDS_TO_END)


def test_a_closed_standard_output_is_one_sentence() -> None:
    code = f"import os, sys; os.close(1); os.execv({sys.executable!r}, [{sys.executable!r}, {str(ROOT)!r}])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("The policy pack cannot print its port: standard output is closed.")


def test_a_closed_standard_input_and_error_are_no_trouble() -> None:
    code = "import os, sys; os.close(0); os.close(2); os.execv(sys.argv[1], sys.argv[1:])"
    command = [sys.executable, "-c", code, sys.executable, str(ROOT)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
            analyzer_pb2_grpc.AnalyzerStub(channel).Cancel(Empty())
        assert process.wait(timeout=SECONDS_TO_END) == 0


def test_a_port_that_cannot_be_had_is_one_sentence() -> None:
    code = "import grpc; grpc.server = lambda *_, **__: Server(); " + PACK
    server = (
        "class Server:\n"
        "    def add_registered_method_handlers(self, *_): pass\n"
        "    def add_generic_rpc_handlers(self, *_): pass\n"
        "    def add_insecure_port(self, _): raise RuntimeError('Failed to bind to address')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", server + code, "runs on", "60"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("The policy pack cannot listen on a port of 127.0.0.1")
