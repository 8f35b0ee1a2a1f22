"""The engine versions: that the file is well formed, how versions compare, and facts found independently of it."""

import json
import re
import subprocess
import sys
from datetime import date, timedelta
from itertools import pairwise

import pytest

from policypack.data.engine_support import BY_HAND, ENDS, RESTRICTED, STANDARD_SUPPORT, SUCCESSORS
from policypack.data.engine_versions import FILE, Engine, engine_names, engines, is_of, sort_key
from policypack.policies.databases import _PLACES
from tools.engine_versions import MAJOR_PARTS

TODAY = date(2026, 11, 28)
LISTED = json.loads(FILE.read_text())
ALL = [pytest.param(engine, id=name) for name, engine in engines(TODAY).items()]


# The file


def test_the_file_says_where_it_comes_from_and_when() -> None:
    assert re.fullmatch(r"cfn-lint \d+\.\d+\.\d+ \(https://pypi\.org/project/cfn-lint/\S+/\), .*", LISTED["source"])
    assert date(2026, 1, 1) < date.fromisoformat(LISTED["date"]) < date(2100, 1, 1)


def test_the_file_has_every_engine_that_the_refresher_makes() -> None:
    assert list(LISTED["engines"]) == sorted(MAJOR_PARTS)


def test_the_file_is_as_the_refresher_writes_it() -> None:
    assert FILE.read_text() == json.dumps(LISTED, indent=2) + "\n"
    for of in LISTED["engines"].values():
        for rows in of.values():
            assert list(rows) == sorted(rows, key=sort_key)
            for major, versions in rows.items():
                assert versions.split() == sorted(versions.split(), key=sort_key)
                assert all(is_of(version, major) for version in versions.split())


def test_every_engine_that_the_policy_takes_for_granted_is_known() -> None:
    assert {place.default for place in _PLACES.values()} - {""} <= set(engines(TODAY))
    assert {"aurora-mysql", "aurora-postgresql", "mysql", "postgres", "mariadb", "sqlserver-ee"} <= set(engines(TODAY))
    assert {"redis", "valkey", "memcached", "activemq", "rabbitmq"} <= set(engines(TODAY))


@pytest.mark.parametrize("engine", ALL)
def test_no_version_is_both_offered_and_retired(engine: Engine) -> None:
    for major, offered in engine.offered.items():
        assert offered
        assert not set(offered) & set(engine.retired.get(major, ()))


@pytest.mark.parametrize("engine", ALL)
def test_standard_support_has_ended_and_there_is_something_to_upgrade_to(engine: Engine) -> None:
    assert all(date.fromisoformat(ended) < TODAY for ended in engine.extended_support.values())
    assert all(date.fromisoformat(last) >= TODAY for last in engine.standard_support.values())
    assert any(not engine.standard_support_ended(version) for version in engine.newest_first)


@pytest.mark.parametrize("table", [ENDS, STANDARD_SUPPORT], ids=["ends", "standard support"])
def test_every_date_is_one_of_a_version_that_is_known(table: dict[str, dict[str, str]]) -> None:
    for name, dates in table.items():
        everything = engines(date(2000, 1, 1))[name]
        known = [version for of in (everything.offered, everything.retired) for row in of.values() for version in row]
        for beginning, last in dates.items():
            assert date(2024, 1, 1) < date.fromisoformat(last) < date(2035, 1, 1)
            assert any(is_of(version, beginning) for version in known), f"{name} {beginning}"


def test_every_table_is_about_engines_that_are_known() -> None:
    for table in (ENDS, STANDARD_SUPPORT, RESTRICTED, SUCCESSORS):
        assert set(table) <= engine_names()


@pytest.mark.parametrize("engine", ALL)
def test_every_version_has_the_status_that_the_data_gives_it(engine: Engine) -> None:
    for status, by_major in (("offered", engine.offered), ("retired", engine.retired)):
        for major, versions in by_major.items():
            for version in versions:
                assert engine.status(version) == status
                assert engine.major(version) == major


def test_the_file_is_read_when_it_is_first_asked_for_and_quickly() -> None:
    code = (
        "import policypack.policies.databases, time; from datetime import date;"
        "from policypack.data.engine_versions import engines;"
        "read = engines.cache_info().currsize; start = time.process_time(); engines(date(2026, 11, 28));"
        "print(read, (time.process_time() - start) < 0.02)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=FILE.parents[2])
    assert run.stdout.split() == ["0", "True"]


# Versions


@pytest.mark.parametrize(
    "ascending",
    [
        ("15", "15.2", "15.9", "15.10", "16", "16.1"),
        ("9.6.24", "10", "10.1"),
        ("11.22", "11.22-rds.20240418", "11.22-rds.20241121", "12.2"),
        ("5.7.12", "5.7.mysql_aurora.2.02.3", "5.7.mysql_aurora.2.12.0.1", "8.0.mysql_aurora.3.05.2"),
        ("8.0.mysql_aurora.3.05.2", "8.0.mysql_aurora.3.10.0", "8.4.mysql_aurora.8.4.7"),
        ("16.4-limitless", "16.9", "16.10", "16.10-limitless", "16.11"),
        (
            "19.0.0.0.ru-2023-10.rur-2023-10.r1",
            "19.0.0.0.ru-2024-01.rur-2024-01.r1",
            "19.0.0.0.ru-2024-01.rur-2024-01.r2",
            "21.0.0.0.ru-2022-01.rur-2022-01.r1",
        ),
        ("13.00.6300.2.v1", "15.00.4355.3.v1", "15.00.4355.10.v1", "16.00.4085.2.v1"),
        ("3.6.0", "3.7.x", "3.7.x.kraft", "3.8.x"),
        ("6.0", "6.2", "6.x", "7.0"),
        ("Elasticsearch_7.10", "OpenSearch_1.0", "OpenSearch_2.9", "OpenSearch_2.11"),
    ],
)
def test_versions_sort_from_the_oldest_to_the_newest(ascending: tuple[str, ...]) -> None:
    for older, newer in pairwise(ascending):
        assert sort_key(older) < sort_key(newer)


@pytest.mark.parametrize(
    ("version", "major", "expected"),
    [
        ("15.10", "15", True),
        ("15.10", "15.1", False),
        ("15", "15", True),
        ("15", "15.1", False),
        ("15.10", "", False),
        ("opensearch_2.9", "OpenSearch_2.9", True),
        ("8.0.mysql_aurora.3.05.2", "8.0", True),
    ],
)
def test_a_version_is_of_what_it_begins_with_in_whole_parts(version: str, major: str, expected: bool) -> None:
    assert is_of(version, major) is expected


ENGINE = Engine(
    offered={"14": ("14.9", "14.10"), "15": ("15.3", "15.10", "15.10-limitless")},
    retired={"9.6": ("9.6.1",), "14": ("14.1",), "15": ("15.2",)},
)


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("15.10", "offered"),
        ("15", "offered"),
        ("15.10-LIMITLESS", "offered"),
        ("15.2", "retired"),
        ("9.6.1", "retired"),
        ("9.6.9", "retired"),
        ("9.6", "retired"),
        ("15.4", "unlisted"),
        ("15.1", "unlisted"),
        ("8.4", "unlisted"),
        ("9", "unlisted"),
        ("15.11", "unknown"),
        ("14.11", "unknown"),
        ("13.4", "unknown"),
        ("16.0", "unknown"),
    ],
)
def test_what_is_known_of_a_version(version: str, status: str) -> None:
    assert ENGINE.status(version) == status


def test_of_an_engine_without_versions_nothing_is_known() -> None:
    assert Engine(offered={}).status("15.5") == "unknown"
    assert Engine(offered={}).newest_first == ()


def test_the_newest_versions_come_first() -> None:
    assert ENGINE.newest_first == ("15.10", "15.3", "14.10", "14.9")


# Facts


# What AWS wrote to its customers: no new instances since 2026-05-01, in whatever region
# (https://github.com/saayam-for-all/database/wiki/AWS-RDS-instances-%E2%80%90-Health-Checks quotes it).
@pytest.mark.parametrize(
    "version", ["14.14", "14.17", "15.9", "15.12", "16.5", "16.8", "17.1", "17.4", "15.5", "13.7", "16.2"]
)
def test_what_aws_announced_to_retire_is_retired(version: str) -> None:
    assert engines(TODAY)["postgres"].status(version) == "retired"


# The answer of DescribeDBEngineVersions with status deprecated, of 2026-02: https://github.com/aws/aws-cdk/pull/37080
@pytest.mark.parametrize(
    ("engine", "versions"),
    [
        ("mysql", "5.5.62 5.6.51 5.7.33 5.7.44 8.0.11 8.0.37 8.0.39"),
        ("mariadb", "10.0.38 10.1.48 10.2.44 10.3.34 10.4.34 10.5.8 10.5.24 10.6.5 10.6.17 10.11.4 10.11.7"),
        ("aurora-mysql", "5.7.12 5.7.mysql_aurora.2.11.0 8.0.mysql_aurora.3.03.3 8.0.mysql_aurora.3.07.1"),
        ("aurora-postgresql", "9.6.22 10.7 11.20 12.20 13.15 14.12 15.5 15.7 16.3"),
        ("sqlserver-ee", "11.00.7493.4.v1 12.00.6449.1.v1 13.00.5882.1.v1 14.00.3223.3.v1"),
    ],
)
def test_what_aws_called_deprecated_is_retired(engine: str, versions: str) -> None:
    assert {version: engines(TODAY)[engine].status(version) for version in versions.split()} == dict.fromkeys(
        versions.split(), "retired"
    )


@pytest.mark.parametrize(
    ("engine", "version"),
    [
        ("postgres", "15"),
        ("postgres", "17"),
        ("mysql", "8.4"),
        ("mariadb", "11.4"),
        ("aurora-mysql", "8.0"),
        ("aurora-postgresql", "16"),
        ("sqlserver-web", "16.00"),
        ("redis", "7.1"),
        ("valkey", "8"),
        ("memcached", "1.6.22"),
    ],
)
def test_what_is_in_wide_use_is_offered(engine: str, version: str) -> None:
    assert engines(TODAY)[engine].status(version) == "offered"


# The pages named in the module, each read on its own.
@pytest.mark.parametrize(
    ("engine", "version", "ended"),
    [
        ("postgres", "11.22-rds.20260514", "2024-02-29"),
        ("postgres", "12.22", "2025-02-28"),
        ("postgres", "13.23", "2026-02-28"),
        ("postgres", "14.24", ""),
        ("mysql", "5.7.44-rds.20260902", "2024-02-29"),
        ("mysql", "8.0.46", "2026-07-31"),
        ("aurora-mysql", "5.7.mysql_aurora.2.12.6", "2024-10-31"),
        ("aurora-mysql", "8.0.mysql_aurora.3.10.0", ""),
        ("aurora-postgresql", "13.9", "2026-02-28"),
        ("redis", "5.0.6", "2026-01-31"),
        ("redis", "6.2", ""),
        ("docdb", "3.6.0", "2026-03-30"),
        ("kubernetes", "1.32", "2026-03-23"),
        ("kubernetes", "1.33", "2026-07-29"),
        ("kubernetes", "1.34", ""),
        ("opensearch", "Elasticsearch_5.6", "2025-11-07"),
        ("opensearch", "Elasticsearch_6.7", "2025-11-07"),
        ("opensearch", "Elasticsearch_6.8", ""),
        ("opensearch", "Elasticsearch_7.1", "2025-11-07"),
        ("opensearch", "Elasticsearch_7.10", ""),
        ("opensearch", "OpenSearch_1.2", "2025-11-07"),
        ("opensearch", "OpenSearch_1.3", ""),
        ("opensearch", "OpenSearch_2.9", "2025-11-07"),
        ("opensearch", "OpenSearch_2.11", ""),
        ("elasticsearch", "6.8", ""),
        ("elasticsearch", "7.8", "2025-11-07"),
    ],
)
def test_standard_support_ended_when_aws_says_it_did(engine: str, version: str, ended: str) -> None:
    assert engines(TODAY)[engine].standard_support_ended(version) == ended


@pytest.mark.parametrize(
    ("engine", "version", "last"),
    [
        ("kubernetes", "1.31", date(2026, 11, 26)),
        ("kafka", "3.6.0", date(2026, 6, 1)),
        ("kafka", "3.7.x", date(2026, 9, 1)),
        ("mariadb", "10.5.29", date(2026, 8, 31)),
        ("mariadb", "10.6.25", date(2026, 12, 31)),
        ("postgres", "17.6", date(2026, 10, 31)),
        ("mysql", "8.4.6", date(2026, 10, 31)),
        ("mysql", "5.7.44-rds.20250818", date(2026, 10, 31)),
        ("aurora-mysql", "8.0.mysql_aurora.3.09.0", date(2026, 8, 31)),
        ("aurora-postgresql", "15.12", date(2026, 11, 30)),
    ],
)
def test_a_version_is_offered_until_its_last_day(engine: str, version: str, last: date) -> None:
    assert engines(last)[engine].status(version) == "offered"
    assert engines(last + timedelta(1))[engine].status(version) == "retired"


def test_the_newest_version_that_is_known_of_a_major_version_lasts_as_long_as_that() -> None:
    later = engines(date(2028, 6, 1))["postgres"]
    assert {version: later.status(version) for version in ("16.14", "16.15")} == {
        "16.14": "retired",
        "16.15": "offered",
    }


@pytest.mark.parametrize(
    ("engine", "major", "next_"),
    [
        ("mysql", "5.7", "8.0"),
        ("postgres", "9.6", "11"),
        ("postgres", "18", ""),
        ("docdb", "3.6", "5.0"),
        ("kubernetes", "1.30", "1.32"),
        ("opensearch", "Elasticsearch_7", "OpenSearch_1"),
        # Kafka 4 is no advice for everybody.
        ("kafka", "3", ""),
        ("kafka", "2", "3"),
    ],
)
def test_the_next_major_version(engine: str, major: str, next_: str) -> None:
    assert engines(TODAY)[engine].next_major(major) == next_


# https://docs.aws.amazon.com/msk/latest/developerguide/supported-kafka-versions.html: what has an end of support date
# that is past; https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/rabbitmq-version-management.html.
@pytest.mark.parametrize(
    ("engine", "versions"),
    [
        ("kafka", "1.1.1 2.1.0 2.2.1 2.3.1 2.4.1 2.4.1.1 2.5.1 2.6.3 2.7.2 2.8.2.tiered 3.1.1 3.2.0 3.3.2 3.4.0 3.5.1"),
        ("rabbitmq", "3.9 3.10.20 3.11 3.12.13"),
        ("activemq", "5.15.16 5.16.7 5.17"),
        ("kubernetes", "1.22 1.29 1.30"),
    ],
)
def test_what_has_reached_its_end_of_support_is_retired(engine: str, versions: str) -> None:
    assert {engines(TODAY)[engine].status(version) for version in versions.split()} == {"retired"}


def test_tables_kept_by_hand_do_not_hide_what_the_file_has() -> None:
    assert not set(BY_HAND) & set(LISTED["engines"])
