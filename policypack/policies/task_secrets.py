"""Task secrets: that ECS gets the ARN of each secret, and may read it for the container."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from policypack.config import Config
from policypack.finding import Finding, Findings, Undecided, Violation
from policypack.policy import policy
from policypack.policy_document import Statement, is_like, statements
from policypack.resource import Resource, Value

_TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"
_ROLE: Final = "aws:iam/role:Role"
_POLICY: Final = "aws:iam/policy:Policy"
_ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
_SECRET: Final = "aws:secretsmanager/secret:Secret"
_SECRET_VERSION: Final = "aws:secretsmanager/secretVersion:SecretVersion"
_SECRET_POLICY: Final = "aws:secretsmanager/secretPolicy:SecretPolicy"
_PARAMETER: Final = "aws:ssm/parameter:Parameter"
# What attaches a managed policy to a role: where it names the role, and where the policy.
_ATTACHMENTS: Final = (
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role", "policyArn"),
    ("aws:iam/policyAttachment:PolicyAttachment", "roles", "policyArn"),
    ("aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", "roleName", "policyArns[]"),
)
# AWS managed policies that execution roles have and that let nobody read a secret:
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html, 2026-11-21
_READING_NOTHING: Final = (
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryReadOnly",
    "AWSXRayDaemonWriteAccess",
    "CloudWatchLogsFullAccess",
)
# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
_PARAMETER_NAME: Final = re.compile(r"[\w./-]+", re.ASCII)
_ACTIONS: Final = {"secretsmanager": "secretsmanager:GetSecretValue", "ssm": "ssm:GetParameters"}


@dataclass(frozen=True)
class _Read:
    """
    A secret or parameter that ECS reads to start a task.

    :param at: where the task names it.
    :param arn: its ARN, without a key inside the secret; of a parameter that is told by its name, the end of the ARN.
        Empty where it is unknown.
    :param action: what the execution role has to be allowed.
    :param source: the resource of this stack that it is; None for one that is elsewhere.
    """

    at: Value
    arn: str
    action: str
    source: Resource | None

    @property
    def shown(self) -> str:
        """What is read, as a message may show it: what is taken for a name may be the secret itself."""
        if self.source:
            return f"'{self.source.name}'"
        return self.at.shown if self.arn.startswith("arn:") else "the parameter of that name"

    def is_allowed_by(self, statement: Statement) -> bool:
        """Whether a statement of the execution role's policies lets it read this, whatever its conditions are."""
        return statement.allows and statement.covers(self.action) and self._is_among(statement)

    def _is_among(self, statement: Statement) -> bool:
        if statement.concerns_every_resource or not self.arn:
            return True
        if not self.arn.startswith("arn:"):
            return any(is_like(arn.split(":", 5)[-1], self.arn) for arn in statement.resources)
        # A secret can be named without the six characters that end its ARN.
        longer = f"{self.arn}-??????"
        return any(
            is_like(pattern, self.arn) or is_like(pattern, longer) or is_like(longer, pattern)
            for pattern in statement.resources
        )


@policy(
    id="ecs-secret-access",
    title="ECS gets the ARNs of a task's secrets, and its execution role may read them",
    stage="stack",
    types=(_TASK,),
    severity="medium",
    fix="Allow it in a policy of the execution role.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
)
def ecs_secret_access(task: Resource, config: Config) -> Findings:
    """
    ECS reads the secrets with the task's execution role before it starts a container. Without the right to do so no
    task ever starts, and the deployment waits for one until it times out.
    """
    reads = []
    for value in _named(task):
        read = _read(value)
        if isinstance(read, _Read):
            reads.append(read)
        else:
            yield read
    reads += _behind_unknown(task)
    if not reads:
        return
    role = task.get("executionRoleArn")
    if role.is_empty:
        yield _lacking(
            reads[0],
            role,
            f"executionRoleArn is not set: ECS reads {reads[0].shown} with that role.",
            "Set executionRoleArn to the ARN of a role that ecs-tasks.amazonaws.com may assume and that may read it.",
        )
        return
    assert task.stack
    roles = task.stack.targets(role, _ROLE)
    # Nobody here can tell what a role of another stack may do.
    documents = _documents(roles[0]) if len(roles) == 1 else None
    if documents is None:
        return
    for read in reads:
        finding = _judged(read, roles[0], documents)
        if finding:
            # One a task: they have one role, and one cause.
            yield finding
            return


def _named(task: Resource) -> Iterator[Value]:
    """Each place of the container definitions that names a secret or parameter, as far as they are known."""
    for _, container in task.get("containerDefinitions").json().entries():
        for path in ("secrets[].valueFrom", "logConfiguration?.secretOptions[].valueFrom"):
            yield from container.each(path)
        yield from container.each("repositoryCredentials?.credentialsParameter")


def _read(value: Value) -> _Read | Violation:
    """What a place of the container definitions names, or what is wrong with that."""
    stack = value.resource.stack
    assert stack
    if not value.text.startswith("arn:"):
        if not _PARAMETER_NAME.fullmatch(value.text):
            return Violation(
                value,
                f"{value.path} is neither the ARN of a secret nor the name of a parameter.",
                fix="Pass the arn of an aws.secretsmanager.Secret; the value itself belongs into that secret.",
            )
        return _Read(value, f"parameter/{value.text.removeprefix('/')}", _ACTIONS["ssm"], None)
    # What follows the seventh colon is a key inside the secret, and a version of it.
    arn = ":".join(value.text.split(":")[:7])
    service = value.text.split(":")[2]
    if service not in _ACTIONS:
        return Violation(
            value,
            f"{value.path} is the ARN of something else than a secret or parameter.",
            fix="Pass the arn of an aws.secretsmanager.Secret or an aws.ssm.Parameter.",
        )
    named = stack.targets(replace(value, raw=arn), _SECRET, _PARAMETER)
    sources = [each for each in named if each.output("arn").text == arn]
    return _Read(value, arn, _ACTIONS[service], sources[0] if sources else None)


def _behind_unknown(task: Resource) -> Iterator[_Read]:
    """The secrets and parameters of this stack that unknown container definitions are made from."""
    definitions = task.get("containerDefinitions")
    if definitions.is_unknown:
        for source in _secrets(definitions):
            service = "secretsmanager" if source.type == _SECRET else "ssm"
            yield _Read(definitions, "", _ACTIONS[service], source)


def _secrets(value: Value) -> list[Resource]:
    """The secrets and parameters of this stack that a value is made from; a secret's version stands for the secret."""
    stack = value.resource.stack
    assert stack
    named = [
        each
        for source in value.sources
        for each in (
            stack.targets(source.get("secretId"), _SECRET)
            if source.type == _SECRET_VERSION
            else [source] * (source.type in (_SECRET, _PARAMETER))
        )
    ]
    # The engine's order is not the same every time.
    return sorted(dict.fromkeys(named), key=lambda source: source.urn)


def _documents(role: Resource) -> list[Value] | None:
    """The policy documents of a role; None where it has others, too, that are not of this stack."""
    stack = role.stack
    assert stack
    if any(stack.unresolved(type_, to, _ROLE) for type_, to, _ in (*_ATTACHMENTS, (_ROLE_POLICY, "role", ""))):
        return None
    documents = [
        *role.each("inlinePolicies[].policy"),
        *(each.get("policy") for each in stack.referrers(role, _ROLE_POLICY, "role")),
    ]
    attached = [
        *role.each("managedPolicyArns[]"),
        *(arn for type_, to, of in _ATTACHMENTS for each in stack.referrers(role, type_, to) for arn in each.each(of)),
    ]
    for arn in attached:
        policies = stack.targets(arn, _POLICY)
        if not policies and arn.text.rpartition("/")[2] not in _READING_NOTHING:
            return None
        documents += (each.get("policy") for each in policies)
    return documents


def _judged(read: _Read, role: Resource, documents: list[Value]) -> Finding | None:
    """What keeps a role from reading a secret, as far as its policies tell; None when nothing does."""
    if read.source and _has_policy(read.source):
        return None
    known = [statements(document) for document in documents]
    if any(read.is_allowed_by(statement) for each in known for statement in each or ()):
        return None
    unknown = [document for document, each in zip(documents, known, strict=True) if each is None]
    # Whoever builds a document from the secret's ARN does so to let the role read it.
    if read.source and any(read.source in _secrets(document) for document in unknown):
        return None
    if unknown:
        return Undecided(unknown[0], f"does it let '{role.name}' read {read.shown}?")
    return _lacking(
        read,
        read.at,
        f"{read.at.path} has ECS read {read.shown}, and no policy of the role '{role.name}' allows that.",
        f"Allow {read.action} on its ARN in a policy of '{role.name}'.",
    )


def _has_policy(source: Resource) -> bool:
    """Whether a secret has a policy of its own, which may let the role read it; parameters have none."""
    assert source.stack
    return source.type == _SECRET and (
        not source.get("policy").is_empty or bool(source.stack.referrers(source, _SECRET_POLICY, "secretArn"))
    )


def _lacking(read: _Read, at: Value, message: str, fix: str) -> Finding:
    """The finding about a right that is lacking; undecided where it is not sure that ECS needs it."""
    if read.at.is_unknown:
        # The application itself may read the secret, as the task's own role.
        return Undecided(read.at, f"does ECS have to read {read.shown} for a container? Nothing lets it")
    return Violation(at, message, fix=fix)
