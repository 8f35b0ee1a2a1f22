"""Service logs: that brokers, pipelines, gateways and workspaces write the logs that are off by default."""

from __future__ import annotations

from typing import Final

from policypack.model import Stack
from policypack.policy import stack_policy
from policypack.requirement import FoldedConfig, Requirement, Table, always, controls_of, fold_table, is_set
from policypack.rows import Denied, OneOf
from policypack.verdict import Verdicts

_COSTS: Final = "AWS charges by the volume of the logs."
_DESTINATION: Final = f"It needs the destination beside it. {_COSTS}"
_KAFKA_TARGETS: Final = ("cloudwatchLogs.enabled", "firehose.enabled", "s3.enabled")
_AUDITED: Final = (Requirement("auditDestinationArn", (), note=f"It is the ARN of a log group. {_COSTS}"),)
_FLOWS: Final = (Requirement("attributes.flowLogsEnabled", note=f"It needs flowLogsS3Bucket beside it. {_COSTS}"),)
_INFLUX: Final = (Requirement("logDeliveryConfiguration.s3Configuration.enabled", note=_DESTINATION),)
_QUERIES: Final = (Requirement("queryLogStatus", ("ENABLED",), note=_COSTS),)
_LEVELS: Final = ("ERROR", "INFO", "TRACE")


def _one_of(block: str, *targets: str) -> tuple[OneOf, ...]:
    return (OneOf(tuple(f"{block}.{target}" for target in targets), note=_DESTINATION),)


# They are off by default (the provider's documentation), but for what says otherwise.
_LOGS: Final[Table] = {
    "aws:amp/workspace:Workspace": (Requirement("loggingConfiguration.logGroupArn", (), note=_COSTS),),
    "aws:appsync/api:Api": (
        Requirement("eventConfig.logConfig.logLevel", ("ERROR", "ALL", "INFO", "DEBUG"), note=_DESTINATION),
    ),
    "aws:cleanrooms/collaboration:Collaboration": _QUERIES,
    "aws:cleanrooms/membership:Membership": _QUERIES,
    "aws:cloudwatch/eventBus:EventBus": (Requirement("logConfig.level", _LEVELS, note=_COSTS),),
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommandConfiguration.html: on by default
    "aws:ecs/cluster:Cluster": (
        Denied(
            "configuration?.executeCommandConfiguration?.logging",
            ("NONE",),
            'Set configuration.executeCommandConfiguration.logging to "DEFAULT" or "OVERRIDE".',
            means="no log shows what people ran in the containers",
        ),
    ),
    "aws:fsx/windowsFileSystem:WindowsFileSystem": tuple(
        Requirement(
            f"auditLogConfiguration.{level}",
            ("SUCCESS_AND_FAILURE", "SUCCESS_ONLY", "FAILURE_ONLY"),
            note=_COSTS,
        )
        for level in ("fileAccessAuditLogLevel", "fileShareAccessAuditLogLevel")
    ),
    "aws:globalaccelerator/accelerator:Accelerator": _FLOWS,
    "aws:globalaccelerator/customRoutingAccelerator:CustomRoutingAccelerator": _FLOWS,
    "aws:iot/loggingOptions:LoggingOptions": (
        Requirement("disableAllLogs", ("false",), absent_is_right=always),
        Denied("defaultLogLevel", ("DISABLED",), 'Set defaultLogLevel to "ERROR", or to a more detailed level.'),
    ),
    "aws:mq/broker:Broker": (Requirement("logs.general", note=_COSTS),),
    "aws:msk/channel:Channel": _one_of("loggingInfo", *_KAFKA_TARGETS),
    "aws:msk/cluster:Cluster": _one_of("loggingInfo.brokerLogs", *_KAFKA_TARGETS),
    "aws:msk/replicator:Replicator": _one_of("logDelivery.replicatorLogDelivery", *_KAFKA_TARGETS),
    # Only task logs are on by default (the provider's documentation).
    "aws:mwaa/environment:Environment": (
        Requirement("loggingConfiguration.taskLogs.enabled", absent_is_right=always, note=_COSTS),
        *(
            Requirement(f"loggingConfiguration.{component}Logs.enabled", note=_COSTS)
            for component in ("dagProcessing", "scheduler", "webserver", "worker")
        ),
    ),
    "aws:opensearchingest/pipeline:Pipeline": (
        Requirement("logPublishingOptions.isLoggingEnabled", note=_DESTINATION),
    ),
    "aws:pipes/pipe:Pipe": (Requirement("logConfiguration.level", _LEVELS, note=_DESTINATION),),
    "aws:storagegateway/fileSystemAssociation:FileSystemAssociation": _AUDITED,
    "aws:storagegateway/gateway:Gateway": (Requirement("cloudwatchLogGroupArn", (), note=_COSTS),),
    "aws:storagegateway/nfsFileShare:NfsFileShare": _AUDITED,
    "aws:storagegateway/smbFileShare:SmbFileShare": _AUDITED,
    "aws:timestreaminfluxdb/dbCluster:DbCluster": _INFLUX,
    "aws:timestreaminfluxdb/dbInstance:DbInstance": _INFLUX,
    "aws:transfer/server:Server": (
        Requirement("structuredLogDestinations", (), absent_is_right=is_set("loggingRole"), note=_COSTS),
    ),
    "aws:verifiedaccess/instanceLoggingConfiguration:InstanceLoggingConfiguration": _one_of(
        "accessLogs", "cloudwatchLogs.enabled", "kinesisDataFirehose.enabled", "s3.enabled"
    ),
}


@stack_policy(
    id="service-logs",
    title="Brokers, pipelines, gateways and workspaces write their logs",
    types=_LOGS,
    severity="low",
    enforcement="disabled",
    fix="Turn the log on.",
    frameworks=controls_of(_LOGS),
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_detect_investigate_events_app_service_logging.html",
)
def service_logs(stack: Stack, config: FoldedConfig) -> Verdicts:
    """When messages, files or requests go astray, nobody can tell who sent them, and what became of them."""
    yield from fold_table(_LOGS, stack, config, "no log shows later what happened")
