"""
Until when AWS offers and supports versions of databases, caches, brokers, search engines and Kubernetes.

The dates are the last days: what has one is judged by the day of the run (see engine_versions.engines). Where AWS names
a month only, it is the last day of the month. Kept by hand, with the engines that AWS's API does not list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policypack.data import Dataset

_RDS: Final = "https://docs.aws.amazon.com/AmazonRDS/latest"

DATASETS: Final = (
    Dataset(
        "Support of databases",
        "2026-11-28",
        (
            f"{_RDS}/PostgreSQLReleaseNotes/postgresql-release-calendar.html",
            f"{_RDS}/UserGuide/MySQL.Concepts.VersionMgmt.html",
            f"{_RDS}/UserGuide/MariaDB.Concepts.VersionMgmt.html",
            f"{_RDS}/AuroraPostgreSQLReleaseNotes/aurorapostgresql-release-calendar.html",
            f"{_RDS}/AuroraMySQLReleaseNotes/AuroraMySQL.release-calendars.html",
            "https://docs.aws.amazon.com/documentdb/latest/developerguide/docdb-version-support-dates.html",
        ),
    ),
    Dataset(
        "Support of caches",
        "2026-11-28",
        ("https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/extended-support-versions.html",),
    ),
    Dataset(
        "Versions and support of Kubernetes",
        "2026-11-28",
        ("https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",),
    ),
    Dataset(
        "Versions and support of Kafka",
        "2026-11-28",
        ("https://docs.aws.amazon.com/msk/latest/developerguide/supported-kafka-versions.html",),
    ),
    Dataset(
        "Versions and support of OpenSearch and Elasticsearch",
        "2026-11-28",
        ("https://docs.aws.amazon.com/opensearch-service/latest/developerguide/what-is.html",),
    ),
    Dataset(
        "Versions of brokers",
        "2026-11-28",
        (
            "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/activemq-version-management.html",
            "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/rabbitmq-version-management.html",
        ),
    ),
)

ENDS: Final[Mapping[str, Mapping[str, str]]] = {
    "aurora-mysql": {
        "5.7": "2029-06-30",
        "8.0.mysql_aurora.3.04": "2026-10-31",
        "8.0.mysql_aurora.3.08": "2026-08-31",
        "8.0.mysql_aurora.3.09": "2026-08-31",
        "8.0.mysql_aurora.3.11": "2026-11-13",
        "8.0.mysql_aurora.3.12": "2027-02-17",
        "8.0.mysql_aurora.3.13": "2027-08-27",
        "8.4.mysql_aurora.8.4.7": "2027-11-30",
        "8.4.mysql_aurora.8.4.8": "2028-03-31",
    },
    # Not those that may stay under Extended Support.
    "aurora-postgresql": {
        "11": "2027-03-31",
        "12": "2028-02-29",
        "13": "2029-02-28",
        "14.17": "2026-11-30",
        "14.18": "2026-12-31",
        "15.12": "2026-11-30",
        "15.13": "2026-12-31",
        "15.14": "2027-04-30",
        "15.15": "2027-05-31",
        "15.17": "2027-09-30",
        "16.4-limitless": "2026-09-30",
        "16.6-limitless": "2026-09-30",
        "16.8-limitless": "2026-11-30",
        "16.9": "2026-12-31",
        "16.9-limitless": "2027-03-31",
        "16.10": "2027-04-30",
        "16.10-limitless": "2027-09-30",
        "16.11": "2027-05-31",
        "16.11-limitless": "2027-10-31",
        "16.13": "2027-09-30",
        "17.4": "2026-11-30",
        "17.5": "2026-12-31",
        "17.6": "2027-04-30",
        "17.9": "2027-09-30",
        "18.3": "2027-11-30",
    },
    "kafka": {"3.6": "2026-06-01", "3.7": "2026-09-01"},
    "kubernetes": {
        "1.31": "2026-11-26",
        "1.32": "2027-03-23",
        "1.33": "2027-07-29",
        "1.34": "2027-12-02",
        "1.35": "2028-03-27",
        "1.36": "2028-08-02",
    },
    "mariadb": {
        "10.5": "2026-08-31",
        "10.6": "2026-12-31",
        "10.6.22": "2026-11-30",
        "10.6.23": "2026-11-30",
        "10.6.24": "2026-11-30",
        "10.11": "2028-02-29",
        "10.11.13": "2026-10-31",
        "10.11.14": "2026-10-31",
        "10.11.15": "2026-10-31",
        "10.11.16": "2027-02-28",
        "10.11.18": "2027-06-30",
        "10.11.19": "2027-09-30",
        "11.4": "2029-05-31",
        "11.4.7": "2026-10-31",
        "11.4.8": "2026-10-31",
        "11.4.9": "2026-10-31",
        "11.4.10": "2027-02-28",
        "11.4.12": "2027-06-30",
        "11.4.13": "2027-09-30",
        "11.8": "2028-06-30",
        "11.8.3": "2026-10-31",
        "11.8.5": "2026-10-31",
        "11.8.6": "2027-02-28",
        "11.8.8": "2027-06-30",
        "11.8.9": "2027-09-30",
        "12.3": "2029-06-30",
        "12.3.2": "2027-08-31",
        "12.3.3": "2027-09-30",
    },
    "mysql": {
        "5.7": "2029-06-30",
        "5.7.44-rds.20250213": "2026-10-31",
        "5.7.44-rds.20250508": "2026-10-31",
        "5.7.44-rds.20250818": "2026-10-31",
        "5.7.44-rds.20251212": "2026-12-30",
        "5.7.44-rds.20260212": "2027-02-28",
        "5.7.44-rds.20260521": "2027-06-30",
        "5.7.44-rds.20260624": "2027-07-31",
        # Of the minor versions of 8.0, only 8.0.46 is offered under Extended Support.
        "8.0.42": "2026-07-31",
        "8.0.43": "2026-07-31",
        "8.0.44": "2026-07-31",
        "8.0.45": "2026-07-31",
        "8.0.46-rds.20260624": "2027-07-31",
        "8.4.5": "2026-10-31",
        "8.4.6": "2026-10-31",
        "8.4.7": "2026-11-30",
        "8.4.8": "2027-02-03",
        "8.4.9": "2027-05-08",
        "8.4.10": "2027-07-07",
        "8.4.11": "2027-08-21",
    },
    "postgres": {
        "11": "2027-03-31",
        "11.22-rds.20250220": "2026-10-31",
        "11.22-rds.20250508": "2026-10-31",
        "11.22-rds.20250814": "2026-10-31",
        "11.22-rds.20251114": "2027-03-31",
        "11.22-rds.20260224": "2027-03-31",
        "12": "2028-02-29",
        "12.22-rds.20250220": "2026-10-31",
        "12.22-rds.20250508": "2026-10-31",
        "12.22-rds.20250814": "2026-10-31",
        "12.22-rds.20251114": "2027-03-31",
        "12.22-rds.20260224": "2027-09-30",
        "13": "2029-02-28",
        "13.23-rds.20260224": "2027-09-30",
        "14.18": "2026-10-31",
        "14.19": "2026-10-31",
        **dict.fromkeys(("15.13", "15.14", "16.9", "16.10", "17.5", "17.6"), "2026-10-31"),
        **dict.fromkeys(("15.15", "15.16", "15.17", "16.11", "16.12", "16.13"), "2027-03-31"),
        **dict.fromkeys(("17.7", "17.8", "17.9", "18.1", "18.2", "18.3"), "2027-03-31"),
        **dict.fromkeys(("15.18", "15.19", "16.14", "16.15", "17.10", "17.11", "18.4", "18.6"), "2027-09-30"),
    },
    "redis": {"4": "2029-01-31", "5": "2029-01-31", "6": "2030-01-31"},
    "opensearch": {
        **dict.fromkeys(("OpenSearch_1.0", "OpenSearch_1.1", "OpenSearch_1.2"), "2027-11-07"),
        **dict.fromkeys(("OpenSearch_2.3", "OpenSearch_2.5", "OpenSearch_2.7", "OpenSearch_2.9"), "2027-11-07"),
    },
}
"""The last day on which AWS offers a version, by engine and version or the beginning of versions."""

STANDARD_SUPPORT: Final[Mapping[str, Mapping[str, str]]] = {
    "aurora-mysql": {"5.7": "2024-10-31", "8.0": "2028-04-30"},
    "aurora-postgresql": {
        "11": "2024-02-29",
        "12": "2025-02-28",
        "13": "2026-02-28",
        "14": "2027-02-28",
        "15": "2028-02-29",
        "16": "2029-02-28",
        "17": "2030-02-28",
    },
    "docdb": {"3.6": "2026-03-30"},
    "elasticsearch": {
        **dict.fromkeys(("1.5", "2.3", "5", "6", "7.1", "7.4", "7.7", "7.8"), "2025-11-07"),
        **dict.fromkeys(("6.8", "7.9", "7.10"), "2027-11-07"),
    },
    "kubernetes": {
        "1.31": "2025-11-26",
        "1.32": "2026-03-23",
        "1.33": "2026-07-29",
        "1.34": "2026-12-02",
        "1.35": "2027-03-27",
        "1.36": "2027-08-02",
    },
    "mysql": {"5.7": "2024-02-29", "8.0": "2026-07-31"},
    "opensearch": {
        **dict.fromkeys(("Elasticsearch_1.5", "Elasticsearch_2.3", "Elasticsearch_5", "Elasticsearch_6"), "2025-11-07"),
        **dict.fromkeys(
            ("Elasticsearch_7.1", "Elasticsearch_7.4", "Elasticsearch_7.7", "Elasticsearch_7.8"), "2025-11-07"
        ),
        **dict.fromkeys(("Elasticsearch_6.8", "Elasticsearch_7.9", "Elasticsearch_7.10"), "2027-11-07"),
        **dict.fromkeys(("OpenSearch_1", "OpenSearch_2.3", "OpenSearch_2.5"), "2025-11-07"),
        **dict.fromkeys(("OpenSearch_2.7", "OpenSearch_2.9"), "2025-11-07"),
        **dict.fromkeys(("OpenSearch_1.3", "OpenSearch_2"), "2027-11-07"),
    },
    "postgres": {
        "11": "2024-02-29",
        "12": "2025-02-28",
        "13": "2026-02-28",
        "14": "2027-02-28",
        "15": "2028-02-29",
        "16": "2029-02-28",
        "17": "2030-02-28",
    },
    "redis": {"4": "2026-01-31", "5": "2026-01-31", "6": "2027-01-31"},
}
"""The last day of standard support, by engine and beginning of versions, of which the longest one counts."""

_ELASTICSEARCH: Final = {
    "1": "1.5",
    "2": "2.3",
    "5": "5.1 5.3 5.5 5.6",
    "6": "6.0 6.2 6.3 6.4 6.5 6.7 6.8",
    "7": "7.1 7.4 7.7 7.8 7.9 7.10",
}
_OPENSEARCH: Final = {
    "1": "1.0 1.1 1.2 1.3",
    "2": "2.3 2.5 2.7 2.9 2.11 2.13 2.15 2.17 2.19",
    "3": "3.1 3.3 3.5 3.7",
}


def _named(product: str, rows: Mapping[str, str]) -> dict[str, str]:
    """Versions with the product's name before them, as OpenSearch Service has it."""
    return {f"{product}_{major}": " ".join(f"{product}_{each}" for each in row.split()) for major, row in rows.items()}


BY_HAND: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "activemq": {"offered": {"5": "5.18 5.19"}, "retired": {"5": "5.15 5.16 5.17"}},
    "docdb": {"offered": {"3.6": "3.6.0", "4.0": "4.0.0", "5.0": "5.0.0 5.0.1", "8.0": "8.0.0"}},
    "elasticsearch": {"offered": _ELASTICSEARCH},
    "kafka": {
        "offered": {"3": "3.6.0 3.7.x 3.8.x 3.9.x", "4": "4.0.x 4.1.x 4.2.x"},
        "retired": {"1": "1.1", "2": "2.1 2.2 2.3 2.4 2.5 2.6 2.7 2.8", "3": "3.1 3.2 3.3 3.4 3.5"},
    },
    "kubernetes": {
        "offered": {f"1.{minor}": f"1.{minor}" for minor in range(31, 37)},
        "retired": {f"1.{minor}": f"1.{minor}" for minor in range(14, 31)},
    },
    "opensearch": {"offered": {**_named("Elasticsearch", _ELASTICSEARCH), **_named("OpenSearch", _OPENSEARCH)}},
    "rabbitmq": {"offered": {"3": "3.13", "4": "4.2 4.3"}, "retired": {"3": "3.8 3.9 3.10 3.11 3.12"}},
}
"""Versions that AWS's API does not list, by engine, status and major version, as in engine_versions.json."""

RESTRICTED: Final[Mapping[str, tuple[str, ...]]] = {
    # Kafka 4 has no ZooKeeper, which clusters of Kafka 3 may have; 4.2 is for Express brokers.
    "kafka": ("4",),
    # RabbitMQ 4 runs on the instance type mq.m7g only.
    "rabbitmq": ("4",),
}
"""Versions that AWS offers, and that are no advice for everybody, by engine and beginning of versions."""

SUCCESSORS: Final[Mapping[str, Mapping[str, str]]] = {
    # https://docs.aws.amazon.com/documentdb/latest/developerguide/docdb-mvu.html
    "docdb": {"3.6": "5.0"},
    # https://docs.aws.amazon.com/opensearch-service/latest/developerguide/version-migration.html: there is no upgrade
    # from 1.5 and 2.3, their data is moved to a new domain.
    "elasticsearch": {"1": "7", "2": "7"},
    "opensearch": {"Elasticsearch_1": "Elasticsearch_7", "Elasticsearch_2": "Elasticsearch_7"},
}
"""The major version that one is upgraded to, where it is not the next one."""
