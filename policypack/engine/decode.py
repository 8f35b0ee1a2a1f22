"""Turns the engine's wire format into the properties, resources and stacks that policies read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from google.protobuf.struct_pb2 import Struct
from google.protobuf.struct_pb2 import Value as ProtoValue
from pulumi.runtime.proto import analyzer_pb2

from policypack.model import ASSET, DEEPEST, UNKNOWN, Asset, Context, Resource, ResourceOptions, Secret, printable
from policypack.source import ProgramSource

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
_SENTINEL_LENGTH: Final = 36
_BRIDGE_DEFAULTS: Final = "__defaults"
"""A list that bridged providers add to every object, naming the properties that they filled in."""


def decode_json(value: Any) -> Any:
    """A value in the engine's JSON form (signature objects, sentinel strings), as Resource has it."""
    return _json(value, DEEPEST)


def _json_map(properties: Mapping[str, Any], depth: int) -> dict[str, Any]:
    return {key: _json(value, depth) for key, value in properties.items() if key != _BRIDGE_DEFAULTS}


def _json(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWN_SENTINELS else value
    if not isinstance(value, list | dict):
        return value
    if not depth:
        return UNKNOWN
    if isinstance(value, list):
        return [_json(element, depth - 1) for element in value]
    signature = value.get(SIGNATURE_KEY)
    if signature is None:
        return _json_map(value, depth - 1)
    return _special(signature, value, lambda inner: _json(inner, depth - 1))


def _special(signature: Any, value: Mapping[str, Any], decode: Callable[[Any], Any]) -> Any:
    """What an object with a signature stands for; its parts have yet to be decoded."""
    if signature == _SECRET:
        return Secret(decode(value["value"]) if "value" in value else None)
    if signature in (_ASSET, _ARCHIVE):
        return Asset(texts) if (texts := tuple(_texts(value, decode))) else ASSET
    if signature == _RESOURCE_REFERENCE:
        return decode(value["id"]) if "id" in value else None
    if signature == _OUTPUT_VALUE:
        inner = decode(value["value"]) if "value" in value else UNKNOWN
        return Secret(inner) if "secret" in value and decode(value["secret"]) else inner
    return UNKNOWN


def _texts(asset: Mapping[str, Any], decode: Callable[[Any], Any]) -> Iterator[tuple[str, str]]:
    """The texts in an asset, or in the assets of an archive and of the archives in it, each with its path."""
    if "text" in asset and isinstance(text := decode(asset["text"]), str) and text:
        yield "", text
    if "assets" in asset and isinstance(assets := decode(asset["assets"]), dict):
        for path, inner in assets.items():
            if isinstance(inner, Asset):
                yield from ((f"{path}/{name}" if name else path, text) for name, text in inner.texts)


def decode_struct(struct: Struct) -> dict[str, Any]:
    """
    The properties of a request's protobuf Struct, as Resource has them.

    The same as decode_json of the Struct's JSON form, but in one pass: every resource of a preview meets it.
    """
    return _struct(struct, DEEPEST)


def _struct(struct: Struct, depth: int) -> dict[str, Any]:
    return {key: _decode(value, depth) for key, value in struct.fields.items() if key != _BRIDGE_DEFAULTS}


def _decode(value: ProtoValue, depth: int) -> Any:
    # Most values are texts, and asking for the text first is the quickest way to tell.
    if text := value.string_value:
        return UNKNOWN if len(text) == _SENTINEL_LENGTH and text in UNKNOWN_SENTINELS else text
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return ""
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        return value.number_value
    if kind not in ("struct_value", "list_value"):
        return None
    if not depth:
        return UNKNOWN
    if kind == "list_value":
        return [_decode(inner, depth - 1) for inner in value.list_value.values]
    struct = value.struct_value
    if SIGNATURE_KEY not in struct.fields:
        return _struct(struct, depth - 1)
    signature = struct.fields[SIGNATURE_KEY].string_value
    return _special(signature, struct.fields, lambda inner: _decode(inner, depth - 1))


def decode_context(request: analyzer_pb2.AnalyzerStackConfigureRequest) -> Context:
    """What ConfigureStack tells."""
    return Context(
        project=request.project,
        stack=request.stack,
        organization=request.organization,
        dry_run=request.dry_run,
        config=dict(request.config),
        config_secret_keys=frozenset(request.config_secret_keys),
        tags=dict(request.tags),
        program=ProgramSource(request.project) if request.project else None,
    )


def decode_inputs(request: analyzer_pb2.AnalyzeRequest, context: Context) -> Resource:
    """The resource of an Analyze request: its inputs, after the provider's Check."""
    return Resource(
        request.urn,
        request.type,
        printable(request.name),
        context=context,
        inputs=decode_struct(request.properties),
        options=_options(request.options),
        provider=partial(_provider, request, context),
        provider_urn=request.provider.urn,
    )


def decode_outputs(
    message: analyzer_pb2.AnalyzerResource, inputs: Mapping[str, Any] | None, context: Context
) -> Resource:
    """A resource of an AnalyzeStack request: its outputs and relations, joined with the inputs seen at Analyze."""
    return Resource(
        message.urn,
        message.type,
        printable(message.name),
        context=context,
        inputs=inputs,
        outputs=decode_struct(message.properties),
        options=_options(message.options),
        provider=partial(_provider, message, context),
        provider_urn=message.provider.urn,
        parent=message.parent,
        dependencies=tuple(message.dependencies),
        property_dependencies={key: tuple(value.urns) for key, value in message.propertyDependencies.items()},
    )


def _options(options: analyzer_pb2.AnalyzerResourceOptions) -> ResourceOptions:
    return ResourceOptions(
        protect=options.protect,
        ignore_changes=tuple(options.ignoreChanges),
        additional_secret_outputs=tuple(options.additionalSecretOutputs),
    )


def _provider(
    message: analyzer_pb2.AnalyzeRequest | analyzer_pb2.AnalyzerResource, context: Context
) -> Resource | None:
    if not message.HasField("provider"):
        return None
    provider = message.provider
    return Resource(
        provider.urn,
        provider.type,
        printable(provider.name),
        context=context,
        inputs=decode_struct(provider.properties),
    )
