"""Task secrets: that ECS gets the ARN of each secret, and may read it for the container."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from msgspec import structs

from policypack.config import Config
from policypack.data.role_wirings import CONTAINERS, EXPRESS_SERVICE, KEY_OF, PARAMETER, SECRET, SECRET_READS
from policypack.iam import Rights, Session, leaves_it_to_iam, problem_of, resource_policy_of, rights_of
from policypack.iam.attachments import ROLE
from policypack.iam.forms import KEY
from policypack.iam.stand_ins import arns_of, named_by
from policypack.model import Resource, Value, remembered
from policypack.policies.containers import definitions_in
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdict, Verdicts, Violation

_SECRET_VERSION: Final = "aws:secretsmanager/secretVersion:SecretVersion"
_DECRYPT: Final = "kms:Decrypt"
_KIND: Final[Mapping[str, str]] = {SECRET: "secretsmanager", PARAMETER: "ssm"}
# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
_PARAMETER_NAME: Final = re.compile(r"[\w./-]+", re.ASCII)


@dataclass(frozen=True)
class _Read:
    """
    A secret or parameter that ECS reads to start a task.

    :param at: where the task names it.
    :param arn: its ARN, without a key inside the secret; of what is told by its name, the end of the ARN. Empty where
        it is unknown.
    :param service: the service that keeps it, as in its ARN.
    :param secret: the secret or parameter of this stack that it is; None for one that is elsewhere.
    :param is_sure: whether ECS surely reads it, rather than that the task is made from it in some way.
    """

    at: Value
    arn: str
    service: str
    secret: Resource | None
    is_sure: bool = True

    @property
    def action(self) -> str:
        """What the execution role has to be allowed."""
        return SECRET_READS[self.service]

    @property
    def shown(self) -> str:
        """What is read, as a message may show it: what is taken for a name may be the secret itself."""
        kind = "secret" if self.service == "secretsmanager" else "parameter"
        if self.secret:
            return f"the {kind} '{self.secret.name}'"
        return self.at.shown if self.arn.startswith("arn:") else f"the {kind} of that name"

    @property
    def names(self) -> tuple[str, ...]:
        """How statements name it: a secret also without the six characters that end its ARN."""
        if self.arn:
            return (self.arn, f"{self.arn}-??????")
        return arns_of(self.secret) if self.secret else ()


@resource_policy(
    id="ecs-secret-access",
    title="ECS gets the ARNs of a task's secrets, and its execution role may read them",
    needs_stack=True,
    types=CONTAINERS,
    severity="medium",
    fix="Allow the execution role to read the secret, in one of its policies.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
)
def ecs_secret_access(task: Resource, config: Config) -> Verdicts:
    """
    ECS reads the secrets with the task's execution role before it starts a container. Without permission to do so, no
    task starts, and the deployment waits for one until it times out.
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
    name, places = CONTAINERS[task.type]
    definitions = task.get(name)
    read = definitions_in(definitions)
    if read.is_unknown:
        yield from _behind_unknown(definitions)
        return
    containers = [read] if task.type == EXPRESS_SERVICE else [container for _, container in read.entries()]
    knows_unknown = False
    for container in containers:
        for path, service in places:
            for value in container.each(path):
                if (secret := _told(value)) is not None:
                    yield _Read(value, "", _KIND[secret.type], secret)
                elif value.is_unknown:
                    # All that are unknown depend on the same resources.
                    if not knows_unknown:
                        yield from _behind_unknown(value)
                    knows_unknown = True
                elif value.text.startswith("arn:"):
                    yield _by_arn(value)
                elif value.text:
                    yield _by_name(value, service)


def _behind_unknown(value: Value) -> Iterator[_Read]:
    """The secrets and parameters of this stack that an unknown value is made from."""
    for secret in _secrets(value):
        yield _Read(value, "", _KIND[secret.type], secret, is_sure=False)


def _told(value: Value) -> Resource | None:
    """The secret or parameter of this stack that the source tells an unknown value to be."""
    named = named_by(value, "arn", "id") if value.is_unknown else None
    found = named.get("secretId").targets(SECRET) if named and named.type == _SECRET_VERSION else [named]
    return found[0] if len(found) == 1 and found[0] and found[0].type in _KIND else None


def _by_arn(value: Value) -> _Read | Violation:
    # What follows the seventh colon is a key inside the secret, and a version of it.
    parts = f"{value.text}::".split(":")[:7]
    arn = ":".join(parts).rstrip(":")
    if parts[2] not in SECRET_READS or "|" in arn:
        what = "the id of a secret's version" if "|" in arn else "the ARN of something other than a secret or parameter"
        fix = "Pass the arn of an aws.secretsmanager.Secret or an aws.ssm.Parameter."
        return Violation(value, f"{value.path} is {what}.", fix=fix)
    named = [*_named(value, "arn", arn), *_named(value, "name", parts[-1])]
    return _Read(value, arn, parts[2], named[0] if named else None)


def _by_name(value: Value, service: str) -> _Read | Violation:
    """What a bare name means: where a parameter is meant, a value that is no name may be the secret itself."""
    named = {each.type: each for each in _named(value, "name", value.text)}
    pass_it = "Pass the arn of an aws.secretsmanager.Secret"
    if service == "secretsmanager":
        return _Read(value, f"secret:{value.text}", service, named.get(SECRET))
    if not _PARAMETER_NAME.fullmatch(value.text):
        message = f"{value.path} is neither the ARN of a secret nor the name of a parameter."
        return Violation(value, message, fix=f"{pass_it}; store the value itself in that secret.")
    if SECRET in named and PARAMETER not in named:
        message = f"{value.path} is the name of the secret '{named[SECRET].name}': ECS takes it for a parameter's name."
        return Violation(value, message, fix=f"{pass_it}.")
    return _Read(value, f"parameter/{value.text.removeprefix('/')}", service, named.get(PARAMETER))


def _named(value: Value, output: str, text: str) -> list[Resource]:
    """The secrets and parameters of this stack that have a text as their name or ARN."""
    found = structs.replace(value, raw=text).targets(SECRET, PARAMETER)
    return [each for each in found if each.output(output).text == text]


def _secrets(value: Value) -> list[Resource]:
    """The secrets and parameters of this stack that a value is made from; a secret's version stands for the secret."""
    made_from = {
        each
        for dependency in value.dependencies
        for each in (dependency.get("secretId").targets(SECRET) if dependency.type == _SECRET_VERSION else [dependency])
        if each.type in _KIND
    }
    # The engine's order is not the same every time.
    return sorted(made_from, key=lambda secret: secret.urn)


def _of_role(arn: Value, reads: list[_Read]) -> Verdicts:
    """What keeps the role of a task from reading its secrets."""
    roles = arn.targets(ROLE)
    if len(roles) == 1:
        # One a task: its secrets have one role, and mostly one cause.
        yield from islice((verdict for read in reads if (verdict := _judged(read, roles[0]))), 1)
    elif arn.is_unknown and not arn.dependency_urns:
        # Of a role of another stack, which is named or depended on, nobody here can tell what it may do.
        yield Undecided(arn, f"may that role read {reads[0].shown}?")


def _judged(read: _Read, role: Resource) -> Verdict | None:
    """What keeps a role from reading a secret, as far as its policies tell; None when nothing does."""
    rights, called = rights_of(role), f"the role '{role.name}'"
    answer = rights.may(read.action, *read.names, session=Session(read.at.resource.region))
    if answer.is_explicit_denial and isinstance(answer.why, Value):
        message = (
            f"{read.at.path} makes ECS read {read.shown}, which the permissions boundary of {called} does not allow."
        )
        return _lacking(read, read.at, message, f"Allow {read.action} on its ARN in that policy, too.")
    if answer.is_explicit_denial:
        message = f"{read.at.path} makes ECS read {read.shown}, which a policy of {called} denies."
        return _lacking(read, read.at, message, f"Exclude {read.shown} from the statement that denies {read.action}.")
    if answer.verdict == "allowed":
        return _undecryptable(read, role)
    # Whoever builds a document from the secret's ARN does so to let the role read it.
    is_meant = answer.verdict == "unknown" and read.secret in _secrets_of_unknown_policies(role)
    if rights.elsewhere or _has_policy_that_allows(read) or is_meant:
        return None
    if isinstance(answer.why, Value):
        does = "may it let" if answer.why in rights.doubts else "does it let"
        return Undecided(answer.why, f"{does} {called} read {read.shown}?")
    message = f"{read.at.path} makes ECS read {read.shown}, but no policy of {called} allows it."
    return _lacking(read, read.at, message, f"Allow {read.action} on its ARN in a policy of {called}.")


def _undecryptable(read: _Read, role: Resource) -> Verdict | None:
    """What keeps a role that may read a secret from decrypting it; None when nothing does."""
    rights, key = rights_of(role), _key(read)
    if not key or not rights.are_complete or _may_decrypt(read, rights):
        return None
    message = (
        f"{read.at.path} makes ECS read {read.shown}, but neither the policy of its key '{key.name}' nor one of the "
        f"role '{role.name}' allows {_DECRYPT}."
    )
    return _lacking(read, read.at, message, f"Allow {_DECRYPT} on the key's ARN in a policy of the role '{role.name}'.")


def _may_decrypt(read: _Read, rights: Rights) -> bool:
    session = Session(read.at.resource.region, through=read.service)
    return rights.may(_DECRYPT, session=session).verdict == "allowed"


@remembered
def _secrets_of_unknown_policies(role: Resource) -> frozenset[Resource]:
    """The secrets and parameters that the unknown policies of a role are made from."""
    return frozenset(secret for document in rights_of(role).unknown for secret in _secrets(document))


def _has_policy_that_allows(read: _Read) -> bool:
    """Whether a secret has a policy of its own that may let the role read it; parameters have none."""
    if not read.secret or read.secret.type != SECRET:
        return False
    bounds = resource_policy_of(read.secret).bounds
    return bounds is None or any(each.allows and each.covers(read.action) for each in bounds.possible)


def _key(read: _Read) -> Resource | None:
    """The key of this stack that encrypts a secret, where its policy leaves it to IAM who may use it."""
    keys = read.secret.get(KEY_OF[read.secret.type]).targets(KEY) if read.secret else []
    return keys[0] if len(keys) == 1 and _leaves_decryption_to_iam(keys[0]) else None


@remembered
def _leaves_decryption_to_iam(key: Resource) -> bool:
    policy = resource_policy_of(key)
    return (
        policy.bounds is not None
        and policy.doubt is None
        and not problem_of(policy.document)
        and all(leaves_it_to_iam(each) for each in policy.bounds.possible if each.allows and each.covers(_DECRYPT))
    )


def _lacking(read: _Read, at: Value, message: str, fix: str) -> Verdict:
    """The finding about a right that is lacking; undecided where it is not sure that ECS needs it."""
    if not read.is_sure:
        # The application itself may read the secret, as the task's own role.
        return Undecided(read.at, f"does ECS have to read {read.shown} for a container? No policy allows it")
    # A secret of another stack may have a policy of its own that lets the role read it.
    is_sure = at is not read.at or read.secret is not None or read.service == "ssm"
    return Violation(at, message, fix=fix, level=None if is_sure else "advisory")
