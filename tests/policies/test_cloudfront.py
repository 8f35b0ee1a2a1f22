"""CloudFront: HTTPS on both sides, and the region of what it takes."""

from typing import Any

import pytest

from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.support import POLICIES, check

DEFAULT = {"targetOriginId": "app", "viewerProtocolPolicy": "redirect-to-https"}


def site(
    default: Any = DEFAULT, ordered: Any = None, origin_policy: Any = "https-only", domain: str = "app.example.com"
) -> Any:
    return resource(
        "aws:cloudfront/distribution:Distribution",
        defaultCacheBehavior=default,
        orderedCacheBehaviors=ordered,
        origins=[{"domainName": domain, "customOriginConfig": {"originProtocolPolicy": origin_policy}}],
    )


def test_viewers_that_may_use_plain_http_are_reported() -> None:
    decision = check("cloudfront-https", site({"viewerProtocolPolicy": "allow-all"}))
    assert decision.violations == ["it.defaultCacheBehavior.viewerProtocolPolicy"]
    assert decision.messages[0].startswith(
        'defaultCacheBehavior.viewerProtocolPolicy is "allow-all": viewers may use plain HTTP.\n'
        'Fix: Set defaultCacheBehavior.viewerProtocolPolicy to "redirect-to-https".\n'
    )


@pytest.mark.parametrize("policy", ["redirect-to-https", "https-only", Secret("https-only")])
def test_viewers_that_use_https_are_right(policy: Any) -> None:
    behavior = {"viewerProtocolPolicy": policy}
    assert check("cloudfront-https", site(behavior, [behavior])).is_clean


def test_every_path_of_a_distribution_is_looked_at() -> None:
    ordered = [
        {"pathPattern": "/api/*", "viewerProtocolPolicy": "https-only"},
        {"pathPattern": "/old/*", "viewerProtocolPolicy": "allow-all"},
        {"pathPattern": "/new/*", "viewerProtocolPolicy": UNKNOWN},
    ]
    decision = check("cloudfront-https", site(ordered=ordered))
    assert decision.violations == ["it.orderedCacheBehaviors[1].viewerProtocolPolicy"]
    assert decision.undecided == ["it.orderedCacheBehaviors[2].viewerProtocolPolicy"]


@pytest.mark.parametrize("domain", ["app.example.com", "s3-website.example.com", "files.s3.example.com"])
def test_an_origin_reached_over_plain_http_is_reported(domain: str) -> None:
    decision = check("cloudfront-https", site(origin_policy="http-only", domain=domain))
    assert decision.violations == ["it.origins[0].customOriginConfig.originProtocolPolicy"]
    assert 'originProtocolPolicy is "http-only": CloudFront reaches the origin over plain HTTP.' in decision.messages[0]
    assert 'Set origins[0].customOriginConfig.originProtocolPolicy to "https-only".' in decision.messages[0]


def test_the_website_of_a_bucket_cannot_be_told_to_use_https() -> None:
    website = "bucket.s3-website-eu-west-1.amazonaws.com"
    decision = check("cloudfront-https", site(origin_policy="http-only", domain=website))
    assert decision.violations == ["it.origins[0].customOriginConfig.originProtocolPolicy"]
    assert "Fix: An S3 website endpoint has no HTTPS: use the bucket's regional domain name" in decision.messages[0]


def test_an_origin_that_follows_the_viewer_is_as_right_as_the_viewer() -> None:
    assert check("cloudfront-https", site(origin_policy="match-viewer")).is_clean
    decision = check("cloudfront-https", site({"viewerProtocolPolicy": "allow-all"}, origin_policy="match-viewer"))
    assert decision.violations == [
        "it.defaultCacheBehavior.viewerProtocolPolicy",
        "it.origins[0].customOriginConfig.originProtocolPolicy",
    ]


def test_origins_in_a_bucket_need_no_protocol() -> None:
    bucket = resource("aws:s3/bucket:Bucket", "bucket")
    it = resource(
        "aws:cloudfront/distribution:Distribution",
        defaultCacheBehavior=DEFAULT,
        origins=[{"domainName": ref(bucket), "originAccessControlId": UNKNOWN}],
    )
    assert check("cloudfront-https", bucket, it).is_clean


def test_protocols_unknown_at_preview_are_undecided() -> None:
    decision = check("cloudfront-https", site({"viewerProtocolPolicy": UNKNOWN}, origin_policy=UNKNOWN))
    assert decision.violations == []
    assert decision.undecided == [
        "it.defaultCacheBehavior.viewerProtocolPolicy",
        "it.origins[0].customOriginConfig.originProtocolPolicy",
    ]


def test_behaviors_and_origins_unknown_at_preview_are_undecided() -> None:
    it = resource(
        "aws:cloudfront/distribution:Distribution",
        defaultCacheBehavior=UNKNOWN,
        orderedCacheBehaviors=UNKNOWN,
        origins=UNKNOWN,
    )
    decision = check("cloudfront-https", it)
    assert decision.violations == []
    assert decision.undecided == [
        "it.defaultCacheBehavior.viewerProtocolPolicy",
        "it.orderedCacheBehaviors[].viewerProtocolPolicy",
        "it.origins[].customOriginConfig.originProtocolPolicy",
    ]


def test_a_secret_protocol_is_judged_by_its_value_and_not_shown() -> None:
    decision = decide(POLICIES["cloudfront-https"], site(origin_policy=Secret("http-only")))
    assert decision.violations == ["it.origins[0].customOriginConfig.originProtocolPolicy"]
    assert "originProtocolPolicy is [secret]: " in decision.messages[0]


def test_a_distribution_that_says_nothing_reports_nothing() -> None:
    assert check("cloudfront-https", resource("aws:cloudfront/distribution:Distribution")).is_clean
