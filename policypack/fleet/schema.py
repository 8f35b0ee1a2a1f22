"""The tables of the data set; docs/fleet.md describes their columns."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

VERSION: Final = 1
"""Of the schema. New columns may come; a column that goes or changes its meaning makes it 2."""

_TEXTS: Final = pa.list_(pa.string())

STACKS: Final = pa.schema(
    [
        ("state", pa.string()),
        ("source", pa.string()),
        ("organization", pa.string()),
        ("project", pa.string()),
        ("stack", pa.string()),
        ("status", pa.string()),
        ("error", pa.string()),
        ("content", pa.string()),
        ("bytes", pa.int64()),
        ("checked_on", pa.date32()),
        ("resources", pa.int64()),
        ("mandatory", pa.int64()),
        ("advisory", pa.int64()),
        ("exempted", pa.int64()),
        ("undecided", pa.int64()),
        ("failures", pa.int64()),
        ("notes", _TEXTS),
        ("exemptions", pa.list_(pa.int64())),
    ]
)
"""A row for each state that was found, and for each source that could not be listed."""

FINDINGS: Final = pa.schema(
    [
        ("state", pa.string()),
        ("organization", pa.string()),
        ("project", pa.string()),
        ("stack", pa.string()),
        ("urn", pa.string()),
        ("type", pa.string()),
        ("name", pa.string()),
        ("owner", pa.string()),
        ("policy", pa.string()),
        ("concern", pa.string()),
        ("severity", pa.string()),
        ("level", pa.string()),
        ("controls", _TEXTS),
        ("property", pa.string()),
        ("message", pa.string()),
        ("fix", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("is_exempted", pa.bool_()),
        ("exemption_reason", pa.string()),
        ("exemption_expires", pa.date32()),
        ("fingerprint", pa.string()),
        ("first_seen", pa.date32()),
    ]
)
"""A row for each finding, in the order of the stacks and, within one, of its run."""
