"""Writes the remediations of violations into a resource's properties as the engine sent them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.struct_pb2 import ListValue, Struct
from google.protobuf.struct_pb2 import Value as ProtoValue

from policypack.wire import ENVELOPES, SIGNATURE_KEY

_STEP: Final = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def write(properties: Struct, path: str, remediation: Any) -> bool:
    """
    Puts a value at a path (`a.b[0].c`) of the properties, making the objects on the way that are missing.

    Everything else stays as it was sent, unknown values and secrets included; a map is added to the one that is there.

    Out: whether the value was written. It is not where a list is in an object's place, or anything else that the
    remediation was not made for.
    """
    steps = list(_STEP.finditer(path))
    if not _can_be_written(properties, steps, remediation):
        return False
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
    return True


def _can_be_written(properties: Struct, steps: list[re.Match[str]], remediation: Any) -> bool:
    """Whether all that is there on the way has the form that the way says; objects that are missing can be made."""
    if not steps or steps[0][1]:
        return False
    place: ProtoValue | None = None
    for number, step in enumerate(steps):
        if place is None:
            fields: Mapping[str, ProtoValue] = properties.fields
        elif step[1]:
            values = place.list_value.values
            if int(step[1]) >= len(values):
                return False
            place = _inside(values[int(step[1])])
            continue
        elif _is_object(place):
            fields = place.struct_value.fields
        else:
            return _is_missing(place) and not any(later[1] for later in steps[number:])
        if step[0] not in fields:
            return not any(later[1] for later in steps[number:])
        place = _inside(fields[step[0]])
    assert place
    return not isinstance(remediation, dict) or _is_missing(place) or _is_object(place)


def _is_missing(place: ProtoValue) -> bool:
    return place.WhichOneof("kind") in (None, "null_value")


def _is_object(place: ProtoValue) -> bool:
    return place.HasField("struct_value") and SIGNATURE_KEY not in place.struct_value.fields


def _inside(place: ProtoValue) -> ProtoValue:
    """What is in a secret's envelope; a place without one is its own inside."""
    while place.HasField("struct_value") and _is_envelope(place.struct_value):
        place = place.struct_value.fields["value"]
    return place


def _is_envelope(struct: Struct) -> bool:
    return struct.fields[SIGNATURE_KEY].string_value in ENVELOPES if SIGNATURE_KEY in struct.fields else False


def _scalar(remediation: bool | float | str) -> ProtoValue:
    if isinstance(remediation, bool):
        return ProtoValue(bool_value=remediation)
    return (
        ProtoValue(string_value=remediation) if isinstance(remediation, str) else ProtoValue(number_value=remediation)
    )
