"""Network ACLs and default groups: what lets traffic in although nobody thought of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from policypack.model import Resource, Stack, Value
from policypack.network.addresses import public_addresses
from policypack.network.ports import opened_ports
from policypack.policy import stack_policy
from policypack.requirement import FoldedConfig, Row, Table, controls_of, fold_table
from policypack.rows import Companion, Unset
from policypack.verdict import Undecided, Verdicts, Violation

_ADMIN: Final = (22, 3389)


@dataclass(frozen=True, slots=True)
class _NoAdminPorts(Row):
    """
    The rules of a network ACL, of which none may let the internet connect to SSH or RDP.

    :param path: where the rules are; empty where the resource is one itself.
    :param action: the property that says whether a rule allows or denies.
    """

    path: str
    action: str

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """Verdicts for each rule that does."""
        rules = resource.each(self.path) if self.path else (Value(resource, "", resource.declared),)
        for rule in rules:
            addresses = [rule.get("cidrBlock"), rule.get("ipv6CidrBlock")]
            is_outward = not self.path and rule.get("egress").is_true
            if is_outward or rule.get(self.action).text.lower() == "deny":
                continue
            ports = opened_ports(rule.get("protocol"), rule.get("fromPort"), rule.get("toPort"))
            if any(address.is_unknown for address in addresses) or ports is None:
                yield Undecided(rule.get("cidrBlock"), "does it let the internet connect to SSH or RDP?")
                continue
            opened = [port for port in _ADMIN if ports.first <= port <= ports.last]
            for address in public_addresses([address for address in addresses if not address.is_unset])[:1]:
                if opened:
                    message = f"{address.shown}: it opens {ports}, {means}."
                    fix = f"Set {address.at.path} to the networks that have to connect, or leave these ports out."
                    yield Violation(address.at, message, fix=fix)


_MEANS: Final = "and so SSH or RDP, to the whole internet"
_NOTE: Final = (
    "Answers to connections that hosts make themselves need ports from 1024 on, for which a deny rule for 3389 with a "
    "lower number is enough."
)


def _rules(path: str, action: str) -> tuple[Row, ...]:
    return (_NoAdminPorts(path, action, means=_MEANS, note=_NOTE, controls=("FSBP EC2.21",)),)


def _is_used(acl: Resource) -> bool:
    return not acl.get("subnetIds").is_unset


_ACLS: Final[Table] = {
    "aws:ec2/networkAcl:NetworkAcl": _rules("ingress[]", "action"),
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": _rules("ingress[]", "action"),
    "aws:ec2/networkAclRule:NetworkAclRule": _rules("", "ruleAction"),
}


@stack_policy(
    id="network-acl-ingress",
    title="Network ACLs do not let the whole internet connect to SSH and RDP",
    types=_ACLS,
    severity="medium",
    enforcement="advisory",
    fix="Name the networks that have to connect.",
    frameworks=controls_of(_ACLS),
    url="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",
)
def network_acl_ingress(stack: Stack, config: FoldedConfig) -> Verdicts:
    """One mistaken security group is then enough to open a host to everyone who tries passwords."""
    yield from fold_table(_ACLS, stack, config)


_DEFAULTS: Final[Table] = {
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": tuple(
        Unset(
            path,
            means="what nobody gave a security group has these rules",
            note="Give what uses the default group a security group of its own first.",
            controls=("FSBP EC2.2",),
        )
        for path in ("ingress", "egress")
    ),
    "aws:ec2/vpc:Vpc": (
        Companion(
            "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
            "vpcId",
            "The VPC has no DefaultSecurityGroup in this stack",
            "Add an aws.ec2.DefaultSecurityGroup with the VPC's id as vpcId, without ingress and egress. Give what "
            "uses the default group a security group of its own first.",
            means="the default group lets its members connect to each other, and to everything outside",
            controls=("FSBP EC2.2",),
        ),
    ),
    "aws:ec2/networkAcl:NetworkAcl": (
        Companion(
            "aws:ec2/networkAclAssociation:NetworkAclAssociation",
            "networkAclId",
            "The network ACL has neither subnetIds nor a NetworkAclAssociation in this stack",
            "Set subnetIds, or remove it.",
            unless=_is_used,
            means="it protects nothing, and hides which ACL does",
            controls=("FSBP EC2.16",),
        ),
    ),
}


@stack_policy(
    id="default-network-rules",
    title="Default security groups let no traffic through, and network ACLs are used",
    types=_DEFAULTS,
    severity="medium",
    enforcement="advisory",
    fix="Take the rules out of the default group.",
    frameworks=controls_of(_DEFAULTS),
    url="https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
)
def default_network_rules(stack: Stack, config: FoldedConfig) -> Verdicts:
    """What is started without a security group gets the default one, and with it access that nobody gave it."""
    yield from fold_table(_DEFAULTS, stack, config)


@dataclass(frozen=True, slots=True)
class _Endpoint(Row):
    """
    An interface endpoint that a VPC must have.

    :param service: the end of the service's name, such as `ecr.api`.
    """

    service: str

    def wrong(self, vpc: Resource, means: str) -> Verdicts:
        """A verdict where no VpcEndpoint of the stack for the VPC names the service."""
        names = [endpoint.get("serviceName") for endpoint in vpc.referrers("aws:ec2/vpcEndpoint:VpcEndpoint", "vpcId")]
        if any(name.text.endswith(f".{self.service}") for name in names):
            return
        if unknown := next((name for name in names if name.is_unknown), None):
            yield Undecided(unknown, f"is it the endpoint for {self.service}?")
        else:
            fix = f'Add an aws.ec2.VpcEndpoint with serviceName "com.amazonaws.REGION.{self.service}".'
            yield Violation(vpc, f"The VPC has no endpoint for {self.service} in this stack: {means}.", fix=fix)


_ENDPOINTS: Final[Table] = {
    "aws:ec2/vpc:Vpc": tuple(
        _Endpoint(service, controls=(control,))
        for service, control in (
            ("ec2", "FSBP EC2.10"),
            ("ecr.api", "FSBP EC2.55"),
            ("ecr.dkr", "FSBP EC2.56"),
            ("ssm", "FSBP EC2.57"),
            ("ssm-contacts", "FSBP EC2.58"),
            ("ssm-incidents", "FSBP EC2.60"),
        )
    ),
}


@stack_policy(
    id="vpc-endpoints",
    title="VPCs have interface endpoints for the services that hosts manage themselves with",
    types=_ENDPOINTS,
    severity="medium",
    enforcement="disabled",
    fix="Add the endpoint. AWS charges for it by the hour and zone.",
    frameworks=controls_of(_ENDPOINTS),
    url="https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
)
def vpc_endpoints(stack: Stack, config: FoldedConfig) -> Verdicts:
    """Hosts need a way to the internet to reach AWS, which an attacker can use too."""
    yield from fold_table(_ENDPOINTS, stack, config, "hosts reach the service over the internet only")
