"""Policies about backups."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.testing import UNKNOWN, ref, resource
from tests.support import check

FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"


def test_a_plan_of_aws_backup_is_enough() -> None:
    files = resource(FILE_SYSTEM, "files")
    assert check("backup-plans", files).violations == ["files"]
    for inputs in ({"resources": [ref(files)]}, {"selectionTags": [{"key": "backup", "value": "true"}]}):
        assert check("backup-plans", files, resource("aws:backup/selection:Selection", **inputs)).is_clean


def test_a_backup_policy_of_another_file_system_is_none() -> None:
    policy = resource("aws:efs/backupPolicy:BackupPolicy", fileSystemId=UNKNOWN)
    assert check("backup-plans", resource(FILE_SYSTEM), policy).undecided


@pytest.mark.parametrize(
    ("type_", "off", "on", "place"),
    [
        (
            "aws:dynamodb/tableReplica:TableReplica",
            {},
            {"pointInTimeRecovery": True},
            "pointInTimeRecovery",
        ),
        ("aws:lightsail/database:Database", {"backupRetentionEnabled": False}, {}, "backupRetentionEnabled"),
    ],
)
def test_backups_that_are_on_or_off(type_: str, off: dict[str, Any], on: dict[str, Any], place: str) -> None:
    assert check("backup-retention", resource(type_, **off)).violations == [f"it.{place}"]
    assert check("backup-retention", resource(type_, **on)).is_clean
