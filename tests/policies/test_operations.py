"""Policies about monitoring, tags, ports and lifecycles."""

from __future__ import annotations

from policypack.testing import UNKNOWN, ref, resource
from tests.support import check


def test_monitoring_every_minute_is_enough() -> None:
    for interval, wrong in ((0, 1), (60, 0), (None, 1)):
        database = resource("aws:rds/instance:Instance", monitoringInterval=interval)
        assert len(check("enhanced-monitoring", database).violations) == wrong


def test_members_of_aurora_have_the_tags_of_their_cluster() -> None:
    assert check("snapshot-tags", resource("aws:rds/instance:Instance", engine="aurora-mysql")).is_clean
    unknown = resource("aws:rds/instance:Instance", copyTagsToSnapshot=UNKNOWN, engine="mysql")
    assert check("snapshot-tags", unknown).undecided


def test_a_port_that_is_left_out_is_the_usual_one() -> None:
    assert check("default-ports", resource("aws:rds/instance:Instance", engine="postgres")).violations == ["it.port"]
    assert check("default-ports", resource("aws:rds/instance:Instance", engine="postgres", port=6000)).is_clean


def test_rules_of_the_bucket_itself_are_a_lifecycle() -> None:
    bucket = resource("aws:s3/bucket:Bucket", "documents", lifecycleRules=[{"enabled": True}])
    assert check("bucket-lifecycle", bucket).is_clean
    other = resource("aws:s3/bucket:Bucket", "documents")
    rules = resource("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", bucket=ref(other))
    assert check("bucket-lifecycle", other, rules).is_clean
