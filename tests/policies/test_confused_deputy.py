"""Confused deputies: that services which are let in act for the account's own resources only."""

import json
from typing import Any

import pytest

from policypack.config import Config
from policypack.model import Resource, Stack
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from policypack.verdict import Violation
from tests.support import POLICIES, check, on_stack

DEPUTY = "confused-deputy"
PERMISSION = "aws:lambda/permission:Permission"
QUEUE, FUNCTION, BUCKET = "aws:sqs/queue:Queue", "aws:lambda/function:Function", "aws:s3/bucket:Bucket"
NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"


def letting_in(**changes: Any) -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **changes}
    return json.dumps({"Statement": [statement]})


def levels(*resources: Resource) -> list[str | None]:
    """The levels of the findings, where they have one of their own."""
    stack = Stack(resources, resources[0].context)
    return [each.level for each in on_stack(POLICIES[DEPUTY], stack, Config()) if isinstance(each, Violation)]


@pytest.mark.parametrize(
    ("principal", "properties"),
    [
        ("s3.amazonaws.com", {}),
        ("events.amazonaws.com", {}),
        ("apigateway.amazonaws.com", {"sourceArn": ""}),
        ("apigateway.amazonaws.com", {"sourceArn": "arn:aws:execute-api:eu-west-1:*:*"}),
        ("s3.amazonaws.com", {"sourceArn": "arn:aws:s3:::*"}),
        ("sns.amazonaws.com", {"sourceAccount": "*"}),
        # Of a service, this says nothing.
        ("secretsmanager.amazonaws.com", {"principalOrgId": "o-abcd123456"}),
        ("alexa-appkit.amazon.com", {}),
    ],
)
def test_a_service_that_calls_for_anybodys_resources_is_reported(principal: str, properties: dict[str, Any]) -> None:
    permission = resource(PERMISSION, principal=principal, **properties)
    decision = check(DEPUTY, permission)
    assert decision.violations == ["it.sourceArn"]
    assert decision.messages[0].startswith(
        f'principal is "{principal}", and neither sourceArn nor sourceAccount is set: resources of every AWS account '
        "may call the function through it.\nFix: Set sourceArn to the ARN of the resource that calls the function"
    )
    # As the control has it: https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-1
    assert levels(permission) == [None if principal == "s3.amazonaws.com" else "advisory"]


@pytest.mark.parametrize(
    ("principal", "properties"),
    [
        ("s3.amazonaws.com", {"sourceAccount": "111122223333"}),
        ("s3.amazonaws.com", {"sourceAccount": UNKNOWN, "sourceArn": UNKNOWN}),
        ("events.amazonaws.com", {"sourceArn": UNKNOWN}),
        ("events.amazonaws.com", {"sourceArn": "arn:aws:events:eu-west-1:111122223333:rule/*"}),
        ("secretsmanager.amazonaws.com", {"sourceAccount": "111122223333"}),
        ("alexa-appkit.amazon.com", {"eventSourceToken": "amzn1.ask.skill.1"}),
    ],
)
def test_a_service_that_calls_for_ones_own_resources_complies(principal: str, properties: dict[str, Any]) -> None:
    assert check(DEPUTY, resource(PERMISSION, principal=principal, **properties)).is_clean


@pytest.mark.parametrize("arn", ["arn:aws:s3:::documents", UNKNOWN])
def test_the_account_of_a_bucket_that_calls_is_asked_for(arn: Any) -> None:
    permission = resource(PERMISSION, principal="s3.amazonaws.com", sourceArn=arn)
    decision = check(DEPUTY, permission)
    assert decision.violations == ["it.sourceAccount"]
    assert "Fix: Set sourceAccount to the id of the bucket's account, beside sourceArn." in decision.messages[0]
    assert levels(permission) == ["advisory"]


# Services that are let in for anybody's resources

QUEUE_POLICY, TOPIC_POLICY = "aws:sqs/queuePolicy:QueuePolicy", "aws:sns/topicPolicy:TopicPolicy"
LOG_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"


@pytest.mark.parametrize(
    ("type_", "service"),
    [
        (QUEUE_POLICY, "s3.amazonaws.com"),
        (QUEUE_POLICY, "sns.amazonaws.com"),
        (QUEUE_POLICY, "events.amazonaws.com"),
        (TOPIC_POLICY, "s3.amazonaws.com"),
        (TOPIC_POLICY, "cloudwatch.amazonaws.com"),
        ("aws:s3/bucketPolicy:BucketPolicy", "cloudfront.amazonaws.com"),
        ("aws:s3/bucketPolicy:BucketPolicy", "cloudtrail.amazonaws.com"),
    ],
)
def test_a_service_that_is_let_in_for_anybody_is_an_advice(type_: str, service: str) -> None:
    for bounds in ({}, {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, {"Bool": {"aws:SecureTransport": "true"}}):
        policy = resource(
            type_, policy=letting_in(Principal={"Service": [service, "ec2.amazonaws.com"]}, Condition=bounds)
        )
        decision = check(DEPUTY, policy)
        assert decision.violations == ["it.policy.Statement[0]"]
        assert decision.messages[0].startswith(
            f"policy.Statement[0] gives {service} access on behalf of every AWS account.\nFix: Add a condition on "
            "aws:SourceArn, with the ARN of the resource that the service acts for, or on aws:SourceAccount"
        )
        assert levels(policy) == ["advisory"]


@pytest.mark.parametrize(
    ("type_", "changes"),
    [
        (TOPIC_POLICY, {"Principal": {"Service": "events.amazonaws.com"}}),
        (LOG_POLICY, {"Principal": {"Service": "events.amazonaws.com"}}),
        (QUEUE_POLICY, {"Principal": {"Service": "ec2.amazonaws.com"}}),
        (QUEUE_POLICY, {"Principal": {"Service": "s3.amazonaws.com"}, "Effect": "Deny"}),
        *(
            (QUEUE_POLICY, {"Principal": {"Service": "s3.amazonaws.com"}, "Condition": condition})
            for condition in (
                {"StringEquals": {"aws:SourceAccount": "111122223333"}},
                {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::documents"}},
                {"StringEquals": {"aws:SourceOrgID": "o-abcd123456"}},
            )
        ),
    ],
)
def test_a_service_that_is_let_in_for_somebody_complies(type_: str, changes: dict[str, Any]) -> None:
    path = "policyDocument" if type_ == LOG_POLICY else "policy"
    assert check(DEPUTY, resource(type_, **{path: letting_in(**changes)})).is_clean


def test_a_secret_service_is_not_shown() -> None:
    policy = resource(QUEUE_POLICY, policy=Secret(letting_in(Principal={"Service": "s3.amazonaws.com"})))
    [message] = decide(POLICIES[DEPUTY], policy).messages
    assert message.startswith("policy.Statement[0] gives [secret] access on behalf of every AWS account.")


def test_an_unknown_policy_is_undecided() -> None:
    assert check(DEPUTY, resource(QUEUE_POLICY, policy=UNKNOWN)).undecided == ["it.policy"]
    assert check(DEPUTY, resource(QUEUE_POLICY)).is_clean
    assert check(DEPUTY, resource(PERMISSION, principal=UNKNOWN)).is_clean


def test_the_condition_to_add_names_what_the_stack_wires_to_the_target() -> None:
    arns = [f"arn:aws:sns:eu-west-1:111122223333:{name}" for name in ("paid", "sent")]
    topics = [resource("aws:sns/topic:Topic", each[-4:], with_outputs={"arn": each}) for each in arns]
    queue = resource(QUEUE, "orders")
    subscriptions = [
        resource("aws:sns/topicSubscription:TopicSubscription", f"s{index}", topic=ref(topic), endpoint=ref(queue))
        for index, topic in enumerate(topics)
    ]
    text = letting_in(Principal={"Service": "sns.amazonaws.com"})
    for policy in (resource(QUEUE_POLICY, "p", queueUrl=ref(queue), policy=text), None):
        holder = queue if policy else resource(QUEUE, "orders", policy=text)
        decision = check(DEPUTY, holder, *topics, *subscriptions, *([policy] if policy else []))
        assert len(decision.violations) == 1
        condition = f'{{"ArnLike": {{"aws:SourceArn": ["{arns[0]}", "{arns[1]}"]}}}}'
        assert f"Fix: Add the Condition {condition} to the statement." in decision.messages[0]


def test_the_source_to_set_is_what_the_stack_makes_call_the_function() -> None:
    bucket, function = resource(BUCKET, "data", bucket="data"), resource(FUNCTION, "resize")
    notification = resource(
        NOTIFICATION, "n", bucket=ref(bucket), lambdaFunctions=[{"lambdaFunctionArn": ref(function)}]
    )
    permission = resource(PERMISSION, "p", function=ref(function), principal="s3.amazonaws.com")
    decision = check(DEPUTY, bucket, function, notification, permission)
    assert decision.violations == ["p.sourceArn"]
    assert "Fix: Set sourceArn to \"ARN of 'data'\", and sourceAccount to your account's id." in decision.messages[0]
