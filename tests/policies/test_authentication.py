"""Policies about authentication."""

from __future__ import annotations

from typing import Any

import pytest

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


METHOD = "aws:apigateway/method:Method"
REST_API = "aws:apigateway/restApi:RestApi"


def test_methods_of_public_apis_authorize() -> None:
    api = resource(REST_API, "api")
    method = resource(METHOD, restApi=ref(api), httpMethod="GET", authorization="NONE")
    assert check("authentication", api, method).violations == ["it.authorization"]
    assert check("authentication", api, resource(METHOD, restApi=ref(api), authorization="AWS_IAM")).is_clean
    preflight = resource(METHOD, restApi=ref(api), httpMethod="OPTIONS", authorization="NONE")
    assert check("authentication", api, preflight).is_clean


@pytest.mark.parametrize("inputs", [{"endpointConfiguration": {"types": "PRIVATE"}}, {"policy": UNKNOWN}])
def test_private_apis_and_those_with_a_policy_may_leave_it_out(inputs: dict[str, Any]) -> None:
    api = resource(REST_API, "api", **inputs)
    assert check("authentication", api, resource(METHOD, restApi=ref(api), authorization="NONE")).is_clean


def test_the_policy_of_an_api_may_be_a_resource() -> None:
    api = resource(REST_API, "api")
    policy = resource("aws:apigateway/restApiPolicy:RestApiPolicy", "policy", restApiId=ref(api), policy=UNKNOWN)
    method = resource(METHOD, restApi=ref(api), authorization="NONE")
    assert check("authentication", api, policy, method).is_clean


@pytest.mark.parametrize(
    ("policy", "type_", "inputs", "place"),
    [
        (
            "unauthenticated-access",
            "aws:appsync/api:Api",
            {"eventConfig": {"authProviders": [{"authType": "API_KEY"}]}},
            "eventConfig.authProviders[0].authType",
        ),
        (
            "authentication",
            "aws:lb/listener:Listener",
            {"defaultActions": [{"authenticateOidc": {"onUnauthenticatedRequest": "allow"}}]},
            "defaultActions[0].authenticateOidc.onUnauthenticatedRequest",
        ),
        (
            "authentication",
            "aws:elasticache/user:User",
            {"authenticationMode": {"type": "no-password-required"}},
            "authenticationMode.type",
        ),
        (
            "authentication",
            "aws:storagegateway/smbFileShare:SmbFileShare",
            {"authentication": "GuestAccess"},
            "authentication",
        ),
        ("authentication", "aws:vpclattice/service:Service", {}, "authType"),
    ],
)
def test_what_lets_everyone_in_is_reported(policy: str, type_: str, inputs: dict[str, Any], place: str) -> None:
    decision = check(policy, resource(type_, **inputs))
    assert decision.violations == [f"it.{place}"]
    assert "Fix: " in decision.messages[0]
