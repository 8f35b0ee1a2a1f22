"""Functions, each with a log group and a role of its own."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from iam import allow, role


@dataclass
class Functions:
    """What all functions of the stack share."""

    prefix: str
    region: str
    account_id: str
    logs_key: aws.kms.Key

    def create(self, name: str, description: str, *statements: dict, **environment: str) -> aws.lambda_.Function:
        config = pulumi.Config()
        path = f"/aws/lambda/{self.prefix}-{name}"
        log_group = aws.cloudwatch.LogGroup(
            f"function-{name}", name=path, retention_in_days=90, kms_key_id=self.logs_key.arn
        )
        log_arn = f"arn:aws:logs:{self.region}:{self.account_id}:log-group:{path}"
        made, permissions = role(
            f"function-{name}",
            "lambda",
            self.account_id,
            description,
            allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_arn}:*"),
            *statements,
        )
        return aws.lambda_.Function(
            name,
            name=f"{self.prefix}-{name}",
            description=description,
            runtime="python3.13",
            architectures=["arm64"],
            handler=f"{name}.handler",
            s3_bucket=config.require("artifactsBucket"),
            s3_key=f"order-events/{config.require('version')}/{name}.zip",
            role=made.arn,
            memory_size=256,
            timeout=30,
            environment={"variables": environment} if environment else None,
            logging_config={"log_format": "JSON", "log_group": log_group.name},
            opts=pulumi.ResourceOptions(depends_on=[permissions]),
        )
