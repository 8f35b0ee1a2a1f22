"""Ports: what a rule opens, as an interval."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from policypack.listing import joined
from policypack.model import Value

_LAST: Final = 65535
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html: for ICMP, the ports are its types;
# protocols other than these are open on all ports, whatever ports are written.
_ICMP: Final = ("icmp", "icmpv6", "1", "58")
_WITH_PORTS: Final = ("tcp", "udp", "6", "17")


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports from `first` to `last`; none where `last` is below `first`."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        if self == EVERY_PORT:
            return "all ports"
        return f"port {self.first}" if len(self) == 1 else f"ports {self.first} to {self.last}"

    def are_among(self, allowed: Sequence[int]) -> bool:
        """Whether each of the ports is one of the allowed ones, which are given in order and without repetition."""
        return bisect_right(allowed, self.last) - bisect_left(allowed, self.first) == len(self)


NO_PORTS: Final = Ports(0, -1)
"""What ICMP opens: it connects to nothing."""
EVERY_PORT: Final = Ports(0, _LAST)


def opened_ports(protocol: Value, first: Value, last: Value) -> Ports | None:
    """
    The ports that a rule opens; None where they are unknown.

    A number that no port has opens as much as it may: AWS refuses it, and it must not hide an open group until then.
    """
    if protocol.is_unknown or first.is_unknown or last.is_unknown:
        return None
    name = protocol.text.lower()
    if name in _ICMP:
        return NO_PORTS
    if name not in _WITH_PORTS or first.is_absent:
        return EVERY_PORT
    lowest = _port(first, otherwise=0)
    highest = lowest if last.is_unset else _port(last, otherwise=_LAST)
    if min(lowest, highest) < 0:
        return EVERY_PORT  # -1 stands for all of them
    return Ports(min(lowest, highest), max(lowest, highest))


def listed_ports(ports: Collection[int]) -> str:
    """Ports as a message lists them: `port 443`, `ports 80 and 443`."""
    return f"{'port' if len(ports) == 1 else 'ports'} {joined(map(str, sorted(ports)))}"


def _port(value: Value, otherwise: int) -> int:
    number = value.number
    return otherwise if number is None else int(max(-1, min(number, _LAST)))
