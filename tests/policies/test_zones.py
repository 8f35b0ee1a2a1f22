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

REQUIRED = POLICIES["required-zones"].types
CACHES = "aws:elasticache/subnetGroup:SubnetGroup"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
OTHERS = [
    (BALANCER, "subnets"),
    ("aws:alb/loadBalancer:LoadBalancer", "subnets"),
    ("aws:eks/cluster:Cluster", "vpcConfig.subnetIds"),
    ("aws:directoryservice/directory:Directory", "vpcSettings.subnetIds"),
    ("aws:mwaa/environment:Environment", "networkConfiguration.subnetIds"),
]


@each_mode
@each_place
def test_subnets_of_one_zone_are_reported(mode: str, type_: str, path: str) -> None:
    network = Network(mode)
    subnets = [network.subnet("a", "eu-west-1a"), network.subnet("b", "eu-west-1a")]
    network.placed(*subnets, type_=type_, path=path, **aware(type_))
    if type_ in REQUIRED:
        assert check("subnet-zones", *network.resources).is_clean
        decision = check("required-zones", *network.resources)
        assert (decision.violations, decision.undecided) == ([f"placed.{path}"], [])
        assert f'{path} names subnets of 1 Availability Zone ("eu-west-1a") only: AWS refuses' in decision.messages[0]
        assert f"Fix: Add a subnet in another Availability Zone to {path}." in decision.messages[0]
    else:
        decision = check("subnet-zones", *network.resources)
        assert (decision.violations, decision.undecided) == ([f"placed.{path}"], [])
        assert decision.messages[0].startswith(
            f'{path} names subnets of 1 Availability Zone ("eu-west-1a"); at least 2 are required.\n'
            f"Fix: Name subnets of 2 or more Availability Zones in {path}.\n"
        )


@each_mode
@each_place
def test_subnets_of_two_zones_comply(mode: str, type_: str, path: str) -> None:
    network = Network(mode)
    subnets = [network.subnet("a", "eu-west-1a"), network.subnet("b", "eu-west-1b")]
    network.placed(*subnets, type_=type_, path=path, **aware(type_))
    assert check("subnet-zones", *network.resources).is_clean
    assert check("required-zones", *network.resources).is_clean


@each_place
def test_one_subnet_is_in_one_zone_wherever_it_is(type_: str, path: str) -> None:
    for subnet in (UNKNOWN, "subnet-elsewhere"):
        policy_id = "required-zones" if type_ in REQUIRED else "subnet-zones"
        decision = check(policy_id, resource(type_, "placed", **nested(path, [subnet]), **aware(type_)))
        assert (decision.violations, decision.undecided) == ([f"placed.{path}"], [])
        assert f"{path} names a single subnet, of one Availability Zone" in decision.messages[0]


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
    for policy_id, type_ in (("subnet-zones", CACHES), ("required-zones", GROUP)):
        network = Network(mode)
        network.placed(network.subnet("a", "eu-west-1a"), network.subnet("b"), type_=type_)
        decision = check(policy_id, *network.resources)
        # After the update, AWS has told it where it tells it at all.
        assert (decision.violations, decision.undecided) == ([], ["placed.subnetIds"] * (mode == "preview"))


def test_a_zone_that_aws_picked_is_read_after_the_update() -> None:
    for zones, violations in ((("a", "b"), []), (("a", "a"), ["placed.subnetIds"])):
        subnets = [
            resource(SUBNET, f"s{number}", with_outputs={"id": f"subnet-{number}", "availabilityZone": zone})
            for number, zone in enumerate(zones)
        ]
        group = resource(CACHES, "placed", subnetIds=["subnet-0", "subnet-1"])
        decision = check("subnet-zones", *subnets, group)
        assert (decision.violations, decision.undecided) == (violations, [])


def test_a_zone_may_be_given_by_its_id() -> None:
    for zones, complies in ((("euw1-az1", "euw1-az2"), True), (("euw1-az1", "euw1-az1"), False)):
        subnets = [resource(SUBNET, zone + str(n), availabilityZoneId=zone) for n, zone in enumerate(zones)]
        decision = check("subnet-zones", *subnets, resource(CACHES, subnetIds=[ref(subnet) for subnet in subnets]))
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
    decision = check("subnet-zones", *network.resources, group_of(depending(UNKNOWN, a, other), CACHES))
    assert decision.violations == ["placed.subnetIds"]


def test_config_says_how_many_zones_are_required() -> None:
    network = Network("preview")
    subnets = [network.subnet(zone, zone) for zone in ("eu-west-1a", "eu-west-1b", "eu-west-1a-2")]
    network.placed(*subnets[:2])
    [message] = check("subnet-zones", *network.resources, config={"minZones": 3}).messages
    assert "subnetIds names 2 subnets, of 2 Availability Zones at most; at least 3 are required." in message
    assert check("subnet-zones", *network.resources, config={"minZones": 2.0}).is_clean
    network.resources.pop()
    network.placed(*subnets, network.subnet("another", "eu-west-1a"))
    assert check("subnet-zones", *network.resources, config={"minZones": 3}).is_clean
    [message] = check("subnet-zones", *network.resources, config={"minZones": 4}).messages
    assert 'names subnets of 3 Availability Zones ("eu-west-1a", "eu-west-1a-2", "eu-west-1b"); at least 4' in message
    one = resource(GROUP, subnetIds=["subnet-1"])
    assert check("subnet-zones", one, config={"minZones": 1}).is_clean


@pytest.mark.parametrize("zones", [0, 7, "two", 1.5])
def test_a_number_of_zones_that_no_region_has_is_refused(zones: Any) -> None:
    with pytest.raises(ConfigError, match=r"'subnet-zones', config key 'minZones': .* an integer from 1 to 6"):
        check("subnet-zones", config={"minZones": zones})


def test_a_secret_zone_is_counted_and_not_shown() -> None:
    subnets = [resource(SUBNET, name, availabilityZone=Secret("ca-canary-1a")) for name in "ab"]
    for type_, policy_id in ((CACHES, "subnet-zones"), (GROUP, "required-zones")):
        group = resource(type_, subnetIds=[ref(subnet) for subnet in subnets])
        [message] = decide(POLICIES[policy_id], *subnets, group).messages
        assert "of 1 Availability Zone ([secret])" in message
        assert "canary" not in message


# What AWS requires


@each_mode
@pytest.mark.parametrize(("type_", "path"), OTHERS)
def test_aws_refuses_what_is_in_one_zone(mode: str, type_: str, path: str) -> None:
    for zones, complies in ((("a", "a"), False), (("a", "b"), True), (("a",), False)):
        network = Network(mode)
        subnets = [network.subnet(f"s{n}", f"eu-west-1{zone}") for n, zone in enumerate(zones)]
        network.placed(*subnets, type_=type_, path=path)
        decision = check("required-zones", *network.resources)
        assert (decision.violations, decision.undecided) == ([] if complies else [f"placed.{path}"], [])
        assert all("AWS refuses" in message for message in decision.messages)


@pytest.mark.parametrize(("type_", "path"), OTHERS)
def test_too_little_known_about_required_zones(type_: str, path: str) -> None:
    for value, undecided in ((UNKNOWN, 1), ([UNKNOWN, UNKNOWN], 1), (["subnet-1", "subnet-2"], 0), (None, 0)):
        decision = check("required-zones", resource(type_, **nested(path, value)))
        assert (decision.violations, len(decision.undecided)) == ([], undecided)


def test_a_load_balancer_is_told_by_its_subnet_mappings_too() -> None:
    a, b = (resource(SUBNET, name, availabilityZone="eu-west-1a") for name in "ab")
    for mappings in ([{"subnetId": ref(a)}, {"subnetId": ref(b)}], [{"subnetId": "subnet-1"}]):
        balancer = resource(BALANCER, "alb", subnetMappings=mappings)
        assert check("required-zones", a, b, balancer).violations == ["alb.subnetMappings"]


@pytest.mark.parametrize(
    ("type_", "inputs", "violations", "undecided"),
    [
        (BALANCER, {"loadBalancerType": "network", "subnets": ["s"]}, 0, 0),
        (BALANCER, {"loadBalancerType": "gateway", "subnets": ["s"]}, 0, 0),
        (BALANCER, {"loadBalancerType": "application", "subnets": ["s"]}, 1, 0),
        (BALANCER, {"loadBalancerType": UNKNOWN, "subnets": ["s"]}, 0, 1),
        (BALANCER, {"loadBalancerType": UNKNOWN, "subnets": ["s", "t"]}, 0, 1),
        ("aws:eks/cluster:Cluster", {"vpcConfig": {"subnetIds": ["s"]}, "outpostConfig": {"outpostArns": ["o"]}}, 0, 0),
    ],
)
def test_what_may_be_in_one_zone(type_: str, inputs: dict[str, Any], violations: int, undecided: int) -> None:
    decision = check("required-zones", resource(type_, **inputs))
    assert (len(decision.violations), len(decision.undecided)) == (violations, undecided)


@pytest.mark.parametrize(
    ("zone", "outpost", "complies"),
    [
        ("us-west-2-lax-1a", None, True),
        ("us-east-1-wl1-bos-wlz-1", None, True),
        ("us-west-2a", "arn:aws:outposts:us-west-2:123456789012:outpost/op-1", True),
        ("us-gov-west-1a", None, False),
        ("us-west-2a", None, False),
    ],
)
def test_one_subnet_is_enough_on_an_outpost_and_in_a_local_zone(zone: str, outpost: str | None, complies: bool) -> None:
    subnet = resource(SUBNET, "s", availabilityZone=zone, outpostArn=outpost)
    balancer = resource(BALANCER, "alb", subnets=[ref(subnet)])
    assert check("required-zones", subnet, balancer).is_clean == complies
