"""Encryption in transit: that connections use TLS, and which versions of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta

from policypack.config import Config
from policypack.data import tls
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.requirement import Requirement, always, is_set, lacks
from policypack.verdict import Undecided, Verdicts, Violation

_CLASSIC: Final = "aws:elb/loadBalancer:LoadBalancer"

# Within domainEndpointOptions, enforceHttps is on by default; without them it is off (the provider's documentation).
_HTTPS: Final = (
    Requirement("domainEndpointOptions.enforceHttps", absent_is_right=is_set("domainEndpointOptions")),
    Requirement("nodeToNodeEncryption.enabled"),
)

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
        Requirement("protocol", wanted=("https",), unless=lacks("protocol", "http")),
    ),
}


@resource_policy(
    id="encryption-in-transit",
    title="Connections to data stores and between services are encrypted",
    types=_IN_TRANSIT,
    severity="critical",
    fix="Turn encryption in transit on.",
    frameworks=(
        "FSBP ElastiCache.5",
        "FSBP Opensearch.3",
        "FSBP ES.3",
        "FSBP MSK.1",
        "FSBP DynamoDB.7",
        "FSBP ECS.18",
        "FSBP RDS.43",
    ),
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_protect_data_transit_encrypt.html",
)
def encryption_in_transit(resource: Resource, config: Config) -> Verdicts:
    """
    Whoever can listen between a client and the store, from a compromised host to a wrong route, reads the data and the
    passwords, and can change them on the way.
    """
    for requirement in _IN_TRANSIT[resource.type]:
        yield from requirement.check(resource, "connections may be made without TLS")


_INTEGRATION_URIS: Final = {
    "aws:apigateway/integration:Integration": "uri",
    "aws:apigatewayv2/integration:Integration": "integrationUri",
}


@resource_policy(
    id="api-gateway-integration-https",
    title="API Gateway reaches its backends over HTTPS",
    types=_INTEGRATION_URIS,
    severity="high",
    fix="Give the backend an https:// address, or reach it privately with connectionType VPC_LINK.",
    url="https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html",
)
def api_gateway_integration_https(integration: Resource, config: Config) -> Verdicts:
    """
    The client's HTTPS ends at the gateway: from there to the backend, its tokens and personal data cross the internet
    in plain text.
    """
    uri, connection = integration.get(_INTEGRATION_URIS[integration.type]), integration.get("connectionType")
    if connection.text == "VPC_LINK":
        return
    if uri.is_unknown:
        # "http://" before the name of a load balancer of the stack is all unknown; other addresses are AWS's own.
        types = {source.type for source in uri.dependencies}
        if not integration.is_in_stack or not types.isdisjoint({"aws:lb/loadBalancer:LoadBalancer", _CLASSIC}):
            yield Undecided(uri, "is it https://?")
    elif uri.text.lower().startswith("http://"):
        if connection.is_unknown:
            yield Undecided(connection, "does the request stay in a VPC?")
        else:
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


@resource_policy(
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
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html",
)
def database_force_ssl(group: Resource, config: Config) -> Verdicts:
    """
    A client that does not ask for TLS then connects without it, and nobody notices: its password and the rows that it
    reads travel in plain text.
    """
    for parameter in group.each("parameters[]"):
        name, value = parameter.get("name"), parameter.get("value")
        named = "" if name.is_secret else f" of the parameter {name.text}"
        wrong, right = _TLS_OFF.get(name.text, (frozenset(), ""))
        if name.is_unknown or (right and value.is_unknown):
            yield Undecided(name if name.is_unknown else value, "does it turn TLS off?")
        elif value.text.lower() in wrong:
            yield Violation(
                value,
                f"{value.path}{named} is {value.shown}: the database accepts plain connections.",
                fix=f'Set it to "{right}".',
            )


class TlsConfig(Config):
    """Config of tls-policy."""

    minimum_version: Annotated[
        Literal["TLSv1.2", "TLSv1.3"], Meta(description="The oldest TLS version that clients may use.")
    ] = "TLSv1.2"
    recommended_only: Annotated[
        bool,
        Meta(
            description="Whether to advise against policies of load balancers, CloudFront and search domains that "
            "accept only safe TLS versions, but that AWS does not recommend because of their cipher suites."
        ),
    ] = True


@resource_policy(
    id="tls-policy",
    title="Endpoints accept only TLS versions that are still safe",
    types=(
        "aws:lb/listener:Listener",
        _CLASSIC,
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
    frameworks=(
        "FSBP ELB.17",
        "FSBP CloudFront.7",
        "FSBP CloudFront.10",
        "FSBP CloudFront.15",
        "FSBP Opensearch.8",
        "FSBP ES.8",
    ),
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
    remediates=True,
)
def tls_policy(resource: Resource, config: TlsConfig) -> Verdicts:
    """
    TLS 1.0 and 1.1 rest on broken hashes and ciphers: somebody on the way may read what clients believe to be safe, and
    payment card audits fail while they are offered.
    """
    oldest = config.minimum_version
    match resource.type:
        case "aws:lb/listener:Listener":
            return _listener_tls(resource, config)
        case "aws:elb/loadBalancer:LoadBalancer":
            return _classic_default_tls(resource)
        case "aws:elb/sslNegotiationPolicy:SslNegotiationPolicy":
            return _classic_tls(resource, "attributes[]")
        case "aws:elb/loadBalancerPolicy:LoadBalancerPolicy":
            return _classic_tls(resource, "policyAttributes[]")
        case "aws:cloudfront/distribution:Distribution":
            return _distribution_tls(resource, config)
        case "aws:apigatewayv2/domainName:DomainName":
            # HTTP and WebSocket APIs offer TLS_1_2 and no other.
            name = resource.get("domainNameConfiguration.securityPolicy")
            return _named(name, tls.API_GATEWAY_SECURITY_POLICIES, _TLS_1_2, "TLS_1_2")
        case "aws:apigateway/domainName:DomainName" | "aws:apigateway/restApi:RestApi":
            return _api_tls(resource, oldest)
        case _:
            # OpenSearch has no policy that leaves TLS 1.2 out.
            name = resource.get("domainEndpointOptions.tlsSecurityPolicy")
            return _named(
                name,
                tls.OPENSEARCH_TLS_POLICIES,
                _TLS_1_2,
                "Policy-Min-TLS-1-2-PFS-2023-10",
                tls.OPENSEARCH_DEFAULT_TLS_POLICY,
                recommended=tls.OPENSEARCH_RECOMMENDED_POLICIES if config.recommended_only else None,
            )


_TLS_1_2: Final = "TLSv1.2"
_ELB_LOWEST: Final = {name: min(all_, key=tls.PROTOCOLS.index) for name, all_ in tls.ELB_SECURITY_POLICIES.items()}
_CLASSIC_LOWEST: Final = {
    name: min(all_, key=tls.PROTOCOLS.index) for name, all_ in tls.CLASSIC_ELB_SECURITY_POLICIES.items()
}


def _older(version: str, oldest: str) -> bool:
    return tls.PROTOCOLS.index(version) < tls.PROTOCOLS.index(oldest)


def _named(
    name: Value,
    lowest_versions: Mapping[str, str],
    oldest: str,
    better: str,
    default: str = "",
    *,
    in_place: bool = True,
    recommended: frozenset[str] | None = None,
) -> Verdicts:
    """
    Verdicts about a TLS policy that is given by its name.

    :param default: the policy that AWS takes when none is given; empty when that one is right.
    :param in_place: whether AWS can change the policy without replacing the resource.
    :param recommended: the policies that AWS recommends; None where it makes no difference.
    """
    remedy = better if in_place else None
    taken = name.text or default
    meaning = f"{name.path} is {name.shown}"
    if name.is_unset:
        meaning = f"{name.path} is not set: AWS then takes {default}"
    fix = f'Set {name.path} to "{better}".'
    if name.is_unknown:
        yield Undecided(name)
    elif not taken:
        return
    elif (version := lowest_versions.get(taken)) is None:
        yield Undecided(name, "it is not among the policies that this pack knows")
    elif _older(version, oldest):
        message = f"{meaning}, which accepts {version}; {oldest} is the oldest allowed."
        yield Violation(name, message, fix=fix, remediation=remedy)
    elif recommended and taken not in recommended:
        yield Violation(
            name,
            f"{meaning}, which is not among the policies that AWS recommends.",
            fix=f"{fix} Clients that know none of its cipher suites can no longer connect. Where you need the policy, "
            "set this policy's recommendedOnly to false.",
            level="advisory",
        )


def _listener_tls(listener: Resource, config: TlsConfig) -> Verdicts:
    protocol = listener.get("protocol")
    if protocol.is_unknown:
        yield Undecided(protocol, "a listener of HTTPS or TLS needs a security policy")
    elif protocol.text.upper() in ("HTTPS", "TLS"):
        oldest = config.minimum_version
        better = f"ELBSecurityPolicy-TLS13-{'1-2-Res' if oldest == _TLS_1_2 else '1-3'}-2021-06"
        recommended = tls.ELB_RECOMMENDED_POLICIES if config.recommended_only else None
        yield from _named(
            listener.get("sslPolicy"),
            _ELB_LOWEST,
            oldest,
            better,
            tls.ELB_DEFAULT_SECURITY_POLICY,
            recommended=recommended,
        )


def _classic_tls(policy_: Resource, attributes: str) -> Verdicts:
    """Verdicts about a policy of a Classic Load Balancer, for which TLS 1.2 is the newest version."""
    for attribute in policy_.each(attributes):
        name, value = attribute.get("name"), attribute.get("value")
        version = name.text.removeprefix("Protocol-")
        if name.is_unknown:
            yield Undecided(name, "does it turn an old TLS version on?")
        elif name.text == "Reference-Security-Policy":
            yield from _named(value, _CLASSIC_LOWEST, _TLS_1_2, "ELBSecurityPolicy-TLS-1-2-2017-01", in_place=False)
        elif version in tls.PROTOCOLS and _older(version, _TLS_1_2):
            named = "an old TLS version" if name.is_secret else name.text
            if value.is_unknown:
                yield Undecided(value, f"does it turn {named} on?")
            elif value.is_true:
                yield Violation(
                    value,
                    f"{value.path} turns {named} on; {_TLS_1_2} is the oldest version allowed.",
                    fix='Set it to "false".',
                )


def _classic_default_tls(balancer: Resource) -> Verdicts:
    """A Classic Load Balancer that serves TLS needs a policy of its own: the one that it has by default is old."""
    protocols = list(balancer.each("listeners[].lbProtocol"))
    if not any(protocol.is_unknown or protocol.text.lower() in ("https", "ssl") for protocol in protocols):
        return
    if not balancer.is_in_stack:
        yield Undecided(protocols[0], "has the load balancer a TLS policy?")
        return
    policies = [
        *balancer.referrers("aws:elb/sslNegotiationPolicy:SslNegotiationPolicy", "loadBalancer"),
        *balancer.referrers("aws:elb/listenerPolicy:ListenerPolicy", "loadBalancerName"),
    ]
    if not policies and not any(protocol.is_unknown for protocol in protocols):
        default = tls.CLASSIC_ELB_DEFAULT_SECURITY_POLICY
        yield Violation(
            balancer,
            f"The load balancer has no TLS policy: AWS then takes {default}, which accepts {_CLASSIC_LOWEST[default]}.",
            fix="Add an aws.elb.SslNegotiationPolicy with the attribute Reference-Security-Policy set to "
            '"ELBSecurityPolicy-TLS-1-2-2017-01".',
        )


def _distribution_tls(distribution: Resource, config: TlsConfig) -> Verdicts:
    oldest = config.minimum_version
    better = "TLSv1.2_2021" if oldest == _TLS_1_2 else "TLSv1.3_2025"
    default_certificate = distribution.get("viewerCertificate.cloudfrontDefaultCertificate")
    if default_certificate.is_unknown:
        yield Undecided(default_certificate, "it decides which TLS versions viewers may use")
    elif default_certificate.is_true:
        yield Violation(
            default_certificate,
            "viewerCertificate is CloudFront's default certificate, with which viewers may use TLSv1, whatever "
            f"minimumProtocolVersion says; {oldest} is the oldest allowed.",
            fix="Set viewerCertificate to an acmCertificateArn of your own, sslSupportMethod "
            f'"sni-only" and minimumProtocolVersion "{better}".',
        )
    else:
        version = distribution.get("viewerCertificate.minimumProtocolVersion")
        default = tls.CLOUDFRONT_DEFAULT_MINIMUM_PROTOCOL
        recommended = tls.CLOUDFRONT_RECOMMENDED_PROTOCOLS if config.recommended_only else None
        table = tls.CLOUDFRONT_MINIMUM_PROTOCOLS
        yield from _named(version, table, oldest, better, default, recommended=recommended)
    for protocol in distribution.each("origins[].customOriginConfig?.originSslProtocols[]"):
        if protocol.is_unknown:
            yield Undecided(protocol)
        elif protocol.text in tls.PROTOCOLS and _older(protocol.text, _TLS_1_2):
            yield Violation(
                protocol,
                f"{protocol.path} is {protocol.shown}: CloudFront may reach the origin with it.",
                fix='Set originSslProtocols to ["TLSv1.2"].',
            )


def _api_tls(resource: Resource, oldest: str) -> Verdicts:
    """
    Verdicts about a REST API or its domain name.

    A domain name starts at TLS 1.2 by default. The endpoint that AWS gives a REST API accepts TLS 1.0 by default; since
    the property is new, and nearly no API has it, that is told only when config asks for TLS 1.3.
    """
    is_edge = "EDGE" in resource.get("endpointConfiguration.types").text
    newest = "SecurityPolicy_TLS13_2025_EDGE" if is_edge else "SecurityPolicy_TLS13_1_3_2025_09"
    default = "" if oldest == _TLS_1_2 else "TLS_1_2"
    better = "TLS_1_2" if oldest == _TLS_1_2 else newest
    return _named(resource.get("securityPolicy"), tls.API_GATEWAY_SECURITY_POLICIES, oldest, better, default)


@resource_policy(
    id="cloudfront-https",
    title="CloudFront talks HTTPS with viewers and origins",
    types=("aws:cloudfront/distribution:Distribution",),
    severity="high",
    fix="Use HTTPS on both sides of the distribution.",
    frameworks=("FSBP CloudFront.3", "FSBP CloudFront.9"),
    url="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https.html",
)
def cloudfront_https(distribution: Resource, config: Config) -> Verdicts:
    """
    Whoever is on the way, as on an open Wi-Fi, reads and changes what viewers send and get, cookies and tokens
    included; the same holds between CloudFront and the origin.
    """
    plain_viewers = False
    for behavior in (*distribution.each("defaultCacheBehavior?"), *distribution.each("orderedCacheBehaviors[]")):
        viewers = behavior.get("viewerProtocolPolicy")
        if viewers.is_unknown:
            yield Undecided(viewers)
        elif viewers.text == "allow-all":
            plain_viewers = True
            yield Violation(
                viewers,
                f"{viewers.path} is {viewers.shown}: viewers may use plain HTTP.",
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
