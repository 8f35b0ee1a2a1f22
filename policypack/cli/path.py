"""`policypack path`: the folder of the pack, for Pulumi."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import Final

from policypack.cli.options import stop

CHECKOUT: Final = Path(__file__).resolve().parents[2]
"""The folder of the project; an installed package has none, and this is the folder of all packages."""
_INSTALLED: Final = Path("share", "aws-policypack")
"""Where setup.py puts the folder, below that of the environment."""
_PROJECT_FILE: Final = "PulumiPolicy.yaml"


def is_checkout() -> bool:
    """Whether the package is used from the project's folder, not installed."""
    return (CHECKOUT / _PROJECT_FILE).is_file()


def path() -> None:
    """
    Print the folder of the pack, for pulumi preview --policy-pack.
    """
    folder = CHECKOUT if is_checkout() else Path(sysconfig.get_path("data"), _INSTALLED)
    if is_checkout() and not (folder / "venv").exists():
        # Pulumi would wait for it, and not say for what.
        stop(f"{folder} has no venv: run `pulumi install` there first")
    if not (folder / _PROJECT_FILE).is_file():
        stop(
            f"there is no {folder / _PROJECT_FILE}: install aws-policypack in a virtual environment, without --user "
            "and --target"
        )
    print(folder)
