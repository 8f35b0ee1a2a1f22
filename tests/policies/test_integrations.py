"""API Gateway: whether it connects to its backends over HTTPS."""

from typing import Any

import pytest

from policypack.testing import UNKNOWN, Secret, resource
from tests.support import check

INTEGRATIONS = [
    ("aws:apigateway/integration:Integration", "uri"),
    ("aws:apigatewayv2/integration:Integration", "integrationUri"),
]
each_integration = pytest.mark.parametrize(("type_", "uri"), INTEGRATIONS)


def integration(type_: str, inputs: dict[str, Any]) -> Any:
    return resource(type_, **inputs)


@each_integration
@pytest.mark.parametrize("address", ["http://loans.example.com/", "HTTP://loans.example.com"])
def test_a_backend_reached_over_plain_http_is_reported(type_: str, uri: str, address: str) -> None:
    decision = check("api-gateway-integration-https", integration(type_, {uri: address}))
    assert decision.violations == [f"it.{uri}"]
    assert f'{uri} begins with "http://": requests travel to the backend in plain text.' in decision.messages[0]
    assert "Fix: Set the integration's URI to an https" in decision.messages[0]


@each_integration
def test_plain_http_over_the_internet_is_no_better_for_being_said(type_: str, uri: str) -> None:
    it = integration(type_, {uri: "http://loans.example.com", "connectionType": "INTERNET"})
    assert check("api-gateway-integration-https", it).violations == [f"it.{uri}"]


@each_integration
@pytest.mark.parametrize(
    "address",
    [
        "https://loans.example.com/",
        "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/f/invocations",
        "",
        None,
        UNKNOWN,
    ],
)
def test_other_backends_are_right(type_: str, uri: str, address: Any) -> None:
    assert check("api-gateway-integration-https", integration(type_, {uri: address})).is_clean


@each_integration
def test_plain_http_within_a_vpc_is_right(type_: str, uri: str) -> None:
    it = integration(type_, {uri: "http://internal.example.com", "connectionType": "VPC_LINK"})
    assert check("api-gateway-integration-https", it).is_clean


def test_a_secret_address_is_judged_by_its_value_and_not_shown() -> None:
    it = resource("aws:apigateway/integration:Integration", uri=Secret("http://user:canary@example.com"))
    decision = check("api-gateway-integration-https", it)
    assert decision.violations == ["it.uri"]
    assert "canary" not in decision.messages[0]
