"""Logs: that they are kept long enough, encrypted with a customer managed key, and written at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from msgspec import Meta, field

from policypack.config import Config
from policypack.data.log_retention import RETENTION_DAYS
from policypack.model import Resource, Stack, Value
from policypack.policy import resource_policy, stack_policy
from policypack.requirement import FoldedConfig, all_of, fold
from policypack.verdict import Undecided, Verdicts, Violation
from policypack.wildcard import matches

_LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
_STAGES: Final = ("aws:apigateway/stage:Stage", "aws:apigatewayv2/stage:Stage")


class RetentionConfig(Config):
    """Config of logs-retention."""

    min_days: Annotated[int, Meta(ge=1, le=3653, description="The fewest days that logs must be kept.")] = 90
    allow_never_expire: Annotated[
        bool, Meta(description="Whether a log group may keep its logs without a limit (retentionInDays unset or 0).")
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
    fix="Set retentionInDays to the number of days that the logs must be kept.",
    frameworks=("Security Hub CloudWatch.16",),
    url="https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    remediates=True,
)
def logs_retention(group: Resource, config: RetentionConfig) -> Verdicts:
    """
    Break-ins and wrong results are often noticed weeks later. By then, the logs that would show what happened, and to
    whose data, are deleted.
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
            message = "retentionInDays is not set: the logs are kept without a limit."
            # Not remedied automatically, as that would delete what is older.
            fix = f"Set retentionInDays to {better}. CloudWatch Logs then deletes what is older."
            yield Violation(days, message, fix=fix)
    elif days.number is None or days.number < wanted:
        yield Violation(
            days,
            f"retentionInDays is {days.shown}; at least {wanted} days are required.",
            fix=f"Set retentionInDays to {better} or more. Other minimums can be set in overrides of this policy, by "
            "patterns of log group names.",
            remediation=better,
        )
    elif days.number not in RETENTION_DAYS:
        yield Violation(
            days,
            f"retentionInDays is {days.shown}: AWS refuses it, as CloudWatch Logs accepts only certain numbers of "
            "days.",
            fix=f"Set retentionInDays to one of "
            f"{', '.join(str(accepted) for accepted in RETENTION_DAYS if accepted >= wanted)}.",
            remediation=next((accepted for accepted in RETENTION_DAYS if accepted >= days.number), None),
        )


def _minimum(group: Resource, config: RetentionConfig) -> int:
    names = (group.get("name").text, group.get("namePrefix").text, group.name)
    for pattern, days in config.overrides.items():
        if _matches(pattern, names):
            return days
    return config.min_days


def _matches(pattern: str, names: Iterable[str]) -> bool:
    return any(name and matches(pattern, name) for name in names)


@resource_policy(
    id="logs-kms",
    title="CloudWatch log groups are encrypted with a KMS key",
    types=(_LOG_GROUP,),
    severity="high",
    fix="Set kmsKeyId to the ARN of an aws.kms.Key whose key policy lets logs.REGION.amazonaws.com use it. Roles and "
    "users that read the logs then also need kms:Decrypt on that key.",
    url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
)
def logs_kms(group: Resource, config: Config) -> Verdicts:
    """
    Logs hold names, tokens and parts of requests. A key that CloudWatch Logs owns cannot be disabled in an incident,
    and no log shows who used it.
    """
    key = group.get("kmsKeyId")
    if key.is_unset:
        yield Violation(key, "kmsKeyId is not set: the logs are encrypted with a key that CloudWatch Logs owns.")
    elif key.is_known and not key.text.startswith("arn:"):
        yield Violation(
            key,
            f"kmsKeyId is {key.shown}: AWS refuses it, as CloudWatch Logs accepts only a key's ARN, not its id or "
            "alias.",
            fix="Set kmsKeyId to the ARN of the key, such as the output arn of an aws.kms.Key.",
        )


@resource_policy(
    id="api-gateway-access-logs",
    title="API Gateway stages write access logs",
    types=_STAGES,
    severity="medium",
    fix="Set accessLogSettings.destinationArn to the ARN of an aws.cloudwatch.LogGroup, and accessLogSettings.format. "
    "Stages of REST and WebSocket APIs also need an aws.apigateway.Account with cloudwatchRoleArn, once for each "
    "account and region.",
    frameworks=("FSBP APIGateway.9",),
    url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
)
def api_gateway_access_logs(stage: Resource, config: Config) -> Verdicts:
    """When the API is attacked or a client complains, no record shows who called what, when and with which result."""
    destination = stage.get("accessLogSettings.destinationArn")
    if destination.is_unset:
        yield Violation(destination, f"{destination.path} is not set: requests to this stage are not logged.")


class AccountConfig(FoldedConfig):
    """Config of api-gateway-account."""

    account_registered: Annotated[
        bool, Meta(description="The account's CloudWatch role for API Gateway is set outside of this stack.")
    ] = False


_REST_STAGE: Final = "aws:apigateway/stage:Stage"
_STAGE_V2: Final = "aws:apigatewayv2/stage:Stage"
_METHOD_SETTINGS: Final = "aws:apigateway/methodSettings:MethodSettings"
_API_V2: Final = "aws:apigatewayv2/api:Api"


@stack_policy(
    id="api-gateway-account",
    title="A stack whose REST or WebSocket APIs write logs sets the account's CloudWatch role",
    severity="medium",
    enforcement="advisory",
    fix="Add an aws.apigateway.Account with cloudwatchRoleArn, the ARN of a role that apigateway.amazonaws.com may "
    "assume and that has the policy AmazonAPIGatewayPushToCloudWatchLogs, and name it in dependsOn of what writes "
    "logs. Where another stack of the account sets it, set accountRegistered of this policy to true: there is one for "
    "each account and region, and the last stack to set it wins.",
    url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
)
def api_gateway_account(stack: Stack, config: AccountConfig) -> Verdicts:
    """
    API Gateway writes the access and execution logs of REST and WebSocket APIs with one role for each account and
    region. In an account that has none yet, AWS refuses the settings that turn the logs on, and the update fails.
    """
    if config.account_registered or _sets_role(stack):
        return
    yield from fold(_writers_of_logs(stack), config)


def _sets_role(stack: Stack) -> bool:
    accounts = stack.of_type("aws:apigateway/account:Account")
    return any(not account.get("cloudwatchRoleArn").is_unset for account in accounts)


def _writers_of_logs(stack: Stack) -> Verdicts:
    for stage in stack.of_type(_REST_STAGE):
        yield from _writes(stage.get("accessLogSettings"))
    for settings in stack.of_type(_METHOD_SETTINGS):
        yield from _executes(settings.get("settings.loggingLevel"))
    for stage in stack.of_type(_STAGE_V2):
        levels = [stage.get("defaultRouteSettings.loggingLevel"), *stage.each("routeSettings[].loggingLevel")]
        has_execution_logs = is_websocket(stage)
        if has_execution_logs:
            yield from _writes(stage.get("accessLogSettings"))
        # HTTP APIs have no execution logs, and write access logs without the role.
        if has_execution_logs is not False:
            for level in levels:
                yield from _executes(level)


def is_websocket(stage: Resource) -> bool | None:
    """Whether a stage is of a WebSocket API; None where its API is not in the stack."""
    protocols = [api.get("protocolType") for api in stage.get("apiId").targets(_API_V2)]
    if not protocols:
        return None
    return all_of(None if protocol.is_unknown else protocol.text == "WEBSOCKET" for protocol in protocols)


def _writes(settings: Value) -> Verdicts:
    if not settings.is_unset:
        yield Violation(settings, _WITHOUT_ROLE)


def _executes(level: Value) -> Verdicts:
    if level.is_unknown:
        yield Undecided(level, "does it turn execution logs on? They need the account's CloudWatch role")
    elif level.text in ("ERROR", "INFO"):
        yield Violation(level, _WITHOUT_ROLE)


# The same words for each, so that the one cause is one finding.
_WITHOUT_ROLE: Final = (
    "accessLogSettings or loggingLevel turns API Gateway logs on, which AWS refuses in an account without a CloudWatch "
    "role for API Gateway, and this stack sets none."
)
