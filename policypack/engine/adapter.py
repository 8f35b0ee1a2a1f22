"""Turns our policies into pulumi_policy's own: its PolicyPack can serve them, and its argument types test them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pulumi
import pulumi_policy as sdk
from pulumi_policy.proxy import UnknownValueError

from policypack.config import config_schema, parse_config
from policypack.data.twins import CANONICAL_TYPES
from policypack.evaluation import Evaluation
from policypack.message import as_message
from policypack.model import ASSET, UNKNOWN, Context, Resource, ResourceOptions
from policypack.policy import Pack, Policy
from policypack.record import Record
from policypack.settings import PolicySettings
from policypack.wire import decode_json


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
        "config_schema": sdk.PolicyConfigSchema(dict(schema)) if schema else None,
        "severity": sdk.Severity(policy.severity),
        "framework": _framework(policy),
        "tags": [policy.concern, *policy.frameworks],
        "remediation_steps": policy.fix,
        "url": policy.url,
    }

    pack = Pack("", "", "", (policy,))

    def evaluation(args: sdk.ResourceValidationArgs | sdk.StackValidationArgs) -> Evaluation:
        config = parse_config(policy.id, policy.config_type, args.get_config())
        return Evaluation(pack, {policy.id: PolicySettings("mandatory", config)}, Context())

    def validate_resource(args: sdk.ResourceValidationArgs, report: sdk.ReportViolation) -> None:
        # pulumi_policy asks every policy about every resource.
        if not policy.applies_to(CANONICAL_TYPES.get(args.resource_type, args.resource_type)):
            return
        resource = _resource(args, inputs=_read(args.props))
        run = evaluation(args)
        # There is no second try with the whole stack here: the policy has to decide with the one resource.
        _report([run.check_resource(resource), run.check_stack([resource])], args, report)

    def validate_stack(args: sdk.StackValidationArgs, report: sdk.ReportViolation) -> None:
        _report([evaluation(args).check_stack(map(_stack_resource, args.resources))], args, report)

    if policy.stage == "resource":
        return sdk.ResourceValidationPolicy(validate=validate_resource, **metadata)
    return sdk.StackValidationPolicy(validate=validate_stack, **metadata)


def _report(
    records: Sequence[Record],
    args: sdk.ResourceValidationArgs | sdk.StackValidationArgs,
    report: sdk.ReportViolation,
) -> None:
    """Reports what came of a policy; raises what pulumi_policy takes for a failure, or for nothing to decide."""
    findings = [finding for record in records for finding in record.findings]
    for finding in findings:
        report(as_message(finding), finding.violation.urn or None)
    if failure := next((failure for record in records for failure in record.failures), None):
        raise RuntimeError(f"{failure.error} at {failure.place}")
    if not findings and records[-1].undecided:
        _, undecided = records[-1].undecided[0]
        args.not_applicable(f"{undecided.at.path} is unknown during preview")


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
        context=Context(),
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
    return Resource(
        provider.urn, provider.resource_type, provider.name, context=Context(), inputs=_read(provider.props)
    )


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
