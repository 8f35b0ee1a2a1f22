"""Placement: which resources the internet can reach by where they are, and in how many zones they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.finding import Findings, Undecided, Violation
from policypack.policy import policy
from policypack.requirement import Requirement, always, is_set
from policypack.resource import Resource, Value

_DEFAULT_VPC: Final = "aws:ec2/defaultVpc:DefaultVpc"
_VPCS: Final = ("aws:ec2/vpc:Vpc", _DEFAULT_VPC)
_SUBNET: Final = "aws:ec2/subnet:Subnet"
_DEFAULT_SUBNET: Final = "aws:ec2/defaultSubnet:DefaultSubnet"
_SUBNETS: Final = (_SUBNET, _DEFAULT_SUBNET)
_TABLE: Final = "aws:ec2/routeTable:RouteTable"
_DEFAULT_TABLE: Final = "aws:ec2/defaultRouteTable:DefaultRouteTable"
_TABLES: Final = (_TABLE, _DEFAULT_TABLE)
_ASSOCIATION: Final = "aws:ec2/routeTableAssociation:RouteTableAssociation"
_MAIN_ASSOCIATION: Final = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
_ROUTE: Final = "aws:ec2/route:Route"
_INTERNET_GATEWAY: Final = "aws:ec2/internetGateway:InternetGateway"
_ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"

# Each of these names the subnets in which data stores, tasks and functions run.
_GROUPS: Final[Mapping[str, str]] = {
    "aws:rds/subnetGroup:SubnetGroup": "subnetIds",
    "aws:docdb/subnetGroup:SubnetGroup": "subnetIds",
    "aws:neptune/subnetGroup:SubnetGroup": "subnetIds",
    "aws:redshift/subnetGroup:SubnetGroup": "subnetIds",
    "aws:elasticache/subnetGroup:SubnetGroup": "subnetIds",
    "aws:memorydb/subnetGroup:SubnetGroup": "subnetIds",
    "aws:dax/subnetGroup:SubnetGroup": "subnetIds",
    "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup": "subnetIds",
}
_TASKS: Final[Mapping[str, str]] = {
    "aws:ecs/service:Service": "networkConfiguration.subnets",
    "aws:ecs/taskSet:TaskSet": "networkConfiguration.subnets",
    "aws:lambda/function:Function": "vpcConfig.subnetIds",
}
_SERVICES: Final[Mapping[str, str]] = {
    "aws:redshiftserverless/workgroup:Workgroup": "subnetIds",
    "aws:elasticache/serverlessCache:ServerlessCache": "subnetIds",
    "aws:opensearch/domain:Domain": "vpcOptions.subnetIds",
    "aws:elasticsearch/domain:Domain": "vpcOptions.subnetIds",
    "aws:msk/cluster:Cluster": "brokerNodeGroupInfo.clientSubnets",
}
_PLACED: Final = {**_GROUPS, **_TASKS, **_SERVICES}

# Databases and caches that AWS puts into the default VPC where no subnet group is named: the property that names it,
# and those that mean that another resource decides.
_STORES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "aws:rds/instance:Instance": ("dbSubnetGroupName", ("replicateSourceDb",)),
    "aws:rds/cluster:Cluster": ("dbSubnetGroupName", ()),
    "aws:docdb/cluster:Cluster": ("dbSubnetGroupName", ()),
    "aws:neptune/cluster:Cluster": ("neptuneSubnetGroupName", ()),
    "aws:redshift/cluster:Cluster": ("clusterSubnetGroupName", ()),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("subnetGroupName", ()),
    "aws:elasticache/cluster:Cluster": ("subnetGroupName", ("replicationGroupId",)),
    "aws:memorydb/cluster:Cluster": ("subnetGroupName", ()),
    "aws:dax/cluster:Cluster": ("subnetGroupName", ()),
}


@policy(
    id="private-placement",
    title="Databases, caches, tasks and functions run in private subnets",
    stage="stack",
    types=(*_PLACED, *_STORES),
    severity="high",
    fix="Name private subnets: those whose route table has no route to an internet gateway.",
    url="https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html",
)
def private_placement(resource: Resource, config: Config) -> Findings:
    """
    In a subnet with a route to the internet, one public address and one rule too many put a database online; in a
    private subnet the same mistakes have no effect.
    """
    if resource.type in _STORES:
        yield from _default_placement(resource)
        return
    value = resource.get(_PLACED[resource.type])
    subnets = _subnets(value)
    public = {subnet.name: why for subnet in subnets if (why := _way_out(subnet))}
    if public:
        named = " and ".join(f"'{name}' ({why})" for name, why in public.items())
        yield Violation(value, f"{value.path} names public subnets: {named}.")
    elif not value.is_empty and (_names_others(value, subnets) or any(_way_out(subnet) is None for subnet in subnets)):
        yield Undecided(value, "are all of these subnets private?")


def _default_placement(store: Resource) -> Findings:
    """Data stores that name no subnet group."""
    path, elsewhere = _STORES[store.type]
    group = store.get(path)
    if group.is_empty and not is_set(*elsewhere)(store):
        yield Violation(
            group,
            f"{path} is {group.shown}: it goes into the default VPC, whose subnets are public.",
            fix=f"Set {path} to a subnet group of private subnets.",
            # Nothing is open yet: whether anybody can connect is for its security groups to say.
            level="advisory",
        )


class ZonesConfig(Config):
    """Config of subnet-zones."""

    min_zones: Annotated[
        int, Meta(ge=1, le=6, description="In how many availability zones the subnets have to be.")
    ] = 2


@policy(
    id="subnet-zones",
    title="Subnet groups, tasks and functions span availability zones",
    stage="stack",
    types=_PLACED,
    severity="medium",
    enforcement="advisory",
    fix="Name a subnet of each of several availability zones.",
    url="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html",
)
def subnet_zones(resource: Resource, config: ZonesConfig) -> Findings:
    """
    An Availability Zone fails as a whole now and then: with all subnets in one, neither tasks nor a standby database
    have anywhere else to run.
    """
    value = resource.get(_PLACED[resource.type])
    if value.is_empty or _has_one_zone_by_choice(resource):
        return
    subnets = _subnets(value)
    zones = {zone for subnet in subnets if (zone := _zone(subnet))}
    count = len(value.raw) if isinstance(value.raw, list) else config.min_zones
    at_least = f"at least {config.min_zones} zones are required"
    if count < config.min_zones:
        names = "a single subnet" if count == 1 else f"{count} subnets"
        yield Violation(value, f"{value.path} names {names}, each of one availability zone; {at_least}.")
    elif len(zones) < config.min_zones:
        if _names_others(value, subnets) or not all(map(_zone, subnets)):
            yield Undecided(value, "in which availability zones are these subnets?")
        else:
            yield Violation(
                value,
                f"{value.path} names subnets of {len(zones)} availability zone{'s' * (len(zones) > 1)} "
                f"({', '.join(sorted(zones))}); {at_least}.",
            )


def _has_one_zone_by_choice(resource: Resource) -> bool:
    """A search domain without zone awareness takes one subnet; that it should have it is said by multi-az."""
    is_search = resource.type in ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
    return is_search and not resource.get("clusterConfig.zoneAwarenessEnabled").is_true


@policy(
    id="private-subnet-egress",
    title="Tasks in private subnets have a way to pull their image",
    stage="stack",
    types=("aws:ecs/service:Service", "aws:ecs/taskSet:TaskSet"),
    severity="medium",
    enforcement="advisory",
    fix="Add a route 0.0.0.0/0 with natGatewayId to the subnet's route table, or VPC endpoints for ECR, S3 and "
    "CloudWatch Logs.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/networking-outbound.html",
)
def private_subnet_egress(service: Resource, config: Config) -> Findings:
    """
    The service is created, its tasks stop with CannotPullContainerError one after the other, and the deployment hangs
    until somebody finds out that the subnet has no way out.
    """
    assert service.stack
    value = service.get(_TASKS[service.type])
    if closed := [subnet.name for subnet in _subnets(value) if _is_closed(subnet)]:
        named = " and ".join(f"'{name}'" for name in closed)
        yield Violation(
            value,
            f"{value.path} names {named}, from which no route leads out of the VPC: tasks there can't pull their "
            "image, read secrets or write logs.",
        )


def _is_closed(subnet: Resource) -> bool:
    """Whether nothing leads out of a subnet: neither a route nor an endpoint of its VPC."""
    assert subnet.stack
    table = _route_table(subnet)
    if table is None or table.type == _DEFAULT_VPC or subnet.type == _DEFAULT_SUBNET or _may_have_others(table):
        return False
    endpoints = [
        endpoint
        for vpc in subnet.stack.targets(subnet.get("vpcId"), *_VPCS)
        for endpoint in subnet.stack.referrers(vpc, _ENDPOINT, "vpcId")
    ]
    return not endpoints and not any(True for _ in _routes(table))


def _subnets(value: Value) -> list[Resource]:
    """The subnets of this stack that a property names, in an order that is the same every time."""
    assert value.resource.stack
    named = [] if value.is_empty else value.resource.stack.targets(value, *_SUBNETS)
    return sorted(named, key=lambda subnet: subnet.name)


def _names_others(value: Value, subnets: list[Resource]) -> bool:
    """Whether a property may name subnets beside those of this stack."""
    return not subnets or (isinstance(value.raw, list) and len(value.raw) > len(subnets))


def _zone(subnet: Resource) -> str:
    """The availability zone of a subnet; empty where it is unknown, or left to AWS."""
    return subnet.output("availabilityZone").text or subnet.output("availabilityZoneId").text


def _way_out(subnet: Resource) -> str | None:
    """How the internet reaches a subnet, in a few words; empty where it does not, None where that is unknown yet."""
    # https://docs.aws.amazon.com/vpc/latest/userguide/default-subnet.html: public, as is the default VPC's main table.
    if subnet.type == _DEFAULT_SUBNET:
        return "a default subnet"
    table = _route_table(subnet)
    if table is None:
        return None
    if table.type == _DEFAULT_VPC:
        return "in the default VPC"
    is_open = None if _may_have_others(table) else False
    for gateway in (route.get("gatewayId") for route in _routes(table)):
        if gateway.text.startswith("igw-"):
            return f"routed to {gateway.text}"
        assert subnet.stack
        gateways = subnet.stack.targets(gateway, _INTERNET_GATEWAY)
        if gateways and not gateway.is_empty:
            return f"routed to the internet gateway '{gateways[0].name}'"
        if gateway.is_unknown and not gateway.source_urns:
            is_open = None
    return "" if is_open is False else None


def _route_table(subnet: Resource) -> Resource | None:
    """
    The route table of a subnet; the VPC stands for its main one where that is no resource. None where it is not known.
    """
    assert subnet.stack
    stack = subnet.stack
    if associations := stack.referrers(subnet, _ASSOCIATION, "subnetId"):
        tables = stack.targets(associations[0].get("routeTableId"), *_TABLES, *_VPCS)
        return tables[0] if tables else None
    vpcs = stack.targets(subnet.get("vpcId"), *_VPCS)
    if not vpcs or stack.unresolved(_ASSOCIATION, "subnetId", *_SUBNETS):
        return None
    [vpc, *_] = vpcs
    if mains := stack.referrers(vpc, _MAIN_ASSOCIATION, "vpcId"):
        tables = stack.targets(mains[0].get("routeTableId"), *_TABLES)
        return tables[0] if tables else None
    return next(iter(stack.referrers(vpc, _DEFAULT_TABLE, "defaultRouteTableId")), vpc)


def _routes(table: Resource) -> Iterator[Resource | Value]:
    """The routes of a route table: its own, and the resources that add to it."""
    assert table.stack
    if table.type in _TABLES:
        yield from table.each("routes[]")
    yield from table.stack.referrers(table, _ROUTE, "routeTableId")


def _may_have_others(table: Resource) -> bool:
    """Whether routes of this stack may turn out to be the table's."""
    assert table.stack
    return bool(table.stack.unresolved(_ROUTE, "routeTableId", *_TABLES, *_VPCS))


_NOT_PUBLIC: Final = Requirement("publiclyAccessible", ("false",), absent_is_right=always)
_EXPOSED: Final[Mapping[str, Requirement]] = {
    **dict.fromkeys(
        (
            "aws:rds/instance:Instance",
            "aws:rds/clusterInstance:ClusterInstance",
            "aws:neptune/clusterInstance:ClusterInstance",
            "aws:redshift/cluster:Cluster",
            "aws:redshiftserverless/workgroup:Workgroup",
            "aws:dms/replicationInstance:ReplicationInstance",
            "aws:mq/broker:Broker",
            "aws:timestreaminfluxdb/dbInstance:DbInstance",
            "aws:lightsail/database:Database",
        ),
        _NOT_PUBLIC,
    ),
    "aws:neptunegraph/graph:Graph": Requirement("publicConnectivity", ("false",), absent_is_right=always),
    "aws:msk/cluster:Cluster": Requirement(
        "brokerNodeGroupInfo.connectivityInfo.publicAccess.type", ("DISABLED",), absent_is_right=always
    ),
    "aws:opensearch/domain:Domain": Requirement("vpcOptions.subnetIds", ()),
    "aws:elasticsearch/domain:Domain": Requirement("vpcOptions.subnetIds", ()),
    "aws:ecs/service:Service": Requirement(
        "networkConfiguration.assignPublicIp",
        ("false",),
        absent_is_right=always,
        note="In private subnets the tasks reach the internet by a NAT gateway.",
    ),
    "aws:ecs/taskSet:TaskSet": Requirement("networkConfiguration.assignPublicIp", ("false",), absent_is_right=always),
    "aws:sagemaker/notebookInstance:NotebookInstance": Requirement("directInternetAccess", ("Disabled",)),
}


@policy(
    id="public-exposure",
    title="Databases, brokers, search domains and tasks have no public address",
    types=_EXPOSED,
    severity="critical",
    fix="Keep it inside the VPC.",
    frameworks=("FSBP RDS.2", "FSBP Redshift.1", "FSBP DMS.1", "FSBP Opensearch.2", "FSBP ECS.2", "FSBP SageMaker.1"),
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
)
def public_exposure(resource: Resource, config: Config) -> Findings:
    """
    What has a public address is one security group rule away from everybody on the internet, and where no group guards
    it, strangers try its login around the clock.
    """
    yield from _EXPOSED[resource.type].check(resource, "it gets an address that the whole internet can reach")
