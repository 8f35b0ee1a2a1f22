"""An AWS policy pack for Pulumi that decides at preview."""

NAME = "aws-policypack"
VERSION = "0.1.0"
