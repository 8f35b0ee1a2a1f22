"""Placement: which resources the internet can reach by where they are, and in how many zones they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Final, NamedTuple

from msgspec import Meta

from policypack.config import Config
from policypack.model import Resource, Value, type_of
from policypack.policy import resource_policy
from policypack.requirement import Requirement, always, either, is_set, lacks
from policypack.verdict import Undecided, Verdicts, Violation

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


@resource_policy(
    id="private-placement",
    title="Databases, caches, tasks and functions run in private subnets",
    needs_stack=True,
    types=(*_PLACED, *_STORES),
    severity="high",
    fix="Name private subnets: those whose route table has no route to an internet gateway.",
    frameworks=("FSBP RDS.46",),
    url="https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html",
)
def private_placement(resource: Resource, config: Config) -> Verdicts:
    """
    In a subnet with a route to the internet, one public address and one rule too many put a database online; in a
    private subnet the same mistakes have no effect.
    """
    if resource.type in _STORES:
        yield from _default_placement(resource)
        return
    value = resource.get(_PLACED[resource.type])
    subnets = _subnets(value)
    ways = {subnet.urn: _way_out(subnet) for subnet in subnets.candidates}
    if public := subnets.which(lambda subnet: bool(ways[subnet.urn])):
        named = " and ".join(f"'{subnet.name}' ({ways[subnet.urn]})" for subnet in public)
        yield Violation(value, f"{value.path} names public subnets: {named}.")
    elif subnets.has_others or any(way != "" for way in ways.values()):
        yield Undecided(value, "are all of these subnets private?")


def _default_placement(store: Resource) -> Verdicts:
    """Data stores that name no subnet group."""
    path, elsewhere = _STORES[store.type]
    group = store.get(path)
    if group.is_unset and not is_set(*elsewhere)(store):
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


@resource_policy(
    id="subnet-zones",
    title="Subnet groups, tasks and functions span availability zones",
    needs_stack=True,
    types=_PLACED,
    severity="medium",
    enforcement="advisory",
    fix="Name a subnet of each of several availability zones.",
    url="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html",
)
def subnet_zones(resource: Resource, config: ZonesConfig) -> Verdicts:
    """
    An Availability Zone fails as a whole now and then: with all subnets in one, neither tasks nor a standby database
    have anywhere else to run.
    """
    value = resource.get(_PLACED[resource.type])
    if value.is_unset or _has_one_zone_by_choice(resource):
        return
    subnets = _subnets(value)
    places = [_zone(subnet) for subnet in subnets.candidates]
    zones = {zone.text: zone.shown for zone in places if zone.text}
    count = len(value.raw) if isinstance(value.raw, list) else config.min_zones
    at_least = f"at least {config.min_zones} zones are required"
    if count < config.min_zones:
        names = "a single subnet" if count == 1 else f"{count} subnets"
        of = "of one availability zone" if count == 1 else f"of {count} availability zones at most"
        yield Violation(value, f"{value.path} names {names}, {of}; {at_least}.")
    elif len(zones) < config.min_zones:
        if subnets.has_others or not all(zone.text for zone in places):
            yield Undecided(value, "in which availability zones are these subnets?")
        else:
            yield Violation(
                value,
                f"{value.path} names subnets of {len(zones)} availability zone{'s' * (len(zones) > 1)} "
                f"({', '.join(sorted(zones.values()))}); {at_least}.",
            )


def _has_one_zone_by_choice(resource: Resource) -> bool:
    """A search domain without zone awareness takes one subnet; that it should have it is said by multi-az."""
    is_search = resource.type in ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
    return is_search and not resource.get("clusterConfig.zoneAwarenessEnabled").is_true


@resource_policy(
    id="private-subnet-egress",
    title="Tasks in private subnets have a way to pull their image",
    needs_stack=True,
    types=("aws:ecs/service:Service", "aws:ecs/taskSet:TaskSet"),
    severity="medium",
    enforcement="advisory",
    fix="Add a route 0.0.0.0/0 with natGatewayId to the subnet's route table, or VPC endpoints for ECR, S3 and "
    "CloudWatch Logs.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/networking-outbound.html",
)
def private_subnet_egress(service: Resource, config: Config) -> Verdicts:
    """
    The service is created, its tasks stop with CannotPullContainerError one after the other, and the deployment hangs
    until somebody finds out that the subnet has no way out.
    """
    value = service.get(_TASKS[service.type])
    subnets = _subnets(value)
    closed = {subnet.urn: _is_closed(subnet) for subnet in subnets.candidates}
    if without := subnets.which(lambda subnet: closed[subnet.urn] is True):
        named = " and ".join(f"'{subnet.name}'" for subnet in without)
        yield Violation(
            value,
            f"{value.path} names {named}, from which no route leads out of the VPC: tasks there can't pull their "
            "image, read secrets or write logs.",
        )
    elif subnets.has_others or any(answer is not False for answer in closed.values()):
        yield Undecided(value, "does a route lead out of all of these subnets?")


def _is_closed(subnet: Resource) -> bool | None:
    """Whether nothing leads out of a subnet, neither a route nor an endpoint of its VPC; None where it is unknown."""
    stack = subnet.stack
    tables = _route_tables(subnet)
    if any(
        table.type in _PUBLIC_BY_DEFAULT or any(route.get("gatewayId").text != "local" for route in _routes(table))
        for table in tables
    ):
        return False
    vpcs = stack.targets(subnet.get("vpcId"), *_VPCS) if subnet.type == _SUBNET else []
    if any(stack.referrers(vpc, _ENDPOINT, "vpcId") for vpc in vpcs):
        return False
    # Where the VPC is made elsewhere, its endpoints may be too.
    is_known = tables and vpcs and not any(map(_may_have_others, tables))
    return True if is_known and not stack.unresolved(_ENDPOINT, "vpcId", *_VPCS) else None


class _Subnets(NamedTuple):
    """
    The subnets of this stack that a property names, as far as that is known.

    A property depends on more than it names where its value is made from several outputs, or from a component's:
    those of awsx.ec2.Vpc each depend on all of its subnets.
    """

    named: list[Resource]
    possible: list[Resource]
    """Those of which it names one or more; which, is not known yet."""
    has_others: bool
    """Whether it may name subnets that are not in this stack."""

    @property
    def candidates(self) -> list[Resource]:
        """Each subnet that it names or may name."""
        return [*self.named, *self.possible]

    def which(self, holds: Callable[[Resource], bool]) -> list[Resource]:
        """The named subnets for which something holds; where it holds for each possible one, those too."""
        possible = self.possible if all(map(holds, self.possible)) else []
        return [*filter(holds, self.named), *possible]


def _subnets(value: Value) -> _Subnets:
    """The subnets that a property names, in an order that is the same every time."""
    if value.is_unset:
        return _Subnets([], [], False)
    found = sorted(value.targets(*_SUBNETS), key=lambda subnet: subnet.name)
    elements = [element for _, element in value.entries()]
    texts = {element.text for element in elements if element.is_known}
    named = [subnet for subnet in found if subnet.output("id").text in texts]
    # Where every element is known, a subnet whose id is none of them is not named, whatever the property depends on.
    is_open = value.is_unknown or any(element.is_unknown for element in elements)
    others = [subnet for subnet in found if subnet not in named and (is_open or not subnet.output("id").text)]
    left = 1 if value.is_unknown else len(elements) - len(named)
    if len(others) > left:
        return _Subnets(named, others, False)
    return _Subnets([*named, *others], [], len(others) < left)


def _zone(subnet: Resource) -> Value:
    """The availability zone of a subnet; empty where it is unknown, or left to AWS."""
    name = subnet.output("availabilityZone")
    return name if name.text else subnet.output("availabilityZoneId")


def _way_out(subnet: Resource) -> str | None:
    """How the internet reaches a subnet, in a few words; empty where it does not, None where that is unknown yet."""
    ways = [_gateway_of(table) for table in _route_tables(subnet)]
    if all(ways):
        return next(iter(ways), None)
    return "" if set(ways) == {""} else None


def _gateway_of(table: Resource) -> str | None:
    """The internet gateway of a route table, as in _way_out."""
    stack = table.stack
    if table.type in _PUBLIC_BY_DEFAULT:
        return _PUBLIC_BY_DEFAULT[table.type]
    is_known = not _may_have_others(table)
    # Routes inside a table share the dependencies of that one property: each gateway is looked for once.
    named = [gateway for route in _routes(table) if not (gateway := route.get("gatewayId")).is_unset]
    for gateway in {(each.resource.urn, each.text): each for each in named}.values():
        if found := stack.targets(gateway, *_INTERNET_GATEWAYS):
            return f"routed to the internet gateway '{found[0].name}'"
        if gateway.text.startswith("igw-"):
            return f"routed to {gateway.shown}"
        if gateway.is_unknown and not _is_other_gateway(gateway):
            is_known = False
    return "" if is_known else None


def _is_other_gateway(gateway: Value) -> bool:
    """Whether a gateway that is unknown yet comes from gateways that the internet does not enter by."""
    types = {type_of(urn) for urn in gateway.dependency_urns}
    return bool(types) and types.issubset(_OTHER_GATEWAYS)


def _route_tables(subnet: Resource) -> list[Resource]:
    """
    The route tables of which one is the subnet's, nearly always a single one; none where it is not known.

    A VPC stands for its main table where that is no resource, and a default subnet for that of the default VPC.
    """
    stack = subnet.stack
    if associations := stack.referrers(subnet, _ASSOCIATION, "subnetId"):
        named = [stack.targets(each.get("routeTableId"), *_TABLES, *_VPCS) for each in associations]
        tables = [table for each in named for table in each] if all(named) else []
    elif stack.unresolved(_ASSOCIATION, "subnetId", *_SUBNETS):
        tables = []
    elif subnet.type == _DEFAULT_SUBNET:
        tables = [subnet]
    else:
        tables = stack.targets(subnet.get("vpcId"), *_VPCS)
    return [main for table in tables for main in (_main_tables(table) if table.type in _VPCS else [table])]


def _main_tables(vpc: Resource) -> list[Resource]:
    """The main route table of a VPC, as in _route_tables."""
    if mains := vpc.referrers(_MAIN_ASSOCIATION, "vpcId"):
        return vpc.stack.targets(mains[0].get("routeTableId"), *_TABLES)
    return vpc.referrers(_DEFAULT_TABLE, "defaultRouteTableId") or [vpc]


def _routes(table: Resource) -> Iterator[Resource | Value]:
    """The routes of a route table: its own, and the resources that add to it."""
    owners = [table]
    if table.type in _TABLES:
        yield from table.each("routes[]")
    if table.type == _DEFAULT_TABLE:
        owners += table.get("defaultRouteTableId").targets(*_VPCS)
    for owner in owners:
        yield from table.stack.referrers(owner, _ROUTE, "routeTableId")


def _may_have_others(table: Resource) -> bool:
    """Whether routes of this stack may turn out to be the table's."""
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
            "aws:rds/shardGroup:ShardGroup",
            "aws:timestreaminfluxdb/dbInstance:DbInstance",
            "aws:timestreaminfluxdb/dbCluster:DbCluster",
            "aws:lightsail/database:Database",
        ),
        _NOT_PUBLIC,
    ),
    # A Multi-AZ cluster without a subnet group is public; Aurora leaves it to its instances.
    # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
    "aws:rds/cluster:Cluster": Requirement(
        "publiclyAccessible",
        ("false",),
        absent_is_right=either(lacks("engine", "mysql", "postgres"), is_set("dbSubnetGroupName")),
    ),
    # https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateInstanceProfile.html: true where it is not set
    "aws:dms/instanceProfile:InstanceProfile": Requirement("publiclyAccessible", ("false",)),
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


@resource_policy(
    id="public-exposure",
    title="Databases, brokers, search domains and tasks have no public address",
    types=_EXPOSED,
    severity="critical",
    fix="Keep it inside the VPC.",
    frameworks=(
        "FSBP RDS.2",
        "FSBP Redshift.1",
        "FSBP RedshiftServerless.3",
        "FSBP DMS.1",
        "FSBP MSK.4",
        "FSBP Opensearch.2",
        "FSBP ES.2",
        "FSBP ECS.2",
        "FSBP ECS.16",
        "FSBP SageMaker.1",
    ),
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
)
def public_exposure(resource: Resource, config: Config) -> Verdicts:
    """
    What has a public address is one security group rule away from everybody on the internet, and where no group guards
    it, strangers try its login around the clock.
    """
    yield from _EXPOSED[resource.type].check(resource, "it gets an address that the whole internet can reach")


_CLUSTER: Final = "aws:eks/cluster:Cluster"


@resource_policy(
    id="eks-public-endpoint",
    title="Kubernetes API servers can be reached from named networks only",
    types=(_CLUSTER,),
    severity="high",
    enforcement="advisory",
    fix="Set vpcConfig.endpointPrivateAccess to true and vpcConfig.endpointPublicAccess to false, or name the networks "
    "that may connect in vpcConfig.publicAccessCidrs.",
    url="https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
)
def eks_public_endpoint(cluster: Resource, config: Config) -> Verdicts:
    """
    Whoever finds a hole in the API server, or a token of somebody who may use it, is in the cluster from anywhere in
    the world.
    """
    public = cluster.get("vpcConfig.endpointPublicAccess")
    networks = cluster.get("vpcConfig.publicAccessCidrs")
    # Public, and open to everybody, unless it says otherwise (the provider's documentation).
    if public.is_false:
        return
    listed = list(cluster.each("vpcConfig.publicAccessCidrs[]"))
    open_ = [network for network in listed if network.text in ("0.0.0.0/0", "::/0")]
    unknown = [network for network in listed if network.is_unknown]
    if public.is_unknown or (unknown and not open_):
        yield Undecided(public if public.is_unknown else unknown[0], "may the whole internet connect?")
    elif open_ or not listed:
        at = open_[0] if open_ else networks
        shown = at.shown if open_ else "not set"
        yield Violation(at, f"{at.path} is {shown}: the whole internet may connect.")
