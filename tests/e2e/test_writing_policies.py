"""docs/writing-policies.md works when it is followed to the letter."""

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


def edited(text: str, diff: str) -> str:
    """A text after a diff's hunks, each of which has to fit exactly one place."""
    for hunk in re.split(r"^@@\n", diff, flags=re.MULTILINE)[1:]:
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] != "+")
        after = "".join(line[1:] for line in lines if line[0] != "-")
        assert text.count(before) == 1, f"the guide's diff does not fit:\n{hunk}"
        text = text.replace(before, after)
    return text


def test_the_guide_leads_from_nothing_to_a_finding(sandbox: Sandbox, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    ignored = shutil.ignore_patterns("venv", ".git", ".*_cache", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, pack, ignore=ignored)
    commands = []
    for kind, path, text in BLOCK.findall(GUIDE):
        if kind == "sh":
            commands.append(text.strip())
        elif kind == "diff":
            (pack / path).write_text(edited((pack / path).read_text(), text))
        elif path.startswith(("policypack/", "tests/")):
            assert not (pack / path).exists()
            (pack / path).write_text(text)
    assert commands
    for command in commands:
        arguments = [sys.executable if word == "venv/bin/python" else word for word in command.split()]
        done = subprocess.run(arguments, cwd=pack, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "passed" in done.stdout
    (pack / "PulumiPolicy.yaml").write_text("name: mine\nruntime: python\nversion: 0.0.1\n")
    outcome = sandbox.stack(_program).preview(pack)
    found = [finding for finding in outcome.findings if finding.policy == "queue-retention"]
    assert [finding.name for finding in found] == ["orders"]
    assert found[0].message.splitlines()[0] in GUIDE


def _program() -> None:
    aws.sqs.Queue("orders", message_retention_seconds=3600)
