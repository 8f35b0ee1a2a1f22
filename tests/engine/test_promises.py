"""What SECURITY.md promises: which files the process reads, that it writes none, and that it connects to nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from tests.engine.driver import output, secret, struct, urn

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "SuperSecret2024!"
DATABASE = "aws:rds/instance:Instance"
BUCKET = "aws:s3/bucket:Bucket"

# Runs the pack, and writes down what Python's audit hooks tell (https://docs.python.org/3/library/audit_events.html).
AUDITED = """
import json, os, runpy, sys
import pulumi  # Pulumi's SDK imports dill, which makes an empty temporary file and removes it

log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
WATCHED = ("open", "os.", "socket.", "subprocess.", "shutil.", "pty.", "ftplib.", "http.", "smtplib.", "urllib.")
HARMLESS = ("os.putenv", "os.unsetenv")

def hook(event, arguments):
    if event.startswith(WATCHED) and not event.startswith(HARMLESS):
        shown = [argument if isinstance(argument, (str, int, type(None))) else repr(argument) for argument in arguments]
        os.write(log, (json.dumps([event, *shown]) + "\\n").encode())

sys.addaudithook(hook)
runpy.run_path(sys.argv[2], run_name="__main__")
"""
# Stands between the tests and the pack as the engine does: it works in the program's folder.
ENGINE = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[2:], cwd=sys.argv[1]).returncode)"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("program")
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "__main__.py").write_text(f'PASSWORD = "{PASSWORD}"\n')
    return folder


@pytest.fixture(scope="module")
def connections() -> list[Any]:
    return []


@pytest.fixture(scope="module")
def events(program: Path, connections: list[Any], tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    """All that the pack does from its start until it is cancelled, with every call of the engine in between."""
    log = tmp_path_factory.mktemp("log") / "events"
    command = [sys.executable, "-c", ENGINE, str(ROOT), sys.executable, "-c", AUDITED, str(log), str(ROOT)]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(command, cwd=program, env=env, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout
        with grpc.insecure_channel(f"127.0.0.1:{engine.stdout.readline().strip()}") as channel:
            stub = analyzer_pb2_grpc.AnalyzerStub(channel)
            found = _call_all(stub)
            [pack] = psutil.Process(engine.pid).children()
            connections += pack.net_connections(kind="all")
            stub.Cancel(Empty())
        engine.wait(timeout=30)
    # That the source was read is what makes the files that were opened worth looking at.
    assert any("__main__.py:1" in diagnostic.message for diagnostic in found)
    return [json.loads(line) for line in log.read_text().splitlines()]


def _call_all(stub: analyzer_pb2_grpc.AnalyzerStub) -> list[analyzer_pb2.AnalyzeDiagnostic]:
    stub.Handshake(analyzer_pb2.AnalyzerHandshakeRequest())
    stub.GetAnalyzerInfo(Empty())
    stub.GetPluginInfo(Empty())
    stub.Configure(
        analyzer_pb2.ConfigureAnalyzerRequest(
            policyConfig={"s3-versioning": analyzer_pb2.PolicyConfig(enforcementLevel=analyzer_pb2.REMEDIATE)}
        )
    )
    stub.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack="dev", project="shop", dry_run=True))
    resources: dict[str, dict[str, Any]] = {DATABASE: {"password": secret(PASSWORD)}, BUCKET: {"bucket": "orders"}}
    found: list[analyzer_pb2.AnalyzeDiagnostic] = []
    for type_, properties in resources.items():
        request = analyzer_pb2.AnalyzeRequest(
            type=type_, name="it", urn=urn(type_, "it"), properties=struct(properties)
        )
        stub.Remediate(request)
        found += stub.Analyze(request).diagnostics
    outputs = [output(type_, "it", **properties) for type_, properties in resources.items()]
    found += stub.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=outputs)).diagnostics
    return found


def of(events: list[list[Any]], *prefixes: str) -> Iterator[list[Any]]:
    return (event for event in events if event[0].startswith(prefixes))


def test_it_writes_no_file(events: list[list[Any]]) -> None:
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    # A number is a file that is open already: the pipe to the watchdog, whose own output goes nowhere.
    opened = {event[1] for event in of(events, "open") if event[3] & writing and isinstance(event[1], str)}
    assert opened <= {os.devnull}
    reading = ("os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.getxattr", "os.chdir")
    assert [event for event in of(events, "os.", "shutil.") if not event[0].startswith(reading)] == []


def test_it_reads_the_pack_python_and_the_program(events: list[list[Any]], program: Path) -> None:
    python = {sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values()}
    allowed = [ROOT, program, *map(Path, python)]
    # Where Linux tells of processes.
    allowed += [Path("/proc"), Path(os.devnull)]
    read = {Path(os.path.abspath(event[1])) for event in of(events, "open") if isinstance(event[1], str)}
    assert program / "__main__.py" in read
    assert [path for path in read if not any(path.is_relative_to(folder) for folder in allowed)] == []


def test_it_connects_to_nothing(events: list[list[Any]], connections: list[Any]) -> None:
    assert list(of(events, "socket.", "http.", "urllib.", "ftplib.", "smtplib.")) == []
    # gRPC has sockets of its own, which Python does not see.
    listening = [each for each in connections if each.status == psutil.CONN_LISTEN]
    assert [each.laddr.ip.removeprefix("::ffff:") for each in listening] == ["127.0.0.1"]
    others = [each for each in connections if each not in listening]
    assert {each.laddr for each in others} <= {listening[0].laddr}


def test_it_starts_nothing_but_its_watchdog(events: list[list[Any]]) -> None:
    started = list(of(events, "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system", "pty."))
    assert [event[:2] for event in started] == [["subprocess.Popen", sys.executable]]
    assert "watchdog.py" in started[0][2]
