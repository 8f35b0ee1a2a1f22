"""Deletion and retention: what production keeps when it is deleted, and what a sandbox can delete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import UNSET, Meta, UnsetType

from policypack.config import Config, Profile
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.requirement import Predicate, always, controls_of, either, has, is_replica, never
from policypack.verdict import Undecided, Verdicts, Violation

_AURORA: Final = has("engine", "aurora", "aurora-mysql", "aurora-postgresql")
_BUCKET: Final = "aws:s3/bucket:Bucket"
_VERSIONING: Final = "aws:s3/bucketVersioning:BucketVersioning"
_MEMORYDB: Final = "aws:memorydb/cluster:Cluster"
_SECRET: Final = "aws:secretsmanager/secret:Secret"
# `pulumi destroy` goes by what the last update wrote into the state, not by the program.
_FIRST_UP: Final = "Run `pulumi up` before `pulumi destroy`."
_PROFILE: Final = 'In a sandbox, set profile of the policy shared to "sandbox" instead.'


class LifecycleConfig(Config):
    """Config of the policies about deletion. Each stack says which of the two profiles it has."""

    profile: Annotated[
        Profile | UnsetType,
        Meta(description="What the stack is: production keeps its data, a sandbox can be destroyed at any time."),
    ] = UNSET

    @property
    def is_production(self) -> bool:
        """Whether the stack keeps its data."""
        return self.profile != "sandbox"


def _unless(
    moot: bool | None, value: Value, message: str, fix: str, controls: tuple[str, ...] | None = None
) -> Verdicts:
    """A violation, unless its rule does not concern the resource; undecided where that is not known yet."""
    if moot is None:
        yield Undecided(value, "other values that are still unknown decide whether that is wrong")
    elif not moot:
        yield Violation(value, message, fix=fix, controls=controls)


@dataclass(frozen=True, slots=True)
class _Protection:
    """
    How a resource type is protected from deletion.

    :param path: the property that turns the protection on and off.
    :param on: its value when it is on.
    :param off: its value when it is off.
    :param by_default: whether it is on where the property is left out.
    :param unless_production: resources that production may leave unprotected.
    :param unless_sandbox: resources that can be destroyed although they are protected.
    :param controls: ids of the controls that ask for the protection.
    """

    path: str = "deletionProtection"
    on: str = "true"
    off: str = "false"
    by_default: bool = False
    unless_production: Predicate = never
    unless_sandbox: Predicate = never
    controls: tuple[str, ...] = ()


# The defaults are those of the provider's documentation. What production need not protect is here for the sandbox.
_PROTECTIONS: Final[Mapping[str, _Protection]] = {
    # A replica can be made again from its source; members of Aurora are protected by their cluster.
    "aws:rds/instance:Instance": _Protection(unless_production=either(is_replica, _AURORA), controls=("FSBP RDS.8",)),
    "aws:rds/cluster:Cluster": _Protection(unless_production=is_replica, controls=("FSBP RDS.7",)),
    "aws:rds/globalCluster:GlobalCluster": _Protection(),
    "aws:docdb/cluster:Cluster": _Protection(controls=("FSBP DocumentDB.5",)),
    "aws:docdb/globalCluster:GlobalCluster": _Protection(),
    "aws:neptune/cluster:Cluster": _Protection(unless_production=is_replica, controls=("FSBP Neptune.4",)),
    "aws:neptune/globalCluster:GlobalCluster": _Protection(),
    # AWS does not say what leaving it out means.
    "aws:neptunegraph/graph:Graph": _Protection(),
    "aws:dynamodb/table:Table": _Protection("deletionProtectionEnabled", controls=("FSBP DynamoDB.6",)),
    "aws:dynamodb/tableReplica:TableReplica": _Protection("deletionProtectionEnabled", unless_production=always),
    "aws:dsql/cluster:Cluster": _Protection("deletionProtectionEnabled", unless_sandbox=has("forceDestroy", "true")),
    "aws:qldb/ledger:Ledger": _Protection(by_default=True),
    "aws:cognito/userPool:UserPool": _Protection(on="ACTIVE", off="INACTIVE", controls=("FSBP Cognito.6",)),
    "aws:verifiedpermissions/policyStore:PolicyStore": _Protection(
        on="ENABLED", off="DISABLED", unless_production=always
    ),
    "aws:lb/loadBalancer:LoadBalancer": _Protection("enableDeletionProtection", controls=("FSBP ELB.6",)),
    "aws:networkfirewall/firewall:Firewall": _Protection("deleteProtection", controls=("FSBP NetworkFirewall.9",)),
    "aws:eks/cluster:Cluster": _Protection(),
    "aws:cloudtrail/eventDataStore:EventDataStore": _Protection("terminationProtectionEnabled", by_default=True),
    "aws:cloudwatch/logGroup:LogGroup": _Protection(
        "deletionProtectionEnabled", unless_production=always, unless_sandbox=has("skipDestroy", "true")
    ),
    "aws:ec2/instance:Instance": _Protection(
        "disableApiTermination", unless_production=always, unless_sandbox=has("forceDestroy", "true")
    ),
    "aws:emr/cluster:Cluster": _Protection("terminationProtection", unless_production=always),
    **{
        f"aws:pinpoint/smsvoicev2{name}:Smsvoicev2{name}": _Protection(
            "deletionProtectionEnabled", unless_production=always
        )
        for name in ("PhoneNumber", "Pool", "SenderId")
    },
    # https://docs.aws.amazon.com/quicksight/latest/APIReference/API_AccountSettings.html: on by default
    "aws:quicksight/accountSettings:AccountSettings": _Protection("terminationProtectionEnabled", by_default=True),
}


@resource_policy(
    id="deletion-protection",
    title="Data stores are protected from deletion in production, and not in a sandbox",
    types=_PROTECTIONS,
    severity="medium",
    enforcement="advisory",
    fix="Turn deletion protection on in production, and off in a sandbox.",
    frameworks=controls_of(_PROTECTIONS),
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html",
)
def deletion_protection(resource: Resource, config: LifecycleConfig) -> Verdicts:
    """
    In production, one `pulumi destroy` in the wrong stack, or a change that replaces the database, deletes its data
    within minutes. In a sandbox, the same protection makes every clean-up fail.
    """
    protection = _PROTECTIONS[resource.type]
    value = resource.get(protection.path)
    is_production = config.is_production
    moot = (protection.unless_production if is_production else protection.unless_sandbox)(resource)
    # An empty text is a value that is not set; false is one that is.
    is_on = value.text.lower() == protection.on.lower() if value.text else protection.by_default
    if value.is_unknown:
        if not moot:
            yield Undecided(value)
    elif is_on != is_production:
        meaning = f", which means {_written(protection.on if is_on else protection.off)}" if not value.text else ""
        consequence = "nothing prevents the resource from being deleted" if is_production else "`pulumi destroy` fails"
        fix = f"Set {value.path} to {_written(protection.on if is_production else protection.off)}."
        yield from _unless(
            moot,
            value,
            f"{value.path} is {value.shown}{meaning}: {consequence}.",
            f"{fix} {_PROFILE if is_production else _FIRST_UP}",
            protection.controls if is_production else (),
        )


def _written(text: str) -> str:
    """A value as a program has it."""
    return text if text in ("true", "false") else f'"{text}"'


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """
    What happens to a database's data when the database is deleted.

    :param name: the property that names the final snapshot; without it, the provider deletes no database whose
        skipFinalSnapshot is not true (its source, and for Lightsail its documentation).
    :param unless: databases that the question does not concern.
    :param has_none: databases of which AWS takes no final snapshot.
    """

    name: str = "finalSnapshotIdentifier"
    unless: Predicate = never
    has_none: Predicate = never


_SNAPSHOTS: Final[Mapping[str, _Snapshot]] = {
    # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
    "aws:rds/instance:Instance": _Snapshot(unless=_AURORA, has_none=is_replica),
    "aws:rds/cluster:Cluster": _Snapshot(unless=is_replica),
    "aws:docdb/cluster:Cluster": _Snapshot(),
    "aws:neptune/cluster:Cluster": _Snapshot(unless=is_replica),
    "aws:redshift/cluster:Cluster": _Snapshot(),
    "aws:lightsail/database:Database": _Snapshot("finalSnapshotName"),
}


@resource_policy(
    id="final-snapshot",
    title="Production databases take a final snapshot when they are deleted, and those of a sandbox do not",
    types=[*_SNAPSHOTS, _MEMORYDB],
    severity="medium",
    enforcement="advisory",
    fix="Name the final snapshot in production, and skip it in a sandbox.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html",
)
def final_snapshot(database: Resource, config: LifecycleConfig) -> Verdicts:
    """
    A database's automated backups are usually deleted with it: without a final snapshot, its data cannot be restored.
    In a sandbox, each such snapshot stays and is billed.
    """
    if database.type == _MEMORYDB:
        yield from _memorydb_snapshot(database, config)
        return
    snapshot = _SNAPSHOTS[database.type]
    skip, name = database.get("skipFinalSnapshot"), database.get(snapshot.name)
    moot, has_none = snapshot.unless(database), snapshot.has_none(database)
    if skip.is_unknown:
        if not moot:
            yield Undecided(skip)
    elif not skip.is_true and (has_none or not config.is_production):
        consequence = (
            "AWS takes no final snapshot of a replica, so `pulumi destroy` fails"
            if has_none
            else f"`pulumi destroy` leaves a snapshot that is billed, or fails without {name.path}"
        )
        message = f"{skip.path} is {skip.shown}: {consequence}."
        yield from _unless(moot, skip, message, f"Set {skip.path} to true. {_FIRST_UP}")
    elif skip.is_true and not has_none and config.is_production:
        message = f"{skip.path} is true: when the database is deleted, its data is lost."
        yield from _unless(
            moot, skip, message, f"Set {skip.path} to false and {name.path} to a name that no snapshot has. {_PROFILE}"
        )
    elif not skip.is_true and name.is_unset:
        message = f"{name.path} is not set and {skip.path} is {skip.shown}: `pulumi destroy` fails."
        yield from _unless(moot, name, message, f"Set {name.path} to a name for the final snapshot.")


def _memorydb_snapshot(cluster: Resource, config: LifecycleConfig) -> Verdicts:
    # MemoryDB takes a final snapshot when it has a name for it (the provider's documentation).
    name = cluster.get("finalSnapshotName")
    if config.is_production:
        if name.is_unset:
            message = f"{name.path} is not set: when the cluster is deleted, its data is lost."
            yield Violation(name, message, fix=f"Set {name.path} to a name for the final snapshot. {_PROFILE}")
    elif name.is_unknown:
        yield Undecided(name)
    elif not name.is_unset:
        message = f"{name.path} is {name.shown}: `pulumi destroy` leaves a snapshot that is billed."
        yield Violation(name, message, fix=f"Leave {name.path} out. {_FIRST_UP}")


# What makes the provider delete a resource with all that it holds; off by default (its documentation).
_FORCED: Final[Mapping[str, str]] = {
    _BUCKET: "forceDestroy",
    "aws:s3/directoryBucket:DirectoryBucket": "forceDestroy",
    "aws:s3/vectorsVectorBucket:VectorsVectorBucket": "forceDestroy",
    "aws:s3tables/tableBucket:TableBucket": "forceDestroy",
    "aws:ecr/repository:Repository": "forceDelete",
    "aws:ecrpublic/repository:Repository": "forceDestroy",
    "aws:backup/vault:Vault": "forceDestroy",
    "aws:athena/workgroup:Workgroup": "forceDestroy",
    "aws:athena/database:Database": "forceDestroy",
    "aws:lightsail/bucket:Bucket": "forceDelete",
    "aws:route53/zone:Zone": "forceDestroy",
}


@resource_policy(
    id="force-destroy",
    title="Stores are not deleted together with their content in production, and can be in a sandbox",
    types=_FORCED,
    severity="medium",
    enforcement="advisory",
    fix="Leave forceDestroy or forceDelete out in production, and set it to true in a sandbox.",
    url="https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucket/",
)
def force_destroy(resource: Resource, config: LifecycleConfig) -> Verdicts:
    """
    In production, one deletion destroys all objects or images without asking. In a sandbox, the deletion fails while
    anything is left inside, and somebody has to empty the store by hand.
    """
    forced = resource.get(_FORCED[resource.type])
    if forced.is_unknown:
        yield Undecided(forced)
    elif config.is_production:
        if forced.is_true:
            message = f"{forced.path} is true: `pulumi destroy` deletes the store with all of its content."
            yield Violation(forced, message, fix=f"Leave {forced.path} out. {_PROFILE}")
    elif not forced.is_true:
        message = f"{forced.path} is {forced.shown}: `pulumi destroy` fails while the store is not empty."
        yield Violation(forced, message, fix=f"Set {forced.path} to true. {_FIRST_UP}")
    elif resource.type == _BUCKET:
        yield from _mfa_delete(resource, forced)


def _mfa_delete(bucket: Resource, forced: Value) -> Verdicts:
    """A finding where the provider may delete all versions, and S3 wants the root user's MFA code for that."""
    if not bucket.is_in_stack:
        yield Undecided(forced, "MFA delete, which another resource turns on, makes it useless")
        return
    for versioning in bucket.referrers(_VERSIONING, "bucket"):
        mfa_delete = versioning.get("versioningConfiguration.mfaDelete")
        if mfa_delete.is_unknown:
            yield Undecided(mfa_delete, f"it would keep the bucket '{bucket.name}' from being destroyed")
        elif mfa_delete.text == "Enabled":
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMFADelete.html
            message = f"{forced.path} is true, but '{versioning.name}' turns MFA delete on: `pulumi destroy` fails."
            yield Violation(
                forced,
                message,
                fix=f"Set {mfa_delete.path} of '{versioning.name}' to \"Disabled\", which only the root user can do.",
            )


class SecretConfig(LifecycleConfig):
    """Config of secret-recovery-window."""

    min_days: Annotated[
        int, Meta(ge=7, le=30, description="For how many days, at least, a deleted production secret can be restored.")
    ] = 7


@resource_policy(
    id="secret-recovery-window",
    title="Deleted secrets can be restored in production, and free their names at once in a sandbox",
    types=(_SECRET,),
    severity="medium",
    enforcement="advisory",
    fix="Set recoveryWindowInDays to 7 or more in production, and to 0 in a sandbox.",
    url="https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html",
)
def secret_recovery_window(secret: Resource, config: SecretConfig) -> Verdicts:
    """
    A production secret that is deleted at once cannot be restored, and whatever logs in with it stops working. In a
    sandbox, a deleted secret keeps its name for days, so the stack cannot be created again.
    """
    days = secret.get("recoveryWindowInDays")
    # 30 by default, and 0 is deletion at once (the provider's documentation).
    window = 30 if days.is_absent else days.number
    shown = f"{days.path} is {days.shown}{', which means 30' if days.is_absent else ''}"
    if days.is_unknown:
        yield Undecided(days)
    elif not config.is_production:
        if window != 0:
            message = f"{shown}: a deleted secret keeps its name for that long, and no new secret can use it."
            yield Violation(days, message, fix=f"Set {days.path} to 0. {_FIRST_UP}")
    elif window is not None and window < config.min_days:
        consequence = (
            "a deleted secret cannot be restored" if window == 0 else f"at least {config.min_days} are required"
        )
        fix = f"Set {days.path} to {config.min_days} or more. {_PROFILE}"
        yield Violation(days, f"{shown}: {consequence}.", fix=fix)
