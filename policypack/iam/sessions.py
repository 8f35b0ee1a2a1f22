"""
What the conditions of identity-based policies say of requests that a service makes with a role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from policypack.iam.conditions import VARIABLE, Condition
from policypack.wildcard import is_like, may_overlap

# What says who signed in, or for which resource a service acts in its own name: a service that has assumed a role has
# none of it.
_LACKING: Final = (
    *("aws:MultiFactorAuth*", "aws:username", "aws:FederatedProvider", "saml:*", "sts:ExternalId"),
    *("aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths"),
)


@dataclass(frozen=True)
class Session:
    """
    What is known of the requests that a service makes with a role.

    :param region: where it makes them; empty where it is not known.
    :param through: the service on whose behalf a key is used, such as `sqs`; empty for requests about other things.
    """

    region: str = ""
    through: str = ""

    def can_meet(self, condition: Condition) -> bool:
        """Whether a condition of a statement that allows can hold."""
        if self._lacks(condition):
            return condition.holds_without_key or not (
                condition.is_positive or condition.base_operator.startswith(("bool", "date", "numeric"))
            )
        if condition.is_about("kms:ViaService") and self.through and condition.is_positive:
            patterns = (VARIABLE.sub("*", each).lower().removesuffix(".cn") for each in condition.values)
            return any(may_overlap(each, self._via) for each in patterns)
        return not condition.is_about("aws:RequestedRegion") or not self.region or condition.admits(self.region)

    def surely_meets(self, condition: Condition) -> bool:
        """Whether a condition of a statement that denies holds, whatever is not known yet."""
        is_negated = condition.base_operator.startswith(("stringnot", "arnnot"))
        if self._lacks(condition):
            # Bool of aws:MultiFactorAuthPresent does not hold without the key, BoolIfExists does.
            return is_negated or condition.holds_without_key
        if not self.region or not condition.is_about("aws:RequestedRegion"):
            return False
        if is_negated:
            return not any(is_like(each, self.region) for each in condition.values)
        return condition.is_positive and condition.admits(self.region)

    @property
    def _via(self) -> str:
        return f"{self.through}.{self.region or '*'}.amazonaws.com"

    def _lacks(self, condition: Condition) -> bool:
        return any(is_like(pattern, condition.key) for pattern in _LACKING)
