"""
Builders and one assertion for tests of policies: ours, and those of people who add policies of their own.

    bucket = resource("aws:s3/bucket:Bucket", "documents")
    versioning = resource("aws:s3/bucketVersioning:BucketVersioning", "documents", bucket=ref(bucket, "id"))
    assert decide(s3_versioning, bucket, versioning).violations == ["documents.versioningConfiguration.status"]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policypack.config import parse_config
from policypack.finding import Finding, Undecided, Violation
from policypack.policy import Policy
from policypack.resource import UNKNOWN, Resource, Secret
from policypack.stack import Stack, StackInfo

__all__ = ["UNKNOWN", "Decision", "Secret", "decide", "ref", "resource", "urn"]


def urn(type_: str, name: str) -> str:
    """The URN of a resource in the stack `dev` of the project `test`."""
    return f"urn:pulumi:dev::test::{type_}::{name}"


@dataclass(frozen=True)
class _Reference:
    target: str
    value: Any


def ref(target: Resource | str, value: Any = UNKNOWN) -> Any:
    """
    An output of another resource as the value of a property: unknown, as in a preview of a new stack, and depending on
    the resource (or URN) that is given. With a value, known as after an update.
    """
    return _Reference(target if isinstance(target, str) else target.urn, value)


def resource(
    type_: str,
    name: str = "it",
    /,
    *,
    with_outputs: Any = None,
    with_provider: Any = None,
    with_options: Any = None,
    with_info: Any = None,
    **inputs: Any,
) -> Resource:
    """
    A resource as the engine shows it at preview.

    :param type_: the type token.
    :param name: its name in the program.
    :param with_outputs: what AnalyzeStack shows beside the inputs, such as ids and ARNs after an update.
    :param with_provider: the provider's Resource.
    :param with_options: its ResourceOptions.
    :param with_info: the stack's StackInfo.
    :param inputs: properties by their camelCase names, nested ones as dicts and lists: plain values, UNKNOWN,
        Secret(value), or ref(other).
    """
    dependencies: dict[str, tuple[str, ...]] = {}
    values = {}
    for key, value in inputs.items():
        found: list[str] = []
        values[key] = _resolve(value, found)
        if found:
            dependencies[key] = tuple(found)
    return Resource(
        urn(type_, name),
        type_,
        name,
        info=with_info or StackInfo(project="test", stack="dev"),
        inputs=values,
        outputs={**values, **(with_outputs or {})},
        options=with_options,
        provider=lambda: with_provider,
        dependencies=tuple(dict.fromkeys(target for targets in dependencies.values() for target in targets)),
        property_dependencies=dependencies,
    )


def _resolve(value: Any, found: list[str]) -> Any:
    if isinstance(value, _Reference):
        found.append(value.target)
        return value.value
    if isinstance(value, list):
        return [_resolve(element, found) for element in value]
    if isinstance(value, dict):
        return {key: _resolve(element, found) for key, element in value.items()}
    if isinstance(value, Secret):
        return Secret(_resolve(value.value, found))
    return value


@dataclass
class Decision:
    """What a policy decided: where it found something (`name.path` or `name`), and the messages with all of it."""

    violations: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether there is neither a violation nor anything undecided."""
        return not self.violations and not self.undecided


def decide(policy: Policy, *resources: Resource, config: Mapping[str, Any] | None = None) -> Decision:
    """
    Runs a policy over resources as the analyzer does: each alone, then with the whole stack what is left.

    :param config: camelCase keys, as in a policy config file.
    :raises ConfigError: when the config is not what the policy takes.
    """
    typed = parse_config(policy.id, policy.config_type, config or {})
    found: list[Finding] = []
    again = []
    if policy.stage == "resource":
        for each in (each for each in resources if policy.applies_to(each.type)):
            each.stack = None
            alone = list(policy.check(each, typed))
            found += [finding for finding in alone if isinstance(finding, Violation)]
            again += [each] if any(isinstance(finding, Undecided) for finding in alone) else []
    stack = Stack(resources, resources[0].info if resources else StackInfo())
    for each in again:
        found += [finding for finding in policy.check(each, typed) if finding not in found]
    if policy.stage == "stack":
        found += policy.on_stack(stack, typed)
    decision = Decision()
    for finding in found:
        if isinstance(finding, Violation):
            decision.violations.append(_place(finding))
            decision.messages.append(policy.message(finding))
        else:
            decision.undecided.append(_place(finding))
    return decision


def _place(finding: Finding) -> str:
    if finding.at is None:
        return ""
    if isinstance(finding.at, Resource):
        return finding.at.name
    return f"{finding.at.resource.name}.{finding.at.path}"
