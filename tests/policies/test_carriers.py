"""What goes where nobody marks anything secret: environments, headers, scripts and plain parameters."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from policypack.config import ConfigError
from policypack.data import secret_carriers
from policypack.data.secret_carriers import VARIABLES
from policypack.model import ASSET, Asset, Context, Resource
from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource
from policypack.wire import UNKNOWN_SENTINELS
from tests.engine.driver import Engine, output, urn
from tests.support import POLICIES, check, tokens
from tools import sdk_schema

ID = "secrets-in-plain-sight"
STRONG = "kX3vTq9ZrLw7bNs2YdFh"
DATABASE = f"postgres://orders:{STRONG}@orders-db:5432/orders"
SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/orders/db-AbC123"
PASSWORD = resource("random:index/randomPassword:RandomPassword", "password")
CLUSTER = resource("aws:rds/cluster:Cluster", "orders")


@dataclass(frozen=True)
class Place:
    """
    Where a type takes names with values.

    :param type_: the type.
    :param path: to its map, or to its list of entries, as the table has it.
    :param fix: a part of the fix.
    :param key: the key of an entry's name, where it has a list.
    """

    type_: str
    path: str
    fix: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.type_}-{self.path}"

    def with_(self, name: Any, value: Any, **more: Any) -> Resource:
        """The resource with this name and value, the second of two."""
        if self.key:
            entries: Any = [{self.key: "LOG_LEVEL", "value": "info"}, {self.key: name, "value": value, **more}]
        else:
            entries = {"LOG_LEVEL": "info", name: value}
        return self.filled(entries)

    def filled(self, entries: Any) -> Resource:
        """The resource with something in the place of its names with values."""
        return placed(self.type_, self.path, entries)

    def found(self, name: str) -> list[str]:
        """Where a finding about that name is."""
        return [f"it.{shown(self.path)}[1].value" if self.key else f"it.{shown(self.path)}.{name}"]

    @property
    def top(self) -> str:
        """The top-level property."""
        return re.split(r"\W", self.path)[0]


DOCUMENT_LISTS = ("containerDefinitions",)
"""JSON documents that are lists, though their paths do not say so."""


def placed(type_: str, path: str, value: Any) -> Resource:
    """A resource with a value at a path, which is within the first element of each list on the way."""
    top, *steps = filter(None, re.split(r"[.:]", path))
    for step in reversed(steps):
        value = {step.removesuffix("[]"): [value] if step.endswith("[]") else value}
    is_list = top.endswith("[]") or top in DOCUMENT_LISTS
    return resource(type_, **{top.removesuffix("[]"): [value] if is_list else value})


def shown(path: str) -> str:
    """A path as a message shows it, with the first element of each list."""
    for document in DOCUMENT_LISTS:
        path = path.replace(f"{document}:", f"{document}[].")
    return path.replace("[]", "[0]").replace(":", ".").rstrip(".")


READ_IT = "Pass the ARN of an aws.secretsmanager.Secret instead"
# Where the service takes it nowhere else.
ONLY_PLACES = [
    Place("aws:apigateway/integration:Integration", "requestParameters", "Remove the secret"),
    Place("aws:apigatewayv2/integration:Integration", "requestParameters", "Remove the secret"),
]
PLACES = [
    Place("aws:ecs/taskDefinition:TaskDefinition", "containerDefinitions:environment", "as valueFrom", "name"),
    Place("aws:batch/jobDefinition:JobDefinition", "containerProperties:environment", "as valueFrom", "name"),
    Place(
        "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition",
        "containerDefinitions[].environments",
        "as valueFrom",
        "name",
    ),
    Place(
        "aws:ecs/expressGatewayService:ExpressGatewayService", "primaryContainer.environments", "as valueFrom", "name"
    ),
    Place("aws:mskconnect/connector:Connector", "connectorConfiguration", "config provider"),
    Place("aws:lambda/function:Function", "environment.variables", READ_IT),
    Place("aws:codebuild/project:Project", "environment.environmentVariables", 'type to "SECRETS_MANAGER"', "name"),
    Place(
        "aws:apprunner/service:Service",
        "sourceConfiguration.imageRepository.imageConfiguration.runtimeEnvironmentVariables",
        "runtimeEnvironmentSecrets",
    ),
    Place("aws:amplify/app:App", "environmentVariables", READ_IT),
    Place(
        "aws:apprunner/service:Service",
        "sourceConfiguration.codeRepository.codeConfiguration.codeConfigurationValues.runtimeEnvironmentVariables",
        "runtimeEnvironmentSecrets",
    ),
    *(
        Place("aws:batch/jobDefinition:JobDefinition", path, "as valueFrom", "name")
        for path in (
            "ecsProperties:taskProperties[].containers[].environment",
            "nodeProperties:nodeRangeProperties[].container.environment",
        )
    ),
    *(
        Place(
            "aws:batch/jobDefinition:JobDefinition", f"eksProperties.podProperties.{path}[].envs", "from envs", "name"
        )
        for path in ("containers", "initContainers")
    ),
    Place("aws:batch/jobDefinition:JobDefinition", "parameters", "as valueFrom"),
    Place("aws:amplify/app:App", "autoBranchCreationConfig.environmentVariables", READ_IT),
    Place("aws:elasticbeanstalk/configurationTemplate:ConfigurationTemplate", "settings", READ_IT, "name"),
    Place("aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime", "environmentVariables", READ_IT),
    Place(
        "aws:lightsail/containerServiceDeploymentVersion:ContainerServiceDeploymentVersion",
        "containers[].environment",
        READ_IT,
    ),
    Place("aws:sagemaker/model:Model", "primaryContainer.environment", READ_IT),
    Place("aws:sagemaker/model:Model", "containers[].environment", READ_IT),
    Place("aws:sagemaker/trainingJob:TrainingJob", "environment", READ_IT),
    Place("aws:glue/job:Job", "nonOverridableArguments", READ_IT),
    *(
        Place("aws:pipes/pipe:Pipe", f"targetParameters.{path}.environments", READ_IT, "name")
        for path in (
            "ecsTaskParameters.overrides.containerOverrides[]",
            "batchJobParameters.containerOverrides",
        )
    ),
    Place("aws:amplify/branch:Branch", "environmentVariables", READ_IT),
    Place("aws:elasticbeanstalk/environment:Environment", "settings", READ_IT, "name"),
    Place("aws:bedrock/agentcoreHarness:AgentcoreHarness", "environmentVariables", READ_IT),
    Place("aws:glue/connection:Connection", "connectionProperties", "SECRET_ID"),
    Place("aws:glue/connection:Connection", "athenaProperties", "SECRET_ID"),
    Place("aws:glue/job:Job", "defaultArguments", READ_IT),
    Place("aws:mwaa/environment:Environment", "airflowConfigurationOptions", READ_IT),
    Place("aws:synthetics/canary:Canary", "runConfig.environmentVariables", READ_IT),
    Place("aws:apigateway/stage:Stage", "variables", READ_IT),
    Place("aws:apigatewayv2/stage:Stage", "stageVariables", READ_IT),
    *ONLY_PLACES,
    *(
        Place(type_, f"{where}.{part}", "aws.cloudwatch.EventConnection")
        for type_, where in (
            ("aws:cloudwatch/eventTarget:EventTarget", "httpTarget"),
            ("aws:pipes/pipe:Pipe", "enrichmentParameters.httpParameters"),
            ("aws:pipes/pipe:Pipe", "targetParameters.httpParameters"),
        )
        for part in ("headerParameters", "queryStringParameters")
    ),
    *(
        Place(
            "aws:cloudwatch/eventConnection:EventConnection",
            f"authParameters.{where}.{part}",
            "isValueSecret to true",
            "key",
        )
        for where in ("oauth.oauthHttpParameters", "invocationHttpParameters")
        for part in ("bodies", "queryStrings", "headers")
    ),
]
LAMBDA = next(place for place in PLACES if "lambda" in place.type_)
ECS = PLACES[0]
BUILD = next(place for place in PLACES if "codebuild" in place.type_)
HEADER = PLACES[-1]
each_place = pytest.mark.parametrize("place", PLACES, ids=str)


def unmarked(*resources: Resource, config: Mapping[str, Any] | None = None) -> Decision:
    """pulumi_policy neither knows what is marked secret nor what depends on what: only our own analyzer is asked."""
    return decide(POLICIES[ID], *resources, config=config)


def tells_nothing(decision: Decision) -> bool:
    text = repr(decision)
    return not any(STRONG[start : start + 4] in text for start in range(len(STRONG) - 3))


# Environments, arguments, headers


@pytest.mark.parametrize(
    ("place", "name", "value", "reason"),
    [
        *((place, "DB_PASSWORD", STRONG, "its name suggests a secret") for place in PLACES),
        *(
            (place, name, value, reason)
            for place in (LAMBDA, ECS)
            for name, value, reason in (
                ("apiKey", STRONG, "its name suggests a secret"),
                ("ENDPOINT", DATABASE, "it is a URL with a password in it"),
                ("SETTING", "ghp_" + STRONG * 2, "it looks like a GitHub personal access token"),
                ("OPTIONS", f'{{"password": "{STRONG}"}}', "it contains a value whose name suggests a secret"),
            )
        ),
    ],
    ids=str,
)
def test_a_secret_is_found_in_every_place(place: Place, name: str, value: str, reason: str) -> None:
    decision = check(ID, place.with_(name, value))
    assert decision.violations == place.found(name)
    [path] = place.found(name)
    assert decision.messages[0].startswith(
        f"{path.removeprefix('it.')} ('{name}') is stored in plain text, and {reason}."
    )
    assert place.fix in decision.messages[0]
    assert tells_nothing(decision)


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        *((place, "DB_PASSWORD", SECRET_ARN) for place in PLACES),
        *(
            (place, name, value)
            for place in (LAMBDA, ECS)
            for name, value in (
                ("DB_SECRET", "prod/orders/db"),
                ("DB_PASSWORD", "/prod/orders/db-password"),
                ("DB_PASSWORD", "{{resolve:secretsmanager:prod/orders}}"),
                ("DB_PASSWORD", "Ref::password"),
                ("DB_PASSWORD", ""),
                ("DB_PASSWORD", None),
                ("DB_PASSWORD_FILE", "/run/secrets/db"),
                ("TOKEN_TTL", "3600"),
                ("DB_HOST", "orders.cluster-c1.eu-west-1.rds.amazonaws.com"),
            )
        ),
    ],
    ids=str,
)
def test_what_is_no_secret_or_says_where_it_is_passes(place: Place, name: str, value: Any) -> None:
    assert check(ID, place.with_(name, value)).is_clean


@each_place
@pytest.mark.parametrize("absent", [None, {}, []], ids=str)
def test_what_has_no_entries_passes(place: Place, absent: Any) -> None:
    assert check(ID, place.filled(absent)).is_clean
    assert check(ID, resource(place.type_)).is_clean


@each_place
def test_an_unknown_value_is_undecided_where_its_name_tells(place: Place) -> None:
    decision = check(ID, place.with_("DB_PASSWORD", UNKNOWN))
    assert (decision.violations, decision.undecided) == ([], place.found("DB_PASSWORD"))
    assert unmarked(CLUSTER, place.with_("DB_PASSWORD", ref(CLUSTER))).undecided == place.found("DB_PASSWORD")
    assert check(ID, place.with_("DB_HOST", UNKNOWN)).is_clean
    assert unmarked(CLUSTER, place.with_("DB_HOST", ref(CLUSTER))).is_clean


@each_place
def test_an_unknown_value_of_an_unknown_name_is_undecided(place: Place) -> None:
    if place.key:
        assert check(ID, place.with_(UNKNOWN, UNKNOWN)).undecided == place.found("")
        assert check(ID, place.filled([UNKNOWN])).undecided == [place.found("")[0].replace("[1]", "[0]")]


@each_place
def test_a_password_that_the_stack_makes_is_found_by_the_name_it_goes_under(place: Place) -> None:
    decision = unmarked(PASSWORD, place.with_("DB_PASSWORD", ref(PASSWORD)))
    assert (decision.violations, decision.undecided) == (place.found("DB_PASSWORD"), [])
    assert "('DB_PASSWORD') contains the password 'password' in plain text." in decision.messages[0]
    assert place.fix in decision.messages[0]


@each_place
def test_where_a_password_goes_that_no_name_tells_of_is_undecided(place: Place) -> None:
    """All values in one top-level property share its dependencies: it may go into any of the unknown ones."""
    decision = unmarked(PASSWORD, place.with_("DATABASE_URL", ref(PASSWORD)))
    assert (decision.violations, decision.undecided) == ([], place.found("DATABASE_URL"))


@each_place
def test_what_is_unknown_as_a_whole_is_undecided_or_made_of_a_password(place: Place) -> None:
    whole = [f"it.{place.top}"]
    assert check(ID, resource(place.type_, **{place.top: UNKNOWN})).undecided == whole
    assert unmarked(CLUSTER, resource(place.type_, **{place.top: ref(CLUSTER)})).undecided == whole
    decision = unmarked(PASSWORD, resource(place.type_, **{place.top: ref(PASSWORD)}))
    assert (decision.violations, decision.undecided) == (whole, [])
    assert "contains the password 'password' in plain text." in decision.messages[0]


@pytest.mark.parametrize("place", ONLY_PLACES, ids=lambda place: place.type_)
def test_where_there_is_no_other_place_a_mark_is_all_that_one_can_do(place: Place) -> None:
    assert unmarked(place.with_("integration.request.header.X-Api-Key", Secret(f"'{STRONG}'"))).is_clean
    assert len(unmarked(place.with_("integration.request.header.X-Api-Key", f"'{STRONG}'")).violations) == 1
    assert unmarked(place.with_("integration.request.header.X-Api-Key", "'none'")).is_clean


@pytest.mark.parametrize("place", [place for place in PLACES if place not in ONLY_PLACES], ids=lambda place: place.path)
def test_a_mark_hides_nothing_from_who_sees_the_resource(place: Place) -> None:
    found = place.found("DB_PASSWORD")
    # The keys of a map that is secret as a whole are secret, too.
    hidden = [each.replace("DB_PASSWORD", "[secret]") for each in found]
    for marked, where in (
        (place.with_("DB_PASSWORD", Secret(STRONG)), found),
        (resource(place.type_, **{place.top: Secret(place.with_("DB_PASSWORD", STRONG).declared[place.top])}), hidden),
    ):
        decision = unmarked(marked)
        assert decision.violations == where
        assert place.fix in decision.messages[0]
        assert tells_nothing(decision)
    assert unmarked(place.with_("DB_PASSWORD", Secret(SECRET_ARN))).is_clean
    assert unmarked(place.with_("DB_PASSWORD", Secret(UNKNOWN))).undecided == place.found("DB_PASSWORD")


@pytest.mark.parametrize("place", [place for place in PLACES if place.key], ids=lambda place: place.type_)
def test_a_name_that_is_marked_is_not_shown(place: Place) -> None:
    decision = unmarked(place.with_(Secret(f"{STRONG}_PASSWORD"), DATABASE))
    assert decision.violations == place.found("")
    assert tells_nothing(decision)


def test_every_entry_is_looked_at() -> None:
    variables = {"A_TOKEN": STRONG, "HOST": "orders", "B_TOKEN": STRONG}
    assert check(ID, LAMBDA.filled(variables)).violations == [
        "it.environment.variables.A_TOKEN",
        "it.environment.variables.B_TOKEN",
    ]


# Where a part of an entry says that the value is no secret


@pytest.mark.parametrize("kind", ["SECRETS_MANAGER", "PARAMETER_STORE"])
def test_a_build_variable_may_say_where_the_secret_is(kind: str) -> None:
    assert check(ID, BUILD.with_("DB_PASSWORD", "orders", type=kind)).is_clean
    assert check(ID, BUILD.with_("DB_PASSWORD", UNKNOWN, type=kind)).is_clean


@pytest.mark.parametrize("kind", ["PLAINTEXT", None, ""])
def test_a_build_variable_in_plain_text_is_looked_at(kind: str | None) -> None:
    # Without a type it is one: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_EnvironmentVariable.html
    assert check(ID, BUILD.with_("DB_PASSWORD", "orders", type=kind)).violations == BUILD.found("")


@pytest.mark.parametrize(("kept", "clean"), [(True, True), ("true", True), (False, False), (None, False)])
def test_a_header_may_be_kept_secret(kept: Any, clean: bool) -> None:
    assert check(ID, HEADER.with_("x-api-key", STRONG, isValueSecret=kept)).is_clean is clean


def test_other_lists_have_no_such_part() -> None:
    settings = next(place for place in PLACES if "beanstalk" in place.type_)
    decision = check(ID, settings.with_("DB_PASSWORD", STRONG, resource="SECRETS_MANAGER"))
    assert decision.violations == settings.found("")


# JSON documents


@pytest.mark.parametrize("as_text", [True, False], ids=["text", "list"])
def test_every_container_of_a_task_is_looked_at(as_text: bool) -> None:
    containers: Any = [
        {"name": "proxy", "image": "envoy", "command": ["sh"]},
        {"name": "app", "environment": [{"name": "HOST", "value": "db"}, {"name": "DB_PASSWORD", "value": STRONG}]},
        {"name": "worker", "environment": [{"name": "API_TOKEN", "value": STRONG}], "secrets": []},
        {"name": "right", "secrets": [{"name": "DB_PASSWORD", "valueFrom": SECRET_ARN}]},
    ]
    task = resource(ECS.type_, containerDefinitions=json.dumps(containers) if as_text else containers)
    decision = check(ID, task)
    assert decision.violations == [
        "it.containerDefinitions[1].environment[1].value",
        "it.containerDefinitions[2].environment[0].value",
    ]
    assert tells_nothing(decision)


def test_keys_may_have_capitals() -> None:
    containers = [{"Name": "app", "Environment": [{"Name": "DB_PASSWORD", "Value": STRONG}]}]
    decision = check(ID, resource(ECS.type_, containerDefinitions=json.dumps(containers)))
    assert decision.violations == ["it.containerDefinitions[0].environment[0].value"]


@pytest.mark.parametrize("as_text", [True, False], ids=["text", "block"])
def test_a_batch_jobs_container_is_looked_at(as_text: bool) -> None:
    container: Any = {"image": "app", "environment": [{"name": "DB_PASSWORD", "value": STRONG}]}
    job = resource(
        "aws:batch/jobDefinition:JobDefinition", containerProperties=json.dumps(container) if as_text else container
    )
    assert check(ID, job).violations == ["it.containerProperties.environment[0].value"]


def test_a_document_that_is_marked_as_a_whole_is_judged_and_not_shown() -> None:
    containers = json.dumps([{"environment": [{"name": "DB_PASSWORD", "value": STRONG}]}])
    decision = unmarked(resource(ECS.type_, containerDefinitions=Secret(containers)))
    assert decision.violations == ["it.containerDefinitions[0].environment[0].value"]
    assert "its name suggests a secret" in decision.messages[0]
    assert tells_nothing(decision)


@pytest.mark.parametrize(
    "document", ["", "[", "null", "5", '"environment"', "[5, null, []]", '[{"environment": 5}]', "[" * 5000]
)
def test_a_document_of_another_form_fails_nothing(document: str) -> None:
    decision = check(ID, resource(ECS.type_, containerDefinitions=document))
    # What is nested too deeply to be read is undecided, unless Python's parser finds first that it never ends.
    assert decision.violations == []
    assert not decision.undecided or len(document) > 100


# Scripts

SCRIPT_ROWS = [(type_, row) for type_, rows in secret_carriers.SCRIPTS.items() for row in rows]
SCRIPTS = [(type_, row.path) for type_, row in SCRIPT_ROWS if row.is_start_script]
CODE = [(type_, row.path) for type_, row in SCRIPT_ROWS if not row.is_start_script]
SCRIPT = f"#!/bin/bash\nset -e\nexport DB_PASSWORD={STRONG}\n"
each_script = pytest.mark.parametrize(("type_", "path"), SCRIPTS)


def base64(script: str) -> str:
    return b64encode(script.encode()).decode()


def zipped(script: str) -> str:
    return b64encode(gzip.compress(script.encode())).decode()


@each_script
@pytest.mark.parametrize("encoded", [str, base64, zipped])
def test_a_secret_in_a_script_is_found_with_its_line(type_: str, path: str, encoded: Any) -> None:
    script = encoded(SCRIPT)
    decision = check(ID, placed(type_, path, script))
    assert decision.violations == [f"it.{shown(path)}"]
    assert decision.messages[0].startswith(
        f"{shown(path)} contains a value whose name suggests a secret in line 3.\nFix"
    )
    assert "aws secretsmanager get-secret-value" in decision.messages[0]
    assert unmarked(placed(type_, path, Secret(script))).messages == decision.messages
    assert tells_nothing(decision)
    assert script[:12] not in repr(decision)


@each_script
def test_a_script_that_reads_its_secrets_passes(type_: str, path: str) -> None:
    right = (
        "#!/bin/bash\nexport DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id db --query SecretString)\n"
    )
    for script in (right, base64(right), zipped(right), "", None):
        assert check(ID, placed(type_, path, script)).is_clean


@each_script
def test_an_unknown_script_is_undecided_or_made_of_a_password(type_: str, path: str) -> None:
    whole = f"it.{shown(path)}"
    assert check(ID, placed(type_, path, UNKNOWN)).undecided == [whole]
    assert unmarked(CLUSTER, placed(type_, path, ref(CLUSTER))).undecided == [whole]
    decision = unmarked(PASSWORD, placed(type_, path, Secret(ref(PASSWORD))))
    assert (decision.violations, decision.undecided) == ([whole], [])
    assert f"{shown(path)} contains the password 'password' in plain text." in decision.messages[0]
    assert "aws secretsmanager get-secret-value" in decision.messages[0]


@pytest.mark.parametrize(("type_", "path"), CODE)
def test_a_secret_in_code_or_a_document_is_found_with_its_line(type_: str, path: str) -> None:
    right, wrong = "import boto3\n", f"import boto3\nPASSWORD = '{STRONG}'\n"
    is_asset = path == "code" and "lambda" in type_
    decision = unmarked(placed(type_, path, Asset((("app/index.py", wrong),)) if is_asset else wrong))
    assert decision.violations == [f"it.{shown(path)}"]
    where = "'app/index.py' in code" if is_asset else shown(path)
    assert decision.messages[0].startswith(f"{where} contains a value whose name suggests a secret in line 2.\nFix: ")
    assert tells_nothing(decision)
    for clean in (Asset((("index.py", right),)) if is_asset else right, ASSET, None, UNKNOWN):
        assert unmarked(placed(type_, path, clean)).is_clean
    # What it is unknown for is the ARN of a resource, or else a password.
    assert unmarked(CLUSTER, placed(type_, path, ref(CLUSTER))).is_clean
    made = unmarked(PASSWORD, placed(type_, path, ref(PASSWORD)))
    assert len(made.violations + made.undecided) == 1


BUILDSPEC = """version: 0.2
env:
  secrets-manager:
    API_KEY: build-secrets:api-key

    NPM_TOKEN: Npm1:token
  parameter-store:
    DB_PASSWORD: OrdersPassword1
  variables:
    {variable}
phases:
  build:
    commands: [make]
"""


@pytest.mark.parametrize("path", ["source.buildspec", "secondarySources[].buildspec"])
@pytest.mark.parametrize("form", [str, lambda text: json.dumps(yaml.safe_load(text))], ids=["YAML", "JSON"])
def test_a_buildspec_may_name_secrets_and_hold_none(path: str, form: Any) -> None:
    right, wrong = (BUILDSPEC.replace("{variable}", each) for each in ("LEVEL: info", f"API_TOKEN: {STRONG}"))
    assert check(ID, placed(BUILD.type_, path, form(right))).is_clean
    [message] = check(ID, placed(BUILD.type_, path, form(wrong))).messages
    assert f"in line {10 if form is str else 1}." in message
    assert "env: secrets-manager:" in message


def test_the_name_of_a_file_is_not_shown_where_the_archive_is_secret() -> None:
    archive = Asset(((f"{STRONG}.py", f"PASSWORD = '{STRONG}'\n"),))
    decision = unmarked(resource("aws:lambda/function:Function", code=Secret(archive)))
    assert decision.messages[0].startswith("code contains a value")
    assert tells_nothing(decision)


# Commands

COMMAND_ROWS = [(type_, row) for type_, rows in secret_carriers.COMMANDS.items() for row in rows]
EACH_PART = [
    (type_, f"{row.path}{'' if row.path.endswith(':') else '.'}{part}".lstrip("."), row.fix)
    for type_, row in COMMAND_ROWS
    for part in row.parts
]
TEXTS = ("startCommand", "buildCommand", "entryPoint", "sparkSubmitParameters")
"""Parts that are one text and no list, in types other than those whose containers are JSON documents."""


def is_text(path: str) -> bool:
    return path.endswith(TEXTS) and ":" not in path


@pytest.mark.parametrize(("type_", "path", "fix"), EACH_PART)
def test_a_secret_in_a_command_is_found_in_its_word(type_: str, path: str, fix: str) -> None:
    wrong = f"app --port 80 --password={STRONG}"
    decision = check(ID, placed(type_, path, wrong if is_text(path) else wrong.split()))
    where = shown(path) if is_text(path) else f"{shown(path)}[3]"
    assert decision.violations == [f"it.{where}"]
    assert decision.messages[0].startswith(f"{where} contains a value whose name suggests a secret.\nFix: {fix}")
    assert tells_nothing(decision)
    right = "app --port 80 --password $DB_PASSWORD"
    assert check(ID, placed(type_, path, right if is_text(path) else right.split())).is_clean


TASK_COMMANDS = ("entryPoint", "command")


def task(as_text: bool = True, **container: Any) -> Resource:
    containers = [{"name": "app", "image": "app:1", **container}]
    return resource(ECS.type_, containerDefinitions=json.dumps(containers) if as_text else containers)


@pytest.mark.parametrize(
    ("container", "found"),
    [
        ({"command": ["app", "--password", STRONG]}, "command[2]"),
        ({"command": ["app", f"--db-password={STRONG}", "--verbose"]}, "command[1]"),
        ({"command": ["sh", "-c", f"export DB_PASSWORD={STRONG}\nexec app"]}, "command[2]"),
        ({"command": ["sh", "-c", f"exec app --token '{STRONG}'"]}, "command[2]"),
        ({"command": ["mysql", "-h", "db", "-u", "root", f"-p{STRONG}"]}, "command[5]"),
        ({"command": ["redis-server", "--requirepass", STRONG]}, "command[2]"),
        ({"command": ["curl", "-H", f"Authorization: Bearer {STRONG}", "https://example.com"]}, "command[2]"),
        ({"command": ["migrate", "-database", DATABASE, "up"]}, "command[2]"),
        ({"entryPoint": ["mysql"], "command": ["-uroot", f"-p{STRONG}"]}, "command[1]"),
        ({"entryPoint": ["app", f"--api-key={STRONG}"], "command": ["serve"]}, "entryPoint[1]"),
        ({"healthCheck": {"command": ["CMD-SHELL", f"mysqladmin ping -p{STRONG}"]}}, "healthCheck.command[1]"),
        ({"command": f"app --password={STRONG}"}, "command"),
    ],
    ids=str,
)
@pytest.mark.parametrize("as_text", [True, False], ids=["text", "list"])
def test_commands_are_read_as_a_script_is(container: dict[str, Any], found: str, as_text: bool) -> None:
    decision = check(ID, task(as_text, **container))
    assert decision.violations == [f"it.containerDefinitions[0].{found}"]
    assert tells_nothing(decision)


@pytest.mark.parametrize(
    "command",
    [
        ["app", "--password-file", "/run/secrets/db"],
        ["app", "--password", "Ref::password"],
        ["app", "--password", "$(DB_PASSWORD)"],
        ["sh", "-c", 'exec app --password "$DB_PASSWORD"'],
        ["app", "--token-ttl", "3600"],
        ["app", "--password", "--verbose"],
        ["aws", "secretsmanager", "get-secret-value", "--secret-id", "prod/orders/db"],
        ["redis-server", "--requirepass", "$REDIS_PASSWORD"],
        [],
        None,
        [None, 5, {"a": []}],
        {"a": "b"},
    ],
    ids=str,
)
def test_other_commands_pass(command: Any) -> None:
    assert check(ID, task(command=command)).is_clean


def test_a_command_that_is_marked_is_judged_and_not_shown() -> None:
    decision = unmarked(task(as_text=False, command=["app", "--password", Secret(STRONG)]))
    assert decision.violations == ["it.containerDefinitions[0].command[2]"]
    assert tells_nothing(decision)


@pytest.mark.parametrize(
    ("type_", "path"),
    [("aws:lambda/function:Function", "imageConfig.commands"), (ECS.type_, "containerDefinitions:command")],
)
def test_an_unknown_word_is_undecided_where_its_option_tells(type_: str, path: str) -> None:
    word = f"it.{shown(path)}[2]"
    secret, other = ["app", "--password", UNKNOWN], ["app", "--host", UNKNOWN]
    assert check(ID, placed(type_, path, secret)).undecided == [word]
    assert check(ID, placed(type_, path, other)).is_clean
    assert check(ID, placed(type_, path, ["app", "serve", UNKNOWN])).is_clean
    # All words share their property's dependencies.
    of_password = [*secret[:2], ref(PASSWORD)], [*other[:2], ref(PASSWORD)]
    assert unmarked(PASSWORD, placed(type_, path, of_password[0])).violations == [word]
    assert unmarked(PASSWORD, placed(type_, path, of_password[1])).undecided == [word]
    whole = check(ID, resource(type_, **{path.partition(".")[0].partition(":")[0]: UNKNOWN}))
    assert whole.undecided == [f"it.{path.partition('.')[0].partition(':')[0]}"]


# What the stack's config has in plain text

PLAIN = {"shop:dbPassword": STRONG, "shop:region": "eu-west-1", "shop:db": json.dumps({"apiToken": DATABASE[-20:]})}


@pytest.mark.parametrize(
    ("type_", "path", "value", "place"),
    [
        (ECS.type_, "containerDefinitions:command", ["app", STRONG], "containerDefinitions[0].command[1]"),
        (ECS.type_, "containerDefinitions:command", ["app", f"x={STRONG}"], "containerDefinitions[0].command[1]"),
        ("aws:lambda/function:Function", "imageConfig.commands", ["app", STRONG], "imageConfig.commands[1]"),
        ("aws:lambda/function:Function", "code", Asset((("", f"connect('{STRONG}')"),)), "code"),
        ("aws:lambda/function:Function", "environment.variables", {"A": STRONG}, "environment.variables.A ('A')"),
        ("aws:cloudfront/function:Function", "code", f"if (a == '{STRONG}')", "code"),
        ("aws:ec2/instance:Instance", "userData", f"#!/bin/sh\nlogin {STRONG}\n", "userData"),
    ],
    ids=str,
)
def test_a_plain_config_value_whose_name_tells_is_found(type_: str, path: str, value: Any, place: str) -> None:
    def decided(secret_keys: frozenset[str] = frozenset(), config: Mapping[str, str] = PLAIN) -> Decision:
        context = Context("shop", "dev", config=config, config_secret_keys=secret_keys)
        made = placed(type_, path, value)
        return unmarked(resource(type_, with_context=context, **made.declared))

    decision = decided()
    assert decision.violations == [f"it.{place.partition(' ')[0]}"]
    assert decision.messages[0].startswith(
        f"{place} contains the stack's config value 'shop:dbPassword', which is stored in plain text"
    )
    assert "remove it from the stack's config" in decision.messages[0]
    assert tells_nothing(decision)
    # A secret of the config is another matter, and so is what no name tells to be a secret.
    assert decided(frozenset(PLAIN)).is_clean
    assert decided(config={"shop:greeting": STRONG}).is_clean
    assert decided(config={"shop:dbPassword": STRONG[3:9]}).is_clean
    nested_config = {"shop:db": json.dumps({"users": [{"password": STRONG}]})}
    assert "'shop:db'" in decided(config=nested_config).messages[0]


def test_of_many_secrets_in_a_script_the_first_three_are_told() -> None:
    script = "".join(f"export TOKEN_{number}={STRONG}\n" for number in range(5))
    messages = check(ID, resource("aws:ec2/instance:Instance", userData=script)).messages
    assert [message.partition(".\n")[0].rpartition(" in ")[2] for message in messages] == ["line 1", "line 2", "line 3"]


# Plain parameters

PARAMETER = "aws:ssm/parameter:Parameter"
PROPERTIES = ("value", "insecureValue", "valueWo")
each_property = pytest.mark.parametrize("path", PROPERTIES)


def parameter(path: str, value: Any, type_: Any = "String", name: Any = "/orders/db/password") -> Resource:
    return resource(PARAMETER, **{"type": type_, "name": name, path: value})


@each_property
@pytest.mark.parametrize("type_", ["String", "StringList"])
def test_a_secret_in_a_plain_parameter_is_found(path: str, type_: str) -> None:
    decision = check(ID, parameter(path, STRONG, type_))
    assert decision.violations == [f"it.{path}"]
    assert (
        f"{path} ('/orders/db/password') is stored in plain text, and its name suggests a secret"
        in decision.messages[0]
    )
    assert 'Set type to "SecureString"' in decision.messages[0]
    assert tells_nothing(decision)


@each_property
def test_a_secret_is_found_by_its_kind_or_the_resources_name(path: str) -> None:
    assert check(ID, parameter(path, DATABASE, name="/orders/db/url")).violations == [f"it.{path}"]
    for name in (None, UNKNOWN):
        named = resource(PARAMETER, "db-password", **{"type": "String", "name": name, path: STRONG})
        assert check(ID, named).violations == [f"db-password.{path}"]


@pytest.mark.parametrize(
    "right",
    [
        parameter("value", STRONG, "SecureString"),
        parameter("value", DATABASE, "SecureString"),
        parameter("value", UNKNOWN, "SecureString"),
        parameter("value", SECRET_ARN),
        parameter("value", None),
        parameter("value", ""),
        parameter("value", STRONG, name="/orders/db/host"),
        parameter("value", UNKNOWN, name="/orders/db/host"),
        parameter("value", "eu-west-1,eu-central-1", "StringList", name="/orders/regions"),
    ],
)
def test_a_parameter_that_is_encrypted_or_no_secret_passes(right: Resource) -> None:
    assert check(ID, right).is_clean


@each_property
def test_an_unknown_parameter_is_undecided_where_its_name_tells_or_made_of_a_password(path: str) -> None:
    assert check(ID, parameter(path, UNKNOWN)).undecided == [f"it.{path}"]
    # Here it is certain where the password goes, whatever the name.
    for name in ("/orders/db/password", "/orders/db/url"):
        decision = unmarked(PASSWORD, parameter(path, Secret(ref(PASSWORD)), name=name))
        assert (decision.violations, decision.undecided) == ([f"it.{path}"], [])
        assert f"{path} ('{name}') contains the password 'password'" in decision.messages[0]


def test_a_parameter_is_judged_and_not_shown_though_the_sdk_marks_it() -> None:
    decision = unmarked(parameter("value", Secret(STRONG)))
    assert decision.violations == ["it.value"]
    assert tells_nothing(decision)
    decision = unmarked(parameter("value", DATABASE, name=Secret(f"/{STRONG}/password")))
    assert decision.violations == ["it.value"]
    assert tells_nothing(decision)


def test_what_it_comes_from_is_asked_again_when_the_stack_is_known() -> None:
    """The resource alone does not tell what its values come from."""
    engine = Engine(POLICIES[ID])
    properties: dict[str, Any] = {"type": "String", "name": "/orders/db/url", "value": sorted(UNKNOWN_SENTINELS)[0]}
    assert engine.analyze(PARAMETER, "url", **properties) == []
    [found] = engine.analyze_stack(
        output(PASSWORD.type, "password"),
        output(PARAMETER, "url", {"value": urn(PASSWORD.type, "password")}, **properties),
    )
    assert "value ('/orders/db/url') contains the password 'password'" in found.message


# Config


@pytest.mark.parametrize("place", [LAMBDA, ECS, BUILD, HEADER], ids=lambda place: place.type_)
def test_what_the_config_allows_passes_and_nothing_else(place: Place) -> None:
    config = {"allowedNames": ["SESSION_KEY", "SIGNING_KEY"]}
    for value in (STRONG, DATABASE, UNKNOWN):
        assert check(ID, place.with_("SIGNING_KEY", value), config=config).is_clean
    assert check(ID, place.with_("signing_key", STRONG), config=config).violations == place.found("signing_key")
    assert check(ID, place.with_("SIGNING_KEY", STRONG)).violations == place.found("SIGNING_KEY")


def test_the_config_allows_a_parameter_by_its_name() -> None:
    named = parameter("value", STRONG)
    assert check(ID, named, config={"allowedNames": ["/orders/db/password"]}).is_clean
    assert not check(ID, named, config={"allowedNames": ["it"]}).is_clean
    unnamed = resource(PARAMETER, "db-password", type="String", value=STRONG)
    assert check(ID, unnamed, config={"allowedNames": ["db-password"]}).is_clean


def test_the_config_allows_no_whole_environment() -> None:
    whole = resource(LAMBDA.type_, environment=UNKNOWN)
    assert check(ID, whole, config={"allowedNames": ["environment"]}).undecided == ["it.environment"]


@pytest.mark.parametrize("names", ["SESSION_KEY", [5], {"SESSION_KEY": True}])
def test_a_config_of_another_form_is_refused(names: Any) -> None:
    with pytest.raises(ConfigError, match=r"'secrets-in-plain-sight', config key 'allowedNames.*must be a list, each"):
        check(ID, config={"allowedNames": names})


# Addresses

ADDRESSES = [(type_, path) for type_, paths in secret_carriers.ADDRESSES.items() for path in paths]
each_address = pytest.mark.parametrize(("type_", "path"), ADDRESSES)


@each_address
@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (f"https://orders:{STRONG}@example.com/hook", "it is a URL with a password in it"),
        (f"https://example.com/hook?api_key={STRONG}", "it contains a value whose name suggests a secret"),
        (f"https://ghp_{STRONG * 2}@github.com/acme/orders", "it looks like a GitHub personal access token"),
        (f"Server=db;User=orders;Password={STRONG};", "it is a connection string with a password in it"),
    ],
)
def test_a_secret_in_an_address_is_found(type_: str, path: str, address: str, reason: str) -> None:
    decision = check(ID, placed(type_, path, address))
    assert decision.violations == [f"it.{shown(path)}"]
    assert decision.messages[0].startswith(
        f"{shown(path)} is stored in plain text, and {reason}.\nFix: Remove the secret"
    )
    assert tells_nothing(decision)
    # Nobody can do more than to mark it where the service takes it nowhere else.
    assert unmarked(placed(type_, path, Secret(address))).is_clean


@each_address
@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/hook?page=2",
        "https://github.com/acme/orders.git",
        "https://${stageVariables.host}/orders?token=${stageVariables.token}",
        "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:a",
        "ops@example.com",
        "useAwsSecretsManager=true;sslMode=require",
        "",
        None,
        UNKNOWN,
    ],
)
def test_other_addresses_pass(type_: str, path: str, address: Any) -> None:
    assert check(ID, placed(type_, path, address)).is_clean


# The tables

TABLE = [(type_, carrier) for type_, rows in VARIABLES.items() for carrier in rows]


def test_every_row_is_tested_here() -> None:
    assert {(type_, carrier.path) for type_, carrier in TABLE} == {(place.type_, place.path) for place in PLACES}


@each_address
def test_the_sdk_has_every_address(type_: str, path: str) -> None:
    assert all(sdk_schema.has_path(token, path) for token in tokens(type_))


@pytest.mark.parametrize(("type_", "carrier"), TABLE, ids=lambda each: getattr(each, "path", each))
def test_the_sdk_has_every_place(type_: str, carrier: Any) -> None:
    for token in tokens(type_):
        top, _, inner = carrier.path.partition(":")
        shape = sdk_schema.shape_at(token, top)
        assert shape is not None
        if shape.kind == "list":
            assert shape.element
            names = {carrier.name, "value", *filter(None, [carrier.unless[0]])}
            assert names <= shape.element.properties.keys()
        else:
            assert shape.kind == ("string" if inner else "map")


@pytest.mark.parametrize(("type_", "path"), [*SCRIPTS, *CODE])
def test_the_sdk_has_every_script(type_: str, path: str) -> None:
    assert all(sdk_schema.has_path(token, path) for token in tokens(type_))


@pytest.mark.parametrize(("type_", "path", "fix"), EACH_PART)
def test_the_sdk_has_every_command(type_: str, path: str, fix: str) -> None:
    for token in tokens(type_):
        document, is_document, _ = path.partition(":")
        shape = sdk_schema.shape_at(token, document if is_document else path)
        assert shape is not None
        assert shape.kind == ("string" if is_document or is_text(path) else "list")


# What is longer than AWS takes


def test_what_aws_takes_is_read_to_its_end() -> None:
    filler = "a-b c=d\n" * 7_000
    assert len(filler) < 64 * 1024
    assert len(check(ID, task(command=["sh", "-c", f"{filler}export DB_PASSWORD={STRONG}"])).violations) == 1
    variables = [{"name": f"SETTING_{number}", "value": f"value-{number}"} for number in range(1_000)]
    decision = check(ID, task(environment=[*variables, {"name": "DB_PASSWORD", "value": STRONG}]))
    assert decision.violations == ["it.containerDefinitions[0].environment[1000].value"]


def test_of_longer_texts_the_beginning_is_read() -> None:
    secret, filler = f"export DB_PASSWORD={STRONG}\n", "a-b c=d\n" * 20_000
    for script, count in ((secret + filler, 1), (filler + secret, 0)):
        assert len(check(ID, resource("aws:ec2/instance:Instance", userData=script)).violations) == count
    words = ["app", "--password", STRONG, *["a"] * 50_000]
    assert len(check(ID, placed("aws:lambda/function:Function", "imageConfig.commands", words)).violations) == 1
    # A document that is cut off could not be read.
    assert check(ID, task(command=["sh", "-c", secret + filler])).is_clean
