"""Policy documents and the roles that AWS services take on."""

import json

import pulumi_aws as aws


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(actions: list[str], resource: str | list[str], **rest: dict) -> dict:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **rest}


def deny_insecure_transport(bucket_arn: str) -> dict:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def service_role(name: str, service: str, account_id: str, description: str) -> aws.iam.Role:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
    }
    return aws.iam.Role(name, description=description, assume_role_policy=policy(trust))
