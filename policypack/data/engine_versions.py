"""
Which versions of databases, caches, brokers, search engines and Kubernetes AWS offers, and which only for a fee.

What AWS's API can list is in engine_versions.json, with its source and date: `python -m tools.engine_versions` makes it
anew. The rest is in the tables below, kept by hand. All of it is what held on the dates given, so that a program is
judged the same tomorrow; nothing is known of versions that came later.

Sources of the tables, as of 2026-11-21:

_EXTENDED_SUPPORT
    https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MySQL.Concepts.VersionMgmt.html
    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.VersionPolicy.Versioning.html
    https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/extended-support.html
    https://docs.aws.amazon.com/documentdb/latest/devguide/docdb-version-support-dates.html
    https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
    https://docs.aws.amazon.com/opensearch-service/latest/developerguide/what-is.html (by way of https://endoflife.date)
_BY_HAND
    The pages of DocumentDB and EKS above, and
    https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/activemq-version-management.html
    https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/rabbitmq-version-management.html
    https://docs.aws.amazon.com/msk/latest/developerguide/supported-kafka-versions.html
    aws-cdk-lib 2.275.0 (https://pypi.org/project/aws-cdk-lib/), of 2026-10-26: OpenSearch, Elasticsearch, Kubernetes
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Final, Literal

FILE: Final = Path(__file__).with_suffix(".json")

Status = Literal["offered", "retired", "unlisted", "unknown"]
"""`retired`: offered once; `unlisted`: older than others that are offered, and never seen; `unknown`: not known yet."""
ByMajor = Mapping[str, tuple[str, ...]]
"""Versions by major version, as AWS has them: `15.13` is of 15, `8.4.8` of 8.4, Kubernetes `1.33` of itself."""


@dataclass(frozen=True)
class Engine:
    """
    What is known of an engine's versions.

    :param offered: the versions that AWS offers.
    :param retired: versions that it has offered once; a major version that has only these is retired as a whole.
    :param extended_support: the day on which a major version's standard support ended; it costs extra since then.
    """

    offered: ByMajor
    retired: ByMajor = field(default_factory=dict)
    extended_support: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def newest_first(self) -> tuple[str, ...]:
        """The versions that AWS offers for general use."""
        # Those for Aurora Limitless Database are no choice for others.
        versions = (version for of in self.offered.values() for version in of if not version.endswith("-limitless"))
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

    def status(self, version: str) -> Status:
        """What is known of a version, or of the beginning of one, such as 15."""
        major = self.major(version)
        offered = self.offered.get(major, ())
        if version.lower() in self.retired.get(major, ()) or (major and not offered):
            return "retired"
        if any(is_of(candidate, version) for of in self.offered.values() for candidate in of):
            return "offered"
        oldest_unknown = max(map(sort_key, offered)) if major else self._oldest
        return "unlisted" if sort_key(version) < oldest_unknown else "unknown"


def is_of(version: str, major: str) -> bool:
    """Whether one version is the other or begins with all of its parts: 15.10 is of 15, and not of 15.1."""
    return f"{version}.".lower().startswith(f"{major}.".lower())


def sort_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts versions from the oldest to the newest, whatever they are made of: 15.9, 15.10, 15.10-rds.20250508."""
    parts = re.findall(r"\d+|[a-z]+", version.lower())
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)


@cache
def engines() -> Mapping[str, Engine]:
    """Every engine whose versions are known, by the name that AWS's API has for it, in small letters."""
    listed = {
        name: Engine(_by_major(of["offered"]), _by_major(of["retired"]), _EXTENDED_SUPPORT.get(name, {}))
        for name, of in json.loads(FILE.read_text())["engines"].items()
    }
    return {**listed, **_BY_HAND}


def _by_major(rows: Mapping[str, str]) -> ByMajor:
    return {major: tuple(versions.split()) for major, versions in rows.items()}


def _each(versions: str, prefix: str = "") -> ByMajor:
    """Versions each of which AWS supports, or not, by itself."""
    return {f"{prefix}{version}": (f"{prefix}{version}",) for version in versions.split()}


_EXTENDED_SUPPORT: Final[Mapping[str, Mapping[str, str]]] = {
    "aurora-mysql": {"5.7": "2024-10-31"},
    "aurora-postgresql": {"11": "2024-02-29", "12": "2025-02-28", "13": "2026-02-28"},
    "mysql": {"5.7": "2024-02-29", "8.0": "2026-07-31"},
    "postgres": {"11": "2024-02-29", "12": "2025-02-28", "13": "2026-02-28"},
    "redis": {"4": "2026-01-31", "5": "2026-01-31"},
}

_OLD_ELASTICSEARCH: Final = "1.5 2.3 5.1 5.3 5.5 5.6 6.0 6.2 6.3 6.4 6.5 6.7 7.1 7.4 7.7 7.8"
_OLD_OPENSEARCH: Final = "1.0 1.1 1.2 2.3 2.5 2.7 2.9"
_OLD_SEARCH: Final = {**_each(_OLD_ELASTICSEARCH, "Elasticsearch_"), **_each(_OLD_OPENSEARCH, "OpenSearch_")}
_ELASTICSEARCH: Final = f"{_OLD_ELASTICSEARCH} 6.8 7.9 7.10"
_OPENSEARCH: Final = f"{_OLD_OPENSEARCH} 1.3 2.11 2.13 2.15 2.17 2.19 3.1 3.3 3.5 3.7"

_BY_HAND: Final[Mapping[str, Engine]] = {
    "activemq": Engine(offered=_each("5.18 5.19"), retired=_each("5.15 5.16 5.17")),
    "docdb": Engine(
        offered={"3.6": ("3.6.0",), "4.0": ("4.0.0",), "5.0": ("5.0.0", "5.0.1"), "8.0": ("8.0.0",)},
        extended_support={"3.6": "2026-03-30"},
    ),
    "elasticsearch": Engine(
        offered=_each(_ELASTICSEARCH), extended_support=dict.fromkeys(_each(_OLD_ELASTICSEARCH), "2025-11-07")
    ),
    # Later versions than these are offered too, under names (such as 4.0.x.kraft) that AWS's list does not show.
    "kafka": Engine(
        offered={"3.6": ("3.6.0",), "3.7": ("3.7.x",), "3.8": ("3.8.x",), "3.9": ("3.9.x",)},
        retired=_each("1.1 2.1 2.2 2.3 2.4 2.5 2.6 2.7 2.8 3.1 3.2 3.3 3.4 3.5"),
    ),
    "kubernetes": Engine(
        offered=_each("1.31 1.32 1.33 1.34 1.35 1.36"),
        retired=_each("1.14 1.15 1.16 1.17 1.18 1.19 1.20 1.21 1.22 1.23 1.24 1.25 1.26 1.27 1.28 1.29 1.30"),
        extended_support={"1.31": "2025-11-26", "1.32": "2026-03-23", "1.33": "2026-07-29"},
    ),
    "opensearch": Engine(
        offered={**_each(_ELASTICSEARCH, "Elasticsearch_"), **_each(_OPENSEARCH, "OpenSearch_")},
        extended_support=dict.fromkeys(_OLD_SEARCH, "2025-11-07"),
    ),
    # 4.2 is offered too, but on the instance type mq.m7g only, so that it is no advice for everybody.
    "rabbitmq": Engine(offered=_each("3.13"), retired=_each("3.8 3.9 3.10 3.11 3.12")),
}
