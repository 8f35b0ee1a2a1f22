"""Turns the engine's wire format into the properties, resources and stacks that policies read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from google.protobuf.struct_pb2 import Struct
from google.protobuf.struct_pb2 import Value as ProtoValue
from pulumi.runtime.proto import analyzer_pb2

from policypack.model import DEEPEST, UNKNOWN, Context, Resource, ResourceOptions, printable
from policypack.source import ProgramSource
from policypack.wire import BRIDGE_DEFAULTS, SIGNATURE_KEY, UNKNOWN_SENTINELS, special

_SENTINEL_LENGTH: Final = 36


def decode_struct(struct: Struct) -> dict[str, Any]:
    """
    The properties of a request's protobuf Struct, as Resource has them.

    The same as wire.decode_json of the Struct's JSON form, but in one pass: every resource of a preview meets it.
    """
    return _fields(struct.fields, DEEPEST)


def _fields(fields: Mapping[str, ProtoValue], depth: int) -> dict[str, Any]:
    # Not fields.items(), which protobuf leaves to a generator in Python. Most values are texts, and asking for the text
    # here, before anything is called, is the quickest way to tell.
    return {
        key: text
        if (text := (value := fields[key]).string_value) and len(text) != _SENTINEL_LENGTH
        else _decode(value, depth)
        for key in fields
        if key != BRIDGE_DEFAULTS
    }


def _decode(value: ProtoValue, depth: int) -> Any:
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
    fields = value.struct_value.fields
    if SIGNATURE_KEY not in fields:
        return _fields(fields, depth - 1)
    return special(fields[SIGNATURE_KEY].string_value, fields, lambda inner: _decode(inner, depth - 1))


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
