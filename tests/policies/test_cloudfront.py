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
        'Fix: Set defaultCacheBehavior.viewerProtocolPolicy to "redirect-to-https". Where clients send POST'
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
    assert (
        "Fix: Set origins[0].domainName to the bucket's bucketRegionalDomainName with an origin" in decision.messages[0]
    )
    assert "https-only" not in decision.messages[0]


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


WEBSITE = "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration"
MULTITENANT = "aws:cloudfront/multitenantDistribution:MultitenantDistribution"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"


def in_front_of(origin: Any, policy: str, target: Any) -> Any:
    origins = [{"domainName": origin, "customOriginConfig": {"originProtocolPolicy": policy}}]
    return [target, resource(DISTRIBUTION, defaultCacheBehavior=DEFAULT, origins=origins)]


def test_a_website_endpoint_that_is_unknown_yet_is_not_told_to_use_https() -> None:
    # pulumi_policy's arguments have no dependencies of single properties, so only ours are asked.
    policy = POLICIES["cloudfront-https"]
    for target in (resource(WEBSITE, "site"), resource("aws:s3/bucket:Bucket", "site")):
        [message] = decide(policy, *in_front_of(ref(target), "http-only", target)).messages
        assert "bucketRegionalDomainName with an origin access control" in message
        assert 'to "https-only"' not in message
    balancer = resource("aws:lb/loadBalancer:LoadBalancer", "alb")
    [message] = decide(policy, *in_front_of(ref(balancer), "http-only", balancer)).messages
    assert 'originProtocolPolicy to "https-only". The origin then needs to serve HTTPS' in message


@pytest.mark.parametrize("policy", ["https-only", "match-viewer"])
def test_a_website_endpoint_has_no_https(policy: str) -> None:
    website = resource(WEBSITE, "site")
    [message] = check("cloudfront-https", *in_front_of(ref(website), policy, website)).messages
    assert "the website endpoint of a bucket has no HTTPS, so CloudFront answers viewers with an error" in message
    [message] = check(
        "cloudfront-https", site(origin_policy=policy, domain="b.s3-website.eu-west-1.amazonaws.com")
    ).messages
    assert "has no HTTPS" in message


def test_a_multitenant_distribution_is_held_to_the_same() -> None:
    plain = {"viewerProtocolPolicy": "allow-all"}
    it = resource(
        MULTITENANT,
        defaultCacheBehavior=plain,
        cacheBehaviors=[plain],
        origins=[{"domainName": "app.example.com", "customOriginConfigs": [{"originProtocolPolicy": "http-only"}]}],
    )
    assert check("cloudfront-https", it).violations == [
        "it.defaultCacheBehavior.viewerProtocolPolicy",
        "it.cacheBehaviors[0].viewerProtocolPolicy",
        "it.origins[0].customOriginConfigs[0].originProtocolPolicy",
    ]


# The one region

EAST = "arn:aws:acm:us-east-1:123456789012:certificate/1"
WEST = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
CERTIFIED = [
    (
        DISTRIBUTION,
        lambda arn: {"viewerCertificate": {"acmCertificateArn": arn}},
        "viewerCertificate.acmCertificateArn",
    ),
    (MULTITENANT, lambda arn: {"viewerCertificate": {"acmCertificateArn": arn}}, "viewerCertificate.acmCertificateArn"),
    (
        "aws:cloudfront/distributionTenant:DistributionTenant",
        lambda arn: {"customizations": {"certificate": {"arn": arn}}},
        "customizations.certificate.arn",
    ),
    ("aws:apigateway/domainName:DomainName", lambda arn: {"certificateArn": arn}, "certificateArn"),
    ("aws:cognito/userPoolDomain:UserPoolDomain", lambda arn: {"certificateArn": arn}, "certificateArn"),
    ("aws:appsync/domainName:DomainName", lambda arn: {"certificateArn": arn}, "certificateArn"),
]
each_certified = pytest.mark.parametrize(("type_", "inputs", "place"), CERTIFIED)
CERTIFICATES = ["aws:acm/certificate:Certificate", "aws:acm/certificateValidation:CertificateValidation"]


def provider(region: str) -> Any:
    return resource("pulumi:providers:aws", "provider", region=region)


@each_certified
def test_a_certificate_of_another_region_is_refused(type_: str, inputs: Any, place: str) -> None:
    decision = check("cloudfront-region", resource(type_, **inputs(WEST)))
    assert decision.violations == [f"it.{place}"]
    assert "AWS refuses it, since CloudFront accepts certificates from us-east-1 only." in decision.messages[0]
    regionless = "arn:aws:iam::123456789012:server-certificate/web"
    for arn in (EAST, None, "", "arn:aws-cn:acm:cn-north-1:123456789012:certificate/1", regionless):
        assert check("cloudfront-region", resource(type_, **inputs(arn))).is_clean


@each_certified
@pytest.mark.parametrize("certificate_type", CERTIFICATES)
def test_a_certificate_of_the_stack_is_told_by_its_provider(
    type_: str, inputs: Any, place: str, certificate_type: str
) -> None:
    policy = POLICIES["cloudfront-region"]
    for region, complies in (("eu-west-1", False), ("us-east-1", True), ("", True)):
        certificate = resource(certificate_type, "cert", with_provider=provider(region))
        decision = decide(policy, certificate, resource(type_, **inputs(ref(certificate))))
        assert (decision.violations, decision.undecided) == ([] if complies else [f"it.{place}"], [])
        assert all("is that of 'cert' in eu-west-1: AWS refuses it" in message for message in decision.messages)
    certificate = resource(certificate_type, "cert", with_provider=provider("eu-west-1"), region="us-east-1")
    assert decide(policy, certificate, resource(type_, **inputs(ref(certificate)))).is_clean


def test_a_function_at_the_edge_is_of_the_one_region() -> None:
    for region, complies in (("us-east-1", True), ("eu-west-1", False)):
        arn = f"arn:aws:lambda:{region}:123456789012:function:f:1"
        behavior = {**DEFAULT, "lambdaFunctionAssociations": [{"eventType": "viewer-request", "lambdaArn": arn}]}
        for it in (
            resource(DISTRIBUTION, defaultCacheBehavior=behavior),
            resource(DISTRIBUTION, orderedCacheBehaviors=[behavior]),
        ):
            assert check("cloudfront-region", it).is_clean == complies


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (DISTRIBUTION, lambda arn: {"webAclId": arn}),
        (MULTITENANT, lambda arn: {"webAclId": arn}),
        (
            "aws:cloudfront/distributionTenant:DistributionTenant",
            lambda arn: {"customizations": {"webAcl": {"arn": arn}}},
        ),
    ],
)
def test_a_regional_web_acl_is_refused(type_: str, inputs: Any) -> None:
    arn = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/w/1"
    [message] = check("cloudfront-region", resource(type_, **inputs(arn))).messages
    assert "AWS refuses it, since CloudFront accepts only those with the scope CLOUDFRONT." in message
    assert check("cloudfront-region", resource(type_, **inputs(arn.replace("regional", "global")))).is_clean
    for scope, complies in (("REGIONAL", False), ("CLOUDFRONT", True)):
        acl = resource("aws:wafv2/webAcl:WebAcl", "acl", scope=scope)
        assert check("cloudfront-region", acl, resource(type_, **inputs(ref(acl)))).is_clean == complies
    unknown = resource("aws:wafv2/webAcl:WebAcl", "acl", scope=UNKNOWN)
    assert check("cloudfront-region", unknown, resource(type_, **inputs(ref(unknown)))).undecided == ["acl.scope"]
    old = resource("aws:wafregional/webAcl:WebAcl", "acl")
    assert not check("cloudfront-region", old, resource(type_, **inputs(ref(old)))).is_clean


def test_the_scope_of_cloudfront_is_taken_in_one_region() -> None:
    policy = POLICIES["cloudfront-region"]
    for region, scope, complies in (
        ("eu-west-1", "CLOUDFRONT", False),
        ("us-east-1", "CLOUDFRONT", True),
        ("eu-west-1", "REGIONAL", True),
        ("", "CLOUDFRONT", True),
    ):
        for type_ in ("WebAcl", "RuleGroup", "IpSet", "RegexPatternSet"):
            it = resource(
                f"aws:wafv2/{type_[0].lower()}{type_[1:]}:{type_}", with_provider=provider(region), scope=scope
            )
            assert decide(policy, it).is_clean == complies
