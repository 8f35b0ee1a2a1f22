"""The program's entry point, by runtime."""

from pathlib import Path

import pytest

from tests.lint.support import found

POLICY = "program-entry-point"


@pytest.mark.parametrize(
    ("runtime", "files", "missing"),
    [
        ("python", {"main.py": "pulumi"}, "__main__.py"),
        ("nodejs", {"index.ts": "pulumi"}, "package.json"),
        ("nodejs", {"package.json": "{}", "app.ts": "pulumi"}, "index.ts or index.js"),
        ("go", {"main.go": "package main // pulumi"}, "go.mod"),
        ("go", {"go.mod": "", "lib.go": "package lib // pulumi"}, "file of package main"),
        ("dotnet", {"Program.cs": "Pulumi"}, "project file, such as Infrastructure.csproj"),
        ("java", {"App.java": "pulumi"}, "pom.xml or build.gradle"),
        ("yaml", {}, "resources in Pulumi.yaml"),
    ],
)
def test_what_the_runtime_needs_and_the_folder_has_not_is_named(
    tmp_path: Path, runtime: str, files: dict[str, str], missing: str
) -> None:
    folder = tmp_path / "a" / "b" / "c" / "d" / "shop"
    assert found(folder, {"Pulumi.yaml": f"name: shop\nruntime: {runtime}\n", **files}, POLICY) == [
        f"Pulumi.yaml:2:1 {POLICY}: The project's runtime is {runtime}, and its folder has no {missing}."
    ]


@pytest.mark.parametrize(
    ("settings", "files"),
    [
        ("runtime: python", {"__main__.py": "import pulumi"}),
        ("runtime: python\nmain: infra/", {"infra/__main__.py": "import pulumi"}),
        ("runtime: python\nmain: app.py", {"app.py": "import pulumi"}),
        ("runtime: python", {"main.py": "from pulumi import automation"}),
        ("runtime: nodejs", {"package.json": "{}", "index.ts": "import * as pulumi from '@pulumi/pulumi'"}),
        ("runtime: nodejs", {"package.json": '{"main": "src/app.js"}', "src/app.js": "require('@pulumi/pulumi')"}),
        ("runtime: nodejs\nmain: dist/index.js", {"package.json": "{}", "src/index.ts": "pulumi"}),
        ("runtime: go", {"go.mod": "", "main.go": 'package main\nimport "github.com/pulumi/pulumi/sdk/v3/go/pulumi"'}),
        ("runtime:\n  name: go\n  options:\n    binary: bin/app", {"main.go": "package main // pulumi"}),
        ("runtime: {name: go, options: {binary: bin/app}}", {"README.md": ""}),
        ("runtime: {name: go, options: {binary: bin/app}}", {"go.mod": "module x", "cmd/main.go": "package main"}),
        ("runtime: {name: dotnet, options: {binary: bin/app.dll}}", {}),
        ("runtime: {name: java, options: {binary: target/app.jar}}", {}),
        ("runtime: dotnet", {"Infra.csproj": "", "Program.cs": "using Pulumi;"}),
        ("runtime: java", {"build.gradle": "", "src/App.java": "import com.pulumi.Pulumi;"}),
        ("runtime: java", {"jbang.properties": "", "src/App.java": "import com.pulumi.Pulumi;"}),
        ("runtime:\n  name: java\n  options:\n    use-executor: jbang", {"App.java": "import com.pulumi.Pulumi;"}),
        ("runtime: yaml\nresources:\n  bucket:\n    type: aws:s3:Bucket", {}),
        ("runtime: yaml\nmain: infra", {"infra/Main.yaml": "resources: {}"}),
        ("runtime:\n  name: yaml\n  options:\n    compiler: cue export", {"main.cue": ""}),
        ("runtime: scala", {}),
    ],
)
def test_programs_that_can_be_started_are_right(tmp_path: Path, settings: str, files: dict[str, str]) -> None:
    assert not found(tmp_path, {"Pulumi.yaml": f"name: shop\n{settings}\n", **files}, POLICY)


def test_a_module_of_go_above_the_project_is_enough(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module shop")
    assert not found(
        tmp_path / "infra", {"Pulumi.yaml": "name: shop\nruntime: go\n", "main.go": "package main // pulumi"}
    )


def test_a_package_above_the_project_is_enough(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    files = {"Pulumi.yaml": "name: shop\nruntime: nodejs\n", "index.ts": "import '@pulumi/pulumi'"}
    assert not found(tmp_path / "packages" / "infra", files)


def test_a_main_that_is_not_there_is_reported(tmp_path: Path) -> None:
    assert found(tmp_path, {"Pulumi.yaml": "name: shop\nruntime: python\nmain: infra\n"}) == [
        f"Pulumi.yaml:3:1 {POLICY}: main of the project file is 'infra', and there is no such file or folder."
    ]


@pytest.mark.parametrize("main", ["../", "/", '"a\\0b"', "~"])
def test_a_main_outside_of_the_project_is_not_read(tmp_path: Path, main: str) -> None:
    (tmp_path / "secret.py").write_text("nothing\n")
    assert not [
        message
        for message in found(tmp_path / "shop", {"Pulumi.yaml": f"name: shop\nruntime: python\nmain: {main}\n"})
        if "secret.py" in message
    ]


def test_only_compiled_languages_have_built_programs(tmp_path: Path) -> None:
    settings = "name: shop\nruntime: {name: python, options: {binary: bin/app}}\n"
    assert len(found(tmp_path, {"Pulumi.yaml": settings}, POLICY)) == 1
