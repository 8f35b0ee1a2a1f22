"""Addresses: which networks are as good as the whole internet."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.network.addresses import is_within, joined_networks, parsed_network, public_addresses
from policypack.testing import UNKNOWN, Secret, resource


def public(*addresses: Any) -> list[str]:
    """What public_addresses shows of a list."""
    return [each.shown for each in public_addresses(resource("test:index:It", cidrs=[*addresses]).each("cidrs[]"))]


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0/0", "::/0", "0.0.0.0/1", "64.0.0.0/7", "2000::/3", "2000::/15", "0:0:0:0:0:0:0:0/0", "8.8.8.8/0"],
)
def test_a_network_wider_than_any_customer_has_is_the_internet(address: str) -> None:
    assert public(address) == [f'cidrs[0] is "{address}"']


@pytest.mark.parametrize(
    "address", ["10.0.0.0/8", "9.0.0.0/8", "2000::/16", "fc00::/7", "fd00::/8", "10.0.0.1", "", "sg-1", "0.0.0.0/33"]
)
def test_what_a_customer_may_have_and_what_is_no_network_is_not(address: str) -> None:
    assert public(address) == []


def test_unknown_addresses_are_no_known_ones() -> None:
    assert public(UNKNOWN) == []


def test_networks_are_judged_by_what_they_cover_together() -> None:
    assert public("8.0.0.0/8", "9.0.0.0/8") == [
        'cidrs[0] is "8.0.0.0/8", and together with another network of the list it covers 8.0.0.0/7'
    ]
    quarters = ["0.0.0.0/9", "0.128.0.0/9", "1.0.0.0/9", "1.128.0.0/9"]
    assert public("10.0.0.0/16", *quarters) == [
        'cidrs[1] is "0.0.0.0/9", and together with 3 other networks of the list it covers 0.0.0.0/7'
    ]
    assert public("8.0.0.0/8", "10.0.0.0/8") == []
    # The same network twice covers no more.
    assert public("8.0.0.0/8", "8.0.0.0/8") == []


def test_the_widest_of_several_is_named_alone_where_it_covers_all() -> None:
    assert public("10.0.0.0/16", "0.0.0.0/0", "8.0.0.0/7") == ['cidrs[1] is "0.0.0.0/0"']
    assert public("::/0", "0.0.0.0/0") == ['cidrs[1] is "0.0.0.0/0"', 'cidrs[0] is "::/0"']


def test_what_secret_networks_cover_together_is_not_shown() -> None:
    assert public(Secret("8.0.0.0/8"), Secret("9.0.0.0/8")) == [
        "cidrs[0] is [secret], and together with another network of the list it covers the whole internet"
    ]


def test_a_text_is_parsed_where_it_is_a_network() -> None:
    assert str(parsed_network("10.1.2.3/8")) == "10.0.0.0/8"
    longest = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128"
    assert str(parsed_network(longest)) == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"
    assert parsed_network(f"{longest}0") is None
    assert parsed_network("") is parsed_network("all") is None


def test_a_network_is_within_others_of_its_version_only() -> None:
    networks = {text: parsed_network(text) for text in ("10.0.0.0/8", "10.1.0.0/16", "::/0", "0.0.0.0/0")}
    small, large, ipv6, ipv4 = (networks[text] for text in ("10.1.0.0/16", "10.0.0.0/8", "::/0", "0.0.0.0/0"))
    assert small
    assert large
    assert ipv6
    assert ipv4
    assert is_within(small, (ipv6, large))
    assert is_within(small, (small,))
    assert not is_within(large, (small, ipv6))
    assert not is_within(ipv4, (ipv6,))
    assert not is_within(small, ())
    assert joined_networks([small, ipv6, large]) == [large, ipv6]
