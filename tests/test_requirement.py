"""The vocabulary of policies."""

from collections.abc import Iterable
from typing import Any

import pytest

from policypack.listing import joined, some
from policypack.model import UNKNOWN, Context, Resource, Stack
from policypack.requirement import (
    FoldedConfig,
    Requirement,
    all_of,
    any_of,
    first_unknown,
    fold,
    is_replica,
    reads_a_stream,
    without_companion,
)
from policypack.testing import ref, resource
from policypack.verdict import Undecided, Verdict, Violation

DATABASE = "aws:rds/instance:Instance"
BUCKET = "aws:s3/bucket:Bucket"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"


@pytest.mark.parametrize(
    ("answers", "anybody", "everybody"),
    [
        ([], False, False),
        ([True], True, True),
        ([False], False, False),
        ([None], None, None),
        ([True, False], True, False),
        ([True, None], True, None),
        ([False, None], None, False),
        ([True, False, None], True, False),
    ],
)
def test_three_valued_logic(answers: list[bool | None], anybody: bool | None, everybody: bool | None) -> None:
    assert any_of(answers) is anybody
    assert all_of(answers) is everybody


def test_the_first_unknown_value() -> None:
    it = resource(DATABASE, engine="postgres", engineVersion=UNKNOWN, kmsKeyId=UNKNOWN)
    version, key = it.get("engineVersion"), it.get("kmsKeyId")
    assert first_unknown(it.get("engine"), it.get("missing"), version, key) == version
    assert first_unknown(it.get("engine"), it.get("missing")) is None
    assert first_unknown() is None


@pytest.mark.parametrize(
    ("type_", "inputs", "replica"),
    [
        (DATABASE, {}, False),
        (DATABASE, {"replicateSourceDb": "primary"}, True),
        (DATABASE, {"replicateSourceDb": UNKNOWN}, True),
        (DATABASE, {"replicateSourceDb": ""}, False),
        (DATABASE, {"snapshotIdentifier": "nightly"}, False),
        ("aws:neptune/cluster:Cluster", {"replicationSourceIdentifier": "primary"}, True),
        (BUCKET, {}, False),
    ],
)
def test_replicas(type_: str, inputs: dict[str, Any], replica: bool) -> None:
    assert is_replica(resource(type_, **inputs)) is replica


def test_a_delivery_stream_that_reads_a_stream() -> None:
    firehose = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
    assert reads_a_stream(resource(firehose, kinesisSourceConfiguration=UNKNOWN))
    assert not reads_a_stream(resource(firehose))


def companion(*others: Resource) -> list[type]:
    bucket = resource(BUCKET, "documents")
    stack = Stack([bucket, *others], bucket.context)
    bound = stack.resources[bucket.urn]
    return [type(verdict) for verdict in without_companion(bound, VERSIONING, "bucket", Violation(bound, "no"))]


def test_a_companion_that_must_exist() -> None:
    bucket, other = resource(BUCKET, "documents"), resource(BUCKET, "other")
    assert companion() == [Violation]
    assert companion(resource(VERSIONING, bucket=ref(bucket))) == []
    assert companion(other, resource(VERSIONING, bucket=ref(other))) == [Violation]
    assert companion(resource(VERSIONING, bucket=UNKNOWN)) == [Undecided]


def violations(*messages: str) -> list[Violation]:
    return [Violation(resource(BUCKET, f"b{number}"), message) for number, message in enumerate(messages)]


def test_equal_violations_are_folded() -> None:
    unknown = Undecided(resource(BUCKET, "u", acl=UNKNOWN).get("acl"))
    whole = Violation(None, "The stack is wrong.")
    found: list[Verdict] = [*violations("Wrong.", "Wrong.", "Other."), unknown, whole]
    folded = list(fold(found, FoldedConfig()))
    assert folded[:2] == [unknown, whole]
    assert [verdict.message for verdict in folded if isinstance(verdict, Violation)][1:] == [
        "2 resources: Wrong.\nThese are 'b0' (Bucket) and 'b1' (Bucket).",
        "Other.",
    ]
    assert list(fold(found, FoldedConfig(per_resource=True))) == found


class BucketsOnly:
    """A run that asks about buckets only, and there for one control."""

    def asks(self, type_: str, controls: tuple[str, ...] | None) -> bool:
        return type_ == BUCKET and controls in (None, ("S3.1",))


def asked(type_: str, name: str = "it", **inputs: Any) -> Resource:
    return resource(type_, name, with_context=Context(asked=BucketsOnly()), **inputs)


def test_what_a_run_does_not_ask_about_is_not_folded_into_what_it_does() -> None:
    found = [
        Violation(asked(type_, name), "Wrong.") for type_, name in ((BUCKET, "a"), (BUCKET, "b"), (VERSIONING, "c"))
    ]
    [folded] = fold(found, FoldedConfig())
    assert isinstance(folded, Violation)
    assert folded.message == "2 resources: Wrong.\nThese are 'a' (Bucket) and 'b' (Bucket)."


@pytest.mark.parametrize(
    ("type_", "controls", "verdicts"),
    [(BUCKET, ("S3.1",), 1), (BUCKET, ("S3.2",), 0), (BUCKET, (), 0), (VERSIONING, ("S3.1",), 0)],
)
def test_a_row_that_a_run_does_not_ask_about_is_not_checked(
    type_: str, controls: tuple[str, ...], verdicts: int
) -> None:
    row = Requirement("acl", ("private",), controls=controls)
    assert len(list(row.check(asked(type_, acl=UNKNOWN)))) == verdicts


def test_what_differs_in_fix_or_level_is_not_folded() -> None:
    one, other = violations("Wrong.", "Wrong.")
    for different in (
        Violation(other.at, "Wrong.", fix="Mend it."),
        Violation(other.at, "Wrong.", level="advisory"),
        Violation(one.at, "Wrong."),
    ):
        assert list(fold([one, different], FoldedConfig())) == [one, different]


def test_the_first_few() -> None:
    assert some(["a", "b", "c"], 3) == "a, b and c"
    assert some(["a", "b", "c"], 2) == "a, b and 1 other"
    assert some([], 2) == ""


def test_a_property_left_out_follows_what_the_resource_is_made_from() -> None:
    copy = "aws:ebs/snapshotCopy:SnapshotCopy"
    requirement = Requirement("encrypted", made_from=("snapshotId",), judged=(copy,))
    snapshot = resource(copy, "snapshot")

    def verdicts(**inputs: Any) -> list[type]:
        volume = resource("aws:ebs/volume:Volume", "volume", **inputs)
        stack = Stack([snapshot, volume], volume.context)
        return [type(verdict) for verdict in requirement.check(stack.resources[volume.urn], "bad")]

    assert verdicts() == [Violation]
    assert verdicts(snapshotId="snap-1") == [Undecided]
    assert verdicts(snapshotId=UNKNOWN) == [Undecided]
    assert verdicts(snapshotId=ref(snapshot)) == []
    assert verdicts(snapshotId=ref(snapshot), encrypted=False) == [Violation]


@pytest.mark.parametrize(("items", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), ("abc", "a, b and c")])
def test_a_list_in_a_sentence(items: Iterable[str], said: str) -> None:
    assert joined(items) == said
