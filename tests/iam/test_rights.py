"""Rights: what a role, user or group may do, and what a service may."""

import json
from typing import Any

import pytest

from policypack.iam import Answer, Rights, Session, Statement, may, rights_of
from policypack.model import Resource, Stack, Value
from policypack.testing import UNKNOWN, ref, resource

ROLE = "aws:iam/role:Role"
USER = "aws:iam/user:User"
GROUP = "aws:iam/group:Group"
POLICY = "aws:iam/policy:Policy"
KEY = "aws:kms/key:Key"
BUCKET = "aws:s3/bucket:Bucket"
ARN = "arn:aws:s3:::documents/a"
ROLE_ARN = "arn:aws:iam::111122223333:role/app"
FOREIGN = "arn:aws:iam::111122223333:policy/elsewhere"
ROOT = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}


def document(
    effect: str = "Allow", action: Any = "s3:GetObject", on: Any = "arn:aws:s3:::documents/*", **more: Any
) -> str:
    return json.dumps({"Statement": [{"Effect": effect, "Action": action, "Resource": on, **more}]})


def of(holder: Resource, *others: Resource) -> Rights:
    return rights_of(Stack([holder, *others], holder.context).resources[holder.urn])


def bound(resource_: Resource, *others: Resource) -> Resource:
    return Stack([resource_, *others], resource_.context).resources[resource_.urn]


HOLDERS = [("role", ROLE), ("user", USER), ("group", GROUP)]
each_holder = pytest.mark.parametrize(("name", "type_"), HOLDERS)


@each_holder
def test_everything_that_attaches_a_policy_counts(name: str, type_: str) -> None:
    holder, title = resource(type_, "app"), name.capitalize()
    managed = resource(POLICY, "managed", policy=document())
    attachment, named = f"aws:iam/{name}PolicyAttachment:{title}PolicyAttachment", {f"{name}s": [ref(holder)]}
    attaching = [
        [resource(f"aws:iam/{name}Policy:{title}Policy", policy=document(), **{name: ref(holder)})],
        [managed, resource(attachment, policyArn=ref(managed), **{name: ref(holder)})],
        [managed, resource("aws:iam/policyAttachment:PolicyAttachment", policyArn=ref(managed), **named)],
        [
            managed,
            resource(
                f"aws:iam/{name}PolicyAttachmentsExclusive:{title}PolicyAttachmentsExclusive",
                policyArns=[ref(managed)],
                **{f"{name}Name": ref(holder)},
            ),
        ],
    ]
    for others in attaching:
        rights = of(holder, *others)
        assert len(rights.statements) == 1
        assert rights.are_complete
        assert rights.may("s3:GetObject", ARN).verdict == "allowed"
    assert of(holder, managed).may("s3:GetObject", ARN) == Answer("denied")


def test_a_role_has_policies_itself() -> None:
    managed = resource(POLICY, "managed", policy=document())
    for properties in ({"inlinePolicies": [{"policy": document()}]}, {"managedPolicyArns": [ref(managed)]}):
        assert of(resource(ROLE, "app", **properties), managed).may("s3:GetObject", ARN).verdict == "allowed"


def test_a_policy_that_is_attached_twice_counts_once() -> None:
    managed = resource(POLICY, "managed", policy=document())
    role = resource(ROLE, "app", managedPolicyArns=[ref(managed)])
    attachment = resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", role=ref(role), policyArn=ref(managed))
    assert len(of(role, managed, attachment).statements) == 1


@pytest.mark.parametrize(
    ("properties", "kind"),
    [
        ({"inlinePolicies": [{"policy": UNKNOWN}]}, "unknown"),
        ({"managedPolicyArns": [UNKNOWN]}, "doubts"),
        ({"managedPolicyArns": [FOREIGN]}, "elsewhere"),
    ],
)
def test_what_is_not_known_is_told(properties: dict[str, Any], kind: str) -> None:
    rights = of(resource(ROLE, "app", **properties))
    assert not rights.are_complete
    [value] = getattr(rights, kind)
    answer = rights.may("s3:GetObject", ARN)
    assert answer == Answer("unknown", value)
    assert isinstance(answer.why, Value)
    # What is known to allow or deny it is enough.
    inline = {"inlinePolicies": [*properties.get("inlinePolicies", []), {"policy": document()}]}
    assert of(resource(ROLE, "app", **{**properties, **inline})).may("s3:GetObject", ARN).verdict == "allowed"


def test_an_attachment_to_nobody_known_is_a_doubt() -> None:
    attachment = resource("aws:iam/userPolicyAttachment:UserPolicyAttachment", "more", user=UNKNOWN, policyArn=FOREIGN)
    assert [each.resource.name for each in of(resource(USER, "app"), attachment).doubts] == ["more"]
    assert of(resource(ROLE, "app"), attachment).are_complete


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        (document(), "allowed"),
        (document(action="S3:get*"), "allowed"),
        (document(on="*"), "allowed"),
        (document(on="arn:aws:s3:::${aws:username}/*"), "allowed"),
        (document(Condition={"Bool": {"aws:SecureTransport": "true"}}), "allowed"),
        (document(action="s3:PutObject"), "denied"),
        (document(on="arn:aws:s3:::other/*"), "denied"),
        (document("Deny"), "denied"),
    ],
)
def test_what_a_statement_allows(policy: str, verdict: str) -> None:
    rights = of(resource(ROLE, "app", inlinePolicies=[{"policy": policy}]))
    assert rights.may("s3:GetObject", ARN).verdict == verdict


def test_a_statement_that_denies_counts_more() -> None:
    both = [{"policy": document()}, {"policy": document("Deny", "s3:*", "*")}]
    answer = of(resource(ROLE, "app", inlinePolicies=[*both, {"policy": UNKNOWN}])).may("s3:GetObject", ARN)
    assert answer.is_explicit_denial
    assert isinstance(answer.why, Statement)
    for more in ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, {"Resource": None, "NotResource": ARN}):
        both = [{"policy": document()}, {"policy": document("Deny", "s3:*", **more)}]
        assert of(resource(ROLE, "app", inlinePolicies=both)).may("s3:GetObject", ARN).verdict == "allowed"


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        ([], "allowed"),
        ([""], "allowed"),
        (["arn:aws:s3:::other", ARN], "allowed"),
        (["documents/a"], "allowed"),
        (["arn:aws:s3:::documents/????"], "allowed"),
        (["arn:aws:s3:::other", "other/a"], "denied"),
    ],
)
def test_a_resource_may_be_told_in_several_ways(asked: list[str], verdict: str) -> None:
    policy = document(on=["arn:aws:s3:::documents/*", "arn:aws:s3:::third"])
    assert of(resource(ROLE, "app", inlinePolicies=[{"policy": policy}])).may("s3:GetObject", *asked).verdict == verdict


def test_characters_that_are_not_known_may_be_any() -> None:
    rights = of(resource(ROLE, "app", inlinePolicies=[{"policy": document(on="arn:aws:s3:::secret-AbCdEf")}]))
    assert rights.may("s3:GetObject", "arn:aws:s3:::secret-??????").verdict == "allowed"
    assert rights.may("s3:GetObject", "arn:aws:s3:::secret-????").verdict == "denied"
    assert rights.may("s3:GetObject", "arn:aws:s3:::secrets-??????").verdict == "denied"


def test_aws_managed_policies_are_read() -> None:
    rights = of(resource(ROLE, "app", managedPolicyArns=["arn:aws-cn:iam::aws:policy/AmazonS3ReadOnlyAccess"]))
    assert rights.are_complete
    assert rights.may("s3:GetObject", ARN).verdict == "allowed"
    assert rights.may("s3:PutObject", ARN) == Answer("denied")


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        ("arn:*:s3:::documents/*", "allowed"),
        ("arn:*:s3:::*", "allowed"),
        ("arn:*:s3:::doc*/*", "allowed"),
        ("arn:*:s3:::other/*", "denied"),
        ("arn:aws:s3:::documents", "denied"),
    ],
)
def test_parts_of_an_arn_may_be_unknown(asked: str, verdict: str) -> None:
    inline = [{"policy": document(on=["arn:aws:s3:::documents/in/*", "arn:aws:s3:::third"])}]
    assert of(resource(ROLE, "app", inlinePolicies=inline)).may("s3:GetObject", asked).verdict == verdict


def test_a_deny_counts_only_where_it_surely_matches() -> None:
    inline = [{"policy": document(on="*")}, {"policy": document("Deny", on="arn:aws:s3:::documents/in/*")}]
    rights = of(resource(ROLE, "app", inlinePolicies=inline))
    assert rights.may("s3:GetObject", "arn:aws:s3:::documents/*").verdict == "allowed"
    assert rights.may("s3:GetObject").verdict == "allowed"
    assert rights.may("s3:GetObject", "arn:aws:s3:::documents/in/*").is_explicit_denial


@pytest.mark.parametrize(
    ("boundary", "verdict"),
    [
        (document(on="*"), "allowed"),
        (document(action="sqs:*", on="*"), "denied"),
        (document("Deny", on="*"), "denied"),
        (UNKNOWN, "unknown"),
    ],
)
def test_a_permissions_boundary_limits(boundary: Any, verdict: str) -> None:
    limit = resource(POLICY, "limit", policy=boundary)
    role = resource(ROLE, "app", permissionsBoundary=ref(limit), inlinePolicies=[{"policy": document()}])
    answer = of(role, limit).may("s3:GetObject", ARN)
    assert answer.verdict == verdict
    assert answer.is_explicit_denial == (verdict == "denied")


def test_a_boundary_elsewhere_is_taken_to_allow() -> None:
    inline = [{"policy": document()}]
    elsewhere = resource(ROLE, "app", permissionsBoundary="arn:aws:iam::1:policy/limit", inlinePolicies=inline)
    assert of(elsewhere).may("s3:GetObject", ARN).verdict == "allowed"
    of_aws = resource(
        ROLE, "app", permissionsBoundary="arn:aws:iam::aws:policy/AmazonSQSFullAccess", inlinePolicies=inline
    )
    assert of(of_aws).may("s3:GetObject", ARN).verdict == "denied"


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, "allowed"),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, "denied"),
        ({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, "allowed"),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "denied"),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, "allowed"),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::documents"}}, "denied"),
        ({"StringEquals": {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"}}, "allowed"),
        ({"StringLike": {"kms:ViaService": "sqs.*.amazonaws.com"}}, "allowed"),
        ({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}, "denied"),
        ({"StringEquals": {"aws:ResourceTag/team": "orders"}}, "allowed"),
    ],
)
def test_conditions_of_a_service_with_a_role(condition: Any, verdict: str) -> None:
    inline = [{"policy": document(Condition=condition)}]
    session = Session("eu-west-1", through="sqs")
    assert of(resource(ROLE, "app", inlinePolicies=inline)).may("s3:GetObject", ARN, session=session).verdict == verdict


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, "denied"),
        ({"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-*", "eu-west-1"]}}, "allowed"),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, "denied"),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, "denied"),
        ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, "allowed"),
        ({"Bool": {"aws:SecureTransport": "false"}}, "allowed"),
    ],
)
def test_conditions_of_a_deny_for_a_service_with_a_role(condition: Any, verdict: str) -> None:
    inline = [{"policy": document()}, {"policy": document("Deny", on="*", Condition=condition)}]
    role = resource(ROLE, "app", inlinePolicies=inline)
    assert of(role).may("s3:GetObject", ARN, session=Session("eu-west-1")).verdict == verdict
    assert of(role).may("s3:GetObject", ARN).verdict == "allowed"


# Both sides of a request


def of_bucket(principal: Any, effect: str = "Allow") -> str:
    return document(effect, "s3:*", "*", Principal=principal)


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        (None, "denied"),
        (of_bucket({"Service": "cloudtrail.amazonaws.com"}), "allowed"),
        (of_bucket("*"), "allowed"),
        (of_bucket({"Service": "config.amazonaws.com"}), "denied"),
        (of_bucket({"Service": "cloudtrail.amazonaws.com"}, "Deny"), "denied"),
        (UNKNOWN, "unknown"),
    ],
)
def test_a_service_may_what_the_resources_policy_says(policy: Any, verdict: str) -> None:
    bucket = resource(BUCKET, "logs")
    own = resource("aws:s3/bucketPolicy:BucketPolicy", bucket=ref(bucket), policy=policy)
    for whole in (bound(resource(BUCKET, "logs", policy=policy)), bound(bucket, own)):
        assert may("cloudtrail.amazonaws.com", "s3:PutObject", whole).verdict == verdict
    doubtful = resource("aws:s3/bucketPolicy:BucketPolicy", "other", bucket=UNKNOWN, policy=policy)
    assert may("cloudtrail.amazonaws.com", "s3:PutObject", bound(bucket, doubtful)).verdict == "unknown"


@pytest.mark.parametrize(("denied", "verdict"), [("private/*", "allowed"), ("logs/*", "denied"), ("*", "denied")])
def test_a_denial_in_the_resources_policy_is_about_what_it_names(denied: str, verdict: str) -> None:
    arn = "arn:aws:s3:::logs"
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"{arn}/{denied}"}
    identity = document(action="s3:*", on="*")
    role = resource(ROLE, "app", with_outputs={"arn": ROLE_ARN}, inlinePolicies=[{"policy": identity}])
    bucket = resource(BUCKET, "logs", with_outputs={"arn": arn}, policy=json.dumps({"Statement": [deny]}))
    stack = Stack([role, bucket], role.context)
    asked = stack.resources[role.urn], "s3:PutObject", stack.resources[bucket.urn], f"{arn}/logs/today"
    assert may(*asked).verdict == verdict


@pytest.mark.parametrize(
    ("identity", "of_resource", "verdict"),
    [
        (document(action="s3:*", on="*"), None, "allowed"),
        (document(action="s3:*", on="*"), UNKNOWN, "allowed"),
        (document(action="sqs:*", on="*"), None, "denied"),
        (document(action="sqs:*", on="*"), of_bucket({"AWS": ROLE_ARN}), "allowed"),
        (document(action="sqs:*", on="*"), of_bucket({"AWS": "arn:aws:iam::1:role/other"}), "denied"),
        (document(action="s3:*", on="*"), of_bucket({"AWS": ROLE_ARN}, "Deny"), "denied"),
        (document("Deny", "s3:*", "*"), of_bucket({"AWS": ROLE_ARN}), "denied"),
    ],
)
def test_a_role_may_what_either_side_allows(identity: str, of_resource: Any, verdict: str) -> None:
    role = resource(ROLE, "app", with_outputs={"arn": ROLE_ARN}, inlinePolicies=[{"policy": identity}])
    bucket = resource(BUCKET, "logs", policy=of_resource)
    stack = Stack([role, bucket], role.context)
    assert may(stack.resources[role.urn], "s3:PutObject", stack.resources[bucket.urn]).verdict == verdict


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        (None, "allowed"),
        (json.dumps({"Statement": [ROOT]}), "allowed"),
        (json.dumps({"Statement": [{**ROOT, "Principal": {"AWS": "arn:aws:iam::1:role/admin"}}]}), "denied"),
        (json.dumps({"Statement": [{**ROOT, "Principal": {"AWS": ROLE_ARN}}]}), "allowed"),
        (UNKNOWN, "unknown"),
    ],
)
def test_iam_policies_count_for_a_key_where_its_policy_lets_them(policy: Any, verdict: str) -> None:
    inline = [{"policy": document(action="kms:Decrypt", on="*")}]
    role = resource(ROLE, "app", with_outputs={"arn": ROLE_ARN}, inlinePolicies=inline)
    key = resource(KEY, "main", policy=policy)
    stack = Stack([role, key], role.context)
    assert may(stack.resources[role.urn], "kms:Decrypt", stack.resources[key.urn]).verdict == verdict
    assert may(stack.resources[role.urn], "kms:Decrypt", "arn:aws:kms:eu-west-1:1:key/1").verdict == "allowed"
