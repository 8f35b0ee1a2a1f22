"""
The command line, `policypack` or `python -m policypack`: a file a command.

Exit codes: 0 all right, 1 findings or mistakes, 2 wrong arguments or files that cannot be read.
"""

from __future__ import annotations

import atexit
import gc
import io
import sys

from policypack.startup import explained


def main() -> None:
    """Runs the command that the process's arguments name, and ends the process with its exit code."""
    with explained("requirements.txt -r requirements-cli.txt"):
        from policypack.cli.app import app
    # What a command reads, it keeps to its end: looking for garbage would find none, and take a fifth of the time; as
    # Python would when it ends, unless everything is frozen by then.
    gc.disable()
    atexit.register(gc.freeze)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The name of a file may have characters that standard output does not.
        sys.stdout.reconfigure(errors="backslashreplace")
    app()
