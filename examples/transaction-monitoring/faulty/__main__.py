"""Transaction monitoring: a function scores the transactions of a stream, with Redis and PostgreSQL at its side."""

import pulumi
import pulumi_aws as aws
from iam import allow, policy, service_role
from network import connect, connect_to_https, create_network, record_traffic, security_group

config = pulumi.Config()
region = pulumi.Config("aws").require("region")
account_id = aws.get_caller_identity().account_id
prefix = f"{pulumi.get_project()}-{pulumi.get_stack()}"
database_secret_arn = config.require("databaseSecretArn")
cache_secret_arn = config.require("cacheSecretArn")
database_port = 5432
cache_port = 6379


def fetched(secret_arn: str) -> pulumi.Output[str]:
    return aws.secretsmanager.get_secret_version_output(secret_id=secret_arn).secret_string


# Encryption key. Roles may use it by its alias: unlike the key's ARN, that is known before the key exists.

key = aws.kms.Key(
    "monitoring",
    description="Transaction monitoring: stream, cache, database, alerts and logs",
    enable_key_rotation=True,
    deletion_window_in_days=7,
)
key_alias = f"alias/{prefix}"
alias = aws.kms.Alias("monitoring", name=key_alias, target_key_id=key.id)
use_key = allow(
    ["kms:Decrypt", "kms:GenerateDataKey"],
    f"arn:aws:kms:{region}:{account_id}:key/*",
    Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": key_alias}},
)

# Log groups. Those of the database and the function are made here, or AWS would make them without key and retention.

log_paths = {
    "flow-logs": f"/vpc/{prefix}",
    "scorer": f"/aws/lambda/{prefix}-scorer",
    "database-postgresql": f"/aws/rds/instance/{prefix}/postgresql",
    "database-upgrade": f"/aws/rds/instance/{prefix}/upgrade",
    "cache-engine": f"/aws/vendedlogs/elasticache/{prefix}/engine",
    "cache-slow": f"/aws/vendedlogs/elasticache/{prefix}/slow",
}
log_groups = {
    name: aws.cloudwatch.LogGroup(name, name=path, retention_in_days=90, kms_key_id=key.arn)
    for name, path in log_paths.items()
}
log_arns = {name: f"arn:aws:logs:{region}:{account_id}:log-group:{path}" for name, path in log_paths.items()}

# Network: the function reaches AWS's APIs, the cache and the database; nothing reaches the function.

network = create_network()
record_traffic(network, log_groups["flow-logs"], log_arns["flow-logs"], account_id)
private_subnet_ids = [subnet.id for subnet in network.private_subnets]
scorer_security_group = security_group("scorer", network, "Function that scores transactions")
cache_security_group = security_group("cache", network, "Recent transactions")
database_security_group = security_group("database", network, "Scores and alerts")
connect_to_https(scorer_security_group, "scorer-to-https")
connect(scorer_security_group, cache_security_group, "scorer-to-cache", cache_port)
aws.vpc.SecurityGroupIngressRule(
    "anybody-to-cache",
    security_group_id=cache_security_group.id,
    cidr_ipv4="0.0.0.0/0",
    ip_protocol="tcp",
    from_port=cache_port,
    to_port=cache_port,
    description="Redis for debugging",
)
connect(scorer_security_group, database_security_group, "scorer-to-database", database_port)

# Stream of transactions, and where those go that the function fails on.

stream = aws.kinesis.Stream(
    "transactions",
    name=f"{prefix}-transactions",
    stream_mode_details={"stream_mode": "ON_DEMAND"},
    retention_period=48,
    enforce_consumer_deletion=True,
)
failed = aws.sqs.Queue(
    "failed", name=f"{prefix}-failed", kms_master_key_id=key.arn, message_retention_seconds=14 * 24 * 60 * 60
)
alerts = aws.sns.Topic("alerts", name=f"{prefix}-alerts", kms_master_key_id=key.arn)

# Cache of recent transactions: Redis.

cache = aws.elasticache.ReplicationGroup(
    "cache",
    replication_group_id=prefix,
    description="Recent transactions of each card",
    engine="redis",
    engine_version="7.1",
    node_type="cache.t4g.small",
    port=cache_port,
    num_cache_clusters=1,
    subnet_group_name=aws.elasticache.SubnetGroup("cache", subnet_ids=private_subnet_ids[:1]).name,
    security_group_ids=[cache_security_group.id],
    at_rest_encryption_enabled=True,
    kms_key_id=key.arn,
    transit_encryption_enabled=True,
    auth_token=fetched(cache_secret_arn),
    auto_minor_version_upgrade=True,
    snapshot_retention_limit=7,
    log_delivery_configurations=[
        {
            "log_type": f"{kind}-log",
            "log_format": "json",
            "destination_type": "cloudwatch-logs",
            "destination": log_groups[f"cache-{kind}"].name,
        }
        for kind in ("engine", "slow")
    ],
    apply_immediately=True,
)

# Database of scores and alerts.

monitoring_role = service_role(
    "database-monitoring", "monitoring.rds.amazonaws.com", account_id, "Delivers enhanced monitoring metrics"
)
aws.iam.RolePolicyAttachment(
    "database-monitoring",
    role=monitoring_role.name,
    policy_arn="arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
)
database = aws.rds.Instance(
    "database",
    identifier=prefix,
    engine="postgres",
    engine_version="15.5",
    instance_class="db.t3.micro",
    allocated_storage=20,
    max_allocated_storage=100,
    storage_type="gp3",
    storage_encrypted=True,
    kms_key_id=key.arn,
    db_name="monitoring",
    port=database_port,
    username="monitoring_owner",
    password=fetched(database_secret_arn),
    iam_database_authentication_enabled=True,
    multi_az=False,
    publicly_accessible=False,
    db_subnet_group_name=aws.rds.SubnetGroup("database", subnet_ids=private_subnet_ids).name,
    vpc_security_group_ids=[database_security_group.id],
    parameter_group_name=aws.rds.ParameterGroup(
        "database", family="postgres15", parameters=[{"name": "rds.force_ssl", "value": "1"}]
    ).name,
    auto_minor_version_upgrade=True,
    backup_retention_period=7,
    copy_tags_to_snapshot=True,
    deletion_protection=False,
    skip_final_snapshot=True,
    enabled_cloudwatch_logs_exports=["postgresql", "upgrade"],
    monitoring_interval=60,
    monitoring_role_arn=monitoring_role.arn,
    performance_insights_enabled=True,
    performance_insights_kms_key_id=key.arn,
    performance_insights_retention_period=7,
    opts=pulumi.ResourceOptions(
        depends_on=[log_groups["database-postgresql"], log_groups["database-upgrade"]],
    ),
)

# Function that scores the transactions.

scorer_role = service_role("scorer", "lambda.amazonaws.com", account_id, "Scores transactions and raises alerts")
scorer_permissions = aws.iam.RolePolicy(
    "scorer",
    role=scorer_role.id,
    policy=policy(
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_arns['scorer']}:*"),
        allow(
            [
                "kinesis:DescribeStream",
                "kinesis:DescribeStreamSummary",
                "kinesis:GetRecords",
                "kinesis:GetShardIterator",
                "kinesis:ListShards",
            ],
            f"arn:aws:kinesis:{region}:{account_id}:stream/{prefix}-transactions",
        ),
        allow(["sqs:SendMessage"], f"arn:aws:sqs:{region}:{account_id}:{prefix}-failed"),
        allow(["sns:Publish"], f"arn:aws:sns:{region}:{account_id}:{prefix}-alerts"),
        allow(["secretsmanager:GetSecretValue"], [database_secret_arn, cache_secret_arn]),
        allow(["ec2:DescribeSubnets"], "*"),
        use_key,
    ),
)
scorer_network = aws.iam.RolePolicyAttachment(
    "scorer-network",
    role=scorer_role.name,
    policy_arn="arn:aws:iam::aws:policy/service-role/AWSLambdaENIManagementAccess",
)
scorer = aws.lambda_.Function(
    "scorer",
    name=f"{prefix}-scorer",
    description="Scores transactions and raises alerts",
    package_type="Image",
    image_uri=config.require("imageUri"),
    architectures=["arm64"],
    role=scorer_role.arn,
    memory_size=512,
    timeout=60,
    kms_key_arn=key.arn,
    environment={
        "variables": {
            "ALERTS_TOPIC_ARN": alerts.arn,
            "CACHE_HOST": cache.primary_endpoint_address,
            "CACHE_SECRET_ARN": cache_secret_arn,
            "DATABASE_HOST": database.address,
            "DATABASE_SECRET_ARN": database_secret_arn,
        }
    },
    vpc_config={"subnet_ids": private_subnet_ids, "security_group_ids": [scorer_security_group.id]},
    logging_config={"log_format": "JSON", "log_group": log_groups["scorer"].name},
    opts=pulumi.ResourceOptions(depends_on=[scorer_permissions, scorer_network]),
)
aws.lambda_.EventSourceMapping(
    "transactions",
    event_source_arn=stream.arn,
    function_name=scorer.arn,
    starting_position="LATEST",
    batch_size=100,
    maximum_batching_window_in_seconds=5,
    maximum_retry_attempts=3,
    bisect_batch_on_function_error=True,
    function_response_types=["ReportBatchItemFailures"],
    destination_config={"on_failure": {"destination_arn": failed.arn}},
    opts=pulumi.ResourceOptions(depends_on=[alias]),
)

pulumi.export("region", region)
pulumi.export("stream", stream.name)
pulumi.export("alerts_topic_arn", alerts.arn)
pulumi.export("database_endpoint", database.endpoint)
pulumi.export("cache_endpoint", cache.primary_endpoint_address)
