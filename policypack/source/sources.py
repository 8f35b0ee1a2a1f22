"""The source of a program, and where a value stands in it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policypack.model import Place
from policypack.source.budget import Budget, BudgetExceededError, Clock

# What reads and parses is imported where it is used: most previews have no password to look up.
if TYPE_CHECKING:
    from policypack.model import Context
    from policypack.source.files import File
    from policypack.source.written import WrittenValues

_SHORTEST: Final = 4
"""Characters; fewer stand anywhere by chance."""
NO_PARSER: Final = (
    "for which the pack's environment needs tree-sitter and its grammars (pip install -r requirements.txt)"
)


class Sources:
    """
    The source of a program, read once and searched for whatever value is asked for.

    Neither what is asked for nor what is found is kept or shown.

    :param note: what was left out when the files were read.
    :param clock: the time that is left for searching.
    """

    __slots__ = ("_clock", "_files", "_lacks_parser", "_note", "_unsearched")

    def __init__(self, files: Iterable[File] = (), note: str = "", clock: Clock | None = None) -> None:
        self._files = tuple(files)
        self._note = note
        self._clock = clock or Clock()
        self._unsearched: set[str] = set()
        self._lacks_parser = False

    def __repr__(self) -> str:
        return f"Sources({len(self._files)} files)"

    @property
    def language(self) -> str:
        """The language of the program: that of the file with which it begins, or of all its files."""
        from policypack.source.languages import program_language

        return program_language(file.name for file in self._files)

    @property
    def note(self) -> str:
        """What was left out of what was asked so far, in words; empty when nothing was."""
        notes = [self._note]
        if self._lacks_parser:
            notes.append(f"the program's source was not searched, {NO_PARSER}")
        if self._unsearched:
            files = f"{len(self._unsearched):,} that take too long"
            notes.append(f"the search of the program's source left out files: {files}")
        return "; ".join(filter(None, notes))

    @classmethod
    def read(cls, folder: Path) -> Sources:
        """Reads a program's own files: not those of others, not what compilers made, not the stacks' settings."""
        from policypack.source.files import read

        with Clock() as clock:
            reading = read(str(folder), clock)
        return cls(reading.files, reading.note, clock)

    def places(self, value: str) -> tuple[Place, ...]:
        """
        Where exactly this value stands as a string literal, is put together from some, or is quoted within one.

        A value of fewer than four characters, spaces around it aside, stands nowhere.
        """
        if len(value.strip()) < _SHORTEST:
            return ()
        from policypack.source.sieve import Sieve

        sieve = Sieve(value)
        with self._clock:
            return tuple(
                Place(file.name, line)
                for file in self._files
                if self._is_searched(file) and sieve.lets_through(file)
                for line in self._lines(file, value)
            )

    def written_values(self, context: Context) -> WrittenValues:
        """What the program says of unknown values in a run."""
        from policypack.source.written import WrittenValues

        with self._clock:
            return WrittenValues(self._files, self._clock, context)

    def _is_searched(self, file: File) -> bool:
        """Whether there is time to search a file; noted where there is none."""
        if self._clock.left < 0:
            self._unsearched.add(file.name)
            return False
        return True

    def _lines(self, file: File, value: str) -> list[int]:
        from policypack.source.literals import Wanted

        lines: set[int] = set()
        try:
            lines.update(file.language.lines(file.content.decode(), Wanted(value, Budget(self._clock))))
        except BudgetExceededError:
            self._unsearched.add(file.name)
        except ImportError:
            self._lacks_parser = True
        return sorted(lines)
