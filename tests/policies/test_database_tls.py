"""Database TLS: whether databases refuse connections without it."""

from typing import Any

import pytest

from policypack.testing import UNKNOWN, Secret, decide, resource
from tests.support import POLICIES, check

RDS = "aws:rds/parameterGroup:ParameterGroup"
RDS_CLUSTER = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
DOCDB = "aws:docdb/clusterParameterGroup:ClusterParameterGroup"
REDSHIFT = "aws:redshift/parameterGroup:ParameterGroup"


@pytest.mark.parametrize(
    ("type_", "name", "value", "shown", "right"),
    [
        (RDS, "rds.force_ssl", "0", '"0"', "1"),
        (RDS, "rds.force_ssl", 0, "0", "1"),
        (RDS, "require_secure_transport", "0", '"0"', "1"),
        (RDS, "require_secure_transport", "OFF", '"OFF"', "1"),
        (RDS_CLUSTER, "rds.force_ssl", "0", '"0"', "1"),
        (RDS_CLUSTER, "require_secure_transport", "off", '"off"', "1"),
        (DOCDB, "tls", "disabled", '"disabled"', "enabled"),
        (REDSHIFT, "require_ssl", "false", '"false"', "true"),
        (REDSHIFT, "require_ssl", "False", '"False"', "true"),
        (REDSHIFT, "require_ssl", False, "false", "true"),
    ],
)
def test_parameters_that_turn_tls_off_are_reported(type_: str, name: str, value: Any, shown: str, right: str) -> None:
    decision = check("database-force-ssl", resource(type_, parameters=[{"name": name, "value": value}]))
    assert decision.violations == ["it.parameters[0].value"]
    assert f"parameters[0].value of the parameter {name} is {shown}: " in decision.messages[0]
    assert f'Fix: Set parameters[0].value to "{right}". Clients that do not use TLS' in decision.messages[0]


@pytest.mark.parametrize(
    ("type_", "name", "value"),
    [
        (RDS, "rds.force_ssl", "1"),
        (RDS, "rds.force_ssl", 1.0),
        (RDS, "require_secure_transport", "ON"),
        (RDS, "log_connections", "0"),
        (RDS, "tls", "0"),
        (RDS_CLUSTER, "require_secure_transport", "1"),
        (DOCDB, "tls", "enabled"),
        (DOCDB, "tls", "tls1.2+"),
        (DOCDB, "audit_logs", "disabled"),
        (REDSHIFT, "require_ssl", "true"),
        (REDSHIFT, "require_ssl", True),
        (REDSHIFT, "use_fips_ssl", "false"),
        (RDS, "log_connections", UNKNOWN),
        (RDS, "rds.force_ssl", Secret("1")),
    ],
)
def test_parameters_that_leave_tls_on_are_right(type_: str, name: str, value: Any) -> None:
    assert check("database-force-ssl", resource(type_, parameters=[{"name": name, "value": value}])).is_clean


@pytest.mark.parametrize("type_", [RDS, RDS_CLUSTER, DOCDB, REDSHIFT])
@pytest.mark.parametrize("parameters", [None, [], [{"name": "max_connections"}]])
def test_a_group_that_says_nothing_of_tls_does_not_turn_it_off(
    type_: str, parameters: list[dict[str, Any]] | None
) -> None:
    assert check("database-force-ssl", resource(type_, parameters=parameters)).is_clean


def test_only_the_parameter_that_is_wrong_is_reported() -> None:
    group = resource(
        RDS,
        parameters=[
            {"name": "log_connections", "value": "0"},
            {"name": "rds.force_ssl", "value": "0"},
            {"name": "require_secure_transport", "value": UNKNOWN},
        ],
    )
    decision = check("database-force-ssl", group)
    assert decision.violations == ["it.parameters[1].value"]
    assert decision.undecided == ["it.parameters[2].value"]


def test_a_secret_parameter_is_judged_by_its_value_and_not_shown() -> None:
    group = resource(RDS, parameters=[{"name": "rds.force_ssl", "value": Secret("0")}])
    decision = decide(POLICIES["database-force-ssl"], group)
    assert decision.violations == ["it.parameters[0].value"]
    assert "of the parameter rds.force_ssl is [secret]: " in decision.messages[0]


WORKGROUP = "aws:redshiftserverless/workgroup:Workgroup"


@pytest.mark.parametrize(
    ("type_", "family", "parameter"),
    [
        *((type_, family, "rds.force_ssl") for type_ in (RDS, RDS_CLUSTER) for family in ("postgres9.6", "postgres14")),
        *((type_, f, "require_secure_transport") for type_ in (RDS, RDS_CLUSTER) for f in ("mysql5.7", "mysql8.4")),
        *((RDS, f"mariadb{version}", "require_secure_transport") for version in ("10.5", "10.6", "10.11", "11.4")),
        (RDS_CLUSTER, "aurora-postgresql16", "rds.force_ssl"),
        (RDS_CLUSTER, "aurora-mysql8.0", "require_secure_transport"),
        (REDSHIFT, "redshift-1.0", "require_ssl"),
    ],
)
def test_a_family_that_accepts_plain_connections_by_default_gets_advice(
    type_: str, family: str, parameter: str
) -> None:
    for parameters in (None, [], [{"name": "log_statement", "value": "all"}]):
        decision = check("database-force-ssl", resource(type_, family=family, parameters=parameters))
        assert decision.violations == ["it.parameters"]
        assert (
            f'parameters does not set {parameter}, which is off by default in the family "{family}"'
            in decision.messages[0]
        )
        assert f'Fix: Add name "{parameter}" with value "' in decision.messages[0]
    for value in ("1", "true", "ON"):
        right = resource(type_, family=family, parameters=[{"name": parameter, "value": value}])
        assert check("database-force-ssl", right).is_clean
    # What somebody turned off is more than that.
    wrong = resource(type_, family=family, parameters=[{"name": parameter, "value": "0"}])
    assert check("database-force-ssl", wrong).violations == ["it.parameters[0].value"]


@pytest.mark.parametrize(
    ("type_", "family"),
    [
        (RDS, "postgres15"),
        (RDS, "postgres17"),
        (RDS, "mysql9.7"),
        (RDS, "mysql5.6"),
        (RDS, "mariadb11.8"),
        (RDS, "mariadb10.4"),
        (RDS, "aurora-postgresql14"),
        (RDS, "aurora-mysql8.0"),
        (RDS, "oracle-ee-19"),
        (RDS_CLUSTER, "aurora-postgresql17"),
        (DOCDB, "docdb5.0"),
        (REDSHIFT, "redshift-2.0"),
        (REDSHIFT, "9" * 400),
    ],
)
def test_other_families_need_no_parameter(type_: str, family: str) -> None:
    assert check("database-force-ssl", resource(type_, family=family)).is_clean


def test_an_unknown_family_or_parameter_is_undecided() -> None:
    assert check("database-force-ssl", resource(RDS, family=UNKNOWN)).undecided == ["it.family"]
    known = resource(RDS, family=UNKNOWN, parameters=[{"name": "rds.force_ssl", "value": "1"}])
    assert check("database-force-ssl", known).is_clean
    decision = check("database-force-ssl", resource(RDS, family="postgres13", parameters=UNKNOWN))
    assert (decision.violations, decision.undecided) == ([], ["it.parameters[].name"])


def test_a_serverless_workgroup_is_told_to_require_tls() -> None:
    wrong = resource(WORKGROUP, configParameters=[{"parameterKey": "require_ssl", "parameterValue": "false"}])
    assert check("database-force-ssl", wrong).violations == ["it.configParameters[0].parameterValue"]
    right = resource(WORKGROUP, configParameters=[{"parameterKey": "require_ssl", "parameterValue": "true"}])
    assert check("database-force-ssl", right).is_clean
    [message] = check("database-force-ssl", resource(WORKGROUP)).messages
    assert 'Fix: Add parameterKey "require_ssl" with parameterValue "true" to configParameters.' in message
