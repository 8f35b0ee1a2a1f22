"""
Where AWS resources take passwords, tokens and keys, from the installed pulumi_aws.

`python -m tools.credential_inputs` rewrites `policypack/data/credential_inputs.json` (about 20 seconds). In it is what
the SDK marks secret, and every text that is called like a secret, but for what is none; maps are another matter, that
of data/secret_carriers.py. A machine that enforces the pack has no pulumi_aws, hence the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from policypack.data.twins import CANONICAL_TYPES
from policypack.secret_detection.names import is_secret_name
from tools import facts, sdk_schema
from tools.sdk_schema import Shape

FILE: Final = Path(__file__).resolve().parent.parent / "policypack" / "data" / "credential_inputs.json"
_DEPTH: Final = 8

# Credentials whose place has another name, or is a key of a map.
_OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "appflow/connectorProfile": ("connectorProfileConfig.connectorProfileCredentials.datadog.applicationKey",),
    "cloudwatch/eventConnection": ("authParameters.apiKey.value",),
    "codepipeline/pipeline": ("stages[].actions[].configuration.OAuthToken",),
    "cognito/identityProvider": ("providerDetails.client_secret", "providerDetails.private_key"),
    "datasync/locationHdfs": ("kerberosKeytab", "kerberosKeytabBase64"),
    "workspacesweb/identityProvider": ("identityProviderDetails.client_secret", "identityProviderDetails.private_key"),
}
# What the SDK marks, to be careful, or what is called like a secret, and is none; by patterns.
_NONE: Final[Mapping[str, tuple[str, ...]]] = {
    # Documents, notes and banners.
    "appconfig/hostedConfigurationVersion": ("content",),
    "cloudcontrol/resource": ("schema",),
    "directoryservice/sharedDirectory": ("notes",),
    "transfer/server": ("*LoginBanner",),
    # Certificates and public keys.
    "dms/certificate": ("certificatePem",),
    "iot/caCertificate": ("*",),
    "iot/certificate": ("*",),
    "transfer/certificate": ("certificate", "certificateChain"),
    # Names and ids: of KMS keys, of accounts, of what a token is for.
    "bedrockfoundation/modelAgreement": ("offerToken",),
    "codeartifact/domain": ("encryptionKey",),
    "codebuild/project": ("encryptionKey", "*.registryCredential.credential"),
    "codebuild/reportGroup": ("*.encryptionKey",),
    "customerprofiles/domain": ("defaultEncryptionKey",),
    "datasync/locationObjectStorage": ("accessKey",),
    "glue/catalogTable": ("*.viewVersionToken",),
    "lambda/permission": ("eventSourceToken",),
    "pinpoint/admChannel": ("clientId",),
    **{
        f"pinpoint/apns{kind}Channel": ("bundleId", "certificate", "teamId", "tokenKeyId")
        for kind in ("", "Sandbox", "Voip", "VoipSandbox")
    },
    "redshiftserverless/namespace": ("adminUsername",),
    "s3/objectCopy": ("kmsEncryptionContext", "kmsKeyId"),
    "sns/platformApplication": ("platformPrincipal",),
    "workspaces/workspace": ("volumeEncryptionKey",),
    # ARNs of roles and secrets, paths of files, units of time.
    "apigateway/authorizer": ("authorizerCredentials",),
    "apigateway/integration": ("credentials",),
    "appmesh/virtualGateway": ("*.file.privateKey",),
    "appmesh/virtualNode": ("*.file.privateKey",),
    "cognito/managedUserPoolClient": ("tokenValidityUnits.*",),
    "cognito/userPoolClient": ("tokenValidityUnits.*",),
    "fsx/windowsFileSystem": ("*.domainJoinServiceAccountSecret",),
    "kendra/dataSource": ("*.credentials",),
}


def generate() -> dict[str, object]:
    """The file's content: where it comes from, and for each canonical type token the paths of its credentials."""
    found: dict[str, set[str]] = {}
    for token in sdk_schema.resource_types():
        if token.startswith("aws:"):
            found.setdefault(CANONICAL_TYPES.get(token, token), set()).update(_credentials(token))
    inputs = {type_: sorted(paths) for type_, paths in sorted(found.items()) if paths}
    return {"source": sdk_schema.source(), "inputs": inputs}


def _credentials(token: str) -> Iterator[str]:
    name = token.removeprefix("aws:").partition(":")[0]
    yield from _OTHERS.get(name, ())
    marked = sdk_schema.secret_inputs(token)
    for top, shape in sdk_schema.inputs(token).items():
        for path in _texts(shape, top, _DEPTH):
            last = path.removesuffix("[]").rpartition(".")[2].removesuffix("Wo")
            if (path.removesuffix("[]") in marked or is_secret_name(last)) and not any(
                fnmatchcase(path, pattern) for pattern in _NONE.get(name, ())
            ):
                yield path


def _texts(shape: Shape, path: str, depth: int) -> Iterator[str]:
    """The paths of all texts in a place, as policies write them."""
    if not depth:
        return
    if shape.kind == "string":
        yield path
    elif shape.kind == "list" and shape.element:
        yield from _texts(shape.element, f"{path}[]", depth - 1)
    for name, inner in shape.properties.items():
        yield from _texts(inner, f"{path}.{name}", depth - 1)


def main() -> None:
    """Rewrites the file."""
    facts.write(FILE, generate(), max_age=365)


if __name__ == "__main__":
    main()
