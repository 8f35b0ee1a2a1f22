"""What the engine sends becomes what policies read."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import _is_unknown

from policypack.engine.decode import decode_struct
from policypack.model import ASSET, UNKNOWN, Asset, Secret
from policypack.wire import SIGNATURE_KEY, UNKNOWN_SENTINELS

SECRET = "1b47061264138c4ac30d75fd1eb44270"
ASSET_SIGNATURE = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE_SIGNATURE = "0def7320c3a5731c473e5ecbe6d01bc7"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
[SENTINEL, *_] = sorted(UNKNOWN_SENTINELS)


def special(signature: str, **properties: Any) -> dict[str, Any]:
    return {SIGNATURE_KEY: signature, **properties}


def decoded(value: Any) -> Any:
    """A value after its way over the wire, with secrets as ("secret", value), since Secret has no equality."""
    struct = Struct()
    struct.update({"property": value})
    return comparable(decode_struct(struct)["property"])


def comparable(value: Any) -> Any:
    if isinstance(value, Secret):
        return ("secret", comparable(value.value))
    if isinstance(value, list):
        return [comparable(element) for element in value]
    if isinstance(value, dict):
        return {key: comparable(element) for key, element in value.items()}
    return value


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (None, None),
        (True, True),
        (90, 90.0),
        ("text", "text"),
        ([1, "a", None], [1.0, "a", None]),
        ({"a": {"b": []}}, {"a": {"b": []}}),
        ({"a": 1, "__defaults": ["a"]}, {"a": 1.0}),
        (special(SECRET, value="x"), ("secret", "x")),
        (special(SECRET, value=special(SECRET, value="x")), ("secret", ("secret", "x"))),
        (special(SECRET, value={"a": SENTINEL}), ("secret", {"a": UNKNOWN})),
        (special(SECRET), ("secret", None)),
        (special(ASSET_SIGNATURE, text="x"), Asset((("", "x"),))),
        (special(ASSET_SIGNATURE, text=""), ASSET),
        (special(ASSET_SIGNATURE, path="app.py"), ASSET),
        (
            special(
                ARCHIVE_SIGNATURE,
                assets={
                    "index.py": special(ASSET_SIGNATURE, text="x"),
                    "lib": special(ARCHIVE_SIGNATURE, assets={"a.py": special(ASSET_SIGNATURE, text="y")}),
                    "data": special(ARCHIVE_SIGNATURE, path="data.zip"),
                    "late": SENTINEL,
                },
            ),
            Asset((("index.py", "x"), ("lib/a.py", "y"))),
        ),
        (special(ARCHIVE_SIGNATURE, assets={}), ASSET),
        (special(REFERENCE, urn="urn:x", id="i-1"), "i-1"),
        (special(REFERENCE, urn="urn:x", id=SENTINEL), UNKNOWN),
        (special(REFERENCE, urn="urn:x"), None),
        (special(OUTPUT, value="x"), "x"),
        (special(OUTPUT), UNKNOWN),
        (special(OUTPUT, value="x", secret=True), ("secret", "x")),
        (special(OUTPUT, secret=True, dependencies=["urn:x"]), ("secret", UNKNOWN)),
        (special("a signature of the future"), UNKNOWN),
    ],
    ids=str,
)
def test_every_form_of_value(sent: Any, read: Any) -> None:
    assert decoded(sent) == read
    assert decoded([{"nested": sent}]) == [{"nested": read}]


@pytest.mark.parametrize("sentinel", sorted(UNKNOWN_SENTINELS))
def test_every_sentinel_is_unknown(sentinel: str) -> None:
    assert _is_unknown(sentinel)
    assert decoded(sentinel) is UNKNOWN
    assert decoded([sentinel]) == [UNKNOWN]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.just(SENTINEL),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(), inner, max_size=4)
        | inner.map(lambda value: special(SECRET, value=value))
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_any_properties_read_as_pulumi_policy_reads_them(properties: dict[str, Any]) -> None:
    struct = Struct()
    struct.update(properties)
    theirs = deserialize_properties(json_format.MessageToDict(struct))
    assert unwrapped(decode_struct(struct)) == with_unknowns(theirs)


def unwrapped(value: Any) -> Any:
    if isinstance(value, Secret):
        return unwrapped(value.value)
    if isinstance(value, list):
        return [unwrapped(element) for element in value]
    if isinstance(value, dict):
        return {key: unwrapped(element) for key, element in value.items()}
    return value


def with_unknowns(value: Any) -> Any:
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWN_SENTINELS else value
    if isinstance(value, list):
        return [with_unknowns(element) for element in value]
    if isinstance(value, dict):
        return {key: with_unknowns(element) for key, element in value.items() if key != "__defaults"}
    return value
