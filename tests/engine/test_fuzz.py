"""Requests and files made at random, the same ones each time: `make fuzz` looks at more of them, for longer."""

from __future__ import annotations

import pytest

pytest.importorskip("pulumi_aws", reason="it needs pulumi_aws, which is not installed here")

from tools.fuzz import faults, preview
from tools.fuzz_files import READERS, file_faults


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
def test_every_call_survives_any_request(block: int) -> None:
    assert [fault for number in range(25) for fault in faults(f"{block}-{number}")] == []


@pytest.mark.parametrize("kind", READERS)
def test_every_reader_survives_any_file(kind: str) -> None:
    assert [fault for number in range(60) for fault in file_faults(kind, str(number))] == []


def test_the_requests_are_worth_making() -> None:
    """They find what policies report, so that what policies do with them is seen."""
    answers = [answer for number in range(20) for answer in preview(f"0-{number}")]
    found = [diagnostic for answer in answers for diagnostic in getattr(answer, "diagnostics", ())]
    assert len({diagnostic.policyName for diagnostic in found}) > 10
