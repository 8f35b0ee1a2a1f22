"""The pack ends when the engine is gone or asks, whatever a policy does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
THING = "aws:test/thing:Thing"
SECONDS_TO_END = 20.0
"""Far more than the pack needs, on a machine that does a lot beside."""

# A pack with one policy that does what the resource's name says.
PACK = """
import re, sys, time
from policypack.config import Config
from policypack.engine.server import serve
from policypack.model import Resource
from policypack.policy import Pack, resource_policy
from policypack.verdict import Verdicts

@resource_policy(id="hangs", title="T", types=("aws:test/thing:Thing",), severity="low", fix="F", url="https://a.com")
def hangs(thing: Resource, config: Config) -> Verdicts:
    print("asked", flush=True)
    if thing.name == "holds the lock":
        re.fullmatch("(a+)+b", "a" * 60)
    while thing.name == "runs on":
        pass
    return
    yield

serve(Pack("test", "1.0.0", "", (hangs,)), int(sys.argv[1]))
"""
# The engine, which starts the pack, tells its process id and stays until it is killed.
ENGINE = """
import subprocess, sys
pack = subprocess.Popen([sys.executable, "-c", sys.argv[1], sys.argv[2]], stdout=None)
print(pack.pid, flush=True)
pack.wait()
sys.stdin.read()
"""


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

    def analyze(self, name: str) -> None:
        """Sends a resource, and returns as soon as the policy has it."""
        request = analyzer_pb2.AnalyzeRequest(type=THING, name=name, urn=f"urn:pulumi:dev::shop::{THING}::{name}")
        # Kept: a call that nothing refers to is cancelled.
        self.calls.append(self.stub.Analyze.future(request))
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
def started(longest_silence: int = 60) -> Iterator[Started]:
    command = [sys.executable, "-c", ENGINE, PACK, str(longest_silence)]
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


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["runs on", "holds the lock"])
def test_the_pack_ends(name: str, way: str) -> None:
    # Nothing outside of the process can see a Cancel that it does not read: that it does not respond ends it.
    with started(longest_silence=5 if way == "Cancel" else 60) as it:
        [watchdog] = watchdogs(it.pid)
        it.analyze(name)
        WAYS[way](it)
        _, alive = psutil.wait_procs([it.pack, watchdog], timeout=SECONDS_TO_END)
        assert alive == []


def test_a_pack_that_does_not_respond_says_so_in_one_sentence() -> None:
    with started(longest_silence=3) as it:
        it.analyze("holds the lock")
        it.pack.wait(SECONDS_TO_END)
        it.engine.kill()
        assert it.engine.stderr
        [line] = it.engine.stderr.read().splitlines()
        assert line.startswith("error: the policy pack has been ended: it did not respond for 3 seconds")


def test_a_pack_that_is_busy_in_c_for_a_while_is_left_alone() -> None:
    # Each sum holds the lock for a part of a second, and all of them take longer than the pack may be silent.
    code = PACK.replace('re.fullmatch("(a+)+b", "a" * 60)', "[sum(range(5 * 10**6)) for _ in range(60)]")
    command = [sys.executable, "-c", code, "5"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
            stub = analyzer_pb2_grpc.AnalyzerStub(channel)
            request = analyzer_pb2.AnalyzeRequest(type=THING, name="holds the lock", urn="urn:a")
            assert stub.Analyze(request, timeout=60) == analyzer_pb2.AnalyzeResponse()
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
        [watchdog] = watchdogs(process.pid)
        os.killpg(process.pid, stop)
        _, errors = process.communicate(timeout=SECONDS_TO_END)
        watchdog.wait(SECONDS_TO_END)
        assert (process.returncode, errors) == (0, "")


def test_the_pack_works_without_its_watchdog() -> None:
    with started() as it:
        [watchdog] = watchdogs(it.pid)
        watchdog.kill()
        it.analyze("is no trouble")
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
        [sys.executable, "-c", server + code, "60"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("The policy pack cannot listen on a port of 127.0.0.1")
