"""What is known of a run before any resource of the stack: the stack itself, its config, and the program's source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from policypack.model.unknown import Written
from policypack.model.value import printable

if TYPE_CHECKING:
    from policypack.model.resource import Resource


class Place(NamedTuple):
    """
    A line of the program: a file, named from the program's folder on with forward slashes, and the line's number.

    :param column: the character of the line, from 1 on; 0 where the line as a whole is meant.
    """

    file: str
    line: int
    column: int = 0

    def __str__(self) -> str:
        return f"{printable(self.file)}:{self.line}" + (f":{self.column}" if self.column else "")


class Program(Protocol):
    """The source of the program that is being previewed, as far as policies ask for it."""

    @property
    def note(self) -> str:
        """What of the source was not looked at, in words; empty when all was."""

    def places(self, value: str) -> tuple[Place, ...]:
        """Where a value is written as a literal."""

    def written(self, resource: Resource, path: str) -> Written | None:
        """
        What the program says of a property that is unknown at preview; None where it does not tell.

        :param path: the value's path, as in Value.path.
        """

    @property
    def unread(self) -> str:
        """What of the source could not be evaluated for `written`, in words; empty when all could."""

    @property
    def told(self) -> frozenset[tuple[str, str]]:
        """The values of which `written` could tell something: the URN of the resource and the path of each."""


class Asked(Protocol):
    """What a run asks about, where that is not everything."""

    def asks(self, type_: str, controls: tuple[str, ...] | None) -> bool:
        """
        Whether resources of a type need to be checked.

        :param controls: for which controls; none for what no control asks for, None for whatever.
        """


@dataclass(frozen=True, slots=True)
class Context:
    """
    The run that resources belong to, in Pulumi's words.

    :param config: the stack's config by its full keys; the values of secret keys are decrypted.
    :param config_secret_keys: the keys of `config` whose values are secret.
    :param program: the source of the program that is being previewed; None where no program runs.
    :param asked: what the run asks about; None for everything.
    :param today: the day of the run (UTC), by which facts and exemptions that hold until a certain day are judged.
    """

    project: str = ""
    stack: str = ""
    organization: str = ""
    dry_run: bool = False
    config: Mapping[str, str] = field(default_factory=dict, repr=False)
    config_secret_keys: frozenset[str] = frozenset()
    tags: Mapping[str, str] = field(default_factory=dict)
    program: Program | None = None
    asked: Asked | None = None
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
