"""Wirings: that a service may do what the stack wires it to do, and may assume the roles that it is given."""

from __future__ import annotations

from typing import Final

from policypack.config import Config
from policypack.data.wirings import BUCKET, FUNCTION, LOG_GROUP
from policypack.iam import Condition, problem_of
from policypack.iam.attachments import ROLE
from policypack.iam.service_calls import Call, Grants, Refusal
from policypack.iam.targets import qualifier_of
from policypack.iam.wirings import (
    Access,
    Trusted,
    Wired,
    access_of,
    call_of,
    names_of,
    trusted_with,
    wired_to,
)
from policypack.listing import joined, listed
from policypack.model import Resource, Value, remembered
from policypack.policies.buckets import GROUPS, canned_acls, granted_groups
from policypack.policies.wiring_fixes import PLACES, Failing, fix_of, one_or_list
from policypack.policy import resource_policy
from policypack.requirement import any_of
from policypack.snippet import as_json, in_program
from policypack.verdict import Level, Undecided, Verdicts, Violation

_INVOKE: Final = "lambda:InvokeFunction"


@resource_policy(
    id="service-access-to-targets",
    title="Services may use the queues, topics, functions and buckets that they are wired to",
    needs_stack=True,
    types=PLACES,
    severity="high",
    fix="Let the service in: by the policy of the bucket, queue or topic, or by an aws.lambda.Permission.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
)
def service_access_to_targets(target: Resource, config: Config) -> Verdicts:
    """
    A notification, rule, alarm, subscription or log delivery reaches its target only if the target lets the service in.
    Where AWS checks that at once, the update fails half-way. Where it does not, events, alarms and logs are lost, and
    nobody is told.
    """
    wirings = wired_to(target)
    if not wirings:
        return
    access = access_of(target)
    if access.document and problem_of(access.document):
        return  # policy-document-valid reports it
    failing: dict[str, list[Failing]] = {}
    for wired in wirings:
        if access.is_default and wired.wiring.works_by_default:
            continue
        if refusals := _refusals(wired, target, access):
            failing.setdefault(wired.who, []).append(Failing(wired, refusals))
    asked = []
    for who, found in failing.items():
        surely_failing = [each for each in found if not each.wired.doubt]
        wired = found[0].wired
        if access.doubts:
            sure = list(filter(None, (_surely(each, target, access) for each in surely_failing)))
            if len(sure) < len(found):
                asked.append(who)
        else:
            sure = surely_failing
        if sure:
            yield _violation(sure, target, access)
        elif wired.doubt and not access.doubts:
            yield Undecided(wired.doubt, f"does '{wired.user.name}' make {wired.who} use '{target.name}'?")
    if asked:
        yield Undecided(access.doubts[0], f"does it let {', '.join(asked)} use '{target.name}'?")


def _surely(failing: Failing, target: Resource, access: Access) -> Failing | None:
    """What keeps a service from it whatever the unknown parts of the policy turn out to be; None where nothing does."""
    if not access.most or target.type == FUNCTION:
        return None
    refusals = _refused(failing.wired, target, access.most)
    return Failing(failing.wired, refusals) if refusals else None


def _refused(wired: Wired, target: Resource, grants: Grants) -> dict[str, Refusal]:
    return {
        action: refusal
        for action in wired.wiring.actions
        if (refusal := grants.refusal(call_of(wired, target, action), action))
    }


def _refusals(wired: Wired, target: Resource, access: Access) -> dict[str, Refusal]:
    """What keeps a service from what it is wired to do, by action; empty where nothing does."""
    if wired.wiring.takes_acl and _lets_in_log_delivery(target) is not False:
        return {}
    qualifier = qualifier_of(wired.value, target) if target.type == FUNCTION else None
    qualified = access_of(target, qualifier)
    refusals = _refused(wired, target, qualified.grants)
    if refusals and qualified is not access and not access.grants.refusal(call_of(wired, target, _INVOKE), _INVOKE):
        return {_INVOKE: Refusal("qualifier")}
    return refusals


@remembered
def _lets_in_log_delivery(bucket: Resource) -> bool | None:
    """Whether an ACL of the bucket lets S3 deliver access logs."""
    return any_of(
        (
            *(None if acl.is_unknown else acl.text == "log-delivery-write" for acl in canned_acls(bucket)),
            *(
                None if group.is_unknown else group.text == f"{GROUPS}s3/LogDelivery"
                for group in granted_groups(bucket)
            ),
        )
    )


def _violation(failing: list[Failing], target: Resource, access: Access) -> Violation:
    wired, refusal = failing[0].wired, failing[0].refusal
    user = wired.user
    others = f" (and so {_do(failing[1:])})" if len(failing) > 1 else ""
    named = f"'{user.name}' ({user.type}) names '{target.name}' in {wired.value.path}{others}"
    message = f"{named}, but {_reason(failing[0], target, access)}"
    is_refused = any(each.wired.wiring.is_refused for each in failing)
    message = f"AWS refuses the update: {message}." if is_refused else f"{message}: {_lost(failing[0], target)}."
    at: Value | Resource = target
    if target.type == FUNCTION:
        at = refusal.statement.at.resource if refusal.statement else target
    elif refusal.statement and not access.document:
        at = refusal.statement.at
    elif access.document:
        at = access.document
    # The policy of log groups is the account's, and may stand in another stack. That of a bucket works until it is set
    # for the next time.
    may_work = target.type == LOG_GROUP or _is_added(wired, target)
    level: Level | None = "advisory" if may_work and refusal.kind != "denied" else None
    return Violation(at, message, fix=fix_of(failing, target, access), level=level)


def _do(failing: list[Failing]) -> str:
    return f"{'does' if len(failing) == 1 else 'do'} {listed([each.wired.user for each in failing])}"


def _is_added(wired: Wired, target: Resource) -> bool:
    """Whether AWS adds what is missing to the policy when the logs are turned on."""
    return wired.wiring.works_by_default and target.type == BUCKET


def _lost(failing: Failing, target: Resource) -> str:
    if _is_added(failing.wired, target) and failing.refusal.kind != "denied":
        return "AWS adds that when the logs are turned on, and each later change of the policy removes it"
    if failing.wired.wiring.actions == ("s3:GetObject",):
        return "the update succeeds, and its requests are denied"
    if target.type == FUNCTION:
        return "the update succeeds, and its calls are refused"
    return "the update succeeds, and what it sends is lost"


def _reason(failing: Failing, target: Resource, access: Access) -> str:
    """Why the service is not let in, as the end of a sentence."""
    principal = failing.wired.who
    missing = ", ".join(failing.refusals)
    statement, condition = failing.refusal.statement, failing.refusal.condition
    place = PLACES[target.type]
    if failing.refusal.kind == "qualifier":
        called = _called(failing.wired, target)
        return f"each Permission that lets {principal} in is for another version of the function, not for {called}"
    if not statement:
        if target.type == FUNCTION:
            return f"no Permission lets {principal} invoke the function"
        if target.type == LOG_GROUP:
            return f"no LogResourcePolicy of this stack lets {principal} write to it"
        if access.document and access.document.is_unset:
            return f"the {place.kind} has no policy that lets {principal} use it ({missing})"
        path = access.document.path if access.document else place.policy
        return f"{path} does not let {principal} use the {place.kind} ({missing})"
    where = f"'{statement.at.resource.name}'" if target.type == FUNCTION else statement.at.path
    match failing.refusal.kind:
        case "denied":
            return f"{where} denies {principal} {missing}"
        case "resource":
            return (
                f"{where} lets {principal} use {statement.shown(statement.resources, ' and ')} only, which does not "
                f"cover what it does there ({missing})"
            )
        case "condition" if condition:
            return f"{where} lets {principal} in {unmet(condition)}"
        case "condition":
            return f"{where} lets {principal} in for another source"
        case _:
            return f"{where} lets {principal} do {statement.shown(statement.actions, ' and ')}, not {missing}"


def _called(wired: Wired, function: Resource) -> str:
    """What a wiring calls of its function."""
    qualifier = qualifier_of(wired.value, function)
    qualifier = qualifier and wired.value.shown_as(qualifier)
    return f"its alias or version '{qualifier}'" if qualifier else "the function itself"


def unmet(condition: Condition) -> str:
    """That a statement asks for what a service does not meet, as a part of a sentence."""
    said = f"only where {condition.shown_key} is {condition.shown_values}"
    if condition.is_exact and condition.has_literal_wildcard:
        return f"{said}, and {condition.shown_operator} takes * literally"
    return f"{said}, which does not hold for it"


@resource_policy(
    id="role-trust",
    title="Services may assume the roles that they are given",
    needs_stack=True,
    types=(ROLE,),
    severity="high",
    fix="Name the service as Principal in assumeRolePolicy.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html",
)
def role_trust(role: Resource, config: Config) -> Verdicts:
    """
    A service that may not assume the role that it is given does nothing with it: AWS refuses the update, or tasks do
    not start, jobs fail and logs stay away.
    """
    document = role.get("assumeRolePolicy")
    if not (given := trusted_with(role)) or problem_of(document):
        return
    access = access_of(role)
    asked: dict[str, None] = {}
    found: set[str] = set()
    for each in given:
        service = each.trust.service
        if service in found or not _untrusting(role, each, access.grants):
            continue
        if access.most and (refusal := _untrusting(role, each, access.most)):
            found.add(service)
            yield _untrusted(document, each, refusal, access.most)
        else:
            asked[f"{service}.amazonaws.com"] = None
    if asked:
        yield Undecided(access.doubts[0], f"does it let {', '.join(asked)} assume the role?")


def _untrusting(role: Resource, given: Trusted, grants: Grants) -> Refusal | None:
    """Why a service may not assume the role that it is given; None where it may."""
    refusals = (grants.refusal(_assuming(role, given.trust.service), action) for action in given.trust.actions)
    return next(filter(None, refusals), None)


def _assuming(role: Resource, service: str) -> Call:
    arn = role.output("arn").text.split(":", 5)
    return Call(names_of(service), ("*",), account=arn[4] if len(arn) == 6 else "")


def _untrusted(document: Value, given: Trusted, refusal: Refusal, let_in: Grants) -> Violation:
    principal, user = f"{given.trust.service}.amazonaws.com", given.value.resource
    named = f"'{user.name}' ({user.type}) has this role as {given.value.path}"
    statement, condition = refusal.statement, refusal.condition
    if refusal.kind == "denied" and statement:
        why = f"{statement.at.path} denies it to {principal}"
    elif refusal.kind == "condition" and statement and condition:
        why = f"{statement.at.path} lets {principal} assume it {unmet(condition)}"
    elif refusal.kind == "action" and statement:
        missing = joined(action for action in given.trust.actions if not statement.covers(action))
        why = f"{statement.at.path} lets {principal} do {statement.shown(statement.actions)}, not {missing}"
    else:
        others = dict.fromkeys(
            entry.statement.shown((name,), quote="")
            for entry in let_in.entries
            if entry.statement.allows
            for name in entry.statement.principals.get("Service", ())
        )
        instead = f"; it lets {', '.join(others)} assume it" if others else ""
        why = f"{document.path} does not let {principal} assume it{instead}"
    added = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": one_or_list(given.trust.actions)}
    if refusal.kind == "denied":
        fix = f"Except {principal} from the statement that denies."
    else:
        fix = f"Add this to Statement of {document.path}: {as_json(added)}.\n{in_program(document.resource, [added])}"
    return Violation(document, f"{named}, but {why}.", fix=fix)
