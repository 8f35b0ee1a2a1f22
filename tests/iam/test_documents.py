"""IAM policy documents: their statements, however they are written, and what their conditions mean."""

import json
from typing import Any

import pytest

from policypack.iam import Condition, Statement, problem_of, statements
from policypack.testing import UNKNOWN, Secret, resource
from policypack.wildcard import is_like

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}


def read(document: Any) -> tuple[Statement, ...] | None:
    return statements(resource("aws:iam/policy:Policy", policy=document).get("policy"))


def statement(**elements: Any) -> Statement:
    [only] = read({"Statement": [elements]}) or []
    return only


def condition(operator: str, key: str, *values: str) -> Condition:
    return Condition(operator, key, values)


# Documents


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"Version": "2012-10-17", "Statement": [READ]}, "policy.Statement[0]"),
        ({"Statement": READ}, "policy.Statement"),
        (json.dumps({"Version": "2012-10-17", "Statement": [READ]}), "policy.Statement[0]"),
        (json.dumps({"Statement": READ}, indent=2), "policy.Statement"),
        (Secret(json.dumps({"Statement": [READ]})), "policy.Statement[0]"),
        ({"Statement": [Secret(READ)]}, "policy.Statement[0]"),
    ],
)
def test_a_document_reads_the_same_however_it_is_written(document: Any, path: str) -> None:
    [only] = read(document) or []
    assert only.at.path == path
    assert only.allows
    assert not only.denies
    assert only.actions == ("s3:GetObject",)
    assert only.resources == ("arn:aws:s3:::documents/*",)


@pytest.mark.parametrize(
    "document", [None, "", "no JSON", "[]", "7", 7, True, {}, [], {"Statement": None}, {"Statement": "all"}, "[[]]"]
)
def test_what_is_no_document_has_no_statements(document: Any) -> None:
    assert read(document) == ()


def test_a_statement_that_is_none_says_nothing() -> None:
    [only] = read({"Statement": ["all"]}) or []
    assert not only.allows
    assert not only.denies
    assert not only.concerns_everybody
    assert not only.concerns_every_resource
    assert not only.covers("s3:GetObject")


@pytest.mark.parametrize(
    "document",
    [
        UNKNOWN,
        Secret(UNKNOWN),
        {"Statement": UNKNOWN},
        {"Statement": [READ, UNKNOWN]},
        {"Statement": [{**READ, "Resource": UNKNOWN}]},
        {"Statement": [{**READ, "Resource": ["*", UNKNOWN]}]},
        {"Statement": [{**READ, "Condition": {"StringEquals": {"aws:SourceAccount": UNKNOWN}}}]},
        {"Statement": [{**READ, "Principal": Secret({"AWS": [Secret(UNKNOWN)]})}]},
    ],
)
def test_a_document_of_which_a_part_is_unknown_is_unknown(document: Any) -> None:
    assert read(document) is None


@pytest.mark.parametrize(
    "document",
    [
        Secret({"Statement": [READ, READ]}),
        {"Statement": Secret([READ, READ])},
        {"Statement": [Secret(READ), READ]},
        {"Statement": [READ, {**READ, "Action": [Secret("s3:PutObject")]}]},
        {"Id": Secret("documents"), "Statement": [READ, READ]},
    ],
)
def test_a_secret_part_makes_all_of_a_document_secret(document: Any) -> None:
    assert [each.at.is_secret for each in read(document) or []] == [True, True]
    assert [each.at.is_secret for each in read({"Statement": [READ]}) or []] == [False]


@pytest.mark.parametrize(
    ("pattern", "covers"),
    [("iam:" + "*" * 13, True), ("iam:" + "a*" * 13 + "b", False), ("iam:" + "a?*" * 13 + "b", False)],
)
def test_a_pattern_of_many_stars_is_matched_at_once(pattern: str, covers: bool) -> None:
    assert statement(Action=pattern).covers("iam:" + "a" * 100_000) is covers


def test_a_document_nested_deeply_is_not_read() -> None:
    document = f'{{"Statement": {{"Effect": "Allow", "Resource": {"[" * 480}{"]" * 480}}}}}'
    value = resource("test:index:It", policy=document).get("policy")
    assert statements(value) is None
    assert problem_of(value).endswith("a number or the nesting is beyond all limits")


# Statements


@pytest.mark.parametrize(("effect", "allows", "denies"), [("Allow", True, False), ("Deny", False, True)])
def test_the_effect(effect: str, allows: bool, denies: bool) -> None:
    assert statement(Effect=effect).allows is allows
    assert statement(Effect=effect).denies is denies
    assert not statement().allows


@pytest.mark.parametrize("action", ["kms:Decrypt", ["kms:Decrypt"], ["kms:Encrypt", "kms:Decrypt"], "KMS:decrypt"])
@pytest.mark.parametrize("element", ["Action", "NotAction"])
def test_actions_are_one_or_a_list_in_any_case(element: str, action: Any) -> None:
    named = statement(**{element: action})
    assert named.covers("kms:Decrypt") is (element == "Action")
    assert named.covers("kms:DescribeKey") is (element == "NotAction")


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("*", "kms:Decrypt", True),
        ("kms:*", "kms:Decrypt", True),
        ("kms:Generate*", "kms:GenerateDataKeyPair", True),
        ("kms:*DataKey", "kms:GenerateDataKey", True),
        ("kms:Decryp?", "kms:Decrypt", True),
        ("KMS:DECRYPT", "kms:Decrypt", True),
        ("kms:Generate*", "kms:Decrypt", False),
        ("kms:Decrypt?", "kms:Decrypt", False),
        ("kms:Decrypt", "kms:DecryptAll", False),
        ("s3:*", "kms:Decrypt", False),
        ("kms.Decrypt", "kms:Decrypt", False),
        ("", "kms:Decrypt", False),
        ("[a-z]*", "kms:Decrypt", False),
        ("a*", "a\nb", True),
    ],
)
def test_patterns(pattern: str, text: str, fits: bool) -> None:
    assert is_like(pattern, text) is fits
    assert statement(Action=pattern).covers(text) is fits


@pytest.mark.parametrize(
    ("principal", "found"),
    [
        ("*", {"*": ("*",)}),
        ({"AWS": "*"}, {"AWS": ("*",)}),
        ({"AWS": 111122223333.0}, {"AWS": ("111122223333",)}),
        ({"Service": ["a.amazonaws.com", "b.amazonaws.com"]}, {"Service": ("a.amazonaws.com", "b.amazonaws.com")}),
        ({"AWS": "1", "Federated": ["x"]}, {"AWS": ("1",), "Federated": ("x",)}),
        (Secret({"AWS": Secret("*")}), {"AWS": ("*",)}),
        (None, {}),
    ],
)
def test_principals_by_kind(principal: Any, found: dict[str, tuple[str, ...]]) -> None:
    assert statement(Principal=principal).principals == found
    assert statement(NotPrincipal=principal).excepted_principals == found
    assert statement(NotPrincipal=principal).principals == {}


def test_conditions_are_all_of_all_operators() -> None:
    conditions = statement(
        Condition={
            "StringEquals": {"aws:SourceAccount": "1", "kms:CallerAccount": ["1", "2"]},
            "Bool": {"aws:SecureTransport": False},
        }
    ).conditions
    assert conditions == (
        condition("StringEquals", "aws:SourceAccount", "1"),
        condition("StringEquals", "kms:CallerAccount", "1", "2"),
        condition("Bool", "aws:SecureTransport", "false"),
    )
    assert statement().conditions == ()


@pytest.mark.parametrize(
    "pattern", ["*", "**", "*:*", "arn:*", "arn:aws:*", "arn:aws-us-gov:*", "arn:*:*:*:*:*", "arn:aws:*:*:*:*"]
)
def test_every_resource(pattern: str) -> None:
    assert statement(Resource=pattern).concerns_every_resource
    assert statement(Resource=["arn:aws:s3:::documents", pattern]).concerns_every_resource


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"Resource": []},
        {"Resource": "arn:aws:s3:::*"},
        {"Resource": "arn:aws:iam::*:role/*"},
        {"Resource": "arn:*:s3:::*"},
        {"Resource": "documents*"},
        {"NotResource": []},
    ],
)
def test_not_every_resource(elements: dict[str, Any]) -> None:
    assert not statement(**elements).concerns_every_resource


def test_all_but_some_resources_are_every_resource() -> None:
    assert statement(NotResource="arn:aws:s3:::documents").concerns_every_resource
    assert statement(NotResource=["arn:aws:s3:::documents"]).concerns_every_resource


# Everybody


@pytest.mark.parametrize(
    "elements",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"]}},
        {"Principal": {"*": "*"}},
        {"NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}},
    ],
)
def test_everybody(elements: dict[str, Any]) -> None:
    assert statement(**elements).concerns_everybody
    bounded = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}
    assert not statement(**elements, **bounded).concerns_everybody


@pytest.mark.parametrize(
    "principal",
    [
        None,
        {},
        {"AWS": "arn:aws:iam::111122223333:root"},
        {"AWS": "111122223333"},
        {"Service": "logs.eu-west-1.amazonaws.com"},
        {"Federated": "arn:aws:iam::111122223333:saml-provider/staff"},
    ],
)
def test_somebody(principal: Any) -> None:
    assert not statement(Principal=principal).concerns_everybody


@pytest.mark.parametrize(
    ("operator", "key", "values"),
    [
        ("StringEquals", "aws:PrincipalOrgID", ["o-a1b2c3d4e5"]),
        ("StringEquals", "AWS:PrincipalOrgId", ["o-a1b2c3d4e5"]),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", ["o-a1b2c3d4e5/r-ab12/*"]),
        ("StringEquals", "aws:PrincipalAccount", ["111122223333", "444455556666"]),
        ("ArnLike", "aws:PrincipalArn", ["arn:aws:iam::111122223333:role/*"]),
        ("StringEquals", "aws:SourceAccount", ["111122223333"]),
        ("ArnLike", "aws:SourceArn", ["arn:aws:s3:::documents"]),
        ("ArnLike", "aws:SourceArn", ["arn:aws:s3:*:*:documents"]),
        ("ArnLike", "aws:SourceArn", ["arn:aws:sns:*:111122223333:*"]),
        ("ArnLike", "aws:SourceVpcArn", ["arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1a2b3c4d"]),
        ("StringEquals", "kms:CallerAccount", ["111122223333"]),
        ("ForAnyValue:StringLike", "aws:SourceOrgPaths", ["o-a1b2c3d4e5/*"]),
        ("StringEquals", "aws:SourceVpc", ["vpc-1a2b3c4d"]),
        ("StringEquals", "aws:SourceVpce", ["vpce-1a2b3c4d"]),
        ("IpAddress", "aws:SourceIp", ["203.0.113.0/24"]),
        ("IpAddress", "aws:VpcSourceIp", ["10.0.0.0/8"]),
        ("StringLike", "aws:userid", ["AROAEXAMPLE:*"]),
        ("StringEquals", "sts:ExternalId", ["b7a1f0c2"]),
        ("StringEquals", "aws:SourceOrgID", ["o-a1b2c3d4e5"]),
        ("StringEquals", "aws:PrincipalServiceName", ["s3.amazonaws.com"]),
        ("ForAnyValue:StringEquals", "aws:PrincipalServiceNamesList", ["s3.amazonaws.com"]),
    ],
)
def test_conditions_that_say_whom(operator: str, key: str, values: list[str]) -> None:
    assert condition(operator, key, *values).identifies
    assert not statement(Principal="*", Condition={operator: {key: values}}).concerns_everybody


@pytest.mark.parametrize(
    ("operator", "key", "values"),
    [
        ("StringLike", "aws:PrincipalOrgID", ["*"]),
        ("StringNotEquals", "aws:PrincipalOrgID", ["o-a1b2c3d4e5"]),
        ("StringNotEquals", "aws:PrincipalAccount", ["111122223333"]),
        ("Bool", "aws:SecureTransport", ["true"]),
        ("Bool", "aws:PrincipalIsAWSService", ["true"]),
        ("Null", "aws:PrincipalOrgID", ["false"]),
        ("IpAddress", "aws:SourceIp", ["0.0.0.0/0"]),
        ("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "::/0"]),
        ("NotIpAddress", "aws:SourceIp", ["203.0.113.0/24"]),
        ("StringEquals", "aws:RequestedRegion", ["eu-west-1"]),
        # Whoever makes a role chooses its name and its tags.
        ("ArnLike", "aws:PrincipalArn", ["arn:aws:iam::*:role/reader"]),
        ("StringLike", "aws:PrincipalArn", ["arn:aws:iam::*"]),
        ("StringLike", "aws:PrincipalArn", ["arn:*"]),
        ("ArnLike", "aws:PrincipalArn", ["arn:aws:sts::*:assumed-role/reader/*"]),
        ("ArnLike", "aws:SourceArn", ["arn:aws:sns:*:*:*"]),
        ("ArnLike", "aws:SourceArn", ["arn:aws:cloudwatch:eu-west-1:*:alarm:*"]),
        ("ArnLike", "aws:SourceArn", ["arn:aws:s3:::*"]),
        ("StringLike", "aws:PrincipalOrgID", ["o-*"]),
        ("StringLike", "aws:SourceVpce", ["vpce-*"]),
        ("StringLike", "aws:userid", ["*:*"]),
        ("StringEquals", "aws:PrincipalTag/team", ["payments"]),
        # Everybody may use the service.
        ("StringEquals", "kms:ViaService", ["secretsmanager.eu-west-1.amazonaws.com"]),
        # These hold where there is no such key, and a principal of no organization has none:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
        ("StringEqualsIfExists", "aws:PrincipalOrgID", ["o-a1b2c3d4e5"]),
        ("ForAllValues:StringEquals", "aws:PrincipalOrgID", ["o-a1b2c3d4e5"]),
        ("ForAllValues:StringLike", "aws:PrincipalOrgPaths", ["o-a1b2c3d4e5/*"]),
    ],
)
def test_conditions_that_leave_everybody(operator: str, key: str, values: list[str]) -> None:
    assert not condition(operator, key, *values).identifies
    assert statement(Principal="*", Condition={operator: {key: values}}).concerns_everybody


def test_one_condition_that_says_whom_is_enough() -> None:
    both = {"StringEquals": {"kms:ViaService": "rds.eu-west-1.amazonaws.com", "kms:CallerAccount": "111122223333"}}
    assert not statement(Principal={"AWS": "*"}, Condition=both).concerns_everybody


# Conditions


@pytest.mark.parametrize(
    ("operator", "base", "positive", "exact"),
    [
        ("StringEquals", "stringequals", True, True),
        ("StringEqualsIfExists", "stringequals", True, True),
        ("ForAnyValue:StringLike", "stringlike", True, False),
        ("ForAllValues:StringEqualsIgnoreCaseIfExists", "stringequalsignorecase", True, True),
        ("ArnLike", "arnlike", True, False),
        ("ArnEquals", "arnequals", True, False),
        ("StringNotEquals", "stringnotequals", False, False),
        ("ArnNotLike", "arnnotlike", False, False),
        ("Bool", "bool", False, False),
        ("Null", "null", False, False),
        ("NumericLessThan", "numericlessthan", False, False),
    ],
)
def test_operators(operator: str, base: str, positive: bool, exact: bool) -> None:
    made = condition(operator, "aws:SourceArn", "x")
    assert made.base_operator == base
    assert made.is_positive is positive
    assert made.is_exact is exact


@pytest.mark.parametrize(
    ("operator", "holds"),
    [
        ("StringEquals", False),
        ("StringEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringLikeIfExists", True),
        ("ForAnyValue:StringEquals", False),
        # https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w/foranyvalue-stringequalsifexists-behaving-unexpectedly
        ("ForAnyValue:StringEqualsIfExists", False),
    ],
)
def test_some_operators_hold_where_there_is_no_key(operator: str, holds: bool) -> None:
    assert condition(operator, "aws:PrincipalOrgID", "o-1").holds_without_key is holds


@pytest.mark.parametrize(
    ("operator", "value", "text", "admits"),
    [
        ("StringEquals", "111122223333", "111122223333", True),
        ("StringEquals", "1111*", "111122223333", False),
        ("StringEquals", "1111*", "1111*", True),
        ("StringLike", "1111*", "111122223333", True),
        ("StringLike", "2222*", "111122223333", False),
        ("ArnEquals", "arn:aws:sns:*:1:alarms", "arn:aws:sns:eu-west-1:1:alarms", True),
        ("StringEquals", "${aws:ResourceAccount}", "111122223333", True),
        ("StringNotEquals", "111122223333", "111122223333", True),
        ("Bool", "true", "anything", True),
    ],
)
def test_what_a_condition_admits(operator: str, value: str, text: str, admits: bool) -> None:
    assert condition(operator, "aws:SourceAccount", value).admits(text) is admits
    assert condition(operator, "aws:SourceAccount", "other", value).admits(text) is admits


def test_keys_of_conditions_are_told_in_any_case() -> None:
    made = condition("StringEquals", "AWS:SourceAccount", "111122223333")
    assert made.is_about("aws:SourceArn", "aws:SourceAccount")
    assert not made.is_about("aws:SourceArn")


@pytest.mark.parametrize("as_text", [True, False])
def test_a_document_longer_than_any_that_aws_takes_is_not_read(as_text: bool) -> None:
    for length, is_read in ((100_000, True), (103_000, False)):
        content: Any = {"Statement": [{"Effect": "Allow", "Sid": "a" * length}]}
        document = json.dumps(content) + " " * 10_000 if as_text else content
        value = resource("test:index:It", policy=document).get("policy")
        assert (statements(value) is not None) is is_read
        assert problem_of(value) == (
            "" if is_read else "is longer than any policy that AWS accepts (102400 characters)"
        )


def test_a_document_is_read_once_for_all_policies() -> None:
    value = resource("test:index:It", policy=json.dumps({"Statement": [READ]})).get("policy")
    [statement] = statements(value) or ()
    [again] = statements(value.resource.get("policy")) or ()
    assert statement is again
