"""Subnets: which of them a property names, and whether the internet reaches them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, NamedTuple

from policypack.model import Reference, Resource, Value, remembered, type_of

_DEFAULT_VPC: Final = "aws:ec2/defaultVpc:DefaultVpc"
_VPCS: Final = ("aws:ec2/vpc:Vpc", _DEFAULT_VPC)
_SUBNET: Final = "aws:ec2/subnet:Subnet"
_DEFAULT_SUBNET: Final = "aws:ec2/defaultSubnet:DefaultSubnet"
SUBNETS: Final = (_SUBNET, _DEFAULT_SUBNET)
_TABLE: Final = "aws:ec2/routeTable:RouteTable"
_DEFAULT_TABLE: Final = "aws:ec2/defaultRouteTable:DefaultRouteTable"
_TABLES: Final = (_TABLE, _DEFAULT_TABLE)
_ASSOCIATION: Final = "aws:ec2/routeTableAssociation:RouteTableAssociation"
_MAIN_ASSOCIATION: Final = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
_ROUTE: Final = "aws:ec2/route:Route"
_INTERNET_GATEWAYS: Final = (
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment",
)
# What a gatewayId that is unknown yet may come from without being an internet gateway.
_OTHER_GATEWAYS: Final = (
    "aws:ec2/vpnGateway:VpnGateway",
    "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
    "aws:ec2transitgateway/transitGateway:TransitGateway",
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
)
_ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
# https://docs.aws.amazon.com/vpc/latest/userguide/default-subnet.html: they use the default VPC's own main table.
_PUBLIC_BY_DEFAULT: Final = {_DEFAULT_SUBNET: "a default subnet", _DEFAULT_VPC: "in the default VPC"}
# The name of an Availability Zone; those of Local Zones and Wavelength Zones go on after the region's number.
_AVAILABILITY_ZONE: Final = re.compile(r"[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-[0-9][a-z]")


PLACED: Final[Mapping[str, str]] = {
    "aws:rds/subnetGroup:SubnetGroup": "subnetIds",
    "aws:docdb/subnetGroup:SubnetGroup": "subnetIds",
    "aws:neptune/subnetGroup:SubnetGroup": "subnetIds",
    "aws:redshift/subnetGroup:SubnetGroup": "subnetIds",
    "aws:elasticache/subnetGroup:SubnetGroup": "subnetIds",
    "aws:memorydb/subnetGroup:SubnetGroup": "subnetIds",
    "aws:dax/subnetGroup:SubnetGroup": "subnetIds",
    "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup": "subnetIds",
    "aws:ecs/service:Service": "networkConfiguration.subnets",
    "aws:ecs/taskSet:TaskSet": "networkConfiguration.subnets",
    "aws:lambda/function:Function": "vpcConfig.subnetIds",
    "aws:redshiftserverless/workgroup:Workgroup": "subnetIds",
    "aws:elasticache/serverlessCache:ServerlessCache": "subnetIds",
    "aws:opensearch/domain:Domain": "vpcOptions.subnetIds",
    "aws:elasticsearch/domain:Domain": "vpcOptions.subnetIds",
    "aws:msk/cluster:Cluster": "brokerNodeGroupInfo.clientSubnets",
}
"""Where each type names the subnets in which data stores, tasks or functions run."""


class Subnets(NamedTuple):
    """
    The subnets that a property names, as far as that is known.

    A property depends on more than it names where its value is made from several outputs, or from a component's:
    those of awsx.ec2.Vpc each depend on all of its subnets.
    """

    named: list[Resource]
    possible: list[Resource]
    """Those of which it names one or more; which, is not known yet."""
    is_partial: bool
    """Whether an unknown value may name further subnets."""
    has_others: bool
    """Whether it names subnets by known ids that are not in this stack."""

    @property
    def candidates(self) -> list[Resource]:
        """Each subnet that it names or may name."""
        return [*self.named, *self.possible]

    def which(self, holds: Callable[[Resource], bool]) -> list[Resource]:
        """The named subnets for which something holds; where it holds for each possible one, those too."""
        possible = self.possible if all(map(holds, self.possible)) else []
        return [*filter(holds, self.named), *possible]


def subnets_of(value: Value, elements: Sequence[Value] | None = None) -> Subnets:
    """
    The subnets that a property names, in an order that is the same every time.

    :param value: the property: a list of ids.
    :param elements: the ids, where the property is another kind of list.
    """
    if value.is_unset:
        return Subnets([], [], False, False)
    if elements is None:
        elements = [element for _, element in value.entries()]
    texts = {element.text for element in elements if element.is_known}
    found = sorted(value.targets(*SUBNETS), key=lambda subnet: subnet.name)
    named = [subnet for subnet in found if subnet.output("id").text in texts]
    left = [subnet for subnet in found if subnet.output("id").text not in texts]
    unmatched = sum(element.is_known for element in elements) - len(named)
    unknown = 1 if value.is_unknown else sum(element.is_unknown for element in elements)
    if unknown:
        # Each unknown id is one of a subnet that is left, or of one that the property does not depend on.
        if len(left) > unknown:
            if chosen := _written(value, elements, left):
                return Subnets([*named, *chosen], [], False, unmatched > 0)
            return Subnets(named, left, False, unmatched > 0)
        return Subnets([*named, *left], [], len(left) < unknown, unmatched > 0)
    # All ids are known: one that has matched no subnet may be of a subnet whose own id is not known yet.
    left = [subnet for subnet in left if unmatched and not subnet.output("id").text]
    if len(left) > unmatched:
        return Subnets(named, left, False, False)
    return Subnets([*named, *left], [], False, len(left) < unmatched)


def _written(value: Value, elements: Sequence[Value], possible: list[Resource]) -> list[Resource]:
    """The subnets that the program's source says a property names; none where it does not name each of them."""
    unknown: Any = [each.as_written.raw for each in elements if each.is_unknown]
    if value.is_unknown:
        raw = value.as_written.raw
        unknown = raw if isinstance(raw, list) else [raw]
    by_name: dict[str, list[Resource]] = {}
    for subnet in possible:
        by_name.setdefault(subnet.name, []).append(subnet)
    found = [
        by_name.get(each.origin.name, []) if isinstance(each, Reference) and each.origin else [] for each in unknown
    ]
    return [subnet for subnets in found for subnet in subnets] if all(len(each) == 1 for each in found) else []


@remembered
def zone_of(subnet: Resource) -> Value:
    """The Availability Zone of a subnet, by its name or else by its id; absent where it is left to AWS."""
    name = subnet.output("availabilityZone")
    return name if name.text or name.is_unknown else subnet.output("availabilityZoneId")


@remembered
def is_in_region(subnet: Resource) -> bool:
    """Whether a subnet is in the region itself, as far as is known: neither on an Outpost nor in a Local Zone."""
    zone = subnet.output("availabilityZone").text
    is_on_outpost = subnet.type == _SUBNET and not subnet.get("outpostArn").is_unset
    return not is_on_outpost and (not zone or bool(_AVAILABILITY_ZONE.fullmatch(zone)))


class Access(Enum):
    """Whether the internet reaches a subnet."""

    PUBLIC = auto()
    PRIVATE = auto()
    UNKNOWN = auto()
    """A value that is unknown yet decides it."""
    ELSEWHERE = auto()
    """What is not in this stack decides it."""


@dataclass(frozen=True, slots=True)
class Reachability:
    """
    Whether the internet reaches a subnet, and how.

    :param way: how the internet reaches it, in a few words; empty where it does not, or where that is not known.
    """

    access: Access
    way: str = ""


@remembered
def reachability(subnet: Resource) -> Reachability:
    """Whether the internet reaches a subnet, by its route table."""
    tables = _route_tables(subnet)
    answers = [_reachability_by(table) for table in tables]
    kinds = {answer.access for answer in answers}
    if len(kinds) == 1:
        return answers[0]
    if Access.UNKNOWN in kinds or _is_table_unknown(subnet):
        return Reachability(Access.UNKNOWN)
    return Reachability(Access.ELSEWHERE)


@remembered
def _reachability_by(table: Resource) -> Reachability:
    """Whether the internet reaches the subnets of a route table."""
    if table.type in _PUBLIC_BY_DEFAULT:
        return Reachability(Access.PUBLIC, _PUBLIC_BY_DEFAULT[table.type])
    access = Access.UNKNOWN if _may_have_other_routes(table) else Access.PRIVATE
    # Routes inside a table share the dependencies of that one property: each gateway is looked for once.
    named = [gateway for route in _routes(table) if not (gateway := route.get("gatewayId")).is_unset]
    for gateway in {(each.resource.urn, each.text): each for each in named}.values():
        if found := gateway.targets(*_INTERNET_GATEWAYS):
            return Reachability(Access.PUBLIC, f"routed to the internet gateway '{found[0].name}'")
        if gateway.text.startswith("igw-"):
            return Reachability(Access.PUBLIC, f"routed to {gateway.shown}")
        if gateway.is_unknown and not _is_other_gateway(gateway):
            access = Access.UNKNOWN
    return Reachability(access)


def _is_other_gateway(gateway: Value) -> bool:
    """Whether a gateway that is unknown yet comes from gateways that the internet does not enter by."""
    types = {type_of(urn) for urn in gateway.dependency_urns}
    return bool(types) and types.issubset(_OTHER_GATEWAYS)


@remembered
def is_isolated(subnet: Resource) -> bool | None:
    """
    Whether nothing leads out of a subnet, neither a route nor an endpoint of its VPC; None where a value that is
    unknown yet decides it. What is not in this stack may lead out.
    """
    stack = subnet.stack
    tables = _route_tables(subnet)
    if any(map(_leads_out, tables)):
        return False
    vpcs = subnet.get("vpcId").targets(*_VPCS) if subnet.type == _SUBNET else []
    if any(map(_has_endpoint, vpcs)):
        return False
    if not tables:
        return None if _is_table_unknown(subnet) else False
    if not vpcs:
        return None if subnet.type == _SUBNET and subnet.get("vpcId").is_unknown else False
    is_open = any(map(_may_have_other_routes, tables)) or stack.unresolved(_ENDPOINT, "vpcId", *_VPCS)
    return None if is_open else True


@remembered
def _leads_out(table: Resource) -> bool:
    """Whether a route of a route table leads out of the VPC."""
    return table.type in _PUBLIC_BY_DEFAULT or any(route.get("gatewayId").text != "local" for route in _routes(table))


@remembered
def _has_endpoint(vpc: Resource) -> bool:
    return bool(vpc.referrers(_ENDPOINT, "vpcId"))


def _route_tables(subnet: Resource) -> list[Resource]:
    """
    The route tables of which one is the subnet's, nearly always a single one; none where this stack does not tell.

    A VPC stands for its main table where that is no resource, and a default subnet for that of the default VPC.
    """
    stack = subnet.stack
    if associations := subnet.referrers(_ASSOCIATION, "subnetId"):
        named = [each.get("routeTableId").targets(*_TABLES, *_VPCS) for each in associations]
        tables = [table for each in named for table in each] if all(named) else []
    elif stack.unresolved(_ASSOCIATION, "subnetId", *SUBNETS):
        tables = []
    elif subnet.type == _DEFAULT_SUBNET:
        tables = [subnet]
    else:
        tables = subnet.get("vpcId").targets(*_VPCS)
    return [main for table in tables for main in (_main_tables(table) if table.type in _VPCS else [table])]


def _is_table_unknown(subnet: Resource) -> bool:
    """Whether a value that is unknown yet decides which route table a subnet has."""
    if associations := subnet.referrers(_ASSOCIATION, "subnetId"):
        is_open = len(associations) > 1 and any(each.get("subnetId").is_unknown for each in associations)
        return is_open or any(map(_names_unknown_table, associations))
    if subnet.stack.unresolved(_ASSOCIATION, "subnetId", *SUBNETS):
        return True
    vpc = subnet.get("vpcId")
    if vpcs := vpc.targets(*_VPCS):
        return any(map(_names_unknown_table, vpcs[0].referrers(_MAIN_ASSOCIATION, "vpcId")))
    return vpc.is_unknown


def _names_unknown_table(association: Resource) -> bool:
    table = association.get("routeTableId")
    return table.is_unknown and not table.targets(*_TABLES, *_VPCS)


@remembered
def _main_tables(vpc: Resource) -> list[Resource]:
    """The main route table of a VPC, as in _route_tables."""
    if mains := vpc.referrers(_MAIN_ASSOCIATION, "vpcId"):
        return mains[0].get("routeTableId").targets(*_TABLES)
    return vpc.referrers(_DEFAULT_TABLE, "defaultRouteTableId") or [vpc]


def _routes(table: Resource) -> Iterator[Resource | Value]:
    """The routes of a route table: its own, and the resources that add to it."""
    owners = [table]
    if table.type in _TABLES:
        yield from table.each("routes[]")
    if table.type == _DEFAULT_TABLE:
        owners += table.get("defaultRouteTableId").targets(*_VPCS)
    for owner in owners:
        yield from owner.referrers(_ROUTE, "routeTableId")


def _may_have_other_routes(table: Resource) -> bool:
    """Whether routes of this stack may turn out to be the table's."""
    return bool(table.stack.unresolved(_ROUTE, "routeTableId", *_TABLES, *_VPCS))
