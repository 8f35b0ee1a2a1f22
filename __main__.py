"""What `pulumi preview --policy-pack` runs: serves the pack."""

from policypack.startup import explained

with explained():
    from policypack.engine.server import serve
    from policypack.pack import PACK

serve(PACK)
