"""Conditions: what they say of who makes a request."""

import pytest

from policypack.iam import Condition


def everybody_from(*networks: str) -> bool:
    return not Condition("IpAddress", "aws:SourceIp", networks).identifies


@pytest.mark.parametrize(
    "networks",
    [
        ["0.0.0.0/0"],
        ["0.0.0.0/1", "128.0.0.0/1"],
        ["128.0.0.0/2", "192.0.0.0/2", "0.0.0.0/1"],
        ["203.0.113.7", "64.0.0.0/2"],
        [f"{number}.0.0.0/8" for number in range(256)],
        ["::/0"],
        ["::/1", "8000::/1"],
        ["203.0.113.0/24", "2000::/3"],
        ["11.22.33.44/0"],
    ],
)
def test_networks_that_are_the_internet_together(networks: list[str]) -> None:
    assert everybody_from(*networks)
    assert not Condition("NotIpAddress", "aws:SourceIp", tuple(networks)).excepts_some


@pytest.mark.parametrize(
    "networks",
    [
        ["203.0.113.0/24"],
        ["203.0.113.7"],
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
        ["198.51.100.0/25", "198.51.100.128/25", "2001:db8::/32"],
        ["12.0.0.0/8"],
        ["10.0.0.0/8", "fd00::/8"],
    ],
)
def test_networks_of_somebody(networks: list[str]) -> None:
    assert not everybody_from(*networks)
    assert Condition("NotIpAddress", "aws:SourceIp", tuple(networks)).excepts_some


@pytest.mark.parametrize(
    ("operator", "values", "literal"),
    [
        ("StringEquals", ("repo:acme/*",), True),
        ("StringNotEqualsIgnoreCase", ("a", "b?"), True),
        ("ForAnyValue:StringEqualsIfExists", ("o-*",), True),
        ("StringLike", ("repo:acme/*",), False),
        ("ArnEquals", ("arn:aws:s3:::*",), False),
        ("StringEquals", ("${*}", "${aws:username}"), False),
        ("StringEquals", ("acme",), False),
        ("IpAddress", ("*",), False),
    ],
)
def test_wildcards_that_stand_for_themselves(operator: str, values: tuple[str, ...], literal: bool) -> None:
    assert Condition(operator, "aws:PrincipalArn", values).has_literal_wildcard is literal


def test_a_secret_condition_is_not_shown() -> None:
    condition = Condition("StringEquals", "canary", ("canary",), is_secret=True)
    assert (condition.shown_operator, condition.shown_key, condition.shown_values) == ("[secret]",) * 3
    condition = Condition("StringEquals", "aws:SourceAccount", ("1", "2"))
    shown = (condition.shown_operator, condition.shown_key, condition.shown_values)
    assert shown == ("StringEquals", "aws:SourceAccount", "1 or 2")
