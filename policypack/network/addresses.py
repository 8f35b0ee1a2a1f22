"""Addresses: which networks are as good as the whole internet, one by one and together."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from policypack.model import Value

Network = IPv4Network | IPv6Network

# S3 calls networks that are wider than these public
# (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html); for IPv6 we allow for
# providers that give a customer more than a /32.
_WIDEST_OF_ONE_CUSTOMER: Final = {4: 8, 6: 16}
# https://www.rfc-editor.org/rfc/rfc4193: the addresses that anybody may use inside a network
_PRIVATE_IPV6: Final = IPv6Network("fc00::/7")
_LONGEST_NETWORK: Final = 49
"""Characters; the longest way to write an IPv6 network."""


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """
    Where a list of addresses names the whole internet, or so much of it that it makes no difference.

    :param at: the widest of the addresses that do.
    :param companions: how many other addresses of the list it takes for that.
    :param network: what they cover together.
    """

    at: Value
    companions: int
    network: Network

    @property
    def shown(self) -> str:
        """The path and the value, as the beginning of a message."""
        if not self.companions:
            return f"{self.at.path} is {self.at.shown}"
        others = "another network" if self.companions == 1 else f"{self.companions} other networks"
        covered = self.at.shown_as(str(self.network), "the whole internet")
        return f"{self.at.path} is {self.at.shown}, and together with {others} of the list it covers {covered}"


@lru_cache(maxsize=4096)
def parsed_network(text: str) -> Network | None:
    """The network that a text writes; None where it writes none."""
    if not text or len(text) > _LONGEST_NETWORK:
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def public_addresses(addresses: Iterable[Value]) -> list[PublicAddress]:
    """
    The known addresses of one list that are as good as the whole internet, by themselves or together: `0.0.0.0/1` and
    `128.0.0.0/1` keep nobody out. Adjacent networks that cover it count as one.
    """
    known = [(address, network) for address in addresses if (network := parsed_network(address.text))]
    found = []
    for covered in joined_networks(network for _, network in known):
        if _is_public(covered):
            parts = {address.text: (address, network) for address, network in known if is_within(network, (covered,))}
            # The widest comes first, and is enough where it covers all of it.
            widest, network = min(parts.values(), key=lambda part: part[1].prefixlen)
            found.append(PublicAddress(widest, 0 if network == covered else len(parts) - 1, covered))
    return found


def is_within(network: Network, others: Sequence[Network]) -> bool:
    """Whether a network is a part of one of the others."""
    return any(
        network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]
        for other in others
    )


def joined_networks(networks: Iterable[Network]) -> list[Network]:
    """The fewest networks that have the same addresses: `0.0.0.0/1` and `128.0.0.0/1` are `0.0.0.0/0`."""
    found = list(networks)
    if len(found) < 2:
        return found
    ipv4 = [network for network in found if isinstance(network, IPv4Network)]
    ipv6 = [network for network in found if isinstance(network, IPv6Network)]
    return [*ipaddress.collapse_addresses(ipv4), *ipaddress.collapse_addresses(ipv6)]


def _is_public(network: Network) -> bool:
    if isinstance(network, IPv6Network) and network.subnet_of(_PRIVATE_IPV6):
        return False
    return network.prefixlen < _WIDEST_OF_ONE_CUSTOMER[network.version]
