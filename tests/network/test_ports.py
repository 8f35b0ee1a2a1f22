"""Ports: what a rule opens, by its protocol and its two numbers."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.network.ports import EVERY_PORT, NO_PORTS, Ports, listed_ports, opened_ports
from policypack.testing import UNKNOWN, resource


def opened(protocol: Any, first: Any, last: Any) -> Ports | None:
    rule = resource("test:index:It", protocol=protocol, first=first, last=last)
    return opened_ports(rule.get("protocol"), rule.get("first"), rule.get("last"))


@pytest.mark.parametrize(
    ("rule", "ports"),
    [
        (("tcp", 22, 22), Ports(22, 22)),
        (("TCP", "22", 23.0), Ports(22, 23)),
        (("17", 53, 53), Ports(53, 53)),
        (("6", 0, 65535), EVERY_PORT),
        # Providers send 0 for a number that is not set.
        (("udp", 53, None), Ports(53, 53)),
        (("udp", 53, 0), Ports(53, 53)),
        (("tcp", 0, 0), Ports(0, 0)),
        (("tcp", 0, 80), Ports(0, 80)),
        # The wrong way round AWS refuses it, and until then it opens what lies between.
        (("tcp", 443, 80), Ports(80, 443)),
        (("tcp", None, None), EVERY_PORT),
        (("tcp", -1, -1), EVERY_PORT),
        (("tcp", 22, -1), EVERY_PORT),
        # Numbers that no port has.
        (("tcp", "https", 443), Ports(0, 443)),
        (("tcp", 22, "ssh"), Ports(22, 65535)),
        (("tcp", 22, 99999), Ports(22, 65535)),
        (("tcp", 22, 65536), Ports(22, 65535)),
        # All protocols, and those that have no ports.
        (("-1", 0, 0), EVERY_PORT),
        (("", 22, 22), EVERY_PORT),
        (("50", 22, 22), EVERY_PORT),
        (("icmp", 8, 0), NO_PORTS),
        (("ICMPv6", -1, -1), NO_PORTS),
        (("1", 8, 0), NO_PORTS),
        (("58", 8, 0), NO_PORTS),
    ],
    ids=str,
)
def test_a_rule_opens_the_ports_between_its_numbers(rule: tuple[Any, Any, Any], ports: Ports) -> None:
    assert opened(*rule) == ports


@pytest.mark.parametrize("rule", [(UNKNOWN, 22, 22), ("tcp", UNKNOWN, 22), ("tcp", 22, UNKNOWN)], ids=str)
def test_a_rule_of_which_a_part_is_unknown_is_unknown(rule: tuple[Any, Any, Any]) -> None:
    assert opened(*rule) is None


def test_ports_say_how_many_they_are_and_which() -> None:
    assert [len(each) for each in (NO_PORTS, Ports(22, 22), Ports(80, 443), EVERY_PORT)] == [0, 1, 364, 65536]
    assert [str(each) for each in (Ports(22, 22), Ports(80, 443), EVERY_PORT)] == [
        "port 22",
        "ports 80 to 443",
        "all ports",
    ]


def test_ports_are_among_the_allowed_ones_where_each_of_them_is() -> None:
    allowed = [80, 443, 444]
    assert all(each.are_among(allowed) for each in (Ports(80, 80), Ports(443, 444), Ports(444, 444), NO_PORTS))
    assert not any(each.are_among(allowed) for each in (Ports(80, 81), Ports(442, 444), Ports(443, 445), EVERY_PORT))
    assert not Ports(22, 22).are_among([])


def test_ports_are_listed_in_order() -> None:
    assert listed_ports([443]) == "port 443"
    assert listed_ports({443, 80, 22}) == "ports 22, 80 and 443"
