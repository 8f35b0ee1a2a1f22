"""The pack as a whole, and the process that serves it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import grpc
import psutil
import pytest
import yaml
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2_grpc

from policypack import NAME, VERSION
from policypack.data.twins import CANONICAL_TYPES
from policypack.pack import PACK
from policypack.policy import Pack
from tests.support import SDK_TYPES
from tools import sdk_schema

ROOT = Path(__file__).resolve().parents[1]


def test_pulumi_sees_the_name_and_version_of_the_pack() -> None:
    project = yaml.safe_load((ROOT / "PulumiPolicy.yaml").read_text())
    assert (project["name"], project["version"]) == (NAME, VERSION)
    assert project["description"] == PACK.description


def test_the_changelog_knows_the_version() -> None:
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text()


def test_policies_with_the_same_id_are_refused() -> None:
    with pytest.raises(ValueError, match=PACK.policies[0].id):
        Pack("twice", "1.0.0", "", (PACK.policies[0], PACK.policies[0]))


def test_an_enforcing_machine_needs_no_pulumi_aws() -> None:
    code = "import sys, policypack.engine.server, policypack.pack; sys.exit('pulumi_aws' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_process_prints_its_port_and_ends_when_told_to(stop: signal.Signals) -> None:
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(ROOT)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert 0 < int(process.stdout.readline()) < 65536
        process.send_signal(stop)
        _, errors = process.communicate(timeout=10)
        assert process.returncode == 0
        assert errors == ""


def test_the_process_ends_when_the_engine_cancels_it() -> None:
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(ROOT)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
            analyzer_pb2_grpc.AnalyzerStub(channel).Cancel(Empty())
        assert process.wait(timeout=10) == 0


def test_the_process_ends_when_the_engine_is_gone() -> None:
    serving = (
        f"import subprocess; p = subprocess.Popen({[sys.executable, '-u', '-m', 'pulumi.policy', 'x', str(ROOT)]!r})"
    )
    code = f"{serving}; print(p.pid, flush=True); input()"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout
        process = psutil.Process(int(engine.stdout.readline()))
        engine.stdout.readline()  # its port
        engine.kill()
    process.wait(timeout=10)


@pytest.mark.parametrize("type_", SDK_TYPES)
def test_policies_know_each_type_by_every_name_that_it_had(type_: str) -> None:
    assert {CANONICAL_TYPES.get(alias) for alias in sdk_schema.aliases(type_)} <= {type_}
