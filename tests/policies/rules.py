"""Security group rules for tests, in each of the ways to write one."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.model import Resource
from policypack.testing import ref, resource

GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
PREFIX_LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
PREFIX_LIST_ENTRY = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
BALANCERS = ["aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"]
VPC = "aws:ec2/vpc:Vpc"
LISTENER = "aws:lb/listener:Listener"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
WORLD = "0.0.0.0/0"


def opening(kind: str, cidr: Any, first: Any, last: Any = None, protocol: Any = "tcp") -> Resource:
    """The same opening in each of the ways to write one."""
    last = first if last is None else last
    if kind == "rule":
        return resource(
            RULE,
            type="ingress",
            cidrBlocks=[cidr],
            protocol=protocol,
            fromPort=first,
            toPort=last,
            securityGroupId="sg-1",
        )
    if kind == "ingress rule":
        return resource(INGRESS_RULE, cidrIpv4=cidr, ipProtocol=protocol, fromPort=first, toPort=last)
    type_ = GROUP if kind == "inline" else "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    return resource(type_, ingress=[{"cidrBlocks": [cidr], "protocol": protocol, "fromPort": first, "toPort": last}])


KINDS = ["inline", "default group", "rule", "ingress rule"]
each_kind = pytest.mark.parametrize("kind", KINDS)


def listing(kind: str, prefix_list: Any, port: int = 22) -> Resource:
    """A rule that lets the networks of a prefix list in."""
    ports = {"fromPort": port, "toPort": port}
    if kind == "ingress rule":
        return resource(INGRESS_RULE, "rule", prefixListId=prefix_list, ipProtocol="tcp", **ports)
    if kind == "rule":
        return resource(RULE, "rule", type="ingress", prefixListIds=[prefix_list], protocol="tcp", **ports)
    type_ = GROUP if kind == "inline" else DEFAULT_GROUP
    return resource(type_, "rule", ingress=[{"prefixListIds": [prefix_list], "protocol": "tcp", **ports}])


def prefix_list(is_known: bool, *cidrs: Any, inline: bool = True) -> list[Resource]:
    """A prefix list with its entries inside or as resources."""
    entries = {"entries": [{"cidr": cidr} for cidr in cidrs]} if inline else {}
    made = resource(PREFIX_LIST, "list", with_outputs={"id": "pl-1"} if is_known else {}, **entries)
    of_it: Any = "pl-1" if is_known else ref(made)
    outside = [] if inline else cidrs
    return [
        made,
        *(resource(PREFIX_LIST_ENTRY, f"e{n}", prefixListId=of_it, cidr=cidr) for n, cidr in enumerate(outside)),
    ]
