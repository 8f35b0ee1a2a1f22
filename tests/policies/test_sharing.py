"""Snapshots and images: whether every AWS account may use them."""

from typing import Any

import pytest

from policypack.testing import UNKNOWN, Secret, decide, resource
from tests.support import POLICIES, check

SNAPSHOTS = [
    "aws:rds/snapshot:Snapshot",
    "aws:rds/clusterSnapshot:ClusterSnapshot",
    "aws:rds/snapshotCopy:SnapshotCopy",
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy",
]
IMAGE = "aws:ec2/amiLaunchPermission:AmiLaunchPermission"
DISTRIBUTION = "aws:imagebuilder/distributionConfiguration:DistributionConfiguration"
DOCUMENT = "aws:ssm/document:Document"


def distributed(groups: Any) -> dict[str, Any]:
    launch = {"launchPermission": {"userGroups": groups}}
    return {"distributions": [{"region": "eu-west-1", "amiDistributionConfiguration": launch}]}


@pytest.mark.parametrize(
    ("type_", "inputs", "place"),
    [
        *((type_, {"sharedAccounts": ["123456789012", "all"]}, "sharedAccounts[1]") for type_ in SNAPSHOTS),
        (IMAGE, {"group": "all"}, "group"),
        (
            DISTRIBUTION,
            distributed(["all"]),
            "distributions[0].amiDistributionConfiguration.launchPermission.userGroups[0]",
        ),
        (DOCUMENT, {"permissions": {"type": "Share", "account_ids": "All"}}, "permissions.account_ids"),
    ],
)
def test_what_every_account_may_use_is_reported(type_: str, inputs: dict[str, Any], place: str) -> None:
    decision = check("public-snapshots", resource(type_, **inputs))
    assert (decision.violations, decision.undecided) == ([f"it.{place}"], [])
    assert "every AWS account may " in decision.messages[0]


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        *((type_, {"sharedAccounts": accounts}) for type_ in SNAPSHOTS for accounts in (None, [], ["123456789012"])),
        (IMAGE, {"accountId": "123456789012"}),
        (IMAGE, {"organizationArn": "arn:aws:organizations::123456789012:organization/o-1"}),
        (DISTRIBUTION, distributed(None)),
        (DISTRIBUTION, {"distributions": [{"region": "eu-west-1"}]}),
        (DOCUMENT, {"permissions": {"type": "Share", "account_ids": "123456789012"}}),
        (DOCUMENT, {}),
    ],
)
def test_what_named_accounts_may_use_is_right(type_: str, inputs: dict[str, Any]) -> None:
    assert check("public-snapshots", resource(type_, **inputs)).is_clean


@pytest.mark.parametrize("type_", SNAPSHOTS)
def test_unknown_accounts_are_undecided(type_: str) -> None:
    for accounts in (UNKNOWN, [UNKNOWN]):
        decision = check("public-snapshots", resource(type_, sharedAccounts=accounts))
        assert decision.violations == []
        assert len(decision.undecided) == 1


def test_secret_accounts_are_judged_and_not_shown() -> None:
    [message] = decide(POLICIES["public-snapshots"], resource(SNAPSHOTS[0], sharedAccounts=[Secret("all")])).messages
    assert "sharedAccounts[0] is [secret]: every AWS account" in message


@pytest.mark.parametrize(
    ("type_", "block"),
    [
        ("aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess", "block-all-sharing"),
        ("aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess", "block-new-sharing"),
    ],
)
def test_the_block_of_an_account_may_not_be_lifted(type_: str, block: str) -> None:
    [message] = check("public-snapshots", resource(type_, state="unblocked")).messages
    assert f'Fix: Set state to "{block}".' in message
    assert check("public-snapshots", resource(type_, state=block)).is_clean
    assert check("public-snapshots", resource(type_, state=UNKNOWN)).undecided == ["it.state"]
