"""
Builders and one assertion for tests of policies: ours, and those of people who add policies of their own.

    bucket = resource("aws:s3/bucket:Bucket", "documents")
    versioning = resource("aws:s3/bucketVersioning:BucketVersioning", "documents", bucket=ref(bucket, "id"))
    assert decide(s3_versioning, bucket, versioning).violations == ["documents.versioningConfiguration.status"]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from policypack.config import parse_config
from policypack.evaluation import Evaluation
from policypack.message import as_message
from policypack.model import UNKNOWN, Context, Resource, Secret
from policypack.policy import Pack, Policy
from policypack.settings import PolicySettings
from policypack.verdict import Verdict

__all__ = ["UNKNOWN", "Decision", "Secret", "decide", "ref", "resource", "urn"]


def urn(type_: str, name: str) -> str:
    """The URN of a resource in the stack `dev` of the project `test`."""
    return f"urn:pulumi:dev::test::{type_}::{name}"


@dataclass(frozen=True)
class _Reference:
    urns: tuple[str, ...]
    value: Any


def ref(target: Resource | str | Sequence[Resource | str], value: Any = UNKNOWN) -> Any:
    """
    An output of another resource as the value of a property: unknown, as in a preview of a new stack, and depending on
    the resource (or URN) that is given. With a value, known as after an update.

    :param target: the resource or its URN; a sequence of them for a value that is made from outputs of several.
    :param value: the value, where it is known.
    """
    targets = [target] if isinstance(target, Resource | str) else target
    return _Reference(tuple(each if isinstance(each, str) else each.urn for each in targets), value)


def resource(
    type_: str,
    name: str = "it",
    /,
    *,
    # Any: mypy checks what `**properties` has against the types of all keyword parameters.
    with_outputs: Any = None,
    with_provider: Any = None,
    with_options: Any = None,
    with_context: Any = None,
    **inputs: Any,
) -> Resource:
    """
    A resource as the engine shows it at preview.

    :param type_: the type token.
    :param name: its name in the program.
    :param with_outputs: what AnalyzeStack shows beside the inputs, such as ids and ARNs after an update.
    :param with_provider: the provider's Resource.
    :param with_options: its ResourceOptions.
    :param with_context: the run's Context.
    :param inputs: properties by their camelCase names, nested ones as dicts and lists: plain values, UNKNOWN,
        Secret(value), or ref(other).
    """
    dependencies: dict[str, tuple[str, ...]] = {}
    values = {}
    for key, value in inputs.items():
        found: list[str] = []
        values[key] = _resolve(value, found)
        if found:
            dependencies[key] = tuple(dict.fromkeys(found))
    return Resource(
        urn(type_, name),
        type_,
        name,
        context=with_context or Context(project="test", stack="dev"),
        inputs=values,
        outputs={**values, **(with_outputs or {})},
        options=with_options,
        provider=lambda: with_provider,
        provider_urn=with_provider.urn if with_provider else "",
        dependencies=tuple(dict.fromkeys(target for targets in dependencies.values() for target in targets)),
        property_dependencies=dependencies,
    )


def _resolve(value: Any, found: list[str]) -> Any:
    if isinstance(value, _Reference):
        found.extend(value.urns)
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
    """
    What a policy decided: where it found something (`name.path` or `name`), the messages with all of it, and the
    controls that the findings are about.
    """

    violations: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    controls: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether there is neither a violation nor anything undecided."""
        return not self.violations and not self.undecided


def decide(policy: Policy, *resources: Resource, config: Mapping[str, Any] | None = None) -> Decision:
    """
    Runs a policy over resources as the engine does: each alone, then the whole stack.

    :param config: camelCase keys, as in a policy config file.
    :raises ConfigError: when the config is not what the policy takes.
    :raises AssertionError: when the policy itself fails.
    """
    setting = PolicySettings("mandatory", parse_config(policy.id, policy.config_type, config or {}))
    context = resources[0].context if resources else Context()
    evaluation = Evaluation(Pack("test", "0", "", (policy,)), {policy.id: setting}, context)
    records = [*map(evaluation.check_resource, resources), evaluation.check_stack(resources)]
    failures = [f"{failure.error} at {failure.place}" for record in records for failure in record.failures]
    assert not failures, f"the policy failed: {failures}"
    findings = [finding for record in records for finding in record.findings]
    return Decision(
        violations=[_place(finding.violation) for finding in findings],
        undecided=[_place(verdict) for _, verdict in records[-1].undecided],
        messages=[as_message(finding) for finding in findings],
        controls=list(dict.fromkeys(control for finding in findings for control in finding.controls)),
    )


def _place(verdict: Verdict) -> str:
    if verdict.at is None:
        return ""
    if isinstance(verdict.at, Resource):
        return verdict.at.name
    return f"{verdict.at.resource.name}.{verdict.at.path}"
