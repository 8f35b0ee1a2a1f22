"""Pulumi SDKs that a program imports and its project does not require."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from policypack.config import Config
from policypack.lint.project import Project, project_policy
from policypack.listing import joined
from policypack.model import Place
from policypack.source.files import read_regular
from policypack.verdict import Verdicts, Violation

_DIRECT: Final = re.compile(r"^\s{0,9}[A-Za-z0-9]", re.MULTILINE)
_NAME: Final = re.compile(r"(?m)^\s{0,9}([\w.-]{1,99})")
# Requirements that are somewhere else, or that are paths: what they bring is not known.
_ELSEWHERE: Final = re.compile(r"(?m)^\s{0,9}(?:-|\.{0,2}/|\w{1,20}/|file:|git\+)| @ ")
# Other files may require more.
_OTHER_FILES: Final = ("pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "environment.yml")
# SDKs of Pulumi that bring others, by what their metadata says: https://pypi.org, 2026-11-28.
_BRINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws-apigateway": ("aws",),
    "awsx": ("aws", "docker", "docker-build"),
    "cloud": ("aws", "awsx", "azure", "docker"),
    "eks": ("aws", "kubernetes"),
}
# Packages that programs require beside SDKs, and that bring none.
_WITHOUT_SDKS: Final = frozenset(
    {
        *("arpeggio", "attrs", "black", "boto3", "botocore", "certifi", "click", "cryptography", "debugpy", "dill"),
        *("docker", "flake8", "google-protobuf", "grpcio", "httpx", "isort", "jinja2", "jsonschema", "kubernetes"),
        *("markupsafe", "mypy", "netaddr", "numpy", "packaging", "pandas", "paramiko", "parver", "pip", "protobuf"),
        *("psycopg2", "psycopg2-binary", "pydantic", "pyjwt", "pylint", "pymysql", "pyopenssl", "pytest"),
        *("pytest-asyncio", "pytest-cov", "python-dateutil", "python-dotenv", "pyyaml", "requests", "ruamel.yaml"),
        *("ruff", "s3transfer", "semver", "setuptools", "six", "toml", "typing-extensions", "urllib3", "wheel"),
    }
)
_REQUIRED: Final = re.compile(r"(?m)^Requires-Dist: ([\w.-]{1,99})")
_SECTIONS: Final = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
"""Where package.json requires packages."""
_LARGEST_METADATA: Final = 1_000_000
_LINK_OF_NODE: Final = "https://www.pulumi.com/docs/iac/languages-sdks/javascript/"


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
    if not _DIRECT.search(text) or _ELSEWHERE.search(text) or any(name in project.entries for name in _OTHER_FILES):
        return
    required = {_plain(name) for name in _NAME.findall(text)}
    sdks = {name for name in required if "pulumi" in name}
    # Requirements without any SDK are those of something else, if the repository requires the SDKs above.
    if not sdks and project.has_above("requirements.txt", *_OTHER_FILES):
        return
    brought = {f"pulumi-{each}" for name in sdks for each in _BRINGS.get(name.removeprefix("pulumi-"), ())}
    own = {name.partition(".")[0] for name in project.entries}
    others = sorted(name for name in required - _WITHOUT_SDKS if not _is_generated(name))
    said: set[str] = set()
    for file in project.python:
        if _is_of_another_package(project, file.name, ("requirements.txt", *_OTHER_FILES)):
            continue
        for name, place in file.imported_modules():
            package = name.partition(".")[0]
            distribution = package.replace("_", "-")
            is_sdk = package.startswith("pulumi_") or (package == "pulumi" and not sdks)
            if not is_sdk or distribution in required | brought or package in own or package in said:
                continue
            said.add(package)
            if not _is_of_repository(project, package):
                bringers = [each for each in others if _may_bring(project, each, distribution)]
                yield _missing(package, distribution, "requirements.txt", place, bringers)


def _node(project: Project) -> Iterator[Violation]:
    if not project.typescript or "package.json" not in project.entries:
        return
    package = _package(project.read("package.json"))
    if package is None or "workspaces" in package:
        return
    required = _required_by(package)
    sdks = {name for name in required if name.startswith("@pulumi/")}
    # A package that requires no SDK at all takes them from a folder above it.
    if not sdks:
        return
    # In a workspace, Node.js also finds what the packages above require.
    for folder in project.folders[1:]:
        required |= _required_by(_package(project.read(str(folder / "package.json"))) or {})
    sdks = {name for name in required if name.startswith("@pulumi/")}
    brought = {f"@pulumi/{each}" for name in sdks for each in _BRINGS.get(name.removeprefix("@pulumi/"), ())}
    bringers = sorted(name for name in required - sdks if "pulumi" in name)
    said: set[str] = set()
    for file in project.typescript:
        if _is_of_another_package(project, file.name, ("package.json",)):
            continue
        for name, place in file.imported_modules():
            module = "/".join(name.split("/")[:2])
            # Every SDK requires @pulumi/pulumi.
            if not module.startswith("@pulumi/") or module in {"@pulumi/pulumi"} | required | brought | said:
                continue
            said.add(module)
            if not _is_of_repository(project, module.partition("/")[2]):
                yield _missing(module, module, "package.json", place, bringers, _LINK_OF_NODE)


def _package(text: str) -> dict[str, Any] | None:
    """What package.json says; None where it cannot be read."""
    try:
        package = json.loads(text)
    except (RecursionError, ValueError):
        return None
    return package if isinstance(package, dict) else None


def _required_by(package: Mapping[str, Any]) -> set[str]:
    """The names of what package.json requires."""
    found = (package.get(section) for section in _SECTIONS)
    return {name for section in found if isinstance(section, Mapping) for name in section}


def _plain(name: str) -> str:
    """The name of a package as PyPI compares names: https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_generated(name: str) -> bool:
    """Whether a package is an SDK as Pulumi's generator makes them, which requires no other but `pulumi`."""
    return name == "pulumi" or (name.startswith("pulumi-") and "component" not in name)


def _may_bring(project: Project, package: str, sdk: str) -> bool:
    """Whether a package requires an SDK, as far as the environment tells; true where it is not installed there."""
    pattern = f"{package.replace('-', '_')}-[0-9]*.dist-info/METADATA"
    try:
        files = project.packages.glob(pattern) if project.packages else ()
        texts = [read_regular(str(file), _LARGEST_METADATA).decode(errors="replace") for file in files]
    except OSError:
        return True
    required = {_plain(name) for text in texts for name in _REQUIRED.findall(text)}
    return not texts or sdk in required


def _is_of_repository(project: Project, sdk: str) -> bool:
    """Whether the repository around the project is that of an SDK, so that its own build is what is installed."""
    name = sdk.removeprefix("pulumi_").replace("_", "-")
    return any((folder / "sdk").is_dir() and folder.name.endswith(name) for folder in project.folders[1:])


def _is_of_another_package(project: Project, file: str, requirements: Iterable[str]) -> bool:
    """Whether a folder between the project's and a file has requirements of its own."""
    folders = list(Path(file).parents)[:-1]
    return any((project.root / folder / name).is_file() for folder in folders for name in requirements)


def _missing(module: str, package: str, file: str, place: Place, bringers: list[str], link: str = "") -> Violation:
    """
    That a package is not required.

    :param bringers: required packages that may bring it along.
    :param link: documentation for the language; empty where it is that of the policy.
    """
    fix = f"Add {package} to {file}, and run `pulumi install`."
    if link:
        fix += f" See {link}."
    if not bringers:
        return Violation(None, f"The program imports {module}, which {file} does not require.", fix=fix, line=place)
    shown = joined(bringers)
    message = f"The program imports {module}, which {file} does not name: it is there only if {shown} requires it."
    return Violation(None, message, fix=fix, level="advisory", line=place)
