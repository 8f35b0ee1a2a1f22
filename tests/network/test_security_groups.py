"""Security groups: what rules in each of their forms let through, and what uses a group."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.model import Resource, Stack
from policypack.network.ports import Ports
from policypack.network.security_groups import (
    DEFAULT_GROUP,
    EGRESS_RULE,
    GROUP,
    INGRESS_RULE,
    RULE,
    Opening,
    entries_of,
    groups_of,
    is_of_own_network,
    openings,
    users_of,
)
from policypack.testing import UNKNOWN, Secret, ref, resource

LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
ENTRY = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
VPC = "aws:ec2/vpc:Vpc"
WORLD = "0.0.0.0/0"


def bound(it: Resource, *others: Resource) -> Resource:
    return Stack([it, *others], it.context).resources[it.urn]


def through(it: Resource, *others: Resource, direction: Any = "ingress") -> list[Opening]:
    return list(openings(bound(it, *others), direction))


def forms(*addresses: Any) -> list[Resource]:
    """A rule that lets some addresses in on port 22, in each form that holds a list."""
    rule = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": [*addresses]}
    return [
        resource(GROUP, ingress=[rule], egress=[{"protocol": "-1"}]),
        resource(DEFAULT_GROUP, ingress=[rule]),
        resource(RULE, type="ingress", **rule),
        resource(RULE, **rule),
    ]


@pytest.mark.parametrize("form", forms(WORLD, "10.0.0.0/8", UNKNOWN), ids=lambda form: form.type)
def test_the_forms_of_a_rule_say_the_same(form: Resource) -> None:
    [opening] = through(form)
    assert [address.text for address in opening.addresses] == [WORLD, "10.0.0.0/8", ""]
    assert (opening.ports, opening.shown) == (Ports(22, 22), "port 22")
    assert [each.at.text for each in opening.reach.public] == [WORLD]
    assert [each.is_unknown for each in opening.reach.unknown] == [True]


def test_a_rule_of_one_address_names_it_in_either_version() -> None:
    rule = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 23}
    for type_, direction in ((INGRESS_RULE, "ingress"), (EGRESS_RULE, "egress")):
        for address in ({"cidrIpv4": WORLD}, {"cidrIpv6": "::/0"}):
            [opening] = through(resource(type_, **rule, **address), direction=direction)
            assert [each.at.path for each in opening.reach.public] == [*address]
            assert opening.ports == Ports(22, 23)


def test_rules_of_the_other_direction_are_left_out() -> None:
    rule = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": [WORLD]}
    assert through(resource(GROUP, egress=[rule])) == []
    assert through(resource(RULE, type="egress", **rule)) == []
    assert len(through(resource(GROUP, egress=[rule]), direction="egress")) == 1
    assert len(through(resource(RULE, type="egress", **rule), direction="egress")) == 1


@pytest.mark.parametrize("part", ["protocol", "fromPort", "toPort"])
def test_ports_that_are_unknown_or_secret_are_not_told(part: str) -> None:
    rule = {"protocol": "tcp", "fromPort": 22, "toPort": 22}
    [opening] = through(resource(RULE, type="ingress", **{**rule, part: UNKNOWN}))
    assert (opening.ports, opening.unknown_port.path) == (None, part)
    [opening] = through(resource(RULE, type="ingress", **{**rule, part: Secret(rule[part])}))
    assert (opening.ports, opening.shown) == (Ports(22, 22), "ports that are secret")


# Prefix lists


def test_a_prefix_list_has_the_networks_inside_of_it_and_those_that_are_added() -> None:
    list_ = resource(LIST, "list", entries=[{"cidr": "10.0.0.0/8"}], with_outputs={"id": "pl-1"})
    added = resource(ENTRY, "added", prefixListId=ref(list_, "pl-1"), cidr=WORLD)
    other = resource(ENTRY, "other", prefixListId="pl-2", cidr="::/0")
    assert [each.text for each in entries_of(bound(list_, added, other))] == ["10.0.0.0/8", WORLD]
    rule = resource(INGRESS_RULE, ipProtocol="-1", prefixListId="pl-1")
    [opening] = through(rule, list_, added, other)
    assert [each.at.resource.name for each in opening.reach.public] == ["added"]
    [opening] = through(resource(RULE, type="ingress", protocol="-1", prefixListIds=["pl-1"]), list_, added)
    assert [each.at.resource.name for each in opening.reach.public] == ["added"]
    [opening] = through(resource(RULE, type="ingress", protocol="-1", prefixListIds=["pl-2"]), list_, added)
    assert opening.reach == ([], [])


def test_of_several_lists_with_unknown_ids_none_is_named_and_a_public_one_makes_all_suspect() -> None:
    closed = resource(LIST, "closed", entries=[{"cidr": "10.0.0.0/8"}])
    for entry, is_suspect in ((WORLD, True), (UNKNOWN, True), ("10.1.0.0/16", False)):
        open_ = resource(LIST, "open", entries=[{"cidr": entry}])
        rule = {"protocol": "-1", "prefixListIds": [ref([open_, closed])]}
        [opening] = through(resource(GROUP, ingress=[rule]), open_, closed)
        assert opening.reach.public == []
        assert [each.path for each in opening.reach.unknown] == ["ingress[0].prefixListIds[0]"] * is_suspect


# What an unknown address is


def test_an_unknown_address_is_of_ones_own_network_where_nothing_else_is_behind_it() -> None:
    vpc, eip, group = resource(VPC, "vpc"), resource("aws:ec2/eip:Eip", "eip"), resource(GROUP, "clients")
    instance = resource("aws:ec2/instance:Instance", "instance")

    def is_own(*behind: Resource) -> bool:
        rule = resource(RULE, type="ingress", protocol="-1", cidrBlocks=[ref([*behind])])
        return is_of_own_network(next(bound(rule, vpc, eip, group, instance).each("cidrBlocks[]")))

    assert is_own(vpc)
    assert is_own(vpc, eip)
    # Rules inside a group share their dependencies, and those on groups are of other rules.
    assert is_own(vpc, group)
    assert not is_own(group)
    assert not is_own(vpc, instance)
    [opening] = through(resource(RULE, type="ingress", protocol="-1", cidrBlocks=[ref(vpc)]), vpc)
    assert opening.reach == ([], [])


# What uses a group


def test_a_group_is_its_own_and_a_rule_has_one() -> None:
    group = resource(GROUP, "group")
    assert groups_of(bound(group)) == [group]
    rule = resource(RULE, "rule", securityGroupId=ref(group))
    assert groups_of(bound(rule, group)) == [group]
    assert groups_of(bound(resource(RULE, "rule", securityGroupId="sg-elsewhere"), group)) == []


def test_what_names_a_group_uses_it_and_rules_do_not() -> None:
    group, other = resource(GROUP, "group"), resource(GROUP, "other")
    task = resource("aws:ecs/service:Service", "task", networkConfiguration={"securityGroups": [ref(group)]})
    balancer = resource("aws:lb/loadBalancer:LoadBalancer", "balancer", securityGroups=[ref(group), ref(other)])
    database = resource("aws:rds/instance:Instance", "database", vpcSecurityGroupIds=[ref(group)])
    rule = resource(RULE, "rule", securityGroupId=ref(group))
    used = bound(group, other, task, balancer, database, rule)
    assert {each.name for each in users_of(used)} == {"task", "balancer"}
