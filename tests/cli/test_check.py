"""`policypack check` and `policypack baseline`, on files that the real CLI wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.driver import main
from tools.documents import DATA, SECRETS

ROOT = Path(__file__).resolve().parents[2]
PREVIEW, EXPORT = str(DATA / "preview.json"), str(DATA / "export.json")
OPEN = "aws:kms/key:Key key"


@pytest.fixture(autouse=True)
def beside_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "tests" / "documents")


def config(tmp_path: Path, **levels: Any) -> Path:
    """A config file under which only the given policies are enabled."""
    file = tmp_path / "config.json"
    given = {policy.replace("_", "-"): said for policy, said in levels.items()}
    file.write_text(json.dumps({"all": "disabled"} | given))
    return file


def as_json(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


# Exit codes


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [
        (None, 0),
        ("mandatory", 0),
        ("advisory", 1),
        ("critical", 0),
        ("high", 0),
        ("medium", 1),
        ("low", 1),
        ("never", 0),
    ],
)
def test_what_fails_is_said_by_fail_on(
    fail_on: str | None, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = config(tmp_path, kms_key_rotation="advisory")
    assert main("check", EXPORT, "--config", chosen, *(["--fail-on", fail_on] if fail_on else [])) == code
    assert OPEN in capsys.readouterr().out


def test_mandatory_findings_fail(tmp_path: Path) -> None:
    chosen = config(tmp_path, kms_key_rotation="mandatory")
    assert main("check", EXPORT, "--config", chosen) == 1
    assert main("check", EXPORT, "--config", chosen, "--fail-on", "never") == 0
    assert main("check", EXPORT, "--config", config(tmp_path)) == 0


def test_a_file_that_cannot_be_read_does_not_hide_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = config(tmp_path, kms_key_rotation="mandatory")
    assert main("check", tmp_path / "missing.json", EXPORT, tmp_path, "--config", chosen) == 2
    out, err = capsys.readouterr()
    assert OPEN in out
    assert err.splitlines() == [
        f"policypack: {tmp_path}/missing.json: the file cannot be read: No such file or directory",
        f"policypack: {tmp_path}: the file cannot be read: Is a directory",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fail-on", "mandatry"], "there is no value of --fail-on 'mandatry'; did you mean 'mandatory'?"),
        (["--format", "jsn"], "there is no format 'jsn'; did you mean 'json'?"),
        (["--preset", "productoin"], "there is no preset 'productoin'; did you mean 'production'?"),
        (["--preset", "fintech", "--config", "x"], "--config and --preset exclude each other"),
        (["--format", "json", "--format", "sarif"], "only one format can be printed, and there are json and sarif"),
        (["--output", "report"], "report: the name does not tell the format; let it end with .txt, .json,"),
        (["-f", "json", "-o", "a", "-o", "b"], "b: the name does not tell the format"),
        (["-f", "github", "-o", "a.sarif"], "a.sarif: the name says sarif, which is not among the formats"),
        (["--output", "/dev/null/x.sarif"], "/dev/null/x.sarif: the report cannot be written: Not a directory"),
        (["--baseline", "missing.json"], "missing.json: the baseline cannot be read: No such file or directory"),
        (["--baseline", PREVIEW], "this is no baseline as `policypack baseline` writes it"),
    ],
)
def test_wrong_arguments_are_one_sentence(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("check", EXPORT, *arguments) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("policypack: ")
    assert said in line


def test_mistakes_in_the_config_file_are_said_with_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = config(tmp_path, kms_key_rotatoin="mandatory")
    assert main("check", EXPORT, "--config", chosen) == 2
    assert capsys.readouterr() == (
        "",
        f"{chosen}:1: the pack has no policy 'kms-key-rotatoin'; did you mean 'kms-key-rotation'?\n",
    )


# Formats and files


@pytest.mark.parametrize(
    ("arguments", "files", "printed"),
    [
        ([], [], "text"),
        (["-f", "json"], [], "json"),
        (["-o", "a.json"], ["a.json"], "text"),
        (["-f", "json", "-o", "a.json"], ["a.json"], ""),
        (["-f", "json", "-o", "results"], ["results"], ""),
        (["-f", "text", "-f", "sarif", "-o", "a.sarif"], ["a.sarif"], "text"),
        (["-f", "sarif", "-f", "text", "-o", "a.sarif"], ["a.sarif"], "text"),
        (["-f", "sarif", "-f", "json", "-o", "a.json", "-o", "b.out"], ["a.json", "b.out"], ""),
        (
            ["-o", "a.sarif", "-o", "a.html", "-o", "a.md", "-o", "a.xml"],
            ["a.html", "a.md", "a.sarif", "a.xml"],
            "text",
        ),
    ],
)
def test_formats_find_their_files(
    arguments: list[str],
    files: list[str],
    printed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main("check", EXPORT, "--preset", "first-day", *arguments) == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == files
    out = capsys.readouterr().out
    assert {"": out == "", "json": out.startswith("{"), "text": "Checked 10 resources" in out}[printed]
    for file in files:
        text = (tmp_path / file).read_text()
        start = {"json": "{", "out": "{", "results": "{", "sarif": "{", "html": "<!", "md": "<!--", "xml": "<?xml"}
        assert text.lstrip().startswith(start[file.rpartition(".")[2]])


def test_several_files_make_one_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = config(tmp_path, kms_key_rotation="mandatory")
    assert main("check", EXPORT, PREVIEW, "--config", chosen, "--format", "sarif") == 1
    assert len(as_json(capsys)["runs"]) == 2


def test_a_pipe_and_standard_input_are_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(Path(EXPORT).read_bytes(),))
    writer.start()
    command = [sys.executable, "-m", "policypack", "check", str(pipe), "-", "--preset", "first-day"]
    with Path(PREVIEW).open() as preview:
        ended = subprocess.run(command, cwd=ROOT, stdin=preview, capture_output=True, text=True, check=False)
    writer.join()
    assert (ended.returncode, ended.stderr) == (0, ""), "no progress where standard error is no terminal"
    assert "shop/dev (standard input)" in ended.stdout
    assert "\x1b" not in ended.stdout, "no colours where standard output is no terminal"


def test_secrets_are_in_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = DATA / "export-with-secrets.json"
    main("check", file, "--preset", "fintech", "-o", tmp_path / "a.json", "-o", tmp_path / "a.html")
    out, err = capsys.readouterr()
    for text in (out, err, (tmp_path / "a.json").read_text(), (tmp_path / "a.html").read_text()):
        assert not any(secret in text for secret in SECRETS.values())


# Where


def test_findings_have_the_line_of_the_argument(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = config(tmp_path, kms_key_rotation="mandatory")
    main("check", EXPORT, "--config", chosen)
    lines = (DATA.parent / "program" / "__main__.py").read_text().splitlines()
    line = 1 + lines.index("    enable_key_rotation=False,")
    assert f"{OPEN}  tests/documents/program/__main__.py:{line}" in capsys.readouterr().out


def test_without_the_program_findings_have_the_line_of_the_resource(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = config(tmp_path, kms_key_rotation="mandatory")
    monkeypatch.chdir(tmp_path)
    main("check", EXPORT, "--config", chosen)
    assert f"{OPEN}  __main__.py:14" in capsys.readouterr().out


# Baselines


def baseline(tmp_path: Path, chosen: Path, *files: str) -> Path:
    file = tmp_path / "baseline.json"
    assert main("baseline", *(files or [EXPORT]), "--config", chosen, "--output", file) == 0
    return file


def test_findings_of_the_baseline_stop_nothing_and_new_ones_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = config(tmp_path, kms_key_rotation="mandatory")
    known = baseline(tmp_path, chosen)
    assert main("check", EXPORT, "--config", chosen, "--baseline", known) == 0
    assert f"in the baseline of {datetime.now(UTC).date()}" in capsys.readouterr().out
    more = config(tmp_path, kms_key_rotation="mandatory", s3_versioning="mandatory")
    assert main("check", EXPORT, "--config", more, "--baseline", known) == 1


def test_a_baseline_is_for_its_stack_whatever_the_file(tmp_path: Path) -> None:
    chosen = config(tmp_path, kms_key_rotation="mandatory")
    known = baseline(tmp_path, chosen)
    assert main("check", PREVIEW, "--config", chosen, "--baseline", known) == 0
    other = tmp_path / "other.json"
    other.write_text(Path(EXPORT).read_text().replace("urn:pulumi:dev::", "urn:pulumi:prod::"))
    assert main("check", other, "--config", chosen, "--baseline", known) == 1


def test_entries_of_a_baseline_expire(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = config(tmp_path, kms_key_rotation="mandatory")
    known = baseline(tmp_path, chosen)
    content = json.loads(known.read_text())
    today = datetime.now(UTC).date()
    assert content["findings"][0]["expires"] == str(today + timedelta(days=90))
    content["findings"][0]["expires"] = str(today - timedelta(days=1))
    known.write_text(json.dumps(content))
    capsys.readouterr()
    assert main("check", EXPORT, "--config", chosen, "--baseline", known) == 1
    assert f"expired on {today - timedelta(days=1)}" in capsys.readouterr().out


def test_findings_that_are_gone_are_pointed_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = config(tmp_path, kms_key_rotation="mandatory")
    known = baseline(tmp_path, chosen)
    fixed = tmp_path / "fixed.json"
    fixed.write_text(Path(EXPORT).read_text().replace('"enableKeyRotation": false', '"enableKeyRotation": true'))
    assert main("check", fixed, "--config", chosen, "--baseline", known) == 0
    assert "1 finding of the baseline is gone: kms-key-rotation of key." in capsys.readouterr().out


def test_a_baseline_is_printed_where_no_file_is_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("baseline", EXPORT, "--config", config(tmp_path, kms_key_rotation="mandatory"), "--days", "30") == 0
    [entry] = as_json(capsys)["findings"]
    assert entry == {
        "stack": "shop/dev",
        "policy": "kms-key-rotation",
        "resource": "urn:pulumi:dev::shop::aws:kms/key:Key::key",
        "path": "enableKeyRotation",
        "expires": str(datetime.now(UTC).date() + timedelta(days=30)),
    }


# policypack explain and list


def test_a_policy_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("explain", "logs-retention") == 0
    out = capsys.readouterr().out
    for part in (
        "logs-retention\n",
        "Why\n",
        "Fix\n",
        "aws:cloudwatch/logGroup:LogGroup",
        "minDays (default ",
        "https:",
    ):
        assert part in out


def test_a_policy_that_is_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("explain", "logs-retenton") == 2
    assert "the pack has no policy 'logs-retenton'; did you mean 'logs-retention'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("filters", "within", "without"),
    [
        (["--service", "rds"], "rds-instance-class", "logs-retention"),
        (["--severity", "critical"], "security-group-ingress", "logs-retention"),
        (["--framework", "FSBP S3.8"], "s3-public-access-block", "logs-retention"),
        (["--framework", "FSBP"], "s3-public-access-block", "logs-retention"),
        (["--concern", "logs"], "logs-retention", "s3-public-access-block"),
        (["--level", "disabled"], "s3-deny-insecure-transport", "logs-retention"),
        (["--level", "advisory", "--preset", "first-day"], "logs-retention", "s3-deny-insecure-transport"),
    ],
)
def test_policies_are_listed_by_what_they_are(
    filters: list[str], within: str, without: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("list", "--format", "json", *filters) == 0
    ids = {row["id"] for row in as_json(capsys)}
    assert within in ids
    assert without not in ids
    assert main("list", *filters) == 0
    shown = {line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]}
    assert shown == ids


def test_a_level_that_is_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("list", "--level", "mandatry") == 2
    assert "there is no level 'mandatry'; did you mean 'mandatory'?" in capsys.readouterr().err
