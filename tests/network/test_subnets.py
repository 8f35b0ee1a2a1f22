"""Subnets: which ones a property names. Whether the internet reaches them: tests/policies/test_placement.py."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.model import Context, Origin, Reference, Resource, Stack, Written
from policypack.network.subnets import SUBNETS, is_in_region, subnets_of, zone_of
from policypack.testing import UNKNOWN, ref, resource
from tests.support import SilentProgram

SUBNET, DEFAULT_SUBNET = SUBNETS
GROUP = "aws:rds/subnetGroup:SubnetGroup"


def subnet(name: str, id_: str = "", **inputs: Any) -> Resource:
    return resource(SUBNET, name, with_outputs={"id": id_} if id_ else {}, **inputs)


A, B, C = subnet("a", "subnet-a"), subnet("b", "subnet-b"), subnet("c", "subnet-c")
# Their ids are known once the update has run.
NEW, NEWER = subnet("new"), subnet("newer")


def named(*ids: Any, after: list[Resource] | None = None) -> tuple[list[str], list[str], bool, bool]:
    """
    What subnets_of says of a list of ids.

    :param after: what the list depends on, where it is not what each id says.
    """
    group = resource(GROUP, subnetIds=[*ids])
    if after is not None:
        group.property_dependencies = {"subnetIds": tuple(each.urn for each in after)}
    stack = Stack([A, B, C, NEW, NEWER, group], group.context)
    found = subnets_of(stack.resources[group.urn].get("subnetIds"))
    return ([each.name for each in found.named], [each.name for each in found.possible], *found[2:])


@pytest.mark.parametrize(
    ("ids", "after", "expected"),
    [
        ([], [], ([], [], False, False)),
        # Known ids name what has them, whatever else the list depends on.
        (["subnet-b", "subnet-a"], [], (["a", "b"], [], False, False)),
        (["subnet-a"], [A, B, C], (["a"], [], False, False)),
        (["subnet-a", "subnet-elsewhere"], [A], (["a"], [], False, True)),
        (["subnet-elsewhere"], [], ([], [], False, True)),
        # An unknown id is one of those that the list depends on.
        ([UNKNOWN], [NEW], (["new"], [], False, False)),
        ([UNKNOWN, UNKNOWN], [NEWER, NEW], (["new", "newer"], [], False, False)),
        ([UNKNOWN], [NEW, NEWER], ([], ["new", "newer"], False, False)),
        ([UNKNOWN, UNKNOWN], [NEW], (["new"], [], True, False)),
        ([UNKNOWN], [], ([], [], True, False)),
        (["subnet-a", UNKNOWN], [A, NEW], (["a", "new"], [], False, False)),
        (["subnet-elsewhere", UNKNOWN], [NEW], (["new"], [], False, True)),
        (["subnet-elsewhere", UNKNOWN], [NEW, NEWER], ([], ["new", "newer"], False, True)),
        # A known id that no subnet has is of one whose id the provider has not told yet.
        (["subnet-n"], [NEW], (["new"], [], False, False)),
        (["subnet-n"], [NEW, NEWER], ([], ["new", "newer"], False, False)),
        (["subnet-m", "subnet-n"], [NEW], (["new"], [], False, True)),
        # Every id has been matched: none is left for the subnet without one.
        (["subnet-a"], [A, NEW], (["a"], [], False, False)),
    ],
)
def test_a_list_names_subnets_by_their_ids_and_by_what_it_depends_on(
    ids: list[Any], after: list[Resource], expected: tuple[list[str], list[str], bool, bool]
) -> None:
    assert named(*ids, after=after) == expected


def test_a_list_that_is_unknown_as_a_whole_names_one_or_more_of_what_it_depends_on() -> None:
    def whole(*targets: Resource) -> tuple[list[str], list[str], bool]:
        group = resource(GROUP, subnetIds=ref([*targets]))
        found = subnets_of(Stack([A, NEW, group], group.context).resources[group.urn].get("subnetIds"))
        return [each.name for each in found.named], [each.name for each in found.possible], found.is_partial

    assert whole(NEW) == (["new"], [], False)
    assert whole(NEW, A) == ([], ["a", "new"], False)
    assert whole() == ([], [], True)


def test_what_holds_for_each_possible_subnet_holds_for_them() -> None:
    group = resource(GROUP, subnetIds=["subnet-a", UNKNOWN])
    group.property_dependencies = {"subnetIds": (A.urn, NEW.urn, NEWER.urn)}
    found = subnets_of(Stack([A, NEW, NEWER, group], group.context).resources[group.urn].get("subnetIds"))
    assert [each.name for each in found.candidates] == ["a", "new", "newer"]
    assert [each.name for each in found.which(lambda each: each.name.startswith("new"))] == ["new", "newer"]
    assert [each.name for each in found.which(lambda each: each.name in ("a", "new"))] == ["a"]


def bound(it: Resource) -> Resource:
    return Stack([it], it.context).resources[it.urn]


def test_a_subnet_has_a_zone_by_name_or_by_id() -> None:
    assert zone_of(bound(subnet("s", availabilityZone="eu-west-1a"))).text == "eu-west-1a"
    assert zone_of(bound(subnet("s", availabilityZoneId="euw1-az1"))).text == "euw1-az1"
    assert zone_of(bound(subnet("s", availabilityZone=UNKNOWN, availabilityZoneId="euw1-az1"))).is_unknown
    assert zone_of(bound(subnet("s"))).is_absent


@pytest.mark.parametrize("zone", [None, UNKNOWN, "eu-west-1a", "us-gov-west-1b", "ap-southeast-2c"])
def test_a_subnet_in_an_availability_zone_is_in_the_region(zone: Any) -> None:
    assert is_in_region(bound(subnet("s", availabilityZone=zone)))


@pytest.mark.parametrize("zone", ["us-west-2-lax-1a", "us-east-1-wl1-bos-wlz-1", "eu-west-1"])
def test_a_subnet_in_a_local_zone_is_not_in_the_region(zone: str) -> None:
    assert not is_in_region(bound(subnet("s", availabilityZone=zone)))


def test_a_subnet_on_an_outpost_is_not_in_the_region() -> None:
    outpost = "arn:aws:outposts:eu-west-1:111122223333:outpost/op-1"
    assert not is_in_region(bound(subnet("s", outpostArn=outpost, availabilityZone="eu-west-1a")))
    assert is_in_region(bound(resource(DEFAULT_SUBNET, "s", availabilityZone="eu-west-1a")))


class Program(SilentProgram):
    """A program that says of each value what a test wants."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def written(self, of: Resource, path: str) -> Written | None:
        return Written(self._raw, None)


def of_subnet(name: str) -> Reference:
    return Reference(f"aws.ec2.Subnet '{name}'.id", Origin("aws.ec2.Subnet", name, "id"))


@pytest.mark.parametrize(
    ("ids", "written", "expected"),
    [
        (UNKNOWN, [of_subnet("new")], (["new"], [])),
        (UNKNOWN, of_subnet("newer"), (["newer"], [])),
        ([UNKNOWN], of_subnet("newer"), (["newer"], [])),
        # Not each of them is told.
        (UNKNOWN, [of_subnet("new"), UNKNOWN], ([], ["new", "newer"])),
        (UNKNOWN, [of_subnet("elsewhere")], ([], ["new", "newer"])),
        (UNKNOWN, [Reference("aws.ec2.get_subnet@main.py:1.id")], ([], ["new", "newer"])),
        (UNKNOWN, ["subnet-a"], ([], ["new", "newer"])),
    ],
)
def test_the_source_tells_which_of_several_subnets_a_list_names(
    ids: Any, written: Any, expected: tuple[list[str], list[str]]
) -> None:
    context = Context(program=Program(written))
    group = resource(GROUP, with_context=context, subnetIds=ids)
    group.property_dependencies = {"subnetIds": (NEW.urn, NEWER.urn)}
    stack = Stack([A, B, C, NEW, NEWER, group], context)
    found = subnets_of(stack.resources[group.urn].get("subnetIds"))
    assert ([each.name for each in found.named], [each.name for each in found.possible]) == expected
