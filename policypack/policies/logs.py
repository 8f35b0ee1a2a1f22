"""Logs: that they are kept long enough, encrypted with a key of one's own, and written at all."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Annotated, Final

from msgspec import Meta, field

from policypack.config import Config
from policypack.data.log_retention import RETENTION_DAYS
from policypack.model import Resource
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
_STAGES: Final = ("aws:apigateway/stage:Stage", "aws:apigatewayv2/stage:Stage")


class RetentionConfig(Config):
    """Config of logs-retention."""

    min_days: Annotated[int, Meta(ge=1, le=3653, description="The fewest days that logs must be kept.")] = 90
    allow_never_expire: Annotated[
        bool, Meta(description="Whether a log group may keep its logs for ever (retentionInDays unset or 0).")
    ] = True
    overrides: Annotated[
        dict[str, Annotated[int, Meta(ge=1, le=3653)]],
        Meta(description='Other minimums, by patterns of log group names or resource names: {"/ecs/*": 30}.'),
    ] = field(default_factory=dict)


@resource_policy(
    id="logs-retention",
    title="CloudWatch log groups keep their logs long enough",
    types=(_LOG_GROUP,),
    severity="medium",
    fix="Set retentionInDays.",
    frameworks=("Security Hub CloudWatch.16",),
    url="https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    remediates=True,
)
def logs_retention(group: Resource, config: RetentionConfig) -> Verdicts:
    """
    Break-ins and wrong results are often noticed weeks later: by then the logs that would show what happened, and to
    whose data, are gone.
    """
    days, name, class_ = group.get("retentionInDays"), group.get("name"), group.get("logGroupClass")
    # AWS keeps the DELIVERY class for two days, whatever is asked for (the provider's documentation).
    if class_.text == "DELIVERY":
        return
    wanted = _minimum(group, config)
    better = next((accepted for accepted in RETENTION_DAYS if accepted >= wanted), RETENTION_DAYS[-1])
    if days.is_unknown:
        yield Undecided(days)
    elif class_.is_unknown:
        yield Undecided(class_, "the class DELIVERY needs no retention")
    elif name.is_unknown and config.overrides and not days.is_unset and (days.number or 0) < wanted:
        yield Undecided(name, "it decides which minimum applies")
    elif days.is_unset:
        if not config.allow_never_expire:
            message = "retentionInDays is not set: the logs are kept for ever."
            # Not to be remedied: what is older would be gone.
            yield Violation(days, message, fix=f"Set retentionInDays to {better}.")
    elif days.number is None or days.number < wanted:
        yield Violation(
            days,
            f"retentionInDays is {days.shown}; at least {wanted} days are required.",
            fix=f"Set retentionInDays to {better} or more.",
            remediation=better,
        )
    elif days.number not in RETENTION_DAYS:
        yield Violation(
            days,
            f"retentionInDays is {days.shown}, which CloudWatch Logs does not accept.",
            fix=f"Set it to one of {', '.join(str(accepted) for accepted in RETENTION_DAYS if accepted >= wanted)}.",
            remediation=next((accepted for accepted in RETENTION_DAYS if accepted >= days.number), None),
        )


def _minimum(group: Resource, config: RetentionConfig) -> int:
    names = (group.get("name").text, group.get("namePrefix").text, group.name)
    for pattern, days in config.overrides.items():
        if _matches(pattern, names):
            return days
    return config.min_days


def _matches(pattern: str, names: Iterable[str]) -> bool:
    return any(name and fnmatchcase(name, pattern) for name in names)


@resource_policy(
    id="logs-kms",
    title="CloudWatch log groups are encrypted with a KMS key",
    types=(_LOG_GROUP,),
    severity="high",
    fix="Set kmsKeyId to the ARN of an aws.kms.Key whose key policy lets logs.REGION.amazonaws.com use it.",
    url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
)
def logs_kms(group: Resource, config: Config) -> Verdicts:
    """
    Logs hold names, tokens and parts of requests. With a key that CloudWatch Logs owns, you can neither turn it off in
    an incident nor show an auditor who used it.
    """
    key = group.get("kmsKeyId")
    if key.is_unset:
        yield Violation(key, "kmsKeyId is not set: the logs are encrypted with a key that CloudWatch Logs owns.")
    elif key.is_known and not key.text.startswith("arn:"):
        yield Violation(
            key,
            f"kmsKeyId is {key.shown}; CloudWatch Logs takes a key's ARN only, not its id or alias.",
            fix="Pass the key's arn.",
        )


@resource_policy(
    id="api-gateway-access-logs",
    title="API Gateway stages write access logs",
    types=_STAGES,
    severity="medium",
    fix="Set accessLogSettings with the ARN of a log group as destinationArn, and a format.",
    frameworks=("FSBP APIGateway.9",),
    url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
)
def api_gateway_access_logs(stage: Resource, config: Config) -> Verdicts:
    """When the API is attacked or a client complains, nobody can tell who called what, when, and with which result."""
    destination = stage.get("accessLogSettings.destinationArn")
    if destination.is_unset:
        yield Violation(destination, f"{destination.path} is not set: nobody can tell who called this stage.")


class AccountConfig(Config):
    """Config of api-gateway-account."""

    account_registered: Annotated[
        bool, Meta(description="The account's CloudWatch role for API Gateway is set outside of this stack.")
    ] = False


@resource_policy(
    id="api-gateway-account",
    title="A stack whose REST APIs write logs sets the account's CloudWatch role",
    needs_stack=True,
    types=("aws:apigateway/stage:Stage",),
    severity="medium",
    enforcement="advisory",
    fix="Add an aws.apigateway.Account with the ARN of a role as cloudwatchRoleArn; where another stack of the account "
    "has it, set this policy's accountRegistered.",
    url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
)
def api_gateway_account(stage: Resource, config: AccountConfig) -> Verdicts:
    """
    API Gateway writes logs with one role for the whole account and region: in an account that has none yet, the update
    fails when it comes to the stage.
    """
    accounts = stage.stack.of_type("aws:apigateway/account:Account")
    if config.account_registered or stage.get("accessLogSettings").is_unset:
        return
    if all(account.get("cloudwatchRoleArn").is_unset for account in accounts):
        yield Violation(
            stage.get("accessLogSettings"),
            "This stage writes logs, but the stack does not set the role with which API Gateway may write them.",
        )
