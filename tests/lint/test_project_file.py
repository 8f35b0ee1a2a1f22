"""The project file: that there is one, and that the CLI takes it."""

from pathlib import Path

import pytest

from tests.lint.support import found, lint_files


def test_a_folder_with_prose_alone_is_told_so(tmp_path: Path) -> None:
    assert found(tmp_path, {"README.md": "# Plan", "architecture.txt": "VPC, RDS"}) == [
        "- project-file: The folder holds no Pulumi project, only documents (README.md and architecture.txt): a "
        "description of a stack deploys nothing."
    ]


def test_prose_in_folders_is_prose_too(tmp_path: Path) -> None:
    (message,) = found(tmp_path, {"README.md": "# Plan", "docs/network.md": "VPC", "docs/data.md": "RDS"})
    assert message.startswith("- project-file: The folder holds no Pulumi project, only documents (README.md): ")
    (message,) = found(tmp_path, {"src/app.py": "print(1)"})
    assert message.startswith("- project-file: The folder has no project file (Pulumi.yaml)")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "The folder is empty: it holds no Pulumi project."),
        ({"main.py": ""}, "The folder has no project file (Pulumi.yaml), so the Pulumi CLI finds no project in it."),
        (
            {"pulumi.yaml": "name: a\nruntime: python\n"},
            "The project file is called pulumi.yaml: the CLI looks for Pulumi.yaml, with a capital P.",
        ),
    ],
)
def test_a_folder_without_a_project_file_is_told_how_to_get_one(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    record = lint_files(tmp_path, files)
    assert [finding.violation.message for finding in record.findings] == [message]
    assert "pulumi new" in record.findings[0].fix
    assert record.findings[0].level == "mandatory"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "Pulumi.yaml:1 project-file: Pulumi.yaml is empty."),
        ("- a\n", "Pulumi.yaml:1:1 project-file: The project file is not a map."),
        ("runtime: python\n", "Pulumi.yaml:1:1 project-file: The project file has no name."),
        ("nam: shop\nruntime: python\n", "Pulumi.yaml:1:1 project-file: The project file has no name; it has 'nam'."),
        ("name: shop\n", "Pulumi.yaml:1:1 project-file: The project file has no runtime."),
        ("name: 12\nruntime: python\n", "Pulumi.yaml:1:7 project-file: name of Pulumi.yaml is not a string."),
        (
            "name: my shop\nruntime: python\n",
            'Pulumi.yaml:1:7 project-file: The project\'s name "my shop" has characters other than letters, digits, '
            "hyphens, underscores, and periods.",
        ),
        (
            "name: shop\nruntime: pyton\n",
            "Pulumi.yaml:2:10 project-file: Pulumi has no runtime 'pyton'; did you mean 'python'?",
        ),
        (
            "name: shop\nruntime: typescript\n",
            "Pulumi.yaml:2:10 project-file: Pulumi has no runtime 'typescript'; it is called nodejs.",
        ),
        (
            "name: shop\nruntime:\n  nam: python\n",
            "Pulumi.yaml:3:3 project-file: runtime of Pulumi.yaml has no key 'nam'; did you mean 'name'?",
        ),
        (
            "name: shop\nruntime: go\nbackend:\n  uri: s3://x\n",
            "Pulumi.yaml:4:3 project-file: backend of Pulumi.yaml has no key 'uri'; did you mean 'url'?",
        ),
        (
            "name: shop\nruntime:\n  name: python\n  options:\n    toolchain: conda\n",
            "Pulumi.yaml:5:16 project-file: The option toolchain of the runtime is 'conda', which Pulumi does not "
            "know.",
        ),
        (
            "name: shop\nruntime:\n  name: python\n  options:\n    virtualenvs: venv\n",
            "Pulumi.yaml:5:5 project-file: The runtime python has no option 'virtualenvs'; did you mean 'virtualenv'?",
        ),
        (
            "name: shop\nruntime: go\ndescripton: x\n",
            "Pulumi.yaml:3:1 project-file: Pulumi.yaml has the key 'descripton', which Pulumi ignores; did you mean "
            "'description'?",
        ),
    ],
)
def test_what_the_cli_does_not_take_is_reported_at_its_line(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in found(tmp_path, {"Pulumi.yaml": text, "go.mod": "pulumi"}, "project-file")


@pytest.mark.parametrize(
    "text",
    [
        "name: shop\nruntime: go\n",
        "name: shop\nruntime:\n  name: go\n  options:\n    binary: bin/shop\n",
        "name: shop\nruntime:\n  name: go\n  options:\n    buildTarget: bin/shop\n    other: x\n",
        "name: shop\nruntime: scala\n",  # a language of somebody else's
        "name: shop\nruntime: go\ndescription:\nmain: .\nbackend:\n  url: s3://state\noptions:\n  refresh: always\n",
        "name: ${PROJECT}\nruntime: go\ntemplate:\n  displayName: Shop\n  config:\n    a:\n      default: b\n",
        "name: shop\nruntime: go\nx-own: anything\n",
        "# comment\n---\nname: 'shop'\nruntime: \"go\"\n",
    ],
)
def test_what_the_cli_takes_is_right(tmp_path: Path, text: str) -> None:
    assert not found(tmp_path, {"Pulumi.yaml": text, "go.mod": "", "main.go": "package main // pulumi"})


def test_a_project_file_of_json_or_yml_is_read(tmp_path: Path) -> None:
    right = {"go.mod": "", "main.go": "package main // pulumi"}
    assert not found(tmp_path / "a", {"Pulumi.yml": "name: shop\nruntime: go\n", **right})
    assert not found(tmp_path / "b", {"Pulumi.json": '{"name": "shop", "runtime": "go"}', **right})
    assert found(tmp_path / "c", {"Pulumi.json": '{"name": "shop"}', **right}) == [
        "Pulumi.json:1:1 project-file: The project file has no runtime."
    ]


@pytest.mark.parametrize(
    "text", ["[" * 1_000_000, "a: &a [1]\n" + "b: [*a]\n" * 60_000, "x: " + "y" * 2_000_000, "\x00", "a: !!python/x 1"]
)
def test_any_text_is_survived(tmp_path: Path, text: str) -> None:
    messages = found(tmp_path, {"Pulumi.yaml": text})
    assert messages
    assert all(len(message) < 400 for message in messages)


def test_where_yaml_is_broken_is_said(tmp_path: Path) -> None:
    (message,) = found(tmp_path, {"Pulumi.yaml": "name: shop\nruntime: [\n"})
    assert message.startswith("Pulumi.yaml:3:1 project-file: Pulumi.yaml cannot be read: ")


def test_a_file_that_is_no_text_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_bytes(b"\xff\xfe\x00name")
    record = lint_files(tmp_path, {})
    assert [finding.violation.message for finding in record.findings] == [
        "Pulumi.yaml cannot be read: it cannot be read as text of up to 1 MB."
    ]
