"""Wirings: what lets a service in that its target refuses, as a fix says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from policypack.data.wirings import BUCKET, FUNCTION, LOG_GROUP, QUEUE, TOPIC
from policypack.iam import Condition, Statement
from policypack.iam.places import account_of, partition_of
from policypack.iam.service_calls import Refusal, faults_of
from policypack.iam.stand_ins import ORIGIN_ACCESS_IDENTITY, is_written
from policypack.iam.targets import qualifier_of
from policypack.iam.wirings import (
    PERMISSION,
    Access,
    Wired,
    call_of,
    names_of,
    source_arn_of,
    source_of,
    wired_to,
)
from policypack.listing import joined
from policypack.model import Resource
from policypack.snippet import Code, Declaration, Document, Output, as_json, in_program
from policypack.wildcard import is_like

_MOST_SOURCES: Final = 10
_SOURCES: Final = ("sourceArn", "sourceAccount")
Text = str | Output


class PolicyPlace(NamedTuple):
    """
    Where a type of target has its policy.

    :param kind: what the target is called.
    :param policy: the resource that is its policy.
    :param to: the property of the policy that names the target, and the target's output that it takes.
    """

    kind: str
    policy: str
    to: tuple[str, str] = ("", "")


PLACES: Final[Mapping[str, PolicyPlace]] = {
    BUCKET: PolicyPlace("bucket", "aws.s3.BucketPolicy", ("bucket", "bucket")),
    QUEUE: PolicyPlace("queue", "aws.sqs.QueuePolicy", ("queueUrl", "url")),
    TOPIC: PolicyPlace("topic", "aws.sns.TopicPolicy", ("arn", "arn")),
    LOG_GROUP: PolicyPlace("log group", "aws.cloudwatch.LogResourcePolicy"),
    FUNCTION: PolicyPlace("function", "aws.lambda.Permission"),
}


class Failing(NamedTuple):
    """
    A wiring that does not work.

    :param refusals: why the service may not do what it is wired to do, by action.
    """

    wired: Wired
    refusals: Mapping[str, Refusal]

    @property
    def refusal(self) -> Refusal:
        """Why the first action is not allowed."""
        return next(iter(self.refusals.values()))


def fix_of(failing: Sequence[Failing], target: Resource, access: Access) -> str:
    """What lets a service do what it is wired to do with a target, with the statement as JSON and as a program."""
    if failing[0].refusal.kind == "denied":
        return f"Except {failing[0].wired.who} from the statement that denies."
    shown, left = failing[:_MOST_SOURCES], len(failing) - _MOST_SOURCES
    more = f" Do the same for the other {left}." if left > 0 else ""
    if target.type == FUNCTION:
        said, code = _permission(shown, target, access)
    elif correction := _correction(shown, target):
        said, code = correction
    else:
        said, code = _addition(shown, target, access)
    program = f"\n{in_program(failing[0].wired.user, code)}" if code else ""
    return f"{said}{more}{program}"


def _after(failing: Iterable[Failing]) -> str:
    """Which resources have to come after what the fix adds, as AWS refuses them without it."""
    users = dict.fromkeys(each.wired.user.name for each in failing if each.wired.wiring.is_refused)
    named = joined(f"'{name}'" for name in users)
    return f" Let {named} depend on it (dependsOn)." if users else ""


# A statement or a policy to add


def _addition(failing: Sequence[Failing], target: Resource, access: Access) -> tuple[str, list[Code]]:
    place = PLACES[target.type]
    statements = list(_statements(((each.wired, each.refusals) for each in failing), target))
    if access.document and not access.document.is_unset:
        return f"Add this to Statement of the policy: {_listed(statements)}.", [*statements]
    name, who = f"{target.name}-policy", ""
    inputs: dict[str, Any]
    if target.type == LOG_GROUP:
        inputs, path = {"policyName": name}, "policyDocument"
    else:
        # There is one policy, for whoever is wired to the target, and it replaces what the service or AWS has set.
        wirings = _some_of_each_service(target)
        statements = list(_statements(((each, each.wiring.actions) for each in wirings), target))
        who = " It is for all that the stack wires to it." if len({each.wiring.service for each in wirings}) > 1 else ""
        inputs, path = {place.to[0]: Output(target, place.to[1], "")}, "policy"
    inputs[path] = Document({"Version": "2012-10-17", "Statement": statements})
    said = f"Add an {place.policy} for this {place.kind} with this in Statement of its {path}: {_listed(statements)}."
    return f"{said}{who}{_after(failing)}", [Declaration(place.policy, name, inputs)]


def _some_of_each_service(target: Resource) -> list[Wired]:
    found: dict[str, list[Wired]] = {}
    for wired in wired_to(target):
        found.setdefault(wired.wiring.service, []).append(wired)
    return [wired for each in found.values() for wired in each[:_MOST_SOURCES]]


def _listed(statements: Iterable[Mapping[str, Any]]) -> str:
    """Statements as a document lists them."""
    return ", ".join(map(as_json, statements))


@dataclass
class _Right:
    """What a statement lets somebody do with one resource, and for which sources."""

    principal: dict[str, Text]
    actions: dict[str, None] = field(default_factory=dict)
    sources: dict[str, Text] = field(default_factory=dict)
    accounts: dict[str, None] = field(default_factory=dict)

    def add_source(self, wired: Wired, source: Text) -> None:
        """Adds the source of a wiring, and its account where the source does not tell it."""
        self.sources[str(source)] = source
        if needs_account(wired):
            self.accounts[account_shown(wired.user)] = None


def _statements(wirings: Iterable[tuple[Wired, Iterable[str]]], target: Resource) -> Iterator[dict[str, Any]]:
    """The statements that let services in, one for each service and kind of resource that the actions are about."""
    found: dict[tuple[str, str, Text], _Right] = {}
    for wired, actions in wirings:
        for action in actions:
            key, source = source_condition(wired)
            # EventBridge makes log streams for no rule in particular, as AWS's sample has it:
            # https://www.pulumi.com/registry/packages/aws/api-docs/cloudwatch/eventtarget/
            # And whoever has an identity acts as nobody else.
            if wired.identity or (wired.wiring.service, action) == ("events", "logs:CreateLogStream"):
                key = ""
            principal = _principal(wired)
            right = found.setdefault((as_json(principal), key, _resource(wired, target, action)), _Right(principal))
            right.actions[action] = None
            right.add_source(wired, source)
    for (_, key, resource), right in found.items():
        statement = {
            "Effect": "Allow",
            "Principal": right.principal,
            "Action": one_or_list(right.actions),
            "Resource": resource,
        }
        yield {**statement, "Condition": _condition(key, right)} if key else statement


def _principal(wired: Wired) -> dict[str, Text]:
    if not wired.identity:
        return {"Service": f"{wired.wiring.service}.amazonaws.com"}
    known = wired.identity.text.rpartition("/")[2] if not wired.identity.is_secret else ""
    named = f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {known or 'ID'}"
    found = wired.identity.targets(ORIGIN_ACCESS_IDENTITY)
    return {"AWS": Output(found[0], "iamArn", named) if len(found) == 1 else named}


def _condition(key: str, right: _Right) -> dict[str, Any]:
    sources = {key: one_or_list(right.sources.values())}
    if key == "aws:SourceAccount":
        return {"StringEquals": sources}
    account = {"StringEquals": {"aws:SourceAccount": one_or_list(right.accounts)}} if right.accounts else {}
    return {"ArnLike": sources, **account}


def one_or_list(texts: Iterable[Any]) -> Any:
    """The only one of some texts, or all of them as a list."""
    listed = list(texts)
    return listed[0] if len(listed) == 1 else listed


def _resource(wired: Wired, target: Resource, action: str) -> Output:
    """The ARN of what the service uses."""
    resource = call_of(wired, target, action).resources[0]
    after = f"/{resource.partition('/')[2].replace('*AWSLogs', 'PREFIX/AWSLogs')}" if "/" in resource else ""
    return arn_output(target, ":*" if target.type == LOG_GROUP else after)


def source_condition(wired: Wired) -> tuple[str, Text]:
    """The condition key and value that say for which resource a service acts."""
    wiring, source = wired.wiring, source_of(wired)
    if wiring.source_arn == "*":
        return "aws:SourceAccount", account_shown(wired.user)
    if ":execute-api:" in wiring.source_arn and source:
        return "aws:SourceArn", Output(source, "executionArn", f"executionArn of '{source.name}'", "/*")
    # What AWS refuses without the policy depends on it, so that the policy cannot have its ARN from there.
    is_after = wiring.is_refused and not wiring.source
    if "{}" in wiring.source_arn and source and not is_after:
        return "aws:SourceArn", arn_output(source, ":*" if ":log-group:" in wiring.source_arn else "")
    pattern = wiring.source_arn.format("*") if _is_secret(wired) else source_arn_of(wired)
    _, _, service, region, account, rest = pattern.split(":", 5)
    places = (
        region and (wired.user.region or "REGION"),
        account and account_shown(wired.user),
        rest.replace("**", "*"),
    )
    return "aws:SourceArn", ":".join(("arn", partition_of(wired.user.region), service, *places))


def _is_secret(wired: Wired) -> bool:
    """Whether the name of a source is not to be shown."""
    wiring, user = wired.wiring, wired.user
    if "{}" not in wiring.source_arn:
        return False
    name = user.get(wiring.source) if wiring.source else user.output(wiring.source_name)
    return name.is_secret or bool(wiring.folder and user.get(wiring.folder).is_secret)


def needs_account(wired: Wired) -> bool:
    """Whether the ARN of the source does not tell its account, as that of a bucket."""
    return wired.wiring.service == "s3"


def account_shown(resource: Resource) -> str:
    """The account of a resource, with a word for one that is not known."""
    return account_of(resource) or "ACCOUNT"


def arn_output(resource: Resource, after: str = "") -> Output:
    """The ARN of a resource and what follows it, with words for one that is not known or secret."""
    arn = resource.output("arn")
    shown = arn.text if arn.text and not arn.is_secret else f"ARN of '{resource.name}'"
    return Output(resource, "arn", shown.removesuffix(":*") if after.startswith(":") else shown, after)


# A statement to correct


def _correction(failing: Sequence[Failing], target: Resource) -> tuple[str, list[Code]] | None:
    """
    How to correct the statement that comes nearest, with the new condition; None where another statement is better:
    more than one thing is wrong with it, or it lets others in, who would get the same rights.
    """
    statement, wiring = failing[0].refusal.statement, failing[0].wired.wiring
    if not statement or statement.at.is_secret or not _is_for_service_alone(statement, wiring.service):
        return None
    faults = [
        (each, action, fault)
        for each in failing
        for action in each.refusals
        for fault in faults_of(statement, call_of(each.wired, target, action), action)
    ]
    kinds = {(fault.kind, fault.condition) for _, _, fault in faults}
    if len(kinds) != 1:
        return None
    kind, condition = kinds.pop()
    where = statement.at.path
    if kind == "action" and statement.actions:
        actions = dict.fromkeys(action for _, action, _ in faults)
        said = f"Add {joined(map(as_json, actions))} to Action of {where}."
        return said, [{"Action": [*statement.actions, *actions]}] if is_written(*statement.actions) else []
    if kind == "resource" and statement.resources:
        resources = dict.fromkeys(_resource(each.wired, target, action) for each, action, _ in faults)
        said = f"Add {joined(map(as_json, resources))} to Resource of {where}."
        return said, [{"Resource": [*statement.resources, *resources]}] if is_written(*statement.resources) else []
    if kind != "condition" or not condition:
        return None
    return _corrected_condition([each.wired for each in failing], where, condition)


def _corrected_condition(wirings: Sequence[Wired], where: str, condition: Condition) -> tuple[str, list[Code]]:
    right = _Right(_principal(wirings[0]))
    for wired in wirings:
        key, source = source_condition(wired)
        right.add_source(wired, source)
    new = _condition(key, right)
    if condition.has_literal_wildcard and condition.is_about("aws:SourceArn"):
        return f"Write ArnLike in place of {condition.operator} in Condition of {where}.", []
    if condition.is_about(key) and condition.is_positive:
        added = joined(map(as_json, right.sources.values()))
        said = f"Add {added} to {condition.key} in Condition.{condition.operator} of {where}."
        code: Code = {key: one_or_list((*condition.values, *right.sources.values()))}
        return said, [code] if is_written(*condition.values) else []
    if condition.is_about("aws:SourceAccount"):
        added = joined(dict.fromkeys(f'"{account_shown(wired.user)}"' for wired in wirings))
        return f"Add {added} to {condition.key} in Condition.{condition.operator} of {where}.", []
    said = f"Replace {condition.key} in Condition.{condition.operator} of {where} with {as_json(new)}."
    return said, [{"Condition": new}]


def _is_for_service_alone(statement: Statement, service: str) -> bool:
    return statement.principals.keys() == {"Service"} and all(
        is_like(name, each) for each in statement.principals["Service"] for name in names_of(service)[:1]
    )


# A function's Permissions


def _permission(failing: Sequence[Failing], function: Resource, access: Access) -> tuple[str, list[Code]]:
    """The Permissions that let a service call a function, one for each source; or the one that is to be corrected."""
    wanted: dict[tuple[str, str], Declaration] = {}
    for each in failing:
        inputs = _inputs_of_permission(each, function)
        name = f"{each.wired.user.name}-invokes-{function.name}"
        key = (str(inputs.get("sourceArn", "")), inputs.get("qualifier", ""))
        wanted.setdefault(key, Declaration("aws.lambda.Permission", name, inputs))
    code: list[Code] = [*wanted.values()]
    first = next(iter(wanted.values())).inputs
    if len(wanted) == 1 and (found := _to_correct(failing, function, access)):
        permission, names = found
        said = joined(f'{name} to "{first[name]}"' for name in names if name in first)
        right = Declaration("aws.lambda.Permission", permission.name, first)
        return f"Set {said} in '{permission.name}'.{_after(failing)}", [right]
    each_source = " for each source" if len(wanted) > 1 else ""
    texts = (f'{name} "{value}"' for name, value in first.items() if name not in ("function", *_SOURCES))
    sources = (f"{name} {_alternatives(code, name)}" for name in _SOURCES if name in first)
    said = joined((*texts, *sources))
    return (
        f"Add an aws.lambda.Permission{each_source} with function set to this function, {said}.{_after(failing)}",
        code,
    )


def _alternatives(code: Iterable[Code], name: str) -> str:
    values = dict.fromkeys(f'"{each.inputs[name]}"' for each in code if isinstance(each, Declaration))
    return " or ".join(values)


def _inputs_of_permission(failing: Failing, function: Resource) -> dict[str, Any]:
    wired = failing.wired
    key, source = source_condition(wired)
    qualifier = qualifier_of(wired.value, function)
    inputs: dict[str, Any] = {"function": Output(function, "name", "")}
    if qualifier:
        inputs["qualifier"] = wired.value.shown_as(qualifier)
    inputs["action"] = next(iter(failing.refusals))
    inputs["principal"] = f"{wired.wiring.service}.amazonaws.com"
    inputs["sourceArn" if key == "aws:SourceArn" else "sourceAccount"] = source
    if needs_account(wired):
        inputs["sourceAccount"] = account_shown(wired.user)
    return inputs


def _to_correct(
    failing: Sequence[Failing], function: Resource, access: Access
) -> tuple[Resource, tuple[str, ...]] | None:
    """The only Permission for the service, where it lets nothing in that the stack wires, and what is wrong with it."""
    wiring, refusal = failing[0].wired.wiring, failing[0].refusal
    wired = [each for each in wired_to(function) if each.wiring.service == wiring.service]
    named = [each.statement for each in access.grants.entries if _is_for_service_alone(each.statement, wiring.service)]
    if len(wired) > len(failing) or named != [refusal.statement] or named[0].at.resource.type != PERMISSION:
        return None
    if refusal.kind == "action":
        return named[0].at.resource, ("action",)
    if refusal.kind == "condition" and not (refusal.condition and refusal.condition.is_about("aws:PrincipalOrgID")):
        return named[0].at.resource, _SOURCES
    return None
