"""Exemptions: what is accepted is still shown, until the day it expires."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2

from policypack.config import Config
from policypack.model import Resource, Stack
from policypack.policies.exemptions import exemptions
from policypack.policy import resource_policy, stack_policy
from policypack.verdict import Verdicts, Violation
from tests.engine.driver import AbortError, Engine, output, secret, urn

BUCKET = "aws:s3/bucket:Bucket"
NEXT_YEAR = (datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=365)).isoformat()
TODAY = datetime.datetime.now(datetime.UTC).date().isoformat()


@resource_policy(id="is-wrong", title="W", types=(BUCKET,), severity="high", fix="Right it.", url="https://example.com")
def is_wrong(bucket: Resource, config: Config) -> Verdicts:
    yield Violation(bucket.get("bucket"), "bucket is wrong.")


@stack_policy(id="stack-wrong", title="S", severity="high", fix="Right it.", url="https://example.com")
def stack_wrong(stack: Stack, config: Config) -> Verdicts:
    yield Violation(None, "The stack is wrong.")


def engine_with(*exempted: dict[str, Any], **more: Any) -> Engine:
    engine = Engine(is_wrong, stack_wrong, exemptions)
    engine.configure(exemptions=(analyzer_pb2.ADVISORY, {"exemptions": list(exempted), **more}))
    return engine


def exemption(targets: list[str], policies: list[str] | None = None, **more: Any) -> dict[str, Any]:
    return {"reason": "agreed with Ann", "match": [{"policies": policies or ["is-wrong"], "targets": targets}], **more}


def said(engine: Engine) -> list[str]:
    """What the policy itself says about the stack, without fix and link."""
    return [
        found.message.splitlines()[0]
        for found in engine.analyze_stack(output(BUCKET, "logs"))
        if found.policyName == "exemptions"
    ]


@pytest.mark.parametrize(
    "target",
    [urn(BUCKET, "logs"), BUCKET, "aws:s3/*", "logs", "l*s", "*", "urn:pulumi:*::logs"],
)
def test_an_exempted_finding_is_advisory_and_says_why(target: str) -> None:
    engine = engine_with(exemption([target]))
    [found] = engine.analyze(BUCKET, "logs")
    assert found.enforcementLevel == analyzer_pb2.ADVISORY
    assert found.message == "Exempted: agreed with Ann (bucket is wrong)"
    assert said(engine) == ["1 finding is exempted: is-wrong (1)."]


@pytest.mark.parametrize(
    ("target", "policies"),
    [("other", ["is-wrong"]), (urn(BUCKET, "other"), ["is-wrong"]), ("logs", ["stack-wrong"]), ("aws:s3", ["*"])],
)
def test_other_findings_stay_as_they_are_and_what_matches_nothing_is_pointed_out(
    target: str, policies: list[str]
) -> None:
    engine = engine_with(exemption([target], policies))
    [found] = engine.analyze(BUCKET, "logs")
    assert found.enforcementLevel == analyzer_pb2.MANDATORY
    assert found.message.startswith("bucket is wrong.")
    assert said(engine) == ['exemptions[0] ("agreed with Ann") matches no finding of this stack.']


def test_an_exemption_for_another_stack_is_not_useless() -> None:
    assert said(engine_with(exemption(["urn:pulumi:prod::other::aws:s3/bucket:Bucket::logs"]))) == []


def test_an_exemption_for_this_stack_is_told_by_the_urns_of_all_its_resources() -> None:
    engine = engine_with(exemption([urn(BUCKET, "other")]))
    outputs = (output("pulumi:pulumi:Stack", "shop-dev"), output(BUCKET, "logs"))
    said = [found.message for found in engine.analyze_stack(*outputs) if found.policyName == "exemptions"]
    assert said[0].startswith('exemptions[0] ("agreed with Ann") matches no finding of this stack.')


def test_the_v2_type_goes_by_both_of_its_names() -> None:
    for target in ("aws:s3/bucketV2:BucketV2", BUCKET):
        [found] = engine_with(exemption([target])).analyze("aws:s3/bucketV2:BucketV2", "logs")
        assert found.enforcementLevel == analyzer_pb2.ADVISORY


def test_a_finding_about_the_whole_stack_goes_by_the_stacks_type() -> None:
    engine = engine_with(exemption(["pulumi:pulumi:Stack"], ["stack-*"]))
    found = engine.analyze_stack(output(BUCKET, "logs"))
    assert [(each.policyName, each.enforcementLevel) for each in found] == [
        ("exemptions", analyzer_pb2.ADVISORY),
        ("stack-wrong", analyzer_pb2.ADVISORY),
    ]


@pytest.mark.parametrize(("expires", "counts"), [("2020-02-29", False), (TODAY, True), (NEXT_YEAR, True)])
def test_an_exemption_counts_through_its_last_day(expires: str, counts: bool) -> None:
    engine = engine_with(exemption(["logs"], expires=expires))
    [found] = engine.analyze(BUCKET, "logs")
    assert (found.enforcementLevel == analyzer_pb2.ADVISORY) == counts
    assert found.message.startswith(
        f"Exempted until {expires}: " if counts else f"Its exemption expired on {expires}: "
    )
    # It did match: it is not useless.
    assert said(engine) == (["1 finding is exempted: is-wrong (1)."] if counts else [])


def test_another_exemption_may_still_count_where_one_has_expired() -> None:
    engine = engine_with(exemption(["logs"], expires="2020-01-01"), exemption(["*"], expires=NEXT_YEAR))
    [found] = engine.analyze(BUCKET, "logs")
    assert found.enforcementLevel == analyzer_pb2.ADVISORY


def test_a_tag_exempts_only_where_config_names_it() -> None:
    tags = {"policy.exempt": "is-* other: no MFA device in CI"}
    [found] = engine_with().analyze(BUCKET, "logs", tags=tags)
    assert found.enforcementLevel == analyzer_pb2.MANDATORY
    engine = engine_with(tag="policy.exempt")
    [found] = engine.analyze(BUCKET, "logs", tags=tags)
    assert found.enforcementLevel == analyzer_pb2.ADVISORY
    assert found.message.startswith("Exempted: no MFA device in CI (tag policy.exempt) (")
    for others in ({"policy.exempt": "another-policy: x"}, {"policy.exempt": UNKNOWN}, {"else": "is-wrong: x"}, {}):
        [found] = engine.analyze(BUCKET, "logs", tags=others)
        assert found.enforcementLevel == analyzer_pb2.MANDATORY


UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def test_a_secret_tag_is_not_shown() -> None:
    [found] = engine_with(tag="x").analyze(BUCKET, "logs", tags={"x": secret("is-wrong: canary")})
    assert found.enforcementLevel == analyzer_pb2.ADVISORY
    assert "canary" not in found.message


def test_exemptions_that_are_turned_off_exempt_nothing() -> None:
    engine = Engine(is_wrong, exemptions)
    engine.configure(exemptions=(analyzer_pb2.DISABLED, {"exemptions": [exemption(["*"])]}))
    [found] = engine.analyze(BUCKET, "logs")
    assert found.enforcementLevel == analyzer_pb2.MANDATORY
    assert said(engine) == []


def test_a_new_stack_counts_anew() -> None:
    engine = engine_with(exemption(["logs"]))
    engine.analyze(BUCKET, "logs")
    engine.configure_stack({}, [])
    assert said(engine) == ['exemptions[0] ("agreed with Ann") matches no finding of this stack.']


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"reason": " ", "match": [{"policies": ["*"], "targets": ["*"]}]}, "exemptions[0].reason"),
        ({"reason": "r", "match": []}, "exemptions[0].match"),
        ({"reason": "r", "match": [{"policies": ["*"], "targets": []}]}, "exemptions[0].match[0].targets"),
        ({"match": [{"policies": ["*"], "targets": ["*"]}]}, "missing required field `reason`"),
        ({**exemption(["*"]), "expires": "tomorrow"}, "exemptions[0].expires"),
        (exemption(["*"], ["is-worng"]), "the pack has no policy 'is-worng'; did you mean 'is-wrong'?"),
        (exemption(["*"], ["xyz-*"]), "the pack has no policy 'xyz-*'"),
    ],
)
def test_a_wrong_exemption_is_refused_with_a_sentence(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(AbortError, match="'exemptions") as aborted:
        engine_with(wrong)
    assert sentence in str(aborted.value)
