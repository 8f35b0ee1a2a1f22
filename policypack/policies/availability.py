"""Availability: several Availability Zones, and failover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from policypack.config import Config
from policypack.model import Resource
from policypack.policy import resource_policy
from policypack.requirement import (
    Requirement,
    Row,
    Table,
    check_table,
    controls_of,
    either,
    has,
    is_set,
    lacks,
)
from policypack.rows import Unset
from policypack.verdict import Undecided, Verdicts, Violation

_REPLICATION_GROUP: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
_BROKER: Final = "aws:mq/broker:Broker"
_SUBNETS: Final = frozenset({"aws:ec2/subnet:Subnet", "aws:ec2/defaultSubnet:DefaultSubnet"})
_AURORA: Final = ("aurora", "aurora-mysql", "aurora-postgresql")
_ONE_ZONE: Final = "the resource is in a single Availability Zone, and unavailable when that zone fails"
_REPLACES: Final = "This replaces the resource: back up or migrate its data first."

_ZONE_AWARENESS: Final = Requirement(
    "clusterConfig.zoneAwarenessEnabled",
    note="It needs clusterConfig.instanceCount of 2 or more and, in a VPC, vpcOptions.subnetIds of two Availability "
    "Zones. An existing domain changes by a blue/green deployment.",
)
_FSX: Final = Requirement(
    "deploymentType",
    wanted=("MULTI_AZ_1", "MULTI_AZ_2"),
    note=f"It needs two subnetIds and a preferredSubnetId. {_REPLACES}",
)

# https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/rabbitmq-sizing-guidelines.html
_IS_RABBITMQ: Final = has("engineType", "rabbitmq", "RabbitMQ", "RABBITMQ")


@dataclass(frozen=True, slots=True)
class _Count(Row):
    """
    What a resource needs several of to be in more than one zone.

    :param paths: the properties in which it may be given, of which the first one that is counts.
    :param least: how many it needs.
    """

    paths: tuple[str, ...]
    least: int = 2

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """A verdict where there are fewer; none where nothing is given."""
        given = [value for value in map(resource.get, self.paths) if not value.is_absent and value.raw != []]
        for value in given[:1]:
            is_list = isinstance(value.raw, list)
            count = len(value.raw) if is_list else value.number
            if value.is_unknown:
                # A list may be unknown as a whole, as when it is made from several outputs.
                if sum(source.type in _SUBNETS for source in value.dependencies) < self.least:
                    yield Undecided(value)
            elif count is not None and count < self.least:
                wanted = (
                    f"Add entries of other Availability Zones to {value.path}, {self.least} or more in all"
                    if is_list
                    else f"Set {value.path} to {self.least} or more; each node is billed"
                )
                yield Violation(value, f"{value.path} is {value.shown}: {means}.", fix=f"{wanted}.")


# Whether a resource is in more than one zone; each of these is in one by default (the provider's documentation).
_ZONES: Final[Table] = {
    # Aurora's instances are in the zones of their cluster; Express is the edition of SQL Server without a standby:
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_SQLServerMultiAZ.html
    "aws:rds/instance:Instance": (
        Requirement(
            "multiAz",
            unless=either(is_set("replicateSourceDb"), has("engine", *_AURORA, "sqlserver-ex")),
            note="The standby is billed like a second instance.",
            controls=("FSBP RDS.5",),
        ),
    ),
    # A secondary group takes the settings of the primary one:
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Redis-Global-Datastores-Getting-Started.html
    _REPLICATION_GROUP: (
        Requirement(
            "multiAzEnabled",
            unless=is_set("globalReplicationGroupId"),
            note="It needs automaticFailoverEnabled true and a replica of each primary node, which is billed as well.",
        ),
    ),
    # Redis has one node here.
    "aws:elasticache/cluster:Cluster": (
        Requirement(
            "azMode",
            wanted=("cross-az",),
            unless=lacks("engine", "memcached"),
            note="It needs numCacheNodes of 2 or more.",
        ),
    ),
    "aws:dms/replicationInstance:ReplicationInstance": (Requirement("multiAz", controls=("FSBP DMS.13",)),),
    _BROKER: (
        Requirement(
            "deploymentMode",
            wanted=("ACTIVE_STANDBY_MULTI_AZ", "CLUSTER_MULTI_AZ"),
            unless=_IS_RABBITMQ,
            note=_REPLACES,
            controls=("Security Hub MQ.5",),
        ),
        Requirement(
            "deploymentMode",
            wanted=("CLUSTER_MULTI_AZ",),
            unless=lacks("engineType", "rabbitmq", "RabbitMQ", "RABBITMQ"),
            note=f'A cluster cannot have the hostInstanceType "mq.t3.micro". {_REPLACES}',
            controls=("Security Hub MQ.6",),
        ),
    ),
    "aws:opensearch/domain:Domain": (_ZONE_AWARENESS,),
    "aws:elasticsearch/domain:Domain": (_ZONE_AWARENESS,),
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": (replace(_FSX, controls=("FSBP FSx.3",)),),
    "aws:fsx/ontapFileSystem:OntapFileSystem": (replace(_FSX, controls=("FSBP FSx.4",)),),
    "aws:fsx/windowsFileSystem:WindowsFileSystem": (replace(_FSX, controls=("FSBP FSx.5",)),),
    "aws:timestreaminfluxdb/dbInstance:DbInstance": (Requirement("deploymentType", wanted=("WITH_MULTIAZ_STANDBY",)),),
    # One replica by default (the provider's documentation).
    "aws:memorydb/cluster:Cluster": (_Count(("numReplicasPerShard",), 1),),
    "aws:dax/cluster:Cluster": (_Count(("replicationFactor",)),),
    # AWS refuses an Application Load Balancer in a single zone, which is for required-zones to report.
    "aws:lb/loadBalancer:LoadBalancer": (
        _Count(
            ("subnets", "subnetMappings"),
            unless=lambda balancer: has("loadBalancerType", "", "application")(balancer) is True,
            controls=("FSBP ELB.13",),
        ),
    ),
    "aws:elb/loadBalancer:LoadBalancer": (_Count(("subnets", "availabilityZones"), controls=("FSBP ELB.10",)),),
    "aws:autoscaling/group:Group": (
        _Count(("vpcZoneIdentifiers", "availabilityZones"), controls=("FSBP AutoScaling.2",)),
    ),
    "aws:networkfirewall/firewall:Firewall": (
        _Count(("subnetMappings", "availabilityZoneMappings"), controls=("Security Hub NetworkFirewall.1",)),
    ),
    "aws:lambda/function:Function": (_Count(("vpcConfig.subnetIds",), controls=("FSBP Lambda.5",)),),
    "aws:efs/fileSystem:FileSystem": (Unset("availabilityZoneName", note=_REPLACES),),
}


@resource_policy(
    id="multi-az",
    title="Databases, load balancers and other resources use more than one Availability Zone",
    types=_ZONES,
    severity="high",
    enforcement="advisory",
    fix="Use two or more Availability Zones.",
    frameworks=controls_of(_ZONES),
    url="https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_fault_isolation_multiaz_region_system.html",
)
def multi_az(resource: Resource, config: Config) -> Verdicts:
    """
    When the zone fails, the service is down until the zone is back or the service is rebuilt elsewhere. With a single
    copy of the data, the latest changes may be lost.
    """
    yield from check_table(_ZONES, resource, _ONE_ZONE)


# Clusters of databases, each with its instances.
_INSTANCES: Final[Mapping[str, str]] = {
    "aws:rds/cluster:Cluster": "aws:rds/clusterInstance:ClusterInstance",
    "aws:docdb/cluster:Cluster": "aws:docdb/clusterInstance:ClusterInstance",
    "aws:neptune/cluster:Cluster": "aws:neptune/clusterInstance:ClusterInstance",
}


@resource_policy(
    id="cluster-multi-az",
    title="Database clusters have a second instance to fail over to",
    needs_stack=True,
    types=_INSTANCES,
    severity="high",
    enforcement="advisory",
    fix="Add a second ClusterInstance with the same clusterIdentifier: AWS puts it in another Availability Zone. It is "
    "billed like the first.",
    frameworks={
        "aws:rds/cluster:Cluster": ("FSBP RDS.15",),
        "aws:neptune/cluster:Cluster": ("Security Hub Neptune.9",),
    },
    url="https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_fault_isolation_multiaz_region_system.html",
)
def cluster_multi_az(cluster: Resource, config: Config) -> Verdicts:
    """
    With a single instance, none can take over when it fails: the database is unavailable until AWS has replaced the
    instance, which takes minutes instead of seconds.
    """
    type_ = _INSTANCES[cluster.type]
    instances = cluster.referrers(type_, "clusterIdentifier")
    # Serverless and Multi-AZ DB clusters have none; nor does one whose instances are in another stack.
    if len(instances) != 1:
        return
    if elsewhere := cluster.stack.unresolved(type_, "clusterIdentifier", cluster.type):
        yield Undecided(elsewhere[0].get("clusterIdentifier"), f"is it the cluster '{cluster.name}'?")
    else:
        yield Violation(
            cluster,
            f"The cluster has a single instance, '{instances[0].name}': when it fails, the database is unavailable "
            "until AWS replaces the instance. The data is kept.",
        )


@resource_policy(
    id="elasticache-failover",
    title="Redis and Valkey caches fail over to a replica",
    types=(_REPLICATION_GROUP,),
    severity="high",
    fix="Set automaticFailoverEnabled to true, and numCacheClusters to 2 or more; for a group with shards, set "
    "replicasPerNodeGroup to 1 or more. Each replica is billed like a node.",
    frameworks=("FSBP ElastiCache.3",),
    url="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html",
)
def elasticache_failover(group: Resource, config: Config) -> Verdicts:
    """
    When the primary node fails, the cache is unavailable and its content lost: sessions end, and all requests go to the
    database at once.
    """
    # A secondary group takes the settings of the primary one (see multi-az).
    if not group.get("globalReplicationGroupId").is_unset:
        return
    failover = group.get("automaticFailoverEnabled")
    if failover.is_unknown:
        yield Undecided(failover)
    elif failover.is_true:
        yield from _check_replicas(group)
    else:
        # Neither several zones nor several shards go without it (the provider's documentation).
        others = [group.get("multiAzEnabled"), group.get("numNodeGroups")]
        refused = [f"{value.path} {value.shown}" for value in others if value.is_true or (value.number or 0) > 1]
        consequence = (
            f"AWS refuses that together with {refused[0]}"
            if refused
            else "when the primary node fails, no replica takes over"
        )
        yield Violation(failover, f"{failover.path} is {failover.shown}: {consequence}.")


def _check_replicas(group: Resource) -> Verdicts:
    """Verdicts on a group that is to fail over and has nothing to fail over to."""
    nodes, replicas = group.get("numCacheClusters"), group.get("replicasPerNodeGroup")
    # Each of these may mean shards, which have replicas of their own.
    has_shards = is_set("numNodeGroups", "nodeGroupConfigurations", "clusterMode", "parameterGroupName")(group)
    if nodes.is_unknown:
        yield Undecided(nodes)
    elif nodes.is_unset and has_shards:
        if replicas.is_unknown:
            yield Undecided(replicas)
        elif replicas.number == 0 and not group.get("numNodeGroups").is_unset:
            yield Violation(
                replicas,
                f"{replicas.path} is {replicas.shown}: there is no replica to fail over to.",
                fix=f"Set {replicas.path} to 1 or more.",
            )
    elif (nodes.number or 1) < 2:
        # https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
        meaning = ", which means 1" if nodes.is_unset else ""
        yield Violation(
            nodes,
            f"{nodes.path} is {nodes.shown}{meaning}: AWS refuses automatic failover without a replica.",
            fix=f"Set {nodes.path} to 2 or more.",
        )
