"""What is in an HTML report, as text; tests/reports/test_html_in_browser.py opens it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from policypack.model import UNKNOWN
from policypack.reports import html
from policypack.testing import ref, resource
from tests.reports.support import bucket, policy, run, written
from tools.report_examples import report as example

VENDOR = Path(html.__file__).parent / "vendor"


def test_what_is_inlined_is_what_its_record_says() -> None:
    content = (VENDOR / "d3.min.js").read_bytes()
    record = (VENDOR / "README.md").read_text()
    assert hashlib.sha256(content).hexdigest() in record
    version = content.split(b"\n")[0].split()[2].decode().removeprefix("v")
    assert f"| {version} |" in record


def test_a_report_of_a_real_stack_is_below_half_a_megabyte_and_has_the_licence() -> None:
    made = written("html", example())
    assert len(made) < 500_000
    assert "Copyright 2010-2026 Mike Bostock" in made
    assert "http-equiv" in made


def graph(made: str) -> dict[str, object]:
    [found] = json.loads(made.partition('id="graphs">')[2].partition("</script>")[0])
    assert isinstance(found, dict)
    return found


def test_the_graph_has_the_stack_s_resources_and_what_they_are_made_from() -> None:
    one = bucket("one", acl="x")
    two = bucket("two", acl=ref(one))
    stack = resource("pulumi:pulumi:Stack", "test-dev")
    provider = resource("pulumi:providers:aws", "default")
    found = graph(written("html", run(stack, provider, one, two)))
    assert [(each["name"], each["findings"]) for each in found["nodes"]] == [("one", 1), ("two", 0)]  # type: ignore[attr-defined]
    assert found["edges"] == [[1, 0]]


def test_of_too_many_resources_those_with_findings_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "_MOST_NODES", 3)
    quiet = [resource("aws:sqs/queue:Queue", f"queue-{number}") for number in range(5)]
    made = bucket("last", acl="x", logs=ref(quiet[4]))
    found = graph(written("html", run(*quiet, made)))
    assert [each["name"] for each in found["nodes"]] == ["last", "queue-4", "queue-0"]  # type: ignore[attr-defined]
    assert found["left"] == 3


def test_of_too_many_findings_the_worst_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "_MOST_ENTRIES", 2)
    both = [policy("low-one", "NAME.", severity="low"), policy("bad-one", "NAME.", severity="critical")]
    made = written("html", run(bucket("a", acl="x"), bucket("b", acl="x"), bucket("c", acl=UNKNOWN), policies=both))
    assert made.count(">bad-one</button>") == 2
    assert ">low-one</button>" not in made
    assert "3 more findings are not in this file" in made
