"""Rotation: that secrets are changed automatically, and often enough."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.model import Resource
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_SECRET: Final = "aws:secretsmanager/secret:Secret"
_ROTATION: Final = "aws:secretsmanager/secretRotation:SecretRotation"
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_RATE: Final = re.compile(r"rate\(\s*(\d{1,9})\s+(day|hour)s?\s*\)")

_ROTATED: Final = ("FSBP SecretsManager.1",)


class RotationConfig(Config):
    """Config of secret-rotation."""

    # As Security Hub has it by default; more than 1000 Secrets Manager does not take:
    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html
    max_days: Annotated[
        int, Meta(ge=1, le=1000, description="How many days may lie between two rotations of a secret.")
    ] = 90


@resource_policy(
    id="secret-rotation",
    title="Secrets Manager secrets are rotated automatically and often enough",
    needs_stack=True,
    types=(_SECRET, _ROTATION),
    severity="medium",
    enforcement="advisory",
    fix="Add an aws.secretsmanager.SecretRotation with the secret's id as secretId, the ARN of a rotation function as "
    "rotationLambdaArn, and rotationRules. The first rotation starts at once: clients must read the secret whenever "
    "they connect. For a database's main password, set manageMasterUserPassword instead: then AWS rotates it. An "
    "Aurora global database cannot have that.",
    frameworks=("FSBP SecretsManager.1", "FSBP SecretsManager.4"),
    url="https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html",
)
def secret_rotation(resource: Resource, config: RotationConfig) -> Verdicts:
    """
    A leaked password works until it is changed. Most leaks are never noticed, and working passwords are rarely changed
    by hand: former colleagues, old backups and logs keep access for years.
    """
    if resource.type == _ROTATION:
        yield from _schedule(resource, config.max_days)
    elif not resource.referrers(_ROTATION, "secretId"):
        if elsewhere := resource.stack.unresolved(_ROTATION, "secretId", _SECRET):
            yield Undecided(elsewhere[0].get("secretId"), f"is it the secret '{resource.name}'?")
        else:
            yield Violation(
                resource, "No SecretRotation in the stack rotates this secret.", controls=("FSBP SecretsManager.1",)
            )


def _schedule(rotation: Resource, max_days: int) -> Verdicts:
    enabled, after = rotation.get("rotationEnabled"), rotation.get("rotationRules.automaticallyAfterDays")
    schedule = rotation.get("rotationRules.scheduleExpression")
    if enabled.is_false:
        message = "rotationEnabled is false: the secret is never rotated."
        yield Violation(
            enabled, message, fix="Remove rotationEnabled, and set rotationRules.", controls=("FSBP SecretsManager.1",)
        )
        return
    for value, days, fix in (
        (after, after.number, f"{max_days}"),
        (schedule, _days(schedule.text.strip()), f'"rate({max_days} days)"'),
    ):
        if value.is_unknown:
            yield Undecided(value)
        elif days is not None and days > max_days:
            yield Violation(
                value,
                f"{value.path} is {value.shown}: a secret must be rotated at least every {max_days} days.",
                fix=f"Set {value.path} to {fix} or less, or raise maxDays of this policy.",
                controls=("FSBP SecretsManager.4",),
            )


def _days(schedule: str) -> float | None:
    """
    How many days may lie between two rotations; None where that depends on more than the months.

    A month counts as 30 days, for three of them to be 90. The grammar, which has no schedule longer than a year:
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
    """
    if rate := _RATE.fullmatch(schedule):
        return int(rate[1]) / (1 if rate[2] == "day" else 24)
    fields = schedule.removeprefix("cron(").removesuffix(")").split()
    months = sorted(_months(fields[3])) if len(fields) == 6 else []
    between = [later - month for month, later in pairwise([*months, months[0] + 12])] if months else [1]
    return 30 * max(between) if max(between) > 1 else None


def _months(field: str) -> set[int]:
    """The months of a cron expression: `*`, `3`, `JAN,JUL`, `1-6`, `*/4`, `2/3`; none where it is something else."""
    for number, name in enumerate(_MONTHS, 1):
        field = field.upper().replace(name, str(number))
    months: set[int] = set()
    for part in field.split(","):
        found = re.fullmatch(r"(?:\*|(\d{1,9})(?:-(\d{1,9}))?)(?:/(\d{1,9}))?", part)
        if not found or int(found[3] or 1) == 0:
            return set()
        first = int(found[1] or 1)
        last = int(found[2] or (12 if found[3] or not found[1] else first))
        months.update(range(first, min(last, 12) + 1, int(found[3] or 1)))
    return months
