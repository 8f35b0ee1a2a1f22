"""A pack that cannot start says in one sentence what is missing and which command to run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from policypack import startup
from policypack.pack import PACK

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("command", "installation"),
    [
        (
            ["__main__.py"],
            f"Run `pulumi install` in {ROOT}, or there: "
            "python3 -m venv venv && venv/bin/pip install -r requirements.txt",
        ),
        (
            ["-m", "policypack", "config", "schema"],
            f"Run in {ROOT}: python3 -m venv venv && venv/bin/pip install -r requirements.txt -r requirements-cli.txt. "
            "For an installed package: pip install 'aws-policypack[cli]'",
        ),
    ],
)
def test_missing_requirements_are_one_sentence(command: list[str], installation: str) -> None:
    """-S leaves out what is installed in the environment."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ended = subprocess.run(
        [sys.executable, "-S", *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    [line] = ended.stderr.splitlines()
    assert re.match(r"aws-policypack cannot start: the Python module '\w+' is not installed for /\S+python", line)
    assert line.endswith(installation)


def test_an_older_python_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.version_info", (3, 10, 13, "final", 0))
    with pytest.raises(SystemExit) as ended, startup.explained():
        raise AssertionError("the pack is not imported")
    assert ended.value.code == f"aws-policypack needs Python 3.11 or newer, and {sys.executable} is Python 3.10.13."


@pytest.mark.parametrize("name", ["policypack.gone", "policypack", None])
def test_a_fault_of_the_pack_is_raised_as_it_is(name: str | None) -> None:
    with pytest.raises(ModuleNotFoundError, match="a fault"), startup.explained():
        raise ModuleNotFoundError("a fault", name=name)


def test_every_version_of_python_is_named_alike() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    oldest = ".".join(map(str, startup.OLDEST_PYTHON))
    assert project["project"]["requires-python"] == f">={oldest}"
    assert project["tool"]["mypy"]["python_version"] == oldest
    assert project["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"


def test_the_package_has_the_pack_s_name_and_description() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (project["name"], project["description"]) == (PACK.name, PACK.description)


def test_what_the_command_line_needs_is_not_imported_where_the_engine_runs_the_pack() -> None:
    unwanted = ["typer", "click", "rich", "jinja2", "policypack.cli", "policypack.documents"]
    code = (
        "import sys, policypack.engine.server, policypack.pack, policypack.reports.sarif\n"
        f"print(*(name for name in {unwanted} if name in sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == ""
