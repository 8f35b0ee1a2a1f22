"""Security groups: the ports that they open to the internet, and rules that remove each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.listing import listed
from policypack.model import Resource, Value, remembered
from policypack.network.addresses import PublicAddress
from policypack.network.ports import Ports, listed_ports
from policypack.network.security_groups import (
    DEFAULT_GROUP,
    EGRESS_RULE,
    GROUP,
    GROUPS,
    INGRESS_RULE,
    LOAD_BALANCERS,
    RULE,
    VPC_ENDPOINT,
    Direction,
    Opening,
    groups_of,
    openings,
    users_of,
)
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_LISTENER: Final = "aws:lb/listener:Listener"
_HTTP: Final = Ports(80, 80)
_RULES_DOCS: Final = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"


class IngressConfig(Config):
    """Config of security-group-ingress."""

    allowed_ports: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=65535)], ...],
        Meta(
            description="The ports that may be open to the whole internet. Port 80 need not be among them where a load "
            "balancer of the stack listens on it: alb-https-listener checks that it only redirects to HTTPS."
        ),
    ] = (443,)


@resource_policy(
    id="security-group-ingress",
    title="Security groups open only allowed ports to the internet",
    needs_stack=True,
    types=(GROUP, DEFAULT_GROUP, RULE, INGRESS_RULE),
    severity="critical",
    fix="Replace the address with the security group or the network that has to connect, or remove the rule.",
    frameworks=(
        "FSBP EC2.18",
        "FSBP EC2.19",
        "Security Hub EC2.13",
        "Security Hub EC2.14",
        "Security Hub EC2.53",
        "Security Hub EC2.54",
    ),
    url=_RULES_DOCS,
)
def security_group_ingress(resource: Resource, config: IngressConfig) -> Verdicts:
    """
    Scanners find an open SSH, database or admin port within hours. From then on, a weak password or an unpatched
    vulnerability is enough to break in.
    """
    allowed = sorted(set(config.allowed_ports))
    for found in _open_to_the_internet(openings(resource, "ingress"), allowed):
        if isinstance(found, Undecided):
            yield found
            continue
        opening, address = found
        groups = groups_of(resource)
        if opening.ports == _HTTP and any(map(_listens_on_http, groups)):
            continue  # what the listener does with plain HTTP is for alb-https-listener to say
        users = [user for group in groups for user in users_of(group)]
        if users and all(user.type == VPC_ENDPOINT for user in users):
            yield Violation(
                address.at,
                f"{address.shown}: it opens {opening.shown} to every address. Only the VPC and the networks connected "
                f"to it reach {_of_kind('the VPC endpoint', users)}, but all of them may connect.",
                fix=f"Set {address.at.path} to the network of the VPC, or name the security group that has to connect.",
                level="advisory",
            )
        else:
            yield Violation(
                address.at,
                f"{address.shown}: it opens {opening.shown} to the whole internet; {_only(allowed)} may be open.",
                fix=_how_to_close(opening, address.at.path, users),
            )


def _how_to_close(opening: Opening, path: str, users: Sequence[Resource]) -> str:
    if opening.shown != str(_HTTP):
        return (
            f"Replace {path} with the security group or the network that has to connect, or remove the rule. If the "
            "port has to be public, add it to allowedPorts in this policy's config."
        )
    if balancers := [user for user in users if user.type in LOAD_BALANCERS]:
        return (
            f"Remove the rule: no listener of {_of_kind('the load balancer', balancers)} in this stack uses port 80. "
            "Or add a listener on port 80 that only redirects to HTTPS."
        )
    return "Serve HTTPS on port 443 and remove the rule, or name the security group or the network that has to connect."


@remembered
def _listens_on_http(group: Resource) -> bool:
    """Whether a load balancer with this security group has a listener for plain HTTP on port 80."""
    for balancer in users_of(group):
        if balancer.type == LOAD_BALANCERS[0]:
            listeners = balancer.referrers(_LISTENER, "loadBalancerArn")
            if any(
                listener.get("port").number == 80 and listener.get("protocol").text.upper() in ("HTTP", "")
                for listener in listeners
            ):
                return True
        elif balancer.type == LOAD_BALANCERS[1] and any(
            listener.get("lbPort").number == 80 and listener.get("lbProtocol").text.upper() in ("HTTP", "")
            for listener in balancer.each("listeners[]")
        ):
            return True
    return False


class EgressConfig(Config):
    """Config of security-group-egress."""

    allowed_ports: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=65535)], ...],
        Meta(description="The ports on which connections may be made to any host on the internet."),
    ] = (443,)


@resource_policy(
    id="security-group-egress",
    title="Security groups let traffic out to the internet only on allowed ports",
    needs_stack=True,
    types=(GROUP, DEFAULT_GROUP, RULE, EGRESS_RULE),
    severity="low",
    enforcement="disabled",
    fix="Limit the rule to the security group, the network or the ports that are needed. If a port is needed for any "
    "host, add it to allowedPorts in this policy's config.",
    url=_RULES_DOCS,
)
def security_group_egress(resource: Resource, config: EgressConfig) -> Verdicts:
    """
    An attacker who controls a host can download tools from anywhere and send your data anywhere, as no rule stops the
    connections.
    """
    allowed = sorted(set(config.allowed_ports))
    for found in _open_to_the_internet(openings(resource, "egress"), allowed):
        if isinstance(found, Undecided):
            yield found
        else:
            opening, address = found
            yield Violation(
                address.at,
                f"{address.shown}: it lets connections out to the whole internet on {opening.shown}; "
                f"{_only(allowed)} may be used.",
            )


def _open_to_the_internet(
    found: Iterator[Opening], allowed: Sequence[int]
) -> Iterator[tuple[Opening, PublicAddress] | Undecided]:
    """Each opening with the first of its addresses that is the whole internet, where not all its ports are allowed."""
    for opening in found:
        ports = opening.ports
        if ports is not None and ports.are_among(allowed):
            continue
        public, unknown = opening.reach
        if public and ports is None:
            yield Undecided(opening.unknown_port, "is it a port that may be open to the internet?")
        elif public:
            yield opening, public[0]
        elif unknown:
            yield Undecided(unknown[0], "is it the whole internet?")


def _only(allowed: Sequence[int]) -> str:
    return f"only {listed_ports(allowed)}" if allowed else "no port"


def _of_kind(kind: str, resources: Sequence[Resource]) -> str:
    return f"{kind}{'s' * (len(resources) > 1)} {listed(resources)}"


@resource_policy(
    id="security-group-rule-conflicts",
    title="A security group's rules are either inside it or resources of their own",
    needs_stack=True,
    types=GROUPS,
    severity="high",
    fix="Keep all rules of the group in one place: inside it, or in resources of their own.",
    url="https://www.pulumi.com/registry/packages/aws/api-docs/ec2/securitygroup/",
)
def security_group_rule_conflicts(group: Resource, config: Config) -> Verdicts:
    """
    The security group removes each rule that it does not list, and the rule resource adds it again: every second update
    silently opens or closes the port.
    """
    directions: tuple[tuple[Direction, str], ...] = (("ingress", INGRESS_RULE), ("egress", EGRESS_RULE))
    for direction, type_ in directions:
        inside = group.get(direction)
        # A default security group removes the rules that it does not list even where it lists none
        # (https://www.pulumi.com/registry/packages/aws/api-docs/ec2/defaultsecuritygroup/).
        if inside.is_unset and group.type != DEFAULT_GROUP:
            continue
        rules = [
            *(rule for rule in group.referrers(RULE, "securityGroupId") if rule.get("type").text == direction),
            *group.referrers(type_, "securityGroupId"),
        ]
        if not rules:
            continue
        # What the state shows inside a group includes the rules of resources.
        known = {key for rule in group.each(f"{direction}[]") for key in _keys(rule)}
        rules = [rule for rule in rules if known.isdisjoint(_keys(rule))]
        if rules and inside.is_unknown:
            yield Undecided(inside, f"does it list the rules of {listed(rules)}?")
        elif rules:
            listing = "lists no rules" if inside.is_unset else "lists rules"
            yield Violation(
                inside,
                f"{direction} {listing} inside the security group, and {listed(rules)} "
                f"{'adds another' if len(rules) == 1 else 'add others'}: each update removes what it does not list.",
                fix=f"Make each rule of {direction} a resource of its own, and leave {direction} out. AWS keeps the "
                "rules of a group that exists and refuses duplicates: import them into the new resources."
                if group.type == GROUP
                else f"Move these rules into {direction}, or use a security group other than the default one. Where "
                "they are deployed, first run `pulumi up` with the resource option retainOnDelete on them: without it, "
                "their deletion closes the ports.",
            )


_SOURCES: Final = {
    RULE: ("cidrBlocks[]", "ipv6CidrBlocks[]", "prefixListIds[]", "sourceSecurityGroupId"),
    INGRESS_RULE: ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"),
    EGRESS_RULE: ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"),
}
_SOURCES_INSIDE: Final = ("cidrBlocks[]", "ipv6CidrBlocks[]", "prefixListIds[]", "securityGroups[]")


def _keys(rule: Resource | Value) -> Iterator[tuple[str, ...]]:
    """What identifies each thing that a rule opens."""
    is_new = isinstance(rule, Resource) and rule.type != RULE
    ports = [rule.get(name).text for name in ("ipProtocol" if is_new else "protocol", "fromPort", "toPort")]
    for path in _SOURCES[rule.type] if isinstance(rule, Resource) else _SOURCES_INSIDE:
        yield from ((*ports, source.text) for source in rule.each(path) if source.text)
