"""Task secrets: that ECS gets the ARN of each secret, and may read it for the container."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from policypack.config import Config
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.policy_document import Statement, is_like, statements
from policypack.verdict import Undecided, Verdict, Verdicts, Violation

_SERVICE: Final = "aws:ecs/expressGatewayService:ExpressGatewayService"
# Where a container names what ECS reads for it, and of which service a bare name is:
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html,
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html
_OF_CONTAINER: Final = (
    ("secrets[].valueFrom", "ssm"),
    ("repositoryCredentials?.credentialsParameter", "secretsmanager"),
)
_OF_TASK: Final = (*_OF_CONTAINER, ("logConfiguration?.secretOptions[].valueFrom", "ssm"))
# Where each type has its containers, and these places in them.
_CONTAINERS: Final[Mapping[str, tuple[str, tuple[tuple[str, str], ...]]]] = {
    "aws:ecs/taskDefinition:TaskDefinition": ("containerDefinitions", _OF_TASK),
    "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition": ("containerDefinitions", _OF_TASK),
    _SERVICE: ("primaryContainer", _OF_CONTAINER),
}
_ROLE: Final = "aws:iam/role:Role"
_POLICY: Final = "aws:iam/policy:Policy"
_ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
_KEY: Final = "aws:kms/key:Key"
_KEY_POLICY: Final = "aws:kms/keyPolicy:KeyPolicy"
_SECRET: Final = "aws:secretsmanager/secret:Secret"
_SECRET_VERSION: Final = "aws:secretsmanager/secretVersion:SecretVersion"
_SECRET_POLICY: Final = "aws:secretsmanager/secretPolicy:SecretPolicy"
_PARAMETER: Final = "aws:ssm/parameter:Parameter"
_KEY_OF: Final[Mapping[str, str]] = {_SECRET: "kmsKeyId", _PARAMETER: "keyId"}
_GET: Final[Mapping[str, str]] = {"secretsmanager": "secretsmanager:GetSecretValue", "ssm": "ssm:GetParameters"}
_KIND: Final[Mapping[str, str]] = {_SECRET: "secretsmanager", _PARAMETER: "ssm"}
# What attaches managed policies to a role: where it names the role, and where the policies.
_ATTACHMENTS: Final = (
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role", "policyArn"),
    ("aws:iam/policyAttachment:PolicyAttachment", "roles", "policyArn"),
    ("aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", "roleName", "policyArns[]"),
)
# AWS managed policies that execution roles have and that let nobody read a secret:
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html, 2026-11-21
_READING_NOTHING: Final = re.compile(
    r"arn:[\w-]+:iam::aws:policy/(?:service-role/)?(?:AmazonECSTaskExecutionRolePolicy|AmazonEC2ContainerRegistryPullOnly"
    r"|AmazonEC2ContainerRegistryReadOnly|AWSXRayDaemonWriteAccess|CloudWatchLogsFullAccess)"
)
# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
_PARAMETER_NAME: Final = re.compile(r"[\w./-]+", re.ASCII)
# What a policy variable stands for is known at the request only.
_VARIABLE: Final = re.compile(r"\$\{[^}]*\}")


@dataclass(frozen=True)
class _Read:
    """
    A secret or parameter that ECS reads to start a task.

    :param at: where the task names it.
    :param arn: its ARN, without a key inside the secret; of what is told by its name, the end of the ARN. Empty where
        it is unknown.
    :param service: the service that keeps it, as in its ARN.
    :param source: the resource of this stack that it is; None for one that is elsewhere.
    """

    at: Value
    arn: str
    service: str
    source: Resource | None

    @property
    def action(self) -> str:
        """What the execution role has to be allowed."""
        return _GET[self.service]

    @property
    def shown(self) -> str:
        """What is read, as a message may show it: what is taken for a name may be the secret itself."""
        kind = "secret" if self.service == "secretsmanager" else "parameter"
        if self.source:
            return f"the {kind} '{self.source.name}'"
        return self.at.shown if self.arn.startswith("arn:") else f"the {kind} of that name"

    def is_among(self, statement: Statement) -> bool:
        """Whether it is among the resources of a statement."""
        if statement.concerns_every_resource or not self.arn:
            return True
        # A secret can be named without the six characters that end its ARN.
        longer = f"{self.arn}-??????"
        patterns = [_VARIABLE.sub("*", pattern) for pattern in statement.resources]
        if not self.arn.startswith("arn:"):
            patterns = [pattern.split(":", 5)[-1] for pattern in patterns]
        return any(
            is_like(pattern, self.arn) or is_like(pattern, longer) or is_like(longer, pattern) for pattern in patterns
        )


@resource_policy(
    id="ecs-secret-access",
    title="ECS gets the ARNs of a task's secrets, and its execution role may read them",
    needs_stack=True,
    types=_CONTAINERS,
    severity="medium",
    fix="Allow it in a policy of the execution role.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
)
def ecs_secret_access(task: Resource, config: Config) -> Verdicts:
    """
    ECS reads the secrets with the task's execution role before it starts a container. Without the right to do so no
    task ever starts, and the deployment waits for one until it times out.
    """
    reads: list[_Read] = []
    for found in _reads(task):
        if isinstance(found, _Read):
            reads.append(found)
        else:
            yield found
    role = task.get("executionRoleArn")
    if reads and role.is_unset:
        yield _lacking(
            reads[0],
            role,
            f"executionRoleArn is not set: ECS reads {reads[0].shown} with that role.",
            "Set executionRoleArn to the ARN of a role that ecs-tasks.amazonaws.com may assume and that may read it.",
        )
    elif reads:
        yield from _of_role(role, reads)


def _reads(task: Resource) -> Iterator[_Read | Violation]:
    """What ECS reads for the containers of a task, and what is wrong in the places that say so."""
    name, places = _CONTAINERS[task.type]
    definitions = task.get(name)
    if definitions.is_unknown:
        yield from _behind_unknown(definitions)
        return
    read = definitions.json(decapitalize=True)
    containers = [read] if task.type == _SERVICE else [container for _, container in read.entries()]
    for container in containers:
        for path, service in places:
            for value in container.each(path):
                if value.is_unknown:
                    yield from _behind_unknown(value)
                elif value.text.startswith("arn:"):
                    yield _by_arn(value)
                elif value.text:
                    yield _by_name(value, service)


def _behind_unknown(value: Value) -> Iterator[_Read]:
    """The secrets and parameters of this stack that an unknown value is made from."""
    for source in _secrets(value):
        yield _Read(value, "", _KIND[source.type], source)


def _by_arn(value: Value) -> _Read | Violation:
    # What follows the seventh colon is a key inside the secret, and a version of it.
    parts = f"{value.text}::".split(":")[:7]
    arn = ":".join(parts).rstrip(":")
    if parts[2] not in _GET or "|" in arn:
        what = "the id of a secret's version" if "|" in arn else "the ARN of something else than a secret or parameter"
        fix = "Pass the arn of an aws.secretsmanager.Secret or an aws.ssm.Parameter."
        return Violation(value, f"{value.path} is {what}.", fix=fix)
    named = [*_named(value, "arn", arn), *_named(value, "name", parts[-1])]
    return _Read(value, arn, parts[2], named[0] if named else None)


def _by_name(value: Value, service: str) -> _Read | Violation:
    """What a bare name means: where a parameter is meant, a value that is no name may be the secret itself."""
    named = {each.type: each for each in _named(value, "name", value.text)}
    pass_it = "Pass the arn of an aws.secretsmanager.Secret"
    if service == "secretsmanager":
        return _Read(value, f"secret:{value.text}", service, named.get(_SECRET))
    if not _PARAMETER_NAME.fullmatch(value.text):
        message = f"{value.path} is neither the ARN of a secret nor the name of a parameter."
        return Violation(value, message, fix=f"{pass_it}; the value itself belongs into that secret.")
    if _SECRET in named and _PARAMETER not in named:
        message = f"{value.path} is the name of the secret '{named[_SECRET].name}': ECS takes that for a parameter's."
        return Violation(value, message, fix=f"{pass_it}.")
    return _Read(value, f"parameter/{value.text.removeprefix('/')}", service, named.get(_PARAMETER))


def _named(value: Value, output: str, text: str) -> list[Resource]:
    """The secrets and parameters of this stack that have a text as their name or ARN."""
    stack = value.resource.stack
    assert stack
    found = stack.targets(replace(value, raw=text), _SECRET, _PARAMETER)
    return [each for each in found if each.output(output).text == text]


def _secrets(value: Value) -> list[Resource]:
    """The secrets and parameters of this stack that a value is made from; a secret's version stands for the secret."""
    stack = value.resource.stack
    assert stack
    made_from = [
        each
        for source in value.dependencies
        for each in (stack.targets(source.get("secretId"), _SECRET) if source.type == _SECRET_VERSION else [source])
    ]
    # The engine's order is not the same every time.
    return sorted({each for each in made_from if each.type in _KIND}, key=lambda source: source.urn)


def _of_role(arn: Value, reads: list[_Read]) -> Verdicts:
    """What keeps the role of a task from reading its secrets."""
    roles = arn.resource.stack.targets(arn, _ROLE)
    if len(roles) == 1:
        rights = _Rights(roles[0])
        # One a task: its secrets have one role, and mostly one cause.
        yield from islice((finding for read in reads if (finding := _judged(read, rights))), 1)
    elif arn.is_unknown and not arn.dependency_urns:
        # Of a role of another stack, which is named or depended on, nobody here can tell what it may do.
        yield Undecided(arn, f"may that role read {reads[0].shown}?")


def _judged(read: _Read, rights: _Rights) -> Verdict | None:
    """What keeps a role from reading a secret, as far as its policies tell; None when nothing does."""
    role = f"the role '{rights.name}'"
    if any(_denies(statement, read) for statement in rights.statements):
        message = f"{read.at.path} has ECS read {read.shown}, which a policy of {role} denies."
        return _lacking(read, read.at, message, "Leave it out of the statement that denies.")
    if not any(each.allows and each.covers(read.action) and read.is_among(each) for each in rights.statements):
        # Whoever builds a document from the secret's ARN does so to let the role read it.
        if rights.has_others or _lets_itself(read) or any(read.source in _secrets(each) for each in rights.unknown):
            return None
        if rights.unknown:
            return Undecided(rights.unknown[0], f"does it let {role} read {read.shown}?")
        if rights.doubts:
            return Undecided(rights.doubts[0], f"may it let {role} read {read.shown}?")
        message = f"{read.at.path} has ECS read {read.shown}, and no policy of {role} allows that."
        return _lacking(read, read.at, message, f"Allow {read.action} on its ARN in a policy of {role}.")
    key = _key(read)
    if key and rights.are_known and not any(each.allows and each.covers("kms:Decrypt") for each in rights.statements):
        message = (
            f"{read.at.path} has ECS read {read.shown}, and neither the policy of its key '{key.name}' nor one of "
            f"{role} allows kms:Decrypt."
        )
        return _lacking(read, read.at, message, f"Allow kms:Decrypt on the key's ARN in a policy of {role}.")
    return None


class _Rights:
    """
    What the policies of a role say.

    :ivar name: the role's name in the program.
    :ivar statements: their statements, as far as they are known.
    :ivar unknown: the policy documents that are unknown.
    :ivar doubts: unknown values that may give the role other policies.
    :ivar has_others: whether it has policies that are not of this stack.
    """

    def __init__(self, role: Resource) -> None:
        stack = role.stack
        assert stack
        self.name = role.name
        self.has_others = False
        self.doubts = [
            each.get(to)
            for type_, to in (*((type_, to) for type_, to, _ in _ATTACHMENTS), (_ROLE_POLICY, "role"))
            for each in stack.unresolved(type_, to, _ROLE)
        ]
        attaching = [(each, of) for type_, to, of in _ATTACHMENTS for each in stack.referrers(role, type_, to)]
        documents = [
            *role.each("inlinePolicies[].policy"),
            *(each.get("policy") for each in stack.referrers(role, _ROLE_POLICY, "role")),
            *(
                policy.get("policy")
                for holder, path in ((role, "managedPolicyArns[]"), *attaching)
                for policy in self._attached(list(holder.each(path)))
            ),
        ]
        read = [statements(document) for document in documents]
        self.statements = [statement for each in read for statement in each or ()]
        self.unknown = [document for document, each in zip(documents, read, strict=True) if each is None]

    @property
    def are_known(self) -> bool:
        """Whether the role has no rights but those of the statements."""
        return not (self.unknown or self.doubts or self.has_others)

    def _attached(self, arns: list[Value]) -> Iterator[Resource]:
        """The policies of this stack with these ARNs, all of one property."""
        unknown = [arn for arn in arns if arn.is_unknown]
        for arn in arns:
            # What one element of a list depends on, every element does.
            policies = arn.resource.stack.targets(arn, _POLICY)
            if arn.is_known:
                policies = [each for each in policies if each.output("arn").text == arn.text]
                self.has_others |= not policies and not _READING_NOTHING.fullmatch(arn.text)
            elif len(policies) < max(len(unknown), len(arn.dependency_urns)):
                self.doubts.append(arn)
            yield from policies


def _denies(statement: Statement, read: _Read) -> bool:
    unless = statement.conditions or not statement.at.get("NotResource").is_unset
    return statement.denies and not unless and statement.covers(read.action) and read.is_among(statement)


def _lets_itself(read: _Read) -> bool:
    """Whether a secret has a policy of its own that may let the role read it; parameters have none."""
    if not read.source or read.source.type != _SECRET:
        return False
    others = read.source.stack.referrers(read.source, _SECRET_POLICY, "secretArn")
    documents = [read.source.get("policy"), *(each.get("policy") for each in others)]
    return any(
        each is None or any(statement.allows and statement.covers(read.action) for statement in each)
        for each in map(statements, documents)
    )


def _key(read: _Read) -> Resource | None:
    """The key of this stack that encrypts a secret, where its policy leaves it to IAM who may use it."""
    if not read.source:
        return None
    stack = read.source.stack
    assert stack
    keys = stack.targets(read.source.get(_KEY_OF[read.source.type]), _KEY)
    if len(keys) != 1 or stack.referrers(keys[0], _KEY_POLICY, "keyId"):
        return None
    allowing = statements(keys[0].get("policy"))
    if allowing is None or any(
        each.allows and each.covers("kms:Decrypt") and not _is_for_accounts(each) for each in allowing
    ):
        return None
    return keys[0]


def _is_for_accounts(statement: Statement) -> bool:
    """Whether a statement of a key policy is for whole accounts, whose IAM policies then decide, and nobody else."""
    named = statement.principals.get("AWS", ())
    return statement.principals.keys() == {"AWS"} and all(each.isdigit() or each.endswith(":root") for each in named)


def _lacking(read: _Read, at: Value, message: str, fix: str) -> Verdict:
    """The finding about a right that is lacking; undecided where it is not sure that ECS needs it."""
    if read.at.is_unknown:
        # The application itself may read the secret, as the task's own role.
        return Undecided(read.at, f"does ECS have to read {read.shown} for a container? Nothing lets it")
    # A secret of another stack may have a policy of its own that lets the role read it.
    is_sure = at is not read.at or read.source is not None or read.service == "ssm"
    return Violation(at, message, fix=fix, level=None if is_sure else "advisory")
