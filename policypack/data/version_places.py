"""
Which resource types have engine versions, which properties name them, and what an upgrade requires and disrupts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from policypack.data import Dataset

_DOCS: Final = "https://docs.aws.amazon.com"

DATASETS: Final = (
    Dataset(
        "Upgrades of engines",
        "2026-11-28",
        (
            f"{_DOCS}/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html",
            f"{_DOCS}/AmazonRDS/latest/UserGuide/extended-support-creating-db-instance.html",
            f"{_DOCS}/AmazonElastiCache/latest/dg/VersionManagement.HowTo.html",
            f"{_DOCS}/opensearch-service/latest/developerguide/version-migration.html",
            f"{_DOCS}/amazon-mq/latest/developer-guide/upgrading-brokers.html",
            f"{_DOCS}/msk/latest/developerguide/version-upgrades.html",
            f"{_DOCS}/eks/latest/userguide/update-cluster.html",
        ),
        max_age=365,
    ),
)


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """
    The property by which a resource opts out of Extended Support, which is on by default.

    :param path: the property.
    :param on: its value with Extended Support.
    :param off: its value without Extended Support.
    """

    path: str
    on: str
    off: str


@dataclass(frozen=True, slots=True)
class VersionPlace:
    """
    The properties of a resource type that name its engine and version, and notes on upgrades for the fix.

    :param service: the service that offers the versions.
    :param engine: the path of the engine; empty if the type has only one engine.
    :param engines: the engines that the service offers, as patterns.
    :param default: the engine if the program names none.
    :param version: the path of the version.
    :param lifecycle: the property that opts out of Extended Support; None if the type has none.
    :param is_member: whether the resource belongs to a cluster, which has that property for it.
    :param takes_major: whether the version may be a major version, of which the service chooses the minor version.
    :param minor: sentences about an upgrade of an existing resource within its major version.
    :param major: sentences about an upgrade of an existing resource to another major version.
    :param step: what the service calls a major version.
    """

    service: str
    engine: str = "engine"
    engines: tuple[str, ...] = ()
    default: str = ""
    version: str = "engineVersion"
    lifecycle: Lifecycle | None = None
    is_member: bool = False
    takes_major: bool = False
    minor: str = ""
    major: str = ""
    step: str = "major version"


# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support-creating-db-instance.html: without it, RDS
# does not create a database whose standard support has ended.
_RDS_LIFECYCLE: Final = Lifecycle(
    "engineLifecycleSupport", on="open-source-rds-extended-support", off="open-source-rds-extended-support-disabled"
)
# https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html: without it, EKS upgrades the cluster.
_EKS_LIFECYCLE: Final = Lifecycle("upgradePolicy.supportType", on="EXTENDED", off="STANDARD")

_RDS_ENGINES: Final = (
    *("aurora-mysql", "aurora-postgresql", "mariadb", "mysql", "postgres"),
    *("custom-*", "db2-*", "oracle-*", "sqlserver-*"),
)
_RESTARTS: Final = (
    "An existing database restarts for the upgrade, in its next maintenance window or immediately with "
    "applyImmediately true."
)
_MAJOR: Final = (
    "An existing database also needs allowMajorVersionUpgrade true and, if it sets {group}, a parameter group of the "
    "new major version. It is unavailable during the upgrade, which cannot be undone: test the upgrade on a copy first."
)
_INSTANCE_MAJOR: Final = _MAJOR.format(group="parameterGroupName")
_CLUSTER_MAJOR: Final = _MAJOR.format(group="dbClusterParameterGroupName")
_OF_CLUSTER: Final = "Change engineVersion of the cluster too: its instances have the same version."
_TOGETHER: Final = "All clusters of the global cluster are upgraded together."
_CACHE: Final = (
    "An existing cache is upgraded in its next maintenance window, or immediately with applyImmediately true. The "
    "upgrade cannot be undone."
)
_CACHE_MAJOR: Final = f"{_CACHE} If the cache sets parameterGroupName, name a parameter group of the new version."
_SEARCH: Final = (
    "An existing domain is upgraded by a blue/green deployment, which cannot be undone: take a snapshot first."
)
# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers.html; it is off by default (the provider's
# documentation).
_BROKER: Final = (
    "ActiveMQ 5.18 and later and RabbitMQ 3.13 and later require autoMinorVersionUpgrade true. An existing broker "
    "restarts for the upgrade, in its next maintenance window or immediately with applyImmediately true."
)
_KAFKA: Final = "An existing cluster is upgraded one broker at a time, and the upgrade cannot be undone."
_KUBERNETES: Final = (
    "An existing cluster is upgraded one minor version at a time; upgrade its node groups and add-ons afterwards."
)
_CACHES: Final = ("memcached", "redis", "valkey")

VERSION_PLACES: Final[Mapping[str, VersionPlace]] = {
    # "you can provide a prefix of the version" where autoMinorVersionUpgrade is on (the provider's documentation).
    "aws:rds/instance:Instance": VersionPlace(
        "RDS",
        engines=_RDS_ENGINES,
        lifecycle=_RDS_LIFECYCLE,
        takes_major=True,
        minor=_RESTARTS,
        major=_INSTANCE_MAJOR,
    ),
    "aws:rds/cluster:Cluster": VersionPlace(
        "RDS", engines=_RDS_ENGINES, lifecycle=_RDS_LIFECYCLE, minor=_RESTARTS, major=_CLUSTER_MAJOR
    ),
    "aws:rds/clusterInstance:ClusterInstance": VersionPlace(
        "RDS", engines=_RDS_ENGINES, is_member=True, minor=_OF_CLUSTER, major=_OF_CLUSTER
    ),
    "aws:rds/globalCluster:GlobalCluster": VersionPlace(
        "RDS", engines=_RDS_ENGINES, lifecycle=_RDS_LIFECYCLE, minor=_TOGETHER, major=_TOGETHER
    ),
    "aws:docdb/cluster:Cluster": VersionPlace(
        "DocumentDB", engines=("docdb",), default="docdb", minor=_RESTARTS, major=_CLUSTER_MAJOR
    ),
    "aws:docdb/globalCluster:GlobalCluster": VersionPlace(
        "DocumentDB", engines=("docdb",), default="docdb", minor=_TOGETHER, major=_TOGETHER
    ),
    # A replication group is one of Redis by default (the provider's documentation); the others may be part of another.
    "aws:elasticache/replicationGroup:ReplicationGroup": VersionPlace(
        "ElastiCache", engines=_CACHES, default="redis", minor=_CACHE, major=_CACHE_MAJOR
    ),
    "aws:elasticache/cluster:Cluster": VersionPlace("ElastiCache", engines=_CACHES, minor=_CACHE, major=_CACHE_MAJOR),
    "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup": VersionPlace(
        "ElastiCache", engines=_CACHES, minor=_CACHE, major=_CACHE_MAJOR
    ),
    "aws:opensearch/domain:Domain": VersionPlace(
        "OpenSearch Service", engine="", default="opensearch", minor=_SEARCH, major=_SEARCH
    ),
    "aws:elasticsearch/domain:Domain": VersionPlace(
        "OpenSearch Service",
        engine="",
        default="elasticsearch",
        version="elasticsearchVersion",
        minor=_SEARCH,
        major=_SEARCH,
    ),
    "aws:mq/broker:Broker": VersionPlace(
        "Amazon MQ", engine="engineType", engines=("activemq", "rabbitmq"), minor=_BROKER, major=_BROKER
    ),
    "aws:msk/cluster:Cluster": VersionPlace(
        "MSK", engine="", default="kafka", version="kafkaVersion", minor=_KAFKA, major=_KAFKA
    ),
    "aws:eks/cluster:Cluster": VersionPlace(
        "EKS",
        engine="",
        default="kubernetes",
        version="version",
        lifecycle=_EKS_LIFECYCLE,
        minor=_KUBERNETES,
        major=_KUBERNETES,
        step="minor version",
    ),
}
OTHER_ENGINES: Final = (
    *("custom-oracle-ee", "custom-oracle-ee-cdb", "custom-sqlserver-ee", "custom-sqlserver-se", "custom-sqlserver-web"),
    *("db2-ae", "db2-se", "oracle-ee", "oracle-ee-cdb", "oracle-se2", "oracle-se2-cdb"),
)
"""Engines of whose versions nothing is known here, but which these types have."""
