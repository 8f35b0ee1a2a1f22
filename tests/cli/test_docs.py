"""docs/check.md: its jobs are YAML, and its commands have only options that there are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml

from policypack.cli.app import app

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "check.md").read_text()
JOBS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"policypack ((?:check|explain|list|baseline|config \w+)(?: [^`|\n#']*)?)", PAGE)


@pytest.mark.parametrize("job", JOBS)
def test_jobs_are_yaml(job: str) -> None:
    assert isinstance(yaml.safe_load(job), dict)
    assert "policypack check" in job


@pytest.mark.parametrize("command", sorted(set(COMMANDS)))
def test_commands_have_the_options_that_the_page_says(command: str) -> None:
    found = typer.main.get_command(app)
    words = shlex.split(command.partition("<(")[0])
    while words and words[0] in getattr(found, "commands", {}):
        found = found.commands[words.pop(0)]  # type: ignore[attr-defined]
    options = {option for parameter in found.params for option in parameter.opts}
    assert not hasattr(found, "commands"), command
    assert {word for word in words if word.startswith("--")} <= options
