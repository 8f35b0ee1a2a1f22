"""Backups: a vault's policy, and a bucket whose statements come from several places."""

import json
from itertools import chain

import pulumi
import pulumi_aws as aws

RETENTION = pulumi.Config().get_int("retention") or 30
KEEPERS = ["arn:aws:iam::123456789012:role/backup-admin"]

vault = aws.backup.Vault("archive-vault")
aws.backup.VaultPolicy(
    "archive-vault",
    backup_vault_name=vault.name,
    policy=vault.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": ["backup:DeleteRecoveryPoint", "backup:PutBackupVaultAccessPolicy"],
                        "Resource": arn,
                        "Condition": {"ArnNotLike": {"aws:PrincipalArn": KEEPERS}},
                    },
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": "*"},
                        "Action": "backup:CopyIntoBackupVault",
                        "Resource": "*",
                    },
                ],
            }
        )
    ),
)
bucket = aws.s3.Bucket("archive-documents", object_lock_enabled=RETENTION > 90)


def tls_only(arn):
    return [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, arn + "/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def readers(arn, accounts=("111111111111", "222222222222")):
    result = []
    for account in accounts:
        result.append(
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::%s:root" % account},
                "Action": ["s3:GetObject"],
                "Resource": "{}/shared/*".format(arn),
            }
        )
    return result


def everybody(arn):
    return [dict(Effect="Allow", Principal="*", Action=["s3:GetObject", "s3:DeleteObject"], Resource=arn + "/*")]


aws.s3.BucketPolicy(
    "archive-documents",
    bucket=bucket.id,
    policy=bucket.arn.apply(
        lambda arn: json.dumps({"Version": "2012-10-17", "Statement": tls_only(arn) + readers(arn) + everybody(arn)})
    ),
)
second = aws.s3.Bucket("archive-copies")
aws.s3.BucketPolicy(
    "archive-copies",
    bucket=second.id,
    policy=second.arn.apply(
        lambda arn: json.dumps(
            {"Version": "2012-10-17", "Statement": list(chain(tls_only(arn), readers(arn, ["333333333333"])))}
        )
    ),
)
