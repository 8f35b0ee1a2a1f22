"""
Files that no reader may fail on: good ones, changed at random, for tools/fuzz.py.

A reader of another kind of file is one more row of READERS.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from policypack.config_file import check_file
from policypack.pack import PACK
from policypack.source import Sources
from policypack.source.languages import LANGUAGES
from policypack.source.program import program_at

ROOT: Final = Path(__file__).resolve().parent.parent
SECRET: Final = "Q7zW9kX4vB2nR8tL"
"""What is looked for in source, and no sentence may have."""
_MOST_CHANGES: Final = 8
_PIECES: Final = (
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\x1b[2J", b"\r", "\u2028".encode(), "é😀".encode()),
    *(b"{", b"}", b"[", b"]", b'"', b"'", b'"""', b"`", b"\\", b"/*", b"*/", b"#", b"//", b"${", b"{{", b"}}"),
    *(b"%s", b'f"{a}"', b'""+', b"\\N{", b"\\u", b"\\x", b"!!python/object:a ", b"&a ", b"*a", b"<<: ", b"---\n"),
    *(b": ", b"- ", b"? ", b"|\n", b">-\n", b"\t", b" " * 50, b"# coding: punycode\n", b"# coding: utf-7\n"),
    *(b"9" * 5000, b"1e999", b"NaN", b"-0", b"null", b'"all": "mandatory",', b'"enforcementLevel": 5,'),
    f'"{SECRET[:8]}" + "{SECRET[8:]}"'.encode(),
)


@dataclass(frozen=True, slots=True)
class Reader:
    """
    A reader of files.

    :param seeds: the contents of good files.
    :param read: reads the file at a path, and gives the sentences that people are shown about it.
    :param names: the names that the file may have.
    """

    seeds: Callable[[], Iterable[bytes]]
    read: Callable[[Path], Iterable[str]]
    names: tuple[str, ...]


def _contents(*patterns: str) -> Callable[[], Iterator[bytes]]:
    return lambda: (file.read_bytes() for pattern in patterns for file in sorted(ROOT.glob(pattern)))


def _config(file: Path) -> Iterator[str]:
    yield from (mistake.in_file("policies.json") for mistake in check_file(file, PACK)[1])


def _project(file: Path) -> Iterator[str]:
    program_at(file.parent, "shop")
    yield from ()


def _source(file: Path) -> Iterator[str]:
    sources = Sources.read(file.parent)
    yield from map(str, sources.places(SECRET))
    yield sources.note


# The forms in which programs of several languages have it: without it, a file is not looked into.
_WITH_SECRET: Final = f"""
password = "{SECRET}"
first = "{SECRET[:8]}"
joined = first + "{SECRET[8:]}"
filled = f"{{first}}{SECRET[8:]}"
password: {SECRET}
""".encode()

READERS: Final[dict[str, Reader]] = {
    "policy config": Reader(_contents("config/*.json"), _config, ("policies.json",)),
    "project": Reader(
        _contents("examples/*/*/Pulumi.yaml", "tests/e2e/*/Pulumi.yaml"), _project, ("Pulumi.yaml", "Pulumi.json")
    ),
    "source": Reader(
        lambda: (content + _WITH_SECRET for content in _contents("examples/*/*/*.py", "tests/e2e/*/*.*")()),
        _source,
        tuple(f"a{ending}" for ending in sorted(LANGUAGES)),
    ),
}


@cache
def _seeds(kind: str) -> tuple[bytes, ...]:
    return tuple(READERS[kind].seeds())


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="policypack-fuzz-")


def file_faults(kind: str, seed: str) -> Iterator[str]:
    """What is wrong with how a reader takes the file that a seed makes."""
    draw = random.Random(seed)
    reader = READERS[kind]
    content = draw.choice(_seeds(kind))
    for _ in range(draw.randrange(_MOST_CHANGES)):
        content = _changed(content, kind, draw)
    file = Path(_folder().name) / draw.choice(reader.names)
    file.write_bytes(content)
    try:
        for sentence in reader.read(file):
            if not sentence.isprintable():
                yield f"{kind}: a sentence is not printable: {sentence!r}"
            if SECRET in sentence:
                yield f"{kind}: a sentence tells a secret: {sentence!r}"
    except Exception as error:  # noqa: BLE001 whatever a reader raises is what is looked for
        yield f"{kind}: {type(error).__name__}: {error}"
    finally:
        file.unlink()


def _changed(content: bytes, kind: str, draw: random.Random) -> bytes:
    """A file with one change in it, anywhere."""
    start = draw.randrange(len(content) + 1)
    end = min(len(content), start + draw.choice((0, 0, 1, 5, 50, 500)))
    part = content[start:end]
    others = _seeds(kind)
    new = draw.choice(
        (
            b"",
            draw.choice(_PIECES),
            draw.choice(_PIECES) * draw.choice((1, 2, 200, 3000)),
            part * draw.choice((2, 50)),
            bytes(draw.randrange(256) for _ in range(draw.randrange(8))),
            draw.choice(others)[start:end],
        )
    )
    return content[:start] + new + content[end:]
