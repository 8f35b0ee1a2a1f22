"""The order service: containers on Fargate behind an internal load balancer that speaks HTTPS with both sides."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from iam import allow, from_account, policy, service_role

PORT = 8443


@dataclass
class Backend:
    load_balancer: aws.lb.LoadBalancer
    cluster: aws.ecs.Cluster
    repository: aws.ecr.Repository


def create_backend(
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
) -> Backend:
    """
    Names and ARNs in policies and container definitions are text: known, and so checked, before anything exists.

    :param parameters: environment variables that ECS fills from Parameter Store, each with the parameter's ARN.
    """
    config = pulumi.Config()
    load_balancer = aws.lb.LoadBalancer(
        "api",
        load_balancer_type="application",
        internal=True,
        security_groups=[balancer_security_group.id],
        subnets=[subnet.id for subnet in balancer_subnets],
        access_logs={"bucket": config.require("accessLogsBucket"), "prefix": prefix, "enabled": True},
        drop_invalid_header_fields=True,
        enable_deletion_protection=True,
    )
    target_group = aws.lb.TargetGroup(
        "api",
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
        "api",
        name=prefix,
        image_tag_mutability="IMMUTABLE",
        image_scanning_configuration={"scan_on_push": True},
    )
    keep_30_images = {
        "rulePriority": 1,
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
        "action": {"type": "expire"},
    }
    aws.ecr.LifecyclePolicy("api", repository=repository.name, policy=json.dumps({"rules": [keep_30_images]}))
    execution_role = service_role(
        "api-execution",
        "ecs-tasks.amazonaws.com",
        "Pulls the image, reads the parameters, writes the logs",
        **from_account(account_id),
    )
    execution_policy = aws.iam.RolePolicy(
        "api-execution",
        role=execution_role.id,
        policy=policy(
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
        ),
    )
    task_role = service_role(
        "api-task", "ecs-tasks.amazonaws.com", "What the order service itself may do", **from_account(account_id)
    )
    task_policy = aws.iam.RolePolicy("api-task", role=task_role.id, policy=policy(*task_permissions))

    container = {
        "name": "api",
        "image": f"{account_id}.dkr.ecr.{region}.amazonaws.com/{prefix}:{config.require('imageTag')}",
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
                "awslogs-stream-prefix": "api",
                "mode": "non-blocking",
            },
        },
    }
    task_definition = aws.ecs.TaskDefinition(
        "api",
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
    cluster = aws.ecs.Cluster("api", settings=[{"name": "containerInsights", "value": "enabled"}])
    aws.ecs.Service(
        "api",
        cluster=cluster.arn,
        task_definition=task_definition.arn,
        launch_type="FARGATE",
        desired_count=2,
        network_configuration={
            "subnets": [subnet.id for subnet in task_subnets],
            "security_groups": [task_security_group.id],
            "assign_public_ip": False,
        },
        load_balancers=[{"target_group_arn": target_group.arn, "container_name": "api", "container_port": PORT}],
        health_check_grace_period_seconds=60,
        deployment_circuit_breaker={"enable": True, "rollback": True},
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        opts=pulumi.ResourceOptions(depends_on=[listener, execution_policy, task_policy]),
    )
    return Backend(load_balancer, cluster, repository)
