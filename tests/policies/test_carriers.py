"""What goes where nobody marks anything secret: environments, headers, scripts and plain parameters."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.engine.decode import UNKNOWN_SENTINELS
from policypack.model import Resource
from policypack.policies import carriers
from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource
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
    :param path: to its map, or to its list of entries; behind a colon, the path within a JSON document.
    :param fix: a part of the fix.
    :param key: the key of an entry's name, where it has a list.
    """

    type_: str
    path: str
    fix: str
    key: str = ""

    def with_(self, name: Any, value: Any, **more: Any) -> Resource:
        """The resource with this name and value, the second of two."""
        if self.key:
            entries: Any = [{self.key: "LOG_LEVEL", "value": "info"}, {self.key: name, "value": value, **more}]
        else:
            entries = {"LOG_LEVEL": "info", name: value}
        return self.filled(entries)

    def filled(self, entries: Any) -> Resource:
        """The resource with something in the place of its names with values."""
        top, _, inner = self.path.partition(":")
        if inner:
            document = {inner: entries}
            return resource(self.type_, **{top: [document] if top == "containerDefinitions" else document})
        head, *steps = top.split(".")
        for step in reversed(steps):
            entries = {step: entries}
        return resource(self.type_, **{self.top: [entries] if head.endswith("[]") else entries})

    def found(self, name: str) -> list[str]:
        """Where a finding about that name is."""
        path = (
            self.path.replace("containerDefinitions:", "containerDefinitions[].").replace("[]", "[0]").replace(":", ".")
        )
        return [f"it.{path}[1].value" if self.key else f"it.{path}.{name}"]

    @property
    def top(self) -> str:
        """The top-level property."""
        return self.path.partition(":")[0].partition(".")[0].removesuffix("[]")


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
each_place = pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.type_}-{place.path}")


def unmarked(*resources: Resource, config: Mapping[str, Any] | None = None) -> Decision:
    """pulumi_policy neither knows what is marked secret nor what depends on what: only our own analyzer is asked."""
    return decide(POLICIES[ID], *resources, config=config)


def tells_nothing(decision: Decision) -> bool:
    text = repr(decision)
    return not any(STRONG[start : start + 4] in text for start in range(len(STRONG) - 3))


# Environments, arguments, headers


@each_place
@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("DB_PASSWORD", STRONG, "its name suggests a secret"),
        ("apiKey", STRONG, "its name suggests a secret"),
        ("ENDPOINT", DATABASE, "it is a URL with a password in it"),
        ("SETTING", "ghp_" + STRONG * 2, "it looks like a GitHub personal access token"),
        ("OPTIONS", f'{{"password": "{STRONG}"}}', "it contains a value whose name suggests a secret"),
    ],
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


@each_place
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", SECRET_ARN),
        ("DB_SECRET", "prod/orders/db"),
        ("DB_PASSWORD", "/prod/orders/db-password"),
        ("DB_PASSWORD", "{{resolve:secretsmanager:prod/orders}}"),
        ("DB_PASSWORD", ""),
        ("DB_PASSWORD", None),
        ("DB_PASSWORD_FILE", "/run/secrets/db"),
        ("TOKEN_TTL", "3600"),
        ("DB_HOST", "orders.cluster-c1.eu-west-1.rds.amazonaws.com"),
    ],
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
    for marked in (
        place.with_("DB_PASSWORD", Secret(STRONG)),
        resource(place.type_, **{place.top: Secret(place.with_("DB_PASSWORD", STRONG).declared[place.top])}),
    ):
        decision = unmarked(marked)
        assert decision.violations == place.found("DB_PASSWORD")
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
    assert check(ID, resource(ECS.type_, containerDefinitions=document)).is_clean


# Scripts

SCRIPTS = [
    ("aws:ec2/instance:Instance", "userData"),
    ("aws:ec2/instance:Instance", "userDataBase64"),
    ("aws:ec2/launchConfiguration:LaunchConfiguration", "userData"),
    ("aws:ec2/launchConfiguration:LaunchConfiguration", "userDataBase64"),
    ("aws:ec2/launchTemplate:LaunchTemplate", "userData"),
    ("aws:ec2/spotInstanceRequest:SpotInstanceRequest", "userData"),
    ("aws:ec2/spotInstanceRequest:SpotInstanceRequest", "userDataBase64"),
    ("aws:lightsail/instance:Instance", "userData"),
]
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
    decision = check(ID, resource(type_, **{path: script}))
    assert decision.violations == [f"it.{path}"]
    assert decision.messages[0].startswith(f"{path} contains a value whose name suggests a secret in line 3.\nFix")
    assert "aws secretsmanager get-secret-value" in decision.messages[0]
    assert unmarked(resource(type_, **{path: Secret(script)})).messages == decision.messages
    assert tells_nothing(decision)
    assert script[:12] not in repr(decision)


@each_script
def test_a_script_that_reads_its_secrets_passes(type_: str, path: str) -> None:
    right = (
        "#!/bin/bash\nexport DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id db --query SecretString)\n"
    )
    for script in (right, base64(right), zipped(right), "", None):
        assert check(ID, resource(type_, **{path: script})).is_clean


@each_script
def test_an_unknown_script_is_undecided_or_made_of_a_password(type_: str, path: str) -> None:
    assert check(ID, resource(type_, **{path: UNKNOWN})).undecided == [f"it.{path}"]
    assert unmarked(CLUSTER, resource(type_, **{path: ref(CLUSTER)})).undecided == [f"it.{path}"]
    decision = unmarked(PASSWORD, resource(type_, **{path: Secret(ref(PASSWORD))}))
    assert (decision.violations, decision.undecided) == ([f"it.{path}"], [])
    assert f"{path} contains the password 'password' in plain text." in decision.messages[0]
    assert "aws secretsmanager get-secret-value" in decision.messages[0]


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
        assert f"{path} contains the password 'password'" in decision.messages[0]


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

ADDRESSES = [(type_, path) for type_, paths in carriers._ADDRESSES.items() for path in paths]
each_address = pytest.mark.parametrize(("type_", "path"), ADDRESSES)


def addressed(type_: str, path: str, value: Any) -> Resource:
    top, *steps = path.split(".")
    for step in reversed(steps):
        value = {step: value}
    return resource(type_, **{top.removesuffix("[]"): [value] if top.endswith("[]") else value})


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
    decision = check(ID, addressed(type_, path, address))
    shown = path.replace("[]", "[0]")
    assert decision.violations == [f"it.{shown}"]
    assert decision.messages[0].startswith(f"{shown} is stored in plain text, and {reason}.\nFix: Remove the secret")
    assert tells_nothing(decision)
    # Nobody can do more than to mark it where the service takes it nowhere else.
    assert unmarked(addressed(type_, path, Secret(address))).is_clean


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
    assert check(ID, addressed(type_, path, address)).is_clean


# The tables

TABLE = [(type_, carrier) for type_, rows in carriers._CARRIERS.items() for carrier in rows]


def test_every_row_is_tested_here() -> None:
    assert {(type_, carrier.path) for type_, carrier in TABLE} == {(place.type_, place.path) for place in PLACES}
    assert {(type_, path) for type_, paths in carriers._SCRIPTS.items() for path in paths} == set(SCRIPTS)


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


@each_script
def test_the_sdk_has_every_script(type_: str, path: str) -> None:
    assert all(sdk_schema.has_path(token, path) for token in tokens(type_))
