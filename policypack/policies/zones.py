"""Availability Zones: how many of them subnets span, and how many AWS requires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.model import Resource, Value
from policypack.network.subnets import PLACED, Subnets, is_in_region, subnets_of, zone_of
from policypack.policy import resource_policy
from policypack.requirement import Predicate, is_set, lacks, never
from policypack.verdict import Undecided, Verdicts, Violation


@dataclass(frozen=True, slots=True)
class _Required:
    """
    What AWS requires subnets of two Availability Zones for.

    :param paths: the properties that name them, of which one is set; each as in Value.each.
    :param what: what AWS refuses, in a few words.
    :param unless: resources that may be in a single zone.
    """

    paths: tuple[str, ...]
    what: str
    unless: Predicate = never


_LOAD_BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
_REQUIRED: Final[Mapping[str, _Required]] = {
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
    "aws:rds/subnetGroup:SubnetGroup": _Required(("subnetIds[]",), "a DB subnet group"),
    # https://docs.aws.amazon.com/documentdb/latest/developerguide/document-db-subnet-groups.html
    "aws:docdb/subnetGroup:SubnetGroup": _Required(("subnetIds[]",), "a subnet group of DocumentDB"),
    # https://docs.aws.amazon.com/neptune/latest/userguide/get-started-vpc.html
    "aws:neptune/subnetGroup:SubnetGroup": _Required(("subnetIds[]",), "a subnet group of Neptune"),
    # https://docs.aws.amazon.com/dms/latest/userguide/subnet-group.html
    "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup": _Required(("subnetIds[]",), "a replication subnet group"),
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
    _LOAD_BALANCER: _Required(
        ("subnets[]", "subnetMappings[].subnetId"),
        "an Application Load Balancer",
        unless=lacks("loadBalancerType", "", "application"),
    ),
    # https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html; a local cluster on Outposts has one.
    "aws:eks/cluster:Cluster": _Required(("vpcConfig.subnetIds[]",), "an EKS cluster", unless=is_set("outpostConfig")),
    # https://docs.aws.amazon.com/msk/1.0/apireference/clusters.html
    "aws:msk/cluster:Cluster": _Required(("brokerNodeGroupInfo.clientSubnets[]",), "an MSK cluster"),
    # https://docs.aws.amazon.com/directoryservice/latest/devguide/API_DirectoryVpcSettings.html
    "aws:directoryservice/directory:Directory": _Required(("vpcSettings.subnetIds[]",), "a directory"),
    # https://docs.aws.amazon.com/mwaa/latest/userguide/networking-about.html
    "aws:mwaa/environment:Environment": _Required(("networkConfiguration.subnetIds[]",), "an Airflow environment"),
}


@resource_policy(
    id="required-zones",
    title="Resources that AWS requires in two Availability Zones have subnets in two",
    needs_stack=True,
    types=_REQUIRED,
    severity="high",
    fix="Name subnets in two Availability Zones.",
    url="https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html",
)
def required_zones(resource: Resource, config: Config) -> Verdicts:
    """The preview passes, but AWS refuses the resource, and the update stops halfway."""
    required = _REQUIRED[resource.type]
    exempt = required.unless(resource)
    for path in required.paths:
        value = resource.get(path.partition("[]")[0])
        if exempt or value.is_unset:
            continue
        elements = list(resource.each(path))
        subnets = subnets_of(value, elements)
        if not all(map(is_in_region, subnets.candidates)):
            continue  # on an Outpost and in a Local Zone, one subnet is enough
        zones = _zones(subnets)
        is_single = not value.is_unknown and len({each.text or each.path for each in elements}) == 1
        if exempt is None and (is_single or len(zones) < 2):
            yield Undecided(value, "the kind of load balancer decides whether it needs two Availability Zones")
        elif is_single:
            yield _refused(value, f"names {_one_subnet(zones)}", required.what)
        elif len(zones) == 1 and _is_told(subnets):
            yield _refused(value, f"names subnets of {_counted(zones)} only", required.what)
        elif len(zones) < 2 and _is_undecided(subnets):
            yield Undecided(value, "are these subnets in two Availability Zones?")


def _refused(value: Value, names: str, what: str) -> Violation:
    return Violation(
        value,
        f"{value.path} {names}: AWS refuses {what} without subnets in two Availability Zones.",
        fix=f"Add a subnet in another Availability Zone to {value.path}.",
    )


class ZonesConfig(Config):
    """Config of subnet-zones."""

    min_zones: Annotated[
        int, Meta(ge=1, le=6, description="In how many Availability Zones the subnets have to be.")
    ] = 2


@resource_policy(
    id="subnet-zones",
    title="Subnet groups, tasks and functions span Availability Zones",
    needs_stack=True,
    types=PLACED,
    severity="medium",
    enforcement="advisory",
    fix="Name subnets of several Availability Zones.",
    url="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html",
)
def subnet_zones(resource: Resource, config: ZonesConfig) -> Verdicts:
    """
    An Availability Zone can fail as a whole. With all subnets in one, neither tasks nor a standby database have
    anywhere else to run.
    """
    value = resource.get(PLACED[resource.type])
    if value.is_unset or _has_one_zone_by_choice(resource):
        return
    subnets = subnets_of(value)
    zones = _zones(subnets)
    count = len(value.raw) if isinstance(value.raw, list) else config.min_zones
    at_least = f"at least {config.min_zones} are required"
    if min(count, len(zones) or count) < 2 and resource.type in _REQUIRED:
        return  # AWS refuses it, which is for required-zones to report
    if count < config.min_zones:
        names = _one_subnet(zones) if count == 1 else f"{count} subnets, of {count} Availability Zones at most"
        yield Violation(value, f"{value.path} names {names}; {at_least}.", fix=_how_to_add(value, config.min_zones))
    elif len(zones) < config.min_zones:
        if _is_told(subnets):
            yield Violation(
                value,
                f"{value.path} names subnets of {_counted(zones)}; {at_least}.",
                fix=_how_to_add(value, config.min_zones),
            )
        elif _is_undecided(subnets):
            yield Undecided(value, "in which Availability Zones are these subnets?")


def _has_one_zone_by_choice(resource: Resource) -> bool:
    """A search domain without zone awareness takes one subnet; that it should have it is said by multi-az."""
    is_search = resource.type in ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
    return is_search and not resource.get("clusterConfig.zoneAwarenessEnabled").is_true


def _zones(subnets: Subnets) -> dict[str, str]:
    """The Availability Zones of subnets, each as it is and as a message may show it."""
    return {zone.text: zone.shown for zone in map(zone_of, subnets.candidates) if zone.text}


def _is_told(subnets: Subnets) -> bool:
    """Whether the stack tells the zones of all subnets."""
    is_complete = not subnets.is_partial and not subnets.has_others
    return is_complete and all(zone_of(subnet).text for subnet in subnets.candidates)


def _is_undecided(subnets: Subnets) -> bool:
    """Whether a value that is unknown yet tells more."""
    return subnets.is_partial or any(
        zone_of(subnet).is_unknown or not subnet.output("id").text for subnet in subnets.candidates
    )


def _one_subnet(zones: Mapping[str, str]) -> str:
    return (
        "a single subnet, of one Availability Zone" if not zones else f"a single subnet ({next(iter(zones.values()))})"
    )


def _counted(zones: Mapping[str, str]) -> str:
    shown: Sequence[str] = sorted(zones.values())
    return f"{len(zones)} Availability Zone{'s' * (len(zones) > 1)} ({', '.join(shown)})"


def _how_to_add(value: Value, least: int) -> str:
    return f"Name subnets of {least} or more Availability Zones in {value.path}."
