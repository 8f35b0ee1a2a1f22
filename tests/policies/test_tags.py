"""Policies about tags."""

import json
from typing import Any

import pytest

from policypack.config import ConfigError, parse_config
from policypack.model import Resource, Value
from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource
from policypack.verdict import Violation
from tests.support import POLICIES, check

POLICY = "tags-required"
BUCKET = "aws:s3/bucket:Bucket"
QUEUE = "aws:sqs/queue:Queue"
GROUP = "aws:autoscaling/group:Group"
KEYS = ("Environment", "Project", "ManagedBy", "CostCenter", "Application", "Component")
ALL = dict.fromkeys(KEYS, "x")
ENVIRONMENT: dict[str, Any] = {"required": {"Environment": ["dev", "prod-*"]}}


def without(*keys: str) -> dict[str, str]:
    return {key: value for key, value in ALL.items() if key not in keys}


def provider(default_tags: Any, name: str = "default") -> Resource:
    return resource("pulumi:providers:aws", name, defaultTags=default_tags)


def with_defaults(default_tags: Any, *resources: tuple[str, str, Any], **config: Any) -> Decision:
    """The decision about resources of a provider; pulumi_policy's test arguments carry no provider."""
    made = [resource(type_, name, with_provider=provider(default_tags), tags=tags) for type_, name, tags in resources]
    return decide(POLICIES[POLICY], *made, config=config)


@pytest.mark.parametrize("type_", [BUCKET, QUEUE, "aws:s3/bucketV2:BucketV2", "aws:alb/loadBalancer:LoadBalancer"])
def test_a_resource_with_all_tags_complies(type_: str) -> None:
    assert check(POLICY, resource(type_, tags=ALL)).is_clean
    decision = check(POLICY, resource(type_, tags=without("CostCenter")))
    assert decision.violations == [""]
    assert f"1 of 1 resources that can be tagged lacks CostCenter: 'it' ({type_})." in decision.messages[0]


@pytest.mark.parametrize("tags", [None, {}, dict.fromkeys(KEYS, ""), dict.fromkeys(KEYS)])
def test_a_resource_without_tags_is_reported(tags: Any) -> None:
    [message] = check(POLICY, resource(BUCKET, tags=tags)).messages
    assert "lacks Application, Component, CostCenter, Environment, ManagedBy and Project:" in message
    assert "Fix: Set the tags once for all resources in defaultTags of the provider (aws:defaultTags in the " in message


def test_an_empty_tag_is_missing_and_not_wrong_too() -> None:
    [message] = check(POLICY, resource(BUCKET, tags={"Environment": ""}), config=ENVIRONMENT).messages
    assert f"lacks Environment: 'it' ({BUCKET})." in message


def test_resources_that_lack_the_same_tags_are_one_finding() -> None:
    five = [resource(BUCKET, f"b{number}", tags=without("CostCenter", "Component")) for number in range(5)]
    other, right = resource(QUEUE, "jobs", tags=without("Project")), resource(QUEUE, "mail", tags=ALL)
    decision = check(POLICY, *five, other, right, resource("aws:iam/group:Group", "people"))
    assert decision.violations == ["", ""]
    assert decision.messages[0].startswith(
        "5 of 7 resources that can be tagged lack Component and CostCenter: "
        f"'b0' ({BUCKET}), 'b1' ({BUCKET}), 'b2' ({BUCKET}) and 2 others.\n"
    )
    assert decision.messages[1].startswith(f"1 of 7 resources that can be tagged lacks Project: 'jobs' ({QUEUE}).\n")


def test_what_cannot_be_tagged_needs_no_tags() -> None:
    assert check(
        POLICY,
        resource("aws:iam/group:Group"),
        resource("aws:inspector/resourceGroup:ResourceGroup", "group", tags={"Name": "x"}),
        resource("pulumi:pulumi:Stack", "shop"),
        resource("random:index/randomPet:RandomPet", "pet"),
    ).is_clean


# Values


@pytest.mark.parametrize("value", ["dev", "prod-eu", UNKNOWN, Secret("dev")])
def test_an_allowed_or_unknown_value_complies(value: Any) -> None:
    assert check(POLICY, resource(BUCKET, tags={"Environment": value}), config=ENVIRONMENT).is_clean


def test_other_values_are_reported() -> None:
    environments = ["prd", "stage", "prd", "qa", "test"]
    buckets = [resource(BUCKET, f"b{number}", tags={"Environment": name}) for number, name in enumerate(environments)]
    decision = check(POLICY, *buckets, config=ENVIRONMENT)
    assert decision.violations == [""]
    assert decision.messages[0].startswith(
        '5 of 5 resources that can be tagged have Environment "prd", "stage", "qa" and 1 other '
        f"(allowed: dev, prod-*): 'b0' ({BUCKET})"
    )


def test_missing_and_wrong_tags_are_said_together() -> None:
    config = {"required": {**ENVIRONMENT["required"], "Owner": []}}
    [message] = check(POLICY, resource(BUCKET, tags={"Environment": "prd"}), config=config).messages
    assert 'lacks Owner and has Environment "prd" (allowed: dev, prod-*): ' in message


def test_a_secret_value_is_judged_and_not_shown() -> None:
    decision = decide(POLICIES[POLICY], resource(BUCKET, tags={"Environment": Secret("canary")}), config=ENVIRONMENT)
    assert decision.violations == [""]
    assert "has Environment [secret] (allowed: dev, prod-*)" in decision.messages[0]
    assert "canary" not in decision.messages[0]
    whole = decide(POLICIES[POLICY], resource(BUCKET, tags=Secret({"Environment": "canary"})), config=ENVIRONMENT)
    assert "has Environment [secret]" in whole.messages[0]


@pytest.mark.parametrize("key", ["costcenter", "COSTCENTER", "Costcenter"])
def test_keys_differ_by_case_and_the_message_says_so(key: str) -> None:
    [message] = check(POLICY, resource(BUCKET, tags={**without("CostCenter"), key: "x"})).messages
    assert f"lacks CostCenter (not {key}: case counts): " in message


# Default tags


@pytest.mark.parametrize("default_tags", [{"tags": ALL}, json.dumps({"tags": ALL}), Secret(json.dumps({"tags": ALL}))])
def test_default_tags_of_the_provider_count(default_tags: Any) -> None:
    assert with_defaults(default_tags, (BUCKET, "a", None), (QUEUE, "b", {"Name": "b"})).is_clean


@pytest.mark.parametrize("default_tags", [None, "", {}, "{}", {"tags": None}, "no JSON", json.dumps({"tags": {}})])
def test_a_provider_without_default_tags_adds_none(default_tags: Any) -> None:
    assert with_defaults(default_tags, (BUCKET, "a", without("Project"))).violations == [""]


def test_default_tags_and_own_ones_make_the_tags() -> None:
    assert with_defaults({"tags": without("Component")}, (BUCKET, "a", {"Component": "api"})).is_clean
    [message] = with_defaults({"tags": without("Component", "Project")}, (BUCKET, "a", {"Project": "x"})).messages
    assert "lacks Component:" in message


def test_own_tags_override_default_ones() -> None:
    defaults = {"tags": {"Environment": "prd"}}
    assert with_defaults(defaults, (BUCKET, "a", {"Environment": "dev"}), **ENVIRONMENT).is_clean
    assert with_defaults(defaults, (BUCKET, "a", {}), **ENVIRONMENT).violations == [""]
    right = {"tags": {"Environment": "dev"}}
    assert with_defaults(right, (BUCKET, "a", {"Environment": "prd"}), **ENVIRONMENT).violations == [""]
    both = {"required": {**ENVIRONMENT["required"], "Owner": []}}
    mixed = {"tags": {"Environment": "prd", "Owner": "x"}}
    assert with_defaults(mixed, (BUCKET, "a", {"Environment": "dev"}), **both).is_clean


def test_all_tags_as_the_provider_answers_count() -> None:
    answered = resource(BUCKET, tags={"Name": "x"}, with_outputs={"tagsAll": {**ALL, "Name": "x"}})
    assert check(POLICY, answered).is_clean
    queue = resource(QUEUE, with_outputs={"tagsAll": ALL})
    assert check(POLICY, queue).is_clean
    unknown = resource(QUEUE, tags={}, with_outputs={"tagsAll": UNKNOWN})
    assert check(POLICY, unknown).violations == [""]


def test_auto_scaling_groups_have_a_list_of_tags_and_no_default_ones() -> None:
    tags = [{"key": key, "value": "x", "propagateAtLaunch": True} for key in KEYS]
    assert check(POLICY, resource(GROUP, tags=tags)).is_clean
    decision = with_defaults({"tags": ALL}, (GROUP, "workers", tags[1:]), (BUCKET, "a", None))
    assert decision.violations == [""]
    assert f"1 of 2 resources that can be tagged lacks Environment: 'workers' ({GROUP})." in decision.messages[0]
    assert (
        "Fix: Add the tags to the list tags of each group, with propagateAtLaunch true: defaultTags of the provider "
        "are not" in (decision.messages[0])
    )
    wrong = resource(GROUP, tags=[{"key": "Environment", "value": "prd"}])
    assert 'has Environment "prd"' in check(POLICY, wrong, config=ENVIRONMENT).messages[0]


def test_an_auto_scaling_group_is_reported_apart_for_it_is_mended_otherwise() -> None:
    decision = check(POLICY, resource(BUCKET, "a"), resource(GROUP, "workers"))
    assert ["defaultTags of the provider are not" in message for message in decision.messages] == [False, True]


# Unknown


def test_unknown_tags_are_undecided_unless_the_default_ones_suffice() -> None:
    decision = check(POLICY, resource(BUCKET, tags=UNKNOWN))
    assert (decision.violations, decision.undecided) == ([], ["it.tags"])
    assert with_defaults({"tags": ALL}, (BUCKET, "a", UNKNOWN)).is_clean
    assert with_defaults({"tags": {"Environment": "prd"}}, (BUCKET, "a", UNKNOWN), **ENVIRONMENT).undecided == [
        "a.tags"
    ]


@pytest.mark.parametrize("default_tags", [UNKNOWN, Secret(UNKNOWN), {"tags": UNKNOWN}])
def test_unknown_default_tags_are_undecided_once(default_tags: Any) -> None:
    decision = with_defaults(default_tags, (BUCKET, "a", {}), (BUCKET, "b", {}), (BUCKET, "c", ALL))
    assert (decision.violations, decision.undecided) == ([], ["default.defaultTags.tags"])
    # A value of the resource's own is wrong whatever they are.
    wrong = with_defaults(default_tags, (BUCKET, "a", {"Environment": "prd"}), **ENVIRONMENT)
    assert (wrong.violations, wrong.undecided) == ([""], [])
    both = {"required": {**ENVIRONMENT["required"], "Owner": []}}
    partly = with_defaults(default_tags, (BUCKET, "a", {"Environment": "prd"}), **both)
    assert (partly.violations, partly.undecided) == ([""], ["default.defaultTags.tags"])
    assert "Owner" not in partly.messages[0]


@pytest.mark.parametrize("tags", [UNKNOWN, [UNKNOWN], [{"key": UNKNOWN, "value": "x"}]])
def test_unknown_tags_of_an_auto_scaling_group_are_undecided(tags: Any) -> None:
    decision = check(POLICY, resource(GROUP, tags=tags))
    assert (decision.violations, decision.undecided) == ([], ["it.tags"])
    tags = [{"key": "Environment", "value": UNKNOWN}]
    assert check(POLICY, resource(GROUP, tags=tags), config=ENVIRONMENT).is_clean


def test_a_value_from_another_resource_counts() -> None:
    pet = resource("random:index/randomPet:RandomPet", "pet")
    assert check(POLICY, pet, resource(BUCKET, tags={**ALL, "Project": ref(pet)})).is_clean


# Config


def test_each_resource_is_reported_when_config_says_so() -> None:
    resources = [resource(BUCKET, "a"), resource(QUEUE, "b", tags={"Environment": "prd"}), resource(GROUP, "c")]
    decision = check(POLICY, *resources, config={**ENVIRONMENT, "perResource": True})
    assert decision.violations == ["a.tags", "b.tags", "c.tags"]
    assert decision.messages[0].startswith("This resource lacks Environment.\nFix: Set the tags once")
    assert decision.messages[1].startswith('This resource has Environment "prd" (allowed: dev, prod-*).\n')
    assert decision.messages[2].startswith("This resource lacks Environment.\nFix: Add the tags to the list tags")


@pytest.mark.parametrize("pattern", [BUCKET, "aws:s3/*", "shared-*"])
def test_types_and_names_may_be_exempt(pattern: str) -> None:
    config = {"exempt": [pattern]}
    bucket, queue = resource(BUCKET, "shared-logs"), resource(QUEUE, "jobs")
    assert check(POLICY, bucket, config=config).is_clean
    assert "1 of 1 resources" in check(POLICY, bucket, queue, config=config).messages[0]


def test_a_twin_may_be_exempt_by_either_token() -> None:
    balancer = resource("aws:alb/loadBalancer:LoadBalancer")
    for pattern in ("aws:alb/*", "aws:lb/*"):
        assert check(POLICY, balancer, config={"exempt": [pattern]}).is_clean


def test_nothing_may_be_required() -> None:
    assert check(POLICY, resource(BUCKET), resource(BUCKET, "b", tags=UNKNOWN), config={"required": {}}).is_clean


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"required": ["Environment"]}, "'required': [\"Environment\"] is not allowed; it must be an object"),
        ({"required": {"Environment": "dev"}}, "'required[...]'"),
        ({"perResource": "yes"}, "'perResource': \"yes\" is not allowed; it must be true or false"),
        ({"keys": []}, "has no config key 'keys'"),
    ],
)
def test_config_that_does_not_fit_is_explained(config: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        check(POLICY, config=config)
    assert problem in raised.value.problems[0]


REQUIRED = {"CostCenter": ["cc-42"], "Environment": ["dev", "prod"], "Project": ["pay*"], "Owner": []}


def remedies(of: Resource, required: dict[str, list[str]]) -> list[Any]:
    policy = POLICIES["tags-required"]
    assert policy.remediate
    config = parse_config(policy.id, policy.config_type, {"required": required})
    found = [each for each in policy.remediate(of, config) if isinstance(each, Violation)]
    assert all(isinstance(each.at, Value) and each.at.path == "tags" for each in found)
    return [each.remediation for each in found]


def test_tags_of_which_one_value_is_allowed_can_be_filled_in() -> None:
    queue = "aws:sqs/queue:Queue"
    assert remedies(resource(queue), REQUIRED) == [{"CostCenter": "cc-42"}]
    assert remedies(resource(queue, tags={"CostCenter": UNKNOWN}), REQUIRED) == []
    assert remedies(resource(queue, tags={"CostCenter": "other"}), REQUIRED) == []
    assert remedies(resource(queue, tags=UNKNOWN), REQUIRED) == []
    assert remedies(resource("aws:autoscaling/group:Group"), REQUIRED) == []
    assert remedies(resource("aws:iam/accountAlias:AccountAlias"), REQUIRED) == []


@pytest.mark.parametrize(
    "name", ["bucketObject:BucketObject", "bucketObjectv2:BucketObjectv2", "objectCopy:ObjectCopy"]
)
def test_objects_in_buckets_need_no_tags(name: str) -> None:
    assert check(POLICY, resource(f"aws:s3/{name}", bucket="b", key="k")).is_clean
