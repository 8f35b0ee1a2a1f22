"""
The data set: a folder with two tables, `stacks/run=RUN/part-NNN.parquet` and `findings/run=RUN/part-NNN.parquet`, and
what each run was, `runs/RUN.json`.

The stacks are in the parts by a hash of what identifies them. A part is what is written at once: a run that is killed
and started again keeps the parts that it has. A part of one run needs that part of another alone, however many stacks
there are.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from policypack.exemption import Exemption
from policypack.fleet.schema import FINDINGS, STACKS, VERSION

try:
    import fcntl
except ImportError:  # Windows has none; docs/fleet.md says so
    fcntl = None  # type: ignore[assignment]

PARTS: Final = 256
Row = dict[str, Any]


class DataError(Exception):
    """A data set that cannot be read or written; its text is a sentence that says why."""


class Run(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """
    What a run was.

    :param id: its name in the data set, made from the moment at which it began.
    :param pack_version: the version of the pack.
    :param pack_content: a digest of the files of the pack, which tells apart two checkouts of one version.
    :param settings: a digest of what all policies were set to.
    :param config: the preset or config file that the settings are from; empty for the policies' own defaults.
    :param owner_tag: the key of the tag that owners are from.
    :param sources: the sources, as results show them.
    :param exemptions: the exemptions of the config; the column `exemptions` has their places in it.
    :param ended: when all parts were written; None where the run was interrupted.
    """

    version: int
    id: str
    pack_version: str
    settings: str
    config: str
    owner_tag: str
    sources: list[str]
    began: datetime
    pack_content: str = ""
    exemptions: tuple[Exemption, ...] = ()
    ended: datetime | None = None

    def is_like(self, other: Run) -> bool:
        """Whether the other run comes to the same about the same states, within a few days."""
        return self._kind == other._kind

    @property
    def _kind(self) -> tuple[str, ...]:
        return self.pack_version, self.pack_content, self.settings, self.owner_tag


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one part of a run, by the state that they are about."""

    stacks: dict[str, Row]
    findings: dict[str, list[Row]]


def part_of(state: str) -> int:
    """The part that a state's rows are in."""
    return hashlib.sha256(state.encode()).digest()[0] % PARTS


class DataSet:
    """A data set in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """
        Until the block ends, no other process on this machine writes to the data set. The operating system gives the
        lock back when this process ends, however it ends.

        :raises DataError: where another process writes to it, or the folder cannot be written to.
        """
        path = self.folder / "lock"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = path.open("a+", encoding="utf-8")
        except OSError as error:
            raise DataError(f"{path} cannot be written: {error.strerror}") from None
        with file:
            try:
                if fcntl:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise DataError(
                    f"{self.folder} is being written to by {file.read().strip() or 'another process'}: wait until that "
                    "has ended, or write to another folder with --output"
                ) from None
            except OSError as error:
                raise DataError(f"{path} cannot be locked: {error.strerror}; choose a folder on a local disk") from None
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}, begun at {datetime.now(UTC):%H:%M} UTC\n")
            file.flush()
            yield

    def runs(self) -> list[Run]:
        """
        All runs, the newest last.

        :raises DataError: where the folder is of another version, or has something else.
        """
        try:
            files = sorted(self.folder.glob("runs/*.json"))
            runs = [msgspec.json.decode(file.read_bytes(), type=Run) for file in files]
        except OSError as error:
            raise DataError(f"{self.folder} cannot be read: {error.strerror}") from None
        except msgspec.MsgspecError:
            raise DataError(f"{self.folder / 'runs'} has files that no run of this version has written") from None
        if newer := [run for run in runs if run.version > VERSION]:
            raise DataError(f"{self.folder} was written by a newer version of the pack, {newer[0].pack_version}")
        return sorted(runs, key=lambda run: run.began)

    def write_run(self, run: Run) -> None:
        """Records what a run is, or that it has ended."""
        self._replace(self.folder / "runs" / f"{run.id}.json", msgspec.json.encode(run) + b"\n")

    def drop(self, run: Run) -> None:
        """Deletes a run."""
        for table in ("stacks", "findings"):
            shutil.rmtree(self._table(table, run), ignore_errors=True)
        (self.folder / "runs" / f"{run.id}.json").unlink(missing_ok=True)

    def has(self, run: Run, part: int) -> bool:
        """Whether a part was written to its end: its stacks come last."""
        return self._file("stacks", run, part).exists()

    def read(self, run: Run, part: int) -> Part:
        """A part; an empty one where the run has none."""
        if not self.has(run, part):
            return Part({}, {})
        stacks = {row["state"]: row for row in pq.read_table(self._file("stacks", run, part)).to_pylist()}
        findings: dict[str, list[Row]] = {}
        for row in pq.read_table(self._file("findings", run, part)).to_pylist():
            findings.setdefault(row["state"], []).append(row)
        return Part(stacks, findings)

    def write(self, run: Run, part: int, stacks: Sequence[Row], findings: Sequence[Row]) -> None:
        """Writes a part. Equal rows make equal files."""
        self._replace(self._file("findings", run, part), _parquet(findings, FINDINGS))
        self._replace(self._file("stacks", run, part), _parquet(stacks, STACKS))

    def query(self, sql: str, **runs: Run) -> list[tuple[Any, ...]]:
        """
        What DuckDB answers to a query.

        :param sql: a query of the views `stacks` and `findings`.
        :param runs: the runs that the views are of: `run`, and `base` for the views `base_stacks` and `base_findings`.
        """
        with duckdb.connect() as connection:
            for name, run in runs.items():
                for table in ("stacks", "findings"):
                    files = [str(file) for file in sorted(self._table(table, run).glob("*.parquet"))]
                    view = table if name == "run" else f"{name}_{table}"
                    connection.read_parquet(files, hive_partitioning=False).create_view(view)
            return connection.execute(sql).fetchall()

    def _table(self, table: str, run: Run) -> Path:
        return self.folder / table / f"run={run.id}"

    def _file(self, table: str, run: Run, part: int) -> Path:
        return self._table(table, run) / f"part-{part:03}.parquet"

    def _replace(self, file: Path, content: Any) -> None:
        """Writes a file at once, so that none is ever half there."""
        unfinished = file.with_name(f".{file.name}.unfinished")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(content)
            unfinished.replace(file)
        except OSError as error:
            raise DataError(f"{file} cannot be written: {error.strerror}") from None


def _parquet(rows: Sequence[Row], schema: pa.Schema) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), sink, compression="zstd")
    return sink.getvalue()
