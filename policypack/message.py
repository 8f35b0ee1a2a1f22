"""How a finding reads where the engine prints it: what is wrong and where, how to fix it, where to read more."""

from __future__ import annotations

from policypack.listing import numbered
from policypack.model import printable
from policypack.record import Finding
from policypack.verdict import Violation


def as_message(finding: Finding, *, with_link: bool = True) -> str:
    """
    The text of a finding: what is wrong, the fix, and a link to documentation, a line or more each.

    An exempted finding, which nobody has to act on, is one line.

    :param with_link: whether the link is wanted; it is the same for all findings of a policy.
    """
    if finding.is_exempted:
        first, _, _ = finding.violation.message.partition("\n")
        lines = [f"{exempted_because(finding)} ({first.rstrip('.')})"]
    else:
        lines = [_with_line(finding.violation), f"Fix: {finding.fix}{_controls(finding)}"]
        if finding.exemption:
            lines.insert(0, exempted_because(finding))
        if with_link:
            lines.append(f"See: {finding.policy.url}")
    return "\n".join(printable(line) for text in lines for line in text.split("\n"))


def _controls(finding: Finding) -> str:
    # All controls of a policy about several types would say nothing about this resource.
    is_own = finding.violation.controls is not None or finding.policy.frameworks_by_type or len(finding.controls) == 1
    return f" [{numbered(finding.controls)}]" if finding.controls and is_own else ""


def _with_line(violation: Violation) -> str:
    """The message, with the line of the program at fault where that is known and not said already."""
    if violation.line is None or str(violation.line) in violation.message:
        return violation.message
    first, newline, others = violation.message.partition("\n")
    return f"{first.rstrip('.')} ({violation.line}).{newline}{others}"


def exempted_because(finding: Finding) -> str:
    """What became of the exemption of a finding that has one, and its reason."""
    assert finding.exemption
    reason, expires = finding.exemption.reason, finding.exemption.expires
    if not finding.is_exempted:
        return f"Its exemption expired on {expires}: {reason}"
    return f"Exempted until {expires}: {reason}" if expires else f"Exempted: {reason}"
