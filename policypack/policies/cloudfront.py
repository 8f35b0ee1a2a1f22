"""CloudFront: HTTPS on both sides, and resources in the one region from which it accepts them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from policypack.config import Config
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_DISTRIBUTION: Final = "aws:cloudfront/distribution:Distribution"
_MULTITENANT: Final = "aws:cloudfront/multitenantDistribution:MultitenantDistribution"
_TENANT: Final = "aws:cloudfront/distributionTenant:DistributionTenant"
_WEBSITE: Final = "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration"
_BUCKET: Final = "aws:s3/bucket:Bucket"


@resource_policy(
    id="cloudfront-https",
    title="CloudFront uses HTTPS with viewers and origins",
    types=(_DISTRIBUTION, _MULTITENANT),
    severity="high",
    fix="Use HTTPS on both sides of the distribution.",
    frameworks=("FSBP CloudFront.3", "FSBP CloudFront.9"),
    url="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https.html",
)
def cloudfront_https(distribution: Resource, config: Config) -> Verdicts:
    """
    Anyone on the network path, for example on an open Wi-Fi network, can read and change what viewers send and receive,
    including cookies and tokens. The same holds between CloudFront and the origin.
    """
    has_plain_viewers = False
    for behavior in _behaviors(distribution):
        viewers = behavior.get("viewerProtocolPolicy")
        if viewers.is_unknown:
            yield Undecided(viewers)
        elif viewers.text == "allow-all":
            has_plain_viewers = True
            yield Violation(
                viewers,
                f"{viewers.path} is {viewers.shown}: viewers may use plain HTTP.",
                fix=f'Set {viewers.path} to "redirect-to-https". Where clients send POST requests over http://, they '
                "do not follow the redirect: change their addresses first.",
            )
    for origin in distribution.each("origins[]"):
        custom = "customOriginConfig?" if distribution.type == _DISTRIBUTION else "customOriginConfigs[]"
        for protocol in origin.each(f"{custom}.originProtocolPolicy"):
            yield from _origin(origin, protocol, has_plain_viewers)


def _behaviors(distribution: Resource) -> Iterator[Value]:
    yield from distribution.each("defaultCacheBehavior?")
    yield from distribution.each(
        "orderedCacheBehaviors[]" if distribution.type == _DISTRIBUTION else "cacheBehaviors[]"
    )


def _origin(origin: Value, protocol: Value, has_plain_viewers: bool) -> Verdicts:
    """Verdicts about how CloudFront connects to an origin."""
    domain = origin.get("domainName")
    if protocol.is_absent:
        return
    if protocol.is_unknown:
        yield Undecided(protocol)
        return
    is_plain = protocol.text == "http-only" or (protocol.text == "match-viewer" and has_plain_viewers)
    if domain.is_unknown and not origin.resource.is_in_stack:
        yield Undecided(domain, "is it a website endpoint of S3, which has no HTTPS?")
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
    elif _is_website(domain):
        if is_plain:
            yield Violation(
                protocol,
                f"{protocol.path} is {protocol.shown}: CloudFront reaches the website endpoint of the bucket over "
                "plain HTTP, and the endpoint has no HTTPS.",
                fix=f"Set {domain.path} to the bucket's bucketRegionalDomainName with an origin access control, and "
                "leave customOriginConfig out. Redirects and index documents of the website then need a CloudFront "
                "function. Where the website endpoint has to stay, exempt this finding.",
                level="advisory",
                controls=("FSBP CloudFront.9",),
            )
        elif protocol.text in ("https-only", "match-viewer"):
            yield Violation(
                protocol,
                f"{protocol.path} is {protocol.shown}: the website endpoint of a bucket has no HTTPS, so CloudFront "
                "answers viewers with an error.",
                fix=f"Set {domain.path} to the bucket's bucketRegionalDomainName with an origin access control, and "
                "leave customOriginConfig out, or set "
                f'{protocol.path} to "http-only", which keeps that part in plain text.',
                controls=(),
            )
    elif is_plain:
        sources = domain.dependency_types
        may_be_website = domain.is_unknown and (not sources or _BUCKET in sources)
        yield Violation(
            protocol,
            f"{protocol.path} is {protocol.shown}: CloudFront reaches the origin over plain HTTP.",
            fix="For a bucket, use its bucketRegionalDomainName with an origin access control in place of "
            "customOriginConfig, since its website endpoint has no HTTPS. For another origin, use HTTPS."
            if may_be_website
            else f'Set {protocol.path} to "https-only". The origin then needs to serve HTTPS on httpsPort, with a '
            "certificate for its domain name that CloudFront trusts.",
            controls=("FSBP CloudFront.9",),
        )


def _is_website(domain: Value) -> bool:
    """Whether a domain name is certainly the website endpoint of a bucket."""
    if domain.is_unknown:
        return _WEBSITE in domain.dependency_types
    return ".s3-website" in domain.text


_REGION: Final = "us-east-1"
_CERTIFICATES: Final = (
    "aws:acm/certificate:Certificate",
    # It has the ARN of a certificate, and is in its region.
    "aws:acm/certificateValidation:CertificateValidation",
)
_FUNCTIONS: Final = ("aws:lambda/function:Function",)
# What CloudFront takes from us-east-1 alone, by the property that names it: also for the services that put a
# distribution of their own in front.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-functions-restrictions.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-edge-optimized-custom-domain-name.html
# https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-add-custom-domain.html
# https://docs.aws.amazon.com/appsync/latest/devguide/custom-domain-name.html
_TAKEN: Final[Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    _DISTRIBUTION: (
        ("viewerCertificate.acmCertificateArn", _CERTIFICATES),
        ("defaultCacheBehavior?.lambdaFunctionAssociations[].lambdaArn", _FUNCTIONS),
        ("orderedCacheBehaviors[].lambdaFunctionAssociations[].lambdaArn", _FUNCTIONS),
    ),
    _MULTITENANT: (
        ("viewerCertificate.acmCertificateArn", _CERTIFICATES),
        ("defaultCacheBehavior?.lambdaFunctionAssociations[].lambdaFunctionArn", _FUNCTIONS),
        ("cacheBehaviors[].lambdaFunctionAssociations[].lambdaFunctionArn", _FUNCTIONS),
    ),
    _TENANT: (("customizations.certificate.arn", _CERTIFICATES),),
    # That of a regional endpoint is regionalCertificateArn.
    "aws:apigateway/domainName:DomainName": (("certificateArn", _CERTIFICATES),),
    "aws:cognito/userPoolDomain:UserPoolDomain": (("certificateArn", _CERTIFICATES),),
    "aws:appsync/domainName:DomainName": (("certificateArn", _CERTIFICATES),),
}
_WEB_ACL: Final = "aws:wafv2/webAcl:WebAcl"
_REGIONAL_WEB_ACL: Final = "aws:wafregional/webAcl:WebAcl"
_WEB_ACLS: Final[Mapping[str, str]] = {
    _DISTRIBUTION: "webAclId",
    _MULTITENANT: "webAclId",
    _TENANT: "customizations.webAcl.arn",
}
_FIREWALL: Final = (
    _WEB_ACL,
    "aws:wafv2/ruleGroup:RuleGroup",
    "aws:wafv2/ipSet:IpSet",
    "aws:wafv2/regexPatternSet:RegexPatternSet",
)


@resource_policy(
    id="cloudfront-region",
    title="CloudFront uses certificates, web ACLs and functions from us-east-1",
    types=(*_TAKEN, *_FIREWALL),
    severity="high",
    fix="Create the resource in us-east-1, with an aws.Provider for that region or its property region.",
    url="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html",
)
def cloudfront_region(resource: Resource, config: Config) -> Verdicts:
    """The preview passes, but AWS refuses the distribution, and the update stops halfway."""
    if resource.region.startswith("cn-"):
        return  # CloudFront in China is another service
    if resource.type in _FIREWALL:
        yield from _firewall(resource)
        return
    for path, types in _TAKEN[resource.type]:
        for arn in resource.each(path):
            yield from _origin_region(arn, types)
    if web_acl := _WEB_ACLS.get(resource.type):
        yield from _web_acl(resource.get(web_acl))


def _origin_region(arn: Value, types: tuple[str, ...]) -> Verdicts:
    kind = "functions" if types == _FUNCTIONS else "certificates"
    parts = arn.text.split(":", 5)
    if len(parts) == 6:
        if parts[3] and parts[3] != _REGION and parts[1] == "aws":
            yield Violation(
                arn,
                f"{arn.path} is {arn.shown}, in another region: AWS refuses it, since CloudFront accepts {kind} from "
                f"{_REGION} only.",
                fix=f"Set {arn.path} to the ARN of one in {_REGION}.",
            )
    elif arn.is_unknown and not arn.resource.is_in_stack:
        yield Undecided(arn, f"is it in {_REGION}?")
    elif arn.is_unknown:
        regions = {target.name: target.region for target in arn.targets(*types)}
        for name, region in regions.items():
            if region and region != _REGION and "" not in regions.values() and _REGION not in regions.values():
                yield Violation(
                    arn,
                    f"{arn.path} is that of '{name}' in {region}: AWS refuses it, since CloudFront accepts {kind} from "
                    f"{_REGION} only.",
                    fix=f"Create '{name}' in {_REGION}, with an aws.Provider for that region or its property region. "
                    "Where something else uses it in its own region, such as a load balancer, create a second one.",
                )
                return


def _web_acl(arn: Value) -> Verdicts:
    regional = ":regional/" in arn.text
    if arn.is_unknown and not arn.resource.is_in_stack:
        yield Undecided(arn, "is its scope CLOUDFRONT?")
    elif arn.is_unknown:
        acls = arn.targets(_WEB_ACL, _REGIONAL_WEB_ACL)
        scopes = [acl.get("scope") for acl in acls if acl.type == _WEB_ACL]
        if unknown := [scope for scope in scopes if scope.is_unknown]:
            yield Undecided(unknown[0], "is it CLOUDFRONT?")
        else:
            regional = bool(acls) and all(scope.text.upper() == "REGIONAL" for scope in scopes)
    if regional:
        yield Violation(
            arn,
            f"{arn.path} is a web ACL with the scope REGIONAL: AWS refuses it, since CloudFront accepts only "
            "those with the scope CLOUDFRONT.",
            fix=f'Create a web ACL with scope "CLOUDFRONT" in {_REGION}. A load balancer keeps the REGIONAL one.',
        )


def _firewall(resource: Resource) -> Verdicts:
    scope, region = resource.get("scope"), resource.region
    if scope.text.upper() == "CLOUDFRONT" and region and region != _REGION:
        yield Violation(
            scope,
            f"{scope.path} is {scope.shown} in {region}: AWS refuses it, since that scope is for {_REGION} only.",
            fix=f"Create it with an aws.Provider for {_REGION}, or set its property region to {_REGION}.",
        )
