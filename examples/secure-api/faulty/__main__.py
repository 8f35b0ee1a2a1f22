"""Order API: API Gateway in front of containers in private subnets, PostgreSQL, and a stream of what was ordered."""

import json

import pulumi
import pulumi_aws as aws
from backend import PORT as BACKEND_PORT
from backend import create_backend
from database import PORT as DATABASE_PORT
from database import create_database
from iam import allow, policy
from network import (
    connect,
    connect_to_https,
    create_network,
    private_subnet,
    public_subnet,
    record_traffic,
    security_group,
)

config = pulumi.Config()
region = aws.get_region().region
account_id = aws.get_caller_identity().account_id
prefix = f"{pulumi.get_project()}-{pulumi.get_stack()}"

# Keys.

owner = allow(["kms:*"], "*", Principal={"AWS": f"arn:aws:iam::{account_id}:root"})
logs_service = allow(
    ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
    "*",
    Principal={"Service": "logs.eu-west-1.amazonaws.com"},
    Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account_id}:*"}},
)


def key(name: str, description: str, *statements: dict) -> aws.kms.Key:
    made = aws.kms.Key(
        name,
        description=description,
        enable_key_rotation=True,
        deletion_window_in_days=30,
        policy=policy(owner, *statements) if statements else None,
    )
    aws.kms.Alias(name, name=f"alias/{prefix}-{name}", target_key_id=made.id)
    return made


logs_key = key("logs", "Logs of the order API")
secrets_key = key("secrets", "Secrets of the order API")
stream_key = key("stream", "Stream of orders")
database_key = key("database", "Order database and its logs", logs_service)

# Log groups.

log_names = {
    "api": f"/ecs/{prefix}/api",
    "access": f"/apigateway/{prefix}/access",
    "flow-logs": f"/vpc/{prefix}",
    "database-postgresql": f"/aws/rds/instance/{prefix}/postgresql",
    "database-upgrade": f"/aws/rds/instance/{prefix}/upgrade",
}
log_keys = {
    "access": logs_key.arn,
    "flow-logs": logs_key.arn,
    "database-postgresql": database_key.arn,
    "database-upgrade": database_key.arn,
}
log_groups = {
    name: aws.cloudwatch.LogGroup(name, name=path, retention_in_days=90, kms_key_id=log_keys.get(name))
    for name, path in log_names.items()
}

# Network.

zones = aws.get_availability_zones(
    state="available", filters=[{"name": "zone-type", "values": ["availability-zone"]}]
).names[:2]
network = create_network()
public_subnets = [public_subnet(network, number, zone) for number, zone in enumerate(zones)]
private_subnets = [private_subnet(network, 0, zones[0])]
record_traffic(
    network, log_groups["flow-logs"], f"arn:aws:logs:{region}:{account_id}:log-group:/vpc/{prefix}", account_id
)

# Security groups.

link_security_group = security_group("link", network, "Where API Gateway enters the VPC")
balancer_security_group = security_group("balancer", network, "Internal load balancer")
task_security_group = security_group("tasks", network, "Tasks of the order service")
database_security_group = security_group("database", network, "Order database")
connect(link_security_group, balancer_security_group, "link-to-balancer", 443)
connect(balancer_security_group, task_security_group, "balancer-to-tasks", BACKEND_PORT)
connect(task_security_group, database_security_group, "tasks-to-database", DATABASE_PORT)
connect_to_https(task_security_group, "tasks-to-aws")
for name, addresses in (("vpc-to-database", network.vpc.cidr_block), ("anywhere-to-database", "0.0.0.0/0")):
    aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=database_security_group.id,
        cidr_ipv4=addresses,
        ip_protocol="tcp",
        from_port=DATABASE_PORT,
        to_port=DATABASE_PORT,
        description=name,
    )

# Database, and the stream for those who work with the orders.

database = create_database(
    prefix,
    account_id,
    subnets=public_subnets,
    security_group=database_security_group,
    data_key=database_key,
    secrets_key=secrets_key,
    log_groups=[log_groups["database-postgresql"], log_groups["database-upgrade"]],
)
database_host = f"/{prefix}/database/host"
aws.ssm.Parameter("database-host", name=database_host, type="String", insecure_value=database.address)
stream = aws.kinesis.Stream(
    "orders",
    name=f"{prefix}-orders",
    stream_mode_details={"stream_mode": "ON_DEMAND"},
    retention_period=48,
    encryption_type="KMS",
    kms_key_id=stream_key.arn,
)

# The key with which the API signs its answers. The rotation function sets each value, which so stays out of the state.

signing_secret = aws.secretsmanager.Secret(
    "signing-key",
    name=f"{prefix}/signing-key",
    description="Key with which the order API signs its answers",
    kms_key_id=secrets_key.arn,
    recovery_window_in_days=30,
)
aws.secretsmanager.SecretRotation(
    "signing-key",
    secret_id=signing_secret.id,
    rotation_lambda_arn=config.require("keyRotationFunctionArn"),
    rotation_rules={"automatically_after_days": 30},
)

# Order service.

backend = create_backend(
    prefix,
    region,
    account_id,
    vpc=network.vpc,
    balancer_subnets=public_subnets,
    balancer_security_group=balancer_security_group,
    task_subnets=private_subnets,
    task_security_group=task_security_group,
    task_permissions=[
        allow(
            ["kinesis:DescribeStreamSummary", "kinesis:PutRecord", "kinesis:PutRecords"],
            f"arn:aws:kinesis:{region}:{account_id}:stream/{prefix}-orders",
        ),
        allow(
            ["secretsmanager:GetSecretValue"],
            f"arn:aws:secretsmanager:{region}:{account_id}:secret:{prefix}/signing-key-??????",
        ),
        allow(["rds-db:connect"], f"arn:aws:rds-db:{region}:{account_id}:dbuser:*/orders_api"),
    ],
    environment={
        "DATABASE_NAME": "orders",
        "DATABASE_USER": "orders_api",
        "SIGNING_KEY_NAME": f"{prefix}/signing-key",
        "STREAM_NAME": f"{prefix}-orders",
    },
    parameters={"DATABASE_HOST": f"arn:aws:ssm:{region}:{account_id}:parameter{database_host}"},
    log_group=log_groups["api"],
    log_group_name=log_names["api"],
)

# API: everything is passed on to the service, through the VPC link and over TLS.

api = aws.apigateway.RestApi("orders", name=prefix, description="Orders", endpoint_configuration={"types": "REGIONAL"})
link = aws.apigatewayv2.VpcLink(
    "backend",
    name=prefix,
    subnet_ids=[subnet.id for subnet in public_subnets],
    security_group_ids=[link_security_group.id],
)
proxy = aws.apigateway.Resource("proxy", rest_api=api.id, parent_id=api.root_resource_id, path_part="{proxy+}")
method = aws.apigateway.Method(
    "proxy",
    rest_api=api.id,
    resource_id=proxy.id,
    http_method="ANY",
    authorization="AWS_IAM",
    request_parameters={"method.request.path.proxy": True},
)
backend_uri = f"https://{config.require('backendDomain')}:443/{{proxy}}"
integration = aws.apigateway.Integration(
    "proxy",
    rest_api=api.id,
    resource_id=proxy.id,
    http_method=method.http_method,
    type="HTTP_PROXY",
    integration_http_method="ANY",
    connection_type="VPC_LINK",
    connection_id=link.id,
    integration_target=backend.load_balancer.arn,
    uri=backend_uri,
    request_parameters={"integration.request.path.proxy": "method.request.path.proxy"},
)
deployment = aws.apigateway.Deployment(
    "orders",
    rest_api=api.id,
    triggers={"uri": backend_uri, "link": link.id},
    opts=pulumi.ResourceOptions(depends_on=[integration]),
)

# Stages: one for the shop, one with lower limits for its partners.

access_log_format = json.dumps(
    {
        "requestId": "$context.requestId",
        "caller": "$context.identity.userArn",
        "sourceIp": "$context.identity.sourceIp",
        "time": "$context.requestTime",
        "method": "$context.httpMethod",
        "path": "$context.path",
        "status": "$context.status",
        "error": "$context.error.message",
    }
)


def stage(name: str, requests_a_second: int, **logging: dict) -> aws.apigateway.Stage:
    execution_logs = aws.cloudwatch.LogGroup(
        f"execution-{name}",
        name=pulumi.Output.concat("API-Gateway-Execution-Logs_", api.id, "/", name),
        retention_in_days=90,
        kms_key_id=logs_key.arn,
    )
    made = aws.apigateway.Stage(
        name,
        rest_api=api.id,
        deployment=deployment.id,
        stage_name=name,
        xray_tracing_enabled=True,
        opts=pulumi.ResourceOptions(depends_on=[execution_logs]),
        **logging,
    )
    aws.apigateway.MethodSettings(
        name,
        rest_api=api.id,
        stage_name=made.stage_name,
        method_path="*/*",
        settings={
            "logging_level": "ERROR",
            "metrics_enabled": True,
            "throttling_rate_limit": requests_a_second,
            "throttling_burst_limit": 2 * requests_a_second,
        },
    )
    return made


stage(
    "shop",
    requests_a_second=200,
    access_log_settings={"destination_arn": log_groups["access"].arn, "format": access_log_format},
)
stage("partners", requests_a_second=20)
