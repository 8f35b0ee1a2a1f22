"""Trust: who may assume a role."""

import json
from typing import Any

import pytest

from policypack.model import PartialText, Reference
from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource
from tests.policies.test_identity import ACCOUNT, ROLE, bound
from tests.support import POLICIES, check

TRUST = "iam-assume-role-trust"
GITHUB = "token.actions.githubusercontent.com"
EKS = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"


def trusting(principal: Any, **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **elements}


def federated(provider: str, **elements: Any) -> dict[str, Any]:
    arn = f"arn:aws:iam::{ACCOUNT}:{'saml-provider' if '.' not in provider else 'oidc-provider'}/{provider}"
    return trusting({"Federated": arn}, **elements)


def trust(*statements: Any) -> Decision:
    """The decision about a role with a trust policy, which is the same for a JSON string and an object."""
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    as_object = check(TRUST, resource(ROLE, assumeRolePolicy=document))
    assert as_object == check(TRUST, resource(ROLE, assumeRolePolicy=json.dumps(document)))
    return as_object


@pytest.mark.parametrize(
    "statement",
    [
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html
        trusting({"Service": "ec2.amazonaws.com"}),
        trusting({"Service": ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]}),
        trusting({"Service": "pods.eks.amazonaws.com"}, Action=["sts:AssumeRole", "sts:TagSession"]),
        trusting(
            {"Service": "vpc-flow-logs.amazonaws.com"},
            Condition={
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:eu-west-1:{ACCOUNT}:vpc-flow-log/*"},
            },
        ),
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html
        trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, **bound("StringEquals", "sts:ExternalId", "12345")),
        trusting({"AWS": ACCOUNT}, **bound("Bool", "aws:MultiFactorAuthPresent", "true")),
        trusting({"AWS": [f"arn:aws:iam::{ACCOUNT}:role/deploy", f"arn:aws:iam::{ACCOUNT}:user/ci"]}),
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_saml.html
        federated(
            "staff",
            Action="sts:AssumeRoleWithSAML",
            **bound("StringEquals", "SAML:aud", "https://signin.aws.amazon.com/saml"),
        ),
        # https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
        federated(
            EKS,
            Action="sts:AssumeRoleWithWebIdentity",
            Condition={
                "StringEquals": {f"{EKS}:sub": "system:serviceaccount:shop:api", f"{EKS}:aud": "sts.amazonaws.com"}
            },
        ),
        trusting(
            {"Federated": "cognito-identity.amazonaws.com"},
            Action="sts:AssumeRoleWithWebIdentity",
            Condition={
                "StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:12345678-abcd-abcd-abcd-123456"},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"},
            },
        ),
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        trusting({"AWS": "*"}, **bound("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")),
        trusting("*", **bound("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/*")),
        trusting("*", Effect="Deny", **bound("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")),
    ],
)
def test_named_principals_may_be_trusted(statement: dict[str, Any]) -> None:
    assert trust(statement).is_clean


@pytest.mark.parametrize(
    "statement",
    [
        trusting("*"),
        trusting({"AWS": "*"}),
        trusting({"AWS": [f"arn:aws:iam::{ACCOUNT}:root", "*"]}),
        trusting({"AWS": "*", "Service": "ec2.amazonaws.com"}),
        trusting(None, NotPrincipal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/guest"}),
        trusting("*", **bound("Bool", "aws:MultiFactorAuthPresent", "true")),
        trusting("*", **bound("StringLike", "aws:PrincipalOrgID", "*")),
        trusting("*", **bound("StringNotEquals", "aws:PrincipalAccount", "444455556666")),
        trusting("*", **bound("StringEqualsIfExists", "aws:PrincipalOrgID", "o-a1b2c3d4e5")),
        trusting("*", **bound("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/deploy")),
        trusting("*", **bound("StringEquals", "aws:PrincipalTag/team", "payments")),
        trusting("*", **bound("IpAddress", "aws:SourceIp", ["0.0.0.0/0"])),
    ],
)
def test_a_role_that_anybody_may_assume_is_reported(statement: dict[str, Any]) -> None:
    decision = trust(trusting({"Service": "ec2.amazonaws.com"}), statement)
    assert decision.violations == ["it.assumeRolePolicy.Statement[1]"]
    assert decision.messages[0].startswith(
        "assumeRolePolicy.Statement[1] lets every AWS account assume the role.\n"
        "Fix: Set Principal to the accounts, roles or services that may assume the role."
    )


def of_github(operator: str, claim: str, value: Any, **more: Any) -> dict[str, Any]:
    condition = {operator: {f"{GITHUB}:{claim}": value}, **more}
    return federated(GITHUB, Action="sts:AssumeRoleWithWebIdentity", Condition=condition)


@pytest.mark.parametrize(
    "statement",
    [
        # https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
        of_github("StringLike", "sub", "repo:octo-org/octo-repo:*"),
        of_github("StringEquals", "sub", "repo:octo-org/octo-repo:environment:prod"),
        of_github("ForAnyValue:StringLike", "sub", ["repo:octo-org/octo-repo:*", "repo:octo-org/other:*"]),
        of_github("StringLike", "sub", "repo:octo-org/*"),
        of_github("StringLike", "sub", "repo:octo-org@123456/octo-repo@*:*"),
        of_github("StringLike", "sub", "repository_owner_id:123456:*"),
        of_github("StringEquals", "repository", "octo-org/octo-repo"),
        of_github("StringEquals", "repository_owner", "octo-org"),
        of_github("StringEquals", "repository_owner_id", "123456"),
        of_github("StringEquals", "repository_id", "123456"),
        of_github("StringEquals", "enterprise", "octo-enterprise"),
        of_github("StringEquals", "enterprise_id", "1234"),
        of_github("StringLike", "job_workflow_ref", "octo-org/workflows/.github/workflows/deploy.yml@*"),
        of_github("StringLike", "sub", "*", StringEquals={f"{GITHUB}:repository_owner": "octo-org"}),
        federated(GITHUB, Effect="Deny"),
        # The provider of one enterprise: https://docs.github.com/actions/reference/openid-connect-reference
        federated(f"{GITHUB}/octo-enterprise"),
    ],
)
def test_workflows_of_somebodys_repositories_may_be_trusted(statement: dict[str, Any]) -> None:
    assert trust(statement).is_clean


@pytest.mark.parametrize(
    "statement",
    [
        federated(GITHUB),
        of_github("StringEquals", "aud", "sts.amazonaws.com"),
        of_github("StringLike", "sub", "*"),
        of_github("StringLike", "sub", "repo:*"),
        of_github("StringLike", "sub", "repo:*/octo-repo:*"),
        of_github("StringLike", "sub", "repo:octo-*/octo-repo:*"),
        of_github("StringLike", "sub", "repo:octo-or?/octo-repo:*"),
        of_github("StringLike", "sub", ["repo:octo-org/octo-repo:*", "repo:*:ref:refs/heads/main"]),
        of_github("StringNotLike", "sub", "repo:octo-org/octo-repo:*"),
        of_github("StringEquals", "environment", "prod"),
        of_github("StringLike", "repository_owner", "octo-*"),
        trusting({"Federated": ["cognito-identity.amazonaws.com", f"arn:aws:iam::1:oidc-provider/{GITHUB}"]}),
    ],
)
def test_workflows_of_any_repository_are_reported(statement: dict[str, Any]) -> None:
    decision = trust(statement)
    assert decision.violations == ["it.assumeRolePolicy.Statement[0]"]
    assert decision.messages[0].startswith(
        "assumeRolePolicy.Statement[0] lets any repository on GitHub assume the role.\n"
        f'Fix: Add the condition "StringLike": {{"{GITHUB}:sub": "repo:ORGANIZATION/REPOSITORY:*"}}.\n'
    )


@pytest.mark.parametrize(
    "statement",
    [
        # A claim of another provider is none of GitHub's tokens, and one that may be absent does not have to be met.
        federated(GITHUB, **bound("StringLike", "gitlab.com:sub", "project_path:shop/api:*")),
        of_github("StringEqualsIfExists", "repository", "octo-org/octo-repo"),
        of_github("ForAllValues:StringEquals", "repository_owner", "octo-org"),
    ],
)
def test_claims_that_no_token_has_to_have_say_nothing(statement: dict[str, Any]) -> None:
    assert trust(statement).violations == ["it.assumeRolePolicy.Statement[0]"]


def of_issuer(issuer: str, value: str) -> dict[str, Any]:
    condition = {"StringLike": {f"{issuer}:sub": value}}
    return federated(issuer, Action="sts:AssumeRoleWithWebIdentity", Condition=condition)


@pytest.mark.parametrize(
    ("issuer", "right", "wrong", "anybody"),
    [
        ("gitlab.com", "project_path:shop/api:*", "project_path:*", "any project on GitLab"),
        ("app.terraform.io", "organization:shop:*", "organization:*:project:a:*", "any workspace of HCP Terraform"),
        ("agent.buildkite.com", "organization:shop:*", "organization:*", "any pipeline of Buildkite"),
    ],
)
def test_other_shared_providers_are_asked_for_the_subject(issuer: str, right: str, wrong: str, anybody: str) -> None:
    assert trust(of_issuer(issuer, right)).is_clean
    for statement in (of_issuer(issuer, wrong), of_issuer(issuer, "*"), federated(issuer)):
        decision = trust(statement)
        assert decision.violations == ["it.assumeRolePolicy.Statement[0]"]
        assert f"lets {anybody} assume the role.\nFix: Add the condition" in decision.messages[0]
        assert f'"{issuer}:sub": ' in decision.messages[0]
    # One's own server is nobody else's.
    assert trust(federated(f"oidc.{issuer}")).is_clean


@pytest.mark.parametrize(
    ("provider", "claim", "value", "anybody"),
    [
        ("cognito-identity.amazonaws.com", "aud", "eu-west-1:7b1c", "any identity pool of Cognito"),
        ("accounts.google.com", "aud", "66677788", "any application with Google sign-in"),
        ("graph.facebook.com", "app_id", "1234", "any application with Facebook login"),
        ("www.amazon.com", "app_id", "1234", "any application with Login with Amazon"),
        (
            "arn:aws:iam::1:oidc-provider/api.pulumi.com/oidc",
            "aud",
            "aws:shop",
            "any organization of Pulumi",
        ),
    ],
)
def test_providers_of_everybodys_applications_are_asked_for_the_audience(
    provider: str, claim: str, value: str, anybody: str
) -> None:
    name = provider.rpartition("oidc-provider/")[2]
    trusted = trusting({"Federated": provider}, Action="sts:AssumeRoleWithWebIdentity")
    assert trust({**trusted, **bound("StringEquals", f"{name}:{claim}", value)}).is_clean
    for condition in ({}, bound("StringLike", f"{name}:{claim}", "*"), bound("StringEquals", f"{name}:amr", "x")):
        decision = trust({**trusted, **condition})
        assert decision.violations == ["it.assumeRolePolicy.Statement[0]"]
        assert f"lets {anybody}" in decision.messages[0]
        assert f'Fix: Add the condition "StringLike": {{"{name}:{claim}": ' in decision.messages[0]


def test_each_statement_is_judged() -> None:
    decision = trust(trusting("*"), trusting({"Service": "ec2.amazonaws.com"}), federated(GITHUB))
    assert decision.violations == ["it.assumeRolePolicy.Statement[0]", "it.assumeRolePolicy.Statement[2]"]
    only = check(TRUST, resource(ROLE, assumeRolePolicy={"Statement": trusting("*")}))
    assert only.violations == ["it.assumeRolePolicy.Statement"]


@pytest.mark.parametrize("document", [None, "", {}, "no JSON"])
def test_a_role_without_a_trust_policy_trusts_nobody(document: Any) -> None:
    assert check(TRUST, resource(ROLE, assumeRolePolicy=document)).is_clean


@pytest.mark.parametrize(
    ("document", "at"),
    [
        (UNKNOWN, ""),
        (ref("urn:pulumi:dev::test::aws:eks/cluster:Cluster::main"), ""),
        ({"Statement": [trusting(UNKNOWN)]}, ".Statement[0].Principal"),
        ({"Statement": [trusting({"AWS": [UNKNOWN]})]}, ".Statement[0].Principal.AWS[0]"),
        ({"Statement": [trusting({"Federated": Reference("provider.arn")})]}, ".Statement[0].Principal.Federated"),
    ],
)
def test_whom_a_role_trusts_may_be_undecided(document: Any, at: str) -> None:
    decision = decide(POLICIES[TRUST], resource(ROLE, assumeRolePolicy=document))
    assert decision.violations == []
    assert decision.undecided == [f"it.assumeRolePolicy{at}"]


@pytest.mark.parametrize(
    "statement",
    [
        trusting({"AWS": Reference("role.arn")}),
        trusting({"AWS": PartialText(("arn:aws:iam::", UNKNOWN, ":root"))}),
        trusting({"Service": UNKNOWN}),
        trusting(
            {"Federated": Reference("provider.arn")},
            Condition={"StringLike": {f"{GITHUB}:sub": "repo:acme/shop:*"}},
        ),
        trusting(
            {"Federated": Reference("provider.arn")},
            Condition={"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/1:sub": "system:serviceaccount:a:b"}},
        ),
    ],
)
def test_a_role_that_trusts_some_whoever_they_are_complies(statement: dict[str, Any]) -> None:
    assert decide(POLICIES[TRUST], resource(ROLE, assumeRolePolicy={"Statement": [statement]})).is_clean


def test_a_secret_trust_policy_is_judged_and_not_shown() -> None:
    for document in (
        Secret(json.dumps({"Statement": [trusting("*", Sid="canary")]})),
        {"Statement": [trusting(Secret("*"), Sid=Secret("canary"))]},
        {"Statement": [federated(GITHUB, Sid=Secret("canary"), **bound("StringEquals", "canary:aud", "canary"))]},
    ):
        decision = decide(POLICIES[TRUST], resource(ROLE, assumeRolePolicy=document))
        assert decision.violations == ["it.assumeRolePolicy.Statement[0]"]
        assert "canary" not in repr(decision.messages)
