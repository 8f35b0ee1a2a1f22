"""Requests of any number of resources, made from a real preview and update of the corrected loan platform."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from google.protobuf.struct_pb2 import Struct
from google.protobuf.struct_pb2 import Value as ProtoValue

from tools.expectations import Expectations
from tools.recording import Recording, record
from tools.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent
_EXAMPLE = ROOT / "examples" / "loan-platform"


def recorded(updated: bool) -> Recording:
    """The requests of a preview of the corrected edition: of a new stack, or of one whose ids are known."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder) / "sandbox") as sandbox:
        stack = sandbox.stack(_EXAMPLE / "corrected", config=Expectations.read(_EXAMPLE).config)
        if updated:
            stack.up()
        return record(stack, Path(folder) / "requests")[0]


def multiplied(recording: Recording, count: int) -> Recording:
    """
    A stack of `count` resources: copies of the recorded one side by side.

    Each copy's URNs, ids, ARNs and names are its own, so that a resource refers to those of its own copy only.
    """
    own = {name for resource in recording.stack.resources for name in _identifiers(resource.properties)}
    made = Recording(recording.configure)
    for number in range(count // len(recording.resources) + 1):
        suffix = f"-{number}"
        for request, resource in zip(recording.resources, recording.stack.resources, strict=True):
            if len(made.resources) == count:
                return made
            copy = type(request).FromString(request.SerializeToString())
            copy.urn += suffix
            _rename(copy.properties, own, suffix)
            made.resources.append(copy)
            twin = made.stack.resources.add()
            twin.CopyFrom(resource)
            twin.urn += suffix
            _rename(twin.properties, own, suffix)
            for dependencies in twin.propertyDependencies.values():
                urns = [f"{urn}{suffix}" for urn in dependencies.urns]
                del dependencies.urns[:]
                dependencies.urns.extend(urns)
    return made


def _identifiers(properties: Struct) -> set[str]:
    names = ("id", "arn", "name", "bucket", "identifier")
    return {properties.fields[name].string_value for name in names if name in properties.fields} - {""}


def _rename(value: Any, own: set[str], suffix: str) -> None:
    if isinstance(value, Struct):
        for inner in value.fields.values():
            _rename(inner, own, suffix)
    elif isinstance(value, ProtoValue):
        kind = value.WhichOneof("kind")
        if kind == "string_value" and value.string_value in own:
            value.string_value += suffix
        elif kind == "struct_value":
            _rename(value.struct_value, own, suffix)
        elif kind == "list_value":
            for inner in value.list_value.values:
                _rename(inner, own, suffix)
