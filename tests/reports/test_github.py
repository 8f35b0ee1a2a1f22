"""Workflow commands."""

from __future__ import annotations

from policypack.model import Place
from tests.reports.support import bucket, exempting, policy, run, written


def test_values_are_escaped_as_the_runner_reads_them() -> None:
    report = run(
        bucket("it", acl="x"),
        policies=[policy("is-wrong", "50% of\nall: a, b")],
        places={"it": Place("a,b:c%.py", 7)},
    )
    first, last = written("github", report).splitlines()
    assert first == (
        "::error file=a%2Cb%3Ac%25.py,line=7,title=high%3A is-wrong::aws:s3/bucket:Bucket it: 50%25 of%0Aall: a, b"
        "%0AFix: Set acl to private.%0ASee: https://example.com/buckets"
    )
    assert last.startswith("::error title=aws-policypack%3A test/dev::Checked 1 resource")


def test_what_is_exempted_annotates_nothing_and_advice_is_a_warning() -> None:
    made = written("github", run(bucket("it", acl="x"), config=exempting("it")))
    assert [line.split()[0] for line in made.splitlines()] == ["::warning", "::notice"]  # the exemptions, the summary
    made = written("github", run(bucket("it", acl="x"), policies=[policy("advises", "hm.", enforcement="advisory")]))
    assert [line.split()[0] for line in made.splitlines()] == ["::warning", "::notice"]
