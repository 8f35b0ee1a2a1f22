"""Functions with secrets in their environments, some of which are literals."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
stage = config.require("stage")
table = aws.dynamodb.Table(
    "rotation-state",
    attributes=[aws.dynamodb.TableAttributeArgs(name="id", type="S")],
    hash_key="id",
    billing_mode="PAY_PER_REQUEST",
)
password = aws.secretsmanager.get_random_password_output(password_length=24)
role = aws.iam.Role(
    "rotation",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}, "Effect": "Allow"}
            ],
        }
    ),
)
policy = aws.iam.Policy(
    "rotation",
    policy=pulumi.Output.all(table_arn=table.arn).apply(
        lambda args: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": [f"dynamodb:{action}" for action in ("GetItem", "PutItem")],
                        "Resource": args["table_arn"],
                    },
                    {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"},
                ],
            }
        )
    ),
)
aws.iam.RolePolicyAttachment("rotation", role=role.name, policy_arn=policy.arn)


def environment(**more: pulumi.Input[str]) -> aws.lambda_.FunctionEnvironmentArgs:
    variables: dict[str, pulumi.Input[str]] = {"STAGE": stage, "TABLE": table.name}
    variables.update(more)
    return aws.lambda_.FunctionEnvironmentArgs(variables=variables)


CODE = {"runtime": "python3.13", "handler": "app.run", "s3_bucket": "code", "s3_key": "rotation.zip"}
aws.lambda_.Function(
    "rotation-literal",
    role=role.arn,
    **CODE,
    environment=environment(
        DATABASE_URL=table.name.apply(lambda name: f"postgres://root:Summer-In-Lisbon-77@db.internal/{name}")
    ),
)
aws.lambda_.Function(
    "rotation-safe",
    role=role.arn,
    **CODE,
    environment=environment(DATABASE_URL=pulumi.Output.format("postgres://root@db.internal/{}", table.name)),
)
secret = aws.secretsmanager.Secret("rotation-secret")
aws.secretsmanager.SecretVersion(
    "rotation-secret",
    secret_id=secret.id,
    secret_string=password.random_password.apply(lambda value: json.dumps({"username": "root", "password": value})),
)
