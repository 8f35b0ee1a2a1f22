"""Regions: that resources are in allowed regions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.data.resource_types import resource_type
from policypack.model import Resource, Value
from policypack.policy import EVERY_AWS_TYPE, resource_policy
from policypack.requirement import Predicate, always, any_of, either, has, never
from policypack.verdict import Undecided, Verdicts, Violation

_PROVIDER: Final = "pulumi:providers:aws"
_US_EAST_1: Final = "us-east-1"
_ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
_TOPIC: Final = "aws:sns/topic:Topic"
_NAME: Final = r"[a-z]{2,4}(?:-[a-z]+)+-\d+"
_REGION: Final = re.compile(_NAME)
# `eu-west-1a`, and local zones: `us-west-2-lax-1a`. The ids of zones (`euw1-az1`) belong to a subnet that is checked.
_ZONE: Final = re.compile(rf"({_NAME})[a-z-]")
_ARN: Final = re.compile(rf"arn:aws[-a-z]*:([a-z0-9-]+):({_NAME}):[^\s\"',]*")
_REGION_PROPERTY: Final = re.compile(r"(?!multiRegion|stateOrRegion).*(^r|R)egion(Name|Lists)?")
_ZONE_PROPERTY: Final = re.compile(r".*[aA]vailabilityZones?(Name)?")
# They describe a resource; what they say places nothing.
_DESCRIPTIONS: Final = frozenset({"tags", "tagsAll", "description"})


def _named(*prefixes: str) -> Predicate:
    """Holds for a resource whose name, or the prefix of it that the program gives, begins with one of these."""

    def predicate(resource: Resource) -> bool | None:
        facts = resource_type(resource.type)
        names = [resource.get(prop) for prop in (facts.name, facts.name_prefix) if prop]
        return any_of(None if name.is_unknown else name.text.startswith(prefixes) for name in names)

    return predicate


def _watches_what_is_global(alarm: Resource) -> bool | None:
    namespaces = [alarm.get("namespace"), *alarm.each("metricQueries[].metric?.namespace")]
    return any_of(None if each.is_unknown else each.text in _GLOBAL_METRICS for each in namespaces)


def _serves(*users: tuple[str, str]) -> Predicate:
    """Holds for a resource of which one that may be in us-east-1 itself makes use: both are in one region."""

    def predicate(resource: Resource) -> bool | None:
        return any_of(
            _ONLY_IN_US_EAST_1[type_](user) for type_, name in users for user in resource.referrers(type_, name)
        )

    return predicate


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html,
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html,
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-cloudwatch.html,
# https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html (also Shield's)
_GLOBAL_METRICS: Final = frozenset({"AWS/Billing", "AWS/CloudFront", "AWS/DDoSProtection", "AWS/Route53", "AWS/WAFV2"})

# What AWS has in us-east-1 only, or wants there for a global service: it may be there whatever is allowed.
_ONLY_IN_US_EAST_1: Final[Mapping[str, Predicate]] = {
    # Certificates of CloudFront and of edge-optimized APIs:
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
    "aws:acm/certificate:Certificate": always,
    "aws:acm/certificateValidation:CertificateValidation": always,
    # Lambda@Edge:
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html
    "aws:lambda/function:Function": always,
    "aws:lambda/permission:Permission": always,
    # https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html (Scope)
    "aws:wafv2/apiKey:ApiKey": has("scope", "CLOUDFRONT"),
    "aws:wafv2/ipSet:IpSet": has("scope", "CLOUDFRONT"),
    "aws:wafv2/regexPatternSet:RegexPatternSet": has("scope", "CLOUDFRONT"),
    "aws:wafv2/ruleGroup:RuleGroup": has("scope", "CLOUDFRONT"),
    "aws:wafv2/webAcl:WebAcl": has("scope", "CLOUDFRONT"),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": always,
    "aws:wafv2/webAclRule:WebAclRule": always,
    "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation": always,
    # Logs of WAF are in the region of the web ACL, those of DNS queries in us-east-1:
    # https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html,
    # https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateQueryLoggingConfig.html
    "aws:cloudwatch/logGroup:LogGroup": _named("aws-waf-logs-", "/aws/route53/"),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": always,
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": _named("aws-waf-logs-"),
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
    "aws:cloudwatch/logDelivery:LogDelivery": always,
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": always,
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": always,
    # https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-configuring-dnssec-cmk-requirements.html
    "aws:kms/key:Key": either(
        has("customerMasterKeySpec", "ECC_NIST_P256"),
        _serves(("aws:cloudwatch/logGroup:LogGroup", "kmsKeyId"), (_TOPIC, "kmsMasterKeyId")),
    ),
    "aws:kms/alias:Alias": always,
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    _TOPIC: _serves(*((_ALARM, actions) for actions in ("alarmActions", "okActions", "insufficientDataActions"))),
    "aws:sns/topicPolicy:TopicPolicy": always,
    "aws:sns/topicSubscription:TopicSubscription": always,
    _ALARM: _watches_what_is_global,
    # The provider's documentation: "can only be used in the us-east-1 region", "must be done from" it.
    "aws:ecrpublic/repository:Repository": always,
    "aws:ecrpublic/repositoryPolicy:RepositoryPolicy": always,
    "aws:servicequotas/serviceQuota:ServiceQuota": always,
    "aws:servicequotas/template:Template": always,
    "aws:servicequotas/templateAssociation:TemplateAssociation": always,
}
# The services whose ARNs may name us-east-1 wherever they stand; of WAF, those for CloudFront only.
_GLOBAL_ARNS: Final = frozenset({"acm", "bcm-data-exports", "cur"})


class RegionConfig(Config):
    """Config of region-compliance."""

    allowed: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[a-z-]+-\d+$", examples=["eu-west-1"])], ...],
        Meta(description='The regions in which resources may be: ["eu-west-1"]; empty: any region.'),
    ] = ()


@resource_policy(
    id="region-compliance",
    title="Resources are in allowed regions",
    types=(EVERY_AWS_TYPE, _PROVIDER),
    severity="high",
    fix="Use a region that is in allowed of this policy, or add the region to it.",
    url="https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html",
)
def region_compliance(resource: Resource, config: RegionConfig) -> Verdicts:
    """
    Storing data in the wrong country can break the law or a contract, and resources in an unused region are often
    neither monitored, backed up nor cleaned up.
    """
    if not config.allowed:
        return
    if resource.type == _PROVIDER:
        yield from _check_provider(resource.get("region"), config)
    # Turning a region of the account off is no use of it.
    elif not (resource.type == "aws:account/region:Region" and resource.get("enabled").is_false):
        yield from _check_resource(resource, config)


def _check_provider(region: Value, config: RegionConfig) -> Verdicts:
    # One that is absent comes from a profile of the machine, of which nothing is known here.
    if region.is_unknown:
        yield Undecided(region)
    # What has to be in us-east-1 needs a provider there; what need not is found by itself.
    elif region.text and region.text not in (*config.allowed, _US_EAST_1):
        yield Violation(
            region,
            f"region of this provider is {region.shown}, and all of its resources are there; {_allowed(config)}.",
            fix="Set region of the provider, or aws:region in the stack's config, to an allowed region. A resource "
            "that is moved to another region is replaced: back up or migrate its data first.",
        )


def _check_resource(resource: Resource, config: RegionConfig) -> Verdicts:
    provider = resource.provider
    home = provider.get("region").text if provider else ""
    # The regions of which there is nothing (more) to say, for each is reported once, at the first place.
    settled = set(config.allowed)
    if home != _US_EAST_1:
        settled.add(home)  # it is allowed, or reported at the provider
    if _US_EAST_1 not in settled:
        yield from _check_us_east_1(resource, home, settled, config)
    for value, region in _places(Value(resource, "", resource.declared)):
        if region is None:
            yield Undecided(value, "is it an allowed region?")
        elif region not in settled and not _is_of_this_stack(value, region):
            settled.add(region)
            named = value.shown_as(region, "a region that is not allowed")
            found = f"is {value.shown}" if value.text == region else f"names {named}"
            yield Violation(
                value,
                f"{value.path} {found}; {_allowed(config)}.",
                fix=f"Change {value.path} so that it names an allowed region, or add the region to allowed of this "
                "policy. A resource that is moved to another region is replaced: back up or migrate its data first.",
            )


def _check_us_east_1(resource: Resource, home: str, settled: set[str], config: RegionConfig) -> Verdicts:
    """Settles whether the resource may be in us-east-1; reports one that is there and need not be."""
    if not resource_type(resource.type).is_regional:
        # What is everywhere refers to what has to be in us-east-1. The documents of IAM refer to anything.
        if not resource.type.startswith("aws:iam/"):
            settled.add(_US_EAST_1)
        return
    own = resource.get("region")
    if own.text != _US_EAST_1 and not (own.is_unset and home == _US_EAST_1):
        return
    settled.add(_US_EAST_1)
    may_be_there = _ONLY_IN_US_EAST_1.get(resource.type, never)(resource)
    if may_be_there is None:
        yield Undecided(own, "other values that are still unknown decide whether it has to be in us-east-1")
    elif not may_be_there:
        is_own = own.text == _US_EAST_1
        place = f"region is {own.shown}" if is_own else f"The resource is in {_US_EAST_1}, the region of its provider"
        yield Violation(
            own if is_own else resource,
            f"{place}; {_allowed(config)}.",
            fix="Set region of the resource to an allowed region, or give it a provider of one. This replaces the "
            "resource: back up or migrate its data first.",
        )


def _places(value: Value, name: str = "") -> Iterator[tuple[Value, str | None]]:
    """Each value that names a region, with the region; None where a region is unknown yet."""
    # An ARN that is unknown is of a resource that is checked itself, or of one that nobody can know. A zone that is
    # unknown is of the resource's own region, for AWS accepts no other.
    if value.is_unknown and _REGION_PROPERTY.fullmatch(name):
        yield value, None
    elif isinstance(value.raw, str):
        yield from ((value, region) for region in _regions(value.raw, name))
    else:
        for key, inner in value.entries():
            if key not in _DESCRIPTIONS:
                yield from _places(inner, key if isinstance(value.raw, dict) else name)


def _is_of_this_stack(value: Value, region: str) -> bool:
    """Whether what names a region are ARNs of resources of this stack, which are checked themselves."""
    arns = [arn[0] for arn in _ARN.finditer(value.text) if arn[2] == region]
    if not arns:
        return False
    resources = value.resource.stack.resources
    named = [resources[urn].output("arn").text for urn in value.dependency_urns if urn in resources]
    own = tuple(filter(None, named))
    return bool(own) and all(arn.startswith(own) for arn in arns)


def _regions(text: str, name: str) -> Iterator[str]:
    if _REGION.fullmatch(text):
        if _REGION_PROPERTY.fullmatch(name):
            yield text
    elif _ZONE_PROPERTY.fullmatch(name):
        if zone := _ZONE.match(text):
            yield zone[1]
    else:
        for arn in _ARN.finditer(text):
            service, region = arn.groups()
            is_global = service in _GLOBAL_ARNS or (service == "wafv2" and ":global/" in arn[0])
            if not (region == _US_EAST_1 and is_global):
                yield region


def _allowed(config: RegionConfig) -> str:
    return f"allowed {'is' if len(config.allowed) == 1 else 'are'} {', '.join(config.allowed)}"
