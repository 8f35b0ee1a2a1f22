"""Resource-based policies: whom they let in."""

import json
from typing import Any

import pytest

from policypack.config import Config
from policypack.iam import resource_policies
from policypack.model import Resource, Stack
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from policypack.verdict import Violation
from tests.policies.networks import nested
from tests.support import POLICIES, check, on_stack, tokens

SCOPE = "resource-policy-scope"
RESOURCE_POLICIES = list(resource_policies.RESOURCE_POLICIES.items())
each_resource_policy = pytest.mark.parametrize(("type_", "path"), RESOURCE_POLICIES)
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


def open_to(**changes: Any) -> str:
    return json.dumps({"Statement": [{**OPEN, **changes}]})


@each_resource_policy
def test_a_resource_that_lets_everybody_in_is_reported(type_: str, path: str) -> None:
    for token in tokens(type_):
        for principal in ("*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::111122223333:root", "*"]}):
            decision = check(SCOPE, resource(token, **nested(path, open_to(Principal=principal))))
            assert decision.violations == [f"it.{path}.Statement[0]"]
            assert decision.messages[0].startswith(
                f"{path}.Statement[0] gives everyone access, without a condition.\nFix: Set Principal to the account"
            )


@each_resource_policy
@pytest.mark.parametrize(
    "changes",
    [
        {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Effect": "Deny"},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcd123456"}}},
        {"Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:orders"}}},
        # What SNS writes by itself, and what delegates to access points.
        {"Condition": {"StringEquals": {"AWS:SourceOwner": "111122223333"}}},
        {"Condition": {"StringEquals": {"s3:DataAccessPointAccount": "111122223333"}}},
        {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}},
    ],
)
def test_a_resource_that_names_who_may_use_it_complies(type_: str, path: str, changes: dict[str, Any]) -> None:
    assert check(SCOPE, resource(type_, **nested(path, open_to(**changes)))).is_clean


@each_resource_policy
def test_a_resource_without_a_policy_is_its_accounts_own(type_: str, path: str) -> None:
    assert check(SCOPE, resource(type_)).is_clean


@each_resource_policy
def test_a_policy_of_a_resource_that_is_unknown_is_undecided(type_: str, path: str) -> None:
    decision = check(SCOPE, resource(type_, **nested(path, UNKNOWN)))
    assert (decision.violations, decision.undecided) == ([], [f"it.{path}"])


def test_conditions_that_everybody_meets_narrow_nothing() -> None:
    for condition in (
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringLike": {"aws:PrincipalOrgID": "*"}},
        {"StringNotEquals": {"aws:SourceAccount": "111122223333"}},
    ):
        assert (
            len(
                check(
                    SCOPE, resource("aws:sns/topicPolicy:TopicPolicy", policy=open_to(Condition=condition))
                ).violations
            )
            == 1
        )


@pytest.mark.parametrize(
    ("properties", "violations"),
    [
        ({"principal": "*"}, 1),
        ({"principal": "*", "sourceArn": ""}, 1),
        ({"principal": "*", "sourceArn": "arn:aws:execute-api:eu-west-1:*:*"}, 1),
        ({"principal": "*", "sourceAccount": "*"}, 1),
        ({"principal": "*", "functionUrlAuthType": "AWS_IAM"}, 1),
        ({"principal": "*", "principalOrgId": "o-abcd123456"}, 0),
        ({"principal": "*", "sourceArn": "arn:aws:s3:::documents"}, 0),
        ({"principal": "*", "sourceAccount": UNKNOWN}, 0),
        ({"principal": "111122223333"}, 0),
        ({"principal": UNKNOWN}, 0),
        ({}, 0),
    ],
)
def test_a_permission_to_call_a_function_names_somebody(properties: dict[str, Any], violations: int) -> None:
    decision = check(SCOPE, resource("aws:lambda/permission:Permission", **properties))
    assert len(decision.violations) == violations
    assert decision.undecided == []
    assert all('principal is "*": everyone may use the resource.' in message for message in decision.messages)


PERMISSION = "aws:lambda/permission:Permission"
FUNCTION = "aws:lambda/function:Function"
URL = "aws:lambda/functionUrl:FunctionUrl"


def levels(*resources: Resource) -> list[str | None]:
    """The levels of the findings, where they have one of their own."""
    stack = Stack(resources, resources[0].context)
    return [each.level for each in on_stack(POLICIES[SCOPE], stack, Config()) if isinstance(each, Violation)]


OF_URL: list[dict[str, Any]] = [
    {"action": "lambda:InvokeFunctionUrl", "functionUrlAuthType": "NONE"},
    {"action": "lambda:InvokeFunction", "invokedViaFunctionUrl": True},
]


@pytest.mark.parametrize("properties", OF_URL)
@pytest.mark.parametrize("name", [UNKNOWN, "orders"])
def test_the_permissions_of_a_public_url_are_reported_at_the_url(properties: dict[str, Any], name: Any) -> None:
    outputs = {} if name is UNKNOWN else {"name": name}
    function = resource(FUNCTION, "orders", with_outputs=outputs)
    permission = resource(PERMISSION, "public", function=ref(function, name), principal="*", **properties)
    for kind in ("NONE", UNKNOWN):
        url = resource(URL, "orders", functionName=ref(function, name), authorizationType=kind)
        assert decide(POLICIES[SCOPE], function, permission, url).violations == (
            ["orders.authorizationType"] if kind == "NONE" else []
        )
    closed = resource(URL, "orders", functionName=ref(function, name), authorizationType="AWS_IAM")
    for resources in ((function, permission), (function, permission, closed)):
        decision = decide(POLICIES[SCOPE], *resources)
        assert decision.violations == ["public.principal"]
        assert 'principal is "*": the whole internet may call the function by its URL.' in decision.messages[0]
        assert levels(*resources) == ["advisory"]


@pytest.mark.parametrize(
    ("type_", "properties", "violations"),
    [
        ("aws:lambda/layerVersionPermission:LayerVersionPermission", {"principal": "*"}, 1),
        ("aws:lambda/layerVersionPermission:LayerVersionPermission", {"principal": "*", "organizationId": "o-a"}, 0),
        ("aws:cloudwatch/eventPermission:EventPermission", {"principal": "*"}, 1),
        ("aws:cloudwatch/eventPermission:EventPermission", {"principal": "*", "condition": {"key": "a"}}, 0),
        ("aws:cloudwatch/eventPermission:EventPermission", {"principal": "111122223333"}, 0),
    ],
)
def test_other_permissions_name_somebody(type_: str, properties: dict[str, Any], violations: int) -> None:
    assert len(check(SCOPE, resource(type_, **properties)).violations) == violations


def test_the_url_of_a_function_for_everybody_is_advice() -> None:
    url = "aws:lambda/functionUrl:FunctionUrl"
    [finding] = POLICIES[SCOPE].check(resource(url, authorizationType="NONE"), Config())
    assert isinstance(finding, Violation)
    assert finding.level == "advisory"
    assert 'authorizationType is "NONE": the whole internet may call the function.' in finding.message
    assert check(SCOPE, resource(url, authorizationType="AWS_IAM")).is_clean
    assert check(SCOPE, resource(url, authorizationType=UNKNOWN)).undecided == ["it.authorizationType"]


OTHERS = {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}


@pytest.mark.parametrize(
    ("deny", "clean"),
    [
        ({"Condition": OTHERS}, True),
        ({"Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, True),
        ({"Condition": OTHERS, "Action": "s3:Get*", "Resource": "arn:aws:s3:::documents/*"}, True),
        ({"Condition": {**OTHERS, "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, True),
        # What denies less than is allowed, or only under one more condition, or nobody.
        ({"Condition": OTHERS, "Action": "s3:DeleteObject"}, False),
        ({"Condition": OTHERS, "Resource": "arn:aws:s3:::documents/private/*"}, False),
        ({"Condition": {**OTHERS, "Bool": {"aws:SecureTransport": "false"}}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, False),
        ({"Condition": {"StringNotLike": {"aws:SourceVpce": "vpce-*"}}}, False),
        ({"Condition": OTHERS, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, False),
    ],
)
def test_a_statement_that_denies_all_others_what_is_allowed_keeps_everybody_out(
    deny: dict[str, Any], clean: bool
) -> None:
    allow = {**OPEN, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
    policy = json.dumps({"Statement": [allow, {**OPEN, "Effect": "Deny", **deny}]})
    assert check(SCOPE, resource("aws:s3/bucketPolicy:BucketPolicy", policy=policy)).is_clean == clean


def test_a_secret_resource_policy_is_judged_and_not_shown() -> None:
    policy = resource("aws:sqs/queuePolicy:QueuePolicy", policy=Secret(open_to()))
    decision = decide(POLICIES[SCOPE], policy)
    assert decision.violations == ["it.policy.Statement[0]"]
    assert "gives everyone access" in decision.messages[0]


@pytest.mark.parametrize("left_out", [{"NotAction": "s3:GetObject"}, {"NotResource": "arn:aws:s3:::documents/*"}])
def test_a_statement_that_leaves_out_what_is_allowed_denies_nobody(left_out: dict[str, Any]) -> None:
    name = next(iter(left_out)).removeprefix("Not")
    deny = {
        **{key: value for key, value in OPEN.items() if key != name},
        "Effect": "Deny",
        "Condition": OTHERS,
        **left_out,
    }
    policy = json.dumps({"Statement": [{**OPEN, "Action": "s3:*", "Resource": "*"}, deny]})
    assert len(check(SCOPE, resource("aws:s3/bucketPolicy:BucketPolicy", policy=policy)).violations) == 1


@pytest.mark.parametrize(
    "networks", [["0.0.0.0/1", "128.0.0.0/1"], ["203.0.113.0/24", "0.0.0.0/2"], ["::/1", "8000::/1"]]
)
def test_networks_that_are_everybody_together_narrow_nothing(networks: list[str]) -> None:
    condition = {"IpAddress": {"aws:SourceIp": networks}}
    policy = resource("aws:s3/bucketPolicy:BucketPolicy", policy=open_to(Condition=condition))
    assert check(SCOPE, policy).violations == ["it.policy.Statement[0]"]
    # A Deny for all others then denies nobody.
    deny = {**OPEN, "Effect": "Deny", "Condition": {"NotIpAddress": {"aws:SourceIp": networks}}}
    denied = resource("aws:s3/bucketPolicy:BucketPolicy", policy=json.dumps({"Statement": [OPEN, deny]}))
    assert check(SCOPE, denied).violations == ["it.policy.Statement[0]"]


def test_statements_that_deny_are_found_by_their_resources() -> None:
    read = {**OPEN, "Action": ["s3:GetObject", "s3:ListBucket"]}
    allow = [{**read, "Resource": [f"arn:aws:s3:::b/{number}/*", "arn:aws:s3:::b"]} for number in range(3)]
    deny = {**OPEN, "Effect": "Deny", "Condition": OTHERS, "Action": ["s3:Get*", "s3:List*"]}
    denies = [{**deny, "Resource": [f"arn:aws:s3:::B/{number}/*", "arn:aws:s3:::b"]} for number in (0, 2)]
    policy = resource("aws:s3/bucketPolicy:BucketPolicy", policy=json.dumps({"Statement": [*allow, *denies]}))
    assert check(SCOPE, policy).violations == ["it.policy.Statement[1]"]
    # Neither all actions nor all resources of a statement are denied.
    some = [{**denies[0], "Action": "s3:Get*"}, {**denies[0], "Resource": "arn:aws:s3:::b/0/*"}]
    policy = resource("aws:s3/bucketPolicy:BucketPolicy", policy=json.dumps({"Statement": [allow[0], *some]}))
    assert check(SCOPE, policy).violations == ["it.policy.Statement[0]"]


DOMAIN = "aws:opensearch/domain:Domain"
API = "aws:apigateway/restApi:RestApi"


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (DOMAIN, {}),
        ("aws:elasticsearch/domain:Domain", {"advancedSecurityOptions": {"enabled": False}}),
        (API, {"endpointConfiguration": {"types": "PRIVATE"}}),
        (API, {"endpointConfiguration": {"types": ["PRIVATE"]}}),
        ("aws:apigateway/domainName:DomainName", {}),
        ("aws:cloudsearch/domainServiceAccessPolicy:DomainServiceAccessPolicy", {}),
    ],
)
def test_a_policy_is_open_where_nothing_else_guards(type_: str, inputs: dict[str, Any]) -> None:
    path = resource_policies.GUARDED_POLICIES[type_]
    decision = check(SCOPE, resource(type_, **inputs, **{path: open_to()}))
    assert decision.violations == [f"it.{path}.Statement[0]"]
    assert f"{path}.Statement[0] gives everyone access who can reach it, without a condition." in decision.messages[0]
    narrow = open_to(Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    assert check(SCOPE, resource(type_, **inputs, **{path: narrow})).is_clean
    assert check(SCOPE, resource(type_, **inputs)).is_clean
    assert check(SCOPE, resource(type_, **inputs, **{path: UNKNOWN})).undecided == [f"it.{path}"]


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (DOMAIN, {"vpcOptions": {"subnetIds": UNKNOWN}}),
        (DOMAIN, {"advancedSecurityOptions": {"enabled": True}}),
        (DOMAIN, {"advancedSecurityOptions": {"enabled": UNKNOWN}}),
        (API, {}),
        (API, {"endpointConfiguration": {"types": "REGIONAL"}}),
    ],
)
def test_what_something_else_guards_may_have_an_open_policy(type_: str, inputs: dict[str, Any]) -> None:
    path = resource_policies.GUARDED_POLICIES[type_]
    assert check(SCOPE, resource(type_, **inputs, **{path: open_to()})).is_clean


@pytest.mark.parametrize(
    ("type_", "guarded", "prop", "closed", "public"),
    [
        ("aws:opensearch/domainPolicy:DomainPolicy", DOMAIN, "domainName", {"vpcOptions": {"subnetIds": ["s"]}}, {}),
        (
            "aws:elasticsearch/domainPolicy:DomainPolicy",
            "aws:elasticsearch/domain:Domain",
            "domainName",
            {"vpcOptions": {"subnetIds": ["s"]}},
            {},
        ),
        (
            "aws:apigateway/restApiPolicy:RestApiPolicy",
            API,
            "restApiId",
            {"endpointConfiguration": {"types": "REGIONAL"}},
            {"endpointConfiguration": {"types": "PRIVATE"}},
        ),
    ],
)
def test_a_policy_of_its_own_is_judged_with_what_it_guards(
    type_: str, guarded: str, prop: str, closed: dict[str, Any], public: dict[str, Any]
) -> None:
    path = resource_policies.GUARDED_POLICIES[type_]
    for inputs, violations in ((closed, []), (public, [f"it.{path}.Statement[0]"])):
        thing = resource(guarded, "guarded", **inputs)
        policy = resource(type_, **{prop: ref(thing), path: open_to()})
        assert check(SCOPE, thing, policy).violations == violations
    elsewhere = resource(type_, **{prop: "guarded", path: open_to()})
    assert check(SCOPE, elsewhere).undecided == [f"it.{path}"]


@pytest.mark.parametrize(
    ("type_", "condition"),
    [
        ("aws:efs/fileSystemPolicy:FileSystemPolicy", {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}),
        ("aws:vpclattice/authPolicy:AuthPolicy", {"StringNotEquals": {"aws:PrincipalType": "Anonymous"}}),
    ],
)
def test_services_have_conditions_of_their_own(type_: str, condition: dict[str, Any]) -> None:
    assert check(SCOPE, resource(type_, policy=open_to(Condition=condition))).is_clean
    assert check(SCOPE, resource(type_, policy=open_to())).violations == ["it.policy.Statement[0]"]
    assert levels(resource(type_, policy=open_to())) == ["advisory"]
