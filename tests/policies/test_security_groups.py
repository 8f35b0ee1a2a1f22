"""Security groups: what the internet can reach, what can reach the internet, and what reaches databases."""

from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.model import Resource, Stack
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from policypack.verdict import Violation
from tests.policies.rules import (
    BALANCERS,
    CLASSIC,
    DEFAULT_GROUP,
    EGRESS_RULE,
    ENDPOINT,
    GROUP,
    INGRESS_RULE,
    LISTENER,
    PREFIX_LIST,
    RULE,
    VPC,
    WORLD,
    each_kind,
    listing,
    opening,
    prefix_list,
)
from tests.support import POLICIES, check


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
    assert f'is "{cidr}": it opens {shown} to the whole internet; only port 443 may be open.' in message


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


def test_what_a_listener_on_port_80_does_is_for_the_policy_of_listeners_to_say() -> None:
    for actions in ([REDIRECT], [FORWARD], [REDIRECT, FORWARD]):
        resources = front(*actions)
        assert check("security-group-ingress", *resources).is_clean
        violations = check("alb-https-listener", *resources).violations
        assert violations == [f"l{n}.defaultActions[0].type" for n, action in enumerate(actions) if action == FORWARD]


def test_port_80_needs_a_listener_for_plain_http() -> None:
    group, balancer = front()
    [message] = check("security-group-ingress", group, balancer).messages
    assert "Fix: Remove the rule: no listener of the load balancer 'front' in this stack uses port 80." in message
    for listener in (
        resource(LISTENER, "other", loadBalancerArn=ref(balancer), port=8080, protocol="HTTP"),
        resource(LISTENER, "tcp", loadBalancerArn=ref(balancer), port=80, protocol="TCP"),
        resource(LISTENER, "elsewhere", loadBalancerArn="arn:other", port=80, protocol="HTTP"),
    ):
        assert check("security-group-ingress", group, balancer, listener).violations == ["it.ingress[0].cidrBlocks[0]"]


@pytest.mark.parametrize("users", [[], [("aws:ec2/instance:Instance", "vpcSecurityGroupIds")]])
def test_port_80_without_a_load_balancer_is_not_told_of_one(users: list[tuple[str, str]]) -> None:
    group = opening("inline", WORLD, 80)
    made = [resource(type_, "user", **{prop: [ref(group)]}) for type_, prop in users]
    [message] = check("security-group-ingress", group, *made).messages
    assert "load balancer" not in message
    assert "Fix: Serve HTTPS on port 443 and remove the rule" in message


def test_a_classic_load_balancer_listens_too() -> None:
    group = opening("inline", WORLD, 80)
    for port, complies in ((80, True), (81, False)):
        listeners = [{"lbPort": port, "lbProtocol": "http"}]
        balancer = resource(CLASSIC, "old", securityGroups=[ref(group)], listeners=listeners)
        assert check("security-group-ingress", group, balancer).is_clean == complies


def test_the_internet_does_not_reach_a_vpc_endpoint() -> None:
    group = opening("inline", WORLD, 0, 65535)
    endpoint = resource(ENDPOINT, "ecr", securityGroupIds=[ref(group)])
    [message] = check("security-group-ingress", group, endpoint).messages
    assert "it opens all ports to every address. Only the VPC and the networks connected to it reach the VPC" in message
    assert "Fix: Set ingress[0].cidrBlocks[0] to the network of the VPC" in message
    assert levels("security-group-ingress", group, endpoint) == ["advisory"]
    instance = resource("aws:ec2/instance:Instance", "i", vpcSecurityGroupIds=[ref(group)])
    assert levels("security-group-ingress", group, endpoint, instance) == [None]
    assert "to the whole internet" in check("security-group-ingress", group, endpoint, instance).messages[0]


def test_the_fix_names_the_config_that_answers_it() -> None:
    [message] = check("security-group-ingress", opening("inline", WORLD, 22)).messages
    assert "If the port has to be public, add it to allowedPorts in this policy's config." in message


def levels(policy_id: str, *resources: Resource) -> list[str | None]:
    """The levels that a policy's violations ask for."""
    stack = Stack(resources, resources[0].context)
    policy = POLICIES[policy_id]
    config = policy.config_type()
    found = [verdict for each in stack.of_type(*policy.types) for verdict in policy.check(each, config)]
    return [verdict.level for verdict in found if isinstance(verdict, Violation)]


# Networks that cover the internet together


@each_kind
def test_networks_that_cover_the_internet_together_are_the_internet(kind: str) -> None:
    for cidrs, covered in (
        (["0.0.0.0/1", "128.0.0.0/1"], "0.0.0.0/0"),
        (["10.0.0.0/8", "0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/1"], "0.0.0.0/0"),
        ([f"{first}.0.0.0/8" for first in range(256)], "0.0.0.0/0"),
        (["8.0.0.0/8", "9.0.0.0/8"], "8.0.0.0/7"),
        (["2000::/16", "2001::/16"], "2000::/15"),
    ):
        listed = [resource(PREFIX_LIST, "list", entries=[{"cidr": cidr} for cidr in cidrs])]
        rule = listing(kind, ref(listed[0]))
        decision = check("security-group-ingress", *listed, rule)
        assert len(decision.violations) == 1
        assert f"of the list it covers {covered}: it opens port 22 to the whole internet" in decision.messages[0]


def test_a_list_of_networks_in_a_rule_is_judged_together() -> None:
    for rule in (
        resource(GROUP, ingress=[{**web(22), "cidrBlocks": ["0.0.0.0/1", "128.0.0.0/1"]}]),
        resource(RULE, type="ingress", protocol="tcp", fromPort=22, toPort=22, cidrBlocks=["0.0.0.0/1", "128.0.0.0/1"]),
    ):
        [message] = check("security-group-ingress", rule).messages
        assert 'is "0.0.0.0/1", and together with another network of the list it covers 0.0.0.0/0' in message
    apart = resource(GROUP, ingress=[{**web(22), "cidrBlocks": ["8.0.0.0/8", "10.0.0.0/8", "fd00::/8", "nonsense"]}])
    assert check("security-group-ingress", apart).is_clean


def test_secret_networks_that_cover_the_internet_together_are_not_shown() -> None:
    cidrs = [Secret("0.0.0.0/1"), Secret("128.0.0.0/1")]
    [message] = check_alone(resource(GROUP, ingress=[{**web(22), "cidrBlocks": cidrs}]))
    assert "0.0.0.0" not in message


# Ports that no rule has


@each_kind
@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (22, 1e300, "ports 22 to 65535"),
        (22, "9" * 400, "ports 22 to 65535"),
        ("9" * 400, "9" * 400, "all ports"),
        (-1e300, 443, "all ports"),
        (-1, -1, "all ports"),
        ("ssh", "ssh", "all ports"),
        (443, 22, "ports 22 to 443"),
        (22.5, 22.5, "port 22"),
    ],
)
def test_numbers_that_are_no_ports_hide_nothing(kind: str, first: Any, last: Any, shown: str) -> None:
    [message] = check("security-group-ingress", opening(kind, WORLD, first, last)).messages
    assert f"it opens {shown} to the whole internet" in message


# Rules inside a group, and rules of their own


@pytest.mark.parametrize("type_", [GROUP, DEFAULT_GROUP])
@pytest.mark.parametrize("is_known", [False, True])
def test_rules_inside_a_group_and_beside_it_remove_each_other(type_: str, is_known: bool) -> None:
    group = resource(type_, "web", with_outputs={"id": "sg-1"}, ingress=[web(443)])
    of_group: Any = "sg-1" if is_known else ref(group)
    for rule in (
        resource(INGRESS_RULE, "r", securityGroupId=of_group, **flat(80)),
        resource(RULE, "r", type="ingress", securityGroupId=of_group, **web(80)),
    ):
        decision = check("security-group-rule-conflicts", group, rule)
        assert decision.violations == ["web.ingress"]
        assert "ingress lists rules inside the security group, and 'r' adds another: " in decision.messages[0]
    for other in (
        resource(EGRESS_RULE, "r", securityGroupId=of_group, **flat(80)),
        resource(RULE, "r", type="egress", securityGroupId=of_group, **web(80)),
        resource(INGRESS_RULE, "r", securityGroupId="sg-other", **flat(80)),
    ):
        is_default = type_ == DEFAULT_GROUP and "other" not in repr(other.inputs)
        assert check("security-group-rule-conflicts", group, other).violations == ["web.egress"] * is_default


def test_rules_of_one_kind_do_not_conflict() -> None:
    empty: tuple[Any, ...] = (None, [])
    for rules in empty:
        group = resource(GROUP, "web", ingress=rules)
        rule = resource(INGRESS_RULE, "r", securityGroupId=ref(group), **flat(80))
        assert check("security-group-rule-conflicts", group, rule).is_clean
    assert check("security-group-rule-conflicts", resource(GROUP, ingress=[web(443)])).is_clean


@pytest.mark.parametrize(
    ("inside", "of_rule", "of_new_rule"),
    [
        ("cidrBlocks", "cidrBlocks", "cidrIpv4"),
        ("ipv6CidrBlocks", "ipv6CidrBlocks", "cidrIpv6"),
        ("prefixListIds", "prefixListIds", "prefixListId"),
        ("securityGroups", "sourceSecurityGroupId", "referencedSecurityGroupId"),
    ],
)
def test_rules_that_the_state_shows_inside_the_group_too_do_not_conflict(
    inside: str, of_rule: str, of_new_rule: str
) -> None:
    ports = {"fromPort": 443, "toPort": 443}
    group = resource(GROUP, "web", ingress=[{"protocol": "tcp", **ports, inside: ["x-1"]}])
    source = "x-1" if of_rule == "sourceSecurityGroupId" else ["x-1"]
    old = resource(RULE, "r", type="ingress", securityGroupId=ref(group), protocol="tcp", **ports, **{of_rule: source})
    new = resource(INGRESS_RULE, "r", securityGroupId=ref(group), ipProtocol="tcp", **ports, **{of_new_rule: "x-1"})
    assert check("security-group-rule-conflicts", group, old).is_clean
    assert check("security-group-rule-conflicts", group, new).is_clean


def test_a_default_group_removes_rules_even_where_it_lists_none() -> None:
    group = resource(DEFAULT_GROUP, "default")
    rule = resource(INGRESS_RULE, "r", securityGroupId=ref(group), **flat(80))
    [message] = check("security-group-rule-conflicts", group, rule).messages
    assert "ingress lists no rules inside the security group" in message


def test_rules_that_conflict_are_named_up_to_a_few() -> None:
    group = resource(GROUP, "web", egress=[web(443)])
    rules = [resource(EGRESS_RULE, f"r{n}", securityGroupId=ref(group), **flat(n)) for n in range(5)]
    [message] = check("security-group-rule-conflicts", group, *rules).messages
    assert "'r0', 'r1', 'r2' and 2 others add others" in message


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
    assert "to the whole internet; no port may be open." in message
    with pytest.raises(ConfigError, match="'security-group-ingress', config key 'allowedPorts"):
        check("security-group-ingress", config={"allowedPorts": [70000]})


# Ways to write an opening


@each_kind
@pytest.mark.parametrize("protocol", ["47", "50", "gre"])
def test_protocols_without_ports_are_open_on_all_of_them(kind: str, protocol: str) -> None:
    """AWS ignores the ports of a rule for any protocol other than TCP, UDP and ICMP."""
    [message] = check("security-group-ingress", opening(kind, WORLD, 443, 443, protocol)).messages
    assert f'is "{WORLD}": it opens all ports to' in message


@each_kind
@pytest.mark.parametrize("protocol", ["tcp", "TCP", "udp", "6", "17", 6.0])
def test_protocols_with_ports_are_open_on_theirs(kind: str, protocol: Any) -> None:
    assert check("security-group-ingress", opening(kind, WORLD, 443, 443, protocol)).is_clean
    assert check("security-group-ingress", opening(kind, WORLD, 22, 22, protocol)).violations


@each_kind
@pytest.mark.parametrize("protocol", ["icmp", "icmpv6", "1", "58", "ICMP"])
def test_icmp_has_no_ports(kind: str, protocol: str) -> None:
    assert check("security-group-ingress", opening(kind, WORLD, -1, -1, protocol)).is_clean


@pytest.mark.parametrize("protocol", ["-1", "tcp"])
def test_no_port_is_every_port(protocol: str) -> None:
    rule = resource(INGRESS_RULE, cidrIpv4=WORLD, ipProtocol=protocol)
    assert "it opens all ports" in check("security-group-ingress", rule).messages[0]


@each_kind
def test_secret_ports_are_judged_and_not_shown(kind: str) -> None:
    messages = check_alone(opening(kind, WORLD, Secret(2222), Secret(2299)))
    assert "it opens ports that are secret to the whole internet" in messages[0]
    assert "22" not in messages[0].partition("\n")[0]
    assert check_alone(opening(kind, WORLD, Secret(443), Secret(443))) == []
    # Neither does the fix tell that it is 80.
    assert "80" not in check_alone(opening(kind, WORLD, Secret(80), Secret(80)))[0]


@pytest.mark.parametrize(
    "type_",
    [
        VPC,
        "aws:ec2/defaultVpc:DefaultVpc",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/defaultSubnet:DefaultSubnet",
        "aws:ec2/eip:Eip",
        "aws:ec2/natGateway:NatGateway",
    ],
)
def test_addresses_of_ones_own_are_not_the_world(type_: str) -> None:
    own, other = resource(type_, "own"), resource(GROUP, "other")
    assert check("security-group-ingress", own, opening("inline", ref(own), 22)).is_clean
    # Rules of one group share the dependencies of its one property.
    rules = [
        {"cidrBlocks": [ref(own)], "protocol": "tcp", "fromPort": 22, "toPort": 22},
        {"securityGroups": [ref(other)], "protocol": "tcp", "fromPort": 80, "toPort": 80},
    ]
    assert check("security-group-ingress", own, other, resource(GROUP, ingress=rules)).is_clean


@pytest.mark.parametrize("source", [UNKNOWN, ref("urn:pulumi:dev::test::aws:ec2/instance:Instance::i")])
def test_a_group_beside_an_unknown_network_does_not_tell_what_it_is(source: Any) -> None:
    other, instance = resource(GROUP, "other"), resource("aws:ec2/instance:Instance", "i")
    rules = [
        {"cidrBlocks": [source], "protocol": "tcp", "fromPort": 22, "toPort": 22},
        {"securityGroups": [ref(other)], "protocol": "tcp", "fromPort": 22, "toPort": 22},
    ]
    decision = check("security-group-ingress", other, instance, resource(GROUP, ingress=rules))
    assert (decision.violations, decision.undecided) == ([], ["it.ingress[0].cidrBlocks[0]"])


def test_a_network_of_ones_own_beside_one_of_another_resource_is_undecided() -> None:
    vpc, instance = resource(VPC, "vpc"), resource("aws:ec2/instance:Instance", "i")
    rules = [{"cidrBlocks": [ref(each)], "protocol": "tcp", "fromPort": 22, "toPort": 22} for each in (vpc, instance)]
    decision = check("security-group-ingress", vpc, instance, resource(GROUP, ingress=rules))
    assert decision.violations == []
    assert len(decision.undecided) == 2


def test_ingress_that_is_unknown_as_a_whole_is_undecided() -> None:
    for type_ in (GROUP, DEFAULT_GROUP):
        decision = check("security-group-ingress", resource(type_, ingress=UNKNOWN))
        assert decision.violations == []
        assert decision.undecided


@pytest.mark.parametrize(
    "rule",
    [
        resource(GROUP, ingress=[{"protocol": "tcp", "fromPort": 22, "toPort": 22, "securityGroups": ["sg-2"]}]),
        resource(GROUP, ingress=[{"protocol": "tcp", "fromPort": 22, "toPort": 22, "self": True}]),
        resource(RULE, type="ingress", sourceSecurityGroupId="sg-2", protocol="-1", fromPort=0, toPort=0),
        resource(INGRESS_RULE, referencedSecurityGroupId="sg-2", ipProtocol="-1"),
    ],
)
def test_a_group_or_the_group_itself_is_not_the_world(rule: Resource) -> None:
    assert check("security-group-ingress", rule).is_clean


# Prefix lists


@each_kind
@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("inline", [True, False])
def test_the_networks_of_a_prefix_list_count(kind: str, is_known: bool, inline: bool) -> None:
    for cidr, complies in ((WORLD, False), ("::/0", False), ("10.0.0.0/8", True)):
        listed = prefix_list(is_known, "10.0.0.0/16", cidr, inline=inline)
        rule = listing(kind, "pl-1" if is_known else ref(listed[0]))
        decision = check("security-group-ingress", *listed, rule)
        assert decision.is_clean == complies
        assert decision.violations == ([] if complies else ["list.entries[1].cidr" if inline else "e1.cidr"])
        assert check("security-group-ingress", *listed, listing(kind, "pl-other")).is_clean
    listed = prefix_list(is_known, WORLD, inline=inline)
    assert check("security-group-ingress", *listed, listing(kind, "pl-1" if is_known else ref(listed[0]), 443)).is_clean


@each_kind
def test_prefix_lists_of_aws_or_made_elsewhere_pass(kind: str) -> None:
    for value in ("pl-6da54004", UNKNOWN):
        assert check("security-group-ingress", listing(kind, value)).is_clean


@each_kind
def test_an_unknown_entry_of_a_prefix_list_is_undecided(kind: str) -> None:
    for inline, place in ((True, "list.entries[0].cidr"), (False, "e0.cidr")):
        listed = prefix_list(False, UNKNOWN, inline=inline)
        decision = check("security-group-ingress", *listed, listing(kind, ref(listed[0])))
        assert (decision.violations, decision.undecided) == ([], [place])


# Redirects


@pytest.mark.parametrize("balancer_type", BALANCERS)
@pytest.mark.parametrize("is_known", [False, True])
def test_a_redirect_is_found_through_both_tokens_of_load_balancers(balancer_type: str, is_known: bool) -> None:
    listener_type = balancer_type.replace("loadBalancer:LoadBalancer", "listener:Listener")
    for group, rule in (
        (resource(GROUP, "front", with_outputs={"id": "sg-1"}, ingress=[web(80)]), None),
        (resource(GROUP, "front", with_outputs={"id": "sg-1"}), 80),
    ):
        of_group: Any = "sg-1" if is_known else ref(group)
        balancer = resource(balancer_type, "front", with_outputs={"arn": "arn:lb"}, securityGroups=[of_group])
        of_balancer: Any = "arn:lb" if is_known else ref(balancer)
        listener = resource(listener_type, loadBalancerArn=of_balancer, port=80.0, defaultActions=[REDIRECT])
        rules = [resource(INGRESS_RULE, "r", securityGroupId=of_group, **flat(rule))] if rule else []
        assert check("security-group-ingress", group, balancer, listener, *rules).is_clean
        assert not check("security-group-ingress", group, balancer, *rules).is_clean


def web(port: int) -> dict[str, Any]:
    return {"cidrBlocks": [WORLD], "protocol": "tcp", "fromPort": port, "toPort": port}


def flat(port: int) -> dict[str, Any]:
    return {"cidrIpv4": WORLD, "ipProtocol": "tcp", "fromPort": port, "toPort": port}


def test_a_redirect_opens_port_80_alone() -> None:
    _, balancer, listener = front(REDIRECT)
    for first, last in ((80, 81), (79, 80), (0, 65535)):
        wide = resource(GROUP, "it", ingress=[{**web(first), "toPort": last}])
        assert check("security-group-ingress", wide, balancer, listener).violations
    both = resource(GROUP, "it", ingress=[web(80), web(443)])
    assert check("security-group-ingress", both, balancer, listener).is_clean


# Egress


def leaving(kind: str, cidr: Any, first: Any, last: Any = None, protocol: Any = "tcp") -> Resource:
    """The same way out in each of the ways to write one."""
    last = first if last is None else last
    ports = {"fromPort": first, "toPort": last}
    if kind == "rule":
        return resource(RULE, type="egress", cidrBlocks=[cidr], protocol=protocol, **ports)
    if kind == "egress rule":
        return resource(EGRESS_RULE, cidrIpv4=cidr, ipProtocol=protocol, **ports)
    type_ = GROUP if kind == "inline" else DEFAULT_GROUP
    return resource(type_, egress=[{"cidrBlocks": [cidr], "protocol": protocol, **ports}])


each_way_out = pytest.mark.parametrize("kind", ["inline", "default group", "rule", "egress rule"])


def test_egress_is_off_unless_asked_for() -> None:
    assert POLICIES["security-group-egress"].enforcement == "disabled"


@each_way_out
@pytest.mark.parametrize(
    ("cidr", "first", "last", "protocol", "shown"),
    [
        (WORLD, 25, 25, "tcp", "port 25"),
        (WORLD, 443, 444, "tcp", "ports 443 to 444"),
        (WORLD, 0, 0, "-1", "all ports"),
        ("::/0", 25, 25, "tcp", "port 25"),
        ("0.0.0.0/1", 25, 25, "udp", "port 25"),
    ],
)
def test_a_way_out_to_the_world_is_reported(
    kind: str, cidr: str, first: Any, last: Any, protocol: str, shown: str
) -> None:
    [message] = check("security-group-egress", leaving(kind, cidr, first, last, protocol)).messages
    assert (
        f'is "{cidr}": it lets connections out to the whole internet on {shown}; only port 443 may be used.\n'
        "Fix: Limit the rule"
    ) in message


@each_way_out
@pytest.mark.parametrize(
    ("cidr", "first", "protocol"),
    [(WORLD, 443, "tcp"), ("10.0.0.0/8", 0, "-1"), (None, 25, "tcp"), (WORLD, -1, "icmp")],
)
def test_a_way_out_that_is_narrow_or_allowed_complies(kind: str, cidr: Any, first: int, protocol: str) -> None:
    assert check("security-group-egress", leaving(kind, cidr, first, None, protocol)).is_clean


@each_way_out
def test_an_unknown_way_out_is_undecided(kind: str) -> None:
    for group in (leaving(kind, UNKNOWN, 25), leaving(kind, WORLD, UNKNOWN), leaving(kind, WORLD, 25, None, UNKNOWN)):
        decision = check("security-group-egress", group)
        assert decision.violations == []
        assert len(decision.undecided) == 1
    vpc = resource(VPC, "vpc")
    assert check("security-group-egress", vpc, leaving(kind, ref(vpc), 25)).is_clean


def test_an_unknown_way_out_hides_no_other() -> None:
    group = resource(
        GROUP,
        egress=[
            {"cidrBlocks": UNKNOWN, "protocol": "tcp", "fromPort": 25, "toPort": 25},
            {"cidrBlocks": [WORLD], "protocol": "tcp", "fromPort": 22, "toPort": 22},
        ],
    )
    decision = check("security-group-egress", group)
    assert (len(decision.violations), len(decision.undecided)) == (1, 1)


def test_ingress_is_no_egress_and_a_group_without_rules_lets_nothing_out() -> None:
    """Of a group without egress, the provider removes the rule that AWS adds by itself."""
    assert check("security-group-egress", resource(GROUP)).is_clean
    for kind in ("inline", "default group", "rule"):
        assert check("security-group-egress", opening(kind, WORLD, 22)).is_clean


def test_egress_to_a_prefix_list_counts() -> None:
    for cidr, complies in ((WORLD, False), ("10.0.0.0/8", True)):
        [listed] = prefix_list(False, cidr)
        rule = resource(EGRESS_RULE, prefixListId=ref(listed), ipProtocol="tcp", fromPort=25, toPort=25)
        assert check("security-group-egress", listed, rule).is_clean == complies


def test_config_says_which_ports_may_be_left_by() -> None:
    config = {"allowedPorts": [25.0]}
    assert check("security-group-egress", leaving("inline", WORLD, 25), config=config).is_clean
    [message] = check("security-group-egress", leaving("inline", WORLD, 443), config=config).messages
    assert "only port 25 may be used." in message
    with pytest.raises(ConfigError, match="'security-group-egress', config key 'allowedPorts"):
        check("security-group-egress", config={"allowedPorts": [-1]})


@each_way_out
def test_secret_ways_out_are_judged_and_not_shown(kind: str) -> None:
    [message] = decide(POLICIES["security-group-egress"], leaving(kind, Secret(WORLD), Secret(2525))).messages
    assert "is [secret]: it lets connections out to the whole internet on ports that are secret;" in message
