"""ARNs of which not all is known yet, and the patterns of policies."""

from __future__ import annotations

from policypack.iam.conditions import VARIABLE
from policypack.wildcard import matches, may_overlap


def may_match(pattern: str, arn: str) -> bool:
    """
    Whether a pattern of a policy may match an ARN in which `*` stands for what is not known.

    Each of the six parts is compared by what comes before and after the wildcards: linear, and in doubt true.
    """
    pattern = VARIABLE.sub("*", pattern).lower()
    wanted, found = pattern.split(":", 5), arn.lower().split(":", 5)
    if len(found) < 6:
        return True
    if len(wanted) < 6:
        return pattern.endswith("*") and may_overlap(pattern, arn.lower())
    return all(may_overlap(one, other) for one, other in zip(wanted, found, strict=True))


def surely_match(pattern: str, arn: str) -> bool:
    """Whether a pattern matches an ARN whatever its unknown parts will be; partition, region and account apart."""
    wanted, found = pattern.lower().split(":", 5), arn.lower().split(":", 5)
    if len(wanted) < 6 or len(found) < 6:
        return set(pattern) <= {"*", ":"}
    return all(map(may_overlap, wanted[:5], found[:5])) and matches(wanted[5], found[5])
