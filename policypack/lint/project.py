"""A Pulumi project as it lies in a folder, and the decorator of the policies that read one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, Unpack

from policypack.lint.python_file import PythonFile, parse_python
from policypack.lint.yaml_file import Node, YamlError, read_yaml
from policypack.model import Place
from policypack.policy import C, Declaration, Policy, declared
from policypack.source.files import Reading, read, read_regular
from policypack.verdict import Verdicts

PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
_LARGEST: Final = 1_000_000
"""Bytes of a settings file that is read."""
_MOST_ENTRIES: Final = 10_000
"""Entries of the project's folder that are looked at."""


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """
    Pulumi.yaml, or the settings of a stack.

    :param name: its name in the project's folder.
    :param root: what it holds; None where it is empty or cannot be read.
    :param error: why it cannot be read; None where it can.
    """

    name: str
    root: Node | None = field(repr=False)
    error: YamlError | None = None


class Project:
    """A folder that holds, or should hold, a Pulumi project. Files are read when a policy asks, and once."""

    def __init__(self, root: Path) -> None:
        """
        :param root: the folder.
        :raises OSError: where it cannot be listed.
        """
        self.root = root
        self.entries = entries_of(root)
        """The names of what is in the folder."""

    @cached_property
    def file(self) -> SettingsFile | None:
        """The project file; None where there is none."""
        name = next((name for name in PROJECT_FILES if name in self.entries), None)
        return self._settings(name) if name else None

    @cached_property
    def stacks(self) -> tuple[SettingsFile, ...]:
        """The settings of the project's stacks."""
        # `config` as a text is the older way to name the folder.
        config = self._top("config")
        folder = self._text("stackConfigDir") or (config.text if config else "")
        names = self.entries
        if folder:
            try:
                names = entries_of(self.root / folder)
            except (OSError, ValueError):
                return ()
        stacks = (name for name in names if name not in PROJECT_FILES and _is_stack_file(name))
        return tuple(self._settings(os.path.join(folder, name)) for name in stacks)

    @property
    def name(self) -> str:
        """The project's name; empty where no project file says one."""
        return self._text("name")

    @cached_property
    def runtime(self) -> str:
        """The language runtime: `python`, `nodejs` and so on; empty where no project file says one."""
        runtime = self._top("runtime")
        if runtime and runtime.is_map:
            named = runtime.get("name")
            return named.text if named else ""
        return runtime.text if runtime else ""

    def option(self, name: str) -> str:
        """An option of the runtime, as text; empty where it is not there."""
        runtime = self._top("runtime")
        options = runtime.get("options") if runtime else None
        option = options.get(name) if options else None
        return option.text if option else ""

    @property
    def main(self) -> str:
        """What the project file names as the program; empty where it names none, which means the project's folder."""
        return self._text("main")

    @cached_property
    def program(self) -> Path | None:
        """The folder of the program; None where `main` leads out of the project, or to nothing."""
        try:
            root, target = self.root.resolve(), (self.root / self.main).resolve()
            folder = target.parent if target.is_file() else target
            return folder if folder.is_dir() and folder.is_relative_to(root) else None
        except (OSError, RuntimeError, ValueError):
            return None

    @cached_property
    def source(self) -> Reading:
        """The project's own files of source: the program's, and those beside it."""
        return read(str(self.root)) if self.program else Reading()

    @cached_property
    def python(self) -> tuple[PythonFile, ...]:
        """The program's files of Python."""
        files = (file for file in self.source.files if file.name.endswith(".py"))
        return tuple(parse_python(file.name, file.content.decode()) for file in files)

    @cached_property
    def packages(self) -> Path | None:
        """
        The folder of the Python packages that Pulumi would run the program with; None where there is none.

        That is the environment that the runtime's option `virtualenv` names, `.venv` for the toolchain uv, and without
        either the environment that is active:
        https://www.pulumi.com/docs/iac/languages-sdks/python/#virtual-environments
        """
        named = self.option("virtualenv") or (".venv" if self.option("toolchain") == "uv" else "")
        root = self.root / named if named else Path(os.environ.get("VIRTUAL_ENV") or sys.prefix)
        try:
            found = sorted((*root.glob("lib/python3*/site-packages"), *root.glob("Lib/site-packages")))
        except (OSError, ValueError):
            return None
        return found[-1] if found else None

    def read(self, name: str) -> str:
        """The beginning of a file of the project's folder, as text; empty where it cannot be read."""
        try:
            return read_regular(str(self.root / name), _LARGEST).decode(errors="replace")
        except (OSError, ValueError):
            return ""

    def lines(self, name: str) -> list[str]:
        """The lines of a file of the project (see read)."""
        return self.read(name).split("\n")

    def place_of(self, key: str) -> Place:
        """Where a key stands in the project file, or where that begins."""
        name = self.file.name if self.file else PROJECT_FILES[0]
        root = self.file.root if self.file else None
        return root.keys.get(key, root.place) if root else Place(name, 1)

    def _text(self, key: str) -> str:
        node = self._top(key)
        return node.text if node else ""

    def _top(self, key: str) -> Node | None:
        return self.file.root.get(key) if self.file and self.file.root else None

    def _settings(self, name: str) -> SettingsFile:
        try:
            data = read_regular(os.path.realpath(self.root / name), _LARGEST + 1)
            if len(data) > _LARGEST:
                raise ValueError
            return SettingsFile(name, read_yaml(name, data.decode("utf-8-sig")))
        except YamlError as error:
            return SettingsFile(name, None, error)
        except (OSError, ValueError):
            return SettingsFile(name, None, YamlError.of_file(name, "it cannot be read as text of up to 1 MB"))


def entries_of(folder: Path) -> tuple[str, ...]:
    """
    The names of what is in a folder, in their order.

    :raises OSError: where it cannot be listed.
    """
    with os.scandir(folder) as entries:
        return tuple(sorted(entry.name for entry, _ in zip(entries, range(_MOST_ENTRIES), strict=False)))


def _is_stack_file(name: str) -> bool:
    stem, _, end = name.rpartition(".")
    return name.startswith("Pulumi.") and end in ("yaml", "yml", "json") and "." in stem


def project_policy(**declaration: Unpack[Declaration]) -> Callable[[Callable[[Project, C], Verdicts]], Policy]:
    """
    Declares the function below it, `def check(project: Project, config: SomeConfig) -> Verdicts`, a policy that reads a
    project's files.

    :param declaration: the other parameters of Policy.
    """
    return lambda check: declared(check, declaration, stage="project")
