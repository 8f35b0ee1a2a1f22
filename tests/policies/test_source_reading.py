"""What policies decide about unknown values by what the program's source says of them."""

import json
from typing import Any

import pytest

from policypack.evaluation import Evaluation
from policypack.iam import Session, rights_of
from policypack.model import Context, Place, Resource, Stack, Written
from policypack.policy import Pack
from policypack.settings import Override, apply_overrides
from policypack.source.budget import Clock
from policypack.source.files import File
from policypack.source.languages import LANGUAGES
from policypack.source.written import WrittenValues
from policypack.testing import UNKNOWN, Decision, decide, ref, resource
from tests.support import POLICIES

TASK = "aws:ecs/taskDefinition:TaskDefinition"
FUNCTION = "aws:lambda/function:Function"
INSTANCE = "aws:ec2/instance:Instance"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
POLICY = "aws:iam/policy:Policy"
HEAD = """\
import json
import pulumi
import pulumi_aws as aws
import pulumi_random as random

queue = aws.sqs.Queue("jobs")
repository = aws.ecr.Repository("api")
password = random.RandomPassword("db", length=20)
"""


class Program:
    """A program with one file."""

    language = "python"
    note = unread = ""

    def __init__(self, text: str) -> None:
        file = File("main.py", LANGUAGES[".py"], f"{HEAD}{text}".encode())
        self._values = WrittenValues([file], Clock(), Context(project="test", stack="dev"))
        self._told: dict[tuple[str, str], bool] = {}

    def places(self, value: str) -> tuple[Place, ...]:
        return ()

    def written(self, of: Resource, path: str) -> Written | None:
        found = self._values.of(of, path)
        self._told[of.urn, path] = found is not None
        return found

    @property
    def told(self) -> frozenset[tuple[str, str]]:
        return frozenset(key for key, is_told in self._told.items() if is_told)


def written(policy: str, text: str, type_: str, /, config: dict[str, Any] | None = None, **inputs: Any) -> Decision:
    """The decision about the resource `it` of a program."""
    context = Context("test", "dev", program=Program(text))
    return decide(POLICIES[policy], resource(type_, with_context=context, **inputs), config=config)


def task(image: str, config: dict[str, Any] | None = None) -> Decision:
    text = (
        f'aws.ecs.TaskDefinition("it", container_definitions=pulumi.Output.json_dumps([{{"Image": {image}}}]))\n'
        'ref = pulumi.StackReference("other")\n'
    )
    return written("container-image", text, TASK, config, containerDefinitions=UNKNOWN)


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        ('"nginx:latest"', "nginx:latest"),
        ('repository.repository_url.apply(lambda url: f"{url}:latest")', "…:latest"),
        ('pulumi.Output.concat(ref.get_output("registry"), "/api")', "…/api"),
        ('pulumi.Output.concat("docker.io/", ref.get_output("team"), "/api:latest")', "docker.io/…/api:latest"),
    ],
)
def test_an_image_that_moves_whatever_is_unknown_of_it_is_reported(image: str, shown: str) -> None:
    decision = task(image)
    assert decision.violations == ["it.containerDefinitions[0].image"]
    assert f'containerDefinitions[0].image is "{shown}"' in decision.messages[0]
    assert "(main.py:9)." in decision.messages[0]


@pytest.mark.parametrize(
    ("image", "config", "is_decided"),
    [
        ('repository.repository_url.apply(lambda url: f"{url}:1.2")', {}, True),
        (
            'repository.repository_url.apply(lambda url: f"{url}:1.2")',
            {"allowedRegistries": ["*.amazonaws.com"]},
            False,
        ),
        ('repository.repository_url.apply(lambda url: f"{url}:{ref}")', {}, False),
        ("repository.repository_url", {}, False),
        ('pulumi.Output.concat(ref.get_output("image"), ":1.2")', {}, False),
        ('pulumi.Output.concat(ref.get_output("image"), ":1.2")', {"placeholders": []}, True),
        ('pulumi.Output.concat(ref.get_output("registry"), "/api:1.2")', {}, True),
        ('pulumi.Output.concat("public.ecr.aws/", ref.get_output("team"), ":1")', {"allowedRegistries": ["*"]}, False),
    ],
)
def test_other_images_are_decided_where_what_is_known_decides(
    image: str, config: dict[str, Any], is_decided: bool
) -> None:
    decision = task(image, config)
    assert decision.violations == []
    assert decision.undecided == ([] if is_decided else ["it.containerDefinitions[0].image"])


def variables(value: str) -> Decision:
    text = f'aws.lambda_.Function("it", environment={{"variables": {{"DB": {value}}}}})\n'
    return written("secrets-in-plain-sight", text, FUNCTION, environment={"variables": {"DB": UNKNOWN}})


@pytest.mark.parametrize(
    "value",
    [
        'queue.url.apply(lambda url: "ghp_16C7e42F292c6912E7710c838347Ae178B4a" + url)',
        'queue.url.apply(lambda host: f"postgres://app:Correct-Horse-24@{host}/shop")',
        'pulumi.Output.concat("postgres://app:Correct-Horse-24@", password.result, "/shop")',
    ],
)
def test_a_secret_in_the_known_part_of_a_variable_is_found(value: str) -> None:
    decision = variables(value)
    assert decision.violations == ["it.environment.variables.DB"]
    assert "(main.py:9)" in decision.messages[0]
    assert "Correct-Horse" not in decision.messages[0]


def test_a_variable_of_references_is_no_secret_whatever_its_name() -> None:
    text = 'aws.lambda_.Function("it", environment={"variables": {"DB_PASSWORD": queue.arn}})\n'
    properties = {"environment": {"variables": {"DB_PASSWORD": UNKNOWN}}}
    assert written("secrets-in-plain-sight", text, FUNCTION, **properties).is_clean
    unknown = text.replace("queue.arn", "password.result")
    decision = written("secrets-in-plain-sight", unknown, FUNCTION, **properties)
    assert decision.undecided == ["it.environment.variables.DB_PASSWORD"]


def test_each_entry_of_properties_that_are_unknown_as_a_whole_is_judged() -> None:
    connection = "aws:glue/connection:Connection"
    text = """aws.glue.Connection("it", connection_properties={
    "JDBC_CONNECTION_URL": queue.url, "USERNAME": "app", "PASSWORD": %s})
"""
    policy = "secrets-in-plain-sight"
    decision = written(policy, text % '"Correct-Horse-24"', connection, connectionProperties=UNKNOWN)
    assert decision.violations == ["it.connectionProperties.PASSWORD"]
    decision = written(policy, text % "password.result", connection, connectionProperties=UNKNOWN)
    assert (decision.violations, decision.undecided) == ([], ["it.connectionProperties.PASSWORD"])


def test_a_secret_in_a_start_script_is_found() -> None:
    text = """aws.ec2.Instance("it", user_data=queue.url.apply(lambda url: f'''#!/bin/bash
export QUEUE={url}
export DB_PASSWORD=Correct-Horse-24
'''))
"""
    decision = written("secrets-in-plain-sight", text, INSTANCE, userData=UNKNOWN)
    assert decision.violations == ["it.userData"]
    assert "in line 3" in decision.messages[0]
    harmless = text.replace("Correct-Horse-24", "$(get-secret)")
    assert written("secrets-in-plain-sight", harmless, INSTANCE, userData=UNKNOWN).is_clean


def test_a_password_in_a_secret_of_which_a_part_is_unknown_is_found() -> None:
    text = """aws.secretsmanager.SecretVersion("it", secret_string=pulumi.Output.json_dumps({
    "host": queue.url, "password": "Correct-Horse-24"}))
"""
    decision = written("no-hardcoded-credentials", text, VERSION, secretString=UNKNOWN)
    assert decision.violations == ["it.secretString"]
    assert "Correct-Horse" not in decision.messages[0]


def test_a_document_in_a_template_is_read() -> None:
    text = '''aws.iam.Policy("it", policy=queue.arn.apply(lambda arn: f"""{{
    "Statement": [{{"Effect": "Allow", "Action": "*", "Resource": ["*", "{arn}/*", {json.dumps(arn)}]}}]
}}"""))
'''
    decision = written("iam-no-admin", text, POLICY, policy=UNKNOWN)
    assert decision.violations == ["it.policy.Statement[0]"]
    assert "(main.py:9)" in decision.messages[0]


def test_what_the_source_does_not_tell_stays_undecided() -> None:
    decision = written("iam-no-admin", 'aws.iam.Policy("other", policy="{}")\n', POLICY, policy=UNKNOWN)
    assert (decision.violations, decision.undecided) == ([], ["it.policy"])


ADMIN = 'aws.iam.Policy("it", policy=pulumi.Output.json_dumps({"Statement": {"Effect": "Allow", "Action": "*"}}))\n'


@pytest.mark.parametrize("policy", ["no-hardcoded-credentials", "undecided-at-preview"])
def test_one_policy_turns_the_reading_off_for_all(policy: str) -> None:
    pack = Pack("test", "0", "", tuple(POLICIES[name] for name in dict.fromkeys(("iam-no-admin", policy))))
    program = Program(ADMIN)
    for given, expected in (({}, True), ({policy: {"readSource": False}}, False)):
        settings, problems = apply_overrides(
            pack.policies, {name: Override(None, config) for name, config in given.items()}
        )
        assert not problems
        evaluation = Evaluation(pack, settings, Context("test", "dev", program=program))
        assert (evaluation.context.program is program) is expected


def test_how_many_values_the_source_decided_is_said() -> None:
    program = Program('aws.iam.Policy("it", policy=pulumi.Output.json_dumps({"Statement": [], "Id": queue.arn}))\n')
    context = Context("test", "dev", program=program)
    pack = Pack("test", "0", "", (POLICIES["iam-no-admin"], POLICIES["undecided-at-preview"]))
    settings, _ = apply_overrides(pack.policies, {})
    evaluation = Evaluation(pack, settings, context)
    stack = [resource(POLICY, name, with_context=context, policy=UNKNOWN) for name in ("it", "other")]
    for each in stack:
        evaluation.check_resource(each)
    [finding] = evaluation.check_stack(stack).findings
    assert finding.violation.message.splitlines()[1:] == [
        "other.policy (iam-no-admin): what does the policy allow?",
        "1 other value that is unknown until the update was decided by what the program's source says.",
    ]


DATABASE = "aws:rds/instance:Instance"


@pytest.mark.parametrize(
    ("period", "found"),
    [
        ("queue.arn.apply(lambda _: 0)", ["backup-retention"]),
        ("queue.arn.apply(lambda _: pulumi.Config().get_int('days') or 0)", ["backup-retention"]),
        ("queue.arn.apply(lambda _: 30)", []),
        ("queue.arn.apply(len)", ["undecided-at-preview"]),
        ("pulumi.Output.secret(0)", ["undecided-at-preview"]),
    ],
)
def test_a_plain_value_that_the_source_tells_is_checked(period: str, found: list[str]) -> None:
    program = Program(f'aws.rds.Instance("it",\n    backup_retention_period={period})\n')
    context = Context("test", "dev", program=program)
    pack = Pack("test", "0", "", (POLICIES["backup-retention"], POLICIES["undecided-at-preview"]))
    settings, _ = apply_overrides(pack.policies, {})
    evaluation = Evaluation(pack, settings, context)
    database = resource(DATABASE, with_context=context, backupRetentionPeriod=UNKNOWN)
    assert not evaluation.check_resource(database).findings
    findings = evaluation.check_stack([database]).findings
    assert [each.policy.id for each in findings] == found


def bucket_policy(*statements: str) -> Decision:
    """What s3-deny-insecure-transport decides about a bucket with a policy that the program writes."""
    text = f"""bucket = aws.s3.Bucket("bucket")
aws.s3.BucketPolicy("it", bucket=bucket.id, policy=bucket.arn.apply(lambda arn: json.dumps({{
    "Statement": [{", ".join(statements)}]}})))
"""
    context = Context("test", "dev", program=Program(text))
    bucket = resource("aws:s3/bucket:Bucket", "bucket", with_context=context)
    policy = resource("aws:s3/bucketPolicy:BucketPolicy", with_context=context, bucket=ref(bucket), policy=ref(bucket))
    return decide(POLICIES["s3-deny-insecure-transport"], bucket, policy)


READ = '{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": f"{arn}/*"}'
TLS = """{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"""


def test_whether_an_unknown_bucket_policy_denies_plain_http_is_told_by_the_source() -> None:
    assert bucket_policy(READ, TLS).is_clean
    assert bucket_policy(READ).violations == ["it.policy"]
    assert bucket_policy(READ, "*password.result").undecided == ["it.policy"]


S3 = '"Principal": {"Service": "s3.amazonaws.com"}'
SEND = f'"Effect": "Allow", {S3}, "Action": "sqs:SendMessage"'


def notified(*statements: str) -> Decision:
    """What service-access-to-targets decides about a queue that a bucket notifies."""
    text = f"""bucket = aws.s3.Bucket("bucket")
aws.sqs.QueuePolicy("it", queue_url=queue.id, policy=pulumi.Output.all(queue.arn, bucket.arn).apply(
    lambda arns: json.dumps({{"Statement": [{", ".join(statements)}]}})))
"""
    context = Context("test", "dev", program=Program(text))
    queue = resource("aws:sqs/queue:Queue", "jobs", with_context=context)
    bucket = resource("aws:s3/bucket:Bucket", "bucket", with_context=context)
    policy = resource("aws:sqs/queuePolicy:QueuePolicy", with_context=context, queueUrl=ref(queue), policy=ref(queue))
    queues = [{"queueArn": ref(queue), "events": ["s3:ObjectCreated:*"]}]
    notification = resource("aws:s3/bucketNotification:BucketNotification", "notify", bucket=ref(bucket), queues=queues)
    return decide(POLICIES["service-access-to-targets"], queue, bucket, policy, notification)


@pytest.mark.parametrize(
    "statement",
    [
        '{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:*", "Resource": arns[0]}',
        f'{{"Effect": "Allow", {S3}, "Action": "sqs:ReceiveMessage", "Resource": arns[0]}}',
        f'{{{SEND}, "Resource": arns[0], "Condition": {{"StringEquals": {{"aws:PrincipalOrgID": arns[1]}}}}}}',
        f'{{{SEND}, "Resource": "*"}}, {{"Effect": "Deny", {S3}, "Action": "sqs:*", "Resource": "*"}}, '
        '{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sqs:*", "Resource": arns[0]}',
    ],
)
def test_a_service_that_an_unknown_policy_surely_keeps_out_is_reported(statement: str) -> None:
    decision = notified(statement)
    assert decision.violations == ["it.policy"]
    assert decision.undecided == []
    assert "s3.amazonaws.com" in decision.messages[0]


@pytest.mark.parametrize(
    ("statement", "asked"),
    [
        (f'{{{SEND}, "Resource": password.result}}', "Statement[0].Resource"),
        (f'{{{SEND}, "Resource": f"{{password.result}}*"}}', "Statement[0].Resource"),
        (
            f'{{{SEND}, "Resource": "*", "Condition": {{"StringEquals": {{"aws:SourceArn": password.result}}}}}}',
            "Statement[0].Condition.StringEquals.aws:SourceArn",
        ),
        (
            f'{{{SEND}, "Resource": "*", "Condition": {{"ArnLike": {{"aws:SourceArn": [password.result]}}}}}}',
            "Statement[0].Condition.ArnLike.aws:SourceArn[0]",
        ),
        (
            '{"Effect": "Allow", "Principal": {"Service": password.result}, "Action": "sqs:*", "Resource": "*"}',
            "Statement[0].Principal.Service",
        ),
        (
            '{"Effect": "Allow", "Principal": {"Service": f"{password.result}.amazonaws.com"}, "Action": "sqs:*"}',
            "Statement[0].Principal.Service",
        ),
        (f'{{"Effect": "Allow", {S3}, "Action": f"sqs:{{arns[0]}}", "Resource": "*"}}', "Statement[0].Action"),
        (
            f'{{{SEND}, "Resource": "*"}}, {{"Effect": "Deny", {S3}, "Action": "sqs:*", "Resource": password.result}}',
            "Statement[1].Resource",
        ),
        (
            f'{{{SEND}, "Resource": "*"}}, {{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*", '
            '"Condition": {"ArnNotLike": {"aws:SourceArn": password.result}}}',
            "Statement[1].Condition.ArnNotLike.aws:SourceArn",
        ),
    ],
)
def test_a_service_that_an_unknown_part_may_let_in_or_keep_out_is_asked_about(statement: str, asked: str) -> None:
    decision = notified(statement)
    assert (decision.violations, decision.undecided) == ([], [f"it.policy.{asked}"])


def test_a_service_that_an_unknown_policy_surely_lets_in_is_no_question() -> None:
    reader = '{"Effect": "Allow", "Principal": {"AWS": arns[1]}, "Action": "sqs:ReceiveMessage", "Resource": arns[0]}'
    assert notified(f'{{{SEND}, "Resource": "*"}}', reader).is_clean
    assert notified(f'{{{SEND}, "Resource": ["*", arns[0]]}}').is_clean


@pytest.mark.parametrize(
    ("statement", "violations", "undecided"),
    [
        ('"Principal": {"Service": "ec2.amazonaws.com"}, "Condition": {"ArnLike": {"aws:SourceArn": arn}}', 1, []),
        ('"Principal": {"Service": "lambda.amazonaws.com"}, "Sid": arn', 0, []),
        (
            '"Principal": {"Service": "lambda.amazonaws.com"}, "Condition": {"ArnLike": {"aws:SourceArn": arn}}',
            0,
            ["it.assumeRolePolicy.Statement[0].Condition.ArnLike.aws:SourceArn"],
        ),
        ('"Principal": {"Service": [arn]}', 0, ["it.assumeRolePolicy.Statement[0].Principal.Service[0]"]),
    ],
)
def test_whom_an_unknown_trust_policy_lets_in_is_told_by_the_source(
    statement: str, violations: int, undecided: list[str]
) -> None:
    text = f"""aws.iam.Role("it", assume_role_policy=queue.arn.apply(lambda arn: json.dumps({{
    "Statement": [{{"Effect": "Allow", "Action": "sts:AssumeRole", {statement}}}]}})))
"""
    context = Context("test", "dev", program=Program(text))
    role = resource("aws:iam/role:Role", with_context=context, assumeRolePolicy=UNKNOWN)
    decision = decide(POLICIES["role-trust"], role, resource(FUNCTION, "function", role=ref(role)))
    assert (decision.violations, decision.undecided) == (["it.assumeRolePolicy"] * violations, undecided)


READS = '"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]'


@pytest.mark.parametrize(
    ("statements", "violations", "undecided"),
    [
        ('{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}', 1, []),
        (
            f'{{{READS}, "Resource": "arn:aws:sqs:*:*:no"}}, {{"Effect": "Allow", "Action": "s3:*", "Resource": arn}}',
            1,
            [],
        ),
        (f'{{{READS}, "Resource": "*"}}, {{"Effect": "Allow", "Action": "s3:*", "Resource": arn}}', 0, []),
        (f'{{{READS}, "Resource": arn}}', 0, []),
        (f'{{{READS}, "Resource": f"{{arn}}*"}}', 0, []),
        (f'{{{READS}, "Resource": "*"}}, {{"Effect": "Deny", "Action": "sqs:*", "Resource": arn}}', 1, []),
        (f'{{{READS}, "Resource": password.result}}', 0, ["it.policy.Statement[0].Resource"]),
        (f'{{{READS}, "Resource": f"{{password.result}}*"}}', 0, ["it.policy.Statement[0].Resource"]),
        (
            f'{{{READS}, "Resource": "*"}}, {{"Effect": "Deny", "Action": "sqs:*", "Resource": password.result}}',
            0,
            ["it.policy.Statement[1].Resource"],
        ),
        (f'{{{READS}, "Resource": f"arn:aws:sqs:{{password.result}}:jobs"}}', 0, ["it.policy.Statement[0].Resource"]),
        (f'{{{READS}, "Resource": f"{{password.result}}:jobs"}}', 0, ["it.policy.Statement[0].Resource"]),
        (f'{{{READS}, "Resource": [f"arn:aws:s3:::{{arn}}"]}}', 1, []),
        (
            f'{{{READS}, "Resource": "*"}}, {{"Effect": "Deny", "Action": "sqs:*", "Resource": "*", '
            '"Condition": {"StringLike": {"aws:RequestedRegion": password.result}}}',
            0,
            ["it.policy.Statement[1].Condition.StringLike.aws:RequestedRegion"],
        ),
        (
            f'{{{READS}, "Resource": "*", "Condition": {{"StringEquals": {{"aws:RequestedRegion": [arn]}}}}}}',
            0,
            ["it.policy.Statement[0].Condition.StringEquals.aws:RequestedRegion[0]"],
        ),
        (f'{{{READS}, "NotResource": password.result}}', 0, ["it.policy.Statement[0].NotResource"]),
        (f'{{{READS}, "Resource": "*"}}, *password.result', 0, ["it.policy.Statement[1]"]),
        ('{"Effect": password.result, "Action": "*", "Resource": "*"}', 0, ["it.policy.Statement[0].Effect"]),
        ('{"Effect": "Allow", "Action": [arn], "Resource": "*"}', 0, ["it.policy.Statement[0].Action[0]"]),
    ],
)
def test_what_the_unknown_policy_of_a_role_allows_is_told_by_the_source(
    statements: str, violations: int, undecided: list[str]
) -> None:
    text = f"""aws.iam.RolePolicy("it", policy=queue.arn.apply(lambda arn: json.dumps({{
    "Statement": [{statements}]}})))
"""
    context = Context("test", "dev", program=Program(text))
    queue = resource("aws:sqs/queue:Queue", "jobs", name="jobs")
    role = resource("aws:iam/role:Role", "role", with_context=context)
    policy = resource("aws:iam/rolePolicy:RolePolicy", with_context=context, role=ref(role), policy=ref(queue))
    function = resource(FUNCTION, "function", role=ref(role))
    mapping = resource(
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        "mapping",
        eventSourceArn=ref(queue),
        functionName=ref(function),
    )
    decision = decide(POLICIES["role-access"], role, queue, policy, function, mapping)
    assert (decision.violations, decision.undecided) == (["mapping.eventSourceArn"] * violations, undecided)


GETS = '"Effect": "Allow", "Action": "secretsmanager:GetSecretValue"'


@pytest.mark.parametrize(
    ("statement", "violations", "undecided"),
    [
        ('{"Effect": "Allow", "Action": "secretsmanager:DescribeSecret", "Resource": arn}', 1, []),
        (f'{{{GETS}, "Resource": "*", "Sid": arn}}', 0, []),
        (f'{{{GETS}, "Resource": arn}}', 0, ["it.policy.Statement.Resource"]),
    ],
)
def test_whether_ecs_may_read_a_secret_by_an_unknown_policy_is_told_by_the_source(
    statement: str, violations: int, undecided: list[str]
) -> None:
    text = f"""aws.iam.RolePolicy("it", policy=queue.arn.apply(lambda arn: json.dumps({{"Statement": {statement}}})))
"""
    context = Context("test", "dev", program=Program(text))
    role = resource("aws:iam/role:Role", "role", with_context=context)
    policy = resource("aws:iam/rolePolicy:RolePolicy", with_context=context, role=ref(role), policy=UNKNOWN)
    arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-AbCdEf"
    secrets = [{"name": "web", "secrets": [{"name": "DB", "valueFrom": arn}]}]
    web = resource(
        TASK, "web", with_context=context, containerDefinitions=json.dumps(secrets), executionRoleArn=ref(role)
    )
    decision = decide(POLICIES["ecs-secret-access"], web, role, policy)
    at = ["web.containerDefinitions[0].secrets[0].valueFrom"]
    assert (decision.violations, decision.undecided) == (at * violations, undecided)


def test_a_condition_on_the_service_that_is_unknown_in_part_may_hold() -> None:
    text = """aws.iam.RolePolicy("it", policy=queue.arn.apply(lambda arn: json.dumps({"Statement": {
    "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
    "Condition": {"StringEquals": {"kms:ViaService": f"sqs.{arn}.amazonaws.com"}}}})))
"""
    context = Context("test", "dev", program=Program(text))
    role = resource("aws:iam/role:Role", "role", with_context=context)
    policy = resource("aws:iam/rolePolicy:RolePolicy", with_context=context, role=ref(role), policy=UNKNOWN)
    rights = rights_of(Stack([role, policy], context).resources[role.urn])
    assert rights.may("kms:Decrypt", session=Session("eu-west-1", "sqs")).verdict == "unknown"
    assert rights.may("kms:Decrypt", session=Session("eu-west-1", "ssm")).verdict == "denied"
