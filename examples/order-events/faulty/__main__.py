"""Order events: what files, the API and the schedule tell of orders, and everybody who has to know it."""

import json

import pulumi
import pulumi_aws as aws
from database import PORT as DATABASE_PORT
from database import create_database
from fulfilment import PORT as SERVICE_PORT
from fulfilment import create_fulfilment
from functions import Functions
from iam import allow, policy, role, service, service_role
from network import (
    ANYWHERE,
    connect,
    connect_to_https,
    create_network,
    private_subnet,
    public_subnet,
    record_traffic,
    security_group,
)
from storage import private_bucket

config = pulumi.Config()
region = pulumi.Config("aws").require("region")
account_id = aws.get_caller_identity().account_id
prefix = f"{pulumi.get_project()}-{pulumi.get_stack()}"
here = f"{region}:{account_id}"
of_this_account = {"aws:SourceAccount": account_id}

# Names, and the ARNs that follow from them: known, and so checked, before anything exists.

bucket_names = {name: f"{prefix}-{name}-{account_id}" for name in ("uploads", "archive", "copies", "audit", "logs")}
buckets = {name: f"arn:aws:s3:::{bucket_name}" for name, bucket_name in bucket_names.items()}
queue_names = {name: f"{prefix}-{name}" for name in ("uploads", "fulfilment", "failed", "on-call")}
queues = {name: f"arn:aws:sqs:{here}:{queue_name}" for name, queue_name in queue_names.items()}
alerts_arn = f"arn:aws:sns:{here}:{prefix}-alerts"
table_arn = f"arn:aws:dynamodb:{here}:table/{prefix}-orders"
bus_arn = f"arn:aws:events:{here}:event-bus/{prefix}"
trail_arn = f"arn:aws:cloudtrail:{here}:trail/{prefix}"
stream_arn = f"arn:aws:firehose:{here}:deliverystream/{prefix}-logs"
secret_arn = f"arn:aws:secretsmanager:{here}:secret:{prefix}/carrier-token-??????"
log_arn = f"arn:aws:logs:{here}:log-group"

# Key. Services that use it in their own name are in its policy; roles use it by its alias, which is known before the
# key exists.

use_key = ["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]
senders = [
    allow(use_key, "*", **service(name, StringEquals=of_this_account)) for name in ("events", "cloudwatch", "backup")
]
key = aws.kms.Key(
    "events",
    description="Queues, topic, buckets, logs and secrets of the order events",
    enable_key_rotation=True,
    deletion_window_in_days=30,
    policy=policy(
        allow(["kms:*"], "*", Principal={"AWS": f"arn:aws:iam::{account_id}:root"}),
        allow(
            [*use_key, "kms:Encrypt", "kms:ReEncrypt*"],
            "*",
            **service(f"logs.{region}", ArnLike={"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{here}:*"}),
        ),
        allow(
            ["kms:GenerateDataKey*", "kms:DescribeKey"],
            "*",
            **service("cloudtrail", StringEquals={"aws:SourceArn": trail_arn}),
        ),
        *senders,
    ),
)
key_alias = f"alias/{prefix}"
alias = aws.kms.Alias("events", name=key_alias, target_key_id=key.id)
use_key_by_alias = allow(
    ["kms:Decrypt", "kms:GenerateDataKey"],
    f"arn:aws:kms:{here}:key/*",
    Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": key_alias}},
)


def log_group(name: str, path: str) -> aws.cloudwatch.LogGroup:
    return aws.cloudwatch.LogGroup(name, name=path, retention_in_days=90, kms_key_id=key.arn)


functions = Functions(prefix, region, account_id, key)

# Logs of load balancer and buckets, in a bucket that S3 encrypts: the load balancer writes with no other encryption.

logs, logs_policy = private_bucket(
    "logs",
    bucket_names["logs"],
    allow(
        ["s3:PutObject"],
        f"{buckets['logs']}/fulfilment/AWSLogs/{account_id}/*",
        **service(
            "delivery.logs",
            ArnLike={"aws:SourceArn": f"arn:aws:logs:{here}:*"},
        ),
    ),
    allow(
        ["s3:PutObject"],
        f"{buckets['logs']}/buckets/*",
        **service("logging.s3", ArnLike={"aws:SourceArn": f"arn:aws:s3:::{prefix}-*"}, StringEquals=of_this_account),
    ),
)

# Topic of what people have to know, and the queue from which the on-call tool takes it.

alerts = aws.sns.Topic("alerts", name=f"{prefix}-alerts", kms_master_key_id="alias/aws/sns")
alerts_policy = aws.sns.TopicPolicy(
    "alerts",
    arn=alerts.arn,
    policy=policy(
        *(
            allow(["sns:Publish"], alerts_arn, **service(name, StringEquals=of_this_account))
            for name in ("cloudwatch", "events")
        )
    ),
)


def queue(name: str, *statements: dict, **settings: object) -> aws.sqs.Queue:
    made = aws.sqs.Queue(
        name,
        name=queue_names[name],
        kms_master_key_id=key.arn,
        message_retention_seconds=14 * 24 * 60 * 60,
        visibility_timeout_seconds=180,
        **settings,
    )
    queue_policies[name] = aws.sqs.QueuePolicy(name, queue_url=made.id, policy=policy(*statements))
    return made


def send(name: str, sender: str, **conditions: dict[str, str]) -> dict:
    return allow(["sqs:SendMessage"], queues[name], **service(sender, **conditions))


rules_of_this_account = {"aws:SourceArn": f"arn:aws:events:{here}:rule/*"}
queue_policies: dict[str, aws.sqs.QueuePolicy] = {}
failed = queue("failed", send("failed", "sqs", ArnLike={"aws:SourceArn": queues["uploads"]}))
uploads_queue = queue(
    "uploads",
    send("uploads", "s3", StringEquals={"aws:SourceArn": f"arn:aws:s3:::{prefix}-*"}),
    redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": failed.arn, "maxReceiveCount": 5}),
)
fulfilment_queue = queue("fulfilment", send("fulfilment", "events", ArnLike=rules_of_this_account))
on_call = queue("on-call", send("on-call", "sns", ArnEquals={"aws:SourceArn": alerts_arn}))
aws.sns.TopicSubscription("on-call", topic=alerts.arn, protocol="sqs", endpoint=on_call.arn)

# Orders, and the bus on which everybody hears of them: a pipe takes each change of the table there.

table = aws.dynamodb.Table(
    "orders",
    name=f"{prefix}-orders",
    billing_mode="PAY_PER_REQUEST",
    hash_key="id",
    attributes=[{"name": "id", "type": "S"}],
    stream_enabled=True,
    stream_view_type="NEW_AND_OLD_IMAGES",
    server_side_encryption={"enabled": True, "kms_key_arn": key.arn},
    point_in_time_recovery={"enabled": True},
    deletion_protection_enabled=True,
)
bus = aws.cloudwatch.EventBus("shop", name=prefix)
pipe_role, pipe_permissions = role(
    "changes",
    "pipes",
    account_id,
    "Takes the changes of orders to the bus",
    allow(
        ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
        table_arn,
    ),
    allow(["events:PutEvents"], bus_arn),
    use_key_by_alias,
)
aws.pipes.Pipe(
    "changes",
    name=f"{prefix}-changes",
    role_arn=pipe_role.arn,
    source=table.stream_arn,
    source_parameters={
        "dynamodb_stream_parameters": {"starting_position": "LATEST", "maximum_retry_attempts": 10},
    },
    target=bus.arn,
    target_parameters={
        "eventbridge_event_bus_parameters": {"detail_type": "OrderChanged", "source": "shop.orders"},
    },
    opts=pulumi.ResourceOptions(depends_on=[pipe_permissions]),
)

# Files of partners: orders go to a queue, catalogues to a function of their own.

uploads, _ = private_bucket("uploads", bucket_names["uploads"], key=key)
aws.s3.BucketLogging("uploads", bucket=uploads.id, target_bucket=logs.id, target_prefix="buckets/uploads/")
import_orders = functions.create(
    "import-orders",
    "Makes orders of what partners upload",
    allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], queues["uploads"]),
    allow(["s3:GetObject"], f"{buckets['uploads']}/orders/*"),
    allow(["dynamodb:PutItem"], table_arn),
    use_key_by_alias,
    TABLE_NAME=f"{prefix}-orders",
)
aws.lambda_.EventSourceMapping(
    "uploads",
    event_source_arn=uploads_queue.arn,
    function_name=import_orders.arn,
    batch_size=10,
    function_response_types=["ReportBatchItemFailures"],
)
import_catalogue = functions.create(
    "import-catalogue",
    "Reads the catalogues that partners upload",
    allow(["s3:GetObject"], f"{buckets['uploads']}/catalogues/*"),
    use_key_by_alias,
)
catalogue_permission = aws.lambda_.Permission(
    "uploads-to-import-catalogue",
    function=import_catalogue.name,
    action="lambda:InvokeFunction",
    principal="s3.amazonaws.com",
)
aws.s3.BucketNotification(
    "uploads",
    bucket=uploads.id,
    queues=[{"queue_arn": uploads_queue.arn, "events": ["s3:ObjectCreated:*"], "filter_prefix": "orders/"}],
    lambda_functions=[
        {
            "lambda_function_arn": import_catalogue.arn,
            "events": ["s3:ObjectCreated:*"],
            "filter_prefix": "catalogues/",
        }
    ],
    opts=pulumi.ResourceOptions(depends_on=[queue_policies["uploads"], catalogue_permission]),
)

# Who hears of an order: the fulfilment service through its queue, and the function that writes to the customer. What
# cannot be delivered waits in the queue of failures.

order_placed = aws.cloudwatch.EventRule(
    "order-placed",
    name=f"{prefix}-order-placed",
    event_bus_name=bus.name,
    event_pattern=json.dumps({"source": ["shop.orders"], "detail-type": ["OrderChanged"]}),
)
confirm = functions.create(
    "confirm",
    "Confirms orders by mail",
    allow(["ses:SendEmail"], f"arn:aws:ses:{here}:identity/shop.example.com"),
)
aws.lambda_.Permission(
    "order-placed-to-confirm",
    function=confirm.name,
    action="lambda:InvokeFunction",
    principal="events.amazonaws.com",
    source_arn=order_placed.arn,
)
for name, target in (("fulfilment", fulfilment_queue), ("confirm", confirm)):
    aws.cloudwatch.EventTarget(
        f"order-placed-to-{name}",
        rule=order_placed.name,
        event_bus_name=bus.name,
        arn=target.arn,
        dead_letter_config={"arn": failed.arn},
    )

# Every night, orders are compared with those of the payment provider.

reconcile = functions.create(
    "reconcile",
    "Compares orders with payments",
    allow(["dynamodb:Query", "dynamodb:Scan"], table_arn),
    allow(["secretsmanager:GetSecretValue"], secret_arn),
    use_key_by_alias,
    TABLE_NAME=f"{prefix}-orders",
)
schedule_role, schedule_permissions = role(
    "reconcile-schedule",
    "events",
    account_id,
    "Starts the nightly comparison",
    allow(["lambda:InvokeFunction"], f"arn:aws:lambda:{here}:function:{prefix}-reconcile"),
    allow(["sqs:SendMessage"], queues["failed"]),
    use_key_by_alias,
)
aws.scheduler.Schedule(
    "reconcile",
    name=f"{prefix}-reconcile",
    schedule_expression="cron(30 2 * * ? *)",
    flexible_time_window={"mode": "OFF"},
    kms_key_arn=key.arn,
    target={
        "arn": reconcile.arn,
        "role_arn": schedule_role.arn,
        "dead_letter_config": {"arn": failed.arn},
    },
    opts=pulumi.ResourceOptions(depends_on=[schedule_permissions]),
)

# API: customers of the shop's app ask for their orders.

api_function = functions.create(
    "api", "Answers the shop's app", allow(["dynamodb:GetItem", "dynamodb:Query"], table_arn), use_key_by_alias
)
api = aws.apigatewayv2.Api("orders", name=prefix, protocol_type="HTTP")
authorizer = aws.apigatewayv2.Authorizer(
    "customers",
    api_id=api.id,
    name="customers",
    authorizer_type="JWT",
    identity_sources=["$request.header.Authorization"],
    jwt_configuration={"issuer": config.require("identityIssuer"), "audiences": ["shop-app"]},
)
integration = aws.apigatewayv2.Integration(
    "orders",
    api_id=api.id,
    integration_type="AWS_PROXY",
    integration_uri=api_function.invoke_arn,
    payload_format_version="2.0",
)
aws.apigatewayv2.Route(
    "orders",
    api_id=api.id,
    route_key="GET /orders/{id}",
    target=pulumi.Output.concat("integrations/", integration.id),
    authorization_type="JWT",
    authorizer_id=authorizer.id,
)
api_logs = log_group("api", f"/apigateway/{prefix}")
aws.apigatewayv2.Stage(
    "live",
    api_id=api.id,
    name="live",
    auto_deploy=True,
    access_log_settings={
        "destination_arn": api_logs.arn,
        "format": json.dumps({"requestId": "$context.requestId", "status": "$context.status"}),
    },
    default_route_settings={"throttling_rate_limit": 200, "throttling_burst_limit": 400},
)

# The API's logs are kept: from CloudWatch through Firehose into the archive, of which S3 keeps a second copy.

archive, _ = private_bucket("archive", bucket_names["archive"], key=key)
copies, _ = private_bucket("copies", bucket_names["copies"], key=key)
aws.s3.BucketLogging("archive", bucket=archive.id, target_bucket=logs.id, target_prefix="buckets/archive/")
aws.s3.BucketLogging("copies", bucket=copies.id, target_bucket=logs.id, target_prefix="buckets/copies/")
delivery_role, delivery_permissions = role(
    "logs-delivery",
    "firehose",
    account_id,
    "Delivers logs into the archive",
    allow(
        [
            "s3:AbortMultipartUpload",
            "s3:GetBucketLocation",
            "s3:ListBucket",
            "s3:ListBucketMultipartUploads",
            "s3:PutObject",
        ],
        buckets["archive"],
    ),
    allow(["logs:PutLogEvents"], f"{log_arn}:/firehose/{prefix}:*"),
    use_key_by_alias,
)
delivery_logs = log_group("delivery", f"/firehose/{prefix}")
delivery = aws.kinesis.FirehoseDeliveryStream(
    "logs",
    name=f"{prefix}-logs",
    destination="extended_s3",
    server_side_encryption={"enabled": True, "key_type": "CUSTOMER_MANAGED_CMK", "key_arn": key.arn},
    extended_s3_configuration={
        "role_arn": delivery_role.arn,
        "bucket_arn": archive.arn,
        "prefix": "api/",
        "error_output_prefix": "failed/",
        "buffering_interval": 300,
        "buffering_size": 64,
        "kms_key_arn": key.arn,
        "cloudwatch_logging_options": {
            "enabled": True,
            "log_group_name": delivery_logs.name,
            "log_stream_name": "archive",
        },
    },
    opts=pulumi.ResourceOptions(depends_on=[delivery_permissions]),
)
subscription_role, subscription_permissions = role(
    "api-logs",
    "logs",
    account_id,
    "Takes the API's logs to Firehose",
    allow(["firehose:PutRecord", "firehose:PutRecordBatch"], f"{stream_arn}/*"),
)
aws.cloudwatch.LogSubscriptionFilter(
    "api",
    log_group=api_logs.name,
    filter_pattern="",
    destination_arn=delivery.arn,
    role_arn=subscription_role.arn,
    opts=pulumi.ResourceOptions(depends_on=[subscription_permissions]),
)
replication_role, replication_permissions = role(
    "archive-replication",
    "s3",
    account_id,
    "Copies the archive",
    allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], buckets["archive"]),
    allow(
        ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
        f"{buckets['archive']}/*",
    ),
    allow(["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"], f"{buckets['archive']}/*"),
    allow(
        ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        f"arn:aws:kms:{here}:key/*",
        Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": key_alias}},
    ),
)
aws.s3.BucketReplicationConfig(
    "archive",
    bucket=archive.id,
    role=replication_role.arn,
    rules=[
        {
            "id": "everything",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "delete_marker_replication": {"status": "Enabled"},
            "source_selection_criteria": {"sse_kms_encrypted_objects": {"status": "Enabled"}},
            "destination": {
                "bucket": copies.arn,
                "storage_class": "STANDARD_IA",
                "encryption_configuration": {"replica_kms_key_id": key.arn},
            },
        }
    ],
    opts=pulumi.ResourceOptions(depends_on=[replication_permissions]),
)

# Who did what in the account.

audit, audit_policy = private_bucket(
    "audit",
    bucket_names["audit"],
    allow(["s3:GetBucketAcl"], buckets["audit"], **service("cloudtrail", StringEquals={"aws:SourceArn": trail_arn})),
    allow(
        ["s3:PutObject"],
        f"{buckets['audit']}/AWSLogs/{account_id}/*",
        **service("cloudtrail", StringEquals={"aws:SourceArn": trail_arn, "s3:x-amz-acl": "bucket-owner-full-control"}),
    ),
    key=key,
)
trail_log_name = f"/cloudtrail/{prefix}"
trail_log = log_group("trail", trail_log_name)
trail_role = service_role("trail", "cloudtrail.amazonaws.com", "Writes the trail to CloudWatch Logs")
trail_permissions = aws.iam.RolePolicy(
    "trail",
    role=trail_role.id,
    policy=policy(allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_arn}:{trail_log_name}:*")),
)
aws.cloudtrail.Trail(
    "account",
    name=prefix,
    s3_bucket_name=audit.id,
    s3_key_prefix="trail",
    kms_key_id=key.arn,
    is_multi_region_trail=True,
    include_global_service_events=True,
    enable_log_file_validation=True,
    cloud_watch_logs_group_arn=trail_log.arn.apply(lambda arn: f"{arn}:*"),
    cloud_watch_logs_role_arn=trail_role.arn,
    opts=pulumi.ResourceOptions(depends_on=[audit_policy, trail_permissions]),
)

# Token of the carrier's API, which the rotation function asks a new one for every month.

carrier_token = aws.secretsmanager.Secret(
    "carrier-token",
    name=f"{prefix}/carrier-token",
    description="Token of the carrier's API",
    kms_key_id=key.arn,
    recovery_window_in_days=30,
)
rotate = functions.create(
    "rotate",
    "Asks the carrier for a new token",
    allow(
        [
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage",
        ],
        secret_arn,
    ),
    use_key_by_alias,
)
rotation_permission = aws.lambda_.Permission(
    "carrier-token-to-rotate",
    function=rotate.name,
    action="lambda:InvokeFunction",
    principal="secretsmanager.amazonaws.com",
)
aws.secretsmanager.SecretRotation(
    "carrier-token",
    secret_id=carrier_token.id,
    rotation_lambda_arn=rotate.arn,
    rotation_rules={"automatically_after_days": 30},
    opts=pulumi.ResourceOptions(depends_on=[rotation_permission]),
)

# Network: the load balancer in public subnets; tasks and database in private ones.

zones = [f"{region}a", f"{region}b"]
network = create_network()
public_subnets = [public_subnet(network, number, zone) for number, zone in enumerate(zones)]
private_subnets = [
    private_subnet(network, number, zone, nat_in=public)
    for number, (zone, public) in enumerate(zip(zones, public_subnets, strict=True))
]
record_traffic(network, log_group("flow-logs", f"/vpc/{prefix}"), f"{log_arn}:/vpc/{prefix}", account_id)
balancer_security_group = security_group("balancer", network, "Public load balancer")
task_security_group = security_group("tasks", network, "Tasks of the fulfilment service")
database_security_group = security_group("database", network, "Parcels database")
aws.vpc.SecurityGroupIngressRule(
    "internet-to-balancer",
    security_group_id=balancer_security_group.id,
    cidr_ipv4=ANYWHERE,
    ip_protocol="tcp",
    from_port=443,
    to_port=443,
    description="HTTPS from carriers",
)
connect(balancer_security_group, task_security_group, "balancer-to-tasks", SERVICE_PORT)
aws.vpc.SecurityGroupIngressRule(
    "carriers-to-tasks",
    security_group_id=task_security_group.id,
    cidr_ipv4=ANYWHERE,
    ip_protocol="tcp",
    from_port=443,
    to_port=443,
    description="HTTPS from carriers",
)
connect(task_security_group, database_security_group, "tasks-to-database", DATABASE_PORT)
connect_to_https(task_security_group, "tasks-to-aws")

# Fulfilment service, to which carriers report where parcels are.

database = create_database(
    prefix,
    account_id,
    subnets=private_subnets,
    security_group=database_security_group,
    key=key,
    log_groups=[
        log_group(f"database-{kind}", f"/aws/rds/instance/{prefix}/{kind}") for kind in ("postgresql", "upgrade")
    ],
)
database_host = f"/{prefix}/database/host"
aws.ssm.Parameter("database-host", name=database_host, type="String", insecure_value=database.address)
fulfilment = create_fulfilment(
    prefix,
    region,
    account_id,
    vpc=network.vpc,
    balancer_subnets=public_subnets,
    balancer_security_group=balancer_security_group,
    task_subnets=private_subnets,
    task_security_group=task_security_group,
    task_permissions=[
        allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], queues["fulfilment"]),
        allow(["s3:GetObject"], "*"),
        allow(["secretsmanager:GetSecretValue"], secret_arn),
        allow(["rds-db:connect"], f"arn:aws:rds-db:{here}:dbuser:*/fulfilment"),
        use_key_by_alias,
    ],
    environment={
        "CARRIER_TOKEN_NAME": f"{prefix}/carrier-token",
        "DATABASE_NAME": "parcels",
        "DATABASE_USER": "fulfilment",
        "QUEUE_NAME": queue_names["fulfilment"],
        "UPLOADS_BUCKET": bucket_names["uploads"],
    },
    parameters={"DATABASE_HOST": f"arn:aws:ssm:{here}:parameter{database_host}"},
    log_group=log_group("fulfilment", f"/ecs/{prefix}/fulfilment"),
    log_group_name=f"/ecs/{prefix}/fulfilment",
    access_logs=logs,
    access_logs_policy=logs_policy,
    internet_gateway=network.internet_gateway,
)

# What people are told: alarms, stopped tasks, failed backups.

for name, watched in (("failed", failed), ("uploads", uploads_queue)):
    aws.cloudwatch.MetricAlarm(
        f"{name}-messages",
        name=f"{prefix}-{name}-messages",
        namespace="AWS/SQS",
        metric_name="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": watched.name},
        statistic="Maximum",
        period=300,
        evaluation_periods=3,
        threshold=0 if name == "failed" else 1000,
        comparison_operator="GreaterThanThreshold",
        alarm_actions=[alerts.arn],
    )
task_stopped = aws.cloudwatch.EventRule(
    "task-stopped",
    name=f"{prefix}-task-stopped",
    event_pattern=json.dumps({"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"]}),
)
aws.cloudwatch.EventTarget(
    "task-stopped", rule=task_stopped.name, arn=alerts.arn, dead_letter_config={"arn": failed.arn}
)
vault = aws.backup.Vault("orders", name=prefix, kms_key_arn=key.arn)
aws.backup.VaultNotifications(
    "orders",
    backup_vault_name=vault.name,
    sns_topic_arn=alerts.arn,
    backup_vault_events=["BACKUP_JOB_FAILED", "RESTORE_JOB_COMPLETED"],
    opts=pulumi.ResourceOptions(depends_on=[alerts_policy]),
)

pulumi.export("apiUrl", api.api_endpoint)
pulumi.export("fulfilmentUrl", fulfilment.load_balancer.dns_name)
pulumi.export("uploadsBucket", uploads.bucket)
pulumi.export("alertsTopicArn", alerts.arn)
