"""Task secrets: what ECS is given for them, and whether its execution role may read it."""

import json
from typing import Any

import pytest

from policypack.config import Config
from policypack.model import Context, Resource, Stack
from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource, urn
from policypack.verdict import Violation
from tests.support import POLICIES, check, on_stack

ID = "ecs-secret-access"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
KEY = "aws:kms/key:Key"
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
SECRET = "aws:secretsmanager/secret:Secret"
SECRET_VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
SECRET_POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"
PARAMETER = "aws:ssm/parameter:Parameter"
ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-AbCdEf"
PARAMETER_ARN = "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/db"
TRUST = json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]})
EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
READS = "secretsmanager:GetSecretValue"


def containers(value_from: Any = ARN, **more: Any) -> str:
    return json.dumps([{"name": "web", "image": "web:1", "secrets": [{"name": "DB", "valueFrom": value_from}], **more}])


def document(resource_: Any = ARN, action: Any = READS, effect: str = "Allow", **more: Any) -> str:
    return json.dumps({"Statement": [{"Effect": effect, "Action": action, "Resource": resource_, **more}]})


def role(**properties: Any) -> Resource:
    return resource(ROLE, "execution", assumeRolePolicy=TRUST, **properties)


def asked(definitions: Any, *others: Resource, execution: Resource | None = None) -> Decision:
    """What the policy says of a task with an execution role of this stack, which others give permissions."""
    execution = execution or role()
    task = resource(TASK, "web", containerDefinitions=definitions, executionRoleArn=ref(execution))
    return check(ID, task, execution, *others)


def inline(policy: Any) -> Resource:
    return resource(ROLE_POLICY, "reads", role=ref(role()), policy=policy)


def test_a_role_that_may_not_read_the_secret_is_reported() -> None:
    decision = asked(containers(), inline(document("*", "logs:PutLogEvents")))
    assert decision.violations == ["web.containerDefinitions[0].secrets[0].valueFrom"]
    assert decision.messages[0].startswith(
        f"containerDefinitions[0].secrets[0].valueFrom makes ECS read \"{ARN}\", but no policy of the role 'execution' "
        "allows it.\nFix: Allow secretsmanager:GetSecretValue on its ARN in a policy of the role 'execution'.\nSee: https://"
    )


@pytest.mark.parametrize(
    "policy",
    [
        document(),
        document("*"),
        document("arn:aws:secretsmanager:*:*:secret:shop/*"),
        document(["arn:aws:s3:::other", ARN]),
        document(action=["logs:PutLogEvents", "secretsmanager:*"]),
        document(action="*"),
        document(Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
        document("arn:aws:secretsmanager:*:*:secret:${aws:PrincipalTag/project}/*"),
        json.dumps({"Statement": {"Effect": "Allow", "Action": READS, "NotResource": "arn:aws:s3:::other"}}),
    ],
)
def test_a_role_that_may_read_it_is_right(policy: str) -> None:
    assert asked(containers(), inline(policy)).is_clean
    assert asked(containers(), execution=role(inlinePolicies=[{"name": "reads", "policy": policy}])).is_clean


@pytest.mark.parametrize(
    "policy",
    [
        document("arn:aws:secretsmanager:eu-west-1:111122223333:secret:other-??????"),
        document("arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db"),
        document(action="secretsmanager:DescribeSecret"),
        document(effect="Deny"),
        document("*", "ssm:GetParameters"),
    ],
)
def test_a_right_to_something_else_is_none(policy: str) -> None:
    assert len(asked(containers(), inline(policy)).violations) == 1


def test_a_key_inside_the_secret_is_read_with_the_whole() -> None:
    assert asked(containers(f"{ARN}:password::"), inline(document())).is_clean


@pytest.mark.parametrize("granted", [ARN, f"{ARN[:-7]}-??????", f"{ARN[:-7]}*"])
def test_a_secret_may_be_named_without_the_end_of_its_arn(granted: str) -> None:
    assert asked(containers(ARN.removesuffix("-AbCdEf")), inline(document(granted))).is_clean


@pytest.mark.parametrize("value", [PARAMETER_ARN, "/shop/db", "shop/db"])
def test_parameters_need_a_right_of_their_own(value: str) -> None:
    assert asked(containers(value), inline(document(PARAMETER_ARN, "ssm:GetParameters"))).is_clean
    assert asked(containers(value), inline(document("*", "ssm:GetParameter*"))).is_clean
    for policy in (document(PARAMETER_ARN, "ssm:GetParameter"), document(PARAMETER_ARN + "2", "ssm:*"), document("*")):
        decision = asked(containers(value), inline(policy))
        assert decision.violations == ["web.containerDefinitions[0].secrets[0].valueFrom"]
        assert "Allow ssm:GetParameters on its ARN" in decision.messages[0]


@pytest.mark.parametrize(
    ("more", "where"),
    [
        (
            {"logConfiguration": {"secretOptions": [{"name": "t", "valueFrom": ARN}]}},
            "logConfiguration.secretOptions[0]",
        ),
        ({"repositoryCredentials": {"credentialsParameter": ARN}}, "repositoryCredentials.credentialsParameter"),
    ],
)
def test_logs_and_registries_have_secrets_too(more: dict[str, Any], where: str) -> None:
    definitions = json.dumps([{"name": "first", "image": "web:1"}, {"name": "web", "image": "web:1", **more}])
    decision = asked(definitions)
    assert len(decision.violations) == 1
    assert decision.violations[0].startswith(f"web.containerDefinitions[1].{where}")
    assert asked(definitions, inline(document())).is_clean


def test_keys_may_have_capitals() -> None:
    definitions = json.dumps([{"Name": "web", "Secrets": [{"Name": "DB", "ValueFrom": ARN}]}])
    assert asked(definitions).violations == ["web.containerDefinitions[0].secrets[0].valueFrom"]


def test_one_finding_a_task_is_enough() -> None:
    definitions = json.dumps(
        [{"secrets": [{"name": "A", "valueFrom": ARN}, {"name": "B", "valueFrom": PARAMETER_ARN}]}]
    )
    assert len(asked(definitions).violations) == 1
    # The second is looked at when the first is right.
    assert asked(definitions, inline(document())).violations == ["web.containerDefinitions[0].secrets[1].valueFrom"]


@pytest.mark.parametrize("definitions", [None, "", "[]", "no JSON", json.dumps([{"name": "web", "image": "web:1"}])])
def test_a_task_without_secrets_is_right(definitions: str | None) -> None:
    assert check(ID, resource(TASK, containerDefinitions=definitions)).is_clean


def test_a_task_without_execution_role_is_reported() -> None:
    decision = check(ID, resource(TASK, "web", containerDefinitions=containers()))
    assert decision.violations == ["web.executionRoleArn"]
    assert f'executionRoleArn is not set: ECS reads "{ARN}" with that role.\nFix: Set ' in decision.messages[0]


@pytest.mark.parametrize(
    "arn", ["arn:aws:iam::111122223333:role/execution", ref(urn("pulumi:pulumi:StackReference", "base"))]
)
def test_a_role_that_is_not_of_this_stack_may_do_what_it_may(arn: Any) -> None:
    assert check(ID, resource(TASK, containerDefinitions=containers(), executionRoleArn=arn), role()).is_clean


def test_a_role_that_nobody_knows_is_undecided() -> None:
    task = resource(TASK, "web", containerDefinitions=containers(), executionRoleArn=UNKNOWN)
    decision = check(ID, task, role())
    assert (decision.violations, decision.undecided) == ([], ["web.executionRoleArn"])


def test_after_an_update_the_role_is_told_by_its_arn() -> None:
    arn = "arn:aws:iam::111122223333:role/execution"
    made = resource(ROLE, "execution", with_outputs={"arn": arn}, assumeRolePolicy=TRUST)
    task = resource(TASK, "web", containerDefinitions=containers(), executionRoleArn=arn)
    assert len(check(ID, task, made).violations) == 1
    assert check(ID, task, made, resource(ROLE_POLICY, role=ref(made, "execution"), policy=document())).is_clean


@pytest.mark.parametrize("policy_arn", [EXECUTION, "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess"])
def test_managed_policies_that_read_no_secrets_do_not_help(policy_arn: str) -> None:
    attached = resource(ATTACHMENT, role=ref(role()), policyArn=policy_arn)
    assert len(asked(containers(), attached).violations) == 1
    assert len(asked(containers(), execution=role(managedPolicyArns=[policy_arn])).violations) == 1


FOREIGN = [
    "arn:aws:iam::aws:policy/SecretsManagerReadWrite",
    "arn:aws:iam::111122223333:policy/reads",
    # Not AWS's, for all its name.
    "arn:aws:iam::111122223333:policy/CloudWatchLogsFullAccess",
]


@pytest.mark.parametrize("policy_arn", FOREIGN)
def test_a_policy_that_is_not_of_this_stack_may_let_it_read(policy_arn: str) -> None:
    attached = resource(ATTACHMENT, role=ref(role()), policyArn=policy_arn)
    assert asked(containers(), attached).is_clean
    assert asked(containers(), execution=role(managedPolicyArns=[EXECUTION, policy_arn])).is_clean
    # Beside one of the stack, too.
    own = resource(POLICY, "other", policy=document("*", "s3:GetObject"))
    assert asked(containers(), own, execution=role(managedPolicyArns=[policy_arn, ref(own)])).is_clean


@pytest.mark.parametrize(
    ("arns", "place"),
    [
        (UNKNOWN, "execution.managedPolicyArns[]"),
        ([UNKNOWN], "execution.managedPolicyArns[0]"),
        ([EXECUTION, ref(urn("pulumi:pulumi:StackReference", "base"))], "execution.managedPolicyArns[1]"),
        ([ref(resource(POLICY, "own")), UNKNOWN], "execution.managedPolicyArns[0]"),
    ],
)
def test_a_policy_that_nobody_knows_is_undecided(arns: Any, place: str) -> None:
    own = resource(POLICY, "own", policy=document("*", "s3:GetObject"))
    decision = asked(containers(), own, execution=role(managedPolicyArns=arns))
    assert (decision.violations, decision.undecided) == ([], [place])
    # What is known to allow it is enough.
    assert asked(containers(), own, inline(document()), execution=role(managedPolicyArns=arns)).is_clean


ATTACHING = [
    (ATTACHMENT, lambda made, arn: {"role": made, "policyArn": arn}),
    ("aws:iam/policyAttachment:PolicyAttachment", lambda made, arn: {"roles": [made], "policyArn": arn}),
    (
        "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
        lambda made, arn: {"roleName": made, "policyArns": [EXECUTION, arn]},
    ),
]


@pytest.mark.parametrize(("type_", "properties"), ATTACHING)
def test_policies_of_the_stack_count_where_they_are_attached(type_: str, properties: Any) -> None:
    for policy, violations in ((document(), 0), (document("*", "s3:GetObject"), 1)):
        managed = resource(POLICY, "reads", policy=policy)
        attached = resource(type_, **properties(ref(role()), ref(managed)))
        assert len(asked(containers(), managed, attached).violations) == violations


@pytest.mark.parametrize(("type_", "properties"), [*ATTACHING, (ROLE_POLICY, lambda made, _: {"role": made})])
def test_what_is_attached_to_no_known_role_may_be_attached_to_this_one(type_: str, properties: Any) -> None:
    decision = asked(containers(), resource(type_, "unknown", **properties(UNKNOWN, EXECUTION)))
    assert decision.violations == []
    assert [each.partition(".")[0] for each in decision.undecided] == ["unknown"]
    other = resource(type_, "unknown", **properties(UNKNOWN, EXECUTION))
    assert asked(containers(), inline(document()), other).is_clean


def test_a_policy_unknown_at_preview_is_undecided() -> None:
    decision = asked(containers(), inline(UNKNOWN))
    assert (decision.violations, decision.undecided) == ([], ["reads.policy"])
    # What is known to allow it is enough.
    other = resource(ROLE_POLICY, "more", role=ref(role()), policy=document())
    assert asked(containers(), inline(UNKNOWN), other).is_clean


@pytest.mark.parametrize("type_", [SECRET, PARAMETER])
def test_a_secret_of_this_stack_is_unknown_and_the_policy_is_made_from_it(type_: str) -> None:
    secret = resource(type_, "db")
    policy = resource(ROLE_POLICY, "reads", role=ref(role()), policy=ref(secret))
    assert asked(ref(secret), secret, policy).is_clean


def test_its_version_stands_for_a_secret() -> None:
    secret = resource(SECRET, "db")
    version = resource(SECRET_VERSION, "db", secretId=ref(secret))
    policy = resource(ROLE_POLICY, "reads", role=ref(role()), policy=ref(secret))
    assert asked(ref(version), secret, version, policy).is_clean
    assert asked(ref(version), secret, version).undecided == ["web.containerDefinitions"]


@pytest.mark.parametrize("execution", [True, False])
def test_whether_ecs_or_the_application_reads_an_unknown_secret_is_undecided(execution: bool) -> None:
    secret = resource(SECRET, "db")
    arn = {"executionRoleArn": ref(role())} if execution else {}
    task = resource(TASK, "web", containerDefinitions=ref(secret), **arn)
    decision = check(ID, task, role(), secret)
    assert (decision.violations, decision.undecided) == ([], ["web.containerDefinitions"])


def test_definitions_that_are_made_from_no_secret_are_right() -> None:
    bucket = resource("aws:s3/bucket:Bucket")
    assert asked(ref(bucket), bucket).is_clean
    assert asked(ref(urn("pulumi:pulumi:StackReference", "base"))).is_clean


@pytest.mark.parametrize("by", ["itself", "a resource of its own"])
def test_a_policy_of_the_secret_may_let_the_role_read_it(by: str) -> None:
    outputs = {"arn": ARN, "id": ARN}
    secret = resource(SECRET, "db", with_outputs=outputs, **({"policy": document()} if by == "itself" else {}))
    others = [] if by == "itself" else [resource(SECRET_POLICY, secretArn=ref(secret, ARN), policy=document())]
    assert asked(containers(f"{ARN}:key::"), secret, *others).is_clean
    bare = resource(SECRET, "db", with_outputs=outputs)
    decision = asked(containers(ARN), bare)
    assert "makes ECS read the secret 'db', but no policy" in decision.messages[0]


@pytest.mark.parametrize("value", ["correct horse battery staple", "Sommer2026!", "s3cr$t"])
def test_a_value_in_place_of_an_arn_is_reported_and_not_shown(value: str) -> None:
    decision = asked(containers(value), inline(document("*", "*")))
    assert decision.violations == ["web.containerDefinitions[0].secrets[0].valueFrom"]
    assert "valueFrom is neither the ARN of a secret nor the name of a parameter." in decision.messages[0]
    assert value not in decision.messages[0]


def test_a_value_that_may_be_a_name_is_not_shown() -> None:
    decision = asked(containers("Sommer2026"))
    assert "makes ECS read the parameter of that name, but" in decision.messages[0]
    assert "Sommer" not in decision.messages[0]


def test_the_arn_of_something_else_is_reported() -> None:
    decision = asked(containers("arn:aws:kms:eu-west-1:111122223333:key/1234"), inline(document("*", "*")))
    assert "valueFrom is the ARN of something other than a secret or parameter." in decision.messages[0]


def test_secret_definitions_are_judged_and_not_shown() -> None:
    policy = POLICIES[ID]
    task = resource(TASK, "web", containerDefinitions=Secret(containers()), executionRoleArn=ref(role()))
    decision = decide(policy, task, role())
    assert decision.violations == ["web.containerDefinitions[0].secrets[0].valueFrom"]
    assert "makes ECS read [secret], but" in decision.messages[0]
    assert decide(policy, task, role(), inline(document())).is_clean


# What denies


@pytest.mark.parametrize(
    ("deny", "violations"),
    [
        (document(effect="Deny"), 1),
        (document("*", "secretsmanager:*", "Deny"), 1),
        (document("*", "s3:*", "Deny"), 0),
        (document(ARN.replace("db", "other"), effect="Deny"), 0),
        (document("*", effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}}), 0),
        (json.dumps({"Statement": {"Effect": "Deny", "Action": "*", "NotResource": ARN}}), 0),
        (json.dumps({"Statement": {"Effect": "Deny", "NotAction": READS, "Resource": "*"}}), 0),
    ],
)
def test_a_policy_that_denies_it_counts_more(deny: str, violations: int) -> None:
    decision = asked(containers(), inline(document()), resource(ROLE_POLICY, "no", role=ref(role()), policy=deny))
    assert len(decision.violations) == violations
    assert all("which a policy of the role 'execution' denies.\nFix: Exclude " in each for each in decision.messages)


# Names, where ECS takes them


@pytest.mark.parametrize("name", ["registry", "team@registry", "team/registry"])
def test_credentials_of_a_registry_may_be_told_by_the_secrets_name(name: str) -> None:
    definitions = json.dumps([{"repositoryCredentials": {"credentialsParameter": name}}])
    granted = f"arn:aws:secretsmanager:eu-west-1:111122223333:secret:{name}"
    for resource_ in (f"{granted}-AbCdEf", f"{granted}-??????", f"{granted}*"):
        assert asked(definitions, inline(document(resource_))).is_clean
    decision = asked(definitions, inline(document(ARN)))
    assert "makes ECS read the secret of that name, but" in decision.messages[0]
    assert "Allow secretsmanager:GetSecretValue" in decision.messages[0]
    assert name not in decision.messages[0]


def test_a_parameter_of_this_stack_may_be_told_by_its_name() -> None:
    parameter = resource(PARAMETER, "host", name="/shop/host")
    granted = resource(ROLE_POLICY, "reads", role=ref(role()), policy=ref(parameter))
    assert asked(containers("/shop/host"), parameter, granted).is_clean
    assert "the parameter 'host'" in asked(containers("/shop/host"), parameter).messages[0]


def test_the_name_of_a_secret_is_no_arn() -> None:
    secret = resource(SECRET, "db", name="shop/db")
    decision = asked(containers("shop/db"), secret, inline(document("*", "*")))
    assert decision.violations == ["web.containerDefinitions[0].secrets[0].valueFrom"]
    assert (
        "is the name of the secret 'db': ECS takes it for a parameter's name.\nFix: Pass the arn"
        in decision.messages[0]
    )
    both = resource(PARAMETER, "db", name="shop/db")
    assert asked(containers("shop/db"), secret, both, inline(document("*", "*"))).is_clean


def test_the_id_of_a_version_is_no_arn() -> None:
    decision = asked(containers(f"{ARN}|terraform-20261121"), inline(document("*", "*")))
    assert "valueFrom is the id of a secret's version.\nFix: Pass the arn" in decision.messages[0]


@pytest.mark.parametrize("absent", [{}, {"valueFrom": None}, {"valueFrom": ""}])
def test_what_says_nothing_is_refused_by_aws(absent: dict[str, Any]) -> None:
    definitions = json.dumps([{"secrets": [{"name": "DB", **absent}], "repositoryCredentials": {}}])
    assert asked(definitions).is_clean


# Secrets of other stacks, and their keys


def test_a_secret_of_another_stack_may_have_a_policy_of_its_own() -> None:
    task = resource(TASK, "web", containerDefinitions=containers(), executionRoleArn=ref(role()))
    [finding] = on_stack(POLICIES[ID], Stack([task, role()], Context()), Config())
    assert isinstance(finding, Violation)
    assert finding.level == "advisory"
    own = resource(SECRET, "db", with_outputs={"arn": ARN})
    [finding] = on_stack(POLICIES[ID], Stack([task, role(), own], Context()), Config())
    assert isinstance(finding, Violation)
    assert finding.level is None


@pytest.mark.parametrize("policy", [document(effect="Deny"), document("*", "secretsmanager:PutSecretValue")])
def test_a_policy_of_the_secret_that_allows_nothing_does_not_help(policy: str) -> None:
    secret = resource(SECRET, "db", with_outputs={"arn": ARN}, policy=policy)
    assert len(asked(containers(), secret).violations) == 1


def test_a_secret_of_this_stack_is_known_by_a_part_of_its_arn() -> None:
    arn = ARN.removesuffix("-AbCdEf")
    secret = resource(SECRET, "db", name="shop/db", with_outputs={"arn": ARN}, policy=document())
    assert asked(containers(arn), secret).is_clean
    assert len(asked(containers(arn)).violations) == 1


ROOT = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}


def key_policy(principal: Any) -> str:
    return json.dumps({"Statement": [ROOT, {**ROOT, "Action": ["kms:Decrypt"], "Principal": principal}]})


def encrypted(*others: Resource, key_policy: Any = None, grants: Any = READS) -> Decision:
    """What is said of a secret with a key of the stack, whose ARN is known, with a role that has one more policy."""
    key = resource(KEY, "key", policy=key_policy)
    secret = resource(SECRET, "db", with_outputs={"arn": ARN}, kmsKeyId=ref(key))
    return asked(containers(), key, secret, inline(document("*", grants)), *others)


@pytest.mark.parametrize("policy", [None, json.dumps({"Statement": [ROOT]}), key_policy({"AWS": "111122223333"})])
def test_the_role_has_to_be_allowed_to_decrypt(policy: str | None) -> None:
    decision = encrypted(key_policy=policy)
    assert decision.violations == ["web.containerDefinitions[0].secrets[0].valueFrom"]
    assert (
        "makes ECS read the secret 'db', but neither the policy of its key 'key' nor one of the role 'execution' "
        "allows kms:Decrypt.\nFix: Allow kms:Decrypt on the key's ARN in a policy of the role 'execution'."
    ) in decision.messages[0]
    assert encrypted(key_policy=policy, grants=[READS, "kms:Decrypt"]).is_clean


@pytest.mark.parametrize(
    "policy",
    [
        key_policy({"AWS": "arn:aws:iam::111122223333:role/execution"}),
        key_policy({"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/execution"]}),
        key_policy({"AWS": "*"}),
        key_policy("*"),
        UNKNOWN,
    ],
)
def test_the_key_may_let_it_decrypt(policy: Any) -> None:
    assert encrypted(key_policy=policy).is_clean


def test_what_is_not_known_may_let_it_decrypt() -> None:
    others = (
        resource(ROLE_POLICY, "more", role=ref(role()), policy=UNKNOWN),
        resource(ATTACHMENT, "more", role=ref(role()), policyArn=FOREIGN[1]),
        resource(KEY_POLICY, "more", keyId=ref(resource(KEY, "key")), policy=key_policy("*")),
    )
    for other in others:
        assert encrypted(other).is_clean


def test_a_parameter_has_a_key_too() -> None:
    key = resource(KEY, "key")
    parameter = resource(PARAMETER, "db", name="/shop/db", type="SecureString", keyId=ref(key))
    granted = inline(document("*", "ssm:GetParameters"))
    assert "kms:Decrypt" in asked(containers("/shop/db"), key, parameter, granted).messages[0]


# Other types with containers


@pytest.mark.parametrize(
    ("type_", "properties", "place"),
    [
        (
            "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition",
            lambda value: {"containerDefinitions": [{"secrets": [{"name": "DB", "valueFrom": value}]}]},
            "containerDefinitions[0].secrets[0].valueFrom",
        ),
        (
            "aws:ecs/expressGatewayService:ExpressGatewayService",
            lambda value: {"primaryContainer": {"secrets": [{"name": "DB", "valueFrom": value}]}},
            "primaryContainer.secrets[0].valueFrom",
        ),
    ],
)
def test_every_type_with_containers_is_looked_at(type_: str, properties: Any, place: str) -> None:
    execution = {"executionRoleArn": ref(role())}
    wrong = resource(type_, "web", **properties(ARN), **execution)
    assert check(ID, wrong, role()).violations == [f"web.{place}"]
    assert check(ID, wrong, role(), inline(document())).is_clean
    secret = resource(SECRET, "db")
    unknown = resource(type_, "web", **properties(ref(secret)), **execution)
    assert check(ID, unknown, role(), secret).undecided == [f"web.{place}"]
    granted = resource(ROLE_POLICY, "reads", role=ref(role()), policy=ref(secret))
    assert check(ID, unknown, role(), secret, granted).is_clean
