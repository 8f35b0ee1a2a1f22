"""Says in one sentence why the pack cannot start: Python is too old, or a requirement is not installed.

What is imported before the check has to be read by older Pythons too, so this file and `policypack/__init__.py` use no
syntax that is newer than Python 3.6.
"""

import os
import sys
from contextlib import contextmanager

OLDEST_PYTHON = (3, 11)


@contextmanager
def explained(requirements="requirements.txt"):  # type: ignore[no-untyped-def] # `Iterator[None]` cannot be evaluated before Python 3.9
    """A context for the pack's imports: ends the process with one sentence on stderr and exit code 1 if they fail.

    An import error of the pack's own modules is a fault of the pack, and is raised as it is.

    :param requirements: the file with the requirements of what is imported.
    """
    if sys.version_info < OLDEST_PYTHON:
        needed, found = (".".join(map(str, version[:3])) for version in (OLDEST_PYTHON, sys.version_info))
        sys.exit(f"aws-policypack needs Python {needed} or newer, and {sys.executable} is Python {found}.")
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module in ("", "policypack"):
            raise
        folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        install = f"python3 -m venv venv && venv/bin/pip install -r {requirements}"
        if requirements == "requirements.txt":
            how = f"Run `pulumi install` in {folder}, or there: {install}"
        else:
            extra = "fleet" if "fleet" in requirements else "cli"
            how = f"Run in {folder}: {install}. For an installed package: pip install 'aws-policypack[{extra}]'"
        sys.exit(
            f"aws-policypack cannot start: the Python module {module!r} is not installed for {sys.executable}. {how}"
        )
