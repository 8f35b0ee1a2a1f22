"""Rotation: that secrets are changed from time to time, by themselves."""

from __future__ import annotations

import re
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.finding import Findings, Undecided, Violation
from policypack.policy import policy
from policypack.resource import Resource, Value

_SECRET: Final = "aws:secretsmanager/secret:Secret"
_ROTATION: Final = "aws:secretsmanager/secretRotation:SecretRotation"
_RATE: Final = re.compile(r"rate\(\s*(\d+)\s+(day|hour)s?\s*\)")


class RotationConfig(Config):
    """Config of secret-rotation."""

    # As Security Hub has it by default; more than 1000 Secrets Manager does not take:
    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html
    max_days: Annotated[
        int, Meta(ge=1, le=1000, description="How many days may lie between two rotations of a secret.")
    ] = 90


@policy(
    id="secret-rotation",
    title="Secrets of Secrets Manager are rotated, and often enough",
    stage="stack",
    types=(_SECRET, _ROTATION),
    severity="medium",
    enforcement="advisory",
    fix="Add an aws.secretsmanager.SecretRotation with the secret's id as secretId, the ARN of a rotation function and "
    "rotationRules. For a database's main password, set manageMasterUserPassword instead: then AWS rotates it.",
    frameworks=("FSBP SecretsManager.1", "FSBP SecretsManager.4"),
    url="https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html",
)
def secret_rotation(resource: Resource, config: RotationConfig) -> Findings:
    """
    A password that leaked is of use until somebody changes it. Nobody knows of most leaks, and nobody changes by hand
    what works: former colleagues, old backups and logs keep the way in for years.
    """
    assert resource.stack
    if resource.type == _ROTATION:
        yield from _schedule(resource, config.max_days)
    elif not resource.stack.referrers(resource, _ROTATION, "secretId"):
        if elsewhere := resource.stack.unresolved(_ROTATION, "secretId", _SECRET):
            yield Undecided(elsewhere[0].get("secretId"), f"is it the secret '{resource.name}'?")
        else:
            yield Violation(resource, "Nothing in the stack rotates this secret.")


def _schedule(rotation: Resource, max_days: int) -> Findings:
    enabled, after = rotation.get("rotationEnabled"), rotation.get("rotationRules.automaticallyAfterDays")
    schedule = rotation.get("rotationRules.scheduleExpression")
    if enabled.is_false:
        yield Violation(enabled, "rotationEnabled is false: the secret stays the same.", fix="Leave it out.")
        return
    for value, days in ((after, after.number), (schedule, _days(schedule))):
        if value.is_unknown:
            yield Undecided(value)
        elif days is not None and days > max_days:
            yield Violation(
                value,
                f"{value.path} is {value.shown}: a secret must be rotated every {max_days} days, or more often.",
                fix=f"Set rotationRules.automaticallyAfterDays to {max_days} or less.",
            )


def _days(schedule: Value) -> float | None:
    """
    The days between two rotations by a `rate(…)`; None for a `cron(…)`.

    Secrets Manager takes no cron expression with years in it, so that the rarest ones are meant:
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
    """
    rate = _RATE.fullmatch(schedule.text.strip())
    return None if rate is None else int(rate[1]) / (1 if rate[2] == "day" else 24)
