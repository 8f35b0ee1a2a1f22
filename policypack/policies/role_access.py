"""Role access: that a service may do, with the role that it is given, what the stack makes it do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from policypack.config import Config
from policypack.iam import Answer, Condition, Session, Statement, rights_of
from policypack.iam.attachments import ROLE
from policypack.iam.role_wirings import Acting, acting_with, answer_of, ending, key_answers
from policypack.iam.stand_ins import is_written
from policypack.listing import joined, listed, some
from policypack.model import Resource, Value
from policypack.policies.wiring_fixes import arn_output, one_or_list
from policypack.policies.wirings import unmet
from policypack.policy import resource_policy
from policypack.snippet import Code, Declaration, Document, Output, as_json, in_program
from policypack.verdict import Undecided, Verdicts, Violation

_ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
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
        if acting.wiring.any_of and not all(answer.verdict == "denied" for answer in answers.values()):
            if any(answer.verdict == "allowed" for answer in answers.values()):
                return
            answers = {action: answer for action, answer in answers.items() if answer.verdict == "unknown"}
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
        message = f"{message}: the update succeeds, and these calls are refused."
    return Violation(first.value, message, fix=_fix(role, failing))


def _reason(role: Resource, failing: _Failing) -> str:
    """Why the role does not let the service act, as the end of a sentence."""
    actions, why = ", ".join(failing.actions), failing.why
    on = f" with the key '{failing.key.name}'" if failing.key else ""
    if isinstance(why, Value):
        return f"its permissions boundary ({why.path}) does not allow {actions}{on}"
    if why:
        return f"{why.at.path} of '{why.at.resource.name}' denies {actions}{on}"
    nearest = _nearest(role, failing)
    said = f"no policy of the role allows {actions}{on}"
    if not nearest:
        return said
    where = f"{nearest.at.path} of '{nearest.at.resource.name}' allows it"
    if closed := _closed(nearest, failing):
        return f"{said} there: {where} {unmet(closed)}"
    return f"{said} there: {where} on {nearest.shown(nearest.resources)} only"


def _nearest(role: Resource, failing: _Failing) -> Statement | None:
    """The first statement that allows the action on something."""
    read = rights_of(role).statements
    return next((each for each in read if each.allows and each.covers(failing.actions[0])), None)


def _closed(statement: Statement, failing: _Failing) -> Condition | None:
    """The condition of a statement that the service does not meet."""
    session = Session(failing.acting[0].region)
    return next((each for each in statement.conditions if not session.can_meet(each)), None)


def _correction(role: Resource, failing: _Failing) -> tuple[str, Code] | None:
    """How to correct a statement of the role's own: one for actions of that service alone, or on the same resources."""
    service = f"{failing.actions[0].partition(':')[0]}:"
    resources = dict.fromkeys(each for action in failing.actions for each in _resources(failing, action))
    if "*" in resources:
        return None
    for each in rights_of(role).statements:
        where = f"{each.at.path} of '{each.at.resource.name}'"
        if not each.allows or each.conditions or each.at.is_secret or not _is_own(each):
            continue
        if not is_written(*each.actions, *each.resources):
            continue
        is_for_service = bool(each.actions) and all(action.lower().startswith(service) for action in each.actions)
        if is_for_service and each.resources and all(map(each.covers, failing.actions)):
            said = f"Add {joined(map(as_json, resources))} to Resource of {where}."
            return said, {"Resource": [*each.resources, *resources]}
        if each.actions and set(each.resources) == set(map(str, resources)):
            added = joined(f'"{action}"' for action in failing.actions)
            return f"Add {added} to Action of {where}.", {"Action": [*each.actions, *failing.actions]}
    return None


def _is_own(statement: Statement) -> bool:
    """Whether a statement is the role's alone, not one of a policy that others may have, too."""
    return statement.at.resource.type == _ROLE_POLICY or statement.at.path.startswith("inlinePolicies[")


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
    if correction := _correction(role, failing):
        said, code = correction
        return f"{said}{others}{after}\n{in_program(role, [code])}"
    statements = list(_statements(failing))
    document = Document({"Version": "2012-10-17", "Statement": statements})
    inputs = {"role": Output(role, "name", ""), "policy": document}
    service = failing.actions[0].partition(":")[0]
    program = in_program(role, [Declaration("aws.iam.RolePolicy", f"{role.name}-{service}", inputs)])
    return (
        f"Add an aws.iam.RolePolicy with role set to '{role.name}' and this in Statement of its policy: "
        f"{', '.join(map(as_json, statements))}.{others}{_managed(failing)}{after}\n{program}"
    )


def _managed(failing: _Failing) -> str:
    """What of AWS's own could be attached instead."""
    names = () if failing.key else failing.acting[0].wiring.managed
    arns = joined(f"arn:aws:iam::aws:policy/{name}" for name in names)
    return f" Or attach {arns}, which allows it on everything." if arns else ""


def _statements(failing: _Failing) -> Iterator[dict[str, Any]]:
    """The statements to add, one for each kind of resource that the actions are about."""
    by_resource: dict[tuple[str | Output, ...], list[str]] = {}
    for action in failing.actions:
        by_resource.setdefault(_resources(failing, action), []).append(action)
    for resources, actions in by_resource.items():
        yield {"Effect": "Allow", "Action": one_or_list(actions), "Resource": one_or_list(resources)}


def _resources(failing: _Failing, action: str) -> tuple[str | Output, ...]:
    if failing.key:
        return (arn_output(failing.key),)
    found: dict[str | Output, None] = {}
    for each in failing.acting[:_MOST_RESOURCES]:
        end = ending(action, each.target)
        found["*" if end is None or each.target is None else arn_output(each.target, end)] = None
    return tuple(found)
