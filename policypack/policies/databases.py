"""Engine versions: databases, caches, brokers and clusters run versions that AWS offers and supports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Final

from msgspec import Meta, field

from policypack.config import Config
from policypack.data.engine_versions import Engine, engine_names, engines, sort_key
from policypack.data.version_places import OTHER_ENGINES, VERSION_PLACES, VersionPlace
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation
from policypack.wildcard import matches

Versions = dict[str, tuple[str, ...]]
"""Patterns of versions, by patterns of engines."""

_LONGEST_VERSION: Final = 100
# An upgrade of a major version takes planning: the next one should not be due at once.
_WHILE: Final = timedelta(days=90)
"""Characters. AWS's longest, those of custom engines, have fewer:
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateCustomDBEngineVersion.html"""


class Corrections(Config):
    """What is right or wrong whatever the pack knows of versions: in one region, or in all."""

    offered: Annotated[
        Versions,
        Meta(description='Versions that AWS offers, whatever this pack knows, by engine: {"postgres": ["15.5"]}.'),
    ] = field(default_factory=dict)
    denied: Annotated[
        Versions, Meta(description='Versions that are not allowed, by engine: {"aurora-*": ["16.1", "15.*"]}.')
    ] = field(default_factory=dict)


class EngineVersionConfig(Corrections):
    """Config of engine-version. What it says of a region goes before what it says of all."""

    minimums: Annotated[
        dict[
            str,
            Annotated[str, Meta(pattern=r"^[\w.-]*\d[\w.-]*$", max_length=_LONGEST_VERSION, examples=["14", "8.0.36"])],
        ],
        Meta(description='The lowest version, or major version, by engine: {"postgres": "14", "mysql": "8.4"}.'),
    ] = field(default_factory=dict)
    allow_extended_support: Annotated[
        bool,
        Meta(description="Whether versions are allowed whose standard support has ended. AWS charges extra for them."),
    ] = False
    regions: Annotated[
        dict[str, Corrections],
        Meta(description='What is different in a region: {"ap-northeast-1": {"denied": {"postgres": ["15.13"]}}}.'),
    ] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses patterns that match no engine, and names that are no region: they would have no effect."""
        named: dict[str, Mapping[str, object]] = {
            "offered": self.offered,
            "denied": self.denied,
            "minimums": self.minimums,
        }
        for region, corrections in self.regions.items():
            if not re.fullmatch(r"[a-z]+(-[a-z]+)+-\d+", region):
                raise ValueError(f"config key 'regions': {region!r} is not a region")
            named |= {f"regions.{region}.offered": corrections.offered, f"regions.{region}.denied": corrections.denied}
        for key, patterns in named.items():
            for pattern in patterns:
                if not any(matches(pattern, engine) for engine in (*engine_names(), *OTHER_ENGINES)):
                    raise ValueError(f"config key '{key}': no engine matches {pattern!r}")


@resource_policy(
    id="engine-version",
    title="Engine versions are ones that AWS offers and supports",
    types=VERSION_PLACES,
    severity="high",
    fix="Choose a version that AWS offers and that this policy's config allows.",
    frameworks={"aws:rds/globalCluster:GlobalCluster": ("FSBP RDS.51",)},
    url="https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html",
)
def engine_version(resource: Resource, config: EngineVersionConfig) -> Verdicts:
    """
    AWS refuses to create what has a retired version, and upgrades what exists at a time that it chooses. A version
    whose standard support has ended costs extra by the hour.
    """
    place = VERSION_PLACES[resource.type]
    version = resource.get(place.version)
    engine = resource.get(place.engine) if place.engine else None
    if engine and engine.text and not any(matches(each, engine.text.lower()) for each in place.engines):
        yield _no_such_engine(engine, place)
    elif version.is_unknown:
        # What takes its version from its cluster is judged with the cluster.
        if version.dependency_types.isdisjoint(VERSION_PLACES):
            yield Undecided(version)
    elif version.is_unset:
        return  # AWS chooses it, or it is that of the source of a replica, or of the snapshot that is restored.
    elif engine and engine.is_unknown:
        yield Undecided(engine, "it decides which versions are right")
    elif config.regions and resource.get("region").is_unknown:
        yield Undecided(resource.get("region"), "it decides which versions are right")
    else:
        yield from _judged(version, _rules(resource, engine, config))


def _no_such_engine(engine: Value, place: VersionPlace) -> Violation:
    names = [name for name in (*engine_names(), *OTHER_ENGINES) if any(matches(each, name) for each in place.engines)]
    nearest = get_close_matches(engine.text.lower(), names, n=1)
    offered = f"one of {', '.join(sorted(names))}"
    choice = engine.shown_as(f'"{nearest[0]}"', offered) if nearest else offered
    message = f"{engine.path} is {engine.shown}: AWS refuses it, as {place.service} has no engine of that name."
    return Violation(engine, message, fix=f"Set {engine.path} to {choice}.", controls=())


def _judged(version: Value, rules: _Rules) -> Verdicts:
    problem = rules.problem(version.text)
    lifecycle = rules.lifecycle
    if lifecycle and lifecycle.is_unknown and problem != rules.with_extended_support.problem(version.text):
        yield Undecided(lifecycle, "it decides whether Extended Support is wanted")
    elif problem:
        yield _violation(version, problem, rules)


# Which versions are right


@dataclass(frozen=True, slots=True)
class _Rules:
    """
    What decides whether a version of an engine is right for one resource.

    :param name: the engine's name.
    :param of_engine: the engine's name as a part of a sentence; empty where a message may not or need not name it.
    :param known: what is known of the engine's versions on the day of the run.
    :param place: what the resource's type says of versions.
    :param config: the policy's config.
    :param region: the resource's region.
    :param lifecycle: where the resource chooses Extended Support; None where it cannot.
    :param objection: what speaks against a version whose standard support has ended; empty where nothing does.
    :param soon: the day by which it had better not end for a version that a fix names.
    """

    name: str
    of_engine: str
    known: Engine
    place: VersionPlace
    config: EngineVersionConfig
    region: str
    lifecycle: Value | None
    objection: str
    soon: str

    @property
    def with_extended_support(self) -> _Rules:
        """The same rules where nothing speaks against Extended Support."""
        return replace(self, objection="")

    def problem(self, version: str) -> str:
        """What is wrong with a version, as the end of a sentence; empty where nothing is."""
        if len(version) > _LONGEST_VERSION:
            return ", which is not a version"
        for corrections in (self.config.regions.get(self.region, Corrections()), self.config):
            if self._is_among(version, corrections.denied):
                return ", which this policy's config denies"
            if self._is_among(version, corrections.offered):
                return self._below_minimum(version)
        return self._below_minimum(version) or self._unsupported(version)

    def newest(self, major: str) -> str:
        """The newest version of a major version that is right; empty where none is."""
        versions = (version for version in self.known.newest_first if self.known.major(version) == major)
        return next((version for version in versions if not self.problem(version)), "")

    def newest_of_all(self) -> str:
        """The newest version that is right; empty where none is."""
        return next((version for version in self.known.newest_first if not self.problem(version)), "")

    def ends_soon(self, major: str) -> bool:
        """Whether something will speak against a major version soon, as its standard support ends."""
        return bool(self.objection) and "" < self.known.standard_support_ends(major) < self.soon

    def _is_among(self, version: str, named: Versions) -> bool:
        patterns = (pattern for engine, of in named.items() if matches(engine, self.name) for pattern in of)
        return any(matches(pattern.lower(), version.lower()) for pattern in patterns)

    def _below_minimum(self, version: str) -> str:
        lowest = next((of for engine, of in self.config.minimums.items() if matches(engine, self.name)), "")
        # Of 15, AWS chooses the rest: it is not below 15.4.
        key = sort_key(version)
        return f", which is below the required minimum, {lowest}" if key < sort_key(lowest)[: len(key)] else ""

    def _unsupported(self, version: str) -> str:
        service, ended = self.place.service, self.known.standard_support_ended(version)
        status = self.known.status(version)
        if status == "retired":
            return f", which {service} no longer offers{self.of_engine}"
        if status == "unlisted":
            return f", which is not among the versions that {service} offers{self.of_engine}"
        if ended and self.objection:
            return f": its standard support ended on {ended}, and {self.objection}"
        return ""


def _rules(resource: Resource, engine: Value | None, config: EngineVersionConfig) -> _Rules:
    place = VERSION_PLACES[resource.type]
    name = (engine.text.lower() if engine else "") or place.default
    lifecycle = resource.get(place.lifecycle.path) if place.lifecycle else None
    known = engines(resource.context.today).get(name, Engine(offered={}))
    objection = _objection(place, lifecycle, config)
    of_engine = engine.shown_as(f" for {name}", "") if engine else ""
    soon = (resource.context.today + _WHILE).isoformat()
    return _Rules(name, of_engine, known, place, config, resource.region, lifecycle, objection, soon)


def _objection(place: VersionPlace, choice: Value | None, config: EngineVersionConfig) -> str:
    """What speaks against a version whose standard support has ended; empty where nothing does."""
    if place.lifecycle and choice and choice.text == place.lifecycle.off:
        return f"{choice.path} turns Extended Support off"
    is_chosen = place.lifecycle and choice and choice.text == place.lifecycle.on
    if place.is_member or is_chosen or (config.allow_extended_support and not (choice and choice.is_unknown)):
        return ""
    return f"{place.service} charges extra for Extended Support"


# Which version to take instead


def _violation(version: Value, problem: str, rules: _Rules) -> Violation:
    major = rules.known.major(version.text) if len(version.text) <= _LONGEST_VERSION else ""
    own = rules.newest(major)
    if version.is_secret:  # what to set in its place tells the major version that it has
        return Violation(version, f"{version.path} is {version.shown}{problem}.")
    newest = f'; the newest {major} is "{own}"' if own else ""
    message = f"{version.path} is {version.shown}{problem}{newest}."
    upgrade = _within_major(version.path, major, own, rules) if own else _to_next_major(version.path, major, rules)
    stay = _under_extended_support(version, major, rules)
    if stay and upgrade and rules.known.status(version.text) == "retired":
        # It has to change in any case; within its major version that is the smaller change.
        sentences = [stay, f"To leave {major}, {upgrade[0].lower()}{upgrade[1:]}"]
    else:
        sentences = [upgrade, stay] if upgrade or stay else [f"Set {version.path} to another version."]
    return Violation(version, message, fix=" ".join(filter(None, (*sentences, _config_key(problem)))))


def _config_key(problem: str) -> str:
    """The config key that answers a problem, as a sentence; empty where the fix names it anyway."""
    if "below the required minimum" in problem:
        return "To allow it, lower minimums of this policy."
    if "denies" in problem:
        return "To allow it, take it out of denied of this policy."
    if "offers" in problem:
        return "If AWS does offer it, add it to offered of this policy."
    return ""


def _within_major(path: str, major: str, own: str, rules: _Rules) -> str:
    """The fix that keeps the major version."""
    either = f', or to "{major}" where autoMinorVersionUpgrade is on' if rules.place.takes_major else ""
    return f'Set {path} to "{own}"{either}. {rules.place.minor}'.rstrip()


def _to_next_major(path: str, major: str, rules: _Rules) -> str:
    """The fix that goes to the next major version, and on from there where none of that one is right or stays so."""
    steps = _steps(major, rules)
    goal = rules.newest(steps[-1]) if steps else "" if major else rules.newest_of_all()
    if not goal:
        return ""
    fix = f'Set {path} to "{goal}".'
    if len(steps) > 1:
        fix = (
            f'Set {path} to "{rules.known.newest(steps[0])}" first and then, one {rules.place.step} at a time, to '
            f'"{goal}"; what does not exist yet can have "{goal}" at once.'
        )
    return f"{fix} {rules.place.major}".rstrip()


def _steps(major: str, rules: _Rules) -> list[str]:
    """
    The major versions on the way to the first one that is right and whose standard support goes on for a while.

    Where that of all of them ends soon, to the last one that is right; none where none is.
    """
    steps: list[str] = []
    right = 0
    while following := rules.known.next_major(steps[-1] if steps else major) if major else "":
        steps.append(following)
        if rules.newest(following):
            right = len(steps)
            if not rules.ends_soon(following):
                break
    return steps[:right]


def _under_extended_support(version: Value, major: str, rules: _Rules) -> str:
    """The fix that keeps a major version under Extended Support; empty where it has none, or needs none."""
    relaxed = rules.with_extended_support
    supported = relaxed.newest(major) if relaxed.problem(version.text) else version.text
    if not rules.objection or not supported or not rules.known.standard_support_ended(supported):
        return ""
    lifecycle = rules.place.lifecycle
    wish = f'{lifecycle.path} to "{lifecycle.on}"' if lifecycle else "this policy's allowExtendedSupport to true"
    if supported == version.text:
        return f'To stay on "{supported}", set {wish}; Extended Support costs extra.'
    change = f'set {version.path} to "{supported}" and {wish}; Extended Support costs extra.'
    return f"To stay on {major}, {change} {rules.place.minor}".rstrip()
