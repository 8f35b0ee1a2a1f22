"""Reads a file, or standard input, and tells which kind it is of."""

from __future__ import annotations

import gzip
import sys
import zlib
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from policypack.documents import plan, preview, state
from policypack.documents.document import Document, DocumentError
from policypack.model import printable

STANDARD_INPUT: Final = "-"
_LARGEST: Final = 1 << 30
"""Bytes, unpacked: far more than any stack has, and what a machine can still hold in memory."""
_GZIP: Final = b"\x1f\x8b"
_ENCRYPTED: Final = b'"ciphertext"'


class _Top(Struct, rename="camel"):
    """The keys by which files are told apart."""

    steps: Raw | UnsetType = UNSET
    deployment: Raw | UnsetType = UNSET
    checkpoint: Raw | UnsetType = UNSET
    resource_plans: Raw | UnsetType = UNSET


def read(file: str) -> Document:
    """
    Reads a file that Pulumi wrote about a stack.

    :param file: its name, or `-` for standard input. A pipe is read to its end.
    :raises DocumentError: where it cannot be read, or is none of the kinds that are.
    """
    return parse(_content(file))


def parse(text: bytes) -> Document:
    """
    The stack in the content of a file, which may be compressed with gzip.

    :raises DocumentError: where it is none of the kinds that are read.
    """
    text = _unpacked(text).removeprefix(b"\xef\xbb\xbf")
    if not text.strip():
        raise DocumentError("the file is empty")
    try:
        return _parse(text)
    except msgspec.ValidationError as error:
        raise DocumentError(f"the file is not as Pulumi writes it: {printable(str(error))}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DocumentError(_not_json(text, error)) from None
    except RecursionError:
        raise DocumentError("the file's values are nested too deeply") from None


def _parse(text: bytes) -> Document:
    top = _decoded(text, _Top)
    has_hidden_secrets = _ENCRYPTED in text
    if top.steps is not UNSET:
        return preview.document(_decoded(text, preview.Preview))
    if top.deployment is not UNSET:
        deployment = _decoded(text, state.Export).deployment
        return state.document(deployment, state.EXPORT, has_hidden_secrets=has_hidden_secrets)
    if top.checkpoint is not UNSET:
        checkpoint = _decoded(text, state.Backend).checkpoint or state.Checkpoint()
        return state.document(checkpoint.latest, state.BACKEND, has_hidden_secrets=has_hidden_secrets)
    if top.resource_plans is not UNSET:
        return plan.document(_decoded(text, plan.Plan), has_hidden_secrets=has_hidden_secrets)
    raise DocumentError(
        "the file is JSON, but not what `pulumi preview --json`, `pulumi stack export` or `pulumi preview --save-plan` "
        "writes, and no state file"
    )


def _decoded(text: bytes, type_: type[Any]) -> Any:
    return msgspec.json.decode(text, type=type_)


def _not_json(text: bytes, error: Exception) -> str:
    if b"\0" in text[:1000]:
        return "the file is binary; what is read are JSON files that Pulumi writes, also compressed with gzip"
    if "truncated" in str(error):
        return "the file ends in the middle: it was cut off, or is still being written"
    if b'\n{"' in text and text.startswith(b"{"):
        return "the file has several JSON documents, such as a log of events; use what `pulumi preview --json` prints"
    return f"the file is not JSON: {printable(str(error))}"


def _content(file: str) -> bytes:
    try:
        if file == STANDARD_INPUT:
            return _bounded(sys.stdin.buffer)
        with Path(file).open("rb") as opened:
            return _bounded(opened)
    except OSError as error:
        raise DocumentError(f"the file cannot be read: {error.strerror}") from None


def _bounded(opened: BinaryIO | gzip.GzipFile) -> bytes:
    text = opened.read(_LARGEST + 1)
    if len(text) > _LARGEST:
        raise DocumentError("the file is larger than 1 GiB, which is the most that is read")
    return text


def _unpacked(text: bytes) -> bytes:
    if not text.startswith(_GZIP):
        return text
    import io

    try:
        with gzip.GzipFile(fileobj=io.BytesIO(text)) as packed:
            return _bounded(packed)
    except (EOFError, OSError, zlib.error):
        raise DocumentError("the file is compressed with gzip, and cut off or damaged") from None
