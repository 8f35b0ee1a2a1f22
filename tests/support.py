"""What the tests of policies share: one way to ask a policy, which also asks it through pulumi_policy."""

from __future__ import annotations

import functools
import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pulumi_policy as sdk
from pulumi_policy.policy import _NotApplicableError
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policypack.config import Config
from policypack.data.twins import CANONICAL_TYPES
from policypack.engine.adapter import to_pulumi_policy
from policypack.model import UNKNOWN, Context, Place, Resource, Secret, Stack, Value, Written
from policypack.pack import PACK
from policypack.policy import EVERY_AWS_TYPE, Policy
from policypack.testing import Decision, decide
from policypack.verdict import Verdict
from tools import sdk_schema, sdk_six

SDK_IS_INSTALLED = importlib.util.find_spec("pulumi_aws") is not None
"""False in the environments of `make versions`, where the tests that ask pulumi_aws are skipped."""
SDK_TYPES = sorted(
    type_
    for type_ in {type_ for policy in PACK.policies for type_ in policy.types} - {EVERY_AWS_TYPE}
    if type_ == "pulumi:providers:aws" or not type_.startswith("pulumi:providers:")
)
"""The types that policies name, without the providers of others, which pulumi_aws does not know."""
POLICIES: Mapping[str, Policy] = {policy.id: policy for policy in PACK.policies}


class SilentProgram:
    """A program whose source says nothing, for tests to say something."""

    language: str = ""
    note: str = ""
    unread: str = ""
    told: frozenset[tuple[str, str]] = frozenset()

    def places(self, value: str) -> tuple[Place, ...]:
        return ()

    def written(self, resource: Resource, path: str) -> Written | None:
        return None


def check(policy_id: str, *resources: Resource, config: Mapping[str, Any] | None = None) -> Decision:
    """What a policy of the pack decides, after making sure that it says the same as a policy of pulumi_policy."""
    policy = POLICIES[policy_id]
    decision = decide(policy, *resources, config=config)
    through_sdk = _validate(policy, resources, config)
    if policy.stage != "resource":
        assert through_sdk == decision.messages, "the policy says something else through pulumi_policy"
    elif _comparable(resources):
        assert set(through_sdk) <= set(decision.messages), "the policy says something else through pulumi_policy"
        if not any(UNKNOWN_STRING_VALUE in repr(_wire(resource.inputs)) for resource in resources):
            assert through_sdk == decision.messages, "the policy says something else through pulumi_policy"
    return decision


def _comparable(resources: tuple[Resource, ...]) -> bool:
    """Whether pulumi_policy's arguments carry all of it: no stack config, day or secret marks are needed."""
    return not any(resource.context.config or resource.context.today != Context().today for resource in resources)


def _validate(policy: Policy, resources: tuple[Resource, ...], config: Mapping[str, Any] | None) -> list[str]:
    """The messages that the policy reports when it is called as pulumi_policy calls it."""
    messages: list[str] = []
    adapted = _adapted(policy)

    def report(message: str, urn: str | None = None) -> None:
        messages.append(message)

    calls: list[Any] = (
        [sdk.StackValidationArgs([*_sdk_resources(resources).values()], config)]
        if policy.stage != "resource"
        else [resource_args(resource, config) for resource in resources]
    )
    for args in calls:
        try:
            adapted.validate(args, report)
        except _NotApplicableError:
            continue  # the policy says so when it could decide nothing
    return messages


@functools.cache
def _adapted(policy: Policy) -> Any:
    return to_pulumi_policy(policy)


def resource_args(resource: Resource, config: Mapping[str, Any] | None = None) -> sdk.ResourceValidationArgs:
    """A resource as pulumi_policy hands it to a ResourceValidationPolicy."""
    props: Any = unknown_checking_proxy(_wire(resource.inputs))
    return sdk.ResourceValidationArgs(resource.token, props, resource.urn, resource.name, _options(), None, config)


def _sdk_resources(resources: tuple[Resource, ...]) -> dict[str, sdk.PolicyResource]:
    converted = {
        resource.urn: sdk.PolicyResource(
            resource.token,
            unknown_checking_proxy(_wire(resource.outputs)),
            resource.urn,
            resource.name,
            _options(),
            None,
            None,
            [],
            {},
        )
        for resource in resources
    }
    for resource in resources:
        for key, urns in resource.property_dependencies.items():
            converted[resource.urn].property_dependencies[key] = [converted[urn] for urn in urns if urn in converted]
    return converted


def _options() -> sdk.PolicyResourceOptions:
    return sdk.PolicyResourceOptions(False, [], None, [], sdk.PolicyCustomTimeouts(0, 0, 0), [])


def _wire(raw: Any) -> Any:
    """A value as pulumi_policy sees it: secrets unwrapped, unknown ones as sentinel strings."""
    if raw is UNKNOWN:
        return UNKNOWN_STRING_VALUE
    if isinstance(raw, Secret):
        return _wire(raw.value)
    if isinstance(raw, Mapping):
        return {key: _wire(value) for key, value in raw.items()}
    if isinstance(raw, list):
        return [_wire(value) for value in raw]
    return raw


def on_stack(policy: Policy, stack: Stack, config: Config) -> list[Verdict]:
    """What a policy that needs the stack yields about one."""
    return [verdict for subject in policy.subjects(stack) for verdict in policy.check(subject, config)]


@contextmanager
def only_real_properties() -> Iterator[None]:
    """Within it, reading a property that the installed pulumi_aws does not have fails, whatever policy reads it."""
    step, referrers, unresolved = Value._step, Stack.referrers, Stack.unresolved

    def checked_step(value: Value, name: str) -> Value:
        stepped = step(value, name)
        _must_exist(value.resource.type, stepped.path)
        return stepped

    def checked_referrers(stack: Stack, target: Resource, type_: str, *properties: str) -> list[Resource]:
        for name in properties:
            _must_exist(type_, name)
        return referrers(stack, target, type_, *properties)

    def checked_unresolved(stack: Stack, type_: str, prop: str, *target_types: str) -> list[Resource]:
        _must_exist(type_, prop)
        return unresolved(stack, type_, prop, *target_types)

    with (
        mock.patch.object(Value, "_step", checked_step),
        mock.patch.object(Stack, "referrers", checked_referrers),
        mock.patch.object(Stack, "unresolved", checked_unresolved),
    ):
        yield


@functools.cache
def tokens(type_: str) -> tuple[str, ...]:
    """The tokens of pulumi_aws for a canonical type: itself and its twins, of earlier versions too if it is missing."""
    twins = (token for token, canonical in CANONICAL_TYPES.items() if canonical == type_)
    return tuple(token for token in (type_, *twins) if not SDK_IS_INSTALLED or token in sdk_schema.resource_types())


@functools.cache
def _must_exist(type_: str, path: str) -> None:
    if type_.startswith("aws:"):
        real = re.sub(r"\[\d+\]", "[]", path)
        exists = any(_exists(token, real) or _existed(token, real) for token in tokens(type_))
        assert exists, f"{type_} has no input {real!r}"


def _existed(token: str, path: str) -> bool:
    """Whether pulumi-aws 6 has an input that the installed version does not have, or has in another shape."""
    return any(path == old or path.startswith((f"{old}.", f"{old}[]")) for old in _inputs_of_six().get(token, ()))


@functools.cache
def _inputs_of_six() -> Mapping[str, Mapping[str, str]]:
    inputs: Mapping[str, Mapping[str, str]] = json.loads(sdk_six.FILE.read_text())["inputs"]
    return inputs


@functools.cache
def _exists(token: str, path: str) -> bool:
    # Within a string stands a JSON document, of which the SDK knows nothing.
    parts = path.split(".")
    for end in range(1, len(parts) + 1):
        path = ".".join(parts[:end])
        shapes = [sdk_schema.shape_at(token, each) for each in (path.removesuffix("[]"), path)]
        if any(shape and shape.kind == "string" for shape in shapes):
            return True
        if shapes[-1] is None:
            return False
    return True
