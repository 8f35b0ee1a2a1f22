"""Where passwords and keys come from. That a value is marked secret proves nothing: a literal can be marked, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Annotated, Final, Literal

from msgspec import Meta

from policypack.config import Config, SourceConfig
from policypack.data.credential_inputs import CREDENTIAL_INPUTS
from policypack.model import Resource, Value
from policypack.policy import EVERY_AWS_TYPE, resource_policy
from policypack.secret_detection import (
    LITERALS,
    Evidence,
    Origin,
    evidence,
    is_secret_name,
    url_password,
)
from policypack.verdict import Level, Undecided, Verdict, Verdicts, Violation

_PLACEHOLDER_FIX: Final = (
    "The program does not update this property (ignoreChanges): make sure that the value has been replaced where it is "
    "in use."
)
_EVENT_CONNECTION: Final = "aws:cloudwatch/eventConnection:EventConnection"
_PARAMETERS_OF_CONNECTIONS: Final = tuple(
    f"authParameters.{where}.{part}[]"
    for where in ("invocationHttpParameters", "oauth.oauthHttpParameters")
    for part in ("headers", "queryStrings", "bodies")
)
_PROVIDERS: Final[Mapping[str, tuple[str, ...]]] = {
    f"pulumi:providers:{name}": tuple(inputs.split())
    for name, inputs in {
        # The id of the access key is no secret: the secret key is.
        "aws": "secretKey token assumeRoleWithWebIdentity.webIdentityToken",
        "aws-native": "secretKey token assumeRoleWithWebIdentity.webIdentityToken",
        "auth0": "apiToken clientSecret",
        "azure": "clientSecret clientCertificatePassword",
        "azure-native": "clientSecret clientCertificatePassword",
        "azuread": "clientSecret clientCertificatePassword",
        "cloudflare": "apiKey apiToken apiUserServiceKey",
        "confluentcloud": "cloudApiSecret kafkaApiSecret schemaRegistryApiSecret",
        "databricks": "token password clientSecret azureClientSecret",
        "datadog": "apiKey appKey",
        "digitalocean": "token spacesSecretKey",
        "docker": "registryAuth[].password",
        "fastly": "apiKey",
        "gcp": "accessToken credentials",
        "github": "token appAuth.pemFile",
        "gitlab": "token",
        "grafana": "auth cloudAccessPolicyToken",
        "kafka": "saslPassword",
        "keycloak": "clientSecret password",
        "launchdarkly": "accessToken",
        "mongodbatlas": "privateKey secretAccessKey",
        "mysql": "password",
        "newrelic": "apiKey adminApiKey",
        "okta": "accessToken apiToken privateKey",
        "opsgenie": "apiKey",
        "pagerduty": "token userToken",
        "postgresql": "password",
        "pulumiservice": "accessToken",
        "rabbitmq": "password",
        "snowflake": "password token privateKey privateKeyPassphrase oauthClientSecret",
        "vault": "token",
    }.items()
}
"""The credentials that explicit providers take. https://www.pulumi.com/registry/ documents each provider's inputs."""
_AWS_PROVIDERS: Final = ("pulumi:providers:aws", "pulumi:providers:aws-native")
_PROVIDER_FIX: Final = (
    "Remove it from the program (marking it secret does not hide it in the source) and deactivate the access key in "
    "IAM. Let the provider use the credentials of its environment (a profile, or a role by OpenID Connect in CI), with "
    "assumeRoles for another account."
)
_LONGEST_SECRET: Final = 65_536
"""
Characters of a secret that is looked into: AWS Secrets Manager takes no longer one.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
"""
_MOST_SECRETS: Final = 100
"""Entries of one secret that are judged, each of which may be searched for in the program's source."""
_LONGEST_KEY: Final = 40
_MOST_PLACES: Final = 3
_GENERIC_FIX: Final = (
    "Remove the value from the program (marking it secret does not hide it in the source) and change it where it is in "
    "use. Create it with a random.RandomPassword, or read it with aws.secretsmanager.getSecretVersion."
)


class CredentialsConfig(SourceConfig):
    """Config of no-hardcoded-credentials."""


@resource_policy(
    id="no-hardcoded-credentials",
    title="Passwords and keys are not hardcoded in the program or its plaintext config",
    types=(*CREDENTIAL_INPUTS, *_PROVIDERS, EVERY_AWS_TYPE),
    severity="critical",
    fix=_GENERIC_FIX,
    url="https://www.pulumi.com/docs/iac/concepts/secrets/",
)
def no_hardcoded_credentials(resource: Resource, config: CredentialsConfig) -> Verdicts:
    """
    Everybody who can read the repository can read the password, also in its history after it has been removed. Marking
    a value secret encrypts it in the stack's state, but does not hide it in the source.
    """
    if resource.type == "aws:ssm/parameter:Parameter" and not _is_secret_parameter(resource):
        return
    fix = _fix_of(resource.type)
    for value in _places(resource):
        for where, text in islice(_secrets_in(value), _MOST_SECRETS):
            found = evidence(value, text, read_source=config.read_source)
            if finding := _judged(value, where, found, fix):
                yield finding
                break
        else:
            if value.is_unknown and evidence(value, "", read_source=False).origin == Origin.UNCLEAR:
                yield Undecided(value, "is a part of it hardcoded in the program?")


def _fix_of(type_: str) -> str:
    """How the type gets its credential instead."""
    managed = _MASTER_PASSWORDS.get(type_, ((), ""))[1]
    if managed:
        return f"Let AWS manage it: set {managed} to true and remove it. Or: {_GENERIC_FIX}"
    return _PROVIDER_FIX if type_ in _AWS_PROVIDERS else _GENERIC_FIX


def _places(resource: Resource) -> Iterator[Value]:
    """The properties that take credentials: those known for the type, and those declared as secret outputs."""
    known = CREDENTIAL_INPUTS.get(resource.type) or _PROVIDERS.get(resource.type, ())
    for path in known:
        yield from _each_of_provider(resource, path) if resource.type in _PROVIDERS else resource.each(path)
    tops = {path.partition(".")[0].removesuffix("[]") for path in known}
    if resource.type == _EVENT_CONNECTION:
        for path in _PARAMETERS_OF_CONNECTIONS:
            secret = (each for each in resource.each(path) if each.get("isValueSecret").is_true)
            yield from (each.get("value") for each in secret if is_secret_name(each.get("key").text))
    for name in resource.options.additional_secret_outputs:
        if is_secret_name(name) and name not in tops:
            yield resource.get(name)


def _each_of_provider(provider: Resource, path: str) -> Iterator[Value]:
    """What a provider has at a path. The engine sends each of its properties that is no text as JSON."""
    head, _, rest = path.partition(".")
    top = provider.get(head.removesuffix("[]"))
    document = top.json() if rest else top
    elements = [element for _, element in document.entries()] if head.endswith("[]") else [document]
    return (element.get(rest) if rest else element for element in elements)


def _is_secret_parameter(parameter: Resource) -> bool:
    """Whether an SSM parameter is a password or key. Not every SecureString is one."""
    names = (parameter.get("name").text, parameter.name)
    return parameter.get("type").text == "SecureString" and any(map(is_secret_name, names))


def _secrets_in(value: Value) -> Iterator[tuple[str, str]]:
    """
    Each secret in a value, with its place: the whole value, or those entries of a JSON object whose names suggest
    secrets or that are URLs with a password. Secrets Manager's secrets often are such objects.
    """
    is_document = len(value.text) <= _LONGEST_SECRET and value.text.lstrip().startswith(("{", "["))
    document = value.json() if is_document or value.is_unknown else None
    if document is None or document.is_absent or document.is_unknown:
        yield from _in_text(value.path, value.as_written_text.text, is_secret=True)
        return
    containers = [document]
    while containers:
        for key, entry in containers.pop().entries():
            where = f"{value.path} (its key {key!r})" if len(key) <= _LONGEST_KEY else value.path
            yield from _in_text(where, entry.text, is_secret=is_secret_name(key))
            containers.append(entry)


def _in_text(where: str, text: str, *, is_secret: bool) -> Iterator[tuple[str, str]]:
    password = url_password(text[:_LONGEST_SECRET])
    if password:
        yield f"the password in {where}", password
    if text and (is_secret or password):
        yield where, text


def _judged(value: Value, where: str, found: Evidence, fix: str) -> Verdict | None:
    """The finding about a secret that is hardcoded, or may be; none where nothing suggests it."""
    level: Level | None = None
    if any(_is_within(value.path, path) for path in value.resource.options.ignore_changes):
        # The program says that its value, such as "CHANGEME", is replaced later.
        level, fix = "advisory", _PLACEHOLDER_FIX
    match found.origin:
        case Origin.PLAIN_CONFIG:
            key = found.plain_keys[0]
            return Violation(
                value,
                f"{where} equals the stack's config value {key!r}, which is stored in plain text.",
                fix=f"Change it where it is in use, then set it with `pulumi config set --secret {key}`, or read it "
                "with aws.secretsmanager.getSecretVersion.",
            )
        case Origin.MADE_IN_PLAIN:
            message = f"{where} is the result of a resource whose results the stack's state stores in plain text."
            return Violation(value, message, fix="Use a random.RandomPassword instead: the state encrypts its result.")
        case Origin.UNMARKED:
            return Violation(
                value,
                f"{where} is not marked secret: the stack's state stores it in plain text.",
                fix="If it is fetched or generated, mark it with pulumi.Output.secret (pulumi.secret in TypeScript). "
                "If it is hardcoded in the program, remove it and change it where it is in use.",
            )
        case Origin.IN_SOURCE:
            shown = " and ".join(map(str, found.places[:_MOST_PLACES]))
            message = f"{where} is hardcoded in the program: {shown}."
            return Violation(value, message, fix=fix, level=level, line=found.places[0])
        case Origin.GUESSABLE:
            message = f"{where} is easy to guess, so it was probably made up by a person and hardcoded."
            return Violation(value, message, fix=fix, level=level)
        case Origin.UNCLEAR:
            # Before the stack is known, so are not the resources that may have made it.
            unmade = found.is_made is None
            question = "is it hardcoded, or does a resource of the stack create it?" if unmade else found.unseen
            return Undecided(value, question)
        case _:
            return None


def _is_within(path: str, ignored: str) -> bool:
    """Whether a path is one whose changes the program ignores, or lies within it."""
    return ignored == "*" or path == ignored or path.startswith((f"{ignored}.", f"{ignored}["))


Sourcing = Literal["managed", "fetched", "created"]

# The main password of databases and caches: the properties that take it, and the one with which AWS manages it.
_MASTER_PASSWORDS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "aws:docdb/cluster:Cluster": (("masterPassword", "masterPasswordWo"), "manageMasterUserPassword"),
    "aws:elasticache/replicationGroup:ReplicationGroup": (("authToken", "authTokenWo"), ""),
    "aws:rds/cluster:Cluster": (("masterPassword", "masterPasswordWo"), "manageMasterUserPassword"),
    "aws:rds/instance:Instance": (("password", "passwordWo"), "manageMasterUserPassword"),
    "aws:redshift/cluster:Cluster": (("masterPassword", "masterPasswordWo"), "manageMasterPassword"),
    "aws:redshiftserverless/namespace:Namespace": (("adminUserPassword", "adminUserPasswordWo"), "manageAdminPassword"),
}
_SOURCE_WORDS: Final[Mapping[str, str]] = {
    "managed": "managed by AWS",
    "fetched": "fetched from outside the stack",
    "created": "created in the stack",
}
_SOURCE_FIXES: Final[Mapping[Sourcing, str]] = {
    "managed": "set {managed} to true and remove {password}",
    "fetched": "read it with aws.secretsmanager.getSecretVersion",
    "created": "create it with a random.RandomPassword and keep it in an aws.secretsmanager.SecretVersion",
}


class SourcingConfig(Config):
    """Config of secret-sourcing."""

    allowed: Annotated[
        tuple[Sourcing, ...],
        Meta(
            min_length=1,
            description="Where passwords may come from: managed by AWS, fetched from an existing secret, created "
            "in the stack.",
        ),
    ] = ("managed", "fetched", "created")


@resource_policy(
    id="secret-sourcing",
    title="Database and cache passwords come from an allowed source",
    needs_stack=True,
    types=_MASTER_PASSWORDS,
    severity="high",
    fix="Take the password from an allowed source.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html",
)
def secret_sourcing(resource: Resource, config: SourcingConfig) -> Verdicts:
    """
    A fetched password has to exist before the first update, a created one stays in the stack's state, and one that AWS
    manages is rotated automatically. A team that mixes them finds out which is which when a deployment fails or a
    password leaks.
    """
    passwords, managed = _MASTER_PASSWORDS[resource.type]
    if managed and resource.get(managed).is_true and Origin.MANAGED.value not in config.allowed:
        yield _elsewhere(resource.get(managed), Origin.MANAGED, passwords[0], managed, config)
    for password in map(resource.get, passwords):
        if password.is_unset:
            continue
        origin = evidence(password, password.text, read_source=False).origin
        if origin == Origin.UNCLEAR:
            yield Undecided(password, "where does it come from?")
        # Hardcoded passwords are reported by no-hardcoded-credentials.
        elif origin not in LITERALS and origin.value not in config.allowed:
            yield _elsewhere(password, origin, password.path, managed, config)


def _elsewhere(at: Value, origin: Origin, password: str, managed: str, config: SourcingConfig) -> Violation:
    """A password that comes from a source that this stack does not allow."""
    fixes = [
        _SOURCE_FIXES[allowed].format(managed=managed, password=password)
        for allowed in config.allowed
        if allowed != "managed" or managed
    ]
    wanted = " or ".join(_SOURCE_WORDS[allowed] for allowed in config.allowed)
    return Violation(
        at,
        f"{password} is {_SOURCE_WORDS[origin]}; this stack requires that it is {wanted}.",
        fix=f"{fixes[0][0].upper()}{', or '.join(fixes)[1:]}." if fixes else "",
    )
