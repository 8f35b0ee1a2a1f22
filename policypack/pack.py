"""The pack: its policies, found in the modules of policypack.policies."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final

from policypack import NAME, VERSION, policies
from policypack.policy import Pack, Policy


def policies_in(package: ModuleType) -> Iterator[Policy]:
    """Every policy of a package: by the names of the modules, then in the order in which they stand there."""
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        yield from (value for value in vars(import_module(module.name)).values() if isinstance(value, Policy))


_POLICIES: Final = tuple(policies_in(policies))

REPORT_POLICIES: Final = tuple(policy for policy in _POLICIES if policy.stage == "report")
"""The policies that report on a run, for packs of other policies."""

PACK: Final = Pack(
    NAME,
    VERSION,
    "Stops unsafe AWS infrastructure at preview, and says what to change and where.",
    _POLICIES,
    display_name="AWS policies that decide at preview",
    readme=Path(__file__).with_name("readme.md").read_text(encoding="utf-8"),
    provider="AWS",
    tags=("aws", "security", "reliability", "cost"),
)
"""Every policy of this project."""
