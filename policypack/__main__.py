"""What `python -m policypack` runs: the command line."""

import sys

from policypack.startup import explained

with explained():
    from policypack.cli import main

sys.exit(main())
