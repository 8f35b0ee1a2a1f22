"""Undecided values: what the policies could not check at this preview."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, NamedTuple

from msgspec import Meta

from policypack.config import SourceConfig
from policypack.model import Value
from policypack.record import Record, report_policy
from policypack.verdict import Level, Undecided, Verdicts, Violation


class UndecidedConfig(SourceConfig):
    """Config of undecided-at-preview."""

    each: Annotated[bool, Meta(description="One finding for each undecided value, on its resource.")] = False
    show: Annotated[int, Meta(ge=0, le=100, description="How many to name in the one finding of the stack.")] = 3
    block: Annotated[
        bool,
        Meta(
            description="Whether an undecided value stops the update, as a violation does. The enforcement level can "
            "only turn these findings off."
        ),
    ] = False


class _Open(NamedTuple):
    """A value that some policies could not check: their ids, and what they ask about it."""

    at: Value
    policies: tuple[str, ...]
    questions: tuple[str, ...]

    @property
    def line(self) -> str:
        """The value with its resource, the policies that could not check it, and what depends on it."""
        question = f": {' '.join(self.questions)}" if self.questions else ""
        return f"{self.at.resource.name}.{self.at.path}{self._known} ({', '.join(self.policies)}){question}"

    @property
    def said(self) -> str:
        """The value on its resource, and what depends on it."""
        question = f": {' '.join(self.questions)}" if self.questions else ""
        return f"{self.at.path}{self._known}{question}"

    @property
    def _known(self) -> str:
        return "" if self.at.is_unknown else f", which is {self.at.shown}"


@report_policy(
    id="undecided-at-preview",
    title="Every value could be checked at preview",
    severity="low",
    enforcement="advisory",
    fix="Values that the update creates need no action: they are checked once they are known. To check a value now, "
    "write it into the program. Check what belongs to another stack there, or exempt it here.",
    url="https://www.pulumi.com/docs/iac/concepts/inputs-outputs/",
)
def undecided_at_preview(record: Record, config: UndecidedConfig) -> Verdicts:
    """A value that is unknown at preview is not checked yet. Without this finding, it would count as checked."""
    level: Level = "mandatory" if config.block else "advisory"
    found = _open(record)
    if config.each:
        for each in found:
            could_not = f"{', '.join(each.policies)} could not check {each.said}"
            end = "" if could_not.endswith("?") else "."
            reason = " It is unknown until the update." if each.at.is_unknown else ""
            yield Violation(each.at, f"{could_not}{end}{reason}", level=level)
    elif found:
        unknown = [each for each in found if each.at.is_unknown]
        known = [each for each in found if not each.at.is_unknown]
        parts = [
            *_listed(unknown, "unknown until the update", config.show),
            *_listed(known, "known, but depend on others that are not, or that are outside of this stack", config.show),
            *_about_source(record),
        ]
        yield Violation(None, "\n".join(parts), level=level)


def _open(record: Record) -> list[_Open]:
    """The undecided values of a record, each once, in the order in which they were found."""
    verdicts: dict[tuple[str, str], list[tuple[str, Undecided]]] = {}
    for policy, verdict in record.undecided:
        verdicts.setdefault((verdict.at.resource.urn, verdict.at.path), []).append((policy.id, verdict))
    return [
        _Open(
            each[0][1].at,
            tuple(dict.fromkeys(policy_id for policy_id, _ in each)),
            tuple(dict.fromkeys(verdict.question for _, verdict in each if verdict.question)),
        )
        for each in verdicts.values()
    ]


def _about_source(record: Record) -> Iterator[str]:
    """What the program's source told of unknown values, and what of it could not be read."""
    program = record.stack.context.program if record.stack else None
    if program is None:
        return
    undecided = [(verdict.at.resource.urn, verdict.at.path) for _, verdict in record.undecided]
    decided = sum(not any(urn == own and at.startswith(path) for own, at in undecided) for urn, path in program.told)
    if decided:
        values = "1 other value that is unknown until the update was" if decided == 1 else f"{decided} others were"
        yield f"{values} decided by what the program's source says."
    if program.unread:
        yield f"{program.unread[0].upper()}{program.unread[1:]}."


def _listed(values: list[_Open], why: str, show: int) -> list[str]:
    """The lines about values that could not be checked for the same reason; none where there are no such values."""
    if not values:
        return []
    total, policies = len(values), len({policy_id for each in values for policy_id in each.policies})
    left = total - show
    is_one = total == 1
    return [
        f"{total} value{' is' if is_one else 's are'} {_singular(why) if is_one else why}, so "
        f"{policies} {'policy' if policies == 1 else 'policies'} could not check {'it' if is_one else 'them'}.",
        *(each.line for each in values[:show]),
        *([f"… and {left} more."] if show and left > 0 else []),
    ]


def _singular(why: str) -> str:
    return why.replace("depend on", "depends on")
