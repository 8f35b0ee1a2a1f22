"""Instances: that their classes are large and new enough and allowed, and that they guard their credentials."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Final

from msgspec import Meta, field

from policypack.config import Config
from policypack.data.retired_classes import RETIRED_CACHES, RETIRED_DATABASES, RETIRED_INSTANCES, RETIRED_SERVICES
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_SMALL_SIZES: Final = ("nano", "micro", "small", "medium", "large", "xlarge")
Allowed = Annotated[
    tuple[str, ...], Meta(description='Patterns, one of which a class must match, such as "*r7g.*"; empty: any.')
]
Denied = Annotated[tuple[str, ...], Meta(description="Patterns that no class may match.")]
Size = Annotated[
    str,
    Meta(
        pattern=r"^(nano|micro|small|medium|large|\d*xlarge)$",
        examples=["small", "2xlarge"],
        description='The smallest size, which is what follows the family in a class: "micro", "large", "2xlarge".',
    ),
]


class Limits(Config):
    """Other limits for some engines or types: what one leaves out stays as it is for all."""

    allowed: Allowed | None = None
    denied: Denied | None = None
    minimum_size: Size | None = None


class InstanceConfig(Config):
    """Which classes are allowed. One that matches `allowed` passes, whatever the other keys say."""

    allowed: Allowed = ()
    denied: Denied = ()
    minimum_size: Size = "nano"
    overrides: Annotated[
        dict[str, Limits],
        Meta(
            description='Other limits, by patterns of engines or type tokens: {"aurora-*": {"minimumSize": "large"}}.'
        ),
    ] = field(default_factory=dict)


class DatabaseConfig(InstanceConfig):
    """Config of rds-instance-class."""

    denied: Denied = RETIRED_DATABASES
    minimum_size: Size = "small"


class CacheConfig(InstanceConfig):
    """Config of cache-node-type."""

    denied: Denied = RETIRED_CACHES


class ComputeConfig(InstanceConfig):
    """Config of ec2-instance-type."""

    denied: Denied = RETIRED_INSTANCES


class ServiceConfig(InstanceConfig):
    """Config of managed-service-instance-type."""

    denied: Denied = RETIRED_SERVICES


_DATABASES: Final = {
    "aws:rds/instance:Instance": ("instanceClass",),
    "aws:rds/clusterInstance:ClusterInstance": ("instanceClass",),
    "aws:rds/cluster:Cluster": ("dbClusterInstanceClass",),
    "aws:docdb/clusterInstance:ClusterInstance": ("instanceClass",),
    "aws:neptune/clusterInstance:ClusterInstance": ("instanceClass",),
}
# The types that have an engine, each with the one that it has by default (the provider's documentation).
_DEFAULT_ENGINES: Final = {
    **dict.fromkeys(_DATABASES, ""),
    "aws:docdb/clusterInstance:ClusterInstance": "docdb",
    "aws:neptune/clusterInstance:ClusterInstance": "neptune",
    "aws:elasticache/replicationGroup:ReplicationGroup": "redis",
    "aws:elasticache/cluster:Cluster": "",
    "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup": "",
    "aws:memorydb/cluster:Cluster": "redis",
}
_CACHES: Final = {
    "aws:elasticache/replicationGroup:ReplicationGroup": ("nodeType",),
    "aws:elasticache/cluster:Cluster": ("nodeType",),
    "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup": ("cacheNodeType",),
    "aws:memorydb/cluster:Cluster": ("nodeType",),
    "aws:dax/cluster:Cluster": ("nodeType",),
}
_COMPUTE: Final = {
    "aws:ec2/instance:Instance": ("instanceType",),
    "aws:ec2/launchTemplate:LaunchTemplate": ("instanceType",),
    "aws:ec2/launchConfiguration:LaunchConfiguration": ("instanceType",),
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": ("instanceType",),
    "aws:ec2/fleet:Fleet": ("launchTemplateConfigs[].overrides[].instanceType",),
    "aws:autoscaling/group:Group": ("mixedInstancesPolicy.launchTemplate.overrides[].instanceType",),
    "aws:eks/nodeGroup:NodeGroup": ("instanceTypes[]",),
    "aws:batch/computeEnvironment:ComputeEnvironment": ("computeResources.instanceTypes[]",),
}
_SEARCH: Final = ("clusterConfig.instanceType", "clusterConfig.dedicatedMasterType", "clusterConfig.warmType")
_SERVICES: Final = {
    "aws:opensearch/domain:Domain": _SEARCH,
    "aws:elasticsearch/domain:Domain": _SEARCH,
    "aws:redshift/cluster:Cluster": ("nodeType",),
    "aws:msk/cluster:Cluster": ("brokerNodeGroupInfo.instanceType",),
    "aws:mq/broker:Broker": ("hostInstanceType",),
    "aws:dms/replicationInstance:ReplicationInstance": ("replicationInstanceClass",),
    "aws:codebuild/project:Project": ("environment.computeType",),
}


@resource_policy(
    id="rds-instance-class",
    title="Databases run on allowed instance classes",
    types=_DATABASES,
    severity="high",
    fix="Choose a class that this policy's config allows.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.html",
)
def rds_instance_class(database: Resource, config: DatabaseConfig) -> Verdicts:
    """
    A class that is too small runs out of memory, CPU credits and connections under the first real load, and the
    application stops with it; a retired class cannot be created any more.
    """
    return _check(database, _DATABASES, config)


@resource_policy(
    id="cache-node-type",
    title="Caches run on allowed node types",
    types=_CACHES,
    severity="medium",
    fix="Choose a node type that this policy's config allows.",
    url="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html",
)
def cache_node_type(cache: Resource, config: CacheConfig) -> Verdicts:
    """
    Old node types cost more for less, and AWS retires them at a date of its own; a type that the team did not allow is
    noticed on the bill.
    """
    return _check(cache, _CACHES, config)


@resource_policy(
    id="ec2-instance-type",
    title="EC2 instances are of allowed types",
    types=_COMPUTE,
    severity="medium",
    fix="Choose a type that this policy's config allows.",
    frameworks=("FSBP EC2.24",),
    url="https://aws.amazon.com/ec2/instance-types/",
)
def ec2_instance_type(resource: Resource, config: ComputeConfig) -> Verdicts:
    """
    Old instance types cost more for less and may not be had just when Auto Scaling needs them; a type that the team did
    not allow is noticed on the bill.
    """
    return _check(resource, _COMPUTE, config)


@resource_policy(
    id="managed-service-instance-type",
    title="Search, warehouse, broker and build instances are of allowed types",
    types=_SERVICES,
    severity="medium",
    fix="Choose a type that this policy's config allows.",
    url="https://docs.aws.amazon.com/wellarchitected/latest/cost-optimization-pillar/select-the-correct-resource-type-size-and-number.html",
)
def managed_service_instance_type(resource: Resource, config: ServiceConfig) -> Verdicts:
    """
    A type that the service no longer offers makes the update fail, or keeps the cluster from being upgraded; one that
    the team did not allow is noticed on the bill.
    """
    return _check(resource, _SERVICES, config)


# Where the options are changed in place; a launch configuration would be replaced.
_METADATA: Final = {
    "aws:ec2/instance:Instance": True,
    "aws:ec2/launchTemplate:LaunchTemplate": True,
    "aws:ec2/launchConfiguration:LaunchConfiguration": False,
}


@resource_policy(
    id="ec2-imdsv2",
    title="EC2 instances hand out their credentials by IMDSv2 only",
    types=_METADATA,
    severity="high",
    fix='Set metadataOptions.httpTokens to "required".',
    frameworks=("FSBP EC2.8", "FSBP EC2.170", "FSBP AutoScaling.3"),
    url="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html",
    remediates=True,
)
def ec2_imdsv2(resource: Resource, config: Config) -> Verdicts:
    """
    With IMDSv1 a single web request that the application is tricked into making hands the credentials of the instance's
    role to an attacker.
    """
    tokens, endpoint = resource.get("metadataOptions.httpTokens"), resource.get("metadataOptions.httpEndpoint")
    if tokens.text == "required" or endpoint.text == "disabled":
        return
    if tokens.is_unknown or endpoint.is_unknown:
        yield Undecided(tokens if tokens.is_unknown else endpoint)
    else:
        yield Violation(
            tokens,
            f"{tokens.path} is {tokens.shown}: a request that the instance can be talked into gets its credentials.",
            remediation="required" if _METADATA[resource.type] else None,
            # Left out, the image and the account decide: those of today ask for IMDSv2, older ones do not.
            level="advisory" if tokens.is_unset else None,
        )


def _check(resource: Resource, paths: Mapping[str, tuple[str, ...]], config: InstanceConfig) -> Verdicts:
    limits = _limits(resource, config)
    for value in (value for path in paths[resource.type] for value in resource.each(path)):
        if value.is_unknown:
            yield Undecided(value)
        elif limits is None and value.is_known:
            yield Undecided(resource.get("engine"), "it decides which instance classes are allowed")
        elif limits and (problem := _problem(value, limits)):
            yield Violation(value, f"{value.path} is {value.shown}{problem}.", fix=_fix(value, limits))


def _limits(resource: Resource, config: InstanceConfig) -> InstanceConfig | None:
    """The limits for a resource; None where an engine that is unknown yet decides."""
    engine, is_unknown = "", False
    if config.overrides and resource.type in _DEFAULT_ENGINES:
        value = resource.get("engine")
        engine, is_unknown = value.text or _DEFAULT_ENGINES[resource.type], value.is_unknown
    for pattern, limits in config.overrides.items():
        if is_unknown and not pattern.startswith("aws:"):
            return None
        if fnmatchcase(resource.type, pattern) or (engine and fnmatchcase(engine, pattern)):
            return InstanceConfig(
                allowed=config.allowed if limits.allowed is None else limits.allowed,
                denied=config.denied if limits.denied is None else limits.denied,
                minimum_size=config.minimum_size if limits.minimum_size is None else limits.minimum_size,
            )
    return config


def _problem(value: Value, limits: InstanceConfig) -> str:
    """What is wrong with a class, as the end of a sentence; empty when nothing is."""
    name = value.text
    if not name or any(fnmatchcase(name, pattern) for pattern in limits.allowed):
        return ""
    if limits.allowed:
        return f", which is not among those allowed: {', '.join(limits.allowed)}"
    if denied := next((pattern for pattern in limits.denied if fnmatchcase(name, pattern)), None):
        return f", which matches the denied pattern {denied}"
    # The size is not always the last part: "t3.small.search", "db.r5.large.tpc1.mem2x".
    size = next((part for part in name.split(".") if _rank(part) >= 0), "")
    if size and _rank(size) < _rank(limits.minimum_size):
        return f", which is smaller than the required minimum, {limits.minimum_size}"
    return ""


def _rank(size: str) -> int:
    """The place of a size in AWS's order, in which `2xlarge` follows `xlarge`; -1 for what has none (`serverless`)."""
    if size in _SMALL_SIZES:
        return _SMALL_SIZES.index(size)
    multiple = re.fullmatch(r"(\d{1,4})xlarge", size)
    return len(_SMALL_SIZES) + int(multiple[1]) if multiple else -1


def _fix(value: Value, limits: InstanceConfig) -> str:
    if limits.allowed:
        return f"Set {value.path} to one of them."
    if any(fnmatchcase(value.text, pattern) for pattern in limits.denied):
        return f"Set {value.path} to a class of a current generation."
    fix = f"Set {value.path} to a class of size {limits.minimum_size} or larger"
    family, _, size = value.text.rpartition(".")
    # Families of RDS have all of the small sizes; those of other services leave some out.
    if value.resource.type.startswith("aws:rds/") and limits.minimum_size in _SMALL_SIZES and not value.is_secret:
        fix += f', such as "{family}.{limits.minimum_size}"' if _rank(size) >= 0 else ""
    return f"{fix}."
