"""Runs a command of the command line within the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from policypack.cli.app import app


def main(*arguments: str | Path) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        app([str(argument) for argument in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code
