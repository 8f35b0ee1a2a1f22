"""What tests of the evaluation of programs share: a program in, and what it says of a value, as plain Python, out."""

from __future__ import annotations

import re
from typing import Any

from policypack.model import Context, PartialDocument, PartialText, Reference, Secret, Unknown, WrittenMap
from policypack.source.budget import Clock
from policypack.source.files import File
from policypack.source.languages import LANGUAGES
from policypack.source.written import WrittenValues
from policypack.testing import resource

TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
CONTEXT = Context(
    project="test",
    stack="dev",
    config={"test:region": "eu-west-1", "test:count": "3", "test:token": "hunter2"},
    config_secret_keys=frozenset({"test:token"}),
)

_ENDING = re.compile("_(?=(?:py|ts|yaml|go|cs|java)$)")


def written_values(**files: str) -> WrittenValues:
    """What a program says. In the names of its files `__` stands for a slash, and `_py`, `_ts` … for their ends."""
    named = {_ENDING.sub(".", name.replace("__", "/")): text for name, text in files.items()}
    read = [File(name, LANGUAGES[f".{name.rpartition('.')[2]}"], text.encode()) for name, text in named.items()]
    return WrittenValues(read, Clock(), CONTEXT)


def plain(raw: Any) -> Any:
    """
    A value as plain Python: `?` for what is unknown, `<label>` for a reference, `{...}` around the unknown parts of a
    text, and the key `...` in a map that may have further keys.
    """
    if isinstance(raw, Reference):
        return f"<{raw.label}>"
    if isinstance(raw, PartialText):
        return "".join(part if isinstance(part, str) else f"{{{plain(part)}}}" for part in raw.parts)
    if isinstance(raw, PartialDocument):
        return ("json", plain(raw.content))
    if isinstance(raw, Unknown):
        return "?"
    if isinstance(raw, Secret):
        return ("secret", plain(raw.value))
    if isinstance(raw, WrittenMap):
        return {key: plain(value) for key, value in raw.items()} | ({"...": "?"} if raw.is_open else {})
    return [plain(value) for value in raw] if isinstance(raw, list) else raw


def says(program: WrittenValues, path: str = "policy", type_: str = TOPIC_POLICY, name: str = "it") -> Any:
    """What a program says of a property of a resource, as plain Python; `?` where it says nothing."""
    written = program.of(resource(type_, name), path)
    return plain(written.raw) if written else "?"


def filled(expected: Any, bucket: str) -> Any:
    """What a case expects: `BUCKET` is a reference, and a list that begins with `json` or `secret` is a tuple."""
    if isinstance(expected, str):
        return expected.replace("BUCKET", bucket)
    if isinstance(expected, dict):
        return {key: filled(value, bucket) for key, value in expected.items()}
    if isinstance(expected, list):
        inner = [filled(each, bucket) for each in expected]
        return tuple(inner) if inner[:1] in (["json"], ["secret"]) else inner
    return expected
