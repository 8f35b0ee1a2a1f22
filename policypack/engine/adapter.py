"""Turns our policies into pulumi_policy's own: its PolicyPack can serve them, and its argument types test them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import pulumi
import pulumi_policy as sdk
from pulumi_policy.proxy import UnknownValueError

from policypack.config import config_schema, parse_config
from policypack.engine.decode import decode_json
from policypack.finding import Finding, Violation
from policypack.policy import Policy
from policypack.resource import ASSET, UNKNOWN, Resource, ResourceOptions
from policypack.stack import Stack, StackInfo


def to_pulumi_policy(policy: Policy) -> sdk.Policy:
    """
    The policy as a ResourceValidationPolicy or StackValidationPolicy with all of its metadata.

    What the SDK's arguments do not carry is not seen through it: secret marks, inputs beside outputs, relations at the
    resource stage, stack config. A resource that could only be left undecided is reported as not applicable.
    """
    schema = config_schema(policy.config_type)
    metadata: dict[str, Any] = {
        "name": policy.id,
        "description": policy.title,
        "display_name": policy.title,
        "enforcement_level": sdk.EnforcementLevel(policy.enforcement),
        "config_schema": sdk.PolicyConfigSchema(schema) if schema else None,
        "severity": sdk.Severity(policy.severity),
        "framework": _framework(policy),
        "tags": [policy.concern, *policy.frameworks],
        "remediation_steps": policy.fix,
        "url": policy.url,
    }

    def validate_resource(args: sdk.ResourceValidationArgs, report: sdk.ReportViolation) -> None:
        resource = _resource(args, inputs=_read(args.props))
        # There is no second try with the whole stack here: the policy has to decide with the one resource.
        resource.stack = Stack([resource], resource.info)
        if policy.applies_to(resource.type):
            config = parse_config(policy.id, policy.config_type, args.get_config())
            _report(policy, policy.check(resource, config), args, report)

    def validate_stack(args: sdk.StackValidationArgs, report: sdk.ReportViolation) -> None:
        stack = Stack((_stack_resource(resource) for resource in args.resources), StackInfo())
        config = parse_config(policy.id, policy.config_type, args.get_config())
        _report(policy, policy.on_stack(stack, config), args, report)

    if policy.stage == "resource":
        return sdk.ResourceValidationPolicy(validate=validate_resource, **metadata)
    return sdk.StackValidationPolicy(validate=validate_stack, **metadata)


def _report(
    policy: Policy,
    findings: Iterable[Finding],
    args: sdk.ResourceValidationArgs | sdk.StackValidationArgs,
    report: sdk.ReportViolation,
) -> None:
    undecided = ""
    reported = False
    for finding in findings:
        if isinstance(finding, Violation):
            report(policy.message(finding), finding.urn or None)
            reported = True
        else:
            undecided = undecided or f"{finding.at.path} is unknown during preview"
    if undecided and not reported:
        args.not_applicable(undecided)


def _framework(policy: Policy) -> sdk.PolicyComplianceFramework | None:
    if not policy.frameworks:
        return None
    name, _, reference = policy.frameworks[0].rpartition(" ")
    return sdk.PolicyComplianceFramework(name=name, reference=reference)


def _resource(source: sdk.ResourceValidationArgs | sdk.PolicyResource, **properties: Any) -> Resource:
    return Resource(
        source.urn,
        source.resource_type,
        source.name,
        info=StackInfo(),
        has_secret_marks=False,
        options=ResourceOptions(
            protect=source.opts.protect,
            ignore_changes=tuple(source.opts.ignore_changes),
            additional_secret_outputs=tuple(source.opts.additional_secret_outputs),
        ),
        provider=partial(_provider, source.provider),
        **properties,
    )


def _provider(provider: sdk.PolicyProviderResource | None) -> Resource | None:
    if provider is None:
        return None
    return Resource(provider.urn, provider.resource_type, provider.name, info=StackInfo(), inputs=_read(provider.props))


def _stack_resource(source: sdk.PolicyResource) -> Resource:
    return _resource(
        source,
        outputs=_read(source.props),
        parent=source.parent.urn if source.parent else "",
        dependencies=tuple(dependency.urn for dependency in source.dependencies),
        property_dependencies={
            key: tuple(dependency.urn for dependency in value) for key, value in source.property_dependencies.items()
        },
    )


def _read(proxy: Any) -> Any:
    """A proxy that raises on unknown values, or anything that a test passes in its place, as Resource has it."""
    if isinstance(proxy, Mapping):
        return {key: _read_item(proxy, key) for key in proxy}
    if isinstance(proxy, Sequence) and not isinstance(proxy, str):
        return [_read_item(proxy, index) for index in range(len(proxy))]
    if isinstance(proxy, pulumi.Asset | pulumi.Archive):
        return ASSET
    return decode_json(proxy)


def _read_item(proxy: Any, key: Any) -> Any:
    try:
        return _read(proxy[key])
    except UnknownValueError:
        return UNKNOWN
