"""A pipeline from a module-level configuration: conditionals, early returns and nested functions."""

import json
import os

import pulumi
import pulumi_aws as aws

SETTINGS = {
    "test": {"branch": "main", "deploys": False},
    "live": {"branch": "release", "deploys": True, "boundary": None},
}
artifacts = aws.s3.Bucket("pipelines-artifacts")
key = aws.kms.Key("pipelines", enable_key_rotation=True)


def rights(arns: list[str], settings: dict[str, object]) -> list[dict[str, object]]:
    bucket, key_arn = arns

    def on(resource: str | list[str], *actions: str) -> dict[str, object]:
        return {"Effect": "Allow", "Action": [*actions], "Resource": resource}

    found = [
        on([bucket, f"{bucket}/*"], "s3:GetObject", "s3:PutObject", "s3:ListBucket"),
        on(key_arn, "kms:Decrypt", "kms:GenerateDataKey"),
    ]
    if not settings["deploys"]:
        return found
    if settings.get("boundary"):
        return [*found, on("*", "iam:PassRole")]
    return [*found, on("*", "iam:PassRole", "iam:CreateRole", "iam:AttachRolePolicy")]


for name, settings in SETTINGS.items():
    role = aws.iam.Role(
        f"pipelines-{name}",
        assume_role_policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": ["codepipeline.amazonaws.com", "codebuild.amazonaws.com"]},
                        "Action": ["sts:AssumeRole"],
                    }
                ],
            }
        ),
    )
    aws.iam.RolePolicy(
        f"pipelines-{name}",
        role=role.id,
        policy=pulumi.Output.all(artifacts.arn, key.arn).apply(
            lambda arns, settings=settings: json.dumps({"Version": "2012-10-17", "Statement": rights(arns, settings)})
        ),
    )
    project = aws.codebuild.Project(
        f"pipelines-{name}",
        service_role=role.arn,
        artifacts={"type": "NO_ARTIFACTS"},
        source={"type": "NO_SOURCE", "buildspec": "version: 0.2"},
        environment={
            "compute_type": "BUILD_GENERAL1_SMALL",
            "image": "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
            "type": "LINUX_CONTAINER",
            "environment_variables": [
                {"name": "ARTIFACTS", "value": artifacts.id},
                {
                    "name": "REGISTRY_LOGIN",
                    "value": artifacts.id.apply(lambda _: "robot:N0t-Very-Secret-Really"),
                },
                {"name": "AGENT", "value": os.environ.get("PIPELINE_AGENT", "none")},
            ],
        },
    )
