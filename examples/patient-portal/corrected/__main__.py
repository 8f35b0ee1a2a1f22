"""Patient portal: containers behind a public load balancer, with the patients' sessions in Redis."""

import json

import pulumi
import pulumi_aws as aws
from frontend import create_frontend
from iam import allow, policy, trust, trust_service
from network import (
    connect,
    connect_the_internet,
    connect_to_https,
    create_network,
    record_traffic,
    security_group,
)

config = pulumi.Config()
region = pulumi.Config("aws").require("region")
account_id = aws.get_caller_identity().account_id
environment = pulumi.get_stack()
prefix = f"portal-{environment}"
portal_port = 8443
cache_port = 6379

# Encryption key. CloudWatch Logs uses it in its own name, so the key policy has to name it; ElastiCache in the name of
# whoever makes the cache.

use_key = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
key = aws.kms.Key(
    "portal",
    description=f"Patient portal ({environment}): sessions, images and logs",
    enable_key_rotation=True,
    deletion_window_in_days=30,
    policy=policy(
        allow(["kms:*"], "*", Principal={"AWS": f"arn:aws:iam::{account_id}:root"}),
        allow(
            use_key,
            "*",
            Principal={"Service": f"logs.{region}.amazonaws.com"},
            Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account_id}:*"}},
        ),
        allow(
            [*use_key, "kms:CreateGrant"],
            "*",
            Principal={"AWS": "*"},
            Condition={
                "StringEquals": {
                    "kms:CallerAccount": account_id,
                    "kms:ViaService": f"elasticache.{region}.amazonaws.com",
                }
            },
        ),
    ),
)
aws.kms.Alias("portal", name=f"alias/{prefix}", target_key_id=key.id)

# Log groups.

log_paths = {
    "portal": f"/ecs/{prefix}",
    "flow-logs": f"/vpc/{prefix}",
    "cache-engine": f"/aws/vendedlogs/elasticache/{prefix}/engine",
    "cache-slow": f"/aws/vendedlogs/elasticache/{prefix}/slow",
}
log_groups = {
    name: aws.cloudwatch.LogGroup(name, name=path, retention_in_days=365, kms_key_id=key.arn)
    for name, path in log_paths.items()
}
log_arns = {name: f"arn:aws:logs:{region}:{account_id}:log-group:{path}" for name, path in log_paths.items()}

# Network: internet -> load balancer -> tasks -> cache.

network = create_network(region)
record_traffic(network, log_groups["flow-logs"], log_arns["flow-logs"], f"{prefix}-flow-logs", account_id)
balancer_security_group = security_group("balancer", network, "Public load balancer")
task_security_group = security_group("tasks", network, "Tasks of the portal")
cache_security_group = security_group("cache", network, "Sessions")
connect_the_internet(balancer_security_group, "https-from-internet", 443)
connect_the_internet(balancer_security_group, "http-from-internet", 80)
connect(balancer_security_group, task_security_group, "balancer-to-tasks", portal_port)
connect(task_security_group, cache_security_group, "tasks-to-cache", cache_port)
connect_to_https(task_security_group, "tasks-to-aws")
frontend = create_frontend(prefix, network, balancer_security_group, portal_port)

# Secrets: made and rotated by the security team, and there before the stack is.

cache_secret_arn = aws.secretsmanager.get_secret(name=f"{prefix}/cache-token").arn
session_secret_arn = aws.secretsmanager.get_secret(name=f"{prefix}/session-key").arn

# Sessions: Redis with a replica in the other zone.

cache = aws.elasticache.ReplicationGroup(
    "sessions",
    replication_group_id=prefix,
    description="Sessions of the patient portal",
    engine="redis",
    engine_version="7.1",
    node_type="cache.t4g.small",
    port=cache_port,
    num_cache_clusters=2,
    automatic_failover_enabled=True,
    multi_az_enabled=True,
    subnet_group_name=aws.elasticache.SubnetGroup(
        "sessions",
        name=prefix,
        description="Private subnets",
        subnet_ids=[subnet.id for subnet in network.private_subnets],
    ).name,
    security_group_ids=[cache_security_group.id],
    at_rest_encryption_enabled=True,
    kms_key_id=key.arn,
    transit_encryption_enabled=True,
    auth_token=aws.secretsmanager.get_secret_version_output(secret_id=cache_secret_arn).secret_string,
    auto_minor_version_upgrade=True,
    snapshot_retention_limit=7,
    final_snapshot_identifier=f"{prefix}-final",
    log_delivery_configurations=[
        {
            "log_type": f"{kind}-log",
            "log_format": "json",
            "destination_type": "cloudwatch-logs",
            "destination": log_groups[f"cache-{kind}"].name,
        }
        for kind in ("engine", "slow")
    ],
    tags={"Component": "sessions"},
)
# The tasks read the cache's address from here when they start.
cache_host = f"/{prefix}/cache/host"
cache_host_arn = f"arn:aws:ssm:{region}:{account_id}:parameter{cache_host}"
aws.ssm.Parameter("cache-host", name=cache_host, type="String", insecure_value=cache.primary_endpoint_address)

# Images.

repository = aws.ecr.Repository(
    "portal",
    name=prefix,
    image_tag_mutability="IMMUTABLE",
    image_scanning_configuration={"scan_on_push": True},
    encryption_configurations=[{"encryption_type": "KMS", "kms_key": key.arn}],
)
keep_30_images = {
    "rulePriority": 1,
    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
    "action": {"type": "expire"},
}
aws.ecr.LifecyclePolicy("portal", repository=repository.name, policy=json.dumps({"rules": [keep_30_images]}))

# Roles: of ECS when it starts a task, of the task itself, and of the auditors.

execution_role = aws.iam.Role(
    "execution",
    name=f"{prefix}-execution",
    description="Pulls the image, reads the secrets, writes the logs",
    assume_role_policy=trust_service("ecs-tasks.amazonaws.com", account_id),
)
execution_policy = aws.iam.RolePolicy(
    "execution",
    role=execution_role.id,
    policy=policy(
        allow(["ecr:GetAuthorizationToken"], "*"),
        allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            f"arn:aws:ecr:{region}:{account_id}:repository/{prefix}",
        ),
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_arns['portal']}:*"),
        allow(["secretsmanager:GetSecretValue"], [cache_secret_arn, session_secret_arn]),
        allow(["ssm:GetParameters"], cache_host_arn),
    ),
)
task_role = aws.iam.Role(
    "task",
    name=f"{prefix}-task",
    description="What the portal itself may do: remind patients of appointments by mail",
    assume_role_policy=trust_service("ecs-tasks.amazonaws.com", account_id),
)
task_policy = aws.iam.RolePolicy(
    "task",
    role=task_role.id,
    policy=policy(
        allow(
            ["ses:SendEmail"],
            f"arn:aws:ses:{region}:{account_id}:identity/{config.require('mailDomain')}",
        ),
    ),
)
auditor_role = aws.iam.Role(
    "auditor",
    name=f"{prefix}-auditor",
    description="Reads the logs of the portal, from the account of the auditors",
    assume_role_policy=trust(
        {"AWS": f"arn:aws:iam::{config.require('auditAccountId')}:root"},
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    ),
)
aws.iam.RolePolicy(
    "auditor",
    role=auditor_role.id,
    policy=policy(
        allow(
            ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"],
            [f"{log_arns['portal']}:*", f"{log_arns['flow-logs']}:*"],
        ),
    ),
)

# Portal.

container = {
    "name": "portal",
    "image": f"{account_id}.dkr.ecr.{region}.amazonaws.com/{prefix}:{config.require('imageTag')}",
    "essential": True,
    "user": "10001",
    "privileged": False,
    "readonlyRootFilesystem": True,
    "portMappings": [{"containerPort": portal_port, "protocol": "tcp"}],
    "environment": [
        {"name": "MAIL_DOMAIN", "value": config.require("mailDomain")},
    ],
    "secrets": [
        {"name": "CACHE_HOST", "valueFrom": cache_host_arn},
        {"name": "CACHE_TOKEN", "valueFrom": cache_secret_arn},
        {"name": "SESSION_KEY", "valueFrom": session_secret_arn},
    ],
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": log_paths["portal"],
            "awslogs-region": region,
            "awslogs-stream-prefix": "portal",
            "mode": "non-blocking",
        },
    },
}
task_definition = aws.ecs.TaskDefinition(
    "portal",
    family=prefix,
    requires_compatibilities=["FARGATE"],
    network_mode="awsvpc",
    cpu="512",
    memory="1024",
    execution_role_arn=execution_role.arn,
    task_role_arn=task_role.arn,
    container_definitions=json.dumps([container]),
    opts=pulumi.ResourceOptions(depends_on=[log_groups["portal"]]),
)
cluster = aws.ecs.Cluster("portal", name=prefix, settings=[{"name": "containerInsights", "value": "enabled"}])
aws.ecs.Service(
    "portal",
    name=prefix,
    cluster=cluster.arn,
    task_definition=task_definition.arn,
    launch_type="FARGATE",
    desired_count=2,
    network_configuration={
        "subnets": [subnet.id for subnet in network.private_subnets],
        "security_groups": [task_security_group.id],
        "assign_public_ip": False,
    },
    load_balancers=[
        {
            "target_group_arn": frontend.target_group.arn,
            "container_name": "portal",
            "container_port": portal_port,
        }
    ],
    health_check_grace_period_seconds=60,
    deployment_circuit_breaker={"enable": True, "rollback": True},
    enable_ecs_managed_tags=True,
    propagate_tags="SERVICE",
    opts=pulumi.ResourceOptions(depends_on=[frontend.listener, execution_policy, task_policy]),
)

pulumi.export("portal_url", pulumi.Output.concat("https://", frontend.load_balancer.dns_name))
pulumi.export("repository_url", repository.repository_url)
pulumi.export("auditor_role_arn", auditor_role.arn)
