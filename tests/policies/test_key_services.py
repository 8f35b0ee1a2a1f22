"""KMS keys of services: that the key policy lets those use the key that need it."""

import json
from typing import Any

import pytest

from policypack.config import ConfigError, parse_config
from policypack.model import Context, Resource, Stack
from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource, urn
from policypack.verdict import Violation
from tests.support import POLICIES, check, on_stack

SERVICES = "kms-key-policy-service-principals"

KEY = "aws:kms/key:Key"
EXTERNAL = "aws:kms/externalKey:ExternalKey"
REPLICA = "aws:kms/replicaKey:ReplicaKey"
EXTERNAL_REPLICA = "aws:kms/replicaExternalKey:ReplicaExternalKey"
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
ALIAS = "aws:kms/alias:Alias"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
TRAIL = "aws:cloudtrail/trail:Trail"
EVENT_STORE = "aws:cloudtrail/eventDataStore:EventDataStore"
CLUSTER = "aws:ecs/cluster:Cluster"
CHANNEL = "aws:cfg/deliveryChannel:DeliveryChannel"
RECORDER = "aws:cfg/recorder:Recorder"
TOPIC = "aws:sns/topic:Topic"
QUEUE = "aws:sqs/queue:Queue"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE_ALARM = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
DATABASE = "aws:rds/instance:Instance"
SECRET = "aws:secretsmanager/secret:Secret"
STREAM = "aws:kinesis/stream:Stream"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"

REGION = "eu-west-1"
ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0d990263-018e-4e65-a703-eff731de951e"
CONTEXT = "kms:EncryptionContext:aws:logs:arn"

ROOT = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
LOGS = {
    "Effect": "Allow",
    "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
    "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
    "Resource": "*",
    "Condition": {"ArnLike": {CONTEXT: f"arn:aws:logs:{REGION}:{ACCOUNT}:*"}},
}
DATA_KEYS = ["kms:GenerateDataKey*", "kms:Decrypt"]


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [ROOT, *statements]}


def key(*statements: Any, type_: str = KEY, name: str = "main", **inputs: Any) -> Resource:
    """A key with a policy that lets the account manage it, and of these statements besides."""
    return resource(type_, name, policy=json.dumps(document(*statements)), **inputs)


def allowing(service: str, *actions: str, **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions), "Resource": "*", **elements}


def added(message: str) -> dict[str, Any]:
    """The statement that a fix adds."""
    text = message.partition("to Statement of the policy: ")[2].partition(".\n")[0]
    statement: dict[str, Any] = json.loads(text)
    return statement


def bound(operator: str, name: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {name: value}}}


def group(of: Any, name: str = "app", **inputs: Any) -> Resource:
    """A log group in Ireland with a key."""
    named = ref(of) if isinstance(of, Resource) else of
    return resource(GROUP, name, **{"name": f"/{name}", "region": REGION, "kmsKeyId": named, **inputs})


def services(*resources: Resource, **config: Any) -> Decision:
    return check(SERVICES, *resources, config=config)


def alone(policy_id: str, *resources: Resource) -> Decision:
    """The decision of our own analyzer: pulumi_policy's test arguments carry neither secrets nor providers."""
    return decide(POLICIES[policy_id], *resources)


# Log groups: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html


def test_a_key_policy_as_aws_documents_it_complies() -> None:
    main = key(LOGS)
    assert services(main, group(main)).is_clean


@pytest.mark.parametrize("type_", [KEY, EXTERNAL, REPLICA, EXTERNAL_REPLICA])
def test_a_key_without_a_policy_for_logs_is_reported(type_: str) -> None:
    main = key(type_=type_)
    decision = services(main, group(main))
    assert decision.violations == ["main.policy"]
    assert decision.messages == [
        f"'app' ({GROUP}) uses the key 'main', but policy does not let logs.eu-west-1.amazonaws.com use it.\n"
        'Fix: Add this to Statement of the policy: {"Effect": "Allow", "Principal": {"Service": '
        '"logs.eu-west-1.amazonaws.com"}, "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", '
        '"kms:GenerateDataKey*", "kms:DescribeKey"], "Resource": "*", "Condition": {"ArnLike": '
        f'{{"{CONTEXT}": "arn:aws:logs:eu-west-1:111122223333:*"}}}}}}.\n'
        "In Pulumi YAML:\n"
        "- Effect: Allow\n"
        "  Principal:\n"
        "    Service: logs.eu-west-1.amazonaws.com\n"
        '  Action: [kms:Encrypt, kms:Decrypt, "kms:ReEncrypt*", "kms:GenerateDataKey*", kms:DescribeKey]\n'
        '  Resource: "*"\n'
        "  Condition:\n"
        "    ArnLike:\n"
        f'      {CONTEXT}: "arn:aws:logs:eu-west-1:111122223333:*"\n'
        f"See: {POLICIES[SERVICES].url}"
    ]


@pytest.mark.parametrize("absent", [None, "", {}])
@pytest.mark.parametrize("type_", [KEY, EXTERNAL, REPLICA, EXTERNAL_REPLICA])
def test_the_default_key_policy_does_not_let_logs_use_a_key(type_: str, absent: Any) -> None:
    main = resource(type_, "main", policy=absent)
    decision = services(main, group(main))
    assert decision.violations == ["main.policy"]
    assert (
        f"'app' ({GROUP}) uses the key 'main', which has no policy; KMS's default policy does not let "
        "logs.eu-west-1.amazonaws.com use it.\nFix: Set policy, with a statement that lets the account's root user "
        'manage the key. Add this to Statement of the policy: {"Effect": "Allow", "Principal": {"Service": '
        '"logs.eu-west-1.amazonaws.com"}'
    ) in decision.messages[0]
    assert "arn:aws:logs:eu-west-1:ACCOUNT:*" in decision.messages[0]


def test_a_key_that_nobody_uses_needs_no_policy() -> None:
    assert services(resource(KEY, "main"), group(None), group("", "other")).is_clean
    assert services(resource(KEY, "main"), resource(KEY_POLICY, "policy", keyId=UNKNOWN, policy="{}")).is_clean


@pytest.mark.parametrize(
    "policy",
    [
        document(LOGS),
        {"Statement": LOGS},
        json.dumps({"Statement": LOGS}),
        json.dumps(document(LOGS), indent=2),
        document({**LOGS, "Action": "kms:*"}),
        document({**LOGS, "Action": ["kms:E*", "kms:D*", "kms:G*", "kms:ReEncryptFrom", "kms:ReEncryptTo"]}),
        document({**LOGS, "Action": ["KMS:encrypt", "kms:decrypt", "kms:reencrypt*", "kms:GENERATE*", "kms:desc*"]}),
        document({**LOGS, "Principal": {"Service": ["sns.amazonaws.com", f"logs.{REGION}.amazonaws.com"]}}),
        document({**LOGS, "Action": ["kms:*crypt*"]}, {**LOGS, "Action": ["kms:GenerateDataKey", "kms:DescribeKey"]}),
        document({**{name: LOGS[name] for name in LOGS if name != "Action"}, "NotAction": "kms:ScheduleKeyDeletion"}),
    ],
)
def test_a_policy_that_lets_logs_use_the_key_complies_however_it_is_written(policy: Any) -> None:
    main = resource(KEY, "main", policy=policy)
    assert services(main, group(main)).is_clean


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ({"Action": ["kms:Encrypt*", "kms:Decrypt*"]}, "kms:ReEncrypt*, kms:GenerateDataKey*, kms:DescribeKey"),
        ({"Action": ["kms:E*", "kms:D*", "kms:G*", "kms:ReEncryptFrom"]}, "kms:ReEncrypt*"),
        ({"Action": ["kms:E*", "kms:D*", "kms:G*", "kms:ReEncryptTo"]}, "kms:ReEncrypt*"),
        ({"Action": "kms:Encrypt"}, "kms:Decrypt, kms:ReEncrypt*, kms:GenerateDataKey*, kms:DescribeKey"),
        ({"Action": None, "NotAction": ["kms:De*"]}, "kms:Decrypt, kms:DescribeKey"),
    ],
)
def test_the_actions_that_are_missing_are_named(statement: dict[str, Any], missing: str) -> None:
    main = key({**LOGS, **statement})
    [message] = services(main, group(main)).messages
    assert f"but policy does not let logs.eu-west-1.amazonaws.com {missing}.\nFix: Add this to Statement" in message


@pytest.mark.parametrize(
    "elements",
    [
        {"Effect": "Deny"},
        {"Effect": None},
        {"Action": None, "NotAction": ["kms:*"]},
        {"Principal": {"Service": "sns.amazonaws.com"}},
        {"Principal": {"Service": "vpc-flow-logs.amazonaws.com"}},
        {"Principal": {"Service": "delivery.logs.amazonaws.com"}},
        {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"}},
        {"Principal": None},
        {"Principal": None, "NotPrincipal": {"Service": f"logs.{REGION}.amazonaws.com"}},
        {"Principal": None, "NotPrincipal": {"Service": ["logs.amazonaws.com"]}},
    ],
)
def test_a_statement_that_lets_somebody_else_use_the_key_is_not_enough(elements: dict[str, Any]) -> None:
    main = key({**LOGS, **elements})
    assert services(main, group(main)).violations == ["main.policy"]


@pytest.mark.parametrize(
    "elements",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["*"]}},
        {"Principal": None, "NotPrincipal": {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}},
        {"Principal": None, "NotPrincipal": {"Service": "sns.amazonaws.com"}},
    ],
)
def test_what_everybody_may_logs_may(elements: dict[str, Any]) -> None:
    main = key({**LOGS, **elements})
    assert services(main, group(main)).is_clean


@pytest.mark.parametrize(
    ("region", "principal", "complies"),
    [
        ("eu-west-1", "logs.eu-west-1.amazonaws.com", True),
        ("eu-west-1", "logs.amazonaws.com", True),
        ("eu-west-1", "logs.eu-west-2.amazonaws.com", False),
        ("eu-west-1", "logs.eu-west-1.amazonaws", False),
        ("us-gov-west-1", "logs.us-gov-west-1.amazonaws.com", True),
        ("cn-north-1", "logs.cn-north-1.amazonaws.com.cn", True),
        ("cn-north-1", "logs.cn-north-1.amazonaws.com", True),
        ("cn-north-1", "logs.cn-northwest-1.amazonaws.com.cn", False),
        (None, "logs.eu-west-1.amazonaws.com", True),
        (None, "logs.amazonaws.com", True),
        (None, "logs.cn-north-1.amazonaws.com.cn", True),
        (None, "sns.amazonaws.com", False),
    ],
)
def test_the_principal_is_that_of_the_log_groups_region(region: str | None, principal: str, complies: bool) -> None:
    main = key({**LOGS, "Principal": {"Service": principal}, **bound("StringEquals", "aws:SourceAccount", ACCOUNT)})
    decision = services(main, group(main, region=region))
    assert decision.violations == ([] if complies else ["main.policy"])


def test_a_principal_of_another_region_is_named_with_the_right_one() -> None:
    main = key({**LOGS, "Principal": {"Service": ["logs.us-east-1.amazonaws.com", "sns.amazonaws.com"]}})
    [message] = services(main, group(main)).messages
    assert (
        "policy does not let logs.eu-west-1.amazonaws.com use it; it names logs.us-east-1.amazonaws.com.\n" in message
    )


@pytest.mark.parametrize(
    ("region", "principal", "arn"),
    [
        ("ap-northeast-1", "logs.ap-northeast-1.amazonaws.com", f"arn:aws:logs:ap-northeast-1:{ACCOUNT}:*"),
        ("us-gov-west-1", "logs.us-gov-west-1.amazonaws.com", f"arn:aws-us-gov:logs:us-gov-west-1:{ACCOUNT}:*"),
        ("cn-north-1", "logs.cn-north-1.amazonaws.com.cn", f"arn:aws-cn:logs:cn-north-1:{ACCOUNT}:*"),
        (None, "logs.REGION.amazonaws.com", f"arn:aws:logs:REGION:{ACCOUNT}:*"),
    ],
)
def test_the_fix_is_right_for_the_region(region: str | None, principal: str, arn: str) -> None:
    main = key()
    [message] = services(main, group(main, region=region)).messages
    assert f'"Principal": {{"Service": "{principal}"}}' in message
    assert f'"{CONTEXT}": "{arn}"' in message
    # What the fix says is right.
    mended = key({**LOGS, "Principal": {"Service": principal}, **bound("ArnLike", CONTEXT, arn)})
    assert services(mended, group(mended, region=region)).is_clean


def test_the_region_is_the_providers_where_the_log_group_has_none_of_its_own() -> None:
    def regional(region: str) -> Resource:
        return resource("pulumi:providers:aws", region, region=region)

    main = key(LOGS, with_provider=regional("eu-west-1"))
    assert alone(SERVICES, main, group(main, region=None, with_provider=regional("eu-west-1"))).is_clean
    [message] = alone(SERVICES, main, group(main, region=None, with_provider=regional("us-east-1"))).messages
    assert "does not let logs.us-east-1.amazonaws.com use it; it names logs.eu-west-1.amazonaws.com" in message
    # Its own counts more.
    assert alone(SERVICES, main, group(main, with_provider=regional("us-east-1"))).is_clean


# Log groups: the condition


@pytest.mark.parametrize(
    "condition",
    [
        bound("ArnLike", CONTEXT, f"arn:aws:logs:{REGION}:{ACCOUNT}:*"),
        bound("ArnEquals", CONTEXT, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app"),
        bound("ArnLike", CONTEXT, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app:*"),
        bound("StringEquals", CONTEXT, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app"),
        bound("StringLike", CONTEXT, f"arn:aws:logs:*:{ACCOUNT}:log-group:/a*"),
        bound("StringLike", CONTEXT, "arn:aws:logs:*"),
        bound("ArnLike", CONTEXT, ["arn:aws:logs:us-east-1:*:*", f"arn:*:logs:{REGION}:*:*"]),
        bound("ArnLike", CONTEXT.lower(), f"arn:aws:logs:{REGION}:{ACCOUNT}:*"),
        bound("ArnLike", "aws:SourceArn", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*"),
        bound("StringEquals", "AWS:SourceAccount", ACCOUNT),
        bound("StringEquals", "aws:SourceAccount", "${aws:ResourceAccount}"),
        bound("ArnLike", CONTEXT, "arn:aws:logs:${aws:RequestedRegion}:111122223333:*"),
    ],
)
def test_a_condition_that_the_log_group_meets_complies(condition: dict[str, Any]) -> None:
    main = key({**LOGS, **condition})
    assert services(main, group(main)).is_clean


@pytest.mark.parametrize(
    ("operator", "name", "value"),
    [
        ("ArnLike", CONTEXT, f"arn:aws:logs:us-east-1:{ACCOUNT}:*"),
        ("ArnLike", CONTEXT, f"arn:aws:logs:{REGION}:{OTHER_ACCOUNT}:*"),
        ("ArnLike", CONTEXT, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/web"),
        ("ArnLike", CONTEXT, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app/*"),
        ("ArnLike", CONTEXT.upper(), f"arn:aws:logs:us-east-1:{ACCOUNT}:*"),
        ("ArnLikeIfExists", CONTEXT, f"arn:aws:logs:us-east-1:{ACCOUNT}:*"),
        ("StringEquals", CONTEXT, "anything"),
        ("ArnLike", "aws:SourceArn", f"arn:aws:logs:us-east-1:{ACCOUNT}:*"),
        ("StringEquals", "aws:SourceAccount", OTHER_ACCOUNT),
        ("StringEquals", "AWS:sourceaccount", OTHER_ACCOUNT),
        ("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        ("StringEquals", "aws:PrincipalAccount", ACCOUNT),
        ("ArnLike", "aws:principalarn", f"arn:aws:iam::{ACCOUNT}:role/*"),
        ("StringEquals", "kms:CallerAccount", ACCOUNT),
        ("StringLike", "aws:userid", "AROAEXAMPLE:*"),
        ("StringEquals", "kms:ViaService", "rds.eu-west-1.amazonaws.com"),
    ],
)
def test_a_condition_that_the_log_group_can_not_meet_is_named(operator: str, name: str, value: str) -> None:
    main = key({**LOGS, **bound(operator, name, value)})
    decision = services(main, group(main))
    assert decision.violations == ["main.policy"]
    said = f"the condition {name} of policy.Statement[1] is {value}, which does not match this resource.\nFix: Add"
    assert said in decision.messages[0]


def test_string_equals_takes_wildcards_literally() -> None:
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:*"
    main = key({**LOGS, **bound("StringEquals", CONTEXT, arn)})
    [message] = services(main, group(main)).messages
    assert f" of policy.Statement[1] is {arn}, and StringEquals treats * as a literal character.\n" in message
    account = key({**LOGS, **bound("StringEquals", "aws:SourceAccount", "1111*")})
    assert services(account, group(account)).violations == ["main.policy"]


@pytest.mark.parametrize(
    "condition",
    [
        bound("Bool", "kms:GrantIsForAWSResource", "true"),
        bound("StringNotEquals", "kms:CallerAccount", OTHER_ACCOUNT),
        bound("StringEqualsIfExists", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        bound("ForAllValues:StringEquals", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/*"),
        bound("StringEquals", "aws:PrincipalServiceName", f"logs.{REGION}.amazonaws.com"),
        bound("StringEquals", "aws:RequestedRegion", REGION),
    ],
)
def test_other_conditions_leave_the_statement_open(condition: dict[str, Any]) -> None:
    both = {**LOGS["Condition"], **condition["Condition"]}  # type: ignore[dict-item]
    main = key({**LOGS, "Condition": both})
    assert services(main, group(main)).is_clean


def test_all_conditions_have_to_hold_and_one_statement_is_enough() -> None:
    foreign = bound("StringEquals", "aws:SourceAccount", OTHER_ACCOUNT)
    both = {**LOGS["Condition"], **foreign["Condition"]}  # type: ignore[dict-item]
    main = key({**LOGS, "Condition": both})
    assert services(main, group(main)).violations == ["main.policy"]
    main = key({**LOGS, **foreign}, LOGS)
    assert services(main, group(main)).is_clean


def test_the_statement_for_the_service_is_the_one_that_the_message_is_about() -> None:
    staff = {**ROOT, "Principal": {"AWS": "*"}, **bound("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")}
    main = key(staff, {**LOGS, **bound("ArnLike", CONTEXT, f"arn:aws:logs:us-east-1:{ACCOUNT}:*")})
    [message] = services(main, group(main)).messages
    assert f"the condition {CONTEXT} of policy.Statement[2] is arn:aws:logs:us-east-1:{ACCOUNT}:*" in message


@pytest.mark.parametrize(
    ("principals", "foreign", "complies"),
    [
        ([ACCOUNT], ACCOUNT, True),
        ([ACCOUNT], OTHER_ACCOUNT, False),
        ([f"arn:aws:iam::{ACCOUNT}:role/admin"], OTHER_ACCOUNT, False),
        # A key that is shared: which account is its own is not known.
        ([ACCOUNT, f"arn:aws:iam::{OTHER_ACCOUNT}:root"], ACCOUNT, True),
        ([f"arn:aws:iam::{ACCOUNT}:role/admin", f"arn:aws:iam::{OTHER_ACCOUNT}:root"], ACCOUNT, True),
        (["*", "AIDAEXAMPLE"], OTHER_ACCOUNT, True),
        ([], OTHER_ACCOUNT, True),
    ],
)
def test_the_account_is_the_one_that_the_policy_names(principals: list[str], foreign: str, complies: bool) -> None:
    admin = {**ROOT, "Principal": {"AWS": principals}, **bound("StringEquals", "kms:CallerAccount", ACCOUNT)}
    logs = {**LOGS, **bound("ArnLike", CONTEXT, f"arn:aws:logs:{REGION}:{foreign}:*")}
    main = resource(KEY, "main", policy={"Statement": [admin, logs]})
    assert services(main, group(main)).is_clean is complies


def test_the_account_is_that_of_the_keys_arn_once_it_has_one() -> None:
    shared = {**ROOT, "Principal": {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}}
    main = key(shared, LOGS, with_outputs={"arn": ARN})
    assert services(main, group(main)).is_clean
    main = key(shared, {**LOGS, **bound("StringEquals", "aws:SourceAccount", OTHER_ACCOUNT)}, with_outputs={"arn": ARN})
    assert services(main, group(main)).violations == ["main.policy"]


def test_the_account_of_another_provider_may_be_another() -> None:
    def provider(name: str) -> Resource:
        # The engine's are a new object each time.
        return resource("pulumi:providers:aws", name, region=REGION)

    main = key(
        {**LOGS, **bound("StringEquals", "aws:SourceAccount", OTHER_ACCOUNT)}, with_provider=provider("security")
    )
    assert alone(SERVICES, main, group(main, with_provider=provider("workload"))).is_clean
    decision = alone(SERVICES, main, group(main, with_provider=provider("security")))
    assert decision.violations == ["main.policy"]


@pytest.mark.parametrize("name", [None, UNKNOWN])
def test_a_log_group_whose_name_is_not_known_may_have_any(name: Any) -> None:
    main = key({**LOGS, **bound("ArnEquals", CONTEXT, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app")})
    assert services(main, group(main, name="web")).violations == ["main.policy"]
    assert services(main, resource(GROUP, "web", name=name, region=REGION, kmsKeyId=ref(main))).is_clean


# Which key it is


@pytest.mark.parametrize(
    "outputs", [{}, {"arn": ARN, "keyId": ARN.rpartition("/")[2], "id": ARN.rpartition("/")[2]}], ids=["new", "old"]
)
@pytest.mark.parametrize(("statements", "complies"), [([LOGS], True), ([], False)])
def test_the_key_is_found_by_dependency_value_and_alias(
    statements: list[Any], complies: bool, outputs: dict[str, str]
) -> None:
    main = key(*statements, with_outputs=outputs)
    arn = outputs.get("arn", UNKNOWN)
    by_id = resource(ALIAS, "by-id", name="alias/app", targetKeyId=ref(main, outputs.get("id", UNKNOWN)))
    ways = [group(ref(main, arn)), group(ref(by_id, arn))]
    if outputs:
        ways.append(group(ARN))
    for user in ways:
        decision = services(main, by_id, user)
        assert decision.undecided == []
        assert decision.violations == ([] if complies else ["main.policy"])


def test_a_topic_may_name_the_key_by_its_alias() -> None:
    for main, complies in ((key(), False), (key(allowing("cloudwatch.amazonaws.com", *DATA_KEYS)), True)):
        alias = resource(ALIAS, "alias", name="alias/alarms", targetKeyId=ref(main))
        for named in ("alias/alarms", ref(alias, "alias/alarms"), ref(alias)):
            topic = resource(TOPIC, "alarms", kmsMasterKeyId=named)
            alarm = resource(ALARM, "errors", alarmActions=[ref(topic)])
            assert services(main, alias, topic, alarm).violations == ([] if complies else ["main.policy"])


def test_each_key_is_judged_by_its_own_users() -> None:
    logs, data = key(LOGS, name="logs"), key(name="data")
    assert services(logs, data, group(logs)).is_clean
    assert services(logs, data, group(data)).violations == ["data.policy"]
    assert services(logs, data, group(logs), group(data, "web")).violations == ["data.policy"]


def test_several_log_groups_with_one_key_are_one_finding() -> None:
    main = key()
    [message] = services(main, *(group(main, name) for name in ("web", "app", "jobs"))).messages
    # Whatever the engine's order is.
    assert message.startswith(f"'app' ({GROUP}) uses the key 'main', but")


def test_a_log_group_that_alone_is_left_out_is_found() -> None:
    main = key({**LOGS, **bound("ArnLike", CONTEXT, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app*")})
    decision = services(main, group(main, "app"), group(main, "app-jobs"), group(main, "web"))
    assert decision.violations == ["main.policy"]
    assert decision.messages[0].startswith(f"'web' ({GROUP}) uses the key 'main', but the condition {CONTEXT}")


def test_several_services_with_one_key_are_a_finding_each() -> None:
    main = key()
    trail = resource(TRAIL, "trail", kmsKeyId=ref(main))
    decision = services(main, group(main), trail)
    assert decision.violations == ["main.policy", "main.policy"]
    assert "let logs.eu-west-1.amazonaws.com use it" in decision.messages[0]
    assert "let cloudtrail.amazonaws.com use it" in decision.messages[1]


elsewhere = pytest.mark.parametrize(
    "named",
    [UNKNOWN, ARN, ref(urn(KEY, "gone")), ref(urn("pulumi:pulumi:StackReference", "base")), Secret(ARN)],
    ids=["unknown", "literal", "a key that is not here", "another stack", "secret"],
)


@elsewhere
@pytest.mark.parametrize(
    ("type_", "prop", "service"),
    [
        (GROUP, "kmsKeyId", "logs"),
        (TRAIL, "kmsKeyId", "cloudtrail"),
        (EVENT_STORE, "kmsKeyId", "cloudtrail"),
    ],
)
def test_a_key_that_is_not_in_the_stack_is_undecided(type_: str, prop: str, service: str, named: Any) -> None:
    decision = services(key(), resource(type_, "user", **{prop: named}))
    assert decision.violations == []
    assert decision.undecided == [f"user.{prop}"]


@pytest.mark.parametrize(
    "unknown",
    [
        UNKNOWN,
        ref(urn("aws:iam/role:Role", "app")),
        {"Statement": UNKNOWN},
    ],
)
def test_a_policy_that_is_not_known_is_undecided(unknown: Any) -> None:
    main = resource(KEY, "main", policy=unknown)
    decision = services(main, group(main))
    assert decision.violations == []
    assert decision.undecided == ["main.policy"]
    assert services(main).is_clean


@pytest.mark.parametrize(
    ("statements", "violations", "undecided"),
    [
        # Whoever else may use the key, CloudWatch Logs may.
        ([LOGS, {**ROOT, "Principal": {"AWS": UNKNOWN}}], [], []),
        ([ROOT, {**LOGS, "Principal": {"AWS": UNKNOWN}}], [], ["main.policy.Statement[1].Principal.AWS"]),
        ([{**LOGS, "Resource": UNKNOWN}], [], ["main.policy.Statement[0].Resource"]),
        ([{**LOGS, "Action": "kms:Describe*", "Sid": UNKNOWN}], ["main.policy"], []),
        ([{**LOGS, "Principal": {"Service": UNKNOWN}}], [], ["main.policy.Statement[0].Principal.Service"]),
        (
            [{**LOGS, **bound("ArnLike", CONTEXT, UNKNOWN)}],
            [],
            [f"main.policy.Statement[0].Condition.ArnLike.{CONTEXT}"],
        ),
    ],
)
def test_a_policy_that_is_unknown_in_part_is_decided_by_what_is_known(
    statements: list[Any], violations: list[str], undecided: list[str]
) -> None:
    main = resource(KEY, "main", policy={"Statement": statements})
    decision = services(main, group(main))
    assert (decision.violations, decision.undecided) == (violations, undecided)


@pytest.mark.parametrize("own", [None, json.dumps(document())])
@pytest.mark.parametrize("outputs", [{}, {"arn": ARN, "keyId": "0d990263"}])
def test_the_policy_may_be_a_resource_of_its_own(own: str | None, outputs: dict[str, str]) -> None:
    main = resource(KEY, "main", policy=own, with_outputs=outputs)
    key_id = ref(main, outputs.get("keyId", UNKNOWN))
    right = resource(KEY_POLICY, "rights", keyId=key_id, policy=json.dumps(document(LOGS)))
    assert services(main, right, group(main)).is_clean
    wrong = resource(KEY_POLICY, "rights", keyId=key_id, policy=json.dumps(document()))
    decision = services(main, wrong, group(main))
    assert decision.violations == ["rights.policy"]
    assert decision.messages[0].startswith(f"'app' ({GROUP}) uses the key 'main', but policy does not let")
    unknown = resource(KEY_POLICY, "rights", keyId=key_id, policy=UNKNOWN)
    assert services(main, unknown, group(main)).undecided == ["rights.policy"]


def test_a_policy_of_a_key_that_is_not_known_may_be_this_keys() -> None:
    main = resource(KEY, "main")
    unresolved = resource(KEY_POLICY, "rights", keyId=UNKNOWN, policy=json.dumps(document(LOGS)))
    decision = services(main, unresolved, group(main))
    assert decision.violations == []
    assert decision.undecided == ["rights.keyId"]
    other = key(name="other")
    resolved = resource(KEY_POLICY, "rights", keyId=ref(other), policy=json.dumps(document(LOGS)))
    assert services(main, other, resolved, group(main)).violations == ["main.policy"]
    # A key with a policy of its own needs no other.
    assert services(key(LOGS), unresolved, group(main)).is_clean


# Log groups of any account


@pytest.mark.parametrize(
    "bounds",
    [
        {},
        {"StringEquals": {"aws:PrincipalServiceName": f"logs.{REGION}.amazonaws.com"}},
        {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}},
    ],
)
def test_a_statement_for_logs_of_any_account_is_an_advice(bounds: dict[str, Any]) -> None:
    main = key({**LOGS, "Condition": bounds})
    decision = services(main, group(main), group(main, "web"))
    assert decision.violations == ["main.policy"]
    assert decision.messages[0].startswith(
        "policy lets logs.eu-west-1.amazonaws.com use the key for log groups of any account.\n"
        f'Fix: Add the Condition {{"ArnLike": {{"{CONTEXT}": "arn:aws:logs:eu-west-1:111122223333:*"}}}} to that '
        "statement."
    )
    assert levels(main, group(main)) == ["advisory"]
    assert levels(main, group(main), requireEncryptionContext=False) == ["advisory"]
    assert levels(main, group(main), requireEncryptionContext=True) == [None]


def levels(*resources: Resource, **config: Any) -> list[str | None]:
    """The levels of the findings, where they have one of their own."""
    policy = POLICIES[SERVICES]
    found = on_stack(policy, Stack(resources, Context()), parse_config(SERVICES, policy.config_type, config))
    return [finding.level for finding in found if isinstance(finding, Violation)]


def test_an_advice_does_not_hide_what_is_wrong() -> None:
    main = key({**LOGS, "Condition": {}})
    resources = (main, group(main, "app"), group(main, "web", region="us-east-1"))
    assert services(*resources).violations == ["main.policy", "main.policy"]
    assert levels(*resources) == ["advisory", None]


# Documents that KMS refuses are reported by policy-document-valid.


@pytest.mark.parametrize("policy", ["no JSON", "[]", json.dumps(document(*[LOGS] * 200))])
def test_what_is_no_key_policy_is_not_judged(policy: str) -> None:
    main = resource(KEY, "main", policy=policy)
    assert services(main, group(main)).is_clean
    assert len(check("policy-document-valid", main).violations) == 1


# Denials


@pytest.mark.parametrize(
    "denial",
    [
        {"Principal": "*", "Action": "kms:*"},
        {"Principal": {"AWS": "*"}, "Action": ["kms:Decrypt", "kms:ScheduleKeyDeletion"]},
        {"Principal": {"Service": f"logs.{REGION}.amazonaws.com"}, "Action": "kms:decrypt"},
        {"Principal": {"Service": ["s3.amazonaws.com", "logs.amazonaws.com"]}, "NotAction": "kms:Describe*"},
        {"NotPrincipal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:Decrypt"},
    ],
)
def test_what_is_denied_is_reported_however_much_is_allowed(denial: dict[str, Any]) -> None:
    main = key(LOGS, {"Effect": "Deny", "Resource": "*", **denial})
    decision = services(main, group(main))
    assert decision.violations == ["main.policy"]
    assert "and policy denies logs.eu-west-1.amazonaws.com " in decision.messages[0]
    assert "kms:Decrypt" in decision.messages[0]
    assert "Fix: Exclude logs.eu-west-1.amazonaws.com from the statement with Effect Deny" in decision.messages[0]


@pytest.mark.parametrize(
    "denial",
    [
        {"Principal": "*", "Action": "kms:ScheduleKeyDeletion"},
        {"Principal": "*", "NotAction": "kms:*"},
        {"Principal": {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}, "Action": "kms:*"},
        {"Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": "kms:*"},
        {"NotPrincipal": {"Service": f"logs.{REGION}.amazonaws.com"}, "Action": "kms:*"},
        {"Principal": "*", "Action": "kms:*", **bound("StringNotEquals", "kms:CallerAccount", ACCOUNT)},
        {"Principal": "*", "Action": "kms:*", **bound("Bool", "aws:PrincipalIsAWSService", "false")},
    ],
)
def test_other_denials_comply(denial: dict[str, Any]) -> None:
    main = key(LOGS, {"Effect": "Deny", "Resource": "*", **denial})
    assert services(main, group(main)).is_clean


# Other services that act in their own name


CLOUDTRAIL = [
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    allowing(
        "cloudtrail.amazonaws.com",
        "kms:GenerateDataKey*",
        Condition={
            "StringEquals": {"aws:SourceArn": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"},
            "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"},
        },
    ),
    allowing(
        "cloudtrail.amazonaws.com",
        "kms:DescribeKey",
        **bound("StringEquals", "aws:SourceArn", f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"),
    ),
]


def test_cloudtrails_key_policy_as_aws_documents_it_complies() -> None:
    main = key(*CLOUDTRAIL)
    assert services(main, resource(TRAIL, "audit", region=REGION, kmsKeyId=ref(main))).is_clean
    # The default one that the console makes for event data stores.
    store = key(allowing("cloudtrail.amazonaws.com", "kms:GenerateDataKey", "kms:Decrypt"))
    assert services(store, resource(EVENT_STORE, "events", region=REGION, kmsKeyId=ref(store))).is_clean


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ([], "policy does not let cloudtrail.amazonaws.com use it."),
        (CLOUDTRAIL[:1], "policy does not let cloudtrail.amazonaws.com kms:DescribeKey."),
        (CLOUDTRAIL[1:], "policy does not let cloudtrail.amazonaws.com kms:GenerateDataKey*."),
        (
            [
                allowing(
                    "cloudtrail.amazonaws.com",
                    "kms:*",
                    **bound("StringEquals", "aws:SourceArn", f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/audit"),
                )
            ],
            "the condition aws:SourceArn of policy.Statement[1] is arn:aws:cloudtrail:us-east-1:",
        ),
    ],
)
def test_a_trail_whose_key_is_closed_to_cloudtrail_is_reported(statements: list[Any], said: str) -> None:
    main = key(*statements)
    decision = services(main, resource(TRAIL, "audit", region=REGION, kmsKeyId=ref(main)))
    assert decision.violations == ["main.policy"]
    assert said in decision.messages[0]
    actions = ["kms:GenerateDataKey*", "kms:DescribeKey"]
    assert added(decision.messages[0]) == allowing("cloudtrail.amazonaws.com", *actions)


@pytest.mark.parametrize(
    ("actions", "missing"),
    [
        (["kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"], ""),
        (["kms:GenerateDataKey", "kms:Decrypt"], "kms:DescribeKey"),
        (["kms:DescribeKey", "kms:Decrypt"], "kms:GenerateDataKey*"),
        (["kms:DescribeKey", "kms:GenerateDataKey"], "kms:Decrypt"),
    ],
)
def test_an_event_bus_needs_its_key(actions: list[str], missing: str) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-key-policy.html"""
    bus = "aws:cloudwatch/eventBus:EventBus"
    here = bound("ArnLike", "aws:SourceArn", f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/orders")
    main = key(allowing("events.amazonaws.com", *actions, **here))
    decision = services(main, resource(bus, "orders", region=REGION, kmsKeyIdentifier=ref(main)))
    assert decision.violations == (["main.policy"] if missing else [])
    assert all(f"does not let events.amazonaws.com {missing}." in message for message in decision.messages)
    assert services(resource(KEY, "main"), resource(bus, "orders")).is_clean


def test_an_event_data_store_needs_to_decrypt() -> None:
    main = key(*CLOUDTRAIL)
    [message] = services(main, resource(EVENT_STORE, "events", kmsKeyId=ref(main))).messages
    assert "does not let cloudtrail.amazonaws.com kms:Decrypt." in message


# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-create-storage-key.html
OF_CLUSTER = {
    "kms:EncryptionContext:aws:ecs:clusterAccount": [ACCOUNT],
    "kms:EncryptionContext:aws:ecs:clusterName": ["shop"],
}
FARGATE = [
    allowing("fargate.amazonaws.com", "kms:GenerateDataKeyWithoutPlaintext", Condition={"StringEquals": OF_CLUSTER}),
    allowing(
        "fargate.amazonaws.com",
        "kms:CreateGrant",
        Condition={
            "StringEquals": OF_CLUSTER,
            "ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]},
        },
    ),
    {**ROOT, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/operator"}, "Action": "kms:DescribeKey"},
]


def cluster(storage: Any, command: Any = None, name: str = "shop") -> Resource:
    return resource(
        CLUSTER,
        name,
        configuration={
            "executeCommandConfiguration": {"kmsKeyId": command, "logging": "DEFAULT"},
            "managedStorageConfiguration": {"fargateEphemeralStorageKmsKeyId": storage},
        },
    )


STORAGE = "configuration.managedStorageConfiguration.fargateEphemeralStorageKmsKeyId"


def test_fargates_key_policy_as_aws_documents_it_complies() -> None:
    main = key(*FARGATE)
    assert services(main, cluster(ref(main))).is_clean


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ([], "policy does not let fargate.amazonaws.com use it."),
        (FARGATE[:1], "policy does not let fargate.amazonaws.com kms:CreateGrant."),
        (FARGATE[1:], "policy does not let fargate.amazonaws.com kms:GenerateDataKey*."),
        ([allowing("ecs-tasks.amazonaws.com", "kms:*")], "policy does not let fargate.amazonaws.com use it."),
    ],
)
def test_storage_of_fargate_whose_key_is_closed_to_it_is_reported(statements: list[Any], said: str) -> None:
    main = key(*statements)
    decision = services(main, cluster(ref(main)))
    assert decision.violations == ["main.policy"]
    assert said in decision.messages[0]


def test_a_cluster_needs_fargate_for_its_storage_only() -> None:
    main = key()
    assert services(main, cluster(None, ref(main))).is_clean
    assert services(main, cluster("", ref(main))).is_clean
    assert services(main, resource(CLUSTER, "shop", configuration=None)).is_clean
    assert services(main, cluster(ref(main), ref(main))).violations == ["main.policy"]


def test_a_cluster_with_two_keys_is_undecided_until_they_are_known() -> None:
    storage, command = key(*FARGATE, name="storage"), key(name="command")
    for one, other in ((storage, command), (command, storage)):
        decision = services(storage, command, cluster(ref(one), ref(other)))
        assert decision.violations == []
        assert decision.undecided == [f"shop.{STORAGE}"]
    storage = key(*FARGATE, name="storage", with_outputs={"arn": f"{ARN}1"})
    command = key(name="command", with_outputs={"arn": f"{ARN}2"})
    right = cluster(ref(storage, f"{ARN}1"), ref(command, f"{ARN}2"))
    assert services(storage, command, right).is_clean
    wrong = cluster(ref(command, f"{ARN}2"), ref(storage, f"{ARN}1"))
    assert services(storage, command, wrong).violations == ["command.policy"]


def test_a_cluster_with_a_key_of_another_stack_beside_one_of_this_is_undecided() -> None:
    command = key(name="command", with_outputs={"arn": f"{ARN}2"})
    for named in (ref(command), ref(command, f"{ARN}2")):
        decision = services(command, cluster(f"{ARN}9", named))
        assert decision.violations == []
        assert decision.undecided == [f"shop.{STORAGE}"]


SERVICE_LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
# https://docs.aws.amazon.com/config/latest/developerguide/s3-kms-key-policy.html
CONFIG = allowing(
    "config.amazonaws.com",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    **bound("StringEquals", "AWS:SourceAccount", ACCOUNT),
)
linked = pytest.mark.parametrize(
    "recorder",
    [
        resource(RECORDER, "recorder", roleArn=SERVICE_LINKED),
        resource(RECORDER, "recorder", roleArn=ref(urn("aws:iam/serviceLinkedRole:ServiceLinkedRole", "config"))),
    ],
    ids=["by ARN", "by reference"],
)
LINKED_ROLE = resource("aws:iam/serviceLinkedRole:ServiceLinkedRole", "config", awsServiceName="config.amazonaws.com")


@linked
def test_config_with_its_service_linked_role_needs_the_key_policy(recorder: Resource) -> None:
    for main, complies in ((key(CONFIG), True), (key(), False), (resource(KEY, "main"), False)):
        channel = resource(CHANNEL, "channel", s3BucketName="audit", s3KmsKeyArn=ref(main))
        decision = services(main, channel, recorder, LINKED_ROLE)
        assert decision.violations == ([] if complies else ["main.policy"])
    assert added(decision.messages[0]) == allowing("config.amazonaws.com", "kms:GenerateDataKey*", "kms:Decrypt")
    foreign = key({**CONFIG, **bound("StringEquals", "AWS:SourceAccount", OTHER_ACCOUNT)})
    channel = resource(CHANNEL, "channel", s3BucketName="audit", s3KmsKeyArn=ref(foreign))
    assert services(foreign, channel, recorder, LINKED_ROLE).violations == ["main.policy"]


@linked
def test_the_key_of_config_may_be_elsewhere(recorder: Resource) -> None:
    channel = resource(CHANNEL, "channel", s3BucketName="audit", s3KmsKeyArn=ARN)
    assert services(channel, recorder, LINKED_ROLE).undecided == ["channel.s3KmsKeyArn"]
    assert services(channel).is_clean


def test_config_with_a_role_of_ones_own_has_that_roles_rights() -> None:
    role = resource("aws:iam/role:Role", "config")
    for main in (key(), resource(KEY, "main")):
        channel = resource(CHANNEL, "channel", s3BucketName="audit", s3KmsKeyArn=ref(main))
        for arn in (ref(role), f"arn:aws:iam::{ACCOUNT}:role/config"):
            assert services(main, channel, role, resource(RECORDER, "recorder", roleArn=arn)).is_clean


# What AWS delivers to a bucket, and reads from it:
# https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-cmk-policy.html,
# https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html,
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html

DELIVERY = ("delivery.logs.amazonaws.com", "kms:GenerateDataKey*")
STORING = {
    "flow log": DELIVERY,
    "distribution": DELIVERY,
    "web ACL": DELIVERY,
    "queries": DELIVERY,
    "firewall": DELIVERY,
    "origin": ("cloudfront.amazonaws.com", "kms:Decrypt"),
}
each_store = pytest.mark.parametrize("by", STORING)
each_way = pytest.mark.parametrize("inline", [False, True], ids=["of its own", "inline"])


def stored(main: Any, by: str, inline: bool = False, algorithm: str = "aws:kms", control: Any = "E1") -> list[Resource]:
    """A bucket that is encrypted with a key, and what writes or reads there."""
    default = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm, "kmsMasterKeyId": main}}
    encrypted = {"serverSideEncryptionConfiguration": {"rule": default}} if inline else {}
    bucket = resource("aws:s3/bucket:Bucket", "logs", **encrypted)
    encryption = [] if inline else [resource(ENCRYPTION, "logs", bucket=ref(bucket), rules=[default])]
    distribution = "aws:cloudfront/distribution:Distribution"
    by_name = {
        "flow log": resource("aws:ec2/flowLog:FlowLog", "vpc", logDestination=ref(bucket), logDestinationType="s3"),
        "distribution": resource(distribution, "site", loggingConfig={"bucket": ref(bucket)}),
        "web ACL": resource(
            "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", logDestinationConfigs=[ref(bucket)]
        ),
        "queries": resource("aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig", destinationArn=ref(bucket)),
        "firewall": resource(
            "aws:networkfirewall/loggingConfiguration:LoggingConfiguration",
            loggingConfiguration={"logDestinationConfigs": [{"logDestination": {"bucketName": ref(bucket)}}]},
        ),
        "origin": resource(
            distribution, "site", origins=[{"domainName": ref(bucket), "originAccessControlId": control}]
        ),
    }
    return [bucket, *encryption, *([by_name[by]] if by else [])]


@each_way
@each_store
def test_what_uses_an_encrypted_bucket_needs_its_key(by: str, inline: bool) -> None:
    service, action = STORING[by]
    for main in (key(), resource(KEY, "main"), key(allowing("logs.amazonaws.com", "kms:*"))):
        decision = services(main, *stored(ref(main), by, inline))
        assert decision.violations == ["main.policy"]
        statement = added(decision.messages[0])
        assert (statement["Principal"], statement["Action"]) == ({"Service": service}, action)
    open_ = key(allowing(service, action))
    assert services(open_, *stored(ref(open_), by, inline)).is_clean


def test_the_key_of_a_site_is_opened_to_its_own_distributions() -> None:
    main = key()
    [message] = services(main, *stored(ref(main), "origin")).messages
    condition = f'{{"ArnLike": {{"aws:SourceArn": "arn:aws:cloudfront::{ACCOUNT}:distribution/*"}}}}'
    assert added(message)["Condition"] == json.loads(condition)
    mended = key(allowing("cloudfront.amazonaws.com", "kms:Decrypt", Condition=json.loads(condition)))
    assert services(mended, *stored(ref(mended), "origin")).is_clean


@pytest.mark.parametrize("control", [None, ""])
def test_a_distribution_without_origin_access_control_needs_no_key(control: Any) -> None:
    main = key()
    assert services(main, *stored(ref(main), "origin", control=control)).is_clean
    assert services(main, *stored(ref(main), "origin", control=UNKNOWN)).violations == ["main.policy"]


@each_way
def test_a_bucket_that_nothing_uses_needs_no_service(inline: bool) -> None:
    main = key()
    assert services(main, *stored(ref(main), "", inline)).is_clean


@each_way
@each_store
@pytest.mark.parametrize("algorithm", ["aws:kms", "aws:kms:dsse"])
@pytest.mark.parametrize("managed", ["alias/aws/s3", "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3", None, ""])
def test_a_bucket_with_the_key_that_aws_manages_is_closed_to_them(
    by: str, inline: bool, algorithm: str, managed: Any
) -> None:
    decision = services(*stored(managed, by, inline, algorithm))
    [place] = decision.violations
    assert place.endswith("applyServerSideEncryptionByDefault.kmsMasterKeyId")
    assert f"the policy of that key cannot be changed and does not let {STORING[by][0]} use it" in decision.messages[0]
    assert "alias/aws/s3" in decision.messages[0]
    assert services(*stored(managed, "", inline, algorithm)).is_clean


@each_store
def test_a_bucket_encrypted_by_s3_itself_needs_no_key(by: str) -> None:
    assert services(*stored(None, by, algorithm="AES256")).is_clean


# Topics and queues: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html and
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html

SENDERS = [
    (TOPIC, ALARM, "alarmActions", "cloudwatch.amazonaws.com"),
    (TOPIC, ALARM, "okActions", "cloudwatch.amazonaws.com"),
    (TOPIC, ALARM, "insufficientDataActions", "cloudwatch.amazonaws.com"),
    (TOPIC, COMPOSITE_ALARM, "alarmActions", "cloudwatch.amazonaws.com"),
    (TOPIC, COMPOSITE_ALARM, "okActions", "cloudwatch.amazonaws.com"),
    (TOPIC, COMPOSITE_ALARM, "insufficientDataActions", "cloudwatch.amazonaws.com"),
    (TOPIC, EVENT_TARGET, "arn", "events.amazonaws.com"),
    (TOPIC, NOTIFICATION, "topics", "s3.amazonaws.com"),
    (TOPIC, "aws:rds/eventSubscription:EventSubscription", "snsTopic", "events.rds.amazonaws.com"),
    (TOPIC, "aws:redshift/eventSubscription:EventSubscription", "snsTopicArn", "redshift.amazonaws.com"),
    (TOPIC, "aws:dms/eventSubscription:EventSubscription", "snsTopicArn", "dms.amazonaws.com"),
    (QUEUE, SUBSCRIPTION, "endpoint", "sns.amazonaws.com"),
    (QUEUE, EVENT_TARGET, "arn", "events.amazonaws.com"),
    (QUEUE, NOTIFICATION, "queues", "s3.amazonaws.com"),
]
each_sender = pytest.mark.parametrize(("type_", "sender", "prop", "service"), SENDERS)


def sent(type_: str, sender: str, prop: str, main: Resource) -> list[Resource]:
    """A key, a topic or queue with it, and something that sends there."""
    receiver = resource(type_, "receiver", region=REGION, kmsMasterKeyId=ref(main))
    named = {"topics": [{"topicArn": ref(receiver)}], "queues": [{"queueArn": ref(receiver)}]}
    value = named.get(prop) or ([ref(receiver)] if prop.endswith("Actions") else ref(receiver))
    return [main, receiver, resource(sender, "sender", **{prop: value})]


@each_sender
def test_a_service_that_sends_to_an_encrypted_receiver_needs_its_key(
    type_: str, sender: str, prop: str, service: str
) -> None:
    for main in (key(), resource(KEY, "main"), key(allowing("ses.amazonaws.com", *DATA_KEYS))):
        decision = services(*sent(type_, sender, prop, main))
        assert decision.violations == ["main.policy"]
        assert f"'receiver' ({type_}) uses the key 'main', " in decision.messages[0]
        sends_account = {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}
        right = allowing(service, "kms:GenerateDataKey*", "kms:Decrypt")
        if service in ("s3.amazonaws.com", "sns.amazonaws.com"):
            right |= sends_account
        assert added(decision.messages[0].replace('"ACCOUNT"', f'"{ACCOUNT}"')) == right


@each_sender
@pytest.mark.parametrize("start", ["", "arn:aws:kms:eu-west-1:111122223333:"])
def test_the_keys_that_aws_manages_lose_what_services_send(
    type_: str, sender: str, prop: str, service: str, start: str
) -> None:
    main, receiver, sending = sent(type_, sender, prop, key())
    alias = f"{start}alias/aws/{'sns' if type_ == TOPIC else 'sqs'}"
    receiver = resource(type_, "receiver", region=REGION, kmsMasterKeyId=alias)
    decision = services(main, receiver, sending)
    assert decision.violations == ["receiver.kmsMasterKeyId"]
    assert decision.messages[0].startswith(
        f'kmsMasterKeyId is "{alias}": the policy of that key cannot be changed and does not let {service} use it, so '
        "that its messages and requests there fail, without an error in the update.\nFix: Set "
        f"kmsMasterKeyId to the ARN of an aws.kms.Key whose policy lets {service} use it (kms:GenerateDataKey*, "
        "kms:Decrypt)."
    )
    assert services(main, receiver).is_clean
    assert services(main, receiver, resource(sender, "sender")).is_clean


def test_a_receiver_of_two_services_with_a_managed_key_is_a_finding_each() -> None:
    topic = resource(TOPIC, "alarms", kmsMasterKeyId="alias/aws/sns")
    alarms = [resource(ALARM, name, alarmActions=[ref(topic)], okActions=[ref(topic)]) for name in ("a", "b")]
    rule = resource(EVENT_TARGET, "rule", arn=ref(topic))
    assert len(services(topic, *alarms, rule).violations) == 2


@each_sender
def test_a_service_that_may_use_the_key_complies(type_: str, sender: str, prop: str, service: str) -> None:
    assert services(*sent(type_, sender, prop, key(allowing(service, *DATA_KEYS)))).is_clean
    for condition in (
        bound("StringEquals", "aws:SourceAccount", ACCOUNT),
        # What sends may be of another region or account.
        bound("StringEquals", "aws:SourceAccount", OTHER_ACCOUNT),
        bound("ArnLike", "aws:SourceArn", f"arn:aws:sns:us-east-1:{OTHER_ACCOUNT}:alarms"),
        bound("ArnLike", "aws:SourceArn", "arn:aws:s3:::uploads"),
    ):
        assert services(*sent(type_, sender, prop, key(allowing(service, *DATA_KEYS, **condition)))).is_clean
    for missing in DATA_KEYS:
        some = key(allowing(service, *(action for action in DATA_KEYS if action != missing)))
        [message] = services(*sent(type_, sender, prop, some)).messages
        assert f"policy does not let {service} {missing}." in message


@each_sender
def test_without_a_sender_the_default_key_policy_is_enough(type_: str, sender: str, prop: str, service: str) -> None:
    main, receiver, _ = sent(type_, sender, prop, key())
    assert services(main, receiver).is_clean
    assert services(main, receiver, resource(sender, "sender", **{prop: UNKNOWN})).is_clean
    # An AWS managed key, or one elsewhere.
    assert services(main, resource(type_, "receiver", kmsMasterKeyId="alias/aws/sns")).is_clean


def test_sns_of_an_opt_in_region_has_a_principal_of_its_own() -> None:
    for principal in ("sns.ap-east-1.amazonaws.com", "sns.amazonaws.com.cn"):
        assert services(*sent(QUEUE, SUBSCRIPTION, "endpoint", key(allowing(principal, *DATA_KEYS)))).is_clean
    for principal in ("sns.ap-east-1.amazonaws.org", "cloudwatch.ap-east-1.amazonaws.com"):
        assert not services(*sent(QUEUE, SUBSCRIPTION, "endpoint", key(allowing(principal, *DATA_KEYS)))).is_clean
        assert not services(*sent(TOPIC, ALARM, "okActions", key(allowing(principal, *DATA_KEYS)))).is_clean


def test_a_topic_with_many_alarms_is_one_finding() -> None:
    main = key()
    topic = resource(TOPIC, "alarms", kmsMasterKeyId=ref(main))
    alarms = [
        resource(ALARM, f"alarm-{number}", alarmActions=[ref(topic)], okActions=[ref(topic)]) for number in range(3)
    ]
    assert services(main, topic, *alarms).violations == ["main.policy"]


# Services that act with their caller's rights


def through(service: str, *actions: str, principal: Any = "*", **condition: Any) -> dict[str, Any]:
    """A statement as in the policies of AWS's own keys: for the account's principals who come through a service."""
    via = {"kms:ViaService": f"{service}.{REGION}.amazonaws.com", "kms:CallerAccount": ACCOUNT, **condition}
    return {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": list(actions),
        "Resource": "*",
        "Condition": {"StringEquals": via},
    }


BY_GRANT = [
    (DATABASE, "rds", ["kms:Encrypt", *DATA_KEYS, "kms:ReEncrypt*", "kms:CreateGrant", "kms:DescribeKey"]),
    ("aws:rds/cluster:Cluster", "rds", [*DATA_KEYS, "kms:CreateGrant", "kms:DescribeKey"]),
    (STREAM, "kinesis", DATA_KEYS),
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    (SECRET, "secretsmanager", ["kms:Encrypt", *DATA_KEYS, "kms:ReEncrypt*", "kms:CreateGrant", "kms:DescribeKey"]),
    (CACHE, "elasticache", [*DATA_KEYS, "kms:CreateGrant", "kms:DescribeKey"]),
]
each_by_grant = pytest.mark.parametrize(("type_", "service", "actions"), BY_GRANT)


@each_by_grant
def test_the_default_key_policy_is_enough_for_them(type_: str, service: str, actions: list[str]) -> None:
    for main in (resource(KEY, "main"), key(), key(through(service, *actions))):
        user = resource(type_, "store", region=REGION, kmsKeyId=ref(main))
        assert services(main, user).is_clean
        others = [each for _, each, _ in BY_GRANT if each != service]
        assert services(main, user, strictServices=others).is_clean
    assert services(resource(type_, "store", kmsKeyId=ARN), strictServices=[service]).is_clean


@each_by_grant
def test_strict_services_have_to_be_named(type_: str, service: str, actions: list[str]) -> None:
    for main in (resource(KEY, "main"), key(), key(allowing("ec2.amazonaws.com", "kms:*"))):
        user = resource(type_, "store", region=REGION, kmsKeyId=ref(main))
        decision = services(main, user, strictServices=[service])
        assert decision.violations == ["main.policy"]
        assert added(decision.messages[0])["Principal"] == {"Service": f"{service}.amazonaws.com"}


@each_by_grant
def test_strict_services_may_be_named_or_come_through(type_: str, service: str, actions: list[str]) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/app"
    for statement in (
        allowing(f"{service}.amazonaws.com", *actions),
        allowing(f"{service}.amazonaws.com", *actions, **bound("StringEquals", "aws:SourceAccount", ACCOUNT)),
        through(service, *actions),
        through(service, *actions, principal=["*"]),
        through(service, *actions, principal=role),
        through(
            service,
            *actions,
            **{"kms:ViaService": ["ec2.eu-west-1.amazonaws.com", f"{service}.{REGION}.amazonaws.com"]},
        ),
        through(service, *actions, **{"kms:ViaService": f"{service}.{REGION}.amazonaws.com.cn"}),
        through(service, *actions, principal=role, **{"aws:PrincipalOrgID": "o-a1b2c3d4e5"}),
        {**through(service, *actions), **bound("StringLike", "kms:viaservice", f"{service}.*.amazonaws.com")},
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*"},
    ):
        main = key(statement)
        user = resource(type_, "store", region=REGION, kmsKeyId=ref(main))
        assert services(main, user, strictServices=[service]).is_clean
        unplaced = resource(type_, "store", kmsKeyId=ref(main))
        assert services(main, unplaced, strictServices=[service]).is_clean


@each_by_grant
def test_strict_services_have_to_come_through_their_own_name(type_: str, service: str, actions: list[str]) -> None:
    for via in ("ec2.eu-west-1.amazonaws.com", f"{service}.us-east-1.amazonaws.com", f"{service}.*.amazonaws.com"):
        main = key(through(service, *actions, **{"kms:ViaService": via}))
        user = resource(type_, "store", region=REGION, kmsKeyId=ref(main))
        assert services(main, user, strictServices=[service]).violations == ["main.policy"]
    main = key(through("ec2", *actions))
    assert services(main, resource(type_, "store", kmsKeyId=ref(main)), strictServices=[service]).violations


@each_by_grant
def test_strict_services_need_each_action(type_: str, service: str, actions: list[str]) -> None:
    needed = [*DATA_KEYS, *(["kms:CreateGrant", "kms:DescribeKey"] if service in ("rds", "elasticache") else [])]
    for missing in needed:
        main = key(through(service, *(action for action in actions if action != missing)))
        user = resource(type_, "store", region=REGION, kmsKeyId=ref(main))
        [message] = services(main, user, strictServices=[service]).messages
        assert f"policy does not let {service}.amazonaws.com {missing}." in message


def test_callers_who_come_through_another_service_are_not_logs() -> None:
    main = key(through("secretsmanager", "kms:*"))
    [message] = services(main, group(main)).messages
    assert "policy does not let logs.eu-west-1.amazonaws.com use it.\n" in message


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"strictServices": ["ec2"]}, "config key 'strictServices"),
        ({"strictServices": "rds"}, "config key 'strictServices': \"rds\" is not allowed; it must be a list"),
        ({"requireEncryptionContext": "yes"}, "'requireEncryptionContext': \"yes\" is not allowed; it must be true"),
        ({"strictService": []}, "has no config key 'strictService'; did you mean 'strictServices'?"),
    ],
)
def test_config_that_does_not_fit_is_explained(config: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem.replace("?", "[?]")):
        check(SERVICES, config=config)


# Secrets


HIDDEN = "999988887777"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda statement: Secret(json.dumps(document(statement))),
        lambda statement: Secret(document(statement)),
        lambda statement: {"Statement": [ROOT, Secret(statement)]},
        lambda statement: {"Statement": [ROOT, {name: Secret(value) for name, value in statement.items()}]},
        lambda statement: {"Statement": [Secret(ROOT), statement]},
    ],
)
@pytest.mark.parametrize(
    "statement",
    [
        {**LOGS, **bound("ArnLike", CONTEXT, f"arn:aws:logs:us-east-1:{HIDDEN}:log-group:/canary")},
        {**LOGS, **bound("StringEquals", CONTEXT, f"arn:aws:logs:us-east-1:{HIDDEN}:log-group:/canary*")},
        {**LOGS, "Principal": {"Service": "logs.canary.amazonaws.com"}},
        {**LOGS, "Principal": {"AWS": f"arn:aws:iam::{HIDDEN}:root"}, "Action": "kms:Canary"},
        {**LOGS, "Effect": "Deny", "Condition": {}, "Sid": "canary"},
        {**LOGS, "Condition": {"StringEquals": {"kms:EncryptionContext:canary": HIDDEN}}},
    ],
)
def test_the_text_of_a_secret_policy_is_judged_and_never_shown(wrap: Any, statement: dict[str, Any]) -> None:
    main = resource(KEY, "main", policy=wrap(statement))
    decision = alone(SERVICES, main, group(main))
    assert decision.violations == ["main.policy"]
    for told in ("canary", HIDDEN, ACCOUNT):
        assert told not in repr(decision.messages)


def test_a_secret_policy_that_is_right_complies() -> None:
    main = resource(KEY, "main", policy=Secret(json.dumps(document(LOGS))))
    assert services(main, group(main)).is_clean
    assert services(main, group(Secret(ref(main)))).is_clean
