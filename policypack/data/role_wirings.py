"""
What services do with the roles that they are given: which resource of a stack makes a service use which other one.

Each row names what the service cannot do without. AWS's documentation often lists further actions, which make more than
that possible. `docs/wirings.md` is the same as a table to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from policypack.data import Dataset
from policypack.data.wirings import BUCKET, FUNCTION, LOG_GROUP, QUEUE, TOPIC

DATASETS: Final = (
    Dataset(
        "What services do with the roles that they are given",
        "2026-11-28",
        ("https://docs.aws.amazon.com/ (each row names its page)",),
    ),
)

STREAM: Final = "aws:kinesis/stream:Stream"
FIREHOSE: Final = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
TABLE: Final = "aws:dynamodb/table:Table"
STATE_MACHINE: Final = "aws:sfn/stateMachine:StateMachine"
BUS: Final = "aws:cloudwatch/eventBus:EventBus"
REPOSITORY: Final = "aws:ecr/repository:Repository"
SECRET: Final = "aws:secretsmanager/secret:Secret"
PARAMETER: Final = "aws:ssm/parameter:Parameter"
KAFKA: Final = "aws:msk/cluster:Cluster"
BUILD: Final = "aws:codebuild/project:Project"
PIPELINE: Final = "aws:codepipeline/pipeline:Pipeline"
JOB_QUEUE: Final = "aws:batch/jobQueue:JobQueue"
TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"
API_DESTINATION: Final = "aws:cloudwatch/eventApiDestination:EventApiDestination"
EXPRESS_SERVICE: Final = "aws:ecs/expressGatewayService:ExpressGatewayService"
FILE_SYSTEM: Final = "aws:efs/fileSystem:FileSystem"
DATABASE: Final = "aws:rds/instance:Instance"
ROLE: Final = "aws:iam/role:Role"
"""As the target of a row: the roles of the task definition that the property names."""
NOTHING: Final = ""
"""The target of a row whose actions are not about a resource of the stack."""

KEY_ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "kinesis:GetRecords": ("kms:Decrypt",),
    "kinesis:PutRecord": ("kms:GenerateDataKey",),
    "s3:GetObject": ("kms:Decrypt",),
    "s3:PutObject": ("kms:GenerateDataKey",),
    "secretsmanager:GetSecretValue": ("kms:Decrypt",),
    "sns:Publish": ("kms:GenerateDataKey", "kms:Decrypt"),
    "sqs:ReceiveMessage": ("kms:Decrypt",),
    "sqs:SendMessage": ("kms:GenerateDataKey", "kms:Decrypt"),
}
"""
What each action needs of the customer managed key of the resource that it is about:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html,
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html,
https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html,
https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""

KEY_OF: Final[Mapping[str, str]] = {
    QUEUE: "kmsMasterKeyId",
    TOPIC: "kmsMasterKeyId",
    STREAM: "kmsKeyId",
    SECRET: "kmsKeyId",
    PARAMETER: "keyId",
}
"""Where each type of target names the key that encrypts it; a bucket has resources of its own for that."""

SECRET_READS: Final[Mapping[str, str]] = {
    "secretsmanager": "secretsmanager:GetSecretValue",
    "ssm": "ssm:GetParameters",
}
"""What reads a secret, or a parameter, by the service that keeps it."""

_OF_CONTAINER: Final = (
    ("secrets[].valueFrom", "ssm"),
    ("repositoryCredentials?.credentialsParameter", "secretsmanager"),
)
_OF_TASK: Final = (*_OF_CONTAINER, ("logConfiguration?.secretOptions[].valueFrom", "ssm"))
CONTAINERS: Final[Mapping[str, tuple[str, tuple[tuple[str, str], ...]]]] = {
    TASK: ("containerDefinitions", _OF_TASK),
    "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition": ("containerDefinitions", _OF_TASK),
    EXPRESS_SERVICE: ("primaryContainer", _OF_CONTAINER),
}
"""
Where each type of ECS has its containers, and where a container names what ECS reads for it with the execution role,
with the service of which a bare name is:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html
"""

_SEND: Final[Mapping[str, tuple[str, ...]]] = {
    QUEUE: ("sqs:SendMessage",),
    TOPIC: ("sns:Publish",),
    FUNCTION: ("lambda:InvokeFunction",),
    BUCKET: ("s3:PutObject",),
    STREAM: ("kinesis:PutRecord",),
    FIREHOSE: ("firehose:PutRecord",),
    STATE_MACHINE: ("states:StartExecution",),
    BUS: ("events:PutEvents",),
    BUILD: ("codebuild:StartBuild",),
    PIPELINE: ("codepipeline:StartPipelineExecution",),
    JOB_QUEUE: ("batch:SubmitJob",),
    TASK: ("ecs:RunTask",),
    API_DESTINATION: ("events:InvokeApiDestination",),
    LOG_GROUP: ("logs:CreateLogStream", "logs:PutLogEvents"),
}
"""What sends to a target, or starts it."""

_RECEIVE: Final[Mapping[str, tuple[str, ...]]] = {
    QUEUE: ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    STREAM: ("kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"),
    TABLE: ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
}
"""What polls an event source."""

_TABLE_ACCESS: Final = tuple(
    f"dynamodb:{action}" for action in ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan")
)
_STORE: Final = ("s3:PutObject", "s3:GetObject", "s3:ListBucket")
_PULL: Final = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetAuthorizationToken")
_WRITE_LOGS: Final = ("logs:CreateLogStream", "logs:PutLogEvents")
_WRITE_ANY_LOGS: Final = ("logs:CreateLogGroup", *_WRITE_LOGS)
_NETWORK: Final = ("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface")

_MAPPING: Final = "aws:lambda/eventSourceMapping:EventSourceMapping"
_INVOKE_CONFIG: Final = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
_EVENT_TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"
_SCHEDULE: Final = "aws:scheduler/schedule:Schedule"
_PIPE: Final = "aws:pipes/pipe:Pipe"
_TOPIC_RULE: Final = "aws:iot/topicRule:TopicRule"
_REPLICATION: Final = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
_JOB: Final = "aws:batch/jobDefinition:JobDefinition"
_DATA_SOURCE: Final = "aws:appsync/dataSource:DataSource"

_LAMBDA: Final = "lambda/latest/dg/"
_EVENT_ROLES: Final = "eventbridge/latest/userguide/eb-use-identity-based.html"
_PIPES: Final = "eventbridge/latest/userguide/eb-pipes-permissions.html"
_FIREHOSE_ACCESS: Final = "firehose/latest/dev/controlling-access.html"


@dataclass(frozen=True, kw_only=True)
class RoleWiring:
    """
    A way in which a resource makes a service use another resource with a role that it names.

    :param type: the type of the resource that acts.
    :param role: its property that names the role, as in Value.each; one that names a function or an instance profile
        stands for the role of that. It may be in the document.
    :param holder: the type of the resource that names the role in its place, where the stack has one of that type.
    :param paths: its properties that name the target.
    :param target: the type of the target; NOTHING where the actions are about no resource of the stack. Then the
        service acts as soon as one of the properties is set.
    :param actions: what the service does with the target.
    :param docs: the page under https://docs.aws.amazon.com/ that says so.
    :param or_as: the service that does the same in its own name where the role may not.
    :param only_if: values of properties with which the wiring is one; "" stands for a property that is left out.
    :param unless_set: properties that make the service act with another role.
    :param document: the property with a JSON document, in whose elements the paths are, or at any depth (`**.`).
        Without paths, every ARN in the document names a target.
    :param any_of: whether one of the actions is enough, as only requests tell which are needed.
    :param is_refused: whether AWS refuses the update without the right; else what the service does fails later.
    :param managed: the names of AWS managed policies, with their paths, that together are enough.
    """

    type: str
    role: str
    paths: tuple[str, ...]
    target: str
    actions: tuple[str, ...]
    docs: str
    holder: str = ""
    or_as: str = ""
    only_if: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unless_set: tuple[str, ...] = ()
    document: str = ""
    any_of: bool = False
    is_refused: bool = False
    managed: tuple[str, ...] = ()


def _each(
    what: Mapping[str, tuple[str, ...]],
    targets: Iterable[str],
    type_: str,
    role: str,
    path: str,
    docs: str,
    *,
    is_refused: bool = False,
    managed: tuple[str, ...] = (),
) -> Iterator[RoleWiring]:
    """A row for each type of target that a property may name."""
    for target in targets:
        yield RoleWiring(
            type=type_,
            role=role,
            paths=(path,),
            target=target,
            actions=what[target],
            docs=docs,
            is_refused=is_refused,
            managed=managed,
        )


def _firehose() -> Iterator[RoleWiring]:
    """What a delivery stream reads and writes: each destination has a role of its own."""
    s3 = {
        "extendedS3Configuration": "extendedS3Configuration",
        "extendedS3Configuration.s3BackupConfiguration": "extendedS3Configuration.s3BackupConfiguration",
        **{
            f"{each}Configuration": f"{each}Configuration.s3Configuration"
            for each in ("httpEndpoint", "opensearch", "opensearchserverless", "redshift", "snowflake", "splunk")
        },
    }
    for block in s3.values():
        yield RoleWiring(
            type=FIREHOSE,
            role=f"{block}.roleArn",
            paths=(f"{block}.bucketArn",),
            target=BUCKET,
            actions=("s3:PutObject",),
            docs=_FIREHOSE_ACCESS,
        )
    yield RoleWiring(
        type=FIREHOSE,
        role="extendedS3Configuration.roleArn",
        paths=("extendedS3Configuration.cloudwatchLoggingOptions.logGroupName",),
        target=LOG_GROUP,
        actions=("logs:PutLogEvents",),
        only_if={"extendedS3Configuration.cloudwatchLoggingOptions.enabled": ("true",)},
        docs=_FIREHOSE_ACCESS,
    )
    yield RoleWiring(
        type=FIREHOSE,
        role="extendedS3Configuration.roleArn",
        paths=("extendedS3Configuration.processingConfiguration.processors[].parameters[].parameterValue",),
        target=FUNCTION,
        actions=("lambda:InvokeFunction",),
        docs=_FIREHOSE_ACCESS,
    )
    yield RoleWiring(
        type=FIREHOSE,
        role="kinesisSourceConfiguration.roleArn",
        paths=("kinesisSourceConfiguration.kinesisStreamArn",),
        target=STREAM,
        actions=("kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator"),
        is_refused=True,
        docs=_FIREHOSE_ACCESS,
    )


def _topic_rule() -> Iterator[RoleWiring]:
    """What an IoT rule does with a message, and with one that it could not handle."""
    page = "iot/latest/developerguide/"
    for several, one, path, target, docs in (
        ("sqs", "sqs", "queueUrl", QUEUE, "sqs-rule-action.html"),
        ("sns", "sns", "targetArn", TOPIC, "sns-rule-action.html"),
        ("s3", "s3", "bucketName", BUCKET, "s3-rule-action.html"),
        ("kineses", "kinesis", "streamName", STREAM, "kinesis-rule-action.html"),
        ("firehoses", "firehose", "deliveryStreamName", FIREHOSE, "kinesis-firehose-rule-action.html"),
        ("stepFunctions", "stepFunctions", "stateMachineName", STATE_MACHINE, "stepfunctions-rule-action.html"),
        ("cloudwatchLogs", "cloudwatchLogs", "logGroupName", LOG_GROUP, "cloudwatch-logs-rule-action.html"),
    ):
        for block in (f"{several}[]", f"errorAction.{one}"):
            yield from _each(_SEND, (target,), _TOPIC_RULE, f"{block}.roleArn", f"{block}.{path}", page + docs)
    for block, path, docs in (
        ("dynamodbs[]", "tableName", "dynamodb-rule-action.html"),
        ("dynamodbv2s[]", "putItem.tableName", "dynamodb-v2-rule-action.html"),
    ):
        yield RoleWiring(
            type=_TOPIC_RULE,
            role=f"{block}.roleArn",
            paths=(f"{block}.{path}",),
            target=TABLE,
            actions=("dynamodb:PutItem",),
            docs=page + docs,
        )


ROLE_WIRINGS: Final = (
    # Lambda polls event sources with the function's role, and tries to when the mapping is made.
    *_each(
        _RECEIVE,
        (QUEUE,),
        _MAPPING,
        "functionName",
        "eventSourceArn",
        f"{_LAMBDA}services-sqs-configure.html",
        is_refused=True,
        managed=("service-role/AWSLambdaSQSQueueExecutionRole",),
    ),
    *_each(
        _RECEIVE,
        (STREAM,),
        _MAPPING,
        "functionName",
        "eventSourceArn",
        f"{_LAMBDA}services-kinesis-create.html",
        is_refused=True,
        managed=("service-role/AWSLambdaKinesisExecutionRole",),
    ),
    *_each(
        _RECEIVE,
        (TABLE,),
        _MAPPING,
        "functionName",
        "eventSourceArn",
        f"{_LAMBDA}services-dynamodb-eventsourcemapping.html",
        is_refused=True,
        managed=("service-role/AWSLambdaDynamoDBExecutionRole",),
    ),
    RoleWiring(
        type=_MAPPING,
        role="functionName",
        paths=("eventSourceArn",),
        target=KAFKA,
        # And one of kafka:DescribeCluster and kafka:DescribeClusterV2.
        actions=("kafka:GetBootstrapBrokers", *_NETWORK),
        is_refused=True,
        docs=f"{_LAMBDA}with-msk-permissions.html",
        managed=("service-role/AWSLambdaMSKExecutionRole",),
    ),
    *_each(
        _SEND,
        (QUEUE, TOPIC, BUCKET),
        _MAPPING,
        "functionName",
        "destinationConfig.onFailure.destinationArn",
        f"{_LAMBDA}kinesis-on-failure-destination.html",
    ),
    *(
        row
        for outcome in ("onFailure", "onSuccess")
        for row in _each(
            _SEND,
            (QUEUE, TOPIC, FUNCTION, BUS, BUCKET),
            _INVOKE_CONFIG,
            "functionName",
            f"destinationConfig.{outcome}.destination",
            f"{_LAMBDA}invocation-async-retain-records.html",
            is_refused=True,
        )
    ),
    *_each(
        _SEND,
        (QUEUE, TOPIC),
        FUNCTION,
        "role",
        "deadLetterConfig.targetArn",
        f"{_LAMBDA}invocation-async-retain-records.html",
        is_refused=True,
    ),
    RoleWiring(
        type=FUNCTION,
        role="role",
        paths=("vpcConfig.subnetIds[]",),
        target=NOTHING,
        actions=_NETWORK,
        is_refused=True,
        docs=f"{_LAMBDA}configuration-vpc.html",
        managed=("service-role/AWSLambdaVPCAccessExecutionRole",),
    ),
    RoleWiring(
        type=FUNCTION,
        role="role",
        paths=("loggingConfig.logGroup",),
        target=LOG_GROUP,
        actions=_WRITE_LOGS,
        docs=f"{_LAMBDA}monitoring-cloudwatchlogs-loggroups.html",
        managed=("service-role/AWSLambdaBasicExecutionRole",),
    ),
    # EventBridge and its schedules and pipes.
    *_each(
        _SEND,
        (QUEUE, TOPIC, FUNCTION, STREAM, FIREHOSE, STATE_MACHINE, BUS, BUILD, PIPELINE, JOB_QUEUE, API_DESTINATION),
        _EVENT_TARGET,
        "roleArn",
        "arn",
        _EVENT_ROLES,
    ),
    *_each(
        _SEND,
        (TASK,),
        _EVENT_TARGET,
        "roleArn",
        "ecsTarget.taskDefinitionArn",
        _EVENT_ROLES,
        managed=("service-role/AmazonEC2ContainerServiceEventsRole",),
    ),
    *_each(
        _SEND,
        (QUEUE, TOPIC, FUNCTION, STREAM, FIREHOSE, STATE_MACHINE, BUS, BUILD, PIPELINE),
        _SCHEDULE,
        "target.roleArn",
        "target.arn",
        "scheduler/latest/UserGuide/managing-targets-templated.html",
    ),
    *_each(
        _SEND,
        (TASK,),
        _SCHEDULE,
        "target.roleArn",
        "target.ecsParameters.taskDefinitionArn",
        "scheduler/latest/UserGuide/managing-targets-templated.html",
    ),
    # Whoever runs a task passes it its roles.
    *(
        RoleWiring(
            type=type_,
            role=role,
            paths=(path,),
            target=ROLE,
            actions=("iam:PassRole",),
            docs="AmazonECS/latest/developerguide/CWE_IAM_role.html",
            managed=("service-role/AmazonEC2ContainerServiceEventsRole",),
        )
        for type_, role, path in (
            (_EVENT_TARGET, "roleArn", "ecsTarget.taskDefinitionArn"),
            (_SCHEDULE, "target.roleArn", "target.ecsParameters.taskDefinitionArn"),
        )
    ),
    *_each(
        _SEND,
        (QUEUE,),
        _SCHEDULE,
        "target.roleArn",
        "target.deadLetterConfig.arn",
        "scheduler/latest/UserGuide/configuring-schedule-dlq.html",
    ),
    *_each(_RECEIVE, (QUEUE, STREAM, TABLE), _PIPE, "roleArn", "source", _PIPES),
    *(
        row
        for source in ("dynamodbStreamParameters", "kinesisStreamParameters")
        for row in _each(_SEND, (QUEUE,), _PIPE, "roleArn", f"sourceParameters.{source}.deadLetterConfig.arn", _PIPES)
    ),
    *_each(_SEND, (FUNCTION, API_DESTINATION), _PIPE, "roleArn", "enrichment", _PIPES),
    *_each(
        _SEND,
        (QUEUE, TOPIC, FUNCTION, STREAM, FIREHOSE, STATE_MACHINE, BUS, LOG_GROUP, API_DESTINATION),
        _PIPE,
        "roleArn",
        "target",
        _PIPES,
    ),
    # CloudWatch Logs sends a test message when the filter is made.
    *_each(
        _SEND,
        (STREAM, FIREHOSE),
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        "roleArn",
        "destinationArn",
        "AmazonCloudWatch/latest/logs/SubscriptionFilters.html",
        is_refused=True,
    ),
    *_each(
        _SEND,
        (STREAM, FIREHOSE),
        "aws:cloudwatch/logDestination:LogDestination",
        "roleArn",
        "targetArn",
        "AmazonCloudWatch/latest/logs/CreateDestination.html",
        is_refused=True,
    ),
    RoleWiring(
        type="aws:cloudwatch/metricStream:MetricStream",
        role="roleArn",
        paths=("firehoseArn",),
        target=FIREHOSE,
        actions=("firehose:PutRecord", "firehose:PutRecordBatch"),
        docs="AmazonCloudWatch/latest/monitoring/CloudWatch-metric-streams-trustpolicy.html",
    ),
    RoleWiring(
        type="aws:sns/topicSubscription:TopicSubscription",
        role="subscriptionRoleArn",
        paths=("endpoint",),
        target=FIREHOSE,
        actions=("firehose:PutRecord", "firehose:PutRecordBatch"),
        docs="sns/latest/dg/prereqs-kinesis-data-firehose.html",
    ),
    # Logs of other services.
    RoleWiring(
        type="aws:cloudtrail/trail:Trail",
        role="cloudWatchLogsRoleArn",
        paths=("cloudWatchLogsGroupArn",),
        target=LOG_GROUP,
        actions=_WRITE_LOGS,
        is_refused=True,
        docs="awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html",
    ),
    RoleWiring(
        type="aws:ec2/flowLog:FlowLog",
        role="iamRoleArn",
        paths=("logDestination",),
        target=LOG_GROUP,
        actions=(*_WRITE_LOGS, "logs:DescribeLogGroups", "logs:DescribeLogStreams"),
        docs="vpc/latest/userguide/flow-logs-iam-role.html",
    ),
    RoleWiring(
        type="aws:apigateway/account:Account",
        role="cloudwatchRoleArn",
        paths=("cloudwatchRoleArn",),
        target=NOTHING,
        actions=_WRITE_ANY_LOGS,
        is_refused=True,
        docs="apigateway/latest/developerguide/set-up-logging.html",
        managed=("service-role/AmazonAPIGatewayPushToCloudWatchLogs",),
    ),
    RoleWiring(
        type="aws:appsync/graphQLApi:GraphQLApi",
        role="logConfig.cloudwatchLogsRoleArn",
        paths=("logConfig.cloudwatchLogsRoleArn",),
        target=NOTHING,
        actions=_WRITE_ANY_LOGS,
        docs="appsync/latest/devguide/monitoring.html",
        managed=("service-role/AWSAppSyncPushToCloudWatchLogs",),
    ),
    RoleWiring(
        type="aws:transfer/server:Server",
        role="loggingRole",
        paths=("loggingRole",),
        target=NOTHING,
        actions=_WRITE_ANY_LOGS,
        docs="transfer/latest/userguide/configure-cw-logging-role.html",
        managed=("service-role/AWSTransferLoggingAccess",),
    ),
    *(
        RoleWiring(
            type=type_,
            role="monitoringRoleArn",
            paths=("monitoringRoleArn",),
            target=NOTHING,
            actions=("logs:CreateLogGroup", "logs:PutRetentionPolicy", *_WRITE_LOGS),
            is_refused=True,
            docs="AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html",
            managed=("service-role/AmazonRDSEnhancedMonitoringRole",),
        )
        for type_ in (DATABASE, "aws:rds/cluster:Cluster")
    ),
    # Step Functions delivers its logs by a delivery that the role makes.
    RoleWiring(
        type=STATE_MACHINE,
        role="roleArn",
        paths=("loggingConfiguration.logDestination",),
        target=NOTHING,
        actions=("logs:CreateLogDelivery", "logs:PutResourcePolicy", "logs:DescribeLogGroups"),
        only_if={"loggingConfiguration.level": ("ALL", "ERROR", "FATAL")},
        is_refused=True,
        docs="step-functions/latest/dg/cw-logs.html",
    ),
    *(
        RoleWiring(
            type=STATE_MACHINE,
            role="roleArn",
            document="definition",
            paths=(),
            target=target,
            actions=_SEND[target],
            docs="step-functions/latest/dg/service-integration-iam-templates.html",
        )
        for target in (FUNCTION, QUEUE, TOPIC, STATE_MACHINE, TASK)
    ),
    # Storage.
    RoleWiring(
        type=_REPLICATION,
        role="role",
        paths=("bucket",),
        target=BUCKET,
        actions=("s3:GetReplicationConfiguration", "s3:ListBucket", "s3:GetObjectVersionForReplication"),
        docs="AmazonS3/latest/userguide/setting-repl-config-perm-overview.html",
    ),
    RoleWiring(
        type=_REPLICATION,
        role="role",
        paths=("rules[].destination.bucket",),
        target=BUCKET,
        actions=("s3:ReplicateObject",),
        docs="AmazonS3/latest/userguide/setting-repl-config-perm-overview.html",
    ),
    RoleWiring(
        type="aws:datasync/s3Location:S3Location",
        role="s3Config.bucketAccessRoleArn",
        paths=("s3BucketArn",),
        target=BUCKET,
        actions=("s3:GetBucketLocation", "s3:ListBucket"),
        is_refused=True,
        docs="datasync/latest/userguide/create-s3-location.html",
    ),
    *_firehose(),
    RoleWiring(
        type="aws:dms/s3Endpoint:S3Endpoint",
        role="serviceAccessRoleArn",
        paths=("bucketName",),
        target=BUCKET,
        actions=("s3:PutObject", "s3:ListBucket"),
        only_if={"endpointType": ("target",)},
        docs="dms/latest/userguide/CHAP_Target.S3.html",
    ),
    RoleWiring(
        type="aws:dms/endpoint:Endpoint",
        role="kinesisSettings.serviceAccessRoleArn",
        paths=("kinesisSettings.streamArn",),
        target=STREAM,
        actions=("kinesis:DescribeStream", "kinesis:PutRecord", "kinesis:PutRecords"),
        docs="dms/latest/userguide/CHAP_Target.Kinesis.html",
    ),
    RoleWiring(
        type="aws:dms/endpoint:Endpoint",
        role="secretsManagerAccessRoleArn",
        paths=("secretsManagerArn",),
        target=SECRET,
        actions=("secretsmanager:GetSecretValue",),
        docs="dms/latest/userguide/security_iam_secretsmanager.html",
    ),
    RoleWiring(
        type="aws:rds/proxy:Proxy",
        role="roleArn",
        paths=("auths[].secretArn",),
        target=SECRET,
        actions=("secretsmanager:GetSecretValue",),
        docs="AmazonRDS/latest/UserGuide/rds-proxy-iam-setup.html",
    ),
    RoleWiring(
        type="aws:glue/crawler:Crawler",
        role="role",
        paths=("s3Targets[].path",),
        target=BUCKET,
        actions=("s3:GetObject", "s3:ListBucket"),
        docs="glue/latest/dg/crawler-prereqs.html",
    ),
    RoleWiring(
        type="aws:glue/job:Job",
        role="roleArn",
        paths=("command.scriptLocation",),
        target=BUCKET,
        actions=("s3:GetObject",),
        docs="glue/latest/dg/create-an-iam-role.html",
    ),
    RoleWiring(
        type="aws:synthetics/canary:Canary",
        role="executionRoleArn",
        paths=("artifactS3Location",),
        target=BUCKET,
        actions=("s3:PutObject",),
        docs="AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_CanaryPermissions.html",
    ),
    # Resources by whose type AWS Backup needs other rights.
    *(
        RoleWiring(
            type="aws:backup/selection:Selection",
            role="iamRoleArn",
            paths=("resources[]",),
            target=target,
            actions=actions,
            docs="aws-backup/latest/devguide/iam-service-roles.html",
            managed=(policy,),
        )
        for target, actions, policy in (
            (
                BUCKET,
                ("s3:GetBucketVersioning", "s3:PutInventoryConfiguration"),
                "AWSBackupServiceRolePolicyForS3Backup",
            ),
            (DATABASE, ("rds:CreateDBSnapshot",), "service-role/AWSBackupServiceRolePolicyForBackup"),
            (FILE_SYSTEM, ("elasticfilesystem:Backup",), "service-role/AWSBackupServiceRolePolicyForBackup"),
        )
    ),
    # Delivery of software.
    RoleWiring(
        type=PIPELINE,
        role="roleArn",
        paths=("artifactStores[].location",),
        target=BUCKET,
        actions=("s3:GetObject", "s3:PutObject"),
        docs="codepipeline/latest/userguide/how-to-custom-role.html",
    ),
    *(
        RoleWiring(
            type=BUILD,
            role="serviceRole",
            paths=(path,),
            target=BUCKET,
            actions=("s3:PutObject",),
            only_if=only_if,
            docs="codebuild/latest/userguide/setting-up-service-role.html",
        )
        for path, only_if in (
            ("artifacts.location", {"artifacts.type": ("S3",)}),
            ("cache.location", {"cache.type": ("S3",)}),
            ("logsConfig.s3Logs.location", {"logsConfig.s3Logs.status": ("ENABLED",)}),
        )
    ),
    RoleWiring(
        type=BUILD,
        role="serviceRole",
        paths=("logsConfig.cloudwatchLogs.groupName",),
        target=LOG_GROUP,
        actions=_WRITE_LOGS,
        only_if={"logsConfig.cloudwatchLogs.status": ("", "ENABLED")},
        docs="codebuild/latest/userguide/setting-up-service-role.html",
    ),
    RoleWiring(
        type=BUILD,
        role="serviceRole",
        paths=("vpcConfig.subnets[]",),
        target=NOTHING,
        actions=(*_NETWORK, "ec2:CreateNetworkInterfacePermission"),
        docs="codebuild/latest/userguide/auth-and-access-control-iam-identity-based-access-control.html",
    ),
    RoleWiring(
        type=BUILD,
        role="serviceRole",
        paths=("environment.image",),
        target=REPOSITORY,
        actions=_PULL,
        only_if={"environment.imagePullCredentialsType": ("SERVICE_ROLE",)},
        docs="codebuild/latest/userguide/sample-ecr.html",
    ),
    RoleWiring(
        type="aws:codedeploy/deploymentGroup:DeploymentGroup",
        role="serviceRoleArn",
        paths=("triggerConfigurations[].triggerTargetArn",),
        target=TOPIC,
        actions=_SEND[TOPIC],
        docs="codedeploy/latest/userguide/monitoring-sns-event-notifications-permisssions.html",
        managed=("service-role/AWSCodeDeployRole",),
    ),
    # Containers and machines.
    RoleWiring(
        type=TASK,
        role="executionRoleArn",
        document="containerDefinitions",
        paths=("image",),
        target=REPOSITORY,
        actions=_PULL,
        docs="AmazonECS/latest/developerguide/task_execution_IAM_role.html",
        managed=("service-role/AmazonECSTaskExecutionRolePolicy",),
    ),
    RoleWiring(
        type=TASK,
        role="executionRoleArn",
        document="containerDefinitions",
        paths=("logConfiguration.options.awslogs-group",),
        target=LOG_GROUP,
        actions=_WRITE_LOGS,
        docs="AmazonECS/latest/developerguide/task_execution_IAM_role.html",
        managed=("service-role/AmazonECSTaskExecutionRolePolicy",),
    ),
    RoleWiring(
        type="aws:apprunner/service:Service",
        role="sourceConfiguration.authenticationConfiguration.accessRoleArn",
        paths=("sourceConfiguration.imageRepository.imageIdentifier",),
        target=REPOSITORY,
        actions=_PULL,
        is_refused=True,
        docs="apprunner/latest/dg/security_iam_service-with-iam.html",
        managed=("service-role/AWSAppRunnerServicePolicyForECRAccess",),
    ),
    RoleWiring(
        type="aws:sagemaker/model:Model",
        role="executionRoleArn",
        paths=("primaryContainer.image", "containers[].image"),
        target=REPOSITORY,
        actions=_PULL,
        is_refused=True,
        docs="sagemaker/latest/dg/sagemaker-roles.html",
    ),
    RoleWiring(
        type="aws:sagemaker/model:Model",
        role="executionRoleArn",
        paths=("primaryContainer.modelDataUrl", "containers[].modelDataUrl"),
        target=BUCKET,
        actions=("s3:GetObject",),
        is_refused=True,
        docs="sagemaker/latest/dg/sagemaker-roles.html",
    ),
    RoleWiring(
        type="aws:eks/cluster:Cluster",
        role="roleArn",
        paths=("roleArn",),
        target=NOTHING,
        actions=("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"),
        docs="eks/latest/userguide/cluster-iam-role.html",
        managed=("AmazonEKSClusterPolicy",),
    ),
    RoleWiring(
        type="aws:eks/nodeGroup:NodeGroup",
        role="nodeRoleArn",
        paths=("nodeRoleArn",),
        target=NOTHING,
        actions=("ec2:DescribeInstances", *_PULL),
        is_refused=True,
        docs="eks/latest/userguide/create-node-role.html",
        managed=("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"),
    ),
    RoleWiring(
        type="aws:eks/fargateProfile:FargateProfile",
        role="podExecutionRoleArn",
        paths=("podExecutionRoleArn",),
        target=NOTHING,
        actions=_PULL,
        docs="eks/latest/userguide/pod-execution-role.html",
        managed=("AmazonEKSFargatePodExecutionRolePolicy",),
    ),
    RoleWiring(
        type="aws:batch/computeEnvironment:ComputeEnvironment",
        role="computeResources.instanceRole",
        paths=("computeResources.instanceRole",),
        target=NOTHING,
        actions=("ecs:RegisterContainerInstance", "ecs:Poll", "ecs:SubmitTaskStateChange"),
        only_if={"computeResources.type": ("EC2", "SPOT")},
        docs="batch/latest/userguide/instance_IAM_role.html",
        managed=("service-role/AmazonEC2ContainerServiceforEC2Role",),
    ),
    *_each(
        _SEND,
        (QUEUE, TOPIC),
        "aws:autoscaling/lifecycleHook:LifecycleHook",
        "roleArn",
        "notificationTargetArn",
        "autoscaling/ec2/userguide/prepare-for-lifecycle-notifications.html",
        is_refused=True,
        managed=("service-role/AutoScalingNotificationAccessRole",),
    ),
    # APIs and messages.
    *_each(
        _SEND,
        (FUNCTION,),
        _DATA_SOURCE,
        "serviceRoleArn",
        "lambdaConfig.functionArn",
        "appsync/latest/devguide/attaching-a-data-source.html",
    ),
    *_each(
        _SEND,
        (BUS,),
        _DATA_SOURCE,
        "serviceRoleArn",
        "eventBridgeConfig.eventBusArn",
        "appsync/latest/devguide/attaching-a-data-source.html",
    ),
    RoleWiring(
        type=_DATA_SOURCE,
        role="serviceRoleArn",
        paths=("relationalDatabaseConfig.httpEndpointConfig.awsSecretStoreArn",),
        target=SECRET,
        actions=("secretsmanager:GetSecretValue",),
        docs="appsync/latest/devguide/attaching-a-data-source.html",
    ),
    *(
        RoleWiring(
            type=type_,
            role=role,
            paths=(path,),
            target=FUNCTION,
            actions=_SEND[FUNCTION],
            docs="apigateway/latest/developerguide/permissions.html",
        )
        for type_, role, path in (
            ("aws:apigateway/integration:Integration", "credentials", "uri"),
            ("aws:apigateway/authorizer:Authorizer", "authorizerCredentials", "authorizerUri"),
            ("aws:apigatewayv2/integration:Integration", "credentialsArn", "integrationUri"),
            ("aws:apigatewayv2/authorizer:Authorizer", "authorizerCredentialsArn", "authorizerUri"),
        )
    ),
    # What DynamoDB is asked for is in the resolvers.
    RoleWiring(
        type=_DATA_SOURCE,
        role="serviceRoleArn",
        paths=("dynamodbConfig.tableName",),
        target=TABLE,
        actions=_TABLE_ACCESS,
        any_of=True,
        docs="appsync/latest/devguide/attaching-a-data-source.html",
    ),
    # The function that transforms objects answers the caller of S3.
    RoleWiring(
        type="aws:s3control/objectLambdaAccessPoint:ObjectLambdaAccessPoint",
        role="configuration.transformationConfigurations[].contentTransformation.awsLambda.functionArn",
        paths=("configuration.transformationConfigurations[].contentTransformation.awsLambda.functionArn",),
        target=NOTHING,
        actions=("s3-object-lambda:WriteGetObjectResponse",),
        docs="AmazonS3/latest/userguide/olap-policies.html",
        managed=("service-role/AmazonS3ObjectLambdaExecutionRolePolicy",),
    ),
    # AWS Batch starts containers as ECS does.
    *(
        RoleWiring(
            type=_JOB,
            role="containerProperties.executionRoleArn",
            document="containerProperties",
            paths=(path,),
            target=target,
            actions=actions,
            docs="batch/latest/userguide/execution-IAM-role.html",
            managed=managed,
        )
        for path, target, actions, managed in (
            ("image", REPOSITORY, _PULL, ("service-role/AmazonECSTaskExecutionRolePolicy",)),
            (
                "logConfiguration.options.awslogs-group",
                LOG_GROUP,
                _WRITE_LOGS,
                ("service-role/AmazonECSTaskExecutionRolePolicy",),
            ),
            ("secrets[].valueFrom", SECRET, ("secretsmanager:GetSecretValue",), ()),
        )
    ),
    # With a role of the customer's own, AWS Config has that role's rights, and tries as the service where they lack:
    # https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html.
    *(
        RoleWiring(
            type="aws:cfg/deliveryChannel:DeliveryChannel",
            holder="aws:cfg/recorder:Recorder",
            or_as="config",
            role="roleArn",
            paths=(path,),
            target=target,
            actions=actions,
            is_refused=is_refused,
            docs="config/latest/developerguide/iamrole-permissions.html",
        )
        for path, target, actions, is_refused in (
            ("s3BucketName", BUCKET, ("s3:GetBucketAcl", "s3:PutObject"), True),
            ("snsTopicArn", TOPIC, ("sns:Publish",), False),
        )
    ),
    # A custom resource of a template is made by the function that its ServiceToken names.
    RoleWiring(
        type="aws:cloudformation/stack:Stack",
        role="iamRoleArn",
        document="templateBody",
        paths=("**.serviceToken",),
        target=FUNCTION,
        actions=_SEND[FUNCTION],
        is_refused=True,
        docs="AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html",
    ),
    *(
        RoleWiring(
            type=PIPELINE,
            role="roleArn",
            paths=(f"stages[].actions[].configuration.{name}",),
            target=target,
            actions=actions,
            unless_set=("stages[].actions[].roleArn",),
            docs="codepipeline/latest/userguide/how-to-custom-role.html",
        )
        for name, target, actions in (
            ("ProjectName", BUILD, ("codebuild:StartBuild", "codebuild:BatchGetBuilds")),
            ("FunctionName", FUNCTION, ("lambda:InvokeFunction",)),
            ("S3Bucket", BUCKET, ("s3:GetObject",)),
            ("BucketName", BUCKET, ("s3:PutObject",)),
        )
    ),
    # Data and machine learning.
    *(
        RoleWiring(
            type=type_, role=role, paths=(path,), target=BUCKET, actions=actions, is_refused=is_refused, docs=docs
        )
        for type_, role, path, actions, is_refused, docs in (
            (
                "aws:emr/cluster:Cluster",
                "ec2Attributes.instanceProfile",
                "logUri",
                ("s3:PutObject",),
                False,
                "emr/latest/ManagementGuide/emr-iam-role-for-ec2.html",
            ),
            (
                "aws:emr/studio:Studio",
                "serviceRole",
                "defaultS3Location",
                _STORE,
                False,
                "emr/latest/ManagementGuide/emr-studio-service-role.html",
            ),
            (
                "aws:sagemaker/featureGroup:FeatureGroup",
                "roleArn",
                "offlineStoreConfig.s3StorageConfig.s3Uri",
                ("s3:PutObject", "s3:GetBucketAcl"),
                True,
                "sagemaker/latest/dg/feature-store-adding-policies.html",
            ),
            (
                "aws:kinesisanalyticsv2/application:Application",
                "serviceExecutionRole",
                "applicationConfiguration.applicationCodeConfiguration.codeContent.s3ContentLocation.bucketArn",
                ("s3:GetObject",),
                True,
                "managed-flink/latest/java/get-started-exercise.html",
            ),
            (
                "aws:mwaa/environment:Environment",
                "executionRoleArn",
                "sourceBucketArn",
                ("s3:GetObject", "s3:ListBucket"),
                False,
                "mwaa/latest/userguide/mwaa-create-role.html",
            ),
            (
                "aws:rds/exportTask:ExportTask",
                "iamRoleArn",
                "s3BucketName",
                ("s3:PutObject", "s3:ListBucket", "s3:GetObject", "s3:DeleteObject", "s3:GetBucketLocation"),
                True,
                "AmazonRDS/latest/UserGuide/USER_ExportSnapshot.Setup.html",
            ),
            (
                "aws:lakeformation/resource:Resource",
                "roleArn",
                "arn",
                _STORE,
                False,
                "lake-formation/latest/dg/registration-role.html",
            ),
            *(
                (type_, "roleArn", "locationArn", _STORE, True, "filegateway/latest/files3/add-file-share.html")
                for type_ in (
                    "aws:storagegateway/nfsFileShare:NfsFileShare",
                    "aws:storagegateway/smbFileShare:SmbFileShare",
                )
            ),
        )
    ),
    RoleWiring(
        type="aws:glue/crawler:Crawler",
        role="role",
        paths=("dynamodbTargets[].path",),
        target=TABLE,
        actions=("dynamodb:DescribeTable", "dynamodb:Scan"),
        docs="glue/latest/dg/crawler-prereqs.html",
    ),
    *_topic_rule(),
    RoleWiring(
        type="aws:cloudfront/realtimeLogConfig:RealtimeLogConfig",
        role="endpoint.kinesisStreamConfig.roleArn",
        paths=("endpoint.kinesisStreamConfig.streamArn",),
        target=STREAM,
        actions=("kinesis:DescribeStreamSummary", "kinesis:DescribeStream", "kinesis:PutRecord", "kinesis:PutRecords"),
        docs="AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html",
    ),
    *(
        RoleWiring(
            type=type_,
            role=f"{block}.{role}",
            paths=(f"{block}.{path}",),
            target=FIREHOSE,
            actions=("firehose:PutRecordBatch",),
            docs="ses/latest/dg/event-publishing-add-event-destination-firehose.html",
        )
        for type_, block, role, path in (
            ("aws:ses/eventDestination:EventDestination", "kinesisDestination", "roleArn", "streamArn"),
            (
                "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination",
                "eventDestination.kinesisFirehoseDestination",
                "iamRoleArn",
                "deliveryStreamArn",
            ),
        )
    ),
    RoleWiring(
        type="aws:cognito/userPool:UserPool",
        role="smsConfiguration.snsCallerArn",
        paths=("smsConfiguration.snsCallerArn",),
        target=NOTHING,
        actions=("sns:Publish",),
        is_refused=True,
        docs="cognito/latest/developerguide/cognito-user-pool-settings-mfa-sms-text-message.html",
    ),
)

OPENED: Final = frozenset(
    (
        _PIPES,
        f"{_LAMBDA}configuration-vpc.html",
        f"{_LAMBDA}invocation-async-retain-records.html",
        f"{_LAMBDA}services-kinesis-create.html",
        f"{_LAMBDA}services-sqs-configure.html",
        f"{_LAMBDA}with-msk-permissions.html",
        "AmazonCloudWatch/latest/monitoring/CloudWatch-metric-streams-trustpolicy.html",
        "AmazonECS/latest/developerguide/CWE_IAM_role.html",
        "AmazonECS/latest/developerguide/task_execution_IAM_role.html",
        "AmazonS3/latest/userguide/setting-repl-config-perm-overview.html",
        "apigateway/latest/developerguide/set-up-logging.html",
        "awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html",
        "batch/latest/userguide/execution-IAM-role.html",
        "codebuild/latest/userguide/setting-up-service-role.html",
        "codedeploy/latest/userguide/monitoring-sns-event-notifications-permisssions.html",
        "dms/latest/userguide/CHAP_Target.S3.html",
        "eks/latest/userguide/create-node-role.html",
        "iot/latest/developerguide/kinesis-firehose-rule-action.html",
        "iot/latest/developerguide/sqs-rule-action.html",
        "ses/latest/dg/event-publishing-add-event-destination-firehose.html",
        "sns/latest/dg/prereqs-kinesis-data-firehose.html",
        "step-functions/latest/dg/cw-logs.html",
        "vpc/latest/userguide/flow-logs-iam-role.html",
    )
)
"""
The pages that were opened, and say what the rows say: most of them in the guides that AWS has published at
https://github.com/awsdocs. The rows of other pages are written from knowledge of the services.
"""
