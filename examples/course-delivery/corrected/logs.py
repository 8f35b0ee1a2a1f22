"""Log groups: kept for 90 days, encrypted with the stack's key."""

import pulumi_aws as aws


def log_group(name: str, path: str, key: aws.kms.Key) -> aws.cloudwatch.LogGroup:
    return aws.cloudwatch.LogGroup(name, name=path, retention_in_days=90, kms_key_id=key.arn)
