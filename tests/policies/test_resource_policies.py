"""Resource-based policies: whom they let in."""

import json
from typing import Any

import pytest

from policypack.config import Config
from policypack.policies import resource_policies
from policypack.testing import UNKNOWN, Secret, decide, resource
from policypack.verdict import Violation
from tests.support import POLICIES, check, tokens

SCOPE = "resource-policy-scope"
RESOURCE_POLICIES = list(resource_policies.RESOURCE_POLICIES.items())
each_resource_policy = pytest.mark.parametrize(("type_", "path"), RESOURCE_POLICIES)
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


def open_to(**changes: Any) -> str:
    return json.dumps({"Statement": [{**OPEN, **changes}]})


@each_resource_policy
def test_a_resource_that_lets_everybody_in_is_reported(type_: str, path: str) -> None:
    for token in tokens(type_):
        for principal in ("*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::111122223333:root", "*"]}):
            decision = check(SCOPE, resource(token, **{path: open_to(Principal=principal)}))
            assert decision.violations == [f"it.{path}.Statement[0]"]
            assert decision.messages[0].startswith(f"{path}.Statement[0] lets everybody in.\nFix: Name the account")


@each_resource_policy
@pytest.mark.parametrize(
    "changes",
    [
        {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Principal": {"Service": "sns.amazonaws.com"}},
        {"Effect": "Deny"},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcd123456"}}},
        {"Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:orders"}}},
        # What SNS writes by itself, and what delegates to access points.
        {"Condition": {"StringEquals": {"AWS:SourceOwner": "111122223333"}}},
        {"Condition": {"StringEquals": {"s3:DataAccessPointAccount": "111122223333"}}},
        {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}},
    ],
)
def test_a_resource_that_names_who_may_use_it_complies(type_: str, path: str, changes: dict[str, Any]) -> None:
    assert check(SCOPE, resource(type_, **{path: open_to(**changes)})).is_clean


@each_resource_policy
def test_a_resource_without_a_policy_is_its_accounts_own(type_: str, path: str) -> None:
    assert check(SCOPE, resource(type_)).is_clean


@each_resource_policy
def test_a_policy_of_a_resource_that_is_unknown_is_undecided(type_: str, path: str) -> None:
    decision = check(SCOPE, resource(type_, **{path: UNKNOWN}))
    assert (decision.violations, decision.undecided) == ([], [f"it.{path}"])


def test_conditions_that_everybody_meets_narrow_nothing() -> None:
    for condition in (
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringLike": {"aws:PrincipalOrgID": "*"}},
        {"StringNotEquals": {"aws:SourceAccount": "111122223333"}},
    ):
        assert (
            len(
                check(
                    SCOPE, resource("aws:sns/topicPolicy:TopicPolicy", policy=open_to(Condition=condition))
                ).violations
            )
            == 1
        )


@pytest.mark.parametrize(
    ("properties", "violations"),
    [
        ({"principal": "*"}, 1),
        ({"principal": "*", "sourceArn": "", "functionUrlAuthType": "NONE"}, 1),
        ({"principal": "*", "principalOrgId": "o-abcd123456"}, 0),
        ({"principal": "*", "sourceArn": "arn:aws:s3:::documents"}, 0),
        ({"principal": "*", "sourceAccount": UNKNOWN}, 0),
        ({"principal": "s3.amazonaws.com"}, 0),
        ({"principal": "111122223333"}, 0),
        ({"principal": UNKNOWN}, 0),
        ({}, 0),
    ],
)
def test_a_permission_to_call_a_function_names_somebody(properties: dict[str, Any], violations: int) -> None:
    decision = check(SCOPE, resource("aws:lambda/permission:Permission", **properties))
    assert len(decision.violations) == violations
    assert decision.undecided == []
    assert all('principal is "*": everybody may use it.' in message for message in decision.messages)


@pytest.mark.parametrize(
    ("type_", "properties", "violations"),
    [
        ("aws:lambda/layerVersionPermission:LayerVersionPermission", {"principal": "*"}, 1),
        ("aws:lambda/layerVersionPermission:LayerVersionPermission", {"principal": "*", "organizationId": "o-a"}, 0),
        ("aws:cloudwatch/eventPermission:EventPermission", {"principal": "*"}, 1),
        ("aws:cloudwatch/eventPermission:EventPermission", {"principal": "*", "condition": {"key": "a"}}, 0),
        ("aws:cloudwatch/eventPermission:EventPermission", {"principal": "111122223333"}, 0),
    ],
)
def test_other_permissions_name_somebody(type_: str, properties: dict[str, Any], violations: int) -> None:
    assert len(check(SCOPE, resource(type_, **properties)).violations) == violations


def test_the_url_of_a_function_for_everybody_is_advice() -> None:
    url = "aws:lambda/functionUrl:FunctionUrl"
    [finding] = POLICIES[SCOPE].check(resource(url, authorizationType="NONE"), Config())
    assert isinstance(finding, Violation)
    assert finding.level == "advisory"
    assert 'authorizationType is "NONE": everybody on the internet may call the function.' in finding.message
    assert check(SCOPE, resource(url, authorizationType="AWS_IAM")).is_clean
    assert check(SCOPE, resource(url, authorizationType=UNKNOWN)).undecided == ["it.authorizationType"]


OTHERS = {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}


@pytest.mark.parametrize(
    ("deny", "clean"),
    [
        ({"Condition": OTHERS}, True),
        ({"Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, True),
        ({"Condition": OTHERS, "Action": "s3:Get*", "Resource": "arn:aws:s3:::documents/*"}, True),
        ({"Condition": {**OTHERS, "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, True),
        # What denies less than is allowed, or only under one more condition, or nobody.
        ({"Condition": OTHERS, "Action": "s3:DeleteObject"}, False),
        ({"Condition": OTHERS, "Resource": "arn:aws:s3:::documents/private/*"}, False),
        ({"Condition": {**OTHERS, "Bool": {"aws:SecureTransport": "false"}}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, False),
        ({"Condition": {"StringNotLike": {"aws:SourceVpce": "vpce-*"}}}, False),
        ({"Condition": OTHERS, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, False),
    ],
)
def test_a_statement_that_denies_all_others_what_is_allowed_keeps_everybody_out(
    deny: dict[str, Any], clean: bool
) -> None:
    allow = {**OPEN, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
    policy = json.dumps({"Statement": [allow, {**OPEN, "Effect": "Deny", **deny}]})
    assert check(SCOPE, resource("aws:s3/bucketPolicy:BucketPolicy", policy=policy)).is_clean == clean


def test_a_secret_resource_policy_is_judged_and_not_shown() -> None:
    policy = resource("aws:sqs/queuePolicy:QueuePolicy", policy=Secret(open_to()))
    decision = decide(POLICIES[SCOPE], policy)
    assert decision.violations == ["it.policy.Statement[0]"]
    assert "lets everybody in" in decision.messages[0]


@pytest.mark.parametrize("left_out", [{"NotAction": "s3:GetObject"}, {"NotResource": "arn:aws:s3:::documents/*"}])
def test_a_statement_that_leaves_out_what_is_allowed_denies_nobody(left_out: dict[str, Any]) -> None:
    name = next(iter(left_out)).removeprefix("Not")
    deny = {
        **{key: value for key, value in OPEN.items() if key != name},
        "Effect": "Deny",
        "Condition": OTHERS,
        **left_out,
    }
    policy = json.dumps({"Statement": [{**OPEN, "Action": "s3:*", "Resource": "*"}, deny]})
    assert len(check(SCOPE, resource("aws:s3/bucketPolicy:BucketPolicy", policy=policy)).violations) == 1
