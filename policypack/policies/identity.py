"""Identity: that IAM policies allow what is needed and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.iam import Condition, Statement, bounds_of
from policypack.iam.attachments import DOCUMENTS, MANAGED_ARNS, POLICY, is_attached, is_boundary_only
from policypack.model import Resource
from policypack.policies.policy_documents import judged
from policypack.policy import resource_policy
from policypack.verdict import Level, Undecided, Verdicts, Violation
from policypack.wildcard import is_like

# Whoever has one of these can take any other permission:
# https://docs.aws.amazon.com/prescriptive-guidance/latest/privilege-escalation-iam/introduction.html has the first;
# the others change what somebody may do, or let one act as somebody else
# (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html).
ESCALATING: Final = (
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
)
"""Actions with which a user or role can obtain every other permission."""
# Conditions on who asks, from where or when leave the permission what it is; these narrow what it is about.
_NARROWING: Final = ("iam:*", "aws:ResourceTag/*", "aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths")
# What https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-1 looks for.
_DECRYPTING: Final = ("kms:Decrypt", "kms:ReEncryptFrom")
# Conditions that say which keys are meant, or which data.
_OF_KEYS: Final = ("kms:ResourceAliases", "kms:RequestAlias", "kms:EncryptionContext:*", "aws:ResourceTag/*")

# What allows devices something is like what allows roles something, but that it lets nobody reach other services.
_DOCUMENTS: Final = {**DOCUMENTS, "aws:iot/policy:Policy": "policy"}


def _judged(resource: Resource, check: Callable[[Statement], Iterable[Violation]]) -> Verdicts:
    """
    What is wrong with the statements that allow something in the resource's policies.

    :param check: the violations of one such statement.
    """
    if resource.type == POLICY and resource.is_in_stack and is_boundary_only(resource):
        return
    for document in resource.each(_DOCUMENTS[resource.type]):
        bounds = bounds_of(document)
        if bounds and not resource.is_in_stack and _looks_like_boundary(resource, bounds.most):
            yield Undecided(document, "is it a permissions boundary, which grants no permissions?")
        else:
            yield from judged(
                document,
                lambda read: (found for statement in read if statement.allows for found in check(statement)),
                "what does the policy allow?",
            )


def _looks_like_boundary(resource: Resource, read: Iterable[Statement]) -> bool:
    """Whether a policy's name or a statement that denies suggests that it is a permissions boundary."""
    if resource.type != POLICY:
        return False
    named = f"{resource.name} {resource.get('name').text}".lower()
    return "boundary" in named or any(statement.denies for statement in read)


def _level(resource: Resource) -> Level | None:
    """The level of a finding: advice where the policy looks like a boundary, and nothing in the stack attaches it."""
    if resource.type != POLICY or not resource.is_in_stack or is_attached(resource):
        return None
    bounds = bounds_of(resource.get(DOCUMENTS[POLICY]))
    return "advisory" if _looks_like_boundary(resource, bounds.most if bounds else ()) else None


@resource_policy(
    id="iam-no-admin",
    title="No customer managed or inline IAM policy allows everything",
    types=_DOCUMENTS,
    severity="critical",
    fix="Set Action to the actions that are needed, and Resource to the ARNs that they are needed on.",
    frameworks=("FSBP IAM.1",),
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
)
def iam_no_admin(resource: Resource, config: Config) -> Verdicts:
    """
    Anyone who obtains such credentials, through a leaked key or a vulnerability of the application, controls the
    account: they can read and delete everything, and create users to keep their access.
    """
    yield from _judged(resource, _admin)


def _admin(statement: Statement) -> Iterator[Violation]:
    if not statement.concerns_every_resource:
        return
    if statement.allows_every_action:
        message = f"{statement.at.path} allows every action on every resource."
        yield Violation(statement.at, message, level=_level(statement.at.resource))
    elif statement.excepted_actions:
        yield Violation(
            statement.at,
            f"{statement.at.path} allows every action except those in NotAction on every resource, including "
            "actions that AWS adds later.",
            fix="Replace NotAction with Action and the actions that are needed. If all other actions are meant to "
            "be forbidden, set Effect to Deny.",
            level=_level(statement.at.resource),
        )


@resource_policy(
    id="iam-privilege-escalation",
    title="No IAM policy allows privilege escalation",
    types=DOCUMENTS,
    severity="high",
    fix="Set Resource to the ARNs of the roles, users or policies that are needed. For iam:PassRole, also add a "
    "condition on iam:PassedToService with the service that gets the role.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
)
def iam_privilege_escalation(resource: Resource, config: Config) -> Verdicts:
    """
    A user with few permissions and one of these can obtain all others: they pass an administrator's role to a function
    of their own, or attach another policy to themselves.
    """
    yield from _judged(resource, _escalating)


def _escalating(statement: Statement) -> Iterator[Violation]:
    # What allows everything is another policy's to report.
    is_admin = statement.allows_every_action and "Action" not in statement.doubtful
    named = escalating_actions(statement)
    if named and not statement.excepted_actions and not is_admin:
        first = statement.shown(named[:1], quote="")
        others = f" and {len(named) - 1} more like it" if len(named) > 1 else ""
        yield Violation(
            statement.at,
            f"{statement.at.path} allows {first}{others} on every resource, with which a user or role can "
            "obtain every other permission in the account.",
            level=_level(statement.at.resource),
        )


def escalating_actions(statement: Statement) -> list[str]:
    """The actions of a statement that allows with which a user or role can obtain every other permission."""
    if not _concerns_every_identity(statement) or any(map(_is_narrowing, statement.conditions)):
        return []
    return [action for action in ESCALATING if statement.covers(action)]


def _concerns_every_identity(statement: Statement) -> bool:
    """Whether a statement is about everything, or every role, user, group or policy of an account."""
    parts = [arn.split(":", 5) for arn in statement.resources]
    return statement.concerns_every_resource or any(
        part[2:3] == ["iam"] and part[-1] in ("*", "role/*", "user/*", "group/*", "policy/*") for part in parts
    )


def _is_narrowing(condition: Condition) -> bool:
    return any(is_like(pattern, condition.key) for pattern in _NARROWING) and "*" not in condition.values


@resource_policy(
    id="iam-no-wildcards",
    title="IAM policies name the actions of a service that are needed",
    types=_DOCUMENTS,
    severity="medium",
    enforcement="advisory",
    fix="Set Action to the actions that are needed, such as s3:GetObject. IAM Access Analyzer can generate a policy "
    "from the actions that were used.",
    frameworks=("FSBP IAM.21",),
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html",
)
def iam_no_wildcards(resource: Resource, config: Config) -> Verdicts:
    """
    A job that only needs to read objects can then also delete the bucket or make it public: a bug or a leaked key does
    far more damage than necessary.
    """
    yield from _judged(resource, _wildcards)


def _wildcards(statement: Statement) -> Iterator[Violation]:
    if statement.allows_every_action:
        # Of every resource, iam-no-admin tells.
        if not statement.concerns_every_resource or statement.doubtful:
            yield Violation(
                statement.at.get("Action"),
                f"{statement.at.path} allows every action on the resources that it names, deletions and grants "
                "included.",
                level=_level(statement.at.resource),
            )
    elif services := tuple(action for action in statement.actions if action.endswith(":*")):
        yield Violation(
            statement.at.get("Action"),
            f"{statement.at.path} allows {statement.shown(services)}: every action of the service, deletions "
            "and grants included.",
            level=_level(statement.at.resource),
        )


@resource_policy(
    id="iam-kms-decrypt",
    title="IAM policies name the KMS keys that may be used to decrypt",
    types=DOCUMENTS,
    severity="medium",
    enforcement="advisory",
    fix="Set Resource to the ARNs of the keys, or to arn:aws:kms:REGION:ACCOUNT:key/* with a condition on "
    "kms:ResourceAliases.",
    frameworks=("FSBP KMS.1", "FSBP KMS.2"),
    url="https://docs.aws.amazon.com/kms/latest/developerguide/iam-policies-best-practices.html",
)
def iam_kms_decrypt(resource: Resource, config: Config) -> Verdicts:
    """
    With separate keys, only those who may use a key can read its data. A role that may decrypt with every key of the
    account can read all encrypted data, including data that is encrypted in the future.
    """
    yield from _judged(resource, _decrypting)


def _decrypting(statement: Statement) -> Iterator[Violation]:
    # What allows everything is iam-no-admin's to report.
    named = [action for action in _DECRYPTING if statement.covers(action)]
    is_admin = statement.concerns_every_resource and (statement.allows_every_action or statement.excepted_actions)
    if named and (not is_admin or statement.doubtful) and _concerns_every_key(statement):
        yield Violation(
            statement.at,
            f"{statement.at.path} allows {statement.shown(named, quote='')} with every KMS key.",
            level=_level(statement.at.resource),
        )


def _concerns_every_key(statement: Statement) -> bool:
    """
    Whether a statement is about the keys of every region or account, and no condition says about which.

    The keys of one region and account are few enough for the control, whose page has that as its remediation.
    """
    if any(is_like(pattern, each.key) for each in statement.conditions for pattern in _OF_KEYS):
        return False
    parts = [arn.split(":", 5) for arn in statement.resources]
    return statement.concerns_every_resource or any(
        part[2:3] == ["kms"] and "*" in part[3:5] and part[-1] in ("*", "key/*") for part in parts
    )


class ManagedPolicyConfig(Config):
    """Config of iam-managed-admin-attachment."""

    denied: Annotated[
        tuple[str, ...], Meta(description="Names of AWS managed policies that must not be attached, as patterns.")
    ] = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess")


@resource_policy(
    id="iam-managed-admin-attachment",
    title="No AWS managed admin policy is attached",
    types=MANAGED_ARNS,
    severity="critical",
    fix="Attach a policy with the actions and resources that are needed instead. To allow the managed policy, remove "
    "its name from denied of this policy.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions.html",
)
def iam_managed_admin_attachment(resource: Resource, config: ManagedPolicyConfig) -> Verdicts:
    """A vulnerability of the code that runs with such a role then exposes the whole account."""
    for arn in resource.each(MANAGED_ARNS[resource.type]):
        # An ARN that is unknown yet is that of a policy which the stack makes: AWS's own are all known.
        owner, _, name = arn.text.partition(":policy/")
        if owner.endswith(":iam::aws") and any(is_like(each, name.rpartition("/")[2]) for each in config.denied):
            yield Violation(arn, f"{arn.path} is {arn.shown}, which allows far more than a single task needs.")
