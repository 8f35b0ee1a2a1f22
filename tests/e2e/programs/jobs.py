"""Step functions and batch jobs: documents in TypedDicts and heredocs."""

import json
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws


class Statement(TypedDict, total=False):
    Effect: str
    Action: str | list[str]
    Resource: Any
    Principal: Any
    Condition: dict[str, Any]


def document(*statements: Statement) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: str | list[str], resource: Any) -> Statement:
    return Statement(Effect="Allow", Action=action, Resource=resource)


queue = aws.sqs.Queue("jobs-input", sqs_managed_sse_enabled=True)
bucket = aws.s3.Bucket("jobs-results")
machine_role = aws.iam.Role(
    "jobs-machine",
    assume_role_policy=json.dumps(
        document(Statement(Effect="Allow", Principal={"Service": "states.amazonaws.com"}, Action="sts:AssumeRole"))
    ),
)
aws.iam.RolePolicy(
    "jobs-machine",
    role=machine_role.id,
    policy=pulumi.Output.json_dumps(
        document(
            allow(["sqs:SendMessage"], queue.arn),
            allow("s3:PutObject", bucket.arn.apply(lambda arn: f"{arn}/results/*")),
        )
    ),
)
runner = aws.iam.Role(
    "jobs-runner",
    assume_role_policy="""{
      "Version": "2012-10-17",
      "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
      ]
    }""",
)
aws.iam.RolePolicy(
    "jobs-runner",
    role=runner.id,
    policy=bucket.arn.apply(
        lambda arn: (
            f"""{{
          "Version": "2012-10-17",
          "Statement": [
            {{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}},
            {{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "{arn}/*"}}
          ]
        }}"""
        )
    ),
)
DEFINITION = """[{"name": "runner", "image": "IMAGE", "essential": true, "privileged": true,
  "environment": [{"name": "RESULTS", "value": "BUCKET"}]}]"""
repository = aws.ecr.Repository("jobs-runner")
aws.ecs.TaskDefinition(
    "jobs-runner",
    family="jobs-runner",
    task_role_arn=runner.arn,
    container_definitions=pulumi.Output.all(repository.repository_url, bucket.id).apply(
        lambda args: DEFINITION.replace("IMAGE", f"{args[0]}:1.4").replace("BUCKET", args[1])
    ),
)
