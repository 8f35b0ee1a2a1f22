"""Databases: that their engine versions are ones that AWS offers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Annotated, Final

from msgspec import Meta, field

from policypack.config import Config
from policypack.data.engine_versions import Engine, engine_names, engines, sort_key
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

Versions = dict[str, tuple[str, ...]]
"""Patterns of versions, by patterns of engines."""


class Corrections(Config):
    """What goes before the versions that the pack knows: in one region, or in all."""

    offered: Annotated[
        Versions,
        Meta(description='Versions that AWS offers, whatever this pack knows, by engine: {"postgres": ["15.5"]}.'),
    ] = field(default_factory=dict)
    denied: Annotated[
        Versions, Meta(description='Versions that nothing may have, by engine: {"aurora-*": ["16.1", "15.*"]}.')
    ] = field(default_factory=dict)


class EngineVersionConfig(Corrections):
    """Config of engine-version. What it says of a region goes before what it says of all."""

    minimums: Annotated[
        dict[str, Annotated[str, Meta(pattern=r"^[\w.-]*\d[\w.-]*$", examples=["14", "8.0.36"])]],
        Meta(description='The lowest version, or major version, by engine: {"postgres": "14", "mysql": "8.4"}.'),
    ] = field(default_factory=dict)
    allow_extended_support: Annotated[
        bool, Meta(description="Whether versions will do whose standard support has ended, and which cost extra.")
    ] = False
    regions: Annotated[
        dict[str, Corrections],
        Meta(description='What is different in a region: {"ap-northeast-1": {"denied": {"postgres": ["15.13"]}}}.'),
    ] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses what matches no engine, or is no region, as it would have no effect in silence."""
        named: dict[str, Mapping[str, object]] = {
            "offered": self.offered,
            "denied": self.denied,
            "minimums": self.minimums,
        }
        for region, corrections in self.regions.items():
            if not re.fullmatch(r"[a-z]+(-[a-z]+)+-\d+", region):
                raise ValueError(f"config key 'regions': {region!r} is no region")
            named |= {f"regions.{region}.offered": corrections.offered, f"regions.{region}.denied": corrections.denied}
        for key, patterns in named.items():
            for pattern in patterns:
                if not any(fnmatchcase(engine, pattern) for engine in (*engine_names(), *_OTHER_ENGINES)):
                    raise ValueError(f"config key '{key}': no engine matches {pattern!r}")


@dataclass(frozen=True, slots=True)
class _Lifecycle:
    """Where a resource chooses Extended Support or not, and the words for it; it is on where nothing is chosen."""

    path: str
    on: str
    off: str


@dataclass(frozen=True, slots=True)
class _Place:
    """
    Where a type of resource says which version of which engine it is.

    :param service: the service that offers the versions.
    :param engine: the engine's path; empty where there is only one.
    :param engines: the engines that the service has, as patterns.
    :param default: the engine where the program names none.
    :param version: the version's path.
    :param lifecycle: where Extended Support is chosen.
    :param is_member: whether it is part of a cluster, of which alone Extended Support is a matter.
    :param takes_major: whether a major version will do, and the service chooses the rest.
    :param minor: what an upgrade within a major version means for a resource that exists, as sentences.
    :param major: what one to another major version needs and means.
    """

    service: str
    engine: str = "engine"
    engines: tuple[str, ...] = ()
    default: str = ""
    version: str = "engineVersion"
    lifecycle: _Lifecycle | None = None
    is_member: bool = False
    takes_major: bool = False
    minor: str = ""
    major: str = ""


# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support-creating-db-instance.html: off, a
# database whose standard support has ended can't be created.
_RDS_LIFECYCLE: Final = _Lifecycle(
    "engineLifecycleSupport", on="open-source-rds-extended-support", off="open-source-rds-extended-support-disabled"
)
# https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html: off, EKS upgrades the cluster by itself.
_EKS_LIFECYCLE: Final = _Lifecycle("upgradePolicy.supportType", on="EXTENDED", off="STANDARD")

_RDS_ENGINES: Final = (
    *("aurora-mysql", "aurora-postgresql", "mariadb", "mysql", "postgres"),
    *("custom-*", "db2-*", "oracle-*", "sqlserver-*"),
)
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html
_RESTARTS: Final = (
    "An existing database restarts for this: in its next maintenance window, or at once with applyImmediately true."
)
_MAJOR: Final = (
    "An existing database also needs allowMajorVersionUpgrade true and, where it names a {group}, one of the new major "
    "version. It is unavailable during the upgrade and cannot go back: try the upgrade on a copy first."
)
_INSTANCE_MAJOR: Final = _MAJOR.format(group="parameterGroupName")
_CLUSTER_MAJOR: Final = _MAJOR.format(group="dbClusterParameterGroupName")
_OF_CLUSTER: Final = "Change the version of the cluster too: the instance has the same."
_TOGETHER: Final = "Its clusters are upgraded together."
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.HowTo.html
_CACHE: Final = (
    "An existing cache is upgraded in its next maintenance window, or at once with applyImmediately true. It cannot "
    "go back."
)
_CACHE_MAJOR: Final = f"{_CACHE} Where it names a parameterGroupName, it needs one of the new version."
# https://docs.aws.amazon.com/opensearch-service/latest/developerguide/version-migration.html
_SEARCH: Final = "An existing domain is upgraded by a blue/green deployment and cannot go back: take a snapshot first."
# https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/upgrading-brokers.html
_BROKER: Final = (
    "An existing broker restarts for this: in its next maintenance window, or at once with applyImmediately true."
)
# https://docs.aws.amazon.com/msk/latest/developerguide/version-upgrades.html
_KAFKA: Final = "An existing cluster is upgraded broker by broker and cannot go back."
# https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html
_KUBERNETES: Final = (
    "An existing cluster goes up by one minor version at a time; upgrade its node groups and add-ons after it."
)
_CACHES: Final = ("memcached", "redis", "valkey")

_PLACES: Final[Mapping[str, _Place]] = {
    # "you can provide a prefix of the version" where autoMinorVersionUpgrade is on (the provider's documentation).
    "aws:rds/instance:Instance": _Place(
        "RDS",
        engines=_RDS_ENGINES,
        lifecycle=_RDS_LIFECYCLE,
        takes_major=True,
        minor=_RESTARTS,
        major=_INSTANCE_MAJOR,
    ),
    "aws:rds/cluster:Cluster": _Place(
        "RDS", engines=_RDS_ENGINES, lifecycle=_RDS_LIFECYCLE, minor=_RESTARTS, major=_CLUSTER_MAJOR
    ),
    "aws:rds/clusterInstance:ClusterInstance": _Place(
        "RDS", engines=_RDS_ENGINES, is_member=True, minor=_OF_CLUSTER, major=_OF_CLUSTER
    ),
    "aws:rds/globalCluster:GlobalCluster": _Place(
        "RDS", engines=_RDS_ENGINES, lifecycle=_RDS_LIFECYCLE, minor=_TOGETHER, major=_TOGETHER
    ),
    "aws:docdb/cluster:Cluster": _Place(
        "DocumentDB", engines=("docdb",), default="docdb", minor=_RESTARTS, major=_CLUSTER_MAJOR
    ),
    "aws:docdb/globalCluster:GlobalCluster": _Place(
        "DocumentDB", engines=("docdb",), default="docdb", minor=_TOGETHER, major=_TOGETHER
    ),
    # A replication group is one of Redis by default (the provider's documentation); the others may be part of another.
    "aws:elasticache/replicationGroup:ReplicationGroup": _Place(
        "ElastiCache", engines=_CACHES, default="redis", minor=_CACHE, major=_CACHE_MAJOR
    ),
    "aws:elasticache/cluster:Cluster": _Place("ElastiCache", engines=_CACHES, minor=_CACHE, major=_CACHE_MAJOR),
    "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup": _Place(
        "ElastiCache", engines=_CACHES, minor=_CACHE, major=_CACHE_MAJOR
    ),
    "aws:opensearch/domain:Domain": _Place(
        "OpenSearch Service", engine="", default="opensearch", minor=_SEARCH, major=_SEARCH
    ),
    "aws:elasticsearch/domain:Domain": _Place(
        "OpenSearch Service",
        engine="",
        default="elasticsearch",
        version="elasticsearchVersion",
        minor=_SEARCH,
        major=_SEARCH,
    ),
    "aws:mq/broker:Broker": _Place(
        "Amazon MQ", engine="engineType", engines=("activemq", "rabbitmq"), minor=_BROKER, major=_BROKER
    ),
    "aws:msk/cluster:Cluster": _Place(
        "MSK", engine="", default="kafka", version="kafkaVersion", minor=_KAFKA, major=_KAFKA
    ),
    "aws:eks/cluster:Cluster": _Place(
        "EKS",
        engine="",
        default="kubernetes",
        version="version",
        lifecycle=_EKS_LIFECYCLE,
        minor=_KUBERNETES,
        major=_KUBERNETES,
    ),
}
# Engines of these types of whose versions nothing is known, but which config may be about.
_OTHER_ENGINES: Final = (
    *("custom-oracle-ee", "custom-oracle-ee-cdb", "custom-sqlserver-ee", "custom-sqlserver-se", "custom-sqlserver-web"),
    *("db2-ae", "db2-se", "oracle-ee", "oracle-ee-cdb", "oracle-se2", "oracle-se2-cdb"),
)


@resource_policy(
    id="engine-version",
    title="Engine versions are ones that AWS offers and supports",
    types=_PLACES,
    severity="high",
    fix="Choose a version that AWS offers and that this policy's config allows.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html",
)
def engine_version(resource: Resource, config: EngineVersionConfig) -> Verdicts:
    """
    A version that AWS has retired makes the update fail. One whose standard support has ended is billed extra by the
    hour, or upgraded by AWS at a time that suits nobody.
    """
    place = _PLACES[resource.type]
    version = resource.get(place.version)
    engine = resource.get(place.engine) if place.engine else None
    lifecycle = resource.get(place.lifecycle.path) if place.lifecycle else None
    if engine and engine.text and not any(fnmatchcase(engine.text.lower(), each) for each in place.engines):
        yield _no_such_engine(engine, place)
    elif version.is_unknown:
        # What takes its version from its cluster is judged with the cluster.
        if not any(source.type in _PLACES for source in version.dependencies):
            yield Undecided(version)
    elif version.is_unset:
        return  # AWS chooses it, or it is that of the source of a replica.
    elif engine and engine.is_unknown:
        yield Undecided(engine, "it decides which versions are right")
    elif config.regions and resource.get("region").is_unknown:
        yield Undecided(resource.get("region"), "it decides which versions are right")
    else:
        name = (engine.text.lower() if engine else "") or place.default
        of_engine = f" for {name}" if engine and not engine.is_secret else ""
        extra = _extra(place, lifecycle, config)
        judge = _Judge(name, of_engine, place, resource.region, config, extra, resource.context.today)
        problem = judge.problem(version.text)
        if lifecycle and lifecycle.is_unknown and problem != replace(judge, extra="").problem(version.text):
            yield Undecided(lifecycle, "it decides whether Extended Support is wanted")
        elif problem:
            yield judge.violation(version, problem)


def _no_such_engine(engine: Value, place: _Place) -> Violation:
    names = [name for name in (*engine_names(), *_OTHER_ENGINES) if any(fnmatchcase(name, p) for p in place.engines)]
    nearest = get_close_matches(engine.text.lower(), names, n=1) if not engine.is_secret else []
    choice = f'"{nearest[0]}"' if nearest else f"one of {', '.join(sorted(names))}"
    message = f"{engine.path} is {engine.shown}: AWS refuses it, as {place.service} has no engine of that name."
    return Violation(engine, message, fix=f"Set {engine.path} to {choice}.")


def _extra(place: _Place, choice: Value | None, config: EngineVersionConfig) -> str:
    """What speaks against a version whose standard support has ended; empty when nothing does."""
    if place.lifecycle and choice and choice.text == place.lifecycle.off:
        return f"{choice.path} turns Extended Support off"
    is_chosen = place.lifecycle and choice and choice.text == place.lifecycle.on
    if place.is_member or is_chosen or (config.allow_extended_support and not (choice and choice.is_unknown)):
        return ""
    return f"{place.service} charges extra for Extended Support"


@dataclass(frozen=True, slots=True)
class _Judge:
    """
    Tells right versions of an engine from wrong ones, for one resource.

    `of_engine` names the engine where a message may, `extra` is what _extra says of the resource, and `today` the day
    of the run.
    """

    engine: str
    of_engine: str
    place: _Place
    region: str
    config: EngineVersionConfig
    extra: str
    today: date

    def problem(self, version: str) -> str:
        """What is wrong with a version, as the end of a sentence; empty when nothing is."""
        for corrections in (self.config.regions.get(self.region, Corrections()), self.config):
            if self._is_among(version, corrections.denied):
                return ", which this policy's config denies"
            if self._is_among(version, corrections.offered):
                return self._below_minimum(version)
        return self._below_minimum(version) or self._unsupported(version)

    def violation(self, version: Value, problem: str) -> Violation:
        """The problem that a version has, and which one to take instead."""
        major = self._known.major(version.text)
        own = self._newest(major)
        newest = f'; the newest {major} is "{own}"' if own and not version.is_secret else ""
        message = f"{version.path} is {version.shown}{problem}{newest}."
        if version.is_secret:
            return Violation(version, message)
        upgrade = self._within(version.path, major, own) if own else self._beyond(version.path, major)
        stay = self._under_extended_support(version, major)
        if stay and upgrade and self._known.status(version.text) == "retired":
            # It has to change in any case; within its major version that is the smaller change.
            return Violation(version, message, fix=f"{stay} To leave {major}, {upgrade[0].lower()}{upgrade[1:]}")
        return Violation(version, message, fix=" ".join(filter(None, (upgrade, stay))))

    def _within(self, path: str, major: str, own: str) -> str:
        """The fix that keeps the major version."""
        either = f', or to "{major}" where autoMinorVersionUpgrade is on' if self.place.takes_major else ""
        return f'Set {path} to "{own}"{either}. {self.place.minor}'.rstrip()

    def _beyond(self, path: str, major: str) -> str:
        """The fix that goes to the next major version, and on from there where none of that one is right either."""
        steps = [self._known.next_major(major)] if major else []
        while steps and steps[-1] and not self._newest(steps[-1]):
            steps.append(self._known.next_major(steps[-1]))
        goal = self._newest(steps[-1]) if steps else next(filter(self._is_right, self._known.newest_first), "")
        if not goal:
            return ""
        fix = f'Set {path} to "{goal}".'
        if len(steps) > 1:
            fix = (
                f'Set {path} to "{self._known.newest(steps[0])}" first and then, one major version at a time, to '
                f'"{goal}"; what does not exist yet can have "{goal}" at once.'
            )
        return f"{fix} {self.place.major}".rstrip()

    def _under_extended_support(self, version: Value, major: str) -> str:
        """What to set to keep a major version under Extended Support; empty where it has none, or needs none."""
        relaxed = replace(self, extra="")
        supported = relaxed._newest(major) if relaxed.problem(version.text) else version.text
        if not self.extra or not supported or not self._known.standard_support_ended(supported):
            return ""
        lifecycle = self.place.lifecycle
        wish = f'{lifecycle.path} to "{lifecycle.on}"' if lifecycle else "this policy's allowExtendedSupport to true"
        if supported == version.text:
            return f'To stay on "{supported}", set {wish}; Extended Support costs extra.'
        change = f'set {version.path} to "{supported}" and {wish}; Extended Support costs extra.'
        return f"To stay on {major}, {change} {self.place.minor}".rstrip()

    def _newest(self, major: str) -> str:
        """The newest version of a major version that is right; empty where none is."""
        versions = (version for version in self._known.newest_first if self._known.major(version) == major)
        return next(filter(self._is_right, versions), "")

    def _is_right(self, version: str) -> bool:
        return not self.problem(version)

    def _is_among(self, version: str, named: Versions) -> bool:
        patterns = (pattern for engine, of in named.items() if fnmatchcase(self.engine, engine) for pattern in of)
        return any(fnmatchcase(version.lower(), pattern.lower()) for pattern in patterns)

    def _below_minimum(self, version: str) -> str:
        lowest = next((of for engine, of in self.config.minimums.items() if fnmatchcase(self.engine, engine)), "")
        # Of 15, AWS chooses the rest: it is not below 15.4.
        key = sort_key(version)
        return f", which is below the required minimum, {lowest}" if key < sort_key(lowest)[: len(key)] else ""

    def _unsupported(self, version: str) -> str:
        known, service = self._known, self.place.service
        status, ended = known.status(version), known.standard_support_ended(version)
        if status == "retired":
            return f", which {service} no longer offers{self.of_engine}"
        if status == "unlisted":
            return f", which is not among the versions that {service} offers{self.of_engine}"
        if ended and self.extra:
            return f": its standard support ended on {ended}, and {self.extra}"
        return ""

    @property
    def _known(self) -> Engine:
        return engines(self.today).get(self.engine, Engine(offered={}))
