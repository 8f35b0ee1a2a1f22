"""What the internet reaches, and by which way: security groups, load balancers, instances and tasks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Final, NamedTuple

from policypack.model import Resource, Stack, Value, remembered
from policypack.network.ports import NO_PORTS
from policypack.network.security_groups import GROUPS, INGRESS_RULE, LOAD_BALANCERS, RULE, openings
from policypack.network.subnets import Access, reachability, subnets_of

BALANCER, CLASSIC_BALANCER = LOAD_BALANCERS
LISTENER: Final = "aws:lb/listener:Listener"
LISTENER_RULE: Final = "aws:lb/listenerRule:ListenerRule"
TARGET_GROUP: Final = "aws:lb/targetGroup:TargetGroup"
TARGET: Final = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
INSTANCE: Final = "aws:ec2/instance:Instance"
INSTANCES: Final = (INSTANCE, "aws:ec2/spotInstanceRequest:SpotInstanceRequest")
SERVICES: Final = ("aws:ecs/service:Service", "aws:ecs/taskSet:TaskSet")
SCALING_GROUP: Final = "aws:autoscaling/group:Group"
_SCALING_ATTACHMENT: Final = "aws:autoscaling/attachment:Attachment"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
CONFIGURATION: Final = "aws:ec2/launchConfiguration:LaunchConfiguration"
APP_RUNNER: Final = "aws:apprunner/service:Service"
NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
_INTERFACE: Final = "aws:ec2/networkInterface:NetworkInterface"
_INTERFACE_GROUP: Final = (
    "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment",
    "networkInterfaceId",
)
_INTERFACE_ATTACHMENT: Final = "aws:ec2/networkInterfaceAttachment:NetworkInterfaceAttachment"
_DEFAULT_SUBNET: Final = "aws:ec2/defaultSubnet:DefaultSubnet"
_ELASTIC_IPS: Final = (("aws:ec2/eip:Eip", "instance"), ("aws:ec2/eipAssociation:EipAssociation", "instanceId"))
_INTERFACE_IPS: Final = (
    ("aws:ec2/eip:Eip", "networkInterface"),
    ("aws:ec2/eipAssociation:EipAssociation", "networkInterfaceId"),
)
_TEMPLATE_SUBNETS: Final = "networkInterfaces[].subnetId"
# Where the security groups of instances are named.
_GROUPS_OF_INSTANCES: Final = ("vpcSecurityGroupIds", "securityGroups")
_GROUPS_AT: Final[Mapping[str, tuple[str, ...]]] = {
    TEMPLATE: ("vpcSecurityGroupIds", "networkInterfaces[].securityGroups"),
    CONFIGURATION: ("securityGroups",),
}

Gate = bool | Value
"""Whether something holds; the value that decides it, where that is unknown or outside of this stack."""


class Way(NamedTuple):
    """
    A way on which the internet reaches something, or a part of one.

    :param steps: the resources on the way, in its order, in words that a message may show.
    :param doubt: the value that decides whether it is a way, because it is unknown or names what is not in this stack;
        None where it surely is one.
    """

    steps: tuple[str, ...]
    doubt: Value | None = None

    def then(self, *steps: str) -> Way:
        """The same way, and on."""
        return Way((*self.steps, *steps), self.doubt)

    def through(self, gate: Gate) -> Way | None:
        """The same way, if the gate is open."""
        if gate is False:
            return None
        return self if gate is True or self.doubt else Way(self.steps, gate)


def surest(ways: Iterable[Way | None]) -> Way | None:
    """The first of several ways that surely is one, else the first; None where there is none."""
    doubtful = None
    for way in ways:
        if way and not way.doubt:
            return way
        doubtful = doubtful or way
    return doubtful


def is_on(value: Value, *, otherwise: Gate = False) -> Gate:
    """Whether a switch is on; `otherwise` where it is not set."""
    return value if value.is_unknown else value.is_true if value.text else otherwise


# Security groups


class _Open(NamedTuple):
    """The ports that one rule of a security group opens to the internet, and the step of a path that this is."""

    first: int
    last: int
    step: str


class Doors:
    """What a security group lets in from the whole internet."""

    def __init__(self, group: Resource) -> None:
        self._group = group
        self._doubt = _rule_of_any_group(group.stack)
        found: list[_Open] = []
        rules = (group, *(each for type_ in (RULE, INGRESS_RULE) for each in group.referrers(type_, "securityGroupId")))
        for opening in (each for rule in rules for each in openings(rule, "ingress")):
            public, unknown = opening.reach
            if opening.ports == NO_PORTS:
                continue
            if public and opening.ports:
                step = f"security group '{group.name}' ({opening.shown} open to {public[0].at.shown})"
                found.append(_Open(opening.ports.first, opening.ports.last, step))
            elif public or unknown:
                self._doubt = self._doubt or (opening.unknown_port if public else unknown[0])
        found.sort()
        self._firsts = [each.first for each in found]
        # Up to each, the one that goes on the longest: a port is open if that one includes it.
        self._longest = list(accumulate(found, _longer))

    def way(self, port: int | None = None) -> Way | None:
        """How the internet gets in on a port; None stands for any port."""
        index = len(self._firsts) if port is None else bisect_right(self._firsts, port)
        longest = self._longest[index - 1] if index else None
        if longest and (port is None or longest.last >= port):
            return Way((longest.step,))
        return Way((f"security group '{self._group.name}'",), self._doubt) if self._doubt else None


def _longer(one: _Open, other: _Open) -> _Open:
    return other if other.last > one.last else one


@remembered
def doors_of(group: Resource) -> Doors:
    """What a security group lets in from the whole internet."""
    return Doors(group)


@remembered
def _rule_of_any_group(stack: Stack) -> Value | None:
    """What names the group of the first rule that lets the internet into a group that is not known."""
    rules = (rule for type_ in (RULE, INGRESS_RULE) for rule in stack.unresolved(type_, "securityGroupId", *GROUPS))
    open_ = (rule for rule in rules if any(any(opening.reach) for opening in openings(rule, "ingress")))
    return next((rule.get("securityGroupId") for rule in open_), None)


def way_through_groups(value: Value, port: int | None = None) -> Way | None:
    """How the internet gets through the security groups that a property names: one that lets it in is enough."""
    if value.is_unset:
        return None  # the VPC's default group lets nobody in but its members
    groups = value.targets(*GROUPS)
    named = 1 if value.is_unknown or not isinstance(value.raw, list) else len(value.raw)
    others = Way(("a security group that is not in this stack",), value) if len(groups) < named else None
    return surest((*(doors_of(group).way(port) for group in groups), others))


# Subnets


class _Place(NamedTuple):
    """The way into a subnet, and whether what starts there gets a public address."""

    way: Way
    assigns_address: Gate


# https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html: the subnets of the default VPC are public, and
# instances in them get public addresses, where nobody has changed that.
_DEFAULT_PLACE: Final = _Place(Way(("default VPC",)), True)


def _place(value: Value, is_list: bool = True) -> _Place | None:
    """The first of the subnets that a property names which the internet reaches."""
    subnets = subnets_of(value, None if is_list else [value])
    for subnet in subnets.which(lambda each: reachability(each).access is Access.PUBLIC):
        step = f"subnet '{subnet.name}' ({reachability(subnet).way})"
        by_default = subnet.type == _DEFAULT_SUBNET
        return _Place(Way((step,)), is_on(subnet.get("mapPublicIpOnLaunch"), otherwise=by_default))
    kinds = {reachability(subnet).access for subnet in subnets.candidates}
    is_open = subnets.is_partial or subnets.has_others or not kinds <= {Access.PRIVATE}
    return _Place(Way(("subnets",), value), value) if is_open else None


# Load balancers


@remembered
def _way_to_listener(listener: Resource) -> Way | None:
    """How the internet reaches a listener, be it through a Network Load Balancer in front of an Application one."""
    if asks_to_sign_in(listener):
        return None
    balancers = listener.get("loadBalancerArn").targets(BALANCER)
    if not balancers:
        return Way((f"listener '{listener.name}'",), listener.get("loadBalancerArn"))
    direct = (_direct_way(balancer, listener.get("port")) for balancer in balancers)
    return surest((*direct, *map(_way_through_network_balancer, balancers)))


def asks_to_sign_in(listener: Resource) -> bool:
    """Whether only who has signed in gets further than a listener."""
    return any(kind.text.startswith(("authenticate-", "jwt-")) for kind in listener.each("defaultActions[].type"))


@remembered
def _way_through_network_balancer(balancer: Resource) -> Way | None:
    """How the internet reaches an Application Load Balancer that is the target of a Network Load Balancer."""
    ways = (
        _together(_direct_way(front, listener.get("port")), Way((f"target group '{group.name}'",)))
        for group in target_groups_of(balancer)
        for listener in group.referrers(LISTENER, "defaultActions")
        for front in listener.get("loadBalancerArn").targets(BALANCER)
    )
    way = surest(ways)
    return way.then(f"load balancer '{balancer.name}'") if way else None


def _direct_way(balancer: Resource, port: Value) -> Way | None:
    """How the internet reaches a port of a load balancer of either kind, without another one in front of it."""
    kind, internal = balancer.get("loadBalancerType") if balancer.type == BALANCER else None, balancer.get("internal")
    if internal.is_true or (kind and kind.text == "gateway"):
        return None
    groups = balancer.get("securityGroups")
    if groups.is_unset and kind and (kind.text == "network" or kind.is_unknown):
        way: Way | None = Way((), kind if kind.is_unknown else None)  # a Network Load Balancer may have none
    else:
        way = way_through_groups(groups, None if port.number is None else int(port.number))
    if not way or _is_in_private_subnets(balancer):
        return None
    listening = "" if port.is_unknown or port.is_unset else f" (listener on port {port.shown})"
    return way.then(f"load balancer '{balancer.name}'{listening}").through(internal if internal.is_unknown else True)


@remembered
def _is_in_private_subnets(balancer: Resource) -> bool:
    """Whether each subnet of a load balancer is in this stack, and none is public."""
    mapped = list(balancer.each("subnetMappings[].subnetId")) if balancer.type == BALANCER else []
    subnets = subnets_of(balancer.get("subnetMappings"), mapped) if mapped else subnets_of(balancer.get("subnets"))
    kinds = {reachability(subnet).access for subnet in subnets.candidates}
    return kinds == {Access.PRIVATE} and not subnets.is_partial and not subnets.has_others


@remembered
def way_to_target_group(group: Resource) -> Way | None:
    """How the internet reaches a target group, through a listener or one of its rules."""
    way = surest(_ways_to_target_group(group))
    return way.then(f"target group '{group.name}'") if way else None


def _ways_to_target_group(group: Resource) -> Iterator[Way | None]:
    yield from map(_way_to_listener, listeners_of(group))
    for rule in group.referrers(LISTENER_RULE, "actions"):
        if not (arn := rule.get("listenerArn")).targets(LISTENER):
            yield Way((f"listener rule '{rule.name}'",), arn)


def listeners_of(group: Resource) -> Iterator[Resource]:
    """The listeners of this stack that pass requests on to a target group, by themselves or by one of their rules."""
    yield from group.referrers(LISTENER, "defaultActions")
    for rule in group.referrers(LISTENER_RULE, "actions"):
        yield from rule.get("listenerArn").targets(LISTENER)


@remembered
def _way_to_classic(balancer: Resource) -> Way | None:
    ports = (listener.get("lbPort") for listener in balancer.each("listeners[]"))
    return surest(_direct_way(balancer, port) for port in ports)


def target_groups_of(target: Resource) -> Iterator[Resource]:
    """The target groups of this stack that pass requests on to a workload, a function or a load balancer."""
    for attachment in target.referrers(TARGET, "targetId"):
        yield from attachment.get("targetGroupArn").targets(TARGET_GROUP)
    named = [target.get("loadBalancers")] if target.type in SERVICES else []
    if target.type == SCALING_GROUP:
        attached = target.referrers(_SCALING_ATTACHMENT, "autoscalingGroupName")
        named += [target.get("targetGroupArns"), target.get("trafficSources")]
        named += [each.get("lbTargetGroupArn") for each in attached]
    yield from (group for value in named for group in value.targets(TARGET_GROUP))


def ways_through_targets(target: Resource) -> Iterator[Way | None]:
    """How the internet reaches what is in target groups: a workload or a function."""
    return map(way_to_target_group, target_groups_of(target))


# What runs code


@remembered
def way_to(workload: Resource) -> Way | None:
    """
    How the internet reaches an instance, a group of instances, the nodes of an EKS cluster, an ECS service or task set,
    or an App Runner service.

    :returns: the way, which begins behind the internet and ends with the workload; None where there is none.
    """
    if workload.type in INSTANCES:
        kind, way = "instance", surest(_ways_to_instance(workload))
    elif workload.type == SCALING_GROUP:
        kind, way = "Auto Scaling group", surest(_ways_to_scaling_group(workload))
    elif workload.type == NODE_GROUP:
        kind, way = "node group", surest(_ways_to_node_group(workload))
    elif workload.type in SERVICES:
        kind, way = "service", surest(_ways_to_service(workload))
    else:
        ingress = workload.get("networkConfiguration.ingressConfiguration")
        is_public = is_on(ingress.get("isPubliclyAccessible"), otherwise=True)
        kind, way = "App Runner service", Way(()).through(is_public)
    return way.then(f"{kind} '{workload.name}'") if way else None


def templates_of(workload: Resource) -> list[Resource]:
    """The launch templates and launch configurations by which instances start."""
    named = [workload.get("launchTemplate")]
    if workload.type == SCALING_GROUP:
        named += [workload.get("mixedInstancesPolicy"), workload.get("launchConfiguration")]
    return [template for value in named for template in value.targets(TEMPLATE, CONFIGURATION)]


def _ways_to_instance(instance: Resource) -> Iterator[Way | None]:
    specified = [instance, *templates_of(instance)]
    place = _place_of_instance(specified)
    has_elastic_ip = any(instance.referrers(type_, prop) for type_, prop in _ELASTIC_IPS)
    yield from _by_address(place, has_elastic_ip or _assigned_address(specified, place), specified)
    yield from map(_way_to_interface, _interfaces_of(instance))
    yield from ways_through_targets(instance)
    yield from map(_way_to_classic, instance.referrers(CLASSIC_BALANCER, "instances"))
    for attachment in instance.referrers("aws:elb/attachment:Attachment", "instance"):
        yield from map(_way_to_classic, attachment.get("elb").targets(CLASSIC_BALANCER))


def _interfaces_of(instance: Resource) -> Iterator[Resource]:
    """The network interfaces of this stack that are attached to an instance."""
    for name in ("networkInterfaces", "primaryNetworkInterface"):
        yield from instance.get(name).targets(_INTERFACE)
    yield from instance.referrers(_INTERFACE, "attachments")
    for attachment in instance.referrers(_INTERFACE_ATTACHMENT, "instanceId"):
        yield from attachment.get("networkInterfaceId").targets(_INTERFACE)


def _way_to_interface(interface: Resource) -> Way | None:
    """How the internet reaches a network interface: only an Elastic IP address makes one public."""
    place = _place(interface.get("subnetId"), is_list=False)
    if not place or not any(interface.referrers(type_, prop) for type_, prop in _INTERFACE_IPS):
        return None
    named = [interface.get("securityGroups")]
    named += [each.get("securityGroupId") for each in interface.referrers(*_INTERFACE_GROUP)]
    ways = (_together(place.way, way_through_groups(groups)) for groups in named)
    way = surest(ways)
    return way.then(f"network interface '{interface.name}'") if way else None


def _ways_to_node_group(group: Resource) -> Iterator[Way | None]:
    """
    How the internet reaches the nodes of an EKS cluster themselves. EKS opens port 22 to everybody where a key for SSH
    is set, and no security group of those who may connect:
    https://docs.aws.amazon.com/eks/latest/APIReference/API_RemoteAccessConfig.html
    """
    place = _place(group.get("subnetIds"))
    templates = group.get("launchTemplate").targets(TEMPLATE)
    address = _assigned_address(templates, place)
    yield from _by_address(place, address, templates)
    remote = group.get("remoteAccess")
    if place and not remote.get("ec2SshKey").is_unset:
        clients = remote.get("sourceSecurityGroupIds")
        way = place.way.through(address)
        yield way and way.then("remoteAccess (port 22 open to 0.0.0.0/0)").through(
            clients if clients.is_unknown else clients.is_unset
        )


def _place_of_instance(specified: list[Resource]) -> _Place | None:
    """Where an instance is, by itself or its templates; None also where network interfaces of their own decide it."""
    instance, *templates = specified
    subnets = [instance.get("subnetId")]
    subnets += [value for each in templates if each.type == TEMPLATE for value in each.each(_TEMPLATE_SUBNETS)]
    if named := next((value for value in subnets if not value.is_unset), None):
        return _place(named, is_list=False)
    has_primary = instance.type == INSTANCE and not instance.get("primaryNetworkInterface").is_unset
    return None if has_primary or not instance.get("networkInterfaces").is_unset else _DEFAULT_PLACE


def _ways_to_scaling_group(group: Resource) -> Iterator[Way | None]:
    zones = group.get("vpcZoneIdentifiers")
    specified = templates_of(group)
    place = _DEFAULT_PLACE if zones.is_unset else _place(zones)
    yield from _by_address(place, _assigned_address(specified, place), specified)
    yield from ways_through_targets(group)
    attached = group.referrers(_SCALING_ATTACHMENT, "autoscalingGroupName")
    classic = [group.get("loadBalancers"), *(each.get("elb") for each in attached)]
    yield from (_way_to_classic(each) for value in classic for each in value.targets(CLASSIC_BALANCER))


def _assigned_address(specified: list[Resource], place: _Place | None) -> Gate:
    """Whether instances get a public address: by what starts them, or else by their subnet."""
    path = "associatePublicIpAddress"
    values = [
        value
        for each in specified
        for value in each.each(f"networkInterfaces[].{path}" if each.type == TEMPLATE else path)
    ]
    said = next((value for value in values if value.text or value.is_unknown), None)
    return is_on(said) if said else place.assigns_address if place else False


def _by_address(place: _Place | None, address: Gate, specified: list[Resource]) -> Iterator[Way | None]:
    if not place:
        return
    for each in specified:
        for path in _GROUPS_AT.get(each.type, _GROUPS_OF_INSTANCES):
            for groups in each.each(path):
                yield _together(place.way.through(address), way_through_groups(groups))


def _together(*parts: Way | None) -> Way | None:
    """The way that leads through all parts; None where one of them is none."""
    found = [part for part in parts if part]
    if len(found) < len(parts):
        return None
    doubts = (part.doubt for part in found if part.doubt)
    return Way(tuple(step for part in found for step in part.steps), next(doubts, None))


def _ways_to_service(service: Resource) -> Iterator[Way | None]:
    place = _place(service.get("networkConfiguration.subnets"))
    if place:
        address = is_on(service.get("networkConfiguration.assignPublicIp"))
        yield _together(
            place.way.through(address), way_through_groups(service.get("networkConfiguration.securityGroups"))
        )
    yield from ways_through_targets(service)
    yield from map(_way_to_classic, service.get("loadBalancers").targets(CLASSIC_BALANCER))
