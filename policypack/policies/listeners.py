"""Load balancers: whether clients reach them over HTTPS."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.model import Resource, Value, remembered, type_of
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_LISTENER: Final = "aws:lb/listener:Listener"
_RULE: Final = "aws:lb/listenerRule:ListenerRule"
_LOAD_BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
_CLASSIC: Final = "aws:elb/loadBalancer:LoadBalancer"
_INTERNAL: Final = (
    "If the load balancer is internal and may use plain HTTP, set allowInternal to true in this policy's config."
)
_REDIRECT: Final = (
    'Let the listener on port 80 only redirect: type "redirect" with redirect.protocol "HTTPS", redirect.port "443" '
    'and redirect.statusCode "HTTP_301". Forward requests from a listener on port 443 with protocol "HTTPS", a '
    'certificateArn and sslPolicy "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", which the security group of the load '
    f"balancer must let in. {_INTERNAL}"
)
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
_REDIRECT_CODES: Final = ("HTTP_301", "HTTP_302")
_HTTPS_DOCS: Final = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html"


class HttpsListenerConfig(Config):
    """Config of alb-https-listener."""

    allow_internal: Annotated[
        bool, Meta(description="Whether load balancers with internal set to true may use plain HTTP.")
    ] = False
    redirect_codes: Annotated[
        tuple[str, ...], Meta(description="The status codes with which a listener may redirect to HTTPS.")
    ] = ("HTTP_301",)


@resource_policy(
    id="alb-https-listener",
    title="HTTP listeners of load balancers only redirect to HTTPS",
    types=(_LISTENER, _CLASSIC),
    severity="critical",
    fix=_REDIRECT,
    frameworks=("FSBP ELB.1",),
    url=_HTTPS_DOCS,
    remediates=True,
)
def alb_https_listener(resource: Resource, config: HttpsListenerConfig) -> Verdicts:
    """
    Anyone on the network path can read and change session cookies, passwords and personal data, and clients that use
    HTTP are never told to use HTTPS.
    """
    if resource.type == _CLASSIC:
        yield from _classic(resource, config)
        return
    if resource.get("protocol").is_unknown:
        yield Undecided(resource.get("protocol"))
    elif _is_http(resource):
        exempt = config.allow_internal and _is_internal(resource)
        if exempt is None:
            yield Undecided(resource.get("loadBalancerArn"), "is the load balancer internal?")
        elif not exempt:
            yield from _not_redirecting(resource, "defaultActions[]", config.redirect_codes)


@resource_policy(
    id="alb-https-listener-rule",
    title="Rules of HTTP listeners only redirect to HTTPS",
    needs_stack=True,
    types=(_RULE,),
    severity="critical",
    fix='Set listenerArn to the ARN of the HTTPS listener. Or let the rule redirect: an action with type "redirect", '
    f'redirect.protocol "HTTPS", redirect.port "443" and redirect.statusCode "HTTP_301". {_INTERNAL}',
    frameworks=("FSBP ELB.1",),
    url=_HTTPS_DOCS,
)
def alb_https_listener_rule(rule: Resource, config: HttpsListenerConfig) -> Verdicts:
    """
    The listener's redirect does not apply to the requests that a rule forwards: they travel in plain text, which is
    easily overlooked because everything else redirects.
    """
    arn = rule.get("listenerArn")
    listeners = arn.targets(_LISTENER)
    # A listener outside of this stack is not seen.
    is_outside = any(type_of(urn) == _LISTENER for urn in arn.dependency_urns)
    if not listeners and arn.is_unknown and not is_outside:
        yield Undecided(arn, "is it a listener for plain HTTP?")
    for listener in listeners:
        if listener.get("protocol").is_unknown:
            yield Undecided(listener.get("protocol"), f"is it plain HTTP that the rule '{rule.name}' forwards?")
        elif _is_http(listener):
            exempt = config.allow_internal and _is_internal(listener)
            if exempt is None:
                yield Undecided(listener.get("loadBalancerArn"), "is the load balancer internal?")
            elif not exempt:
                yield from _not_redirecting(rule, "actions[]", config.redirect_codes)


def _is_http(listener: Resource) -> bool:
    """Whether a listener speaks plain HTTP: with an Application Load Balancer that is the default protocol.

    Gateway Load Balancers' listeners have neither protocol nor port (the provider's documentation).
    """
    protocol = listener.get("protocol")
    return _protocol(listener) == "HTTP" or (protocol.is_unset and not listener.get("port").is_unset)


def _protocol(listener: Resource) -> str:
    """A listener's protocol in capitals: the provider does not mind the letter case. Empty when absent or unknown."""
    return listener.get("protocol").text.upper()


def _is_internal(listener: Resource) -> bool | None:
    """Whether a listener's load balancer is internal; None where it is unknown or not in the stack (yet)."""
    balancers = listener.get("loadBalancerArn").targets(_LOAD_BALANCER) if listener.is_in_stack else []
    internal = [balancer.get("internal") for balancer in balancers]
    if not internal or any(value.is_unknown for value in internal):
        return None
    return all(value.is_true for value in internal)


def _not_redirecting(resource: Resource, actions: str, codes: tuple[str, ...]) -> Verdicts:
    for action in resource.each(actions):
        kind, protocol, code = (action.get(name) for name in ("type", "redirect.protocol", "redirect.statusCode"))
        if kind.is_unknown:
            yield Undecided(kind, "does the listener redirect to HTTPS?")
        elif kind.text.lower() == "redirect":
            # Without a protocol, a redirect keeps the one of the request:
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
            if protocol.is_unknown:
                yield Undecided(protocol, "does the listener redirect to HTTPS?")
            elif protocol.text.upper() != "HTTPS":
                yield Violation(
                    protocol,
                    f"{protocol.path} is {protocol.shown}: the redirect leads to plain HTTP again.",
                    fix=f'Set {protocol.path} to "HTTPS". {_INTERNAL}',
                )
            elif code.is_unknown:
                yield Undecided(code, "is it a status code that AWS and this policy accept?")
            elif code.text not in codes:
                yield _wrong_code(code, codes)
        elif kind.text.lower() != "fixed-response":
            yield Violation(
                kind, f"{kind.path} is {kind.shown} on a listener for plain HTTP: requests travel in plain text."
            )


def _wrong_code(code: Value, codes: tuple[str, ...]) -> Violation:
    if code.text not in _REDIRECT_CODES:
        reason = f"AWS refuses it, and accepts only {' or '.join(_REDIRECT_CODES)}"
    elif code.text == "HTTP_302":
        reason = "the redirect is temporary, so clients send their next request over plain HTTP again"
    else:
        reason = f"this policy's config allows {' or '.join(codes) or 'no redirect'}"
    return Violation(
        code,
        f"{code.path} is {code.shown}: {reason}.",
        fix=f'Set {code.path} to "{codes[0]}".'
        if codes
        else "Add the status code to redirectCodes in this policy's config.",
        remediation=codes[0] if codes else None,
    )


def _classic(balancer: Resource, config: HttpsListenerConfig) -> Verdicts:
    internal = balancer.get("internal")
    if config.allow_internal and internal.is_true:
        return
    for protocol in balancer.each("listeners[].lbProtocol"):
        if protocol.is_unknown:
            yield Undecided(protocol)
        elif protocol.text.lower() == "http" and config.allow_internal and internal.is_unknown:
            yield Undecided(internal, "an internal load balancer may use plain HTTP")
        elif protocol.text.lower() == "http":
            yield Violation(
                protocol,
                f"{protocol.path} is {protocol.shown}: clients reach the load balancer over plain HTTP.",
                fix=f'Set {protocol.path} to "https", lbPort to 443 and sslCertificateId to the ARN of a certificate. '
                f"A Classic Load Balancer cannot redirect: clients have to use https:// addresses. {_INTERNAL}",
            )


class HttpsPresentConfig(Config):
    """Config of alb-https-listener-present."""

    include_internal: Annotated[
        bool, Meta(description="Whether load balancers with internal set to true need an HTTPS listener too.")
    ] = False


@resource_policy(
    id="alb-https-listener-present",
    title="Application Load Balancers have an HTTPS listener",
    needs_stack=True,
    types=(_LOAD_BALANCER,),
    severity="high",
    fix='Add an aws.lb.Listener with port 443, protocol "HTTPS", a certificateArn and sslPolicy '
    '"ELBSecurityPolicy-TLS13-1-2-Res-2021-06". The security group of the load balancer must let port 443 in.',
    url=_HTTPS_DOCS,
)
def alb_https_listener_present(balancer: Resource, config: HttpsPresentConfig) -> Verdicts:
    """
    Without an HTTPS listener no client can use an encrypted connection: a redirect to HTTPS fails, or clients stay on
    plain HTTP.
    """
    kind, internal = balancer.get("loadBalancerType"), balancer.get("internal")
    if kind.is_known and kind.text not in ("", "application"):
        return
    if internal.is_true and not config.include_internal:
        return
    listeners = balancer.referrers(_LISTENER, "loadBalancerArn")
    if any(_protocol(listener) == "HTTPS" for listener in listeners):
        return
    if any(map(_forwards_plain_http, listeners)):
        return  # alb-https-listener reports the listener, and its fix adds an HTTPS listener
    elsewhere = balancer.stack.unresolved(_LISTENER, "loadBalancerArn", _LOAD_BALANCER)[:1]
    protocols = [listener.get("protocol") for listener in listeners]
    deciding = (kind, *protocols) if config.include_internal else (kind, internal, *protocols)
    if unknown := [
        *(value for value in deciding if value.is_unknown),
        *(listener.get("loadBalancerArn") for listener in elsewhere),
    ]:
        yield Undecided(unknown[0], f"does the load balancer '{balancer.name}' have an HTTPS listener?")
    else:
        spoken = " and ".join(sorted({protocol.shown if protocol.text else '"HTTP"' for protocol in protocols}))
        yield Violation(
            balancer,
            f"The load balancer has listeners for {spoken} only, and none for HTTPS."
            if protocols
            else "The load balancer has no HTTPS listener.",
        )


@remembered
def _forwards_plain_http(listener: Resource) -> bool:
    """Whether a listener for plain HTTP does anything but redirect or answer by itself."""
    kinds = [kind.text.lower() for kind in listener.each("defaultActions[].type")]
    return _is_http(listener) and any(kind not in ("", "redirect", "fixed-response") for kind in kinds)


@resource_policy(
    id="alb-listener-certificate",
    title="HTTPS and TLS listeners have a certificate",
    types=(_LISTENER, _CLASSIC),
    severity="high",
    fix="Set certificateArn to the ARN of an aws.acm.Certificate.",
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html",
)
def alb_listener_certificate(resource: Resource, config: Config) -> Verdicts:
    """
    AWS refuses a listener for TLS without a certificate: the update stops halfway, with a load balancer that no client
    can use.
    """
    if resource.type == _CLASSIC:
        pairs = [(each.get("lbProtocol"), each.get("sslCertificateId")) for each in resource.each("listeners[]")]
    else:
        pairs = [(resource.get("protocol"), resource.get("certificateArn"))]
    for protocol, certificate in pairs:
        if not certificate.is_unset:
            continue
        if protocol.is_unknown:
            yield Undecided(protocol, "HTTPS and TLS need a certificate")
        elif protocol.text.upper() in ("HTTPS", "TLS", "SSL"):
            yield Violation(
                certificate,
                f"{certificate.path} is not set: AWS refuses a listener for TLS without a certificate.",
                fix=f"Set {certificate.path} to the ARN of an aws.acm.Certificate in the region of the load balancer.",
            )


class NlbTlsConfig(Config):
    """Config of nlb-tls-listener."""

    tls_ports: Annotated[tuple[int, ...], Meta(description="Ports on which clients expect TLS.")] = (443, 8443)


@resource_policy(
    id="nlb-tls-listener",
    title="Network Load Balancers serve TLS on the ports where clients expect it",
    needs_stack=True,
    types=(_LISTENER,),
    severity="medium",
    enforcement="advisory",
    fix='Set protocol to "TLS" and certificateArn to the ARN of a certificate; the targets then get decrypted traffic. '
    "If the targets serve TLS themselves, leave the port out of tlsPorts in this policy's config.",
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/network/create-tls-listener.html",
)
def nlb_tls_listener(listener: Resource, config: NlbTlsConfig) -> Verdicts:
    """
    A TCP listener passes the connection on unchanged: unless every target serves TLS itself, clients on these ports
    fail to connect or use plain text.
    """
    protocol, port = listener.get("protocol"), listener.get("port")
    groups = listener.get("defaultActions").targets("aws:lb/targetGroup:TargetGroup")
    if any(group.get("targetType").text == "alb" for group in groups):
        return  # an Application Load Balancer behind it serves TLS: NLB listeners can only pass TCP to one
    maybe_alb = any(group.get("targetType").is_unknown for group in groups)
    plain = protocol.is_unknown or _protocol(listener) in ("TCP", "TCP_UDP")
    expected = port.is_unknown or port.number in config.tls_ports
    if plain and expected:
        if protocol.is_unknown or port.is_unknown or maybe_alb:
            yield Undecided(protocol if protocol.is_unknown else port, "does the load balancer serve TLS on the port?")
        else:
            yield Violation(
                protocol, f"protocol is {protocol.shown} on port {port.shown}: the load balancer serves no TLS there."
            )
