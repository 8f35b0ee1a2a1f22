"""What `pulumi preview --policy-pack` runs: serves the pack."""

import sys
from pathlib import Path

try:
    from policypack.engine.server import serve
    from policypack.pack import PACK
except ModuleNotFoundError as error:
    sys.exit(
        f"The policy pack's requirements are not installed (there is no module {error.name}): "
        f"run `pulumi install` in {Path(__file__).resolve().parent}."
    )

serve(PACK)
