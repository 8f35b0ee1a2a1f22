"""Vocabulary: what many policies say about resources, so that each says it in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Final, Protocol

from msgspec import UNSET, Meta, UnsetType

from policypack.config import Config
from policypack.listing import some
from policypack.model import Resource, Stack, Value
from policypack.verdict import Level, Undecided, Verdict, Verdicts, Violation

Predicate = Callable[[Resource], bool | None]
"""Whether something holds for a resource; None where values that are still unknown decide it."""

_NAMED_AT_MOST: Final = 10


# Three-valued logic: true, false, and None for what is not known yet.


def any_of(answers: Iterable[bool | None]) -> bool | None:
    """
    Whether one of the answers is true; None where an unknown one may be. No answers mean False.

    Example: `any_of(_is_public(acl) for acl in acls)`.
    """
    found = set(answers)
    return True if True in found else None if None in found else False


def all_of(answers: Iterable[bool | None]) -> bool | None:
    """
    Whether there are answers and each is true; None where unknown ones decide it. No answers mean False, unlike
    `all()`: nothing can be said about the origins of a distribution that has none.

    Example: `all_of(_reads_by_identity(origin) for origin in origins)`.
    """
    found = set(answers)
    return False if False in found or not found else None if None in found else True


def first_unknown(*values: Value) -> Value | None:
    """
    The first of several values that is unknown; None where all are known or absent.

    Example: `if unknown := first_unknown(status, mfa_delete): yield Undecided(unknown)`.
    """
    return next((value for value in values if value.is_unknown), None)


# Predicates


def always(_resource: Resource) -> bool:
    """Holds for every resource."""
    return True


def never(_resource: Resource) -> bool:
    """Holds for no resource."""
    return False


def is_set(*paths: str) -> Predicate:
    """Holds for a resource that has a value, known or not, at one of these paths. Example: `is_set("kmsKeyId")`."""
    return lambda resource: any(not resource.get(path).is_unset for path in paths)


def has(path: str, *texts: str) -> Predicate:
    """Holds for a resource whose value at the path is one of these texts. Example: `has("engine", "valkey")`."""

    def predicate(resource: Resource) -> bool | None:
        value = resource.get(path)
        return None if value.is_unknown else value.text in texts

    return predicate


def lacks(path: str, *texts: str) -> Predicate:
    """Holds for a resource whose value at the path is none of these texts, or absent (see has)."""

    def predicate(resource: Resource) -> bool | None:
        value = resource.get(path)
        return None if value.is_unknown else value.text not in texts

    return predicate


def either(*predicates: Predicate) -> Predicate:
    """Holds for a resource for which one of the predicates holds. Example: `either(is_replica, is_set("kmsKeyId"))`."""
    return lambda resource: any_of(predicate(resource) for predicate in predicates)


_REPLICA_OF: Final[Mapping[str, str]] = {
    "aws:rds/instance:Instance": "replicateSourceDb",
    "aws:rds/cluster:Cluster": "replicationSourceIdentifier",
    "aws:neptune/cluster:Cluster": "replicationSourceIdentifier",
}


def is_replica(resource: Resource) -> bool:
    """Holds for a database that replicates another one. Example: `Requirement("encrypted", unless=is_replica)`."""
    path = _REPLICA_OF.get(resource.type)
    return path is not None and not resource.get(path).is_unset


def is_of_stack(value: Value, types: tuple[str, ...]) -> bool | None:
    """
    Whether a value names a resource of the stack; None where that is not known yet.

    Example: `is_of_stack(instance.get("ami"), ("aws:ec2/ami:Ami",))`.
    """
    if value.is_unset:
        return False
    if not value.resource.is_in_stack:
        return None
    return True if value.targets(*types) else None if value.is_unknown else False


reads_a_stream: Final = is_set("kinesisSourceConfiguration", "mskSourceConfiguration")
"""Holds for a Firehose delivery stream that reads from Kinesis or MSK rather than from direct requests."""


# Companions: resources that set something for another one, such as the BucketVersioning of a Bucket


def without_companion(resource: Resource, type_: str, prop: str, violation: Violation) -> Verdicts:
    """
    The violation of a resource that needs a companion; nothing where it has one, undecided where a companion of an
    unknown resource may be its own.

    Example: `yield from without_companion(bucket, VERSIONING, "bucket", Violation(bucket, "…"))`.

    :param type_: the type of the companion.
    :param prop: the property of the companion that names the resource.
    :param violation: what is wrong without a companion.
    """
    if resource.referrers(type_, prop):
        return
    if elsewhere := resource.stack.unresolved(type_, prop, resource.type):
        yield Undecided(elsewhere[0].get(prop), f"is it '{resource.name}'?")
    else:
        yield violation


# Folding: what repeats over a stack is one finding


class FoldedConfig(Config):
    """Config of a policy whose equal violations are one finding of the stack."""

    per_resource: Annotated[
        bool | UnsetType,
        Meta(description="Whether each resource gets its own finding, rather than the stack one that names them."),
    ] = UNSET


def fold(verdicts: Iterable[Verdict], config: FoldedConfig) -> Verdicts:
    """
    Verdicts with the violations that say the same in one, which is the stack's and names the resources. It is for stack
    policies whose violations nobody corrects one by one. The violation of a single resource stays on that resource.

    Example: `yield from fold((verdict for bucket in stack.of_type(BUCKET) for verdict in _check(bucket)), config)`.

    :param verdicts: what the policy has to say about each resource.
    :param config: the policy's config; its perResource turns folding off.
    """
    groups: dict[tuple[str, str, Level | None, tuple[str, ...] | None], list[Violation]] = {}
    for verdict in verdicts:
        if isinstance(verdict, Violation) and verdict.resource and not verdict.resource.is_asked(verdict.controls):
            # It may not be named beside what the run asks about.
            continue
        if isinstance(verdict, Undecided) or config.per_resource or verdict.resource is None:
            yield verdict
        else:
            key = (verdict.message, verdict.fix, verdict.level, verdict.controls)
            groups.setdefault(key, []).append(verdict)
    for found in groups.values():
        names = {each.urn: _named(each.resource) for each in found if each.resource}
        if len(names) == 1:
            yield from found
        else:
            listed = some(names.values(), _NAMED_AT_MOST)
            hint = " (set perResource to true to list each)" if len(names) > _NAMED_AT_MOST else ""
            message = f"{len(names)} resources: {found[0].message}\nThese are {listed}{hint}."
            yield replace(found[0], at=None, message=message)


def _named(resource: Resource) -> str:
    return f"'{resource.name}' ({resource.type.rpartition(':')[2]})"


# Rows of tables: one rule over many resource types


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    """
    What a table of a policy says about a type of resources. Its subclasses say which property is right.

    :param controls: ids of the controls that the row answers, such as `FSBP RDS.3`; its findings name them.
    :param unless: resources that the row does not concern.
    :param means: what a wrong value means, as the end of a sentence; empty where the policy says it for all rows.
    :param note: what to know before making the change, in one sentence or more.
    """

    controls: tuple[str, ...] = ()
    unless: Predicate = never
    means: str = ""
    note: str = ""

    def check(self, resource: Resource, consequence: str = "") -> Verdicts:
        """Verdicts for each value that is not right; `consequence` says what that means, unless the row does."""
        moot = not resource.is_asked(self.controls) or self.unless(resource)
        if moot:
            return
        for verdict in self.wrong(resource, self.means or consequence):
            if isinstance(verdict, Undecided):
                yield verdict
            elif moot is None:
                at = verdict.at if isinstance(verdict.at, Value) else Value(resource, "", resource.declared)
                yield Undecided(at, "other values that are still unknown decide it")
            else:
                fix = f"{verdict.fix} {self.note}".rstrip()
                yield replace(verdict, fix=fix, controls=self.controls)

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """Verdicts about a resource that the row concerns; each violation has a fix, to which the note is added."""
        raise NotImplementedError


Table = Mapping[str, tuple[Row, ...]]
"""The rows of a policy by types of resources."""


class Answers(Protocol):
    """A row of a table, which knows the controls that it answers."""

    @property
    def controls(self) -> tuple[str, ...]:
        """Ids of the controls."""


def controls_of(*tables: Mapping[str, Answers | tuple[Answers, ...]]) -> Mapping[str, tuple[str, ...]]:
    """The controls that the rows of tables answer for each type: what a policy declares as its frameworks."""
    found: dict[str, dict[str, None]] = {}
    for table in tables:
        for type_, entry in table.items():
            rows = entry if isinstance(entry, tuple) else (entry,)
            found.setdefault(type_, {}).update(dict.fromkeys(control for row in rows for control in row.controls))
    return {type_: tuple(controls) for type_, controls in found.items()}


def check_table(table: Table, resource: Resource, consequence: str = "") -> Verdicts:
    """What the rows for a resource's type say of it (see Row.check)."""
    for row in table[resource.type]:
        yield from row.check(resource, consequence)


def fold_table(table: Table, stack: Stack, config: FoldedConfig, consequence: str = "") -> Verdicts:
    """What the rows of a table say of a stack, folded (see fold)."""
    yield from fold(
        (verdict for each in stack.of_type(*table) for verdict in check_table(table, each, consequence)), config
    )


@dataclass(frozen=True, slots=True, eq=False)
class Requirement(Row):
    """
    A property that must have one of a few values.

    Example: `Requirement("encrypted", made_from=("snapshotId",), judged=("aws:ebs/snapshotCopy:SnapshotCopy",))`.

    :param path: where the property is, as in Value.each.
    :param wanted: the values that are right, as text, the first being the one to write; empty when any value is.
    :param absent_is_right: resources for which leaving the property out is right, by AWS's or the provider's default.
    :param absent_means: what leaving it out means, where that is not what a wrong value means.
    :param made_from: the properties beside it that name what a resource is made from, such as a snapshot. While one is
        set, a property that is left out has the value that it has there.
    :param judged: the types of resources that it may be made from which this policy judges themselves.
    """

    path: str
    wanted: tuple[str, ...] = ("true",)
    absent_is_right: Predicate = never
    absent_means: str = ""
    made_from: tuple[str, ...] = ()
    judged: tuple[str, ...] = ()

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """Verdicts for each value at the path that is not as wanted."""
        head, _, last = self.path.rpartition(".")
        for block in resource.each(head) if head else (Value(resource, "", resource.declared),):
            for value in block.each(last):
                yield from self._check(block, value, means)

    def _check(self, block: Value, value: Value, means: str) -> Verdicts:
        origin = self._origin(block) if value.is_absent else None
        # What is made from something elsewhere may be right: nothing here tells.
        judged_itself = (is_of_stack(origin, self.judged) or None) if origin else False
        right = any_of([self._is_right(value), judged_itself])
        if right:
            return
        if value.is_unknown:
            yield Undecided(value)
        elif right is None and origin:
            yield Undecided(origin, f"{value.path} is not set, so what this names decides it; is it right there?")
        elif right is None:
            yield Undecided(value, "other values that are still unknown decide it")
        else:
            meaning = (value.is_absent and self.absent_means) or means
            yield Violation(value, f"{value.path} is {value.shown}: {meaning}.", fix=self._fix(value))

    def _origin(self, block: Value) -> Value | None:
        return next((origin for origin in map(block.get, self.made_from) if not origin.is_unset), None)

    def _is_right(self, value: Value) -> bool | None:
        if value.is_unknown:
            return None if self.wanted else True
        if value.is_absent:
            return self.absent_is_right(value.resource)
        return value.text.lower() in map(str.lower, self.wanted) if self.wanted else not value.is_unset

    def _fix(self, value: Value) -> str:
        wanted = self.wanted[0] if self.wanted else ""
        written = "" if not wanted else f" to {wanted}" if wanted in ("true", "false") else f' to "{wanted}"'
        return f"Set {value.path}{written}."
