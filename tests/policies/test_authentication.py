"""Policies about authentication."""

from __future__ import annotations

from policypack.testing import UNKNOWN, ref, resource
from tests.support import check

ROUTE = "aws:apigatewayv2/route:Route"
POOL = "aws:cognito/userPool:UserPool"
STRONG = {"minimumLength": 12, "requireLowercase": True, "requireUppercase": True, "requireNumbers": True}


def test_only_the_route_that_opens_a_websocket_is_authorized() -> None:
    api = resource("aws:apigatewayv2/api:Api", "api", protocolType="WEBSOCKET")
    for key, wrong in (("$connect", 1), ("$default", 0), ("chat", 0)):
        route = resource(ROUTE, apiId=ref(api), routeKey=key)
        assert len(check("authentication", api, route).violations) == wrong
    assert check("authentication", resource(ROUTE, apiId="abc", routeKey=UNKNOWN)).undecided
    assert check("authentication", resource(ROUTE, routeKey="GET /", authorizationType="JWT")).is_clean


def test_a_password_policy_that_is_left_out_is_that_of_aws() -> None:
    assert check("authentication", resource(POOL, mfaConfiguration="ON")).is_clean
    policy = {**STRONG, "minimumLength": 6}
    weak = resource(POOL, "users", mfaConfiguration="ON", passwordPolicy=policy)
    decision = check("authentication", weak)
    assert sorted(decision.violations) == ["users.passwordPolicy.minimumLength", "users.passwordPolicy.requireSymbols"]
    assert set(decision.controls) == {"FSBP Cognito.3"}


def test_optional_mfa_is_not_enough() -> None:
    decision = check("authentication", resource(POOL, mfaConfiguration="OPTIONAL"))
    assert decision.violations == ["it.mfaConfiguration"]
    assert 'Fix: Set mfaConfiguration to "ON".' in decision.messages[0]


def test_an_api_key_beside_another_way_is_reported() -> None:
    api = resource(
        "aws:appsync/graphQLApi:GraphQLApi",
        authenticationType="AWS_IAM",
        additionalAuthenticationProviders=[{"authenticationType": "OPENID_CONNECT"}, {"authenticationType": "API_KEY"}],
    )
    decision = check("unauthenticated-access", api)
    assert decision.violations == ["it.additionalAuthenticationProviders[1].authenticationType"]
    unknown = resource("aws:appsync/graphQLApi:GraphQLApi", authenticationType=UNKNOWN)
    assert check("unauthenticated-access", unknown).undecided


def test_a_replica_takes_its_authentication_from_its_source() -> None:
    assert check("authentication", resource("aws:neptune/cluster:Cluster", replicationSourceIdentifier="arn")).is_clean


def test_the_usual_names_are_reported_where_they_are_asked_for() -> None:
    cluster = resource("aws:rds/cluster:Cluster", masterUsername="Admin")
    assert check("default-admin-names", cluster).violations == ["it.masterUsername"]
    assert check("default-admin-names", resource("aws:rds/cluster:Cluster")).is_clean
