"""Policies about the origins of CloudFront."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.testing import ref, resource
from tests.support import check

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"


def distribution(*origins: dict[str, Any], **more: Any) -> Any:
    return resource(DISTRIBUTION, "site", origins=list(origins), defaultRootObject="index.html", **more)


def test_a_bucket_of_the_stack_needs_an_access_control() -> None:
    bucket = resource("aws:s3/bucket:Bucket", "site")
    domain = ref(bucket)
    decision = check("distribution-origins", bucket, distribution({"domainName": domain}))
    assert decision.violations == ["site.origins[0].originAccessControlId"]
    assert 'originAccessControlOriginType "s3"' in decision.messages[0]
    controlled = distribution({"domainName": domain, "originAccessControlId": "E1"})
    assert check("distribution-origins", bucket, controlled).is_clean


def test_which_of_several_origins_is_the_bucket_is_undecided() -> None:
    bucket = resource("aws:s3/bucket:Bucket", "site")
    both = distribution({"domainName": ref(bucket)}, {"domainName": "api.example.com"})
    assert check("distribution-origins", bucket, both).undecided


@pytest.mark.parametrize("domain", ["api.example.com", "site.s3-website.eu-west-1.amazonaws.com"])
def test_other_origins_have_none(domain: str) -> None:
    assert check("distribution-origins", distribution({"domainName": domain})).is_clean


def test_an_api_has_no_root_object() -> None:
    api = resource(DISTRIBUTION, origins=[{"domainName": "api.example.com"}])
    assert check("distribution-origins", api).is_clean


def test_an_identity_of_the_older_kind_is_to_go_where_there_is_one() -> None:
    domain = {"domainName": "site.s3.eu-west-1.amazonaws.com"}
    without = check("distribution-origins", distribution(domain))
    identity = {"s3OriginConfig": {"originAccessIdentity": "origin-access-identity/cloudfront/E1"}}
    decision = check("distribution-origins", distribution(domain | identity))
    assert "and remove origins[0].s3OriginConfig.originAccessIdentity." in decision.messages[0]
    assert "originAccessIdentity" not in without.messages[0]
