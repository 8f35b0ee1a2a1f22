"""The report in a terminal."""

from __future__ import annotations

import io

import pytest

from policypack.reports.text import write
from tests.reports.support import bucket, exempting, run, written


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")


def in_terminal() -> str:
    out = Terminal()
    write([run(bucket("it", acl="x"))], out)
    return out.getvalue()


def test_colour_is_for_terminals() -> None:
    assert "\x1b[31mhigh" in in_terminal()
    assert "\x1b" not in written("text", run(bucket("it", acl="x")))


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in in_terminal()


def test_lines_are_broken_for_terminals_only() -> None:
    long = run(bucket("a-very-long-name-" * 6, acl="x"))
    out = Terminal()
    write([long], out)
    assert max(map(len, out.getvalue().splitlines())) < 100
    assert any(f"acl of {'a-very-long-name-' * 6} is wrong." in line for line in written("text", long).splitlines())


def test_findings_are_grouped_by_resource_and_exempted_ones_are_a_line() -> None:
    made = written("text", run(bucket("a", acl="x"), bucket("b", acl="x"), config=exempting("b")))
    assert made.splitlines()[:5] == [
        "aws:s3/bucket:Bucket a",
        "  high  mandatory  is-wrong",
        "    acl of a is wrong.",
        "    Fix: Set acl to private.",
        "    See: https://example.com/buckets",
    ]
    assert "aws:s3/bucket:Bucket b: is-wrong. Exempted: agreed" in made.splitlines()
