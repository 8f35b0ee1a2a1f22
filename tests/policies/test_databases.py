"""Databases: that their engine versions are ones that AWS offers."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.data.engine_versions import Engine, engines, is_of
from policypack.model import Context, Resource
from policypack.policies import databases
from policypack.testing import UNKNOWN, Secret, decide, ref
from policypack.testing import resource as resource_of
from tests.support import POLICIES, check

DATABASE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
KUBERNETES = "aws:eks/cluster:Cluster"
SEARCH = "aws:opensearch/domain:Domain"
BROKER = "aws:mq/broker:Broker"
KAFKA = "aws:msk/cluster:Cluster"
TOKYO = resource_of("pulumi:providers:aws", "tokyo", region="ap-northeast-1")
EXTENDED = "open-source-rds-extended-support"
TODAY = date(2026, 11, 28)


def on(today: date) -> Callable[..., Resource]:
    """What builds resources as on a certain day."""
    return partial(resource_of, with_context=Context(project="test", stack="dev", today=today))


resource = on(TODAY)


def newest(engine: str, major: str = "") -> str:
    """The newest version that AWS offers, of an engine or of one of its major versions."""
    return next(version for version in engines(TODAY)[engine].newest_first if not major or is_of(version, major))


# Every type with its service, what names its engine, where its version is, one that is not offered, and one that is.
PLACES: list[tuple[str, str, dict[str, Any], str, str, str]] = [
    (DATABASE, "RDS", {"engine": "postgres"}, "engineVersion", "15.5", newest("postgres", "15")),
    (CLUSTER, "RDS", {"engine": "aurora-postgresql"}, "engineVersion", "15.5", newest("aurora-postgresql")),
    (MEMBER, "RDS", {"engine": "aurora-postgresql"}, "engineVersion", "15.5", newest("aurora-postgresql")),
    (
        "aws:rds/globalCluster:GlobalCluster",
        "RDS",
        {"engine": "aurora-mysql"},
        "engineVersion",
        "8.0.mysql_aurora.3.05.2",
        newest("aurora-mysql", "8.0"),
    ),
    ("aws:docdb/cluster:Cluster", "DocumentDB", {}, "engineVersion", "3.4.0", "5.0.0"),
    ("aws:docdb/globalCluster:GlobalCluster", "DocumentDB", {}, "engineVersion", "3.4.0", "5.0.0"),
    (CACHE, "ElastiCache", {}, "engineVersion", "3.2.10", "7.1"),
    ("aws:elasticache/cluster:Cluster", "ElastiCache", {"engine": "memcached"}, "engineVersion", "1.4.4", "1.6.22"),
    (
        "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup",
        "ElastiCache",
        {"engine": "redis"},
        "engineVersion",
        "3.2.10",
        "7.1",
    ),
    (SEARCH, "OpenSearch Service", {}, "engineVersion", "Elasticsearch_1.4", "OpenSearch_2.19"),
    (
        "aws:elasticsearch/domain:Domain",
        "OpenSearch Service",
        {},
        "elasticsearchVersion",
        "1.4",
        "7.10",
    ),
    (BROKER, "Amazon MQ", {"engineType": "RabbitMQ"}, "engineVersion", "3.11.20", "3.13"),
    (KAFKA, "MSK", {}, "kafkaVersion", "2.8.1", "3.9.x"),
    (KUBERNETES, "EKS", {}, "version", "1.29", "1.35"),
]
each_place = pytest.mark.parametrize(
    ("token", "service", "engine", "path", "wrong", "right"), PLACES, ids=[token for token, *_ in PLACES]
)


def running(engine: Any, version: Any, token: str = DATABASE, **inputs: Any) -> Resource:
    return resource(token, engine=engine, engineVersion=version, **inputs)


def violates(engine: str, version: str, config: dict[str, Any] | None = None, token: str = DATABASE) -> bool:
    return bool(check("engine-version", running(engine, version, token), config=config).violations)


# Every type


@each_place
def test_a_version_that_aws_does_not_offer_is_a_violation(
    token: str, service: str, engine: dict[str, str], path: str, wrong: str, right: str
) -> None:
    decision = check("engine-version", resource(token, **engine, **{path: wrong}))
    assert decision.violations == [f"it.{path}"]
    assert decision.messages[0].startswith(f'{path} is "{wrong}", which ')
    assert f" {service} " in decision.messages[0].splitlines()[0]
    assert f'Fix: Set {path} to "' in decision.messages[0]


@each_place
def test_a_version_that_aws_offers_complies(
    token: str, service: str, engine: dict[str, str], path: str, wrong: str, right: str
) -> None:
    assert check("engine-version", resource(token, **engine, **{path: right})).is_clean


@each_place
def test_a_version_that_is_not_set_complies(
    token: str, service: str, engine: dict[str, str], path: str, wrong: str, right: str
) -> None:
    name = [*engine.values(), "*"][0].lower()
    assert check("engine-version", resource(token, **engine), config={"minimums": {name: "99"}}).is_clean
    assert check("engine-version", resource(token, **engine, **{path: ""})).is_clean


@each_place
def test_an_unknown_version_is_undecided(
    token: str, service: str, engine: dict[str, str], path: str, wrong: str, right: str
) -> None:
    decision = check("engine-version", resource(token, **engine, **{path: UNKNOWN}))
    assert decision.violations == []
    assert decision.undecided == [f"it.{path}"]


@each_place
def test_a_secret_version_is_judged_alike_and_not_shown(
    token: str, service: str, engine: dict[str, str], path: str, wrong: str, right: str
) -> None:
    decision = decide(POLICIES["engine-version"], resource(token, **engine, **{path: Secret(wrong)}))
    assert decision.violations == [f"it.{path}"]
    assert wrong not in decision.messages[0]
    assert f"{path} is [secret], which" in decision.messages[0]
    assert "Fix: Choose a version that AWS offers and that this policy's config allows." in decision.messages[0]
    assert "the newest" not in decision.messages[0]


def test_every_place_of_the_policy_is_tested() -> None:
    assert set(POLICIES["engine-version"].types) == {token for token, *_ in PLACES}


# What AWS offers


def test_postgres_15_5_is_not_offered_any_more() -> None:
    database = running("postgres", "15.5", with_provider=TOKYO)
    best = newest("postgres", "15")
    assert (
        decide(POLICIES["engine-version"], database)
        .messages[0]
        .startswith(
            f'engineVersion is "15.5", which RDS no longer offers for postgres; the newest 15 is "{best}".\n'
            f'Fix: Set engineVersion to "{best}", or to "15" where autoMinorVersionUpgrade is on. An existing database '
            "restarts for the upgrade, in its next maintenance window or immediately with applyImmediately true. If "
            "AWS does offer it, add it to offered of this policy.\n"
        )
    )


@pytest.mark.parametrize(
    ("token", "engine", "version"),
    [
        (DATABASE, "postgres", "9.6.24"),
        (DATABASE, "postgres", "10"),
        (DATABASE, "postgres", "16.1"),
        (DATABASE, "postgres", "11.22-rds.20240418"),
        (DATABASE, "postgres", "11.22-RDS.20240418"),
        (DATABASE, "Postgres", "15.5"),
        (DATABASE, "mysql", "5.6.51"),
        (DATABASE, "mysql", "8.4.3"),
        (DATABASE, "mariadb", "10.4.33"),
        (DATABASE, "mariadb", "10.11.4"),
        (DATABASE, "sqlserver-se", "13.00.6300.2.v1"),
        (DATABASE, "sqlserver-web", "14.00.3223.3.v1"),
        (CLUSTER, "aurora-mysql", "8.0.mysql_aurora.3.01.0"),
        (CLUSTER, "aurora-postgresql", "16.4"),
        (CLUSTER, "postgres", "15.5"),
    ],
)
def test_a_retired_version_is_a_violation(token: str, engine: str, version: str) -> None:
    decision = check("engine-version", running(engine, version, token))
    assert decision.violations == ["it.engineVersion"]
    assert f'engineVersion is "{version}", which RDS no longer offers for {engine.lower()}' in decision.messages[0]


@pytest.mark.parametrize(
    ("engine", "version"), [("postgres", "15.1"), ("postgres", "9"), ("postgres", "8.4.22"), ("mysql", "8.4.1")]
)
def test_an_older_version_that_nobody_knows_is_a_violation(engine: str, version: str) -> None:
    decision = check("engine-version", running(engine, version))
    assert decision.violations == ["it.engineVersion"]
    assert f'"{version}", which is not among the versions that RDS offers for {engine}' in decision.messages[0]


@pytest.mark.parametrize(
    ("token", "engine", "version"),
    [
        (DATABASE, "postgres", "15.99"),
        (DATABASE, "postgres", "99.1"),
        (DATABASE, "mysql", "8.4.99"),
        (DATABASE, "mysql", "9.7.0"),
        (DATABASE, "mariadb", "11.7.2"),
        (CLUSTER, "aurora-mysql", "8.0.mysql_aurora.3.99.0"),
        (CACHE, "valkey", "9.99"),
        (CACHE, "redis", "6.x"),
        (BROKER, "", "5.18"),
    ],
)
def test_a_newer_version_than_the_known_ones_complies(token: str, engine: str, version: str) -> None:
    named = {"engineType": "ActiveMQ"} if token == BROKER else {"engine": engine}
    assert check("engine-version", resource(token, **named, engineVersion=version)).is_clean


@pytest.mark.parametrize(
    ("token", "path", "version"),
    [
        (KAFKA, "kafkaVersion", "3.9.x.kraft"),
        (KAFKA, "kafkaVersion", "4.0.x.kraft"),
        (KUBERNETES, "version", "1.99"),
        (SEARCH, "engineVersion", "OpenSearch_2.99"),
    ],
)
def test_names_that_the_lists_of_aws_lack_comply(token: str, path: str, version: str) -> None:
    assert check("engine-version", resource(token, **{path: version})).is_clean


@pytest.mark.parametrize(
    ("token", "engine", "version"),
    [
        (DATABASE, "postgres", "15"),
        (DATABASE, "mysql", "8.4"),
        (DATABASE, "mysql", "8"),
        (DATABASE, "mariadb", "10.11"),
        (DATABASE, "sqlserver-se", "15.00"),
        (CLUSTER, "aurora-mysql", "8.0"),
    ],
)
def test_the_beginning_of_an_offered_version_complies(token: str, engine: str, version: str) -> None:
    assert not violates(engine, version, token=token)


def test_a_version_for_aurora_limitless_complies_and_is_no_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not violates("aurora-postgresql", "16.10-limitless", token=CLUSTER)
    limitless = Engine(offered={"16": ("16.8", "16.9-limitless")}, retired={"16": ("16.1",)})
    monkeypatch.setattr(databases, "engines", lambda today: {"aurora-postgresql": limitless})
    decision = check("engine-version", running("aurora-postgresql", "16.1", CLUSTER))
    assert 'the newest 16 is "16.8"' in decision.messages[0]


@pytest.mark.parametrize(
    "engine",
    [
        *("custom-oracle-ee", "custom-oracle-ee-cdb"),
        *("custom-sqlserver-ee", "custom-sqlserver-se", "custom-sqlserver-web"),
        *("db2-ae", "db2-se", "oracle-ee", "oracle-ee-cdb", "oracle-se2", "oracle-se2-cdb"),
    ],
)
def test_an_engine_whose_versions_are_not_known_complies_unless_config_says_otherwise(engine: str) -> None:
    assert not violates(engine, "1.0")
    assert violates(engine, "1.0", {"minimums": {engine: "2"}})


@pytest.mark.parametrize(
    ("token", "path", "engine", "service", "nearest"),
    [
        (DATABASE, "engine", "postgresql", "RDS", "postgres"),
        (DATABASE, "engine", "sqlserver", "RDS", "sqlserver-se"),
        (DATABASE, "engine", "MySQL8", "RDS", "mysql"),
        (CLUSTER, "engine", "aurora", "RDS", "aurora-mysql"),
        (CLUSTER, "engine", "aurora-postgres", "RDS", "aurora-postgresql"),
        ("aws:rds/globalCluster:GlobalCluster", "engine", "aurora-mysq", "RDS", "aurora-mysql"),
        (CACHE, "engine", "valky", "ElastiCache", "valkey"),
        (BROKER, "engineType", "Rabbit", "Amazon MQ", "rabbitmq"),
    ],
)
@pytest.mark.parametrize("version", [{}, {"engineVersion": "15.5"}, {"engineVersion": UNKNOWN}])
def test_an_engine_that_there_is_not_is_refused(
    token: str, path: str, engine: str, service: str, nearest: str, version: dict[str, Any]
) -> None:
    decision = check("engine-version", resource(token, **{path: engine}, **version))
    assert decision.violations == [f"it.{path}"]
    assert decision.undecided == []
    assert decision.messages[0].startswith(
        f'{path} is "{engine}": AWS refuses it, as {service} has no engine of that name.\n'
        f'Fix: Set {path} to "{nearest}".\n'
    )


def test_an_engine_that_is_like_no_other_is_told_which_there_are() -> None:
    message = check("engine-version", resource(BROKER, engineType="Kafka")).messages[0]
    assert "Fix: Set engineType to one of activemq, rabbitmq." in message


def test_a_secret_engine_is_judged_alike_and_not_shown() -> None:
    decision = decide(POLICIES["engine-version"], resource(DATABASE, engine=Secret("postgrosql")))
    assert decision.violations == ["it.engine"]
    assert "postgrosql" not in decision.messages[0]
    assert "engine is [secret]: AWS refuses it" in decision.messages[0]


@pytest.mark.parametrize(
    "engine", ["Postgres", "oracle-se2", "custom-sqlserver-dev", "db2-ce", "sqlserver-dev-ee", UNKNOWN]
)
def test_engines_that_there_are_comply(engine: Any) -> None:
    assert check("engine-version", resource(DATABASE, engine=engine)).is_clean


def test_without_an_engine_there_is_nothing_to_say() -> None:
    replica = resource(DATABASE, replicateSourceDb="main", engineVersion="15.5")
    assert check("engine-version", replica).is_clean
    assert check("engine-version", resource("aws:elasticache/cluster:Cluster", engineVersion="3.2.10")).is_clean


def test_the_engine_that_is_the_default_counts() -> None:
    assert not check("engine-version", resource(CACHE, engineVersion="7.1", engine="")).violations
    assert check("engine-version", resource(CACHE, engineVersion="3.2.10", engine="")).violations
    assert check("engine-version", resource(CACHE, engineVersion="6.2", engine="valkey")).violations


def test_an_unknown_engine_is_undecided() -> None:
    decision = check("engine-version", running(UNKNOWN, "15.5"))
    assert decision.violations == []
    assert decision.undecided == ["it.engine"]


def test_a_version_taken_from_a_cluster_is_judged_there() -> None:
    cluster = resource(CLUSTER, "orders", engine="aurora-postgresql", engineVersion="15.5")
    member = resource(MEMBER, "one", engine="aurora-postgresql", engineVersion=ref(cluster))
    decision = check("engine-version", cluster, member)
    assert decision.violations == ["orders.engineVersion"]
    assert decision.undecided == []
    parameter = resource("aws:ssm/parameter:Parameter", "version")
    elsewhere = resource(MEMBER, "two", engine="aurora-postgresql", engineVersion=ref(parameter))
    assert check("engine-version", parameter, elsewhere).undecided == ["two.engineVersion"]


def test_the_newest_of_another_major_version_is_named_where_all_of_one_are_gone() -> None:
    message = check("engine-version", running("mariadb", "10.4.34")).messages[0]
    assert (
        f'which RDS no longer offers for mariadb.\nFix: Set engineVersion to "{newest("mariadb", "10.6")}". An '
        "existing database also needs allowMajorVersionUpgrade true and, if it sets parameterGroupName, a parameter "
        "group of the new major version." in message
    )


@pytest.mark.parametrize(
    ("engine", "version", "first", "goal"),
    [
        ("mysql", "5.6.51", newest("mysql", "5.7"), newest("mysql", "8.4")),
        ("mysql", "5.7.44", newest("mysql", "8.0"), newest("mysql", "8.4")),
        ("postgres", "12.22", newest("postgres", "13"), newest("postgres", "14")),
        ("postgres", "11.22-rds.20260514", newest("postgres", "12"), newest("postgres", "14")),
    ],
)
def test_no_fix_goes_up_by_several_major_versions_at_once(engine: str, version: str, first: str, goal: str) -> None:
    message = check("engine-version", running(engine, version)).messages[0]
    assert (
        f'et engineVersion to "{first}" first and then, one major version at a time, to "{goal}"; '
        f'what does not exist yet can have "{goal}" at once. An existing database also needs allowMajorVersionUpgrade'
    ) in message


def test_the_fix_for_a_retired_version_begins_with_its_own_major_version() -> None:
    """13.7: the newest 13 costs extra, and 14 is an upgrade that has to be asked for."""
    message = check("engine-version", running("postgres", "13.7")).messages[0]
    assert (
        f'Fix: To stay on 13, set engineVersion to "{newest("postgres", "13")}" and engineLifecycleSupport to '
        f'"{EXTENDED}"; Extended Support costs extra. An existing database restarts for the upgrade, in its next '
        "maintenance window or immediately with applyImmediately true. To leave 13, set engineVersion to "
        f'"{newest("postgres", "14")}". An existing database also needs allowMajorVersionUpgrade true' in message
    )


# The day of the run


@pytest.mark.parametrize(
    ("token", "inputs", "last", "problem"),
    [
        (KUBERNETES, {"version": "1.34"}, date(2026, 12, 2), "its standard support ended on 2026-12-02"),
        (
            KUBERNETES,
            {"version": "1.32", "upgradePolicy": {"supportType": "EXTENDED"}},
            date(2027, 3, 23),
            "which EKS no longer offers",
        ),
        (KAFKA, {"kafkaVersion": "3.7.x.kraft"}, date(2026, 9, 1), "which MSK no longer offers"),
        (KAFKA, {"kafkaVersion": "3.6.0"}, date(2026, 6, 1), "which MSK no longer offers"),
        (DATABASE, {"engine": "mariadb", "engineVersion": "10.5.29"}, date(2026, 8, 31), "which RDS no longer offers"),
        (DATABASE, {"engine": "postgres", "engineVersion": "15.13"}, date(2026, 10, 31), "which RDS no longer offers"),
        (DATABASE, {"engine": "mysql", "engineVersion": "8.4.7"}, date(2026, 11, 30), "which RDS no longer offers"),
        (
            CLUSTER,
            {"engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.11.1"},
            date(2026, 11, 13),
            "which RDS no longer offers",
        ),
        (
            CLUSTER,
            {"engine": "aurora-postgresql", "engineVersion": "17.4"},
            date(2026, 11, 30),
            "which RDS no longer offers",
        ),
        (DATABASE, {"engine": "postgres", "engineVersion": "14.24"}, date(2027, 2, 28), "ended on 2027-02-28"),
        (CACHE, {"engine": "redis", "engineVersion": "6.2"}, date(2027, 1, 31), "ended on 2027-01-31"),
    ],
)
def test_what_has_an_end_is_judged_by_the_day_of_the_run(
    token: str, inputs: dict[str, Any], last: date, problem: str
) -> None:
    assert check("engine-version", on(last)(token, **inputs)).is_clean
    decision = check("engine-version", on(last + timedelta(1))(token, **inputs))
    assert len(decision.violations) == 1
    assert problem in decision.messages[0]


@pytest.mark.parametrize(("today", "goal"), [(date(2026, 9, 1), "1.34"), (date(2026, 11, 28), "1.35")])
def test_a_fix_does_not_stop_at_a_version_whose_standard_support_ends_soon(today: date, goal: str) -> None:
    """1.31 is gone on the second day, and the standard support of 1.34 ends on 2026-12-02."""
    message = check("engine-version", on(today)(KUBERNETES, version="1.31")).messages[0]
    assert f' first and then, one minor version at a time, to "{goal}"; ' in message


def test_a_fix_names_the_last_version_where_the_support_of_all_ends_soon() -> None:
    message = check("engine-version", on(date(2027, 7, 1))(KUBERNETES, version="1.34")).messages[0]
    assert f'to "{newest("kubernetes")}"' in message


@pytest.mark.parametrize(("engine", "version"), [("ActiveMQ", "5.17.6"), ("RabbitMQ", "3.12")])
def test_a_broker_is_told_what_newer_versions_need(engine: str, version: str) -> None:
    message = check("engine-version", resource(BROKER, engineType=engine, engineVersion=version)).messages[0]
    assert "ActiveMQ 5.18 and later and RabbitMQ 3.13 and later require autoMinorVersionUpgrade true." in message


@pytest.mark.parametrize("version", ["4.0.x", "4.0.x.kraft", "4.1.x", "4.2.x", "3.8.x", "3.9.x"])
def test_versions_of_kafka_that_came_comply_and_are_no_advice(version: str) -> None:
    assert check("engine-version", resource(KAFKA, kafkaVersion=version)).is_clean
    assert newest("kafka") == "3.9.x"


@pytest.mark.parametrize(
    ("token", "inputs", "fix"),
    [
        (KAFKA, {"kafkaVersion": "3.5.x"}, 'Set kafkaVersion to "3.9.x".'),
        (BROKER, {"engineType": "ActiveMQ", "engineVersion": "5.17.6"}, 'Set engineVersion to "5.19".'),
        (BROKER, {"engineType": "RABBITMQ", "engineVersion": "3.12"}, 'Set engineVersion to "3.13".'),
        (
            KUBERNETES,
            {"version": "1.33"},
            'Set version to "1.34" first and then, one minor version at a time, to "1.35"; ',
        ),
    ],
)
def test_the_fix_names_a_version(token: str, inputs: dict[str, str], fix: str) -> None:
    assert f"Fix: {fix}" in check("engine-version", resource(token, **inputs)).messages[0]


def test_only_an_instance_is_told_that_a_major_version_will_do() -> None:
    assert "autoMinorVersionUpgrade" in check("engine-version", running("mariadb", "10.11.4")).messages[0]
    assert "autoMinor" not in check("engine-version", running("aurora-postgresql", "15.5", CLUSTER)).messages[0]


# Extended Support


@pytest.mark.parametrize(
    ("token", "inputs", "path", "ended", "fix"),
    [
        (
            DATABASE,
            {"engine": "postgres", "engineVersion": "12.22"},
            "engineVersion",
            "2025-02-28, and RDS",
            f'To stay on "12.22", set engineLifecycleSupport to "{EXTENDED}"; Extended Support costs extra.\n',
        ),
        (DATABASE, {"engine": "postgres", "engineVersion": "11"}, "engineVersion", "2024-02-29, and RDS", ""),
        (DATABASE, {"engine": "postgres", "engineVersion": "13.99"}, "engineVersion", "2026-02-28, and RDS", ""),
        (DATABASE, {"engine": "mysql", "engineVersion": "5.7"}, "engineVersion", "2024-02-29, and RDS", ""),
        (DATABASE, {"engine": "mysql", "engineVersion": "8.0.46"}, "engineVersion", "2026-07-31, and RDS", ""),
        (
            CLUSTER,
            {"engine": "aurora-mysql", "engineVersion": "5.7.mysql_aurora.2.12.6"},
            "engineVersion",
            "2024-10-31, and RDS",
            "",
        ),
        (
            "aws:rds/globalCluster:GlobalCluster",
            {"engine": "aurora-postgresql", "engineVersion": "11.21"},
            "engineVersion",
            "2024-02-29, and RDS",
            "",
        ),
        (
            CACHE,
            {"engine": "redis", "engineVersion": "5.0.6"},
            "engineVersion",
            "2026-01-31, and ElastiCache",
            'To stay on "5.0.6", set this policy\'s allowExtendedSupport to true; Extended Support costs extra.\n',
        ),
        (
            "aws:docdb/cluster:Cluster",
            {"engineVersion": "3.6.0"},
            "engineVersion",
            "2026-03-30, and DocumentDB",
            f'Fix: Set engineVersion to "{newest("docdb", "5.0")}". An existing database also needs allowMajor',
        ),
        (
            KUBERNETES,
            {"version": "1.33"},
            "version",
            "2026-07-29, and EKS",
            'To stay on "1.33", set upgradePolicy.supportType to "EXTENDED"; Extended Support costs extra.\n',
        ),
        (
            SEARCH,
            {"engineVersion": "OpenSearch_2.9"},
            "engineVersion",
            "2025-11-07, and OpenSearch Service",
            'Fix: Set engineVersion to "OpenSearch_2.19". An existing domain is upgraded by a blue/green deployment',
        ),
        (SEARCH, {"engineVersion": "Elasticsearch_6.7"}, "engineVersion", "2025-11-07, and OpenSearch Service", ""),
        (
            "aws:elasticsearch/domain:Domain",
            {"elasticsearchVersion": "1.5"},
            "elasticsearchVersion",
            "2025-11-07, and OpenSearch Service",
            'Fix: Set elasticsearchVersion to "7.10". ',
        ),
    ],
)
def test_a_version_on_extended_support_is_a_violation_unless_that_is_allowed(
    token: str, inputs: dict[str, str], path: str, ended: str, fix: str
) -> None:
    decision = check("engine-version", resource(token, **inputs))
    assert decision.violations == [f"it.{path}"]
    assert f": its standard support ended on {ended} charges extra for Extended Support" in decision.messages[0]
    assert fix in decision.messages[0]
    assert check("engine-version", resource(token, **inputs), config={"allowExtendedSupport": True}).is_clean


@pytest.mark.parametrize(
    ("token", "inputs", "choice", "path", "on", "off"),
    [
        (
            DATABASE,
            {"engine": "postgres", "engineVersion": "12.22"},
            lambda value: {"engineLifecycleSupport": value},
            "engineLifecycleSupport",
            EXTENDED,
            f"{EXTENDED}-disabled",
        ),
        (
            CLUSTER,
            {"engine": "aurora-mysql", "engineVersion": "5.7"},
            lambda value: {"engineLifecycleSupport": value},
            "engineLifecycleSupport",
            EXTENDED,
            f"{EXTENDED}-disabled",
        ),
        (
            KUBERNETES,
            {"version": "1.32"},
            lambda value: {"upgradePolicy": {"supportType": value}},
            "upgradePolicy.supportType",
            "EXTENDED",
            "STANDARD",
        ),
    ],
)
def test_the_program_chooses_extended_support(
    token: str, inputs: dict[str, str], choice: Any, path: str, on: str, off: str
) -> None:
    allowed = {"allowExtendedSupport": True}
    assert check("engine-version", resource(token, **inputs, **choice(on))).is_clean
    assert check("engine-version", resource(token, **inputs, **choice(""))).violations
    for config in ({}, allowed):
        refused = check("engine-version", resource(token, **inputs, **choice(off)), config=config)
        assert f", and {path} turns Extended Support off." in refused.messages[0]
        unknown = check("engine-version", resource(token, **inputs, **choice(UNKNOWN)), config=config)
        assert unknown.violations == []
        assert unknown.undecided == [f"it.{path}"]


def test_extended_support_is_not_asked_about_where_it_decides_nothing() -> None:
    for version, violations in ((newest("postgres"), []), ("12.1", ["it.engineVersion"])):
        decision = check("engine-version", running("postgres", version, engineLifecycleSupport=UNKNOWN))
        assert decision.violations == violations
        assert decision.undecided == []


def test_extended_support_brings_no_retired_version_back() -> None:
    decision = check("engine-version", running("postgres", "12.19", engineLifecycleSupport=EXTENDED))
    best = newest("postgres", "12")
    assert f'which RDS no longer offers for postgres; the newest 12 is "{best}".' in decision.messages[0]
    unwanted = check("engine-version", running("postgres", "12.19")).messages[0]
    assert "the newest 12" not in unwanted
    assert f'Fix: To stay on 12, set engineVersion to "{best}" and engineLifecycleSupport to' in unwanted


def test_extended_support_is_a_matter_of_the_cluster() -> None:
    assert check("engine-version", running("aurora-postgresql", "12.22", MEMBER)).is_clean
    assert check("engine-version", running("aurora-postgresql", "12.19", MEMBER)).violations


# Config


@pytest.mark.parametrize(
    ("denied", "applies"),
    [
        ({"postgres": [newest("postgres", "15")]}, True),
        ({"postgres": ["16.*", "15.*"]}, True),
        ({"post*": ["15.*"]}, True),
        ({"mysql": ["15.*"]}, False),
        ({"postgres": ["15.1", "15"]}, False),
        ({}, False),
    ],
)
def test_versions_can_be_denied(denied: dict[str, list[str]], applies: bool) -> None:
    assert violates("postgres", newest("postgres", "15"), {"denied": denied}) is applies


def test_a_denied_version_is_not_advised_either() -> None:
    best, second = engines(TODAY)["postgres"].newest_first[:2]
    message = check("engine-version", running("postgres", best), config={"denied": {"*": [best]}}).messages[0]
    assert f'engineVersion is "{best}", which this policy\'s config denies' in message
    assert f'Fix: Set engineVersion to "{second}", or' in message


def test_versions_of_an_engine_of_which_nothing_is_known_can_be_denied() -> None:
    config = {"denied": {"oracle-*": ["19.0.0.0.ru-2024-01*"]}, "minimums": {"db2-se": "12.1"}}
    decision = check("engine-version", running("oracle-ee", "19.0.0.0.ru-2024-01.rur-2024-01.r1"), config=config)
    assert decision.messages[0].startswith(
        'engineVersion is "19.0.0.0.ru-2024-01.rur-2024-01.r1", which this policy\'s config denies.\n'
        "Fix: Set engineVersion to another version. To allow it, take it out of denied of this policy.\n"
    )
    assert violates("db2-se", "11.5.9.0.sb00000000.r1", config)


def test_versions_can_be_said_to_be_offered() -> None:
    config = {"offered": {"postgres": ["15.5", "12.*"]}}
    assert not violates("postgres", "15.5", config)
    assert not violates("postgres", "12.22", config)
    assert violates("postgres", "15.4", config)
    assert violates("aurora-postgresql", "15.5", config, CLUSTER)


@pytest.mark.parametrize(
    ("minimum", "version", "fails"),
    [
        ("16", "15.15", True),
        ("16", "15", True),
        ("15", "15.15", False),
        ("15.15", "15.14", True),
        ("15.15", "15.15", False),
        ("15.9", "15.15", False),
        ("15.15", "15", False),
        ("15.15", "16", False),
    ],
)
def test_engines_can_have_a_minimum(minimum: str, version: str, fails: bool) -> None:
    config = {"minimums": {"postgres": minimum}, "offered": {"*": ["*"]}}
    decision = check("engine-version", running("postgres", version), config=config)
    assert bool(decision.violations) is fails
    if fails:
        assert f'engineVersion is "{version}", which is below the required minimum, {minimum}' in decision.messages[0]
    assert not violates("mysql", "8.4.8", config)


def test_the_first_minimum_that_fits_applies_and_holds_for_what_is_said_to_be_offered() -> None:
    config = {"minimums": {"aurora-p*": "15", "aurora-*": "99"}, "offered": {"*": ["*"]}}
    assert not violates("aurora-postgresql", "15.5", config, CLUSTER)
    assert violates("aurora-postgresql", "14.19", config, CLUSTER)


def test_a_fix_is_never_below_the_minimum() -> None:
    message = check("engine-version", running("postgres", "15.5"), config={"minimums": {"postgres": "16"}}).messages[0]
    assert f'Fix: Set engineVersion to "{newest("postgres", "16")}". ' in message
    message = check("engine-version", running("postgres", "15.5"), config={"minimums": {"postgres": "17"}}).messages[0]
    first, goal = newest("postgres", "16"), newest("postgres", "17")
    assert f'Fix: Set engineVersion to "{first}" first and then, one major version at a time, to "{goal}"; ' in message


def in_region(version: str, config: dict[str, Any], **inputs: Any) -> bool:
    return bool(decide(POLICIES["engine-version"], running("postgres", version, **inputs), config=config).violations)


OFFERED_15, OFFERED_16, OFFERED_17 = (newest("postgres", major) for major in ("15", "16", "17"))
TOKYO_ONLY = {
    "denied": {"postgres": [OFFERED_16]},
    "regions": {
        "ap-northeast-1": {"offered": {"postgres": ["15.5", OFFERED_16]}, "denied": {"postgres": [OFFERED_15]}}
    },
}


@pytest.mark.parametrize(
    ("place", "is_tokyo"),
    [
        ({"with_provider": TOKYO}, True),
        ({"region": "ap-northeast-1"}, True),
        ({"region": "eu-west-1", "with_provider": TOKYO}, False),
        ({}, False),
        ({"with_provider": resource("pulumi:providers:aws", "default")}, False),
    ],
)
def test_a_region_can_be_different(place: dict[str, Any], is_tokyo: bool) -> None:
    assert in_region("15.5", TOKYO_ONLY, **place) is not is_tokyo
    assert in_region(OFFERED_16, TOKYO_ONLY, **place) is not is_tokyo
    assert in_region(OFFERED_15, TOKYO_ONLY, **place) is is_tokyo
    assert in_region("15.4", TOKYO_ONLY, **place)
    assert not in_region(OFFERED_17, TOKYO_ONLY, **place)


def test_an_unknown_region_is_undecided_where_regions_differ() -> None:
    database = running("postgres", "15.5", region=UNKNOWN)
    assert check("engine-version", database).violations == ["it.engineVersion"]
    decision = check("engine-version", database, config=TOKYO_ONLY)
    assert decision.violations == []
    assert decision.undecided == ["it.region"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"denied": {"postgresql": ["15.5"]}}, "config key 'denied': no engine matches 'postgresql'"),
        ({"offered": {"postgre": []}}, "config key 'offered': no engine matches 'postgre'"),
        ({"minimums": {"mssql": "15"}}, "config key 'minimums': no engine matches 'mssql'"),
        (
            {"regions": {"eu-west-1": {"offered": {"pg": ["15.5"]}}}},
            "config key 'regions.eu-west-1.offered': no engine matches 'pg'",
        ),
        (
            {"regions": {"eu-west-1": {"denied": {"pg": ["15.5"]}}}},
            "config key 'regions.eu-west-1.denied': no engine matches 'pg'",
        ),
        ({"regions": {"Tokyo": {}}}, "config key 'regions': 'Tokyo' is not a region"),
        ({"minimums": {"postgres": "latest"}}, "config key 'minimums[...]'"),
        ({"denied": ["15.5"]}, "config key 'denied'"),
        ({"denied": {"postgres": "15.5"}}, "config key 'denied[...]'"),
        ({"allowExtendedSupport": "yes"}, "it must be true or false"),
        ({"regions": {"eu-west-1": {"retired": {}}}}, "config key 'regions[...]'"),
        ({"minimum": {"postgres": "15"}}, "did you mean 'minimums'?"),
    ],
)
def test_config_that_does_not_fit_is_refused(config: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check("engine-version", config=config)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("version", "config", "said"),
    [
        ("15.5", {}, "If AWS does offer it, add it to offered of this policy."),
        ("15.1", {}, "If AWS does offer it, add it to offered of this policy."),
        ("16.15", {"minimums": {"postgres": "17"}}, "To allow it, lower minimums of this policy."),
        ("16.15", {"denied": {"postgres": ["16.*"]}}, "To allow it, take it out of denied of this policy."),
    ],
)
def test_the_fix_names_the_config_that_answers_the_finding(version: str, config: dict[str, Any], said: str) -> None:
    decision = check("engine-version", running("postgres", version), config=config)
    assert said in decision.messages[0].splitlines()[1]


@pytest.mark.parametrize(
    "version", ["9" * 400, "9" * 5000, "15." + "9" * 5000, "9" * 5000 + ".1", "x" * 5000, "." * 5000]
)
@pytest.mark.parametrize("config", [{}, {"minimums": {"*": "15"}}, {"allowExtendedSupport": True}])
def test_a_version_beyond_all_measure_is_no_version(version: str, config: dict[str, Any]) -> None:
    for token, engine, path, _wrong, _right in ((place[0], *place[2:]) for place in PLACES):
        decision = check("engine-version", resource(token, **engine, **{path: version}), config=config)
        assert decision.violations == [f"it.{path}"]
        assert ", which is not a version." in decision.messages[0]
        assert len(decision.messages[0]) < 2000


def test_a_version_that_is_a_number_of_hundreds_of_digits_is_no_version() -> None:
    for number in (1e300, float("9" * 300)):
        assert check("engine-version", running("postgres", number)).violations == ["it.engineVersion"]
    assert check("engine-version", running("postgres", 15.0)).is_clean


def test_a_minimum_has_a_length() -> None:
    with pytest.raises(ConfigError):
        check("engine-version", config={"minimums": {"postgres": "9" * 5000}})


@pytest.mark.parametrize(
    "inputs", [{"snapshotIdentifier": "before"}, {"restoreToPointInTime": {"useLatestRestorableTime": True}}]
)
def test_a_restored_database_has_the_version_of_its_source(inputs: dict[str, Any]) -> None:
    for token, engine in ((DATABASE, {}), (DATABASE, {"engine": "postgres"}), (CLUSTER, {"engine": "aurora-mysql"})):
        assert check("engine-version", resource(token, **engine, **inputs)).is_clean
    assert check("engine-version", running("postgres", "15.5", **inputs)).violations == ["it.engineVersion"]
