"""ARNs of which not all is known yet, and the patterns of policies."""

from __future__ import annotations

from policypack.iam.conditions import VARIABLE
from policypack.iam.stand_ins import HERE, has_stand_in
from policypack.wildcard import matches, may_overlap


def account_in(arn: str) -> str:
    """The account in an ARN; empty for one that has none, and for what is no ARN."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[0] == "arn" and parts[4].isdigit() else ""


def account_of_principal(principal: str) -> str:
    """The account that a principal, an account's number or an ARN, is of."""
    return principal.split(":")[4] if principal.count(":") >= 5 else principal


def may_match(pattern: str, arn: str) -> bool:
    """
    Whether a pattern of a policy may match an ARN in which `*` stands for what is not known.

    Each of the six parts is compared by what comes before and after the wildcards: linear, and in doubt true. What
    stands for a resource matches only what does so, too.
    """
    pattern = VARIABLE.sub("*", pattern).replace(HERE, "*").lower()
    wanted, found = pattern.split(":", 5), arn.replace(HERE, "*").lower().split(":", 5)
    if len(found) < 6:
        return True
    if has_stand_in(pattern) != has_stand_in(arn):
        return False
    if len(wanted) < 6:
        return pattern.endswith("*") and may_overlap(pattern, arn.lower())
    return all(may_overlap(one, other) for one, other in zip(wanted, found, strict=True))


def surely_match(pattern: str, arn: str) -> bool:
    """Whether a pattern matches an ARN whatever its unknown parts will be; partition, region and account apart."""
    if has_stand_in(pattern) != has_stand_in(arn):
        return False
    wanted, found = (each.replace(HERE, "*").lower().split(":", 5) for each in (pattern, arn))
    if len(wanted) < 6 or len(found) < 6:
        return set(pattern) <= {"*", ":"}
    return all(map(may_overlap, wanted[:5], found[:5])) and matches(wanted[5], found[5])
