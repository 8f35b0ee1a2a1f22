"""Networks for tests: VPCs with subnets of every kind, and what is placed in them."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.model import Resource
from policypack.testing import ref, resource

VPC = "aws:ec2/vpc:Vpc"
DEFAULT_VPC = "aws:ec2/defaultVpc:DefaultVpc"
SUBNET = "aws:ec2/subnet:Subnet"
DEFAULT_SUBNET = "aws:ec2/defaultSubnet:DefaultSubnet"
TABLE = "aws:ec2/routeTable:RouteTable"
DEFAULT_TABLE = "aws:ec2/defaultRouteTable:DefaultRouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
MAIN = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
ROUTE = "aws:ec2/route:Route"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
ATTACHMENT = "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment"
NAT = "aws:ec2/natGateway:NatGateway"
VPN = "aws:ec2/vpnGateway:VpnGateway"
EGRESS_ONLY = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
TRANSIT = "aws:ec2transitgateway/transitGateway:TransitGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
GROUP = "aws:rds/subnetGroup:SubnetGroup"
SERVICE = "aws:ecs/service:Service"
SEARCH = "aws:opensearch/domain:Domain"
WORLD = "0.0.0.0/0"

# Every type that names the subnets in which it, or what is in it, runs.
PLACES = [
    (GROUP, "subnetIds"),
    ("aws:docdb/subnetGroup:SubnetGroup", "subnetIds"),
    ("aws:neptune/subnetGroup:SubnetGroup", "subnetIds"),
    ("aws:redshift/subnetGroup:SubnetGroup", "subnetIds"),
    ("aws:elasticache/subnetGroup:SubnetGroup", "subnetIds"),
    ("aws:memorydb/subnetGroup:SubnetGroup", "subnetIds"),
    ("aws:dax/subnetGroup:SubnetGroup", "subnetIds"),
    ("aws:dms/replicationSubnetGroup:ReplicationSubnetGroup", "subnetIds"),
    (SERVICE, "networkConfiguration.subnets"),
    ("aws:ecs/taskSet:TaskSet", "networkConfiguration.subnets"),
    ("aws:lambda/function:Function", "vpcConfig.subnetIds"),
    ("aws:redshiftserverless/workgroup:Workgroup", "subnetIds"),
    ("aws:elasticache/serverlessCache:ServerlessCache", "subnetIds"),
    (SEARCH, "vpcOptions.subnetIds"),
    ("aws:elasticsearch/domain:Domain", "vpcOptions.subnetIds"),
    ("aws:msk/cluster:Cluster", "brokerNodeGroupInfo.clientSubnets"),
]
SERVICES = [SERVICE, "aws:ecs/taskSet:TaskSet"]
each_place = pytest.mark.parametrize(("type_", "path"), PLACES)
each_service = pytest.mark.parametrize("type_", SERVICES)


class Network:
    """
    A stack with a VPC and an internet gateway, to which tests add the rest.

    `preview`: the ids of its resources are unknown, and properties depend on the resources. `update`: they are known,
    and the properties depend on the resources as well. `literal`: they are known and that is all, as in a program that
    writes them out.
    """

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.resources: list[Resource] = []
        self.vpc = self.add(VPC, "vpc")
        self.gateway = self.add(INTERNET_GATEWAY, "igw", vpcId=self.id(self.vpc))

    def add(self, type_: str, name: str = "it", /, **inputs: Any) -> Resource:
        outputs = {} if self.mode == "preview" else {"id": _id(type_, name)}
        made = resource(type_, name, with_outputs=outputs, **inputs)
        self.resources.append(made)
        return made

    def id(self, target: Resource) -> Any:
        known = _id(target.type, target.name)
        return {"preview": ref(target), "update": ref(target, known), "literal": known}[self.mode]

    def of_vpc(self, vpc: Resource) -> Any:
        """The id of a VPC's main route table, which is the VPC's to tell: it says nothing where it is only literal."""
        return ref(vpc) if self.mode == "preview" else ref(vpc, "rtb-main")

    def subnet(self, name: str = "subnet", zone: str | None = None) -> Resource:
        return self.add(SUBNET, name, vpcId=self.id(self.vpc), availabilityZone=zone)

    def table(self, subnet: Resource, **inputs: Any) -> Resource:
        """A route table of a subnet's own."""
        table = self.add(TABLE, subnet.name, vpcId=self.id(self.vpc), **inputs)
        self.add(ASSOCIATION, subnet.name, subnetId=self.id(subnet), routeTableId=self.id(table))
        return table

    def route(self, table: Resource, name: str = "", **inputs: Any) -> Resource:
        return self.add(ROUTE, name or table.name, routeTableId=self.id(table), **inputs)

    def public(self, name: str = "public", zone: str | None = None) -> Resource:
        subnet = self.subnet(name, zone)
        self.route(self.table(subnet), destinationCidrBlock=WORLD, gatewayId=self.id(self.gateway))
        return subnet

    def private(self, name: str = "private", zone: str | None = None) -> Resource:
        subnet = self.subnet(name, zone)
        nat = self.add(NAT, name)
        self.route(self.table(subnet), destinationCidrBlock=WORLD, natGatewayId=self.id(nat))
        return subnet

    def placed(self, *subnets: Any, type_: str = GROUP, path: str = "subnetIds", **inputs: Any) -> Resource:
        """Something in the given subnets, which are resources or values."""
        values = [self.id(subnet) if isinstance(subnet, Resource) else subnet for subnet in subnets]
        return self.add(type_, "placed", **nested(path, values), **inputs)


def _id(type_: str, name: str) -> str:
    short = {INTERNET_GATEWAY: "igw", SUBNET: "subnet", VPC: "vpc"}
    return f"{short.get(type_, type_.rpartition(':')[2])}-{name}"


def nested(path: str, value: Any) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    return {first: nested(rest, value) if rest else value}


def depending(value: Any, *targets: Resource) -> Any:
    """A value made from outputs of several resources, as `Output.all(…).apply(…)` makes one."""
    return _Several(value, targets)


class _Several:
    def __init__(self, value: Any, targets: tuple[Resource, ...]) -> None:
        self.value, self.targets = value, targets


def group_of(value: _Several, type_: str = GROUP, path: str = "subnetIds") -> Resource:
    made = resource(type_, "placed", **nested(path, value.value))
    made.property_dependencies = {path.partition(".")[0]: tuple(target.urn for target in value.targets)}
    return made


each_mode = pytest.mark.parametrize("mode", ["preview", "update", "literal"])
