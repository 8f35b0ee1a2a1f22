"""What a policy yields: what is wrong, or what it could not decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from policypack.model import Place, Resource, Value

Level = Literal["advisory", "mandatory", "remediate", "disabled"]


@dataclass(frozen=True, slots=True)
class Violation:
    """
    A value that is known and wrong.

    :param at: the value at fault, or the resource when no single value is; None means the stack as a whole.
    :param message: what is wrong, in one sentence: the property, the value found, the value wanted.
    :param fix: what to write instead; when empty, the fix of the policy's declaration.
    :param level: overrules the policy's enforcement level for this finding.
    :param remediation: the value to write at `at`, where the policy remediates; one that neither replaces an existing
        resource nor loses data. A map is added to the one that is there.
    :param line: the line of the program at fault, where it is known.
    :param controls: ids of the controls that this finding is about, where that is not what the policy's frameworks
        say of the resource.
    """

    at: Value | Resource | None
    message: str
    fix: str = ""
    level: Level | None = None
    remediation: Any = None
    line: Place | None = None
    controls: tuple[str, ...] | None = None

    @property
    def resource(self) -> Resource | None:
        """The resource at fault; None when the stack as a whole is."""
        return self.at.resource if isinstance(self.at, Value) else self.at

    @property
    def urn(self) -> str:
        """The URN of the resource at fault; empty when the stack is."""
        return self.resource.urn if self.resource else ""

    @property
    def path(self) -> str:
        """The path of the value at fault within its resource; empty when no single value is."""
        return self.at.path if isinstance(self.at, Value) else ""


@dataclass(frozen=True, slots=True)
class Undecided:
    """
    A value that is unknown, so that the policy cannot tell. It is asked again when the whole stack is known.

    :param at: the unknown value.
    :param question: what depends on it, in a few words; that it is unknown is said anyway.
    """

    at: Value
    question: str = ""


Verdict = Violation | Undecided
Verdicts = Iterator[Verdict]
