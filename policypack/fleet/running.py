"""A run over many stacks: which of them need to be evaluated, on which workers, and what is written when."""

from __future__ import annotations

import hashlib
import logging
import pickle
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain, islice
from typing import Any, Final, TypeAlias

import dask
import msgspec
from distributed import Client, Future, KilledWorker, LocalCluster, as_completed, wait

from policypack import VERSION
from policypack.evaluation import exemptions_of
from policypack.fleet import schema
from policypack.fleet.dataset import DataSet, Part, Row, Run, part_of
from policypack.fleet.evaluating import Batch, Result, Task, evaluate, pack_content, unlisted, unreadable, version
from policypack.fleet.states import SourceError, State, located, shown_source, states
from policypack.settings import Settings

_REUSED_FOR: Final = timedelta(days=7)
"""
How long a result is used again for a state that has not changed. Some policies know dates, such as that on which the
support of an engine's version ends: their findings come this much too late at most.
"""
_IN_FLIGHT: Final = 2
"""Batches that each worker has or waits for. It bounds the memory: results are written as they come."""
_BATCH: Final = 16
"""States of a batch: to send one costs Dask some milliseconds of this process."""
_BATCH_BYTES: Final = 4 << 20
"""Size of the states of a batch, as they are stored, from which on it gets no more: workers should end together."""
_OF_THIS_MACHINE: Final = "127.0.0.1:0"
"""A free port for what Dask serves: its default one may be taken, and is not of this machine alone."""
_DASK: Final = {
    # A state with which a worker ends, most likely for want of memory, gets one more try.
    "distributed.scheduler.allowed-failures": 1,
    # The last messages, of which Dask keeps a thousand, have whole tasks and results in them.
    "distributed.admin.low-level-log-length": 0,
}

Progress = Callable[[int, int], None]
"""Is told how many states are done, and of how many."""
_Future: TypeAlias = Future[list[Result | None]]


class FleetError(Exception):
    """A run that cannot go on; its text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What a run was.

    :param states: how many states were found.
    :param reused: of how many the results were known already.
    """

    run: Run
    states: int
    reused: int


def run_fleet(
    sources: Sequence[str],
    data: DataSet,
    settings: Settings,
    *,
    config: str = "",
    owner_tag: str = "owner",
    workers: int = 1,
    scheduler: str = "",
    progress: Progress = lambda _done, _all: None,
) -> Outcome:
    """
    Evaluates the states in some sources, and adds a run to a data set.

    A run of the same pack, settings and sources that was interrupted is continued. Of a state that has not changed
    since the last run of the same pack and settings, the results are taken from there.

    :param sources: URLs of self-managed backends, and folders.
    :param config: what says how the policies are set, in words.
    :param owner_tag: the key of the tag that says who owns a resource.
    :param workers: how many processes evaluate on this machine.
    :param scheduler: the address of a Dask scheduler whose workers evaluate instead.
    :raises FleetError: where no state is found, or no worker.
    :raises DataError: where the data set cannot be read or written.
    """
    # Listing the sources may take minutes: a run that cannot write its results should end before that.
    with data.locked():
        found, broken = _found(sources)
        if not found:
            raise FleetError("\n".join(f"{source}: {sentence}" for source, sentence in broken.items()))
        run = Run(
            version=schema.VERSION,
            id=f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S-%f}Z",
            pack_version=VERSION,
            pack_content=pack_content(),
            settings=_digest(settings),
            config=config,
            owner_tag=owner_tag.lower(),
            sources=sorted({state.source.shown for state in found} | broken.keys()),
            began=datetime.now(UTC),
            exemptions=exemptions_of(settings.values(), datetime.now(UTC).date()).exemptions,
        )
        run, known, latest = _begin(data, run)
        parts = _Parts(data, run, known, latest, progress)
        tasks = parts.tasks(found, broken)
        if first := next(tasks, None):
            batches = _batches(chain([first], tasks), pickle.dumps(dict(settings)), run.owner_tag)
            with _client(workers, scheduler) as client:
                for task, result in _evaluated(client, batches):
                    parts.add(task, result)
        run.ended = datetime.now(UTC)
        data.write_run(run)
    return Outcome(run, len(found), parts.reused)


def _found(sources: Sequence[str]) -> tuple[list[State], dict[str, str]]:
    """The states in all sources, and a sentence for each source whose states cannot be listed."""
    found: dict[str, State] = {}
    broken: dict[str, str] = {}
    for source in sources:
        shown = shown_source(source)
        try:
            location = located(source)
            shown = location.shown
            found |= {state.id: state for state in states(location)}
        except SourceError as error:
            broken[shown] = str(error)
    return list(found.values()), broken


def _begin(data: DataSet, run: Run) -> tuple[Run, Run | None, Run | None]:
    """
    The run to write: a new one, or an interrupted one to continue. With it, the last runs before it that have ended:
    one whose results hold where a state has not changed, and one of whatever settings.
    """
    runs = data.runs()
    ended = [each for each in runs if each.ended]
    for other in runs:
        if other.ended is None:
            if other.is_like(run) and other.sources == run.sources and run.began - other.began < _REUSED_FOR:
                run = other
            else:
                data.drop(other)
    data.write_run(run)
    known = next((each for each in reversed(ended) if each.is_like(run)), None)
    return run, known, ended[-1] if ended else None


def _digest(settings: Settings) -> str:
    """What differs where a policy is set differently in effect, whatever file says so."""
    said = {id_: (setting.level, setting.config) for id_, setting in sorted(settings.items())}
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()[:32]


@dataclass(slots=True)
class _Open:
    """A part whose tasks are under way: what is known of it, and the first days of findings in the last run."""

    results: dict[str, Result]
    missing: int
    latest: Part


@dataclass(slots=True)
class _Parts:
    """The parts of a run: which tasks each needs, and what has come of them."""

    data: DataSet
    run: Run
    known: Run | None
    latest: Run | None
    progress: Progress
    reused: int = 0
    _done: int = 0
    _all: int = 0
    _open: dict[int, _Open] = field(default_factory=dict)
    _reusable: dict[str, Result] = field(default_factory=dict)

    def tasks(self, found: Sequence[State], broken: Mapping[str, str]) -> Iterator[Task]:
        """What has to be evaluated, part by part. Parts of which all is known are written on the way."""
        members: dict[int, list[State]] = defaultdict(list)
        for state in found:
            members[part_of(state.id)].append(state)
        results: dict[int, dict[str, Result]] = defaultdict(dict)
        for source, sentence in broken.items():
            results[part_of(source)][source] = unlisted(source, sentence)
        self._all = len(found)
        for part in sorted({*members, *results}):
            if self.data.has(self.run, part):
                self._advance(len(members[part]))
            else:
                yield from self._tasks_of(part, members[part], results.pop(part, {}))

    def _tasks_of(self, part: int, members: Sequence[State], results: dict[str, Result]) -> Iterator[Task]:
        known = self.data.read(self.known, part) if self.known else Part({}, {})
        tasks = []
        for state in members:
            old = _still_valid(known, state)
            if old and state.version and state.version == old.stack["content"]:
                results[state.id] = old
                self.reused += 1
                self._advance()
            else:
                if old:
                    self._reusable[state.id] = old
                tasks.append(Task(state, old.stack["content"] if old else ""))
        latest = self.data.read(self.latest, part) if self.latest else Part({}, {})
        self._open[part] = _Open(results, len(tasks), latest)
        if tasks:
            yield from tasks
        else:
            self._write(part)

    def add(self, task: Task, result: Result | None) -> None:
        """
        Adds what came of a task, and writes its part where that was the last.

        :param result: None where the content of the state is the known one.
        """
        state = task.state
        part = part_of(state.id)
        old = self._reusable.pop(state.id, None)
        if result is None:
            assert old
            result = old
            self.reused += 1
        opened = self._open[part]
        opened.results[state.id] = result
        opened.missing -= 1
        self._advance()
        if not opened.missing:
            self._write(part)

    def _write(self, part: int) -> None:
        opened = self._open.pop(part)
        results = [result for _, result in sorted(opened.results.items())]
        findings = [row for result in results for row in _dated(result, opened.latest)]
        self.data.write(self.run, part, [result.stack for result in results], findings)

    def _advance(self, count: int = 1) -> None:
        self._done += count
        self.progress(self._done, self._all)


def _still_valid(known: Part, state: State) -> Result | None:
    """The known result of a state, where it still holds if the state has not changed."""
    stack = known.stacks.get(state.id)
    if stack is None or stack["status"] != "checked":
        return None
    today = datetime.now(UTC).date()
    checked: date = stack["checked_on"]
    findings = known.findings.get(state.id, [])
    has_expired = any(
        row["is_exempted"] and row["exemption_expires"] and row["exemption_expires"] < today for row in findings
    )
    return None if has_expired or today - checked > _REUSED_FOR else Result(stack, findings)


def _dated(result: Result, latest: Part) -> Iterator[Row]:
    """The findings of a result, those that the last run had too with the day on which they were first seen."""
    first = {row["fingerprint"]: row["first_seen"] for row in latest.findings.get(result.stack["state"], ())}
    for row in result.findings:
        yield {**row, "first_seen": first.get(row["fingerprint"], row["first_seen"])}


@contextmanager
def _client(workers: int, scheduler: str) -> Iterator[Client]:
    """A client of the cluster that evaluates: an existing one, or one of processes on this machine."""
    with dask.config.set(_DASK):
        if not scheduler:
            local = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=_OF_THIS_MACHINE,
                worker_dashboard_address=_OF_THIS_MACHINE,
                silence_logs=logging.CRITICAL,
            )
            with local, Client(local) as client:
                yield client
            return
        try:
            client = Client(scheduler, timeout=10)
        except (OSError, ValueError):
            raise FleetError(f"there is no Dask scheduler at {scheduler}") from None
        with client:
            _check_workers(client, scheduler)
            yield client


def _check_workers(client: Client, scheduler: str) -> None:
    try:
        versions = set(client.run(version).values())
    except Exception:  # noqa: BLE001 what a worker raises that cannot import the pack is its own
        versions = {"none"}
    if not versions:
        raise FleetError(f"the Dask scheduler at {scheduler} has no workers")
    if others := sorted(versions - {version()}):
        raise FleetError(
            f"the workers at {scheduler} must have the same pack, {version()}; they have: {', '.join(others)}"
        )


def _batches(tasks: Iterator[Task], settings: bytes, owner_tag: str) -> Iterator[Batch]:
    """The tasks in batches, in their order."""
    batch: list[Task] = []
    size = 0
    for task in tasks:
        batch.append(task)
        size += task.state.size
        if len(batch) == _BATCH or size >= _BATCH_BYTES:
            yield Batch(tuple(batch), settings, owner_tag)
            batch, size = [], 0
    if batch:
        yield Batch(tuple(batch), settings, owner_tag)


def _evaluated(client: Client, batches: Iterator[Batch]) -> Iterator[tuple[Task, Result | None]]:
    """Each task with what came of it, in the order in which their batches are done."""
    under_way: dict[Any, Batch] = {}
    suspects: list[Batch] = []

    def submit(batch: Batch) -> _Future:
        future = client.submit(evaluate, batch, pure=False)
        under_way[future.key] = batch
        return future

    count = _IN_FLIGHT * max(1, len(client.nthreads()))
    futures = as_completed([submit(batch) for batch in islice(batches, count)])
    for future in futures:
        batch = under_way.pop(future.key)
        if future.status == "error":
            suspects.append(batch)
        else:
            yield from zip(batch.tasks, _results(future), strict=True)
        future.release()
        if following := next(batches, None):
            futures.add(submit(following))
    # When a worker ends, Dask reports an error for every batch that it had. Evaluating their tasks one at a time shows
    # which of them ends a worker.
    alone = (replace(batch, tasks=(task,)) for batch in suspects for task in batch.tasks)
    for batch in alone:
        future = submit(batch)
        wait(future)
        [task] = batch.tasks
        if future.status == "error":
            yield task, unreadable(task.state, f"it could not be evaluated: {_reason(future)}")
        else:
            yield task, _results(future)[0]


def _results(future: _Future) -> list[Result | None]:
    if future.status != "finished":
        raise FleetError("the Dask cluster has ended; run the same command again to go on")
    return future.result()


def _reason(future: _Future) -> str:
    error = future.exception()
    if isinstance(error, KilledWorker):
        return "a worker ended with it, most likely for want of memory"
    return type(error).__name__
