"""Role access: that a role allows what services do with it, row by row of the table."""

import json
from typing import Any

import pytest

from policypack.data.role_wirings import (
    FILE_SYSTEM,
    KAFKA,
    KEY_ACTIONS,
    NOTHING,
    REPOSITORY,
    ROLE_WIRINGS,
    SECRET,
    STREAM,
    TASK,
    RoleWiring,
)
from policypack.data.wirings import BUCKET, FUNCTION, LOG_GROUP, QUEUE, TOPIC
from policypack.model import Resource
from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource
from tests.policies.test_wirings import merged, nested
from tests.support import POLICIES, check

pytestmark = pytest.mark.broad

ACCESS = "role-access"
ROLE = "aws:iam/role:Role"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
KEY = "aws:kms/key:Key"
POLICY = "aws:iam/policy:Policy"
ACCOUNT, REGION = "111122223333", "eu-west-1"
NAMES = {
    BUCKET: "bucket",
    TASK: "family",
    KAFKA: "clusterName",
    "aws:rds/instance:Instance": "identifier",
    FILE_SYSTEM: "creationToken",
}
# What follows the account in the ARN of a target that is called acme-target, where that is more than the name.
REST = {
    FUNCTION: "function:acme-target",
    STREAM: "stream/acme-target",
    SECRET: "secret:acme-target-a1B2c3",
    LOG_GROUP: "log-group:acme-target",
    REPOSITORY: "repository/acme-target",
    TASK: "task-definition/acme-target:1",
    KAFKA: "cluster/acme-target/1-2",
    FILE_SYSTEM: "file-system/fs-1",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": "deliverystream/acme-target",
    "aws:dynamodb/table:Table": "table/acme-target",
    "aws:sfn/stateMachine:StateMachine": "stateMachine:acme-target",
    "aws:cloudwatch/eventBus:EventBus": "event-bus/acme-target",
    "aws:codebuild/project:Project": "project/acme-target",
    "aws:batch/jobQueue:JobQueue": "job-queue/acme-target",
    "aws:cloudwatch/eventApiDestination:EventApiDestination": "api-destination/acme-target/1-2",
    "aws:rds/instance:Instance": "db:acme-target",
}
SERVICES = {
    SECRET: "secretsmanager",
    "aws:cloudwatch/eventBus:EventBus": "events",
    "aws:cloudwatch/eventApiDestination:EventApiDestination": "events",
    "aws:sfn/stateMachine:StateMachine": "states",
    "aws:msk/cluster:Cluster": "kafka",
    "aws:efs/fileSystem:FileSystem": "elasticfilesystem",
    LOG_GROUP: "logs",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": "firehose",
}
OF_STREAMS = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")


def identity(wiring: RoleWiring) -> str:
    path = wiring.paths[0] if wiring.paths else wiring.document
    return f"{wiring.type.rpartition(':')[2]}.{path}-{wiring.target.rpartition(':')[2]}"


def arn(type_: str, name: str = "acme-target") -> str:
    if type_ == BUCKET:
        return f"arn:aws:s3:::{name}"
    if type_ == ROLE:
        return f"arn:aws:iam::{ACCOUNT}:role/{name}"
    service = SERVICES.get(type_, type_.split(":")[1].partition("/")[0])
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{REST.get(type_, 'acme-target').replace('acme-target', name)}"


def target_of(wiring: RoleWiring, **inputs: Any) -> Resource | None:
    """The target; of a row with a document also its ARN, by which known documents name it."""
    if wiring.target == NOTHING:
        return None
    name = NAMES.get(wiring.target, "name")
    if wiring.document:
        inputs["with_outputs"] = {"arn": arn(wiring.target), "repositoryUrl": image("acme-target")}
    return resource(wiring.target, "target", **{name: "acme-target", **inputs})


def image(name: str) -> str:
    return f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}"


def acting(wiring: RoleWiring, role: Resource, target: Resource | None, **inputs: Any) -> list[Resource]:
    """The resource that acts, and what stands between it and the role."""
    holder: Resource | None = None
    task: Resource | None = None
    if wiring.role.endswith(("functionName", "functionArn")):
        holder = resource(FUNCTION, "between", role=ref(role))
    elif wiring.role.endswith(("instanceRole", "instanceProfile")):
        holder = resource(PROFILE, "between", role=ref(role))
    elif wiring.holder:
        holder = resource(wiring.holder, "between", **nested(wiring.role, ref(role)))
    if is_in_document(wiring):
        # As after an update: the document is known, and depends on all that it is made of.
        found = {wiring.document: ref([role, *([target] if target else [])], document_of(wiring))}
    else:
        found = {} if wiring.holder else nested(wiring.role, ref(holder or role))
    if wiring.document:
        found.setdefault(wiring.document, document_of(wiring))
    elif wiring.role != wiring.paths[0] or wiring.holder:
        task = resource(TASK, "task", executionRoleArn=ref(target)) if target and wiring.target == ROLE else None
        found = merged(found, nested(wiring.paths[0], ref(task or target) if target else "something"))
    for path, texts in wiring.only_if.items():
        if texts[0]:
            found = merged(found, nested(path, texts[0] == "true" or texts[0]))
    user = resource(wiring.type, "user", **{**found, **inputs})
    return [user, *(each for each in (holder, task) if each)]


def is_in_document(wiring: RoleWiring) -> bool:
    return bool(wiring.document) and wiring.role.startswith(f"{wiring.document}.")


def document_of(wiring: RoleWiring) -> str:
    if not wiring.paths:
        return json.dumps({"States": {"send": {"Type": "Task", "Parameters": {"to": arn(wiring.target)}}}})
    text = f"{image('acme-target')}:1" if wiring.target == REPOSITORY else "acme-target"
    if wiring.paths[0].startswith("**."):
        # With capitals, as AWS has them.
        return json.dumps({"Resources": {"own": {"Properties": {"ServiceToken": arn(wiring.target)}}}})
    if is_in_document(wiring):
        text = arn(wiring.target) if wiring.target == SECRET else text
        return json.dumps(merged(nested(wiring.paths[0], text), {"executionRoleArn": arn(ROLE, "role")}))
    return json.dumps([nested(wiring.paths[0], text)])


def allowing(wiring: RoleWiring, name: str = "acme-target", **elements: Any) -> dict[str, Any]:
    """The statement that AWS's documentation has for the row."""
    on = arn(wiring.target, name) if wiring.target else "*"
    ends = ["", "/*", ":*", "/stream/*"]
    return {
        "Effect": "Allow",
        "Action": list(wiring.actions),
        "Resource": [on + end for end in ends] if wiring.target else "*",
        **elements,
    }


# Actions that are about no resource of the stack.
FOR_ANY = {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken", "ec2:*", "logs:Describe*"], "Resource": "*"}


def role_with(*statements: Any, document: Any = None, name: str = "role", **inputs: Any) -> Resource:
    text = document or json.dumps({"Statement": list(statements)})
    return resource(
        ROLE, name, inlinePolicies=[{"name": "own", "policy": text}] if statements or document else None, **inputs
    )


def asked(wiring: RoleWiring, role: Resource, *others: Resource, **inputs: Any) -> Decision:
    target = target_of(wiring)
    return decided(wiring, role, *acting(wiring, role, target, **inputs), *([target] if target else []), *others)


def decided(wiring: RoleWiring, *resources: Resource) -> Decision:
    """What is decided about a row; of the roles of a task, without what is decided about the task itself."""
    decision = check(ACCESS, *resources)
    if wiring.target == ROLE:
        found = [pair for pair in zip(decision.violations, decision.messages, strict=True) if "RunTask" not in pair[1]]
        decision.violations, decision.messages = [place for place, _ in found], [text for _, text in found]
    return decision


each_row = pytest.mark.parametrize("wiring", ROLE_WIRINGS, ids=identity)
each_target = pytest.mark.parametrize("wiring", [row for row in ROLE_WIRINGS if row.target], ids=identity)
WITH_CONDITIONS = [row for row in ROLE_WIRINGS if row.only_if]
WITH_KEYS = [
    row for row in ROLE_WIRINGS if row.target in (QUEUE, TOPIC, STREAM, SECRET) and set(row.actions) & set(KEY_ACTIONS)
]


# Each row of the table


@each_row
def test_what_aws_documents_is_right(wiring: RoleWiring) -> None:
    assert asked(wiring, role_with(allowing(wiring), FOR_ANY)).is_clean


@each_row
def test_a_role_without_policies(wiring: RoleWiring) -> None:
    decision = asked(wiring, role_with())
    assert len(decision.violations) == 1
    assert decision.violations[0].startswith("user.")
    message, fix, *_ = decision.messages[0].split("\n")
    assert all(action in message and f'"{action}"' in fix for action in wiring.actions)
    assert ("AWS refuses the update" in message) == wiring.is_refused == ("dependsOn" in fix)
    assert "with the role 'role'" in message


@each_row
def test_another_role_has_the_rights(wiring: RoleWiring) -> None:
    other = role_with(allowing(wiring), FOR_ANY, name="other")
    assert len(asked(wiring, role_with(), other).violations) == 1


@each_row
def test_the_role_may_do_something_else(wiring: RoleWiring) -> None:
    service = wiring.actions[0].partition(":")[0]
    decision = asked(wiring, role_with(allowing(wiring, Action=[f"{service}:Tag*"], Resource="*")))
    assert len(decision.violations) == 1


@each_row
def test_the_rights_have_a_condition_that_no_service_meets(wiring: RoleWiring) -> None:
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    decision = asked(wiring, role_with(allowing(wiring, Condition=condition)))
    assert len(decision.violations) == 1
    assert "only where aws:MultiFactorAuthPresent is true" in decision.messages[0]


@each_target
def test_the_rights_are_about_another_resource(wiring: RoleWiring) -> None:
    decision = asked(wiring, role_with(allowing(wiring, "acme-other"), FOR_ANY))
    if wiring.target == FILE_SYSTEM:
        assert decision.is_clean  # its id, which the ARN has, is not known before the update
        return
    assert len(decision.violations) == 1
    assert "acme-other" in decision.messages[0]


@each_row
def test_a_statement_denies_it(wiring: RoleWiring) -> None:
    denied = list(wiring.actions) if wiring.any_of else wiring.actions[0]
    deny = {"Effect": "Deny", "Action": denied, "Resource": "*"}
    decision = asked(wiring, role_with(allowing(wiring), FOR_ANY, deny))
    assert len(decision.violations) == 1
    assert f"denies {wiring.actions[0]}" in decision.messages[0]
    assert "Except this" in decision.messages[0]


@each_row
def test_a_statement_that_asks_for_tls_denies_nothing(wiring: RoleWiring) -> None:
    tls = {"Bool": {"aws:SecureTransport": "false"}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": tls}
    assert asked(wiring, role_with(allowing(wiring), FOR_ANY, deny)).is_clean


@each_row
def test_the_permissions_boundary_does_not_allow_it(wiring: RoleWiring) -> None:
    boundary = resource(POLICY, "limit", policy=json.dumps({"Statement": [allowing(wiring, Action="mediastore:*")]}))
    decision = asked(wiring, role_with(allowing(wiring), FOR_ANY, permissionsBoundary=ref(boundary)), boundary)
    assert len(decision.violations) == 1
    assert "its permissions boundary" in decision.messages[0]


@each_row
def test_an_unknown_policy_is_undecided(wiring: RoleWiring) -> None:
    decision = asked(wiring, role_with(document=UNKNOWN))
    assert (decision.violations, decision.undecided) == ([], ["role.inlinePolicies[0].policy"])


@each_row
def test_a_policy_elsewhere_is_undecided(wiring: RoleWiring) -> None:
    role = resource(ROLE, "role", managedPolicyArns=[f"arn:aws:iam::{ACCOUNT}:policy/elsewhere"])
    decision = asked(wiring, role)
    assert (decision.violations, decision.undecided) == ([], ["role.managedPolicyArns[0]"])


@each_row
def test_not_action_is_what_it_leaves_out(wiring: RoleWiring) -> None:
    right = {"Effect": "Allow", "NotAction": "mediastore:*", "Resource": "*"}
    assert asked(wiring, role_with(right)).is_clean
    left_out = list(wiring.actions) if wiring.any_of else wiring.actions[0]
    wrong = {"Effect": "Allow", "NotAction": left_out, "Resource": "*"}
    assert len(asked(wiring, role_with(wrong)).violations) == 1


@each_target
def test_a_target_outside_of_the_stack_is_not_asked_about(wiring: RoleWiring) -> None:
    role = role_with()
    assert decided(wiring, role, *acting(wiring, role, target_of(wiring))).is_clean


@each_row
def test_a_role_outside_of_the_stack_is_not_asked_about(wiring: RoleWiring) -> None:
    target, bystander = target_of(wiring), role_with(name="bystander")
    assert check(ACCESS, bystander, *acting(wiring, role_with(), target), *([target] if target else [])).is_clean


@pytest.mark.parametrize("wiring", WITH_CONDITIONS, ids=identity)
def test_what_makes_no_wiring_is_not_asked_about(wiring: RoleWiring) -> None:
    for unknown in (False, True):
        role, target = role_with(), target_of(wiring)
        user, *others = acting(wiring, role, target)
        path = next(iter(wiring.only_if))
        inputs = merged(dict(user.inputs or {}), nested(path, UNKNOWN if unknown else "OTHER"))
        user = resource(
            wiring.type, "user", **{name: ref(urns, inputs[name]) for name, urns in user.property_dependencies.items()},
            **{name: value for name, value in inputs.items() if name not in user.property_dependencies},
        )  # fmt: skip
        decision = check(ACCESS, role, user, *others, *([target] if target else []))
        assert (decision.violations, decision.undecided) == ([], [f"user.{path}"] if unknown else [])


@pytest.mark.parametrize("wiring", WITH_KEYS, ids=identity)
def test_the_key_of_the_target_counts(wiring: RoleWiring) -> None:
    key = resource(KEY, "key")
    name = "kmsKeyId" if wiring.target in (STREAM, SECRET) else "kmsMasterKeyId"
    target = target_of(wiring, **{name: ref(key)})
    assert target
    needed = list(dict.fromkeys(each for action in wiring.actions for each in KEY_ACTIONS.get(action, ())))
    wrong = role_with(allowing(wiring), FOR_ANY)
    decision = check(ACCESS, wrong, *acting(wiring, wrong, target), target, key)
    assert len(decision.violations) == len(needed)
    assert all("with the key 'key'" in each for each in decision.messages)
    right = role_with(allowing(wiring), FOR_ANY, {"Effect": "Allow", "Action": needed, "Resource": "*"})
    assert check(ACCESS, right, *acting(wiring, right, target), target, key).is_clean


# What AWS's own policies are for


@pytest.mark.parametrize("wiring", [row for row in ROLE_WIRINGS if row.managed], ids=identity)
def test_the_policy_that_aws_has_for_it_is_enough(wiring: RoleWiring) -> None:
    arns = [f"arn:aws:iam::aws:policy/{each}" for each in wiring.managed]
    assert asked(wiring, resource(ROLE, "role", managedPolicyArns=arns)).is_clean
    assert arns[0] in asked(wiring, role_with()).messages[0].split("\n")[1]


def test_backups_of_buckets_need_a_policy_of_their_own() -> None:
    wiring = next(row for row in ROLE_WIRINGS if row.type.endswith(":Selection") and row.target == BUCKET)
    arns = ["arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"]
    assert asked(wiring, resource(ROLE, "role", managedPolicyArns=arns)).violations == ["user.resources[0]"]


# What the rows share


PULL = next(row for row in ROLE_WIRINGS if row.type == TASK and row.target == REPOSITORY)
DEAD_LETTERS = next(row for row in ROLE_WIRINGS if row.type == FUNCTION and row.target == QUEUE)
POLLED = ROLE_WIRINGS[0]


def test_the_token_of_a_registry_is_about_all_of_it() -> None:
    decision = asked(PULL, role_with(allowing(PULL)))
    assert len(decision.violations) == 1
    assert "ecr:GetAuthorizationToken" in decision.messages[0]
    assert "ecr:BatchGetImage" not in decision.messages[0]
    assert '"Action": "ecr:GetAuthorizationToken", "Resource": "*"' in decision.messages[0]


def test_the_message_says_what_is_missing_and_the_statement_to_add() -> None:
    role = role_with({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:1:other"})
    queue = resource(QUEUE, "failed", name="failed", with_outputs={"arn": arn(QUEUE, "failed")})
    function = resource(FUNCTION, "resize", role=ref(role), deadLetterConfig={"targetArn": ref(queue)})
    decision = check(ACCESS, role, queue, function)
    message, fix, *_ = decision.messages[0].split("\n")
    assert decision.violations == ["resize.deadLetterConfig.targetArn"]
    assert message == (
        "AWS refuses the update: 'resize' (aws:lambda/function:Function) names 'failed' in deadLetterConfig.targetArn "
        "and acts with the role 'role', but no policy of the role allows sqs:SendMessage there: "
        "inlinePolicies[0].policy.Statement[0] of 'role' allows it on \"arn:aws:sqs:eu-west-1:1:other\" only."
    )
    assert fix == (
        f'Fix: Add "{arn(QUEUE, "failed")}" to Resource of inlinePolicies[0].policy.Statement[0] of '
        "'role'. Let 'resize' depend on it (dependsOn)."
    )
    fix = check(ACCESS, role_with(), queue, function).messages[0].split("\n")[1]
    assert fix == (
        "Fix: Add an aws.iam.RolePolicy with role set to 'role' and this in Statement of its policy: "
        f'{{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "{arn(QUEUE, "failed")}"}}. '
        "Let 'resize' depend on it (dependsOn)."
    )


def test_an_action_is_added_to_the_statement_about_the_same_target() -> None:
    role = role_with({"Effect": "Allow", "Action": list(POLLED.actions[:2]), "Resource": arn(QUEUE)})
    queue = target_of(POLLED, with_outputs={"arn": arn(QUEUE)})
    assert queue
    [message] = check(ACCESS, role, queue, *acting(POLLED, role, queue)).messages
    added = f"Add \"{POLLED.actions[2]}\" to Action of inlinePolicies[0].policy.Statement[0] of 'role'."
    assert added in message.split("\n")[1]


def test_a_policy_that_others_may_have_is_not_widened() -> None:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:1:other"}
    shared = resource(POLICY, "shared", policy=json.dumps({"Statement": [statement]}))
    role = resource(ROLE, "role", managedPolicyArns=[ref(shared)])
    queue = target_of(DEAD_LETTERS)
    assert queue
    [message] = check(ACCESS, role, shared, queue, *acting(DEAD_LETTERS, role, queue)).messages
    assert "Fix: Add an aws.iam.RolePolicy" in message


@pytest.mark.parametrize("action", ["dynamodb:Query", "dynamodb:PutItem", "dynamodb:*"])
def test_one_of_several_actions_is_enough_where_requests_tell_which_are_needed(action: str) -> None:
    row = next(row for row in ROLE_WIRINGS if row.any_of)
    assert asked(row, role_with(allowing(row, Action=action))).is_clean


@pytest.mark.parametrize(
    ("statement", "is_right"), [({}, True), ({"Principal": {"Service": "sns.amazonaws.com"}}, False)]
)
def test_config_acts_in_its_own_name_where_its_role_may_not(statement: Any, is_right: bool) -> None:
    row = next(row for row in ROLE_WIRINGS if row.or_as and row.target == BUCKET)
    own = {"Effect": "Allow", "Principal": {"Service": "config.amazonaws.com"}, "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Statement": [{**own, **statement}]})
    role, bucket = role_with(), resource(BUCKET, "target", bucket="acme-target", policy=policy)
    assert check(ACCESS, role, bucket, *acting(row, role, bucket)).is_clean == is_right


def test_a_pipeline_whose_actions_have_roles_of_their_own_is_not_asked_about() -> None:
    row = next(row for row in ROLE_WIRINGS if row.paths and row.paths[0].endswith("ProjectName"))
    role, build = role_with(), resource(row.target, "target", name="acme-target")
    action = {"configuration": {"ProjectName": "acme-target"}}
    for more, is_right in (({}, False), ({"roleArn": "arn:aws:iam::1:role/x"}, True)):
        user = resource(row.type, "user", roleArn=ref(role), stages=[{"actions": [{**action, **more}]}])
        assert check(ACCESS, role, build, user).is_clean == is_right


def test_a_job_whose_containers_are_not_known_is_undecided() -> None:
    row = next(row for row in ROLE_WIRINGS if row.type.endswith(":JobDefinition") and row.target == REPOSITORY)
    role, repository = role_with(), target_of(row)
    assert repository
    job = resource(row.type, "user", type="container", containerProperties=ref([role, repository]))
    decision = check(ACCESS, role, repository, job)
    assert (decision.violations, decision.undecided) == ([], ["user.containerProperties"])


def test_the_roles_of_a_job_are_told_apart_by_their_arns() -> None:
    row = next(row for row in ROLE_WIRINGS if row.type.endswith(":JobDefinition") and row.target == REPOSITORY)
    repository = target_of(row)
    assert repository
    starts, works = (
        resource(ROLE, name, inlinePolicies=[{"policy": json.dumps({"Statement": list(found)})}],
                 with_outputs={"arn": arn(ROLE, name)})
        for name, found in (("starts", (allowing(row), FOR_ANY)), ("works", ()))
    )  # fmt: skip
    for execution, is_right in ((starts, True), (works, False)):
        containers = {"image": image("acme-target"), "executionRoleArn": arn(ROLE, execution.name)}
        containers["jobRoleArn"] = arn(ROLE, "works")
        job = resource(
            row.type, "user", type="container",
            containerProperties=ref([starts, works, repository], json.dumps(containers)),
        )  # fmt: skip
        assert check(ACCESS, starts, works, repository, job).is_clean == is_right


def test_many_users_of_a_role_are_one_finding() -> None:
    role, queues = role_with(), [resource(QUEUE, f"q{index}") for index in range(7)]
    users = [
        resource(FUNCTION, f"f{index}", role=ref(role), deadLetterConfig={"targetArn": ref(queue)})
        for index, queue in enumerate(queues)
    ]
    decision = check(ACCESS, role, *queues, *users)
    assert decision.violations == ["f0.deadLetterConfig.targetArn"]
    assert "and so do 'f1', 'f2', 'f3' and 3 others" in decision.messages[0]
    assert "Name the other 2 targets in Resource, too" in decision.messages[0]


def test_the_policy_of_the_target_may_let_the_role_in() -> None:
    role = role_with(name="role")
    named = resource(ROLE, "role", **{**(role.inputs or {}), "name": "worker"})
    for name, is_right in (("worker", True), ("other", False)):
        principal = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sqs:*", "Resource": "*"}
        queue = target_of(POLLED, policy=json.dumps({"Statement": [statement]}))
        assert queue
        assert check(ACCESS, named, queue, *acting(POLLED, named, queue)).is_clean == is_right


def test_a_log_group_is_not_its_streams() -> None:
    """What many write: the ARN of the group without `:*`, which is not that of the streams in it."""
    row = next(row for row in ROLE_WIRINGS if row.type == FUNCTION and row.target == LOG_GROUP)
    decision = asked(row, role_with(allowing(row, Resource=arn(LOG_GROUP))))
    assert "logs:PutLogEvents" in decision.messages[0]
    assert "logs:CreateLogStream" not in decision.messages[0]


def test_an_alias_stands_for_the_role_of_its_function() -> None:
    role = role_with()
    function = resource(FUNCTION, "f", role=ref(role))
    alias = resource("aws:lambda/alias:Alias", "live", functionName=ref(function))
    queue = target_of(POLLED)
    assert queue
    mapping = resource(POLLED.type, "user", functionName=ref(alias), eventSourceArn=ref(queue))
    assert check(ACCESS, role, function, alias, queue, mapping).violations == ["user.eventSourceArn"]


def test_a_function_that_is_called_like_a_role_stands_for_none() -> None:
    role = role_with()
    function = resource(FUNCTION, "worker", name="worker", role=ref(role))
    bucket = resource(BUCKET, "target", bucket="acme-target")
    crawler = resource(
        "aws:glue/crawler:Crawler", "user", role="worker", databaseName="d", s3Targets=[{"path": "s3://acme-target/x"}]
    )
    assert check(ACCESS, role, function, bucket, crawler).is_clean


@pytest.mark.parametrize(("region", "is_right"), [("us-east-1", True), ("eu-west-1", False)])
def test_requests_are_made_in_the_region_of_the_target(region: str, is_right: bool) -> None:
    condition = {"StringEquals": {"aws:RequestedRegion": region}}
    role = role_with(allowing(DEAD_LETTERS, Resource="*", Condition=condition))
    queue = target_of(DEAD_LETTERS, region="us-east-1")
    assert queue
    function = resource(
        FUNCTION, "user", region="eu-west-1", role=ref(role), deadLetterConfig={"targetArn": ref(queue)}
    )
    assert check(ACCESS, role, queue, function).is_clean == is_right


def test_containers_that_are_not_known_are_undecided() -> None:
    role, repository = role_with(), target_of(PULL)
    assert repository
    task = resource(TASK, "user", executionRoleArn=ref(role), containerDefinitions=ref(repository))
    decision = check(ACCESS, role, repository, task)
    assert (decision.violations, decision.undecided) == ([], ["user.containerDefinitions"])


@pytest.mark.parametrize(
    ("text", "is_target"),
    [
        (f"arn:aws:sqs:{REGION}:{ACCOUNT}:acme-target", True),
        (f"arn:aws:sqs:us-east-1:{ACCOUNT}:acme-target", False),
        (f"arn:aws:sns:{REGION}:{ACCOUNT}:acme-target", False),
        (f"arn:aws:sqs:{REGION}:{ACCOUNT}:acme-other", False),
    ],
)
def test_a_literal_arn_names_the_queue_of_that_name(text: str, is_target: bool) -> None:
    role, queue = role_with(), target_of(DEAD_LETTERS, region=REGION)
    assert queue
    function = resource(FUNCTION, "user", role=ref(role), deadLetterConfig={"targetArn": text})
    assert check(ACCESS, role, queue, function).is_clean != is_target


def test_a_literal_arn_of_another_account_names_no_queue_whose_arn_is_known() -> None:
    role, queue = role_with(), target_of(DEAD_LETTERS, with_outputs={"arn": arn(QUEUE)})
    assert queue
    other = f"arn:aws:sqs:{REGION}:444455556666:acme-target"
    function = resource(FUNCTION, "user", role=ref(role), deadLetterConfig={"targetArn": other})
    assert check(ACCESS, role, queue, function).is_clean


@pytest.mark.parametrize(
    "text", ["acme-target", "acme-target/cache", "s3://acme-target/x/y", "arn:aws:s3:::acme-target/z"]
)
def test_a_folder_of_a_bucket_is_in_the_bucket(text: str) -> None:
    role, bucket = role_with(), resource(BUCKET, "target", bucket="acme-target")
    build = resource(
        "aws:codebuild/project:Project", "user", serviceRole=ref(role), cache={"type": "S3", "location": text}
    )
    assert check(ACCESS, role, bucket, build).violations == ["user.cache.location"]


def test_a_secret_policy_is_not_shown() -> None:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:{REGION}:1:acme-canary"}
    role = role_with(document=Secret(json.dumps({"Statement": [statement]})))
    target = target_of(DEAD_LETTERS)
    assert target
    # pulumi_policy's arguments carry no secret marks.
    decision = decide(POLICIES[ACCESS], role, target, *acting(DEAD_LETTERS, role, target))
    assert len(decision.messages) == 1
    assert "acme-canary" not in decision.messages[0]


@pytest.mark.parametrize(
    ("resource_", "is_allowed"),
    [
        (f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app/flows:*", True),
        (f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:app/flows:*", False),
        (f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app/other:*", False),
    ],
)
def test_the_name_of_a_log_group_may_begin_with_a_slash(resource_: str, is_allowed: bool) -> None:
    group = resource(LOG_GROUP, "group", name="/app/flows")
    actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource_}
    role = resource(ROLE, "role", inlinePolicies=[{"policy": json.dumps({"Statement": [statement]})}])
    flows = resource("aws:ec2/flowLog:FlowLog", "flows", iamRoleArn=ref(role), logDestination=ref(group))
    assert check(ACCESS, group, role, flows).is_clean is is_allowed
