"""Style and plain mistakes of Python programs, as ruff sees them."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from policypack.config import Config
from policypack.lint.project import Project, project_policy
from policypack.lint.python_file import PythonFile
from policypack.lint.ruff_config import RuffConfigError, ruff_config, ruff_options
from policypack.model import Place
from policypack.verdict import Verdicts, Violation

_SECONDS: Final = 60
"""How long ruff may take; it reads hundreds of files a second."""
_LONGEST_LINE: Final = 120
# What a project without a config of ruff's own is held to: https://docs.astral.sh/ruff/rules/
# The last are errors of syntax that only the compiler finds: return and await outside of functions, break of no loop.
_UNDEFINED: Final = ("F821", "F822", "F823", "F701", "F702", "F704", "F706")
_ADVICE: Final = ("F401", "F811", "F841", "E501")
_DEFAULT_STYLE: Final = [
    *("--select", ",".join(_ADVICE), "--line-length", str(_LONGEST_LINE)),
    # A package's __init__.py imports names for others.
    *("--per-file-ignores", "__init__.py:F401"),
]
_NO_RULE: Final = "(invalid-syntax)"
"""What ruff calls a file that it cannot parse."""
_NEWEST: Final = "py314"
"""The newest version of Python that ruff knows."""


@project_policy(
    id="undefined-name",
    title="Python programs define or import the names that they use",
    severity="high",
    fix="Import or define the name.",
    url="https://docs.astral.sh/ruff/rules/undefined-name/",
)
def undefined_name(project: Project, config: Config) -> Verdicts:
    """
    A name that nothing binds ends the program when Python comes to it, which may be in the middle of an update. Where
    the files of the program cannot be told from those beside it, it is advice in files that the entry point does not
    import.
    """
    for violation in (*_syntax_errors(project), *_undefined(project)):
        is_imported = violation.line and violation.line.file in project.python_imports.names
        yield violation if is_imported else replace(violation, level="advisory")


@project_policy(
    id="style",
    title="Python programs have no unused imports or variables and no overlong lines",
    severity="low",
    enforcement="advisory",
    fix="Run `ruff check --fix`, which fixes most of this.",
    url="https://docs.astral.sh/ruff/rules/",
)
def style(project: Project, config: Config) -> Verdicts:
    """
    What is imported or assigned and not used hides mistakes, as the unused name often is the one that should have been
    used. A project's own config of ruff decides instead, where there is one.
    """
    try:
        own = ruff_config(project)
        options = _DEFAULT_STYLE if own is None else ["--force-exclude", *ruff_options(own)]
        found = _found(project, _parsed(project), options)
    except RuffConfigError:
        found = None
    if found is None:
        yield Violation(
            None,
            "Undefined and unused names and style were not checked: ruff is not installed, or does not accept the "
            "project's config of ruff.",
            fix="Run `ruff check` in the project's folder, which says why; `pip install ruff` installs it.",
        )
    yield from found or ()


def _undefined(project: Project) -> Iterator[Violation]:
    """Names that nothing defines, not even another file."""
    # What a program puts into a module from outside is defined as well.
    put_in = {
        f"`{node.attr}`"
        for file in project.python
        for node in file.nodes
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if isinstance(node.value, ast.Name) and node.value.id in file.imports
    }
    unread = {place for file in project.python for place in _unread(file)}
    options = ["--select", ",".join(_UNDEFINED)]
    with suppress(RuffConfigError):
        own = ruff_config(project) or {}
        options += ruff_options({name: value for name, value in own.items() if name == "builtins"})
    for violation in _found(project, _parsed(project), options) or ():
        if not any(name in violation.message for name in put_in) and violation.line not in unread:
            yield violation


def _unread(file: PythonFile) -> Iterator[Place]:
    """Where the names stand in annotations that Python does not evaluate: those in quotes, or all of a file."""
    is_postponed = "annotations" in file.imports and file.imports["annotations"] == "__future__.annotations"
    for node in file.nodes:
        annotations: list[ast.expr | None] = []
        if isinstance(node, ast.arg | ast.AnnAssign):
            annotations = [node.annotation]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            annotations = [node.returns]
        for annotation in filter(None, annotations):
            for each in ast.walk(annotation):
                if isinstance(each, ast.Name) and is_postponed:
                    yield file.place_of(each)
                elif isinstance(each, ast.Constant) and isinstance(each.value, str):
                    place = file.place_of(each)
                    yield from (place._replace(column=place.column + moved) for moved in range(len(each.value) + 2))


def _syntax_errors(project: Project) -> Iterator[Violation]:
    """The errors of files that no version of Python can read; the project's may be newer than the one here."""
    wrong = {file.name: file.error for file in project.python if file.error}
    found = _found(project, list(wrong), ["--select", _UNDEFINED[0], "--target-version", _NEWEST])
    confirmed = wrong if found is None else {each.line.file for each in found if each.line and _NO_RULE in each.message}
    for name, (message, place) in wrong.items():
        if name in confirmed:
            yield Violation(None, f"Python cannot read the file: {message}.", fix="Correct the syntax.", line=place)


def _parsed(project: Project) -> list[str]:
    """The names of the files that were parsed."""
    return [file.name for file in project.python if file.tree]


def _found(project: Project, files: list[str], options: Sequence[str]) -> list[Violation] | None:
    """What ruff says of some of a project's files, none of which it runs; None where it cannot be asked."""
    if not files:
        return []
    root = project.root.resolve()
    try:
        done = subprocess.run(
            [
                sys.executable,
                # Without -P, Python would take a module ruff that lies in the project's folder.
                "-P",
                "-m",
                "ruff",
                "check",
                "--isolated",
                "--no-cache",
                "--no-fix",
                "--exit-zero",
                "--output-format",
                "json",
                *options,
                "--",
                *files,
            ],
            cwd=root,
            capture_output=True,
            check=True,
            timeout=_SECONDS,
        )
        return [_violation(root, each) for each in json.loads(done.stdout)]
    except (OSError, subprocess.SubprocessError, LookupError, ValueError):
        return None


def _violation(root: Path, found: dict[str, Any]) -> Violation:
    name = Path(found["filename"]).relative_to(root).as_posix()
    place = Place(name, found["location"]["row"], found["location"]["column"])
    return Violation(None, f"{str(found['message']).rstrip('.')} ({found['code']}).", line=place)
