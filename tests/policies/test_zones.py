"""Availability Zones: how many of them subnets span."""

from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.policies.networks import (
    DEFAULT_SUBNET,
    GROUP,
    SEARCH,
    SUBNET,
    Network,
    depending,
    each_mode,
    each_place,
    group_of,
    nested,
)
from tests.support import POLICIES, check


@each_mode
@each_place
def test_subnets_of_one_zone_are_reported(mode: str, type_: str, path: str) -> None:
    network = Network(mode)
    subnets = [network.subnet("a", "eu-west-1a"), network.subnet("b", "eu-west-1a")]
    network.placed(*subnets, type_=type_, path=path, **aware(type_))
    decision = check("subnet-zones", *network.resources)
    assert (decision.violations, decision.undecided) == ([f"placed.{path}"], [])
    assert decision.messages[0].startswith(
        f'{path} names subnets of 1 availability zone ("eu-west-1a"); at least 2 zones are required.\n'
        "Fix: Name a subnet of each of several availability zones.\n"
    )


@each_mode
@each_place
def test_subnets_of_two_zones_comply(mode: str, type_: str, path: str) -> None:
    network = Network(mode)
    subnets = [network.subnet("a", "eu-west-1a"), network.subnet("b", "eu-west-1b")]
    network.placed(*subnets, type_=type_, path=path, **aware(type_))
    assert check("subnet-zones", *network.resources).is_clean


@each_place
def test_one_subnet_is_in_one_zone_wherever_it_is(type_: str, path: str) -> None:
    for subnet in (UNKNOWN, "subnet-elsewhere"):
        decision = check("subnet-zones", resource(type_, "placed", **nested(path, [subnet]), **aware(type_)))
        assert (decision.violations, decision.undecided) == ([f"placed.{path}"], [])
        assert f"{path} names a single subnet, of one availability zone; at least 2 zones" in decision.messages[0]


def aware(type_: str) -> dict[str, Any]:
    """What makes a search domain span zones, and nothing for others."""
    is_search = type_ in (SEARCH, "aws:elasticsearch/domain:Domain")
    return {"clusterConfig": {"zoneAwarenessEnabled": True}} if is_search else {}


@pytest.mark.parametrize("type_", [SEARCH, "aws:elasticsearch/domain:Domain"])
def test_a_search_domain_without_zone_awareness_takes_one_subnet(type_: str) -> None:
    for cluster in (None, {}, {"zoneAwarenessEnabled": False}):
        domain = resource(type_, vpcOptions={"subnetIds": ["subnet-1"]}, clusterConfig=cluster)
        assert check("subnet-zones", domain).is_clean


@each_mode
def test_a_zone_that_aws_picks_is_undecided(mode: str) -> None:
    network = Network(mode)
    network.placed(network.subnet("a", "eu-west-1a"), network.subnet("b"))
    decision = check("subnet-zones", *network.resources)
    assert (decision.violations, decision.undecided) == ([], ["placed.subnetIds"])


def test_a_zone_that_aws_picked_is_read_after_the_update() -> None:
    for zones, violations in ((("a", "b"), []), (("a", "a"), ["placed.subnetIds"])):
        subnets = [
            resource(SUBNET, f"s{number}", with_outputs={"id": f"subnet-{number}", "availabilityZone": zone})
            for number, zone in enumerate(zones)
        ]
        group = resource(GROUP, "placed", subnetIds=["subnet-0", "subnet-1"])
        decision = check("subnet-zones", *subnets, group)
        assert (decision.violations, decision.undecided) == (violations, [])


def test_a_zone_may_be_given_by_its_id() -> None:
    for zones, complies in ((("euw1-az1", "euw1-az2"), True), (("euw1-az1", "euw1-az1"), False)):
        subnets = [resource(SUBNET, zone + str(n), availabilityZoneId=zone) for n, zone in enumerate(zones)]
        decision = check("subnet-zones", *subnets, resource(GROUP, subnetIds=[ref(subnet) for subnet in subnets]))
        assert decision.is_clean == complies
        assert decision.undecided == []


def test_default_subnets_have_zones_too() -> None:
    subnets = [resource(DEFAULT_SUBNET, zone, availabilityZone=zone) for zone in ("eu-west-1a", "eu-west-1b")]
    assert check("subnet-zones", *subnets, resource(GROUP, subnetIds=[ref(subnet) for subnet in subnets])).is_clean


def test_enough_known_zones_decide_whatever_the_others_are() -> None:
    network = Network("preview")
    network.placed(network.subnet("a", "eu-west-1a"), network.subnet("b", "eu-west-1b"), network.subnet("c"), "s-1")
    assert check("subnet-zones", *network.resources).is_clean


def test_a_list_that_is_unknown_as_a_whole_has_the_zones_of_what_it_depends_on() -> None:
    network = Network("preview")
    a, b, other = (
        network.subnet("a", "eu-west-1a"),
        network.subnet("b", "eu-west-1b"),
        network.subnet("c", "eu-west-1a"),
    )
    assert check("subnet-zones", *network.resources, group_of(depending(UNKNOWN, a, b))).is_clean
    decision = check("subnet-zones", *network.resources, group_of(depending(UNKNOWN, a, other)))
    assert decision.violations == ["placed.subnetIds"]


def test_config_says_how_many_zones_are_required() -> None:
    network = Network("preview")
    subnets = [network.subnet(zone, zone) for zone in ("eu-west-1a", "eu-west-1b", "eu-west-1a-2")]
    network.placed(*subnets[:2])
    [message] = check("subnet-zones", *network.resources, config={"minZones": 3}).messages
    assert "subnetIds names 2 subnets, of 2 availability zones at most; at least 3 zones are required." in message
    assert check("subnet-zones", *network.resources, config={"minZones": 2.0}).is_clean
    network.resources.pop()
    network.placed(*subnets, network.subnet("another", "eu-west-1a"))
    assert check("subnet-zones", *network.resources, config={"minZones": 3}).is_clean
    [message] = check("subnet-zones", *network.resources, config={"minZones": 4}).messages
    assert 'names subnets of 3 availability zones ("eu-west-1a", "eu-west-1a-2", "eu-west-1b"); at least 4' in message
    one = resource(GROUP, subnetIds=["subnet-1"])
    assert check("subnet-zones", one, config={"minZones": 1}).undecided == ["it.subnetIds"]


@pytest.mark.parametrize("zones", [0, 7, "two", 1.5])
def test_a_number_of_zones_that_no_region_has_is_refused(zones: Any) -> None:
    with pytest.raises(ConfigError, match=r"'subnet-zones', config key 'minZones': .* an integer from 1 to 6"):
        check("subnet-zones", config={"minZones": zones})


def test_a_secret_zone_is_counted_and_not_shown() -> None:
    subnets = [resource(SUBNET, name, availabilityZone=Secret("canary-1a")) for name in "ab"]
    group = resource(GROUP, subnetIds=[ref(subnet) for subnet in subnets])
    [message] = decide(POLICIES["subnet-zones"], *subnets, group).messages
    assert "of 1 availability zone ([secret])" in message
    assert "canary" not in message
