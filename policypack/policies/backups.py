"""Backups: that there are some, and that they are kept long enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.model import Resource, Stack
from policypack.policy import resource_policy, stack_policy
from policypack.requirement import (
    FoldedConfig,
    Predicate,
    Requirement,
    Table,
    always,
    controls_of,
    either,
    fold_table,
    has,
    is_set,
    lacks,
    never,
)
from policypack.rows import Companion
from policypack.verdict import Undecided, Verdicts, Violation

_REPLICATION_GROUP: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
_AURORA: Final = ("aurora", "aurora-mysql", "aurora-postgresql")


@dataclass(frozen=True, slots=True)
class _Retention:
    """
    For how many days a resource's backups are kept.

    :param path: the property that says so.
    :param default: what leaving it out means.
    :param least: the fewest days, for what is no database; None: those of the config.
    :param unless: resources that the question does not concern.
    :param inherits: resources for which leaving it out means what was set where their data comes from.
    :param note: what to know before making the change, in one sentence.
    :param controls: ids of the controls that ask for the backups.
    """

    path: str
    default: int
    least: int | None = None
    unless: Predicate = never
    inherits: Predicate = never
    note: str = ""
    controls: tuple[str, ...] = ()


_IS_REPLICA: Final = is_set("replicationSourceIdentifier")
# The defaults are those of the provider's documentation; where that has none (ONTAP, OpenZFS), of its source.
_RETENTION: Final[Mapping[str, _Retention]] = {
    "aws:rds/instance:Instance": _Retention(
        "backupRetentionPeriod",
        0,
        unless=either(is_set("replicateSourceDb"), has("engine", *_AURORA)),
        inherits=is_set("snapshotIdentifier", "restoreToPointInTime"),
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.Enabling.html
        note="Turning backups on, which a change from 0 does, makes an existing database unavailable for a short time.",
        controls=("FSBP RDS.11",),
    ),
    "aws:rds/cluster:Cluster": _Retention("backupRetentionPeriod", 1, unless=_IS_REPLICA, controls=("FSBP RDS.50",)),
    "aws:docdb/cluster:Cluster": _Retention("backupRetentionPeriod", 1, controls=("FSBP DocumentDB.2",)),
    "aws:docdb/elasticCluster:ElasticCluster": _Retention("backupRetentionPeriod", 1),
    "aws:neptune/cluster:Cluster": _Retention(
        "backupRetentionPeriod", 1, unless=_IS_REPLICA, controls=("FSBP Neptune.5",)
    ),
    "aws:redshift/cluster:Cluster": _Retention("automatedSnapshotRetentionPeriod", 1, controls=("FSBP Redshift.3",)),
    "aws:memorydb/cluster:Cluster": _Retention("snapshotRetentionLimit", 0),
    "aws:dynamodb/table:Table": _Retention(
        "pointInTimeRecovery.recoveryPeriodInDays", 35, unless=lacks("pointInTimeRecovery.enabled", "true")
    ),
    "aws:fsx/ontapFileSystem:OntapFileSystem": _Retention("automaticBackupRetentionDays", 0),
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": _Retention("automaticBackupRetentionDays", 0),
    "aws:fsx/windowsFileSystem:WindowsFileSystem": _Retention("automaticBackupRetentionDays", 7),
    # A cache is filled again from elsewhere: any backup will do.
    _REPLICATION_GROUP: _Retention(
        "snapshotRetentionLimit",
        0,
        least=1,
        unless=is_set("globalReplicationGroupId"),
        controls=("FSBP ElastiCache.1",),
    ),
    # Memcached has no backups, members of a group have the group's.
    "aws:elasticache/cluster:Cluster": _Retention(
        "snapshotRetentionLimit",
        0,
        least=1,
        unless=either(lacks("engine", "redis", "valkey"), has("nodeType", "cache.t1.micro")),
        controls=("FSBP ElastiCache.1",),
    ),
    "aws:elasticache/serverlessCache:ServerlessCache": _Retention(
        "snapshotRetentionLimit", 0, least=1, unless=has("engine", "memcached")
    ),
}
# Backups that are on or off; off by default (the provider's documentation).
_SWITCHES: Final[Mapping[str, Requirement]] = {
    "aws:dynamodb/table:Table": Requirement("pointInTimeRecovery.enabled", controls=("FSBP DynamoDB.2",)),
    "aws:dynamodb/tableReplica:TableReplica": Requirement("pointInTimeRecovery"),
    "aws:kinesisanalyticsv2/application:Application": Requirement(
        "applicationConfiguration.applicationSnapshotConfiguration?.snapshotsEnabled"
    ),
    # On by default: a change only turns it off.
    "aws:lightsail/database:Database": Requirement("backupRetentionEnabled", absent_is_right=always),
    "aws:keyspaces/table:Table": Requirement("pointInTimeRecovery.status", wanted=("ENABLED",)),
    "aws:efs/backupPolicy:BackupPolicy": Requirement("backupPolicy.status", wanted=("ENABLED",)),
}


class BackupConfig(Config):
    """Config of backup-retention."""

    min_days: Annotated[
        int, Meta(ge=1, le=35, description="The fewest days that backups must be kept; for caches, one day is enough.")
    ] = 7


@resource_policy(
    id="backup-retention",
    title="Databases, file systems and caches have backups that are kept long enough",
    types={**_RETENTION, **_SWITCHES},
    severity="high",
    enforcement="advisory",
    fix="Turn automatic backups on.",
    frameworks=controls_of(_RETENTION, _SWITCHES),
    url="https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_backing_up_data_automated_backups_data.html",
)
def backup_retention(resource: Resource, config: BackupConfig) -> Verdicts:
    """
    A bad migration or a deletion by mistake is often noticed days later: without an older backup, the data is lost for
    good.
    """
    if switch := _SWITCHES.get(resource.type):
        yield from switch.check(resource, "there is no backup to restore from")
    if retention := _RETENTION.get(resource.type):
        yield from _check_retention(resource, retention, retention.least or config.min_days)


def _check_retention(resource: Resource, retention: _Retention, least: int) -> Verdicts:
    days = resource.get(retention.path)
    is_inherited = days.is_absent and bool(retention.inherits(resource))
    if is_inherited:
        if not resource.is_in_stack:
            yield Undecided(days, "the database keeps the setting of what it is restored from")
            return
        # What was taken over shows once the database is there.
        days = resource.output(retention.path)
        if days.is_absent:
            return
    moot = retention.unless(resource)
    kept = retention.default if days.is_absent else days.number or 0
    if moot or (not days.is_unknown and kept >= least):
        return
    if days.is_unknown:
        yield Undecided(days)
    elif moot is None:
        yield Undecided(days, "other values that are unknown yet decide whether it is needed")
    else:
        meaning = f", which means {retention.default}" if days.is_absent else ""
        if is_inherited:
            meaning = ", as in what it was restored from"
        yield Violation(
            days,
            f"{days.path} is {days.shown}{meaning}; backups must be kept for at least {_days(least)}.",
            fix=" ".join(filter(None, (f"Set {days.path} to {least} or more{_or_config(retention)}.", retention.note))),
            controls=retention.controls,
        )


def _or_config(retention: _Retention) -> str:
    return "" if retention.least else ", or lower minDays of this policy"


def _days(number: int) -> str:
    return "one day" if number == 1 else f"{number} days"


_BACKUP_POLICY: Final = "aws:efs/backupPolicy:BackupPolicy"


def _is_in_a_plan(file_system: Resource) -> bool:
    """Whether an AWS Backup selection of the stack names the file system, or may by tags."""
    selections = file_system.stack.of_type("aws:backup/selection:Selection")
    named = file_system.referrers("aws:backup/selection:Selection", "resources")
    return bool(named) or any(not each.get("selectionTags").is_unset for each in selections)


_PLANS: Final[Table] = {
    "aws:efs/fileSystem:FileSystem": (
        Companion(
            _BACKUP_POLICY,
            "fileSystemId",
            "The file system has no BackupPolicy in this stack",
            'Add an aws.efs.BackupPolicy with the file system\'s id as fileSystemId and backupPolicy.status "ENABLED".',
            unless=_is_in_a_plan,
            means="there is no backup to restore from",
            controls=("FSBP EFS.2", "FSBP EFS.7"),
        ),
    ),
}


@stack_policy(
    id="backup-plans",
    title="File systems are backed up automatically",
    types=_PLANS,
    severity="medium",
    enforcement="advisory",
    fix="Add a BackupPolicy.",
    frameworks=controls_of(_PLANS),
    url="https://docs.aws.amazon.com/efs/latest/ug/awsbackup.html",
)
def backup_plans(stack: Stack, config: FoldedConfig) -> Verdicts:
    """A deletion by mistake, or a program that overwrites files, loses them for good."""
    yield from fold_table(_PLANS, stack, config)
