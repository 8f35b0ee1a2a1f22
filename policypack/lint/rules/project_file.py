"""The project file: that there is one, and that the Pulumi CLI takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from policypack.config import Config, suggestion
from policypack.lint.fixing import Rename
from policypack.lint.project import Project, SettingsFile, project_policy
from policypack.lint.yaml_file import Node
from policypack.listing import some
from policypack.model import Place
from policypack.source.program import PROJECT_FILES
from policypack.verdict import Verdicts, Violation

# https://www.pulumi.com/docs/iac/concepts/projects/project-file/, and the schema that the CLI checks a project file by:
# https://github.com/pulumi/pulumi/blob/master/sdk/go/common/workspace/project.json
_TEXT: Final = (str,)
_ATTRIBUTES: Final[Mapping[str, tuple[type, ...]]] = {
    "name": _TEXT,
    "runtime": (str, dict),
    "description": _TEXT,
    "author": _TEXT,
    "website": _TEXT,
    "license": _TEXT,
    "main": _TEXT,
    "config": (dict, str),
    "stackConfigDir": _TEXT,
    "backend": (dict,),
    "options": (dict,),
    "template": (dict,),
    "plugins": (dict,),
    "packages": (dict,),
    "requiredPulumiVersion": _TEXT,
}
# What a YAML program has in the project file.
_OF_YAML: Final = ("configuration", "resources", "variables", "outputs", "components", "pulumi")
_INNER: Final[Mapping[str, tuple[str, ...]]] = {
    "backend": ("url",),
    "options": ("refresh",),
    "runtime": ("name", "options"),
    "template": ("displayName", "description", "quickstart", "important", "metadata", "config"),
}
_WORDS: Final[Mapping[type, str]] = {str: "a string", dict: "a map", bool: "true or false"}
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")
RUNTIMES: Final = ("python", "nodejs", "bun", "go", "dotnet", "java", "yaml")
"""The language runtimes of Pulumi itself: https://www.pulumi.com/docs/iac/languages-sdks/, 2026-11-28."""
_PROSE: Final = (".md", ".txt", ".rst", ".adoc", ".pdf", ".docx")


@project_policy(
    id="project-file",
    title="The folder holds a Pulumi project whose project file the CLI accepts",
    severity="high",
    fix="Run `pulumi new aws-python`, or the template of another language, in an empty folder, or write Pulumi.yaml "
    "with name and runtime.",
    url="https://www.pulumi.com/docs/iac/concepts/projects/project-file/",
)
def project_file(project: Project, config: Config) -> Verdicts:
    """
    Without a project file that it can read, the Pulumi CLI runs no program, so that nothing is previewed and no policy
    is asked.
    """
    file = project.file
    if file is None:
        yield Violation(None, _missing(project))
        return
    yield from unreadable(file)
    if file.error or file.root is None:
        return
    if not file.root.is_map:
        yield at(file.root.place, "The project file is not a map", "Write name and runtime as keys of a map")
        return
    yield from _attributes(file, file.root)
    yield from _name_and_runtime(project, file.root)


def unreadable(file: SettingsFile) -> Iterator[Violation]:
    """What keeps the CLI from reading a file at all: that it is no YAML, or empty."""
    if file.error:
        yield at(file.error.place, f"{file.name} cannot be read: {file.error}", "Correct the file there")
    elif file.root is None and file.name in PROJECT_FILES:
        yield at(Place(file.name, 1), f"{file.name} is empty", "Write at least name and runtime")


def _missing(project: Project) -> str:
    files = [name for name in project.entries if not name.startswith(".")]
    prose = [name for name in files if name.lower().endswith(_PROSE)]
    has_more = any((project.root / name).is_file() for name in set(files).difference(prose))
    if prose and not has_more and not project.source.files:
        return (
            f"The folder holds no Pulumi project, only documents ({some(prose)}): a description of a stack deploys "
            "nothing."
        )
    if not files:
        return "The folder is empty: it holds no Pulumi project."
    elsewhere = next((name for name in files if name.lower() in ("pulumi.yaml", "pulumi.yml")), "")
    if elsewhere:
        return f"The project file is called {elsewhere}: the CLI looks for Pulumi.yaml, with a capital P."
    return "The folder has no project file (Pulumi.yaml), so the Pulumi CLI finds no project in it."


def _attributes(file: SettingsFile, root: Node) -> Iterator[Violation]:
    for key, place, node in root.items():
        types = _ATTRIBUTES.get(key)
        if types is None:
            # The CLI takes any other key, and ignores it.
            near = suggestion(key, _ATTRIBUTES)
            if near and key not in _OF_YAML:
                yield at(place, f"{file.name} has the key '{key}', which Pulumi ignores{near}", f"Rename {key}")
        elif node.value is not None and not isinstance(node.value, types):
            wanted = " or ".join(_WORDS[each] for each in types)
            yield at(node.place, f"{key} of {file.name} is not {wanted}", f"Write {wanted} as {key}")
        elif key in _INNER:
            for inner, its_place, _ in node.items():
                if inner not in _INNER[key]:
                    near = suggestion(inner, _INNER[key])
                    yield at(
                        its_place,
                        f"{key} of {file.name} has no key '{inner}'{near}",
                        f"Use {some(_INNER[key], 9)} only",
                    )


def _name_and_runtime(project: Project, root: Node) -> Iterator[Violation]:
    for key in ("name", "runtime"):
        node = root.get(key)
        if node is None:
            near = next(
                (each for each, _, _ in root.items() if suggestion(each, (key,)) and each not in _ATTRIBUTES), ""
            )
            found = f"; it has '{near}'" if near else ""
            yield at(root.place, f"The project file has no {key}{found}", f"Add {key}")
    name = root.get("name")
    # A template's name is filled in by `pulumi new`.
    if name and isinstance(name.value, str) and not _NAME.fullmatch(name.value) and "${" not in name.value:
        yield at(
            name.place,
            f'The project\'s name "{name.text[:80]}" has characters other than letters, digits, hyphens, underscores, '
            "and periods",
            "Rename the project",
        )
    runtime, place = root.get("runtime"), root.place
    if runtime:
        place = runtime.place
        if runtime.is_map and not project.runtime:
            yield at(place, "runtime has no name", "Add name to runtime, such as python or nodejs")
    yield from _options(project, runtime)
    near = suggestion(project.runtime, RUNTIMES)
    if project.runtime and project.runtime not in RUNTIMES and (near or project.runtime in _MISNAMED):
        right = _MISNAMED.get(project.runtime)
        yield at(
            place,
            f"Pulumi has no runtime '{project.runtime}'{f'; it is called {right}' if right else near}",
            f"Set runtime to one of {', '.join(RUNTIMES)}",
        )


def _options(project: Project, runtime: Node | None) -> Iterator[Violation]:
    """What is wrong with the options of the runtime."""
    options = runtime.get("options") if runtime else None
    for name, place, node in options.items() if options else ():
        known = _OPTIONS.get(project.runtime, ())
        if name not in known and (near := suggestion(name, known)):
            yield at(place, f"The runtime {project.runtime} has no option '{name}'{near}", f"Rename {name}")
        values = _VALUES.get((project.runtime, name), ())
        if values and node.text not in values:
            yield at(
                node.place,
                f"The option {name} of the runtime is '{node.text[:40]}', which Pulumi does not know",
                f"Use {' or '.join(values)}",
            )


# https://www.pulumi.com/docs/iac/concepts/projects/project-file/#runtime-options, 2026-11-28.
_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "python": ("toolchain", "typechecker", "virtualenv"),
    "nodejs": ("nodeargs", "packagemanager", "typescript"),
    "go": ("binary", "buildTarget"),
    "dotnet": ("binary",),
    "java": ("binary", "use-executor"),
    "yaml": ("compiler",),
}
_VALUES: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("python", "toolchain"): ("pip", "poetry", "uv"),
    ("python", "typechecker"): ("mypy", "pyright"),
    ("nodejs", "packagemanager"): ("auto", "npm", "pnpm", "yarn", "bun"),
}
# What people call the runtimes.
_MISNAMED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("node", "typescript", "javascript", "ts", "js"), "nodejs"),
    **dict.fromkeys(("python3", "py"), "python"),
    **dict.fromkeys(("golang",), "go"),
    **dict.fromkeys(("csharp", "c#", "fsharp", ".net", "net"), "dotnet"),
    **dict.fromkeys(("jvm", "kotlin"), "java"),
}


def at(place: Place, message: str, fix: str, rename: Rename | None = None) -> Violation:
    """A violation at a place of a file. Its texts are sentences without their full stops."""
    ends = message if message.endswith("?") else f"{message}."
    return Violation(None, ends, fix=f"{fix}.", line=place, remediation=rename)
