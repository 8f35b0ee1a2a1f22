"""CloudFront distributions: their origins, and what viewers may ask them for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from policypack.model import Resource, Stack, Value
from policypack.policy import stack_policy
from policypack.requirement import FoldedConfig, Requirement, Row, Table, controls_of, fold_table
from policypack.rows import Denied, Includes, Unset
from policypack.verdict import Undecided, Verdicts, Violation

_DISTRIBUTION: Final = "aws:cloudfront/distribution:Distribution"
_BUCKET: Final = "aws:s3/bucket:Bucket"
_URL: Final = "aws:lambda/functionUrl:FunctionUrl"


@dataclass(frozen=True, slots=True)
class _AccessControl(Row):
    """
    Origins of one kind need an origin access control.

    :param target: the type of the resources whose domain name the origin has.
    :param marks: what such a domain name contains.
    :param service: the originAccessControlOriginType, which the fix names.
    """

    target: str
    marks: tuple[str, ...]
    service: str

    def wrong(self, distribution: Resource, means: str) -> Verdicts:
        """Verdicts for each origin of the kind that has none."""
        origins = list(distribution.each("origins[]"))
        for origin in origins:
            control = origin.get("originAccessControlId")
            if not control.is_unset:
                continue
            is_of_kind = self._is_of_kind(origin, is_only=len(origins) == 1)
            if is_of_kind is None:
                yield Undecided(origin.get("domainName"), "does the origin need an origin access control?")
            elif is_of_kind:
                identity = origin.get("s3OriginConfig.originAccessIdentity")
                removed = "" if identity.is_unset else f", and remove {identity.path}"
                yield Violation(
                    control,
                    f"{control.path} is not set: {means}.",
                    fix=f"Set {control.path} to the id of an aws.cloudfront.OriginAccessControl with "
                    f'originAccessControlOriginType "{self.service}" and signingBehavior "always"{removed}.',
                )

    def _is_of_kind(self, origin: Value, *, is_only: bool) -> bool | None:
        domain = origin.get("domainName")
        if not domain.is_unknown:
            return any(mark in domain.text for mark in self.marks) and "s3-website" not in domain.text
        # All origins are one property: which of them has the domain name cannot be told where there are several.
        sources = domain.dependency_types
        if self.target not in sources or "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration" in sources:
            return False
        return not origin.get("customOriginConfig").is_known or self.target == _URL if is_only else None


def _is_api(distribution: Resource) -> bool:
    """Whether the distribution has no bucket among its origins, so that its root is what the origin answers."""
    names = (origin.get("domainName") for origin in distribution.each("origins[]"))
    return not any(".s3." in name.text or (name.is_unknown and _BUCKET in name.dependency_types) for name in names)


_RULES: Final[Table] = {
    _DISTRIBUTION: (
        Requirement(
            "defaultRootObject",
            (),
            unless=_is_api,
            means="a request for the root may list what is in the bucket",
            note='It is "index.html" on most sites.',
            controls=("FSBP CloudFront.1",),
        ),
        Denied(
            "viewerCertificate.sslSupportMethod",
            ("vip",),
            'Set viewerCertificate.sslSupportMethod to "sni-only". Only clients of before 2010 need another one.',
            means="AWS charges 600 dollars a month for addresses of its own",
            controls=("FSBP CloudFront.8",),
        ),
        _AccessControl(
            _BUCKET,
            (".s3.", ".s3-"),
            "s3",
            means="the bucket has to be open to others than this distribution",
            note="Allow cloudfront.amazonaws.com s3:GetObject in the bucket's policy, with the distribution's ARN as "
            "aws:SourceArn.",
            controls=("FSBP CloudFront.13",),
        ),
        _AccessControl(
            _URL,
            (".lambda-url.",),
            "lambda",
            means="the function has to be open to the whole internet",
            note='Set authorizationType of the function URL to "AWS_IAM", and let cloudfront.amazonaws.com call it.',
            controls=("FSBP CloudFront.16",),
        ),
        *(
            Unset(
                f"{behavior}.trustedSigners",
                means="the keys that sign are those of the account's root user",
                note="Use trustedKeyGroups with an aws.cloudfront.KeyGroup, whose keys you can rotate.",
                controls=("FSBP CloudFront.17",),
            )
            for behavior in ("defaultCacheBehavior?", "orderedCacheBehaviors[]")
        ),
    ),
}


@stack_policy(
    id="distribution-origins",
    title="CloudFront distributions are the only way to their origins",
    types=_RULES,
    severity="medium",
    enforcement="advisory",
    fix="Let the distribution sign its requests to the origin.",
    frameworks=controls_of(_RULES),
    url="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-origin.html",
)
def distribution_origins(stack: Stack, config: FoldedConfig) -> Verdicts:
    """Who reads the origin directly gets past the checks, the firewall and the logs of the distribution."""
    yield from fold_table(_RULES, stack, config)


_FAILOVER: Final[Table] = {
    _DISTRIBUTION: (
        Includes(
            "originGroups",
            means="when the origin fails, so does the distribution",
            note="It needs a second origin with the same content, which costs extra.",
            controls=("FSBP CloudFront.4",),
        ),
    ),
}


@stack_policy(
    id="distribution-failover",
    title="CloudFront distributions have a second origin to fail over to",
    types=_FAILOVER,
    severity="low",
    enforcement="disabled",
    fix="Add an origin group.",
    frameworks=controls_of(_FAILOVER),
    url="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html",
)
def distribution_failover(stack: Stack, config: FoldedConfig) -> Verdicts:
    """When the origin is down, viewers see errors for all that is not in the cache."""
    yield from fold_table(_FAILOVER, stack, config)
