"""Encryption in transit: that connections use TLS, and which versions of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta

from policypack.config import Config
from policypack.data import tls
from policypack.policy import Findings, Undecided, Violation, policy
from policypack.requirement import Requirement, always, has, is_set
from policypack.resource import Resource, Value

_HTTPS: Final = (Requirement("domainEndpointOptions.enforceHttps"), Requirement("nodeToNodeEncryption.enabled"))

_IN_TRANSIT: Final[Mapping[str, tuple[Requirement, ...]]] = {
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        Requirement(
            "transitEncryptionEnabled",
            unless=is_set("globalReplicationGroupId"),
            note='On a group that is running, set transitEncryptionMode to "preferred" first, then to "required".',
        ),
    ),
    "aws:elasticache/cluster:Cluster": (
        Requirement(
            "transitEncryptionEnabled",
            unless=is_set("replicationGroupId"),
            note="Memcached needs version 1.6.12 or later; Redis and Valkey need an aws.elasticache.ReplicationGroup.",
        ),
    ),
    "aws:memorydb/cluster:Cluster": (Requirement("tlsEnabled", absent_is_right=always),),
    "aws:dax/cluster:Cluster": (Requirement("clusterEndpointEncryptionType", wanted=("TLS",)),),
    # MSK uses TLS unless told not to (the provider's documentation).
    "aws:msk/cluster:Cluster": (
        Requirement("encryptionInfo.encryptionInTransit.clientBroker", wanted=("TLS",), absent_is_right=always),
        Requirement("encryptionInfo.encryptionInTransit.inCluster", absent_is_right=always),
    ),
    "aws:opensearch/domain:Domain": _HTTPS,
    "aws:elasticsearch/domain:Domain": _HTTPS,
    "aws:ecs/taskDefinition:TaskDefinition": (
        Requirement("volumes[].efsVolumeConfiguration?.transitEncryption", wanted=("ENABLED",)),
    ),
    "aws:rds/proxy:Proxy": (Requirement("requireTls"),),
    "aws:codebuild/project:Project": (
        Requirement("source.insecureSsl", wanted=("false",), absent_is_right=always),
        Requirement("secondarySources[].insecureSsl", wanted=("false",), absent_is_right=always),
    ),
    "aws:appsync/apiCache:ApiCache": (Requirement("transitEncryptionEnabled"),),
    "aws:datasync/efsLocation:EfsLocation": (Requirement("inTransitEncryption", wanted=("TLS1_2",)),),
    "aws:sns/topicSubscription:TopicSubscription": (
        Requirement(
            "protocol", wanted=("https",), unless=lambda subscription: not has("protocol", "http")(subscription)
        ),
    ),
}


@policy(
    id="encryption-in-transit",
    title="Connections to data stores and between services are encrypted",
    types=_IN_TRANSIT,
    severity="critical",
    fix="Turn encryption in transit on.",
    frameworks=("FSBP ElastiCache.5", "FSBP Opensearch.8", "FSBP Opensearch.3", "FSBP MSK.1", "FSBP DynamoDB.7"),
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_protect_data_transit_encrypt.html",
)
def encryption_in_transit(resource: Resource, config: Config) -> Findings:
    for requirement in _IN_TRANSIT[resource.type]:
        yield from requirement.check(resource, "connections may be made without TLS")


_INTEGRATION_URIS: Final = {
    "aws:apigateway/integration:Integration": "uri",
    "aws:apigatewayv2/integration:Integration": "integrationUri",
}


@policy(
    id="api-gateway-integration-https",
    title="API Gateway reaches its backends over HTTPS",
    types=_INTEGRATION_URIS,
    severity="high",
    fix="Give the backend an https:// address, or reach it privately with connectionType VPC_LINK.",
    url="https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html",
)
def api_gateway_integration_https(integration: Resource, config: Config) -> Findings:
    uri = integration.get(_INTEGRATION_URIS[integration.type])
    # An address that is unknown is one of AWS's own (a function, a load balancer): a literal one is what goes wrong.
    if uri.text.lower().startswith("http://") and integration.get("connectionType").text != "VPC_LINK":
        yield Violation(uri, f'{uri.path} begins with "http://": requests travel to the backend in plain text.')


# Database parameters that turn TLS off, by the parameter's name.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mysql-ssl-connections.require-ssl.html
# https://docs.aws.amazon.com/documentdb/latest/developerguide/security.encryption.ssl.html
# https://docs.aws.amazon.com/redshift/latest/mgmt/connecting-ssl-support.html
_TLS_OFF: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "rds.force_ssl": (frozenset({"0"}), "1"),
    "require_secure_transport": (frozenset({"0", "off"}), "1"),
    "tls": (frozenset({"disabled"}), "enabled"),
    "require_ssl": (frozenset({"false"}), "true"),
}


@policy(
    id="database-force-ssl",
    title="Database parameter groups do not turn TLS off",
    types=(
        "aws:rds/parameterGroup:ParameterGroup",
        "aws:rds/clusterParameterGroup:ClusterParameterGroup",
        "aws:docdb/clusterParameterGroup:ClusterParameterGroup",
        "aws:redshift/parameterGroup:ParameterGroup",
    ),
    severity="high",
    fix="Let the database refuse connections without TLS.",
    frameworks=("FSBP Redshift.2",),
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html",
)
def database_force_ssl(group: Resource, config: Config) -> Findings:
    for parameter in group.each("parameters[]"):
        name, value = parameter.get("name"), parameter.get("value")
        wrong, right = _TLS_OFF.get(name.text, (frozenset(), ""))
        if right and value.is_unknown:
            yield Undecided(value, f"the parameter {name.text} decides whether TLS is required")
        elif value.text.lower() in wrong:
            yield Violation(
                value,
                f"{value.path} of the parameter {name.text} is {value.shown}: the database accepts plain connections.",
                fix=f'Set it to "{right}".',
            )


class TlsConfig(Config):
    """Config of tls-policy."""

    minimum_version: Annotated[
        Literal["TLSv1.2", "TLSv1.3"], Meta(description="The oldest TLS version that clients may use.")
    ] = "TLSv1.2"


@policy(
    id="tls-policy",
    title="Endpoints accept only TLS versions that are still safe",
    types=(
        "aws:lb/listener:Listener",
        "aws:elb/loadBalancerPolicy:LoadBalancerPolicy",
        "aws:elb/sslNegotiationPolicy:SslNegotiationPolicy",
        "aws:cloudfront/distribution:Distribution",
        "aws:apigateway/domainName:DomainName",
        "aws:apigateway/restApi:RestApi",
        "aws:apigatewayv2/domainName:DomainName",
        "aws:opensearch/domain:Domain",
        "aws:elasticsearch/domain:Domain",
    ),
    severity="high",
    fix="Choose a policy that starts at TLS 1.2 or later.",
    frameworks=("FSBP ELB.17", "FSBP CloudFront.15", "FSBP Opensearch.8", "FSBP ELB.8"),
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
)
def tls_policy(resource: Resource, config: TlsConfig) -> Findings:
    oldest = config.minimum_version
    if resource.type == "aws:lb/listener:Listener":
        return _listener_tls(resource, oldest)
    if resource.type == "aws:elb/sslNegotiationPolicy:SslNegotiationPolicy":
        return _classic_tls(resource, "attributes[]", oldest)
    if resource.type == "aws:elb/loadBalancerPolicy:LoadBalancerPolicy":
        return _classic_tls(resource, "policyAttributes[]", oldest)
    if resource.type == "aws:cloudfront/distribution:Distribution":
        return _distribution_tls(resource, oldest)
    if resource.type.startswith("aws:apigateway"):
        return _api_tls(resource, oldest)
    return _named(
        resource.get("domainEndpointOptions.tlsSecurityPolicy"),
        tls.OPENSEARCH_TLS_POLICIES,
        oldest,
        "Policy-Min-TLS-1-2-PFS-2023-10",
    )


_ELB_LOWEST: Final = {name: min(all_, key=tls.PROTOCOLS.index) for name, all_ in tls.ELB_SECURITY_POLICIES.items()}
_CLASSIC_LOWEST: Final = {
    name: min(all_, key=tls.PROTOCOLS.index) for name, all_ in tls.CLASSIC_ELB_SECURITY_POLICIES.items()
}


def _older(version: str, oldest: str) -> bool:
    return tls.PROTOCOLS.index(version) < tls.PROTOCOLS.index(oldest)


def _named(name: Value, lowest_versions: Mapping[str, str], oldest: str, better: str) -> Findings:
    """Findings about a TLS policy given by a name; an absent one is AWS's default, which is right in all callers."""
    if name.is_unknown:
        yield Undecided(name)
    elif not name.is_empty:
        version = lowest_versions.get(name.text)
        if version is None:
            yield Undecided(name, f"{name.shown} is not among the policies that this pack knows")
        elif _older(version, oldest):
            yield _too_old(name, version, oldest, better)


def _too_old(value: Value, version: str, oldest: str, better: str) -> Violation:
    return Violation(
        value,
        f"{value.path} is {value.shown}, which accepts {version}; {oldest} is the oldest allowed.",
        fix=f'Set {value.path} to "{better}".',
    )


def _listener_tls(listener: Resource, oldest: str) -> Findings:
    protocol, name = listener.get("protocol"), listener.get("sslPolicy")
    if protocol.is_unknown:
        yield Undecided(protocol, "a listener of HTTPS or TLS needs a security policy")
    if protocol.text not in ("HTTPS", "TLS"):
        return
    better = "ELBSecurityPolicy-TLS13-1-2-2021-06" if oldest == "TLSv1.2" else "ELBSecurityPolicy-TLS13-1-3-2021-06"
    if name.is_empty:
        yield Violation(
            name,
            f"sslPolicy is not set: AWS then takes {tls.ELB_DEFAULT_SECURITY_POLICY}, which accepts "
            f"{_ELB_LOWEST[tls.ELB_DEFAULT_SECURITY_POLICY]}; {oldest} is the oldest allowed.",
            fix=f'Set sslPolicy to "{better}".',
        )
    else:
        yield from _named(name, _ELB_LOWEST, oldest, better)


def _classic_tls(policy_: Resource, attributes: str, oldest: str) -> Findings:
    for attribute in policy_.each(attributes):
        name, value = attribute.get("name").text, attribute.get("value")
        version = name.removeprefix("Protocol-")
        if name == "Reference-Security-Policy":
            yield from _named(value, _CLASSIC_LOWEST, oldest, "ELBSecurityPolicy-TLS-1-2-2017-01")
        elif version in tls.PROTOCOLS and _older(version, oldest) and value.is_true:
            yield Violation(
                value,
                f"{value.path} turns {name} on; {oldest} is the oldest version allowed.",
                fix='Set it to "false".',
            )


def _distribution_tls(distribution: Resource, oldest: str) -> Findings:
    better = "TLSv1.2_2021" if oldest == "TLSv1.2" else "TLSv1.3_2025"
    certificate = distribution.get("viewerCertificate")
    version = certificate.get("minimumProtocolVersion")
    if certificate.get("cloudfrontDefaultCertificate").is_true:
        yield Violation(
            certificate.get("cloudfrontDefaultCertificate"),
            "viewerCertificate is CloudFront's default certificate, with which viewers may use TLSv1, whatever "
            f"minimumProtocolVersion says; {oldest} is the oldest allowed.",
            fix="Set viewerCertificate to an acmCertificateArn of your own, sslSupportMethod "
            f'"sni-only" and minimumProtocolVersion "{better}".',
        )
    elif version.is_empty:
        yield _too_old(version, tls.CLOUDFRONT_DEFAULT_MINIMUM_PROTOCOL, oldest, better)
    else:
        yield from _named(version, tls.CLOUDFRONT_MINIMUM_PROTOCOLS, oldest, better)
    for origin in distribution.each("origins[].customOriginConfig?.originSslProtocols[]"):
        if origin.text in tls.PROTOCOLS and _older(origin.text, "TLSv1.2"):
            yield Violation(
                origin,
                f"{origin.path} is {origin.shown}: CloudFront may reach the origin with it.",
                fix='Set originSslProtocols to ["TLSv1.2"].',
            )


def _api_tls(resource: Resource, oldest: str) -> Findings:
    path = "domainNameConfiguration.securityPolicy" if "v2" in resource.type else "securityPolicy"
    better = "TLS_1_2" if oldest == "TLSv1.2" else "SecurityPolicy_TLS13_1_3_2025_09"
    return _named(resource.get(path), tls.API_GATEWAY_SECURITY_POLICIES, oldest, better)


@policy(
    id="cloudfront-https",
    title="CloudFront talks HTTPS with viewers and origins",
    types=("aws:cloudfront/distribution:Distribution",),
    severity="high",
    fix="Use HTTPS on both sides of the distribution.",
    frameworks=("FSBP CloudFront.3", "FSBP CloudFront.9"),
    url="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https.html",
)
def cloudfront_https(distribution: Resource, config: Config) -> Findings:
    plain_viewers = False
    for behavior in (*distribution.each("defaultCacheBehavior?"), *distribution.each("orderedCacheBehaviors[]")):
        viewers = behavior.get("viewerProtocolPolicy")
        if viewers.is_unknown:
            yield Undecided(viewers)
        elif viewers.text == "allow-all":
            plain_viewers = True
            yield Violation(
                viewers,
                f'{viewers.path} is "allow-all": viewers may use plain HTTP.',
                fix=f'Set {viewers.path} to "redirect-to-https".',
            )
    for origin in distribution.each("origins[]"):
        protocol = origin.get("customOriginConfig.originProtocolPolicy")
        if protocol.is_unknown:
            yield Undecided(protocol)
        elif protocol.text == "http-only" or (protocol.text == "match-viewer" and plain_viewers):
            yield Violation(
                protocol,
                f"{protocol.path} is {protocol.shown}: CloudFront reaches the origin over plain HTTP.",
                # https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
                fix="An S3 website endpoint has no HTTPS: use the bucket's regional domain name and an origin access "
                "control."
                if ".s3-website" in origin.get("domainName").text
                else f'Set {protocol.path} to "https-only".',
            )
