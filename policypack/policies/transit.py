"""Encryption in transit: whether connections use TLS."""

from __future__ import annotations

from typing import Final

from policypack.config import Config
from policypack.model import Resource
from policypack.policy import resource_policy
from policypack.requirement import Requirement, Table, always, check_table, controls_of, is_set, lacks
from policypack.rows import Denied, Document
from policypack.verdict import Verdicts

_REPLACES: Final = "This replaces a resource that exists: back up or migrate its data first."


# Within domainEndpointOptions, enforceHttps is on by default; without them it is off (the provider's documentation).
def _https(*controls: str) -> tuple[Requirement, ...]:
    return (
        Requirement("domainEndpointOptions.enforceHttps", absent_is_right=is_set("domainEndpointOptions")),
        Requirement("nodeToNodeEncryption.enabled", controls=controls),
    )


_WITH_SSL_MODE: Final = (
    "aurora",
    "aurora-postgresql",
    "azuredb",
    "db2",
    "db2-zos",
    "docdb",
    "mariadb",
    "mongodb",
    "mysql",
    "oracle",
    "postgres",
    "sqlserver",
    "sybase",
)
"""The engines of DMS endpoints that have an SSL mode."""

_IN_TRANSIT: Final[Table] = {
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        Requirement(
            "transitEncryptionEnabled",
            unless=is_set("globalReplicationGroupId"),
            note='On a group that exists, set transitEncryptionMode to "preferred" first, and to "required" once all '
            "clients use TLS; below engineVersion 7.0.5, this replaces the group with an empty one.",
            controls=("FSBP ElastiCache.5",),
        ),
    ),
    "aws:elasticache/cluster:Cluster": (
        Requirement(
            "transitEncryptionEnabled",
            unless=is_set("replicationGroupId"),
            note="Memcached needs version 1.6.12 or later; Redis and Valkey need an aws.elasticache.ReplicationGroup. "
            "This replaces a cluster that exists with an empty one.",
        ),
    ),
    "aws:memorydb/cluster:Cluster": (Requirement("tlsEnabled", absent_is_right=always, note=_REPLACES),),
    "aws:dax/cluster:Cluster": (
        Requirement("clusterEndpointEncryptionType", wanted=("TLS",), note=_REPLACES, controls=("FSBP DynamoDB.7",)),
    ),
    # MSK uses TLS unless told not to (the provider's documentation).
    "aws:msk/cluster:Cluster": (
        Requirement(
            "encryptionInfo.encryptionInTransit.clientBroker",
            wanted=("TLS",),
            absent_is_right=always,
            note="Clients then have to connect with TLS, on other ports: change them first, under TLS_PLAINTEXT.",
            controls=("FSBP MSK.1",),
        ),
        Requirement(
            "encryptionInfo.encryptionInTransit.inCluster",
            absent_is_right=always,
            note=_REPLACES,
            controls=("FSBP MSK.1",),
        ),
    ),
    "aws:opensearch/domain:Domain": _https("FSBP Opensearch.3"),
    "aws:elasticsearch/domain:Domain": _https("FSBP ES.3"),
    "aws:ecs/taskDefinition:TaskDefinition": (
        Requirement(
            "volumes[].efsVolumeConfiguration?.transitEncryption", wanted=("ENABLED",), controls=("FSBP ECS.18",)
        ),
    ),
    "aws:rds/proxy:Proxy": (
        Requirement(
            "requireTls",
            note="Clients that do not use TLS can then no longer connect.",
            controls=("FSBP RDS.43",),
        ),
    ),
    "aws:codebuild/project:Project": (
        Requirement("source.insecureSsl", wanted=("false",), absent_is_right=always),
        Requirement("secondarySources[].insecureSsl", wanted=("false",), absent_is_right=always),
    ),
    "aws:appsync/apiCache:ApiCache": (Requirement("transitEncryptionEnabled"),),
    "aws:datasync/efsLocation:EfsLocation": (Requirement("inTransitEncryption", wanted=("TLS1_2",)),),
    "aws:sns/topicSubscription:TopicSubscription": (
        Requirement(
            "protocol",
            wanted=("https",),
            unless=lacks("protocol", "http"),
            note="The endpoint needs an https:// address too. This replaces the subscription.",
        ),
    ),
    # https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Security.SSL.html: none by default. The other engines always
    # use TLS, or have settings of their own.
    "aws:dms/endpoint:Endpoint": (
        Requirement(
            "sslMode",
            wanted=("verify-full", "verify-ca", "require"),
            unless=lacks("engineName", *_WITH_SSL_MODE),
            note='MySQL and MariaDB take "verify-ca" and "verify-full", Oracle and Db2 "verify-ca"; both need a '
            "certificateArn, that of an aws.dms.Certificate. PostgreSQL, SQL Server and MongoDB take "
            '"require" without one.',
            controls=("FSBP DMS.9",),
        ),
        # "ssl-encryption" by default (the provider's documentation).
        Denied(
            "redisSettings?.sslSecurityProtocol",
            ("plaintext",),
            'Set redisSettings.sslSecurityProtocol to "ssl-encryption". The cache needs encryption in transit too.',
            unless=lacks("engineName", "redis"),
            controls=("FSBP DMS.12",),
        ),
    ),
    "aws:emr/securityConfiguration:SecurityConfiguration": (
        Document(
            "configuration",
            "EncryptionConfiguration.EnableInTransitEncryption",
            note="It needs InTransitEncryptionConfiguration, and replaces the security configuration.",
            controls=("FSBP EMR.4",),
        ),
    ),
    "aws:mskconnect/connector:Connector": (
        Requirement(
            "kafkaClusterEncryptionInTransit.encryptionType",
            wanted=("TLS",),
            note="This replaces the connector.",
            controls=("FSBP MSK.3",),
        ),
    ),
}


@resource_policy(
    id="encryption-in-transit",
    title="Connections to data stores and between services are encrypted",
    types=_IN_TRANSIT,
    severity="critical",
    fix="Turn encryption in transit on.",
    frameworks=controls_of(_IN_TRANSIT),
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_protect_data_transit_encrypt.html",
)
def encryption_in_transit(resource: Resource, config: Config) -> Verdicts:
    """
    Anyone on the network path between a client and the store, for example on a compromised host, can read and change
    the data and the passwords.
    """
    yield from check_table(_IN_TRANSIT, resource, "connections without TLS are possible")
