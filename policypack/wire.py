"""How the engine writes into requests and files what JSON has no form for: unknown values, secrets, assets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from policypack.model import ASSET, DEEPEST, UNKNOWN, Asset, Secret

# https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
_ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
_RESOURCE_REFERENCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT_VALUE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
ENVELOPES: Final = frozenset({_SECRET, _OUTPUT_VALUE})
"""The signatures of objects that have a value of any kind in their `value`."""

# https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
UNKNOWN_SENTINELS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
BRIDGE_DEFAULTS: Final = "__defaults"
"""A list that bridged providers add to every object, naming the properties that they filled in."""

UNKNOWN_TEXTS: Final[Mapping[str, Any]] = MappingProxyType(dict.fromkeys(UNKNOWN_SENTINELS, UNKNOWN))
"""The texts that stand for something else wherever the engine writes JSON, and what for."""
PREVIEW_TEXTS: Final[Mapping[str, Any]] = MappingProxyType({**UNKNOWN_TEXTS, "[secret]": Secret(UNKNOWN)})
"""The same for `pulumi preview --json`, which hides secrets also with --show-secrets."""


def decode_json(value: Any, texts: Mapping[str, Any] = UNKNOWN_TEXTS) -> Any:
    """
    A value in the engine's JSON form (signature objects, sentinel strings), as Resource has it.

    A secret that is hidden, as in a file whose secrets are encrypted, is a Secret of an unknown value.

    :param texts: the texts that stand for something else.
    """
    return _json(value, DEEPEST, texts)


def _json(value: Any, depth: int, texts: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return texts.get(value, value)
    if not isinstance(value, list | dict):
        return value
    if not depth:
        return UNKNOWN
    if isinstance(value, list):
        return [_json(element, depth - 1, texts) for element in value]
    signature = value.get(SIGNATURE_KEY)
    if signature is None:
        return {key: _json(each, depth - 1, texts) for key, each in value.items() if key != BRIDGE_DEFAULTS}
    return special(signature, value, lambda inner: _json(inner, depth - 1, texts))


def special(signature: Any, value: Mapping[str, Any], decode: Callable[[Any], Any]) -> Any:
    """What an object with a signature stands for; its parts have yet to be decoded."""
    if signature == _SECRET:
        return Secret(_revealed(value, decode))
    if signature in (_ASSET, _ARCHIVE):
        return Asset(texts) if (texts := tuple(_texts(value, decode))) else ASSET
    if signature == _RESOURCE_REFERENCE:
        return decode(value["id"]) if "id" in value else None
    if signature == _OUTPUT_VALUE:
        inner = decode(value["value"]) if "value" in value else UNKNOWN
        return Secret(inner) if "secret" in value and decode(value["secret"]) else inner
    return UNKNOWN


def _revealed(secret: Mapping[str, Any], decode: Callable[[Any], Any]) -> Any:
    """What is in a secret's envelope: in requests the value itself, in files its JSON or what it was encrypted to."""
    if "value" in secret:
        return decode(secret["value"])
    if "plaintext" not in secret:
        return UNKNOWN if "ciphertext" in secret else None
    try:
        return decode(json.loads(decode(secret["plaintext"])))
    except (AttributeError, TypeError, ValueError, RecursionError):
        return UNKNOWN  # no JSON, or in a request, which has no such envelopes


def _texts(asset: Mapping[str, Any], decode: Callable[[Any], Any]) -> Iterator[tuple[str, str]]:
    """The texts in an asset, or in the assets of an archive and of the archives in it, each with its path."""
    if "text" in asset and isinstance(text := decode(asset["text"]), str) and text:
        yield "", text
    if "assets" in asset and isinstance(assets := decode(asset["assets"]), dict):
        for path, inner in assets.items():
            if isinstance(inner, Asset):
                yield from ((f"{path}/{name}" if name else path, text) for name, text in inner.texts)
