"""Rotation: that there is one for every secret, and that it comes often enough."""

import calendar
from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.testing import UNKNOWN, Secret, decide, ref, resource, urn
from tests.support import POLICIES, check

ID = "secret-rotation"
SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"
MONTHLY = {"automaticallyAfterDays": 30}


def test_a_secret_that_nothing_rotates_is_reported() -> None:
    other = resource(SECRET, "other")
    rotation = resource(ROTATION, "other", secretId=ref(other, "other"), rotationRules=MONTHLY)
    decision = check(ID, resource(SECRET, "db"), other, rotation)
    assert decision.violations == ["db"]
    assert decision.messages[0].startswith(
        "No SecretRotation in the stack rotates this secret.\nFix: Add an aws.secretsmanager.SecretRotation with the "
        "secret's id"
    )
    assert "manageMasterUserPassword" in decision.messages[0]


@pytest.mark.parametrize("stage", ["preview", "update", "by ARN in the program"])
def test_a_secret_with_a_rotation_is_right(stage: str) -> None:
    secret = resource(SECRET, "db", with_outputs={} if stage == "preview" else {"id": ARN, "arn": ARN})
    named = {"preview": ref(secret), "update": ref(secret, ARN)}.get(stage, ARN)
    assert check(ID, secret, resource(ROTATION, secretId=named, rotationRules=MONTHLY)).is_clean


def test_a_rotation_may_name_the_secret_through_its_version() -> None:
    secret = resource(SECRET, "db")
    version = resource(VERSION, "db", secretId=ref(secret))
    assert check(ID, secret, version, resource(ROTATION, secretId=ref(version), rotationRules=MONTHLY)).is_clean


def test_a_rotation_of_no_known_secret_leaves_the_others_undecided() -> None:
    decision = check(ID, resource(SECRET, "db"), resource(ROTATION, secretId=UNKNOWN, rotationRules=MONTHLY))
    assert (decision.violations, decision.undecided) == ([], ["it.secretId"])


def test_a_rotation_of_another_stacks_secret_rotates_none_of_these() -> None:
    elsewhere = urn("pulumi:pulumi:StackReference", "base")
    rotation = resource(ROTATION, secretId=ref(elsewhere, "other"), rotationRules=MONTHLY)
    assert check(ID, resource(SECRET, "db"), rotation).violations == ["db"]


def rotated(**properties: Any) -> Any:
    return check(ID, resource(ROTATION, secretId=ARN, **properties))


@pytest.mark.parametrize(
    "rules",
    [
        {"automaticallyAfterDays": 90},
        {"automaticallyAfterDays": 1.0},
        {"automaticallyAfterDays": "30"},
        {"scheduleExpression": "rate(90 days)"},
        {"scheduleExpression": "rate(1 day)"},
        {"scheduleExpression": "rate( 2160 hours )"},
        *(
            {"scheduleExpression": f"cron(0 8 1 {months} ? *)"}
            for months in ("*", "*/2", "*/3", "1/3", "JAN,APR,JUL,OCT", "jan,4,7,10", "1-12", "2-12/2", "1-10/3")
        ),
        {"scheduleExpression": "cron(0 8 ? * MON *)"},
        # What AWS refuses is no matter of this policy.
        *({"scheduleExpression": text} for text in ("cron(0 8 1 ? *)", "cron(0 8 1 */0 ? *)", "monthly", "cron(a)")),
        {"scheduleExpression": "rate(30 days)", "duration": "3h"},
    ],
)
def test_rotation_that_is_often_enough_is_right(rules: dict[str, Any]) -> None:
    assert rotated(rotationRules=rules).is_clean


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"automaticallyAfterDays": 91}, "automaticallyAfterDays is 91"),
        ({"automaticallyAfterDays": "365"}, 'automaticallyAfterDays is "365"'),
        ({"scheduleExpression": "rate(100 days)"}, 'scheduleExpression is "rate(100 days)"'),
        ({"scheduleExpression": "rate(2184 hours)"}, 'scheduleExpression is "rate(2184 hours)"'),
        *(
            ({"scheduleExpression": schedule}, f'scheduleExpression is "{schedule}"')
            for months in ("1", "JAN", "*/6", "1,7", "2/4", "1-4", "12", "DEC,JAN")
            for schedule in (f"cron(0 8 1 {months} ? *)",)
        ),
    ],
)
def test_rotation_that_is_too_seldom_is_reported(rules: dict[str, Any], said: str) -> None:
    decision = rotated(rotationRules=rules)
    assert decision.violations == [f"it.rotationRules.{next(iter(rules))}"]
    assert f"rotationRules.{said}: a secret must be rotated at least every 90 days." in decision.messages[0]
    fix = "90" if "automaticallyAfterDays" in rules else '"rate(90 days)"'
    assert (
        f"Fix: Set rotationRules.{next(iter(rules))} to {fix} or less, or raise maxDays of this policy."
        in decision.messages[0]
    )


def test_rotation_that_is_turned_off_is_reported() -> None:
    decision = rotated(rotationEnabled=False)
    assert decision.violations == ["it.rotationEnabled"]
    assert (
        "rotationEnabled is false: the secret is never rotated.\nFix: Remove rotationEnabled, and set rotationRules."
        in decision.messages[0]
    )
    assert rotated(rotationEnabled=True, rotationRules=MONTHLY).is_clean


def test_no_schedule_at_all_is_refused_by_the_provider() -> None:
    assert rotated().is_clean


@pytest.mark.parametrize("name", ["automaticallyAfterDays", "scheduleExpression"])
def test_a_schedule_unknown_at_preview_is_undecided(name: str) -> None:
    decision = rotated(rotationRules={name: UNKNOWN})
    assert (decision.violations, decision.undecided) == ([], [f"it.rotationRules.{name}"])


def test_a_secret_schedule_is_judged_and_not_shown() -> None:
    policy = POLICIES[ID]
    seldom = resource(ROTATION, secretId=ARN, rotationRules={"automaticallyAfterDays": Secret(400)})
    decision = decide(policy, seldom)
    assert decision.violations == ["it.rotationRules.automaticallyAfterDays"]
    assert "automaticallyAfterDays is [secret]:" in decision.messages[0]


def test_the_config_says_how_often() -> None:
    rotation = resource(ROTATION, secretId=ARN, rotationRules=MONTHLY)
    assert check(ID, rotation, config={"maxDays": 30}).is_clean
    assert "every 29 days" in check(ID, rotation, config={"maxDays": 29}).messages[0]


@pytest.mark.parametrize(
    ("months", "days", "clean"), [("*", 1, True), ("1-12", 1, True), ("*/4", 120, True), ("*/4", 119, False)]
)
def test_a_month_counts_as_thirty_days(months: str, days: int, clean: bool) -> None:
    rules = {"scheduleExpression": f"cron(0 8 1 {months} ? *)"}
    rotation = resource(ROTATION, secretId=ARN, rotationRules=rules)
    assert check(ID, rotation, config={"maxDays": days}).is_clean == clean


@pytest.mark.parametrize("days", [0, 1001, "often"])
def test_the_config_takes_what_secrets_manager_takes(days: Any) -> None:
    with pytest.raises(ConfigError, match=f"{ID}', config key 'maxDays'"):
        decide(POLICIES[ID], config={"maxDays": days})


@pytest.mark.parametrize(("number", "name"), list(enumerate(calendar.month_abbr))[1:])
def test_every_month_has_a_name(number: int, name: str) -> None:
    # Three months before it and six after: it is the one between that makes the schedule often enough.
    months = [(number - 4) % 12 + 1, (number + 2) % 12 + 1, (number + 5) % 12 + 1]
    for said, clean in ((f"{name},", True), ("", False)):
        schedule = f"cron(0 8 1 {said}{','.join(map(str, months))} ? *)"
        assert rotated(rotationRules={"scheduleExpression": schedule}).is_clean == clean


@pytest.mark.parametrize("days", [1, 1000])
def test_the_config_takes_the_first_and_the_last_that_secrets_manager_takes(days: int) -> None:
    assert check(
        ID, resource(ROTATION, secretId=ARN, rotationRules={"automaticallyAfterDays": 1}), config={"maxDays": days}
    ).is_clean
