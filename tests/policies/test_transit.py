"""Encryption in transit, and the versions of TLS."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from policypack.config import ConfigError
from policypack.model import Resource
from policypack.policies.tls import TlsConfig
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from policypack.verdict import Violation
from tests.support import POLICIES, check


class Case(NamedTuple):
    """A resource type with one value that decides, and where the finding about it is."""

    type: str
    inputs: Callable[[Any], dict[str, Any]]
    place: str
    wrong: Any
    right: Any
    by_default: str
    """Whether the type is right or wrong when the value is left out; `open` where that depends on the rest."""


DOMAINS = ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
IN_TRANSIT = [
    Case(
        "aws:elasticache/replicationGroup:ReplicationGroup",
        lambda value: {"transitEncryptionEnabled": value},
        "transitEncryptionEnabled",
        False,
        True,
        "wrong",
    ),
    Case(
        "aws:elasticache/cluster:Cluster",
        lambda value: {"engine": "memcached", "transitEncryptionEnabled": value},
        "transitEncryptionEnabled",
        False,
        True,
        "wrong",
    ),
    Case("aws:memorydb/cluster:Cluster", lambda value: {"tlsEnabled": value}, "tlsEnabled", False, True, "right"),
    Case(
        "aws:dax/cluster:Cluster",
        lambda value: {"clusterEndpointEncryptionType": value},
        "clusterEndpointEncryptionType",
        "NONE",
        "TLS",
        "wrong",
    ),
    *(
        Case(
            "aws:msk/cluster:Cluster",
            lambda value: {"encryptionInfo": {"encryptionInTransit": {"clientBroker": value}}},
            "encryptionInfo.encryptionInTransit.clientBroker",
            wrong,
            "TLS",
            "right",
        )
        for wrong in ("PLAINTEXT", "TLS_PLAINTEXT")
    ),
    Case(
        "aws:msk/cluster:Cluster",
        lambda value: {"encryptionInfo": {"encryptionInTransit": {"inCluster": value}}},
        "encryptionInfo.encryptionInTransit.inCluster",
        False,
        True,
        "right",
    ),
    *(
        Case(
            type_,
            lambda value: {
                "domainEndpointOptions": {"enforceHttps": value},
                "nodeToNodeEncryption": {"enabled": True},
            },
            "domainEndpointOptions.enforceHttps",
            False,
            True,
            "open",
        )
        for type_ in DOMAINS
    ),
    *(
        Case(
            type_,
            lambda value: {
                "domainEndpointOptions": {"enforceHttps": True},
                "nodeToNodeEncryption": {"enabled": value},
            },
            "nodeToNodeEncryption.enabled",
            False,
            True,
            "wrong",
        )
        for type_ in DOMAINS
    ),
    Case(
        "aws:ecs/taskDefinition:TaskDefinition",
        lambda value: {"volumes": [{"name": "data", "efsVolumeConfiguration": {"transitEncryption": value}}]},
        "volumes[0].efsVolumeConfiguration.transitEncryption",
        "DISABLED",
        "ENABLED",
        "wrong",
    ),
    Case(
        "aws:dms/endpoint:Endpoint",
        lambda value: {"engineName": "mysql", "sslMode": value},
        "sslMode",
        "none",
        "verify-full",
        "wrong",
    ),
    Case(
        "aws:mskconnect/connector:Connector",
        lambda value: {"kafkaClusterEncryptionInTransit": {"encryptionType": value}},
        "kafkaClusterEncryptionInTransit.encryptionType",
        "PLAINTEXT",
        "TLS",
        "wrong",
    ),
    Case("aws:rds/proxy:Proxy", lambda value: {"requireTls": value}, "requireTls", False, True, "wrong"),
    Case(
        "aws:codebuild/project:Project",
        lambda value: {"source": {"type": "GITHUB_ENTERPRISE", "insecureSsl": value}},
        "source.insecureSsl",
        True,
        False,
        "right",
    ),
    Case(
        "aws:codebuild/project:Project",
        lambda value: {"secondarySources": [{"type": "GITHUB_ENTERPRISE", "insecureSsl": value}]},
        "secondarySources[0].insecureSsl",
        True,
        False,
        "right",
    ),
    Case(
        "aws:appsync/apiCache:ApiCache",
        lambda value: {"transitEncryptionEnabled": value},
        "transitEncryptionEnabled",
        False,
        True,
        "wrong",
    ),
    Case(
        "aws:datasync/efsLocation:EfsLocation",
        lambda value: {"inTransitEncryption": value},
        "inTransitEncryption",
        "NONE",
        "TLS1_2",
        "wrong",
    ),
    Case(
        "aws:apigateway/integration:Integration",
        lambda value: {"type": "HTTP", "tlsConfig": {"insecureSkipVerification": value}},
        "tlsConfig.insecureSkipVerification",
        True,
        False,
        "right",
    ),
    Case(
        "aws:chime/voiceConnector:VoiceConnector",
        lambda value: {"requireEncryption": value},
        "requireEncryption",
        False,
        True,
        "wrong",
    ),
    Case(
        "aws:cloudfront/vpcOrigin:VpcOrigin",
        lambda value: {"vpcOriginEndpointConfig": {"originProtocolPolicy": value}},
        "vpcOriginEndpointConfig.originProtocolPolicy",
        "http-only",
        "https-only",
        "right",
    ),
    Case(
        "aws:cloudsearch/domain:Domain",
        lambda value: {"endpointOptions": {"enforceHttps": value}},
        "endpointOptions.enforceHttps",
        False,
        True,
        "wrong",
    ),
    Case(
        "aws:datasync/locationHdfs:LocationHdfs",
        lambda value: {"qopConfiguration": {"rpcProtection": value}},
        "qopConfiguration.rpcProtection",
        "INTEGRITY",
        "PRIVACY",
        "right",
    ),
    Case(
        "aws:datasync/locationObjectStorage:LocationObjectStorage",
        lambda value: {"serverProtocol": value},
        "serverProtocol",
        "HTTP",
        "HTTPS",
        "right",
    ),
    Case(
        "aws:dms/dataProvider:DataProvider",
        lambda value: {"settings": {"postgresqlSettings": {"sslMode": value}}},
        "settings.postgresqlSettings.sslMode",
        "none",
        "verify-full",
        "wrong",
    ),
    Case(
        "aws:dms/endpoint:Endpoint",
        lambda value: {"engineName": "kafka", "kafkaSettings": {"securityProtocol": value}},
        "kafkaSettings.securityProtocol",
        "plaintext",
        "ssl-encryption",
        "right",
    ),
    Case(
        "aws:lightsail/distribution:Distribution",
        lambda value: {"origin": {"protocolPolicy": value}},
        "origin.protocolPolicy",
        "http-only",
        "https-only",
        "right",
    ),
    Case(
        "aws:memorydb/multiRegionCluster:MultiRegionCluster",
        lambda value: {"tlsEnabled": value},
        "tlsEnabled",
        False,
        True,
        "right",
    ),
    Case(
        "aws:quicksight/dataSource:DataSource",
        lambda value: {"sslProperties": {"disableSsl": value}},
        "sslProperties.disableSsl",
        True,
        False,
        "right",
    ),
]

# Engines that always use TLS, or have settings of their own
OTHER_ENGINES = ["s3", "dynamodb", "kinesis", "redshift", "opensearch", "neptune", "kafka", "redis"]


@pytest.mark.parametrize("engine", OTHER_ENGINES)
def test_dms_endpoints_without_an_ssl_mode_are_right(engine: str) -> None:
    assert check("encryption-in-transit", resource("aws:dms/endpoint:Endpoint", engineName=engine)).is_clean


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_each_ssl_mode_of_a_dms_endpoint_is_right(mode: str) -> None:
    endpoint = resource("aws:dms/endpoint:Endpoint", engineName="postgres", sslMode=mode)
    assert check("encryption-in-transit", endpoint).is_clean


each_in_transit = pytest.mark.parametrize("case", IN_TRANSIT, ids=lambda case: f"{case.type}-{case.place}-{case.wrong}")


def test_every_type_has_a_case_here() -> None:
    cases = {case.type for case in IN_TRANSIT} | {
        "aws:iot/domainConfiguration:DomainConfiguration",
        "aws:sns/topicSubscription:TopicSubscription",
        "aws:emr/securityConfiguration:SecurityConfiguration",
    }
    assert cases == set(POLICIES["encryption-in-transit"].types)


@pytest.mark.parametrize(
    ("type_", "old", "new"),
    [
        (
            "aws:iot/domainConfiguration:DomainConfiguration",
            {"tlsConfig": {"securityPolicy": "IotSecurityPolicy_TLS12_1_0_2016_01"}},
            {"tlsConfig": {"securityPolicy": "IotSecurityPolicy_TLS13_1_2_2022_10"}},
        ),
        (
            "aws:cloudsearch/domain:Domain",
            {"endpointOptions": {"enforceHttps": True, "tlsSecurityPolicy": "Policy-Min-TLS-1-0-2019-07"}},
            {"endpointOptions": {"enforceHttps": True, "tlsSecurityPolicy": "Policy-Min-TLS-1-2-2019-07"}},
        ),
        (
            "aws:cloudfront/vpcOrigin:VpcOrigin",
            {"vpcOriginEndpointConfig": {"originSslProtocols": {"items": ["TLSv1.1"], "quantity": 1}}},
            {"vpcOriginEndpointConfig": {"originSslProtocols": {"items": ["TLSv1.2"], "quantity": 1}}},
        ),
    ],
)
def test_old_versions_of_tls_are_reported(type_: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    decision = check("encryption-in-transit", resource(type_, **old))
    assert len(decision.violations) == 1
    assert "may use" in decision.messages[0]
    assert check("encryption-in-transit", resource(type_, **new)).is_clean


def literal(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


@each_in_transit
def test_connections_without_tls_are_reported_with_what_to_write(case: Case) -> None:
    decision = check("encryption-in-transit", resource(case.type, **case.inputs(case.wrong)))
    assert decision.violations == [f"it.{case.place}"]
    assert decision.undecided == []
    found, fix = decision.messages[0].split("\n")[:2]
    assert found == f"{case.place} is {literal(case.wrong)}: connections without TLS are possible."
    assert fix.startswith(f"Fix: Set {case.place} to {literal(case.right)}.")


@each_in_transit
def test_connections_with_tls_are_right(case: Case) -> None:
    assert check("encryption-in-transit", resource(case.type, **case.inputs(case.right))).is_clean


@each_in_transit
def test_without_a_value_the_default_of_the_service_decides(case: Case) -> None:
    decision = check("encryption-in-transit", resource(case.type, **case.inputs(None)))
    assert decision.undecided == []
    if case.by_default != "open":
        assert decision.violations == ([] if case.by_default == "right" else [f"it.{case.place}"])


@each_in_transit
def test_tls_unknown_at_preview_is_undecided(case: Case) -> None:
    decision = check("encryption-in-transit", resource(case.type, **case.inputs(UNKNOWN)))
    assert decision.violations == []
    assert decision.undecided == [f"it.{case.place}"]


@each_in_transit
def test_a_secret_switch_is_judged_by_its_value_and_not_shown(case: Case) -> None:
    policy = POLICIES["encryption-in-transit"]
    assert decide(policy, resource(case.type, **case.inputs(Secret(case.right)))).is_clean
    wrong = decide(policy, resource(case.type, **case.inputs(Secret(case.wrong))))
    assert wrong.violations == [f"it.{case.place}"]
    assert f"{case.place} is [secret]: " in wrong.messages[0]


@pytest.mark.parametrize(
    ("type_", "places"),
    [
        *((type_, ["domainEndpointOptions.enforceHttps", "nodeToNodeEncryption.enabled"]) for type_ in DOMAINS),
        ("aws:msk/cluster:Cluster", []),
        ("aws:codebuild/project:Project", []),
        ("aws:ecs/taskDefinition:TaskDefinition", []),
    ],
)
def test_blocks_left_out_count_as_their_default(type_: str, places: list[str]) -> None:
    decision = check("encryption-in-transit", resource(type_))
    assert decision.violations == [f"it.{place}" for place in places]
    assert decision.undecided == []


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:elasticache/replicationGroup:ReplicationGroup", {"globalReplicationGroupId": "ldgnf-global"}),
        ("aws:elasticache/cluster:Cluster", {"replicationGroupId": "sessions"}),
        ("aws:elasticache/cluster:Cluster", {"replicationGroupId": UNKNOWN}),
        ("aws:ecs/taskDefinition:TaskDefinition", {"volumes": [{"name": "scratch"}]}),
    ],
)
def test_what_has_no_connection_of_its_own_needs_nothing(type_: str, inputs: dict[str, Any]) -> None:
    assert check("encryption-in-transit", resource(type_, **inputs)).is_clean


@pytest.mark.parametrize(
    ("type_", "inputs", "place"),
    [
        (
            "aws:elasticache/replicationGroup:ReplicationGroup",
            {"globalReplicationGroupId": ""},
            "transitEncryptionEnabled",
        ),
        ("aws:elasticache/cluster:Cluster", {"replicationGroupId": ""}, "transitEncryptionEnabled"),
        ("aws:dax/cluster:Cluster", {"clusterEndpointEncryptionType": ""}, "clusterEndpointEncryptionType"),
    ],
)
def test_empty_strings_that_stand_for_unset_excuse_nothing(type_: str, inputs: dict[str, Any], place: str) -> None:
    assert check("encryption-in-transit", resource(type_, **inputs)).violations == [f"it.{place}"]


def test_only_the_volumes_that_are_wrong_are_reported() -> None:
    task = resource(
        "aws:ecs/taskDefinition:TaskDefinition",
        volumes=[
            {"name": "a", "efsVolumeConfiguration": {"transitEncryption": "ENABLED"}},
            {"name": "b", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}},
            {"name": "c"},
            {"name": "d", "efsVolumeConfiguration": {"transitEncryption": UNKNOWN}},
        ],
    )
    decision = check("encryption-in-transit", task)
    assert decision.violations == ["it.volumes[1].efsVolumeConfiguration.transitEncryption"]
    assert decision.undecided == ["it.volumes[3].efsVolumeConfiguration.transitEncryption"]


@pytest.mark.parametrize(
    ("volumes", "place"),
    [
        (UNKNOWN, "volumes[].efsVolumeConfiguration.transitEncryption"),
        ([{"efsVolumeConfiguration": UNKNOWN}], "volumes[0].efsVolumeConfiguration.transitEncryption"),
    ],
)
def test_unknown_volumes_are_undecided(volumes: Any, place: str) -> None:
    decision = check("encryption-in-transit", resource("aws:ecs/taskDefinition:TaskDefinition", volumes=volumes))
    assert decision.violations == []
    assert decision.undecided == [f"it.{place}"]


SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


@pytest.mark.parametrize("protocol", ["https", "sqs", "lambda", "email", None])
def test_topics_may_deliver_by_anything_but_plain_http(protocol: str | None) -> None:
    assert check("encryption-in-transit", resource(SUBSCRIPTION, protocol=protocol)).is_clean


def test_a_topic_that_delivers_over_plain_http_is_reported() -> None:
    decision = check("encryption-in-transit", resource(SUBSCRIPTION, protocol="http"))
    assert decision.violations == ["it.protocol"]
    assert 'protocol is "http": ' in decision.messages[0]
    assert 'Set protocol to "https".' in decision.messages[0]
    assert not decide(POLICIES["encryption-in-transit"], resource(SUBSCRIPTION, protocol=Secret("http"))).is_clean


LISTENERS = [
    "aws:lb/listener:Listener",
    "aws:alb/listener:Listener",
    "aws:applicationloadbalancing/listener:Listener",
    "aws:elasticloadbalancingv2/listener:Listener",
]
each_listener = pytest.mark.parametrize("type_", LISTENERS)
STRICT = {"minimumVersion": "TLSv1.3"}


def listener(policy: Any = None, type_: str = "aws:lb/listener:Listener", protocol: Any = "HTTPS") -> Any:
    return resource(type_, protocol=protocol, sslPolicy=policy)


@each_listener
@pytest.mark.parametrize("protocol", ["HTTPS", "TLS"])
@pytest.mark.parametrize(
    ("policy", "accepts"),
    [
        ("ELBSecurityPolicy-2016-08", "TLSv1"),
        ("ELBSecurityPolicy-2015-05", "TLSv1"),
        ("ELBSecurityPolicy-TLS-1-0-2015-04", "TLSv1"),
        ("ELBSecurityPolicy-TLS-1-1-2017-01", "TLSv1.1"),
        ("ELBSecurityPolicy-FS-2018-06", "TLSv1"),
        ("ELBSecurityPolicy-FS-1-1-2019-08", "TLSv1.1"),
        ("ELBSecurityPolicy-TLS13-1-0-2021-06", "TLSv1"),
        ("ELBSecurityPolicy-TLS13-1-1-2021-06", "TLSv1.1"),
        ("ELBSecurityPolicy-TLS13-1-0-FIPS-2023-04", "TLSv1"),
    ],
)
def test_a_listener_whose_policy_accepts_old_versions_is_reported(
    type_: str, protocol: str, policy: str, accepts: str
) -> None:
    decision = check("tls-policy", listener(policy, type_, protocol))
    assert decision.violations == ["it.sslPolicy"]
    assert decision.messages[0].startswith(
        f'sslPolicy is "{policy}", which accepts {accepts}; TLSv1.2 is the oldest allowed.\n'
        'Fix: Set sslPolicy to "ELBSecurityPolicy-TLS13-1-2-Res-2021-06". '
    )


@each_listener
@pytest.mark.parametrize(
    "policy",
    [
        "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
        "ELBSecurityPolicy-TLS13-1-3-2021-06",
        "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    ],
)
def test_a_listener_whose_policy_is_recommended_is_right(type_: str, policy: str) -> None:
    assert check("tls-policy", listener(policy, type_)).is_clean


def levels(subject: Resource, **config: Any) -> list[str | None]:
    """The level of each violation of tls-policy by one resource."""
    found = POLICIES["tls-policy"].check(subject, TlsConfig(**config))
    return [finding.level for finding in found if isinstance(finding, Violation)]


# FSBP ELB.17 accepts none of these.
@each_listener
@pytest.mark.parametrize(
    "policy",
    [
        "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
        "ELBSecurityPolicy-TLS-1-2-2017-01",
        "ELBSecurityPolicy-TLS-1-2-Ext-2018-06",
        "ELBSecurityPolicy-FS-1-2-Res-2020-10",
    ],
)
def test_a_listener_whose_policy_is_not_recommended_gets_advice(type_: str, policy: str) -> None:
    decision = check("tls-policy", listener(policy, type_))
    assert decision.violations == ["it.sslPolicy"]
    assert decision.messages[0].startswith(
        f'sslPolicy is "{policy}", which is not among the policies that AWS recommends.\n'
        'Fix: Set sslPolicy to "ELBSecurityPolicy-TLS13-1-2-Res-2021-06". Clients'
    )
    assert "set this policy's recommendedOnly to false" in decision.messages[0]
    assert levels(listener(policy, type_)) == ["advisory"]
    assert check("tls-policy", listener(policy, type_), config={"recommendedOnly": False}).is_clean


def test_old_versions_are_more_than_advice() -> None:
    assert levels(listener("ELBSecurityPolicy-2016-08")) == [None]
    assert levels(listener("ELBSecurityPolicy-2016-08"), recommended_only=False) == [None]


@each_listener
@pytest.mark.parametrize("policy", [None, ""])
def test_a_listener_without_a_policy_gets_one_that_accepts_tls_1_0(type_: str, policy: str | None) -> None:
    decision = check("tls-policy", listener(policy, type_))
    assert decision.violations == ["it.sslPolicy"]
    assert (
        "sslPolicy is not set: AWS then uses ELBSecurityPolicy-2016-08, which accepts TLSv1; " in decision.messages[0]
    )
    assert 'Set sslPolicy to "ELBSecurityPolicy-TLS13-1-2-Res-2021-06".' in decision.messages[0]


@pytest.mark.parametrize("protocol", ["HTTP", "TCP", "UDP", "TCP_UDP", "GENEVE", None, ""])
def test_a_listener_without_tls_needs_no_policy(protocol: str | None) -> None:
    assert check("tls-policy", listener(None, protocol=protocol)).is_clean


def test_an_unknown_policy_or_protocol_is_undecided() -> None:
    assert check("tls-policy", listener(UNKNOWN)).undecided == ["it.sslPolicy"]
    decision = check("tls-policy", listener("ELBSecurityPolicy-2016-08", protocol=UNKNOWN))
    assert decision.violations == []
    assert decision.undecided == ["it.protocol"]


def test_a_policy_that_the_pack_does_not_know_is_undecided() -> None:
    decision = check("tls-policy", listener("ELBSecurityPolicy-TLS13-1-2-2031-01"))
    assert decision.violations == []
    assert decision.undecided == ["it.sslPolicy"]


def test_a_secret_policy_is_judged_by_its_value_and_not_shown() -> None:
    policy = POLICIES["tls-policy"]
    assert decide(policy, listener(Secret("ELBSecurityPolicy-TLS13-1-2-Res-2021-06"))).is_clean
    decision = decide(policy, listener(Secret("ELBSecurityPolicy-2016-08")))
    assert decision.violations == ["it.sslPolicy"]
    assert "sslPolicy is [secret], which accepts TLSv1" in decision.messages[0]
    assert "2016-08" not in decision.messages[0]


@pytest.mark.parametrize(
    "policy",
    ["ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-TLS-1-2-2017-01", "ELBSecurityPolicy-2016-08", None],
)
def test_where_tls_1_3_is_asked_for_older_policies_of_listeners_are_reported(policy: str | None) -> None:
    decision = check("tls-policy", listener(policy), config=STRICT)
    assert decision.violations == ["it.sslPolicy"]
    assert "; TLSv1.3 is the oldest allowed.\n" in decision.messages[0]
    assert 'Set sslPolicy to "ELBSecurityPolicy-TLS13-1-3-2021-06".' in decision.messages[0]


def test_where_tls_1_3_is_asked_for_policies_of_tls_1_3_alone_are_right() -> None:
    assert check("tls-policy", listener("ELBSecurityPolicy-TLS13-1-3-2021-06"), config=STRICT).is_clean
    assert check(
        "tls-policy", listener("ELBSecurityPolicy-TLS13-1-2-Res-2021-06"), config={"minimumVersion": "TLSv1.2"}
    ).is_clean


@pytest.mark.parametrize("version", ["TLSv1.1", "1.2", 1.2])
def test_a_minimum_version_that_is_not_to_be_chosen_is_explained(version: Any) -> None:
    with pytest.raises(ConfigError) as raised:
        check("tls-policy", listener(), config={"minimumVersion": version})
    shown = f'"{version}"' if isinstance(version, str) else version
    assert raised.value.problems == [
        f"policy 'tls-policy', config key 'minimumVersion': {shown} is not allowed; "
        'it must be one of "TLSv1.2", "TLSv1.3"'
    ]


CLASSIC = [
    ("aws:elb/sslNegotiationPolicy:SslNegotiationPolicy", "attributes"),
    ("aws:elasticloadbalancing/sslNegotiationPolicy:SslNegotiationPolicy", "attributes"),
    ("aws:elb/loadBalancerPolicy:LoadBalancerPolicy", "policyAttributes"),
    ("aws:elasticloadbalancing/loadBalancerPolicy:LoadBalancerPolicy", "policyAttributes"),
]
each_classic = pytest.mark.parametrize(("type_", "attributes"), CLASSIC)


@each_classic
@pytest.mark.parametrize(
    ("policy", "accepts"),
    [
        ("ELBSecurityPolicy-2016-08", "TLSv1"),
        ("ELBSecurityPolicy-TLS-1-1-2017-01", "TLSv1.1"),
        ("ELBSecurityPolicy-2015-05", "TLSv1"),
        ("ELBSecurityPolicy-2014-01", "SSLv3"),
    ],
)
def test_a_classic_balancer_with_an_old_policy_is_reported(
    type_: str, attributes: str, policy: str, accepts: str
) -> None:
    named: dict[str, Any] = {attributes: [{"name": "Reference-Security-Policy", "value": policy}]}
    decision = check("tls-policy", resource(type_, **named))
    assert decision.violations == [f"it.{attributes}[0].value"]
    assert f'{attributes}[0].value is "{policy}", which accepts {accepts}; ' in decision.messages[0]
    assert f'Set {attributes}[0].value to "ELBSecurityPolicy-TLS-1-2-2017-01".' in decision.messages[0]


@each_classic
def test_a_classic_balancer_with_the_policy_of_tls_1_2_is_right(type_: str, attributes: str) -> None:
    named: dict[str, Any] = {
        attributes: [{"name": "Reference-Security-Policy", "value": "ELBSecurityPolicy-TLS-1-2-2017-01"}]
    }
    # It is the newest that Classic Load Balancers have: nothing could be done about it.
    assert check("tls-policy", resource(type_, **named)).is_clean
    assert check("tls-policy", resource(type_, **named), config=STRICT).is_clean


@each_classic
@pytest.mark.parametrize("policy", [UNKNOWN, "ELBSample-ELBDefaultNegotiationPolicy"])
def test_a_classic_policy_that_nothing_is_known_of_is_undecided(type_: str, attributes: str, policy: Any) -> None:
    named: dict[str, Any] = {attributes: [{"name": "Reference-Security-Policy", "value": policy}]}
    decision = check("tls-policy", resource(type_, **named))
    assert decision.violations == []
    assert decision.undecided == [f"it.{attributes}[0].value"]


@each_classic
def test_a_classic_policy_of_ones_own_is_judged_by_its_versions(type_: str, attributes: str) -> None:
    own: dict[str, Any] = {
        attributes: [
            {"name": "Protocol-SSLv3", "value": "false"},
            {"name": "Protocol-TLSv1", "value": "true"},
            {"name": "Protocol-TLSv1.1", "value": "True"},
            {"name": "Protocol-TLSv1.2", "value": "true"},
            {"name": "ECDHE-RSA-AES128-GCM-SHA256", "value": "true"},
        ]
    }
    decision = check("tls-policy", resource(type_, **own))
    assert decision.violations == [f"it.{attributes}[1].value", f"it.{attributes}[2].value"]
    assert (
        f'{attributes}[1].value turns "Protocol-TLSv1" on; TLSv1.2 is the oldest version allowed.'
        in (decision.messages[0])
    )
    assert '].value to "false".' in decision.messages[0]


@each_classic
def test_a_classic_policy_of_ones_own_that_starts_at_tls_1_2_is_right(type_: str, attributes: str) -> None:
    own: dict[str, Any] = {
        attributes: [
            {"name": "Protocol-TLSv1", "value": "false"},
            {"name": "Protocol-TLSv1.1", "value": ""},
            {"name": "Protocol-TLSv1.2", "value": "true"},
            {"name": "Server-Defined-Cipher-Order", "value": "true"},
        ]
    }
    assert check("tls-policy", resource(type_, **own)).is_clean
    assert check("tls-policy", resource(type_, **own), config=STRICT).is_clean
    assert check("tls-policy", resource(type_)).is_clean


def distribution(certificate: Any = None, **inputs: Any) -> Any:
    return resource("aws:cloudfront/distribution:Distribution", viewerCertificate=certificate, **inputs)


def own_certificate(version: Any) -> dict[str, Any]:
    return {"acmCertificateArn": UNKNOWN, "sslSupportMethod": "sni-only", "minimumProtocolVersion": version}


@pytest.mark.parametrize(
    ("version", "accepts"),
    [("SSLv3", "SSLv3"), ("TLSv1", "TLSv1"), ("TLSv1_2016", "TLSv1"), ("TLSv1.1_2016", "TLSv1.1")],
)
def test_a_distribution_that_accepts_old_versions_is_reported(version: str, accepts: str) -> None:
    decision = check("tls-policy", distribution(own_certificate(version)))
    assert decision.violations == ["it.viewerCertificate.minimumProtocolVersion"]
    assert f'viewerCertificate.minimumProtocolVersion is "{version}", which accepts {accepts}; ' in decision.messages[0]
    assert 'Set viewerCertificate.minimumProtocolVersion to "TLSv1.2_2021".' in decision.messages[0]


@pytest.mark.parametrize("version", ["TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"])
def test_a_distribution_that_starts_at_a_recommended_version_is_right(version: str) -> None:
    assert check("tls-policy", distribution(own_certificate(version))).is_clean


# FSBP CloudFront.15 accepts neither.
@pytest.mark.parametrize("version", ["TLSv1.2_2018", "TLSv1.2_2019"])
def test_a_distribution_with_older_cipher_suites_gets_advice(version: str) -> None:
    subject = distribution(own_certificate(version))
    assert check("tls-policy", subject).violations == ["it.viewerCertificate.minimumProtocolVersion"]
    assert levels(subject) == ["advisory"]
    assert check("tls-policy", subject, config={"recommendedOnly": False}).is_clean


@pytest.mark.parametrize("certificate", [None, {}, own_certificate(None), own_certificate("")])
def test_a_distribution_that_chooses_no_version_accepts_tls_1_0(certificate: dict[str, Any] | None) -> None:
    decision = check("tls-policy", distribution(certificate))
    assert decision.violations == ["it.viewerCertificate.minimumProtocolVersion"]
    assert "which accepts TLSv1; TLSv1.2 is the oldest allowed." in decision.messages[0]


@pytest.mark.parametrize("version", [None, "TLSv1", "TLSv1.2_2021"])
def test_with_the_certificate_of_cloudfront_the_version_does_not_count(version: str | None) -> None:
    certificate = {"cloudfrontDefaultCertificate": True, "minimumProtocolVersion": version}
    decision = check("tls-policy", distribution(certificate))
    assert decision.violations == ["it.viewerCertificate.cloudfrontDefaultCertificate"]
    assert "CloudFront's default certificate, with which viewers may use TLSv1" in decision.messages[0]
    assert 'sslSupportMethod to "sni-only"' in decision.messages[0]
    assert 'minimumProtocolVersion to "TLSv1.2_2021".' in decision.messages[0]


def test_refusing_the_certificate_of_cloudfront_is_not_enough() -> None:
    certificate = {"cloudfrontDefaultCertificate": False, "minimumProtocolVersion": "TLSv1"}
    assert check("tls-policy", distribution(certificate)).violations == ["it.viewerCertificate.minimumProtocolVersion"]
    assert check("tls-policy", distribution({**certificate, "minimumProtocolVersion": "TLSv1.2_2021"})).is_clean


@pytest.mark.parametrize(
    ("certificate", "unknown"),
    [
        (UNKNOWN, "cloudfrontDefaultCertificate"),
        (own_certificate(UNKNOWN), "minimumProtocolVersion"),
        (own_certificate("TLSv1.2_2099"), "minimumProtocolVersion"),
    ],
)
def test_a_version_of_a_distribution_that_nothing_is_known_of_is_undecided(certificate: Any, unknown: str) -> None:
    decision = check("tls-policy", distribution(certificate))
    assert decision.violations == []
    assert decision.undecided == [f"it.viewerCertificate.{unknown}"]


def test_where_tls_1_3_is_asked_for_a_distribution_must_start_there() -> None:
    decision = check("tls-policy", distribution(own_certificate("TLSv1.2_2025")), config=STRICT)
    assert decision.violations == ["it.viewerCertificate.minimumProtocolVersion"]
    assert 'to "TLSv1.3_2025".' in decision.messages[0]
    assert check("tls-policy", distribution(own_certificate("TLSv1.3_2025")), config=STRICT).is_clean


def test_origins_reached_with_old_versions_are_reported_one_by_one() -> None:
    origins = [
        {"domainName": "bucket.s3.amazonaws.com"},
        {"domainName": "a.example.com", "customOriginConfig": {"originSslProtocols": ["TLSv1.2"]}},
        {"domainName": "b.example.com", "customOriginConfig": {"originSslProtocols": ["TLSv1.1", "TLSv1.2", "SSLv3"]}},
    ]
    decision = check("tls-policy", distribution(own_certificate("TLSv1.2_2021"), origins=origins))
    assert decision.violations == [
        "it.origins[2].customOriginConfig.originSslProtocols[0]",
        "it.origins[2].customOriginConfig.originSslProtocols[2]",
    ]
    assert 'originSslProtocols[0] is "TLSv1.1": CloudFront may use it with the origin.' in decision.messages[0]
    assert 'Set originSslProtocols to ["TLSv1.2"].' in decision.messages[0]


def test_origins_cannot_be_asked_for_more_than_tls_1_2() -> None:
    origins = [{"customOriginConfig": {"originSslProtocols": ["TLSv1.2"]}}]
    it = distribution(own_certificate("TLSv1.3_2025"), origins=origins)
    assert check("tls-policy", it, config=STRICT).is_clean


def rest_domain(policy: Any) -> Any:
    return resource("aws:apigateway/domainName:DomainName", securityPolicy=policy)


def rest_api(policy: Any) -> Any:
    return resource("aws:apigateway/restApi:RestApi", securityPolicy=policy)


def http_domain(policy: Any) -> Any:
    return resource("aws:apigatewayv2/domainName:DomainName", domainNameConfiguration={"securityPolicy": policy})


def opensearch(policy: Any) -> Any:
    return resource("aws:opensearch/domain:Domain", domainEndpointOptions={"tlsSecurityPolicy": policy})


def elasticsearch(policy: Any) -> Any:
    return resource("aws:elasticsearch/domain:Domain", domainEndpointOptions={"tlsSecurityPolicy": policy})


@pytest.mark.parametrize(
    ("endpoint", "policy", "path", "better"),
    [
        (rest_domain, "TLS_1_0", "securityPolicy", "TLS_1_2"),
        (rest_api, "TLS_1_0", "securityPolicy", "TLS_1_2"),
        (http_domain, "TLS_1_0", "domainNameConfiguration.securityPolicy", "TLS_1_2"),
        *(
            (
                domain,
                "Policy-Min-TLS-1-0-2019-07",
                "domainEndpointOptions.tlsSecurityPolicy",
                "Policy-Min-TLS-1-2-PFS-2023-10",
            )
            for domain in (opensearch, elasticsearch)
        ),
    ],
)
def test_endpoints_that_accept_tls_1_0_are_reported(
    endpoint: Callable[[Any], Any], policy: str, path: str, better: str
) -> None:
    decision = check("tls-policy", endpoint(policy))
    assert decision.violations == [f"it.{path}"]
    assert decision.messages[0].startswith(
        f'{path} is "{policy}", which accepts TLSv1; TLSv1.2 is the oldest allowed.\nFix: Set {path} to "{better}". '
    )
    assert decide(POLICIES["tls-policy"], endpoint(Secret(policy))).violations == [f"it.{path}"]


@pytest.mark.parametrize(
    ("endpoint", "policy"),
    [
        (rest_domain, "TLS_1_2"),
        (rest_domain, "SecurityPolicy_TLS13_1_3_2025_09"),
        (rest_domain, "SecurityPolicy_TLS12_PFS_2025_EDGE"),
        (rest_domain, None),
        (rest_domain, ""),
        (rest_api, "TLS_1_2"),
        (rest_api, "SecurityPolicy_TLS13_1_2_PQ_2025_09"),
        (http_domain, "TLS_1_2"),
        (http_domain, None),
        *((domain, policy) for domain in (opensearch, elasticsearch) for policy in ("Policy-Min-TLS-1-2-PFS-2023-10",)),
    ],
)
def test_endpoints_that_start_at_tls_1_2_are_right(endpoint: Callable[[Any], Any], policy: str | None) -> None:
    assert check("tls-policy", endpoint(policy)).is_clean


# FSBP Opensearch.8 and ES.8 accept neither.
@pytest.mark.parametrize("domain", [opensearch, elasticsearch])
@pytest.mark.parametrize("policy", ["Policy-Min-TLS-1-2-2019-07", None, ""])
def test_a_search_domain_without_forward_secrecy_gets_advice(domain: Callable[[Any], Any], policy: str | None) -> None:
    decision = check("tls-policy", domain(policy))
    assert decision.violations == ["it.domainEndpointOptions.tlsSecurityPolicy"]
    assert (
        'Fix: Set domainEndpointOptions.tlsSecurityPolicy to "Policy-Min-TLS-1-2-PFS-2023-10".' in decision.messages[0]
    )
    assert ("AWS then uses Policy-Min-TLS-1-2-2019-07" in decision.messages[0]) == (not policy)
    assert levels(domain(policy)) == ["advisory"]
    assert check("tls-policy", domain(policy), config={"recommendedOnly": False}).is_clean


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        (rest_domain, "securityPolicy"),
        (rest_api, "securityPolicy"),
        (http_domain, "domainNameConfiguration.securityPolicy"),
        (opensearch, "domainEndpointOptions.tlsSecurityPolicy"),
        (elasticsearch, "domainEndpointOptions.tlsSecurityPolicy"),
    ],
)
@pytest.mark.parametrize("policy", [UNKNOWN, "Policy-Of-2031"])
def test_endpoints_whose_policy_says_nothing_are_undecided(
    endpoint: Callable[[Any], Any], path: str, policy: Any
) -> None:
    decision = check("tls-policy", endpoint(policy))
    assert decision.violations == []
    assert decision.undecided == [f"it.{path}"]


@pytest.mark.parametrize(
    ("endpoint", "policy"),
    [
        (rest_domain, "TLS_1_2"),
        (rest_api, "SecurityPolicy_TLS13_1_2_2021_06"),
    ],
)
def test_where_tls_1_3_is_asked_for_endpoints_of_tls_1_2_are_reported(
    endpoint: Callable[[Any], Any], policy: str
) -> None:
    decision = check("tls-policy", endpoint(policy), config=STRICT)
    assert len(decision.violations) == 1
    assert "which accepts TLSv1.2; TLSv1.3 is the oldest allowed." in decision.messages[0]


@pytest.mark.parametrize(
    ("endpoint", "policy"), [(http_domain, "TLS_1_2"), (opensearch, "Policy-Min-TLS-1-2-PFS-2023-10")]
)
def test_a_service_without_tls_1_3_is_held_to_tls_1_2(endpoint: Callable[[Any], Any], policy: str) -> None:
    assert check("tls-policy", endpoint(policy), config=STRICT).is_clean


@pytest.mark.parametrize("types", ["REGIONAL", "EDGE"])
def test_where_tls_1_3_is_asked_for_a_rest_api_cannot_leave_it_out(types: str) -> None:
    api = resource("aws:apigateway/domainName:DomainName", endpointConfiguration={"types": types})
    assert check("tls-policy", api).is_clean
    [message] = check("tls-policy", api, config=STRICT).messages
    assert ("SecurityPolicy_TLS13_2025_EDGE" in message) == (types == "EDGE")


@pytest.mark.parametrize("policy", ["SecurityPolicy_TLS13_1_3_2025_09", "SecurityPolicy_TLS13_2025_EDGE"])
def test_where_tls_1_3_is_asked_for_a_rest_api_can_have_it(policy: str) -> None:
    assert check("tls-policy", rest_api(policy), config=STRICT).is_clean


@pytest.mark.parametrize(
    "policy", ["encryption-in-transit", "api-gateway-integration-https", "database-force-ssl", "cloudfront-https"]
)
def test_policies_without_config_refuse_any(policy: str) -> None:
    with pytest.raises(ConfigError) as raised:
        check(policy, config={"minimumVersion": "TLSv1.2"})
    assert raised.value.problems == [f"policy '{policy}' has no config key 'minimumVersion'; it takes no config"]


def test_a_classic_balancer_that_serves_tls_needs_a_policy_of_its_own() -> None:
    balancer = resource("aws:elb/loadBalancer:LoadBalancer", "old", listeners=[{"lbProtocol": "HTTPS"}])
    decision = check("tls-policy", balancer)
    assert decision.violations == ["old"]
    assert "ELBSecurityPolicy-2016-08, which accepts TLSv1" in decision.messages[0]
    for type_, reference in (
        ("aws:elb/sslNegotiationPolicy:SslNegotiationPolicy", {"loadBalancer": ref(balancer)}),
        ("aws:elb/listenerPolicy:ListenerPolicy", {"loadBalancerName": ref(balancer)}),
    ):
        assert decide(POLICIES["tls-policy"], balancer, resource(type_, "policy", **reference)).is_clean
    assert check(
        "tls-policy", resource("aws:elb/loadBalancer:LoadBalancer", listeners=[{"lbProtocol": "tcp"}])
    ).is_clean
