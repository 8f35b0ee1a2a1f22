"""Container definitions for services from config and from a list; environments from dictionaries."""

import json

import pulumi
import pulumi_aws as aws

services = json.loads(pulumi.Config().require("services"))
queue = aws.sqs.Queue("workers-input", sqs_managed_sse_enabled=True)
token = aws.ssm.Parameter("workers-token", type="SecureString", value=pulumi.Output.secret("from-elsewhere"))
ENVIRONMENT = {"LOG_LEVEL": "info", "REGION": aws.config.region or "eu-central-1"}


def as_pairs(variables: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": key, "value": value} for key, value in variables.items()]


def definition(name: str, image: str, port: int | None = None, user: str = "1000", **environment: str) -> dict:
    container = {
        "name": name,
        "image": image,
        "user": user,
        "essential": True,
        "readonlyRootFilesystem": True,
        "environment": as_pairs({**ENVIRONMENT, **environment}),
    }
    if port:
        container["portMappings"] = [{"containerPort": port}]
    return container


for service in services:
    aws.ecs.TaskDefinition(
        f"workers-{service['name']}",
        family=service["name"],
        container_definitions=pulumi.Output.all(queue.url, token.arn).apply(
            lambda args, service=service: json.dumps(
                [
                    {
                        **definition(
                            service["name"],
                            f"registry.example.com/{service['name']}:3.1",
                            service["port"],
                            QUEUE=args[0],
                        ),
                        "secrets": [{"name": "TOKEN", "valueFrom": args[1]}],
                    }
                ]
            )
        ),
    )

sidecars = ["envoy", "agent:latest"]
aws.ecs.TaskDefinition(
    "workers-mesh",
    family="mesh",
    container_definitions=queue.url.apply(
        lambda url: json.dumps(
            [definition(image.split(":")[0], f"public.ecr.aws/example/{image}", QUEUE=url) for image in sidecars]
            + [
                definition(
                    "root", "registry.example.com/root@sha256:" + "ab" * 32, user="root", PASSWORD="Mountain-Lake-41"
                )
            ]
        )
    ),
)
