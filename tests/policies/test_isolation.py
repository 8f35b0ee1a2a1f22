"""Policies about network isolation."""

from __future__ import annotations

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
