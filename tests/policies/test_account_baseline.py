"""What each account has once, asked of the stack that sets it up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from policypack.model import UNKNOWN, Resource
from policypack.policies.account_parts import PARTS
from policypack.testing import Decision, ref, resource
from tests.support import check

POLICY = "account-baseline"
STACK = resource("pulumi:pulumi:Stack", "test-dev")
TRAIL = "aws:cloudtrail/trail:Trail"
RECORDER = "aws:cfg/recorder:Recorder"
STATUS = resource("aws:cfg/recorderStatus:RecorderStatus", "recorder", isEnabled=True)
LINKED = "arn:aws:iam::123456789012:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
PASSWORDS = "aws:iam/accountPasswordPolicy:AccountPasswordPolicy"
FEATURE = "aws:guardduty/detectorFeature:DetectorFeature"
STRONG = {
    "minimumPasswordLength": 14,
    "passwordReusePrevention": 24,
    **{f"require{kind}": True for kind in ("LowercaseCharacters", "Numbers", "Symbols", "UppercaseCharacters")},
}


def decided(part: str, *resources: Resource, stacks: Sequence[str] = ("test/dev",)) -> Decision:
    return check(POLICY, STACK, *resources, config={"stacks": stacks, "parts": [part]})


# Which stacks are asked


@pytest.mark.parametrize(
    ("config", "findings"),
    [
        ({}, False),
        ({"stacks": ["baseline/*"]}, False),
        ({"stacks": ["baseline/*", "test/*"]}, True),
        ({"stacks": ["test/dev"]}, True),
        ({"parts": ["cloudtrail"]}, False),
    ],
)
def test_only_the_stack_that_sets_up_the_account_is_asked(config: dict[str, Any], findings: bool) -> None:
    assert bool(check(POLICY, STACK, config=config).violations) == findings


def test_without_parts_everything_is_asked_for() -> None:
    everything = check(POLICY, STACK, config={"stacks": ["*"]})
    assert len(everything.violations) == sum(map(len, PARTS.values()))
    assert set(everything.controls) >= {"FSBP CloudTrail.1", "FSBP GuardDuty.13", "Security Hub IAM.28"}


def test_what_is_missing_is_said_of_the_stack_with_what_to_add() -> None:
    [message] = decided("cloudtrail").messages
    assert message.startswith(
        "This stack sets up the account, and has no trail for all Regions.\n"
        "Fix: Add an aws.cloudtrail.Trail with isMultiRegionTrail true. [FSBP CloudTrail.1, Security Hub CloudTrail.3]"
    )


# What has to hold


def trail(**inputs: Any) -> Resource:
    return resource(TRAIL, "audit", isMultiRegionTrail=True, **inputs)


def advanced(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"advancedEventSelectors": [{"fieldSelectors": list(fields)}]}


MANAGEMENT = {"field": "eventCategory", "equals": ["Management"]}


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({}, ""),
        ({"enableLogging": True}, ""),
        ({"enableLogging": False}, "audit.enableLogging"),
        ({"eventSelectors": [{"readWriteType": "All"}]}, ""),
        ({"eventSelectors": [{"readWriteType": "WriteOnly"}]}, "audit.eventSelectors"),
        ({"eventSelectors": [{"includeManagementEvents": False}]}, "audit.eventSelectors"),
        # One selector for data events beside one for management events.
        ({"eventSelectors": [{"includeManagementEvents": False}, {}]}, ""),
        (advanced(MANAGEMENT), ""),
        (advanced(MANAGEMENT, {"field": "readOnly", "equals": ["false"]}), "audit.advancedEventSelectors"),
        (advanced({"field": "eventCategory", "equals": ["Data"]}), "audit.advancedEventSelectors"),
    ],
)
def test_a_trail_logs_all_management_events(inputs: dict[str, Any], path: str) -> None:
    assert decided("cloudtrail", trail(**inputs)).violations == ([path] if path else [])


@pytest.mark.parametrize(
    "inputs",
    [
        {"isMultiRegionTrail": UNKNOWN},
        {"isMultiRegionTrail": True, "eventSelectors": [{"readWriteType": UNKNOWN}]},
        {"isMultiRegionTrail": True, **advanced({"field": "eventCategory", "equals": [UNKNOWN]})},
    ],
)
def test_what_is_unknown_of_a_trail_is_undecided(inputs: dict[str, Any]) -> None:
    decision = decided("cloudtrail", resource(TRAIL, "audit", **inputs))
    assert not decision.violations
    assert decision.undecided


def test_one_right_resource_is_enough_and_else_the_nearest_is_reported() -> None:
    wrong = resource(TRAIL, "regional", enableLogging=False)
    assert decided("cloudtrail", wrong, trail()).is_clean
    near = resource(TRAIL, "near")
    assert decided("cloudtrail", wrong, near).violations == ["near.isMultiRegionTrail"]


def test_aws_config_records_with_its_own_role() -> None:
    role = resource("aws:iam/role:Role", "recorder")
    linked = resource("aws:iam/serviceLinkedRole:ServiceLinkedRole", "config", awsServiceName="config.amazonaws.com")
    assert decided("config", resource(RECORDER, "it", roleArn=LINKED), STATUS).is_clean
    assert decided("config", linked, resource(RECORDER, "it", roleArn=ref(linked)), STATUS).is_clean
    assert decided("config", role, resource(RECORDER, "it", roleArn=ref(role)), STATUS).violations == ["it.roleArn"]
    assert decided("config", resource(RECORDER, "it", roleArn=UNKNOWN), STATUS).undecided == ["it.roleArn"]
    assert (
        decided("config", resource(RECORDER, "it", roleArn=LINKED))
        .messages[0]
        .startswith("This stack sets up the account, and has no recorder of AWS Config that is started.")
    )


@pytest.mark.parametrize(
    ("changed", "controls"),
    [
        ({}, []),
        ({"minimumPasswordLength": 8}, ["Security Hub IAM.15"]),
        ({"minimumPasswordLength": 7}, ["FSBP IAM.7", "Security Hub IAM.15"]),
        # 6 by default.
        ({"minimumPasswordLength": None}, ["FSBP IAM.7", "Security Hub IAM.15"]),
        ({"requireSymbols": None}, ["FSBP IAM.7", "Security Hub IAM.13"]),
        ({"passwordReusePrevention": 5}, ["Security Hub IAM.16"]),
    ],
)
def test_passwords_are_hard_to_guess(changed: dict[str, Any], controls: list[str]) -> None:
    inputs = {key: value for key, value in {**STRONG, **changed}.items() if value is not None}
    assert decided("password-policy", resource(PASSWORDS, "it", **inputs)).controls == controls


def test_features_are_told_by_their_names() -> None:
    detector = resource("aws:guardduty/detector:Detector", "it")
    feature = resource(FEATURE, "s3", name="S3_DATA_EVENTS", status="DISABLED")
    found = decided("guardduty", detector, feature)
    assert "s3.status" in found.violations
    assert "FSBP GuardDuty.1" not in found.controls
    on = decided("guardduty", detector, resource(FEATURE, "s3", name="S3_DATA_EVENTS", status="ENABLED"))
    assert "FSBP GuardDuty.10" in found.controls
    assert "FSBP GuardDuty.10" not in on.controls
