"""A program of several modules: constants, functions that make policies, and the resources."""

import pulumi
import pulumi_aws as aws

from . import constants
from .policies import access, trust_of

table = aws.dynamodb.Table(
    "payments-ledger",
    attributes=[{"name": constants.HASH_KEY, "type": "S"}],
    hash_key=constants.HASH_KEY,
    billing_mode="PAY_PER_REQUEST",
    point_in_time_recovery={"enabled": True},
)
topic = aws.sns.Topic("payments-events", kms_master_key_id="alias/aws/sns")

writer = aws.iam.Role("payments-writer", assume_role_policy=trust_of(constants.COMPUTE))
aws.iam.RolePolicy(
    "payments-writer",
    role=writer.name,
    policy=pulumi.Output.all(table=table.arn, topic=topic.arn).apply(
        lambda made: access(
            (constants.WRITE, made["table"]),
            (constants.PUBLISH, made["topic"]),
        )
    ),
)
admin = aws.iam.Role("payments-admin", assume_role_policy=trust_of(constants.COMPUTE))
aws.iam.RolePolicy(
    "payments-admin",
    role=admin.name,
    policy=table.arn.apply(lambda arn: access((constants.EVERYTHING, "*"), (constants.WRITE, arn))),
)
