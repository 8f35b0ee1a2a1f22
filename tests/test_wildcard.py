"""Patterns with `*` and `?`: what they match, that no text makes them slow, and how many of them are looked up."""

from __future__ import annotations

import fnmatch
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policypack import wildcard
from policypack.wildcard import PatternIndex, is_like, matches


@pytest.mark.parametrize(
    ("pattern", "text", "is_match"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("*", "any\nthing", True),
        ("?", "a", True),
        ("?", "", False),
        ("s3:Get*", "s3:GetObject", True),
        ("s3:Get*", "s3:PutObject", False),
        ("*Object", "s3:GetObject", True),
        ("s3:*Object*", "s3:GetObjectAcl", True),
        ("s3:???Object", "s3:GetObject", True),
        ("a*b*c", "abc", True),
        ("a*b*c", "acb", False),
        ("ab*ba", "aba", False),
        ("*?b?*", "abc", True),
        ("[a]", "a", False),
        ("[a]", "[a]", True),
        ("a.c", "abc", False),
    ],
)
def test_what_a_pattern_matches(pattern: str, text: str, is_match: bool) -> None:
    assert matches(pattern, text) is is_match


def test_case_counts_except_in_iam() -> None:
    assert not matches("S3:*", "s3:GetObject")
    assert is_like("S3:getobject", "s3:GetObject")


@settings(database=None, deadline=None)
@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_it_matches_what_fnmatch_matches(pattern: str, text: str) -> None:
    assert matches(pattern, text) == fnmatch.fnmatchcase(text, pattern)


@pytest.mark.parametrize(
    "pattern", ["iam:" + "*a" * 13 + "b", "*" * 5000 + "b", "*?a?*" * 400 + "b", "?*" * 2000 + "b"]
)
def test_no_pattern_is_slow(pattern: str) -> None:
    start = time.process_time()
    assert not matches(pattern, "iam:" + "a" * 20_000)
    # A translation to a regular expression takes longer than the age of the universe.
    assert time.process_time() - start < 5


@settings(database=None, deadline=None)
@given(st.lists(st.text("ab*?", max_size=5), max_size=8), st.text("ab", max_size=6))
def test_an_index_finds_what_each_pattern_matches(patterns: list[str], text: str) -> None:
    index = PatternIndex((pattern, number) for number, pattern in enumerate(patterns))
    found = sorted(index.find(text))
    assert found == [number for number, pattern in enumerate(patterns) if matches(pattern, text)]


def test_an_index_tries_few_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    index = PatternIndex((f"bucket-{number}-*", number) for number in range(1000))
    tried: list[str] = []

    def counting(pattern: str, text: str) -> bool:
        tried.append(pattern)
        return matches(pattern, text)

    monkeypatch.setattr(wildcard, "matches", counting)
    assert list(index.find("bucket-7-logs")) == [7]
    assert tried == ["bucket-7-*"]


def test_a_run_longer_than_any_arn_is_not_looked_for() -> None:
    """It would take the product of both lengths."""
    assert matches(f"*{'a?' * 1_024}*", "a" * 5_000)
    assert not matches(f"*{'a?' * 1_025}*", "a" * 5_000)
