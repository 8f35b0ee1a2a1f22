"""Our analyzer finds what pulumi_policy's own finds, on the real requests of every example."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.differential import FOUND_BY_US_ALONE_AT_PREVIEW, compare
from tests.e2e.test_examples import EDITIONS, label
from tools.expectations import Expectations
from tools.recording import record
from tools.sandbox import Sandbox


@pytest.mark.parametrize(("example", "edition"), EDITIONS, ids=label)
@pytest.mark.parametrize("updated", [False, True], ids=["preview", "after an update"])
def test_both_analyzers_find_the_same(
    sandbox: Sandbox, tmp_path: Path, example: Path, edition: str, updated: bool
) -> None:
    stack = sandbox.stack(example / edition, config=Expectations.read(example).config)
    if updated:
        assert stack.up().ok
    recording, _ = record(stack, tmp_path / "requests")
    assert len(recording.resources) > 50
    assert len(recording.stack.resources) == len(recording.resources)
    ours, theirs = compare(recording)
    assert theirs - ours == Counter()
    more = {policy for policy, *_ in ours - theirs}
    assert more <= (set() if updated else FOUND_BY_US_ALONE_AT_PREVIEW.keys())
    assert theirs or edition == "corrected"
