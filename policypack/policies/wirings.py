"""Wirings: that a service may do what the stack wires it to do, and may assume the roles that it is given."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from policypack.config import Config
from policypack.data.wirings import BUCKET, FUNCTION, LOG_GROUP, QUEUE, TOPIC
from policypack.iam import Condition, problem_of
from policypack.iam.attachments import ROLE
from policypack.iam.service_calls import Call, Refusal
from policypack.iam.targets import qualifier_of
from policypack.iam.wirings import (
    Access,
    Trusted,
    Wired,
    access_of,
    call_of,
    names_of,
    source_of,
    trusted_with,
    wired_to,
)
from policypack.model import Resource, Value
from policypack.policies.buckets import GROUPS, canned_acls, granted_groups
from policypack.policy import resource_policy
from policypack.requirement import any_of
from policypack.verdict import Level, Undecided, Verdicts, Violation

_ASSUME: Final = "sts:AssumeRole"
_INVOKE: Final = "lambda:InvokeFunction"
_POLICY_OF: Final = {
    BUCKET: ("bucket", "aws.s3.BucketPolicy"),
    QUEUE: ("queue", "aws.sqs.QueuePolicy"),
    TOPIC: ("topic", "aws.sns.TopicPolicy"),
    LOG_GROUP: ("log group", "aws.cloudwatch.LogResourcePolicy"),
    FUNCTION: ("function", "aws.lambda.Permission"),
}

_PERMISSION_HAS: Final = {"aws:SourceArn": "sourceArn", "aws:SourceAccount": "sourceAccount"}


class _Failing(NamedTuple):
    """A wiring that does not work: what the service may not do, and why."""

    wired: Wired
    target: Resource
    missing: list[str]
    refusal: Refusal


@resource_policy(
    id="service-access-to-targets",
    title="Services may use the queues, topics, functions and buckets that they are wired to",
    needs_stack=True,
    types=_POLICY_OF,
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
    access, said = access_of(target), set()
    if access.document and problem_of(access.document):
        return  # policy-document-valid reports it
    asked = []
    for wired in wirings:
        service = wired.wiring.service
        if service in said or (access.is_default and wired.wiring.works_by_default):
            continue
        if not (failing := _failing(wired, target, access)):
            continue
        said.add(service)
        if access.doubts:
            asked.append(f"{service}.amazonaws.com")
        elif wired.doubt:
            yield Undecided(wired.doubt, f"does '{wired.user.name}' make {service}.amazonaws.com use '{target.name}'?")
        else:
            yield _violation(failing, access)
    if asked:
        yield Undecided(access.doubts[0], f"does it let {', '.join(asked)} use '{target.name}'?")


def _failing(wired: Wired, target: Resource, access: Access) -> _Failing | None:
    """What keeps a service from what it is wired to do; None where nothing does."""
    if wired.wiring.takes_acl and _lets_in_log_delivery(target) is not False:
        return None
    qualifier = qualifier_of(wired.value, target) if target.type == FUNCTION else None
    qualified = access_of(target, qualifier)
    refusals = {
        action: refusal
        for action in wired.wiring.actions
        if (refusal := qualified.grants.refusal(call_of(wired, target, action), action))
    }
    if not refusals:
        return None
    if qualified is not access and not access.grants.refusal(call_of(wired, target, wired.wiring.actions[0]), _INVOKE):
        return _Failing(wired, target, [_INVOKE], Refusal("qualifier"))
    return _Failing(wired, target, list(refusals), next(iter(refusals.values())))


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


def _violation(failing: _Failing, access: Access) -> Violation:
    wired, target, refusal = failing.wired, failing.target, failing.refusal
    wiring, user = wired.wiring, wired.user
    reason = _reason(failing, access)
    used = f"'{user.name}' ({user.type}) names '{target.name}' in {wired.value.path}, but {reason}"
    lost = _lost(failing)
    message = f"AWS refuses the update: {used}." if wiring.is_refused else f"{used}: {lost}."
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
    return Violation(at, message, fix=_fix(failing, access), level=level)


def _is_added(wired: Wired, target: Resource) -> bool:
    """Whether AWS adds what is missing to the policy when the logs are turned on."""
    return wired.wiring.works_by_default and target.type == BUCKET


def _lost(failing: _Failing) -> str:
    target = failing.target
    if _is_added(failing.wired, target) and failing.refusal.kind != "denied":
        return "AWS adds that when the logs are turned on, and each later change of the policy removes it"
    if failing.wired.wiring.actions == ("s3:GetObject",):
        return "its requests are denied, and the update does not fail"
    if target.type == FUNCTION:
        return "its calls are refused, and the update does not fail"
    return "what it sends is lost, and the update does not fail"


def _reason(failing: _Failing, access: Access) -> str:
    """Why the service is not let in, as the end of a sentence."""
    target = failing.target
    principal = f"{failing.wired.wiring.service}.amazonaws.com"
    missing = ", ".join(failing.missing)
    statement, condition = failing.refusal.statement, failing.refusal.condition
    kind, resource = _POLICY_OF[target.type]
    if failing.refusal.kind == "qualifier":
        called = _called(failing)
        return f"each Permission that lets {principal} in is for another version of the function, not for {called}"
    if not statement:
        if target.type == FUNCTION:
            return f"no Permission lets {principal} invoke the function"
        if target.type == LOG_GROUP:
            return f"no LogResourcePolicy of this stack lets {principal} write to it"
        if access.document and access.document.is_unset:
            return f"the {kind} has no policy that lets {principal} use it ({missing})"
        path = access.document.path if access.document else resource
        return f"{path} does not let {principal} use the {kind} ({missing})"
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


def _called(failing: _Failing) -> str:
    """What a wiring calls of its function."""
    value = failing.wired.value
    qualifier = qualifier_of(value, failing.target)
    qualifier = qualifier and value.shown_as(qualifier)
    return f"its alias or version '{qualifier}'" if qualifier else "the function itself"


def unmet(condition: Condition) -> str:
    """That a statement asks for what a service does not meet, as a part of a sentence."""
    said = f"only where {condition.shown_key} is {condition.shown_values}"
    if condition.is_exact and condition.has_literal_wildcard:
        return f"{said}, and {condition.shown_operator} takes * literally"
    return f"{said}, which does not hold for it"


def _fix(failing: _Failing, access: Access) -> str:
    wired, target, refusal = failing.wired, failing.target, failing.refusal
    wiring = wired.wiring
    principal = f"{wiring.service}.amazonaws.com"
    kind, resource = _POLICY_OF[target.type]
    after = f" Let '{wired.user.name}' depend on it (dependsOn)." if wiring.is_refused else ""
    if refusal.kind == "denied":
        return f"Except {principal} from the statement that denies."
    if target.type == FUNCTION:
        key, source = source_condition(wired)
        qualifier = qualifier_of(wired.value, target)
        version = wired.value.shown_as(f', qualifier "{qualifier}"', "") if qualifier else ""
        return (
            f'Add an {resource} with function set to this function{version}, action "{failing.missing[0]}", principal '
            f'"{principal}" and {_PERMISSION_HAS[key]} "{source}".{after}'
        )
    if access.document and not access.document.is_unset:
        return f"Add this to Statement of the policy: {as_json(_statements(wired, target, failing.missing))}."
    if target.type == LOG_GROUP:
        read = as_json(_statements(wired, target, failing.missing))
        return f"Add an {resource} with this in Statement of its policyDocument: {read}.{after}"
    # There is one policy, for whoever is wired to the target, and it replaces what the service or AWS has set.
    wirings = {each.wiring.service: each for each in wired_to(target)}
    everybody = (each for one in wirings.values() for each in _statements(one, target, one.wiring.actions))
    who = " It is for all that the stack wires to it." if len(wirings) > 1 else ""
    return f"Add an {resource} for this {kind} with this in Statement of its policy: {as_json(everybody)}.{who}{after}"


def _statements(wired: Wired, target: Resource, actions: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The statements that let a service in, one for each kind of resource that the actions are about."""
    by_resource: dict[tuple[str, bool], list[str]] = {}
    for action in actions:
        # EventBridge makes log streams for no rule in particular, as AWS's sample has it:
        # https://www.pulumi.com/registry/packages/aws/api-docs/cloudwatch/eventtarget/
        has_source = (wired.wiring.service, action) != ("events", "logs:CreateLogStream")
        by_resource.setdefault((_shown_resource(wired, target, action), has_source), []).append(action)
    key, source = source_condition(wired)
    for (resource, has_source), found in by_resource.items():
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": f"{wired.wiring.service}.amazonaws.com"},
            "Action": found[0] if len(found) == 1 else found,
            "Resource": resource,
        }
        condition = {"ArnLike" if key == "aws:SourceArn" else "StringEquals": {key: source}}
        yield {**statement, "Condition": condition} if has_source else statement


def as_json(read: Iterable[dict[str, Any]]) -> str:
    """Statements as a document lists them."""
    return ", ".join(map(json.dumps, read))


def _shown_resource(wired: Wired, target: Resource, action: str) -> str:
    """The ARN of what the service uses, with words for what is not known or secret."""
    resource, arn = call_of(wired, target, action).resource, shown_arn(target)
    if target.type == LOG_GROUP:
        return f"{arn}:*"
    return f"{arn}/{resource.partition('/')[2].replace('*AWSLogs', 'PREFIX/AWSLogs')}" if "/" in resource else arn


def source_condition(wired: Wired) -> tuple[str, str]:
    """The condition key and value that say for which resource, with words for what is not known or secret."""
    wiring, source = wired.wiring, source_of(wired)
    if wiring.source_arn == "*":
        return "aws:SourceAccount", "ACCOUNT"
    if ":execute-api:" in wiring.source_arn and source:
        return "aws:SourceArn", f"executionArn of '{source.name}'/*"
    # What AWS refuses without the policy depends on it, so that the policy cannot have its ARN from there.
    is_after = wiring.is_refused and not wiring.source
    if "{}" in wiring.source_arn and source and not is_after:
        return "aws:SourceArn", shown_arn(source) + (":*" if ":log-group:" in wiring.source_arn else "")
    _, _, service, region, account, rest = wiring.source_arn.split(":", 5)
    places = (region.replace("*", "REGION"), account.replace("*", "ACCOUNT"), rest.replace("*{}", "{}").format("*"))
    return "aws:SourceArn", ":".join(("arn", "aws", service, *places))


def shown_arn(resource: Resource) -> str:
    """The ARN of a resource as a fix may show it, with words for one that is not known or secret."""
    arn = resource.output("arn")
    return arn.text if arn.text and not arn.is_secret else f"ARN of '{resource.name}'"


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
    failing: dict[str, tuple[Trusted, Refusal]] = {}
    for each in given:
        service = each.trust.service
        if service not in failing and (refusal := access.grants.refusal(_assuming(role, service), _ASSUME)):
            failing[service] = (each, refusal)
    if failing and access.doubts:
        names = ", ".join(f"{service}.amazonaws.com" for service in failing)
        yield Undecided(document, f"does it let {names} assume the role?")
        return
    for each, refusal in failing.values():
        yield _untrusted(role, document, each, refusal)


def _assuming(role: Resource, service: str) -> Call:
    arn = role.output("arn").text.split(":", 5)
    return Call(names_of(service), "*", account=arn[4] if len(arn) == 6 else "")


def _untrusted(role: Resource, document: Value, given: Trusted, refusal: Refusal) -> Violation:
    principal, user = f"{given.trust.service}.amazonaws.com", given.value.resource
    named = f"'{user.name}' ({user.type}) has this role as {given.value.path}"
    statement, condition = refusal.statement, refusal.condition
    if refusal.kind == "denied" and statement:
        why = f"{statement.at.path} denies it to {principal}"
    elif refusal.kind == "condition" and statement and condition:
        why = f"{statement.at.path} lets {principal} assume it {unmet(condition)}"
    elif refusal.kind == "action" and statement:
        why = f"{statement.at.path} lets {principal} do {statement.shown(statement.actions)}, not {_ASSUME}"
    else:
        others = dict.fromkeys(
            entry.statement.shown((name,), quote="")
            for entry in access_of(role).grants.entries
            if entry.statement.allows
            for name in entry.statement.principals.get("Service", ())
        )
        instead = f"; it lets {', '.join(others)} assume it" if others else ""
        why = f"{document.path} does not let {principal} assume it{instead}"
    added = json.dumps({"Effect": "Allow", "Principal": {"Service": principal}, "Action": _ASSUME})
    fix = f"Except {principal} from the statement that denies." if refusal.kind == "denied" else f"Add {added}."
    return Violation(document, f"{named}, but {why}.", fix=fix)
