"""Access: that rights are given to roles and groups, and no further than to what needs them."""

from __future__ import annotations

from typing import Final

from policypack.model import Resource, Stack
from policypack.policy import stack_policy
from policypack.requirement import FoldedConfig, Requirement, Table, controls_of, fold_table
from policypack.rows import Companion, Denied, Includes, Unset
from policypack.verdict import Verdicts

_USERS: Final = "who has which rights can be seen and changed user by user only"
_GROUPS: Final = "Put the user into an aws.iam.Group, and attach the policy to that."

_RIGHTS: Final[Table] = {
    "aws:iam/userPolicy:UserPolicy": (Unset("user", means=_USERS, note=_GROUPS, controls=("FSBP IAM.2",)),),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": (
        Unset("user", means=_USERS, note=_GROUPS, controls=("FSBP IAM.2",)),
    ),
    "aws:iam/policyAttachment:PolicyAttachment": (
        Unset("users", means=_USERS, note=_GROUPS, controls=("FSBP IAM.2",)),
    ),
    "aws:cloudformation/stack:Stack": (
        Requirement(
            "iamRoleArn",
            (),
            means="CloudFormation acts with all rights of whoever deploys",
            note="The role needs rights for what the template contains.",
            controls=("FSBP CloudFormation.4",),
        ),
    ),
    "aws:efs/accessPoint:AccessPoint": (
        Denied(
            "rootDirectory?.path",
            ("/",),
            "Set rootDirectory.path to the directory of the application, with creationInfo where it does not exist.",
            means="clients of the access point reach the whole file system",
            controls=("FSBP EFS.3",),
        ),
        Requirement(
            "rootDirectory.path",
            (),
            means="clients of the access point reach the whole file system",
            note="It needs creationInfo where the directory does not exist. This replaces the access point.",
            controls=("FSBP EFS.3",),
        ),
        Requirement(
            "posixUser.uid",
            (),
            means="clients may pose as any user of the file system",
            note="It needs posixUser.gid too. This replaces the access point.",
            controls=("FSBP EFS.4",),
        ),
    ),
    # https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_portfolios_sharing.html
    "aws:servicecatalog/portfolioShare:PortfolioShare": (
        Denied(
            "type",
            ("ACCOUNT",),
            'Set type to "ORGANIZATION" or "ORGANIZATIONAL_UNIT", and principalId to its ARN.',
            means="an account keeps the portfolio when it leaves the organization",
            controls=("FSBP ServiceCatalog.1",),
        ),
    ),
}


@stack_policy(
    id="access-paths",
    title="Rights belong to groups and roles, and access points lead to what they are for",
    types=_RIGHTS,
    severity="medium",
    enforcement="advisory",
    fix="Narrow the access.",
    frameworks=controls_of(_RIGHTS),
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
)
def access_paths(stack: Stack, config: FoldedConfig) -> Verdicts:
    """Rights that nobody needs any more stay, as nobody finds them."""
    yield from fold_table(_RIGHTS, stack, config)


def _is_subordinate(authority: Resource) -> bool | None:
    kind = authority.get("type")
    return None if kind.is_unknown else kind.text != "ROOT"


_OLD_IKE: Final = "the tunnel accepts IKEv1, which is deprecated"
_RESTRICTED: Final[Table] = {
    "aws:cloudwatch/eventBus:EventBus": (
        Companion(
            "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
            "eventBusName",
            "The event bus has no EventBusPolicy in this stack",
            "Add an aws.cloudwatch.EventBusPolicy with the bus's name as eventBusName.",
            means="who may send events is left to the rights of each role of the account",
            controls=("FSBP EventBridge.3",),
        ),
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (
        Denied(
            "rule.objectOwnership",
            ("ObjectWriter", "BucketOwnerPreferred"),
            'Set rule.objectOwnership to "BucketOwnerEnforced", and remove each aws.s3.BucketAcl of the bucket. Logs '
            "of CloudFront's older kind still need ACLs.",
            means="ACLs give access that no policy shows",
            controls=("FSBP S3.12",),
        ),
    ),
    # A subordinate authority issues the certificates; the root has to be on to make that one.
    "aws:acmpca/certificateAuthority:CertificateAuthority": (
        Requirement(
            "enabled",
            ("false",),
            unless=_is_subordinate,
            means="whoever may use the root authority can issue any certificate",
            note="Leave it on until the subordinate authorities have their certificates.",
            controls=("FSBP PCA.1",),
        ),
    ),
    "aws:apigateway/stage:Stage": (
        Requirement(
            "clientCertificateId",
            (),
            means="the backend cannot tell requests of the gateway from others",
            note="It is the id of an aws.apigateway.ClientCertificate, which the backend has to check.",
            controls=("FSBP APIGateway.2",),
        ),
    ),
    # Off by default: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AutoScalingGroupProvider.html
    "aws:ecs/capacityProvider:CapacityProvider": (
        Requirement(
            "autoScalingGroupProvider.managedTerminationProtection",
            ("ENABLED",),
            unless=lambda provider: provider.get("autoScalingGroupProvider").is_absent,
            means="instances are taken out while tasks run on them",
            note="It needs managedScaling, and protectFromScaleIn of the group.",
            controls=("FSBP ECS.19",),
        ),
    ),
    "aws:autoscaling/group:Group": (
        Unset(
            "launchConfiguration",
            means="launch configurations get no new instance types and features any more",
            note="Set launchTemplate instead.",
            controls=("FSBP AutoScaling.9",),
        ),
    ),
    # Both by default (the provider's documentation).
    "aws:ec2/vpnConnection:VpnConnection": tuple(
        row
        for number in (1, 2)
        for row in (
            Includes(f"tunnel{number}IkeVersions", ("ikev2",), means=_OLD_IKE, controls=("FSBP EC2.183",)),
            Denied(
                f"tunnel{number}IkeVersions[]",
                ("ikev1",),
                f'Set tunnel{number}IkeVersions to ["ikev2"]. The device at the other end has to know it.',
                means=_OLD_IKE,
                controls=("FSBP EC2.183",),
            ),
        )
    ),
}


@stack_policy(
    id="narrowed-settings",
    title="Event buses, authorities, gateways and tunnels accept nothing that is not needed",
    types=_RESTRICTED,
    severity="low",
    enforcement="disabled",
    fix="Narrow the setting.",
    frameworks=controls_of(_RESTRICTED),
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_permissions_least_privileges.html",
)
def narrowed_settings(stack: Stack, config: FoldedConfig) -> Verdicts:
    """What is open although nobody needs it is found by whoever looks for a way in."""
    yield from fold_table(_RESTRICTED, stack, config)
