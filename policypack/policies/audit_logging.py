"""Audit logging: that services write the logs which show who did what."""

from __future__ import annotations

from typing import Final

from policypack.model import Resource, Stack
from policypack.policies.bucket_logs import receives_sse_s3_logs
from policypack.policies.buckets import only_redirects
from policypack.policies.logs import is_websocket
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
from policypack.rows import Companion, Containers, Denied, Document, Entry, Includes, OneOf
from policypack.verdict import Verdicts

_COSTS: Final = "CloudWatch Logs charges by the volume of the logs."
_EXPORTS: Final = "enabledCloudwatchLogsExports"
_BUCKET_LOGGING: Final = "aws:s3/bucketLogging:BucketLogging"


def _exports(engine: str, texts: tuple[str, ...], *controls: str) -> Row:
    """The logs of a database engine; sources: AWS's pages of each control, and the provider's documentation."""
    return Includes(
        _EXPORTS,
        texts,
        unless=lacks("engine", engine),
        means="these logs of the database are lost with it, and nobody can search them",
        note=_COSTS,
        controls=controls,
    )


_SQL_SERVER: Final = ("sqlserver-ee", "sqlserver-se", "sqlserver-web", "sqlserver-dev-ee")
_ORACLE: Final = ("oracle-ee", "oracle-ee-cdb", "oracle-se2", "oracle-se2-cdb")


def _is_no_aurora_mysql(group: Resource) -> bool | None:
    family = group.get("family")
    return None if family.is_unknown else not family.text.startswith("aurora-mysql")


# Where types that write logs into a bucket name it.
_WRITERS: Final = {
    _BUCKET_LOGGING: "targetBucket",
    "aws:cfg/deliveryChannel:DeliveryChannel": "s3BucketName",
    "aws:cloudtrail/trail:Trail": "s3BucketName",
    "aws:ec2/flowLog:FlowLog": "logDestination",
}


def _needs_no_log(bucket: Resource) -> bool:
    """Whether a bucket has its log in itself, receives logs, or has no objects as it only redirects."""
    receives = any(bucket.referrers(type_, prop) for type_, prop in _WRITERS.items())
    logs_itself = is_set("logging", "loggings")(bucket)
    return logs_itself or receives or bool(receives_sse_s3_logs(bucket)) or only_redirects(bucket)


def _is_http_api(stage: Resource) -> bool:
    # HTTP APIs have no execution logs.
    return is_websocket(stage) is not True


def _domain_logs(application: str, audit: str) -> tuple[Row, ...]:
    def entry(log_type: str, means: str, note: str, control: str) -> Row:
        return Entry(
            "logPublishingOptions",
            {"logType": log_type},
            "enabled",
            absent_is_right=True,
            means=means,
            note=f"It needs cloudwatchLogGroupArn, and a log group policy that lets es.amazonaws.com write. {note}",
            controls=(control,),
        )

    return (
        entry("ES_APPLICATION_LOGS", "no log shows the errors of the domain", _COSTS, application),
        entry(
            "AUDIT_LOGS",
            "no log shows who read or changed which index",
            "Audit logs also need advancedSecurityOptions.enabled and a setting in OpenSearch Dashboards.",
            audit,
        ),
    )


_LOGS: Final[Table] = {
    "aws:apigateway/methodSettings:MethodSettings": (
        Requirement("settings.loggingLevel", ("ERROR", "INFO"), controls=("FSBP APIGateway.1",)),
    ),
    "aws:apigatewayv2/stage:Stage": (
        Requirement(
            "defaultRouteSettings.loggingLevel",
            ("ERROR", "INFO"),
            unless=_is_http_api,
            controls=("FSBP APIGateway.1",),
        ),
    ),
    "aws:appsync/graphQLApi:GraphQLApi": (
        Requirement(
            "logConfig.fieldLogLevel",
            ("ERROR", "ALL", "INFO", "DEBUG"),
            note="It needs logConfig.cloudwatchLogsRoleArn too.",
            controls=("FSBP AppSync.2",),
        ),
    ),
    # On by default (the provider's documentation).
    "aws:athena/workgroup:Workgroup": (
        Requirement(
            "configuration.publishCloudwatchMetricsEnabled", absent_is_right=always, controls=("FSBP Athena.4",)
        ),
    ),
    "aws:bedrock/agentcoreBrowser:AgentcoreBrowser": (
        Requirement("recording.enabled", note="It needs recording.s3Location.", controls=("FSBP BedrockAgentCore.6",)),
    ),
    "aws:cloudfront/distribution:Distribution": (
        Companion(
            "aws:cloudwatch/logDeliverySource:LogDeliverySource",
            "resourceArn",
            "The distribution has neither loggingConfig nor a LogDeliverySource of this stack",
            "Set loggingConfig.bucket to the bucketDomainName of a bucket with ACLs enabled, or add an "
            "aws.cloudwatch.LogDeliverySource with the ARN of the distribution as resourceArn.",
            unless=is_set("loggingConfig.bucket"),
            controls=("FSBP CloudFront.5",),
        ),
    ),
    "aws:cloudtrail/trail:Trail": (
        # On by default (the provider's documentation).
        Requirement("enableLogging", absent_is_right=always, means="the trail records nothing"),
        Requirement(
            "enableLogFileValidation",
            means="an attacker can change the log files unnoticed",
            controls=("FSBP CloudTrail.4",),
        ),
        Requirement(
            "cloudWatchLogsGroupArn",
            (),
            means="no alarm can watch the trail",
            note=f"It needs cloudWatchLogsRoleArn too. {_COSTS}",
            controls=("FSBP CloudTrail.5",),
        ),
    ),
    # CodeBuild writes to CloudWatch Logs unless told not to (the provider's documentation).
    "aws:codebuild/project:Project": (
        Denied(
            "logsConfig.cloudwatchLogs.status",
            ("DISABLED",),
            'Leave logsConfig.cloudwatchLogs out, or set logsConfig.s3Logs.status to "ENABLED".',
            unless=has("logsConfig.s3Logs.status", "ENABLED"),
            controls=("FSBP CodeBuild.4",),
        ),
    ),
    "aws:connect/instance:Instance": (Requirement("contactFlowLogsEnabled", controls=("FSBP Connect.2",)),),
    # OFF by default (the provider's documentation).
    "aws:datasync/task:Task": (
        Requirement(
            "cloudwatchLogGroupArn",
            (),
            note='Set options.logLevel to "BASIC" or "TRANSFER" too.',
            controls=("FSBP DataSync.1",),
        ),
    ),
    # https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.Logging.html
    "aws:dms/replicationTask:ReplicationTask": (
        Document(
            "replicationTaskSettings",
            "Logging.EnableLogging",
            note="Stop the task before you change its settings.",
            controls=("FSBP DMS.7", "FSBP DMS.8"),
        ),
    ),
    "aws:docdb/cluster:Cluster": (
        Includes(
            _EXPORTS,
            ("audit",),
            note="Set audit_logs to enabled in the cluster's parameter group too.",
            controls=("FSBP DocumentDB.4",),
        ),
    ),
    "aws:ec2/vpc:Vpc": (
        Companion(
            "aws:ec2/flowLog:FlowLog",
            "vpcId",
            "The VPC has no flow log in this stack",
            "Add an aws.ec2.FlowLog with the VPC's id as vpcId. AWS charges by the volume of the log.",
            means="after a break-in, nobody can tell which host talked to which",
            controls=("FSBP EC2.6",),
        ),
    ),
    "aws:ec2/vpnConnection:VpnConnection": tuple(
        Requirement(
            f"tunnel{number}LogOptions.cloudwatchLogOptions.logEnabled",
            note=f"It needs logGroupArn beside it. {_COSTS}",
            controls=("FSBP EC2.171",),
        )
        for number in (1, 2)
    ),
    "aws:ec2clientvpn/endpoint:Endpoint": (
        Requirement("connectionLogOptions.enabled", note="It needs cloudwatchLogGroup.", controls=("FSBP EC2.51",)),
    ),
    "aws:ecs/taskDefinition:TaskDefinition": (
        Containers(
            "logConfiguration",
            instead="Set logConfiguration of the container, such as logDriver awslogs with options for the log group.",
            means="what the container writes is lost with it",
            controls=("FSBP ECS.9",),
        ),
    ),
    "aws:eks/cluster:Cluster": (Includes("enabledClusterLogTypes", ("audit",), note=_COSTS, controls=("FSBP EKS.8",)),),
    "aws:elasticbeanstalk/environment:Environment": (
        Entry(
            "settings",
            {"namespace": "aws:elasticbeanstalk:cloudwatch:logs", "name": "StreamLogs"},
            "value",
            means="the logs are lost with the instances",
            note=_COSTS,
            controls=("FSBP ElasticBeanstalk.3",),
        ),
    ),
    "aws:elasticsearch/domain:Domain": _domain_logs("FSBP ES.4", "FSBP ES.5"),
    "aws:elb/loadBalancer:LoadBalancer": (
        # With a bucket they are on (the provider's documentation).
        Requirement(
            "accessLogs.enabled",
            absent_is_right=is_set("accessLogs.bucket"),
            controls=("FSBP ELB.5",),
            note="It needs accessLogs.bucket, whose policy lets Elastic Load Balancing write.",
        ),
    ),
    "aws:lb/loadBalancer:LoadBalancer": (
        Requirement(
            "accessLogs.enabled",
            unless=has("loadBalancerType", "network", "gateway"),
            note="It needs accessLogs.bucket, whose policy lets Elastic Load Balancing write.",
            controls=("FSBP ELB.5",),
        ),
    ),
    # RabbitMQ has no audit log (the provider's documentation).
    "aws:mq/broker:Broker": (
        Requirement(
            "logs.audit",
            unless=lambda broker: broker.get("engineType").text.lower() == "rabbitmq",
            controls=("FSBP MQ.2",),
        ),
    ),
    "aws:mskconnect/connector:Connector": (
        OneOf(
            tuple(f"logDelivery.workerLogDelivery.{target}.enabled" for target in ("cloudwatchLogs", "firehose", "s3")),
            means="nobody can tell why the connector failed",
            note="It needs the destination beside it. This replaces the connector.",
            controls=("FSBP MSK.5",),
        ),
    ),
    "aws:neptune/cluster:Cluster": (
        Includes(
            "enableCloudwatchLogsExports",
            ("audit",),
            note="Set neptune_enable_audit_log to 1 in the cluster's parameter group too.",
            controls=("FSBP Neptune.2",),
        ),
    ),
    "aws:networkfirewall/firewall:Firewall": (
        Companion(
            "aws:networkfirewall/loggingConfiguration:LoggingConfiguration",
            "firewallArn",
            "The firewall has no LoggingConfiguration in this stack",
            "Add an aws.networkfirewall.LoggingConfiguration with the firewall's ARN as firewallArn.",
            controls=("FSBP NetworkFirewall.2",),
        ),
    ),
    "aws:opensearch/domain:Domain": _domain_logs("FSBP Opensearch.4", "FSBP Opensearch.5"),
    "aws:rds/cluster:Cluster": (
        _exports("aurora-mysql", ("audit",), "FSBP RDS.34"),
        _exports("aurora-postgresql", ("postgresql",), "FSBP RDS.37"),
    ),
    # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Auditing.html: off by default
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": (
        Entry(
            "parameters",
            {"name": "server_audit_logging"},
            "value",
            ("1", "ON"),
            unless=_is_no_aurora_mysql,
            note="Set server_audit_events to the events to log, such as CONNECT.",
            controls=("FSBP RDS.45",),
        ),
    ),
    "aws:rds/instance:Instance": (
        _exports("postgres", ("postgresql", "upgrade"), "FSBP RDS.36", "FSBP RDS.9"),
        _exports("mariadb", ("audit", "error", "general", "slowquery"), "FSBP RDS.42", "FSBP RDS.9"),
        _exports("mysql", ("audit", "error", "general", "slowquery"), "FSBP RDS.9"),
        *(_exports(engine, ("agent", "error"), "FSBP RDS.40", "FSBP RDS.9") for engine in _SQL_SERVER),
        *(_exports(engine, ("alert", "audit", "listener", "trace"), "FSBP RDS.9") for engine in _ORACLE),
    ),
    "aws:redshift/cluster:Cluster": (
        Companion(
            "aws:redshift/logging:Logging",
            "clusterIdentifier",
            "The cluster has no Logging in this stack",
            "Add an aws.redshift.Logging with the cluster's clusterIdentifier.",
            # As pulumi-aws 6 has it.
            unless=has("logging.enable", "true"),
            controls=("FSBP Redshift.4",),
        ),
    ),
    "aws:redshiftserverless/namespace:Namespace": (
        Includes("logExports", ("userlog", "connectionlog"), note=_COSTS, controls=("FSBP RedshiftServerless.6",)),
    ),
    # A private zone, which has VPCs, has resolver query logs instead.
    "aws:route53/zone:Zone": (
        Companion(
            "aws:route53/queryLog:QueryLog",
            "zoneId",
            "The public zone has no QueryLog in this stack",
            "Add an aws.route53.QueryLog with the zone's id as zoneId. Its log group has to be in us-east-1.",
            unless=is_set("vpcs"),
            means="nobody can tell which names of the zone are asked for",
            controls=("FSBP Route53.2",),
        ),
    ),
    "aws:s3/bucket:Bucket": (
        Companion(
            _BUCKET_LOGGING,
            "bucket",
            "The bucket has no BucketLogging in this stack",
            "Add an aws.s3.BucketLogging with the bucket's id as bucket, and another bucket as targetBucket. Where "
            "CloudTrail records the data events of S3, exempt this finding.",
            unless=_needs_no_log,
            controls=("FSBP S3.9",),
        ),
    ),
    "aws:sfn/stateMachine:StateMachine": (
        Requirement(
            "loggingConfiguration.level",
            ("ERROR", "ALL", "FATAL"),
            note="It needs loggingConfiguration.logDestination, and rights of the role to deliver logs.",
            controls=("FSBP StepFunctions.1",),
        ),
    ),
    "aws:transfer/connector:Connector": (Requirement("loggingRole", (), controls=("FSBP Transfer.3",)),),
    "aws:wafv2/webAcl:WebAcl": (
        Requirement("visibilityConfig.cloudwatchMetricsEnabled", controls=("FSBP WAF.12",)),
        Requirement("rules[].visibilityConfig.cloudwatchMetricsEnabled", controls=("FSBP WAF.12",)),
    ),
}


@stack_policy(
    id="audit-logging",
    title="Services write the logs that show who did what",
    types=_LOGS,
    severity="medium",
    enforcement="advisory",
    fix="Turn the log on.",
    frameworks=controls_of(_LOGS),
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_detect_investigate_events_app_service_logging.html",
)
def audit_logging(stack: Stack, config: FoldedConfig) -> Verdicts:
    """
    After a break-in or a wrong change, nobody can tell who did it, when, and to what. A log that is turned on later
    does not show what happened before.
    """
    yield from fold_table(_LOGS, stack, config, "no log shows later what happened")
