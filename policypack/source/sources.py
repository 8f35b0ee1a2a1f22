"""The source of a program, and where a value stands in it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policypack.model import Place

# What reads and parses is imported where it is used: most previews have no password to look up.
if TYPE_CHECKING:
    from policypack.source.files import File

_SHORTEST: Final = 4
"""Characters; fewer stand anywhere by chance."""


class Sources:
    """
    The source of a program, read once and searched for whatever value is asked for.

    Neither what is asked for nor what is found is kept or shown.
    """

    __slots__ = ("_files", "note")

    def __init__(self, files: Iterable[File] = (), note: str = "") -> None:
        self._files = tuple(files)
        self.note = note
        """What was left out, in words; empty when nothing was."""

    def __repr__(self) -> str:
        return f"Sources({len(self._files)} files)"

    @classmethod
    def read(cls, folder: Path) -> Sources:
        """Reads a program's own files: not those of others, not what compilers made, not the stacks' settings."""
        from policypack.source.files import read

        reading = read(str(folder))
        return cls(reading.files, reading.note)

    def places(self, value: str) -> tuple[Place, ...]:
        """
        Where exactly this value stands as a string literal, is put together from some, or is quoted within one.

        A value of fewer than four characters, spaces around it aside, stands nowhere.
        """
        if len(value.strip()) < _SHORTEST:
            return ()
        from policypack.source.sieve import Sieve

        sieve = Sieve(value)
        return tuple(
            Place(file.name, line)
            for file in self._files
            if sieve.lets_through(file)
            for line in sorted(set(file.language.lines(file.content.decode(), value)))
        )
