"""Policies about spare capacity."""

from __future__ import annotations

from policypack.testing import UNKNOWN, ref, resource
from tests.support import check


def test_capacity_that_grows_by_itself_is_enough() -> None:
    table = "aws:dynamodb/table:Table"
    assert check("spare-capacity", resource(table, billingMode="PAY_PER_REQUEST")).is_clean
    assert check("spare-capacity", resource(table)).violations == ["it"]
    assert check("spare-capacity", resource(table, billingMode=UNKNOWN)).undecided
    provisioned = resource(table, "orders")
    target = resource("aws:appautoscaling/target:Target", resourceId=ref(provisioned))
    assert check("spare-capacity", provisioned, target).is_clean


def test_a_serverless_variant_has_no_instances() -> None:
    variants = [{"serverlessConfig": {"maxConcurrency": 5, "memorySizeInMb": 2048}}]
    endpoint = resource("aws:sagemaker/endpointConfiguration:EndpointConfiguration", productionVariants=variants)
    assert check("spare-capacity", endpoint).is_clean
