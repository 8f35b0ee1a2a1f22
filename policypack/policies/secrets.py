"""Secrets: where they come from. That a value is marked secret proves nothing: a literal can be marked too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta

from policypack.config import Config
from policypack.data.credential_inputs import CREDENTIAL_INPUTS
from policypack.finding import Finding, Findings, Level, Undecided, Violation
from policypack.policy import EVERY_AWS_TYPE, policy
from policypack.resource import Resource, Value
from policypack.secret_detection import (
    LITERALS,
    Evidence,
    Origin,
    evidence,
    is_secret_name,
    url_password,
)

_PLACEHOLDER_FIX: Final = (
    "The program does not change it again (ignoreChanges): make sure that somebody has replaced it where it is in use."
)
_EVENT_CONNECTION: Final = "aws:cloudwatch/eventConnection:EventConnection"
_PARAMETERS_OF_CONNECTIONS: Final = tuple(
    f"authParameters.{where}.{part}[]"
    for where in ("invocationHttpParameters", "oauth.oauthHttpParameters")
    for part in ("headers", "queryStrings", "bodies")
)
_LONGEST_KEY: Final = 40
_MOST_PLACES: Final = 3
_GENERIC_FIX: Final = (
    "Take it out of the program (marking it secret does not hide it in the source) and change it where it is in use. "
    "Create it with a random.RandomPassword, or read it with aws.secretsmanager.getSecretVersion."
)


class CredentialsConfig(Config):
    """Config of no-hardcoded-credentials."""

    read_source: Annotated[
        bool,
        Meta(description="Whether the previewed program's source is searched for the values, to say where they are."),
    ] = True


@policy(
    id="no-hardcoded-credentials",
    title="Passwords and keys are not written in the program or its plain config",
    types=(*CREDENTIAL_INPUTS, EVERY_AWS_TYPE),
    severity="critical",
    fix=_GENERIC_FIX,
    url="https://www.pulumi.com/docs/iac/concepts/secrets/",
)
def no_hardcoded_credentials(resource: Resource, config: CredentialsConfig) -> Findings:
    """
    Whoever can read the repository or its history has the password, and still has it after it was taken out. A value
    that is marked secret is hidden in the state, not in the source.
    """
    if resource.type == "aws:ssm/parameter:Parameter" and not _is_secret_parameter(resource):
        return
    managed = _MASTER_PASSWORDS.get(resource.type, ((), ""))[1]
    manage = f"Let AWS manage it: set {managed} to true and leave it out. Or take" if managed else "Take"
    fix = _GENERIC_FIX.replace("Take", manage, 1)
    for value in _places(resource):
        if value.is_unknown and evidence(value, "", read_source=False).origin == Origin.UNCLEAR:
            yield Undecided(value, "is a part of it written in the program?")
        for where, text in _secrets_in(value):
            found = evidence(value, text, read_source=config.read_source)
            if finding := _judged(value, where, found, fix):
                yield finding
                break


def _places(resource: Resource) -> Iterator[Value]:
    """Where a resource takes credentials: as is known of its type, and where the engine is told to keep them secret."""
    known = CREDENTIAL_INPUTS.get(resource.type, ())
    for path in known:
        yield from resource.each(path)
    tops = {path.partition(".")[0].removesuffix("[]") for path in known}
    if resource.type == _EVENT_CONNECTION:
        for path in _PARAMETERS_OF_CONNECTIONS:
            secret = (each for each in resource.each(path) if each.get("isValueSecret").is_true)
            yield from (each.get("value") for each in secret if is_secret_name(each.get("key").text))
    for name in resource.options.additional_secret_outputs:
        if is_secret_name(name) and name not in tops:
            yield resource.get(name)


def _is_secret_parameter(parameter: Resource) -> bool:
    """Whether an SSM parameter is a password or key: many a SecureString is none."""
    names = (parameter.get("name").text, parameter.name)
    return parameter.get("type").text == "SecureString" and any(map(is_secret_name, names))


def _secrets_in(value: Value) -> Iterator[tuple[str, str]]:
    """
    Each secret in a value with where it stands: the whole value, or entries of a JSON object that are named as secrets
    or are URLs with a password.

    Entries of Secrets Manager often are such objects.
    """
    document = value.json() if value.text.lstrip().startswith(("{", "[")) else None
    if document is None or document.is_absent:
        yield from _in_text(value.path, value.text, is_secret=True)
        return
    containers = [document]
    while containers:
        for key, entry in containers.pop().entries():
            where = f"{value.path} (its key {key!r})" if len(key) <= _LONGEST_KEY else value.path
            yield from _in_text(where, entry.text, is_secret=is_secret_name(key))
            containers.append(entry)


def _in_text(where: str, text: str, *, is_secret: bool) -> Iterator[tuple[str, str]]:
    password = url_password(text)
    if password:
        yield f"the password in {where}", password
    if text and (is_secret or password):
        yield where, text


def _judged(value: Value, where: str, found: Evidence, fix: str) -> Finding | None:
    """The finding about a secret that was written down, or may have been; none when nothing shows it."""
    level: Level | None = None
    if any(_is_within(value.path, path) for path in value.resource.options.ignore_changes):
        # "CHANGEME": the program says that what it has is not what stays.
        level, fix = "advisory", _PLACEHOLDER_FIX
    match found.origin:
        case Origin.PLAIN_CONFIG:
            key = found.plain_keys[0]
            return Violation(
                value,
                f"{where} equals the stack's config value {key!r}, which is not secret.",
                fix=f"Change it where it is in use, then set it with `pulumi config set --secret {key}`, or read it "
                "with aws.secretsmanager.getSecretVersion.",
            )
        case Origin.MADE_IN_PLAIN:
            message = f"{where} is made by a resource whose result the stack's state holds in plain text."
            return Violation(
                value, message, fix="Take a random.RandomPassword in its place: the state encrypts its result."
            )
        case Origin.UNMARKED:
            return Violation(
                value,
                f"{where} is not marked secret: the stack's state holds it in plain text.",
                fix="If it is fetched or generated, mark it with pulumi.Output.secret (pulumi.secret in TypeScript). "
                "If it is written in the program, take it out and change it where it is in use.",
            )
        case Origin.IN_SOURCE:
            shown = " and ".join(map(str, found.places[:_MOST_PLACES]))
            return Violation(value, f"{where} stands in the program's source: {shown}.", fix=fix, level=level)
        case Origin.GUESSABLE:
            message = f"{where} is easy to guess: a person made it up and wrote it down for this program."
            return Violation(value, message, fix=fix, level=level)
        case Origin.UNCLEAR:
            # Before the stack is known, so is not what made it.
            unmade = found.is_made is None
            question = "did a person make it up, or a resource of the stack?" if unmade else found.unseen
            return Undecided(value, question)
        case _:
            return None


def _is_within(path: str, ignored: str) -> bool:
    """Whether a path is one that the program ignores changes of, or within it."""
    return ignored == "*" or path == ignored or path.startswith((f"{ignored}.", f"{ignored}["))


Sourcing = Literal["managed", "fetched", "created"]

# Where databases and caches take their main password: the password, and what makes AWS manage it instead.
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
    "fetched": "fetched from outside of the stack",
    "created": "created in the stack",
}
_SOURCE_FIXES: Final[Mapping[Sourcing, str]] = {
    "managed": "set {managed} to true and leave {password} out",
    "fetched": "read it with aws.secretsmanager.getSecretVersion",
    "created": "make it with a random.RandomPassword and keep it in an aws.secretsmanager.SecretVersion",
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


@policy(
    id="secret-sourcing",
    title="Database and cache passwords come from where the team wants them to come from",
    stage="stack",
    types=_MASTER_PASSWORDS,
    severity="high",
    fix="Take the password from an allowed source.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html",
)
def secret_sourcing(resource: Resource, config: SourcingConfig) -> Findings:
    """
    A password that is fetched has to exist before the first update, one that is created stays in the stack's state, and
    one that AWS manages is rotated by itself. A team that mixes them finds out which is which when a deployment fails
    or a password leaks.
    """
    passwords, managed = _MASTER_PASSWORDS[resource.type]
    if managed and resource.get(managed).is_true and Origin.MANAGED.value not in config.allowed:
        yield _elsewhere(resource.get(managed), Origin.MANAGED, passwords[0], managed, config)
    for password in map(resource.get, passwords):
        if password.is_empty:
            continue
        origin = evidence(password, password.text, read_source=False).origin
        if origin == Origin.UNCLEAR:
            yield Undecided(password, "where does it come from?")
        # What somebody wrote down is another policy's to report.
        elif origin not in LITERALS and origin.value not in config.allowed:
            yield _elsewhere(password, origin, password.path, managed, config)


def _elsewhere(at: Value, origin: Origin, password: str, managed: str, config: SourcingConfig) -> Violation:
    """A password that comes from where this stack does not want it to come from."""
    fixes = [
        _SOURCE_FIXES[allowed].format(managed=managed, password=password)
        for allowed in config.allowed
        if allowed != "managed" or managed
    ]
    wanted = " or ".join(_SOURCE_WORDS[allowed] for allowed in config.allowed)
    return Violation(
        at,
        f"{password} is {_SOURCE_WORDS[origin]}; this stack wants it {wanted}.",
        fix=f"{fixes[0][0].upper()}{', or '.join(fixes)[1:]}." if fixes else "",
    )
