"""
Which resource types have engine versions, where they say them, and what an upgrade needs and means for what exists.
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
    Where a resource chooses Extended Support, which it has where it chooses nothing.

    :param path: the property.
    :param on: its value for Extended Support.
    :param off: its value without it.
    """

    path: str
    on: str
    off: str


@dataclass(frozen=True, slots=True)
class VersionPlace:
    """
    Where a type of resource says which version of which engine it is.

    :param service: the service that offers the versions.
    :param engine: the engine's path; empty where there is only one.
    :param engines: the engines that the service has, as patterns.
    :param default: the engine where the program names none.
    :param version: the version's path.
    :param lifecycle: where Extended Support is chosen.
    :param is_member: whether it is part of a cluster, which chooses Extended Support for it.
    :param takes_major: whether a major version will do, and the service chooses the rest.
    :param minor: what an upgrade within a major version means for a resource that exists, as sentences.
    :param major: what an upgrade to another major version needs and means for it.
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


# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support-creating-db-instance.html: off, a
# database whose standard support has ended can't be created.
_RDS_LIFECYCLE: Final = Lifecycle(
    "engineLifecycleSupport", on="open-source-rds-extended-support", off="open-source-rds-extended-support-disabled"
)
# https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html: off, EKS upgrades the cluster by itself.
_EKS_LIFECYCLE: Final = Lifecycle("upgradePolicy.supportType", on="EXTENDED", off="STANDARD")

_RDS_ENGINES: Final = (
    *("aurora-mysql", "aurora-postgresql", "mariadb", "mysql", "postgres"),
    *("custom-*", "db2-*", "oracle-*", "sqlserver-*"),
)
_RESTARTS: Final = (
    "An existing database restarts for this: in its next maintenance window, or at once with applyImmediately true."
)
_MAJOR: Final = (
    "An existing database also needs allowMajorVersionUpgrade true and, where it names a {group}, one of the new major "
    "version. It is unavailable during the upgrade and cannot go back: try the upgrade on a copy first."
)
_INSTANCE_MAJOR: Final = _MAJOR.format(group="parameterGroupName")
_CLUSTER_MAJOR: Final = _MAJOR.format(group="dbClusterParameterGroupName")
_OF_CLUSTER: Final = "Change the version of the cluster too: the instance has the same."
_TOGETHER: Final = "Its clusters are upgraded together."
_CACHE: Final = (
    "An existing cache is upgraded in its next maintenance window, or at once with applyImmediately true. It cannot "
    "go back."
)
_CACHE_MAJOR: Final = f"{_CACHE} Where it names a parameterGroupName, it needs one of the new version."
_SEARCH: Final = "An existing domain is upgraded by a blue/green deployment and cannot go back: take a snapshot first."
# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers.html; it is off by default (the provider's
# documentation).
_BROKER: Final = (
    "ActiveMQ from 5.18 and RabbitMQ from 3.13 on need autoMinorVersionUpgrade true. An existing broker restarts for "
    "this: in its next maintenance window, or at once with applyImmediately true."
)
_KAFKA: Final = "An existing cluster is upgraded broker by broker and cannot go back."
_KUBERNETES: Final = (
    "An existing cluster goes up by one minor version at a time; upgrade its node groups and add-ons after it."
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
