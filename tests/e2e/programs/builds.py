"""Roles of a pipeline; a decorator wraps what makes their documents."""

import functools
import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws


def as_document(make: Callable[..., list[dict[str, Any]]]) -> Callable[..., str]:
    @functools.wraps(make)
    def wrapper(*args: Any, **kwargs: Any) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": make(*args, **kwargs)})

    return wrapper


@as_document
def assumed_by(service: str) -> list[dict[str, Any]]:
    return [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]


@as_document
def building(artifacts: str, *, wide: bool = False) -> list[dict[str, Any]]:
    actions = ["s3:GetObject", "s3:PutObject"]
    return [
        {"Effect": "Allow", "Action": actions, "Resource": f"{artifacts}/*"},
        {"Effect": "Allow", "Action": "iam:*" if wide else "codebuild:StartBuild", "Resource": "*"},
    ]


artifacts = aws.s3.Bucket("builds-artifacts")
for stage in ["test", "release"]:
    role = aws.iam.Role(f"builds-{stage}", assume_role_policy=assumed_by("codebuild.amazonaws.com"))
    aws.iam.RolePolicy(
        f"builds-{stage}",
        role=role.id,
        policy=artifacts.arn.apply(lambda arn, stage=stage: building(arn, wide=stage == "release")),
    )
    pulumi.export(f"builds-{stage}", role.arn)
