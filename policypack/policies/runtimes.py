"""Runtimes: that functions, jobs and notebooks run on versions that AWS supports, and upgrade by themselves."""

from __future__ import annotations

from typing import Final

from policypack.data.runtimes import DEPRECATED_LAMBDA_RUNTIMES
from policypack.model import Stack
from policypack.policy import stack_policy
from policypack.requirement import (
    FoldedConfig,
    Requirement,
    Row,
    Table,
    always,
    controls_of,
    fold_table,
    has,
    is_set,
    lacks,
)
from policypack.rows import AtLeast, Denied, Entry
from policypack.verdict import Verdicts

_TESTED: Final = "Test the code on the new version first."


def _platform(block: str, *controls: str) -> tuple[Row, ...]:
    """The platform version of Fargate, in a block with its launch type."""
    return (
        Requirement(
            f"{block}platformVersion",
            ("LATEST", "1.4.0", "1.0.0"),
            unless=lacks(f"{block.replace('?', '')}launchType", "FARGATE"),
            absent_is_right=always,
            means="AWS no longer patches the tasks' host",
            controls=controls,
        ),
    )


_VERSIONS: Final[Table] = {
    "aws:lambda/function:Function": (
        Denied(
            "runtime",
            DEPRECATED_LAMBDA_RUNTIMES,
            'Set runtime to a current version of the language, such as "python3.13" or "nodejs22.x".',
            means="AWS no longer patches it, and refuses to create, and later to update, functions with it",
            note=_TESTED,
            controls=("FSBP Lambda.2",),
        ),
    ),
    # https://docs.aws.amazon.com/glue/latest/dg/release-notes.html
    "aws:glue/job:Job": (
        AtLeast(
            "glueVersion",
            3,
            unless=lacks("command.name", "glueetl", "gluestreaming"),
            means="AWS no longer supports that version of Spark",
            note=f'"5.0" is a current one. {_TESTED}',
            controls=("FSBP Glue.4",),
        ),
    ),
    **dict.fromkeys(
        ("aws:glue/devEndpoint:DevEndpoint", "aws:glue/mLTransform:MLTransform"),
        (
            AtLeast(
                "glueVersion",
                3,
                means="AWS no longer supports that version of Spark",
                note=f'"5.0" is a current one. {_TESTED}',
            ),
        ),
    ),
    "aws:ecs/service:Service": _platform("", "FSBP ECS.10"),
    "aws:ecs/taskSet:TaskSet": _platform(""),
    "aws:cloudwatch/eventTarget:EventTarget": _platform("ecsTarget?."),
    "aws:pipes/pipe:Pipe": _platform("targetParameters?.ecsTaskParameters?."),
    "aws:scheduler/schedule:Schedule": _platform("target.ecsParameters?."),
    # https://docs.aws.amazon.com/managed-flink/latest/java/release-version-list.html, and for SQL
    # https://docs.aws.amazon.com/kinesisanalytics/latest/dev/discontinuation.html
    "aws:kinesisanalyticsv2/application:Application": (
        Denied(
            "runtimeEnvironment",
            ("SQL-1_0", "FLINK-1_6", "FLINK-1_8", "FLINK-1_11"),
            'Set runtimeEnvironment to a current version of Flink, such as "FLINK-1_20".',
            means="AWS no longer supports it, and stops applications with it",
            note=_TESTED,
        ),
    ),
    # https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-al2.html
    "aws:sagemaker/notebookInstance:NotebookInstance": (
        Requirement(
            "platformIdentifier",
            ("notebook-al2023-v1",),
            means="the notebook runs on a platform that AWS no longer patches",
            note="This replaces the notebook instance: save what is on it.",
            controls=("FSBP SageMaker.8",),
        ),
    ),
}


@stack_policy(
    id="supported-runtimes",
    title="Functions, jobs, tasks and notebooks run on versions that AWS supports",
    types=_VERSIONS,
    severity="medium",
    enforcement="advisory",
    fix="Choose a version that AWS supports.",
    frameworks=controls_of(_VERSIONS),
    url="https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
)
def supported_runtimes(stack: Stack, config: FoldedConfig) -> Verdicts:
    """Known vulnerabilities stay open, and one day AWS refuses to change what still runs on the version."""
    yield from fold_table(_VERSIONS, stack, config)


# On by default, where nothing else is said (the provider's documentation).
_UPGRADE: Final = "autoMinorVersionUpgrade"
_WINDOW: Final = "AWS then upgrades in the maintenance window, with a short interruption."
_UPGRADES: Final[Table] = {
    # Off by default.
    "aws:dms/replicationInstance:ReplicationInstance": (Requirement(_UPGRADE, note=_WINDOW, controls=("FSBP DMS.6",)),),
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        Requirement(
            _UPGRADE,
            unless=is_set("globalReplicationGroupId"),
            absent_is_right=always,
            note=_WINDOW,
            controls=("FSBP ElastiCache.2",),
        ),
    ),
    "aws:elasticache/cluster:Cluster": (
        Requirement(
            _UPGRADE,
            unless=lacks("engine", "redis", "valkey"),
            absent_is_right=always,
            note=_WINDOW,
            controls=("FSBP ElastiCache.2",),
        ),
    ),
    # Off by default: https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html
    "aws:elasticbeanstalk/environment:Environment": (
        Entry(
            "settings",
            {"namespace": "aws:elasticbeanstalk:managedactions", "name": "ManagedActionsEnabled"},
            "value",
            note="It needs PreferredStartTime there, UpdateLevel in the namespace "
            '"aws:elasticbeanstalk:managedactions:platformupdate", and enhanced health reporting.',
            controls=("FSBP ElasticBeanstalk.2",),
        ),
    ),
    # Off by default (the provider's documentation, and that of Amazon MQ).
    "aws:mq/broker:Broker": (Requirement(_UPGRADE, note=_WINDOW),),
    "aws:opensearch/domain:Domain": (
        Requirement(
            "softwareUpdateOptions.autoSoftwareUpdateEnabled",
            note="AWS then updates the domain in its off-peak window.",
        ),
    ),
    "aws:rds/cluster:Cluster": (
        # Aurora leaves it to its instances.
        Requirement(
            _UPGRADE,
            unless=has("engine", "aurora", "aurora-mysql", "aurora-postgresql"),
            absent_is_right=always,
            note=_WINDOW,
            controls=("FSBP RDS.35",),
        ),
    ),
    "aws:rds/clusterInstance:ClusterInstance": (
        Requirement(_UPGRADE, absent_is_right=always, note=_WINDOW, controls=("FSBP RDS.35",)),
    ),
    "aws:rds/instance:Instance": (
        Requirement(_UPGRADE, absent_is_right=always, note=_WINDOW, controls=("FSBP RDS.13",)),
    ),
    "aws:redshift/cluster:Cluster": (
        Requirement("allowVersionUpgrade", absent_is_right=always, note=_WINDOW, controls=("FSBP Redshift.6",)),
    ),
    **{
        type_: (Requirement(_UPGRADE, absent_is_right=always, note=_WINDOW),)
        for type_ in (
            "aws:docdb/clusterInstance:ClusterInstance",
            "aws:memorydb/cluster:Cluster",
            "aws:neptune/clusterInstance:ClusterInstance",
        )
    },
}


@stack_policy(
    id="automatic-upgrades",
    title="Databases, caches and platforms take minor upgrades by themselves",
    types=_UPGRADES,
    severity="high",
    enforcement="advisory",
    fix="Turn automatic upgrades on.",
    frameworks=controls_of(_UPGRADES),
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html",
)
def automatic_upgrades(stack: Stack, config: FoldedConfig) -> Verdicts:
    """Vulnerabilities that a minor version closes stay open until somebody remembers to upgrade."""
    yield from fold_table(_UPGRADES, stack, config, "security fixes wait until somebody upgrades by hand")
