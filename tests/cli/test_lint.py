"""`policypack lint`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from policypack.reports.report import FORMATS
from tests.cli.driver import main
from tests.lint.support import PYTHON_PROJECT, project

WRONG = {
    "Pulumi.yaml": PYTHON_PROJECT,
    "__main__.py": 'import pulumi\n\npassword = "kR7vQ2mXw9Lp"\nregion = pulumi.Config().get("region")\n',
}
RIGHT = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": 'import pulumi\n\npulumi.export("a", 1)\n'}


@pytest.fixture(autouse=True)
def in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_findings_are_said_with_their_lines_and_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project(tmp_path, WRONG)
    assert main("lint") == 1
    out = capsys.readouterr().out
    assert "critical  mandatory  secret-in-source  __main__.py:3:12" in out
    assert "Checked 2 files with " in out
    assert "1 mandatory finding: 1 critical; 1 advisory finding: 1 low." in out


@pytest.mark.parametrize(("fail_on", "code"), [("mandatory", 1), ("never", 0), ("low", 1)])
def test_what_fails_can_be_chosen(tmp_path: Path, fail_on: str, code: int) -> None:
    project(tmp_path, WRONG)
    assert main("lint", str(tmp_path), "--fail-on", fail_on) == code


def test_a_right_project_is_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project(tmp_path, RIGHT)
    assert main("lint") == 0
    assert "No findings." in capsys.readouterr().out


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_shows_the_file_and_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    project(tmp_path, WRONG)
    assert main("lint", "--format", name) == 1
    out = capsys.readouterr().out
    assert "__main__.py" in out
    assert "kR7vQ2mXw9Lp" not in out


def test_places_are_named_from_the_top_of_the_repository_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".git").mkdir()
    project(tmp_path / "infra", WRONG)
    main("lint", "infra", "--format", "sarif")
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results]
    assert set(places) == {"infra/__main__.py"}


def test_a_moved_line_changes_no_fingerprint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prints = []
    for blank in ("", "\n\n"):
        project(tmp_path, {**WRONG, "__main__.py": blank + WRONG["__main__.py"]})
        main("lint", "--format", "sarif")
        results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
        prints.append([result["partialFingerprints"] for result in results])
    assert prints[0] == prints[1]
    assert len({json.dumps(each) for each in prints[0]}) == 2


def test_levels_are_set_by_a_config_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project(tmp_path / "shop", WRONG)
    config = tmp_path / "lint.json"
    config.write_text(json.dumps({"secret-in-source": "advisory", "unused-config": "disabled"}))
    assert main("lint", "shop", "--config", str(config)) == 0
    config.write_text(json.dumps({"secret-in-sorce": "advisory"}))
    assert main("lint", "shop", "--config", str(config)) == 2
    assert "did you mean 'secret-in-source'?" in capsys.readouterr().err


@pytest.mark.parametrize("folder", ["nowhere", "Pulumi.yaml", "fifo"])
def test_what_is_no_folder_ends_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: str
) -> None:
    project(tmp_path, RIGHT)
    os.mkfifo(tmp_path / "fifo")
    assert main("lint", folder) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"policypack: {folder}: the folder cannot be read: ")
    assert err.count("\n") == 1


def test_links_and_pipes_in_the_folder_are_not_followed(tmp_path: Path) -> None:
    project(tmp_path, RIGHT)
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "Pulumi.dev.yaml").symlink_to("/dev/zero")
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe\x00\x00")
    assert main("lint") == 0


def test_a_pipe_as_project_file_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "Pulumi.yaml")
    assert main("lint") == 1
    assert "Pulumi.yaml is empty." in capsys.readouterr().out


def test_explain_knows_the_policies_of_the_lint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("explain", "sdk-names") == 0
    assert "the project's files" in capsys.readouterr().out


def test_a_pipe_in_the_place_of_any_file_is_not_waited_for(tmp_path: Path) -> None:
    project(tmp_path, RIGHT)
    for name in ("requirements.txt", "pyproject.toml", "ruff.toml", "uv.lock", "Pulumi.dev.yaml", ".gitignore"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "nul.py").write_bytes(b"x = 1\0")
    assert main("lint") == 0
