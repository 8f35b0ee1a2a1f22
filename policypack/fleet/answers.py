"""What a data set tells: findings by what one asks for, what has changed between two runs, and the worst stacks."""

from __future__ import annotations

from policypack.fleet.dataset import DataSet, Run


def unread(data: DataSet, run: Run) -> list[tuple[str, str]]:
    """The states and sources of a run that could not be read, each with a sentence that says why."""
    return data.query("SELECT state, error FROM stacks WHERE status = 'error' ORDER BY state", run=run)
