"""Availability: several Availability Zones, failover and backups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.model import Resource
from policypack.policy import resource_policy
from policypack.requirement import Predicate, Requirement, either, has, is_set, lacks, never
from policypack.verdict import Undecided, Verdicts, Violation

_REPLICATION_GROUP: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
_BROKER: Final = "aws:mq/broker:Broker"
_FILE_SYSTEM: Final = "aws:efs/fileSystem:FileSystem"
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

# Whether a resource is in more than one zone; each of these is in one by default (the provider's documentation).
_SETTINGS: Final[Mapping[str, Requirement]] = {
    # Aurora's instances are in the zones of their cluster; Express is the edition of SQL Server without a standby:
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_SQLServerMultiAZ.html
    "aws:rds/instance:Instance": Requirement(
        "multiAz",
        unless=either(is_set("replicateSourceDb"), has("engine", *_AURORA, "sqlserver-ex")),
        note="The standby is billed like a second instance.",
    ),
    # A secondary group takes the settings of the primary one:
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Redis-Global-Datastores-Getting-Started.html
    _REPLICATION_GROUP: Requirement(
        "multiAzEnabled",
        unless=is_set("globalReplicationGroupId"),
        note="It needs automaticFailoverEnabled true and a replica of each primary node, which is billed as well.",
    ),
    # Redis has one node here.
    "aws:elasticache/cluster:Cluster": Requirement(
        "azMode",
        wanted=("cross-az",),
        unless=lacks("engine", "memcached"),
        note="It needs numCacheNodes of 2 or more.",
    ),
    "aws:dms/replicationInstance:ReplicationInstance": Requirement("multiAz"),
    _BROKER: Requirement("deploymentMode", wanted=("ACTIVE_STANDBY_MULTI_AZ", "CLUSTER_MULTI_AZ"), note=_REPLACES),
    "aws:opensearch/domain:Domain": _ZONE_AWARENESS,
    "aws:elasticsearch/domain:Domain": _ZONE_AWARENESS,
    "aws:fsx/ontapFileSystem:OntapFileSystem": _FSX,
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": _FSX,
    "aws:fsx/windowsFileSystem:WindowsFileSystem": _FSX,
    "aws:timestreaminfluxdb/dbInstance:DbInstance": Requirement("deploymentType", wanted=("WITH_MULTIAZ_STANDBY",)),
}

# https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/rabbitmq-sizing-guidelines.html
_RABBITMQ: Final = Requirement(
    "deploymentMode",
    wanted=("CLUSTER_MULTI_AZ",),
    note=f'A cluster cannot have the hostInstanceType "mq.t3.micro". {_REPLACES}',
)

# What a resource needs at least so many of to be in more than one zone, in whichever of the properties it is given.
_COUNTS: Final[Mapping[str, tuple[int, tuple[str, ...]]]] = {
    # One replica by default (the provider's documentation).
    "aws:memorydb/cluster:Cluster": (1, ("numReplicasPerShard",)),
    "aws:dax/cluster:Cluster": (2, ("replicationFactor",)),
    "aws:lb/loadBalancer:LoadBalancer": (2, ("subnets", "subnetMappings")),
    "aws:elb/loadBalancer:LoadBalancer": (2, ("subnets", "availabilityZones")),
    "aws:autoscaling/group:Group": (2, ("vpcZoneIdentifiers", "availabilityZones")),
    "aws:networkfirewall/firewall:Firewall": (2, ("subnetMappings", "availabilityZoneMappings")),
    "aws:lambda/function:Function": (2, ("vpcConfig.subnetIds",)),
}


@resource_policy(
    id="multi-az",
    title="Databases, load balancers and other resources use more than one Availability Zone",
    types=[*_SETTINGS, *_COUNTS, _FILE_SYSTEM],
    severity="high",
    enforcement="advisory",
    fix="Use two or more Availability Zones.",
    frameworks=(
        "FSBP RDS.5",
        "FSBP ELB.10",
        "FSBP ELB.13",
        "FSBP AutoScaling.2",
        "FSBP DMS.13",
        "FSBP FSx.3",
        "FSBP FSx.4",
        "FSBP FSx.5",
        "FSBP Lambda.5",
        "Security Hub MQ.5",
        "Security Hub MQ.6",
        "Security Hub NetworkFirewall.1",
    ),
    url="https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_fault_isolation_multiaz_region_system.html",
)
def multi_az(resource: Resource, config: Config) -> Verdicts:
    """
    When the zone fails, the service is down until the zone is back or the service is rebuilt elsewhere. With a single
    copy of the data, the latest changes may be lost.
    """
    if resource.type == _BROKER and resource.get("engineType").text.lower() == "rabbitmq":
        yield from _RABBITMQ.check(resource, _ONE_ZONE)
    elif resource.type in _SETTINGS:
        yield from _SETTINGS[resource.type].check(resource, _ONE_ZONE)
    elif resource.type == _FILE_SYSTEM:
        zone = resource.get("availabilityZoneName")
        if zone.is_unknown:
            yield Undecided(zone)
        elif not zone.is_unset:
            fix = f"Leave {zone.path} out. {_REPLACES}"
            yield Violation(zone, f"{zone.path} is {zone.shown}: {_ONE_ZONE}.", fix=fix)
    elif not _is_required_by_aws(resource):
        yield from _check_count(resource, *_COUNTS[resource.type])


def _is_required_by_aws(resource: Resource) -> bool:
    """Whether AWS refuses the resource in a single zone, which is for required-zones to report."""
    is_balancer = resource.type == "aws:lb/loadBalancer:LoadBalancer"
    return is_balancer and has("loadBalancerType", "", "application")(resource) is True


def _check_count(resource: Resource, least: int, paths: tuple[str, ...]) -> Verdicts:
    given = [value for value in map(resource.get, paths) if not value.is_absent and value.raw != []]
    for value in given[:1]:
        is_list = isinstance(value.raw, list)
        count = len(value.raw) if is_list else value.number
        if value.is_unknown:
            # A list may be unknown as a whole, as when it is made from several outputs.
            if sum(source.type in _SUBNETS for source in value.dependencies) < least:
                yield Undecided(value)
        elif count is not None and count < least:
            wanted = (
                f"Add entries of other Availability Zones to {value.path}, {least} or more in all"
                if is_list
                else f"Set {value.path} to {least} or more; each node is billed"
            )
            yield Violation(value, f"{value.path} is {value.shown}: {_ONE_ZONE}.", fix=f"{wanted}.")


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
    frameworks=("FSBP RDS.15", "Security Hub Neptune.9"),
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


@dataclass(frozen=True, slots=True)
class _Retention:
    """
    For how many days a resource's backups are kept.

    :param path: the property that says so.
    :param default: what leaving it out means.
    :param least: the fewest days, for what is no database; None: those of the config.
    :param unless: resources that the question does not concern.
    :param inherits: resources for which leaving it out means what was set where their data comes from.
    :param note: what to know before making the change, in one sentence.
    """

    path: str
    default: int
    least: int | None = None
    unless: Predicate = never
    inherits: Predicate = never
    note: str = ""


_IS_REPLICA: Final = is_set("replicationSourceIdentifier")
# The defaults are those of the provider's documentation; where that has none (ONTAP, OpenZFS), of its source.
_RETENTION: Final[Mapping[str, _Retention]] = {
    "aws:rds/instance:Instance": _Retention(
        "backupRetentionPeriod",
        0,
        unless=either(is_set("replicateSourceDb"), has("engine", *_AURORA)),
        inherits=is_set("snapshotIdentifier", "restoreToPointInTime"),
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.Enabling.html
        note="Turning backups on, which a change from 0 does, makes an existing database unavailable for a short time.",
    ),
    "aws:rds/cluster:Cluster": _Retention("backupRetentionPeriod", 1, unless=_IS_REPLICA),
    "aws:docdb/cluster:Cluster": _Retention("backupRetentionPeriod", 1),
    "aws:docdb/elasticCluster:ElasticCluster": _Retention("backupRetentionPeriod", 1),
    "aws:neptune/cluster:Cluster": _Retention("backupRetentionPeriod", 1, unless=_IS_REPLICA),
    "aws:redshift/cluster:Cluster": _Retention("automatedSnapshotRetentionPeriod", 1),
    "aws:memorydb/cluster:Cluster": _Retention("snapshotRetentionLimit", 0),
    "aws:dynamodb/table:Table": _Retention(
        "pointInTimeRecovery.recoveryPeriodInDays", 35, unless=lacks("pointInTimeRecovery.enabled", "true")
    ),
    "aws:fsx/ontapFileSystem:OntapFileSystem": _Retention("automaticBackupRetentionDays", 0),
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": _Retention("automaticBackupRetentionDays", 0),
    "aws:fsx/windowsFileSystem:WindowsFileSystem": _Retention("automaticBackupRetentionDays", 7),
    # A cache is filled again from elsewhere: any backup will do.
    _REPLICATION_GROUP: _Retention("snapshotRetentionLimit", 0, least=1, unless=is_set("globalReplicationGroupId")),
    # Memcached has no backups, members of a group have the group's.
    "aws:elasticache/cluster:Cluster": _Retention(
        "snapshotRetentionLimit",
        0,
        least=1,
        unless=either(lacks("engine", "redis", "valkey"), has("nodeType", "cache.t1.micro")),
    ),
    "aws:elasticache/serverlessCache:ServerlessCache": _Retention(
        "snapshotRetentionLimit", 0, least=1, unless=has("engine", "memcached")
    ),
}
# Backups that are on or off; off by default (the provider's documentation).
_SWITCHES: Final[Mapping[str, Requirement]] = {
    "aws:dynamodb/table:Table": Requirement("pointInTimeRecovery.enabled"),
    "aws:keyspaces/table:Table": Requirement("pointInTimeRecovery.status", wanted=("ENABLED",)),
    "aws:efs/backupPolicy:BackupPolicy": Requirement("backupPolicy.status", wanted=("ENABLED",)),
}


class BackupConfig(Config):
    """Config of backup-retention."""

    min_days: Annotated[
        int, Meta(ge=1, le=35, description="The fewest days that backups must be kept; for caches, one day is enough.")
    ] = 7


@resource_policy(
    id="backup-retention",
    title="Databases, file systems and caches have backups that are kept long enough",
    types={**_RETENTION, **_SWITCHES},
    severity="high",
    enforcement="advisory",
    fix="Turn automatic backups on.",
    frameworks=(
        "FSBP RDS.11",
        "FSBP DocumentDB.2",
        "FSBP Neptune.5",
        "FSBP Redshift.3",
        "FSBP ElastiCache.1",
        "FSBP DynamoDB.2",
    ),
    url="https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_backing_up_data_automated_backups_data.html",
)
def backup_retention(resource: Resource, config: BackupConfig) -> Verdicts:
    """
    A bad migration or a deletion by mistake is often noticed days later: without an older backup, the data is lost for
    good.
    """
    if switch := _SWITCHES.get(resource.type):
        yield from switch.check(resource, "there is no backup to restore from")
    if retention := _RETENTION.get(resource.type):
        yield from _check_retention(resource, retention, retention.least or config.min_days)


def _check_retention(resource: Resource, retention: _Retention, least: int) -> Verdicts:
    days = resource.get(retention.path)
    is_inherited = days.is_absent and bool(retention.inherits(resource))
    if is_inherited:
        if not resource.is_in_stack:
            yield Undecided(days, "the database keeps the setting of what it is restored from")
            return
        # What was taken over shows once the database is there.
        days = resource.output(retention.path)
        if days.is_absent:
            return
    moot = retention.unless(resource)
    kept = retention.default if days.is_absent else days.number or 0
    if moot or (not days.is_unknown and kept >= least):
        return
    if days.is_unknown:
        yield Undecided(days)
    elif moot is None:
        yield Undecided(days, "other values that are unknown yet decide whether it is needed")
    else:
        meaning = f", which means {retention.default}" if days.is_absent else ""
        if is_inherited:
            meaning = ", as in what it was restored from"
        yield Violation(
            days,
            f"{days.path} is {days.shown}{meaning}; backups must be kept for at least {_days(least)}.",
            fix=" ".join(filter(None, (f"Set {days.path} to {least} or more{_or_config(retention)}.", retention.note))),
        )


def _or_config(retention: _Retention) -> str:
    return "" if retention.least else ", or lower minDays of this policy"


def _days(number: int) -> str:
    return "one day" if number == 1 else f"{number} days"
