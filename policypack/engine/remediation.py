"""Writes the remediations of violations into a resource's properties as the engine sent them."""

from __future__ import annotations

import re
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
    remediation was not made for; then the properties stay as they are.
    """
    changed = ProtoValue(struct_value=properties)
    place: ProtoValue | None = changed
    for step in _STEP.finditer(path):
        place = _at(place, step) if place else None
    if place is None or place is changed or not _put(_inside(place), remediation):
        return False
    properties.CopyFrom(changed.struct_value)
    return True


def _at(place: ProtoValue, step: re.Match[str]) -> ProtoValue | None:
    """
    What is one step below a place: the element of a list, or the property of an object, which is made where it is
    missing; None where the place is no such list or object.
    """
    place = _inside(place)
    index, name = step.groups()
    if index:
        elements = place.list_value.values
        return elements[int(index)] if int(index) < len(elements) else None
    return place.struct_value.fields[name] if _is_object(place) or _is_missing(place) else None


def _put(place: ProtoValue, remediation: Any) -> bool:
    """Writes a value into its place; out: whether that could be done, which a map cannot where there is no object."""
    if isinstance(remediation, dict):
        if not (_is_object(place) or _is_missing(place)):
            return False
        place.struct_value.update(remediation)
    elif isinstance(remediation, list):
        place.list_value.CopyFrom(ListValue())
        place.list_value.extend(remediation)
    else:
        place.CopyFrom(_scalar(remediation))
    return True


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
