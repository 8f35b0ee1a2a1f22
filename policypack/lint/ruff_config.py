"""A project's own config of ruff, as options of the command line that only decide what ruff reports."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policypack.lint.project import Project

_FILES: Final = (".ruff.toml", "ruff.toml", "pyproject.toml")
"""Where ruff looks for its config, the first first: https://docs.astral.sh/ruff/configuration/"""
# The settings that are handed on: https://docs.astral.sh/ruff/settings/, 2026-11-28. Left out is what changes files
# (`fix`, `unsafe-fixes`, `cache-dir`), opens or searches others (`extend`, `src`), or says how ruff is called
# (`output-format`, `required-version`).
_GENERAL: Final = frozenset(
    {
        *("builtins", "exclude", "extend-exclude", "indent-width", "line-length", "namespace-packages"),
        *("per-file-target-version", "preview", "target-version"),
    }
)
_OF_LINT: Final = frozenset(
    {
        *("allowed-confusables", "dummy-variable-rgx", "explicit-preview-rules", "extend-ignore"),
        *("extend-per-file-ignores", "extend-safe-fixes", "extend-select", "external", "future-annotations"),
        *("ignore", "ignore-init-module-imports", "logger-objects", "per-file-ignores", "select", "task-tags"),
        *("typing-extensions", "typing-modules"),
        # Tables of single linters.
        *("isort", "mccabe", "pep8-naming", "pycodestyle", "pydoclint", "pydocstyle", "pyflakes", "pylint"),
        *("pyupgrade", "ruff"),
    }
)
_OF_LINT_ONLY: Final = frozenset({"exclude", "preview"})
"""Settings of the table `lint` that are others above it."""
_LINTERS: Final = "flake8-"
"""What the names of the other tables of single linters begin with."""
_MOST_EXTENDED: Final = 4
"""Configs that extend one another."""
_LARGEST: Final = 300_000
"""Characters of a config that is parsed."""
_MOST_DOTS: Final = 200
"""Dots in a line of a config that is parsed: the parser takes the square of the parts of a dotted key."""
_LEAST_PYTHON: Final = re.compile(r"""(?m)^requires-python\s{0,9}=\s{0,9}["'][^"'\n]{0,80}>=\s{0,9}3\.(\d{1,2})""")
_VERSIONS: Final = range(7, 15)
"""The versions 3.x of Python that ruff knows."""


class RuffConfigError(Exception):
    """A config of ruff that cannot be read."""


def ruff_config(project: Project) -> dict[str, Any] | None:
    """
    What a project's own config of ruff says about what is reported; None where there is no config.

    ruff does not read the config itself: it would open whatever `extend` names, and change files where `fix` is set.

    :return: the settings by their names in ruff.toml, those of the table `lint` in a table of this name.
    :raises RuffConfigError: where it is not valid TOML, or larger than any that people write.
    """
    for name in _FILES:
        if (settings := _read(project, name)) is not None:
            break
    else:
        return None
    found = _harmless(settings)
    folder = ""
    for _ in range(_MOST_EXTENDED):
        extended = settings.get("extend")
        if not isinstance(extended, str):
            break
        name = os.path.join(folder, os.path.expanduser(extended))
        folder = os.path.dirname(name)
        settings = _read(project, name) or {}
        found = _extended(_harmless(settings), found)
    if "target-version" not in found and (version := _least_python(project)):
        found["target-version"] = version
    return found


def ruff_options(config: Mapping[str, Any]) -> Iterator[str]:
    """The options of the command line that say the same as a config (see ruff_config)."""
    for name, value in config.items():
        yield from ("--config", f"{name}={_toml(value)}")


def _read(project: Project, name: str) -> dict[str, Any] | None:
    """The settings in a file; None where the file has none, or cannot be read."""
    text = project.read(name)
    is_of_project = os.path.basename(name) == "pyproject.toml"
    if not text or (is_of_project and "ruff" not in text):
        return None
    found = _parsed(text)
    if not is_of_project:
        return found
    tool = found.get("tool")
    settings = tool.get("ruff") if isinstance(tool, dict) else None
    return settings if isinstance(settings, dict) else None


def _parsed(text: str) -> dict[str, Any]:
    if len(text) > _LARGEST or max(line.count(".") for line in text.split("\n")) > _MOST_DOTS:
        raise RuffConfigError
    try:
        return tomllib.loads(text)
    except (RecursionError, ValueError):
        raise RuffConfigError from None


def _harmless(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that only decide what is reported, the older ones without the table `lint` put into it."""
    lint = settings.get("lint", {})
    if not isinstance(lint, dict):
        raise RuffConfigError
    of_lint = {name: value for name, value in {**settings, **lint}.items() if _is_of_lint(name)}
    of_lint |= {name: value for name, value in lint.items() if name in _OF_LINT_ONLY}
    return {**{name: value for name, value in settings.items() if name in _GENERAL}, "lint": of_lint}


def _is_of_lint(name: str) -> bool:
    return name in _OF_LINT or name.startswith(_LINTERS)


def _extended(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A config with what it takes from the one that it extends: rules add up, as long as it selects none anew."""
    lint = {**base["lint"], **own["lint"]}
    if "select" not in own["lint"]:
        for name in ("extend-ignore", "extend-select", "ignore"):
            parts = [config["lint"].get(name, []) for config in (base, own)]
            if any(parts) and all(isinstance(part, list) for part in parts):
                lint[name] = [*parts[0], *parts[1]]
    return {**base, **own, "lint": lint}


def _least_python(project: Project) -> str:
    """The oldest version of Python that pyproject.toml says the project runs with, as ruff calls it; empty without."""
    match = _LEAST_PYTHON.search(project.read("pyproject.toml"))
    return f"py3{match[1]}" if match and int(match[1]) in _VERSIONS else ""


def _toml(value: object) -> str:
    """A value in TOML's notation, in one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{_toml(str(key))} = {_toml(its)}" for key, its in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case bool() | int() | float() | str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            raise RuffConfigError
