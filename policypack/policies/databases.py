"""Databases: that their engine versions are ones that AWS offers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Annotated, Final

from msgspec import Meta, field

from policypack.config import Config
from policypack.data.engine_versions import Engine, engines, is_of, sort_key
from policypack.finding import Findings, Undecided, Violation
from policypack.policy import policy
from policypack.resource import Resource, Value

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
                if not any(fnmatchcase(engine, pattern) for engine in (*engines(), *_OTHER_ENGINES)):
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
    :param default: the engine where the program names none.
    :param version: the version's path.
    :param lifecycle: where Extended Support is chosen.
    :param is_member: whether it is part of a cluster, of which alone Extended Support is a matter.
    :param takes_major: whether a major version will do, and the service chooses the rest.
    :param note: what to know of an upgrade, as a sentence.
    """

    service: str
    engine: str = "engine"
    default: str = ""
    version: str = "engineVersion"
    lifecycle: _Lifecycle | None = None
    is_member: bool = False
    takes_major: bool = False
    note: str = ""


# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support-creating-db-instance.html: off, a
# database whose standard support has ended can't be created.
_RDS_LIFECYCLE: Final = _Lifecycle(
    "engineLifecycleSupport", on="open-source-rds-extended-support", off="open-source-rds-extended-support-disabled"
)
# https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html: off, EKS upgrades the cluster by itself.
_EKS_LIFECYCLE: Final = _Lifecycle("upgradePolicy.supportType", on="EXTENDED", off="STANDARD")

_PLACES: Final[Mapping[str, _Place]] = {
    # "you can provide a prefix of the version" where autoMinorVersionUpgrade is on (the provider's documentation).
    "aws:rds/instance:Instance": _Place("RDS", lifecycle=_RDS_LIFECYCLE, takes_major=True),
    "aws:rds/cluster:Cluster": _Place("RDS", lifecycle=_RDS_LIFECYCLE),
    "aws:rds/clusterInstance:ClusterInstance": _Place("RDS", is_member=True),
    "aws:rds/globalCluster:GlobalCluster": _Place("RDS", lifecycle=_RDS_LIFECYCLE),
    "aws:docdb/cluster:Cluster": _Place("DocumentDB", default="docdb"),
    "aws:docdb/globalCluster:GlobalCluster": _Place("DocumentDB", default="docdb"),
    # A replication group is one of Redis by default (the provider's documentation); the others may be part of another.
    "aws:elasticache/replicationGroup:ReplicationGroup": _Place("ElastiCache", default="redis"),
    "aws:elasticache/cluster:Cluster": _Place("ElastiCache"),
    "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup": _Place("ElastiCache"),
    "aws:opensearch/domain:Domain": _Place("OpenSearch Service", engine="", default="opensearch"),
    "aws:elasticsearch/domain:Domain": _Place(
        "OpenSearch Service", engine="", default="elasticsearch", version="elasticsearchVersion"
    ),
    "aws:mq/broker:Broker": _Place("Amazon MQ", engine="engineType"),
    "aws:msk/cluster:Cluster": _Place("MSK", engine="", default="kafka", version="kafkaVersion"),
    "aws:eks/cluster:Cluster": _Place(
        "EKS",
        engine="",
        default="kubernetes",
        version="version",
        lifecycle=_EKS_LIFECYCLE,
        # https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html
        note="A cluster that exists goes up by one minor version at a time.",
    ),
}
# Engines of these types of whose versions nothing is known, but which config may be about.
_OTHER_ENGINES: Final = (
    *("custom-oracle-ee", "custom-oracle-ee-cdb", "custom-sqlserver-ee", "custom-sqlserver-se", "custom-sqlserver-web"),
    *("db2-ae", "db2-se", "oracle-ee", "oracle-ee-cdb", "oracle-se2", "oracle-se2-cdb"),
)


@policy(
    id="engine-version",
    title="Engine versions are ones that AWS offers and supports",
    types=_PLACES,
    severity="high",
    fix="Choose a version that AWS offers and that this policy's config allows.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html",
)
def engine_version(resource: Resource, config: EngineVersionConfig) -> Findings:
    """
    A version that AWS has retired makes the update fail. One whose standard support has ended is billed extra by the
    hour, or upgraded by AWS at a time that suits nobody.
    """
    place = _PLACES[resource.type]
    version = resource.get(place.version)
    engine = resource.get(place.engine) if place.engine else None
    lifecycle = resource.get(place.lifecycle.path) if place.lifecycle else None
    if version.is_unknown:
        # What takes its version from its cluster is judged with the cluster.
        if not any(source.type in _PLACES for source in version.sources):
            yield Undecided(version)
    elif version.is_empty:
        return  # AWS chooses it, or it is that of the source of a replica.
    elif engine and engine.is_unknown:
        yield Undecided(engine, "it decides which versions are right")
    elif config.regions and resource.get("region").is_unknown:
        yield Undecided(resource.get("region"), "it decides which versions are right")
    else:
        name = (engine.text.lower() if engine else "") or place.default
        of_engine = f" for {name}" if engine and not engine.is_secret else ""
        judge = _Judge(name, of_engine, place, resource.region, config, _extra(place, lifecycle, config))
        problem = judge.problem(version.text)
        if lifecycle and lifecycle.is_unknown and problem != replace(judge, extra="").problem(version.text):
            yield Undecided(lifecycle, "it decides whether Extended Support is wanted")
        elif problem:
            yield judge.violation(version, problem)


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

    `of_engine` names the engine where a message may, and `extra` is what _extra says of the resource.
    """

    engine: str
    of_engine: str
    place: _Place
    region: str
    config: EngineVersionConfig
    extra: str

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
        major, better = self._better(version.text) if not version.is_secret else ("", "")
        newest, fix = "", f'Set {version.path} to "{better}"'
        if better and is_of(better, major):
            newest = f'; the newest {major} is "{better}"'
            fix += f', or to "{major}" where autoMinorVersionUpgrade is on' if self.place.takes_major else ""
        if self.extra and problem.endswith(self.extra):
            lifecycle = self.place.lifecycle
            wish = (
                f'{lifecycle.path} to "{lifecycle.on}"' if lifecycle else "this policy's allowExtendedSupport to true"
            )
            fix += f", or {wish} where Extended Support is wanted"
        message = f"{version.path} is {version.shown}{problem}{newest}."
        return Violation(version, message, fix=f"{fix}. {self.place.note}".rstrip() if better else "")

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
        status, ended = known.status(version), known.extended_support.get(known.major(version))
        if status == "retired":
            return f", which {service} no longer offers{self.of_engine}"
        if status == "unlisted":
            return f", which is not among the versions that {service} offers{self.of_engine}"
        if ended and self.extra:
            return f": its standard support ended on {ended}, and {self.extra}"
        return ""

    def _better(self, version: str) -> tuple[str, str]:
        """The version's major version, and the newest version that is right: of that one, or else of all; or empty."""
        major = self._known.major(version)
        right = [other for other in self._known.newest_first if not self.problem(other)]
        return major, next((other for other in right if is_of(other, major)), next(iter(right), ""))

    @property
    def _known(self) -> Engine:
        return engines().get(self.engine, Engine(offered={}))
