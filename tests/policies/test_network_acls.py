"""Policies about network ACLs and default groups."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.testing import UNKNOWN, ref, resource
from tests.support import check

RULE = "aws:ec2/networkAclRule:NetworkAclRule"
ANY = "0.0.0.0/0"


@pytest.mark.parametrize(
    ("inputs", "wrong"),
    [
        ({"protocol": "-1", "cidrBlock": ANY}, True),
        ({"protocol": "6", "cidrBlock": ANY, "fromPort": 22, "toPort": 22}, True),
        ({"protocol": "tcp", "ipv6CidrBlock": "::/0", "fromPort": 1024, "toPort": 65535}, True),
        ({"protocol": "tcp", "cidrBlock": ANY, "fromPort": 443, "toPort": 443}, False),
        ({"protocol": "tcp", "cidrBlock": "10.0.0.0/8", "fromPort": 22, "toPort": 22}, False),
        ({"protocol": "-1", "cidrBlock": ANY, "egress": True}, False),
        ({"protocol": "-1", "cidrBlock": ANY, "ruleAction": "deny"}, False),
        ({"protocol": "icmp", "cidrBlock": ANY}, False),
    ],
)
def test_rules_that_open_ssh_or_rdp_are_reported(inputs: dict[str, Any], wrong: bool) -> None:
    decision = check("network-acl-ingress", resource(RULE, **{"ruleAction": "allow", **inputs}))
    assert bool(decision.violations) == wrong


def test_an_unknown_network_is_undecided() -> None:
    assert check("network-acl-ingress", resource(RULE, protocol="-1", ruleAction="allow", cidrBlock=UNKNOWN)).undecided


def test_the_default_group_of_a_vpc_is_emptied() -> None:
    vpc = resource("aws:ec2/vpc:Vpc", "main")
    assert check("default-network-rules", vpc).violations == ["main"]
    empty = resource("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", vpcId=ref(vpc))
    assert check("default-network-rules", vpc, empty).is_clean


def test_an_endpoint_whose_service_is_unknown_is_undecided() -> None:
    vpc = resource("aws:ec2/vpc:Vpc", "main")
    endpoint = resource("aws:ec2/vpcEndpoint:VpcEndpoint", vpcId=ref(vpc), serviceName=UNKNOWN)
    assert check("vpc-endpoints", vpc, endpoint).undecided
