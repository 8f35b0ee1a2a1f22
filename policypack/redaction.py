"""
Keeps secrets out of messages, whatever a policy writes into one.

Policies write `value.shown` and `value.shown_as(…)`, which never show a secret. This is the net below: what is marked
secret on the resource at fault is taken out of its messages where a policy forgot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, Final, TypeGuard

from policypack.model import Properties, Resource, Secret, leaves
from policypack.verdict import Violation

_SHORTEST: Final = 8
"""Characters; a shorter text, such as HTTP, stands in messages by chance."""
_MOST_SECRETS: Final = 1_000
"""Of one resource; those of a larger one are too many to be looked for in each of its messages."""
_LONGEST_MESSAGE: Final = 10_000
"""Characters; no longer secret can stand in a message of a policy, which shortens what it shows."""


class Redaction:
    """Takes the secrets of resources out of what is said of them. Each resource is looked through once."""

    def __init__(self) -> None:
        self._secrets: dict[str, tuple[Properties, tuple[str, ...]]] = {}

    def __repr__(self) -> str:
        return "Redaction()"

    def apply(self, violation: Violation) -> Violation:
        """The violation with each secret text of its resource in its message and fix replaced by `[secret]`."""
        message, fix = violation.message, violation.fix
        for secret in self._secrets_of(violation.resource):
            if secret in message or secret in fix:
                message, fix = message.replace(secret, "[secret]"), fix.replace(secret, "[secret]")
        if (message, fix) == (violation.message, violation.fix):
            return violation
        return replace(violation, message=message, fix=fix)

    def _secrets_of(self, resource: Resource | None) -> tuple[str, ...]:
        if resource is None:
            return ()
        properties, texts = self._secrets.get(resource.urn, (None, ()))
        if properties is not resource.declared:
            found = dict.fromkeys(islice(_secrets(resource), _MOST_SECRETS))
            # The longest first: another may be a part of it.
            texts = tuple(sorted(found, key=len, reverse=True))
            self._secrets[resource.urn] = (resource.declared, texts)
        return texts


def _secrets(resource: Resource) -> Iterator[str]:
    """The texts that are marked secret among the inputs of a resource."""
    left: list[Any] = [resource.declared]
    while left:
        values = left.pop()
        for each in values.values() if isinstance(values, Mapping) else values:
            if isinstance(each, Secret):
                yield from (text for text, _ in leaves(each) if _is_sought(text))
            elif isinstance(each, list | dict):
                left.append(each)


def _is_sought(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _SHORTEST <= len(value) <= _LONGEST_MESSAGE
