"""What a program says of properties that are unknown at preview."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from policypack.model import (
    DEEPEST,
    UNKNOWN,
    Context,
    PartialDocument,
    PartialText,
    Place,
    Reference,
    Resource,
    Secret,
    Written,
    WrittenMap,
)
from policypack.source.arguments import line_in
from policypack.source.budget import Budget, BudgetExceededError, Clock
from policypack.source.constructs import Constructs
from policypack.source.evaluator import Evaluator
from policypack.source.files import File
from policypack.source.modules import Modules
from policypack.source.sources import NO_PARSER
from policypack.source.values import Several, entry, merged

_MOST_STEPS: Final = 200_000
"""Steps that one question may take."""
_STEP: Final = re.compile(r"([^.\[\]]+)|\[(\d{1,6})\]")


class WrittenValues:
    """
    What a program says of the properties of its resources.

    :param files: the program's files.
    :param clock: the time that is left for reading and evaluating them.
    :param context: the run.
    """

    def __init__(self, files: Iterable[File], clock: Clock, context: Context) -> None:
        self._clock = clock
        self._modules = Modules(files, clock)
        self._evaluator = Evaluator(self._modules, context)
        self._constructs = Constructs(self._modules, self._evaluator)
        self._unanswered = 0
        self._is_moot = self._modules.has_transforms

    @property
    def note(self) -> str:
        """What of the program could not be evaluated, in words; empty when all could."""
        notes = []
        if self._is_moot:
            notes.append(
                "the program's transforms may change what its source says, so unknown values were not read in it"
            )
        if self._modules.lacks_parser:
            notes.append(f"unknown values were not read in the program's source, {NO_PARSER}")
        if self._modules.unread:
            notes.append(f"unknown values were not read in {', '.join(sorted(self._modules.unread)[:3])}")
        if self._unanswered:
            notes.append(f"{self._unanswered} unknown values take too long to read in the program's source")
        return "; ".join(notes)

    def of(self, resource: Resource, path: str) -> Written | None:
        """What the program says of the value at a path of a resource; None where it does not tell."""
        if self._is_moot:
            return None
        self._evaluator.budget = Budget(self._clock, _MOST_STEPS)
        try:
            with self._clock:
                return self._written(resource, path)
        except (ArithmeticError, BudgetExceededError, RecursionError, ValueError):
            self._unanswered += 1
            return None

    def _written(self, resource: Resource, path: str) -> Written | None:
        name, *rest = (step[1] or int(step[2]) for step in _STEP.finditer(path))
        found: list[Any] = []
        place: Place | None = None
        for site, frame in self._constructs.of(resource):
            value = self._evaluator.argument(site.call, frame, str(name))
            found.append(self._at(value, rest))
            place = place or Place(site.scope.file, line_in(site.call, [str(name)]))
        raw = self._as_raw(merged(found), DEEPEST) if found else UNKNOWN
        return None if raw is None or raw is UNKNOWN else Written(raw, place)

    def _at(self, value: Any, steps: list[str | int]) -> Any:
        """What is at some steps, names and indices, below a value."""
        for step in steps:
            if isinstance(value, Secret):
                return Secret(self._at(value.value, steps[steps.index(step) :]))
            if isinstance(value, WrittenMap) and isinstance(step, str):
                value = entry(value, step)
            elif isinstance(value, list) and isinstance(step, int):
                is_told = step < len(value) and not any(isinstance(each, Several) for each in value[: step + 1])
                value = value[step] if is_told else UNKNOWN
            else:
                return UNKNOWN
        return value

    def _as_raw(self, value: Any, depth: int) -> Any:
        """A value as the model has it."""
        self._evaluator.budget.spend(1)
        if value is None or isinstance(value, str | bool | int | float):
            return value
        if not depth:
            return UNKNOWN
        if isinstance(value, WrittenMap):
            return value.with_entries({key: self._as_raw(each, depth - 1) for key, each in value.items()})
        if isinstance(value, list):
            return [self._as_raw(each, depth - 1) for each in value]
        if isinstance(value, Secret):
            return Secret(self._as_raw(value.value, depth - 1))
        if isinstance(value, PartialDocument):
            return PartialDocument(self._as_raw(value.content, depth - 1))
        return value if isinstance(value, Reference | PartialText) else UNKNOWN
