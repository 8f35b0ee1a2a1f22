"""Policies about network isolation."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.model import Resource
from policypack.testing import UNKNOWN, resource
from tests.support import check


def test_a_model_without_a_vpc_has_no_registry_in_it() -> None:
    model = "aws:sagemaker/model:Model"
    container = {"image": "model", "imageConfig": {"repositoryAccessMode": "Platform"}}
    assert check("private-traffic", resource(model, enableNetworkIsolation=True, primaryContainer=container)).is_clean
    vpc = {"subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}
    decision = check(
        "private-traffic", resource(model, enableNetworkIsolation=True, primaryContainer=container, vpcConfig=vpc)
    )
    assert decision.violations == ["it.primaryContainer.imageConfig.repositoryAccessMode"]


def test_a_transit_gateway_asks_by_default() -> None:
    gateway = "aws:ec2transitgateway/transitGateway:TransitGateway"
    assert check("network-isolation", resource(gateway)).is_clean
    assert check("network-isolation", resource(gateway, autoAcceptSharedAttachments=UNKNOWN)).undecided


def test_keys_of_2048_bits_are_the_default() -> None:
    certificate = "aws:acm/certificate:Certificate"
    assert check("certificate-keys", resource(certificate)).is_clean
    assert check("certificate-keys", resource(certificate, keyAlgorithm=UNKNOWN)).undecided


@pytest.mark.parametrize(
    ("type_", "block"),
    [
        ("aws:sagemaker/trainingJob:TrainingJob", ()),
        ("aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob", ("trainingJobDefinition",)),
        (
            "aws:sagemaker/monitoringSchedule:MonitoringSchedule",
            ("monitoringScheduleConfig", "monitoringJobDefinition", "networkConfig"),
        ),
    ],
)
def test_jobs_are_isolated_and_encrypt_what_they_exchange(type_: str, block: tuple[str, ...]) -> None:
    def job(settings: dict[str, bool]) -> Resource:
        inputs: dict[str, Any] = settings
        for name in reversed(block):
            inputs = {name: inputs}
        return resource(type_, **inputs)

    settings = {"enableNetworkIsolation": True, "enableInterContainerTrafficEncryption": True}
    assert check("private-traffic", job(settings)).is_clean
    for name in settings:
        place = ".".join(("it", *block, name))
        assert check("private-traffic", job(settings | {name: False})).violations == [place]


@pytest.mark.parametrize(("mode", "violations"), [("PUBLIC", 1), ("SANDBOX", 0), ("VPC", 0)])
def test_a_code_interpreter_is_not_public(mode: str, violations: int) -> None:
    type_ = "aws:bedrock/agentcoreCodeInterpreter:AgentcoreCodeInterpreter"
    interpreter = resource(type_, networkConfiguration={"networkMode": mode})
    assert len(check("network-isolation", interpreter).violations) == violations
