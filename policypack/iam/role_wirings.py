"""Which resources of the stack make services act with which role, and what of that the role may do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from policypack.data.role_wirings import KEY_ACTIONS, KEY_OF, NOTHING, ROLE_WIRINGS, RoleWiring
from policypack.data.service_keys import ENCRYPTION_DEFAULTS
from policypack.data.wirings import BUCKET, FUNCTION, LOG_GROUP
from policypack.iam.attachments import ROLE
from policypack.iam.key_users import keys_of
from policypack.iam.rights import Answer, may, rights_of
from policypack.iam.service_calls import Call
from policypack.iam.sessions import Session
from policypack.iam.stand_ins import arns_of, named_by
from policypack.iam.targets import roles_of, targets_of
from policypack.iam.wirings import access_of, names_of
from policypack.model import Resource, Stack, Value, remembered

_INSTANCE_PROFILE: Final = "aws:iam/instanceProfile:InstanceProfile"
# Properties that name something else, whose role it is: the type of that. Both types name it in `role`.
_NAMING_OTHERS: Final = {
    "functionName": FUNCTION,
    "functionArn": FUNCTION,
    "instanceRole": _INSTANCE_PROFILE,
    "instanceProfile": _INSTANCE_PROFILE,
}
_ON_OBJECTS: Final = (
    *("s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersionForReplication", "s3:PutObject", "s3:ReplicateObject"),
)
_ON_STREAMS: Final = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
_ANY_RESOURCE: Final = ("ecr:GetAuthorizationToken",)
_ANY_LOGS: Final = ("logs:DescribeLogGroups", "logs:DescribeLogStreams")
# The longest document of which every text is looked at: that of a state machine, in characters.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
_LONGEST: Final = 1_048_576


class Acting(NamedTuple):
    """
    A resource that makes a service act with a role.

    :param value: where it names the target, or what makes the service act.
    :param target: None where the actions are about no resource of the stack.
    :param doubt: the unknown value that decides whether the service acts so; None where it surely does.
    """

    wiring: RoleWiring
    value: Value
    target: Resource | None
    doubt: Value | None = None

    @property
    def user(self) -> Resource:
        """The resource that makes the service act."""
        return self.value.resource

    @property
    def region(self) -> str:
        """The region in which the service acts: the target's; empty where it is not known."""
        return self.target.region if self.target else self.user.region


def acting_with(role: Resource) -> list[Acting]:
    """What the resources of the stack make services do with a role."""
    return _acting(role.stack).get(role.urn, [])


@remembered
def _acting(stack: Stack) -> dict[str, list[Acting]]:
    found: dict[str, list[Acting]] = {}
    for wiring in ROLE_WIRINGS:
        for user in stack.of_type(wiring.type):
            doubt = next((each for each in map(user.get, wiring.only_if) if each.is_unknown), None)
            for role, value in _named(wiring, user) if _is_one(wiring, user) else ():
                roles = _roles(role)
                for target in _targets(wiring, value) if len(roles) == 1 else ():
                    is_told = not (wiring.document and value.is_unknown) or named_by(value)
                    in_document = None if is_told else value
                    acting = Acting(wiring, value, target, doubt or in_document)
                    found.setdefault(roles[0].urn, []).append(acting)
    return {urn: _distinct(each) for urn, each in found.items()}


def _distinct(acting: Iterable[Acting]) -> list[Acting]:
    """Each target and use of a resource once: unknown values of one property depend on the same."""
    return list({(id(each.wiring), each.user.urn, each.target): each for each in acting}.values())


def _is_one(wiring: RoleWiring, user: Resource) -> bool:
    """Whether what is known of a resource makes the service act."""
    if any(not value.is_unset for path in wiring.unless_set for value in user.each(path)):
        return False
    values = ((user.get(path), texts) for path, texts in wiring.only_if.items())
    return all(value.is_unknown or ("" if value.is_unset else value.text) in texts for value, texts in values)


def _named(wiring: RoleWiring, user: Resource) -> Iterator[tuple[Value, Value]]:
    """The values that name the role, each with those that name a target beside it."""
    if wiring.holder:
        holders = user.stack.of_type(wiring.holder)
        if len(holders) == 1:
            values = (value for path in wiring.paths for value in user.each(path) if not value.is_unset)
            yield from ((holders[0].get(wiring.role), value) for value in values)
        return
    if wiring.document:
        yield from _named_in_document(wiring, user)
        return
    block, mark, _ = wiring.role.rpartition("[].")
    start = f"{block}{mark}"
    for one in user.each(f"{block}[]") if mark else (Value(user, "", user.declared),):
        role = one.get(wiring.role.removeprefix(start))
        for path in wiring.paths:
            yield from ((role, value) for value in one.each(path.removeprefix(start)) if not value.is_unset)


def _named_in_document(wiring: RoleWiring, user: Resource) -> Iterator[tuple[Value, Value]]:
    """
    The same for a document, which may name the role itself. Where a part of it is unknown and nothing tells what it
    names, the document stands for it: it may name all that it is made from.
    """
    document = user.get(wiring.document)
    read = document.json(decapitalize=True)
    inside = wiring.role.removeprefix(f"{wiring.document}.")
    role = user.get(wiring.role) if inside == wiring.role or document.is_unknown else read.get(inside)
    if len(document.text) > _LONGEST:
        return
    values = [read] if read.is_unknown else list(_named_in(wiring, read))
    told = [each for each in values if not each.is_unknown or named_by(each)]
    if len(told) < len(values):
        yield role, document
    yield from ((role, each) for each in told)


def _named_in(wiring: RoleWiring, read: Value) -> Iterator[Value]:
    """The values in a document that name a target."""
    if not wiring.paths:
        everything = _everything(read)
        yield from (
            each
            for each in everything
            if each.text.startswith(("arn:", "https:")) or (each.is_unknown and not _is_name(each))
        )
    for path in wiring.paths:
        if path.startswith("**."):
            name = path.removeprefix("**.")
            yield from (each.get(name) for each in _everything(read) if isinstance(each.raw, dict))
        else:
            elements = [read] if isinstance(read.raw, dict) else [element for _, element in read.entries()]
            yield from (value for element in elements for value in element.each(path))


def _is_name(value: Value) -> bool:
    """Whether an unknown value is told to be an output that is neither an ARN nor a URL."""
    return named_by(value) is not None and named_by(value, "arn", "url") is None


def _everything(document: Value) -> Iterator[Value]:
    """Every value in a JSON document, at any depth."""
    left = [document]
    while left:
        each = left.pop()
        yield each
        left.extend(value for _, value in each.entries())


def _roles(value: Value) -> list[Resource]:
    """The roles that a value names, or that the function or instance profile has which it names."""
    type_ = _NAMING_OTHERS.get(value.path.rpartition(".")[2])
    if not type_:
        return roles_of(value)
    others = targets_of(value, FUNCTION) if type_ == FUNCTION else value.targets(type_)
    return list(dict.fromkeys(role for each in others for role in each.get("role").targets(ROLE)))


def _targets(wiring: RoleWiring, value: Value) -> list[Resource | None]:
    if wiring.target == NOTHING:
        return [None]
    return [each for each in targets_of(value, wiring.target) if not (wiring.or_as and _lets_service_in(wiring, each))]


def _lets_service_in(wiring: RoleWiring, target: Resource) -> bool:
    """Whether a target lets in the service that acts in its own name where the role may not."""
    grants, names = access_of(target).grants, names_of(wiring.or_as)
    calls = ((Call(names, _named_with(target, ending(action, target) or "")), action) for action in wiring.actions)
    return not any(grants.refusal(*call) for call in calls)


def _named_with(target: Resource, end: str) -> tuple[str, ...]:
    """The ARNs by which policies may name what an action is about."""
    return tuple(f"{arn}{end}" for arn in arns_of(target))


def ending(action: str, target: Resource | None) -> str | None:
    """
    What follows the ARN of a target in that of the resource that an action is about; None where it is about any.

    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    """
    if target is None or action in _ANY_RESOURCE or action in _ANY_LOGS or action.startswith("ec2:"):
        return None
    if action in _ON_OBJECTS and target.type == BUCKET:
        return "/*"
    if action in _ON_STREAMS:
        return "/stream/*"
    return ":*" if target.type == LOG_GROUP else ""


@remembered
def answer_of(role: Resource, action: str, target: Resource | None, region: str) -> Answer:
    """
    Whether a role lets a service do something with a target.

    :param region: the region in which the service acts; empty where it is not known.
    """
    end, session = ending(action, target), Session(region)
    if target is None or end is None:
        # Nothing but a statement about everything is about what has no resource.
        return rights_of(role).may(action, *(("*",) if action in _ANY_RESOURCE else ()), session=session)
    # A function may be called by its own ARN or by that of a version, and a log group is named in both ways.
    is_named_twice = target.type == FUNCTION or action == "logs:CreateLogStream"
    names = [name for each in (("", ":*") if is_named_twice else (end,)) for name in _named_with(target, each)]
    return may(role, action, target, *names, session=session)


def key_of(target: Resource) -> Resource | None:
    """The customer managed key of this stack by which a target is encrypted, where there is one."""
    if target.type == BUCKET:
        defaults = [
            (each, path)
            for type_, path in ENCRYPTION_DEFAULTS.items()
            for each in ([target] if type_ == BUCKET else target.referrers(type_, "bucket"))
        ]
        values = [value.get("kmsMasterKeyId") for each, path in defaults for value in each.each(path)]
    else:
        values = [target.get(KEY_OF[target.type])] if target.type in KEY_OF else []
    keys = list(dict.fromkeys(key for value in values for key in keys_of(value)))
    return keys[0] if len(keys) == 1 else None


def key_answers(role: Resource, acting: Acting) -> Iterator[tuple[str, Resource, Answer]]:
    """What an action needs of the key of its target, the key, and whether the role and the key's policy allow it."""
    key = key_of(acting.target) if acting.target else None
    for action in acting.wiring.actions if key else ():
        for needed in KEY_ACTIONS.get(action, ()):
            if key:
                yield needed, key, _key_answer(role, needed, key, action.partition(":")[0], acting.region)


@remembered
def _key_answer(role: Resource, action: str, key: Resource, through: str, region: str) -> Answer:
    return may(role, action, key, *arns_of(key), session=Session(region, through))
