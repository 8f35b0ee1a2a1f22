"""What `python -m policypack` runs: the command line."""

import io
import os
import sys

from policypack.cli import main

if isinstance(sys.stdout, io.TextIOWrapper):
    # The name of a file may have characters that standard output does not.
    sys.stdout.reconfigure(errors="backslashreplace")
try:
    code = main()
    sys.stdout.flush()
except BrokenPipeError:
    # Whoever reads the output has seen enough; what is left in the buffer would fail again when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    code = 1
sys.exit(code)
