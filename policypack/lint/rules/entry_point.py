"""The program's entry point: that the runtime finds a program, and that it is one of Pulumi's."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from policypack.config import Config
from policypack.lint.project import Project, entries_of, project_policy
from policypack.verdict import Verdicts, Violation

# What the language hosts start: https://www.pulumi.com/docs/iac/languages-sdks/, 2026-11-28.
_NODE_ENTRIES: Final = frozenset(f"index.{end}" for end in ("ts", "js", "mts", "cts", "mjs", "cjs", "tsx"))
_JVM_BUILDS: Final = frozenset(
    (
        *("pom.xml", "build.gradle", "build.gradle.kts", "build.sbt", "settings.gradle", "settings.gradle.kts"),
        "jbang.properties",
    )
)
_DOTNET_PROJECTS: Final = (".csproj", ".fsproj", ".vbproj")
# Where compilers put the program, which need not be there yet.
_BUILT: Final = re.compile(r"(?:\./)?(?:bin|build|dist|lib|out|target)(?:/|$)")
# Runtimes with the option `binary`, which names a built program: https://www.pulumi.com/docs/iac/concepts/projects/project-file/
_COMPILED: Final = ("dotnet", "go", "java")
_TEMPLATES: Final[Mapping[str, str]] = {
    "python": "aws-python",
    "nodejs": "aws-typescript",
    "bun": "aws-typescript",
    "go": "aws-go",
    "dotnet": "aws-csharp",
    "java": "aws-java",
    "yaml": "aws-yaml",
}


@project_policy(
    id="program-entry-point",
    title="The project has a Pulumi program that its runtime can start",
    severity="high",
    fix="Add the program, or name its folder as main in Pulumi.yaml.",
    url="https://www.pulumi.com/docs/iac/languages-sdks/",
)
def program_entry_point(project: Project, config: Config) -> Verdicts:
    """
    Pulumi starts the program that the project file names. Where there is none, the preview ends with an error of the
    language host, and where the program uses no Pulumi SDK, it deploys nothing.
    """
    # A program of the Automation API is a function of another one, which Pulumi does not start.
    is_automated = any(b"automation" in file.content.lower() for file in project.source.files)
    if project.runtime not in _TEMPLATES or is_automated:
        return
    folder = project.program
    if folder is None:
        if not ((project.root / project.main).exists() or _BUILT.match(project.main)):
            message = f"main of the project file is '{project.main}', and there is no such file or folder."
            yield Violation(None, message, line=project.place_of("main"))
        return
    # A program that is built before Pulumi runs need not have its source in the project.
    if project.runtime in _COMPILED and project.option("binary"):
        return
    template = f"`pulumi new {_TEMPLATES[project.runtime]}` in an empty folder shows one"
    if missing := _missing(project, frozenset(entries_of(folder))):
        where = f"'{project.main}'" if project.main else "its folder"
        yield Violation(
            None,
            f"The project's runtime is {project.runtime}, and {where} has no {missing}.",
            fix=f"Add {missing}; {template}.",
            # An empty program of YAML is one.
            level="advisory" if project.runtime == "yaml" else None,
            line=project.place_of("runtime"),
        )
    elif project.runtime != "yaml" and not any(b"pulumi" in file.content.lower() for file in project.source.files):
        yield Violation(
            None,
            "No file of the program names Pulumi: the program registers no resources, so an update deploys nothing.",
            fix=f"Register the resources with the Pulumi SDK; {template}.",
            line=project.place_of("runtime"),
        )


def _missing(project: Project, has: frozenset[str]) -> str:
    """What the runtime needs and the program's folder has not, in words; empty where all is there."""
    everywhere = has.union(project.entries)
    folder = project.program
    match project.runtime:
        case "python" if "__main__.py" not in has and not project.main.endswith(".py"):
            return "__main__.py"
        # Of a workspace, one package.json above all projects may be enough.
        case "nodejs" | "bun" if not (everywhere & {"package.json"} or project.has_above("package.json")):
            return "package.json"
        case "nodejs" | "bun" if not (_NODE_ENTRIES & everywhere or '"main"' in project.read("package.json")):
            return "index.ts or index.js" if project.read("package.json") else ""
        case "go" if "go.mod" not in everywhere and not project.has_above("go.mod"):
            return "go.mod"
        case "go" if folder and not any(_is_main_of_go(project, file, folder) for file in has):
            return "file of package main"
        case "dotnet" if not any(name.endswith(_DOTNET_PROJECTS) for name in everywhere):
            return "project file, such as Infrastructure.csproj"
        case "java" if not (_JVM_BUILDS & everywhere or "jbang" in project.option("use-executor")):
            return "pom.xml or build.gradle"
        # A compiler, such as CUE's, makes YAML of another language.
        case "yaml" if not (
            project.option("compiler") or _has_resources(project) or any(name.startswith("Main.") for name in has)
        ):
            return "resources in Pulumi.yaml"
        case _:
            return ""


def _has_resources(project: Project) -> bool:
    root = project.file.root if project.file else None
    return any(root.get(section) for section in ("resources", "outputs", "components", "variables")) if root else False


def _is_main_of_go(project: Project, name: str, folder: Path) -> bool:
    """Whether a file of the program's folder is one of Go's package main."""
    path = os.path.relpath(folder / name, project.root.resolve())
    return name.endswith(".go") and "package main" in project.read(path)
