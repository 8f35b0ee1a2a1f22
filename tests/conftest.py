"""Fixtures for all tests."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support import SDK_IS_INSTALLED, only_real_properties
from tools import browser as chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# pulumi_aws is made of millions of objects. At Python's own thresholds, much of the tests' time goes into looking for
# garbage among them, again and again.
gc.set_threshold(100_000, 20, 100)


@pytest.fixture(autouse=True)
def _only_real_properties(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test of a policy passes while the policy reads a property that AWS's SDK does not have."""
    if "policies" in request.path.parts and SDK_IS_INSTALLED:
        with only_real_properties():
            yield
    else:
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts slow files first: each belongs to one process of pytest-xdist, and the others would wait for the last."""
    items.sort(key=lambda item: "e2e" not in item.path.parts and item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Skips the tests that ask pulumi_aws where it is not installed: in the environments of `make versions`."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name == "pulumi_aws":
            pytest.skip("it needs pulumi_aws, which is not installed here")
        raise


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of the system."""
    from playwright.sync_api import sync_playwright

    path = chromium.find()
    if path is None:
        pytest.skip(chromium.MISSING)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        yield launched
        launched.close()
