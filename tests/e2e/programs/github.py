"""Trust for GitHub's workflows: conditions tell a safe trust from one for all the world."""

import json

import pulumi
import pulumi_aws as aws

HOST = "token.actions.githubusercontent.com"
provider = aws.iam.OpenIdConnectProvider(
    "github-actions",
    url=f"https://{HOST}",
    client_id_lists=["sts.amazonaws.com"],
    thumbprint_lists=["6938fd4d98bab03faadb97b34396831e3780aea1"],
)


def trust(arn: str, subjects: dict[str, str] | None) -> str:
    condition = {"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"}}
    if subjects:
        condition["StringLike"] = subjects
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": arn},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": condition,
                }
            ],
        }
    )


deploy = aws.iam.Role(
    "github-deploy",
    assume_role_policy=provider.arn.apply(lambda arn: trust(arn, {f"{HOST}:sub": "repo:example/shop:*"})),
)
anybody = aws.iam.Role("github-anybody", assume_role_policy=provider.arn.apply(lambda arn: trust(arn, None)))
everything = aws.iam.Policy(
    "github-deploy",
    policy=provider.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": ["sts:TagSession"], "Resource": arn},
                    {"Effect": "Allow", "NotAction": ["iam:CreateUser"], "Resource": "*"},
                ],
            }
        )
    ),
)
aws.iam.RolePolicyAttachment("github-deploy", role=deploy.name, policy_arn=everything.arn)
pulumi.export("github", [deploy.arn, anybody.arn])
