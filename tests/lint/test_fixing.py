"""`policypack lint --fix`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policypack.lint.fixing import fix
from policypack.lint.pack import lint
from policypack.lint.project import Project
from tests.cli.driver import main
from tests.lint.support import IMPORTS, PYTHON_PROJECT, project, typescript

DECLARED = "name: shop\nruntime: go\nconfig:\n  aws:region:\n    default: eu-west-1\n"


@pytest.fixture(autouse=True)
def _without_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/nowhere")


def fixed(folder: Path) -> list[str]:
    """What is corrected in a project, in words."""
    return fix(folder, lint(Project(folder)).findings)


@pytest.mark.parametrize(
    ("files", "file", "before", "after"),
    [
        (
            {"Pulumi.yaml": DECLARED, "go.mod": "", "main.go": "package main // pulumi"},
            "Pulumi.yaml",
            "    default: eu",
            "    value: eu",
        ),
        (typescript('new aws.s3.Bucket("ä", { force_destroy: true });'), "index.ts", "force_destroy", "forceDestroy"),
        (
            typescript('new aws.s3.Bucket("b", { "force_destroy": true }, { depends_on: [] });'),
            "index.ts",
            '"force_destroy": true }, { depends_on',
            '"forceDestroy": true }, { dependsOn',
        ),
        (
            typescript('const force_destroy = true;\nnew aws.s3.Bucket("b", { force_destroy });'),
            "index.ts",
            "{ force_destroy }",
            "{ forceDestroy: force_destroy }",
        ),
        (
            {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": f"{IMPORTS}aws.s3.Bucket('ä', forceDestroy=True)\n"},
            "__main__.py",
            "forceDestroy",
            "force_destroy",
        ),
        (
            {
                "Pulumi.yaml": "name: shop\nruntime: yaml\nresources:\n  b:\n    type: aws:s3:Bucket\n    properties:\n"
                "      force_destroy: true\n"
            },
            "Pulumi.yaml",
            "force_destroy",
            "forceDestroy",
        ),
    ],
)
def test_what_is_certain_is_corrected_once(
    tmp_path: Path, files: dict[str, str], file: str, before: str, after: str
) -> None:
    project(tmp_path, files)
    said = fixed(tmp_path)
    assert said
    assert all(each.startswith(f"{file}:") and ": renamed " in each for each in said)
    assert (tmp_path / file).read_text() == files[file].replace(before, after)
    assert all((tmp_path / name).read_text() == text for name, text in files.items() if name != file)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)
    assert not fixed(tmp_path)


@pytest.mark.parametrize(
    "program",
    [
        'aws.codepipeline.Pipeline("p", role_arn="r", stages=[], artifact_store={"type": "S3"})',
        'aws.s3.Bucket("b", buckt="x")',
        'aws.s3.Bucket("b", forceDestroy=True)  # policypack: ignore[sdk-names] it is for another SDK',
        'bucket = aws.s3.Bucket("b")\nbucket.arnn',
    ],
)
def test_what_is_not_certain_is_left(tmp_path: Path, program: str) -> None:
    text = f"{IMPORTS}{program}\n"
    project(tmp_path, {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": text})
    assert not fixed(tmp_path)
    assert (tmp_path / "__main__.py").read_text() == text


def test_line_ends_marks_and_rights_stay_what_they_are(tmp_path: Path) -> None:
    files = typescript("")
    project(tmp_path, files)
    program = 'import * as aws from "@pulumi/aws";\r\nnew aws.s3.Bucket("b", { force_destroy: true });\r\n'
    file = tmp_path / "index.ts"
    file.write_bytes(b"\xef\xbb\xbf" + program.encode())
    file.chmod(0o640)
    assert fixed(tmp_path) == ["index.ts:2:26: renamed force_destroy to forceDestroy"]
    assert file.read_bytes() == b"\xef\xbb\xbf" + program.replace("force_destroy", "forceDestroy").encode()
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_link_is_left(tmp_path: Path) -> None:
    project(tmp_path, {"elsewhere.yaml": DECLARED, "shop/go.mod": "", "shop/main.go": "pulumi"})
    (tmp_path / "shop" / "Pulumi.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    assert not fixed(tmp_path / "shop")
    assert (tmp_path / "elsewhere.yaml").read_text() == DECLARED


def test_the_command_says_what_it_changed_and_reports_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project(tmp_path, typescript('new aws.s3.Bucket("b", { force_destroy: true, buckt: "x" });'))
    assert main("lint", str(tmp_path), "--fix") == 1
    said = capsys.readouterr()
    out = " ".join(said.out.split())
    assert said.err == "index.ts:3:26: renamed force_destroy to forceDestroy\n"
    assert "renamed" not in out
    assert "aws.s3.Bucket has no property 'buckt'." in out
    assert "has no property 'force_destroy'" not in out


def test_nothing_that_can_be_corrected_is_left_for_a_second_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nested = "lifecycle_rules: [{ enabled: true, noncurrent_version_expiration: { days: 30 } }]"
    project(tmp_path, typescript(f'new aws.s3.Bucket("b", {{ {nested} }});'))
    assert main("lint", str(tmp_path), "--fix", "--format", "json") == 0
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "index.ts:3:26: renamed lifecycle_rules to lifecycleRules",
        "index.ts:3:60: renamed noncurrent_version_expiration to noncurrentVersionExpiration",
    ]
    assert json.loads(said.out)
