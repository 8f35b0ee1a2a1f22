"""Which version of an SDK a project requires, from its own files."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from policypack.lint.project import Project

_REQUIREMENTS: Final = {
    "python": ("requirements.txt", "pyproject.toml", "setup.py", "setup.cfg", "Pipfile"),
    "nodejs": ("package.json",),
    "bun": ("package.json",),
}
_LOCKS: Final = {
    "python": ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"),
    "nodejs": ("package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"),
    "bun": ("bun.lock", "package-lock.json"),
}
_BOUND: Final = re.compile(r"(<=|>=|~=|===?|!=|<|>|\^|~)?\s{0,9}v?(\d{1,9})(?:\.(\d{1,9}))?((?:\.\d{1,9})?)")


class Requirement(NamedTuple):
    """
    The versions of an SDK that a project takes.

    :param major: the newest major version that it takes; None where it takes any.
    :param least: major and minor version that it takes at least.
    """

    major: int | None
    least: tuple[int, int] = (0, 0)


def required(project: Project, package: str) -> Requirement | None:
    """
    The versions of an SDK that a project requires; None where its files do not name the SDK.

    A file that locks versions decides, if there is one, and the project's folder before those above it.

    :param package: the name of the SDK in Python, `pulumi_aws`.
    """
    if project.runtime == "yaml":
        return _of_yaml(project, package)
    names = _names(project, package)
    # A repository of several projects may require an SDK for all of them.
    for folder in project.folders:
        for file in _LOCKS.get(project.runtime, ()):
            if match := re.search(_locked(names), project.read(str(folder / file))):
                return Requirement(int(match[1]), (int(match[1]), int(match[2])))
        for file in _REQUIREMENTS.get(project.runtime, ()):
            if match := re.search(_demanded(names), project.read(str(folder / file))):
                return _read(match[1])
    return None


def _names(project: Project, package: str) -> str:
    """A pattern of the names that an SDK has where it is required."""
    if project.runtime == "python":
        return re.escape(package).replace("_", "[-_.]")
    return re.escape(f"@pulumi/{package.partition('_')[2].replace('_', '-') or package}")


def _locked(names: str) -> str:
    # `name = "x"` with `version = "1.2.3"` below it; `"node_modules/x": {"version": …`; `x@^1.0.0:` with
    # `version "1.2.3"` below it; `x@1.2.3:`.
    return (
        rf"(?i)(?<![\w@/.-])(?:node_modules/)?{names}[\"'@](?:[^\s:]{{0,60}}:)?[\s:{{\"']{{0,30}}"
        rf"(?:version[\"']?\s{{0,9}}[=:]?\s{{0,9}}[\"']?)?(?:==)?(\d{{1,9}})\.(\d{{1,9}})\."
    )


def _demanded(names: str) -> str:
    # `x>=1,<2`, `"x>=1"`, `x = "^1"`, `"x": "^1"`, `x = {version = "^1"`.
    return (
        rf"(?im)(?<![\w@/.-]){names}(?![\w-])(?:\[[^\]\n]{{0,80}}\])?[\"']?\s{{0,9}}"
        rf"(?:[:=]\s{{0,9}}(?:\{{\s{{0,9}}version\s{{0,9}}=\s{{0,9}})?(?=[\"']))?[\"'(]?([^\"'#;\n)]{{0,80}})"
    )


def _of_yaml(project: Project, package: str) -> Requirement | None:
    root = project.file.root if project.file else None
    name = package.partition("_")[2]
    packages = root.get("packages") if root else None
    wanted = packages.get(name) if packages else None
    _, _, version = wanted.text.partition("@") if wanted else ("", "", "")
    return _read(f"=={version}") if version else None


def _read(text: str) -> Requirement:
    """The versions that a requirement takes, in the notation of pip, Poetry or npm."""
    least, major = (0, 0), None
    for operator, first, second, _ in _BOUND.findall(text):
        version = int(first), int(second or 0)
        match operator:
            case "<":
                # Below 7.0 are the sixes, and below 7.5 the sevens.
                major = version[0] - 1 if version[1] == 0 else version[0]
            case "<=":
                major = version[0]
            case ">=" | ">":
                least = version
            case "!=":
                pass
            case _:
                major, least = version[0], version
    return Requirement(major, least)
