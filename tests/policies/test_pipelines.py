"""Policies about pipelines."""

from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.model import Resource
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.support import POLICIES, check

POLICY = "codepipeline-artifact-store"
PIPELINE = "aws:codepipeline/pipeline:Pipeline"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/0d990263-018e-4e65-a703-eff731de951e"


def pipeline(*keys: Any) -> Resource:
    stores = [{"location": "artifacts", "type": "S3", "encryptionKey": key} for key in keys]
    return resource(PIPELINE, "delivery", artifactStores=stores)


def kms(id_: Any = KEY, type_: Any = "KMS") -> dict[str, Any]:
    return {"id": id_, "type": type_}


@pytest.mark.parametrize("key", [None, {}, kms(None), kms("")])
def test_a_store_without_a_key_is_reported(key: Any) -> None:
    decision = check(POLICY, pipeline(key))
    assert decision.violations == ["delivery.artifactStores[0].encryptionKey.id"]
    assert "artifactStores[0].encryptionKey.id is " in decision.messages[0]
    assert "the artifacts are encrypted with a key that AWS manages" in decision.messages[0]
    assert (
        "Fix: Set artifactStores[0].encryptionKey.id to the ARN of an aws.kms.Key, and "
        'artifactStores[0].encryptionKey.type to "KMS". The roles of the pipeline and of its actions then also need to '
        "use the key.\n" in decision.messages[0]
    )


@pytest.mark.parametrize("id_", [KEY, "alias/artifacts", UNKNOWN, Secret(KEY)])
def test_a_store_with_a_key_is_right(id_: Any) -> None:
    assert check(POLICY, pipeline(kms(id_))).is_clean


def test_a_key_made_in_the_stack_is_right() -> None:
    key = resource("aws:kms/key:Key", "artifacts")
    assert check(POLICY, key, pipeline(kms(ref(key)))).is_clean


def test_the_key_that_aws_manages_is_not_ones_own() -> None:
    decision = check(POLICY, pipeline(kms("arn:aws:kms:eu-west-1:123456789012:alias/aws/s3")))
    assert decision.violations == ["delivery.artifactStores[0].encryptionKey.id"]
    assert "AWS manages that key" in decision.messages[0]
    assert "Fix: Set artifactStores[0].encryptionKey.id to the ARN of an aws.kms.Key." in decision.messages[0]


@pytest.mark.parametrize(("type_", "shown"), [("AES256", '"AES256"'), (None, "not set"), ("", '""')])
def test_a_key_of_another_kind_is_reported(type_: Any, shown: str) -> None:
    decision = check(POLICY, pipeline(kms(type_=type_)))
    assert decision.violations == ["delivery.artifactStores[0].encryptionKey.type"]
    assert f"encryptionKey.type is {shown}; " in decision.messages[0]
    assert 'Fix: Set artifactStores[0].encryptionKey.type to "KMS".' in decision.messages[0]


def test_each_of_several_stores_is_judged_and_the_fix_tells_of_their_regions() -> None:
    decision = check(POLICY, pipeline(None, kms(), kms("alias/aws/s3")))
    assert decision.violations == [
        "delivery.artifactStores[0].encryptionKey.id",
        "delivery.artifactStores[2].encryptionKey.id",
    ]
    for message in decision.messages:
        assert "Where a pipeline has several stores, each needs a region and a key of that region." in message
    assert "several stores" in check(POLICY, pipeline(None, kms())).messages[0]
    assert "several stores" not in check(POLICY, pipeline(None)).messages[0]


@pytest.mark.parametrize("stores", [None, []])
def test_a_pipeline_without_stores_is_left_to_the_provider(stores: Any) -> None:
    assert check(POLICY, resource(PIPELINE, artifactStores=stores)).is_clean


@pytest.mark.parametrize(
    ("stores", "place"),
    [
        (UNKNOWN, "it.artifactStores[].encryptionKey.id"),
        ([UNKNOWN], "it.artifactStores[0].encryptionKey.id"),
        ([{"encryptionKey": UNKNOWN}], "it.artifactStores[0].encryptionKey.id"),
        ([{"encryptionKey": kms(type_=UNKNOWN)}], "it.artifactStores[0].encryptionKey.type"),
    ],
)
def test_what_is_unknown_is_undecided(stores: Any, place: str) -> None:
    decision = check(POLICY, resource(PIPELINE, artifactStores=stores))
    assert decision.violations == []
    assert decision.undecided[0] == place


def test_a_secret_key_is_judged_and_not_shown() -> None:
    decision = decide(POLICIES[POLICY], pipeline(kms(Secret("alias/aws/canary"))))
    assert decision.violations == ["delivery.artifactStores[0].encryptionKey.id"]
    assert "is [secret]: " in decision.messages[0]
    assert "canary" not in decision.messages[0]


def test_it_takes_no_config() -> None:
    with pytest.raises(ConfigError, match="it takes no config"):
        check(POLICY, config={"stores": 1})
