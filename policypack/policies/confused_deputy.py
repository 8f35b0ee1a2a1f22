"""Confused deputies: that a service which is let in acts for the account's own resources only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from policypack.config import Config
from policypack.data.wirings import BUCKET, FUNCTION, QUEUE, TOPIC, WIRINGS
from policypack.iam import Statement, open_statements
from policypack.iam.resource_policies import RESOURCE_POLICIES
from policypack.iam.wirings import PERMISSION, Wired, wired_to
from policypack.listing import some
from policypack.model import Resource
from policypack.policies.policy_documents import judged
from policypack.policies.resource_policies import narrows
from policypack.policies.wiring_fixes import source_condition
from policypack.policy import resource_policy
from policypack.verdict import Verdicts, Violation

# Services that say for which resource they act, by aws:SourceArn or aws:SourceAccount, as AWS's samples have it:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html and each service's own documentation. The
# samples for the logs of load balancers have no such condition.
_SENDING_SOURCE: Final = frozenset(
    f"{service}.amazonaws.com"
    for service in ("config", *(row.service for row in WIRINGS if row.source_arn != "*" and not row.uses_accounts))
)
# What narrows for which resources a service calls a function; Alexa has a token in place of an ARN:
# https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
_SOURCES: Final = ("sourceArn", "sourceAccount", "eventSourceToken")
# Which property of a policy names what it is for.
_POLICY_OF: Final = {
    "aws:s3/bucketPolicy:BucketPolicy": ("bucket", BUCKET),
    "aws:sqs/queuePolicy:QueuePolicy": ("queueUrl", QUEUE),
    "aws:sns/topicPolicy:TopicPolicy": ("arn", TOPIC),
    "aws:lambda/resourcePolicy:ResourcePolicy": ("resourceArn", FUNCTION),
    PERMISSION: ("function", FUNCTION),
}


@resource_policy(
    id="confused-deputy",
    title="Services that are let in act for the account's own resources only",
    needs_stack=True,
    types=(*RESOURCE_POLICIES, PERMISSION),
    severity="medium",
    fix="Add a condition on aws:SourceArn or aws:SourceAccount; in an aws.lambda.Permission, set sourceArn.",
    frameworks=("FSBP Lambda.1",),
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
)
def confused_deputy(resource: Resource, config: Config) -> Verdicts:
    """
    A service acts for all of its customers. One that is let in without a condition on the resource or the account for
    which it acts can be made to use the bucket, queue, topic or function by any other AWS account.
    """
    if resource.type == PERMISSION:
        yield from _permission(resource)
        return
    document = resource.get(RESOURCE_POLICIES[resource.type])
    yield from judged(document, partial(_unbound, resource), "for whose resources does it let services in?")


def _unbound(resource: Resource, read: Sequence[Statement]) -> Iterator[Violation]:
    for statement in open_statements(read, lambda each: bool(_deputies(each))):
        deputies = _deputies(statement)
        yield Violation(
            statement.at,
            f"{statement.at.path} gives {statement.shown(deputies, quote='')} access on behalf of every AWS account.",
            fix=_condition(resource, deputies),
            level="advisory",
        )


def _deputies(statement: Statement) -> list[str]:
    """The services that a statement lets in, whoever they act for."""
    if statement.concerns_everybody or any(each.identifies for each in statement.conditions):
        return []
    services = [each for each in statement.principals.get("Service", ()) if each.lower() in _SENDING_SOURCE]
    # In the policy of a topic, a rule meets no condition, and EventBridge makes log streams for no rule in particular:
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html,
    # https://www.pulumi.com/registry/packages/aws/api-docs/cloudwatch/eventtarget/
    if statement.at.resource.type.startswith(("aws:sns/", "aws:cloudwatch/logResourcePolicy:")):
        services = [each for each in services if each != "events.amazonaws.com"]
    return services


def _condition(policy: Resource, services: Iterable[str]) -> str:
    """The condition to add, with what the stack wires to the target as its value."""
    found: dict[str, dict[str, None]] = {}
    for wired in _wired_by(policy, services):
        key, source = source_condition(wired)
        found.setdefault(key, {})[str(source)] = None
    if not found:
        return (
            "Add a condition on aws:SourceArn, with the ARN of the resource that the service acts for, or on "
            "aws:SourceAccount, with your account's id."
        )
    said = (
        f'{{"{"ArnLike" if key == "aws:SourceArn" else "StringEquals"}": {{"{key}": {_listed(sources)}}}}}'
        for key, sources in found.items()
    )
    return f"Add the Condition {some(said)} to the statement."


def _wired_by(policy: Resource, services: Iterable[str]) -> list[Wired]:
    """What the stack makes some services do with the target of a policy."""
    to, type_ = _POLICY_OF.get(policy.type, ("", ""))
    targets = policy.get(to).targets(type_) if to else [policy]
    return [
        each for target in targets for each in wired_to(target) if f"{each.wiring.service}.amazonaws.com" in services
    ]


def _listed(sources: Iterable[str]) -> str:
    texts = [f'"{each}"' for each in sources]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _permission(permission: Resource) -> Verdicts:
    """A service calls a function for a resource, which may be of any account unless the permission says which."""
    principal, account = permission.get("principal"), permission.get("sourceAccount")
    if ".amazon" not in principal.text:
        return
    is_s3 = principal.text == "s3.amazonaws.com"
    if not any(narrows(permission.get(name)) for name in _SOURCES):
        wired = _wired_by(permission, (principal.text,))
        sources = dict.fromkeys(str(source) for key, source in map(source_condition, wired) if key == "aws:SourceArn")
        value = some(f'"{each}"' for each in sources) if sources else "the ARN of the resource that calls the function"
        # A Permission has one source.
        more = " (with a Permission for each)" if len(sources) > 1 else ""
        yield Violation(
            permission.get("sourceArn"),
            f"principal is {principal.shown}, and neither sourceArn nor sourceAccount is set: resources of "
            "every AWS account may call the function through it.",
            fix=f"Set sourceArn to {value}{more}, and sourceAccount to your account's id."
            if is_s3
            else f"Set sourceArn to {value}{more}.",
            level=None if is_s3 else "advisory",
        )
    elif is_s3 and account.is_unset:
        # As FSBP Lambda.1 has it: the ARN of a bucket does not tell its account.
        yield Violation(
            account,
            f"sourceAccount is {account.shown}: if the bucket is deleted, another account can create one of that "
            "name, which may then call the function.",
            fix="Set sourceAccount to the id of the bucket's account, beside sourceArn.",
            level="advisory",
        )
