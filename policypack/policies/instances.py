"""Instance classes: instances, databases, caches and brokers have a class that AWS offers and the team allows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta, field

from policypack.config import Config
from policypack.data.retired_classes import RETIRED_CACHES, RETIRED_DATABASES, RETIRED_INSTANCES, RETIRED_SERVICES
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation
from policypack.wildcard import matches

_SMALL_SIZES: Final = ("nano", "micro", "small", "medium", "large", "xlarge")
Allowed = Annotated[
    tuple[str, ...], Meta(description='Patterns, one of which a class must match, such as "*r7g.*"; empty: any class.')
]
Denied = Annotated[tuple[str, ...], Meta(description="Patterns that no class may match.")]
Size = Annotated[
    str,
    Meta(
        pattern=r"^(nano|micro|small|medium|large|[0-9]{0,4}xlarge)$",
        examples=["small", "2xlarge"],
        description='The smallest size, which is what follows the family in a class: "micro", "large", "2xlarge".',
    ),
]


class Limits(Config):
    """Limits for some engines or types. What is left out is as for all others."""

    allowed: Allowed | None = None
    denied: Denied | None = None
    minimum_size: Size | None = None


class InstanceConfig(Config):
    """Which classes are allowed. A class that matches `allowed` passes, whatever the other keys say."""

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


@dataclass(frozen=True, slots=True)
class _Place:
    """
    Where a type of resource says which class its instances have.

    :param paths: the properties.
    :param change: what another class means for a resource that exists, as sentences.
    :param default_engine: the engine of one that names none (the provider's documentation); empty where there is none.
    :param engine_of: the properties that name what the engine comes from where the resource names none.
    """

    paths: tuple[str, ...]
    change: str = ""
    default_engine: str = ""
    engine_of: tuple[str, ...] = ()


# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Modifying.html
_RESTARTS: Final = (
    "An existing database restarts for this: in its next maintenance window, or at once with applyImmediately true."
)
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Scaling.html
_MOVES: Final = (
    "An existing cache moves to new nodes, which interrupts connections: in its next maintenance window, or at once "
    "with applyImmediately true."
)
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-resize.html
_STOPS: Final = (
    "An existing instance is stopped and started for this: it loses the data of instance store volumes, and its public "
    "address unless that is an Elastic IP. Another processor architecture needs another image, which replaces the "
    "instance."
)
_NEXT_LAUNCH: Final = "Running instances keep their type until they are replaced."
_REPLACED: Final = "This replaces a resource that exists."
_BLUE_GREEN: Final = "An existing domain changes by a blue/green deployment, which takes hours and adds load to it."

_DATABASES: Final[dict[str, _Place]] = {
    "aws:rds/instance:Instance": _Place(
        ("instanceClass",),
        change=_RESTARTS,
        engine_of=("replicateSourceDb", "snapshotIdentifier", "restoreToPointInTime"),
    ),
    "aws:rds/clusterInstance:ClusterInstance": _Place(("instanceClass",), change=_RESTARTS),
    "aws:rds/cluster:Cluster": _Place(
        ("dbClusterInstanceClass",),
        change=_RESTARTS,
        engine_of=("replicationSourceIdentifier", "snapshotIdentifier", "restoreToPointInTime"),
    ),
    "aws:docdb/clusterInstance:ClusterInstance": _Place(("instanceClass",), change=_RESTARTS, default_engine="docdb"),
    "aws:neptune/clusterInstance:ClusterInstance": _Place(
        ("instanceClass",), change=_RESTARTS, default_engine="neptune"
    ),
}
_CACHES: Final[dict[str, _Place]] = {
    "aws:elasticache/replicationGroup:ReplicationGroup": _Place(
        ("nodeType",), change=_MOVES, default_engine="redis", engine_of=("globalReplicationGroupId",)
    ),
    "aws:elasticache/cluster:Cluster": _Place(
        ("nodeType",),
        change=f"{_MOVES} A Memcached cluster is replaced with an empty one.",
        engine_of=("replicationGroupId",),
    ),
    "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup": _Place(
        ("cacheNodeType",), change=_MOVES, engine_of=("primaryReplicationGroupId",)
    ),
    "aws:memorydb/cluster:Cluster": _Place(
        ("nodeType",), change="An existing cluster moves to new nodes while it runs.", default_engine="redis"
    ),
    "aws:dax/cluster:Cluster": _Place(("nodeType",), change="This replaces an existing cluster with an empty one."),
}
_WITH_ENGINE: Final = {
    type_: place for type_, place in (_DATABASES | _CACHES).items() if not type_.startswith("aws:dax/")
}
_COMPUTE: Final[Mapping[str, _Place]] = {
    "aws:ec2/instance:Instance": _Place(("instanceType",), change=_STOPS),
    "aws:ec2/launchTemplate:LaunchTemplate": _Place(("instanceType",), change=_NEXT_LAUNCH),
    "aws:ec2/launchConfiguration:LaunchConfiguration": _Place(("instanceType",), change=f"{_REPLACED} {_NEXT_LAUNCH}"),
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": _Place(("instanceType",), change=_REPLACED),
    "aws:ec2/fleet:Fleet": _Place(("launchTemplateConfigs[].overrides[].instanceType",), change=_NEXT_LAUNCH),
    "aws:autoscaling/group:Group": _Place(
        ("mixedInstancesPolicy.launchTemplate.overrides[].instanceType",), change=_NEXT_LAUNCH
    ),
    "aws:eks/nodeGroup:NodeGroup": _Place(
        ("instanceTypes[]",), change="This replaces an existing node group: its pods move to the new nodes."
    ),
    "aws:batch/computeEnvironment:ComputeEnvironment": _Place(
        ("computeResources.instanceTypes[]",),
        change="Without an updatePolicy, this replaces a compute environment that exists.",
    ),
}
_SEARCH: Final = ("clusterConfig.instanceType", "clusterConfig.dedicatedMasterType", "clusterConfig.warmType")
_SERVICES: Final[Mapping[str, _Place]] = {
    "aws:opensearch/domain:Domain": _Place(_SEARCH, change=_BLUE_GREEN),
    "aws:elasticsearch/domain:Domain": _Place(_SEARCH, change=_BLUE_GREEN),
    # https://docs.aws.amazon.com/redshift/latest/mgmt/resizing-cluster.html
    "aws:redshift/cluster:Cluster": _Place(
        ("nodeType",), change="An existing cluster is resized, and read-only until that is done."
    ),
    "aws:msk/cluster:Cluster": _Place(
        ("brokerNodeGroupInfo.instanceType",), change="An existing cluster restarts its brokers one after the other."
    ),
    "aws:mq/broker:Broker": _Place(
        ("hostInstanceType",),
        change="An existing broker restarts for this: in its next maintenance window, or at once with applyImmediately "
        "true.",
    ),
    "aws:dms/replicationInstance:ReplicationInstance": _Place(
        ("replicationInstanceClass",),
        change="An existing instance restarts for this, and its tasks with it: in its next maintenance window, or at "
        "once with applyImmediately true.",
    ),
    "aws:codebuild/project:Project": _Place(("environment.computeType",)),
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
    A class that is too small runs out of memory, CPU credits and connections under load, and the application fails
    with it. AWS refuses to create a class that it has retired.
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
    Old node types cost more for less memory and speed, and AWS stops offering them. A node type that the team did not
    plan for is only noticed on the bill.
    """
    return _check(cache, _CACHES, config)


@resource_policy(
    id="ec2-instance-type",
    title="EC2 instances have allowed types",
    types=_COMPUTE,
    severity="medium",
    fix="Choose a type that this policy's config allows.",
    frameworks=("FSBP EC2.24",),
    url="https://aws.amazon.com/ec2/instance-types/",
)
def ec2_instance_type(resource: Resource, config: ComputeConfig) -> Verdicts:
    """
    Old instance types cost more for less, and AWS may have none left when Auto Scaling needs them. A type that the team
    did not plan for is only noticed on the bill.
    """
    return _check(resource, _COMPUTE, config)


@resource_policy(
    id="managed-service-instance-type",
    title="Search, warehouse, broker and build instances have allowed types",
    types=_SERVICES,
    severity="medium",
    fix="Choose a type that this policy's config allows.",
    url="https://docs.aws.amazon.com/wellarchitected/latest/cost-optimization-pillar/select-the-correct-resource-type-size-and-number.html",
)
def managed_service_instance_type(resource: Resource, config: ServiceConfig) -> Verdicts:
    """
    A type that the service no longer offers makes the update fail, or keeps the cluster from being upgraded. A type
    that the team did not plan for is only noticed on the bill.
    """
    return _check(resource, _SERVICES, config)


def _check(resource: Resource, places: Mapping[str, _Place], config: InstanceConfig) -> Verdicts:
    place = places[resource.type]
    engine = _engine(resource, place) if config.overrides else ""
    limits = _limits(resource, engine, config)
    for value in (value for path in place.paths for value in resource.each(path)):
        if value.is_unknown:
            yield Undecided(value)
        elif limits is None and value.is_known:
            yield Undecided(resource.get("engine"), "the engine decides which instance classes are allowed")
        elif limits and (found := _problem(value, limits)):
            problem, fix = found
            yield Violation(value, f"{value.path} is {value.shown}{problem}.", fix=f"{fix} {place.change}".rstrip())


def _engine(resource: Resource, place: _Place) -> str | None:
    """The engine of a resource; empty where it has none, None where that is not known."""
    if resource.type not in _WITH_ENGINE:
        return ""
    engine = resource.get("engine")
    if engine.is_unknown:
        return None
    origin = next((each for each in map(resource.get, place.engine_of) if not each.is_unset), None)
    if origin is None or not engine.is_unset:
        return engine.text or place.default_engine
    # A replica and what is restored have the engine of their source, which may be in the stack.
    sources = origin.targets(*_WITH_ENGINE)
    return (sources[0].get("engine").text or _WITH_ENGINE[sources[0].type].default_engine or None) if sources else None


def _limits(resource: Resource, engine: str | None, config: InstanceConfig) -> InstanceConfig | None:
    """The limits for a resource; None where an engine that is not known decides."""
    for pattern, limits in config.overrides.items():
        if engine is None and not pattern.startswith("aws:"):
            return None
        if matches(pattern, resource.type) or (engine and matches(pattern, engine)):
            return InstanceConfig(
                allowed=config.allowed if limits.allowed is None else limits.allowed,
                denied=config.denied if limits.denied is None else limits.denied,
                minimum_size=config.minimum_size if limits.minimum_size is None else limits.minimum_size,
            )
    return config


def _problem(value: Value, limits: InstanceConfig) -> tuple[str, str] | None:
    """What is wrong with a class, as the end of a sentence, and its fix; None where nothing is wrong."""
    name, smallest = value.text, limits.minimum_size
    if not name or any(matches(pattern, name) for pattern in limits.allowed):
        return None
    if limits.allowed:
        listed = ", ".join(limits.allowed)
        fix = f"Set {value.path} to one of those, or add the class to allowed of this policy."
        return f", which is not among the allowed classes: {listed}", fix
    # The size is not always the last part: "t3.small.search", "db.r5.large.tpc1.mem2x".
    size = next((part for part in name.split(".") if _rank(part) >= 0), "")
    is_small = size and _rank(size) < _rank(smallest)
    if denied := next((pattern for pattern in limits.denied if matches(pattern, name)), None):
        current = f"a current generation{f' and of size {smallest} or larger' if is_small else ''}"
        fix = f"Set {value.path} to a class of {current}, or remove {denied} from denied of this policy."
        return f", which matches the denied pattern {denied}", fix
    if not is_small:
        return None
    family, _, last = name.rpartition(".")
    # Families of RDS have all of the small sizes; those of other services leave some out.
    is_safe = value.resource.type.startswith("aws:rds/") and smallest in _SMALL_SIZES and last == size
    example = value.shown_as(f', such as "{family}.{smallest}"', "") if is_safe else ""
    fix = f"Set {value.path} to a class of size {smallest} or larger{example}, or lower minimumSize of this policy."
    return f", which is smaller than the required minimum, {smallest}", fix


def _rank(size: str) -> int:
    """The place of a size in AWS's order, in which `2xlarge` follows `xlarge`; -1 for what has none (`serverless`)."""
    if size in _SMALL_SIZES:
        return _SMALL_SIZES.index(size)
    multiple = re.fullmatch(r"([0-9]{1,4})xlarge", size)
    return len(_SMALL_SIZES) + int(multiple[1]) if multiple else -1
