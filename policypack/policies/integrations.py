"""API Gateway: whether it connects to its backends over HTTPS."""

from __future__ import annotations

from typing import Final

from policypack.config import Config
from policypack.model import Resource
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_INTEGRATION_URIS: Final = {
    "aws:apigateway/integration:Integration": "uri",
    "aws:apigatewayv2/integration:Integration": "integrationUri",
}


@resource_policy(
    id="api-gateway-integration-https",
    title="API Gateway connects to its backends over HTTPS",
    types=_INTEGRATION_URIS,
    severity="high",
    fix="Set the integration's URI to an https:// address, for which the backend needs a certificate. For a backend "
    'inside a VPC, set connectionType to "VPC_LINK" and connectionId to the id of a VPC link instead.',
    url="https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html",
)
def api_gateway_integration_https(integration: Resource, config: Config) -> Verdicts:
    """
    The client's HTTPS connection ends at the gateway: from there to the backend, tokens and personal data cross the
    internet in plain text.
    """
    uri, connection = integration.get(_INTEGRATION_URIS[integration.type]), integration.get("connectionType")
    if connection.text == "VPC_LINK":
        return
    if uri.is_unknown:
        # "http://" before the name of a load balancer of the stack is all unknown; other addresses are AWS's own.
        if not integration.is_in_stack or not uri.dependency_types.isdisjoint(
            {"aws:lb/loadBalancer:LoadBalancer", "aws:elb/loadBalancer:LoadBalancer"}
        ):
            yield Undecided(uri, "is it https://?")
    elif uri.text.lower().startswith("http://"):
        if connection.is_unknown:
            yield Undecided(connection, "does the request stay in a VPC?")
        else:
            yield Violation(uri, f'{uri.path} begins with "http://": requests travel to the backend in plain text.')
