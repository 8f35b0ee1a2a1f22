"""Reads a file, or standard input, and tells which kind it is of."""

from __future__ import annotations

import codecs
import gzip
import io
import sys
import zlib
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from policypack.documents import plan, preview, state
from policypack.documents.document import Document, DocumentError, ProgramOf
from policypack.model import printable

STANDARD_INPUT: Final = "-"
_LARGEST: Final = 1 << 30
"""Bytes, unpacked: far more than any stack has, and what a machine can still hold in memory."""
_GZIP: Final = b"\x1f\x8b"
_ENCRYPTED: Final = b'"ciphertext"'


class _File(Struct, rename="camel"):
    """All kinds of file in one, so that each is read in one pass; which of the keys is there tells the kind."""

    steps: list[preview.Step] | UnsetType | None = UNSET
    diagnostics: list[preview.Diagnostic] | None = None
    change_summary: dict[str, int] | None = None
    config: dict[str, Any] | None = None
    deployment: state.Deployment | UnsetType | None = UNSET
    checkpoint: state.Checkpoint | UnsetType | None = UNSET
    resource_plans: dict[str, plan.ResourcePlan] | UnsetType | None = UNSET


_DECODER: Final = msgspec.json.Decoder(_File)


def _no_program(_: str) -> None:
    return None


def read(file: str, program_of: ProgramOf = _no_program) -> Document:
    """
    Reads a file that Pulumi wrote about a stack.

    :param file: its name, or `-` for standard input. A pipe is read to its end.
    :param program_of: finds the source of a project's program, in which policies look for secrets.
    :raises DocumentError: where it cannot be read, or is none of the kinds that are.
    """
    return parse(_content(file), program_of)


def parse(text: bytes, program_of: ProgramOf = _no_program) -> Document:
    """
    The stack in the content of a file, which may be compressed with gzip.

    :param program_of: finds the source of a project's program.
    :raises DocumentError: where it is none of the kinds that are read.
    """
    text = _unpacked(text).removeprefix(codecs.BOM_UTF8)
    if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # What PowerShell makes of the output of a command.
        text = text.decode("utf-16", "replace").encode()
    if not text.strip():
        raise DocumentError("the file is empty")
    try:
        return _parse(text, program_of)
    except msgspec.ValidationError as error:
        raise DocumentError(f"the file is not as Pulumi writes it: {printable(str(error))}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DocumentError(_not_json(text, error)) from None
    except RecursionError:
        raise DocumentError("the file's values are nested too deeply") from None


def _parse(text: bytes, program_of: ProgramOf) -> Document:
    file = _DECODER.decode(text)
    hidden = _ENCRYPTED in text
    if file.steps is not UNSET:
        same = (file.change_summary or {}).get("same", 0)
        return preview.document(file.steps or [], file.diagnostics or [], file.config or {}, same, program_of)
    if file.deployment is not UNSET:
        return state.document(file.deployment, state.EXPORT, program_of, has_hidden_secrets=hidden)
    if file.checkpoint is not UNSET:
        latest = file.checkpoint.latest if file.checkpoint else None
        return state.document(latest, state.BACKEND, program_of, has_hidden_secrets=hidden)
    if file.resource_plans is not UNSET:
        return plan.document(file.resource_plans or {}, file.config or {}, program_of, has_hidden_secrets=hidden)
    raise DocumentError(
        "the file is JSON, but not what `pulumi preview --json`, `pulumi stack export` or `pulumi preview --save-plan` "
        "writes, and no state file"
    )


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
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(text)) as packed:
            return _bounded(packed)
    except (EOFError, OSError, zlib.error):
        raise DocumentError("the file is compressed with gzip, and cut off or damaged") from None
