"""What could not be decided at preview: said once, so that nothing is silent."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from msgspec import Meta

from policypack.config import Config
from policypack.record import Record, report_policy
from policypack.verdict import Level, Undecided, Verdicts, Violation


class UndecidedConfig(Config):
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


@report_policy(
    id="undecided-at-preview",
    title="Every policy could decide at preview",
    severity="low",
    enforcement="advisory",
    fix="What is unknown yet is decided once the update knows it; to have it decided now, write the value out. What "
    "belongs to another stack nobody can decide here: look there, or exempt it.",
    url="https://www.pulumi.com/docs/iac/concepts/inputs-outputs/",
)
def undecided_at_preview(record: Record, config: UndecidedConfig) -> Verdicts:
    """What is unknown at preview was found neither right nor wrong: were that silent, it would pass for checked."""
    level: Level = "mandatory" if config.block else "advisory"
    if config.each:
        for policy, verdict in record.undecided:
            reason = _reason(verdict)
            end = "" if reason.endswith("?") else "."
            yield Violation(verdict.at, f"{policy.id} could not decide: {reason}{end}", level=level)
    elif record.undecided:
        values: dict[tuple[str, str], list[tuple[str, Undecided]]] = {}
        for policy, verdict in record.undecided:
            values.setdefault((verdict.at.resource.urn, verdict.at.path), []).append((policy.id, verdict))
        counts = Counter(policy_id for found in values.values() for policy_id in dict(found))
        named = [_line(found) for found in list(values.values())[: config.show]]
        total = len(values)
        yield Violation(
            None,
            "\n".join(
                [
                    f"{total} value{'s' if total > 1 else ''} could not be checked yet, for policies: "
                    + ", ".join(f"{policy_id} ({count})" for policy_id, count in counts.items())
                    + ".",
                    *named,
                    *([f"… and {total - len(named)} more."] if named and total > len(named) else []),
                ]
            ),
            level=level,
        )


def _line(found: list[tuple[str, Undecided]]) -> str:
    """What is said of one value that policies, each by its id, could not decide about."""
    findings = [finding for _, finding in found]
    return f"{', '.join(dict(found))} on '{findings[0].at.resource.name}': {_reason(*findings)}"


def _reason(*findings: Undecided) -> str:
    """What is unknown of one value, and what hangs on it."""
    at = findings[0].at
    # The engine's order is not the same every time.
    origins = sorted({f"'{each.name}' ({each.type.rpartition(':')[2]})" for each in at.dependencies})
    come = f" (it comes from {', '.join(origins)})" if at.is_unknown and origins else ""
    unknown = f"{at.path} is {at.shown}{come}"
    questions = " ".join(dict.fromkeys(finding.question for finding in findings if finding.question))
    return f"{unknown}; {questions}" if questions else unknown
