"""Secrets: where they come from. That a value is marked secret proves nothing: a literal can be marked too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta

from policypack.config import Config
from policypack.finding import Finding, Findings, Undecided, Violation
from policypack.passwords import is_human_like
from policypack.policy import policy
from policypack.resource import Resource, Value
from policypack.stack import type_of

# Where resources take a password, token or key, by type. Write-only inputs are among them: the state does not keep
# those, but a literal stands in the program all the same.
_CREDENTIALS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:acm/certificate:Certificate": ("privateKey", "privateKeyWo"),
    "aws:amplify/app:App": ("accessToken", "basicAuthCredentials", "oauthToken"),
    "aws:amplify/branch:Branch": ("basicAuthCredentials",),
    "aws:apigateway/apiKey:ApiKey": ("value",),
    "aws:apigateway/domainName:DomainName": ("certificatePrivateKey",),
    "aws:bedrock/agentcoreApiKeyCredentialProvider:AgentcoreApiKeyCredentialProvider": ("apiKey", "apiKeyWo"),
    "aws:cloudwatch/eventConnection:EventConnection": (
        "authParameters.apiKey.value",
        "authParameters.basic.password",
        "authParameters.oauth.clientParameters.clientSecret",
    ),
    "aws:codebuild/sourceCredential:SourceCredential": ("token",),
    "aws:codepipeline/webhook:Webhook": ("authenticationConfiguration.secretToken",),
    "aws:cognito/identityProvider:IdentityProvider": ("providerDetails.client_secret",),
    "aws:cognito/user:User": ("password", "temporaryPassword"),
    "aws:connect/user:User": ("password",),
    "aws:datasync/locationFsxWindows:LocationFsxWindows": ("password",),
    "aws:datasync/locationObjectStorage:LocationObjectStorage": ("secretKey",),
    "aws:datasync/locationSmb:LocationSmb": ("password",),
    "aws:directoryservice/directory:Directory": ("password",),
    "aws:directoryservice/radiusSettings:RadiusSettings": ("sharedSecret",),
    "aws:dms/endpoint:Endpoint": ("password", "kafkaSettings.saslPassword", "redisSettings.authPassword"),
    "aws:docdb/cluster:Cluster": ("masterPassword", "masterPasswordWo"),
    "aws:docdb/elasticCluster:ElasticCluster": ("adminUserPassword",),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("authToken", "authTokenWo"),
    "aws:elasticache/user:User": ("passwords[]", "passwordsWo", "authenticationMode.passwords[]"),
    "aws:elasticsearch/domain:Domain": ("advancedSecurityOptions.masterUserOptions.masterUserPassword",),
    "aws:fsx/ontapFileSystem:OntapFileSystem": ("fsxAdminPassword",),
    "aws:fsx/ontapStorageVirtualMachine:OntapStorageVirtualMachine": ("svmAdminPassword",),
    "aws:fsx/windowsFileSystem:WindowsFileSystem": ("selfManagedActiveDirectory.password",),
    "aws:glue/connection:Connection": ("connectionProperties.PASSWORD",),
    "aws:iam/serverCertificate:ServerCertificate": ("privateKey",),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        "redshiftConfiguration.password",
        "httpEndpointConfiguration.accessKey",
        "snowflakeConfiguration.privateKey",
    ),
    "aws:kms/customKeyStore:CustomKeyStore": ("keyStorePassword",),
    "aws:ec2/vpnConnection:VpnConnection": ("tunnel1PresharedKey", "tunnel2PresharedKey"),
    "aws:lb/listener:Listener": ("defaultActions[].authenticateOidc.clientSecret",),
    "aws:lb/listenerRule:ListenerRule": ("actions[].authenticateOidc.clientSecret",),
    "aws:lightsail/database:Database": ("masterPassword",),
    "aws:memorydb/user:User": ("authenticationMode.passwords[]",),
    "aws:mq/broker:Broker": ("users[].password", "ldapServerMetadata.serviceAccountPassword"),
    "aws:odb/autonomousDatabase:AutonomousDatabase": ("adminPassword", "adminPasswordWo"),
    "aws:opensearch/domain:Domain": ("advancedSecurityOptions.masterUserOptions.masterUserPassword",),
    "aws:pinpoint/admChannel:AdmChannel": ("clientSecret",),
    "aws:pinpoint/baiduChannel:BaiduChannel": ("apiKey", "secretKey"),
    "aws:pinpoint/gcmChannel:GcmChannel": ("apiKey",),
    "aws:quicksight/dataSource:DataSource": ("credentials.credentialPair.password",),
    "aws:rds/cluster:Cluster": ("masterPassword", "masterPasswordWo"),
    "aws:rds/instance:Instance": ("password", "passwordWo"),
    "aws:redshift/cluster:Cluster": ("masterPassword", "masterPasswordWo"),
    "aws:redshift/hsmConfiguration:HsmConfiguration": ("hsmPartitionPassword",),
    "aws:redshiftserverless/namespace:Namespace": ("adminUserPassword", "adminUserPasswordWo"),
    "aws:secretsmanager/secretVersion:SecretVersion": ("secretString", "secretStringWo"),
    "aws:ssm/parameter:Parameter": ("value", "valueWo"),
    "aws:storagegateway/fileSystemAssociation:FileSystemAssociation": ("password",),
    "aws:storagegateway/gateway:Gateway": ("smbGuestPassword",),
    "aws:timestreaminfluxdb/dbCluster:DbCluster": ("password",),
    "aws:timestreaminfluxdb/dbInstance:DbInstance": ("password",),
    "aws:workmail/user:User": ("password",),
}
# The last word of a name that says that what it names is secret: `db_password`, `apiKey`, but not `token_url`.
_SECRET_WORDS: Final = frozenset(
    {"credential", "credentials", "passphrase", "passwd", "password", "pw", "pwd", "secret", "token"}
)
_KEY_KINDS: Final = frozenset({"access", "api", "encryption", "private", "secret", "signing"})

# Types of AWS's own whose outputs may be secrets; other providers' (random, tls, vault) always may.
_SECRET_MAKERS: Final = frozenset(
    {
        "aws:iam/accessKey:AccessKey",
        "aws:kms/ciphertext:Ciphertext",
        "aws:secretsmanager/secret:Secret",
        "aws:secretsmanager/secretVersion:SecretVersion",
        "aws:ssm/parameter:Parameter",
    }
)
_LONGEST_KEY: Final = 40
_GENERIC_FIX: Final = (
    "Take it out of the program (marking it secret does not hide it in the source) and change it where it is in use. "
    "Create it with a random.RandomPassword, or read it with aws.secretsmanager.getSecretVersion."
)


@policy(
    id="no-hardcoded-credentials",
    title="Passwords and keys are not written in the program or its plain config",
    types=_CREDENTIALS,
    severity="critical",
    fix=_GENERIC_FIX,
    url="https://www.pulumi.com/docs/iac/concepts/secrets/",
)
def no_hardcoded_credentials(resource: Resource, config: Config) -> Findings:
    """
    Whoever can read the repository or its history has the password, and still has it after it was taken out. A value
    that is marked secret is hidden in the state, not in the source.
    """
    if resource.type == "aws:ssm/parameter:Parameter" and not _is_secret_parameter(resource):
        return
    managed = _MASTER_PASSWORDS.get(resource.type, ((), ""))[1]
    manage = f"Let AWS manage it: set {managed} to true and leave it out. Or take" if managed else "Take"
    fix = _GENERIC_FIX.replace("Take", manage, 1)
    for value in (value for path in _CREDENTIALS[resource.type] for value in resource.each(path)):
        if value.is_unknown:
            yield from _partly_written(value)
        for where, text in _secrets_in(value):
            if finding := _judged(value, where, text, fix):
                yield finding
                break


def _is_secret_parameter(parameter: Resource) -> bool:
    """Whether an SSM parameter is a password or key: many a SecureString is none."""
    names = (parameter.get("name").text, parameter.name)
    return parameter.get("type").text == "SecureString" and any(map(_is_secret_name, names))


def _is_secret_name(name: str) -> bool:
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)]
    if not words:
        return False
    return words[-1] in _SECRET_WORDS or (words[-1] == "key" and not _KEY_KINDS.isdisjoint(words))


def _partly_written(value: Value) -> Findings:
    """An unknown value comes from elsewhere, unless nothing that it comes from could be secret."""
    # Before the stack is known, so are the sources not.
    if value.resource.stack is None or (value.source_urns and not _comes_from_secrets(value)):
        yield Undecided(value, "is a part of it written in the program?")


def _comes_from_secrets(value: Value) -> bool:
    """Whether one of the resources that a value comes from may have made a secret."""
    types = [type_of(urn) for urn in value.source_urns]
    return any(not type_.startswith("aws:") or type_ in _SECRET_MAKERS for type_ in types)


def _secrets_in(value: Value) -> Iterator[tuple[str, str]]:
    """
    Each secret in a value with where it stands: the whole value, or entries of a JSON object that are named as secrets.

    Entries of Secrets Manager often are such objects.
    """
    document = value.json() if value.text.lstrip().startswith(("{", "[")) else None
    if document is None or document.is_absent:
        if value.text:
            yield value.path, value.text
        return
    containers = [document]
    while containers:
        for key, entry in containers.pop().entries():
            if _is_secret_name(key) and entry.text:
                yield f"{value.path} (its key {key!r})" if len(key) <= _LONGEST_KEY else value.path, entry.text
            containers.append(entry)


def _judged(value: Value, where: str, text: str, fix: str) -> Finding | None:
    """The finding about a secret that was written down, or may have been; none when nothing shows it."""
    info = value.resource.info
    equal = [key for key, configured in info.config.items() if configured == text]
    if plain := [key for key in equal if key not in info.config_secret_keys]:
        return Violation(
            value,
            f"{where} equals the stack's config value {plain[0]!r}, which is not secret.",
            fix=f"Change it where it is in use, then set it with `pulumi config set --secret {plain[0]}`, or read it "
            "with aws.secretsmanager.getSecretVersion.",
        )
    if equal:
        return None
    if value.resource.has_secret_marks and not value.is_secret:
        return Violation(
            value,
            f"{where} is not marked secret: the stack's state holds it in plain text.",
            fix="If it is fetched or generated, mark it with pulumi.Output.secret (pulumi.secret in TypeScript). "
            "If it is written in the program, take it out and change it where it is in use.",
        )
    # Once an update has run, what a resource made is known too, and may look made up by chance.
    if value.resource.stack is None:
        return Undecided(value, "did a person make it up, or a resource of the stack?")
    if _comes_from_secrets(value) or not is_human_like(text):
        return None
    return Violation(
        value, f"{where} is easy to guess: a person made it up and wrote it down for this program.", fix=fix
    )


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
    only one that AWS manages is rotated by itself. A team that mixes them finds out which is which when a deployment
    fails or a password leaks.
    """
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
