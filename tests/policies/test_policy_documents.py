"""Policy documents: that AWS takes them, and that their conditions mean what they seem to."""

import json
from typing import Any

import pytest

from policypack.policies import policy_documents
from policypack.testing import UNKNOWN, Secret, decide, resource
from tests.policies.networks import nested
from tests.support import POLICIES, check

VALID = "policy-document-valid"
WILDCARD = "policy-condition-wildcard"
ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
KEY = "aws:kms/key:Key"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"

PLACES = [(type_, path) for type_, paths in policy_documents._PATHS.items() for path in paths]
each_place = pytest.mark.parametrize(("type_", "path"), PLACES)
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}


def holding(type_: str, path: str, document: Any) -> Any:
    """A resource with a document, and where it stands."""
    name, is_list, below = path.partition("[].")
    value = [{"name": "reads", below: document}] if is_list else document
    return resource(type_, **nested(name, value)), f"it.{path.replace('[]', '[0]')}"


@each_place
def test_a_document_that_is_not_json_is_reported(type_: str, path: str) -> None:
    holder, place = holding(type_, path, '{"Statement":[{"Effect":"Allow","Action":["sqs:*",]}]}')
    decision = check(VALID, holder)
    assert decision.violations == [place]
    assert decision.messages[0].startswith(
        f"AWS refuses {place.removeprefix('it.')}: it is not valid JSON (line 1, column "
    )
    assert "Fix: Build the document from an object: json.dumps in Python" in decision.messages[0]


@each_place
@pytest.mark.parametrize("document", [None, "", {}, UNKNOWN, {"Statement": [READ]}, json.dumps({"Statement": [READ]})])
def test_documents_that_are_json_comply(type_: str, path: str, document: Any) -> None:
    assert check(VALID, holding(type_, path, document)[0]).is_clean


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("no JSON", "is not valid JSON (line 1, column 1)"),
        ("{'Statement': []}", "is not valid JSON (line 1, column 2)"),
        (" ", "is not valid JSON (line 1, column 2)"),
        ("[]", "is valid JSON, but not an object"),
        ("7", "is valid JSON, but not an object"),
        ([{"Statement": []}], "is not a JSON object"),
        ("[" * 100_000, "is not valid JSON that AWS could read"),
    ],
)
def test_what_is_wrong_is_told(document: Any, problem: str) -> None:
    [message] = check(VALID, resource(POLICY, policy=document)).messages
    assert message.startswith(f"AWS refuses policy: it {problem}")


def test_a_secret_that_is_no_document_is_not_shown() -> None:
    decision = decide(POLICIES[VALID], resource(POLICY, policy=Secret("{canary")))
    assert decision.violations == ["it.policy"]
    assert "canary" not in repr(decision.messages)


@pytest.mark.parametrize(
    ("type_", "longest"),
    [
        (POLICY, 6_144),
        ("aws:iam/userPolicy:UserPolicy", 2_048),
        (KEY, 32_768),
        ("aws:s3/bucketPolicy:BucketPolicy", 20_480),
    ],
)
def test_a_document_longer_than_aws_takes_is_reported(type_: str, longest: int) -> None:
    def of_length(characters: int) -> dict[str, Any]:
        return {"Statement": [{"Sid": "a" * (characters - len('{"Statement":[{"Sid":""}]}'))}]}

    for document in (of_length(longest), json.dumps(of_length(longest), indent=4) + " " * 9_999):
        assert check(VALID, resource(type_, policy=document)).is_clean
    for document in (of_length(longest + 1), json.dumps(of_length(longest + 1))):
        [message] = check(VALID, resource(type_, policy=document)).messages
        assert message.startswith(
            f"AWS refuses policy: it has {longest + 1} characters without white space, and AWS accepts {longest}."
        )


@pytest.mark.parametrize("as_text", [True, False])
def test_a_document_longer_than_any_that_aws_takes_is_reported_and_not_read(as_text: bool) -> None:
    statements = [{**READ, "Effect": "Allow", "Principal": "*", "Sid": f"s{number}"} for number in range(2_000)]
    document = json.dumps({"Statement": statements}) if as_text else {"Statement": statements}
    for type_ in ("aws:sns/topicPolicy:TopicPolicy", POLICY, "aws:opensearch/domainPolicy:DomainPolicy"):
        _, path = next(place for place in PLACES if place[0] == type_)
        holder = resource(type_, **{path: document})
        [message] = check(VALID, holder).messages
        assert message.startswith(
            f"AWS refuses {path}: it is longer than any policy that AWS accepts (102400 characters).\n"
            "Fix: Merge statements "
        )
    decision = check("resource-policy-scope", resource("aws:sns/topicPolicy:TopicPolicy", policy=document))
    assert (decision.violations, decision.undecided) == ([], ["it.policy"])


# Wildcards that are compared literally

GITHUB = "token.actions.githubusercontent.com"


def conditioned(operator: str, key: str, value: Any, **elements: Any) -> dict[str, Any]:
    return {"Statement": [READ, {**READ, **elements, "Condition": {operator: {key: value}}}]}


@pytest.mark.parametrize("operator", ["StringEquals", "StringEqualsIgnoreCase", "ForAnyValue:StringEquals"])
@pytest.mark.parametrize("subject", ["repo:acme/shop:*", ["repo:acme/shop:ref:refs/heads/main", "repo:acme/shop:?"]])
def test_a_trust_policy_that_no_token_meets_is_reported(operator: str, subject: Any) -> None:
    decision = check(WILDCARD, resource(ROLE, assumeRolePolicy=conditioned(operator, f"{GITHUB}:sub", subject)))
    assert decision.violations == ["it.assumeRolePolicy.Statement[1]"]
    assert decision.messages[0].startswith(f"The condition on {GITHUB}:sub in assumeRolePolicy.Statement[1] is repo:")
    assert (
        f"{operator} treats * and ? as literal characters: no request meets the condition.\nFix: Replace {operator} "
        "with StringLike, or ArnLike for an ARN."
    ) in decision.messages[0]
    # Whom the role would trust is no second finding.
    assert check(
        "iam-assume-role-trust",
        resource(
            ROLE,
            assumeRolePolicy={
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Federated": f"arn:aws:iam::1:oidc-provider/{GITHUB}"},
                        "Condition": {operator: {f"{GITHUB}:sub": subject}},
                    }
                ]
            },
        ),
    ).is_clean


@pytest.mark.parametrize(
    ("type_", "path", "key", "value"),
    [
        (POLICY, "policy", "aws:PrincipalArn", "arn:aws:iam::1:role/*"),
        (POLICY, "policy", "kms:ViaService", "s3.*.amazonaws.com"),
        ("aws:sqs/queuePolicy:QueuePolicy", "policy", "aws:SourceArn", "arn:aws:sns:*:1:orders"),
        ("aws:s3/bucketPolicy:BucketPolicy", "policy", "AWS:sourcearn", "arn:aws:cloudfront::1:distribution/*"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", "policy", "aws:PrincipalOrgPaths", "o-a/r-b/*"),
    ],
)
def test_identities_have_no_wildcards(type_: str, path: str, key: str, value: str) -> None:
    decision = check(WILDCARD, resource(type_, **{path: conditioned("StringEquals", key, value)}))
    assert decision.violations == [f"it.{path}.Statement[1]"]
    denied = resource(type_, **{path: conditioned("StringNotEquals", key, value, Effect="Deny")})
    [message] = check(WILDCARD, denied).messages
    assert (
        "treats * and ? as literal characters: every request meets the condition.\nFix: Replace StringNotEquals with "
        "StringNotLike, or ArnNotLike"
    ) in message


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringLike", "aws:SourceArn", "arn:aws:sns:*:1:orders"),
        ("ArnEquals", "aws:SourceArn", "arn:aws:sns:*:1:orders"),
        ("StringEquals", "aws:SourceArn", "arn:aws:sns:eu-west-1:1:orders"),
        ("StringEquals", "aws:SourceAccount", "${aws:ResourceAccount}"),
        ("StringEquals", "aws:userid", "${*}"),
        # What may have an asterisk in its name.
        ("StringEquals", "s3:prefix", ["", "*"]),
        ("StringEquals", "route53:ChangeResourceRecordSetsNormalizedRecordNames", "*.example.com"),
    ],
)
def test_other_conditions_comply(operator: str, key: str, value: Any) -> None:
    assert check(WILDCARD, resource(POLICY, policy=conditioned(operator, key, value))).is_clean


def test_conditions_of_unknown_documents_are_undecided() -> None:
    value = "it.policy.Statement[1].Condition.StringEquals.aws:SourceArn"
    documents = ((UNKNOWN, "it.policy"), (conditioned("StringEquals", "aws:SourceArn", UNKNOWN), value))
    for document, at in documents:
        decision = check(WILDCARD, resource(POLICY, policy=document))
        assert (decision.violations, decision.undecided) == ([], [at])
    assert check(WILDCARD, resource(ROLE)).is_clean


def test_a_secret_condition_is_not_shown() -> None:
    secret = Secret(json.dumps(conditioned("StringEquals", "aws:SourceArn", "arn:aws:sns:*:1:canary")))
    [message] = decide(POLICIES[WILDCARD], resource(POLICY, policy=secret)).messages
    assert message.startswith("The condition on [secret] in policy.Statement[1] is [secret], and [secret] treats *")
