"""A Fargate service whose containers are made by a class and read nothing but secrets."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class Container:
    name: str
    image: str
    essential: bool = True
    readonlyRootFilesystem: bool = True  # noqa: N815
    environment: list[dict[str, str]] = field(default_factory=list)
    secrets: list[dict[str, str]] = field(default_factory=list)

    def dump(self) -> str:
        return json.dumps([asdict(self)])


class Service:
    """What every service of this team has."""

    prefix = "api"
    version = "2.4.1"

    def __init__(self, name: str) -> None:
        self.name = f"{self.prefix}-{name}"
        self.repository = aws.ecr.Repository(self.name, image_tag_mutability="IMMUTABLE")
        self.secret = aws.secretsmanager.Secret(f"{self.name}-token")
        self.role = aws.iam.Role(self.name, assume_role_policy=self.trust)
        aws.iam.RolePolicy(self.name, role=self.role.id, policy=self.secret.arn.apply(self.reads))

    @property
    def trust(self) -> str:
        return json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        )

    @classmethod
    def reads(cls, arn: str) -> str:
        statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def task(self) -> aws.ecs.TaskDefinition:
        def definitions(args: dict[str, str]) -> str:
            return Container(
                self.name,
                image=f"{args['url']}:{self.version}",
                secrets=[{"name": "TOKEN", "valueFrom": args["token"]}],
            ).dump()

        return aws.ecs.TaskDefinition(
            self.name,
            family=self.name,
            execution_role_arn=self.role.arn,
            container_definitions=pulumi.Output.all(url=self.repository.repository_url, token=self.secret.arn).apply(
                definitions
            ),
        )


for service in (Service("users"), Service("carts")):
    service.task()
