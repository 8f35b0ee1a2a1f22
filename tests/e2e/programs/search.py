"""Policies by get_policy_document_output, one of them made of another."""

import pulumi
import pulumi_aws as aws
from pulumi_aws import iam

services = pulumi.Config().require_object("services")
domain_logs = aws.cloudwatch.LogGroup("search-domain", retention_in_days=30)
queue = aws.sqs.Queue("search-index", sqs_managed_sse_enabled=True)
dead = aws.sqs.Queue("search-dead", sqs_managed_sse_enabled=True)

trust = iam.get_policy_document(
    statements=[
        iam.GetPolicyDocumentStatementArgs(
            effect="Allow",
            actions=["sts:AssumeRole"],
            principals=[
                iam.GetPolicyDocumentStatementPrincipalArgs(type="Service", identifiers=["lambda.amazonaws.com"])
            ],
        )
    ]
)
base = iam.get_policy_document_output(
    statements=[
        iam.GetPolicyDocumentStatementArgs(
            sid="Consume",
            actions=["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            resources=[queue.arn, dead.arn],
        )
    ]
)
for service in services:
    name = f"search-{service['name']}"
    role = iam.Role(name, assume_role_policy=trust.json)
    extended = iam.get_policy_document_output(
        source_policy_documents=[base.json],
        statements=[
            iam.GetPolicyDocumentStatementArgs(
                sid="Logs",
                actions=["logs:*"] if service["port"] == 8080 else ["logs:PutLogEvents", "logs:CreateLogStream"],
                resources=["*"] if service["name"] == "search" else [domain_logs.arn.apply(lambda arn: f"{arn}:*")],
            )
        ],
    )
    iam.RolePolicy(name, role=role.name, policy=extended.json)

iam.Policy(
    "search-operators",
    policy=iam.get_policy_document_output(
        statements=[
            {"sid": "All", "actions": ["es:*"], "resources": ["*"]},
            {"effect": "Deny", "actions": ["es:DeleteDomain"], "resources": ["*"]},
        ]
    ).apply(lambda made: made.json),
)
