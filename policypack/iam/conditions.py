"""Conditions of policy statements: what a request has to bring with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from policypack.iam.stand_ins import HERE, shown
from policypack.network.addresses import joined_networks, parsed_network
from policypack.wildcard import is_like

# Condition keys that leave "everybody" to be those of an account, an organization, a service or a network:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
# Neither a tag nor kms:ViaService is among them: everybody can tag a role of their own, and go through a service.
_IDENTIFYING: Final = frozenset(
    each.lower()
    for each in (
        *("aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"),
        *("aws:PrincipalServiceName", "aws:PrincipalServiceNamesList", "kms:CallerAccount"),
        *("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:SourceOwner"),
        *("aws:userid", "aws:Ec2InstanceSourceVpc", "aws:SourceVpcArn", "aws:VpceAccount", "aws:VpceOrgID"),
        *("aws:VpceOrgPaths", "ec2:SourceInstanceARN", "lambda:SourceFunctionArn", "sts:ExternalId"),
        *("s3:DataAccessPointAccount", "s3:DataAccessPointArn"),
        *("aws:SourceIp", "aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp"),
    )
)
_LIKENESS: Final = ("stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike")
_LITERAL: Final = ("stringequals", "stringequalsignorecase", "stringnotequals", "stringnotequalsignorecase")
_EVERY_ID: Final = re.compile(r"(?:[a-z]{1,4}-)?[*:]+")
VARIABLE: Final = re.compile(r"\$\{[^${}]*\}")
"""A policy variable, whose value is known only when a request is made."""

# S3 takes wider networks than these for everybody, but for the private ones:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
_WIDEST_NOT_PUBLIC_TO_S3: Final = {4: 8, 6: 32}


@dataclass(frozen=True)
class Condition:
    """
    One condition of a statement, such as `StringEquals` of `aws:SourceAccount` with the values that meet it.

    Its operator, key and values may be secret: messages use the properties `shown_…`.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    is_secret: bool = False

    @property
    def shown_operator(self) -> str:
        """The operator as a message may show it."""
        return "[secret]" if self.is_secret else self.operator

    @property
    def shown_key(self) -> str:
        """The key as a message may show it."""
        return "[secret]" if self.is_secret else self.key

    @property
    def shown_values(self) -> str:
        """The values as a message may show them."""
        return "[secret]" if self.is_secret else " or ".join(map(shown, self.values))

    @cached_property
    def base_operator(self) -> str:
        """The operator in lower case, without what makes it apply to sets or to absent keys: `arnlike`."""
        return self.operator.rpartition(":")[2].lower().removesuffix("ifexists")

    @cached_property
    def is_positive(self) -> bool:
        """Whether the key has to be like one of the values (rather than unlike all of them)."""
        return self.base_operator in _LIKENESS

    @property
    def is_exact(self) -> bool:
        """Whether the key has to equal one of the values, in which `*` and `?` stand for themselves."""
        return self.is_positive and self.base_operator in _LITERAL

    @property
    def has_literal_wildcard(self) -> bool:
        """Whether a value has a `*` or `?` that the operator compares literally, such as `*` with `StringEquals`."""
        return self.base_operator in _LITERAL and any({"*", "?"} & set(VARIABLE.sub("", each)) for each in self.values)

    @cached_property
    def holds_without_key(self) -> bool:
        """
        Whether a request that lacks the key meets the condition, which is not negated.

        See `IfExists` in https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
        and `ForAllValues` in https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html.
        """
        prefix, _, operator = self.operator.lower().rpartition(":")
        return prefix == "forallvalues" or (not prefix and operator.endswith("ifexists"))

    @cached_property
    def identifies(self) -> bool:
        """Whether it leaves only some of all principals, as the condition of a statement that allows."""
        return (
            (self.is_positive or self.base_operator == "ipaddress")
            and not self.holds_without_key
            and self.is_about_identity
            and not self._is_met_by_everybody
        )

    @cached_property
    def excepts_some(self) -> bool:
        """Whether all principals but some meet it: as the condition of a Deny, it says who is not denied."""
        negated = self.base_operator.startswith(("stringnot", "arnnot", "notip"))
        return negated and self.is_about_identity and not self._is_met_by_everybody

    @property
    def is_about_identity(self) -> bool:
        """Whether its key says who makes the request, from which network, or for which resource."""
        return self.key.lower() in _IDENTIFYING

    def is_about(self, *keys: str) -> bool:
        """Whether its key is one of these; case does not count."""
        own = self.key.lower()
        return any(own == key.lower() for key in keys)

    def admits(self, text: str) -> bool:
        """Whether a value of the key would meet the condition; any value does where the operator is not of likeness."""
        return not self.is_positive or any(self._is_met(value, text) for value in self.values)

    def _is_met(self, value: str, text: str) -> bool:
        is_open = "${" in value or value == HERE
        return is_open or (value.lower() == text.lower() if self.is_exact else is_like(value, text))

    @cached_property
    def _is_met_by_everybody(self) -> bool:
        return any(map(means_everybody, self.values)) or _holds_everywhere(self.values)


def means_everybody(value: str) -> bool:
    """Whether one value of a condition on an identity, such as an account or ARN, is met by those of every account."""
    if not value.startswith("arn:"):
        # `*`, and what only begins as all such ids do: `o-*`, `vpce-*`.
        return _EVERY_ID.fullmatch(value) is not None
    _, _, service, _, account, rest, *_ = (*value.split(":", 5), *["*"] * 5)
    # The name of a bucket is unique among all accounts.
    return account in ("", "*") and rest.startswith("*") if service == "s3" else account == "*"


def _holds_everywhere(values: Iterable[str]) -> bool:
    """Whether values that are networks are, taken together, the internet or so much of it that AWS calls it public."""
    joined = joined_networks(network for value in values if (network := parsed_network(value)))
    return any(each.prefixlen < _WIDEST_NOT_PUBLIC_TO_S3[each.version] and not each.is_private for each in joined)
