"""Policies about backups."""

from __future__ import annotations

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
