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
    assert f'Fix: Set it to "{right}".' in decision.messages[0]


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
