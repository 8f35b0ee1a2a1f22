"""Policies about stack outputs."""

from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.model import Resource
from policypack.testing import UNKNOWN, Secret, decide, resource
from tests.support import POLICIES, check

POLICY = "stack-outputs"


def stack(**outputs: Any) -> Resource:
    return resource("pulumi:pulumi:Stack", "shop-dev", with_outputs=outputs)


def test_nothing_is_required_by_default() -> None:
    assert check(POLICY, stack()).is_clean


def test_all_missing_outputs_are_in_one_finding() -> None:
    decision = check(POLICY, stack(url="https://shop"), config={"required": ["vpcId", "url", "*Endpoint"]})
    assert decision.violations == ["shop-dev"]
    assert decision.messages[0].startswith(
        "The stack has no output 'vpcId', '*Endpoint'.\nFix: Export each of them from"
    )


def test_a_stack_without_any_output_is_reported() -> None:
    decision = check(POLICY, stack(), config={"required": ["vpcId"]})
    assert decision.violations == ["shop-dev"]
    assert "The stack has no output 'vpcId'." in decision.messages[0]


@pytest.mark.parametrize("value", ["vpc-1", UNKNOWN, Secret("vpc-1"), Secret(UNKNOWN), "", 0.0, False, [], {}])
@pytest.mark.parametrize("required", ["vpcId", "vpc*", "*Id"])
def test_an_output_that_is_there_complies_whatever_its_value(value: Any, required: str) -> None:
    assert check(POLICY, stack(vpcId=value), config={"required": [required]}).is_clean


@pytest.mark.parametrize("value", [None, Secret(None)])
def test_an_output_that_is_null_is_as_good_as_none(value: Any) -> None:
    assert check(POLICY, stack(vpcId=value), config={"required": ["vpcId"]}).violations == ["shop-dev"]


def test_a_similar_output_is_suggested_unless_another_name_wants_it() -> None:
    similar = check(POLICY, stack(vpc_id="vpc-1"), config={"required": ["vpcId"]})
    assert "no output 'vpcId' (did you mean 'vpc_id'?)." in similar.messages[0]
    wanted = check(POLICY, stack(vpcIds=["vpc-1"]), config={"required": ["vpcId", "vpcIds"]})
    assert "no output 'vpcId'." in wanted.messages[0]


def test_names_differ_by_case() -> None:
    assert check(POLICY, stack(VpcId="vpc-1"), config={"required": ["vpcId"]}).violations == ["shop-dev"]


def test_other_resources_are_no_stack() -> None:
    bucket = resource("aws:s3/bucket:Bucket", with_outputs={"vpcId": "vpc-1"})
    assert check(POLICY, bucket, config={"required": ["vpcId", "url"]}).is_clean
    assert check(POLICY, bucket, stack(), config={"required": ["vpcId"]}).violations == ["shop-dev"]


def test_no_value_of_an_output_is_told() -> None:
    canary = stack(password=Secret("canary"), plain="canary")
    assert "canary" not in decide(POLICIES[POLICY], canary, config={"required": ["passwort"]}).messages[0]


def test_config_that_does_not_fit_is_explained() -> None:
    with pytest.raises(ConfigError, match="'required': \"vpcId\" is not allowed; it must be a list"):
        check(POLICY, config={"required": "vpcId"})
    with pytest.raises(ConfigError, match="'required"):
        check(POLICY, config={"required": [""]})
