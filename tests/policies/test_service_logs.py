"""Service logs."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.testing import UNKNOWN, resource
from tests.support import check

LOGS = {"cloudwatchLogs": {"enabled": True, "logGroup": "kafka"}}


@pytest.mark.parametrize(
    ("type_", "inputs", "place"),
    [
        ("aws:amp/workspace:Workspace", {}, "loggingConfiguration.logGroupArn"),
        ("aws:msk/cluster:Cluster", {}, "loggingInfo.brokerLogs.cloudwatchLogs.enabled"),
        ("aws:pipes/pipe:Pipe", {"logConfiguration": {"level": "OFF"}}, "logConfiguration.level"),
        (
            "aws:ecs/cluster:Cluster",
            {"configuration": {"executeCommandConfiguration": {"logging": "NONE"}}},
            "configuration.executeCommandConfiguration.logging",
        ),
        ("aws:iot/loggingOptions:LoggingOptions", {"disableAllLogs": True}, "disableAllLogs"),
        ("aws:transfer/server:Server", {}, "structuredLogDestinations"),
    ],
)
def test_a_log_that_is_off_is_reported(type_: str, inputs: dict[str, Any], place: str) -> None:
    decision = check("service-logs", resource(type_, **inputs))
    assert decision.violations == [f"it.{place}"]
    assert "no log shows" in decision.messages[0]


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:amp/workspace:Workspace", {"loggingConfiguration": {"logGroupArn": UNKNOWN}}),
        ("aws:msk/cluster:Cluster", {"loggingInfo": {"brokerLogs": LOGS}}),
        ("aws:msk/cluster:Cluster", {"loggingInfo": {"brokerLogs": {"s3": {"enabled": True, "bucket": "logs"}}}}),
        ("aws:pipes/pipe:Pipe", {"logConfiguration": {"level": "ERROR"}}),
        ("aws:ecs/cluster:Cluster", {}),
        ("aws:transfer/server:Server", {"loggingRole": "arn:aws:iam::111122223333:role/logs"}),
    ],
)
def test_a_log_that_is_on_is_right(type_: str, inputs: dict[str, Any]) -> None:
    assert check("service-logs", resource(type_, **inputs)).is_clean


def test_only_the_logs_of_tasks_are_on_by_default() -> None:
    places = check("service-logs", resource("aws:mwaa/environment:Environment"), config={"perResource": True})
    assert [each.split(".")[2] for each in places.violations] == [
        "dagProcessingLogs",
        "schedulerLogs",
        "webserverLogs",
        "workerLogs",
    ]
