"""Looks values up in the source of the program that is being previewed, once there is one to look up."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from policypack.model import Place
from policypack.source.program import find_program
from policypack.source.sources import Sources


class ProgramSource:
    """
    The source of the previewed program, found and read at the first question: most previews have none to ask.

    :param project: the project's name, as in ConfigureStack.
    :param find: finds the program's folder by the project's name.
    """

    def __init__(self, project: str, find: Callable[[str], Path | None] = find_program) -> None:
        self._project = project
        self._find = find

    @cached_property
    def _sources(self) -> Sources:
        folder = self._find(self._project)
        note = "the program's source was not found, so that nobody can tell whether it stands there"
        return Sources.read(folder) if folder else Sources(note=note)

    @property
    def note(self) -> str:
        """What was not looked at; empty when everything was."""
        return self._sources.note

    def places(self, value: str) -> tuple[Place, ...]:
        """Where a value stands as a literal (see Sources.places)."""
        return self._sources.places(value)
