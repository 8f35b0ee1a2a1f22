"""The lint beside the real CLI: what it says of a project file, the CLI says too."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.lint.support import found, project
from tests.lint.test_config_keys import HEAD, PROGRAM, RIGHT, WRONG

HEADS = [
    "runtime: go\n",
    "name: shop\nruntime:\n  nam: go\n",
    "name: 12\nruntime: go\n",
]


pytestmark = pytest.mark.usefixtures("sandbox")


def accepts(folder: Path) -> bool:
    """Whether the CLI can read a project file: it does so before it lists stacks."""
    environment = {**os.environ, "PULUMI_BACKEND_URL": folder.as_uri()}
    command = ["pulumi", "stack", "ls", "--non-interactive"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("text", [*HEADS, *(f"{HEAD}  {declaration}\n" for declaration, _ in WRONG)])
def test_the_cli_refuses_what_the_lint_reports(tmp_path: Path, text: str) -> None:
    files = {"Pulumi.yaml": text, **PROGRAM}
    assert found(tmp_path, files)
    assert not accepts(tmp_path)


@pytest.mark.parametrize("declaration", RIGHT)
def test_the_cli_takes_what_the_lint_accepts(tmp_path: Path, declaration: str) -> None:
    assert accepts(project(tmp_path, {"Pulumi.yaml": f"{HEAD}  {declaration}\n", **PROGRAM}))
