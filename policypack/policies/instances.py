"""Instance classes: that they are large and new enough, and among those that a team allows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Final, Literal

from msgspec import Meta, field

from policypack.config import Config
from policypack.policy import Findings, Undecided, Violation, policy
from policypack.resource import Resource, Value

Size = Literal["nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"]
_SMALL_SIZES: Final = ("nano", "micro", "small", "medium", "large", "xlarge")


class Limits(Config):
    """Which classes are allowed. One that matches `allowed` passes, whatever the other keys say."""

    allowed: Annotated[
        tuple[str, ...], Meta(description='Patterns such as "db.r7g.*", one of which a class must match; empty: any.')
    ] = ()
    denied: Annotated[tuple[str, ...], Meta(description="Patterns that no class may match.")] = ()
    minimum_size: Annotated[
        Size | None, Meta(description='The smallest size: the part behind the family, as in "db.t3.small".')
    ] = None


class InstanceConfig(Limits):
    """Limits for all, and others by engine (`postgres`, `aurora-*`) or by type token."""

    overrides: Annotated[
        dict[str, Limits],
        Meta(
            description='Other limits, by patterns of engines or type tokens: {"aurora-*": {"minimumSize": "large"}}.'
        ),
    ] = field(default_factory=dict)


# Classes that AWS has retired or announced to retire:
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html
_RETIRED_DATABASES: Final = ("db.t1.*", "db.m1.*", "db.m2.*", "db.t2.*", "db.m3.*", "db.r3.*")
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html (previous generation)
_RETIRED_CACHES: Final = (
    "cache.t1.*",
    "cache.m1.*",
    "cache.m2.*",
    "cache.c1.*",
    "cache.t2.*",
    "cache.m3.*",
    "cache.r3.*",
)
# https://aws.amazon.com/ec2/previous-generation/
_RETIRED_INSTANCES: Final = ("t1.*", "m1.*", "m2.*", "c1.*", "cc1.*", "cc2.*", "cg1.*", "cr1.*", "hi1.*", "hs1.*")


class DatabaseConfig(InstanceConfig):
    """Config of rds-instance-class."""

    denied: Annotated[tuple[str, ...], Meta(description="Patterns that no class may match.")] = _RETIRED_DATABASES
    minimum_size: Annotated[
        Size | None, Meta(description='The smallest size: the part behind the family, as in "db.t3.small".')
    ] = "small"


class CacheConfig(InstanceConfig):
    """Config of cache-node-type."""

    denied: Annotated[tuple[str, ...], Meta(description="Patterns that no node type may match.")] = _RETIRED_CACHES


class ComputeConfig(InstanceConfig):
    """Config of ec2-instance-type."""

    denied: Annotated[tuple[str, ...], Meta(description="Patterns that no type may match.")] = _RETIRED_INSTANCES


_DATABASES: Final = {
    "aws:rds/instance:Instance": "instanceClass",
    "aws:rds/clusterInstance:ClusterInstance": "instanceClass",
    "aws:rds/cluster:Cluster": "dbClusterInstanceClass",
    "aws:docdb/clusterInstance:ClusterInstance": "instanceClass",
    "aws:neptune/clusterInstance:ClusterInstance": "instanceClass",
}
_WITH_ENGINE: Final = frozenset(
    {
        *_DATABASES,
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:elasticache/cluster:Cluster",
        "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup",
        "aws:memorydb/cluster:Cluster",
    }
)
_CACHES: Final = {
    "aws:elasticache/replicationGroup:ReplicationGroup": "nodeType",
    "aws:elasticache/cluster:Cluster": "nodeType",
    "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup": "cacheNodeType",
    "aws:memorydb/cluster:Cluster": "nodeType",
    "aws:dax/cluster:Cluster": "nodeType",
}
_COMPUTE: Final = {
    "aws:ec2/instance:Instance": "instanceType",
    "aws:ec2/launchTemplate:LaunchTemplate": "instanceType",
    "aws:ec2/launchConfiguration:LaunchConfiguration": "instanceType",
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": "instanceType",
    "aws:ec2/fleet:Fleet": "launchTemplateConfigs[].overrides[].instanceType",
    "aws:autoscaling/group:Group": "mixedInstancesPolicy.launchTemplate.overrides[].instanceType",
    "aws:eks/nodeGroup:NodeGroup": "instanceTypes[]",
    "aws:batch/computeEnvironment:ComputeEnvironment": "computeResources.instanceTypes[]",
}
_SERVICES: Final = {
    "aws:opensearch/domain:Domain": "clusterConfig.instanceType",
    "aws:elasticsearch/domain:Domain": "clusterConfig.instanceType",
    "aws:redshift/cluster:Cluster": "nodeType",
    "aws:msk/cluster:Cluster": "brokerNodeGroupInfo.instanceType",
    "aws:mq/broker:Broker": "hostInstanceType",
    "aws:dms/replicationInstance:ReplicationInstance": "replicationInstanceClass",
    "aws:codebuild/project:Project": "environment.computeType",
}


@policy(
    id="rds-instance-class",
    title="Databases run on allowed instance classes",
    types=_DATABASES,
    severity="high",
    fix="Choose a class that this policy's config allows.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.html",
)
def rds_instance_class(database: Resource, config: DatabaseConfig) -> Findings:
    return _check(database, _DATABASES, config)


@policy(
    id="cache-node-type",
    title="Caches run on allowed node types",
    types=_CACHES,
    severity="medium",
    fix="Choose a node type that this policy's config allows.",
    url="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html",
)
def cache_node_type(cache: Resource, config: CacheConfig) -> Findings:
    return _check(cache, _CACHES, config)


@policy(
    id="ec2-instance-type",
    title="EC2 instances are of allowed types",
    types=_COMPUTE,
    severity="medium",
    fix="Choose a type that this policy's config allows.",
    url="https://aws.amazon.com/ec2/instance-types/",
)
def ec2_instance_type(resource: Resource, config: ComputeConfig) -> Findings:
    return _check(resource, _COMPUTE, config)


@policy(
    id="managed-service-instance-type",
    title="Search, warehouse, broker and build instances are of allowed types",
    types=_SERVICES,
    severity="medium",
    fix="Choose a type that this policy's config allows.",
    url="https://docs.aws.amazon.com/wellarchitected/latest/cost-optimization-pillar/select-the-correct-resource-type-size-and-number.html",
)
def managed_service_instance_type(resource: Resource, config: InstanceConfig) -> Findings:
    return _check(resource, _SERVICES, config)


def _check(resource: Resource, paths: Mapping[str, str], config: InstanceConfig) -> Findings:
    limits = _limits(resource, config)
    for value in resource.each(paths[resource.type]):
        if value.is_unknown:
            yield Undecided(value)
        elif problem := _problem(value, limits):
            yield Violation(value, f"{value.path} is {value.shown}{problem}.", fix=_fix(value, limits))


def _limits(resource: Resource, config: InstanceConfig) -> Limits:
    names = (resource.get("engine").text if resource.type in _WITH_ENGINE else "", resource.type)
    for pattern, limits in config.overrides.items():
        if any(name and fnmatchcase(name, pattern) for name in names):
            return limits
    return config


def _problem(value: Value, limits: Limits) -> str:
    """What is wrong with a class, as the end of a sentence; empty when nothing is."""
    name = value.text
    if not name or any(fnmatchcase(name, pattern) for pattern in limits.allowed):
        return ""
    if limits.allowed:
        return f", which is not among those allowed: {', '.join(limits.allowed)}"
    if denied := next((pattern for pattern in limits.denied if fnmatchcase(name, pattern)), None):
        return f", which matches the denied pattern {denied}"
    size = name.rpartition(".")[2]
    if limits.minimum_size and 0 <= _rank(size) < _rank(limits.minimum_size):
        return f", which is smaller than the required minimum, {limits.minimum_size}"
    return ""


def _rank(size: str) -> int:
    """The place of a size in AWS's order, in which `2xlarge` follows `xlarge`; -1 for what has none (`serverless`)."""
    if size in _SMALL_SIZES:
        return _SMALL_SIZES.index(size)
    multiple = re.fullmatch(r"(\d+)xlarge", size)
    return len(_SMALL_SIZES) + int(multiple[1]) if multiple else -1


def _fix(value: Value, limits: Limits) -> str:
    if limits.allowed:
        return f"Set {value.path} to one of them."
    family = value.text.rpartition(".")[0]
    if limits.minimum_size and not any(fnmatchcase(value.text, pattern) for pattern in limits.denied):
        return f'Set {value.path} to "{family}.{limits.minimum_size}" or larger.'
    return f"Set {value.path} to a class of a current generation."
