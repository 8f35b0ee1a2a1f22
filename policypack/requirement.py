"""One rule over many resource types: a property that must have a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from policypack.model import Resource, Value
from policypack.verdict import Undecided, Verdicts, Violation

Condition = Callable[[Resource], bool | None]
"""Whether something holds for a resource; None where values that are unknown yet decide it."""


def always(_resource: Resource) -> bool:
    """Holds for every resource."""
    return True


def never(_resource: Resource) -> bool:
    """Holds for no resource."""
    return False


def is_set(*paths: str) -> Condition:
    """Holds for a resource that has a value, known or not, at one of these paths."""
    return lambda resource: any(not resource.get(path).is_unset for path in paths)


def has(path: str, *texts: str) -> Condition:
    """Holds for a resource whose value at the path is one of these texts."""

    def condition(resource: Resource) -> bool | None:
        value = resource.get(path)
        return None if value.is_unknown else value.text in texts

    return condition


def lacks(path: str, *texts: str) -> Condition:
    """Holds for a resource whose value at the path is none of these texts, or absent."""

    def condition(resource: Resource) -> bool | None:
        value = resource.get(path)
        return None if value.is_unknown else value.text not in texts

    return condition


def either(*conditions: Condition) -> Condition:
    """Holds for a resource for which one of the conditions holds."""

    def condition(resource: Resource) -> bool | None:
        answers = [each(resource) for each in conditions]
        return True if True in answers else None if None in answers else False

    return condition


@dataclass(frozen=True, slots=True)
class Requirement:
    """
    A property that must have one of a few values.

    :param path: where the property is, as in Value.each.
    :param wanted: the values that are right, as text, the first being the one to write; empty when any value is.
    :param unless: resources that the requirement does not concern.
    :param absent_is_right: resources for which leaving the property out is right, by AWS's or the provider's default.
    :param note: what to know before making the change, in one sentence.
    :param absent_means: what leaving it out means, where that is not what a wrong value means.
    """

    path: str
    wanted: tuple[str, ...] = ("true",)
    unless: Condition = never
    absent_is_right: Condition = never
    note: str = ""
    absent_means: str = ""

    def check(self, resource: Resource, consequence: str) -> Verdicts:
        """Verdicts for each value at the path that is not as wanted; `consequence` says what that means."""
        moot = self.unless(resource)
        if moot:
            return
        for value in resource.each(self.path):
            right = self._is_right(resource, value)
            if right:
                continue
            if right is None or moot is None:
                yield Undecided(value, "" if value.is_unknown else "other values that are unknown yet decide it")
            else:
                meaning = (value.is_absent and self.absent_means) or consequence
                yield Violation(value, f"{value.path} is {value.shown}: {meaning}.", fix=self._fix(value))

    def _is_right(self, resource: Resource, value: Value) -> bool | None:
        if value.is_unknown:
            return None if self.wanted else True
        if value.is_absent:
            return self.absent_is_right(resource)
        return self._is_met_by(value)

    def _is_met_by(self, value: Value) -> bool:
        return value.text.lower() in map(str.lower, self.wanted) if self.wanted else not value.is_unset

    def _fix(self, value: Value) -> str:
        wanted = self.wanted[0] if self.wanted else ""
        written = "" if not wanted else f" to {wanted}" if wanted in ("true", "false") else f' to "{wanted}"'
        return f"Set {value.path}{written}. {self.note}".rstrip()
