"""What a project's own config of ruff decides, and what it cannot make the lint do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from policypack.lint.pack import lint
from policypack.lint.project import Project
from tests.lint.support import PYTHON_PROJECT, found, project

PROGRAM = "import os\n\nx = 1\n"
FILES = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": PROGRAM}
HARMFUL = (
    'fix = true\nunsafe-fixes = true\nfix-only = true\ncache-dir = "cache"\noutput-format = "github"\n'
    'required-version = "==0.0.1"\nshow-fixes = true\n'
)


def codes(folder: Path, files: dict[str, str]) -> list[str]:
    """The codes of what `style` and `undefined-name` find."""
    return [each.rpartition(" ")[2].strip("().") for each in found(folder, files, "style", "undefined-name")]


@pytest.mark.parametrize(
    ("name", "head"),
    [("ruff.toml", ""), (".ruff.toml", ""), ("pyproject.toml", "[tool.ruff]\n"), ("base.toml", "")],
)
def test_a_lint_leaves_every_file_as_it_is(tmp_path: Path, name: str, head: str) -> None:
    files = {**FILES, name: f'{head}{HARMFUL}lint.select = ["F"]\n'}
    if name == "base.toml":
        files["ruff.toml"] = f'extend = "{name}"\n'
    root = project(tmp_path, files)
    before = {file: file.read_bytes() for file in root.rglob("*")}
    record = lint(Project(root))
    assert {file: file.read_bytes() for file in root.rglob("*")} == before
    messages = [each.violation.message for each in record.findings if each.policy.id == "style"]
    assert messages == ["`os` imported but unused (F401)."]


@pytest.mark.parametrize("to", ["pipe", "/dev/zero", "ruff.toml", "missing.toml", "."])
def test_a_config_extends_regular_files_only(tmp_path: Path, to: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert codes(tmp_path, {**FILES, "ruff.toml": f'extend = "{to}"\nlint.select = ["F"]\n'}) == ["F401"]


def test_what_a_config_extends_counts(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text('builtins = ["_"]\n[lint]\nselect = ["D100", "F"]\nignore = ["F401"]\n')
    files = {**FILES, "__main__.py": f"{PROGRAM}_(x)\n"}
    assert codes(tmp_path / "a", {**files, "ruff.toml": 'extend = "../ruff.toml"\n'}) == ["D100"]
    more = 'extend = "../ruff.toml"\nlint.ignore = ["D100"]\n'
    assert not codes(tmp_path / "b", {**files, "ruff.toml": more})
    anew = 'extend = "../ruff.toml"\nlint.select = ["F401"]\nlint.ignore = []\n'
    assert codes(tmp_path / "c", {**files, "ruff.toml": anew}) == ["F401"]


@pytest.mark.parametrize("name", ["ruff.toml", "pyproject.toml"])
def test_builtins_of_a_project_are_defined(tmp_path: Path, name: str) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": '_("x")\nspark("y")\n'}
    head = "[tool.ruff]\n" if name == "pyproject.toml" else ""
    files[name] = f'{head}builtins = ["_"]\nlint.select = ["E9"]\n'
    assert found(tmp_path, files, "undefined-name") == [
        "__main__.py:2:1 undefined-name: Undefined name `spark` (F821)."
    ]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ('select = ["F"]', ["F401"]),
        ('[lint]\nselect = ["F"]\nextend-select = ["D100"]', ["D100", "F401"]),
        ('lint.select = ["F"]\nlint.ignore = ["F401"]', []),
        ('select = ["F"]\nextend-ignore = ["F401"]', []),
        ('lint.select = ["F"]\n[lint.per-file-ignores]\n"*main__.py" = ["F401"]', []),
        ('lint.select = ["F"]\nextend-exclude = ["__main__.py"]', []),
        ('line-length = 5\nlint.select = ["E501"]', ["E501"]),
        ('lint.select = ["D1"]\n[lint.pydocstyle]\nconvention = "google"', ["D100"]),
        ('select = ["F"]\n[isort]\nknown-first-party = ["a\\"b\\u007f\\n"]', ["F401"]),
    ],
)
def test_what_a_config_selects_is_reported(tmp_path: Path, config: str, expected: list[str]) -> None:
    assert codes(tmp_path, {**FILES, "ruff.toml": f"{config}\n"}) == expected


def test_the_python_that_a_project_requires_decides_as_it_does_for_ruff(tmp_path: Path) -> None:
    program = "from typing import Optional\n\nx: Optional[int] = 1\n"
    files = {**FILES, "__main__.py": program, "ruff.toml": 'lint.select = ["UP045"]\n'}
    for least, expected in ((9, []), (12, ["UP045"])):
        about = f'[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.{least}"\n'
        assert codes(tmp_path / str(least), {**files, "pyproject.toml": about}) == expected


@pytest.mark.parametrize("config", ["lint = 3", "lint.select = 3", "a = ", "[" * 9_999, "lint.select = [2026-11-28]"])
def test_a_config_that_cannot_be_used_is_named_and_nothing_else_is_lost(tmp_path: Path, config: str) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": "nothing\n", "ruff.toml": f"{config}\n"}
    name, style = found(tmp_path, files, "undefined-name", "style")
    assert name.endswith("Undefined name `nothing` (F821).")
    assert "does not accept the project's config of ruff" in style
