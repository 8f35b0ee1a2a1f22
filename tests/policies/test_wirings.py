"""Wirings: that services may use the targets that the stack wires them to, row by row of the table, and their roles."""

import json
from typing import Any

import pytest

from policypack.data.wirings import BUCKET, FUNCTION, LOG_GROUP, QUEUE, TOPIC, TRUSTS, WIRINGS, Trust, Wiring
from policypack.model import Resource
from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource
from tests.support import POLICIES as PACKED
from tests.support import check

pytestmark = pytest.mark.broad

ACCESS, TRUST = "service-access-to-targets", "role-trust"
PERMISSION = "aws:lambda/permission:Permission"
ROLE = "aws:iam/role:Role"
ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
REGION = "eu-west-1"
NAMES = {BUCKET: "bucket", QUEUE: "name", TOPIC: "name", LOG_GROUP: "name", FUNCTION: "name"}
SERVICES = {BUCKET: "s3", QUEUE: "sqs", TOPIC: "sns", LOG_GROUP: "logs", FUNCTION: "lambda"}
POLICIES = {
    BUCKET: ("aws:s3/bucketPolicy:BucketPolicy", "bucket", "policy"),
    QUEUE: ("aws:sqs/queuePolicy:QueuePolicy", "queueUrl", "policy"),
    TOPIC: ("aws:sns/topicPolicy:TopicPolicy", "arn", "policy"),
}
IDENTITY = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"
RECORDER = resource(
    "aws:cfg/recorder:Recorder",
    "recorder",
    roleArn=f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
)


def identity(wiring: Wiring) -> str:
    return f"{wiring.type.rpartition(':')[2]}.{wiring.paths[0]}-{wiring.target.rpartition(':')[2]}-{wiring.service}"


def nested(path: str, value: Any) -> dict[str, Any]:
    """The properties in which a value stands at a path."""
    for step in reversed(path.split(".")):
        value = {step.removesuffix("[]"): [value] if step.endswith("[]") else value}
    return value if isinstance(value, dict) else {}


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    result = {**one}
    for key, value in other.items():
        into = result.get(key)
        if isinstance(into, dict):
            result[key] = merged(into, value)
        elif isinstance(into, list):
            result[key] = [merged(into[0], value[0])]
        else:
            result[key] = value
    return result


def who(wiring: Wiring) -> str:
    return "the origin access identity" if wiring.identity else f"{wiring.service}.amazonaws.com"


def target_of(wiring: Wiring, **inputs: Any) -> Resource:
    return resource(wiring.target, "target", **{NAMES[wiring.target]: "acme-target", **inputs})


def source_arn(wiring: Wiring) -> str:
    """The ARN of the source of the stack below, as AWS would make it."""
    _, _, service, region, account, rest = (wiring.source_arn if ":" in wiring.source_arn else "arn:*:x:*:*:y").split(
        ":", 5
    )
    rest = rest.replace("*{}", "{}").replace("{}*", "{}").format("acme-source").replace("*", "any")
    return f"arn:aws:{service}:{region and REGION}:{account and ACCOUNT}:{rest}"


def user_of(wiring: Wiring, target: Resource, **inputs: Any) -> Resource:
    """A resource with the wiring."""
    named: Any = ref(target)
    found = nested(wiring.paths[0], named)
    if beside := wiring.beside or wiring.identity:
        head = wiring.paths[0].rpartition(".")[0]
        found = merged(found, nested(f"{head}.{beside}", "origin-access-identity/cloudfront/E1"))
    for path, texts in wiring.only_if.items():
        if texts[0]:
            found = merged(found, nested(path, texts[0] == "true" or texts[0]))
    if wiring.source:
        found[wiring.source] = "acme-source"
    elif wiring.source_name == "id":
        inputs["with_outputs"] = {"id": "acme-source", **inputs.get("with_outputs", {})}
    elif "{}" in wiring.source_arn:
        found[wiring.source_name] = "acme-source"
    return resource(wiring.type, "user", **{**found, **inputs})


def resources_of(wiring: Wiring) -> list[str]:
    arn = f"arn:aws:{SERVICES[wiring.target]}:{REGION}:{ACCOUNT}:acme-target"
    if wiring.target == BUCKET:
        return ["arn:aws:s3:::acme-target", "arn:aws:s3:::acme-target/*"]
    return [arn] if wiring.target in POLICIES else ["*"]


def allowing(wiring: Wiring, **elements: Any) -> dict[str, Any]:
    """The statement that AWS's documentation has for the wiring."""
    of_source = {"ArnLike": {"aws:SourceArn": source_arn(wiring)}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}
    return {
        "Effect": "Allow",
        "Principal": {"AWS": IDENTITY} if wiring.identity else {"Service": f"{wiring.service}.amazonaws.com"},
        "Action": list(wiring.actions),
        "Resource": resources_of(wiring),
        **({} if wiring.identity else {"Condition": of_source}),
        **elements,
    }


def policy_of(target: Resource, *statements: Any, document: Any = None) -> list[Resource]:
    """What says who may use a target: a policy, or a Permission for each statement."""
    if target.type == FUNCTION:
        return [permission(target, each, f"policy-{index}") for index, each in enumerate(statements)]
    text = document or json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    if target.type == LOG_GROUP:
        return [resource("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "policy", policyDocument=text)]
    type_, to, path = POLICIES[target.type]
    return [resource(type_, "policy", **{to: ref(target), path: text})]


def permission(target: Resource, statement: dict[str, Any], name: str = "policy", **inputs: Any) -> Resource:
    conditions = statement.get("Condition", {})
    return resource(
        PERMISSION,
        name,
        **{
            "function": ref(target),
            "action": statement["Action"][0],
            "principal": next(iter(statement["Principal"].values())),
            "sourceArn": conditions.get("ArnLike", {}).get("aws:SourceArn"),
            "sourceAccount": conditions.get("StringEquals", {}).get("aws:SourceAccount"),
            **inputs,
        },
    )


def asked(wiring: Wiring, *policy: Resource, target: Resource | None = None, **inputs: Any) -> Decision:
    target = target or target_of(wiring)
    return check(ACCESS, target, user_of(wiring, target, **inputs), RECORDER, *policy)


each_row = pytest.mark.parametrize("wiring", WIRINGS, ids=identity)
IN_OWN_NAME = tuple(row for row in WIRINGS if not row.identity)


def without(rows: tuple[Wiring, ...], *targets: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("wiring", [row for row in rows if row.target not in targets], ids=identity)


# Each row of the table


@each_row
def test_what_aws_documents_is_right(wiring: Wiring) -> None:
    target = target_of(wiring)
    assert asked(wiring, *policy_of(target, allowing(wiring)), target=target).is_clean


@each_row
def test_the_service_is_let_in_for_every_source(wiring: Wiring) -> None:
    target = target_of(wiring)
    assert asked(wiring, *policy_of(target, allowing(wiring, Condition={})), target=target).is_clean


@each_row
def test_nothing_lets_the_service_in(wiring: Wiring) -> None:
    decision = asked(wiring)
    if wiring.works_by_default:
        assert decision.is_clean
        return
    assert len(decision.violations) == 1
    assert who(wiring) in decision.messages[0]
    assert ("AWS refuses the update" in decision.messages[0]) == wiring.is_refused
    assert all(action in decision.messages[0] for action in wiring.actions)


@each_row
def test_another_service_is_let_in(wiring: Wiring) -> None:
    target = target_of(wiring)
    statement = allowing(wiring, Principal={"Service": "mediastore.amazonaws.com"})
    decision = asked(wiring, *policy_of(target, statement), target=target)
    assert len(decision.violations) == 1
    assert who(wiring) in decision.messages[0]


@each_row
def test_the_service_may_do_something_else(wiring: Wiring) -> None:
    target = target_of(wiring)
    action = f"{wiring.actions[0].partition(':')[0]}:Tag*"
    decision = asked(wiring, *policy_of(target, allowing(wiring, Action=[action])), target=target)
    assert len(decision.violations) == 1
    assert "[secret]" not in decision.messages[0]


@without(IN_OWN_NAME)
def test_the_service_is_let_in_for_another_account(wiring: Wiring) -> None:
    target = target_of(wiring)
    of_account = {"arn": f"arn:aws:any:{REGION}:{ACCOUNT}:user"}
    statement = allowing(wiring, Condition={"StringEquals": {"aws:SourceAccount": OTHER_ACCOUNT}})
    decision = asked(wiring, *policy_of(target, statement), target=target, with_outputs=of_account)
    assert len(decision.violations) == 1
    assert OTHER_ACCOUNT in decision.messages[0]


@pytest.mark.parametrize("wiring", [row for row in WIRINGS if row.source_arn != "*"], ids=identity)
def test_the_service_is_let_in_for_another_source(wiring: Wiring) -> None:
    target = target_of(wiring)
    other = allowing(wiring, Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:braket:{REGION}:{ACCOUNT}:job/other"}})
    decision = asked(wiring, *policy_of(target, other), target=target)
    assert len(decision.violations) == 1
    assert "job/other" in decision.messages[0]


@pytest.mark.parametrize("wiring", [row for row in WIRINGS if "{}" in row.source_arn], ids=identity)
def test_the_source_has_another_name(wiring: Wiring) -> None:
    target = target_of(wiring)
    other = source_arn(wiring).replace("acme-source", "acme-other")
    statement = allowing(wiring, Condition={"ArnLike": {"aws:SourceArn": other}})
    assert len(asked(wiring, *policy_of(target, statement), target=target).violations) == 1


@without(WIRINGS, FUNCTION)
def test_a_statement_denies_it(wiring: Wiring) -> None:
    target = target_of(wiring)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    decision = asked(wiring, *policy_of(target, allowing(wiring), deny), target=target)
    assert len(decision.violations) == 1
    assert f"denies {who(wiring)}" in decision.messages[0]
    assert "Except" in decision.messages[0]


@without(WIRINGS, FUNCTION)
def test_a_statement_that_asks_for_tls_denies_nothing(wiring: Wiring) -> None:
    target = target_of(wiring)
    tls = {"Bool": {"aws:SecureTransport": "false"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": tls}
    assert asked(wiring, *policy_of(target, allowing(wiring), deny), target=target).is_clean


@without(WIRINGS, FUNCTION, LOG_GROUP)
def test_the_policy_is_about_another_resource(wiring: Wiring) -> None:
    target = target_of(wiring)
    arn = f"arn:aws:{SERVICES[wiring.target]}:{REGION}:{ACCOUNT}:acme-other"
    decision = asked(wiring, *policy_of(target, allowing(wiring, Resource=[arn, f"{arn}/*"])), target=target)
    assert len(decision.violations) == 1
    assert "acme-other" in decision.messages[0]


@without(WIRINGS, FUNCTION)
def test_an_unknown_policy_is_undecided(wiring: Wiring) -> None:
    target = target_of(wiring)
    decision = asked(wiring, *policy_of(target, document=UNKNOWN), target=target)
    assert decision.violations == []
    assert len(decision.undecided) == 1
    assert decision.undecided[0].startswith("policy.")


@pytest.mark.parametrize("wiring", [row for row in WIRINGS if row.target == FUNCTION], ids=identity)
def test_an_unknown_principal_is_undecided(wiring: Wiring) -> None:
    target = target_of(wiring)
    unknown = permission(target, allowing(wiring), principal=UNKNOWN)
    decision = asked(wiring, unknown, target=target)
    assert (decision.violations, decision.undecided) == ([], ["policy.principal"])


@each_row
def test_a_target_outside_of_the_stack_is_not_asked_about(wiring: Wiring) -> None:
    target = target_of(wiring)
    assert check(ACCESS, user_of(wiring, target), RECORDER).is_clean


@pytest.mark.parametrize("wiring", [row for row in WIRINGS if row.only_if or row.unless_set], ids=identity)
def test_what_makes_no_wiring_is_not_asked_about(wiring: Wiring) -> None:
    inputs: dict[str, Any] = dict.fromkeys(wiring.unless_set, "arn:aws:iam::111122223333:role/r")
    target = target_of(wiring)
    user = user_of(wiring, target, **inputs)
    if wiring.only_if:
        path = next(iter(wiring.only_if))
        found = merged(nested(wiring.paths[0], ref(target)), nested(path, "other"))
        user = resource(wiring.type, "user", **found)
    assert check(ACCESS, target, user, RECORDER).is_clean


@pytest.mark.parametrize("wiring", [row for row in WIRINGS if row.only_if], ids=identity)
def test_what_may_make_no_wiring_is_undecided(wiring: Wiring) -> None:
    path = next(iter(wiring.only_if))
    target = target_of(wiring)
    found = merged(nested(wiring.paths[0], ref(target)), nested(path, UNKNOWN))
    if len(wiring.only_if) > 1 and (text := list(wiring.only_if.values())[1][0]):
        found["loadBalancerType"] = text
    decision = check(ACCESS, target, resource(wiring.type, "user", **found), RECORDER)
    assert (decision.violations, decision.undecided) == ([], [f"user.{path}"])


# What the rows share


NOTIFICATION, RULE_TARGET = WIRINGS[0], WIRINGS[3]
ALARM = next(row for row in WIRINGS if row.service == "cloudwatch")
SUBSCRIPTION = next(row for row in WIRINGS if row.type.endswith(":TopicSubscription"))
BALANCER = next(row for row in WIRINGS if row.service == "logdelivery.elasticloadbalancing")
TO_FUNCTION = WIRINGS[2]
FLOW_LOG = next(row for row in WIRINGS if row.type.endswith(":FlowLog"))


def test_the_message_says_what_is_missing_and_the_statement_to_add() -> None:
    bucket = resource(BUCKET, "data", bucket="acme-data", with_outputs={"arn": "arn:aws:s3:::acme-data"})
    queue = resource(QUEUE, "in", with_outputs={"arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:in"})
    notification = resource(NOTIFICATION.type, "n", bucket=ref(bucket), queues=[{"queueArn": ref(queue)}])
    decision = check(ACCESS, bucket, queue, notification)
    message, fix, *_ = decision.messages[0].split("\n")
    assert message == (
        "AWS refuses the update: 'n' (aws:s3/bucketNotification:BucketNotification) names 'in' in queues[0].queueArn, "
        "but the queue has no policy that lets s3.amazonaws.com use it (sqs:SendMessage)."
    )
    assert fix == (
        "Fix: Add an aws.sqs.QueuePolicy for this queue with this in Statement of its policy: "
        '{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": '
        f'"arn:aws:sqs:{REGION}:{ACCOUNT}:in", "Condition": {{"ArnLike": '
        '{"aws:SourceArn": "arn:aws:s3:::acme-data"}, '
        f'"StringEquals": {{"aws:SourceAccount": "{ACCOUNT}"}}}}}}. '
        "Let 'n' depend on it (dependsOn)."
    )


def statements_in(fix: str, wiring: Wiring) -> list[Any]:
    """The statements that a fix adds, with what it has words for."""
    text = fix.partition("Statement of ")[2].partition(": ")[2].split("\n")[0]
    text = text.replace("ARN of 'target'", resources_of(wiring)[0]).replace("ARN of 'user'", source_arn(wiring))
    text = text.replace("REGION", REGION).replace("ACCOUNT", ACCOUNT).replace("PREFIX/", "")
    text = text.replace("Identity ID", "Identity E1")
    found, decoder = [], json.JSONDecoder()
    while text.startswith("{"):
        statement, end = decoder.raw_decode(text)
        found.append(statement)
        text = text[end:].removeprefix(", ")
    return found


@without(WIRINGS, FUNCTION)
def test_what_the_fix_adds_is_enough(wiring: Wiring) -> None:
    target = target_of(wiring)
    policy = policy_of(target, allowing(wiring, Principal={"Service": "mediastore.amazonaws.com"}))
    fix = asked(wiring, *policy, target=target).messages[0]
    statements = statements_in(fix, wiring)
    assert statements
    assert asked(wiring, *policy_of(target, *statements), target=target).is_clean
    assert check("confused-deputy", target, user_of(wiring, target), *policy_of(target, *statements)).violations == []


@without(IN_OWN_NAME, FUNCTION)
def test_a_statement_that_is_nearly_right_is_corrected(wiring: Wiring) -> None:
    target = target_of(wiring)
    where = "policyDocument.Statement[0]" if wiring.target == LOG_GROUP else "policy.Statement[0]"
    service = wiring.actions[0].partition(":")[0]
    wrong = [
        (allowing(wiring, Action=[f"{service}:Tag*"]), f"to Action of {where}."),
        (allowing(wiring, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), "Replace aws:PrincipalOrgID"),
    ]
    if wiring.target not in (LOG_GROUP,):
        wrong.append((allowing(wiring, Resource="arn:aws:x:::other"), f"to Resource of {where}."))
    for statement, said in wrong:
        message = asked(wiring, *policy_of(target, statement), target=target).messages[0]
        assert said in message.split("\n")[1]
        assert "Add this to Statement" not in message


def test_every_source_that_one_document_refuses_is_named() -> None:
    queue = resource(QUEUE, "in", region=REGION)
    buckets = [resource(BUCKET, name) for name in ("one", "two", "three")]
    users = [resource(NOTIFICATION.type, f"n-{each.name}", bucket=ref(each), queues=[{"queueArn": ref(queue)}])
             for each in buckets]  # fmt: skip
    decision = check(ACCESS, queue, *buckets, *users)
    message, fix, *program = decision.messages[0].split("\n")
    assert "(and so do 'n-two' and 'n-three')" in message
    assert """["ARN of 'one'", "ARN of 'two'", "ARN of 'three'"]""" in fix
    assert "Let 'n-one', 'n-two' and 'n-three' depend on it (dependsOn)." in fix
    assert program[:2] == ["In Pulumi YAML, with each resource by its name:", "in-policy:"]
    assert 'aws:SourceArn: ["${one.arn}", "${two.arn}", "${three.arn}"]' in map(str.strip, program)


def test_a_source_is_added_beside_those_that_are_right() -> None:
    queue = target_of(NOTIFICATION)
    statement = allowing(NOTIFICATION, Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::acme-source"}})
    right = user_of(NOTIFICATION, queue)
    wrong = resource(NOTIFICATION.type, "second", bucket="acme-second", queues=[{"queueArn": ref(queue)}])
    [message] = check(ACCESS, queue, right, wrong, *policy_of(queue, statement)).messages
    assert "'second' (" in message
    assert (
        'Fix: Add "arn:aws:s3:::acme-second" to aws:SourceArn in Condition.ArnLike of policy.Statement[0].' in message
    )


def test_a_statement_with_a_literal_wildcard_gets_another_operator() -> None:
    queue = target_of(NOTIFICATION)
    statement = allowing(NOTIFICATION, Condition={"StringEquals": {"aws:SourceArn": "arn:aws:s3:::acme-*"}})
    [message] = asked(NOTIFICATION, *policy_of(queue, statement), target=queue).messages
    assert "Fix: Write ArnLike in place of StringEquals in Condition of policy.Statement[0]." in message


def test_a_statement_that_lets_others_in_is_not_widened() -> None:
    queue = target_of(NOTIFICATION)
    both = {"Service": ["s3.amazonaws.com", "sns.amazonaws.com"]}
    statement = allowing(NOTIFICATION, Principal=both, Action="sqs:Get*")
    assert "Add this to Statement" in asked(NOTIFICATION, *policy_of(queue, statement), target=queue).messages[0]


def test_a_permission_that_is_of_no_use_is_corrected() -> None:
    function = target_of(TO_FUNCTION)
    other = allowing(TO_FUNCTION, Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::acme-other"}})
    user = user_of(TO_FUNCTION, function)
    [message] = check(ACCESS, function, user, permission(function, other)).messages
    assert """Set sourceArn to "arn:aws:s3:::acme-source" and sourceAccount to "ACCOUNT" in 'policy'.""" in message
    second = resource(
        TO_FUNCTION.type, "second", bucket="acme-other", lambdaFunctions=[{"lambdaFunctionArn": ref(function)}]
    )
    [message] = check(ACCESS, function, user, second, permission(function, other)).messages
    assert "Fix: Add an aws.lambda.Permission with function set to this function" in message


def test_places_are_filled_in_where_the_stack_knows_them() -> None:
    trail = next(row for row in WIRINGS if row.type.endswith(":Trail") and row.target == BUCKET)
    bucket = resource(BUCKET, "logs", bucket="logs")
    roles = json.dumps([{"roleArn": f"arn:aws:iam::{ACCOUNT}:role/deploy"}])
    for settings in ({"assumeRoles": roles}, {"allowedAccountIds": json.dumps([ACCOUNT])}):
        provider = resource("pulumi:providers:aws", "aws", region=REGION, **settings)
        user = resource(trail.type, "audit", with_provider=provider, name="audit", s3BucketName=ref(bucket))
        # pulumi_policy does not show the provider.
        assert f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit" in decide(PACKED[ACCESS], bucket, user).messages[0]
    provider = resource("pulumi:providers:aws", "aws", region=REGION)
    user = resource(trail.type, "audit", with_provider=provider, name="audit", s3BucketName=ref(bucket))
    for accounts, is_known in (([ACCOUNT], True), ([ACCOUNT, OTHER_ACCOUNT], False)):
        roots = [f"arn:aws:iam::{each}:root" for each in accounts]
        document = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": roots}, "Action": "kms:*", "Resource": "*"}]}
        key = resource("aws:kms/key:Key", "key", with_provider=provider, policy=json.dumps(document))
        message = decide(PACKED[ACCESS], bucket, user, key).messages[0]
        assert (f":{ACCOUNT}:trail/audit" in message) == is_known
    provider = resource("pulumi:providers:aws", "aws", region=REGION, allowedAccountIds=Secret(json.dumps([ACCOUNT])))
    user = resource(trail.type, "audit", with_provider=provider, name="audit", s3BucketName=ref(bucket))
    assert "ACCOUNT" in decide(PACKED[ACCESS], bucket, user).messages[0]


def test_a_fix_keeps_in_whom_the_default_policy_lets_in() -> None:
    """A TopicPolicy replaces the default policy, by which alarms publish."""
    topic = target_of(WIRINGS[1])
    alarm = user_of(ALARM, topic)
    notification = resource(NOTIFICATION.type, "n", bucket="b", topics=[{"topicArn": ref(topic)}])
    decision = check(ACCESS, topic, alarm, notification)
    assert decision.violations == ["target.policy"]
    assert '"cloudwatch.amazonaws.com"' in decision.messages[0].split("\n")[1]
    assert '"s3.amazonaws.com"' in decision.messages[0].split("\n")[1]


def test_services_that_one_unknown_document_decides_about_are_one_question() -> None:
    queue = target_of(NOTIFICATION)
    policy = policy_of(queue, document=UNKNOWN)
    users = [user_of(NOTIFICATION, queue), resource(SUBSCRIPTION.type, "sub", topic="t", endpoint=ref(queue))]
    decision = check(ACCESS, queue, *users, *policy)
    assert (decision.violations, decision.undecided) == ([], ["policy.policy"])


def test_a_policy_of_an_unknown_queue_is_undecided() -> None:
    queue = target_of(NOTIFICATION)
    policy = resource("aws:sqs/queuePolicy:QueuePolicy", "policy", queueUrl=UNKNOWN, policy="{}")
    decision = check(ACCESS, queue, user_of(NOTIFICATION, queue), policy)
    assert (decision.violations, decision.undecided) == ([], ["policy.queueUrl"])


def test_a_policy_in_the_queue_itself_is_read() -> None:
    document = json.dumps({"Statement": [allowing(NOTIFICATION)]})
    assert asked(NOTIFICATION, target=target_of(NOTIFICATION, policy=document)).is_clean


@pytest.mark.parametrize("document", ["", "no JSON"])
def test_a_document_that_is_none_lets_nobody_in_or_is_reported_elsewhere(document: str) -> None:
    decision = asked(NOTIFICATION, target=target_of(NOTIFICATION, policy=document))
    assert decision.violations == ([] if document else ["target.policy"])


@pytest.mark.parametrize(
    "elements",
    [
        {"Principal": "*", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:acme-*"}}},
        {"Principal": {"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]}},
        {"Action": "SQS:*"},
        {"Action": "*"},
        {"Resource": "*"},
        {"Resource": "arn:aws:sqs:*:*:acme-*"},
        {"Condition": {"StringLike": {"aws:SourceArn": "arn:aws:s3:::acme-s?urce"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalServiceName": "s3.amazonaws.com"}}},
        {"Condition": {"StringEquals": {"aws:SourceOrgID": "o-1"}}},
    ],
)
def test_ways_to_let_the_service_in(elements: dict[str, Any]) -> None:
    target = target_of(NOTIFICATION)
    assert asked(NOTIFICATION, *policy_of(target, allowing(NOTIFICATION, **elements)), target=target).is_clean


def test_not_action_and_not_resource_are_what_they_leave_out() -> None:
    target = target_of(NOTIFICATION)
    statement = allowing(NOTIFICATION)
    right = {key: value for key, value in statement.items() if key not in ("Action", "Resource")}
    right |= {"NotAction": "sqs:DeleteQueue", "NotResource": "arn:aws:sqs:eu-west-1:111122223333:other"}
    assert asked(NOTIFICATION, *policy_of(target, right), target=target).is_clean
    wrong = {**right, "NotAction": "sqs:Send*"}
    assert asked(NOTIFICATION, *policy_of(target, wrong), target=target).violations == ["policy.policy"]


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
        {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
        {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
        {"StringEquals": {"aws:SourceOwner": ACCOUNT}},
        {"StringEquals": {"aws:SourceArn": "arn:aws:s3:::acme-*"}},
    ],
)
def test_conditions_that_a_service_cannot_meet(condition: Any) -> None:
    target = target_of(NOTIFICATION)
    statement = allowing(NOTIFICATION, Principal="*", Condition=condition)
    decision = asked(NOTIFICATION, *policy_of(target, statement), target=target)
    assert decision.violations == ["policy.policy.Statement[0]"] or decision.violations == ["policy.policy"]
    assert next(iter(next(iter(condition.values())))) in decision.messages[0]


@pytest.mark.parametrize(
    ("condition", "denies"),
    [
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, True),
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True),
        ({"ArnNotLike": {"aws:SourceArn": "arn:aws:s3:::acme-other"}}, True),
        ({"ArnNotLike": {"aws:SourceArn": "arn:aws:s3:::acme-source"}}, False),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}, "Bool": {"aws:PrincipalIsAWSService": "false"}}, False),
    ],
)
def test_conditions_of_a_deny(condition: Any, denies: bool) -> None:
    target = target_of(NOTIFICATION)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*", "Condition": condition}
    decision = asked(NOTIFICATION, *policy_of(target, allowing(NOTIFICATION), deny), target=target)
    assert bool(decision.violations) == denies


def test_a_deny_that_excepts_the_service_does_not_deny_it() -> None:
    target = target_of(NOTIFICATION)
    deny = {"Effect": "Deny", "NotPrincipal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:*", "Resource": "*"}
    assert asked(NOTIFICATION, *policy_of(target, allowing(NOTIFICATION), deny), target=target).is_clean


def test_the_default_statement_of_topics_lets_alarms_in_and_rules_not() -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "SNS:Publish",
        "Resource": "*",
        "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}},
    }
    topic = target_of(ALARM)
    assert asked(ALARM, *policy_of(topic, statement), target=topic).is_clean
    assert asked(WIRINGS[4], *policy_of(topic, statement), target=topic).violations


@pytest.mark.parametrize(
    ("region", "account", "is_right"),
    [
        (REGION, "156460612806", True),
        (REGION, "arn:aws:iam::156460612806:root", True),
        (REGION, "arn:aws:iam::127311923021:root", False),
        (None, "127311923021", True),
        (REGION, ACCOUNT, False),
    ],
)
def test_the_account_of_elastic_load_balancing_may_be_named(region: Any, account: str, is_right: bool) -> None:
    bucket = target_of(BALANCER)
    statement = allowing(BALANCER, Principal={"AWS": account}, Condition={})
    decision = asked(BALANCER, *policy_of(bucket, statement), target=bucket, region=region)
    assert decision.is_clean == is_right


@pytest.mark.parametrize(
    ("prefix", "resource_", "is_right"),
    [
        (None, "AWSLogs/111122223333/*", True),
        (None, "AWSLogs/*", True),
        (None, "web/AWSLogs/*", False),
        ("web", "web/AWSLogs/*", True),
        ("web", "AWSLogs/*", False),
        ("web", "*", True),
        (UNKNOWN, "web/AWSLogs/*", True),
    ],
)
def test_the_folder_of_the_logs_counts(prefix: Any, resource_: str, is_right: bool) -> None:
    bucket = target_of(BALANCER)
    statement = allowing(BALANCER, Resource=f"arn:aws:s3:::acme-target/{resource_}")
    user = resource(
        BALANCER.type, "user", accessLogs={"bucket": ref(bucket, "acme-target"), "enabled": True, "prefix": prefix}
    )
    assert check(ACCESS, bucket, user, *policy_of(bucket, statement)).is_clean == is_right


def test_a_bucket_without_its_objects_is_not_enough() -> None:
    bucket = target_of(BALANCER)
    statement = allowing(BALANCER, Resource="arn:aws:s3:::acme-target")
    assert asked(BALANCER, *policy_of(bucket, statement), target=bucket).violations == ["policy.policy"]


def test_config_with_a_role_of_ones_own_has_that_roles_rights() -> None:
    row = next(row for row in WIRINGS if row.type.endswith(":DeliveryChannel"))
    bucket = target_of(row)
    recorder = resource(RECORDER.type, "recorder", roleArn=f"arn:aws:iam::{ACCOUNT}:role/config")
    assert check(ACCESS, bucket, user_of(row, bucket), recorder).is_clean


def test_an_acl_lets_access_logs_in() -> None:
    row = next(row for row in WIRINGS if row.takes_acl)
    bucket = target_of(row)
    acl = resource("aws:s3/bucketAcl:BucketAcl", "acl", bucket=ref(bucket), acl="log-delivery-write")
    assert asked(row, acl, target=bucket).is_clean


@pytest.mark.parametrize("end", ["", ":live"])
def test_after_an_update_the_function_is_found_by_its_arn(end: str) -> None:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:resize"
    function = resource(FUNCTION, "resize", with_outputs={"arn": arn, "name": "resize"})
    row = next(row for row in WIRINGS if row.type.endswith("apigateway/integration:Integration"))
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}{end}/invocations"
    integration = resource(row.type, "user", uri=uri, restApi="abc")
    assert check(ACCESS, function, integration).violations == ["resize"]
    right = resource(
        PERMISSION,
        "p",
        function="resize",
        qualifier=end.removeprefix(":") or None,
        action="lambda:InvokeFunction",
        principal="apigateway.amazonaws.com",
        sourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:abc/*/GET/x",
    )
    assert check(ACCESS, function, integration, right).is_clean


def test_an_alias_is_its_function() -> None:
    function = resource(FUNCTION, "resize")
    alias = resource("aws:lambda/alias:Alias", "live", functionName=ref(function))
    user = resource(TO_FUNCTION.type, "user", bucket="b", lambdaFunctions=[{"lambdaFunctionArn": ref(alias)}])
    assert check(ACCESS, function, alias, user).violations == ["resize"]
    allowed = permission(alias, allowing(TO_FUNCTION, Condition={}))
    assert check(ACCESS, function, alias, user, allowed).is_clean


@pytest.mark.parametrize(
    ("called", "permitted", "is_right"),
    [
        ("", "", True),
        ("", "live", False),
        (":live", "", False),
        (":live", "live", True),
        (":live", UNKNOWN, True),
        (":live", "other", False),
    ],
)
def test_a_permission_is_for_the_version_that_is_called(called: str, permitted: Any, is_right: bool) -> None:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:resize"
    function = resource(FUNCTION, "resize", name="resize", with_outputs={"arn": arn})
    user = resource(TO_FUNCTION.type, "user", bucket="b", lambdaFunctions=[{"lambdaFunctionArn": f"{arn}{called}"}])
    allowed = permission(function, allowing(TO_FUNCTION, Condition={}), qualifier=permitted or None)
    decision = check(ACCESS, function, user, allowed)
    assert decision.is_clean == is_right
    if not is_right:
        assert "is for another version of the function, not for " in decision.messages[0]
        assert ('qualifier "live"' in decision.messages[0]) == bool(called)


def test_an_alias_needs_a_permission_of_its_own() -> None:
    function = resource(FUNCTION, "resize")
    alias = resource("aws:lambda/alias:Alias", "live", name="live", functionName=ref(function))
    user = resource(TO_FUNCTION.type, "user", bucket="b", lambdaFunctions=[{"lambdaFunctionArn": ref(alias)}])
    right = {"qualifier": ref(alias, "live")}
    for inputs, is_right in (({}, False), (right, True), ({"function": ref(alias)}, True)):
        allowed = permission(function, allowing(TO_FUNCTION, Condition={}), **inputs)
        assert check(ACCESS, function, alias, user, allowed).is_clean == is_right


def test_a_literal_arn_names_the_target_of_that_name() -> None:
    """At a first preview the queue has no ARN yet, and the programs of many spell it out."""
    queue = resource(QUEUE, "orders", name="orders")
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
    user = resource(NOTIFICATION.type, "user", bucket="acme-source", queues=[{"queueArn": arn}])
    assert check(ACCESS, queue, user).violations == ["orders.policy"]
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders"
    document = json.dumps({"Statement": [allowing(NOTIFICATION, Resource=arn)]})
    policy = resource("aws:sqs/queuePolicy:QueuePolicy", "policy", queueUrl=url, policy=document)
    assert check(ACCESS, queue, user, policy).is_clean
    function = resource(FUNCTION, "resize", name="resize")
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:resize"
    user = resource(TO_FUNCTION.type, "user", bucket="b", lambdaFunctions=[{"lambdaFunctionArn": arn}])
    assert check(ACCESS, function, user).violations == ["resize"]
    allowed = permission(function, allowing(TO_FUNCTION, Condition={}), function=arn)
    assert check(ACCESS, function, user, allowed).is_clean


def test_eventbridge_makes_log_streams_for_no_rule_in_particular() -> None:
    row = next(row for row in WIRINGS if row.target == LOG_GROUP and row.service == "events")
    message = asked(row).messages[0]
    streams, events = message.partition("policyDocument: ")[2].split("\n")[0].split("}, {")
    assert "logs:CreateLogStream" in streams
    assert "Condition" not in streams
    assert "logs:PutLogEvents" in events
    assert "aws:SourceArn" in events


def test_a_document_that_is_made_from_the_target_only_is_undecided() -> None:
    bucket, queue = resource(BUCKET, "data"), resource(QUEUE, "in")
    user = resource(NOTIFICATION.type, "user", bucket=ref(bucket), queues=[{"queueArn": ref(queue)}])
    policy = resource("aws:sqs/queuePolicy:QueuePolicy", "p", queueUrl=ref(queue), policy=ref([queue, bucket]))
    decision = check(ACCESS, bucket, queue, user, policy)
    assert (decision.violations, decision.undecided) == ([], ["p.policy"])


def test_a_policy_of_a_function_is_read() -> None:
    function = target_of(TO_FUNCTION)
    text = json.dumps({"Statement": [allowing(TO_FUNCTION, Resource=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:x")]})
    policy = resource("aws:lambda/resourcePolicy:ResourcePolicy", "policy", resourceArn=ref(function), policy=text)
    assert asked(TO_FUNCTION, policy, target=function).is_clean
    unknown = resource(policy.type, "policy", resourceArn=ref(function), policy=UNKNOWN)
    assert asked(TO_FUNCTION, unknown, target=function).undecided == ["policy.policy"]


def test_an_unknown_source_of_a_permission_is_told_by_its_dependencies() -> None:
    function = resource(FUNCTION, "resize")
    own, other = resource(BUCKET, "own"), resource(BUCKET, "other")
    user = resource(TO_FUNCTION.type, "user", bucket=ref(own), lambdaFunctions=[{"lambdaFunctionArn": ref(function)}])
    right = permission(function, allowing(TO_FUNCTION, Condition={}), sourceArn=ref(own))
    assert check(ACCESS, function, own, other, user, right).is_clean
    wrong = permission(function, allowing(TO_FUNCTION, Condition={}), sourceArn=ref(other))
    decision = check(ACCESS, function, own, other, user, wrong)
    assert decision.violations == ["policy"]
    assert "for another source" in decision.messages[0]


def test_a_permission_for_an_unknown_function_is_undecided() -> None:
    function = target_of(TO_FUNCTION)
    unknown = permission(function, allowing(TO_FUNCTION), function=UNKNOWN)
    assert asked(TO_FUNCTION, unknown, target=function).undecided == ["policy.function"]


def test_a_website_origin_needs_no_policy_for_cloudfront() -> None:
    row = next(row for row in WIRINGS if row.service == "cloudfront")
    site, private = target_of(row), resource(BUCKET, "private")
    origins = [{"domainName": ref(site, "acme-target.s3-website-eu-west-1.amazonaws.com")}]
    assert check(ACCESS, site, private, resource(row.type, "user", origins=origins)).is_clean


@pytest.mark.parametrize(
    ("principal", "is_right"),
    [
        ({"AWS": IDENTITY}, True),
        ({"AWS": IDENTITY[:-1] + "2"}, False),
        ({"CanonicalUser": "79a5"}, True),
        ({"Service": "cloudfront.amazonaws.com"}, False),
    ],
)
def test_an_origin_access_identity_is_named_as_such(principal: Any, is_right: bool) -> None:
    row = next(row for row in WIRINGS if row.identity)
    site = target_of(row)
    statement = allowing(row, Principal=principal)
    decision = asked(row, *policy_of(site, statement), target=site)
    assert decision.is_clean == is_right
    if not is_right:
        assert IDENTITY in decision.messages[0].split("\n")[1]


def test_the_canonical_user_of_an_identity_of_the_stack_is_known_after_an_update() -> None:
    row = next(row for row in WIRINGS if row.identity)
    site, path = target_of(row), "origin-access-identity/cloudfront/E1"
    identity_ = resource(
        "aws:cloudfront/originAccessIdentity:OriginAccessIdentity", "site",
        with_outputs={"id": "E1", "s3CanonicalUserId": "79a5", "cloudfrontAccessIdentityPath": path},
    )  # fmt: skip
    origins = [{"domainName": ref(site), "s3OriginConfig": {"originAccessIdentity": ref(identity_, path)}}]
    user = resource(row.type, "user", origins=origins)
    for canonical, is_right in (("79a5", True), ("other", False)):
        policy = policy_of(site, allowing(row, Principal={"CanonicalUser": canonical}))
        assert check(ACCESS, site, identity_, user, *policy).is_clean == is_right


@pytest.mark.parametrize(
    ("bus", "rule", "is_right"),
    [
        (None, "rule/acme-source", True),
        ("default", "rule/acme-source", True),
        ("orders", "rule/orders/acme-source", True),
        (f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/orders", "rule/orders/acme-source", True),
        ("orders", "rule/acme-source", False),
        (None, "rule/orders/acme-source", False),
        ("orders", "rule/*", True),
        (UNKNOWN, "rule/orders/acme-source", True),
    ],
)
def test_the_bus_is_in_the_arn_of_a_rule(bus: Any, rule: str, is_right: bool) -> None:
    queue = target_of(RULE_TARGET)
    condition = {"ArnLike": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:{rule}"}}
    policy = policy_of(queue, allowing(RULE_TARGET, Condition=condition))
    decision = asked(RULE_TARGET, *policy, target=queue, eventBusName=bus)
    assert decision.is_clean == is_right


def test_the_name_of_a_bus_of_the_stack_is_known() -> None:
    queue, bus = target_of(RULE_TARGET), resource("aws:cloudwatch/eventBus:EventBus", "orders", name="orders")
    condition = {"ArnLike": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/acme-source"}}
    policy = policy_of(queue, allowing(RULE_TARGET, Condition=condition))
    [message] = check(ACCESS, queue, bus, user_of(RULE_TARGET, queue, eventBusName=ref(bus)), *policy).messages
    assert "rule/orders/acme-source" in message.split("\n")[1]


def test_which_of_several_origins_is_which_bucket_may_be_unknown() -> None:
    row = next(row for row in WIRINGS if row.service == "cloudfront")
    site, private = resource(BUCKET, "site"), resource(BUCKET, "private")
    origins = [{"domainName": ref(site)}, {"domainName": ref(private), "originAccessControlId": "E1"}]
    decision = check(ACCESS, site, private, resource(row.type, "user", origins=origins))
    assert (decision.violations, set(decision.undecided)) == ([], {"user.origins[1].domainName"})


def test_what_aws_adds_to_a_bucket_policy_is_advice() -> None:
    bucket = target_of(FLOW_LOG)
    decision = asked(FLOW_LOG, *policy_of(bucket, allowing(NOTIFICATION, Resource="*")), target=bucket)
    assert "each later change of the policy removes it" in decision.messages[0]


def test_redshift_may_be_named_as_it_was_in_earlier_days() -> None:
    row = next(row for row in WIRINGS if row.former and row.service == "redshift")
    bucket = target_of(row)
    statement = allowing(row, Principal={"AWS": "arn:aws:iam::193672423079:user/logs"}, Condition={})
    assert asked(row, *policy_of(bucket, statement), target=bucket).is_clean


@pytest.mark.parametrize(
    ("service", "principal"),
    [
        ("cloudtrail", {"AWS": "arn:aws:iam::903692715234:root"}),
        ("guardduty", {"Service": "guardduty.me-south-1.amazonaws.com"}),
        ("redshift", {"Service": "redshift.ap-east-1.amazonaws.com"}),
    ],
)
def test_other_names_of_a_service_are_right(service: str, principal: Any) -> None:
    row = next(row for row in WIRINGS if row.service == service and row.target == BUCKET)
    bucket = target_of(row)
    statement = allowing(row, Principal=principal, Condition={})
    assert asked(row, *policy_of(bucket, statement), target=bucket).is_clean


def test_after_an_update_the_bucket_is_found_by_its_domain() -> None:
    row = next(row for row in WIRINGS if row.service == "cloudfront")
    origins = [{"domainName": "acme-target.s3.eu-west-1.amazonaws.com", "originAccessControlId": "E1"}]
    assert check(ACCESS, target_of(row), resource(row.type, "user", origins=origins)).violations == ["target.policy"]


def test_a_dead_letter_queue_is_found_in_its_document() -> None:
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"
    queue = resource(QUEUE, "dead", with_outputs={"arn": arn})
    user = resource(SUBSCRIPTION.type, "user", topic="t", redrivePolicy=json.dumps({"deadLetterTargetArn": arn}))
    assert check(ACCESS, queue, user).violations == ["dead.policy"]


def test_logs_in_a_folder_of_a_bucket_are_logs_in_the_bucket() -> None:
    bucket = resource(BUCKET, "logs", bucket="logs", with_outputs={"arn": "arn:aws:s3:::logs"})
    flow_log = resource(FLOW_LOG.type, "user", logDestination="arn:aws:s3:::logs/vpc/")
    policy = policy_of(bucket, allowing(FLOW_LOG, Principal={"Service": "config.amazonaws.com"}))
    assert check(ACCESS, bucket, flow_log, *policy).violations == ["policy.policy"]


def test_a_secret_document_is_not_shown() -> None:
    canary = "acme-canary"
    statement = allowing(NOTIFICATION, Resource=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{canary}")
    document = Secret(json.dumps({"Statement": [statement]}))
    target = target_of(NOTIFICATION)
    policy = resource("aws:sqs/queuePolicy:QueuePolicy", "policy", queueUrl=ref(target), policy=document)
    # pulumi_policy's arguments carry no secret marks.
    decision = decide(PACKED[ACCESS], target, user_of(NOTIFICATION, target), policy)
    assert len(decision.messages) == 1
    assert canary not in decision.messages[0]


def test_a_secret_name_is_not_shown_in_a_fix() -> None:
    queue = target_of(NOTIFICATION)
    user = resource(NOTIFICATION.type, "user", bucket=Secret("acme-canary"), queues=[{"queueArn": ref(queue)}])
    [message] = decide(PACKED[ACCESS], queue, user).messages
    assert "acme-canary" not in message
    assert '"aws:SourceArn": "arn:aws:s3:::*"' in message


def test_many_users_of_a_service_are_one_finding() -> None:
    queue = target_of(RULE_TARGET)
    users = [resource(RULE_TARGET.type, f"user-{index}", rule="r", arn=ref(queue)) for index in range(5)]
    assert check(ACCESS, queue, *users).violations == ["target.policy"]


# Trust


def role(*statements: Any, document: Any = None) -> Resource:
    return resource(ROLE, "role", assumeRolePolicy=document or json.dumps({"Statement": list(statements)}))


def trusting(service: str, **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", **elements}


def given(trust: Trust, to: Resource) -> Resource:
    return resource(trust.type, "user", **nested(trust.path, ref(to)))


each_trust = pytest.mark.parametrize(
    "trust", TRUSTS, ids=lambda trust: f"{trust.type.rpartition(':')[2]}.{trust.path}-{trust.service}"
)


@each_trust
def test_a_role_that_the_service_may_assume(trust: Trust) -> None:
    right = role(trusting(f"{trust.service}.amazonaws.com", Action=list(trust.actions)))
    assert check(TRUST, right, given(trust, right)).is_clean


@each_trust
def test_a_role_for_another_service(trust: Trust) -> None:
    wrong = role(trusting("mediastore.amazonaws.com"))
    decision = check(TRUST, wrong, given(trust, wrong))
    assert decision.violations == ["role.assumeRolePolicy"]
    assert f"does not let {trust.service}.amazonaws.com assume it" in decision.messages[0]
    assert f'{{"Service": "{trust.service}.amazonaws.com"}}' in decision.messages[0]


@each_trust
def test_a_role_whose_trust_is_unknown(trust: Trust) -> None:
    unknown = role(document=UNKNOWN)
    decision = check(TRUST, unknown, given(trust, unknown))
    assert (decision.violations, decision.undecided) == ([], ["role.assumeRolePolicy"])


LAMBDA = next(trust for trust in TRUSTS if trust.service == "lambda")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (trusting("lambda.amazonaws.com", Action="sts:TagSession"), "not sts:AssumeRole"),
        (trusting("lambda.amazonaws.com", Effect="Deny"), "does not let lambda.amazonaws.com"),
        (
            trusting("lambda.amazonaws.com", Condition={"StringEquals": {"sts:ExternalId": "x"}}),
            "only where sts:ExternalId is x",
        ),
    ],
)
def test_a_trust_that_does_not_hold(statement: Any, said: str) -> None:
    wrong = role(statement)
    decision = check(TRUST, wrong, given(LAMBDA, wrong))
    assert decision.violations == ["role.assumeRolePolicy"]
    if statement["Effect"] == "Allow":
        assert said in decision.messages[0]


def test_a_trust_that_is_denied() -> None:
    wrong = role(trusting("lambda.amazonaws.com"), trusting("lambda.amazonaws.com", Effect="Deny"))
    decision = check(TRUST, wrong, given(LAMBDA, wrong))
    assert decision.violations == ["role.assumeRolePolicy"]
    assert "Except lambda.amazonaws.com" in decision.messages[0]


def test_a_role_for_several_services() -> None:
    right = role(trusting("lambda.amazonaws.com"), trusting("ecs-tasks.amazonaws.com"))
    task = next(trust for trust in TRUSTS if trust.service == "ecs-tasks")
    users = [given(LAMBDA, right), given(task, right)]
    assert check(TRUST, right, *users).is_clean


def test_a_role_outside_of_the_stack_is_not_asked_about() -> None:
    function = resource(FUNCTION, "user", role="arn:aws:iam::111122223333:role/elsewhere")
    assert check(TRUST, role(trusting("ecs.amazonaws.com")), function).is_clean
