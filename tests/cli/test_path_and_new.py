"""`policypack path` and `policypack new` in the project's folder; tests/e2e/test_package.py has them installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.driver import main

ROOT = Path(__file__).resolve().parents[2]


def test_the_folder_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("path") == 0
    assert capsys.readouterr().out == f"{ROOT}\n"


def test_a_checkout_without_its_environment_says_how_to_make_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("policypack.cli.path.CHECKOUT", tmp_path)
    (tmp_path / "PulumiPolicy.yaml").touch()
    assert main("path") == 2
    outcome = capsys.readouterr()
    assert outcome.out == ""
    assert "run `pulumi install` there first" in outcome.err


def test_a_package_without_the_folder_says_how_to_install_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("policypack.cli.path.CHECKOUT", tmp_path)
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))
    assert main("path") == 2
    assert "install aws-policypack in a virtual environment" in capsys.readouterr().err


def test_the_tests_of_a_new_pack_pass(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "acme-policies"
    assert main("new", folder) == 0
    assert yaml.safe_load((folder / "PulumiPolicy.yaml").read_text())["name"] == "acme-policies"
    assert '"acme-policies"' in (folder / "pack.py").read_text()
    assert (folder / "requirements.txt").read_text() == f"aws-policypack @ {ROOT.as_uri()}\n"
    assert f"--policy-pack {folder}" in capsys.readouterr().out
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    environment = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert "5 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["aws-policypack", "our policies", "-x", "ä", "a\nb"])
def test_names_that_a_pack_cannot_have_are_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    assert main("new", tmp_path / name) == 2
    assert "choose a folder with another name" in capsys.readouterr().err
    assert not (tmp_path / name).exists()


def test_a_folder_that_has_files_stays_as_it_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "pack.py").write_text("mine")
    assert main("new", tmp_path) == 2
    assert "is not empty" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["pack.py"]
    assert (tmp_path / "pack.py").read_text() == "mine"


def test_a_file_in_the_place_of_the_folder_is_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert main("new", tmp_path / "file" / "pack") == 2
    assert "cannot be written: Not a directory" in capsys.readouterr().err
