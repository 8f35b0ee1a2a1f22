"""File transfer: whether Transfer Family servers encrypt connections."""

from typing import Any

import pytest

from policypack.testing import UNKNOWN, resource
from tests.support import check

SERVER = "aws:transfer/server:Server"
CURRENT = "TransferSecurityPolicy-2024-01"


@pytest.mark.parametrize("policy", [None, "", "TransferSecurityPolicy-2018-11"])
def test_an_old_security_policy_is_reported_and_is_the_default(policy: str | None) -> None:
    decision = check("transfer-server-encryption", resource(SERVER, securityPolicyName=policy))
    assert decision.violations == ["it.securityPolicyName"]
    assert "the server accepts SHA-1 for key exchange and integrity." in decision.messages[0]
    assert ("which means TransferSecurityPolicy-2018-11" in decision.messages[0]) == (not policy)
    assert f'Fix: Set securityPolicyName to "{CURRENT}"' in decision.messages[0]


@pytest.mark.parametrize("policy", [CURRENT, "TransferSecurityPolicy-2025-03", "TransferSecurityPolicy-FIPS-2024-01"])
def test_a_current_security_policy_is_right(policy: str) -> None:
    assert check("transfer-server-encryption", resource(SERVER, securityPolicyName=policy, protocols=["SFTP"])).is_clean


@pytest.mark.parametrize(
    ("protocols", "violations", "undecided"),
    [
        (["SFTP", "FTP"], ["it.protocols[1]"], []),
        (["FTPS", "AS2"], [], []),
        (None, [], []),
        (["SFTP", UNKNOWN], [], ["it.protocols[1]"]),
    ],
)
def test_ftp_is_reported(protocols: Any, violations: list[str], undecided: list[str]) -> None:
    decision = check("transfer-server-encryption", resource(SERVER, protocols=protocols, securityPolicyName=CURRENT))
    assert (decision.violations, decision.undecided) == (violations, undecided)


def test_an_unknown_security_policy_is_undecided() -> None:
    decision = check("transfer-server-encryption", resource(SERVER, securityPolicyName=UNKNOWN))
    assert (decision.violations, decision.undecided) == ([], ["it.securityPolicyName"])
