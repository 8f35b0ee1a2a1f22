"""The guides: their jobs are YAML, their config is right, and their commands have only options that there are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml

from policypack.cli.app import app
from policypack.config_file import check_config
from policypack.pack import PACK

DOCS = Path(__file__).resolve().parents[2] / "docs"
CHECK, ROLLOUT = (DOCS / "check.md").read_text(), (DOCS / "rollout.md").read_text()
JOBS = re.findall(r"```yaml\n(.*?)```", CHECK, re.DOTALL)
COMMANDS = re.findall(
    r"policypack ((?:check|explain|list|baseline|fleet|fleet-report|path|new|config \w+)(?: [^`|\n#']*)?)",
    CHECK + ROLLOUT + (DOCS / "fleet.md").read_text() + (DOCS / "packaging.md").read_text(),
)
CONFIGS = re.findall(r"```json\n(.*?)```", ROLLOUT, re.DOTALL)


@pytest.mark.parametrize("job", JOBS)
def test_jobs_are_yaml(job: str) -> None:
    assert isinstance(yaml.safe_load(job), dict)
    assert "policypack check" in job


@pytest.mark.parametrize("config", CONFIGS)
def test_config_files_are_right(config: str) -> None:
    _, mistakes = check_config(config, PACK)
    assert mistakes == []


@pytest.mark.parametrize("command", sorted(set(COMMANDS)))
def test_commands_have_the_options_that_the_page_says(command: str) -> None:
    found = typer.main.get_command(app)
    words = shlex.split(command.partition("<(")[0])
    while words and words[0] in getattr(found, "commands", {}):
        found = found.commands[words.pop(0)]  # type: ignore[attr-defined]
    options = {option for parameter in found.params for option in parameter.opts}
    assert not hasattr(found, "commands"), command
    assert {word for word in words if word.startswith("--")} <= options
