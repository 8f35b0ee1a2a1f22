"""Network: what security groups let in from the internet."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.finding import Findings, Undecided, Violation
from policypack.policy import policy
from policypack.resource import Resource, Value

_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
_DEFAULT_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
_INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_LOAD_BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
_LISTENER: Final = "aws:lb/listener:Listener"
_HTTP: Final = 80
_ALL_PORTS: Final = range(65536)
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html: for ICMP, the ports are its types.
_ICMP: Final = ("icmp", "icmpv6", "1", "58")
# A network with a shorter prefix is too large to be one's own: the largest private one is 10.0.0.0/8.
_PUBLIC_PREFIXES: Final = {4: 8, 6: 16}
_OWN_ADDRESSES: Final = frozenset({"aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/eip:Eip"})


@dataclass(frozen=True)
class _Opening:
    """One thing that a group lets in: from which addresses, by which protocol, on which ports."""

    sources: list[Value]
    protocol: Value
    first: Value
    last: Value

    @property
    def ports(self) -> range | None:
        """The ports that are opened; none for ICMP, None where they are unknown."""
        if any(value.is_unknown for value in (self.protocol, self.first, self.last)):
            return None
        if self.protocol.text.lower() in _ICMP:
            return range(0)
        if self.protocol.text.lower() in ("-1", "all") or self.first.number is None:
            return _ALL_PORTS
        return range(int(self.first.number), int(self.last.number or self.first.number) + 1)


class IngressConfig(Config):
    """Config of security-group-ingress."""

    allowed_ports: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=65535)], ...],
        Meta(
            description="The ports on which anybody may connect. Port 80 needs not be among them where load balancers "
            "of the stack only redirect from it."
        ),
    ] = (443,)


@policy(
    id="security-group-ingress",
    title="Security groups let the internet in on the allowed ports only",
    stage="stack",
    types=(_GROUP, _DEFAULT_GROUP, _RULE, _INGRESS_RULE),
    severity="critical",
    fix="Name the security group or the network that is to connect, or close the port.",
    frameworks=("FSBP EC2.18", "FSBP EC2.19"),
    url="https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
)
def security_group_ingress(resource: Resource, config: IngressConfig) -> Findings:
    for opening in _openings(resource):
        ports = opening.ports
        for source in opening.sources:
            is_public = _is_public(source)
            if is_public is False or (ports is not None and _are_allowed(ports, resource, config)):
                continue
            if is_public is None:
                yield Undecided(source, "is it the whole internet?")
            elif ports is None:
                unknown = (value for value in (opening.protocol, opening.first, opening.last) if value.is_unknown)
                yield Undecided(next(unknown), "is the port one that the internet may reach?")
            else:
                allowed = ", ".join(map(str, config.allowed_ports)) or "none"
                yield Violation(
                    source,
                    f"{source.path} is {source.shown} for {_shown(ports)}: anybody may connect; the ports allowed for "
                    f"that are {allowed}.",
                    fix="Let the load balancer's listener on port 80 only redirect to HTTPS, or close the port."
                    if ports == range(_HTTP, _HTTP + 1)
                    else "",
                )


def _openings(resource: Resource) -> Iterator[_Opening]:
    if resource.type == _INGRESS_RULE:
        sources = [resource.get("cidrIpv4"), resource.get("cidrIpv6")]
        yield _Opening(sources, resource.get("ipProtocol"), resource.get("fromPort"), resource.get("toPort"))
    elif resource.type == _RULE:
        if resource.get("type").text != "egress":
            sources = [*resource.each("cidrBlocks[]"), *resource.each("ipv6CidrBlocks[]")]
            yield _Opening(sources, resource.get("protocol"), resource.get("fromPort"), resource.get("toPort"))
    else:
        for rule in resource.each("ingress[]"):
            sources = [*rule.each("cidrBlocks[]"), *rule.each("ipv6CidrBlocks[]")]
            yield _Opening(sources, rule.get("protocol"), rule.get("fromPort"), rule.get("toPort"))


def _is_public(source: Value) -> bool | None:
    """Whether a network is as good as the whole internet; None where it is unknown."""
    if source.is_unknown:
        own = source.sources and all(each.type in _OWN_ADDRESSES for each in source.sources)
        return False if own else None
    try:
        network = ipaddress.ip_network(source.text, strict=False)
    except ValueError:
        return False  # absent, or nothing that AWS would take
    return network.prefixlen < _PUBLIC_PREFIXES[network.version]


def _are_allowed(ports: range, resource: Resource, config: IngressConfig) -> bool:
    allowed = set(config.allowed_ports)
    # Few ports are allowed, so a long range need not be counted through.
    if len(ports) > len(allowed) + 1:
        return False
    left = set(ports) - allowed
    return not left or (left == {_HTTP} and _only_redirects(resource))


def _only_redirects(resource: Resource) -> bool:
    """Whether the security group is that of load balancers which do nothing but redirect from port 80."""
    assert resource.stack
    stack = resource.stack
    groups = (
        [resource]
        if resource.type in (_GROUP, _DEFAULT_GROUP)
        else stack.targets(resource.get("securityGroupId"), _GROUP)
    )
    balancers = [each for group in groups for each in stack.referrers(group, _LOAD_BALANCER, "securityGroups")]
    listeners = [each for balancer in balancers for each in stack.referrers(balancer, _LISTENER, "loadBalancerArn")]
    actions = [list(each.each("defaultActions[]")) for each in listeners if each.get("port").number == _HTTP]
    return bool(actions) and all(
        action.get("type").text.lower() == "redirect" and action.get("redirect.protocol").text.upper() == "HTTPS"
        for each in actions
        for action in each
    )


def _shown(ports: range) -> str:
    if ports == _ALL_PORTS:
        return "all ports"
    return f"port {ports[0]}" if len(ports) == 1 else f"ports {ports[0]} to {ports[-1]}"
