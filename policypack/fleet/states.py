"""
Where the states of many stacks are, and what is in one: self-managed backends and folders of exports, by fsspec.

The layouts of a backend: https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/backend/diy/store.go. Below
`.pulumi/stacks/`, `STACK.json` is that of the legacy layout and `PROJECT/STACK.json` that of the project-scoped one,
each also compressed as `.json.gz` or `.json.zst`. Of several files for one stack, the newest counts (stackPath in
backend.go).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import fsspec
import pyarrow as pa

from policypack.documents import DocumentError
from policypack.model import printable

_T = TypeVar("_T")

LARGEST: Final = 1 << 30
"""Bytes of a state, unpacked: the most that `policypack check` reads, too."""
_TOO_LARGE: Final = "the file is larger than 1 GiB, which is the most that is read"
_STACKS: Final = ".pulumi/stacks"
_STATE: Final = re.compile(r"(?P<path>.+)\.json(?:\.gz|\.zst)?")
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_PACKAGES: Final = {"s3": "s3fs", "gs": "gcsfs", "abfs": "adlfs"}
_DENIED: Final = (401, 403)
"""HTTP's codes for it, which errors of Azure's and Google's clients carry."""
_VERSIONS: Final = ("ETag", "etag", "md5Hash")
"""The keys under which object stores tell of a file what changes with its content."""


class SourceError(Exception):
    """A source whose states cannot be listed; its text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Location:
    """
    A place that fsspec reads.

    :param protocol: fsspec's name for the kind of file system.
    :param path: the path in it.
    :param shown: the place as results show it: without a query, which may hold keys.
    :param options: what fsspec needs to know of the file system. They may hold secrets.
    """

    protocol: str
    path: str
    shown: str
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class State:
    """
    A file with the latest state of a stack.

    :param source: the source that it was found in.
    :param path: its path in the file system of the source.
    :param name: its path below the source: `PROJECT/STACK`.
    :param version: what changes with its content, as the object store says; empty where it says nothing.
    :param size: in bytes, as it is stored.
    """

    source: Location
    path: str
    name: str
    version: str
    size: int

    @property
    def id(self) -> str:
        """What identifies the stack from run to run: the source and the name."""
        return f"{self.source.shown}#{self.name}"


def located(source: str) -> Location:
    """
    Where a source is.

    :param source: the URL of a self-managed backend, as for `pulumi login`, or a folder.
    :raises SourceError: where the URL is of another kind.
    """
    scheme, separator, rest = source.partition("://")
    if not separator:
        path = os.path.abspath(os.path.expanduser(source))
        return Location("file", path, printable(path))
    rest, _, query = rest.partition("?")
    rest = rest.rstrip("/")
    asked = dict(parse_qsl(query))
    shown = shown_source(source)
    match scheme:
        case "file":
            return located(rest or "/")
        case "s3":
            return Location("s3", rest, shown, _of_s3(asked))
        case "gs":
            return Location("gs", rest, shown, _of_google(asked))
        case "azblob":
            return Location("abfs", rest, shown, _of_azure(asked))
    raise SourceError("it is neither a folder nor a file://, s3://, gs:// or azblob:// URL")


def shown_source(source: str) -> str:
    """A source as results show it: without what in a URL may be a key or a password."""
    scheme, separator, rest = source.partition("://")
    if not separator:
        return printable(source)
    place = rest.partition("?")[0].rstrip("/")
    host, slash, path = place.partition("/")
    return printable(f"{scheme}://{host.rpartition('@')[2]}{slash}{path}")


def _of_s3(asked: Mapping[str, str]) -> dict[str, Any]:
    """The parameters that Pulumi takes: https://www.pulumi.com/docs/iac/concepts/state-and-backends/#aws-s3."""
    client: dict[str, Any] = {}
    if region := asked.get("region"):
        client["region_name"] = region
    if endpoint := asked.get("endpoint"):
        is_plain = "true" in (asked.get("disableSSL"), asked.get("disable_https"))
        has_scheme = "://" in endpoint
        client["endpoint_url"] = endpoint if has_scheme else f"{'http' if is_plain else 'https'}://{endpoint}"
    options: dict[str, Any] = {"client_kwargs": client} if client else {}
    if profile := asked.get("profile"):
        options["profile"] = profile
    if "true" in (asked.get("s3ForcePathStyle"), asked.get("use_path_style")):
        options["config_kwargs"] = {"s3": {"addressing_style": "path"}}
    return options


def _of_google(asked: Mapping[str, str]) -> dict[str, Any]:
    """
    The variables and parameters that Pulumi reads beside Google's own:
    https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/authhelpers/gcpauth.go and gocloud.dev/blob/gcsblob.
    """
    if asked.get("anonymous") == "true" or os.environ.get("STORAGE_EMULATOR_HOST"):
        return {"token": "anon"}
    if given := os.environ.get("GOOGLE_CREDENTIALS"):
        try:
            return {"token": json.loads(given)}
        except ValueError:
            raise SourceError("the variable GOOGLE_CREDENTIALS has no JSON, which Pulumi takes from it") from None
    return {}


def _of_azure(asked: Mapping[str, str]) -> dict[str, Any]:
    """The variables and parameters that Pulumi reads: https://www.pulumi.com/docs/iac/concepts/state-and-backends/."""
    found = {
        "account_name": asked.get("storage_account") or os.environ.get("AZURE_STORAGE_ACCOUNT"),
        "account_key": os.environ.get("AZURE_STORAGE_KEY"),
        "sas_token": os.environ.get("AZURE_STORAGE_SAS_TOKEN"),
        "connection_string": os.environ.get("AZURE_STORAGE_CONNECTION_STRING"),
    }
    return {key: value for key, value in found.items() if value}


def states(source: Location) -> list[State]:
    """
    The states in a source, by name: those of a backend where it has a folder `.pulumi/stacks`, otherwise every JSON
    file below it.

    :raises SourceError: where they cannot be listed, or there are none.
    """
    files, folder = _listed(source)
    newest: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for path, info in files.items():
        match = _STATE.fullmatch(path)
        # What is deeper in a backend is no state.
        if match is None or (folder.endswith(_STACKS) and match["path"].removeprefix(folder).count("/") > 2):
            continue
        name = match["path"].removeprefix(folder).strip("/")
        if name not in newest or _modified(info) >= _modified(newest[name][1]):
            newest[name] = path, info
    if not newest:
        raise SourceError("it has no states: neither .pulumi/stacks, nor JSON files that `pulumi stack export` wrote")
    return [
        State(source, path, printable(name), _version(info), int(info.get("size") or 0))
        for name, (path, info) in sorted(newest.items())
    ]


def _listed(source: Location) -> tuple[Mapping[str, Mapping[str, Any]], str]:
    """The files of a source with what is known of each, and the folder that they are below."""

    def listed() -> tuple[Mapping[str, Mapping[str, Any]], str]:
        system = file_system(source)
        system.invalidate_cache()
        folder = system._strip_protocol(f"{source.path}/{_STACKS}")
        if not system.isdir(folder):
            folder = system._strip_protocol(source.path)
            system.ls(folder)  # `find` finds nothing where there is nothing, and says nothing of it
        return system.find(folder, detail=True), folder

    return _contained(listed, SourceError, source)


def _modified(info: Mapping[str, Any]) -> datetime:
    for key in ("LastModified", "mtime", "updated", "last_modified"):
        match info.get(key):
            case datetime() as moment:
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            case int() | float() as seconds:
                return datetime.fromtimestamp(seconds, UTC)
            case str() as text:
                return datetime.fromisoformat(text)
    return datetime.min.replace(tzinfo=UTC)


def _version(info: Mapping[str, Any]) -> str:
    return next((str(info[key]).strip('"') for key in _VERSIONS if info.get(key)), "")


def content(state: State) -> bytes:
    """
    What is in the file of a state; it may still be compressed with gzip.

    :raises DocumentError: where it cannot be read.
    """
    read = b""
    if state.size > LARGEST:
        raise DocumentError(_TOO_LARGE)
    if state.size:
        read = _contained(lambda: file_system(state.source).cat_file(state.path), DocumentError, state.source)
    if read.startswith(_ZSTD):
        try:
            with pa.input_stream(pa.BufferReader(read), compression="zstd") as packed:
                read = packed.read(LARGEST + 1)
        except OSError:
            raise DocumentError("the file is compressed with Zstandard, and cut off or damaged") from None
        if len(read) > LARGEST:
            raise DocumentError(_TOO_LARGE)
    return read


def digest(text: bytes) -> str:
    """What changes with a content, where no object store says it."""
    return hashlib.sha256(text).hexdigest()[:32]


def file_system(location: Location) -> Any:
    """The file system of a location, of fsspec."""
    return fsspec.filesystem(location.protocol, **location.options)


def _contained(read: Callable[[], _T], error: type[Exception], source: Location) -> _T:
    """
    What reading comes to.

    :raises Exception: the given error, with a sentence. The text of other errors is not repeated: it may hold keys.
    """
    try:
        return read()
    except ImportError:
        package = _PACKAGES.get(source.protocol, source.protocol)
        raise error(f"{package} is not installed, which reads it: run `pip install {package}`") from None
    except FileNotFoundError:
        raise error("it does not exist") from None
    except PermissionError:
        raise error("access to it is denied") from None
    except OSError as raised:
        raise error(f"it cannot be read: {raised.strerror or type(raised).__name__}") from None
    except Exception as raised:  # noqa: BLE001 each store has errors of its own
        if getattr(raised, "status_code", None) in _DENIED or getattr(raised, "code", None) in _DENIED:
            raise error("access to it is denied") from None
        raise error(f"it cannot be read ({type(raised).__name__})") from None
