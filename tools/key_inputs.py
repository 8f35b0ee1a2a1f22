"""
Where AWS resources name the KMS key of the data that they keep, from the installed pulumi_aws.

`python -m tools.key_inputs` rewrites `policypack/data/key_inputs.json` (about 20 seconds). In it is every text that is
called like a KMS key, but for what is none, or is another policy's concern. A machine that enforces the pack has no
pulumi_aws, hence the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from policypack.data.twins import CANONICAL_TYPES
from tools import facts, sdk_schema
from tools.sdk_schema import Shape

FILE: Final = Path(__file__).resolve().parent.parent / "policypack" / "data" / "key_inputs.json"
_DEPTH: Final = 8

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_ENCRYPTION: Final = frozenset({"encrypt", "encryption", "kms", "sse", "security"})
# Within a block about encryption, these name its key.
_IN_BLOCKS: Final = ("key", "keyArn", "keyId")

# Keys that have another name.
_OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "codepipeline/pipeline": ("artifactStores[].encryptionKey.id",),
    "ssm/parameter": ("keyId",),
}
# What is called like the key of data, and is not asked about; by patterns.
_NONE: Final[Mapping[str, tuple[str, ...]]] = {
    # Keys of clients, certificates and logins, and of codes on their way to a person.
    "bedrock/agentcoreOauth2CredentialProvider": ("*",),
    "cognito/userPool": ("*",),
    "ecs/service": ("serviceConnectConfiguration*",),
    "glue/connection": ("*",),
    "mailmanager/ingressPoint": ("*",),
    # Access to data of others that is encrypted already.
    "dataexchange/revisionAssets": ("*",),
    "glue/catalog": ("*",),
    "lex/v2modelsSlotType": ("*",),
    # Code, and the filters of messages.
    "lambda/capacityProvider": ("*",),
    "lambda/eventSourceMapping": ("*",),
    "lambda/function": ("sourceKmsKeyArn",),
    # Without a key of its own, a copy has that of its source.
    "rds/clusterSnapshotCopy": ("*",),
    "rds/snapshotCopy": ("*",),
    # Without it, the encryption of the bucket or of the log group decides, of which s3-sse-kms and logs-kms ask.
    "athena/*": ("*monitoringConfiguration*", "*resultConfiguration*"),
    "cfg/deliveryChannel": ("*",),
    "cloudwatch/logAnomalyDetector": ("*",),
    "cloudwatch/logGroup": ("*",),
    "emrserverless/application": ("*",),
    "kinesis/firehoseDeliveryStream": ("*onfiguration?.kmsKeyArn",),
    "lex/botAlias": ("*",),
    "mailmanager/ruleSet": ("*",),
    "s3/bucket*": ("*",),
    "s3/inventory": ("*",),
    "s3/objectCopy": ("*",),
    "s3control/storageLensConfiguration": ("*",),
    "ses/receiptRule": ("*",),
    "ssm/resourceDataSync": ("*",),
    "timestreamwrite/table": ("*",),
}


def generate() -> dict[str, object]:
    """The file's content: where it comes from, and for each canonical type token the paths of its keys."""
    found: dict[str, set[str]] = {}
    for token in sdk_schema.resource_types():
        if token.startswith("aws:") and token not in CANONICAL_TYPES:
            found[token] = set(_keys(token))
    inputs = {type_: sorted(paths) for type_, paths in sorted(found.items()) if paths}
    return {"source": sdk_schema.source(), "inputs": inputs}


def _keys(token: str) -> Iterator[str]:
    name = token.removeprefix("aws:").partition(":")[0]
    yield from _OTHERS.get(name, ())
    none = [pattern for types, patterns in _NONE.items() if fnmatchcase(name, types) for pattern in patterns]
    for top, shape in sdk_schema.inputs(token).items():
        for path in _paths(shape, top, False, _DEPTH):
            if not any(fnmatchcase(path, pattern) for pattern in none):
                yield path


def _paths(shape: Shape, path: str, in_encryption: bool, depth: int) -> Iterator[str]:
    """
    The paths of the keys in a place, as policies write them: `?` is behind a block that is about something other than
    encryption, without which there is nothing to encrypt.
    """
    name = path.rpartition(".")[2].removesuffix("[]")
    if shape.kind == "string" and _is_key(name, in_encryption):
        yield path
    elif shape.kind == "list" and shape.element and depth:
        yield from _paths(shape.element, f"{path}[]", in_encryption, depth - 1)
    elif shape.args and depth:
        in_encryption = in_encryption or bool(_words(name) & _ENCRYPTION)
        block = path if in_encryption or path.endswith("[]") else f"{path}?"
        for inner, inner_shape in shape.properties.items():
            yield from _paths(inner_shape, f"{block}.{inner}", in_encryption, depth - 1)


def _is_key(name: str, in_encryption: bool) -> bool:
    words = _words(name)
    is_called_so = bool(words & {"kms", "cmk"}) or ("key" in words and bool(words & {"encryption", "managed"}))
    return (is_called_so and not words & {"access", "document", "provider", "strategy"}) or (
        in_encryption and name in _IN_BLOCKS
    )


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}


def main() -> None:
    """Rewrites the file."""
    facts.write(FILE, generate(), max_age=365)


if __name__ == "__main__":
    main()
