"""
Tells secrets from other values, and where a secret comes from.

    secret_reason("DB_PASSWORD", value)  # "its name suggests a secret"
    secrets_in_text(script)              # [(12, "a GitHub personal access token")]
    evidence(value, text, read_source=True).origin
"""

from policypack.secret_detection.formats import credential_kind, url_password
from policypack.secret_detection.names import is_secret_name
from policypack.secret_detection.provenance import LITERALS, Evidence, Origin, evidence, has_word, plain_config_secrets
from policypack.secret_detection.text import secret_reason, secrets_in_command, secrets_in_text

__all__ = [
    "LITERALS",
    "Evidence",
    "Origin",
    "credential_kind",
    "evidence",
    "has_word",
    "is_secret_name",
    "plain_config_secrets",
    "secret_reason",
    "secrets_in_command",
    "secrets_in_text",
    "url_password",
]
