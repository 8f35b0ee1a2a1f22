"""What `python -m policypack` runs: the command line."""

from policypack.cli import main

main()
