"""What the search of a program's source may cost: a file that a stranger wrote must not stop a preview."""

from __future__ import annotations

import time
from typing import Final

MOST_STEPS: Final = 1_000_000
"""Steps that the search of one file for one value may take: a literal, an expression, an event of YAML is one each."""
MOST_SECONDS: Final = 10.0
"""Seconds that all that is read and searched in a run may take."""


class BudgetExceededError(Exception):
    """A search takes more than it may."""


class Clock:
    """
    The time that the source of a program may take in a run. It runs only while something is read or searched.

    :param seconds: how much it is.
    """

    __slots__ = ("_left", "_started")

    def __init__(self, seconds: float = MOST_SECONDS) -> None:
        self._left = seconds
        self._started: float | None = None

    def __enter__(self) -> Clock:
        self._started = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self._left = self.left
        self._started = None

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return self._left - (time.monotonic() - self._started if self._started is not None else 0)


_STEPS_PER_LOOK: Final = 1_000


class Budget:
    """
    What the search of one file for one value may cost.

    :param clock: the time that is left for this file and all others.
    :param steps: the steps that it may take.
    """

    __slots__ = ("_clock", "_next_look", "_steps")

    def __init__(self, clock: Clock | None = None, steps: int = MOST_STEPS) -> None:
        self._clock = clock
        self._steps = steps
        self._next_look = steps - _STEPS_PER_LOOK

    def spend(self, steps: int) -> None:
        """Takes some steps; raises BudgetExceededError where there are not enough left, or no time."""
        self._steps -= steps
        if self._steps > self._next_look:
            return
        self._next_look = self._steps - _STEPS_PER_LOOK
        if self.is_spent:
            raise BudgetExceededError

    @property
    def is_spent(self) -> bool:
        """Whether there are no steps left, or no time."""
        return self._steps < 0 or bool(self._clock and self._clock.left < 0)
