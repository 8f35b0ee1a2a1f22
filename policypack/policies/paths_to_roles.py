"""Paths from the internet to roles that may do too much."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Final, NamedTuple

from policypack.config import Config
from policypack.data.wirings import FUNCTION
from policypack.iam import Condition, Rights, Statement, rights_of
from policypack.iam.attachments import BOUNDARY, MANAGED_ARNS, ROLE
from policypack.iam.completion import UNKNOWN_PART
from policypack.iam.targets import roles_of
from policypack.listing import joined
from policypack.model import Resource, Value
from policypack.network.internet import (
    APP_RUNNER,
    CONFIGURATION,
    INSTANCES,
    NODE_GROUP,
    SCALING_GROUP,
    SERVICES,
    TEMPLATE,
    Way,
    is_on,
    surest,
    way_to,
)
from policypack.policies.identity import ESCALATING, escalating_actions
from policypack.policies.ways_through_gateways import way_to_function, ways_through_gateways
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation
from policypack.wildcard import is_like

_ROLE_ATTACHMENT: Final = "aws:cognito/identityPoolRoleAttachment:IdentityPoolRoleAttachment"
_IDENTITY_POOL: Final = "aws:cognito/identityPool:IdentityPool"
_PROFILE: Final = "aws:iam/instanceProfile:InstanceProfile"
_TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"
# Actions that read what is kept, and the service in the ARNs of what they read:
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
_READING: Final[Mapping[str, str]] = {
    "s3:GetObject": "s3",
    "dynamodb:GetItem": "dynamodb",
    "dynamodb:Query": "dynamodb",
    "dynamodb:Scan": "dynamodb",
    "secretsmanager:GetSecretValue": "secretsmanager",
    "rds-data:ExecuteStatement": "rds",
}
_NAMES: Final = {"s3": "S3", "dynamodb": "DynamoDB", "secretsmanager": "Secrets Manager", "rds": "Aurora"}
# The last part of the ARN of all buckets and their objects, tables, secrets or clusters.
_ALL: Final = re.compile(r"(?:table/?|(?:secret|cluster):?)?\*(?:/\*)?")
# Conditions that say which objects, items or secrets are meant.
_NARROWING: Final = (
    *("*:ResourceTag/*", "*:ExistingObjectTag/*", "aws:ResourceAccount", "aws:ResourceOrg*"),
    *("s3:DataAccessPoint*", "s3:AccessPoint*", "s3:AccessGrants*", "dynamodb:LeadingKeys", "dynamodb:Attributes"),
)


class _Power(NamedTuple):
    """
    What a role may do that is too much for one that the internet reaches.

    :param rank: how bad it is; 0 is the worst.
    :param means: what it is, in a few words.
    :param at: where it is allowed.
    :param step: the same as the end of a path.
    :param fix: what to write there instead.
    """

    rank: int
    means: str
    at: Value
    step: str
    fix: str


@resource_policy(
    id="internet-path-to-role",
    title="No role of a workload that the internet reaches may do everything or read all data",
    needs_stack=True,
    types=(ROLE,),
    severity="critical",
    enforcement="advisory",
    fix="Set Action and Resource of the role's policies to what the workload needs.",
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_permissions_least_privileges.html",
)
def internet_path_to_role(role: Resource, config: Config) -> Verdicts:
    """
    One vulnerability in the code that answers requests from the internet is enough: whoever can run commands or make
    requests there has the role's credentials, and with them the whole account or all of its data.
    """
    rights = rights_of(role)
    power = _power(rights)
    doubt = _doubt_of_boundary(rights) if power else _doubt(rights)
    way = surest(_ways_to(role)) if power or doubt else None
    if not way:
        return
    if doubt:
        yield Undecided(
            doubt, f"does it let '{role.name}', which the internet reaches, do everything or read all data?"
        )
    elif power and way.doubt:
        yield Undecided(way.doubt, f"does the internet reach what has the role '{role.name}', which {power.means}?")
    elif power:
        path = " → ".join(("internet", *way.steps, f"role '{role.name}'", power.step))
        yield Violation(power.at, f"What the internet reaches has a role that {power.means}: {path}.", fix=power.fix)


# What a role may do


def _power(rights: Rights) -> _Power | None:
    """The worst of what is known that a role may do; None where nothing is too much."""
    return min(_powers(rights), key=attrgetter("rank"), default=None)


def _powers(rights: Rights) -> Iterator[_Power]:
    possible = {action for action in (*ESCALATING, *_READING) if not _is_excluded(action, rights)}
    for statement in rights.statements:
        if statement.allows:
            escalating = [action for action in escalating_actions(statement) if action in possible]
            reading = [action for action in _reading_actions(statement) if action in possible]
            if escalating or reading:
                yield _power_of(statement, escalating, reading, rights.holder)


def _is_excluded(action: str, rights: Rights) -> bool:
    """Whether a statement denies an action everywhere, or the permissions boundary allows it nowhere in general."""
    boundary = rights.boundary and _most(rights.boundary)
    denied = any(
        each.denies
        and not each.conditions
        and each.concerns_every_resource
        and not each.has_excepted_resources
        and each.covers(action)
        for each in rights.statements
    )
    return denied or (
        boundary is not None
        and not boundary.unknown
        and not any(
            each.allows and each.concerns_every_resource and each.covers(action) for each in boundary.statements
        )
    )


def _power_of(statement: Statement, escalating: list[str], reading: list[str], holder: Resource) -> _Power:
    actions = [*escalating, *reading]
    named = statement.shown(actions[:1], quote="") + (" and more" if len(actions) > 1 else "")
    is_unlimited = statement.allows_every_action or bool(statement.excepted_actions)
    if escalating and is_unlimited and statement.concerns_every_resource:
        rank, means = 0, "may do everything"
        named = "every action" if statement.allows_every_action else "all but NotAction"
    elif escalating:
        rank, means = 1, "can obtain every other permission"
    else:
        services = joined(dict.fromkeys(_NAMES[_READING[action]] for action in reading))
        rank, means = 2, f"may read all data in {statement.shown((services,), quote='')}"
    at, owner = statement.at, statement.at.resource
    if arn := _arn_of_aws(statement):
        step = f"policy {arn.shown} of AWS (it allows {named} on every resource)"
        return _Power(rank, means, arn, step, f"Replace {arn.shown} with a policy of the actions and resources needed.")
    place = "its own policy" if owner == holder else f"policy '{owner.name}'"
    return _Power(
        rank,
        means,
        at,
        f"{place} ({at.path} allows {named} on every resource)",
        f"Set Resource of {at.path} to the ARNs that the workload needs, and Action to what it does with them.",
    )


def _arn_of_aws(statement: Statement) -> Value | None:
    """The ARN of the AWS managed policy that a statement is in; None for a statement of the program's own."""
    owner, where = statement.at.resource, statement.at.path.partition(".Statement")[0]
    arns = owner.each(MANAGED_ARNS[owner.type]) if owner.type in MANAGED_ARNS else ()
    return next((arn for arn in arns if arn.path == where), None)


def _doubt_of_boundary(rights: Rights) -> Value | None:
    """What keeps the role's permissions boundary from being known."""
    named = rights.holder.get(BOUNDARY)
    if rights.boundary:
        return next(iter(rights.boundary.unknown), None)
    return None if named.is_unset else named


def _doubt(rights: Rights) -> Value | None:
    """The value that keeps what a role may do from being known."""
    most = _most(rights)
    # What a document does not allow whatever its unknown parts are is no question.
    unknown = rights.unknown if _power(most) else most.unknown
    return next(chain(unknown, rights.doubts, rights.elsewhere), None)


def _most(rights: Rights) -> Rights:
    """What a role may do at most, where documents are unknown in part."""
    return rights.bounds[1] if rights.bounds else rights


def _reading_actions(statement: Statement) -> list[str]:
    """The actions of a statement that allows which read all that a service keeps."""
    if any(_narrows(condition) for condition in statement.conditions):
        return []
    arns = [pattern.replace(UNKNOWN_PART, "*").split(":", 5) for pattern in statement.resources]
    services = {arn[2] for arn in arns if len(arn) == 6 and _ALL.fullmatch(arn[5])}
    return [
        action
        for action, service in _READING.items()
        if (statement.concerns_every_resource or service in services) and statement.covers(action)
    ]


def _narrows(condition: Condition) -> bool:
    return any(is_like(pattern, condition.key) for pattern in _NARROWING)


# How the internet reaches what has a role


def _ways_to(role: Resource) -> Iterator[Way | None]:
    """How the internet reaches each workload that has a role, up to the role."""
    yield from map(way_to_function, role.referrers(FUNCTION, "role"))
    yield from map(way_to, role.referrers(APP_RUNNER, "instanceConfiguration"))
    yield from map(way_to, role.referrers(NODE_GROUP, "nodeRoleArn"))
    yield from map(partial(_way_of_guests, role), role.referrers(_ROLE_ATTACHMENT, "roles"))
    for task in role.referrers(_TASK, "taskRoleArn"):
        for type_ in SERVICES:
            yield from _ways_by(task.referrers(type_, "taskDefinition"), f"task definition '{task.name}'")
    for profile in role.referrers(_PROFILE, "role"):
        step = f"instance profile '{profile.name}'"
        for type_ in INSTANCES:
            yield from _ways_by(profile.referrers(type_, "iamInstanceProfile"), step)
        for type_, kind in ((TEMPLATE, "launch template"), (CONFIGURATION, "launch configuration")):
            for template in profile.referrers(type_, "iamInstanceProfile"):
                yield from _ways_by(_started_by(template), f"{kind} '{template.name}'", step)


def _way_of_guests(role: Resource, attachment: Resource) -> Way | None:
    """How everybody gets the role of an identity pool for those who have not signed in."""
    named = attachment.get("roles.unauthenticated")
    if named.is_unset or role not in roles_of(named):
        return None
    for pool in attachment.get("identityPoolId").targets(_IDENTITY_POOL):
        # Both roles may stand in the property, and which is which may be known only after the update.
        doubt = named if len(roles_of(named)) > 1 else True
        way = Way((f"identity pool '{pool.name}' (roles.unauthenticated)",)).through(doubt)
        return way and way.through(is_on(pool.get("allowUnauthenticatedIdentities")))
    return None


def _started_by(template: Resource) -> Iterator[Resource]:
    yield from template.referrers(SCALING_GROUP, "launchTemplate", "mixedInstancesPolicy", "launchConfiguration")
    yield from (instance for type_ in INSTANCES for instance in template.referrers(type_, "launchTemplate"))


def _ways_by(workloads: Iterable[Resource], *steps: str) -> Iterator[Way | None]:
    for workload in workloads:
        way = surest((way_to(workload), *ways_through_gateways(workload)))
        yield way.then(*steps) if way else None
