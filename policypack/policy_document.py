"""
IAM policy documents: what their statements allow, to whom, on what and when.

The grammar is https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Final

from policypack.model import Secret, Unknown, Value

# Conditions that leave "everybody" to be those of an account, an organization, a service or a network:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
# Neither a tag nor kms:ViaService is among them: everybody can tag his own role, and go through a service.
_IDENTIFYING: Final = (
    *("aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"),
    *("aws:PrincipalServiceName", "aws:PrincipalServiceNamesList", "kms:CallerAccount"),
    *("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:SourceOwner", "aws:userid"),
    *("aws:Ec2InstanceSourceVpc", "aws:SourceVpcArn", "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths"),
    *("ec2:SourceInstanceARN", "lambda:SourceFunctionArn", "sts:ExternalId"),
    *("s3:DataAccessPointAccount", "s3:DataAccessPointArn"),
    *("aws:SourceIp", "aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp"),
)
_EVERYTHING: Final = re.compile(r"[:*]+|arn:[a-z-]*[:*]+")


@dataclass(frozen=True)
class Condition:
    """One condition of a statement, such as `StringEquals` of `aws:SourceAccount` with the values that it takes."""

    operator: str
    key: str
    values: tuple[str, ...]

    @property
    def base_operator(self) -> str:
        """The operator in lower case, without what makes it apply to sets or to absent keys: `arnlike`."""
        return self.operator.rpartition(":")[2].lower().removesuffix("ifexists")

    @property
    def is_positive(self) -> bool:
        """Whether the key has to be like one of the values (rather than unlike all of them)."""
        return self.base_operator in ("stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike")

    @property
    def is_exact(self) -> bool:
        """Whether `*` and `?` stand for themselves in its values."""
        return self.base_operator in ("stringequals", "stringequalsignorecase")

    @property
    def holds_without_key(self) -> bool:
        """
        Whether a request that lacks the key meets the condition, which is not negated.

        See `IfExists` in https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
        and `ForAllValues` in https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html.
        """
        prefix, _, operator = self.operator.lower().rpartition(":")
        return prefix == "forallvalues" or (not prefix and operator.endswith("ifexists"))

    @property
    def identifies(self) -> bool:
        """Whether it leaves only some of all principals."""
        return (
            (self.is_positive or self.base_operator == "ipaddress")
            and not self.holds_without_key
            and any(is_like(pattern, self.key) for pattern in _IDENTIFYING)
            and not any(map(_means_everybody, self.values))
        )

    @property
    def spares_some(self) -> bool:
        """Whether it is met by all principals but some: as the condition of a Deny it says who is not denied."""
        negated = self.base_operator.startswith(("stringnot", "arnnot", "notip"))
        return (
            negated
            and any(is_like(pattern, self.key) for pattern in _IDENTIFYING)
            and not any(map(_means_everybody, self.values))
        )

    def is_about(self, *keys: str) -> bool:
        """Whether its key is one of these; case does not count."""
        return self.key.lower() in map(str.lower, keys)

    def admits(self, text: str) -> bool:
        """Whether a value of the key would meet the condition; so does any, where this is no matter of likeness."""
        return not self.is_positive or any(self._is_met(value, text) for value in self.values)

    def _is_met(self, value: str, text: str) -> bool:
        # What a policy variable stands for is known at the request only.
        return "${" in value or (value.lower() == text.lower() if self.is_exact else is_like(value, text))


@dataclass(frozen=True)
class Statement:
    """One statement of a policy document. `at` is where it stands."""

    at: Value

    @property
    def allows(self) -> bool:
        """Whether it allows (rather than denies)."""
        return self.at.get("Effect").text == "Allow"

    @property
    def denies(self) -> bool:
        """Whether it denies."""
        return self.at.get("Effect").text == "Deny"

    @cached_property
    def actions(self) -> tuple[str, ...]:
        """The patterns of `Action`; empty where the statement has `NotAction`."""
        return _texts(self.at.get("Action"))

    @cached_property
    def excepted_actions(self) -> tuple[str, ...]:
        """The patterns of `NotAction`."""
        return _texts(self.at.get("NotAction"))

    @cached_property
    def resources(self) -> tuple[str, ...]:
        """The patterns of `Resource`; empty where the statement has `NotResource`."""
        return _texts(self.at.get("Resource"))

    @cached_property
    def principals(self) -> Mapping[str, tuple[str, ...]]:
        """The principals by kind (`AWS`, `Service`, `Federated`); `Principal: "*"` is of the kind `*`."""
        return _principals(self.at.get("Principal"))

    @cached_property
    def excepted_principals(self) -> Mapping[str, tuple[str, ...]]:
        """The principals of `NotPrincipal`, likewise."""
        return _principals(self.at.get("NotPrincipal"))

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions, which have to hold together."""
        return tuple(
            Condition(operator, key, _texts(values))
            for operator, block in self.at.get("Condition").entries()
            for key, values in block.entries()
        )

    def covers(self, action: str) -> bool:
        """Whether an action, such as `kms:Decrypt`, is among those of the statement."""
        if self.excepted_actions:
            return not any(is_like(pattern, action) for pattern in self.excepted_actions)
        return any(is_like(pattern, action) for pattern in self.actions)

    def takes_back(self, allowed: Statement) -> bool:
        """Whether it denies everybody but some all that another statement allows."""
        # What it leaves out by NotAction or NotResource may be what the other allows.
        leaves_out = bool(self.excepted_actions) or not self.at.get("NotResource").is_unset
        return (
            self.denies
            and not leaves_out
            and self.names_everybody
            and bool(self.conditions)
            and all(condition.spares_some for condition in self.conditions)
            and bool(allowed.actions)
            and all(map(self.covers, allowed.actions))
            and (self.concerns_every_resource or self._is_about_all_of(allowed.resources))
        )

    def _is_about_all_of(self, resources: tuple[str, ...]) -> bool:
        return bool(resources) and all(any(is_like(own, each) for own in self.resources) for each in resources)

    @property
    def concerns_every_resource(self) -> bool:
        """Whether the statement is about all resources: `Resource` is `*`, or `NotResource` leaves some out."""
        return any(map(_EVERYTHING.fullmatch, self.resources)) or not self.at.get("NotResource").is_unset

    @property
    def concerns_everybody(self) -> bool:
        """Whether any principal at all is meant (`"*"`, `{"AWS": "*"}`, `NotPrincipal`), and no condition says whom."""
        return self.names_everybody and not any(each.identifies for each in self.conditions)

    @property
    def names_everybody(self) -> bool:
        """Whether any principal at all is meant, whatever the conditions say."""
        return "*" in self.principals or "*" in self.principals.get("AWS", ()) or bool(self.excepted_principals)


def statements(document: Value) -> list[Statement] | None:
    """
    The statements of a policy document in a property; None where a part of it is unknown.

    :param document: a JSON string, or the object that the SDKs take in its place. What is neither has no statements.
    """
    read = document.json()
    if _contains(read.raw, Unknown):
        return None
    # A message that shows one part may show another: one secret part makes the whole document secret.
    listed = replace(read, is_secret=read.is_secret or _contains(read.raw, Secret)).get("Statement")
    found = [listed] if isinstance(listed.raw, dict) else [each for _, each in listed.entries()]
    return [Statement(each) for each in found]


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE | re.DOTALL)


def is_like(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern of IAM, in which `*` and `?` alone are special; case does not count."""
    return _pattern(pattern).fullmatch(text) is not None


def _texts(value: Value) -> tuple[str, ...]:
    """One text or a list of them, as a tuple."""
    return tuple(each.text for _, each in value.entries()) if isinstance(value.raw, list) else _one(value)


def _one(value: Value) -> tuple[str, ...]:
    return (value.text,) if value.text else ()


def _principals(value: Value) -> Mapping[str, tuple[str, ...]]:
    return {value.text: (value.text,)} if value.text else {kind: _texts(each) for kind, each in value.entries()}


def _means_everybody(value: str) -> bool:
    """Whether a condition's value is met by principals of every account, or from every address."""
    if value in ("0.0.0.0/0", "::/0"):
        return True
    if not value.startswith("arn:"):
        # `*`, and what only begins as all such ids do: `o-*`, `vpce-*`.
        return re.fullmatch(r"(?:[a-z]{1,4}-)?[*:]+", value) is not None
    _, _, service, _, account, rest, *_ = (*value.split(":", 5), *["*"] * 5)
    # The name of a bucket is nobody else's.
    return account in ("", "*") and rest.startswith("*") if service == "s3" else account == "*"


def _contains(raw: Any, kind: type[Secret | Unknown]) -> bool:
    """Whether a secret or unknown value is anywhere in a raw one."""
    if isinstance(raw, kind):
        return True
    if isinstance(raw, Secret):
        return _contains(raw.value, kind)
    inner: Iterable[Any] = raw.values() if isinstance(raw, dict) else raw if isinstance(raw, list) else ()
    return any(_contains(each, kind) for each in inner)
