"""Looks values up in the source of the program that is being previewed, once there is one to look up."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from policypack.model import Place, Resource, Written
from policypack.source.program import find_program
from policypack.source.sources import Sources

if TYPE_CHECKING:
    from policypack.source.written import WrittenValues


class ProgramSource:
    """
    The source of the previewed program, found and read at the first question: most previews have none to ask.

    Several threads may ask. One question is answered at a time, as all share the time that is left for reading.

    :param project: the project's name, as in ConfigureStack.
    :param find: finds the program's folder by the project's name; None for that of the previewed program.
    """

    def __init__(self, project: str, find: Callable[[str], Path | None] | None = None) -> None:
        self._project = project
        self._find = find
        self._lock = Lock()
        self._values: WrittenValues | None = None
        self._written: dict[tuple[str, str], Written | None] = {}

    @cached_property
    def _sources(self) -> Sources:
        folder = (self._find or find_program)(self._project)
        note = "the program's source was not found, so that nobody can tell whether it stands there"
        return Sources.read(folder) if folder else Sources(note=note)

    @property
    def language(self) -> str:
        """The language of the program (see Sources.language)."""
        return self._sources.language

    @property
    def note(self) -> str:
        """What was not looked at when values were looked up; empty when everything was."""
        return self._sources.note

    @property
    def unread(self) -> str:
        """What of the source could not be evaluated for the values that were asked for; empty when all could."""
        return self._values.note if self._values else ""

    def places(self, value: str) -> tuple[Place, ...]:
        """Where a value stands as a literal (see Sources.places)."""
        with self._lock:
            return self._sources.places(value)

    def written(self, resource: Resource, path: str) -> Written | None:
        """What the program says of an unknown value (see WrittenValues.of); each is evaluated once."""
        key = (resource.urn, path)
        with self._lock:
            if key not in self._written:
                self._written[key] = self._evaluated(resource, path)
            return self._written[key]

    def _evaluated(self, resource: Resource, path: str) -> Written | None:
        if self._values is None:
            self._values = self._sources.written_values(resource.context)
        return self._values.of(resource, path)

    @property
    def told(self) -> frozenset[tuple[str, str]]:
        """The values of which the program told something: the URN of the resource and the path of each."""
        return frozenset(key for key, written in self._written.items() if written)
