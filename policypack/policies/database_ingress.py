"""Database access: who may connect to databases and caches, and on which ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.data.ports import ENGINE_PORTS
from policypack.listing import listed
from policypack.model import Resource, Value, remembered
from policypack.network.addresses import Network, is_within, parsed_network, public_addresses
from policypack.network.ports import NO_PORTS, listed_ports
from policypack.network.security_groups import (
    DEFAULT_GROUP,
    GROUP,
    INGRESS_RULE,
    RULE,
    Opening,
    entries_of,
    groups_of,
    is_of_own_network,
    openings,
    users_of,
)
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation


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
STORES: Final[Mapping[str, _Store]] = {
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
"""The databases and caches that security groups guard, by their types."""


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
        """Refuses what looks like a network but is not one."""
        for network in self.allowed_networks:
            if parsed_network(network) is None:
                raise ValueError(f"config key 'allowedNetworks': {network!r} is not a network")


@resource_policy(
    id="database-ingress",
    title="Databases and caches accept connections from security groups only, on their own port",
    needs_stack=True,
    types=(GROUP, DEFAULT_GROUP, RULE, INGRESS_RULE),
    severity="medium",
    enforcement="advisory",
    fix="Name the security group of the clients, and the database's port.",
    url="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html",
)
def database_ingress(resource: Resource, config: DatabaseIngressConfig) -> Verdicts:
    """
    Where a whole network may connect, one compromised host in that network is enough to try passwords and exploits on
    the database.
    """
    guarded = [guard for group in groups_of(resource) if (guard := _guard(group)).stores]
    allowed = tuple(network for text in config.allowed_networks if (network := parsed_network(text)))
    for guard in guarded:
        for opening in openings(resource, "ingress"):
            if opening.ports != NO_PORTS:
                yield from _networks(opening, guard, allowed)
                yield from _needless_ports(opening, guard)


class _Guard:
    """A security group's data stores, and what follows from them for each of its rules."""

    def __init__(self, group: Resource) -> None:
        self.stores = [store for type_, kind in STORES.items() for store in group.referrers(type_, kind.groups)]
        self._ports = [(store, _ports(store)) for store in self.stores]
        self._others = users_of(group) if self.stores else []

    @cached_property
    def names(self) -> str:
        """The names of the data stores."""
        return listed(self.stores)

    @cached_property
    def ports(self) -> list[int]:
        """The ports on which the data stores listen, as far as they are known, in order."""
        return sorted({port for _, ports in self._ports for port in ports if port is not None})

    @cached_property
    def undecided_port(self) -> Value | None:
        """What decides the port of the first data store whose port is unknown; None where all are known."""
        store = next((store for store, ports in self._ports if None in ports), None)
        return store.get(STORES[store.type].port or STORES[store.type].engine) if store else None

    @cached_property
    def shown_ports(self) -> str:
        """The ports as a message may tell them."""
        shown = "the database's own port" if self.undecided_port else listed_ports(self.ports)
        for store in self.stores:
            if port := STORES[store.type].port:
                shown = store.get(port).shown_as(shown, "the database's own port")
        return shown

    @cached_property
    def others(self) -> str:
        """The names of what shares the security group with the data stores; empty where nothing does."""
        return listed(self._others)


@remembered
def _guard(group: Resource) -> _Guard:
    return _Guard(group)


def _networks(opening: Opening, guard: _Guard, allowed: tuple[Network, ...]) -> Verdicts:
    """What an opening lets in by its address instead of its security group."""
    found = [_Networks(opening.addresses, allowed)]
    found += [_listed_networks(prefix_list, allowed) for prefix_list in opening.prefix_lists]
    for networks in found:
        if networks.violations:
            first, count = networks.violations[0], len(networks.violations)
            others = f", and the list has {count - 1} more" if count > 1 else ""
            yield Violation(
                first,
                f"{first.path} is {first.shown}{others}: every host in that network may connect to {guard.names}.",
                fix=f"Replace {first.path} with the security group of the clients. For clients that have none, such as "
                "those of a VPN, add their network to allowedNetworks in this policy's config.",
            )
        elif networks.unknown:
            yield Undecided(networks.unknown[0], f"does it let a network connect to {guard.names}?")


class _Networks:
    """Which of some addresses are networks that may not connect."""

    def __init__(self, addresses: Sequence[Value], allowed: tuple[Network, ...]) -> None:
        self.violations: list[Value] = []
        self.unknown: list[Value] = []
        # What the whole internet reaches is reported by security-group-ingress.
        if public_addresses(addresses):
            return
        for address in addresses:
            network = parsed_network(address.text)
            if network and not is_within(network, allowed):
                self.violations.append(address)
            elif address.is_unknown:
                # An unknown list may be empty. The address of the stack's own VPC is a network, whichever it is.
                is_network = not allowed and "[]" not in address.path and is_of_own_network(address)
                (self.violations if is_network else self.unknown).append(address)


@remembered
def _listed_networks(prefix_list: Resource, allowed: tuple[Network, ...]) -> _Networks:
    """The networks of a prefix list that may not connect, given those that may."""
    return _Networks(entries_of(prefix_list), allowed)


def _needless_ports(opening: Opening, guard: _Guard) -> Verdicts:
    """What an opening lets through beside the ports on which the data stores listen."""
    ports = opening.ports
    if ports is None:
        yield Undecided(opening.unknown_port, f"is it the port of {guard.names} alone?")
    elif ports.are_among(guard.ports):
        return
    elif guard.undecided_port and len(ports) <= len(guard.ports) + 1:
        at = guard.undecided_port
        yield Undecided(at, f"is it what {opening.first.path} and {opening.last.path} open?")
    elif guard.others:
        yield Violation(
            opening.first,
            f"{opening.first.path} and {opening.last.path} open {opening.shown} of {guard.names}, which needs "
            f"{guard.shown_ports} only; the security group also belongs to {guard.others}.",
            fix=f"Give {guard.names} a security group of its own, which opens {guard.shown_ports} to the clients' "
            "security group.",
        )
    else:
        is_one = len(guard.ports) == 1 and not guard.undecided_port
        own = "the database's own port" if "own" in guard.shown_ports else str(guard.ports[0]) if guard.ports else ""
        yield Violation(
            opening.first,
            f"{opening.first.path} and {opening.last.path} open {opening.shown} of {guard.names}, which needs "
            f"{guard.shown_ports} only.",
            fix=f"Set {opening.first.path} and {opening.last.path} to {own}, and {opening.protocol.path} to tcp."
            if is_one
            else f"Open {guard.shown_ports} only, each with a rule of its own.",
        )


def _ports(store: Resource) -> tuple[int | None, ...]:
    """The ports on which a data store listens; None for one that is unknown."""
    kind = STORES[store.type]
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
