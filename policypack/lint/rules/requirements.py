"""Pulumi SDKs that a program imports and its project does not require."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from policypack.config import Config
from policypack.lint.project import Project, project_policy
from policypack.model import Place
from policypack.verdict import Verdicts, Violation

_DIRECT: Final = re.compile(r"^\s{0,9}[A-Za-z0-9]", re.MULTILINE)
# What brings other SDKs along, so that a program may import those without requiring them.
_BRINGS_OTHERS: Final = re.compile(r"(?i)pulumi[-_/](?:aws-?apigateway|awsx|cloud|eks|[\w-]{1,40}component)")
# Requirements that are somewhere else, or that are paths: what they bring is not known.
_ELSEWHERE: Final = re.compile(r"(?m)^\s{0,9}(?:-|\.{0,2}/|\w{1,20}/|file:|git\+)| @ ")


@project_policy(
    id="requirements",
    title="The Pulumi SDKs that a program imports are in its requirements",
    severity="high",
    fix="Add the package to the requirements, and run `pulumi install`.",
    url="https://www.pulumi.com/docs/iac/languages-sdks/python/#virtual-environments",
)
def requirements(project: Project, config: Config) -> Verdicts:
    """
    `pulumi install` installs what is required. A module that is there by chance on one machine is missing on another,
    and the program stops where it imports it.
    """
    yield from _python(project)
    yield from _node(project)


def _python(project: Project) -> Iterator[Violation]:
    text = project.read("requirements.txt") if "requirements.txt" in project.entries else ""
    # Other files may require more.
    others = ("requirements.txt", "pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "environment.yml")
    if not _DIRECT.search(text) or _ELSEWHERE.search(text) or _BRINGS_OTHERS.search(text):
        return
    if any(name in project.entries for name in others[1:]):
        return
    required = {name.lower().replace("_", "-") for name in re.findall(r"(?m)^\s{0,9}([\w.-]{1,99})", text)}
    own = {name.partition(".")[0] for name in project.entries}
    said: set[str] = set()
    for file in project.python:
        if _is_of_another_package(project, file.name, others):
            continue
        for name, place in file.imported_modules():
            package = name.partition(".")[0]
            distribution = package.replace("_", "-")
            is_sdk = package.startswith("pulumi_") or (package == "pulumi" and not any("pulumi" in r for r in required))
            if is_sdk and distribution not in required and package not in own and package not in said:
                said.add(package)
                yield _missing(package, distribution, "requirements.txt", place)


def _node(project: Project) -> Iterator[Violation]:
    if not project.typescript or "package.json" not in project.entries:
        return
    try:
        package = json.loads(project.read("package.json"))
    except (RecursionError, ValueError):
        return
    if not isinstance(package, dict) or "workspaces" in package:
        return
    sections = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
    found = (package.get(section) for section in sections)
    required = {name for section in found if isinstance(section, Mapping) for name in section}
    # A package that requires no SDK at all takes them from a folder above it.
    if not any(name.startswith("@pulumi/") for name in required) or any(map(_BRINGS_OTHERS.search, required)):
        return
    said: set[str] = set()
    for file in project.typescript:
        if _is_of_another_package(project, file.name, ("package.json",)):
            continue
        for name, place in file.imported_modules():
            module = "/".join(name.split("/")[:2])
            # Every SDK requires @pulumi/pulumi.
            if module.startswith("@pulumi/") and module != "@pulumi/pulumi" and module not in required | said:
                said.add(module)
                yield _missing(module, module, "package.json", place)


def _is_of_another_package(project: Project, file: str, requirements: Iterable[str]) -> bool:
    """Whether a folder between the project's and a file has requirements of its own."""
    folders = list(Path(file).parents)[:-1]
    return any((project.root / folder / name).is_file() for folder in folders for name in requirements)


def _missing(module: str, package: str, file: str, place: Place) -> Violation:
    return Violation(
        None,
        f"The program imports {module}, which {file} does not require.",
        fix=f"Add {package} to {file}, and run `pulumi install`.",
        line=place,
    )
