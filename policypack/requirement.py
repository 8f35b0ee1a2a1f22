"""One rule over many resource types: a property that must have a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from policypack.policy import Findings, Undecided, Violation
from policypack.resource import Resource, Value

Condition = Callable[[Resource], bool]


def always(_resource: Resource) -> bool:
    """Holds for every resource."""
    return True


def never(_resource: Resource) -> bool:
    """Holds for no resource."""
    return False


def is_set(*paths: str) -> Condition:
    """Holds for a resource that has a value, known or not, at one of these paths."""
    return lambda resource: any(not resource.get(path).is_empty for path in paths)


def has(path: str, *texts: str) -> Condition:
    """Holds for a resource whose value at the path is known to be one of these texts."""
    return lambda resource: resource.get(path).text in texts


@dataclass(frozen=True, slots=True)
class Requirement:
    """
    A property that must have one of a few values.

    :param path: where the property is, as in Value.each.
    :param wanted: the values that are right, as text, the first being the one to write; empty when any value is.
    :param unless: resources that the requirement does not concern.
    :param absent_is_right: resources for which leaving the property out is right, by AWS's or the provider's default.
    :param note: what to know before making the change, in one sentence.
    """

    path: str
    wanted: tuple[str, ...] = ("true",)
    unless: Condition = never
    absent_is_right: Condition = never
    note: str = ""

    def check(self, resource: Resource, consequence: str) -> Findings:
        """Findings for each value at the path that is not as wanted; `consequence` says what that means."""
        if self.unless(resource):
            return
        for value in resource.each(self.path):
            if value.is_unknown:
                if self.wanted:
                    yield Undecided(value)
            elif not (self.absent_is_right(resource) if value.is_absent else self._is_met_by(value)):
                yield Violation(value, f"{value.path} is {value.shown}: {consequence}.", fix=self._fix(value))

    def _is_met_by(self, value: Value) -> bool:
        return value.text.lower() in map(str.lower, self.wanted) if self.wanted else not value.is_empty

    def _fix(self, value: Value) -> str:
        wanted = self.wanted[0] if self.wanted else ""
        written = "" if not wanted else f" to {wanted}" if wanted in ("true", "false") else f' to "{wanted}"'
        return f"Set {value.path}{written}. {self.note}".rstrip()
