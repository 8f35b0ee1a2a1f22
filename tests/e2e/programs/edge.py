"""A distribution's bucket: policies with conditions, and one that a condition on config adds to."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
is_prod = config.get("stage") == "prod"
is_open = config.get_bool("open") or False
account_id = aws.get_caller_identity_output().account_id

site = aws.s3.Bucket("edge-site", tags={"stage": "prod" if is_prod else "dev"})
preview_site = aws.s3.Bucket("edge-preview")
control = aws.cloudfront.OriginAccessControl(
    "edge-site",
    origin_access_control_origin_type="s3",
    signing_behavior="always",
    signing_protocol="sigv4",
)
distribution = aws.cloudfront.Distribution(
    "edge-site",
    enabled=True,
    origins=[
        {
            "domain_name": site.bucket_regional_domain_name,
            "origin_id": "site",
            "origin_access_control_id": control.id,
        }
    ],
    default_cache_behavior={
        "allowed_methods": ["GET", "HEAD"],
        "cached_methods": ["GET", "HEAD"],
        "target_origin_id": "site",
        "viewer_protocol_policy": "redirect-to-https",
        "forwarded_values": {"query_string": False, "cookies": {"forward": "none"}},
    },
    restrictions={"geo_restriction": {"restriction_type": "none"}},
    viewer_certificate={"cloudfront_default_certificate": True},
)


def read_by_cloudfront(bucket_arn: str, distribution_arn: str) -> str:
    statement = {
        "Sid": "AllowCloudFront",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"{bucket_arn}/*",
    }
    if distribution_arn:
        statement["Condition"] = {"StringEquals": {"AWS:SourceArn": distribution_arn}}
    statements = [statement]
    if is_prod:
        statements.append(
            {
                "Sid": "DenyHttp",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket_arn, f"{bucket_arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        )
    if is_open:
        statements.append({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": f"{bucket_arn}/*"})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


aws.s3.BucketPolicy(
    "edge-site",
    bucket=site.id,
    policy=pulumi.Output.all(site.arn, distribution.arn).apply(lambda arns: read_by_cloudfront(*arns)),
)
aws.s3.BucketPolicy(
    "edge-preview",
    bucket=preview_site.id,
    policy=pulumi.Output.all(bucket=preview_site.arn, owner=account_id).apply(
        lambda made: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": "*" if is_prod else {"AWS": made["owner"]},
                        "Action": ["s3:GetObject", "s3:PutObject"],
                        "Resource": made["bucket"] + "/*",
                    }
                ],
            }
        )
    ),
)
pulumi.export("edge", distribution.domain_name)
