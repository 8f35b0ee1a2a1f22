"""Logs: how long they are kept, with which key, and that they are written."""

from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.policies.logs import RetentionConfig
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from policypack.verdict import Violation
from tests.support import POLICIES, check

GROUP = "aws:cloudwatch/logGroup:LogGroup"
REST_STAGE = "aws:apigateway/stage:Stage"
STAGE = "aws:apigatewayv2/stage:Stage"
LOGGED = {"destinationArn": "arn:aws:logs:eu-west-1:111122223333:log-group:api", "format": "$context.requestId"}
KEY = "arn:aws:kms:eu-west-1:111122223333:key/0d990263-018e-4e65-a703-eff731de951e"


@pytest.mark.parametrize("days", [1, 60, 30.0, "14"])
def test_logs_kept_for_too_short_are_reported(days: Any) -> None:
    assert check("logs-retention", resource(GROUP, retentionInDays=days)).violations == ["it.retentionInDays"]


@pytest.mark.parametrize("days", [90, 90.0, "90", 365, 3653])
def test_logs_kept_long_enough_are_right(days: Any) -> None:
    assert check("logs-retention", resource(GROUP, retentionInDays=days)).is_clean


def test_the_message_about_retention_says_what_to_write() -> None:
    decision = check("logs-retention", resource(GROUP, retentionInDays=7))
    assert decision.messages[0].startswith(
        "retentionInDays is 7; at least 90 days are required.\nFix: Set retentionInDays to 90 or more. "
    )


@pytest.mark.parametrize("days", [100, 91.5, 3654])
def test_a_number_of_days_that_cloudwatch_refuses_is_reported(days: float) -> None:
    decision = check("logs-retention", resource(GROUP, retentionInDays=days))
    assert decision.violations == ["it.retentionInDays"]
    assert f"retentionInDays is {days}: AWS refuses it" in decision.messages[0]
    assert "Set retentionInDays to one of 90, 120, 150, 180, 365, " in decision.messages[0]
    assert "60" not in decision.messages[0]


def test_what_is_no_number_of_days_is_reported() -> None:
    decision = check("logs-retention", resource(GROUP, retentionInDays="ninety"))
    assert decision.violations == ["it.retentionInDays"]
    assert 'retentionInDays is "ninety"; at least 90 days are required.' in decision.messages[0]


@pytest.mark.parametrize("days", [None, 0, 0.0])
def test_unset_retention_keeps_logs_for_ever_which_the_config_may_forbid(days: float | None) -> None:
    group = resource(GROUP, retentionInDays=days)
    assert check("logs-retention", group).is_clean
    assert check("logs-retention", group, config={"allowNeverExpire": True}).is_clean
    forbidden = check("logs-retention", group, config={"allowNeverExpire": False, "minDays": 100})
    assert forbidden.violations == ["it.retentionInDays"]
    assert "retentionInDays is not set: the logs are kept without a limit." in forbidden.messages[0]
    assert "Fix: Set retentionInDays to 120." in forbidden.messages[0]


def test_forbidding_to_keep_logs_for_ever_leaves_long_retention_alone() -> None:
    assert check("logs-retention", resource(GROUP, retentionInDays=3653), config={"allowNeverExpire": False}).is_clean


def test_retention_unknown_at_preview_is_undecided() -> None:
    decision = check("logs-retention", resource(GROUP, retentionInDays=UNKNOWN))
    assert decision.violations == []
    assert decision.undecided == ["it.retentionInDays"]


def test_secret_retention_is_judged_by_its_value_and_not_shown() -> None:
    policy = POLICIES["logs-retention"]
    assert decide(policy, resource(GROUP, retentionInDays=Secret(365))).is_clean
    short = decide(policy, resource(GROUP, retentionInDays=Secret(7)))
    assert short.violations == ["it.retentionInDays"]
    assert "retentionInDays is [secret]; at least 90" in short.messages[0]


def test_logs_of_the_delivery_class_have_no_retention_to_choose() -> None:
    assert check("logs-retention", resource(GROUP, logGroupClass="DELIVERY", retentionInDays=1)).is_clean
    assert check(
        "logs-retention", resource(GROUP, logGroupClass="DELIVERY"), config={"allowNeverExpire": False}
    ).is_clean
    infrequent = resource(GROUP, logGroupClass="INFREQUENT_ACCESS", retentionInDays=1)
    assert check("logs-retention", infrequent).violations == ["it.retentionInDays"]


@pytest.mark.parametrize(
    ("minimum", "days", "better"), [(365, 180, 365), (366.0, 365, 400), (100, 90, 120), (3653, 3288, 3653)]
)
def test_the_minimum_is_configurable(minimum: float, days: int, better: int) -> None:
    decision = check("logs-retention", resource(GROUP, retentionInDays=days), config={"minDays": minimum})
    assert decision.violations == ["it.retentionInDays"]
    assert (
        f"at least {minimum:g} days are required.\nFix: Set retentionInDays to {better} or more."
        in (decision.messages[0])
    )
    assert check("logs-retention", resource(GROUP, retentionInDays=better), config={"minDays": minimum}).is_clean


# The possible values of retentionInDays in the documentation of aws.cloudwatch.LogGroup (pulumi-aws 7.51).
ACCEPTED = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


@pytest.mark.parametrize("days", ACCEPTED)
def test_a_lower_minimum_is_allowed(days: int) -> None:
    assert check("logs-retention", resource(GROUP, retentionInDays=days), config={"minDays": 1}).is_clean


@pytest.mark.parametrize(
    ("pulumi_name", "inputs", "reported"),
    [
        ("tasks", {"name": "/ecs/tasks"}, False),
        ("tasks", {"name": Secret("/ecs/tasks")}, False),
        ("debug-api", {}, False),
        ("debug-api", {"name": "/api"}, False),
        ("audit", {"name": "/audit/trail"}, True),
        ("audit", {"name": "/audit/ecs/trail"}, True),
        ("api", {}, True),
    ],
)
def test_groups_may_have_minimums_of_their_own_by_name(
    pulumi_name: str, inputs: dict[str, Any], reported: bool
) -> None:
    config = {"minDays": 90, "overrides": {"/ecs/*": 30, "debug-*": 14.0}}
    group = resource(GROUP, pulumi_name, retentionInDays=30, **inputs)
    expected = [f"{pulumi_name}.retentionInDays"] if reported else []
    assert check("logs-retention", group, config=config).violations == expected


def test_an_override_may_also_ask_for_more_and_the_first_that_fits_counts() -> None:
    audit = resource(GROUP, retentionInDays=90, name="/audit/api")
    decision = check("logs-retention", audit, config={"overrides": {"/audit/*": 365, "/*": 30}})
    assert decision.violations == ["it.retentionInDays"]
    assert "at least 365 days" in decision.messages[0]


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        (
            {"minDays": 0},
            "policy 'logs-retention', config key 'minDays': 0 is not allowed; it must be an integer from 1 to 3653",
        ),
        (
            {"minDays": 90.5},
            "policy 'logs-retention', config key 'minDays': 90.5 is not allowed; it must be an integer from 1 to 3653",
        ),
        (
            {"allowNeverExpire": "no"},
            "policy 'logs-retention', config key 'allowNeverExpire': \"no\" is not allowed; it must be true or false",
        ),
        (
            {"overrides": {"/ecs/*": 4000}},
            "policy 'logs-retention', config key 'overrides[...]': "
            '{"/ecs/*": 4000} is not allowed; it must be an object whose values are each an integer from 1 to 3653',
        ),
        (
            {"mindays": 30},
            "policy 'logs-retention' has no config key 'mindays'; did you mean 'minDays'?",
        ),
    ],
)
def test_retention_config_that_does_not_fit_is_explained(config: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        check("logs-retention", config=config)
    assert raised.value.problems == [problem]


@pytest.mark.parametrize("key", [None, ""])
def test_logs_without_a_key_are_reported(key: str | None) -> None:
    decision = check("logs-kms", resource(GROUP, kmsKeyId=key))
    assert decision.violations == ["it.kmsKeyId"]
    assert "kmsKeyId is not set: " in decision.messages[0]
    assert "Fix: Set kmsKeyId to the ARN of an aws.kms.Key" in decision.messages[0]


@pytest.mark.parametrize("key", ["alias/logs", "0d990263-018e-4e65-a703-eff731de951e"])
def test_logs_take_no_key_by_its_id_or_alias(key: str) -> None:
    decision = check("logs-kms", resource(GROUP, kmsKeyId=key))
    assert decision.violations == ["it.kmsKeyId"]
    assert f'kmsKeyId is "{key}": AWS refuses it, as CloudWatch Logs accepts only a key\'s ARN' in decision.messages[0]
    assert "Fix: Set kmsKeyId to the ARN of the key, " in decision.messages[0]


@pytest.mark.parametrize("key", [KEY, KEY.replace("arn:aws:", "arn:aws-us-gov:"), Secret(KEY), UNKNOWN])
def test_logs_with_the_arn_of_a_key_are_right(key: Any) -> None:
    assert check("logs-kms", resource(GROUP, kmsKeyId=key)).is_clean


def test_logs_with_a_key_of_the_stack_are_right() -> None:
    key = resource("aws:kms/key:Key", "key")
    assert check("logs-kms", key, resource(GROUP, kmsKeyId=ref(key))).is_clean


def test_a_secret_key_of_logs_is_not_shown() -> None:
    decision = decide(POLICIES["logs-kms"], resource(GROUP, kmsKeyId=Secret("alias/logs")))
    assert decision.violations == ["it.kmsKeyId"]
    assert "kmsKeyId is [secret]: " in decision.messages[0]
    assert "alias/logs" not in decision.messages[0]


both_stages = pytest.mark.parametrize("type_", [REST_STAGE, STAGE])


@both_stages
@pytest.mark.parametrize("settings", [None, {}, {"format": "$context.requestId"}, {"destinationArn": ""}])
def test_a_stage_without_access_logs_is_reported(type_: str, settings: dict[str, Any] | None) -> None:
    decision = check("api-gateway-access-logs", resource(type_, accessLogSettings=settings))
    assert decision.violations == ["it.accessLogSettings.destinationArn"]
    assert decision.messages[0].startswith("accessLogSettings.destinationArn is ")
    assert "Fix: Set accessLogSettings.destinationArn to the ARN of an aws.cloudwatch.LogGroup" in decision.messages[0]


@both_stages
@pytest.mark.parametrize(
    "settings", [LOGGED, {"destinationArn": UNKNOWN}, UNKNOWN, {"destinationArn": Secret(LOGGED["destinationArn"])}]
)
def test_a_stage_with_access_logs_is_right(type_: str, settings: Any) -> None:
    assert check("api-gateway-access-logs", resource(type_, accessLogSettings=settings)).is_clean


def test_a_stage_that_logs_into_a_group_of_the_stack_is_right() -> None:
    group = resource(GROUP, "group")
    stage = resource(STAGE, accessLogSettings={"destinationArn": ref(group), "format": "$context.requestId"})
    assert check("api-gateway-access-logs", group, stage).is_clean


ACCOUNT = "aws:apigateway/account:Account"


def test_a_rest_stage_that_logs_needs_the_role_of_the_account() -> None:
    decision = check("api-gateway-account", resource(REST_STAGE, accessLogSettings=LOGGED))
    assert decision.violations == ["it.accessLogSettings"]
    assert (
        "which AWS refuses in an account without a CloudWatch role for API Gateway, and this stack sets none."
        in decision.messages[0]
    )
    assert "Add an aws.apigateway.Account with cloudwatchRoleArn" in decision.messages[0]
    assert "set accountRegistered of this policy to true" in decision.messages[0]


@pytest.mark.parametrize("role", ["arn:aws:iam::111122223333:role/api-logs", UNKNOWN, Secret("arn:aws:iam::1:role/r")])
def test_an_account_with_a_role_is_enough_for_every_stage(role: Any) -> None:
    stages = [resource(REST_STAGE, name, accessLogSettings=LOGGED) for name in ("test", "live")]
    assert check("api-gateway-account", *stages, resource(ACCOUNT, "account", cloudwatchRoleArn=role)).is_clean


@pytest.mark.parametrize("role", [None, ""])
def test_an_account_without_a_role_is_not(role: str | None) -> None:
    stages = [resource(REST_STAGE, name, accessLogSettings=LOGGED) for name in ("test", "live")]
    account = resource(ACCOUNT, "account", cloudwatchRoleArn=role)
    decision = check("api-gateway-account", *stages, account)
    assert decision.violations == [""]
    assert "These are 'test' (Stage) and 'live' (Stage)." in decision.messages[0]
    each = check("api-gateway-account", *stages, account, config={"perResource": True})
    assert each.violations == ["test.accessLogSettings", "live.accessLogSettings"]


METHODS = "aws:apigateway/methodSettings:MethodSettings"
API = "aws:apigatewayv2/api:Api"


@pytest.mark.parametrize(("level", "violations"), [("INFO", 1), ("ERROR", 1), ("OFF", 0), (None, 0)])
def test_execution_logs_need_the_role_of_the_account(level: str | None, violations: int) -> None:
    settings = resource(METHODS, restApi="a", stageName="live", methodPath="*/*", settings={"loggingLevel": level})
    decision = check("api-gateway-account", settings)
    assert decision.violations == ["it.settings.loggingLevel"] * violations
    assert decision.undecided == []


def test_an_unknown_level_of_execution_logs_is_undecided() -> None:
    decision = check("api-gateway-account", resource(METHODS, settings={"loggingLevel": UNKNOWN}))
    assert decision.violations == []
    assert decision.undecided == ["it.settings.loggingLevel"]


@pytest.mark.parametrize(("protocol", "violations"), [("WEBSOCKET", ["live.accessLogSettings"]), ("HTTP", [])])
def test_a_websocket_stage_needs_the_role_and_that_of_an_http_api_does_not(
    protocol: str, violations: list[str]
) -> None:
    api = resource(API, "api", protocolType=protocol)
    stage = resource(STAGE, "live", apiId=ref(api), accessLogSettings=LOGGED)
    assert check("api-gateway-account", api, stage).violations == violations


def test_one_cause_is_one_finding() -> None:
    stage = resource(REST_STAGE, "live", accessLogSettings=LOGGED)
    settings = resource(METHODS, "live", settings={"loggingLevel": "ERROR"})
    [message] = check("api-gateway-account", stage, settings).messages
    assert message.startswith("2 resources: accessLogSettings or loggingLevel turns API Gateway logs on")
    assert "These are 'live' (Stage) and 'live' (MethodSettings)." in message


def test_route_settings_turn_execution_logs_on_too() -> None:
    routes = [{"routeKey": "$default", "loggingLevel": "OFF"}, {"routeKey": "send", "loggingLevel": "INFO"}]
    stage = resource(STAGE, "live", apiId="a", routeSettings=routes)
    assert check("api-gateway-account", stage).violations == ["live.routeSettings[1].loggingLevel"]


def test_a_role_made_in_the_stack_is_enough() -> None:
    role = resource("aws:iam/role:Role", "role")
    account = resource(ACCOUNT, "account", cloudwatchRoleArn=ref(role))
    assert check("api-gateway-account", role, account, resource(REST_STAGE, accessLogSettings=LOGGED)).is_clean


def test_stages_that_write_no_logs_or_are_of_http_apis_need_no_account() -> None:
    assert check("api-gateway-account", resource(REST_STAGE), resource(STAGE, "v2", accessLogSettings=LOGGED)).is_clean


def test_the_account_may_be_registered_elsewhere() -> None:
    stage = resource(REST_STAGE, accessLogSettings=LOGGED)
    assert check("api-gateway-account", stage, config={"accountRegistered": True}).is_clean
    assert not check("api-gateway-account", stage, config={"accountRegistered": False}).is_clean


def test_account_config_that_does_not_fit_is_explained() -> None:
    with pytest.raises(ConfigError) as raised:
        check("api-gateway-account", config={"accountRegistered": 1})
    assert raised.value.problems == [
        "policy 'api-gateway-account', config key 'accountRegistered': 1 is not allowed; it must be true or false"
    ]


@pytest.mark.parametrize(("days", "remediation"), [(7, 90), (100, 120), (3000, 3288), (5000, None), (None, None)])
def test_the_remediation_never_shortens_what_is_kept(days: Any, remediation: int | None) -> None:
    config = RetentionConfig(allow_never_expire=False)
    [found] = POLICIES["logs-retention"].check(resource(GROUP, retentionInDays=days), config)
    assert isinstance(found, Violation)
    assert found.remediation == remediation
