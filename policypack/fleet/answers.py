"""What a data set tells: findings by what one asks for, the worst stacks, and what has changed between two runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from policypack.fleet.dataset import DataError, DataSet, Run


@dataclass(frozen=True, slots=True)
class Table:
    """
    An answer.

    :param title: what it tells, in words.
    :param columns: the names of its columns; the rows have a value for each.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Totals:
    """
    How much there is of everything in a run.

    :param stopped: how many stacks have a finding that would stop an update.
    :param unread: how many states and sources could not be read.
    :param unused: how many exemptions match no finding of any stack.
    """

    stacks: int
    stopped: int
    unread: int
    resources: int
    mandatory: int
    advisory: int
    exempted: int
    unused: int


@dataclass(frozen=True, slots=True)
class Overview:
    """
    All answers about a run.

    :param concerns: how many findings a state has about a concern, without those that are exempted: the state, the
        concern, the count.
    """

    run: Run
    totals: Totals
    tables: tuple[Table, ...]
    concerns: Sequence[tuple[str, str, int]]


_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "policy": "policy",
        "control": "unnest(controls)",
        "concern": "concern",
        "project": "project",
        "owner": "owner",
    }
)
"""What findings can be counted by, each with what it is of a finding."""

OF_TWO_RUNS: Final = ("stopped", "change")
"""Questions about two runs."""
QUESTIONS: Final = (*OF_TWO_RUNS, *_KEYS, "stack", "exemption", "unread")
"""What can be asked."""

_COUNTS: Final = """
    count(DISTINCT state) FILTER (NOT is_exempted) AS stacks,
    count(*) FILTER (level = 'mandatory' AND NOT is_exempted) AS mandatory,
    count(*) FILTER (level <> 'mandatory' AND NOT is_exempted) AS advisory,
    count(*) FILTER (is_exempted) AS exempted
"""


def chosen(data: DataSet, run: str = "", base: str = "") -> tuple[Run, Run | None]:
    """
    The runs that are asked about: the newest that has ended, and the one before it.

    :param run: the name of another run, or how it begins.
    :param base: the same of the run that it is compared with.
    :raises DataError: where there is no such run.
    """
    ended = [each for each in data.runs() if each.ended]
    if not ended:
        raise DataError(f"{data.folder} has no run that has ended: `policypack fleet` writes them")
    asked = _named(ended, run) if run else ended[-1]
    if base:
        return asked, _named(ended, base)
    before = ended[: ended.index(asked)]
    return asked, before[-1] if before else None


def _named(runs: Sequence[Run], name: str) -> Run:
    found = [run for run in runs if run.id.startswith(name)]
    if len(found) != 1:
        there = ", ".join(run.id for run in runs[-5:])
        raise DataError(f"{'no' if not found else 'more than one'} run is named {name}; the newest are {there}")
    return found[0]


def overview(data: DataSet, run: Run, base: Run | None) -> Overview:
    """
    The answers to all questions that can be asked.

    :param base: the run with which it is compared; None where there is none.
    """
    questions = [each for each in QUESTIONS if base or each not in OF_TWO_RUNS]
    tables = (answer(data, question, run, base) for question in questions)
    concerns = data.query(
        "SELECT state, concern, count(*) FROM findings WHERE NOT is_exempted GROUP BY ALL ORDER BY ALL", run=run
    )
    return Overview(run, _totals(data, run), tuple(tables), concerns)


def _totals(data: DataSet, run: Run) -> Totals:
    [row] = data.query(
        """
        SELECT count(*) FILTER (status = 'checked'), count(*) FILTER (mandatory > 0),
            count(*) FILTER (status = 'error'), coalesce(sum(resources), 0), coalesce(sum(mandatory), 0),
            coalesce(sum(advisory), 0), coalesce(sum(exempted), 0)
        FROM stacks
        """,
        run=run,
    )
    unused = sum(not stacks for *_, stacks in _exemptions(data, run).rows)
    counts = [*map(int, row), unused]
    return Totals(*counts)


def answer(data: DataSet, question: str, run: Run, base: Run | None = None) -> Table:
    """
    The answer to a question.

    :param question: one of QUESTIONS.
    :param base: the run with which it is compared, for those of OF_TWO_RUNS.
    """
    match question:
        case "stack":
            return _stacks(data, run)
        case "exemption":
            return _exemptions(data, run)
        case "unread":
            return Table("What cannot be read", ("state", "reason"), unread(data, run))
        case "change" | "stopped":
            assert base
            return _changes(data, run, base) if question == "change" else _stopped(data, run, base)
    return _counted(data, question, run)


def unread(data: DataSet, run: Run) -> list[tuple[str, str]]:
    """The states and sources of a run that could not be read, each with a sentence that says why."""
    return data.query("SELECT state, error FROM stacks WHERE status = 'error' ORDER BY state", run=run)


def _counted(data: DataSet, key: str, run: Run) -> Table:
    rows = data.query(
        f"""
        SELECT key, {_COUNTS} FROM (SELECT {_KEYS[key]} AS key, state, level, is_exempted FROM findings)
        GROUP BY key ORDER BY mandatory DESC, advisory DESC, exempted DESC, key
        """,
        run=run,
    )
    shown = [(name or "(none)", *counts) for name, *counts in rows]
    return Table(f"Findings by {key}", (key, "stacks", "mandatory", "advisory", "exempted"), shown)


def _stacks(data: DataSet, run: Run) -> Table:
    rows = data.query(
        """
        SELECT state, project, stack, resources, mandatory, advisory, exempted, undecided FROM stacks
        WHERE status = 'checked' ORDER BY mandatory DESC, advisory DESC, state
        """,
        run=run,
    )
    columns = ("state", "project", "stack", "resources", "mandatory", "advisory", "exempted", "undecided")
    return Table("Stacks, the worst first", columns, rows)


def _exemptions(data: DataSet, run: Run) -> Table:
    """
    In how many stacks each exemption matches a finding; unused exemptions come first. All stacks share one config, so
    an exemption that matches nothing in one stack may match a finding in another.
    """
    sql = "SELECT place, count(*) FROM (SELECT unnest(exemptions) AS place FROM stacks) GROUP BY place"
    # Without exemptions there is nothing to ask, and runs of earlier packs have no such column.
    stacks = dict(data.query(sql, run=run)) if run.exemptions else {}
    rows = [
        (f"exemptions[{place}]", exemption.reason, str(exemption.expires or ""), stacks.get(place, 0))
        for place, exemption in enumerate(run.exemptions)
    ]
    columns = ("exemption", "reason", "expires", "stacks")
    return Table("Exemptions, unused ones first", columns, sorted(rows, key=lambda row: row[-1]))


def _changes(data: DataSet, run: Run, base: Run) -> Table:
    """
    What became of findings between two runs, by policy. A finding is the same where its state and fingerprint are.
    Nothing is said of states that one of the runs could not read.
    """
    rows = data.query(
        """
        WITH unread AS (
            SELECT state FROM stacks WHERE status = 'error' UNION SELECT state FROM base_stacks WHERE status = 'error'
        ),
        now AS (
            SELECT state, fingerprint, policy, bool_or(NOT is_exempted) AS is_open FROM findings
            WHERE state NOT IN (FROM unread) GROUP BY ALL
        ),
        past AS (
            SELECT state, fingerprint, policy, bool_or(NOT is_exempted) AS is_open FROM base_findings
            WHERE state NOT IN (FROM unread) GROUP BY ALL
        )
        SELECT coalesce(now.policy, past.policy) AS policy,
            count(*) FILTER (past.state IS NULL AND now.is_open) AS new,
            count(*) FILTER (now.state IS NULL AND past.is_open) AS gone,
            count(*) FILTER (past.is_open AND NOT now.is_open) AS exempted,
            count(*) FILTER (now.is_open AND NOT past.is_open) AS expired
        FROM now FULL JOIN past USING (state, fingerprint, policy) GROUP BY 1
        HAVING new + gone + exempted + expired > 0 ORDER BY new + expired DESC, gone DESC, policy
        """,
        run=run,
        base=base,
    )
    return Table(
        f"What has changed since {_described(base)}",
        ("policy", "new", "gone", "newly exempted", "no longer exempted"),
        rows,
    )


def _stopped(data: DataSet, run: Run, base: Run) -> Table:
    """The stacks that the one run stops and the other did not, with the policies that make the difference."""
    rows = data.query(
        """
        WITH stopping AS (
            SELECT state, policy, count(*) AS findings FROM findings
            WHERE level = 'mandatory' AND NOT is_exempted GROUP BY ALL
        )
        SELECT stacks.state, stacks.project, stacks.stack, sum(stopping.findings)::BIGINT AS mandatory,
            string_agg(stopping.policy, ', ' ORDER BY stopping.policy) AS policies
        FROM stacks JOIN base_stacks USING (state) JOIN stopping USING (state)
        WHERE base_stacks.status = 'checked' AND base_stacks.mandatory = 0
        GROUP BY ALL ORDER BY mandatory DESC, stacks.state
        """,
        run=run,
        base=base,
    )
    columns = ("state", "project", "stack", "mandatory", "policies")
    return Table(f"Stacks that are stopped and were not in {_described(base)}", columns, rows)


def _described(run: Run) -> str:
    return f"{run.id} ({run.config or 'defaults'}, version {run.pack_version})"
