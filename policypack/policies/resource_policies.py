"""Resource-based policies: who may use queues, topics, buckets, secrets, functions and the like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from policypack.config import Config
from policypack.iam import Statement, means_everybody, open_statements
from policypack.iam.resource_policies import GUARDED_POLICIES, RESOURCE_POLICIES
from policypack.model import Resource, Value
from policypack.policies.policy_documents import judged
from policypack.policy import resource_policy
from policypack.requirement import Predicate, any_of, never
from policypack.verdict import Undecided, Verdicts, Violation

_FUNCTION: Final = "aws:lambda/function:Function"
_URL: Final = "aws:lambda/functionUrl:FunctionUrl"
_PERMISSION: Final = "aws:lambda/permission:Permission"
# Statements that are written as properties, and which of these narrow whom "*" means.
_PERMISSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    _PERMISSION: ("principalOrgId", "sourceAccount", "sourceArn"),
    "aws:lambda/layerVersionPermission:LayerVersionPermission": ("organizationId",),
    "aws:cloudwatch/eventPermission:EventPermission": ("condition",),
}


@resource_policy(
    id="resource-policy-scope",
    title="Queues, topics, buckets, secrets and functions name the principals that may use them",
    types=(*RESOURCE_POLICIES, *GUARDED_POLICIES, *_PERMISSIONS, _URL),
    severity="critical",
    fix="Set Principal to the accounts, roles or services that need access, or add a condition on aws:PrincipalOrgID "
    "or aws:SourceArn.",
    frameworks={
        "aws:lambda/permission:Permission": ("FSBP Lambda.1",),
        "aws:sns/topic:Topic": ("FSBP SNS.4",),
        "aws:sns/topicPolicy:TopicPolicy": ("FSBP SNS.4",),
        "aws:sqs/queue:Queue": ("FSBP SQS.3",),
        "aws:sqs/queuePolicy:QueuePolicy": ("FSBP SQS.3",),
    },
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
)
def resource_policy_scope(resource: Resource, config: Config) -> Verdicts:
    """
    Anyone with an AWS account, and in some cases without one, can read the data, change it, or run a function at your
    cost.
    """
    if resource.type in _PERMISSIONS:
        yield from _permission(resource)
    elif resource.type == _URL:
        yield from _url(resource)
    elif resource.type in GUARDED_POLICIES:
        yield from _guarded(resource)
    else:
        yield from judged(resource.get(RESOURCE_POLICIES[resource.type]), _too_open, "whom does it give access?")


def _too_open(read: Sequence[Statement]) -> Iterator[Violation]:
    for statement in open_statements(read):
        yield Violation(statement.at, f"{statement.at.path} gives everyone access, without a condition.")


# Where something else guards what a policy opens


def _guarded(resource: Resource) -> Verdicts:
    is_guarded = _GUARDS.get(resource.type, never)(resource)
    if is_guarded:
        return
    document = resource.get(GUARDED_POLICIES[resource.type])
    for verdict in judged(document, partial(_opened, resource.type), "whom does it give access?"):
        if isinstance(verdict, Violation) and is_guarded is None:
            yield Undecided(document, "it lets everyone in who can reach the resource; who can?")
        else:
            yield verdict


def _opened(type_: str, read: Sequence[Statement]) -> Iterator[Violation]:
    keys = _NARROWING.get(type_, ())
    for statement in open_statements(read):
        if not any(condition.is_about(*keys) for condition in statement.conditions):
            yield Violation(
                statement.at,
                f"{statement.at.path} gives everyone access who can reach it, without a condition.",
                fix=_FIXES.get(type_, ""),
                level="advisory" if keys else None,
            )


def _is_guarded_domain(domain: Resource) -> bool:
    """
    Whether a search domain is in a VPC, or has users of its own, with whom AWS recommends an open policy.

    https://docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac.html
    """
    users = domain.get("advancedSecurityOptions.enabled")
    return not domain.get("vpcOptions").is_unset or users.is_true or users.is_unknown


def _is_not_private(api: Resource) -> bool:
    """Whether a REST API may be meant for everybody, whose methods then say who may call them."""
    types = list(api.each("endpointConfiguration.types[]"))
    return not any(each.text == "PRIVATE" for each in types)


def _of(prop: str, type_: str, guard: Predicate) -> Predicate:
    """Whether a guard holds for what a policy names in a property; None where that is not in the stack."""

    def predicate(policy: Resource) -> bool | None:
        if not policy.is_in_stack:
            return None
        return any_of([guard(target) for target in policy.get(prop).targets(type_)] or [None])

    return predicate


_SEARCH: Final = "aws:opensearch/domain:Domain"
_ELASTIC: Final = "aws:elasticsearch/domain:Domain"
_API: Final = "aws:apigateway/restApi:RestApi"
_GUARDS: Final[Mapping[str, Predicate]] = {
    _API: _is_not_private,
    "aws:apigateway/restApiPolicy:RestApiPolicy": _of("restApiId", _API, _is_not_private),
    _ELASTIC: _is_guarded_domain,
    "aws:elasticsearch/domainPolicy:DomainPolicy": _of("domainName", _ELASTIC, _is_guarded_domain),
    _SEARCH: _is_guarded_domain,
    "aws:opensearch/domainPolicy:DomainPolicy": _of("domainName", _SEARCH, _is_guarded_domain),
}
_EFS: Final = "aws:efs/fileSystemPolicy:FileSystemPolicy"
_LATTICE: Final = "aws:vpclattice/authPolicy:AuthPolicy"
# Condition keys that narrow whom "*" means there: https://docs.aws.amazon.com/efs/latest/ug/access-control-block-public-access.html,
# https://docs.aws.amazon.com/vpc-lattice/latest/ug/auth-policies.html
_NARROWING: Final[Mapping[str, tuple[str, ...]]] = {
    _EFS: ("elasticfilesystem:AccessedViaMountTarget", "elasticfilesystem:AccessPointArn"),
    _LATTICE: ("aws:PrincipalType", "vpc-lattice-svcs:SourceVpc", "vpc-lattice-svcs:SourceVpcOwnerAccount"),
}
_FIXES: Final[Mapping[str, str]] = {
    _EFS: "Add a condition Bool on elasticfilesystem:AccessedViaMountTarget with the value true, or set Principal to "
    "the roles that mount the file system.",
    _LATTICE: "Set Principal to the accounts or roles of the clients, or add a condition on aws:PrincipalOrgID or "
    "vpc-lattice-svcs:SourceVpc.",
}


def _permission(permission: Resource) -> Verdicts:
    """A permission to call a function, or to use a bus, is one statement, written as properties."""
    principal = permission.get("principal")
    if principal.text == "*":
        if any(map(narrows, (permission.get(name) for name in _PERMISSIONS[permission.type]))):
            return
        if permission.type == _PERMISSION and _is_for_url(permission):
            yield from _permission_of_url(permission)
            return
        yield Violation(
            principal,
            'principal is "*": everyone may use the resource.',
            fix="Set principal to the account or the service that needs access, or also set "
            f"{' or '.join(_PERMISSIONS[permission.type])}.",
        )


def narrows(value: Value) -> bool:
    """Whether a property says whom a permission is for; one that is unknown yet does."""
    return not value.is_unset and not means_everybody(value.text)


def _is_for_url(permission: Resource) -> bool:
    """
    Whether a permission is one of the two that a public URL needs.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    is_for_url = permission.get("functionUrlAuthType").text == "NONE"
    return is_for_url or permission.get("invokedViaFunctionUrl").is_true


def _permission_of_url(permission: Resource) -> Verdicts:
    # Where the stack has the URL, that is where it is reported.
    functions = permission.get("function").targets(_FUNCTION)
    urls = [url for function in functions for url in function.referrers(_URL, "functionName")]
    if not any(url.get("authorizationType").text != "AWS_IAM" for url in urls):
        principal = permission.get("principal")
        yield Violation(
            principal,
            'principal is "*": the whole internet may call the function by its URL.',
            fix='Remove the permission, or set functionUrlAuthType to "AWS_IAM" and principal to the account or role. '
            "If the function has to be public, exempt this finding.",
            level="advisory",
        )


def _url(url: Resource) -> Verdicts:
    """The URL of a function, for which the provider adds the permissions by itself."""
    kind = url.get("authorizationType")
    if kind.is_unknown:
        yield Undecided(kind)
    elif kind.text == "NONE":
        yield Violation(
            kind,
            f"authorizationType is {kind.shown}: the whole internet may call the function.",
            fix='Set authorizationType to "AWS_IAM", and sign the requests of those who call, or let CloudFront sign '
            "them with an aws.cloudfront.OriginAccessControl. If the function has to be public, exempt this finding.",
            level="advisory",
        )
