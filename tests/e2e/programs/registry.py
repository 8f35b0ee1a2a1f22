"""Repositories: policies by multiplication of accounts and actions, with policy=pulumi.Output.from_input(...)."""

import json

import pulumi
import pulumi_aws as aws

PULL = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
]
PUSH = PULL + ["ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"]
ACCOUNTS = {"stage": "111111111111", "prod": "222222222222"}


def principals(accounts: dict[str, str]) -> list[str]:
    return sorted(f"arn:aws:iam::{number}:root" for number in accounts.values())


class Registry:
    def __init__(self, *names: str) -> None:
        self.repositories = {
            name: aws.ecr.Repository(
                f"registry-{name}",
                image_tag_mutability="IMMUTABLE",
                encryption_configurations=[{"encryption_type": "KMS"}],
            )
            for name in names
        }

    def share(self, name: str, actions: list[str], principal: object) -> None:
        repository = self.repositories[name]
        aws.ecr.RepositoryPolicy(
            f"registry-{name}",
            repository=repository.name,
            policy=pulumi.Output.from_input(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Sid": "Share", "Effect": "Allow", "Principal": principal, "Action": actions},
                    ],
                }
            ).apply(json.dumps),
        )
        aws.secretsmanager.SecretPolicy(
            f"registry-{name}",
            secret_arn=aws.secretsmanager.Secret(f"registry-{name}").arn,
            policy=repository.arn.apply(
                lambda arn: json.dumps(
                    {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": principal,
                                "Action": "secretsmanager:GetSecretValue",
                                "Resource": "*",
                                "Condition": {"StringEquals": {"aws:PrincipalTag/repository": arn}},
                            }
                        ],
                    }
                )
            ),
        )


registry = Registry("base", "shop", "tools")
registry.share("base", PULL, {"AWS": principals(ACCOUNTS)})
registry.share("shop", PUSH, {"AWS": f"arn:aws:iam::{ACCOUNTS['prod']}:role/deploy"})
registry.share("tools", ["ecr:*"], "*")
