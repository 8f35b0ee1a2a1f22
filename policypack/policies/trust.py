"""Trust: who may assume a role."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from policypack.config import Config
from policypack.iam import Condition, Statement
from policypack.iam.attachments import ROLE
from policypack.model import Resource
from policypack.policies.policy_documents import judged
from policypack.policy import resource_policy
from policypack.verdict import Verdicts, Violation


class _Issuer(NamedTuple):
    """
    An identity provider that many organizations share.

    :param anybody: whom a role trusts that names the provider alone.
    :param sample: a value of the first claim that names one organization.
    :param claims: the claims that say whose token it is.
    """

    anybody: str
    sample: str
    claims: tuple[str, ...] = ("sub",)


# https://docs.github.com/actions/reference/openid-connect-reference
_OF_GITHUB: Final = (
    *("sub", "repository", "repository_id", "repository_owner", "repository_owner_id"),
    *("job_workflow_ref", "enterprise", "enterprise_id"),
)
# https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws,
# https://docs.gitlab.com/ci/cloud_services/aws/,
# https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration,
# https://www.pulumi.com/docs/deployments/deployments/oidc/aws/,
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
_SHARED: Final[Mapping[str, _Issuer]] = {
    "token.actions.githubusercontent.com": _Issuer(
        "any repository on GitHub", "repo:ORGANIZATION/REPOSITORY:*", _OF_GITHUB
    ),
    "gitlab.com": _Issuer("any project on GitLab", "project_path:GROUP/PROJECT:*"),
    "app.terraform.io": _Issuer("any workspace of HCP Terraform", "organization:ORGANIZATION:*"),
    "app.eu.terraform.io": _Issuer("any workspace of HCP Terraform", "organization:ORGANIZATION:*"),
    "agent.buildkite.com": _Issuer("any pipeline of Buildkite", "organization:ORGANIZATION:pipeline:*"),
    "api.pulumi.com/oidc": _Issuer("any organization of Pulumi Cloud", "aws:ORGANIZATION", ("aud", "sub")),
    "cognito-identity.amazonaws.com": _Issuer("any identity pool of Cognito", "REGION:IDENTITY_POOL", ("aud",)),
    "accounts.google.com": _Issuer("any application with Google sign-in", "CLIENT_ID", ("aud", "oaud", "sub")),
    "graph.facebook.com": _Issuer("any application with Facebook login", "APPLICATION_ID", ("app_id",)),
    "www.amazon.com": _Issuer("any application with Login with Amazon", "APPLICATION_ID", ("app_id",)),
}
# What stands before the organization in a subject.
_BEFORE_OWNER: Final = re.compile(r"(?:repo|project_path|organization):")


@resource_policy(
    id="iam-assume-role-trust",
    title="Roles trust named principals only",
    types=(ROLE,),
    severity="critical",
    fix="Set Principal to the accounts, roles or services that may assume the role.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html",
)
def iam_assume_role_trust(role: Resource, config: Config) -> Verdicts:
    """
    Anyone with an AWS account, or with a workflow in any GitHub repository, can assume the role and do everything that
    it may do in your account.
    """
    yield from judged(role.get("assumeRolePolicy"), _open_trust, "whom does the role trust?")


def _open_trust(read: Sequence[Statement]) -> Iterator[Violation]:
    for statement in read:
        if not statement.allows:
            continue
        if statement.concerns_everybody:
            yield Violation(statement.at, f"{statement.at.path} lets every AWS account assume the role.")
        elif (name := _shared_issuer(statement)) and not any(_says_whose(each, name) for each in statement.conditions):
            issuer = _SHARED[name]
            yield Violation(
                statement.at,
                f"{statement.at.path} lets {issuer.anybody} assume the role.",
                fix=f'Add the condition "StringLike": {{"{name}:{issuer.claims[0]}": "{issuer.sample}"}}.',
            )


def _shared_issuer(statement: Statement) -> str:
    """
    The shared identity provider that a statement trusts; that of one enterprise alone has its name behind.

    Of a provider that may be any, it is the one that the conditions are about.
    """
    trusted = {each.rpartition("oidc-provider/")[2] for each in statement.principals.get("Federated", ())}
    if "*" in trusted:
        # Keys of AWS's own, such as aws:SourceAccount, are about no issuer.
        about = {condition.key.lower().rpartition(":")[0] for condition in statement.conditions} - {"aws", "sts"}
        return next((issuer for issuer in _SHARED if issuer in about), next(iter(_SHARED)) if not about else "")
    return next((issuer for issuer in _SHARED if issuer in trusted), "")


def _says_whose(condition: Condition, issuer: str) -> bool:
    """Whether a condition is on whose token it is: its owner, before any wildcard."""
    of, _, claim = condition.key.lower().rpartition(":")
    if of != issuer or claim not in _SHARED[issuer].claims or not condition.is_positive:
        return False
    # Every token has a subject and an audience, and may lack any other claim.
    if condition.holds_without_key and claim not in ("sub", "aud"):
        return False
    # What StringEquals takes literally is met by no token: policy-condition-wildcard reports that.
    owners = (re.split("[/:@]", _BEFORE_OWNER.sub("", value, count=1))[0] for value in condition.values)
    return condition.has_literal_wildcard or not any({"*", "?"} & set(owner) for owner in owners)
