"""Exclusive policies: that no resource removes the policies that another one attaches."""

from typing import Any

import pytest

from policypack.model import Resource
from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource
from tests.support import POLICIES, check

ID = "iam-exclusive-policies"
ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
ATTACHMENT = "aws:iam/policyAttachment:PolicyAttachment"
AWS_READ = "arn:aws:iam::aws:policy/ReadOnlyAccess"
OWN = resource(POLICY, "own", policy="{}")
HOLDERS = [("role", ROLE), ("user", "aws:iam/user:User"), ("group", "aws:iam/group:Group")]


def attached(role: Resource, arn: Any, name: str = "more") -> Resource:
    return resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", name, role=ref(role), policyArn=arn)


def asked(arns: Any, *arns_of_others: Any) -> Decision:
    role = resource(ROLE, "app", managedPolicyArns=arns)
    return check(ID, role, OWN, *(attached(role, arn, f"more-{n}") for n, arn in enumerate(arns_of_others)))


def test_a_role_that_lists_its_policies_removes_others() -> None:
    for other in (ref(OWN), UNKNOWN, "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"):
        decision = asked([AWS_READ], AWS_READ, other)
        assert decision.violations == ["app.managedPolicyArns"]
        assert decision.messages[0].startswith(
            "managedPolicyArns lists all managed policies of 'app': each update removes what 'more-1' "
            "(aws:iam/rolePolicyAttachment:RolePolicyAttachment) attaches.\nFix: Remove managedPolicyArns and "
            "attach each policy with a resource of its own, such as an aws.iam.RolePolicyAttachment. Or add the ARN to "
            "managedPolicyArns and remove 'more-1'. Where it is deployed, first run `pulumi up` with the resource "
            "option retainOnDelete"
        )
    # The ARN of a policy of this stack is none of AWS's.
    assert asked([ref(OWN)], AWS_READ).violations == ["app.managedPolicyArns"]


@pytest.mark.parametrize("arns", [UNKNOWN, [UNKNOWN], [AWS_READ, UNKNOWN]])
def test_a_list_that_is_not_known_is_undecided(arns: Any) -> None:
    decision = asked(arns, AWS_READ, "arn:aws:iam::1:policy/more")
    assert (decision.violations, decision.undecided) == ([], ["app.managedPolicyArns"])


@pytest.mark.parametrize("arns", [None, [], [AWS_READ, ref(OWN)]])
def test_a_role_that_lists_what_is_attached_or_nothing_complies(arns: Any) -> None:
    assert asked(arns, AWS_READ, ref(OWN)).is_clean
    assert asked([AWS_READ]).is_clean


def test_a_secret_list_is_not_shown() -> None:
    role = resource(ROLE, "app", managedPolicyArns=Secret(["arn:aws:iam::1:policy/canary"]))
    decision = decide(POLICIES[ID], role, attached(role, AWS_READ))
    assert decision.violations == ["app.managedPolicyArns"]
    assert "canary" not in repr(decision.messages)


@pytest.mark.parametrize(("name", "type_"), HOLDERS)
def test_an_exclusive_attachment_removes_others(name: str, type_: str) -> None:
    holder = resource(type_, "it")
    title = name.capitalize()
    exclusive = f"aws:iam/{name}PolicyAttachmentsExclusive:{title}PolicyAttachmentsExclusive"
    all_ = resource(exclusive, "all", policyArns=[AWS_READ], **{f"{name}Name": ref(holder)})
    other = f"aws:iam/{name}PolicyAttachment:{title}PolicyAttachment"
    for arn, violations in ((AWS_READ, []), (ref(OWN), ["all.policyArns"])):
        more = resource(other, "more", policyArn=arn, **{name: ref(holder)})
        assert check(ID, holder, OWN, all_, more).violations == violations


def test_a_role_that_lists_its_inline_policies_removes_others() -> None:
    role = resource(ROLE, "app", inlinePolicies=[{"name": "reads", "policy": "{}"}])
    inline = resource("aws:iam/rolePolicy:RolePolicy", "writes", role=ref(role), policy="{}")
    decision = check(ID, role, inline)
    assert decision.violations == ["app.inlinePolicies"]
    assert (
        "each update removes 'writes' (aws:iam/rolePolicy:RolePolicy).\nFix: Remove inlinePolicies"
        in decision.messages[0]
    )
    assert check(ID, role).is_clean
    assert check(ID, resource(ROLE, "app"), inline).is_clean


def test_a_policy_attachment_detaches_its_policy_from_all_others() -> None:
    role, other = resource(ROLE, "app"), resource(ROLE, "jobs")
    alone = resource(ATTACHMENT, "alone", roles=[ref(role)], policyArn=ref(OWN))
    assert check(ID, role, other, OWN, alone).is_clean
    for more in (attached(other, ref(OWN)), resource(ROLE, "more", managedPolicyArns=[ref(OWN)])):
        decision = check(ID, role, other, OWN, alone, more)
        assert decision.violations == ["alone.policyArn"]
        assert "The PolicyAttachment detaches 'own' from every role, user and group" in decision.messages[0]
    foreign = resource(ATTACHMENT, "alone", roles=[ref(role)], policyArn=AWS_READ)
    assert check(ID, role, foreign, attached(other, AWS_READ)).is_clean


# Policies of queues, topics, keys and secrets

SINGLE = "single-resource-policy"
QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
COMPANIONS = [
    (QUEUE, QUEUE_POLICY, "queueUrl"),
    ("aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy", "arn"),
    ("aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy", "keyId"),
    ("aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretPolicy:SecretPolicy", "secretArn"),
]


@pytest.mark.parametrize(("type_", "companion", "to"), COMPANIONS)
def test_a_second_policy_is_reported(type_: str, companion: str, to: str) -> None:
    target = resource(type_, "target")
    one, two = (resource(companion, name, policy=UNKNOWN, **{to: ref(target)}) for name in ("one", "two"))
    decision = check(SINGLE, target, one, two)
    assert decision.violations == ["two.policy"]
    assert f"and so does 'one' ({companion})" in decision.messages[0]
    assert "retainOnDelete" in decision.messages[0]
    assert check(SINGLE, target, one).is_clean
    own = resource(type_, "target", policy="{}")
    decision = check(SINGLE, own, one)
    assert decision.violations == ["one.policy"]
    assert "Move its statements into its own property policy" in decision.messages[0]
    assert check(SINGLE, own).is_clean


def test_policies_of_different_queues_comply() -> None:
    one, two = resource(QUEUE, "one", name="one"), resource(QUEUE, "two", name="two")
    policies = [
        resource(QUEUE_POLICY, "a", queueUrl=ref(one), policy="{}"),
        resource(QUEUE_POLICY, "b", queueUrl="https://sqs.eu-west-1.amazonaws.com/111122223333/two", policy="{}"),
        resource(QUEUE_POLICY, "c", queueUrl=UNKNOWN, policy="{}"),
    ]
    assert check(SINGLE, one, two, *policies).is_clean


def test_a_literal_url_names_the_queue_of_that_name() -> None:
    queue = resource(QUEUE, "orders", name="orders")
    url = "https://sqs.eu-west-1.amazonaws.com/111122223333/orders"
    policies = [resource(QUEUE_POLICY, name, queueUrl=url, policy="{}") for name in ("a", "b")]
    assert check(SINGLE, queue, *policies).violations == ["b.policy"]
