"""File transfer: whether Transfer Family servers encrypt connections."""

from __future__ import annotations

from typing import Final

from policypack.config import Config
from policypack.model import Resource
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

# https://docs.aws.amazon.com/transfer/latest/userguide/security-policies.html: these accept SHA-1.
_OLD_TRANSFER_POLICIES: Final = ("TransferSecurityPolicy-2018-11",)


@resource_policy(
    id="transfer-server-encryption",
    title="Transfer servers encrypt connections, with current algorithms",
    types=("aws:transfer/server:Server",),
    severity="medium",
    fix="Use SFTP or FTPS in protocols, and a current security policy in securityPolicyName.",
    frameworks=("FSBP Transfer.2",),
    url="https://docs.aws.amazon.com/transfer/latest/userguide/security-policies.html",
)
def transfer_server_encryption(server: Resource, config: Config) -> Verdicts:
    """
    FTP sends passwords and files in plain text, and an old security policy accepts algorithms that no longer protect a
    connection.
    """
    for protocol in server.each("protocols[]"):
        if protocol.is_unknown:
            yield Undecided(protocol, "is it FTP?")
        elif protocol.text == "FTP":
            yield Violation(
                protocol,
                f'{protocol.path} is "FTP": passwords and files travel in plain text.',
                fix=f'Set {protocol.path} to "SFTP", or to "FTPS", which needs certificate. Change the clients first.',
            )
    policy = server.get("securityPolicyName")
    # The provider's default is the oldest policy (its documentation).
    if policy.is_unknown:
        yield Undecided(policy)
    elif policy.is_unset or policy.text in _OLD_TRANSFER_POLICIES:
        meaning = f", which means {_OLD_TRANSFER_POLICIES[0]}" if policy.is_unset else ""
        yield Violation(
            policy,
            f"{policy.path} is {policy.shown}{meaning}: the server accepts SHA-1 for key exchange and integrity.",
            fix=f'Set {policy.path} to "TransferSecurityPolicy-2024-01", or "TransferSecurityPolicy-FIPS-2024-01" '
            "where FIPS is required. Clients that know none of its algorithms can no longer connect.",
        )
