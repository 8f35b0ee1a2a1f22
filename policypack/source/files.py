"""Reads the files of a program, without what is not its own source."""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from policypack.source.budget import Clock
from policypack.source.languages import LANGUAGES, Language

_LARGEST: Final = 1_000_000
"""Bytes of one file: a larger one was hardly written by a person."""
_MOST_FILES: Final = 5_000
_MOST_BYTES: Final = 64_000_000
_MOST_NAMES: Final = 100_000
"""Files of whatever kind, and folders: a data set may lie beside the program."""

_OF_OTHERS: Final = frozenset(
    {"__pycache__", "bin", "build", "dist", "node_modules", "obj", "site-packages", "target", "vendor"}
)
"""Folders of what others wrote, or a compiler did."""
_OF_TOOLS: Final = frozenset({"npm-shrinkwrap.json", "package-lock.json", "packages.lock.json", "pnpm-lock.yaml"})
"""Files that nobody writes by hand, and large ones."""
_STACK_SETTINGS: Final = re.compile(r"Pulumi\..+\.(?:ya?ml|json)")
"""What stands in a stack's settings is configured, not written in the program."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a program. Its content is UTF-8 with line feeds, whatever the file itself has."""

    name: str
    language: Language
    content: bytes = field(repr=False)


@dataclass(slots=True)
class Reading:
    """The files of a folder, and how much of it was left out."""

    files: list[File] = field(default_factory=list)
    too_large: int = 0
    unreadable: int = 0
    not_text: int = 0
    is_cut_short: bool = False

    @property
    def note(self) -> str:
        """What was left out, in words; empty when nothing was."""
        left_out = []
        if self.too_large:
            left_out.append(f"{self.too_large} of more than 1 MB")
        if self.unreadable:
            left_out.append(f"{self.unreadable} that cannot be read")
        if self.not_text:
            left_out.append(f"{self.not_text} that {'is' if self.not_text == 1 else 'are'} no text")
        if self.is_cut_short:
            left_out.append(f"all after the first {len(self.files):,}")
        return f"the search of the program's source left out files: {', '.join(left_out)}" if left_out else ""


def read(folder: str, clock: Clock | None = None) -> Reading:
    """
    Reads the files in and below a folder, from the top down and in the order of their names.

    :param clock: the time that is left for reading.
    """
    reading = Reading()
    size = 0
    start = len(os.path.join(folder, ""))
    for entry in _entries(folder, reading):
        language = _language(entry.name)
        if not language:
            continue
        if len(reading.files) >= _MOST_FILES or size >= _MOST_BYTES or (clock and clock.left < 0):
            reading.is_cut_short = True
            break
        if content := _content(entry, reading):
            size += len(content)
            name = entry.path[start:].replace(os.sep, "/")
            # A file's name need not be text, which it has to be in a message.
            reading.files.append(File(name.encode(errors="replace").decode(), language, content))
    return reading


def _entries(folder: str, reading: Reading) -> Iterator[os.DirEntry[str]]:
    """The files of the program's own folders. Links are not followed: so there is no loop, and no way out."""
    folders = deque([folder])
    room = _MOST_NAMES
    while folders:
        path = folders.popleft()
        try:
            with os.scandir(path) as listing:
                entries = sorted(islice(listing, room + 1), key=lambda entry: entry.name)
            room -= len(entries)
            if room < 0:
                reading.is_cut_short = True
                return
            if path != folder and any(_is_of_installer(entry.name) for entry in entries):
                continue
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    yield entry
                elif entry.is_dir(follow_symlinks=False) and not is_of_others(entry.name):
                    folders.append(entry.path)
        except OSError:
            reading.unreadable += 1


def _is_of_installer(name: str) -> bool:
    """Whether a folder with an entry of this name is an environment, or what `pip install --target` fills."""
    return name == "pyvenv.cfg" or name.endswith(".dist-info")


def is_of_others(folder: str) -> bool:
    """Whether a folder of this name has what others wrote, or a compiler did, or is hidden."""
    return folder.startswith(".") or folder in _OF_OTHERS


def _language(name: str) -> Language | None:
    if name in _OF_TOOLS or _STACK_SETTINGS.fullmatch(name):
        return None
    if name.startswith(".env"):
        return LANGUAGES[".env"]
    return LANGUAGES.get(os.path.splitext(name)[1].lower())


def _content(entry: os.DirEntry[str], reading: Reading) -> bytes | None:
    """A file's content as UTF-8; None for one that is binary or cannot be read."""
    try:
        data = read_regular(entry.path, _LARGEST + 1)
    except OSError:
        reading.unreadable += 1
        return None
    if len(data) > _LARGEST:
        reading.too_large += 1
        return None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", "replace").encode()
    elif b"\0" in data:
        reading.not_text += 1
        return None
    elif b"coding" in data and entry.name.endswith(".py"):
        data = _decoded(data, _declared_encoding(data)).encode(errors="replace")
    elif not data.isascii():
        data = _decoded(data, "utf-8-sig").encode()
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


_READ_ONLY: Final = (
    os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
)


def read_regular(path: str, most: int) -> bytes:
    """
    Reads the beginning of a regular file; of anything else, such as a pipe, nothing.

    What a path names may change after it was listed: so links are not followed, and no pipe is waited for.
    """
    with open(path, "rb", buffering=0, opener=lambda name, _: os.open(name, _READ_ONLY)) as file:
        return (file.read(most) or b"") if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""


_DECLARATION: Final = re.compile(rb"[ \t\f]*#[^\n]{0,200}?coding[:=][ \t]{0,9}([-\w.]{1,40})")
_BLANK: Final = re.compile(rb"[ \t\f]*(?:#|$)")
_ENCODINGS: Final = re.compile(
    r"(?:ascii|big5(?:hkscs)?|cp\d+|euc_\w+|gb\w+|hz|iso2022_\w+|iso8859-\d+|johab|koi8-\w|mac-\w+|ptcp154|shift_\w+"
    r"|tis-620|utf-8(?:-sig)?)"
)
"""Encodings of text that people write, by Python's names. Some others, such as punycode, are slow or no text's."""


def _declared_encoding(data: bytes) -> str:
    """The encoding that a Python file declares in one of its first two lines (PEP 263)."""
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    for line in data[:1_000].splitlines()[:2]:
        if match := _DECLARATION.match(line):
            try:
                name = codecs.lookup(match[1].decode("ascii")).name
            except (LookupError, ValueError):
                return "latin-1"
            return name if _ENCODINGS.fullmatch(name) else "latin-1"
        if not _BLANK.match(line):
            break
    return "utf-8"


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except (LookupError, ValueError):
        return data.decode("latin-1")
