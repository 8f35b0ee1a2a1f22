"""A program whose documents are unknown at its first preview."""

import json

import pulumi
import pulumi_aws as aws

bucket = aws.s3.Bucket("uploads")
queue = aws.sqs.Queue("jobs")
repository = aws.ecr.Repository("api")
aws.iam.Policy(
    "admin",
    policy=bucket.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": "*", "Resource": [arn, f"{arn}/*"]},
                    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": arn},
                ],
            }
        )
    ),
)
aws.sqs.QueuePolicy(
    "open",
    queue_url=queue.id,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": queue.arn}],
        }
    ),
)
aws.ecs.TaskDefinition(
    "api",
    family="api",
    container_definitions=pulumi.Output.all(repository.repository_url, queue.url).apply(
        lambda args: json.dumps(
            [
                {
                    "name": "api",
                    "image": f"{args[0]}:latest",
                    "environment": [
                        {"name": "QUEUE_URL", "value": args[1]},
                        {"name": "DB_PASSWORD", "value": "Correct-Horse-2024"},
                    ],
                }
            ]
        )
    ),
)
