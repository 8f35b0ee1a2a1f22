"""Secrets: where they come from. That a value is marked secret proves nothing: a literal can be marked too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Final, Literal

from msgspec import Meta

from policypack.config import Config
from policypack.passwords import is_human_like
from policypack.policy import Findings, Violation, policy
from policypack.resource import Resource, Value

# Where resources take a password, token or key, by type. Write-only inputs are among them: the state does not keep
# those, but a literal stands in the program all the same.
_CREDENTIALS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:acm/certificate:Certificate": ("privateKey", "privateKeyWo"),
    "aws:amplify/app:App": ("accessToken", "oauthToken"),
    "aws:apigateway/apiKey:ApiKey": ("value",),
    "aws:cloudwatch/eventConnection:EventConnection": (
        "authParameters.apiKey.value",
        "authParameters.basic.password",
        "authParameters.oauth.clientParameters.clientSecret",
    ),
    "aws:codebuild/sourceCredential:SourceCredential": ("token",),
    "aws:codepipeline/webhook:Webhook": ("authenticationConfiguration.secretToken",),
    "aws:cognito/user:User": ("password", "temporaryPassword"),
    "aws:connect/user:User": ("password",),
    "aws:datasync/locationObjectStorage:LocationObjectStorage": ("secretKey",),
    "aws:datasync/locationSmb:LocationSmb": ("password",),
    "aws:directoryservice/directory:Directory": ("password",),
    "aws:dms/endpoint:Endpoint": ("password", "kafkaSettings.saslPassword", "redisSettings.authPassword"),
    "aws:docdb/cluster:Cluster": ("masterPassword", "masterPasswordWo"),
    "aws:docdb/elasticCluster:ElasticCluster": ("adminUserPassword",),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("authToken", "authTokenWo"),
    "aws:elasticache/user:User": ("passwords[]", "authenticationMode.passwords[]"),
    "aws:elasticsearch/domain:Domain": ("advancedSecurityOptions.masterUserOptions.masterUserPassword",),
    "aws:fsx/ontapFileSystem:OntapFileSystem": ("fsxAdminPassword",),
    "aws:fsx/windowsFileSystem:WindowsFileSystem": ("selfManagedActiveDirectory.password",),
    "aws:glue/connection:Connection": ("connectionProperties.PASSWORD",),
    "aws:iam/serverCertificate:ServerCertificate": ("privateKey",),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        "redshiftConfiguration.password",
        "httpEndpointConfiguration.accessKey",
        "snowflakeConfiguration.privateKey",
    ),
    "aws:kms/customKeyStore:CustomKeyStore": ("keyStorePassword",),
    "aws:lb/listener:Listener": ("defaultActions[].authenticateOidc.clientSecret",),
    "aws:lightsail/database:Database": ("masterPassword",),
    "aws:memorydb/user:User": ("authenticationMode.passwords[]",),
    "aws:mq/broker:Broker": ("users[].password", "ldapServerMetadata.serviceAccountPassword"),
    "aws:opensearch/domain:Domain": ("advancedSecurityOptions.masterUserOptions.masterUserPassword",),
    "aws:quicksight/dataSource:DataSource": ("credentials.credentialPair.password",),
    "aws:rds/cluster:Cluster": ("masterPassword", "masterPasswordWo"),
    "aws:rds/instance:Instance": ("password", "passwordWo"),
    "aws:redshift/cluster:Cluster": ("masterPassword", "masterPasswordWo"),
    "aws:redshift/hsmConfiguration:HsmConfiguration": ("hsmPartitionPassword",),
    "aws:redshiftserverless/namespace:Namespace": ("adminUserPassword", "adminUserPasswordWo"),
    "aws:secretsmanager/secretVersion:SecretVersion": ("secretString", "secretStringWo"),
    "aws:ssm/parameter:Parameter": ("value", "valueWo"),
    "aws:timestreaminfluxdb/dbInstance:DbInstance": ("password",),
    "aws:workmail/user:User": ("password",),
}
_SECRET_KEY: Final = re.compile(r"pass|pwd|secret|token|api_?key|private_?key|credential", re.IGNORECASE)


@policy(
    id="no-hardcoded-credentials",
    title="Passwords and keys are not written in the program or its plain config",
    types=_CREDENTIALS,
    severity="critical",
    fix="Take it out of the program (marking it secret does not hide it in the source) and change it where it is in "
    "use. Let AWS manage it (manageMasterUserPassword on databases), create it with a random.RandomPassword, or read "
    "it with aws.secretsmanager.getSecretVersion.",
    url="https://www.pulumi.com/docs/iac/concepts/secrets/",
)
def no_hardcoded_credentials(resource: Resource, config: Config) -> Findings:
    if resource.type == "aws:ssm/parameter:Parameter" and resource.get("type").text != "SecureString":
        return
    for path in _CREDENTIALS[resource.type]:
        for value in resource.each(path):
            # An unknown value comes from another resource, so it stands nowhere in the program.
            if evidence := next(filter(None, (_evidence(value, text) for text in _secrets_in(value))), ""):
                yield Violation(value, f"{value.path} is a credential of this program's own: {evidence}.")


def _secrets_in(value: Value) -> Iterator[str]:
    """The secret itself, or those inside when it is a JSON object, as entries of Secrets Manager often are."""
    text = value.text
    document = None
    if text.lstrip().startswith("{"):
        with suppress(ValueError):
            document = json.loads(text)
    if isinstance(document, dict):
        yield from (
            inner for key, inner in document.items() if _SECRET_KEY.search(key) and isinstance(inner, str) and inner
        )
    elif text:
        yield text


def _evidence(value: Value, text: str) -> str:
    """What shows that a secret was written down, in words that do not tell it; empty when nothing does."""
    info = value.resource.info
    equal = [key for key, configured in info.config.items() if configured == text]
    if plain := [key for key in equal if key not in info.config_secret_keys]:
        return f"it equals the stack's config value '{plain[0]}', which is not secret (pulumi config set --secret)"
    if equal:
        return ""
    if value.resource.has_secret_marks and not value.is_secret:
        return "it is not marked secret, so the stack's state holds it in plain text"
    if is_human_like(text):
        return "it is a password as people make them up, easy to guess"
    return ""


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
_SOURCE_WORDS: Final[Mapping[Sourcing, str]] = {
    "managed": "managed by AWS",
    "fetched": "fetched from a secret that exists outside of the stack",
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
            description="Where passwords may come from: managed by AWS, fetched from an existing secret, created "
            "in the stack."
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
    passwords, managed = _MASTER_PASSWORDS[resource.type]
    for password in map(resource.get, passwords):
        if password.is_empty:
            continue
        source = _source(password)
        if source not in config.allowed:
            fixes = [
                _SOURCE_FIXES[allowed].format(managed=managed, password=password.path)
                for allowed in config.allowed
                if allowed != "managed" or managed
            ]
            yield Violation(
                password,
                f"{password.path} is {_SOURCE_WORDS[source]}; this stack wants it "
                f"{' or '.join(_SOURCE_WORDS[allowed] for allowed in config.allowed)}.",
                fix=f"Either {', or '.join(fixes)}." if fixes else "",
            )


def _source(password: Value) -> Sourcing:
    """Where a password comes from. Write-only inputs count as managed: they too keep it out of the state."""
    if password.path.endswith("Wo"):
        return "managed"
    return "created" if password.source_urns else "fetched"
