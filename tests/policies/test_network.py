"""Security groups: what the internet can reach, what can reach the internet, and what reaches databases."""

from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.model import Resource
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.support import POLICIES, check

GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
PREFIX_LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
PREFIX_LIST_ENTRY = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
BALANCERS = ["aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"]
VPC = "aws:ec2/vpc:Vpc"
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


# Ways to write an opening


@each_kind
@pytest.mark.parametrize("protocol", ["47", "50", "gre"])
def test_protocols_without_ports_are_open_on_all_of_them(kind: str, protocol: str) -> None:
    """AWS ignores the ports of a rule for any protocol other than TCP, UDP and ICMP."""
    [message] = check("security-group-ingress", opening(kind, WORLD, 443, 443, protocol)).messages
    assert f'is "{WORLD}" for all ports' in message


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
    assert "for all ports" in check("security-group-ingress", rule).messages[0]


@each_kind
def test_secret_ports_are_judged_and_not_shown(kind: str) -> None:
    messages = check_alone(opening(kind, WORLD, Secret(2222), Secret(2299)))
    assert "for ports that are secret: anybody may connect" in messages[0]
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


def listing(kind: str, prefix_list: Any, port: int = 22) -> Resource:
    """A rule that lets the networks of a prefix list in."""
    ports = {"fromPort": port, "toPort": port}
    if kind == "ingress rule":
        return resource(INGRESS_RULE, "rule", prefixListId=prefix_list, ipProtocol="tcp", **ports)
    if kind == "rule":
        return resource(RULE, "rule", type="ingress", prefixListIds=[prefix_list], protocol="tcp", **ports)
    type_ = GROUP if kind == "inline" else DEFAULT_GROUP
    return resource(type_, "rule", ingress=[{"prefixListIds": [prefix_list], "protocol": "tcp", **ports}])


def prefix_list(is_known: bool, *cidrs: Any, inline: bool = True) -> list[Resource]:
    """A prefix list with its entries inside or as resources."""
    entries = {"entries": [{"cidr": cidr} for cidr in cidrs]} if inline else {}
    made = resource(PREFIX_LIST, "list", with_outputs={"id": "pl-1"} if is_known else {}, **entries)
    of_it: Any = "pl-1" if is_known else ref(made)
    outside = [] if inline else cidrs
    return [
        made,
        *(resource(PREFIX_LIST_ENTRY, f"e{n}", prefixListId=of_it, cidr=cidr) for n, cidr in enumerate(outside)),
    ]


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


@pytest.mark.parametrize(
    "action",
    [
        {"type": "redirect", "redirect": {"protocol": "HTTP", "statusCode": "HTTP_301"}},
        {"type": "redirect", "redirect": {"statusCode": "HTTP_301"}},
        {"type": "forward", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}},
    ],
)
def test_an_action_that_is_no_redirect_to_https_opens_port_80(action: dict[str, Any]) -> None:
    assert not check("security-group-ingress", *front(action)).is_clean


def test_an_answer_that_is_always_the_same_opens_nothing() -> None:
    fixed = {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "403"}}
    assert check("security-group-ingress", *front(fixed)).is_clean


def test_what_a_listener_does_that_is_unknown_is_undecided() -> None:
    group, balancer, listener = front(REDIRECT)
    listener = resource(LISTENER, "l", loadBalancerArn=ref(balancer), port=80, defaultActions=UNKNOWN)
    decision = check("security-group-ingress", group, balancer, listener)
    assert (decision.violations, decision.undecided) == ([], ["l.defaultActions[]"])
    elsewhere = resource(LISTENER, "l", loadBalancerArn=ref(balancer), port=81, defaultActions=UNKNOWN)
    assert check("security-group-ingress", group, balancer, elsewhere).violations
    # It says nothing of other ports.
    ssh = resource(GROUP, "it", ingress=[web(22)])
    assert check("security-group-ingress", ssh, balancer, listener).violations == ["it.ingress[0].cidrBlocks[0]"]


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
    assert f'is "{cidr}" for {shown}: data may go anywhere; the ports allowed for that are 443.\nFix: Name ' in message


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
    assert "the ports allowed for that are 25." in message
    with pytest.raises(ConfigError, match="'security-group-egress', config key 'allowedPorts"):
        check("security-group-egress", config={"allowedPorts": [-1]})


@each_way_out
def test_secret_ways_out_are_judged_and_not_shown(kind: str) -> None:
    [message] = decide(POLICIES["security-group-egress"], leaving(kind, Secret(WORLD), Secret(2525))).messages
    assert "is [secret] for ports that are secret: " in message


# Databases


@pytest.mark.parametrize(
    ("type_", "path", "inputs", "ports"),
    [
        ("aws:elasticache/serverlessCache:ServerlessCache", "securityGroupIds", {"engine": "valkey"}, (6379, 6380)),
        ("aws:elasticache/serverlessCache:ServerlessCache", "securityGroupIds", {"engine": "redis"}, (6379, 6380)),
        (
            "aws:elasticache/serverlessCache:ServerlessCache",
            "securityGroupIds",
            {"engine": "memcached"},
            (11211, 11212),
        ),
        ("aws:dax/cluster:Cluster", "securityGroupIds", {}, (8111, 9111)),
        ("aws:rds/proxy:Proxy", "vpcSecurityGroupIds", {"engineFamily": "POSTGRESQL"}, (5432, 5432)),
        ("aws:rds/proxy:Proxy", "vpcSecurityGroupIds", {"engineFamily": "MYSQL"}, (3306, 3306)),
        ("aws:rds/proxy:Proxy", "vpcSecurityGroupIds", {"engineFamily": "SQLSERVER"}, (1433, 1433)),
    ],
)
def test_stores_whose_ports_nobody_chooses(
    type_: str, path: str, inputs: dict[str, Any], ports: tuple[int, int]
) -> None:
    stores = [(type_, path, inputs)]
    for port in ports:
        assert check("database-ingress", *guarded("rule", False, by_group("rule"), port, stores=stores)).is_clean
    for first, last in ((22, 22), (ports[0], ports[1] + 1)):
        decision = check("database-ingress", *guarded("rule", False, by_group("rule"), first, last, stores=stores))
        assert decision.violations == ["rules.fromPort"]
        listed = ", ".join(map(str, dict.fromkeys(ports)))
        assert f"where {listed} is enough" in decision.messages[0]


def test_a_serverless_cache_beside_another_has_its_second_port() -> None:
    stores = [
        ("aws:elasticache/serverlessCache:ServerlessCache", "securityGroupIds", {"engine": "valkey"}),
        ("aws:elasticache/replicationGroup:ReplicationGroup", "securityGroupIds", {}),
    ]
    assert check("database-ingress", *guarded("inline", False, by_group("inline"), 6379, 6380, stores=stores)).is_clean


@pytest.mark.parametrize(
    ("type_", "path", "name"),
    [
        ("aws:elasticache/serverlessCache:ServerlessCache", "securityGroupIds", "engine"),
        ("aws:rds/proxy:Proxy", "vpcSecurityGroupIds", "engineFamily"),
    ],
)
def test_an_unknown_engine_leaves_its_ports_undecided(type_: str, path: str, name: str) -> None:
    resources = guarded("rule", False, by_group("rule"), 6379, stores=[(type_, path, {name: UNKNOWN})])
    decision = check("database-ingress", *resources)
    assert (decision.violations, decision.undecided) == ([], [f"db0.{name}"])


STORES = [
    # Where each names its groups, and the port that it has by default
    ("aws:rds/instance:Instance", "vpcSecurityGroupIds", {"engine": "postgres"}, 5432),
    ("aws:rds/cluster:Cluster", "vpcSecurityGroupIds", {"engine": "aurora-mysql"}, 3306),
    ("aws:docdb/cluster:Cluster", "vpcSecurityGroupIds", {}, 27017),
    ("aws:neptune/cluster:Cluster", "vpcSecurityGroupIds", {}, 8182),
    ("aws:redshift/cluster:Cluster", "vpcSecurityGroupIds", {}, 5439),
    ("aws:redshiftserverless/workgroup:Workgroup", "securityGroupIds", {}, 5439),
    ("aws:elasticache/replicationGroup:ReplicationGroup", "securityGroupIds", {}, 6379),
    ("aws:elasticache/cluster:Cluster", "securityGroupIds", {"engine": "memcached"}, 11211),
    ("aws:memorydb/cluster:Cluster", "securityGroupIds", {}, 6379),
]
each_store = pytest.mark.parametrize(("type_", "path", "inputs", "port"), STORES)
INSTANCE = "aws:rds/instance:Instance"


def guarded(
    kind: str,
    is_known: bool,
    source: dict[str, Any],
    first: Any,
    last: Any = None,
    protocol: Any = "tcp",
    stores: list[tuple[str, str, dict[str, Any]]] | None = None,
) -> list[Resource]:
    """A security group with one rule, in each of the ways to write one, and the data stores that it guards."""
    last = first if last is None else last
    outputs = {"id": "sg-1"} if is_known else {}
    rule = {"protocol": protocol, "fromPort": first, "toPort": last}
    of_group: Any = "sg-1"
    made: list[Resource] = []
    if kind in ("inline", "default group"):
        type_ = GROUP if kind == "inline" else DEFAULT_GROUP
        made = [resource(type_, "rules", with_outputs=outputs, ingress=[{**rule, **source}])]
    else:
        made = [resource(GROUP, "group", with_outputs=outputs)]
    if not is_known:
        of_group = ref(made[0])
    if kind == "rule":
        made.append(resource(RULE, "rules", type="ingress", securityGroupId=of_group, **rule, **source))
    if kind == "ingress rule":
        if "cidrBlocks" in source:
            source = {"cidrIpv4": source["cidrBlocks"][0]}
        rule["ipProtocol"] = rule.pop("protocol")
        made.append(resource(INGRESS_RULE, "rules", securityGroupId=of_group, **rule, **source))
    for number, (type_, path, inputs) in enumerate(
        stores or [(INSTANCE, "vpcSecurityGroupIds", {"engine": "postgres"})]
    ):
        made.append(resource(type_, f"db{number}", **{path: [of_group]}, **inputs))
    return made


def by_group(kind: str) -> dict[str, Any]:
    """Another security group as the source of a rule."""
    return {
        "rule": {"sourceSecurityGroupId": "sg-app"},
        "ingress rule": {"referencedSecurityGroupId": "sg-app"},
    }.get(kind, {"securityGroups": ["sg-app"]})


def by_network(cidr: Any) -> dict[str, Any]:
    return {"cidrBlocks": [cidr]}


def at(kind: str, path: str) -> str:
    """Where the one rule is, in each of the ways to write it."""
    if kind == "ingress rule":
        path = {"cidrBlocks[0]": "cidrIpv4", "protocol": "ipProtocol"}.get(path, path)
    return f"rules.ingress[0].{path}" if kind in ("inline", "default group") else f"rules.{path}"


each_knowledge = pytest.mark.parametrize("is_known", [False, True])


@each_kind
@each_knowledge
@each_store
def test_a_group_on_the_databases_own_port_complies(
    kind: str, is_known: bool, type_: str, path: str, inputs: dict[str, Any], port: int
) -> None:
    for own in ({}, {"port": 7000}, {"port": "7000"}, {"port": 0}):
        number = 7000 if own.get("port") else port
        stores = [(type_, path, {**inputs, **own})]
        resources = guarded(kind, is_known, by_group(kind), number, stores=stores)
        assert check("database-ingress", *resources).is_clean


@each_kind
@each_knowledge
@each_store
def test_more_than_the_databases_own_port_is_reported(
    kind: str, is_known: bool, type_: str, path: str, inputs: dict[str, Any], port: int
) -> None:
    for first, last, protocol, shown in (
        (22, 22, "tcp", "port 22"),
        (port, port + 1, "tcp", f"ports {port} to {port + 1}"),
        (0, 65535, "tcp", "all ports"),
        (0, 0, "-1", "all ports"),
    ):
        resources = guarded(kind, is_known, by_group(kind), first, last, protocol, [(type_, path, inputs)])
        decision = check("database-ingress", *resources)
        assert decision.violations == [at(kind, "fromPort")]
        opened, closed_by = at(kind, "fromPort").removeprefix("rules."), at(kind, "toPort").removeprefix("rules.")
        proto = at(kind, "protocol").removeprefix("rules.")
        assert decision.messages[0].startswith(
            f"{opened} and {closed_by} open {shown} of 'db0', where {port} is enough.\n"
            f"Fix: Set both to {port}, and {proto} to tcp.\n"
        )


@each_kind
@each_knowledge
@each_store
def test_a_network_that_may_connect_to_a_database_is_reported(
    kind: str, is_known: bool, type_: str, path: str, inputs: dict[str, Any], port: int
) -> None:
    resources = guarded(kind, is_known, by_network("10.0.0.0/16"), port, stores=[(type_, path, inputs)])
    decision = check("database-ingress", *resources)
    assert decision.violations == [at(kind, "cidrBlocks[0]")]
    assert (
        "is \"10.0.0.0/16\": a whole network may connect to 'db0'.\n"
        "Fix: Name the security group of those who connect in its place.\n" in decision.messages[0]
    )


@each_kind
def test_the_network_of_the_vpc_is_a_network_though_unknown(kind: str) -> None:
    vpc = resource(VPC, "vpc")
    decision = check("database-ingress", vpc, *guarded(kind, False, by_network(ref(vpc)), 5432))
    assert decision.violations == [at(kind, "cidrBlocks[0]")]
    assert "is unknown: a whole network may connect to 'db0'." in decision.messages[0]


@each_kind
def test_what_the_whole_internet_reaches_is_for_another_policy_to_say(kind: str) -> None:
    resources = guarded(kind, False, by_network(WORLD), 5432)
    assert check("database-ingress", *resources).is_clean
    assert check("security-group-ingress", *resources).violations == [at(kind, "cidrBlocks[0]")]
    # But not where it is one of the ports that it allows, and the database does not listen there.
    https = guarded(kind, False, by_network(WORLD), 443)
    assert check("security-group-ingress", *https).is_clean
    assert check("database-ingress", *https).violations == [at(kind, "fromPort")]


@each_kind
def test_config_allows_networks(kind: str) -> None:
    config = {"allowedNetworks": ["10.8.0.0/16", "fd00::/8"]}
    for cidr, complies in (
        ("10.8.0.0/16", True),
        ("10.8.7.0/24", True),
        ("10.8.0.0/15", False),
        ("10.9.0.0/16", False),
        ("fd00:1::/64", True),
        ("fe80::/64", False),
        ("", True),
    ):
        decision = check("database-ingress", *guarded(kind, False, by_network(cidr), 5432), config=config)
        assert decision.is_clean == complies, cidr
    vpc = resource(VPC, "vpc")
    unknown = check("database-ingress", vpc, *guarded(kind, False, by_network(ref(vpc)), 5432), config=config)
    assert (unknown.violations, unknown.undecided) == ([], [at(kind, "cidrBlocks[0]")])


@each_kind
def test_an_unknown_source_of_a_database_is_undecided(kind: str) -> None:
    unknown = check("database-ingress", *guarded(kind, False, by_network(UNKNOWN), 5432))
    assert (unknown.violations, unknown.undecided) == ([], [at(kind, "cidrBlocks[0]")])


@pytest.mark.parametrize("network", ["10.0.0.0", "vpn", "10.0.0.0/64", "999.1.1.1/8", ":::/8"])
def test_an_allowed_network_that_is_none_is_refused(network: str) -> None:
    with pytest.raises(ConfigError, match="'database-ingress', config key 'allowedNetworks"):
        check("database-ingress", config={"allowedNetworks": [network]})


def test_the_group_itself_may_connect_on_the_port() -> None:
    assert check("database-ingress", *guarded("inline", False, {"self": True}, 5432)).is_clean
    assert check("database-ingress", *guarded("inline", False, {"self": True}, 0, 0, "-1")).violations


@each_kind
@pytest.mark.parametrize("protocol", ["icmp", "icmpv6", "1", "58"])
def test_ping_connects_to_nothing(kind: str, protocol: str) -> None:
    assert check("database-ingress", *guarded(kind, False, by_network("10.0.0.0/16"), 8, 0, protocol)).is_clean


@pytest.mark.parametrize(
    ("engine", "port"),
    [
        ("postgres", 5432),
        ("aurora-postgresql", 5432),
        ("mysql", 3306),
        ("mariadb", 3306),
        ("aurora-mysql", 3306),
        ("aurora", 3306),
        ("oracle-ee", 1521),
        ("oracle-se2-cdb", 1521),
        ("custom-oracle-ee", 1521),
        ("sqlserver-ex", 1433),
        ("custom-sqlserver-se", 1433),
        ("db2-se", 50000),
    ],
)
def test_the_engine_decides_the_port(engine: str, port: int) -> None:
    for type_ in (INSTANCE, "aws:rds/cluster:Cluster"):
        stores = [(type_, "vpcSecurityGroupIds", {"engine": engine})]
        assert check("database-ingress", *guarded("inline", False, by_group(""), port, stores=stores)).is_clean
        wrong = check("database-ingress", *guarded("inline", False, by_group(""), 2049, stores=stores))
        assert f"where {port} is enough" in wrong.messages[0]


@pytest.mark.parametrize(("engine", "port"), [("redis", 6379), ("valkey", 6379), ("memcached", 11211)])
def test_the_engine_decides_the_port_of_a_cache(engine: str, port: int) -> None:
    stores = [("aws:elasticache/cluster:Cluster", "securityGroupIds", {"engine": engine})]
    assert check("database-ingress", *guarded("inline", False, by_group(""), port, stores=stores)).is_clean
    assert check("database-ingress", *guarded("inline", False, by_group(""), 2049, stores=stores)).violations


@each_kind
@pytest.mark.parametrize(
    "inputs",
    [
        {"engine": "postgres", "port": UNKNOWN},
        {"engine": UNKNOWN},
        {"replicateSourceDb": "primary"},
        {"engine": "another"},
    ],
)
def test_a_port_of_the_database_that_is_unknown_is_undecided(kind: str, inputs: dict[str, Any]) -> None:
    stores = [(INSTANCE, "vpcSecurityGroupIds", inputs)]
    decision = check("database-ingress", *guarded(kind, False, by_group(kind), 5432, stores=stores))
    assert (decision.violations, decision.undecided) == ([], ["db0.port"])
    # One port it is, whichever.
    for opened in ((5432, 5433, "tcp"), (0, 0, "-1")):
        wide = check("database-ingress", *guarded(kind, False, by_group(kind), *opened, stores=stores))
        assert wide.violations == [at(kind, "fromPort")]
        assert "where the database's own port is enough." in wide.messages[0]


def test_the_port_of_a_replica_is_known_once_it_is_there() -> None:
    group = resource(GROUP, "rules", ingress=[{**by_group(""), "protocol": "tcp", "fromPort": 1, "toPort": 1}])
    for port, complies in ((1.0, True), (5432, False)):
        replica = resource(
            INSTANCE,
            "db0",
            with_outputs={"port": port},
            replicateSourceDb="primary",
            vpcSecurityGroupIds=[ref(group)],
        )
        decision = check("database-ingress", group, replica)
        assert decision.is_clean == complies
        assert decision.undecided == []


@each_kind
def test_an_unknown_port_of_a_rule_is_undecided(kind: str) -> None:
    for first, last, protocol, path in (
        (UNKNOWN, 5432, "tcp", "fromPort"),
        (5432, UNKNOWN, "tcp", "toPort"),
        (5432, 5432, UNKNOWN, "protocol"),
    ):
        decision = check("database-ingress", *guarded(kind, False, by_group(kind), first, last, protocol))
        assert (decision.violations, decision.undecided) == ([], [at(kind, path)])


def test_rules_that_are_unknown_as_a_whole_may_name_groups_only() -> None:
    group = resource(GROUP, "rules", ingress=UNKNOWN)
    store = resource(INSTANCE, "db0", engine="postgres", vpcSecurityGroupIds=[ref(group)])
    for resources in ([group, store], guarded("inline", False, {"cidrBlocks": UNKNOWN}, 5432)):
        decision = check("database-ingress", *resources)
        assert decision.violations == []
        assert decision.undecided
    # Not even where they are made of the VPC's network, among others.
    vpc = resource(VPC, "vpc")
    group = resource(GROUP, "rules", ingress=ref(vpc))
    store = resource(INSTANCE, "db0", engine="postgres", vpcSecurityGroupIds=[ref(group)])
    decision = check("database-ingress", vpc, group, store)
    assert decision.violations == []
    assert "rules.ingress[].cidrBlocks[]" in decision.undecided


def test_several_databases_of_a_group_are_each_listened_to() -> None:
    stores = [
        (INSTANCE, "vpcSecurityGroupIds", {"engine": "postgres"}),
        ("aws:elasticache/replicationGroup:ReplicationGroup", "securityGroupIds", {}),
    ]
    for port in (5432, 6379):
        assert check("database-ingress", *guarded("inline", False, by_group(""), port, stores=stores)).is_clean
    [message] = check("database-ingress", *guarded("inline", False, by_group(""), 5432, 6379, stores=stores)).messages
    assert "open ports 5432 to 6379 of 'db0' and 'db1', where 5432, 6379 is enough.\nFix: Name the security" in message
    adjacent = [(INSTANCE, "vpcSecurityGroupIds", {"engine": "postgres", "port": port}) for port in (7000, 7001)]
    assert check("database-ingress", *guarded("inline", False, by_group(""), 7000, 7001, stores=adjacent)).is_clean


def test_one_rule_for_both_a_network_and_a_port() -> None:
    decision = check("database-ingress", *guarded("inline", False, by_network("10.0.0.0/8"), 0, 0, "-1"))
    assert decision.violations == ["rules.ingress[0].cidrBlocks[0]", "rules.ingress[0].fromPort"]


@each_kind
def test_a_group_that_guards_no_database_is_not_concerned(kind: str) -> None:
    resources = guarded(kind, False, by_network("10.0.0.0/8"), 0, 0, "-1")[:-1]
    other = resource(INSTANCE, "other", engine="postgres", vpcSecurityGroupIds=["sg-other"])
    assert check("database-ingress", *resources).is_clean
    assert check("database-ingress", *resources, other).is_clean


def test_egress_of_a_database_is_not_concerned() -> None:
    [group, store] = guarded("inline", False, by_group(""), 5432)
    egress = resource(RULE, "out", type="egress", securityGroupId=ref(group), cidrBlocks=["10.0.0.0/8"], protocol="-1")
    assert check("database-ingress", group, store, egress).is_clean


@each_knowledge
@each_kind
def test_networks_of_a_prefix_list_may_not_connect_to_a_database(kind: str, is_known: bool) -> None:
    for cidr, count in (("10.0.0.0/16", 1), (WORLD, 0)):
        listed = prefix_list(is_known, cidr)
        source_id: Any = "pl-1" if is_known else ref(listed[0])
        source = {"prefixListId": source_id} if kind == "ingress rule" else {"prefixListIds": [source_id]}
        decision = check("database-ingress", *listed, *guarded(kind, is_known, source, 5432))
        assert decision.violations == ["list.entries[0].cidr"] * count
    source = {"prefixListId": "pl-aws"} if kind == "ingress rule" else {"prefixListIds": ["pl-aws"]}
    assert check("database-ingress", *guarded(kind, is_known, source, 5432)).is_clean


def test_secret_networks_and_ports_of_databases_are_judged_and_not_shown() -> None:
    policy = POLICIES["database-ingress"]
    messages = decide(policy, *guarded("inline", False, by_network(Secret("10.99.0.0/16")), 5432)).messages
    assert "is [secret]: a whole network" in messages[0]
    assert "10.99" not in messages[0]
    messages = decide(policy, *guarded("inline", False, by_group(""), Secret(2222), Secret(2222))).messages
    assert "open ports that are secret of 'db0', where 5432 is enough." in messages[0]
    stores = [(INSTANCE, "vpcSecurityGroupIds", {"engine": "postgres", "port": Secret(7777)})]
    assert decide(policy, *guarded("inline", False, by_group(""), 7777, stores=stores)).is_clean
    messages = decide(policy, *guarded("inline", False, by_group(""), 22, stores=stores)).messages
    assert "open port 22 of 'db0', where the database's own port is enough." in messages[0]
    assert "7777" not in messages[0]
