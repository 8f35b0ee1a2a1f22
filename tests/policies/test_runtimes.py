"""Policies about runtimes and upgrades."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.testing import UNKNOWN, resource
from tests.support import check

FUNCTION = "aws:lambda/function:Function"


@pytest.mark.parametrize("runtime", ["python3.9", "nodejs18.x", "go1.x", "Python3.8"])
def test_a_retired_runtime_is_reported(runtime: str) -> None:
    decision = check("supported-runtimes", resource(FUNCTION, runtime=runtime))
    assert decision.violations == ["it.runtime"]
    assert "Fix: Set runtime to a current version" in decision.messages[0]


@pytest.mark.parametrize("inputs", [{"runtime": "python3.13"}, {"runtime": "python3.99"}, {"packageType": "Image"}])
def test_a_current_one_and_an_image_are_not(inputs: dict[str, Any]) -> None:
    assert check("supported-runtimes", resource(FUNCTION, **inputs)).is_clean


def test_an_unknown_runtime_is_undecided() -> None:
    assert check("supported-runtimes", resource(FUNCTION, runtime=UNKNOWN)).undecided


def test_only_spark_jobs_have_a_version_of_glue() -> None:
    shell = resource("aws:glue/job:Job", command={"name": "pythonshell"})
    assert check("supported-runtimes", shell).is_clean
    spark = resource("aws:glue/job:Job", "nightly", command={"name": "glueetl"})
    assert check("supported-runtimes", spark).violations == ["nightly.glueVersion"]


def test_aurora_leaves_upgrades_to_its_instances() -> None:
    cluster = resource("aws:rds/cluster:Cluster", engine="aurora-mysql", autoMinorVersionUpgrade=False)
    assert check("automatic-upgrades", cluster).is_clean
    instance = resource("aws:rds/clusterInstance:ClusterInstance", "a", autoMinorVersionUpgrade=False)
    assert check("automatic-upgrades", instance).violations == ["a.autoMinorVersionUpgrade"]


@pytest.mark.parametrize("type_", ["aws:rds/instance:Instance", "aws:elasticache/replicationGroup:ReplicationGroup"])
def test_upgrades_are_on_by_default(type_: str) -> None:
    assert check("automatic-upgrades", resource(type_)).is_clean
    assert check("automatic-upgrades", resource(type_, autoMinorVersionUpgrade=UNKNOWN)).undecided


@pytest.mark.parametrize(
    ("type_", "inputs", "place"),
    [
        (
            "aws:scheduler/schedule:Schedule",
            {"target": {"ecsParameters": {"launchType": "FARGATE", "platformVersion": "1.3.0"}}},
            "target.ecsParameters.platformVersion",
        ),
        (
            "aws:kinesisanalyticsv2/application:Application",
            {"runtimeEnvironment": "FLINK-1_8"},
            "runtimeEnvironment",
        ),
        ("aws:glue/devEndpoint:DevEndpoint", {"glueVersion": "1.0"}, "glueVersion"),
    ],
)
def test_platforms_that_aws_no_longer_supports_are_reported(type_: str, inputs: dict[str, Any], place: str) -> None:
    assert check("supported-runtimes", resource(type_, **inputs)).violations == [f"it.{place}"]


def test_tasks_on_instances_have_no_platform_version() -> None:
    target = {"ecsTarget": {"launchType": "EC2", "platformVersion": "1.3.0"}}
    assert check("supported-runtimes", resource("aws:cloudwatch/eventTarget:EventTarget", **target)).is_clean


@pytest.mark.parametrize("version", ["LATEST", "1.4.0"])
def test_platforms_that_aws_supports_are_right(version: str) -> None:
    target = {"ecsTarget": {"launchType": "FARGATE", "platformVersion": version}}
    assert check("supported-runtimes", resource("aws:cloudwatch/eventTarget:EventTarget", **target)).is_clean
