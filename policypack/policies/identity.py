"""Identity: that IAM policies give what is needed, and trust whom they mean to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.model import Resource
from policypack.policy import resource_policy
from policypack.policy_document import Condition, Statement, is_like, statements
from policypack.verdict import Level, Undecided, Verdicts, Violation

_ROLE: Final = "aws:iam/role:Role"
_POLICY: Final = "aws:iam/policy:Policy"
_BOUNDARIES: Final = (
    (_ROLE, "permissionsBoundary"),
    ("aws:iam/user:User", "permissionsBoundary"),
    ("aws:ssoadmin/permissionsBoundaryAttachment:PermissionsBoundaryAttachment", "permissionsBoundary"),
)
_DOCUMENTS: Final[Mapping[str, str]] = {
    _POLICY: "policy",
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:iam/userPolicy:UserPolicy": "policy",
    "aws:iam/groupPolicy:GroupPolicy": "policy",
    _ROLE: "inlinePolicies[].policy",
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": "inlinePolicy",
}
_ATTACHMENTS: Final[Mapping[str, str]] = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
    "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "policyArns[]",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "policyArns[]",
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "policyArns[]",
    _ROLE: "managedPolicyArns[]",
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": "managedPolicyArn",
}
# With one of these, whoever has it gives himself any other permission:
# https://docs.aws.amazon.com/prescriptive-guidance/latest/privilege-escalation-iam/introduction.html has the first;
# the others change what somebody may do, or let one act as somebody else
# (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html).
_ESCALATING: Final = (
    "iam:PassRole",
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "sts:AssumeRole",
)
# Conditions on who asks, from where or when leave the permission what it is; these narrow what it is about.
_NARROWING: Final = ("iam:*", "aws:ResourceTag/*", "aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths")
# Identity providers that many organizations share: whom a role trusts that says nothing of the subject, and a subject.
# https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws,
# https://docs.gitlab.com/ci/cloud_services/aws/,
# https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
_SHARED: Final[Mapping[str, tuple[str, str]]] = {
    "token.actions.githubusercontent.com": ("any repository on GitHub", "repo:ORGANIZATION/REPOSITORY:*"),
    "gitlab.com": ("any project on GitLab", "project_path:GROUP/PROJECT:*"),
    "app.terraform.io": ("any workspace of HCP Terraform", "organization:ORGANIZATION:*"),
    "app.eu.terraform.io": ("any workspace of HCP Terraform", "organization:ORGANIZATION:*"),
    "agent.buildkite.com": ("any pipeline of Buildkite", "organization:ORGANIZATION:pipeline:*"),
}
_OF_SUBJECTS: Final = re.compile(r"(?:repo|project_path|organization):")
# Claims that say whose workflow it is: https://docs.github.com/actions/reference/openid-connect-reference
_CLAIMS: Final = (
    *("sub", "repository", "repository_id", "repository_owner", "repository_owner_id"),
    *("job_workflow_ref", "enterprise", "enterprise_id"),
)


def _allowing(resource: Resource) -> Iterator[Statement | Undecided]:
    """The statements that allow something in the resource's policies, and the policies of which nobody can tell."""
    if _is_boundary(resource):
        return
    for document in resource.each(_DOCUMENTS[resource.type]):
        read = statements(document)
        if read is None:
            yield Undecided(document, "what does the policy allow?")
        elif not resource.is_in_stack and _looks_like_boundary(resource, read):
            yield Undecided(document, "is it a permissions boundary, which gives nobody any permission?")
        else:
            yield from (statement for statement in read if statement.allows)


def _is_boundary(resource: Resource) -> bool:
    """
    Whether a policy is a permissions boundary and nothing else, which gives nobody any permission.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    return (
        resource.type == _POLICY
        and resource.is_in_stack
        and any(resource.referrers(type_, path) for type_, path in _BOUNDARIES)
        and not _is_attached(resource)
    )


def _is_attached(policy_: Resource) -> bool:
    named = (
        *((type_, path.removesuffix("[]")) for type_, path in _ATTACHMENTS.items()),
        (
            "aws:ssoadmin/customerManagedPolicyAttachment:CustomerManagedPolicyAttachment",
            "customerManagedPolicyReference",
        ),
    )
    return any(policy_.referrers(type_, path) for type_, path in named)


def _looks_like_boundary(resource: Resource, read: list[Statement]) -> bool:
    """Whether a policy of these statements says that it is a permissions boundary, or denies something, too."""
    if resource.type != _POLICY:
        return False
    named = f"{resource.name} {resource.get('name').text}".lower()
    return "boundary" in named or any(statement.denies for statement in read)


def _level(resource: Resource) -> Level | None:
    """The level of a finding: advice where the policy looks like a boundary, and nothing in the stack attaches it."""
    if resource.type != _POLICY or not resource.is_in_stack or _is_attached(resource):
        return None
    read = statements(resource.get(_DOCUMENTS[_POLICY])) or []
    return "advisory" if _looks_like_boundary(resource, read) else None


def _shown(statement: Statement, texts: tuple[str, ...]) -> str:
    return "[secret]" if statement.at.is_secret else " and ".join(f'"{text}"' for text in texts)


@resource_policy(
    id="iam-no-admin",
    title="No IAM policy of one's own allows everything",
    types=_DOCUMENTS,
    severity="critical",
    fix="Name the actions that are needed, and the resources that they are needed on.",
    frameworks=("FSBP IAM.1",),
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
)
def iam_no_admin(resource: Resource, config: Config) -> Verdicts:
    """
    Whoever gets hold of such credentials, by a leaked key or a hole in the application, owns the account: they read and
    delete everything, and make users of their own to come back.
    """
    for statement in _allowing(resource):
        if isinstance(statement, Undecided):
            yield statement
        elif not statement.concerns_every_resource:
            continue
        elif any(set(action) <= {"*", ":"} for action in statement.actions):
            message = f"{statement.at.path} allows every action on every resource."
            yield Violation(statement.at, message, level=_level(resource))
        elif statement.excepted_actions:
            yield Violation(
                statement.at,
                f"{statement.at.path} allows every action but those of NotAction on every resource, those that AWS "
                "adds tomorrow included.",
                fix="Name the actions that are needed as Action, or keep the statement and make its Effect Deny.",
                level=_level(resource),
            )


@resource_policy(
    id="iam-privilege-escalation",
    title="No IAM policy lets its holder take on other permissions",
    types=_DOCUMENTS,
    severity="high",
    fix="Name the roles, users or policies that it is about as Resource; for iam:PassRole also the service, by the "
    "condition iam:PassedToService.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
)
def iam_privilege_escalation(resource: Resource, config: Config) -> Verdicts:
    """
    Somebody with few permissions and one of these gives themselves all the others: they pass an administrator's role to
    a function of theirs, or write themselves a new policy.
    """
    for statement in _allowing(resource):
        if isinstance(statement, Undecided):
            yield statement
        elif _concerns_every_identity(statement) and not any(map(_is_narrowing, statement.conditions)):
            # What allows everything is another policy's to report.
            named = [
                action
                for action in _ESCALATING
                if statement.covers(action) and not any(set(each) <= {"*", ":"} for each in statement.actions)
            ]
            if named and not statement.excepted_actions:
                first = "[secret]" if statement.at.is_secret else named[0]
                others = f" and {len(named) - 1} more like it" if len(named) > 1 else ""
                yield Violation(
                    statement.at,
                    f"{statement.at.path} allows {first}{others} on every resource: whoever has it can take on "
                    "every other permission of the account.",
                    level=_level(resource),
                )


def _concerns_every_identity(statement: Statement) -> bool:
    """Whether a statement is about everything, or every role, user, group or policy of an account."""
    parts = [arn.split(":", 5) for arn in statement.resources]
    return statement.concerns_every_resource or any(
        part[2:3] == ["iam"] and part[-1] in ("*", "role/*", "user/*", "group/*", "policy/*") for part in parts
    )


def _is_narrowing(condition: Condition) -> bool:
    return any(is_like(pattern, condition.key) for pattern in _NARROWING) and "*" not in condition.values


@resource_policy(
    id="iam-no-wildcards",
    title="IAM policies name the actions of a service that are needed",
    types=_DOCUMENTS,
    severity="medium",
    enforcement="advisory",
    fix="Name the actions that are needed, such as s3:GetObject; IAM Access Analyzer can tell those that were used.",
    frameworks=("FSBP IAM.21",),
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html",
)
def iam_no_wildcards(resource: Resource, config: Config) -> Verdicts:
    """
    A job that only needs to read objects can then also delete the bucket or open it to the world: a bug or a leaked key
    does damage that nobody meant to allow.
    """
    for statement in _allowing(resource):
        if isinstance(statement, Undecided):
            yield statement
        elif services := tuple(action for action in statement.actions if action.endswith(":*") and action != "*:*"):
            yield Violation(
                statement.at.get("Action"),
                f"{statement.at.path} allows {_shown(statement, services)}: every action of the service, deletions "
                "and grants included.",
                level=_level(resource),
            )


class ManagedPolicyConfig(Config):
    """Config of iam-managed-admin-attachment."""

    denied: Annotated[
        tuple[str, ...], Meta(description="Names of AWS managed policies that must not be attached, as patterns.")
    ] = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess")


@resource_policy(
    id="iam-managed-admin-attachment",
    title="Nobody is given an AWS managed policy that allows everything",
    types=_ATTACHMENTS,
    severity="critical",
    fix="Attach a policy that names the actions and resources that are needed.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions.html",
)
def iam_managed_admin_attachment(resource: Resource, config: ManagedPolicyConfig) -> Verdicts:
    """Every hole in the code that runs under such a role is a hole in the whole account."""
    for arn in resource.each(_ATTACHMENTS[resource.type]):
        # An ARN that is unknown yet is that of a policy which the stack makes: AWS's own are all known.
        owner, _, name = arn.text.partition(":policy/")
        if owner.endswith(":iam::aws") and any(is_like(each, name.rpartition("/")[2]) for each in config.denied):
            yield Violation(arn, f"{arn.path} is {arn.shown}, which allows far more than any one task needs.")


@resource_policy(
    id="iam-assume-role-trust",
    title="Roles trust named principals only",
    types=(_ROLE,),
    severity="critical",
    fix="Name the account, the role or the service that may assume the role as Principal.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html",
)
def iam_assume_role_trust(role: Resource, config: Config) -> Verdicts:
    """
    Anybody with an AWS account of their own, or with a workflow in a GitHub repository of their own, can take the role
    and do in your account what it may do.
    """
    document = role.get("assumeRolePolicy")
    read = statements(document)
    if read is None:
        yield Undecided(document, "whom does the role trust?")
    for statement in read or ():
        if not statement.allows:
            continue
        if statement.concerns_everybody:
            yield Violation(statement.at, f"{statement.at.path} lets anybody with an AWS account assume the role.")
        elif (issuer := _shared_issuer(statement)) and not any(map(_says_whose, statement.conditions)):
            anybody, subject = _SHARED[issuer]
            yield Violation(
                statement.at,
                f"{statement.at.path} lets {anybody} assume the role.",
                fix=f'Add the condition "StringLike": {{"{issuer}:sub": "{subject}"}}.',
            )


def _shared_issuer(statement: Statement) -> str:
    """The shared identity provider that a statement trusts; that of one enterprise alone has its name behind."""
    trusted = statement.principals.get("Federated", ())
    return next(
        (issuer for issuer in _SHARED for each in trusted if each.rpartition("oidc-provider/")[2] == issuer), ""
    )


def _says_whose(condition: Condition) -> bool:
    """Whether a condition is on whose workflow it is: its owner, before any wildcard."""
    owners = (re.split("[/:@]", _OF_SUBJECTS.sub("", value, count=1))[0] for value in condition.values)
    claim = condition.key.rpartition(":")[2].lower()
    return condition.is_positive and claim in _CLAIMS and not any({"*", "?"} & set(owner) for owner in owners)


_URL: Final = "aws:lambda/functionUrl:FunctionUrl"
# Statements that are written as properties, and which of these narrow whom "*" means.
_PERMISSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:lambda/permission:Permission": ("principalOrgId", "sourceAccount", "sourceArn"),
    "aws:lambda/layerVersionPermission:LayerVersionPermission": ("organizationId",),
    "aws:cloudwatch/eventPermission:EventPermission": ("condition",),
}
# Where resources say who else may use them. Not among them are those that are made for everybody (REST APIs), that only
# the network leads to (VPC endpoints, file systems, search domains), and keys, which have a policy of their own.
_RESOURCE_POLICIES: Final[Mapping[str, str]] = {
    "aws:acmpca/policy:Policy": "policy",
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": "accessPolicy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
    "aws:codebuild/resourcePolicy:ResourcePolicy": "policy",
    "aws:codeartifact/domainPermissions:DomainPermissions": "policyDocument",
    "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": "policyDocument",
    "aws:dsql/clusterPolicy:ClusterPolicy": "policy",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
    "aws:ecr/registryPolicy:RegistryPolicy": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:glacier/vault:Vault": "accessPolicy",
    "aws:glue/resourcePolicy:ResourcePolicy": "policy",
    "aws:kinesis/resourcePolicy:ResourcePolicy": "policy",
    "aws:lambda/resourcePolicy:ResourcePolicy": "policy",
    "aws:msk/clusterPolicy:ClusterPolicy": "policy",
    "aws:redshiftserverless/resourcePolicy:ResourcePolicy": "policy",
    "aws:s3/accessPoint:AccessPoint": "policy",
    "aws:s3/bucket:Bucket": "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy": "policy",
    "aws:s3control/accessPointPolicy:AccessPointPolicy": "policy",
    "aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy": "policy",
    "aws:s3tables/tableBucketPolicy:TableBucketPolicy": "resourcePolicy",
    "aws:secretsmanager/secret:Secret": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:ses/identityPolicy:IdentityPolicy": "policy",
    "aws:sesv2/emailIdentityPolicy:EmailIdentityPolicy": "policy",
    "aws:sns/topic:Topic": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sqs/queue:Queue": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
}


@resource_policy(
    id="resource-policy-scope",
    title="Queues, topics, buckets, secrets and functions name who else may use them",
    types=(*_RESOURCE_POLICIES, *_PERMISSIONS, _URL),
    severity="critical",
    fix="Name the account, the role or the service as Principal, or add a condition on aws:PrincipalOrgID or "
    "aws:SourceArn.",
    frameworks=("FSBP Lambda.1", "FSBP SNS.4", "FSBP SQS.3"),
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
)
def resource_policy_scope(resource: Resource, config: Config) -> Verdicts:
    """
    Anybody with an AWS account of their own, and at times without one, can read what is in it, put something else
    there, or run it at your cost.
    """
    if resource.type in _PERMISSIONS:
        yield from _permission(resource)
        return
    if resource.type == _URL:
        yield from _url(resource)
        return
    document = resource.get(_RESOURCE_POLICIES[resource.type])
    read = statements(document)
    if read is None:
        yield Undecided(document, "whom does it let in?")
    for statement in read or ():
        if not statement.allows or not statement.concerns_everybody:
            continue
        # What keeps out everybody but some may as well stand in another statement.
        if not any(other.takes_back(statement) for other in read or ()):
            yield Violation(statement.at, f"{statement.at.path} lets everybody in.")


def _permission(permission: Resource) -> Verdicts:
    """A permission to call a function, or to use a bus, is one statement, written as properties."""
    principal = permission.get("principal")
    narrowing = [permission.get(name) for name in _PERMISSIONS[permission.type]]
    if principal.text == "*" and all(value.is_unset for value in narrowing):
        yield Violation(
            principal,
            'principal is "*": everybody may use it.',
            fix=f"Name the account or the service, or set {' or '.join(_PERMISSIONS[permission.type])}.",
        )


def _url(url: Resource) -> Verdicts:
    """The URL of a function, for which the provider adds the permissions by itself."""
    kind = url.get("authorizationType")
    if kind.is_unknown:
        yield Undecided(kind)
    elif kind.text == "NONE":
        yield Violation(
            kind,
            f"authorizationType is {kind.shown}: everybody on the internet may call the function.",
            fix='Set it to "AWS_IAM", and let those who call sign their requests, or CloudFront by an '
            "aws.cloudfront.OriginAccessControl. Where everybody is meant to call it, exempt it.",
            level="advisory",
        )
