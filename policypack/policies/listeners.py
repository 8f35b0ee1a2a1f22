"""Load balancers: that clients reach them over HTTPS."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.policy import Findings, Undecided, Violation, policy
from policypack.resource import Resource, Value

_LISTENER: Final = "aws:lb/listener:Listener"
_RULE: Final = "aws:lb/listenerRule:ListenerRule"
_LOAD_BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
_CLASSIC: Final = "aws:elb/loadBalancer:LoadBalancer"
_REDIRECT: Final = (
    'Let the listener on port 80 only redirect: type "redirect" with redirect.protocol "HTTPS", port "443" and '
    'statusCode "HTTP_301". Forward from a listener with protocol "HTTPS" and a certificateArn.'
)
_HTTPS_DOCS: Final = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html"


class HttpsListenerConfig(Config):
    """Config of alb-https-listener."""

    allow_internal: Annotated[
        bool, Meta(description="Whether load balancers with internal: true may use plain HTTP.")
    ] = False
    redirect_codes: Annotated[
        tuple[str, ...], Meta(description="The status codes with which a listener may redirect to HTTPS.")
    ] = ("HTTP_301",)


@policy(
    id="alb-https-listener",
    title="HTTP listeners of load balancers only redirect to HTTPS",
    types=(_LISTENER, _CLASSIC),
    severity="critical",
    fix=_REDIRECT,
    frameworks=("FSBP ELB.1", "FSBP ELB.3"),
    url=_HTTPS_DOCS,
)
def alb_https_listener(resource: Resource, config: HttpsListenerConfig) -> Findings:
    if resource.type == _CLASSIC:
        yield from _classic(resource, config)
        return
    protocol = resource.get("protocol")
    if protocol.is_unknown:
        yield Undecided(protocol)
    elif _is_http(resource):
        if config.allow_internal:
            internal = _is_internal(resource)
            if internal is None:
                yield Undecided(resource.get("loadBalancerArn"), "is the load balancer internal?")
            if internal is not False:
                return
        yield from _not_redirecting(resource, "defaultActions[]", config.redirect_codes)


@policy(
    id="alb-https-listener-rule",
    title="Rules of HTTP listeners forward nothing",
    stage="stack",
    types=(_RULE,),
    severity="critical",
    fix="Attach the rule to the HTTPS listener, or let it redirect to HTTPS.",
    frameworks=("FSBP ELB.1",),
    url=_HTTPS_DOCS,
)
def alb_https_listener_rule(rule: Resource, config: HttpsListenerConfig) -> Findings:
    assert rule.stack
    for listener in rule.stack.targets(rule.get("listenerArn"), _LISTENER):
        if _is_http(listener) and not (config.allow_internal and _is_internal(listener)):
            yield from _not_redirecting(rule, "actions[]", config.redirect_codes)


def _is_http(listener: Resource) -> bool:
    """Whether a listener speaks plain HTTP: with an Application Load Balancer that is the default protocol.

    Gateway Load Balancers' listeners have neither protocol nor port (the provider's documentation).
    """
    protocol = listener.get("protocol")
    return protocol.text == "HTTP" or (protocol.is_empty and not listener.get("port").is_empty)


def _is_internal(listener: Resource) -> bool | None:
    """Whether a listener's load balancer is internal; None where it is unknown or not in the stack (yet)."""
    balancers = listener.stack.targets(listener.get("loadBalancerArn"), _LOAD_BALANCER) if listener.stack else []
    internal = [balancer.get("internal") for balancer in balancers]
    if not internal or any(value.is_unknown for value in internal):
        return None
    return all(value.is_true for value in internal)


def _not_redirecting(resource: Resource, actions: str, codes: tuple[str, ...]) -> Findings:
    for action in resource.each(actions):
        kind = action.get("type")
        protocol, code = action.get("redirect.protocol"), action.get("redirect.statusCode")
        for value in (kind, protocol, code):
            if value.is_unknown:
                yield Undecided(value, "does the listener redirect to HTTPS?")
        if kind.text == "redirect":
            # Without a protocol, a redirect keeps the one of the request:
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
            if protocol.is_absent or (protocol.is_known and protocol.text != "HTTPS"):
                yield Violation(protocol, f"{protocol.path} is {protocol.shown}: the redirect stays on plain HTTP.")
            elif code.is_known and code.text not in codes:
                yield Violation(
                    code,
                    f"{code.path} is {code.shown}: clients keep asking over plain HTTP first.",
                    fix=f"Set {code.path} to {' or '.join(codes)}.",
                )
        elif kind.is_known and kind.text != "fixed-response":
            yield Violation(
                kind, f"{kind.path} is {kind.shown} on a listener for plain HTTP: requests travel unencrypted."
            )


def _classic(balancer: Resource, config: HttpsListenerConfig) -> Findings:
    if config.allow_internal and balancer.get("internal").is_true:
        return
    for protocol in balancer.each("listeners[].lbProtocol"):
        if protocol.is_unknown:
            yield Undecided(protocol)
        elif protocol.text.lower() == "http":
            yield Violation(
                protocol,
                f"{protocol.path} is {protocol.shown}: clients reach the load balancer over plain HTTP.",
                fix='Set lbProtocol to "https" with an sslCertificateId. A Classic Load Balancer cannot redirect.',
            )


class HttpsPresentConfig(Config):
    """Config of alb-https-listener-present."""

    include_internal: Annotated[
        bool, Meta(description="Whether load balancers with internal: true need an HTTPS listener too.")
    ] = False


@policy(
    id="alb-https-listener-present",
    title="Application Load Balancers have an HTTPS listener",
    stage="stack",
    types=(_LOAD_BALANCER,),
    severity="high",
    fix='Add an aws.lb.Listener with port 443, protocol "HTTPS", a certificateArn and sslPolicy '
    '"ELBSecurityPolicy-TLS13-1-2-2021-06".',
    frameworks=("FSBP ELB.1",),
    url=_HTTPS_DOCS,
)
def alb_https_listener_present(balancer: Resource, config: HttpsPresentConfig) -> Findings:
    assert balancer.stack
    kind, internal = balancer.get("loadBalancerType"), balancer.get("internal")
    if kind.text not in ("", "application") or (internal.is_true and not config.include_internal):
        return
    protocols = [
        listener.get("protocol") for listener in balancer.stack.referrers(balancer, _LISTENER, "loadBalancerArn")
    ]
    if any(protocol.text == "HTTPS" for protocol in protocols):
        return
    elsewhere = balancer.stack.unresolved(_LISTENER, "loadBalancerArn", _LOAD_BALANCER)
    unknown: list[Value] = [value for value in (kind, internal, *protocols) if value.is_unknown]
    unknown += [listener.get("loadBalancerArn") for listener in elsewhere if listener.get("protocol").text == "HTTPS"]
    if unknown:
        yield Undecided(unknown[0], f"does the load balancer '{balancer.name}' have an HTTPS listener?")
    else:
        yield Violation(
            balancer,
            "No listener of this load balancer speaks HTTPS: "
            + (
                f"those that it has use {', '.join(sorted({p.text or 'HTTP' for p in protocols}))}."
                if protocols
                else "it has none."
            ),
        )


@policy(
    id="alb-listener-certificate",
    title="HTTPS and TLS listeners have a certificate",
    types=(_LISTENER, _CLASSIC),
    severity="high",
    fix="Set it to the ARN of an aws.acm.Certificate.",
    frameworks=("FSBP ELB.2",),
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html",
)
def alb_listener_certificate(resource: Resource, config: Config) -> Findings:
    if resource.type == _CLASSIC:
        listeners = [
            listener
            for listener in resource.each("listeners[]")
            if listener.get("lbProtocol").text.lower() in ("https", "ssl")
        ]
        certificates = [listener.get("sslCertificateId") for listener in listeners]
    elif resource.get("protocol").text in ("HTTPS", "TLS"):
        certificates = [resource.get("certificateArn")]
    else:
        certificates = []
    for certificate in certificates:
        if certificate.is_empty:
            yield Violation(certificate, f"{certificate.path} is not set: the listener cannot serve TLS without one.")


class NlbTlsConfig(Config):
    """Config of nlb-tls-listener."""

    tls_ports: Annotated[tuple[int, ...], Meta(description="Ports on which clients expect TLS.")] = (443, 8443)


@policy(
    id="nlb-tls-listener",
    title="Network Load Balancers serve TLS on the ports where clients expect it",
    types=(_LISTENER,),
    severity="medium",
    enforcement="advisory",
    fix='Set protocol to "TLS" with a certificateArn. Where the targets themselves serve TLS, leave the port out of '
    "this policy's tlsPorts.",
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/network/create-tls-listener.html",
)
def nlb_tls_listener(listener: Resource, config: NlbTlsConfig) -> Findings:
    protocol, port = listener.get("protocol"), listener.get("port")
    if protocol.text in ("TCP", "TCP_UDP") and port.number in config.tls_ports:
        yield Violation(
            protocol, f"protocol is {protocol.shown} on port {port.text}: the load balancer does not serve TLS there."
        )
