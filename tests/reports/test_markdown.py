"""The comment on a pull request."""

from __future__ import annotations

from policypack.reports.markdown import MARKER
from tests.reports.support import bucket, exempting, policy, run, written


def test_it_begins_with_what_a_workflow_finds_it_by() -> None:
    assert written("markdown", run()).splitlines()[0] == MARKER


def test_a_long_report_fits_into_a_comment_and_says_what_is_missing() -> None:
    report = run(*(bucket(f"bucket-{number}", acl="x") for number in range(400)))
    made = written("markdown", report)
    assert 60_000 < len(made) < 65_536
    shown = made.count("<details>")
    assert f"{400 - shown:,} more findings do not fit into a comment" in made


def test_many_reports_share_the_room() -> None:
    reports = [run(*(bucket(f"{part}-{number}", acl="x") for number in range(150))) for part in "abc"]
    made = written("markdown", *reports)
    assert len(made) < 65_536
    assert made.count("do not fit") == 3
    assert all(f"<code>{part}-0</code>" in made for part in "abc")


def test_counts_are_a_table() -> None:
    made = written("markdown", run(bucket("a", acl="x"), bucket("b", acl="x"), config=exempting("a")))
    assert "| mandatory |  | 1 |  |  |" in made.splitlines()
    assert "| exempted |  | 1 |  |  |" in made.splitlines()
    assert "- `a` `aws:s3/bucket:Bucket`: `is-wrong`. Exempted: agreed" in made.splitlines()


def test_code_in_a_fix_keeps_its_indentation() -> None:
    shown = policy("shown", "acl is wrong.", fix="In Python:\naws.s3.Bucket(\n    acl=private,\n)")
    made = written("markdown", run(bucket(), policies=(shown,)))
    assert "In Python:<br>aws.s3.Bucket" in made
    assert "<br>&nbsp;&nbsp;&nbsp;&nbsp;acl=private,<br>" in made
