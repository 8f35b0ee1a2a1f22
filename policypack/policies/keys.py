"""KMS keys: their rotation, and who may use and administer them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from policypack.config import Config
from policypack.iam import Statement
from policypack.iam.forms import KEY, KEYS
from policypack.iam.resource_policies import KEY_POLICY
from policypack.model import Resource, Value
from policypack.policies.policy_documents import judged
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_CHANGE: Final = "kms:PutKeyPolicy"


@resource_policy(
    id="kms-key-rotation",
    title="Symmetric KMS keys are rotated",
    types=(KEY,),
    severity="medium",
    enforcement="advisory",
    fix="Set enableKeyRotation to true. What was encrypted before stays readable. The first and the second rotation "
    "each add to the monthly price of the key.",
    frameworks=("Security Hub KMS.4",),
    url="https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    remediates=True,
)
def kms_key_rotation(key: Resource, config: Config) -> Verdicts:
    """
    The longer the same key material is in use, the more data a single compromise of it exposes, and audits ask for
    yearly rotation.
    """
    rotation, spec, usage = key.get("enableKeyRotation"), key.get("customerMasterKeySpec"), key.get("keyUsage")
    # Asymmetric and HMAC keys, and those of a custom key store, can't be rotated.
    if spec.text not in ("", "SYMMETRIC_DEFAULT") or usage.text not in ("", "ENCRYPT_DECRYPT"):
        return
    if not key.get("customKeyStoreId").is_unset or rotation.is_true:
        return
    if unknown := [value for value in (rotation, spec, usage) if value.is_unknown]:
        yield Undecided(unknown[0])
    else:
        message = f"enableKeyRotation is {rotation.shown}: KMS never changes the key material."
        yield Violation(rotation, message, remediation=True)


@resource_policy(
    id="kms-key-policy-scope",
    title="Key policies name who may use the key",
    types=(*KEYS, KEY_POLICY),
    severity="critical",
    fix="Set Principal to the accounts, roles or services that need the key, and keep a statement with which your "
    "account can manage it.",
    frameworks=("FSBP KMS.5",),
    url="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",
)
def kms_key_policy_scope(resource: Resource, config: Config) -> Verdicts:
    """
    A key that every AWS account may use protects nothing: anyone who obtains encrypted data can decrypt it, and use the
    key at your cost.
    """
    yield from judged(resource.get("policy"), _open_to_everybody, "whom does it let use the key?")


def _open_to_everybody(read: Sequence[Statement]) -> Iterator[Violation]:
    for statement in read:
        if statement.allows and statement.concerns_everybody:
            yield Violation(statement.at, f"{statement.at.path} lets every AWS account use the key.")


@resource_policy(
    id="kms-key-policy-lockout",
    title="Key policies allow an administrator to change them again",
    types=(*KEYS, KEY_POLICY),
    severity="high",
    fix='Add a statement with Effect Allow, Principal {"AWS": "arn:aws:iam::ACCOUNT:root"}, Action kms:* and Resource '
    '"*", with your account\'s id for ACCOUNT: it lets the account manage the key through IAM policies.',
    url="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
)
def kms_key_policy_lockout(resource: Resource, config: Config) -> Verdicts:
    """
    KMS refuses a key policy that does not allow its author to change it again, unless the check is switched off.
    Without the check, not even the root user can change such a policy or delete the key: only AWS Support can help.
    """
    document, bypass = resource.get("policy"), resource.get("bypassPolicyLockoutSafetyCheck")
    if bypass.is_true:
        return
    question = "does it allow an administrator to change it again?"
    for verdict in judged(document, lambda read: _locked(document, read), question):
        yield Undecided(bypass) if bypass.is_unknown and isinstance(verdict, Violation) else verdict


def _locked(document: Value, read: Sequence[Statement]) -> Iterator[Violation]:
    # A document without statements is no policy, which is the business of policy-document-valid.
    if read and not any(map(_lets_change, read)):
        yield Violation(
            document,
            f"AWS refuses {document.path}: no statement lets an IAM principal or the account's root user manage the "
            f"key, so its policy could never be changed again ({_CHANGE}).",
        )


def _lets_change(statement: Statement) -> bool:
    # Whoever runs the update may be any of those that are named.
    named = statement.names_everybody or statement.principals.get("AWS")
    return statement.allows and statement.covers(_CHANGE) and bool(named)
