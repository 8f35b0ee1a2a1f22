"""Private links: that endpoints are let in and accepted by the endpoint services of the stack."""

from typing import Any

import pytest

from policypack.model import Resource
from policypack.testing import UNKNOWN, Decision, ref, resource
from tests.support import check

ID = "endpoint-service-connections"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService"
ACCEPTER = "aws:ec2/vpcEndpointConnectionAccepter:VpcEndpointConnectionAccepter"
PRINCIPAL = "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple"
OWNER, CONSUMER = "111122223333", "444455556666"


def in_account(type_: str, name: str, account: str, **inputs: Any) -> Resource:
    kind = type_.rpartition(":")[2]
    return resource(type_, name, with_outputs={"arn": f"arn:aws:ec2:eu-west-1:{account}:{kind}/{name}"}, **inputs)


def decided(*others: Resource, accepts: Any = None, asks: Any = True, account: str = OWNER, **service: Any) -> Decision:
    made = in_account(SERVICE, "ledger", OWNER, acceptanceRequired=asks, **service)
    endpoint = in_account(ENDPOINT, "reader", account, serviceName=ref(made), autoAccept=accepts)
    return check(ID, made, endpoint, *others)


def test_an_endpoint_that_nobody_accepts_is_reported() -> None:
    decision = decided()
    assert decision.violations == ["reader.autoAccept"]
    message, fix, *_ = decision.messages[0].split("\n")
    assert "nothing in the stack accepts 'reader'" in message
    assert fix.startswith("Fix: Set autoAccept to true.")


@pytest.mark.parametrize(
    ("accepts", "asks", "undecided"),
    [(True, True, []), (None, False, []), (None, None, []), (UNKNOWN, True, ["reader.autoAccept"])],
)
def test_an_endpoint_that_is_accepted_or_need_not_be(accepts: Any, asks: Any, undecided: list[str]) -> None:
    decision = decided(accepts=accepts, asks=asks)
    assert (decision.violations, decision.undecided) == ([], undecided)


def test_an_accepter_accepts_it() -> None:
    endpoint = resource(ENDPOINT, "reader")
    accepter = resource(ACCEPTER, "accepter", vpcEndpointId=ref(endpoint), vpcEndpointServiceId="vpce-svc-1")
    assert decided(accepter).is_clean
    unknown = resource(ACCEPTER, "accepter", vpcEndpointId=UNKNOWN, vpcEndpointServiceId="vpce-svc-1")
    assert decided(unknown).undecided == ["accepter.vpcEndpointId"]


def test_auto_accept_accepts_nothing_of_another_account() -> None:
    decision = decided(accepts=True, account=CONSUMER, allowedPrincipals=["*"])
    assert decision.violations == ["reader.autoAccept"]


@pytest.mark.parametrize(
    ("principals", "violations", "undecided"),
    [
        (None, ["reader.serviceName"], []),
        ([f"arn:aws:iam::{OWNER}:root"], ["reader.serviceName"], []),
        ([f"arn:aws:iam::{CONSUMER}:root"], [], []),
        ([f"arn:aws:iam::{CONSUMER}:role/deploy"], [], []),
        (["*"], [], []),
        ([UNKNOWN], [], ["ledger.allowedPrincipals[0]"]),
    ],
)
def test_another_account_has_to_be_allowed(principals: Any, violations: list[str], undecided: list[str]) -> None:
    decision = decided(asks=False, account=CONSUMER, allowedPrincipals=principals)
    assert (decision.violations, decision.undecided) == (violations, undecided)
    assert all(f'principalArn "arn:aws:iam::{CONSUMER}:root"' in message for message in decision.messages)


def test_a_principal_that_is_a_resource_of_its_own_counts() -> None:
    service = resource(SERVICE, "ledger")
    named = resource(PRINCIPAL, "p", vpcEndpointServiceId=ref(service), principalArn=f"arn:aws:iam::{CONSUMER}:root")
    assert decided(named, asks=False, account=CONSUMER).is_clean


def test_a_service_outside_of_the_stack_is_not_asked_about() -> None:
    assert check(ID, resource(ENDPOINT, serviceName="com.amazonaws.eu-west-1.s3")).is_clean
