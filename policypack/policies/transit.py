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
_SSL_MODES: Final = ("verify-full", "verify-ca", "require")
_SSL_NOTE: Final = (
    'MySQL and MariaDB take "verify-ca" and "verify-full", Oracle and Db2 "verify-ca"; both need a certificateArn, '
    'that of an aws.dms.Certificate. PostgreSQL, SQL Server and MongoDB take "require" without one.'
)

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
    # Certificates are verified by default (the provider's documentation).
    "aws:apigateway/integration:Integration": (
        Requirement("tlsConfig?.insecureSkipVerification", wanted=("false",), absent_is_right=always),
    ),
    "aws:chime/voiceConnector:VoiceConnector": (
        Requirement("requireEncryption", note="Telephone systems that do not use TLS and SRTP can then not connect."),
    ),
    "aws:cloudfront/vpcOrigin:VpcOrigin": (
        Denied(
            "vpcOriginEndpointConfig.originProtocolPolicy",
            ("http-only",),
            'Set vpcOriginEndpointConfig.originProtocolPolicy to "https-only". The origin needs a certificate.',
        ),
        Denied(
            "vpcOriginEndpointConfig.originSslProtocols.items[]",
            ("SSLv3", "TLSv1", "TLSv1.1"),
            'Set vpcOriginEndpointConfig.originSslProtocols.items to ["TLSv1.2"].',
            means="CloudFront may use it with the origin",
        ),
    ),
    # Off by default (the provider's documentation).
    "aws:cloudsearch/domain:Domain": (
        Requirement("endpointOptions.enforceHttps", note="Clients that use HTTP can then no longer connect."),
        Denied(
            "endpointOptions.tlsSecurityPolicy",
            ("Policy-Min-TLS-1-0-2019-07",),
            'Set endpointOptions.tlsSecurityPolicy to "Policy-Min-TLS-1-2-2019-07".',
            means="clients may use TLS 1.0",
        ),
    ),
    "aws:codebuild/project:Project": (
        Requirement("source.insecureSsl", wanted=("false",), absent_is_right=always),
        Requirement("secondarySources[].insecureSsl", wanted=("false",), absent_is_right=always),
    ),
    "aws:appsync/apiCache:ApiCache": (Requirement("transitEncryptionEnabled"),),
    "aws:datasync/efsLocation:EfsLocation": (Requirement("inTransitEncryption", wanted=("TLS1_2",)),),
    "aws:datasync/locationHdfs:LocationHdfs": tuple(
        Denied(
            f"qopConfiguration?.{name}",
            ("DISABLED", "AUTHENTICATION", "INTEGRITY"),
            f'Set qopConfiguration.{name} to "PRIVACY". The cluster has to use it too.',
        )
        for name in ("dataTransferProtection", "rpcProtection")
    ),
    "aws:datasync/locationObjectStorage:LocationObjectStorage": (
        Denied("serverProtocol", ("HTTP",), 'Set serverProtocol to "HTTPS".'),
    ),
    # https://docs.aws.amazon.com/iot/latest/developerguide/iot-endpoints-tls-config.html
    "aws:iot/domainConfiguration:DomainConfiguration": (
        Denied(
            "tlsConfig?.securityPolicy",
            ("IotSecurityPolicy_TLS12_1_0_2016_01", "IotSecurityPolicy_TLS12_1_0_2015_01"),
            'Set tlsConfig.securityPolicy to "IotSecurityPolicy_TLS13_1_2_2022_10". Devices that know only older '
            "versions can then no longer connect.",
            means="devices may use TLS 1.0",
        ),
    ),
    "aws:lightsail/distribution:Distribution": (
        Denied(
            "origin.protocolPolicy",
            ("http-only",),
            'Set origin.protocolPolicy to "https-only". The origin needs a certificate.',
        ),
    ),
    "aws:memorydb/multiRegionCluster:MultiRegionCluster": (
        Requirement("tlsEnabled", absent_is_right=always, note=_REPLACES),
    ),
    "aws:quicksight/dataSource:DataSource": (
        Requirement("sslProperties?.disableSsl", wanted=("false",), absent_is_right=always),
    ),
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
    "aws:dms/dataProvider:DataProvider": tuple(
        Requirement(f"settings.{engine}Settings?.sslMode", wanted=_SSL_MODES, note=_SSL_NOTE)
        for engine in (
            "docDb",
            "ibmDb2Luw",
            "ibmDb2Zos",
            "mariaDb",
            "microsoftSqlServer",
            "mongoDb",
            "mysql",
            "oracle",
            "postgresql",
            "sybaseAse",
        )
    ),
    "aws:dms/endpoint:Endpoint": (
        Denied(
            "kafkaSettings?.securityProtocol",
            ("plaintext",),
            'Set kafkaSettings.securityProtocol to "ssl-encryption". The cluster has to accept TLS.',
        ),
        Requirement(
            "sslMode",
            wanted=_SSL_MODES,
            unless=lacks("engineName", *_WITH_SSL_MODE),
            note=_SSL_NOTE,
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
