"""Security groups: what their rules open, and what uses them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple

from policypack.model import Resource, Value, remembered
from policypack.network.addresses import PublicAddress, public_addresses
from policypack.network.ports import Ports, opened_ports

GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
GROUPS: Final = (GROUP, DEFAULT_GROUP)
RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
LOAD_BALANCERS: Final = ("aws:lb/loadBalancer:LoadBalancer", "aws:elb/loadBalancer:LoadBalancer")
VPC_ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
_PREFIX_LIST: Final = "aws:ec2/managedPrefixList:ManagedPrefixList"
_PREFIX_LIST_ENTRY: Final = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
# What an unknown address may come from without being one of the internet's.
_OWN_ADDRESSES: Final = frozenset(
    {
        "aws:ec2/vpc:Vpc",
        "aws:ec2/defaultVpc:DefaultVpc",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/defaultSubnet:DefaultSubnet",
        "aws:ec2/eip:Eip",
        "aws:ec2/natGateway:NatGateway",
    }
)
# Where resources other than data stores name their security groups.
_USERS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(LOAD_BALANCERS, ("securityGroups",)),
    VPC_ENDPOINT: ("securityGroupIds",),
    "aws:ec2/instance:Instance": ("vpcSecurityGroupIds", "securityGroups"),
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": ("vpcSecurityGroupIds", "securityGroups"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("vpcSecurityGroupIds", "networkInterfaces"),
    "aws:ec2/launchConfiguration:LaunchConfiguration": ("securityGroups",),
    "aws:ec2/networkInterface:NetworkInterface": ("securityGroups",),
    "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment": ("securityGroupId",),
    "aws:ecs/service:Service": ("networkConfiguration",),
    "aws:ecs/taskSet:TaskSet": ("networkConfiguration",),
    "aws:lambda/function:Function": ("vpcConfig",),
    "aws:eks/cluster:Cluster": ("vpcConfig",),
    "aws:efs/mountTarget:MountTarget": ("securityGroups",),
    "aws:batch/computeEnvironment:ComputeEnvironment": ("computeResources",),
    "aws:apprunner/vpcConnector:VpcConnector": ("securityGroups",),
    "aws:codebuild/project:Project": ("vpcConfig",),
    "aws:mq/broker:Broker": ("securityGroups",),
    "aws:msk/cluster:Cluster": ("brokerNodeGroupInfo",),
    "aws:opensearch/domain:Domain": ("vpcOptions",),
    "aws:elasticsearch/domain:Domain": ("vpcOptions",),
    "aws:transfer/server:Server": ("endpointDetails",),
    "aws:dms/replicationInstance:ReplicationInstance": ("vpcSecurityGroupIds",),
    "aws:apigatewayv2/vpcLink:VpcLink": ("securityGroupIds",),
}

Direction = Literal["ingress", "egress"]


class Reach(NamedTuple):
    """The addresses of a rule that are as good as the whole internet, and those that may turn out to be."""

    public: list[PublicAddress]
    unknown: list[Value]


@dataclass(frozen=True)
class Opening:
    """One thing that a group lets through: the addresses at the other end, the protocol, and the ports."""

    addresses: list[Value]
    prefix_lists: list[Resource]
    """The prefix lists of this stack; AWS's own lists are of its services, and others are not seen."""
    protocol: Value
    first: Value
    last: Value

    @cached_property
    def ports(self) -> Ports | None:
        """The ports that are opened; None where they are unknown."""
        return opened_ports(self.protocol, self.first, self.last)

    @property
    def shown(self) -> str:
        """The ports as a message may show them."""
        is_secret = self.protocol.is_secret or self.first.is_secret or self.last.is_secret
        return "ports that are secret" if is_secret else str(self.ports)

    @property
    def unknown_port(self) -> Value:
        """What keeps the ports unknown, where they are."""
        return next(value for value in (self.protocol, self.first, self.last) if value.is_unknown)

    @cached_property
    def reach(self) -> Reach:
        """Which of the addresses are the whole internet."""
        reaches = [_reach(self.addresses), *map(_reach_of_list, self.prefix_lists)]
        return Reach(
            [each for reach in reaches for each in reach.public], [each for reach in reaches for each in reach.unknown]
        )


def openings(resource: Resource, direction: Direction) -> Iterator[Opening]:
    """What a security group or a rule lets through in a direction."""
    if resource.type in (INGRESS_RULE, EGRESS_RULE):
        addresses = [resource.get("cidrIpv4"), resource.get("cidrIpv6")]
        lists = resource.get("prefixListId").targets(_PREFIX_LIST)
        yield Opening(addresses, lists, resource.get("ipProtocol"), resource.get("fromPort"), resource.get("toPort"))
        return
    rules: list[Resource | Value] = []
    if resource.type in GROUPS:
        rules += resource.each(f"{direction}[]")
    elif resource.get("type").text in (direction, ""):
        rules.append(resource)
    # All rules inside a group share the dependencies of one property: each list is looked for once.
    seen: dict[str, _Named] = {}
    for rule in rules:
        addresses = [*rule.each("cidrBlocks[]"), *rule.each("ipv6CidrBlocks[]")]
        lists = []
        for named in rule.each("prefixListIds[]"):
            if named.text not in seen:
                seen[named.text] = _named_lists(named)
            if seen[named.text].is_suspect:
                addresses.append(named)
            lists += seen[named.text].lists
        yield Opening(addresses, lists, rule.get("protocol"), rule.get("fromPort"), rule.get("toPort"))


class _Named(NamedTuple):
    """What the id of a prefix list names, and whether it may name a list that lets the whole internet in."""

    lists: list[Resource]
    is_suspect: bool


def _named_lists(value: Value) -> _Named:
    lists = value.targets(_PREFIX_LIST)
    if len(lists) == 1 or value.is_known:
        return _Named(lists, False)
    # Several rules name lists whose ids are unknown yet: which of them names which is not known either.
    return _Named([], any(any(_reach_of_list(each)) for each in lists))


def groups_of(resource: Resource) -> list[Resource]:
    """The security group itself, or that of a rule."""
    return [resource] if resource.type in GROUPS else resource.get("securityGroupId").targets(*GROUPS)


@remembered
def users_of(group: Resource) -> list[Resource]:
    """What uses a security group, apart from databases and caches."""
    return [user for type_, properties in _USERS.items() for user in group.referrers(type_, *properties)]


@remembered
def entries_of(prefix_list: Resource) -> list[Value]:
    """The networks of a prefix list: those inside of it, and those of resources that add to it."""
    added = prefix_list.referrers(_PREFIX_LIST_ENTRY, "prefixListId")
    return [*prefix_list.each("entries[].cidr"), *(entry.get("cidr") for entry in added)]


def is_of_own_network(address: Value) -> bool:
    """Whether an address that is unknown yet is one of the stack's own network."""
    # Rules inside a group share the dependencies of that one property, and those on groups are of other rules.
    types = address.dependency_types - {*GROUPS}
    return bool(types) and types <= _OWN_ADDRESSES


def _reach(addresses: list[Value]) -> Reach:
    unknown = [address for address in addresses if address.is_unknown and not is_of_own_network(address)]
    return Reach(public_addresses(addresses), unknown)


@remembered
def _reach_of_list(prefix_list: Resource) -> Reach:
    return _reach(entries_of(prefix_list))
