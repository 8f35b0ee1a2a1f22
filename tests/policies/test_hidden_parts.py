"""
What is decided about a document of which parts are unknown never contradicts what is decided once they are known.

Documents are made whole, and then parts of them are hidden.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from policypack.model import UNKNOWN, PartialText, Reference, WrittenMap
from policypack.policy import Policy
from policypack.testing import decide, resource
from tests.support import POLICIES

pytestmark = pytest.mark.broad

ABOUT = {
    "aws:iam/policy:Policy": (
        "policy",
        (
            "iam-no-admin",
            "iam-privilege-escalation",
            "iam-no-wildcards",
            "iam-kms-decrypt",
            "policy-condition-wildcard",
        ),
    ),
    "aws:iam/role:Role": ("assumeRolePolicy", ("iam-assume-role-trust", "policy-condition-wildcard")),
    "aws:sqs/queuePolicy:QueuePolicy": ("policy", ("resource-policy-scope", "policy-condition-wildcard")),
    "aws:sns/topicPolicy:TopicPolicy": ("policy", ("resource-policy-scope",)),
    "aws:kms/key:Key": ("policy", ("kms-key-policy-scope", "kms-key-policy-lockout")),
}
GITHUB = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"
NAMES_OF_ACTIONS = (
    *("*", "s3:*", "s3:GetObject", "iam:PassRole", "iam:*", "kms:Decrypt", "kms:*", "sts:AssumeRole", "kms:Put*"),
)
ACTIONS = st.sampled_from(NAMES_OF_ACTIONS)
RESOURCES = st.sampled_from(
    [
        *("*", "arn:aws:s3:::uploads", "arn:aws:s3:::uploads/*", "arn:aws:iam::111122223333:role/*"),
        *("arn:aws:iam::111122223333:role/app", "arn:aws:kms:*:111122223333:key/*", "arn:aws:*"),
    ]
)
ACCOUNTS = st.sampled_from(
    ["*", "111122223333", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/app"]
)
SERVICES = st.sampled_from(["s3.amazonaws.com", "ec2.amazonaws.com", "logs.eu-west-1.amazonaws.com"])
PROVIDERS = st.sampled_from([PROVIDER, "arn:aws:iam::111122223333:saml-provider/staff", "accounts.google.com"])


def one_or_some(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return texts | st.lists(texts, min_size=1, max_size=2)


PRINCIPALS = st.just("*") | st.dictionaries(st.just("AWS"), one_or_some(ACCOUNTS), min_size=1).flatmap(
    lambda aws: st.sampled_from([aws, {}]).flatmap(
        lambda some: st.fixed_dictionaries({}, optional={"Service": SERVICES, "Federated": PROVIDERS}).map(
            lambda others: {**some, **others} or {"AWS": "111122223333"}
        )
    )
)
CONDITIONS = st.sampled_from(
    [
        {"StringEquals": {"aws:SourceAccount": "111122223333"}},
        {"StringLike": {"aws:SourceArn": "arn:aws:s3:::uploads*"}},
        {"StringLike": {"aws:PrincipalArn": "*"}},
        {"StringEquals": {"aws:SourceArn": "arn:aws:s3:::*"}},
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdef1234"}},
        {"StringLike": {f"{GITHUB}:sub": "repo:acme/shop:*"}},
        {"StringLike": {f"{GITHUB}:sub": "repo:*"}},
        {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        {"StringEquals": {"kms:ResourceAliases": "alias/data"}},
        {"Bool": {"aws:SecureTransport": "false"}},
    ]
)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Allow", "Deny"])},
    optional={"Principal": PRINCIPALS, "Condition": CONDITIONS},
).flatmap(
    lambda statement: st.sampled_from(["Action", "Action", "Action", "NotAction"]).flatmap(
        lambda action: st.sampled_from(["Resource", "Resource", "Resource", "NotResource"]).flatmap(
            lambda about: st.fixed_dictionaries({action: one_or_some(ACTIONS), about: one_or_some(RESOURCES)}).map(
                lambda parts: {**statement, **parts}
            )
        )
    )
)


@st.composite
def hidden(draw: st.DrawFn, whole: Any) -> Any:
    """A document with parts of it hidden."""
    how = draw(st.integers(0, 11))
    if how == 0:
        return UNKNOWN
    if isinstance(whole, str):
        # No action is what a resource has as an output.
        if how == 1 and "*" not in whole and whole not in ("Allow", "Deny", *NAMES_OF_ACTIONS):
            return Reference(f"output {whole}")
        if how == 2 and len(whole) > 4:
            ends = [0, len(whole), *(at for at, character in enumerate(whole) if character in ":/")]
            start, end = sorted(draw(st.tuples(st.sampled_from(ends), st.sampled_from(ends))))
            return PartialText(tuple(part for part in (whole[:start], UNKNOWN, whole[end:]) if part != ""))
        return whole
    if isinstance(whole, list):
        return [draw(hidden(each)) for each in whole]
    if isinstance(whole, dict):
        found = {key: draw(hidden(each)) for key, each in whole.items()}
        if how == 3 and len(found) > 1:
            del found[draw(st.sampled_from(sorted(found)))]
            return WrittenMap(found, is_open=True)
        return WrittenMap(found)
    return whole


@st.composite
def documents(draw: st.DrawFn) -> tuple[Any, Any]:
    """A document, whole and with parts hidden."""
    whole = draw(st.lists(STATEMENTS, min_size=1, max_size=3))
    return whole, [draw(hidden(each)) for each in whole]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(type_=st.sampled_from(sorted(ABOUT)), pair=documents())
@example(
    type_="aws:iam/policy:Policy",
    pair=(
        [{"Effect": "Allow", "NotAction": "*", "Resource": "arn:aws:s3:::uploads"}],
        [WrittenMap({"Effect": "Allow", "NotAction": UNKNOWN}, is_open=True)],
    ),
)
def test_hidden_parts_only_leave_open_what_they_decide(type_: str, pair: tuple[Any, Any]) -> None:
    path, policies = ABOUT[type_]
    admins = of(POLICIES["iam-no-admin"], type_, path, pair[0]).violations if "iam-no-admin" in policies else []
    for policy in map(POLICIES.__getitem__, policies):
        known, partly = (of(policy, type_, path, statements) for statements in pair)
        # Every action on whatever resource is for iam-no-admin to report where that is every resource.
        of_admins = {f"{each}.Action" for each in admins} if policy.id == "iam-no-wildcards" else set()
        if policy.id == "iam-privilege-escalation":
            every = (index for index, each in enumerate(pair[0]) if "*" in each.get("Action", ()))
            of_admins = {f"it.{path}.Statement[{index}]" for index in every}
        assert set(partly.violations) <= set(known.violations) | of_admins, policy.id
        open_ = {each for each in known.violations if each not in partly.violations}
        assert not open_ or partly.undecided, policy.id


def of(policy: Policy, type_: str, path: str, statements: Any) -> Any:
    """The decision about a resource with a document, of which no part becomes a plain dict on the way."""
    made = resource(type_)
    made.inputs = {path: {"Version": "2012-10-17", "Statement": statements}}
    return decide(policy, made)


@pytest.mark.parametrize(
    ("type_", "policy", "statement"),
    [
        ("aws:iam/policy:Policy", "iam-no-admin", {"Action": "*", "Resource": "*"}),
        ("aws:iam/role:Role", "iam-assume-role-trust", {"Effect": "Allow", "Principal": "*", "Action": "*"}),
    ],
)
def test_a_statement_that_may_have_further_keys_is_not_known(
    type_: str, policy: str, statement: dict[str, Any]
) -> None:
    path, _ = ABOUT[type_]
    decision = of(POLICIES[policy], type_, path, [WrittenMap(statement, is_open=True)])
    assert (decision.violations, decision.undecided) == ([], [f"it.{path}"])
