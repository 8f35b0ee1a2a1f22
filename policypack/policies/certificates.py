"""Certificates: that their keys cannot be broken."""

from __future__ import annotations

from typing import Final

from policypack.config import Config
from policypack.model import Resource
from policypack.policy import resource_policy
from policypack.requirement import Table, check_table, controls_of
from policypack.rows import Denied
from policypack.verdict import Verdicts

_KEYS: Final[Table] = {
    # RSA_2048 by default (the provider's documentation).
    "aws:acm/certificate:Certificate": (
        Denied(
            "keyAlgorithm",
            ("RSA_1024",),
            'Set keyAlgorithm to "RSA_2048" or "EC_prime256v1". This replaces the certificate.',
            means="keys of 1024 bits can be broken, and browsers refuse them",
            controls=("FSBP ACM.2",),
        ),
    ),
}


@resource_policy(
    id="certificate-keys",
    title="Certificates have keys that cannot be broken",
    types=_KEYS,
    severity="high",
    fix="Choose another key algorithm.",
    frameworks=controls_of(_KEYS),
    url="https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html",
)
def certificate_keys(certificate: Resource, config: Config) -> Verdicts:
    """Whoever computes the key from the certificate can pose as the site and read what its visitors send."""
    yield from check_table(_KEYS, certificate)
