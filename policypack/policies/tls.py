"""TLS versions: which ones endpoints accept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta

from policypack.config import Config
from policypack.data import tls
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_CLASSIC: Final = "aws:elb/loadBalancer:LoadBalancer"
_DISTRIBUTION: Final = "aws:cloudfront/distribution:Distribution"


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
        _DISTRIBUTION,
        "aws:cloudfront/multitenantDistribution:MultitenantDistribution",
        "aws:apigateway/domainName:DomainName",
        "aws:apigateway/restApi:RestApi",
        "aws:apigatewayv2/domainName:DomainName",
        "aws:opensearch/domain:Domain",
        "aws:elasticsearch/domain:Domain",
    ),
    severity="high",
    fix="Choose a TLS policy that starts at TLS 1.2 or later.",
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
    TLS 1.0 and 1.1 rely on broken hashes and ciphers: an attacker on the network path may be able to decrypt the
    traffic, and payment card (PCI DSS) audits fail while these versions are accepted.
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
        case (
            "aws:cloudfront/distribution:Distribution"
            | "aws:cloudfront/multitenantDistribution:MultitenantDistribution"
        ):
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
                controls=("FSBP Opensearch.8" if resource.type == "aws:opensearch/domain:Domain" else "FSBP ES.8",),
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
    controls: tuple[str, ...] = (),
) -> Verdicts:
    """
    Verdicts about a TLS policy that is given by its name.

    :param default: the policy that AWS takes when none is given; empty when that one is right.
    :param in_place: whether AWS can change the policy without replacing the resource.
    :param recommended: the policies that AWS recommends; None where it makes no difference.
    :param controls: ids of the controls that ask for such a policy.
    """
    remedy = better if in_place else None
    taken = name.text or default
    meaning = f"{name.path} is {name.shown}"
    if name.is_unset:
        meaning = f"{name.path} is not set: AWS then uses {default}"
    fix = f'Set {name.path} to "{better}".'
    newer = f"{fix} Clients that do not support {oldest} can then no longer connect."
    if name.is_unknown:
        yield Undecided(name)
    elif not taken:
        return
    elif (version := lowest_versions.get(taken)) is None:
        yield Undecided(name, "it is not among the policies that this pack knows")
    elif _older(version, oldest):
        message = f"{meaning}, which accepts {version}; {oldest} is the oldest allowed."
        yield Violation(name, message, fix=newer, remediation=remedy, controls=controls)
    elif recommended and taken not in recommended:
        yield Violation(
            name,
            f"{meaning}, which is not among the policies that AWS recommends.",
            fix=f"{fix} Clients that know none of its cipher suites can no longer connect. Where you need the policy, "
            "set this policy's recommendedOnly to false.",
            level="advisory",
            controls=controls,
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
            controls=("FSBP ELB.17",),
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
            if value.is_unknown:
                yield Undecided(value, f"does it turn {name.shown} on?")
            elif value.is_true:
                yield Violation(
                    value,
                    f"{value.path} turns {name.shown} on; {_TLS_1_2} is the oldest version allowed.",
                    fix=f'Set {value.path} to "false".',
                    controls=(),
                )


def _classic_default_tls(balancer: Resource) -> Verdicts:
    """A Classic Load Balancer that serves TLS needs a policy of its own: the one that it has by default is old."""
    protocols = list(balancer.each("listeners[].lbProtocol"))
    if not any(protocol.is_unknown or protocol.text.lower() in ("https", "ssl") for protocol in protocols):
        return
    if not balancer.is_in_stack:
        yield Undecided(protocols[0], "does the load balancer have a TLS policy?")
        return
    policies = [
        *balancer.referrers("aws:elb/sslNegotiationPolicy:SslNegotiationPolicy", "loadBalancer"),
        *balancer.referrers("aws:elb/listenerPolicy:ListenerPolicy", "loadBalancerName"),
    ]
    if not policies and not any(protocol.is_unknown for protocol in protocols):
        default = tls.CLASSIC_ELB_DEFAULT_SECURITY_POLICY
        yield Violation(
            balancer,
            f"The load balancer has no TLS policy: AWS then uses {default}, which accepts {_CLASSIC_LOWEST[default]}.",
            fix="Add an aws.elb.SslNegotiationPolicy with the attribute Reference-Security-Policy set to "
            '"ELBSecurityPolicy-TLS-1-2-2017-01".',
            controls=(),
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
            fix="Set viewerCertificate.acmCertificateArn to a certificate of your domain in us-east-1, "
            f'sslSupportMethod to "sni-only" and minimumProtocolVersion to "{better}". Viewers then have to use your '
            "domain, in aliases.",
            controls=("FSBP CloudFront.7", "FSBP CloudFront.15"),
        )
    else:
        version = distribution.get("viewerCertificate.minimumProtocolVersion")
        default = tls.CLOUDFRONT_DEFAULT_MINIMUM_PROTOCOL
        recommended = tls.CLOUDFRONT_RECOMMENDED_PROTOCOLS if config.recommended_only else None
        table = tls.CLOUDFRONT_MINIMUM_PROTOCOLS
        controls = ("FSBP CloudFront.15",)
        yield from _named(version, table, oldest, better, default, recommended=recommended, controls=controls)
    custom = "customOriginConfig?" if distribution.type == _DISTRIBUTION else "customOriginConfigs[]"
    for protocol in distribution.each(f"origins[].{custom}.originSslProtocols[]"):
        if protocol.is_unknown:
            yield Undecided(protocol)
        elif protocol.text in tls.PROTOCOLS and _older(protocol.text, _TLS_1_2):
            yield Violation(
                protocol,
                f"{protocol.path} is {protocol.shown}: CloudFront may use it with the origin.",
                fix='Set originSslProtocols to ["TLSv1.2"].',
                controls=("FSBP CloudFront.10",),
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
