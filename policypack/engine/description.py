"""What the engine, and Pulumi Cloud, are told of a pack: its policies with their metadata and config schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pulumi.runtime.proto import analyzer_pb2

from policypack.config import config_schema
from policypack.policy import Pack, Policy, Severity, Stage
from policypack.verdict import Level

LEVELS: Final[Mapping[Level, analyzer_pb2.EnforcementLevel.ValueType]] = {
    "advisory": analyzer_pb2.ADVISORY,
    "mandatory": analyzer_pb2.MANDATORY,
    "remediate": analyzer_pb2.REMEDIATE,
    "disabled": analyzer_pb2.DISABLED,
}
SEVERITIES: Final[Mapping[Severity, analyzer_pb2.PolicySeverity.ValueType]] = {
    "low": analyzer_pb2.POLICY_SEVERITY_LOW,
    "medium": analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    "high": analyzer_pb2.POLICY_SEVERITY_HIGH,
    "critical": analyzer_pb2.POLICY_SEVERITY_CRITICAL,
}
_STAGES: Final[Mapping[Stage, analyzer_pb2.PolicyType.ValueType]] = {
    "resource": analyzer_pb2.POLICY_TYPE_RESOURCE,
    "stack": analyzer_pb2.POLICY_TYPE_STACK,
    "report": analyzer_pb2.POLICY_TYPE_STACK,
}


def analyzer_info(pack: Pack) -> analyzer_pb2.AnalyzerInfo:
    """The answer to GetAnalyzerInfo."""
    return analyzer_pb2.AnalyzerInfo(
        name=pack.name,
        version=pack.version,
        displayName=pack.display_name,
        description=pack.description,
        readme=pack.readme,
        provider=pack.provider,
        tags=pack.tags,
        supportsConfig=True,
        policies=map(_policy_info, pack.policies),
    )


def _policy_info(policy: Policy) -> analyzer_pb2.PolicyInfo:
    info = analyzer_pb2.PolicyInfo(
        name=policy.id,
        displayName=policy.title,
        description=policy.title,
        enforcementLevel=LEVELS[policy.enforcement],
        policy_type=_STAGES[policy.stage],
        severity=SEVERITIES[policy.severity],
        tags=[policy.concern, *policy.frameworks],
        remediation_steps=policy.fix,
        url=policy.url,
    )
    if schema := config_schema(policy.config_type):
        info.configSchema.properties.update(schema)
    if policy.frameworks:
        # Pulumi takes one framework; the others are among the tags.
        name, _, reference = policy.frameworks[0].rpartition(" ")
        info.framework.name, info.framework.reference = name, reference
    return info
