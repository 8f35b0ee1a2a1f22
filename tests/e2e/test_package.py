"""The wheel, installed into a clean environment: its folder, and a pack of one's own, serve previews."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pulumi_aws as aws
import pytest

from tools.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; what it requires takes about twenty seconds."""
    folder = tmp_path_factory.mktemp("package")
    # A copy: the build leaves its files beside the sources.
    shutil.copytree(ROOT, folder / "project", ignore=shutil.ignore_patterns("venv", ".*", "__pycache__", "build"))
    run(folder / "project", sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder / "dist", ".")
    [wheel] = (folder / "dist").glob("aws_policypack-*.whl")
    run(folder, sys.executable, "-m", "venv", folder / "venv")
    run(folder, folder / "venv/bin/python", "-m", "pip", "install", "--quiet", f"{wheel}[cli]", "pytest")
    return folder / "venv"


def run(folder: Path, *command: str | Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_folder_of_an_installed_pack_serves_a_preview(sandbox: Sandbox, environment: Path) -> None:
    folder = Path(run(environment, environment / "bin/policypack", "path").rstrip("\n"))
    assert folder.is_relative_to(environment)
    # What the language host for Python makes of `virtualenv: ../..`.
    assert (folder / "../..").resolve() == environment
    sandbox.serve_packs_with(environment / "bin/python")
    outcome = sandbox.stack(_program).preview(folder)
    assert [finding.policy for finding in outcome.findings if finding.level == "mandatory"] == ["encryption-at-rest"]


def test_a_pack_of_ones_own_passes_its_test_and_serves_a_preview(
    sandbox: Sandbox, environment: Path, tmp_path: Path
) -> None:
    run(tmp_path, environment / "bin/policypack", "new", "acme")
    [requirement] = (tmp_path / "acme/requirements.txt").read_text().splitlines()
    assert requirement.startswith("aws-policypack @ file:///")
    assert requirement.endswith(".whl")
    assert "5 passed" in run(tmp_path / "acme", environment / "bin/python", "-m", "pytest", "-q")
    sandbox.serve_packs_with(environment / "bin/python")
    (tmp_path / "acme/venv").symlink_to(environment)  # in which a language host runs it
    outcome = sandbox.stack(_program).preview(tmp_path / "acme")
    found = {finding.policy for finding in outcome.findings}
    assert {"encryption-at-rest", "queue-retention"} <= found
    assert "acme@v0.1.0" in outcome.text


def _program() -> None:
    aws.sqs.Queue("orders", sqs_managed_sse_enabled=False, message_retention_seconds=3600)
