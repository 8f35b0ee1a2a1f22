"""Policies about what the internet can reach."""

from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.resource import Resource
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.support import POLICIES, check

GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
LISTENER = "aws:lb/listener:Listener"
WORLD = "0.0.0.0/0"


def opening(kind: str, cidr: Any, first: Any, last: Any = None, protocol: Any = "tcp") -> Resource:
    """The same opening in each of the ways to write one."""
    last = first if last is None else last
    if kind == "rule":
        return resource(
            RULE,
            type="ingress",
            cidrBlocks=[cidr],
            protocol=protocol,
            fromPort=first,
            toPort=last,
            securityGroupId="sg-1",
        )
    if kind == "ingress rule":
        return resource(INGRESS_RULE, cidrIpv4=cidr, ipProtocol=protocol, fromPort=first, toPort=last)
    type_ = GROUP if kind == "inline" else "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    return resource(type_, ingress=[{"cidrBlocks": [cidr], "protocol": protocol, "fromPort": first, "toPort": last}])


KINDS = ["inline", "default group", "rule", "ingress rule"]
each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
@pytest.mark.parametrize(
    ("cidr", "first", "last", "protocol", "shown"),
    [
        (WORLD, 22, 22, "tcp", "port 22"),
        (WORLD, 80, 80, "tcp", "port 80"),
        (WORLD, 442, 443, "tcp", "ports 442 to 443"),
        (WORLD, 0, 65535, "tcp", "all ports"),
        (WORLD, 0, 0, "-1", "all ports"),
        (WORLD, 443, 443, "all", "all ports"),
        ("0.0.0.0/1", 22, 22, "tcp", "port 22"),
        ("::/0", 22, 22, "tcp", "port 22"),
        (WORLD, "5432", "5432", "tcp", "port 5432"),
    ],
)
def test_what_is_open_to_the_world_is_reported(
    kind: str, cidr: str, first: Any, last: Any, protocol: str, shown: str
) -> None:
    [message] = check("security-group-ingress", opening(kind, cidr, first, last, protocol)).messages
    assert f'is "{cidr}" for {shown}: anybody may connect; the ports allowed for that are 443.' in message


@each_kind
@pytest.mark.parametrize(
    ("cidr", "first", "protocol"),
    [
        (WORLD, 443, "tcp"),
        ("10.0.0.0/8", 22, "tcp"),
        ("203.0.113.7/32", 22, "tcp"),
        ("fd00::/16", 22, "tcp"),
        (WORLD, 8, "icmp"),
        (None, 22, "tcp"),
        ("", 22, "tcp"),
        ("no network", 22, "tcp"),
    ],
)
def test_what_is_not_open_to_the_world_or_allowed_complies(kind: str, cidr: Any, first: int, protocol: str) -> None:
    assert check("security-group-ingress", opening(kind, cidr, first, None, protocol)).is_clean


def test_ipv6_counts_in_every_way_to_write_it() -> None:
    for group in (
        resource(GROUP, ingress=[{"ipv6CidrBlocks": ["::/0"], "protocol": "tcp", "fromPort": 22, "toPort": 22}]),
        resource(RULE, type="ingress", ipv6CidrBlocks=["::/0"], protocol="tcp", fromPort=22, toPort=22),
        resource(INGRESS_RULE, cidrIpv6="::/0", ipProtocol="tcp", fromPort=22, toPort=22),
    ):
        assert len(check("security-group-ingress", group).violations) == 1


def test_each_opening_is_found_and_egress_is_not() -> None:
    rules = [{"cidrBlocks": [WORLD], "protocol": "tcp", "fromPort": port, "toPort": port} for port in (443, 22, 3389)]
    group = resource(GROUP, ingress=rules, egress=[{"cidrBlocks": [WORLD], "protocol": "-1"}])
    assert check("security-group-ingress", group).violations == [
        "it.ingress[1].cidrBlocks[0]",
        "it.ingress[2].cidrBlocks[0]",
    ]
    egress = resource(RULE, type="egress", cidrBlocks=[WORLD], protocol="-1", fromPort=0, toPort=0)
    assert check("security-group-ingress", egress).is_clean
    assert check("security-group-ingress", resource(GROUP)).is_clean


@each_kind
def test_an_unknown_network_or_port_is_undecided(kind: str) -> None:
    for group in (opening(kind, UNKNOWN, 22), opening(kind, WORLD, UNKNOWN), opening(kind, WORLD, 22, None, UNKNOWN)):
        decision = check("security-group-ingress", group)
        assert decision.violations == []
        assert len(decision.undecided) == 1
    # Whatever the network is, the port may be reached.
    assert check("security-group-ingress", opening(kind, UNKNOWN, 443)).is_clean


@each_kind
def test_the_addresses_of_the_stacks_own_network_are_not_the_world(kind: str) -> None:
    vpc = resource("aws:ec2/vpc:Vpc", "main")
    assert check("security-group-ingress", vpc, opening(kind, ref(vpc), 22)).is_clean


@each_kind
def test_a_secret_network_is_judged_and_not_shown(kind: str) -> None:
    [message] = check("security-group-ingress", opening(kind, WORLD, 22)).messages
    assert WORLD in message
    wrapped = opening(kind, Secret(WORLD), 22)
    assert len(check_alone(wrapped)) == 1
    assert WORLD not in check_alone(wrapped)[0]


def check_alone(group: Resource) -> list[str]:
    """pulumi_policy unwraps secrets, so that it would show the value: only our own analyzer is asked."""
    return decide(POLICIES["security-group-ingress"], group).messages


REDIRECT = {"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}
FORWARD = {"type": "forward"}


def front(*actions: dict[str, Any]) -> list[Resource]:
    """A load balancer whose group opens port 80, with a listener there for each action."""
    group = opening("inline", WORLD, 80)
    balancer = resource("aws:lb/loadBalancer:LoadBalancer", "front", securityGroups=[ref(group)])
    listeners = [
        resource(LISTENER, f"l{number}", loadBalancerArn=ref(balancer), port=80, defaultActions=[action])
        for number, action in enumerate(actions)
    ]
    return [group, balancer, *listeners]


@pytest.mark.parametrize(
    ("actions", "complies"), [([REDIRECT], True), ([FORWARD], False), ([REDIRECT, FORWARD], False), ([], False)]
)
def test_port_80_may_be_open_where_it_only_redirects(actions: list[dict[str, Any]], complies: bool) -> None:
    decision = check("security-group-ingress", *front(*actions))
    assert decision.is_clean == complies
    assert all("only redirect to HTTPS" in message for message in decision.messages)


def test_a_rule_of_its_own_opens_port_80_for_a_redirect_too() -> None:
    group = resource(GROUP, "front")
    balancer = resource("aws:lb/loadBalancer:LoadBalancer", "front", securityGroups=[ref(group)])
    listener = resource(LISTENER, loadBalancerArn=ref(balancer), port=80, defaultActions=[REDIRECT])
    rule = resource(INGRESS_RULE, cidrIpv4=WORLD, ipProtocol="tcp", fromPort=80, toPort=80, securityGroupId=ref(group))
    assert check("security-group-ingress", group, balancer, listener, rule).is_clean


def test_config_says_which_ports_are_allowed() -> None:
    config = {"allowedPorts": [80, 443, 8443]}
    assert check("security-group-ingress", opening("inline", WORLD, 80), config=config).is_clean
    assert not check("security-group-ingress", opening("inline", WORLD, 443, 444), config=config).is_clean
    [message] = check("security-group-ingress", opening("inline", WORLD, 443), config={"allowedPorts": []}).messages
    assert "the ports allowed for that are none" in message
    with pytest.raises(ConfigError, match="'security-group-ingress', config key 'allowedPorts"):
        check("security-group-ingress", config={"allowedPorts": [70000]})
