"""The accounts and partitions that resources are in, as far as the stack tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policypack.iam.arns import account_in, account_of_principal
from policypack.iam.forms import KEYS
from policypack.iam.resource_policies import leaves_it_to_iam, resource_policy_of
from policypack.model import Resource, Stack, Value, remembered

_PARTITIONS: Final = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


def partition_of(region: str) -> str:
    """The partition of a region, `aws` where the region is not known."""
    return next((each for start, each in _PARTITIONS.items() if region.startswith(start)), "aws")


def account_of(resource: Resource) -> str:
    """
    The account that a resource is in, as its own ARN says, or the ARNs of its provider's other resources, the
    provider's settings, or the only account whose root user the stack's key policies name; empty where none tells, and
    where only a secret does.
    """
    return _account_in(resource.output("arn")) or _accounts(resource.stack).get(provider_of(resource), "")


@remembered
def _accounts(stack: Stack) -> dict[str, str]:
    """The account of each provider's resources, by the provider's URN; none where they are in different ones."""
    found: dict[str, set[str]] = {}
    providers: dict[str, Resource] = {}
    for resource in stack.resources.values():
        if account := _account_in(resource.output("arn")):
            found.setdefault(provider_of(resource), set()).add(account)
        if resource.provider:
            providers.setdefault(provider_of(resource), resource.provider)
    for urn, provider in providers.items():
        if urn not in found:
            found[urn] = set(_of_provider(provider))
    known = {urn for urn, accounts in found.items() if accounts}
    for key in stack.of_type(*KEYS):
        if (urn := provider_of(key)) not in known:
            found.setdefault(urn, set()).update(_managing(key))
    return {urn: next(iter(accounts)) for urn, accounts in found.items() if len(accounts) == 1}


def _of_provider(provider: Resource) -> Iterator[str]:
    """The account in which a provider works: that of the role that it assumes, else the only one that it allows."""
    # The engine shows the settings of providers as JSON.
    chain = [role for _, role in provider.get("assumeRoles").json().entries()]
    role = chain[-1] if chain else provider.get("assumeRole").json()
    if not role.is_unset:
        yield from filter(None, [_account_in(role.get("roleArn"))])
    else:
        allowed = provider.get("allowedAccountIds").json().entries()
        yield from (each.text for _, each in allowed if each.text.isdigit() and not each.is_secret)


def _managing(key: Resource) -> Iterator[str]:
    """The accounts whose IAM policies decide who uses a key: its own is among them in most key policies."""
    bounds = resource_policy_of(key).bounds
    for statement in bounds.surely_said if bounds else ():
        if leaves_it_to_iam(statement) and not statement.at.is_secret:
            named = statement.principals["AWS"]
            yield from filter(str.isdigit, map(account_of_principal, named))


def _account_in(arn: Value) -> str:
    return "" if arn.is_secret else account_in(arn.text)


def provider_of(resource: Resource) -> str:
    """The URN of a resource's provider: that of another one may be for another account. Empty where it is not told."""
    return resource.provider_urn or (resource.provider.urn if resource.provider else "")
