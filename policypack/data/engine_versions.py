"""
Which versions of databases, caches, brokers, search engines and Kubernetes AWS offers, and which only for a fee.

What AWS's API can list is in engine_versions.json, with its source and date: `python -m tools.engine_versions` makes it
anew. The rest, and the dates on which support ends, are in engine_support.py, kept by hand. A program is judged by the
dates that have passed on the day of the run; nothing is known of versions that came later than the data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Final, Literal

from policypack.data.engine_support import BY_HAND, ENDS, RESTRICTED, STANDARD_SUPPORT, SUCCESSORS

FILE: Final = Path(__file__).with_suffix(".json")

_LONGEST_VERSION: Final = 100
"""Characters of a version that are compared. Python reads no integer of more than 4,300 digits."""

Status = Literal["offered", "retired", "unlisted", "unknown"]
"""`retired`: offered once; `unlisted`: older than others that are offered, and never seen; `unknown`: not known yet."""
ByMajor = Mapping[str, tuple[str, ...]]
"""Versions by major version, as AWS has them: `15.13` is of 15, `8.4.8` of 8.4, Kubernetes `1.33` of itself."""


@dataclass(frozen=True)
class Engine:
    """
    What is known of an engine's versions on a certain day.

    :param offered: the versions that AWS offers.
    :param retired: versions that it has offered once; a major version that has only these is retired as a whole.
    :param extended_support: beginnings of versions whose standard support ended, with the day; it costs extra since.
    :param standard_support: beginnings of versions whose standard support goes on, with its last day.
    :param restricted: beginnings of versions that AWS offers, and that are no advice for everybody.
    :param successors: the major version that one is upgraded to, where it is not the next one.
    """

    offered: ByMajor
    retired: ByMajor = field(default_factory=dict)
    extended_support: Mapping[str, str] = field(default_factory=dict)
    standard_support: Mapping[str, str] = field(default_factory=dict)
    restricted: tuple[str, ...] = ()
    successors: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def newest_first(self) -> tuple[str, ...]:
        """The versions that AWS offers for general use."""
        # Those for Aurora Limitless Database are no choice for others.
        versions = (
            version
            for of in self.offered.values()
            for version in of
            if not version.endswith("-limitless") and not any(is_of(version, each) for each in self.restricted)
        )
        return tuple(sorted(versions, key=sort_key, reverse=True))

    @cached_property
    def _oldest(self) -> tuple[tuple[int, int, str], ...]:
        everything = (
            version for of in (self.offered, self.retired) for versions in of.values() for version in versions
        )
        return min(map(sort_key, everything), default=())

    def major(self, version: str) -> str:
        """The major version that a version belongs to; empty where it is of none that is known."""
        return next((major for major in (*self.offered, *self.retired) if is_of(version, major)), "")

    def next_major(self, major: str) -> str:
        """The major version that one is upgraded to; empty where there is none that is known."""
        later = (each for each in self.offered if sort_key(each) > sort_key(major) and self.newest(each))
        return self.successors.get(major) or min(later, key=sort_key, default="")

    def newest(self, major: str) -> str:
        """The newest version of a major version that AWS offers for general use; empty where there is none."""
        return next((version for version in self.newest_first if self.major(version) == major), "")

    def standard_support_ended(self, version: str) -> str:
        """The day on which a version's standard support ended; empty where it goes on, or is not known to end."""
        dates = {**self.standard_support, **self.extended_support}
        nearest = max((beginning for beginning in dates if is_of(version, beginning)), key=len, default="")
        return self.extended_support.get(nearest, "")

    def standard_support_ends(self, version: str) -> str:
        """The last day of a version's standard support; empty where it has ended, or is not known to end."""
        nearest = max((each for each in self.standard_support if is_of(version, each)), key=len, default="")
        return self.standard_support.get(nearest, "")

    def status(self, version: str) -> Status:
        """What is known of a version, or of the beginning of one, such as 15."""
        major = self.major(version)
        offered = self.offered.get(major, ())
        retired = self.retired.get(major, ())
        if any(is_of(version, each) for each in retired) or (major and not offered):
            return "retired"
        # MSK's 4.0.x is also called 4.0.x.kraft.
        if any(is_of(each, version) or is_of(version, each) for of in self.offered.values() for each in of):
            return "offered"
        oldest_unknown = max(map(sort_key, offered)) if major else self._oldest
        return "unlisted" if sort_key(version) < oldest_unknown else "unknown"


def is_of(version: str, major: str) -> bool:
    """Whether one version is the other or begins with all of its parts: 15.10 is of 15, and not of 15.1."""
    return f"{version}.".lower().startswith(f"{major}.".lower())


def sort_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts versions from the oldest to the newest, whatever they are made of: 15.9, 15.10, 15.10-rds.20250508."""
    parts = re.findall(r"\d+|[a-z]+", version[:_LONGEST_VERSION].lower())
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)


@cache
def engine_names() -> frozenset[str]:
    """The names of the engines of which versions are known."""
    return frozenset(_listed())


@lru_cache(maxsize=4)
def engines(today: date) -> Mapping[str, Engine]:
    """
    Every engine whose versions are known, by the name that AWS's API has for it, in small letters.

    :param today: the day of the run: what has ended before it is retired, or on Extended Support.
    """
    return {name: _engine(name, of, today.isoformat()) for name, of in _listed().items()}


def _engine(name: str, of: Mapping[str, Mapping[str, str]], today: str) -> Engine:
    ended = {version for version, last in ENDS.get(name, {}).items() if last < today}
    support = STANDARD_SUPPORT.get(name, {})
    offered: dict[str, list[str]] = {}
    retired: dict[str, list[str]] = {major: row.split() for major, row in of.get("retired", {}).items()}
    for major, row in of["offered"].items():
        *older, newest = row.split()
        for version in (*older, newest):
            # What took the place of the newest version that is known came after the data: nothing better is known.
            has_ended = (version != newest or major in ended) and any(is_of(version, each) for each in ended)
            (retired if has_ended else offered).setdefault(major, []).append(version)
    return Engine(
        {major: tuple(versions) for major, versions in offered.items()},
        {major: tuple(versions) for major, versions in retired.items()},
        extended_support={version: last for version, last in support.items() if last < today},
        standard_support={version: last for version, last in support.items() if last >= today},
        restricted=RESTRICTED.get(name, ()),
        successors=SUCCESSORS.get(name, {}),
    )


@cache
def _listed() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """By engine, status and major version, the versions in one string."""
    return {**json.loads(FILE.read_text())["engines"], **BY_HAND}
