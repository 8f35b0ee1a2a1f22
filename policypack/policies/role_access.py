"""Role access: that a service may do, with the role that it is given, what the stack makes it do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from policypack.config import Config
from policypack.iam import Answer, Session, Statement, rights_of
from policypack.iam.attachments import ROLE
from policypack.iam.role_wirings import Acting, acting_with, answer_of, ending, key_answers
from policypack.listing import joined, listed, some
from policypack.model import Resource, Value
from policypack.policies.wirings import as_json, shown_arn, unmet
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_MOST_RESOURCES: Final = 5


@dataclass
class _Failing:
    """What resources of one type cannot do with a role, for one reason."""

    actions: tuple[str, ...]
    why: Statement | Value | None
    key: Resource | None
    acting: list[Acting] = field(default_factory=list)


@dataclass
class _Judged:
    """What of all that a role is for is not allowed, and what is not known."""

    failing: dict[tuple[Any, ...], _Failing] = field(default_factory=dict)
    open: dict[tuple[str, str], tuple[Value, list[str]]] = field(default_factory=dict)

    def add(self, acting: Acting, answers: dict[str, Answer], key: Resource | None = None) -> None:
        """Takes down the answers about what one resource does."""
        denied = {action: answer.why for action, answer in answers.items() if answer.verdict == "denied"}
        if denied:
            why = next((each for each in denied.values() if each), None)
            reason = (why.at if isinstance(why, Statement) else why) or None
            place = (reason.resource.urn, reason.path) if reason else ()
            actions = tuple(action for action, each in denied.items() if bool(each) == bool(why))
            found = _Failing(actions, why, key)
            self.failing.setdefault((acting.wiring.type, actions, place, key), found).acting.append(acting)
            return
        for action, answer in answers.items():
            if isinstance(answer.why, Value) and answer.verdict == "unknown":
                place = (answer.why.resource.urn, answer.why.path)
                self.open.setdefault(place, (answer.why, []))[1].append(action)


@resource_policy(
    id="role-access",
    title="Roles allow what the stack makes services do with them",
    needs_stack=True,
    types=(ROLE,),
    severity="high",
    fix="Allow the actions on the target in a policy of the role.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html",
)
def role_access(role: Resource, config: Config) -> Verdicts:
    """
    A service that acts with a role can do what the policies of that role allow. Where one action is missing, AWS
    refuses the update half-way, or functions get no messages, tasks do not start, and logs and events are lost.
    """
    judged = _Judged()
    for acting in acting_with(role):
        answers = {action: answer_of(role, action, acting.target, acting.region) for action in acting.wiring.actions}
        judged.add(acting, answers)
        for action, key, answer in key_answers(role, acting):
            judged.add(acting, {action: answer}, key)
    for failing in judged.failing.values():
        sure = [each for each in failing.acting if not each.doubt]
        first = (sure or failing.acting)[0]
        if first.doubt:
            yield Undecided(first.doubt, f"does {_does(first)}? The role '{role.name}' does not allow that")
        else:
            failing.acting = sure
            yield _violation(role, failing)
    for value, actions in judged.open.values():
        asked = some(dict.fromkeys(actions))
        yield Undecided(value, f"does it let the role '{role.name}' do what it is for ({asked})?")


def _does(acting: Acting) -> str:
    user = acting.user
    uses = f"'{acting.target.name}'" if acting.target else f"what {acting.value.path} needs"
    return f"'{user.name}' ({user.type}) use {uses}"


def _violation(role: Resource, failing: _Failing) -> Violation:
    first = failing.acting[0]
    user, target = first.user, first.target
    others = f" (and so do {listed([each.user for each in failing.acting[1:]])})" if len(failing.acting) > 1 else ""
    does = f"names '{target.name}' in {first.value.path}" if target else f"has {first.value.path}"
    used = f"'{user.name}' ({user.type}) {does} and acts with the role '{role.name}'{others}"
    message = f"{used}, but {_reason(role, failing)}"
    if first.wiring.is_refused:
        message = f"AWS refuses the update: {message}."
    else:
        message = f"{message}: its calls are denied, and the update does not fail."
    return Violation(first.value, message, fix=_fix(role, failing))


def _reason(role: Resource, failing: _Failing) -> str:
    """Why the role does not let the service act, as the end of a sentence."""
    actions, why = ", ".join(failing.actions), failing.why
    on = f" with the key '{failing.key.name}'" if failing.key else ""
    if isinstance(why, Value):
        return f"its permissions boundary ({why.path}) does not allow {actions}{on}"
    if why:
        return f"{why.at.path} of '{why.at.resource.name}' denies {actions}{on}"
    session = Session(failing.acting[0].region)
    nearest = next(
        (each for each in rights_of(role).statements if each.allows and each.covers(failing.actions[0])), None
    )
    said = f"no policy of the role allows {actions}{on}"
    if not nearest:
        return said
    where = f"{nearest.at.path} of '{nearest.at.resource.name}' allows it"
    if closed := next((each for each in nearest.conditions if not session.can_meet(each)), None):
        return f"{said} there: {where} {unmet(closed)}"
    return f"{said} there: {where} on {nearest.shown(nearest.resources)} only"


def _fix(role: Resource, failing: _Failing) -> str:
    first, actions = failing.acting[0], ", ".join(failing.actions)
    if isinstance(failing.why, Value):
        return f"Allow {actions} in the policy that is the permissions boundary, too."
    if failing.why:
        return f"Except this from the statement that denies {actions}."
    after = f" Let '{first.user.name}' depend on it (dependsOn)." if first.wiring.is_refused else ""
    left = len(failing.acting) - _MOST_RESOURCES
    rest = "the other target" if left == 1 else f"the other {left} targets"
    others = f" Name {rest} in Resource, too." if left > 0 else ""
    return (
        f"Add an aws.iam.RolePolicy with role set to '{role.name}' and this in Statement of its policy: "
        f"{as_json(_statements(failing))}.{others}{_managed(failing)}{after}"
    )


def _managed(failing: _Failing) -> str:
    """What of AWS's own could be attached instead."""
    names = () if failing.key else failing.acting[0].wiring.managed
    arns = joined(f"arn:aws:iam::aws:policy/{name}" for name in names)
    return f" Or attach {arns}, which allows it on everything." if arns else ""


def _statements(failing: _Failing) -> Iterator[dict[str, Any]]:
    """The statements to add, one for each kind of resource that the actions are about."""
    by_resource: dict[tuple[str, ...], list[str]] = {}
    for action in failing.actions:
        by_resource.setdefault(_resources(failing, action), []).append(action)
    for resources, actions in by_resource.items():
        yield {
            "Effect": "Allow",
            "Action": actions[0] if len(actions) == 1 else actions,
            "Resource": resources[0] if len(resources) == 1 else list(resources),
        }


def _resources(failing: _Failing, action: str) -> tuple[str, ...]:
    if failing.key:
        return (shown_arn(failing.key),)
    found: dict[str, None] = {}
    for each in failing.acting[:_MOST_RESOURCES]:
        end = ending(action, each.target)
        found["*" if end is None or each.target is None else f"{shown_arn(each.target).removesuffix(':*')}{end}"] = None
    return tuple(found)
