"""Subnets: whether databases, tasks and functions run in private ones, and can reach what they need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policypack.config import Config
from policypack.listing import listed
from policypack.model import Resource
from policypack.network.subnets import PLACED, Access, is_isolated, reachability, subnets_of
from policypack.policy import resource_policy
from policypack.requirement import is_set
from policypack.verdict import Undecided, Verdicts, Violation

_TASKS: Final[Mapping[str, str]] = {
    "aws:ecs/service:Service": "networkConfiguration.subnets",
    "aws:ecs/taskSet:TaskSet": "networkConfiguration.subnets",
}
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
    types=(*PLACED, *_STORES),
    severity="high",
    fix="Name private subnets: those whose route table has no route to an internet gateway.",
    frameworks=("FSBP RDS.46",),
    url="https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html",
)
def private_placement(resource: Resource, config: Config) -> Verdicts:
    """
    In a subnet with a route to the internet, a public address and one mistaken security group rule expose a database to
    the whole internet. In a private subnet the same mistakes have no effect.
    """
    if resource.type in _STORES:
        yield from _default_placement(resource)
        return
    if resource.type in _TASKS and resource.get("networkConfiguration.assignPublicIp").is_true:
        return  # public-exposure reports the public address, and its fix names private subnets
    value = resource.get(PLACED[resource.type])
    subnets = subnets_of(value)
    kinds = {reachability(subnet).access for subnet in subnets.candidates}
    if public := subnets.which(lambda subnet: reachability(subnet).access is Access.PUBLIC):
        way = reachability(public[0]).way
        ways = f"({way})" if len(public) == 1 else f"(the first is {way})"
        yield Violation(
            value,
            f"{value.path} names public subnets: {listed(public)} {ways}.",
            fix=f"Set {value.path} to private subnets, whose route table has no route to an internet gateway. What "
            "runs there needs a NAT gateway or VPC endpoints for what it connects to, which are billed. For a database "
            "that exists, this may mean a new subnet group and a new database: plan the move.",
        )
    elif subnets.is_partial or not kinds <= {Access.PRIVATE, Access.ELSEWHERE}:
        yield Undecided(value, "are all of these subnets private?")


def _default_placement(store: Resource) -> Verdicts:
    """Data stores that name no subnet group."""
    path, elsewhere = _STORES[store.type]
    group = store.get(path)
    if group.is_unset and not is_set(*elsewhere)(store):
        yield Violation(
            group,
            f"{path} is {group.shown}: AWS places the resource in the default VPC, whose subnets are public.",
            fix=f"Set {path} to a subnet group of private subnets. This replaces a resource that exists: back up its "
            "data first.",
            # Nothing is open yet: its security groups decide who can connect.
            level="advisory",
        )


@resource_policy(
    id="private-subnet-egress",
    title="Tasks in private subnets can reach the registry of their image",
    needs_stack=True,
    types=_TASKS,
    severity="medium",
    enforcement="advisory",
    fix="Add a route 0.0.0.0/0 with natGatewayId to the subnet's route table, or VPC endpoints for what the tasks "
    "need: ECR (ecr.api and ecr.dkr), S3, CloudWatch Logs, Secrets Manager. NAT gateways and interface endpoints are "
    "billed by the hour.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/networking-outbound.html",
)
def private_subnet_egress(service: Resource, config: Config) -> Verdicts:
    """
    The service is created, but each of its tasks stops with CannotPullContainerError, and the deployment waits until it
    times out.
    """
    value = service.get(_TASKS[service.type])
    subnets = subnets_of(value)
    if without := subnets.which(lambda subnet: is_isolated(subnet) is True):
        yield Violation(
            value,
            f"{value.path} names {listed(without)}, from which no route leads out of the VPC: tasks there cannot pull "
            "their image, read secrets or write logs.",
        )
    elif subnets.is_partial or any(is_isolated(subnet) is not False for subnet in subnets.candidates):
        yield Undecided(value, "does a route lead out of all of these subnets?")
