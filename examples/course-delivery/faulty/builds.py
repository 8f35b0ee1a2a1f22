"""CodeBuild projects in the private subnets, each with a role and a log group of its own."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from iam import allow, policy, service_role
from logs import log_group
from network import Network


@dataclass
class Builds:
    """What all projects of the stack share."""

    region: str
    account_id: str
    prefix: str
    key: aws.kms.Key
    use_key: dict
    artifacts_arn: str
    network: Network
    security_group: aws.ec2.SecurityGroup

    def project(
        self,
        name: str,
        description: str,
        variables: dict[str, str | pulumi.Output[str]],
        secrets: dict[str, str],
        *statements: dict,
    ) -> aws.codebuild.Project:
        """A project that runs NAME.yml of the course's sources. `secrets` are variables with names of secrets."""
        group = log_group(name, f"/aws/codebuild/{self.prefix}-{name}", self.key)
        role = service_role(name, "codebuild.amazonaws.com", self.account_id, description)
        permissions = aws.iam.RolePolicy(
            name,
            role=role.id,
            policy=policy(
                allow(
                    ["logs:CreateLogStream", "logs:PutLogEvents"],
                    self._arn("logs", f"log-group:/aws/codebuild/{self.prefix}-{name}:*"),
                ),
                allow(["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], f"{self.artifacts_arn}/*"),
                allow(["s3:GetBucketLocation"], self.artifacts_arn),
                # Secrets Manager ends the ARN of each secret in six letters of its own.
                allow(
                    ["secretsmanager:GetSecretValue"],
                    [self._arn("secretsmanager", f"secret:{secret}-??????") for secret in secrets.values()],
                ),
                self.use_key,
                *self._connect_to_vpc(),
                *statements,
            ),
        )
        return aws.codebuild.Project(
            name,
            name=f"{self.prefix}-{name}",
            description=description,
            service_role=role.arn,
            build_timeout=20,
            encryption_key=self.key.arn,
            source={"type": "CODEPIPELINE", "buildspec": f"{name}.yml"},
            artifacts={"type": "CODEPIPELINE"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "compute_type": "BUILD_GENERAL1_SMALL",
                "environment_variables": [
                    *({"name": name, "type": "PLAINTEXT", "value": value} for name, value in variables.items()),
                    *({"name": name, "type": "SECRETS_MANAGER", "value": secret} for name, secret in secrets.items()),
                ],
            },
            vpc_config={
                "vpc_id": self.network.vpc.id,
                "subnets": [subnet.id for subnet in self.network.private_subnets],
                "security_group_ids": [self.security_group.id],
            },
            logs_config={"cloudwatch_logs": {"status": "ENABLED", "group_name": group.name}},
            opts=pulumi.ResourceOptions(depends_on=[permissions]),
        )

    def _arn(self, service: str, rest: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{rest}"

    def _connect_to_vpc(self) -> list[dict]:
        """What CodeBuild needs to put a build into a VPC."""
        interfaces = self._arn("ec2", "network-interface/*")
        looks = ["DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs"]
        return [
            allow([f"ec2:Describe{what}" for what in looks], "*"),
            allow(
                ["ec2:CreateNetworkInterface"],
                [interfaces, self._arn("ec2", "security-group/*"), self._arn("ec2", "subnet/*")],
            ),
            allow(["ec2:DeleteNetworkInterface"], interfaces),
            allow(
                ["ec2:CreateNetworkInterfacePermission"],
                interfaces,
                Condition={"StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"}},
            ),
        ]
