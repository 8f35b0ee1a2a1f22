"""Policies about where secrets come from."""

import json
from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.model import Context, Place, Resource, ResourceOptions, Stack
from policypack.policies import secrets
from policypack.policy import Policy
from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource
from policypack.verdict import Undecided, Violation
from tests.support import POLICIES, SilentProgram, check, on_stack
from tools import sdk_schema

DATABASE = "aws:rds/instance:Instance"
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
    info = Context("shop", "dev", config={"shop:password": STRONG}, config_secret_keys=secret_keys)
    decision = check("no-hardcoded-credentials", resource(DATABASE, with_context=info, password=Secret(STRONG)))
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


@pytest.mark.parametrize(
    ("type_", "password"),
    [(type_, password) for type_, (passwords, _) in secrets._MASTER_PASSWORDS.items() for password in passwords],
)
def test_every_main_password_has_to_come_from_a_configured_source(type_: str, password: str) -> None:
    database = resource(type_, **{password: Secret(ref(PASSWORD))})
    elsewhere = "created" if password.endswith("Wo") else "fetched"
    decision = check("secret-sourcing", PASSWORD, database, config={"allowed": [elsewhere]})
    assert decision.violations == [f"it.{password}"]


@pytest.mark.parametrize("type_", secrets._MASTER_PASSWORDS)
def test_every_database_has_both_ways_to_take_its_password(type_: str) -> None:
    """The SDK says which there are."""
    marked = {name for name in sdk_schema.secret_inputs(type_) if "assword" in name or "Token" in name}
    assert set(secrets._MASTER_PASSWORDS[type_][0]) == marked


def test_the_message_says_how_to_take_it_from_the_allowed_source() -> None:
    config = {"allowed": ["managed"]}
    [message] = check("secret-sourcing", resource(DATABASE, password=Secret(STRONG)), config=config).messages
    assert "password is fetched from outside the stack; this stack requires that it is managed by AWS." in message
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


# The source of the program


class FakeSource(SilentProgram):
    """Stands for the source of a program in which one value is written at some places."""

    def __init__(self, *places: str, value: str = STRONG, note: str = "") -> None:
        self._places = tuple(Place(file, int(line)) for file, _, line in (place.partition(":") for place in places))
        self._value = value
        self.note = note
        self.declared: list[str] = []

    def places(self, value: str) -> tuple[Place, ...]:
        self.declared.append(value)
        return self._places if value == self._value else ()


NOTE = "of the program's files, 2 were not searched"


def written_in(source: Any, type_: str = DATABASE, /, **properties: Any) -> Resource:
    """A resource of the program with this source."""
    return resource(type_, with_context=Context("shop", "dev", program=source), **properties)


def hardcoded(*resources: Resource, config: dict[str, Any] | None = None) -> Decision:
    """pulumi_policy knows no source: only our own analyzer is asked."""
    decision = decide(HARDCODED, *resources, config=config)
    assert not any(STRONG[start : start + 4] in repr(decision) for start in range(len(STRONG) - 3))
    return decision


def test_a_password_that_stands_in_the_programs_source_is_found_with_its_place() -> None:
    decision = hardcoded(written_in(FakeSource("app/db.py:12"), password=Secret(STRONG)))
    assert decision.violations == ["it.password"]
    assert decision.messages[0].startswith("password is hardcoded in the program: app/db.py:12.\nFix: Let AWS")
    assert "manageMasterUserPassword to true" in decision.messages[0]


def test_the_resource_alone_is_enough_to_find_it_in_the_source() -> None:
    alone = written_in(FakeSource("app/db.py:12"), password=Secret(STRONG))
    [finding] = HARDCODED.check(alone, HARDCODED.config_type())
    assert isinstance(finding, Violation)


def test_of_many_places_the_first_three_are_told() -> None:
    places = [f"app/{name}.py:{line}" for line, name in enumerate("abcde", 1)]
    for count, shown in (
        (2, "program: app/a.py:1 and app/b.py:2."),
        (5, "program: app/a.py:1 and app/b.py:2 and app/c.py:3."),
    ):
        [message] = hardcoded(written_in(FakeSource(*places[:count]), password=Secret(STRONG))).messages
        assert shown in message


def test_an_element_of_a_list_and_an_entry_of_a_document_are_looked_up() -> None:
    source = FakeSource("index.ts:3")
    user = written_in(source, "aws:elasticache/user:User", passwords=[Secret("Hq4mWz8LrN2vKx7TbJ9s"), Secret(STRONG)])
    assert hardcoded(user).violations == ["it.passwords[1]"]
    content = f'{{"username": "orders", "db": {{"password": "{STRONG}"}}}}'
    version = written_in(source, "aws:secretsmanager/secretVersion:SecretVersion", secretString=Secret(content))
    [message] = hardcoded(version).messages
    assert message.startswith("secretString (its key 'password') is hardcoded in the program: index.ts:3.")


def test_what_does_not_stand_in_the_source_passes() -> None:
    source = FakeSource("app/db.py:12", value="something else")
    assert hardcoded(written_in(source, password=Secret(STRONG))).is_clean
    assert set(source.declared) == {STRONG}


@pytest.mark.parametrize("value", [None, "", UNKNOWN, Secret(UNKNOWN)])
def test_nothing_is_looked_up_where_there_is_no_value(value: Any) -> None:
    source = FakeSource("app/db.py:12", value="", note=NOTE)
    assert hardcoded(written_in(source, password=value)).is_clean
    assert source.declared == []


def test_the_line_of_the_program_is_a_part_of_the_finding() -> None:
    database = written_in(FakeSource("app/db.py:12"), password=Secret(STRONG))
    [finding] = HARDCODED.check(database, HARDCODED.config_type())
    assert isinstance(finding, Violation)
    assert finding.line == Place("app/db.py", 12)


def test_the_source_is_not_searched_where_the_config_says_so() -> None:
    source = FakeSource("app/db.py:12", note=NOTE)
    config = {"readSource": False}
    assert hardcoded(written_in(source, password=Secret(STRONG)), config=config).is_clean
    assert hardcoded(written_in(source, password=Secret(HUMAN)), config=config).violations == ["it.password"]
    assert source.declared == []
    with pytest.raises(ConfigError, match="config key 'readSource': \"no\" is not allowed; it must be true or false"):
        hardcoded(config={"readSource": "no"})


def test_where_a_part_of_the_source_was_not_searched_a_strong_value_is_undecided() -> None:
    database = written_in(FakeSource(note=NOTE), password=Secret(STRONG))
    decision = hardcoded(database)
    assert (decision.violations, decision.undecided) == ([], ["it.password"])
    [finding] = on_stack(HARDCODED, Stack([database], database.context), HARDCODED.config_type())
    assert isinstance(finding, Undecided)
    assert finding.question == NOTE


def test_other_evidence_counts_whatever_was_not_searched() -> None:
    found = hardcoded(written_in(FakeSource("app/db.py:12", note=NOTE), password=Secret(STRONG)))
    assert "app/db.py:12" in found.messages[0]
    assert "easy to guess" in hardcoded(written_in(FakeSource(note=NOTE), password=Secret(HUMAN))).messages[0]
    assert "not marked secret" in hardcoded(written_in(FakeSource(note=NOTE), password=STRONG)).messages[0]


@pytest.mark.parametrize("made", [STRONG, SHORT, HUMAN], ids=["strong", "short", "like a person's"])
@pytest.mark.parametrize("note", ["", NOTE])
def test_after_an_update_what_a_resource_made_passes(made: str, note: str) -> None:
    database = written_in(FakeSource(note=note), password=Secret(ref(PASSWORD, made)))
    assert hardcoded(PASSWORD, database).is_clean


def test_what_is_written_in_the_source_passes_for_made_by_no_resource() -> None:
    database = written_in(FakeSource("app/db.py:12"), password=Secret(ref(PASSWORD, STRONG)))
    assert hardcoded(database, PASSWORD).violations == ["it.password"]


@pytest.mark.parametrize(
    ("secret_keys", "messages"),
    [(frozenset({"shop:password"}), []), (frozenset(), ["password equals the stack's config value 'shop:password'"])],
)
def test_what_the_config_says_of_a_value_counts_before_the_source(
    secret_keys: frozenset[str], messages: list[str]
) -> None:
    source: Any = FakeSource("app/db.py:12", note=NOTE)
    info = Context("shop", "dev", config={"shop:password": STRONG}, config_secret_keys=secret_keys, program=source)
    decision = hardcoded(resource(DATABASE, with_context=info, password=Secret(STRONG)))
    assert [message.split(",")[0] for message in decision.messages] == messages
    assert decision.undecided == []


# Generators whose results are no secrets


GENERATORS = [("RandomString", "result"), ("RandomPet", "id"), ("RandomId", "hex"), ("RandomInteger", "result")]


@pytest.mark.parametrize(("name", "output"), GENERATORS)
def test_a_generator_that_keeps_nothing_secret_makes_no_passwords(name: str, output: str) -> None:
    made = "48151623" if name == "RandomInteger" else "Qm7xVt2hLs9wPd4e"
    maker = resource(f"random:index/{name[0].lower()}{name[1:]}:{name}", "maker", with_outputs={output: made})
    for value in (made, f"a{made}!"):
        decision = hardcoded(maker, resource(DATABASE, password=Secret(ref(maker, value))))
        assert decision.violations == ["it.password"]
        assert (
            "password is the result of a resource whose results the stack's state stores in plain"
            in decision.messages[0]
        )
        assert "Fix: Use a random.RandomPassword instead" in decision.messages[0]
    # What it made is not known yet, or is no part of the password.
    unmade = hardcoded(maker, resource(DATABASE, password=Secret(ref(maker))))
    assert (unmade.violations, unmade.undecided) == ([], ["it.password"])
    assert hardcoded(maker, resource(DATABASE, password=Secret(ref(maker, STRONG)))).is_clean
    # Beside what is secret it does no harm.
    joined = resource(DATABASE, password=Secret(ref(PASSWORD, f"{made}{STRONG}")))
    joined.property_dependencies = {"password": (maker.urn, PASSWORD.urn)}
    assert hardcoded(maker, PASSWORD, joined).is_clean
    user = {"username": ref(maker, made), "password": Secret(STRONG)}
    assert hardcoded(maker, resource("aws:mq/broker:Broker", users=[user])).is_clean


# Passwords in URLs


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("postgres://app:Summer2024!@db/app", "the password in secretString"),
        ('{"host": "db", "url": "postgres://app:Summer2024!@db/app"}', "the password in secretString (its key 'url')"),
        ('{"a": [{"url": "redis://:Summer2024%21@cache"}]}', "the password in secretString (its key 'url')"),
    ],
)
def test_a_password_in_a_url_is_judged_by_itself(text: str, where: str) -> None:
    version = resource("aws:secretsmanager/secretVersion:SecretVersion", secretString=Secret(text))
    decision = hardcoded(version)
    assert decision.violations == ["it.secretString"]
    assert decision.messages[0].startswith(f"{where} is easy to guess")
    assert "Summer" not in decision.messages[0]


@pytest.mark.parametrize("password", [STRONG, "${DB_PASSWORD}", "<password>", ""])
def test_a_url_may_have_a_password_that_nobody_made_up(password: str) -> None:
    text = f'{{"url": "postgres://app:{password}@db/app"}}'
    assert hardcoded(resource("aws:secretsmanager/secretVersion:SecretVersion", secretString=Secret(text))).is_clean


def test_a_url_that_stands_in_the_source_is_found() -> None:
    url = f"postgres://app:{STRONG}@db/app"
    source: Any = FakeSource("app/db.py:12", value=url)
    content = Secret(f'{{"url": "{url}"}}')
    decision = hardcoded(written_in(source, "aws:secretsmanager/secretVersion:SecretVersion", secretString=content))
    assert decision.messages[0].startswith("secretString (its key 'url') is hardcoded in the program: app/db.py:12.")


# What is replaced by hand


@pytest.mark.parametrize(
    ("ignored", "level"), [((), None), (("secretString",), "advisory"), (("*",), "advisory"), (("secret",), None)]
)
@pytest.mark.parametrize("source", [FakeSource(), FakeSource("app.py:3", value="CHANGEME")])
def test_what_the_program_does_not_change_again_is_advice(
    source: Any, ignored: tuple[str, ...], level: str | None
) -> None:
    info = Context("shop", "dev", program=source)
    version = resource(
        "aws:secretsmanager/secretVersion:SecretVersion",
        with_context=info,
        with_options=ResourceOptions(ignore_changes=ignored),
        secretString=Secret("CHANGEME"),
    )
    stack = Stack([version], info)
    [finding] = on_stack(HARDCODED, stack, secrets.CredentialsConfig())
    assert isinstance(finding, Violation)
    assert finding.level == level
    assert ("make sure that the value has been replaced" in finding.fix) == bool(level)


def test_changes_may_be_ignored_within_a_property() -> None:
    for path in ("users", "users[0]", "users[0].password"):
        broker = resource(
            "aws:mq/broker:Broker",
            with_options=ResourceOptions(ignore_changes=(path,)),
            users=[{"password": Secret("CHANGEME")}],
        )
        [finding] = on_stack(HARDCODED, Stack([broker], broker.context), secrets.CredentialsConfig())
        assert isinstance(finding, Violation)
        assert finding.level == "advisory"


# Parameters of connections


@pytest.mark.parametrize("where", ["invocationHttpParameters", "oauth.oauthHttpParameters"])
@pytest.mark.parametrize("part", ["headers", "queryStrings", "bodies"])
@pytest.mark.parametrize(("kept", "found"), [(True, 1), (False, 0), (None, 0)])
def test_a_parameter_that_a_connection_keeps_secret_is_a_credential(
    where: str, part: str, kept: bool | None, found: int
) -> None:
    entries = [
        {"key": key, "value": Secret("Sommer2026!"), "isValueSecret": kept} for key in ("grant_type", "client_secret")
    ]
    parameters: Any = {part: entries}
    for step in reversed(where.split(".")):
        parameters = {step: parameters}
    connection = resource("aws:cloudwatch/eventConnection:EventConnection", authParameters=parameters)
    assert len(hardcoded(connection).violations) == found


# Explicit providers

AWS = "pulumi:providers:aws"
KEY_ID, SECRET_KEY = "AKIA" + "Q2W3E4R5T6Y7U2I3", "k3Xv/Tq9ZrLw7bNs2YdFhGm4Pc6Rt8UjWa5Ez1Bo"


def provided(type_: str = AWS, /, *, with_context: Any = None, **properties: Any) -> Decision:
    """What is decided of a provider with these properties."""
    decision = hardcoded(resource(type_, with_context=with_context, **properties))
    assert SECRET_KEY[:6] not in repr(decision)
    return decision


def test_a_literal_secret_key_of_a_provider_is_found_by_all_that_speaks_against_it() -> None:
    decision = provided(accessKey=KEY_ID, secretKey=SECRET_KEY)
    assert decision.violations == ["it.secretKey"]
    assert "secretKey is not marked secret" in decision.messages[0]
    source: Any = FakeSource("__main__.py:7", value=SECRET_KEY)
    for context in (Context("shop", "dev", program=source), Context("shop", "dev", program=FakeSource())):
        marked = provided(with_context=context, accessKey=Secret(KEY_ID), secretKey=Secret(SECRET_KEY))
        assert marked.violations == (["it.secretKey"] if context.program is source else [])
        assert all("hardcoded in the program: __main__.py:7." in message for message in marked.messages)
        assert all("deactivate the access key in IAM" in message for message in marked.messages)


@pytest.mark.parametrize("key", ["aws:secretKey", "shop:deployKey"])
def test_a_secret_key_of_plain_config_is_found(key: str) -> None:
    plain = Context("shop", "dev", config={key: SECRET_KEY})
    [message] = provided(with_context=plain, secretKey=Secret(SECRET_KEY)).messages
    assert f"secretKey equals the stack's config value '{key}', which is stored in plain text." in message
    encrypted = Context("shop", "dev", config={key: SECRET_KEY}, config_secret_keys=frozenset({key}))
    assert provided(with_context=encrypted, secretKey=Secret(SECRET_KEY)).is_clean


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"region": "eu-west-1", "defaultTags": '{"tags": {"Project": "shop"}}'},
        {"profile": "deploy"},
        {"accessKey": Secret(KEY_ID)},
        {"secretKey": ""},
        {"secretKey": Secret(SECRET_KEY), "token": Secret(STRONG)},
        {"secretKey": Secret(UNKNOWN)},
        {"assumeRoles": '[{"roleArn": "arn:aws:iam::111122223333:role/deploy"}]'},
        {"assumeRoleWithWebIdentity": '{"webIdentityTokenFile": "/var/run/token", "roleArn": "arn:aws:iam::1:role/a"}'},
        {"assumeRoleWithWebIdentity": "{"},
    ],
    ids=str,
)
def test_a_provider_without_literal_credentials_passes(properties: dict[str, Any]) -> None:
    assert provided(**properties).is_clean


PROVIDER_INPUTS = [(type_, path) for type_, paths in secrets._PROVIDERS.items() for path in paths]


@pytest.mark.parametrize(("type_", "path"), PROVIDER_INPUTS)
def test_every_credential_of_a_provider_is_looked_at(type_: str, path: str) -> None:
    top, *steps = path.split(".")
    value: Any = HUMAN
    for step in reversed(steps):
        value = {step: value}
    whole = [value] if top.endswith("[]") else value
    top = top.removesuffix("[]")
    shown = path.replace("[]", "[0]")
    assert provided(type_, **{top: Secret(whole)}).violations == [f"it.{shown}"]
    # The engine sends what is no text as JSON.
    if not isinstance(whole, str):
        assert provided(type_, **{top: Secret(json.dumps(whole))}).violations == [f"it.{shown}"]


def test_the_sdk_has_every_credential_of_its_provider() -> None:
    paths = secrets._PROVIDERS[AWS]
    assert all(sdk_schema.has_path(AWS, path) for path in paths)
    assert sdk_schema.secret_inputs(AWS) - {path.partition(".")[0] for path in paths} == {"accessKey"}


# What the engine is told to keep secret


def told(*names: str) -> ResourceOptions:
    return ResourceOptions(additional_secret_outputs=names)


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        ("aws:lambda/permission:Permission", "eventSourceToken"),
        ("aws:workspaces/workspace:Workspace", "volumeEncryptionKey"),
    ],
)
def test_what_the_engine_is_told_to_keep_secret_is_looked_at_in_any_type(type_: str, name: str) -> None:
    written = {name: Secret("Sommer2026!")}
    decision = hardcoded(resource(type_, with_options=told(name), **written))
    assert decision.violations == [f"it.{name}"]
    assert f"{name} is easy to guess" in decision.messages[0]
    assert hardcoded(resource(type_, with_options=told(name), **{name: Secret(STRONG)})).is_clean
    assert hardcoded(resource(type_, with_options=told(name))).is_clean
    assert hardcoded(resource(type_, **written)).is_clean


def test_outputs_that_no_name_tells_to_be_credentials_are_left_alone() -> None:
    certificate = resource("aws:iot/certificate:Certificate", with_options=told("caPem"), caPem="-----BEGIN")
    assert hardcoded(certificate).is_clean


def test_one_finding_each_where_the_engine_and_the_table_name_the_same() -> None:
    database = resource(DATABASE, with_options=told("password", "passwordWo"), password=Secret("Sommer2026!"))
    assert hardcoded(database).violations == ["it.password"]
    user = resource("aws:elasticache/user:User", with_options=told("passwords"), passwords=[Secret("Sommer2026!")])
    assert hardcoded(user).violations == ["it.passwords[0]"]


def test_a_password_that_aws_manages_is_reported_where_it_has_to_come_from_elsewhere() -> None:
    managed = resource(DATABASE, manageMasterUserPassword=True)
    decision = check("secret-sourcing", managed, config={"allowed": ["fetched"]})
    assert decision.violations == ["it.manageMasterUserPassword"]
    assert "password is managed by AWS; this stack requires that it is fetched" in decision.messages[0]
    assert "Fix: Read it with aws.secretsmanager.getSecretVersion." in decision.messages[0]
    assert check("secret-sourcing", managed, config={"allowed": ["managed", "created"]}).is_clean
