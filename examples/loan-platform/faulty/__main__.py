"""Loan processing platform: an ECS Fargate API behind a public load balancer, PostgreSQL and a document store."""

import json

import pulumi
import pulumi_aws as aws
from firewall import protect
from iam import allow, deny_insecure_transport, policy, service_role
from network import create_network, record_traffic

config = pulumi.Config()
region = config.get("region") or "us-east-1"
account_id = aws.get_caller_identity().account_id
environment = pulumi.get_stack()
prefix = f"{pulumi.get_project()}-{environment}"
database_secret_arn = config.require("databaseSecretArn")
api_port = 8080
database_port = 5432


def tags(name: str) -> dict[str, str]:
    return {"Name": f"{prefix}-{name}", "Environment": environment}


# Encryption key. CloudWatch Logs gets no access through IAM: the key policy has to name it.

log_arns = f"arn:aws:logs:us-east-1:{account_id}:log-group"
key = aws.kms.Key(
    "platform",
    description="Loan platform data at rest",
    enable_key_rotation=True,
    deletion_window_in_days=30,
    policy=policy(
        allow(["kms:*"], "*", Principal={"AWS": f"arn:aws:iam::{account_id}:root"}),
        allow(
            ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            "*",
            Principal={"Service": "logs.us-east-1.amazonaws.com"},
            Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"{log_arns}:*"}},
        ),
    ),
    tags=tags("platform"),
)
aws.kms.Alias("platform", name=f"alias/{prefix}", target_key_id=key.id)

# Log groups. Those of the database are made here, or RDS would make them without key and retention; the firewall
# only writes to names that begin with aws-waf-logs-.

log_groups = {
    name: aws.cloudwatch.LogGroup(name, name=path, retention_in_days=90, kms_key_id=key.arn, tags=tags(name))
    for name, path in (
        ("database-postgresql", f"/aws/rds/instance/{prefix}/postgresql"),
        ("database-upgrade", f"/aws/rds/instance/{prefix}/upgrade"),
        ("flow-logs", f"/vpc/{prefix}"),
        ("waf-logs", f"aws-waf-logs-{prefix}"),
    )
}

api_logs = aws.cloudwatch.LogGroup(
    "api-logs",
    name=f"/ecs/{prefix}/api",
    retention_in_days=7,
    tags=tags("api-logs"),
)

# Network, with flow logs.

network = create_network("us-east-1", tags)
record_traffic(network, log_groups["flow-logs"], f"{log_arns}:/vpc/{prefix}", account_id, tags("flow-logs"))

# Security groups: internet -> load balancer -> tasks -> database.


def rule(port: int, description: str, **peers: list) -> dict:
    return {"protocol": "tcp", "from_port": port, "to_port": port, "description": description, **peers}


alb_security_group = aws.ec2.SecurityGroup(
    "alb",
    vpc_id=network.vpc.id,
    description="Public load balancer",
    ingress=[
        rule(443, "HTTPS from the internet", cidr_blocks=["0.0.0.0/0"]),
        rule(80, "HTTP from the internet", cidr_blocks=["0.0.0.0/0"]),
        rule(22, "SSH for debugging", cidr_blocks=["0.0.0.0/0"]),
    ],
    egress=[rule(api_port, "API tasks", cidr_blocks=[network.vpc.cidr_block])],
    tags=tags("alb"),
)
tasks_security_group = aws.ec2.SecurityGroup(
    "tasks",
    vpc_id=network.vpc.id,
    description="API tasks",
    ingress=[rule(api_port, "Load balancer", security_groups=[alb_security_group.id])],
    egress=[
        rule(443, "AWS APIs", cidr_blocks=["0.0.0.0/0"]),
        rule(database_port, "Database", cidr_blocks=[network.vpc.cidr_block]),
    ],
    tags=tags("tasks"),
)
database_security_group = aws.ec2.SecurityGroup(
    "database",
    vpc_id=network.vpc.id,
    description="Loan database",
    ingress=[rule(database_port, "API tasks", security_groups=[tasks_security_group.id])],
    tags=tags("database"),
)

# Buckets.

alb_logs_arn = f"arn:aws:s3:::{prefix}-alb-logs-{account_id}"
documents_arn = f"arn:aws:s3:::{prefix}-documents-{account_id}"


def bucket(name: str) -> aws.s3.Bucket:
    made = aws.s3.Bucket(name, bucket=f"{prefix}-{name}-{account_id}", tags=tags(name))
    aws.s3.BucketPublicAccessBlock(
        name,
        bucket=made.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    return made


alb_logs = bucket("alb-logs")
aws.s3.BucketServerSideEncryptionConfiguration(
    "alb-logs",
    bucket=alb_logs.id,
    rules=[
        {
            "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn},
            "bucket_key_enabled": True,
        }
    ],
)
alb_logs_policy = aws.s3.BucketPolicy(
    "alb-logs",
    bucket=alb_logs.id,
    policy=policy(
        allow(
            ["s3:PutObject"],
            f"{alb_logs_arn}/alb/AWSLogs/{account_id}/*",
            Principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        ),
        allow(
            ["s3:PutObject"],
            f"{alb_logs_arn}/documents/*",
            Principal={"Service": "logging.s3.amazonaws.com"},
            Condition={
                "ArnLike": {"aws:SourceArn": documents_arn},
                "StringEquals": {"aws:SourceAccount": account_id},
            },
        ),
        deny_insecure_transport(alb_logs_arn),
    ),
)

documents = bucket("documents")
aws.s3.BucketServerSideEncryptionConfiguration(
    "documents",
    bucket=documents.id,
    rules=[
        {
            "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn},
            "bucket_key_enabled": True,
        }
    ],
)
aws.s3.BucketVersioning("documents", bucket=documents.id, versioning_configuration={"status": "Enabled"})
aws.s3.BucketPolicy("documents", bucket=documents.id, policy=policy(deny_insecure_transport(documents_arn)))
aws.s3.BucketLogging("documents", bucket=documents.id, target_bucket=alb_logs.id, target_prefix="documents/")

# Database, in the private subnets.

monitoring_role = service_role(
    "database-monitoring",
    "monitoring.rds.amazonaws.com",
    account_id,
    "Delivers enhanced monitoring metrics",
    tags("database-monitoring"),
)
aws.iam.RolePolicyAttachment(
    "database-monitoring",
    role=monitoring_role.name,
    policy_arn="arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
)
database_subnets = aws.rds.SubnetGroup(
    "database",
    subnet_ids=[subnet.id for subnet in network.private_subnets],
    tags=tags("database"),
)
database_parameters = aws.rds.ParameterGroup(
    "database",
    family="postgres16",
    parameters=[{"name": "rds.force_ssl", "value": "1"}],
    tags=tags("database"),
)
database = aws.rds.Instance(
    "database",
    identifier=prefix,
    engine="postgres",
    engine_version="16",
    instance_class="db.t3.micro",
    allocated_storage=50,
    max_allocated_storage=200,
    storage_type="gp3",
    storage_encrypted=True,
    kms_key_id=key.arn,
    db_name="loans",
    port=database_port,
    username="loans_owner",
    password=pulumi.Output.secret("TempPassword123!"),
    iam_database_authentication_enabled=True,
    multi_az=True,
    publicly_accessible=False,
    db_subnet_group_name=database_subnets.name,
    vpc_security_group_ids=[database_security_group.id],
    parameter_group_name=database_parameters.name,
    auto_minor_version_upgrade=True,
    backup_retention_period=14,
    copy_tags_to_snapshot=True,
    delete_automated_backups=False,
    deletion_protection=True,
    skip_final_snapshot=False,
    final_snapshot_identifier=f"{prefix}-final",
    enabled_cloudwatch_logs_exports=["postgresql", "upgrade"],
    monitoring_interval=60,
    monitoring_role_arn=monitoring_role.arn,
    performance_insights_enabled=True,
    performance_insights_kms_key_id=key.arn,
    performance_insights_retention_period=7,
    tags=tags("database"),
    opts=pulumi.ResourceOptions(
        depends_on=[log_groups["database-postgresql"], log_groups["database-upgrade"]],
    ),
)
# The tasks read the database's address from here when they start.
database_host = f"/{prefix}/database/host"
aws.ssm.Parameter(
    "database-host",
    name=database_host,
    type="String",
    insecure_value=database.address,
    tags=tags("database-host"),
)

# Load balancer.

alb = aws.lb.LoadBalancer(
    "api",
    load_balancer_type="application",
    internal=False,
    security_groups=[alb_security_group.id],
    subnets=[subnet.id for subnet in network.public_subnets],
    access_logs={"bucket": alb_logs.id, "prefix": "alb", "enabled": True},
    drop_invalid_header_fields=True,
    enable_deletion_protection=True,
    tags=tags("api"),
    opts=pulumi.ResourceOptions(depends_on=[alb_logs_policy, network.internet_gateway]),
)
target_group = aws.lb.TargetGroup(
    "api",
    vpc_id=network.vpc.id,
    target_type="ip",
    protocol="HTTP",
    port=api_port,
    health_check={"path": "/health", "matcher": "200"},
    tags=tags("api"),
)
http_listener = aws.lb.Listener(
    "http",
    load_balancer_arn=alb.arn,
    port=80,
    protocol="HTTP",
    default_actions=[{"type": "forward", "target_group_arn": target_group.arn}],
    tags=tags("http"),
)
protect(alb, log_groups["waf-logs"], tags("api"))

# API: image repository, cluster, roles, task and service.

repository_name = f"loan-api-{environment}"
repository = aws.ecr.Repository(
    "api",
    name=repository_name,
    image_tag_mutability="IMMUTABLE",
    image_scanning_configuration={"scan_on_push": True},
    encryption_configurations=[{"encryption_type": "KMS", "kms_key": key.arn}],
    tags=tags("api"),
)
keep_30_images = {
    "rulePriority": 1,
    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
    "action": {"type": "expire"},
}
aws.ecr.LifecyclePolicy("api", repository=repository.name, policy=json.dumps({"rules": [keep_30_images]}))
cluster = aws.ecs.Cluster(
    "api",
    settings=[{"name": "containerInsights", "value": "enabled"}],
    tags=tags("api"),
)

database_host_arn = f"arn:aws:ssm:us-east-1:{account_id}:parameter{database_host}"
execution_role = service_role(
    "api-execution",
    "ecs-tasks.amazonaws.com",
    account_id,
    "Pulls the image, reads the secrets, writes the logs",
    tags("api-execution"),
)
aws.iam.RolePolicy(
    "api-execution",
    role=execution_role.id,
    policy=policy(
        allow(["ecr:GetAuthorizationToken"], "*"),
        allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            f"arn:aws:ecr:us-east-1:{account_id}:repository/{repository_name}",
        ),
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_arns}:/ecs/{prefix}/api:*"),
        allow(["secretsmanager:GetSecretValue"], database_secret_arn),
        allow(["ssm:GetParameters"], database_host_arn),
    ),
)
task_role = service_role(
    "api-task", "ecs-tasks.amazonaws.com", account_id, "Reads and writes the loan documents", tags("api-task")
)
aws.iam.RolePolicy(
    "api-task",
    role=task_role.id,
    policy=policy(
        allow(["s3:GetObject", "s3:PutObject"], f"{documents_arn}/*"),
        allow(
            ["kms:Decrypt", "kms:GenerateDataKey"],
            f"arn:aws:kms:us-east-1:{account_id}:key/*",
            Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{prefix}"}},
        ),
    ),
)

container = {
    "name": "api",
    "image": "nginx:latest",
    "essential": True,
    "user": "10001",
    "privileged": False,
    "readonlyRootFilesystem": True,
    "portMappings": [{"containerPort": api_port, "protocol": "tcp"}],
    "environment": [
        {"name": "DATABASE_NAME", "value": "loans"},
        {"name": "DATABASE_USER", "value": "loans_owner"},
        {"name": "DOCUMENTS_BUCKET", "value": f"{prefix}-documents-{account_id}"},
    ],
    "secrets": [
        {"name": "DATABASE_HOST", "valueFrom": database_host_arn},
        {"name": "DATABASE_PASSWORD", "valueFrom": database_secret_arn},
    ],
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": f"/ecs/{prefix}/api",
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "api",
            "mode": "non-blocking",
        },
    },
}
task_definition = aws.ecs.TaskDefinition(
    "api",
    family=f"{prefix}-api",
    requires_compatibilities=["FARGATE"],
    network_mode="awsvpc",
    cpu="1024",
    memory="2048",
    execution_role_arn=execution_role.arn,
    task_role_arn=task_role.arn,
    container_definitions=json.dumps([container]),
    tags=tags("api"),
    opts=pulumi.ResourceOptions(depends_on=[api_logs]),
)
aws.ecs.Service(
    "api",
    cluster=cluster.arn,
    task_definition=task_definition.arn,
    launch_type="FARGATE",
    desired_count=2,
    network_configuration={
        "subnets": [subnet.id for subnet in network.private_subnets],
        "security_groups": [tasks_security_group.id],
        "assign_public_ip": False,
    },
    load_balancers=[{"target_group_arn": target_group.arn, "container_name": "api", "container_port": api_port}],
    health_check_grace_period_seconds=60,
    deployment_circuit_breaker={"enable": True, "rollback": True},
    enable_ecs_managed_tags=True,
    propagate_tags="SERVICE",
    tags=tags("api"),
    opts=pulumi.ResourceOptions(depends_on=[http_listener]),
)

pulumi.export("alb_dns_name", alb.dns_name)
pulumi.export("database_endpoint", database.endpoint)
pulumi.export("documents_bucket", documents.bucket)
pulumi.export("alb_logs_bucket", alb_logs.bucket)
