"""What `python -m policypack` runs: the command line."""

import io
import sys

from policypack.cli import main

if isinstance(sys.stdout, io.TextIOWrapper):
    # The name of a file may have characters that standard output does not.
    sys.stdout.reconfigure(errors="backslashreplace")
try:
    code = main()
    sys.stdout.flush()
except BrokenPipeError:
    code = 1  # Whoever reads the output has seen enough.
sys.exit(code)
