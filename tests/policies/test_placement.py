"""Subnets: whether what is placed in them is private, and can reach what it needs."""

from collections.abc import Callable
from typing import Any

import pytest

from policypack.config import Config, ConfigError
from policypack.model import Context, Resource, Stack
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from policypack.verdict import Violation
from tests.policies.networks import (
    ASSOCIATION,
    ATTACHMENT,
    DEFAULT_SUBNET,
    DEFAULT_TABLE,
    DEFAULT_VPC,
    EGRESS_ONLY,
    ENDPOINT,
    GROUP,
    INTERNET_GATEWAY,
    MAIN,
    NAT,
    PEERING,
    ROUTE,
    SEARCH,
    SERVICE,
    SUBNET,
    TABLE,
    TRANSIT,
    VPN,
    WORLD,
    Network,
    depending,
    each_mode,
    each_place,
    each_service,
    group_of,
    nested,
)
from tests.support import POLICIES, check, on_stack

# Every place


@each_mode
@each_place
def test_a_public_subnet_is_reported_wherever_it_is_named(mode: str, type_: str, path: str) -> None:
    network = Network(mode)
    network.placed(network.private(), network.public(), type_=type_, path=path)
    decision = check("private-placement", *network.resources)
    assert decision.violations == [f"placed.{path}"]
    assert decision.undecided == []
    assert decision.messages[0].startswith(
        f"{path} names public subnets: 'public' (routed to the internet gateway 'igw').\n"
        f"Fix: Set {path} to private subnets, whose route table has no route to an internet gateway. "
    )


@each_mode
@each_place
def test_private_subnets_comply_wherever_they_are_named(mode: str, type_: str, path: str) -> None:
    network = Network(mode)
    network.public()
    network.placed(network.private("a"), network.private("b"), type_=type_, path=path)
    assert check("private-placement", *network.resources).is_clean


@each_place
@pytest.mark.parametrize("value", [None, [], ""])
def test_what_names_no_subnets_has_no_placement_or_zones(type_: str, path: str, value: Any) -> None:
    for policy_id in ("private-placement", "subnet-zones"):
        assert check(policy_id, resource(type_, **nested(path, value))).is_clean
        assert check(policy_id, resource(type_)).is_clean


@each_place
def test_unknown_subnets_are_undecided_and_those_made_elsewhere_are_not(type_: str, path: str) -> None:
    for value, undecided in ((UNKNOWN, True), ([UNKNOWN, UNKNOWN], True), (["subnet-1", "subnet-2"], False)):
        inputs = nested(path, value)
        if type_ in (SEARCH, "aws:elasticsearch/domain:Domain"):
            inputs["clusterConfig"] = {"zoneAwarenessEnabled": True}
        for policy_id in ("private-placement", "subnet-zones"):
            decision = check(policy_id, resource(type_, "placed", **inputs))
            assert decision.violations == []
            # Known ids, as getSubnets returns them, stay as they are: there is nothing to wait for.
            assert decision.undecided == [f"placed.{path}"] * undecided


@each_place
def test_a_block_that_is_unknown_is_undecided(type_: str, path: str) -> None:
    if "." in path:
        decision = check("private-placement", resource(type_, "placed", **{path.split(".")[0]: UNKNOWN}))
        assert (decision.violations, decision.undecided) == ([], [f"placed.{path}"])


# Topologies: each makes one subnet


def public_by_route(network: Network) -> Resource:
    return network.public("subnet")


def public_by_ipv6(network: Network) -> Resource:
    subnet = network.subnet()
    network.route(network.table(subnet), destinationIpv6CidrBlock="::/0", gatewayId=network.id(network.gateway))
    return subnet


def public_by_inline_route(network: Network) -> Resource:
    subnet = network.subnet()
    network.table(subnet, routes=[{"cidrBlock": WORLD, "gatewayId": network.id(network.gateway)}])
    return subnet


def public_by_one_of_several_inline_routes(network: Network) -> Resource:
    subnet, vpn, nat = network.subnet(), network.add(VPN), network.add(NAT)
    routes = [
        {"cidrBlock": WORLD, "gatewayId": network.id(network.gateway)},
        {"cidrBlock": "10.1.0.0/16", "gatewayId": network.id(vpn)},
        {"cidrBlock": "10.2.0.0/16", "natGatewayId": network.id(nat)},
    ]
    network.table(subnet, routes=routes)
    return subnet


def public_by_inline_routes_that_are_one_output(network: Network) -> Resource:
    subnet = network.subnet()
    table = network.table(subnet, routes=UNKNOWN)
    table.property_dependencies = {**table.property_dependencies, "routes": (network.gateway.urn,)}
    return subnet


def public_by_the_gateways_attachment(network: Network) -> Resource:
    subnet = network.subnet()
    attachment = network.add(ATTACHMENT, "igw", internetGatewayId=network.id(network.gateway))
    gateway = {"preview": ref(attachment), "update": ref(attachment, "igw-igw"), "literal": "igw-igw"}[network.mode]
    network.route(network.table(subnet), gatewayId=gateway)
    return subnet


def public_by_the_gateway_of_another_route(network: Network) -> Resource:
    other = network.route(network.table(network.subnet("other")), gatewayId=network.id(network.gateway))
    subnet = network.subnet()
    gateway = {"preview": ref(other), "update": ref(other, "igw-igw"), "literal": "igw-igw"}[network.mode]
    network.route(network.table(subnet), gatewayId=gateway)
    return subnet


def public_by_main_association(network: Network) -> Resource:
    table = network.add(TABLE, "main", vpcId=network.id(network.vpc))
    network.add(MAIN, vpcId=network.id(network.vpc), routeTableId=network.id(table))
    network.route(table, gatewayId=network.id(network.gateway))
    return network.subnet()


def public_by_the_default_subnet(network: Network) -> Resource:
    return network.add(DEFAULT_SUBNET, "subnet", availabilityZone="eu-west-1a")


def public_by_the_default_vpc(network: Network) -> Resource:
    vpc = network.add(DEFAULT_VPC, "default")
    return network.add(SUBNET, "subnet", vpcId=network.id(vpc))


def public_by_the_default_route_table(network: Network) -> Resource:
    network.add(
        DEFAULT_TABLE,
        "main",
        defaultRouteTableId=network.of_vpc(network.vpc),
        routes=[{"cidrBlock": WORLD, "gatewayId": network.id(network.gateway)}],
    )
    return network.subnet()


def public_by_a_route_of_the_default_route_table(network: Network) -> Resource:
    table = network.add(DEFAULT_TABLE, "main", defaultRouteTableId=network.of_vpc(network.vpc))
    network.route(table, gatewayId=network.id(network.gateway))
    return network.subnet()


def public_by_a_route_of_the_main_table(network: Network) -> Resource:
    network.add(ROUTE, routeTableId=network.of_vpc(network.vpc), gatewayId=network.id(network.gateway))
    return network.subnet()


def public_by_a_route_of_the_main_table_beside_its_resource(network: Network) -> Resource:
    network.add(DEFAULT_TABLE, "main", defaultRouteTableId=network.of_vpc(network.vpc))
    network.add(ROUTE, routeTableId=network.of_vpc(network.vpc), gatewayId=network.id(network.gateway))
    return network.subnet()


def public_by_association_with_the_main_table(network: Network) -> Resource:
    public_by_the_default_route_table(network)
    subnet = network.subnet("associated")
    network.add(ASSOCIATION, subnetId=network.id(subnet), routeTableId=network.of_vpc(network.vpc))
    return subnet


def public_by_two_associations(network: Network) -> Resource:
    subnet = network.public("subnet")
    other = network.add(TABLE, "other")
    network.add(ASSOCIATION, "again", subnetId=network.id(subnet), routeTableId=network.id(other))
    network.route(other, gatewayId=network.id(network.gateway))
    return subnet


def private_by_nat(network: Network) -> Resource:
    network.public()
    return network.private("subnet")


def private_by_inline_nat(network: Network) -> Resource:
    subnet, nat = network.subnet(), network.add(NAT)
    network.table(subnet, routes=[{"cidrBlock": WORLD, "natGatewayId": network.id(nat), "gatewayId": ""}])
    return subnet


def private_by_inline_nat_of_a_component(network: Network) -> Resource:
    """An output of awsx.ec2.Vpc depends on all that is in it, its internet gateway too."""
    subnet, nat = network.subnet(), network.add(NAT)
    table = network.table(subnet, routes=[{"cidrBlock": WORLD, "natGatewayId": network.id(nat)}])
    table.property_dependencies = {**table.property_dependencies, "routes": (network.gateway.urn, nat.urn)}
    return subnet


def private_by_nat_as_gateway(network: Network) -> Resource:
    subnet, nat = network.subnet(), network.add(NAT)
    network.route(network.table(subnet), gatewayId=network.id(nat))
    return subnet


def private_by_vpn(network: Network) -> Resource:
    subnet, vpn = network.subnet(), network.add(VPN)
    network.route(network.table(subnet), destinationCidrBlock=WORLD, gatewayId=network.id(vpn))
    return subnet


def private_by_inline_vpn_and_nat(network: Network) -> Resource:
    subnet, vpn, nat = network.subnet(), network.add(VPN), network.add(NAT)
    routes = [
        {"cidrBlock": "10.1.0.0/16", "gatewayId": network.id(vpn)},
        {"cidrBlock": WORLD, "natGatewayId": network.id(nat)},
    ]
    network.table(subnet, routes=routes)
    return subnet


def private_by_egress_only_gateway(network: Network) -> Resource:
    subnet, gateway = network.subnet(), network.add(EGRESS_ONLY)
    network.route(network.table(subnet), destinationIpv6CidrBlock="::/0", egressOnlyGatewayId=network.id(gateway))
    return subnet


def private_by_peering(network: Network) -> Resource:
    subnet, peering = network.subnet(), network.add(PEERING)
    network.route(network.table(subnet), vpcPeeringConnectionId=network.id(peering))
    return subnet


def private_by_transit_gateway(network: Network) -> Resource:
    subnet, transit = network.subnet(), network.add(TRANSIT)
    network.route(network.table(subnet), destinationCidrBlock=WORLD, transitGatewayId=network.id(transit))
    return subnet


def private_by_no_route(network: Network) -> Resource:
    subnet = network.subnet()
    network.table(subnet)
    return subnet


def private_by_local_route(network: Network) -> Resource:
    subnet = network.subnet()
    network.table(subnet, routes=[{"cidrBlock": "10.0.0.0/16", "gatewayId": "local"}])
    return subnet


def private_by_main_table(network: Network) -> Resource:
    network.public()
    return network.subnet()


def private_by_main_association(network: Network) -> Resource:
    network.public()
    table = network.add(TABLE, "main", vpcId=network.id(network.vpc))
    network.add(MAIN, vpcId=network.id(network.vpc), routeTableId=network.id(table))
    return network.subnet()


def private_default_subnet_with_a_table_of_its_own(network: Network) -> Resource:
    subnet = network.add(DEFAULT_SUBNET, "subnet", availabilityZone="eu-west-1a")
    network.table(subnet)
    return subnet


def private_subnet_of_the_default_vpc_with_a_table_of_its_own(network: Network) -> Resource:
    vpc = network.add(DEFAULT_VPC, "default")
    subnet = network.add(SUBNET, "subnet", vpcId=network.id(vpc))
    network.table(subnet)
    return subnet


def private_beside_the_gateways_own_table(network: Network) -> Resource:
    """A table of the internet gateway says where traffic from the internet goes first, not who may reach a subnet."""
    table = network.add(TABLE, "edge")
    network.add(ASSOCIATION, "edge", gatewayId=network.id(network.gateway), routeTableId=network.id(table))
    return private_by_no_route(network)


def private_while_others_associations_are_unknown(network: Network) -> Resource:
    network.add(ASSOCIATION, "elsewhere", subnetId=UNKNOWN, routeTableId=network.id(network.vpc))
    return private_by_no_route(network)


def private_in_a_vpc_made_elsewhere(network: Network) -> Resource:
    subnet = network.add(SUBNET, "subnet", vpcId="vpc-elsewhere")
    network.table(subnet)
    return subnet


def unknown_by_an_association(network: Network) -> Resource:
    network.add(ASSOCIATION, subnetId=UNKNOWN, routeTableId="rtb-1")
    return network.subnet()


def unknown_default_subnet_by_an_association(network: Network) -> Resource:
    network.add(ASSOCIATION, subnetId=UNKNOWN, routeTableId="rtb-1")
    return network.add(DEFAULT_SUBNET, "subnet")


def unknown_by_a_route(network: Network) -> Resource:
    network.add(ROUTE, routeTableId=UNKNOWN, gatewayId=network.id(network.gateway))
    return private_by_no_route(network)


def unknown_by_a_table_made_elsewhere(network: Network) -> Resource:
    subnet = network.subnet()
    network.add(ASSOCIATION, subnetId=network.id(subnet), routeTableId="rtb-elsewhere")
    return subnet


def unknown_by_a_table_known_later(network: Network) -> Resource:
    subnet = network.subnet()
    network.add(ASSOCIATION, subnetId=network.id(subnet), routeTableId=UNKNOWN)
    return subnet


def unknown_by_a_second_table(network: Network) -> Resource:
    subnet = unknown_by_a_table_known_later(network)
    network.table(subnet)
    return subnet


def unknown_by_two_tables_that_differ(network: Network) -> Resource:
    subnet = network.public("subnet")
    other = network.add(TABLE, "other")
    network.add(ASSOCIATION, "again", subnetId=network.id(subnet), routeTableId=network.id(other))
    return subnet


def unknown_by_a_vpc_made_elsewhere(network: Network) -> Resource:
    return network.add(SUBNET, "subnet", vpcId="vpc-elsewhere")


def unknown_by_a_main_table_made_elsewhere(network: Network) -> Resource:
    network.add(MAIN, vpcId=network.id(network.vpc), routeTableId="rtb-elsewhere")
    return network.subnet()


def unknown_by_a_gateway(network: Network) -> Resource:
    subnet = network.subnet()
    network.route(network.table(subnet), gatewayId=UNKNOWN)
    return subnet


def unknown_by_a_gateway_looked_up(network: Network) -> Resource:
    """`aws.ec2.get_internet_gateway_output` takes the VPC's id, which is all that its answer depends on."""
    subnet = network.subnet()
    network.route(network.table(subnet), gatewayId=ref(network.vpc))
    return subnet


def unknown_by_one_of_two_gateways(network: Network) -> Resource:
    subnet, vpn = network.subnet(), network.add(VPN)
    route = network.route(network.table(subnet), gatewayId=UNKNOWN)
    route.property_dependencies = {**route.property_dependencies, "gatewayId": (vpn.urn, network.vpc.urn)}
    return subnet


def unknown_by_a_gateway_that_is_in_no_stage(network: Network) -> Resource:
    subnet = network.subnet()
    network.route(network.table(subnet), gatewayId=ref(f"urn:pulumi:dev::test::{INTERNET_GATEWAY}::read"))
    return subnet


def unknown_by_inline_routes(network: Network) -> Resource:
    subnet = network.subnet()
    network.table(subnet, routes=UNKNOWN)
    return subnet


PUBLIC: list[tuple[Callable[[Network], Resource], str]] = [
    (public_by_route, "routed to the internet gateway 'igw'"),
    (public_by_ipv6, "routed to the internet gateway 'igw'"),
    (public_by_inline_route, "routed to the internet gateway 'igw'"),
    (public_by_one_of_several_inline_routes, "routed to the internet gateway 'igw'"),
    (public_by_inline_routes_that_are_one_output, "routed to the internet gateway 'igw'"),
    (public_by_the_gateways_attachment, "routed to the internet gateway 'igw'"),
    (public_by_the_gateway_of_another_route, "routed to the internet gateway 'igw'"),
    (public_by_main_association, "routed to the internet gateway 'igw'"),
    (public_by_two_associations, "routed to the internet gateway 'igw'"),
    (public_by_the_default_subnet, "a default subnet"),
    (public_by_the_default_vpc, "in the default VPC"),
    (public_by_the_default_route_table, "routed to the internet gateway 'igw'"),
    (public_by_a_route_of_the_default_route_table, "routed to the internet gateway 'igw'"),
    (public_by_a_route_of_the_main_table, "routed to the internet gateway 'igw'"),
    (public_by_a_route_of_the_main_table_beside_its_resource, "routed to the internet gateway 'igw'"),
    (public_by_association_with_the_main_table, "routed to the internet gateway 'igw'"),
]
PRIVATE = [
    private_by_nat,
    private_by_inline_nat,
    private_by_inline_nat_of_a_component,
    private_by_nat_as_gateway,
    private_by_vpn,
    private_by_inline_vpn_and_nat,
    private_by_egress_only_gateway,
    private_by_peering,
    private_by_transit_gateway,
    private_by_no_route,
    private_by_local_route,
    private_by_main_table,
    private_by_main_association,
    private_default_subnet_with_a_table_of_its_own,
    private_subnet_of_the_default_vpc_with_a_table_of_its_own,
    private_beside_the_gateways_own_table,
    private_while_others_associations_are_unknown,
    private_in_a_vpc_made_elsewhere,
]
UNDECIDED = [
    unknown_by_an_association,
    unknown_default_subnet_by_an_association,
    unknown_by_a_route,
    unknown_by_a_table_known_later,
    unknown_by_a_second_table,
    unknown_by_a_gateway,
    unknown_by_a_gateway_looked_up,
    unknown_by_one_of_two_gateways,
    unknown_by_a_gateway_that_is_in_no_stage,
    unknown_by_inline_routes,
]


# What is not in this stack decides; no value of it is unknown.
ELSEWHERE = [
    unknown_by_a_table_made_elsewhere,
    unknown_by_a_vpc_made_elsewhere,
    unknown_by_a_main_table_made_elsewhere,
]


def named(topology: object) -> str | None:
    return topology.__name__ if callable(topology) else None  # type: ignore[attr-defined]


@each_mode
@pytest.mark.parametrize(("topology", "why"), PUBLIC, ids=named)
def test_a_subnet_that_the_internet_reaches_is_public(
    mode: str, topology: Callable[[Network], Resource], why: str
) -> None:
    network = Network(mode)
    subnet = topology(network)
    network.placed(subnet)
    decision = check("private-placement", *network.resources)
    assert decision.violations == ["placed.subnetIds"]
    assert f"subnetIds names public subnets: '{subnet.name}' ({why})." in decision.messages[0]


@each_mode
@pytest.mark.parametrize("topology", PRIVATE, ids=named)
def test_a_subnet_that_the_internet_does_not_reach_is_private(
    mode: str, topology: Callable[[Network], Resource]
) -> None:
    network = Network(mode)
    network.placed(topology(network))
    assert check("private-placement", *network.resources).is_clean


@each_mode
@pytest.mark.parametrize("topology", UNDECIDED, ids=named)
def test_a_subnet_of_which_too_little_is_known_is_undecided(mode: str, topology: Callable[[Network], Resource]) -> None:
    network = Network(mode)
    network.placed(topology(network))
    decision = check("private-placement", *network.resources)
    assert (decision.violations, decision.undecided) == ([], ["placed.subnetIds"])


@each_mode
@pytest.mark.parametrize("topology", ELSEWHERE, ids=named)
def test_what_is_not_in_this_stack_is_not_waited_for(mode: str, topology: Callable[[Network], Resource]) -> None:
    network = Network(mode)
    network.placed(topology(network))
    assert check("private-placement", *network.resources).is_clean


@each_mode
def test_two_tables_of_one_subnet_are_undecided_while_ids_are_unknown(mode: str) -> None:
    network = Network(mode)
    network.placed(unknown_by_two_tables_that_differ(network))
    decision = check("private-placement", *network.resources)
    assert (decision.violations, decision.undecided) == ([], ["placed.subnetIds"] * (mode == "preview"))


def test_a_public_task_is_one_finding() -> None:
    """Its public address is the cause, and the fix for that names private subnets."""
    network = Network("preview")
    for assigned, count in ((True, 0), (False, 1), (None, 1)):
        inputs = {"networkConfiguration": {"subnets": [network.id(network.public("p"))], "assignPublicIp": assigned}}
        decision = check("private-placement", *network.resources, resource(SERVICE, "task", **inputs))
        assert len(decision.violations) == count
    public = resource(SERVICE, networkConfiguration={"assignPublicIp": True})
    assert "Name private subnets in networkConfiguration.subnets too" in check("public-exposure", public).messages[0]


def test_public_subnets_are_named_up_to_a_few() -> None:
    network = Network("preview")
    network.placed(*(network.public(f"p{number}") for number in range(9)))
    [message] = check("private-placement", *network.resources).messages
    assert "names public subnets: 'p0', 'p1', 'p2' and 6 others (the first is routed to" in message


@each_mode
def test_a_gateway_that_is_named_by_its_id_only_makes_a_subnet_public(mode: str) -> None:
    network = Network(mode)
    for name in ("inline", "route"):
        subnet = network.subnet(name)
        if name == "inline":
            network.table(subnet, routes=[{"cidrBlock": WORLD, "gatewayId": "igw-0a1b2c"}])
        else:
            network.route(network.table(subnet), gatewayId="igw-0a1b2c")
        group = network.placed(subnet)
        [message] = check("private-placement", *network.resources).messages
        assert f"""names public subnets: '{name}' (routed to "igw-0a1b2c").""" in message
        network.resources.remove(group)


@each_mode
@pytest.mark.parametrize(
    ("type_", "target"),
    [
        (VPN, "gatewayId"),
        ("aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment", "gatewayId"),
        (NAT, "natGatewayId"),
        (EGRESS_ONLY, "egressOnlyGatewayId"),
        (PEERING, "vpcPeeringConnectionId"),
        (TRANSIT, "transitGatewayId"),
        ("aws:ec2transitgateway/vpcAttachment:VpcAttachment", "transitGatewayId"),
    ],
)
def test_other_gateways_beside_an_unknown_one_do_not_make_it_doubtful(mode: str, type_: str, target: str) -> None:
    """Routes inside a table share the dependencies of its one property."""
    network = Network(mode)
    subnet, vpn, other = network.subnet(), network.add(VPN, "vpn"), network.add(type_, "other")
    routes = [
        {"cidrBlock": "10.1.0.0/16", "gatewayId": network.id(vpn)},
        {"cidrBlock": WORLD, target: network.id(other)},
    ]
    network.table(subnet, routes=routes)
    network.placed(subnet)
    assert check("private-placement", *network.resources).is_clean


@each_mode
def test_one_table_serves_several_subnets(mode: str) -> None:
    network = Network(mode)
    first, second, third = (network.subnet(name) for name in "abc")
    table = network.table(first)
    network.add(ASSOCIATION, "b", subnetId=network.id(second), routeTableId=network.id(table))
    network.route(table, gatewayId=network.id(network.gateway))
    network.table(third)
    network.placed(second, third, first)
    [message] = check("private-placement", *network.resources).messages
    assert "names public subnets: 'a' and 'b' (the first is routed to the internet gateway 'igw')." in message


@each_mode
def test_a_route_adds_to_its_own_table_only(mode: str) -> None:
    network = Network(mode)
    private = network.subnet("private")
    network.table(private)
    other = network.subnet("other")
    network.route(network.table(other), gatewayId=network.id(network.gateway))
    network.placed(private)
    assert check("private-placement", *network.resources).is_clean


# What a property names


@each_mode
def test_subnets_made_elsewhere_beside_private_ones_are_not_asked_for(mode: str) -> None:
    network = Network(mode)
    network.placed(network.private(), "subnet-elsewhere")
    decision = check("private-placement", *network.resources)
    assert (decision.violations, decision.undecided) == ([], [])


@each_mode
def test_a_public_subnet_is_reported_whatever_the_others_are(mode: str) -> None:
    network = Network(mode)
    network.placed(network.public(), "subnet-elsewhere", unknown_by_a_gateway(network))
    assert check("private-placement", *network.resources).violations == ["placed.subnetIds"]


def test_a_list_that_is_unknown_as_a_whole_is_decided_where_all_that_it_may_name_is_the_same() -> None:
    network = Network("preview")
    public = [network.public("a"), network.public("b")]
    private = [network.private("c"), network.private("d")]
    both_public = check("private-placement", *network.resources, group_of(depending(UNKNOWN, *public)))
    assert "subnetIds names public subnets: 'a' and 'b' (the first is routed to" in both_public.messages[0]
    assert check("private-placement", *network.resources, group_of(depending(UNKNOWN, *private))).is_clean
    one = check("private-placement", *network.resources, group_of(depending(UNKNOWN, public[0])))
    assert one.violations == ["placed.subnetIds"]


@each_place
def test_subnets_of_a_component_depend_on_all_of_its_subnets_at_preview(type_: str, path: str) -> None:
    """Every output of awsx.ec2.Vpc depends on all that is in it: private_subnet_ids on the public subnets too."""
    network = Network("preview")
    everything = (network.vpc, network.public(), network.private())
    group = group_of(depending(UNKNOWN, *everything), type_, path)
    decision = check("private-placement", *network.resources, group)
    assert (decision.violations, decision.undecided) == ([], [f"placed.{path}"])
    # One of its subnets, picked by index: there is room for one, and two that it may be.
    group = group_of(depending([UNKNOWN], *everything), type_, path)
    decision = check("private-placement", *network.resources, group)
    assert (decision.violations, decision.undecided) == ([], [f"placed.{path}"])


@each_place
def test_subnets_of_a_component_are_told_by_their_ids_after_the_update(type_: str, path: str) -> None:
    network = Network("update")
    everything = (network.vpc, network.public(), network.private())
    right = group_of(depending(["subnet-private"], *everything), type_, path)
    assert check("private-placement", *network.resources, right).is_clean
    wrong = group_of(depending(["subnet-private", "subnet-public"], *everything), type_, path)
    assert check("private-placement", *network.resources, wrong).violations == [f"placed.{path}"]
    elsewhere = group_of(depending(["subnet-elsewhere"], *everything), type_, path)
    assert check("private-placement", *network.resources, elsewhere).is_clean


@pytest.mark.parametrize("value", [UNKNOWN, [UNKNOWN]])
def test_subnets_of_which_only_the_names_are_unknown_go_by_dependency(value: Any) -> None:
    """In the preview of an update, the subnets are there, and what a function makes of their ids may be unknown."""
    network = Network("update")
    depends = depending(value, network.public())
    assert check("private-placement", *network.resources, group_of(depends)).violations == ["placed.subnetIds"]


def test_a_list_with_room_for_all_that_it_depends_on_names_them_all() -> None:
    network = Network("preview")
    depends = depending([UNKNOWN, UNKNOWN], network.public(), network.private())
    assert check("private-placement", *network.resources, group_of(depends)).violations == ["placed.subnetIds"]


def test_known_ids_of_subnets_whose_own_ids_are_not_told_go_by_dependency() -> None:
    network = Network("preview")
    depends = depending(["subnet-1"], network.public())
    assert check("private-placement", *network.resources, group_of(depends)).violations == ["placed.subnetIds"]


def test_a_component_picks_its_associations_by_index() -> None:
    """`ids = Output.all(a.id, b.id)`, and an association of `ids[0]` and one of `ids[1]`: each depends on both."""
    network = Network("preview")
    subnets = [network.subnet("a"), network.subnet("b")]
    for name, gateway in (("public", network.gateway), ("private", None)):
        table = network.add(TABLE, name)
        association = network.add(ASSOCIATION, name, subnetId=UNKNOWN, routeTableId=ref(table))
        association.property_dependencies = {
            **association.property_dependencies,
            "subnetId": tuple(subnet.urn for subnet in subnets),
        }
        if gateway:
            network.route(table, gatewayId=ref(gateway))
    network.placed(subnets[1])
    decision = check("private-placement", *network.resources)
    assert (decision.violations, decision.undecided) == ([], ["placed.subnetIds"])


def test_subnet_ids_taken_from_another_group_are_followed() -> None:
    network = Network("preview")
    first = network.placed(network.public())
    second = resource("aws:docdb/subnetGroup:SubnetGroup", "second", subnetIds=ref(first))
    assert check("private-placement", *network.resources, second).violations == [
        "placed.subnetIds",
        "second.subnetIds",
    ]


def test_secret_subnets_and_gateways_are_judged_and_not_shown() -> None:
    network = Network("literal")
    network.public()
    group = resource(GROUP, "placed", subnetIds=Secret(["subnet-public"]))
    [message] = decide(POLICIES["private-placement"], *network.resources, group).messages
    assert "subnet-public" not in message
    subnet = network.subnet()
    network.table(subnet, routes=Secret([{"cidrBlock": WORLD, "gatewayId": "igw-canary"}]))
    network.placed(subnet)
    [message] = decide(POLICIES["private-placement"], *network.resources).messages
    assert "'subnet' (routed to [secret])" in message
    assert "canary" not in message


# Data stores that name no subnet group

STORES = [
    ("aws:rds/instance:Instance", "dbSubnetGroupName"),
    ("aws:rds/cluster:Cluster", "dbSubnetGroupName"),
    ("aws:docdb/cluster:Cluster", "dbSubnetGroupName"),
    ("aws:neptune/cluster:Cluster", "neptuneSubnetGroupName"),
    ("aws:redshift/cluster:Cluster", "clusterSubnetGroupName"),
    ("aws:elasticache/replicationGroup:ReplicationGroup", "subnetGroupName"),
    ("aws:elasticache/cluster:Cluster", "subnetGroupName"),
    ("aws:memorydb/cluster:Cluster", "subnetGroupName"),
    ("aws:dax/cluster:Cluster", "subnetGroupName"),
]


@pytest.mark.parametrize(("type_", "path"), STORES)
def test_a_data_store_without_a_subnet_group_is_in_the_default_vpc(type_: str, path: str) -> None:
    for value, shown in ((None, "not set"), ("", '""')):
        decision = check("private-placement", resource(type_, **{path: value}))
        assert decision.violations == [f"it.{path}"]
        assert decision.messages[0].startswith(
            f"{path} is {shown}: AWS places the resource in the default VPC, whose subnets are public.\n"
            f"Fix: Set {path} to a subnet group of private subnets. This replaces a resource that exists: "
        )


@pytest.mark.parametrize(("type_", "path"), STORES)
def test_a_data_store_with_a_subnet_group_complies(type_: str, path: str) -> None:
    for value in ("private", UNKNOWN, ref(resource(GROUP))):
        assert check("private-placement", resource(type_, **{path: value})).is_clean
    assert decide(POLICIES["private-placement"], resource(type_, **{path: Secret("private")})).is_clean


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:rds/instance:Instance", {"replicateSourceDb": "primary"}),
        ("aws:rds/instance:Instance", {"replicateSourceDb": UNKNOWN}),
        ("aws:elasticache/cluster:Cluster", {"replicationGroupId": "cache"}),
        ("aws:elasticache/cluster:Cluster", {"replicationGroupId": UNKNOWN}),
        ("aws:rds/clusterInstance:ClusterInstance", {}),
        ("aws:dynamodb/table:Table", {}),
    ],
)
def test_what_another_resource_places_needs_no_subnet_group(type_: str, inputs: dict[str, Any]) -> None:
    assert check("private-placement", resource(type_, **inputs)).is_clean


def test_the_default_vpc_is_advisory_and_a_public_subnet_is_not() -> None:
    """Nothing is open by the default VPC alone; the policy's own level, mandatory, is for what is named."""
    network = Network("preview")
    network.placed(network.public())
    store = resource("aws:rds/instance:Instance", "store")
    policy = POLICIES["private-placement"]
    assert policy.enforcement == "mandatory"
    found = list(on_stack(policy, Stack([*network.resources, store], Context()), Config()))
    levels = {
        finding.at.name if isinstance(finding.at, Resource) else finding.at.resource.name: finding.level
        for finding in found
        if isinstance(finding, Violation) and finding.at
    }
    assert levels == {"placed": None, "store": "advisory"}


@pytest.mark.parametrize("policy_id", ["private-placement", "private-subnet-egress", "public-exposure"])
def test_a_policy_without_config_refuses_any(policy_id: str) -> None:
    with pytest.raises(ConfigError, match=f"policy '{policy_id}' has no config key 'minZones'; it takes no config"):
        check(policy_id, config={"minZones": 2})


# The way out

IN_SERVICE = "networkConfiguration.subnets"


def closed(network: Network, name: str = "closed") -> Resource:
    subnet = network.subnet(name)
    network.table(subnet)
    return subnet


@each_mode
@each_service
def test_tasks_that_nothing_leads_out_from_are_reported(mode: str, type_: str) -> None:
    network = Network(mode)
    network.placed(closed(network), network.private(), type_=type_, path=IN_SERVICE)
    decision = check("private-subnet-egress", *network.resources)
    assert (decision.violations, decision.undecided) == ([f"placed.{IN_SERVICE}"], [])
    assert decision.messages[0].startswith(
        f"{IN_SERVICE} names 'closed', from which no route leads out of the VPC: tasks there cannot pull their image, "
        "read secrets or write logs.\nFix: Add a route 0.0.0.0/0 with natGatewayId to the subnet's route table, or VPC "
        "endpoints for what the tasks need: ECR"
    )


def test_each_closed_subnet_is_named() -> None:
    network = Network("preview")
    network.placed(closed(network, "b"), closed(network, "a"), type_=SERVICE, path=IN_SERVICE)
    assert "names 'a' and 'b', from which" in check("private-subnet-egress", *network.resources).messages[0]


OPEN = [
    private_by_nat,
    private_by_inline_nat,
    private_by_vpn,
    private_by_inline_vpn_and_nat,
    private_by_egress_only_gateway,
    private_by_peering,
    private_by_transit_gateway,
    *(topology for topology, _ in PUBLIC),
]
CLOSED = [
    private_by_no_route,
    private_by_local_route,
    private_by_main_table,
    private_by_main_association,
    private_while_others_associations_are_unknown,
]
UNCLEAR = [unknown_by_an_association, unknown_by_a_route]
OPEN_ELSEWHERE = [
    private_in_a_vpc_made_elsewhere,
    private_default_subnet_with_a_table_of_its_own,
    *ELSEWHERE,
]


@each_mode
@each_service
@pytest.mark.parametrize("topology", OPEN, ids=named)
def test_a_route_of_any_kind_leads_out(mode: str, type_: str, topology: Callable[[Network], Resource]) -> None:
    network = Network(mode)
    network.placed(topology(network), type_=type_, path=IN_SERVICE)
    assert check("private-subnet-egress", *network.resources).is_clean


@each_mode
@pytest.mark.parametrize("topology", CLOSED, ids=named)
def test_no_route_leads_out(mode: str, topology: Callable[[Network], Resource]) -> None:
    network = Network(mode)
    network.placed(topology(network), type_=SERVICE, path=IN_SERVICE)
    assert check("private-subnet-egress", *network.resources).violations == [f"placed.{IN_SERVICE}"]


@each_mode
@pytest.mark.parametrize("topology", UNCLEAR, ids=named)
def test_a_route_or_a_table_that_is_unknown_may_lead_out(mode: str, topology: Callable[[Network], Resource]) -> None:
    network = Network(mode)
    network.placed(topology(network), type_=SERVICE, path=IN_SERVICE)
    decision = check("private-subnet-egress", *network.resources)
    assert (decision.violations, decision.undecided) == ([], [f"placed.{IN_SERVICE}"])


@each_mode
@pytest.mark.parametrize("topology", OPEN_ELSEWHERE, ids=named)
def test_what_is_made_elsewhere_may_lead_out(mode: str, topology: Callable[[Network], Resource]) -> None:
    network = Network(mode)
    network.placed(topology(network), type_=SERVICE, path=IN_SERVICE)
    assert check("private-subnet-egress", *network.resources).is_clean


@each_mode
def test_an_endpoint_of_the_vpc_leads_out(mode: str) -> None:
    network = Network(mode)
    network.placed(closed(network), type_=SERVICE, path=IN_SERVICE)
    endpoint = network.add(ENDPOINT, vpcId=network.id(network.vpc), serviceName="com.amazonaws.eu-west-1.ecr.dkr")
    assert check("private-subnet-egress", *network.resources).is_clean
    network.resources.remove(endpoint)
    network.add(ENDPOINT, vpcId="vpc-elsewhere", serviceName="com.amazonaws.eu-west-1.ecr.dkr")
    assert check("private-subnet-egress", *network.resources).violations == [f"placed.{IN_SERVICE}"]
    network.add(ENDPOINT, "later", vpcId=UNKNOWN, serviceName="com.amazonaws.eu-west-1.ecr.dkr")
    decision = check("private-subnet-egress", *network.resources)
    assert (decision.violations, decision.undecided) == ([], [f"placed.{IN_SERVICE}"])


@each_service
def test_a_service_on_instances_has_no_subnets_of_its_own(type_: str) -> None:
    blocks: list[dict[str, Any] | None] = [None, {}, {"subnets": []}]
    for block in blocks:
        assert check("private-subnet-egress", resource(type_, networkConfiguration=block)).is_clean


@each_service
def test_the_way_out_of_subnets_that_are_not_known_is_undecided(type_: str) -> None:
    for value in (UNKNOWN, [UNKNOWN]):
        decision = check("private-subnet-egress", resource(type_, "placed", **nested(IN_SERVICE, value)))
        assert (decision.violations, decision.undecided) == ([], [f"placed.{IN_SERVICE}"])
    elsewhere = resource(type_, "placed", **nested(IN_SERVICE, ["subnet-elsewhere"]))
    assert check("private-subnet-egress", elsewhere).is_clean


def test_isolated_subnets_of_a_component_are_not_those_that_its_tasks_are_in() -> None:
    network = Network("preview")
    everything = (network.vpc, closed(network), network.private())
    service = group_of(depending(UNKNOWN, *everything), SERVICE, IN_SERVICE)
    decision = check("private-subnet-egress", *network.resources, service)
    assert (decision.violations, decision.undecided) == ([], [f"placed.{IN_SERVICE}"])
