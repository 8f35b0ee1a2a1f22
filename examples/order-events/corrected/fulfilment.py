"""The fulfilment service: containers on Fargate behind a public load balancer that speaks HTTPS with both sides."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from iam import allow, role

PORT = 8443


@dataclass
class Fulfilment:
    load_balancer: aws.lb.LoadBalancer
    cluster: aws.ecs.Cluster
    repository: aws.ecr.Repository


def create_fulfilment(
    prefix: str,
    region: str,
    account_id: str,
    vpc: aws.ec2.Vpc,
    balancer_subnets: list[aws.ec2.Subnet],
    balancer_security_group: aws.ec2.SecurityGroup,
    task_subnets: list[aws.ec2.Subnet],
    task_security_group: aws.ec2.SecurityGroup,
    task_permissions: list[dict],
    environment: dict[str, str],
    parameters: dict[str, str],
    log_group: aws.cloudwatch.LogGroup,
    log_group_name: str,
    access_logs: aws.s3.Bucket,
    access_logs_policy: aws.s3.BucketPolicy,
    internet_gateway: aws.ec2.InternetGateway,
) -> Fulfilment:
    """
    Names and ARNs in policies and container definitions are text: known, and so checked, before anything exists.

    :param parameters: environment variables that ECS fills from Parameter Store, each with the parameter's ARN.
    """
    config = pulumi.Config()
    load_balancer = aws.lb.LoadBalancer(
        "fulfilment",
        load_balancer_type="application",
        internal=False,
        security_groups=[balancer_security_group.id],
        subnets=[subnet.id for subnet in balancer_subnets],
        access_logs={"bucket": access_logs.id, "prefix": "fulfilment", "enabled": True},
        drop_invalid_header_fields=True,
        enable_deletion_protection=True,
        opts=pulumi.ResourceOptions(depends_on=[access_logs_policy, internet_gateway]),
    )
    target_group = aws.lb.TargetGroup(
        "fulfilment",
        vpc_id=vpc.id,
        target_type="ip",
        protocol="HTTPS",
        port=PORT,
        health_check={"protocol": "HTTPS", "path": "/health", "matcher": "200"},
    )
    listener = aws.lb.Listener(
        "https",
        load_balancer_arn=load_balancer.arn,
        port=443,
        protocol="HTTPS",
        ssl_policy="ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        certificate_arn=config.require("certificateArn"),
        default_actions=[{"type": "forward", "target_group_arn": target_group.arn}],
    )

    repository = aws.ecr.Repository(
        "fulfilment",
        name=prefix,
        image_tag_mutability="IMMUTABLE",
        image_scanning_configuration={"scan_on_push": True},
    )
    keep_30_images = {
        "rulePriority": 1,
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
        "action": {"type": "expire"},
    }
    aws.ecr.LifecyclePolicy("fulfilment", repository=repository.name, policy=json.dumps({"rules": [keep_30_images]}))
    execution_role, execution_policy = role(
        "fulfilment-execution",
        "ecs-tasks",
        account_id,
        "Pulls the image, reads the parameters, writes the logs",
        allow(["ecr:GetAuthorizationToken"], "*"),
        allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            f"arn:aws:ecr:{region}:{account_id}:repository/{prefix}",
        ),
        allow(
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            f"arn:aws:logs:{region}:{account_id}:log-group:{log_group_name}:*",
        ),
        allow(["ssm:GetParameters"], list(parameters.values())),
    )
    task_role, task_policy = role(
        "fulfilment-task", "ecs-tasks", account_id, "What the fulfilment service itself may do", *task_permissions
    )
    container = {
        "name": "fulfilment",
        "image": f"{account_id}.dkr.ecr.{region}.amazonaws.com/{prefix}:{config.require('version')}",
        "essential": True,
        "user": "10001",
        "privileged": False,
        "readonlyRootFilesystem": True,
        "portMappings": [{"containerPort": PORT, "protocol": "tcp"}],
        "environment": [{"name": name, "value": value} for name, value in environment.items()],
        "secrets": [{"name": name, "valueFrom": arn} for name, arn in parameters.items()],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group_name,
                "awslogs-region": region,
                "awslogs-stream-prefix": "fulfilment",
                "mode": "non-blocking",
            },
        },
    }
    task_definition = aws.ecs.TaskDefinition(
        "fulfilment",
        family=prefix,
        requires_compatibilities=["FARGATE"],
        network_mode="awsvpc",
        cpu="512",
        memory="1024",
        execution_role_arn=execution_role.arn,
        task_role_arn=task_role.arn,
        container_definitions=json.dumps([container]),
        opts=pulumi.ResourceOptions(depends_on=[log_group]),
    )
    cluster = aws.ecs.Cluster("fulfilment", settings=[{"name": "containerInsights", "value": "enabled"}])
    aws.ecs.Service(
        "fulfilment",
        cluster=cluster.arn,
        task_definition=task_definition.arn,
        launch_type="FARGATE",
        desired_count=2,
        network_configuration={
            "subnets": [subnet.id for subnet in task_subnets],
            "security_groups": [task_security_group.id],
            "assign_public_ip": False,
        },
        load_balancers=[{"target_group_arn": target_group.arn, "container_name": "fulfilment", "container_port": PORT}],
        health_check_grace_period_seconds=60,
        deployment_circuit_breaker={"enable": True, "rollback": True},
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        opts=pulumi.ResourceOptions(depends_on=[listener, execution_policy, task_policy]),
    )
    return Fulfilment(load_balancer, cluster, repository)
