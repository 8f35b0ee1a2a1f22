"""An AWS policy pack for Pulumi that decides at preview."""

from typing import Final

NAME: Final = "aws-policypack"
VERSION: Final = "0.1.0"
