"""IAM policies: what they give, and whom roles trust."""

import json
from typing import Any

import pytest

from policypack.config import Config, ConfigError
from policypack.model import PartialText, Reference, Resource, Stack
from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource
from policypack.verdict import Undecided, Violation
from tests.support import POLICIES, check, on_stack

NO_ADMIN = "iam-no-admin"
ESCALATION = "iam-privilege-escalation"
WILDCARDS = "iam-no-wildcards"
DECRYPT = "iam-kms-decrypt"
ATTACHMENT = "iam-managed-admin-attachment"

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ACCOUNT = "111122223333"
ADMIN = {"Effect": "Allow", "Action": "*", "Resource": "*"}
READ = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::documents/*"}

# Where a policy document may stand, with its path.
DOCUMENTS = [
    (POLICY, "policy"),
    ("aws:iam/rolePolicy:RolePolicy", "policy"),
    ("aws:iam/userPolicy:UserPolicy", "policy"),
    ("aws:iam/groupPolicy:GroupPolicy", "policy"),
    (ROLE, "inlinePolicies[0].policy"),
    ("aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy", "inlinePolicy"),
]
each_document = pytest.mark.parametrize(("type_", "path"), DOCUMENTS)
ABOUT_DOCUMENTS = [
    (NO_ADMIN, ADMIN),
    (ESCALATION, {**ADMIN, "Action": "iam:*"}),
    (WILDCARDS, {**READ, "Action": "s3:*"}),
    (DECRYPT, {**ADMIN, "Action": "kms:Decrypt"}),
]
each_rule = pytest.mark.parametrize(("policy_id", "wrong"), ABOUT_DOCUMENTS)


def holder(type_: str, path: str, document: Any) -> Resource:
    """A resource of a type with a policy document."""
    value = [{"name": "inline", "policy": document}] if path.startswith("inlinePolicies") else document
    return resource(type_, **{path.partition("[")[0]: value})


def given(policy_id: str, *statements: Any) -> Decision:
    """The decision about a policy of these statements."""
    return check(policy_id, resource(POLICY, policy=json.dumps({"Version": "2012-10-17", "Statement": statements})))


def bound(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


# Permissions boundaries

BOUNDED = [(ROLE, "permissionsBoundary"), ("aws:iam/user:User", "permissionsBoundary")]
EACH_WRONG = [
    (NO_ADMIN, ADMIN),
    (ESCALATION, {**ADMIN, "Action": "iam:*"}),
    (WILDCARDS, {**ADMIN, "Action": "s3:*"}),
    (DECRYPT, {**ADMIN, "Action": "kms:*"}),
]


@pytest.mark.parametrize(("type_", "path"), BOUNDED)
@pytest.mark.parametrize(("policy_id", "wrong"), EACH_WRONG)
def test_a_permissions_boundary_gives_nobody_anything(
    type_: str, path: str, policy_id: str, wrong: dict[str, Any]
) -> None:
    boundary = resource(POLICY, "boundary", policy=json.dumps({"Statement": [wrong]}))
    bounded = resource(type_, "bounded", **{path: ref(boundary)})
    assert decide(POLICIES[policy_id], boundary, bounded).is_clean
    # Attached to somebody, it gives what it says.
    attachment = resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", role="other", policyArn=ref(boundary))
    assert len(decide(POLICIES[policy_id], boundary, bounded, attachment).violations) == 1
    inline = resource(ROLE, "other", managedPolicyArns=[ref(boundary)])
    assert len(decide(POLICIES[policy_id], boundary, bounded, inline).violations) == 1


@pytest.mark.parametrize(
    "properties",
    [
        {"name": "developers-boundary"},
        {"policy": json.dumps({"Statement": [ADMIN, {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]})},
    ],
)
def test_what_looks_like_a_boundary_is_decided_with_the_whole_stack(properties: dict[str, Any]) -> None:
    policy, admin = POLICIES[NO_ADMIN], json.dumps({"Statement": [ADMIN]})
    looks = resource(POLICY, **{"policy": admin, **properties})
    [finding] = policy.check(looks, Config())
    assert isinstance(finding, Undecided)
    # Where nothing in the stack attaches it, it may be the boundary of others.
    [finding] = on_stack(policy, Stack([looks], looks.context), Config())
    assert isinstance(finding, Violation)
    assert finding.level == "advisory"
    attachment = resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", role="other", policyArn=ref(looks))
    [finding] = on_stack(policy, Stack([looks, attachment], looks.context), Config())
    assert isinstance(finding, Violation)
    assert finding.level is None


@pytest.mark.parametrize("type_", [POLICY, "aws:iam/rolePolicy:RolePolicy"])
@pytest.mark.parametrize(("policy_id", "wrong"), EACH_WRONG)
def test_of_other_policies_there_is_no_doubt(type_: str, policy_id: str, wrong: dict[str, Any]) -> None:
    [finding] = POLICIES[policy_id].check(resource(type_, policy=json.dumps({"Statement": [wrong]})), Config())
    assert isinstance(finding, Violation)
    assert finding.level is None


def test_a_boundary_of_a_permission_set_is_one_until_it_is_attached() -> None:
    document = json.dumps({"Statement": [ADMIN, {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]})
    policy = resource(POLICY, "limits", policy=document)
    bounding = {"permissionsBoundary": {"customerManagedPolicyReference": {"name": ref(policy)}}}
    boundary = resource("aws:ssoadmin/permissionsBoundaryAttachment:PermissionsBoundaryAttachment", **bounding)
    assert decide(POLICIES[NO_ADMIN], policy, boundary).is_clean
    attachment = resource(
        "aws:ssoadmin/customerManagedPolicyAttachment:CustomerManagedPolicyAttachment",
        customerManagedPolicyReference={"name": ref(policy)},
    )
    assert len(decide(POLICIES[NO_ADMIN], policy, boundary, attachment).violations) == 1


# Every place and every way to write a document


@each_rule
@each_document
def test_each_place_of_a_document_is_read(type_: str, path: str, policy_id: str, wrong: dict[str, Any]) -> None:
    action = ".Action" if policy_id == WILDCARDS else ""
    for document, place in (
        (json.dumps({"Statement": [READ, wrong]}), "Statement[1]"),
        ({"Statement": [READ, wrong]}, "Statement[1]"),
        ({"Statement": wrong}, "Statement"),
    ):
        decision = check(policy_id, holder(type_, path, document))
        assert decision.violations == [f"it.{path}.{place}{action}"]
        assert decision.undecided == []
        assert decision.messages[0].startswith(f"{path}.{place} allows ")
    assert check(policy_id, holder(type_, path, json.dumps({"Statement": [READ]}))).is_clean
    assert check(policy_id, holder(type_, path, {"Statement": {**wrong, "Effect": "Deny"}})).is_clean


@each_rule
@each_document
def test_without_a_document_nothing_is_given(type_: str, path: str, policy_id: str, wrong: dict[str, Any]) -> None:
    documents: list[Any] = [None, "", {}, "no JSON", {"Statement": []}]
    for document in documents:
        assert check(policy_id, holder(type_, path, document)).is_clean
    assert check(policy_id, resource(type_)).is_clean


@each_rule
@each_document
def test_what_is_not_known_is_undecided(type_: str, path: str, policy_id: str, wrong: dict[str, Any]) -> None:
    for document in (UNKNOWN, {"Statement": UNKNOWN}):
        decision = check(policy_id, holder(type_, path, document))
        assert decision.violations == []
        assert decision.undecided == [f"it.{path}"]


@each_rule
@each_document
def test_statements_beside_an_unknown_one_are_judged(
    type_: str, path: str, policy_id: str, wrong: dict[str, Any]
) -> None:
    decision = check(policy_id, holder(type_, path, {"Statement": [READ, wrong, UNKNOWN]}))
    assert [place.startswith(f"it.{path}.Statement[1]") for place in decision.violations] == [True]
    assert decision.undecided == [f"it.{path}.Statement[2]"]


@pytest.mark.parametrize(
    ("policy_id", "statement", "at"),
    [
        (NO_ADMIN, {"Effect": "Allow", "Action": "*", "Resource": UNKNOWN}, "Resource"),
        (NO_ADMIN, {"Effect": "Allow", "Action": UNKNOWN, "Resource": "*"}, "Action"),
        (NO_ADMIN, {"Effect": UNKNOWN, "Action": "*", "Resource": "*"}, "Effect"),
        (ESCALATION, {"Effect": "Allow", "Action": "iam:PassRole", "Resource": UNKNOWN}, "Resource"),
        (ESCALATION, {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": UNKNOWN}, "Condition"),
        (DECRYPT, {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [UNKNOWN]}, "Resource[0]"),
    ],
)
def test_an_unknown_part_that_decides_is_undecided(policy_id: str, statement: dict[str, Any], at: str) -> None:
    decision = check(policy_id, resource(POLICY, policy={"Statement": [statement]}))
    assert decision.violations == []
    assert decision.undecided == [f"it.policy.Statement[0].{at}"]


@pytest.mark.parametrize(
    ("policy_id", "statement"),
    [
        (NO_ADMIN, {**READ, "Resource": UNKNOWN}),
        (NO_ADMIN, {"Effect": "Allow", "Action": "*", "Resource": PartialText((UNKNOWN, "/*"))}),
        (NO_ADMIN, {"Effect": "Allow", "Action": "*", "Resource": Reference("queue.arn")}),
        (NO_ADMIN, {"Effect": "Deny", "Action": "*", "Resource": UNKNOWN}),
        (ESCALATION, {"Effect": "Allow", "Action": "iam:PassRole", "Resource": Reference("role.arn")}),
        (WILDCARDS, {**READ, "Resource": UNKNOWN, "Condition": UNKNOWN}),
        (DECRYPT, {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": [Reference("key.arn")]}),
    ],
)
def test_what_complies_whatever_an_unknown_part_is_complies(policy_id: str, statement: dict[str, Any]) -> None:
    assert decide(POLICIES[policy_id], resource(POLICY, policy={"Statement": [statement]})).is_clean


@pytest.mark.parametrize(
    ("policy_id", "statement", "at"),
    [
        (NO_ADMIN, {"Effect": "Allow", "Action": ["*", UNKNOWN], "Resource": "*"}, ""),
        (
            NO_ADMIN,
            {"Effect": "Allow", "Action": "*", "Resource": [UNKNOWN, "*"], "Condition": {"Bool": {"a": "b"}}},
            "",
        ),
        (WILDCARDS, {"Effect": "Allow", "Action": ["s3:*"], "Resource": UNKNOWN}, ".Action"),
        (WILDCARDS, {"Effect": "Allow", "Action": "*", "Resource": UNKNOWN}, ".Action"),
        (ESCALATION, {"Effect": "Allow", "Action": ["iam:PassRole", UNKNOWN], "Resource": "*"}, ""),
    ],
)
def test_a_violation_whatever_an_unknown_part_is_is_one(policy_id: str, statement: dict[str, Any], at: str) -> None:
    decision = decide(POLICIES[policy_id], resource(POLICY, policy={"Statement": [statement]}))
    assert decision.violations == [f"it.policy.Statement[0]{at}"]
    assert "…" not in decision.messages[0]


@each_rule
def test_of_several_inline_policies_each_is_judged(policy_id: str, wrong: dict[str, Any]) -> None:
    documents = [{"Statement": wrong}, UNKNOWN, {"Statement": READ}, {"Statement": wrong}]
    decision = check(policy_id, resource(ROLE, inlinePolicies=[{"policy": document} for document in documents]))
    assert [place.partition(".")[2][:17] for place in decision.violations] == ["inlinePolicies[0]", "inlinePolicies[3]"]
    assert decision.undecided == ["it.inlinePolicies[1].policy"]
    assert check(policy_id, resource(ROLE, inlinePolicies=UNKNOWN)).undecided == ["it.inlinePolicies[].policy"]


@each_rule
@pytest.mark.parametrize(
    "wrap",
    [
        lambda statement: Secret(json.dumps({"Statement": [statement]})),
        lambda statement: {"Statement": [Secret(statement)]},
        lambda statement: {"Statement": [{**statement, "Action": Secret(statement["Action"])}]},
        lambda statement: {"Statement": [{**statement, "Sid": Secret("canary")}]},
    ],
)
def test_a_secret_policy_is_judged_and_not_shown(policy_id: str, wrong: dict[str, Any], wrap: Any) -> None:
    action = "canary:*" if policy_id == WILDCARDS else wrong["Action"]
    secret = resource(POLICY, policy=wrap({**wrong, "Sid": "canary", "Action": action}))
    decision = decide(POLICIES[policy_id], secret)
    assert len(decision.violations) == 1
    assert "canary" not in repr(decision.messages)


# Everything on everything


@pytest.mark.parametrize("action", ["*", ["*"], ["s3:GetObject", "*"], "*:*", "**"])
@pytest.mark.parametrize("on", ["*", ["*"], ["arn:aws:s3:::documents", "*"], "arn:aws:*", "arn:*", "arn:*:*:*:*:*"])
def test_everything_on_everything_is_reported(action: Any, on: Any) -> None:
    decision = given(NO_ADMIN, {"Effect": "Allow", "Action": action, "Resource": on})
    assert decision.violations == ["it.policy.Statement[0]"]
    assert decision.messages[0].startswith(
        "policy.Statement[0] allows every action on every resource.\nFix: Set Action to the actions that are needed, "
        "and Resource to the ARNs that they are needed on."
    )


def test_all_but_some_is_everything_too() -> None:
    assert given(NO_ADMIN, {**ADMIN, **bound("Bool", "aws:MultiFactorAuthPresent", "true")}).violations
    assert given(NO_ADMIN, {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::audit"}).violations
    [message] = given(NO_ADMIN, {"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}).messages
    assert "policy.Statement[0] allows every action except those in NotAction on every resource" in message
    assert "Fix: Replace NotAction with Action and the actions that are needed." in message


@pytest.mark.parametrize(
    "statement",
    [
        READ,
        {**ADMIN, "Effect": "Deny"},
        {**ADMIN, "Action": "s3:*"},
        {**ADMIN, "Action": ["ec2:Describe*", "logs:CreateLogGroup"]},
        {**ADMIN, "Resource": "arn:aws:s3:::documents/*"},
        {**ADMIN, "Resource": ["arn:aws:s3:::*"]},
        {"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::*"},
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_deny-requested-region.html
        {
            "Effect": "Deny",
            "NotAction": ["cloudfront:*", "iam:*", "route53:*", "support:*"],
            "Resource": "*",
            **bound("StringNotEquals", "aws:RequestedRegion", ["eu-central-1", "eu-west-1"]),
        },
    ],
)
def test_less_than_everything_complies(statement: dict[str, Any]) -> None:
    assert given(NO_ADMIN, statement).is_clean


# Taking on other permissions

ESCALATING = [
    "iam:PassRole",
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "sts:AssumeRole",
]


@pytest.mark.parametrize("action", ESCALATING)
def test_each_action_that_gives_other_permissions_is_reported(action: str) -> None:
    decision = given(ESCALATION, READ, {**ADMIN, "Action": ["s3:GetObject", action]})
    assert decision.violations == ["it.policy.Statement[1]"]
    assert decision.messages[0].startswith(
        f"policy.Statement[1] allows {action} on every resource, with which a user or role can obtain every other "
        "permission in the account.\nFix: Set Resource to the ARNs of the roles, users or policies that are needed. "
        "For iam:PassRole, also add a condition on iam:PassedToService"
    )


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("iam:*", "allows iam:PassRole and 13 more like it on"),
        ("iam:Attach*", "allows iam:AttachGroupPolicy and 2 more like it on"),
        ("IAM:passrole", "allows iam:PassRole on"),
        ("sts:*", "allows sts:AssumeRole on"),
        (["iam:PutUserPolicy", "sts:AssumeRole"], "allows iam:PutUserPolicy and 1 more like it on"),
    ],
)
def test_wildcards_count_for_what_they_stand_for(action: Any, said: str) -> None:
    [message] = given(ESCALATION, {**ADMIN, "Action": action}).messages
    assert said in message


@pytest.mark.parametrize(
    "on",
    [
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:iam::*:role/*",
        "arn:aws:iam::111122223333:*",
        "arn:aws-us-gov:iam::111122223333:user/*",
        ["arn:aws:iam::111122223333:role/app", "arn:aws:iam::111122223333:group/*"],
        "arn:aws:iam::111122223333:policy/*",
        "arn:aws:*",
    ],
)
def test_every_role_of_an_account_is_every_one(on: Any) -> None:
    assert given(ESCALATION, {**ADMIN, "Action": "iam:PassRole", "Resource": on}).violations
    without_any = {"Effect": "Allow", "Action": "iam:PassRole", "NotResource": "arn:aws:iam::111122223333:role/admin"}
    assert given(ESCALATION, without_any).violations


@pytest.mark.parametrize(
    "condition",
    [
        bound("StringEquals", "aws:RequestedRegion", "eu-west-1"),
        bound("Bool", "aws:MultiFactorAuthPresent", "true"),
        bound("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
        bound("StringLike", "iam:PassedToService", "*"),
        bound("StringEquals", "aws:PrincipalTag/team", "payments"),
    ],
)
def test_conditions_on_who_asks_leave_the_permission_what_it_is(condition: dict[str, Any]) -> None:
    assert given(ESCALATION, {**ADMIN, "Action": "iam:PassRole", **condition}).violations


@pytest.mark.parametrize(
    "statement",
    [
        READ,
        {**ADMIN, "Action": "iam:PassRole", "Effect": "Deny"},
        {**ADMIN, "Action": ["iam:GetRole", "iam:List*", "sts:GetCallerIdentity", "sts:TagSession"]},
        {**ADMIN, "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/app"},
        {**ADMIN, "Action": "iam:PassRole", "Resource": ["arn:aws:iam::*:role/app-*"]},
        {**ADMIN, "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/service-role/*"},
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
        {**ADMIN, "Action": "iam:PassRole", **bound("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com")},
        {
            **ADMIN,
            "Action": ["iam:GetRole", "iam:PassRole"],
            "Resource": "arn:aws:iam::111122223333:role/*",
            **bound("StringEqualsIfExists", "iam:PassedToService", ["ec2.amazonaws.com"]),
        },
        {**ADMIN, "Action": "iam:AttachRolePolicy", **bound("ArnEquals", "iam:PolicyARN", ["arn:aws:iam::1:policy/a"])},
        {**ADMIN, "Action": "sts:AssumeRole", **bound("StringEquals", "aws:ResourceOrgID", "o-a1b2c3d4e5")},
        {**ADMIN, "Action": "sts:AssumeRole", **bound("StringEquals", "aws:ResourceAccount", ACCOUNT)},
        {**ADMIN, "Action": "sts:AssumeRole", **bound("ForAnyValue:StringLike", "aws:ResourceOrgPaths", "o-1/r-1/*")},
        {**ADMIN, "Action": "sts:AssumeRole", **bound("StringEquals", "iam:ResourceTag/assumable", "yes")},
        # No role is meant.
        {**ADMIN, "Action": ["s3:GetObject", "iam:PassRole"], "Resource": ["arn:aws:s3:::*", "arn:aws:ec2:*:*:*"]},
        {**ADMIN, "Action": "iam:PassRole", **bound("StringEquals", "AWS:ResourceTag/team", "payments")},
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_iam_credentials_console.html
        {
            **ADMIN,
            "Action": ["iam:*LoginProfile", "iam:*AccessKey*", "iam:*SSHPublicKey*"],
            "Resource": "arn:aws:iam::*:user/${aws:username}",
        },
        # Another policy's to report.
        ADMIN,
        {**ADMIN, "Action": ["*", "iam:PassRole"]},
        {**ADMIN, "Action": "*:*"},
        {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
    ],
)
def test_permissions_that_are_narrow_comply(statement: dict[str, Any]) -> None:
    assert given(ESCALATION, statement).is_clean


# Wildcards


@pytest.mark.parametrize(
    ("action", "shown"),
    [
        ("s3:*", '"s3:*"'),
        (["s3:*"], '"s3:*"'),
        (["s3:GetObject", "s3:*", "kms:*"], '"s3:*" and "kms:*"'),
        ("DynamoDB:*", '"DynamoDB:*"'),
    ],
)
def test_all_actions_of_a_service_are_reported(action: Any, shown: str) -> None:
    decision = given(WILDCARDS, {**READ, "Action": action})
    assert decision.violations == ["it.policy.Statement[0].Action"]
    assert decision.messages[0].startswith(
        f"policy.Statement[0] allows {shown}: every action of the service, deletions and grants included.\n"
        "Fix: Set Action to the actions that are needed, such as s3:GetObject."
    )


@pytest.mark.parametrize(
    "statement",
    [
        READ,
        {**READ, "Action": ["s3:Get*", "s3:List*"]},
        {**READ, "Effect": "Deny", "Action": "s3:*"},
        {"Effect": "Allow", "NotAction": "s3:*", "Resource": "arn:aws:s3:::documents"},
        # Another policy's to report.
        ADMIN,
        {**ADMIN, "Action": "*:*"},
    ],
)
def test_named_actions_comply(statement: dict[str, Any]) -> None:
    assert given(WILDCARDS, statement).is_clean


@pytest.mark.parametrize("action", ["*", ["s3:GetObject", "*"], "*:*"])
def test_every_action_of_every_service_is_reported_on_named_resources_too(action: Any) -> None:
    decision = given(WILDCARDS, {**READ, "Action": action})
    assert decision.violations == ["it.policy.Statement[0].Action"]
    assert decision.messages[0].startswith(
        "policy.Statement[0] allows every action on the resources that it names, deletions and grants included.\nFix: "
        "Set Action to the actions that are needed, such as s3:GetObject."
    )


def test_a_secret_action_is_not_shown() -> None:
    decision = decide(POLICIES[WILDCARDS], resource(POLICY, policy={"Statement": {**READ, "Action": Secret("s3:*")}}))
    assert decision.messages[0].startswith("policy.Statement allows [secret]: every action of the service")


# Decryption with every key: https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-1


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (["kms:Decrypt", "kms:ReEncryptFrom"], "kms:Decrypt and kms:ReEncryptFrom"),
        ("kms:Decrypt", "kms:Decrypt"),
        ("KMS:decrypt*", "kms:Decrypt"),
        ("kms:ReEncrypt*", "kms:ReEncryptFrom"),
        ("kms:*", "kms:Decrypt and kms:ReEncryptFrom"),
    ],
)
@pytest.mark.parametrize(
    "on", ["*", "arn:aws:kms:*:111122223333:key/*", ["arn:aws:kms:*:*:key/1", "arn:aws:kms:*:1:*"]]
)
def test_decryption_with_every_key_is_reported(action: Any, said: str, on: Any) -> None:
    for condition in ({}, bound("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com")):
        decision = given(DECRYPT, READ, {"Effect": "Allow", "Action": action, "Resource": on, **condition})
        assert decision.violations == ["it.policy.Statement[1]"]
        assert decision.messages[0].startswith(
            f"policy.Statement[1] allows {said} with every KMS key.\nFix: Set Resource to the ARNs of the keys, or "
        )


def test_decryption_is_found_where_only_some_actions_are_excepted() -> None:
    assert given(DECRYPT, {"Effect": "Allow", "NotAction": "s3:*", "Resource": "arn:aws:kms:*:1:key/*"}).violations


@pytest.mark.parametrize(
    "statement",
    [
        {**ADMIN, "Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-west-1:111122223333:key/0d990263"},
        {**ADMIN, "Action": ["kms:Encrypt", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:ReEncryptTo"]},
        {**ADMIN, "Action": "kms:Decrypt", "Effect": "Deny"},
        {**ADMIN, "Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-west-1:111122223333:key/*"},
        {**ADMIN, "Action": "kms:Decrypt", **bound("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/app")},
        {**ADMIN, "Action": "kms:Decrypt", **bound("StringEquals", "aws:ResourceTag/team", "payments")},
        {**ADMIN, "Action": "kms:Decrypt", "Resource": "arn:aws:s3:::documents/*"},
        # iam-no-admin reports these.
        ADMIN,
        {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
    ],
)
def test_decryption_with_named_keys_complies(statement: dict[str, Any]) -> None:
    assert given(DECRYPT, statement).is_clean


# AWS's own policies

ATTACHMENTS = [
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "policyArn"),
    ("aws:iam/userPolicyAttachment:UserPolicyAttachment", "policyArn"),
    ("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "policyArn"),
    ("aws:iam/policyAttachment:PolicyAttachment", "policyArn"),
    ("aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", "policyArns[0]"),
    ("aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive", "policyArns[0]"),
    ("aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive", "policyArns[0]"),
    (ROLE, "managedPolicyArns[0]"),
    ("aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment", "managedPolicyArn"),
]
each_attachment = pytest.mark.parametrize(("type_", "path"), ATTACHMENTS)
AWS_ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def attached(type_: str, path: str, arn: Any) -> Resource:
    return resource(type_, **{path.removesuffix("[0]"): [arn] if path.endswith("[0]") else arn})


@each_attachment
@pytest.mark.parametrize(
    "arn",
    [
        AWS_ADMIN,
        "arn:aws:iam::aws:policy/IAMFullAccess",
        "arn:aws:iam::aws:policy/PowerUserAccess",
        "arn:aws-us-gov:iam::aws:policy/AdministratorAccess",
        "arn:aws-cn:iam::aws:policy/AdministratorAccess",
    ],
)
def test_a_policy_of_aws_that_allows_everything_is_reported(type_: str, path: str, arn: str) -> None:
    decision = check(ATTACHMENT, attached(type_, path, arn))
    assert decision.violations == [f"it.{path}"]
    assert decision.messages[0].startswith(
        f'{path} is "{arn}", which allows far more than a single task needs.\n'
        "Fix: Attach a policy with the actions and resources that are needed instead."
    )


@each_attachment
@pytest.mark.parametrize(
    "arn",
    [
        None,
        "",
        UNKNOWN,
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::aws:policy/AdministratorAccess-Amplify",
        "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
        "arn:aws:iam::111122223333:policy/AdministratorAccess",
        "AdministratorAccess",
    ],
)
def test_other_policies_may_be_attached(type_: str, path: str, arn: Any) -> None:
    assert check(ATTACHMENT, attached(type_, path, arn)).is_clean


@each_attachment
def test_a_policy_of_the_stack_may_be_attached(type_: str, path: str) -> None:
    own = resource(POLICY, "own", policy=json.dumps({"Statement": READ}))
    assert check(ATTACHMENT, own, attached(type_, path, ref(own))).is_clean
    assert check(ATTACHMENT, resource(type_)).is_clean


@each_attachment
def test_a_secret_attachment_is_judged_and_not_shown(type_: str, path: str) -> None:
    decision = decide(POLICIES[ATTACHMENT], attached(type_, path, Secret(AWS_ADMIN)))
    assert decision.violations == [f"it.{path}"]
    assert f"{path} is [secret], which" in decision.messages[0]


def test_which_policies_of_aws_are_denied_is_config() -> None:
    database = attached(*ATTACHMENTS[0], "arn:aws:iam::aws:policy/job-function/DatabaseAdministrator")
    assert check(ATTACHMENT, database).is_clean
    assert check(ATTACHMENT, database, config={"denied": ["DatabaseAdministrator"]}).violations
    full = attached(*ATTACHMENTS[0], "arn:aws:iam::aws:policy/AmazonS3FullAccess")
    assert check(ATTACHMENT, full, config={"denied": ["*FullAccess", "AdministratorAccess"]}).violations
    assert check(ATTACHMENT, attached(*ATTACHMENTS[0], AWS_ADMIN), config={"denied": []}).is_clean
    with pytest.raises(ConfigError, match="policy 'iam-managed-admin-attachment', config key 'denied"):
        check(ATTACHMENT, config={"denied": [7]})
    with pytest.raises(ConfigError, match=r"has no config key 'deny'; did you mean 'denied'\?"):
        check(ATTACHMENT, config={"deny": []})


def test_every_type_of_the_policies_is_tested() -> None:
    for policy_id in (ESCALATION, DECRYPT):
        assert set(POLICIES[policy_id].types) == {type_ for type_, _ in DOCUMENTS}
    for policy_id in (NO_ADMIN, WILDCARDS):
        assert set(POLICIES[policy_id].types) == {IOT, *(type_ for type_, _ in DOCUMENTS)}
    assert set(POLICIES[ATTACHMENT].types) == {type_ for type_, _ in ATTACHMENTS}


IOT = "aws:iot/policy:Policy"


def test_devices_name_what_they_may_do_too() -> None:
    def allowing(action: str) -> Resource:
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        return resource(IOT, policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    assert check(NO_ADMIN, allowing("*")).violations == ["it.policy.Statement[0]"]
    assert check(WILDCARDS, allowing("iot:*")).violations == ["it.policy.Statement[0].Action"]
    assert check(WILDCARDS, allowing("iot:Connect")).is_clean
