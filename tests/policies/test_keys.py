"""KMS keys: their rotation, and whom their policies let in."""

import json
from typing import Any

import pytest

from policypack.config import Config
from policypack.testing import UNKNOWN, Secret, resource
from policypack.verdict import Violation
from tests.policies.test_key_services import (
    ACCOUNT,
    CLOUDTRAIL,
    CONFIG,
    EXTERNAL,
    EXTERNAL_REPLICA,
    FARGATE,
    KEY,
    KEY_POLICY,
    LOGS,
    OTHER_ACCOUNT,
    REPLICA,
    ROOT,
    alone,
    bound,
    document,
    through,
)
from tests.support import POLICIES, check

ROTATION = "kms-key-rotation"
SCOPE = "kms-key-policy-scope"
LOCKOUT = "kms-key-policy-lockout"


# Rotation


@pytest.mark.parametrize("rotation", [None, False, "false"])
def test_a_key_that_is_not_rotated_is_reported(rotation: Any) -> None:
    decision = check(ROTATION, resource(KEY, enableKeyRotation=rotation))
    assert decision.violations == ["it.enableKeyRotation"]
    assert f"enableKeyRotation is {'not set' if rotation is None else ''}" in decision.messages[0]
    assert "KMS never changes the key material.\nFix: Set enableKeyRotation to true." in decision.messages[0]


def test_rotation_is_what_remediation_writes() -> None:
    policy = POLICIES[ROTATION]
    assert policy.remediate
    [violation] = policy.remediate(resource(KEY, enableKeyRotation=False), Config())
    assert isinstance(violation, Violation)
    assert violation.remediation is True


@pytest.mark.parametrize(
    "inputs",
    [
        {"enableKeyRotation": True},
        {"enableKeyRotation": "true"},
        {"enableKeyRotation": True, "customerMasterKeySpec": UNKNOWN},
        {"customerMasterKeySpec": "RSA_4096", "keyUsage": "SIGN_VERIFY"},
        {"customerMasterKeySpec": "RSA_4096"},
        {"customerMasterKeySpec": "HMAC_256", "keyUsage": "GENERATE_VERIFY_MAC"},
        {"customerMasterKeySpec": "RSA_4096", "enableKeyRotation": UNKNOWN},
        {"keyUsage": "SIGN_VERIFY", "customerMasterKeySpec": UNKNOWN},
        {"customKeyStoreId": "cks-1234"},
        {"customKeyStoreId": UNKNOWN},
    ],
)
def test_keys_that_are_or_can_not_be_rotated_comply(inputs: dict[str, Any]) -> None:
    assert check(ROTATION, resource(KEY, **inputs)).is_clean


@pytest.mark.parametrize(
    "inputs",
    [
        {"customerMasterKeySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT"},
        {"customerMasterKeySpec": "", "keyUsage": "", "customKeyStoreId": ""},
        {"multiRegion": True},
    ],
)
def test_symmetric_keys_are_rotated_however_that_is_said(inputs: dict[str, Any]) -> None:
    assert check(ROTATION, resource(KEY, **inputs)).violations == ["it.enableKeyRotation"]


@pytest.mark.parametrize(
    ("inputs", "place"),
    [
        ({"enableKeyRotation": UNKNOWN}, "enableKeyRotation"),
        ({"customerMasterKeySpec": UNKNOWN}, "customerMasterKeySpec"),
        ({"keyUsage": UNKNOWN}, "keyUsage"),
    ],
)
def test_rotation_that_is_not_known_is_undecided(inputs: dict[str, Any], place: str) -> None:
    decision = check(ROTATION, resource(KEY, **inputs))
    assert decision.violations == []
    assert decision.undecided == [f"it.{place}"]


def test_rotation_that_is_secret_is_not_shown() -> None:
    [message] = alone(ROTATION, resource(KEY, enableKeyRotation=Secret(False))).messages
    assert "enableKeyRotation is [secret]" in message


# Whom a key policy lets use the key


each_policy = pytest.mark.parametrize("type_", [KEY, EXTERNAL, REPLICA, EXTERNAL_REPLICA, KEY_POLICY])


@each_policy
@pytest.mark.parametrize(
    "elements",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:root", "*"]}},
        {"Principal": None, "NotPrincipal": {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}},
        {"Principal": "*", "Action": "kms:Decrypt"},
        {"Principal": "*", **bound("Bool", "aws:SecureTransport", "true")},
        {"Principal": "*", **bound("StringNotEquals", "aws:PrincipalAccount", OTHER_ACCOUNT)},
        {"Principal": "*", **bound("StringLike", "aws:PrincipalOrgID", "*")},
        {"Principal": "*", **bound("StringEqualsIfExists", "aws:PrincipalOrgID", "o-a1b2c3d4e5")},
        {"Principal": {"AWS": "*"}, **bound("StringEquals", "kms:ViaService", "rds.eu-west-1.amazonaws.com")},
        {"Principal": {"AWS": "*"}, **bound("StringEquals", "aws:PrincipalTag/team", "payments")},
        {"Principal": {"AWS": "*"}, **bound("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/deploy")},
    ],
)
def test_a_key_that_everybody_may_use_is_reported(type_: str, elements: dict[str, Any]) -> None:
    for policy in (document({**ROOT, **elements}), json.dumps(document({**ROOT, **elements}))):
        decision = check(SCOPE, resource(type_, policy=policy))
        assert decision.violations == ["it.policy.Statement[1]"]
        assert decision.messages[0].startswith(
            "policy.Statement[1] lets every AWS account use the key.\nFix: Set Principal to the accounts, roles or "
            "services that need the key, and keep a statement with which your account can manage it."
        )
    decision = check(SCOPE, resource(type_, policy={"Statement": {**ROOT, **elements}}))
    assert decision.violations == ["it.policy.Statement"]


@each_policy
@pytest.mark.parametrize(
    "statement",
    [
        LOGS,
        *CLOUDTRAIL,
        *FARGATE,
        CONFIG,
        through("secretsmanager", "kms:*"),
        through("rds", "kms:*", principal=["*"]),
        # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/default-kms-key-policy.html
        {
            "Sid": "Enable cross account log decryption",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": ["kms:Decrypt", "kms:ReEncryptFrom"],
            "Resource": "*",
            "Condition": {
                "StringEquals": {"kms:CallerAccount": ACCOUNT},
                "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"},
            },
        },
        {**ROOT, "Principal": "*", **bound("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")},
        {**ROOT, "Principal": "*", **bound("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/*")},
        {**ROOT, "Principal": {"AWS": "*"}, **bound("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/a*")},
        {**ROOT, "Principal": "*", **bound("StringEquals", "aws:PrincipalServiceName", "s3.amazonaws.com")},
        {**ROOT, "Principal": {"AWS": [ACCOUNT, f"arn:aws:iam::{OTHER_ACCOUNT}:root"]}},
        {**ROOT, "Effect": "Deny", "Principal": "*", "Action": "kms:ScheduleKeyDeletion"},
        {**ROOT, "Effect": "Deny", "Principal": None, "NotPrincipal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}},
    ],
)
def test_key_policies_that_say_who_comply(type_: str, statement: dict[str, Any]) -> None:
    assert check(SCOPE, resource(type_, policy=document(statement))).is_clean
    assert check(SCOPE, resource(type_, policy=json.dumps(document(statement)))).is_clean


@each_policy
def test_the_default_key_policy_says_who(type_: str) -> None:
    policies: list[Any] = [None, "", {}, "no JSON"]
    for policy in policies:
        assert check(SCOPE, resource(type_, policy=policy)).is_clean


@each_policy
@pytest.mark.parametrize(
    ("policy", "at"),
    [(UNKNOWN, "it.policy"), (document({**ROOT, "Principal": UNKNOWN}), "it.policy.Statement[1].Principal")],
)
def test_whom_an_unknown_policy_lets_use_the_key_is_undecided(type_: str, policy: Any, at: str) -> None:
    decision = check(SCOPE, resource(type_, policy=policy))
    assert decision.violations == []
    assert decision.undecided == [at]


@each_policy
def test_each_open_statement_of_a_secret_policy_is_found_and_not_shown(type_: str) -> None:
    canary = {**ROOT, "Sid": "canary", "Principal": "*"}
    decision = alone(SCOPE, resource(type_, policy=Secret(json.dumps(document(canary, LOGS, canary)))))
    assert decision.violations == ["it.policy.Statement[1]", "it.policy.Statement[3]"]
    assert "canary" not in repr(decision.messages)


# Who can change a key policy: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html


@each_policy
@pytest.mark.parametrize(
    "statements",
    [
        [LOGS],
        [LOGS, *CLOUDTRAIL],
        [{**ROOT, "Action": ["kms:Encrypt", "kms:Decrypt", "kms:Put"]}],
        [{**ROOT, "Effect": "Deny"}],
        [{**ROOT, "Action": None, "NotAction": "kms:Put*"}],
        [{**ROOT, "Principal": {"AWS": []}}],
    ],
)
def test_a_key_policy_that_nobody_could_change_again_is_refused(type_: str, statements: list[Any]) -> None:
    for bypass in (None, False):
        policy = json.dumps({"Statement": statements})
        decision = check(LOCKOUT, resource(type_, policy=policy, bypassPolicyLockoutSafetyCheck=bypass))
        assert decision.violations == ["it.policy"]
        assert decision.messages[0].startswith(
            "AWS refuses policy: no statement lets an IAM principal or the account's root user manage the key, so its "
            "policy could never be changed again (kms:PutKeyPolicy).\nFix: Add a statement with Effect Allow, "
            'Principal {"AWS": "arn:aws:iam::ACCOUNT:root"}, Action kms:*'
        )


@each_policy
@pytest.mark.parametrize(
    "statement",
    [
        ROOT,
        {**ROOT, "Principal": {"AWS": ACCOUNT}},
        {**ROOT, "Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/deploy"]}, "Action": ["kms:Put*", "kms:Decrypt"]},
        {**ROOT, "Action": None, "NotAction": "kms:Decrypt"},
        {**ROOT, "Principal": "*", **bound("StringEquals", "kms:CallerAccount", ACCOUNT)},
    ],
)
def test_a_key_policy_that_somebody_can_change_complies(type_: str, statement: dict[str, Any]) -> None:
    assert check(LOCKOUT, resource(type_, policy=json.dumps({"Statement": [LOGS, statement]}))).is_clean


@each_policy
def test_the_check_against_lockouts_can_be_switched_off(type_: str) -> None:
    policy = json.dumps({"Statement": [LOGS]})
    assert check(LOCKOUT, resource(type_, policy=policy, bypassPolicyLockoutSafetyCheck=True)).is_clean
    unknown = check(LOCKOUT, resource(type_, policy=policy, bypassPolicyLockoutSafetyCheck=UNKNOWN))
    assert (unknown.violations, unknown.undecided) == ([], ["it.bypassPolicyLockoutSafetyCheck"])


@each_policy
@pytest.mark.parametrize("policy", [None, "", {}, "no JSON", '{"Statement": []}'])
def test_the_default_key_policy_can_be_changed(type_: str, policy: Any) -> None:
    assert check(LOCKOUT, resource(type_, policy=policy)).is_clean


@each_policy
def test_whether_an_unknown_key_policy_can_be_changed_is_undecided(type_: str) -> None:
    decision = check(LOCKOUT, resource(type_, policy=UNKNOWN))
    assert (decision.violations, decision.undecided) == ([], ["it.policy"])


def test_a_secret_key_policy_is_not_shown_when_it_is_refused() -> None:
    decision = alone(LOCKOUT, resource(KEY, policy=Secret(json.dumps({"Statement": [{**LOGS, "Sid": "canary"}]}))))
    assert decision.violations == ["it.policy"]
    assert "canary" not in repr(decision.messages)
