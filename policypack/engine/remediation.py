"""Writes the remediations of violations into a resource's properties as the engine sent them."""

from __future__ import annotations

import re
from typing import Any

from google.protobuf.struct_pb2 import ListValue, Struct
from google.protobuf.struct_pb2 import Value as ProtoValue

from policypack.engine.decode import SIGNATURE_KEY

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def write(properties: Struct, path: str, remediation: Any) -> None:
    """
    Puts a value at a path (`a.b[0].c`) of the properties, making the objects on the way that are missing.

    Everything else stays as it was sent, unknown values and secrets included; a map is added to the one that is there.
    """
    place = ProtoValue(struct_value=properties)
    steps = list(_STEP.finditer(path))
    if not steps:
        return
    place = properties.fields[steps[0][0]]
    for step in steps[1:]:
        place = _inside(place)
        place = place.list_value.values[int(step[1])] if step[1] else place.struct_value.fields[step[0]]
    place = _inside(place)
    if isinstance(remediation, dict):
        place.struct_value.update(remediation)
    elif isinstance(remediation, list):
        place.list_value.CopyFrom(ListValue())
        place.list_value.extend(remediation)
    else:
        place.CopyFrom(_scalar(remediation))


def _inside(place: ProtoValue) -> ProtoValue:
    """What is in a secret's envelope; a place without one is its own inside."""
    while place.HasField("struct_value") and SIGNATURE_KEY in place.struct_value.fields:
        place = place.struct_value.fields["value"]
    return place


def _scalar(remediation: bool | float | str) -> ProtoValue:
    if isinstance(remediation, bool):
        return ProtoValue(bool_value=remediation)
    return (
        ProtoValue(string_value=remediation) if isinstance(remediation, str) else ProtoValue(number_value=remediation)
    )
