"""Twenty ways to place a secret: resources named wrong-… hold one that somebody can read, right-… hold none."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()


class Passwords:
    """Where a careless program keeps its own."""

    reporting = "Zt5pQw8xKc2mRv7nYb4h"


def database(name: str, **inputs: object) -> None:
    aws.rds.Instance(
        name,
        engine="postgres",
        instance_class="db.t3.small",
        allocated_storage=20,
        storage_encrypted=True,
        username="app",
        **inputs,
    )


def made(name: str) -> pulumi.Output[str]:
    class RandomPassword(pulumi.CustomResource):
        result: pulumi.Output[str]

    options = pulumi.ResourceOptions(additional_secret_outputs=["result"])
    return RandomPassword(
        "random:index/randomPassword:RandomPassword", name, {"length": 24, "special": False, "result": None}, options
    ).result


def fetched() -> str:
    return str(aws.secretsmanager.get_secret_version(secret_id="prod/orders").secret_string)


def task(name: str, **container: object) -> None:
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4"
    aws.ecs.TaskDefinition(
        name, family=name, container_definitions=json.dumps([{"name": "api", "image": image, **container}])
    )


def function(name: str, variables: dict[str, object]) -> None:
    aws.lambda_.Function(
        name, role="arn:aws:iam::123456789012:role/f", image_uri="x", environment={"variables": variables}
    )


# Wrong

database("wrong-literal", password=pulumi.Output.secret("kX3vTq9ZrLw7bNs2YdFh"))
prefix = "Hq7wLm2x"
database("wrong-concatenated", password=pulumi.Output.secret(prefix + "Vz9tKp4rBn6s"))
region = "euw1"
database("wrong-formatted", password=pulumi.Output.secret(f"Jd8fGk3m-{region}-Qs6vXn2c"))
database("wrong-attribute", password=pulumi.Output.secret(Passwords.reporting))
database("wrong-config", password=config.require("plainPassword"))
database("wrong-guessable", password=pulumi.Output.secret("TempPassword" + str(100 + 23) + "!"))
aws.secretsmanager.SecretVersion(
    "wrong-document",
    secret_id="prod/orders",
    secret_string=json.dumps({"username": "app", "password": "Wc4nRt8yUi1oPa5sDf9g"}),
)
task("wrong-environment", environment=[{"name": "DB_PASSWORD", "value": "Mn7bVc3xLk9jHg5fDs1a"}])
function("wrong-url", {"DATABASE_URL": "postgres://app:Ty6uIo2pQw8eRt4y@orders.internal:5432/orders"})
aws.ec2.Instance(
    "wrong-script",
    ami="ami-0123456789abcdef0",
    instance_type="t3.small",
    user_data="#!/bin/sh\nexport API_TOKEN=Bv5nMk8jHy2gTf6rDe4s\n",
)

# Right

database("right-managed", manage_master_user_password=True)
database("right-fetched", password=pulumi.Output.secret(fetched()))
database("right-created", password=made("created"))
database("right-config", password=config.require_secret("secretPassword"))
database("right-write-only", password_wo=config.require_secret("secretPassword"), password_wo_version=1)
aws.secretsmanager.SecretVersion("right-document", secret_id="prod/orders", secret_string=made("kept"))
secret = aws.secretsmanager.Secret("right-secret")
task(
    "right-secrets",
    secrets=[
        {"name": "DB_PASSWORD", "valueFrom": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders-AbCdEf"}
    ],
)
function("right-reference", {"DB_PASSWORD_SECRET_ARN": secret.arn})
aws.ssm.Parameter("right-parameter", name="/orders/db/password", type="SecureString", value=made("parameter"))
