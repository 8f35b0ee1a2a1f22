"""The places of credentials: that they are those of the installed SDK, and that no exception is left over."""

import json

import pytest

from policypack.data.credential_inputs import CREDENTIAL_INPUTS
from policypack.data.secret_carriers import VARIABLES
from policypack.data.twins import CANONICAL_TYPES
from tools import credential_inputs, sdk_schema

pytestmark = pytest.mark.broad

CARRIED = {type_: [row.path for row in rows] for type_, rows in VARIABLES.items()}


@pytest.mark.slow
def test_the_file_is_what_the_installed_sdk_says() -> None:
    """`python -m tools.credential_inputs` rewrites it."""
    written = json.loads(credential_inputs.FILE.read_text())
    generated = credential_inputs.generate()
    assert {key: written[key] for key in generated} == generated


@pytest.mark.parametrize(
    ("type_", "path"),
    [
        # What the SDK marks.
        ("aws:rds/instance:Instance", "password"),
        ("aws:rds/instance:Instance", "passwordWo"),
        ("aws:secretsmanager/secretVersion:SecretVersion", "secretString"),
        ("aws:elasticache/user:User", "passwords[]"),
        ("aws:iam/serverCertificate:ServerCertificate", "privateKey"),
        # What is called like a secret, within blocks and lists, and which the SDK does not mark.
        ("aws:mq/broker:Broker", "users[].password"),
        ("aws:lb/listener:Listener", "defaultActions[].authenticateOidc.clientSecret"),
        ("aws:emr/cluster:Cluster", "kerberosAttributes.kdcAdminPassword"),
        ("aws:directconnect/bgpPeer:BgpPeer", "bgpAuthKey"),
        ("aws:kms/customKeyStore:CustomKeyStore", "xksProxyAuthenticationCredential.rawSecretAccessKey"),
        # What no name tells.
        ("aws:cloudwatch/eventConnection:EventConnection", "authParameters.apiKey.value"),
        ("aws:cognito/identityProvider:IdentityProvider", "providerDetails.private_key"),
        # What the state does not keep.
        ("aws:fsx/windowsFileSystem:WindowsFileSystem", "selfManagedActiveDirectory.passwordWo"),
    ],
)
def test_credentials_are_there(type_: str, path: str) -> None:
    assert path in CREDENTIAL_INPUTS[type_]


@pytest.mark.parametrize(
    ("type_", "path"),
    [
        ("aws:apigateway/integration:Integration", "credentials"),
        ("aws:codebuild/project:Project", "encryptionKey"),
        ("aws:iot/certificate:Certificate", "certificatePem"),
        ("aws:s3/objectCopy:ObjectCopy", "kmsKeyId"),
        ("aws:rds/instance:Instance", "manageMasterUserPassword"),
        ("aws:secretsmanager/secret:Secret", "forceOverwriteReplicaSecret"),
    ],
)
def test_what_is_no_credential_is_not(type_: str, path: str) -> None:
    assert path not in CREDENTIAL_INPUTS.get(type_, ())


def test_types_are_canonical() -> None:
    assert not CREDENTIAL_INPUTS.keys() & CANONICAL_TYPES.keys()


@pytest.mark.slow
def test_maps_that_the_sdk_marks_are_looked_through_by_their_keys() -> None:
    public = {("aws:iot/authorizer:Authorizer", "tokenSigningPublicKeys")}
    maps = {
        (token, name)
        for token in sdk_schema.resource_types()
        for name in sdk_schema.secret_inputs(token)
        if sdk_schema.inputs(token)[name].kind not in ("string", "list")
    }
    assert maps - public == {(type_, name) for type_, name in maps if name in CARRIED.get(type_, ())} != set()


EXCEPTIONS = [(name, pattern) for name, patterns in credential_inputs._NONE.items() for pattern in patterns]


@pytest.mark.parametrize(("name", "pattern"), EXCEPTIONS)
def test_no_exception_is_left_over(monkeypatch: pytest.MonkeyPatch, name: str, pattern: str) -> None:
    others = tuple(each for each in credential_inputs._NONE[name] if each != pattern)
    monkeypatch.setattr(credential_inputs, "_NONE", {**credential_inputs._NONE, name: others})
    token = next(each for each in sdk_schema.resource_types() if each.startswith(f"aws:{name}:"))
    assert set(credential_inputs._credentials(token)) - set(CREDENTIAL_INPUTS.get(token, ()))
