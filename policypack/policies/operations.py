"""Operations: monitoring and tags, which cost something or are a matter of taste."""

from __future__ import annotations

from typing import Final

from policypack.model import Resource, Stack
from policypack.policy import stack_policy
from policypack.requirement import (
    FoldedConfig,
    Requirement,
    Row,
    Table,
    controls_of,
    fold_table,
    has,
    is_replica,
    lacks,
)
from policypack.rows import AtLeast, Companion, Denied, Entry
from policypack.verdict import Verdicts

_COSTS: Final = "CloudWatch charges for it."

_MONITORED: Final[Table] = {
    "aws:apigateway/stage:Stage": (
        Requirement("xrayTracingEnabled", note="X-Ray charges by traces.", controls=("FSBP APIGateway.3",)),
    ),
    "aws:ecs/cluster:Cluster": (
        Entry(
            "settings",
            {"name": "containerInsights"},
            "value",
            ("enabled", "enhanced"),
            note=_COSTS,
            controls=("FSBP ECS.12",),
        ),
    ),
    "aws:elasticbeanstalk/environment:Environment": (
        Entry(
            "settings",
            {"namespace": "aws:elasticbeanstalk:healthreporting:system", "name": "SystemType"},
            "value",
            ("enhanced",),
            controls=("FSBP ElasticBeanstalk.1",),
        ),
    ),
    "aws:rds/instance:Instance": (
        AtLeast(
            "monitoringInterval",
            1,
            note=f"It takes 60 seconds, for example, and needs monitoringRoleArn. {_COSTS}",
            controls=("FSBP RDS.6",),
        ),
    ),
}


@stack_policy(
    id="enhanced-monitoring",
    title="Databases, clusters and APIs have their enhanced monitoring on",
    types=_MONITORED,
    severity="low",
    enforcement="disabled",
    fix="Turn enhanced monitoring on.",
    frameworks=controls_of(_MONITORED),
    url="https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_monitor_aws_resources_monitor_resources.html",
)
def enhanced_monitoring(stack: Stack, config: FoldedConfig) -> Verdicts:
    """When the service becomes slow, nobody can see whether the processor, the memory or another service is why."""
    yield from fold_table(_MONITORED, stack, config, "its detailed metrics and traces are not recorded")


_AURORA: Final = ("aurora", "aurora-mysql", "aurora-postgresql")


_COPIED: Final[Table] = {
    "aws:fsx/lustreFileSystem:LustreFileSystem": (Requirement("copyTagsToBackups", controls=("FSBP FSx.2",)),),
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": (
        Requirement("copyTagsToBackups", controls=("FSBP FSx.1",)),
        Requirement("copyTagsToVolumes", controls=("FSBP FSx.1",)),
    ),
    "aws:neptune/cluster:Cluster": (
        Requirement("copyTagsToSnapshot", unless=is_replica, controls=("FSBP Neptune.8",)),
    ),
    "aws:rds/cluster:Cluster": (
        Requirement("copyTagsToSnapshot", unless=lacks("engine", *_AURORA), controls=("FSBP RDS.16",)),
        Requirement("copyTagsToSnapshot", unless=lacks("engine", "postgres"), controls=("FSBP RDS.47",)),
        Requirement("copyTagsToSnapshot", unless=lacks("engine", "mysql"), controls=("FSBP RDS.48",)),
    ),
    # Members of a cluster have the cluster's.
    "aws:rds/instance:Instance": (
        Requirement("copyTagsToSnapshot", unless=has("engine", *_AURORA), controls=("FSBP RDS.17",)),
    ),
}


@stack_policy(
    id="snapshot-tags",
    title="Snapshots and backups get the tags of what they are made from",
    types=_COPIED,
    severity="low",
    enforcement="disabled",
    fix="Set copyTagsToSnapshot to true.",
    frameworks=controls_of(_COPIED),
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.CopyTags.html",
)
def snapshot_tags(stack: Stack, config: FoldedConfig) -> Verdicts:
    """Nobody can tell whose snapshot it is, and rules that go by tags do not apply to it."""
    yield from fold_table(_COPIED, stack, config, "snapshots do not get the tags of the database or file system")


# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CreateDBInstance.Settings.html
_PORTS: Final = {
    **dict.fromkeys(("mysql", "mariadb"), "3306"),
    "postgres": "5432",
    **dict.fromkeys(("sqlserver-ee", "sqlserver-se", "sqlserver-ex", "sqlserver-web"), "1433"),
    **dict.fromkeys(("oracle-ee", "oracle-ee-cdb", "oracle-se2", "oracle-se2-cdb"), "1521"),
}
_SCANNED: Final = "scanners look for the database there first"
_OTHER_PORT: Final = "Clients and security groups need the new port too, and an existing database restarts."
_DEFAULT_PORTS: Final[Table] = {
    "aws:rds/instance:Instance": tuple(
        row
        for engine, port in _PORTS.items()
        for row in (
            Requirement(
                "port",
                (),
                unless=lacks("engine", engine),
                means=_SCANNED,
                note=_OTHER_PORT,
                controls=("FSBP RDS.23",),
            ),
            Denied(
                "port",
                (port,),
                "Choose another port.",
                unless=lacks("engine", engine),
                means=_SCANNED,
                note=_OTHER_PORT,
                controls=("FSBP RDS.23",),
            ),
        )
    ),
}


@stack_policy(
    id="default-ports",
    title="Databases listen on other than the usual ports",
    types=_DEFAULT_PORTS,
    severity="low",
    enforcement="disabled",
    fix="Choose another port.",
    frameworks=controls_of(_DEFAULT_PORTS),
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-23",
)
def default_ports(stack: Stack, config: FoldedConfig) -> Verdicts:
    """A scan of one port finds the database. What protects it is its security group, not its port."""
    yield from fold_table(_DEFAULT_PORTS, stack, config)


_RULES: Final = "Add an aws.s3.BucketLifecycleConfiguration with the bucket's id as bucket, and rules for old objects."


def _lifecycle(control: str) -> tuple[Row, ...]:
    return (
        Companion(
            "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
            "bucket",
            "The bucket has no BucketLifecycleConfiguration in this stack",
            _RULES,
            means="objects that nobody needs any more are kept, and paid for, for ever",
            unless=_has_rules,
            controls=(control,),
        ),
    )


def _has_rules(bucket: Resource) -> bool:
    return bucket.type == "aws:s3/bucket:Bucket" and not bucket.get("lifecycleRules").is_unset


_LIFECYCLES: Final[Table] = {
    "aws:s3/bucket:Bucket": _lifecycle("FSBP S3.13"),
    "aws:s3/directoryBucket:DirectoryBucket": _lifecycle("FSBP S3.25"),
}


@stack_policy(
    id="bucket-lifecycle",
    title="S3 buckets delete or move old objects by themselves",
    types=_LIFECYCLES,
    severity="low",
    enforcement="disabled",
    fix=_RULES,
    frameworks=controls_of(_LIFECYCLES),
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",
)
def bucket_lifecycle(stack: Stack, config: FoldedConfig) -> Verdicts:
    """Old data costs money, and is lost with the rest when it leaks."""
    yield from fold_table(_LIFECYCLES, stack, config)
