"""Private links: that the endpoints of a stack get connected to the stack's endpoint services."""

from __future__ import annotations

from typing import Final

from policypack.config import Config
from policypack.iam.places import account_of
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
_SERVICE: Final = "aws:ec2/vpcEndpointService:VpcEndpointService"
_ACCEPTER: Final = "aws:ec2/vpcEndpointConnectionAccepter:VpcEndpointConnectionAccepter"
_PRINCIPAL: Final = "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple"


@resource_policy(
    id="endpoint-service-connections",
    title="Endpoint services let in and accept the endpoints that the stack connects to them",
    needs_stack=True,
    types=(_ENDPOINT,),
    severity="high",
    fix="Accept the endpoint with an aws.ec2.VpcEndpointConnectionAccepter, and allow its account to connect with an "
    "aws.ec2.VpcEndpointServiceAllowedPrinciple.",
    url="https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html",
)
def endpoint_service_connections(endpoint: Resource, config: Config) -> Verdicts:
    """
    AWS refuses an endpoint of an account that the service does not allow. One that is not accepted is made, and stays
    pending: no connection through it succeeds.
    """
    for service in endpoint.get("serviceName").targets(_SERVICE):
        account, own = account_of(endpoint), account_of(service)
        is_foreign = bool(account and own and account != own)
        if is_foreign:
            yield from _allowed(endpoint, service, account)
        if service.get("acceptanceRequired").is_true and not endpoint.referrers(_ACCEPTER, "vpcEndpointId"):
            yield from _accepted(endpoint, service, is_foreign)


def _allowed(endpoint: Resource, service: Resource, account: str) -> Verdicts:
    """Whether a service lets in the account of an endpoint."""
    allowed = [
        *service.each("allowedPrincipals[]"),
        *(each.get("principalArn") for each in service.referrers(_PRINCIPAL, "vpcEndpointServiceId")),
    ]
    if any(map(_is_open, allowed)) or any(f":{account}:" in each.text for each in allowed):
        return
    if unknown := next((each for each in allowed if each.is_unknown), None):
        yield Undecided(unknown, f"does it let the account of '{endpoint.name}' connect to '{service.name}'?")
        return
    yield Violation(
        endpoint.get("serviceName"),
        f"AWS refuses the update: '{endpoint.name}' is in the account {account}, which the endpoint service "
        f"'{service.name}' does not allow to connect.",
        fix=f"Add an aws.ec2.VpcEndpointServiceAllowedPrinciple with vpcEndpointServiceId set to '{service.name}' and "
        f"principalArn \"arn:aws:iam::{account}:root\". Let '{endpoint.name}' depend on it (dependsOn).",
    )


def _is_open(principal: Value) -> bool:
    return principal.text == "*"


def _accepted(endpoint: Resource, service: Resource, is_foreign: bool) -> Verdicts:
    """Whether a service that asks for acceptance accepts an endpoint."""
    accepts = endpoint.get("autoAccept")
    if accepts.is_true and not is_foreign:
        return
    if unresolved := endpoint.stack.unresolved(_ACCEPTER, "vpcEndpointId", _ENDPOINT):
        yield Undecided(unresolved[0].get("vpcEndpointId"), f"does it accept '{endpoint.name}'?")
    elif accepts.is_unknown:
        yield Undecided(accepts, f"does '{service.name}' accept the endpoint?")
    else:
        here = "" if is_foreign else "Set autoAccept to true. Where the service is in another account, add "
        yield Violation(
            accepts,
            f"acceptanceRequired of '{service.name}' is true, and nothing in the stack accepts '{endpoint.name}': the "
            "update succeeds, and no connection does until somebody accepts the endpoint.",
            fix=f"{here or 'Add '}an aws.ec2.VpcEndpointConnectionAccepter with vpcEndpointId set to this endpoint and "
            f"vpcEndpointServiceId set to '{service.name}'. If somebody accepts it by hand, exempt this finding.",
            level="advisory",
        )
