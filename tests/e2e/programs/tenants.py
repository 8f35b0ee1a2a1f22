"""An environment of dataclasses: buckets and roles for tenants, in a comprehension and a loop."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import pulumi
import pulumi_aws as aws


class Access(str, Enum):
    READ = "read"
    WRITE = "write"
    ALL = "all"


ACTIONS = {
    Access.READ: ["s3:GetObject"],
    Access.WRITE: ["s3:GetObject", "s3:PutObject"],
    Access.ALL: ["s3:*"],
}


@dataclass
class Tenant:
    name: str
    access: Access = Access.READ
    external_id: str | None = None

    @property
    def trust(self) -> str:
        statement: dict[str, object] = {
            "Effect": "Allow",
            "Principal": {"AWS": "*" if self.external_id is None else "arn:aws:iam::210987654321:root"},
            "Action": "sts:AssumeRole",
        }
        if self.external_id is not None:
            statement["Condition"] = {"StringEquals": {"sts:ExternalId": self.external_id}}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


TENANTS = [
    Tenant("acme", external_id="b7c1d0"),
    Tenant("globex", Access.WRITE, "f2a94e"),
    Tenant(name="initech", access=Access.ALL, external_id="0d8e7c"),
]
buckets = {tenant.name: aws.s3.Bucket(f"tenants-{tenant.name}") for tenant in TENANTS}


def grants(arn: str, tenant: Tenant) -> Iterator[dict[str, object]]:
    yield {"Effect": "Allow", "Action": ACTIONS[tenant.access], "Resource": f"{arn}/{tenant.name}/*"}
    yield {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn}


for tenant in TENANTS:
    role = aws.iam.Role(f"tenants-{tenant.name}", assume_role_policy=tenant.trust)
    bucket = buckets[tenant.name]
    aws.iam.RolePolicy(
        f"tenants-{tenant.name}",
        role=role.id,
        policy=bucket.arn.apply(
            lambda arn, tenant=tenant: json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Action": ACTIONS[tenant.access], "Resource": f"{arn}/*"},
                        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn},
                    ],
                }
            )
        ),
    )
    aws.iam.RolePolicy(
        f"tenants-{tenant.name}-generated",
        role=role.id,
        policy=bucket.arn.apply(
            lambda arn, tenant=tenant: json.dumps({"Version": "2012-10-17", "Statement": list(grants(arn, tenant))})
        ),
    )
pulumi.export("tenants", {name: bucket.id for name, bucket in buckets.items()})
