"""docs/writing-policies.md works when it is followed step by step."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pulumi_aws as aws

from tools.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "writing-policies.md").read_text()
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_guide_leads_from_nothing_to_a_finding(sandbox: Sandbox, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    ignored = shutil.ignore_patterns("venv", ".git", ".*_cache", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, pack, ignore=ignored)
    written, commands = [], []
    for kind, path, text in BLOCK.findall(GUIDE):
        if kind == "sh":
            for line in text.splitlines():
                commands.append(line)
                run(pack, line)
        elif path.startswith(("policypack/", "tests/", "docs/")):
            # The first step has written it.
            assert (pack / path).exists()
            (pack / path).write_text(text)
            written.append(path)
    assert len(written) == 3
    assert len(commands) == 7
    checked = [sys.executable, "-m", "ruff", "check", *written[:2]]
    assert subprocess.run(checked, cwd=pack, check=False).returncode == 0
    (pack / "PulumiPolicy.yaml").write_text("name: mine\nruntime: python\nversion: 0.0.1\n")
    outcome = sandbox.stack(_program).preview(pack)
    found = [finding for finding in outcome.findings if finding.policy == "queue-retention"]
    assert [finding.name for finding in found] == ["orders"]
    assert found[0].message.splitlines()[0] in GUIDE


def run(pack: Path, command: str) -> None:
    """Runs a command of the guide, which has to succeed, and a test of it to have run."""
    program, *arguments = command.split()
    assert program == "venv/bin/python"
    done = subprocess.run([sys.executable, *arguments], cwd=pack, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pytest" not in arguments or re.search(r"\b[1-9]\d* passed", done.stdout), done.stdout


def _program() -> None:
    aws.sqs.Queue("orders", message_retention_seconds=3600)
