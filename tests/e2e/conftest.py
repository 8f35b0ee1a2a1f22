"""A sandbox for the real Pulumi CLI."""

from collections.abc import Iterator

import pytest

from tools.pulumi_cli import ToolMissing
from tools.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One for the tests of a module; without a CLI they fail, and say why: to skip them would look like success."""
    try:
        with Sandbox(tmp_path_factory.mktemp("engine") / "sandbox") as entered:
            yield entered
    except ToolMissing as error:
        pytest.fail(str(error))
