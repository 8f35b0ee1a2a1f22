"""Snapshots and images: that they are not shared with every AWS account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policypack.config import Config
from policypack.model import Resource
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_SHARED: Final = "sharedAccounts[]"
# Where each type names the accounts that it is shared with, and what every account may do then.
_SHARES: Final[Mapping[str, tuple[str, str]]] = {
    "aws:rds/snapshot:Snapshot": (_SHARED, "restore the database"),
    "aws:rds/clusterSnapshot:ClusterSnapshot": (_SHARED, "restore the database"),
    "aws:rds/snapshotCopy:SnapshotCopy": (_SHARED, "restore the database"),
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": (_SHARED, "restore the database"),
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": ("group", "launch the image and read its volumes"),
    "aws:imagebuilder/distributionConfiguration:DistributionConfiguration": (
        "distributions[].amiDistributionConfiguration?.launchPermission?.userGroups[]",
        "launch the image and read its volumes",
    ),
    "aws:ssm/document:Document": ("permissions.account_ids", "read and run the document"),
}
# Settings of a whole region of the account that keep snapshots and images from being shared; each is off by this value.
_UNBLOCKED: Final[Mapping[str, str]] = {
    "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess": "block-all-sharing",
    "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess": "block-new-sharing",
}


@resource_policy(
    id="public-snapshots",
    title="Snapshots, images and documents are not shared with every AWS account",
    types={**_SHARES, **_UNBLOCKED},
    severity="critical",
    fix="Replace it with the ids of the AWS accounts that need access.",
    frameworks={
        "aws:rds/snapshot:Snapshot": ("FSBP RDS.1",),
        "aws:rds/clusterSnapshot:ClusterSnapshot": ("FSBP RDS.1",),
        "aws:rds/snapshotCopy:SnapshotCopy": ("FSBP RDS.1",),
        "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": ("FSBP RDS.1",),
        "aws:ssm/document:Document": ("FSBP SSM.4",),
    },
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_permissions_analyze_cross_account.html",
)
def public_snapshots(resource: Resource, config: Config) -> Verdicts:
    """
    Anyone with an AWS account can copy all of its data, and your logs do not show it.
    """
    if block := _UNBLOCKED.get(resource.type):
        state = resource.get("state")
        if state.is_unknown:
            yield Undecided(state)
        elif state.text == "unblocked":
            what = "snapshots" if "snapshot" in resource.type else "images"
            yield Violation(
                state,
                f"{state.path} is {state.shown}: {what} of this account may be shared with every AWS account.",
                fix=f'Set {state.path} to "{block}".',
            )
        return
    path, consequence = _SHARES[resource.type]
    for accounts in resource.each(path):
        if accounts.is_unknown:
            yield Undecided(accounts, "is it shared with every AWS account?")
        elif accounts.text.lower() == "all":
            yield Violation(
                accounts,
                f"{accounts.path} is {accounts.shown}: every AWS account may {consequence}.",
                fix=_how_to_share(resource, accounts.path),
            )


def _how_to_share(resource: Resource, path: str) -> str:
    if resource.type == "aws:ec2/amiLaunchPermission:AmiLaunchPermission":
        return "Leave group out, and set accountId or organizationArn to those that need the image."
    if resource.type == "aws:imagebuilder/distributionConfiguration:DistributionConfiguration":
        return "Leave userGroups out, and name the accounts in userIds, or organizationArns."
    return f'Replace "all" in {path} with the ids of the AWS accounts that need access.'
