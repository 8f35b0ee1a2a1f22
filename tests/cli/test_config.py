"""`policypack config`: what it prints where, and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from policypack.cli import options
from policypack.config_file import check_file, file_schema
from policypack.pack import PACK
from tests.cli.driver import main

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {"logs-retention": {"minDays": 90}, "s3-mfa-delete": "mandatory"}
SANDBOX = {"all": "advisory", "logs-retention": {"minDays": 1}}


@pytest.fixture(autouse=True)
def presets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    monkeypatch.setattr(options, "PRESETS", folder)
    return folder


def written(path: Path, content: object) -> str:
    path.write_text(json.dumps(content))
    return str(path)


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command line as people call it."""
    command = [sys.executable, "-m", "policypack", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


# policypack config check FILE


def test_a_right_file_is_summed_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "mine.json", {"all": "mandatory", PACK.policies[0].id: "disabled"})
    assert main("config", "check", file) == 0
    total = len(PACK.policies)
    assert capsys.readouterr() == (f"{file}: right. {total} policies: {total - 1} mandatory, 1 disabled.\n", "")


def test_the_nearest_preset_is_named_with_the_differences(
    tmp_path: Path, presets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(presets / "production.json", PRODUCTION)
    written(presets / "sandbox.json", SANDBOX)
    (presets / "broken.json").write_text("{")
    mine = written(tmp_path / "mine.json", {"logs-retention": {"minDays": 365.0}, "s3-mfa-delete": "advisory"})
    assert main("config", "check", mine) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.endswith(". The nearest preset is production.json, with 2 differences:")
    assert rest == [
        "  s3-mfa-delete: advisory, in production.json mandatory",
        "  logs-retention.minDays: 365, in production.json 90",
    ]
    play = written(tmp_path / "play.json", SANDBOX | {"logs-kms": "disabled"})
    assert main("config", "check", play) == 0
    assert "is sandbox.json, with 1 difference:\n  logs-kms: disabled, in" in capsys.readouterr().out


def test_a_file_that_leaves_out_defaults_only_equals_the_preset(
    tmp_path: Path, presets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(presets / "production.json", PRODUCTION)
    mine = written(tmp_path / "mine.json", {"s3-mfa-delete": {"enforcementLevel": "mandatory"}})
    assert main("config", "check", mine) == 0
    assert capsys.readouterr().out.endswith(" In effect the same as the preset production.json.\n")


def test_a_change_of_every_policy_of_a_level_takes_one_line(
    tmp_path: Path, presets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(presets / "production.json", {})
    stopping = [policy.id for policy in PACK.policies if policy.enforcement == "mandatory"]
    all_advisory = dict.fromkeys(stopping, "advisory")
    mine = written(tmp_path / "mine.json", all_advisory | {"multi-az": "disabled"})
    assert main("config", "check", mine) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  every policy that is mandatory in production.json is advisory",
        "  multi-az: disabled, in production.json advisory",
    ]
    # One policy that keeps its level makes the sentence wrong, so each policy is listed.
    mine = written(tmp_path / "but-one.json", dict.fromkeys(stopping[1:], "advisory"))
    assert main("config", "check", mine) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(stopping)


def test_everything_advisory_takes_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    assert main("config", "check", str(options.PRESETS / "first-day.json")) == 0
    _, *rest = capsys.readouterr().out.splitlines()
    assert rest == ["  every policy that is mandatory in production.json is advisory"]


def test_a_preset_is_compared_with_the_others(presets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    production = written(presets / "production.json", PRODUCTION)
    assert main("config", "check", production) == 0
    assert "preset" not in capsys.readouterr().out.removeprefix(production)
    written(presets / "sandbox.json", PRODUCTION | {"logs-kms": "disabled"})
    assert main("config", "check", production) == 0
    assert "is sandbox.json, with 1 difference:" in capsys.readouterr().out


def test_mistakes_go_to_standard_error_and_the_other_files_are_checked_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = written(tmp_path / "right.json", {})
    wrong = written(tmp_path / "wrong.json", {"logs-kmss": "advisory", "logs-kms": "advisry"})
    assert main("config", "check", wrong, str(tmp_path), right) == 1
    out, err = capsys.readouterr()
    assert out.startswith(f"{right}: right. ")
    assert len(out.splitlines()) == 1
    assert sorted(err.splitlines()) == sorted(
        [
            f"{wrong}:1: the pack has no policy 'logs-kmss'; did you mean 'logs-kms'?",
            f"{wrong}:1: policy 'logs-kms': \"advisry\" is not an enforcement level; did you mean 'advisory'?",
            f"{tmp_path}: the file cannot be read: Is a directory",
        ]
    )


def test_the_presets_are_the_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert (options.PRESETS / "fintech.json").is_file()


# policypack config schema


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("config", "schema") == 0
    assert json.loads(capsys.readouterr().out) == file_schema(PACK)


# How it is called


@pytest.mark.parametrize(
    "arguments", [["config", "check"], ["config", "schema", "f.json"], ["confg"], ["config", "check", "--x"]]
)
def test_wrong_arguments_are_told_with_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(*arguments) == 2
    assert capsys.readouterr().err.startswith("Usage: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--help"], "Policy config files"), (["config", "--help"], "schema"), (["config", "check", "--help"], "nearest")],
)
def test_help_is_given(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(*arguments) == 0
    assert said in capsys.readouterr().out


# policypack config init


def test_a_first_config_file_is_one_that_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    file = tmp_path / "policy-config.json"
    assert main("config", "init", str(file)) == 0
    assert f"--policy-pack-config {file}" in capsys.readouterr().out
    settings, mistakes = check_file(file, PACK)
    assert not mistakes
    assert {setting.level for setting in settings.values()} == {"advisory", "disabled"}


def test_a_first_config_file_may_be_that_of_a_preset(tmp_path: Path, presets: Path) -> None:
    written(presets / "production.json", PRODUCTION)
    file = tmp_path / "mine.json"
    assert main("config", "init", str(file), "--preset", "production") == 0
    assert json.loads(file.read_text()) == PRODUCTION


def test_no_config_file_is_written_over(tmp_path: Path, presets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(presets / "production.json", PRODUCTION)
    file = tmp_path / "mine.json"
    file.write_text("mine")
    assert main("config", "init", str(file), "--preset", "production") == 2
    assert file.read_text() == "mine"
    assert capsys.readouterr().err == f"policypack: {file}: the file cannot be written: File exists\n"


@pytest.mark.parametrize("name", ["prodction", "x"])
def test_a_preset_that_is_none_is_said(
    name: str, tmp_path: Path, presets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(presets / "production.json", PRODUCTION)
    assert main("config", "init", str(tmp_path / "mine.json"), "--preset", name) == 2
    hint = "; did you mean 'production'?" if name != "x" else ": there are production"
    assert capsys.readouterr().err == f"policypack: there is no preset '{name}'{hint}\n"


# The process


def test_the_process_ends_with_the_exit_code(tmp_path: Path) -> None:
    right = run("config", "check", written(tmp_path / "right.json", {"all": "advisory"}))
    assert (right.returncode, right.stderr) == (0, "")
    assert "right.json: right. " in right.stdout
    missing = run("config", "check", tmp_path / "missing.json")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr == f"{tmp_path}/missing.json: the file cannot be read: No such file or directory\n"
    assert run("config").returncode == 2


@pytest.mark.parametrize("content", ["{}", "{"])
def test_any_file_name_can_be_printed(tmp_path: Path, content: str) -> None:
    file = tmp_path / "\udcff\u4e2d.json"
    file.write_text(content)
    found = run("config", "check", file)
    assert "Traceback" not in found.stderr
    assert "\\udcff" in found.stdout + found.stderr


@pytest.mark.parametrize("arguments", [["config", "schema"], ["config", "check", "config/fintech.json"], ["list"]])
def test_a_reader_may_stop_reading(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "policypack", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        assert "Traceback" not in process.stderr.read()
