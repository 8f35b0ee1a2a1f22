"""Fixtures for all tests."""

from collections.abc import Iterator

import pytest

from tests.support import only_real_properties


@pytest.fixture(autouse=True)
def _only_real_properties(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test of a policy passes while the policy reads a property that AWS's SDK does not have."""
    if "policies" in request.path.parts:
        with only_real_properties():
            yield
    else:
        yield
