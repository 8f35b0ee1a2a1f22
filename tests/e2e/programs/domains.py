"""A search domain, an endpoint and a file system: documents as properties of resources, not of policies."""

import json

import pulumi
import pulumi_aws as aws

identity = aws.get_caller_identity()
key = aws.kms.Key("domains", enable_key_rotation=True)
vpc = aws.ec2.Vpc("domains", cidr_block="10.7.0.0/16")
bucket = aws.s3.Bucket("domains-snapshots")

open_access = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "es:*", "Resource": "*"}],
}


def access(scope: str, arn: str) -> str:
    if scope == "all":
        return json.dumps(open_access)
    elif scope == "account":
        own = open_access | {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{identity.account_id}:root"},
                    "Action": "es:ESHttp*",
                    "Resource": arn + "/*",
                }
            ]
        }
        return json.dumps(own)
    raise ValueError(scope)


for scope in ("all", "account"):
    domain = aws.opensearch.Domain(
        f"domains-{scope}",
        engine_version="OpenSearch_2.19",
        encrypt_at_rest={"enabled": True, "kms_key_id": key.arn},
        node_to_node_encryption={"enabled": True},
        domain_endpoint_options={"enforce_https": True, "tls_security_policy": "Policy-Min-TLS-1-2-PFS-2023-10"},
    )
    aws.opensearch.DomainPolicy(
        f"domains-{scope}",
        domain_name=domain.domain_name,
        access_policies=domain.arn.apply(lambda arn, scope=scope: access(scope, arn)),
    )

aws.ec2.VpcEndpoint(
    "domains-s3",
    vpc_id=vpc.id,
    service_name="com.amazonaws.eu-central-1.s3",
    policy=bucket.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": [arn, arn + "/*"]}
                ],
            }
        )
    ),
)
files = aws.efs.FileSystem("domains", encrypted=True, kms_key_id=key.arn)
aws.efs.FileSystemPolicy(
    "domains",
    file_system_id=files.id,
    policy=files.arn.apply(
        lambda arn: pulumi.Output.json_dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": "*"},
                        "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
                        "Resource": arn,
                    }
                ],
            }
        )
    ),
)
aws.cloudwatch.LogResourcePolicy(
    "domains",
    policy_name="domains",
    policy_document=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "es.amazonaws.com"},
                    "Action": ["logs:PutLogEvents", "logs:CreateLogStream"],
                    "Resource": "arn:aws:logs:*",
                }
            ],
        }
    ),
)
