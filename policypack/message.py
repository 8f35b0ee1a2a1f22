"""How a finding reads where the engine prints it: what is wrong and where, how to fix it, where to read more."""

from __future__ import annotations

import re
from typing import Final

from policypack.record import Finding

# A terminal obeys control characters, and a lone surrogate cannot be written as UTF-8.
_UNPRINTABLE: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def as_message(finding: Finding) -> str:
    """The text of a finding, in lines: its exemption, what is wrong, the fix, and a link to documentation."""
    lines = [finding.violation.message, f"Fix: {finding.fix}", f"See: {finding.policy.url}"]
    if finding.exemption:
        lines.insert(0, _exemption(finding))
    return _UNPRINTABLE.sub(lambda match: ascii(match[0])[1:-1], "\n".join(lines))


def _exemption(finding: Finding) -> str:
    assert finding.exemption
    reason, expires = finding.exemption.reason, finding.exemption.expires
    if not finding.is_exempted:
        return f"Its exemption expired on {expires}: {reason}"
    return f"Exempted until {expires}: {reason}" if expires else f"Exempted: {reason}"
