"""Network: what security groups let in and out."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Final, Literal

from msgspec import Meta

from policypack.config import Config
from policypack.data.ports import ENGINE_PORTS
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
_DEFAULT_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
_INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_EGRESS_RULE: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
_PREFIX_LIST: Final = "aws:ec2/managedPrefixList:ManagedPrefixList"
_PREFIX_LIST_ENTRY: Final = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
_LOAD_BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
_LISTENER: Final = "aws:lb/listener:Listener"
_HTTP: Final = 80
_ALL_PORTS: Final = range(65536)
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html: for ICMP, the ports are its types;
# protocols other than these are open on all ports, whatever ports are written.
_ICMP: Final = ("icmp", "icmpv6", "1", "58")
_WITH_PORTS: Final = ("tcp", "udp", "6", "17")
# A network with a shorter prefix is too large to be one's own: the largest private one is 10.0.0.0/8.
_PUBLIC_PREFIXES: Final = {4: 8, 6: 16}
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


@dataclass(frozen=True)
class _Store:
    """
    A kind of data store that security groups guard.

    :param groups: where it names its groups.
    :param port: where it has its port; empty where that cannot be chosen.
    :param usual: the ports that it has by default; none where its engine decides.
    :param engine: where it names its engine.
    """

    groups: str
    port: str = "port"
    usual: tuple[int, ...] = ()
    engine: str = "engine"


_SERVERLESS_CACHE: Final = "aws:elasticache/serverlessCache:ServerlessCache"
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Security.html and each service's guide
_STORES: Final[Mapping[str, _Store]] = {
    "aws:rds/instance:Instance": _Store("vpcSecurityGroupIds"),
    "aws:rds/cluster:Cluster": _Store("vpcSecurityGroupIds"),
    "aws:rds/proxy:Proxy": _Store("vpcSecurityGroupIds", port="", engine="engineFamily"),
    "aws:docdb/cluster:Cluster": _Store("vpcSecurityGroupIds", usual=(27017,)),
    "aws:neptune/cluster:Cluster": _Store("vpcSecurityGroupIds", usual=(8182,)),
    "aws:redshift/cluster:Cluster": _Store("vpcSecurityGroupIds", usual=(5439,)),
    "aws:redshiftserverless/workgroup:Workgroup": _Store("securityGroupIds", usual=(5439,)),
    "aws:elasticache/replicationGroup:ReplicationGroup": _Store("securityGroupIds", usual=(6379,)),
    "aws:elasticache/cluster:Cluster": _Store("securityGroupIds"),
    _SERVERLESS_CACHE: _Store("securityGroupIds", port=""),
    "aws:memorydb/cluster:Cluster": _Store("securityGroupIds", usual=(6379,)),
    # Without and with encryption in transit: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.html
    "aws:dax/cluster:Cluster": _Store("securityGroupIds", port="", usual=(8111, 9111)),
}


@dataclass(frozen=True)
class _Opening:
    """One thing that a group lets through: the addresses at the other end, the protocol, and the ports."""

    addresses: list[Value]
    protocol: Value
    first: Value
    last: Value

    @property
    def extent(self) -> tuple[Value, Value, Value]:
        """What says which ports are opened."""
        return self.protocol, self.first, self.last

    @property
    def ports(self) -> range | None:
        """The ports that are opened; none for ICMP, None where they are unknown."""
        if any(value.is_unknown for value in self.extent):
            return None
        if self.protocol.text.lower() in _ICMP:
            return range(0)
        if self.protocol.text.lower() not in _WITH_PORTS or self.first.number is None:
            return _ALL_PORTS
        return range(int(self.first.number), int(self.last.number or self.first.number) + 1)

    @property
    def shown(self) -> str:
        """The ports as a message may show them."""
        if any(value.is_secret for value in self.extent):
            return "ports that are secret"
        return _shown(self.ports or range(0))


class IngressConfig(Config):
    """Config of security-group-ingress."""

    allowed_ports: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=65535)], ...],
        Meta(
            description="The ports on which anybody may connect. Port 80 needs not be among them where load balancers "
            "of the stack only redirect from it."
        ),
    ] = (443,)


@resource_policy(
    id="security-group-ingress",
    title="Security groups let the internet in on the allowed ports only",
    needs_stack=True,
    types=(_GROUP, _DEFAULT_GROUP, _RULE, _INGRESS_RULE),
    severity="critical",
    fix="Name the security group or the network that is to connect, or close the port.",
    frameworks=(
        "FSBP EC2.18",
        "FSBP EC2.19",
        "Security Hub EC2.13",
        "Security Hub EC2.14",
        "Security Hub EC2.53",
        "Security Hub EC2.54",
    ),
    url="https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
)
def security_group_ingress(resource: Resource, config: IngressConfig) -> Verdicts:
    """
    Scanners find an open SSH, database or admin port within hours, and from then on a weak password or an unpatched
    hole is enough to get in.
    """
    allowed = set(config.allowed_ports)

    def is_allowed(port: int) -> bool:
        return port in allowed or (port == _HTTP and _only_redirect(_http_actions(resource)))

    for found in _open_to_the_world(_openings(resource, "ingress"), is_allowed):
        if isinstance(found, Undecided):
            yield found
            continue
        address, shown = found
        is_http = shown == f"port {_HTTP}"
        unknown = [action for action in _http_actions(resource) if action.get("type").is_unknown] if is_http else []
        if unknown:
            yield Undecided(unknown[0], "does it only redirect to HTTPS?")
            continue
        yield Violation(
            address,
            f"{address.path} is {address.shown} for {shown}: anybody may connect; the ports allowed for that "
            f"are {_named(allowed)}.",
            fix="Let the load balancer's listener on port 80 only redirect to HTTPS, or close the port."
            if is_http
            else "",
        )


class EgressConfig(Config):
    """Config of security-group-egress."""

    allowed_ports: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=65535)], ...],
        Meta(description="The ports of any host on the internet to which connections may be made."),
    ] = (443,)


@resource_policy(
    id="security-group-egress",
    title="Security groups let traffic out to the internet on the allowed ports only",
    needs_stack=True,
    types=(_GROUP, _DEFAULT_GROUP, _RULE, _EGRESS_RULE),
    severity="low",
    enforcement="disabled",
    fix="Name the security group or the network that is connected to, or the port.",
    url="https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
)
def security_group_egress(resource: Resource, config: EgressConfig) -> Verdicts:
    """
    Whoever gets into a host can fetch tools from anywhere and send the data anywhere, and nothing stands in the way.
    """
    allowed = set(config.allowed_ports)
    for found in _open_to_the_world(_openings(resource, "egress"), allowed.__contains__):
        if isinstance(found, Undecided):
            yield found
            continue
        address, shown = found
        yield Violation(
            address,
            f"{address.path} is {address.shown} for {shown}: data may go anywhere; the ports allowed for that "
            f"are {_named(allowed)}.",
        )


class DatabaseIngressConfig(Config):
    """Config of database-ingress."""

    allowed_networks: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[0-9a-fA-F.:]+/\d{1,3}$", examples=["10.8.0.0/16"])], ...],
        Meta(
            description='Networks that may connect, such as ["10.8.0.0/16"] of a VPN, whose hosts have no security '
            "group here."
        ),
    ] = ()

    def __post_init__(self) -> None:
        """Refuses what looks like a network and is none."""
        for network in self.allowed_networks:
            try:
                ipaddress.ip_network(network, strict=False)
            except ValueError:
                raise ValueError(f"config key 'allowedNetworks': {network!r} is no network") from None


@resource_policy(
    id="database-ingress",
    title="Databases and caches let in security groups only, on their own port",
    needs_stack=True,
    types=(_GROUP, _DEFAULT_GROUP, _RULE, _INGRESS_RULE),
    severity="medium",
    enforcement="advisory",
    fix="Name the security group of those who connect, and the database's port.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html",
)
def database_ingress(resource: Resource, config: DatabaseIngressConfig) -> Verdicts:
    """
    Where a whole network may connect, one compromised host in it is enough to try passwords and exploits on the
    database.
    """
    stores = [store for group in _groups(resource) for store in _stores(group)]
    if not stores:
        return
    names = " and ".join(f"'{store.name}'" for store in stores)
    allowed = [ipaddress.ip_network(network, strict=False) for network in config.allowed_networks]
    for opening in _openings(resource, "ingress"):
        if opening.ports == range(0):
            continue  # ICMP connects to nothing
        for address in opening.addresses:
            # What the whole internet reaches is another policy's to report.
            if address.is_unset or _is_public(address) or _is_within(address, allowed):
                continue
            # An unknown one is a network still where it is that of the stack's own VPC or subnet; a list may be empty.
            if address.is_unknown and (allowed or "[]" in address.path or _is_public(address) is None):
                yield Undecided(address, f"does it let a network connect to {names}?")
            else:
                yield Violation(
                    address,
                    f"{address.path} is {address.shown}: a whole network may connect to {names}.",
                    fix="Name the security group of those who connect in its place.",
                )
        yield from _beyond_their_ports(opening, stores, names)


def _beyond_their_ports(opening: _Opening, stores: list[Resource], names: str) -> Verdicts:
    """What an opening lets through beside the ports on which the data stores listen."""
    wanted = {port for store in stores for port in _ports(store)}
    ports = opening.ports
    if ports is None:
        unknown = next(value for value in opening.extent if value.is_unknown)
        yield Undecided(unknown, f"is it the port of {names} alone?")
    elif all(port in wanted for port in ports):
        return
    elif None in wanted and len(ports) <= len(wanted):
        store = next(store for store in stores if None in _ports(store))
        unknown = store.get(_STORES[store.type].port or _STORES[store.type].engine)
        yield Undecided(unknown, f"is it what {opening.first.path} and {opening.last.path} open?")
    else:
        is_told = None not in wanted and not any(_is_secret(store) for store in stores)
        listed = _named({port for port in wanted if port}) if is_told else "the database's own port"
        yield Violation(
            opening.first,
            f"{opening.first.path} and {opening.last.path} open {opening.shown} of {names}, where {listed} is enough.",
            fix=f"Set both to {listed}, and {opening.protocol.path} to tcp." if len(wanted) == 1 else "",
        )


def _stores(group: Resource) -> list[Resource]:
    """The data stores that a security group guards."""
    return [store for type_, kind in _STORES.items() for store in group.referrers(type_, kind.groups)]


def _ports(store: Resource) -> tuple[int | None, ...]:
    """The ports on which a data store listens; None for one that is unknown."""
    kind = _STORES[store.type]
    if kind.port:
        asked = store.get(kind.port)
        if asked.is_unknown:
            return (None,)
        # A replica has that of its source, which is known once it is there.
        if number := asked.number or store.output(kind.port).number:
            return (int(number),)
    if kind.usual:
        return kind.usual
    engine = store.get(kind.engine).text.lower().removeprefix("custom-")
    port = next((number for name, number in ENGINE_PORTS.items() if engine.startswith(name)), None)
    # The second is for reading: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/set-up.html
    return (port, port + 1) if port and store.type == _SERVERLESS_CACHE else (port,)


def _is_secret(store: Resource) -> bool:
    port = _STORES[store.type].port
    return bool(port) and store.get(port).is_secret


def _is_within(address: Value, networks: list[IPv4Network | IPv6Network]) -> bool:
    try:
        own = ipaddress.ip_network(address.text, strict=False)
    except ValueError:
        return False
    return any(own.version == each.version and own.subnet_of(each) for each in networks)  # type: ignore[arg-type]


def _open_to_the_world(
    openings: Iterable[_Opening], is_allowed: Callable[[int], bool]
) -> Iterator[tuple[Value, str] | Undecided]:
    """Each address that is the whole internet, with its ports where not all are allowed; or what is unknown yet."""
    for opening in openings:
        ports = opening.ports
        for address in opening.addresses:
            is_public = _is_public(address)
            if is_public is False or (ports is not None and all(map(is_allowed, ports))):
                continue
            if is_public is None:
                yield Undecided(address, "is it the whole internet?")
            elif ports is None:
                unknown = next(value for value in opening.extent if value.is_unknown)
                yield Undecided(unknown, "is the port one that the internet may reach?")
            else:
                yield address, opening.shown


def _openings(resource: Resource, direction: Literal["ingress", "egress"]) -> Iterator[_Opening]:
    if resource.type in (_INGRESS_RULE, _EGRESS_RULE):
        addresses = [resource.get("cidrIpv4"), resource.get("cidrIpv6"), *_listed(resource.get("prefixListId"))]
        yield _Opening(addresses, resource.get("ipProtocol"), resource.get("fromPort"), resource.get("toPort"))
    elif resource.type == _RULE:
        if resource.get("type").text in (direction, ""):
            yield _Opening(
                _addresses(resource), resource.get("protocol"), resource.get("fromPort"), resource.get("toPort")
            )
    else:
        for rule in resource.each(f"{direction}[]"):
            yield _Opening(_addresses(rule), rule.get("protocol"), rule.get("fromPort"), rule.get("toPort"))


def _addresses(rule: Resource | Value) -> list[Value]:
    lists = [entry for each in rule.each("prefixListIds[]") for entry in _listed(each)]
    return [*rule.each("cidrBlocks[]"), *rule.each("ipv6CidrBlocks[]"), *lists]


def _listed(prefix_list: Value) -> list[Value]:
    """The networks of a prefix list of this stack; AWS's own lists are of its services, and others are not seen."""
    stack = prefix_list.resource.stack
    assert stack
    return [
        cidr
        for each in stack.targets(prefix_list, _PREFIX_LIST)
        for cidr in (
            *each.each("entries[].cidr"),
            *(entry.get("cidr") for entry in stack.referrers(each, _PREFIX_LIST_ENTRY, "prefixListId")),
        )
    ]


def _is_public(source: Value) -> bool | None:
    """Whether a network is as good as the whole internet; None where it is unknown."""
    if source.is_unknown:
        # Rules inside a group share the dependencies of that one property: those on groups are of other rules.
        types = {each.type for each in source.dependencies} - {_GROUP, _DEFAULT_GROUP}
        return False if types and types <= _OWN_ADDRESSES else None
    try:
        network = ipaddress.ip_network(source.text, strict=False)
    except ValueError:
        return False  # absent, or nothing that AWS would take
    return network.prefixlen < _PUBLIC_PREFIXES[network.version]


def _groups(resource: Resource) -> list[Resource]:
    """The security group itself, or that of a rule."""
    if resource.type in (_GROUP, _DEFAULT_GROUP):
        return [resource]
    return resource.get("securityGroupId").targets(_GROUP, _DEFAULT_GROUP)


def _http_actions(resource: Resource) -> list[Value]:
    """What the listeners on port 80 do by default, of those load balancers whose security group it is."""
    stack = resource.stack
    balancers = [
        each for group in _groups(resource) for each in stack.referrers(group, _LOAD_BALANCER, "securityGroups")
    ]
    listeners = [each for balancer in balancers for each in stack.referrers(balancer, _LISTENER, "loadBalancerArn")]
    return [
        action for each in listeners if each.get("port").number == _HTTP for action in each.each("defaultActions[]")
    ]


def _only_redirect(actions: list[Value]) -> bool:
    """Whether there are actions, and they do nothing but redirect to HTTPS or turn away with a fixed answer."""
    return bool(actions) and all(
        action.get("type").text.lower() == "fixed-response"
        or (action.get("type").text.lower() == "redirect" and action.get("redirect.protocol").text.upper() == "HTTPS")
        for action in actions
    )


def _named(ports: Collection[int]) -> str:
    return ", ".join(map(str, sorted(ports))) or "none"


def _shown(ports: range) -> str:
    if ports == _ALL_PORTS:
        return "all ports"
    return f"port {ports[0]}" if len(ports) == 1 else f"ports {ports[0]} to {ports[-1]}"
