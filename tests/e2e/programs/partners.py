"""Roles for partners: documents from a module-level template, with Output.all and keyword arguments."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Output

cfg = pulumi.Config("programs")
PARTNERS: dict[str, dict[str, Any]] = {
    "north": {"principal": cfg.require("partner"), "prefixes": ["in", "out"]},
    "south": {"principal": "*", "prefixes": []},
}
exchange = aws.s3.Bucket("partners-exchange")
notices = aws.sqs.Queue("partners-notices", sqs_managed_sse_enabled=True)


def trust(principal: str, external_id: str | None = None) -> str:
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}} if external_id else {}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", **condition},
            ],
        }
    )


def access_policy(bucket: str, queue: str, prefixes: list[str]) -> str:
    statements = [{"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": queue}]
    statements.extend(
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"{bucket}/{prefix}/*"}
        for prefix in prefixes
    )
    if not prefixes:
        statements.append({"Effect": "Allow", "Action": ["s3:*", "sqs:*"], "Resource": ["*"]})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


for index, (partner, settings) in enumerate(PARTNERS.items()):
    role = aws.iam.Role(
        f"partners-{partner}",
        assume_role_policy=exchange.id.apply(
            lambda _, settings=settings, index=index: trust(
                settings["principal"], f"exchange-{index}" if settings["principal"] != "*" else None
            )
        ),
    )
    aws.iam.RolePolicy(
        f"partners-{partner}",
        role=role.id,
        policy=Output.all(bucket=exchange.arn, queue=notices.arn, prefixes=settings["prefixes"]).apply(
            lambda args: access_policy(**args)
        ),
    )
aws.sqs.QueuePolicy(
    "partners-notices",
    queue_url=notices.id,
    policy=Output.all(notices.arn, exchange.arn).apply(
        lambda args: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "s3.amazonaws.com"},
                        "Action": "sqs:SendMessage",
                        "Resource": args[0],
                        "Condition": {"ArnEquals": {"aws:SourceArn": args[1]}},
                    }
                ],
            }
        )
    ),
)
