"""Policies about where secrets come from."""

from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.data.twins import CANONICAL_TYPES
from policypack.policies import secrets
from policypack.policy import Policy
from policypack.stack import StackInfo
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.support import POLICIES, check
from tools import sdk_schema

DATABASE = "aws:rds/instance:Instance"
OTHER_TOKENS = {
    # Handles of AWS's own and keys of whole applications, not passwords of a program.
    "aws:pinpoint/apnsChannel:ApnsChannel",
    "aws:pinpoint/apnsSandboxChannel:ApnsSandboxChannel",
    "aws:pinpoint/apnsVoipChannel:ApnsVoipChannel",
    "aws:pinpoint/apnsVoipSandboxChannel:ApnsVoipSandboxChannel",
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2",
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
    "aws:sns/platformApplication:PlatformApplication",
    "aws:transfer/certificate:Certificate",
}
STRONG = "kX3vTq9ZrLw7bNs2YdFh"
HUMAN = "TempPassword123!"
PASSWORD = resource("random:index/randomPassword:RandomPassword", "password")
HARDCODED: Policy = POLICIES["no-hardcoded-credentials"]

# One resource for each place where AWS takes a credential.
PLACES: list[tuple[str, str, dict[str, Any]]] = [
    ("aws:acm/certificate:Certificate", "privateKey", {"privateKey": HUMAN}),
    ("aws:amplify/app:App", "oauthToken", {"oauthToken": HUMAN}),
    ("aws:apigateway/apiKey:ApiKey", "value", {"value": HUMAN}),
    (
        "aws:cloudwatch/eventConnection:EventConnection",
        "authParameters.apiKey.value",
        {"authParameters": {"apiKey": {"key": "x-key", "value": HUMAN}}},
    ),
    ("aws:codebuild/sourceCredential:SourceCredential", "token", {"token": HUMAN}),
    ("aws:cognito/user:User", "temporaryPassword", {"temporaryPassword": HUMAN}),
    ("aws:directoryservice/directory:Directory", "password", {"password": HUMAN}),
    ("aws:dms/endpoint:Endpoint", "kafkaSettings.saslPassword", {"kafkaSettings": {"saslPassword": HUMAN}}),
    ("aws:docdb/cluster:Cluster", "masterPassword", {"masterPassword": HUMAN}),
    ("aws:elasticache/replicationGroup:ReplicationGroup", "authToken", {"authToken": HUMAN}),
    ("aws:elasticache/user:User", "passwords[1]", {"passwords": [STRONG, HUMAN]}),
    ("aws:glue/connection:Connection", "connectionProperties.PASSWORD", {"connectionProperties": {"PASSWORD": HUMAN}}),
    (
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        "httpEndpointConfiguration.accessKey",
        {"httpEndpointConfiguration": {"accessKey": HUMAN}},
    ),
    (
        "aws:lb/listener:Listener",
        "defaultActions[0].authenticateOidc.clientSecret",
        {"defaultActions": [{"authenticateOidc": {"clientSecret": HUMAN}}]},
    ),
    ("aws:mq/broker:Broker", "users[0].password", {"users": [{"username": "app", "password": HUMAN}]}),
    (
        "aws:opensearch/domain:Domain",
        "advancedSecurityOptions.masterUserOptions.masterUserPassword",
        {"advancedSecurityOptions": {"masterUserOptions": {"masterUserPassword": HUMAN}}},
    ),
    ("aws:rds/cluster:Cluster", "masterPassword", {"masterPassword": HUMAN}),
    ("aws:rds/instance:Instance", "passwordWo", {"passwordWo": HUMAN}),
    ("aws:redshift/cluster:Cluster", "masterPassword", {"masterPassword": HUMAN}),
    ("aws:redshiftserverless/namespace:Namespace", "adminUserPassword", {"adminUserPassword": HUMAN}),
    ("aws:secretsmanager/secretVersion:SecretVersion", "secretString", {"secretString": HUMAN}),
    ("aws:ssm/parameter:Parameter", "value", {"type": "SecureString", "name": "/shop/db/password", "value": HUMAN}),
]


def mark(value: Any) -> Any:
    """The properties with every string marked secret, as the SDKs mark credentials, literal or not."""
    if isinstance(value, dict):
        return {key: mark(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [mark(inner) for inner in value]
    return Secret(value) if value in (HUMAN, STRONG) else value


@pytest.mark.parametrize(("type_", "path", "properties"), PLACES, ids=lambda place: str(place)[:60])
def test_a_literal_password_is_found_in_every_place(type_: str, path: str, properties: dict[str, Any]) -> None:
    decision = check("no-hardcoded-credentials", resource(type_, **mark(properties)))
    assert decision.violations == [f"it.{path}"]
    assert HUMAN not in decision.messages[0]


def test_the_message_says_why_and_what_to_do() -> None:
    [message] = check("no-hardcoded-credentials", resource(DATABASE, password=Secret(HUMAN))).messages
    assert message.startswith("password ")
    assert "easy to guess" in message
    assert "manageMasterUserPassword" in message
    assert "getSecretVersion" in message


@pytest.mark.parametrize(
    "properties",
    [{}, {"password": ""}, {"password": Secret(STRONG)}, {"password": UNKNOWN}, {"password": Secret(UNKNOWN)}],
    ids=["absent", "empty", "strong and marked", "unknown", "unknown and marked"],
)
def test_what_no_evidence_speaks_against_passes(properties: dict[str, Any]) -> None:
    assert check("no-hardcoded-credentials", resource(DATABASE, **properties)).is_clean


def test_a_value_that_nobody_marked_secret_is_found() -> None:
    decision = decide(HARDCODED, resource(DATABASE, password=STRONG))
    assert decision.violations == ["it.password"]
    assert "not marked secret" in decision.messages[0]
    assert "pulumi.Output.secret" in decision.messages[0]
    assert STRONG not in decision.messages[0]


@pytest.mark.parametrize(
    ("secret_keys", "violations"), [(frozenset(), ["it.password"]), (frozenset({"shop:password"}), [])]
)
def test_a_password_from_config_must_be_secret_there(secret_keys: frozenset[str], violations: list[str]) -> None:
    info = StackInfo("shop", "dev", config={"shop:password": STRONG}, config_secret_keys=secret_keys)
    decision = check("no-hardcoded-credentials", resource(DATABASE, with_info=info, password=Secret(STRONG)))
    assert decision.violations == violations
    assert STRONG not in repr(decision.messages)
    assert all("'shop:password'" in message for message in decision.messages)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (f'{{"username": "admin", "password": "{HUMAN}"}}', True),
        (f'{{"username": "admin", "password": "{STRONG}"}}', False),
        ('{"username": "administrator", "engine": "postgres"}', False),
        (f'{{"broken": "{STRONG}"', False),
        (f'["{STRONG}"]', False),
        (f'{{"db": {{"password": "{HUMAN}"}}}}', True),
        ('{"token_url": "https://example.com/token", "secret_arn": "arn:aws:1", "bypass_mode": "auto"}', False),
        ('{"password_rotation_days": "30"}', False),
        (f'{{"users": [{{"name": "app", "password": "{HUMAN}"}}]}}', True),
    ],
)
def test_passwords_inside_json_secrets_are_found(content: str, found: bool) -> None:
    version = resource("aws:secretsmanager/secretVersion:SecretVersion", secretString=Secret(content))
    decision = check("no-hardcoded-credentials", version)
    assert decision.violations == (["it.secretString"] if found else [])
    assert all("(its key 'password')" in message for message in decision.messages)


@pytest.mark.parametrize(
    ("type_", "name", "violations"),
    [
        ("SecureString", "/shop/db/password", ["it.value"]),
        ("SecureString", "/shop/apiKey", ["it.value"]),
        ("SecureString", "/shop/log-level", []),
        ("SecureString", "/shop/token-url", []),
        ("SecureString", UNKNOWN, []),
        ("String", "/shop/db/password", []),
    ],
)
def test_a_parameter_is_a_credential_by_its_type_and_name(type_: str, name: Any, violations: list[str]) -> None:
    parameter = resource("aws:ssm/parameter:Parameter", type=type_, name=name, value=Secret("postgres"))
    assert check("no-hardcoded-credentials", parameter).violations == violations


SHORT = "hV4kq2Lz"


def test_what_a_resource_made_is_not_judged_by_its_look() -> None:
    assert check("no-hardcoded-credentials", resource(DATABASE, password=Secret(SHORT))).violations == ["it.password"]
    generated = resource(DATABASE, password=Secret(ref(PASSWORD, SHORT)))
    assert decide(HARDCODED, PASSWORD, generated).is_clean


def test_what_is_written_beside_the_output_of_a_resource_is_found_once_that_is_known() -> None:
    cluster = resource("aws:rds/cluster:Cluster", "ledger")
    content = ref(cluster, f'{{"host": "ledger.rds.amazonaws.com", "password": "{HUMAN}"}}')
    version = resource("aws:secretsmanager/secretVersion:SecretVersion", secretString=Secret(content))
    assert decide(HARDCODED, cluster, version).violations == ["it.secretString"]


@pytest.mark.parametrize(
    ("source", "undecided"),
    [
        ("aws:rds/cluster:Cluster", ["it.secretString"]),
        ("aws:secretsmanager/secretVersion:SecretVersion", []),
        ("random:index/randomPassword:RandomPassword", []),
    ],
)
def test_an_unknown_secret_that_nothing_secret_is_in_is_undecided(source: str, undecided: list[str]) -> None:
    other = resource(source, "other")
    version = resource("aws:secretsmanager/secretVersion:SecretVersion", secretString=Secret(ref(other)))
    assert decide(HARDCODED, other, version).undecided == undecided


SOURCES: list[tuple[str, dict[str, Any]]] = [
    ("fetched", {"password": Secret(STRONG)}),
    ("fetched", {"password": Secret(UNKNOWN)}),
    ("created", {"password": Secret(ref(PASSWORD))}),
    ("created", {"password": Secret(ref(PASSWORD, STRONG))}),
    ("managed", {"passwordWo": Secret(STRONG)}),
]


@pytest.mark.parametrize("allowed", ["managed", "fetched", "created"])
@pytest.mark.parametrize(("source", "properties"), SOURCES)
def test_only_the_configured_sources_pass(allowed: str, source: str, properties: dict[str, Any]) -> None:
    database = resource(DATABASE, **properties)
    assert check("secret-sourcing", PASSWORD, database).is_clean
    decision = check("secret-sourcing", PASSWORD, database, config={"allowed": [allowed]})
    assert decision.violations == ([] if source == allowed else [f"it.{next(iter(properties))}"])
    assert STRONG not in repr(decision.messages)


@pytest.mark.parametrize("allowed", ["managed", "fetched", "created"])
def test_a_managed_password_needs_no_source(allowed: str) -> None:
    database = resource(DATABASE, manageMasterUserPassword=True)
    assert check("secret-sourcing", database, config={"allowed": [allowed]}).is_clean


def test_the_message_says_how_to_take_it_from_the_allowed_source() -> None:
    config = {"allowed": ["managed"]}
    [message] = check("secret-sourcing", resource(DATABASE, password=Secret(STRONG)), config=config).messages
    assert "password is fetched from a secret that exists outside of the stack" in message
    assert "manageMasterUserPassword to true" in message


def test_no_source_at_all_is_refused() -> None:
    with pytest.raises(ConfigError, match="'allowed'"):
        check("secret-sourcing", config={"allowed": []})


def test_a_source_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"'allowed\[0\]'.*one of \"created\", \"fetched\", \"managed\""):
        check("secret-sourcing", config={"allowed": ["vault"]})


@pytest.mark.parametrize("text", ["{Summer2024!", "[Summer2024!"])
def test_what_only_looks_like_json_is_a_password(text: str) -> None:
    assert check("no-hardcoded-credentials", resource(DATABASE, password=Secret(text))).violations == ["it.password"]


def test_a_document_nested_too_deep_to_read_fails_nothing() -> None:
    version = resource("aws:secretsmanager/secretVersion:SecretVersion", secretString=Secret('{"a":' * 4000))
    assert len(check("no-hardcoded-credentials", version).violations) <= 1


def test_every_password_and_key_that_the_sdk_knows_is_looked_at() -> None:
    known = {
        (type_, path.split(".")[0].removesuffix("[]"))
        for type_, paths in secrets._CREDENTIALS.items()
        for path in paths
    }
    looks_secret = secrets._is_secret_name
    of_the_sdk = {
        (CANONICAL_TYPES.get(type_, type_), name)
        for type_ in sdk_schema.resource_types()
        if type_.startswith("aws:") and type_ not in OTHER_TOKENS
        for name in sdk_schema.secret_inputs(type_)
        if looks_secret(name.removesuffix("Wo"))
    }
    assert of_the_sdk - known == set()
