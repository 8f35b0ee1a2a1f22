"""A Fargate service: container definitions with images, environments and logs."""

import json

import pulumi
import pulumi_aws as aws

stack = pulumi.get_stack()
repository = aws.ecr.Repository("web-frontend", image_scanning_configuration={"scan_on_push": True})
logs = aws.cloudwatch.LogGroup("web-frontend", retention_in_days=365)
database = aws.rds.Instance(
    "web-database",
    engine="postgres",
    instance_class="db.t4g.medium",
    allocated_storage=20,
    username="web",
    manage_master_user_password=True,
    storage_encrypted=True,
    skip_final_snapshot=False,
    final_snapshot_identifier="web-database",
)
execution = aws.iam.Role(
    "web-execution",
    assume_role_policy=aws.iam.get_policy_document(
        statements=[
            {
                "actions": ["sts:AssumeRole"],
                "principals": [{"type": "Service", "identifiers": ["ecs-tasks.amazonaws.com"]}],
            }
        ]
    ).json,
)


def container(args: list[str]) -> str:
    image, host, group = args
    definition = {
        "name": "web",
        "image": f"{image}:latest",
        "essential": True,
        "readonlyRootFilesystem": True,
        "portMappings": [{"containerPort": 80, "protocol": "tcp"}],
        "environment": [
            {"name": "DATABASE_URL", "value": f"postgres://web:Tr0ub4dor-and-3@{host}/web"},
            {"name": "STAGE", "value": stack},
        ],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": group,
                "awslogs-region": "eu-central-1",
                "awslogs-stream-prefix": "web",
            },
        },
    }
    return json.dumps([definition])


task = aws.ecs.TaskDefinition(
    "web-task",
    family="web",
    cpu="256",
    memory="512",
    network_mode="awsvpc",
    requires_compatibilities=["FARGATE"],
    execution_role_arn=execution.arn,
    container_definitions=pulumi.Output.all(repository.repository_url, database.address, logs.name).apply(container),
)
pulumi.export("web_task", task.arn)
