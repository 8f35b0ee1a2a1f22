"""The relations of a stack: by dependency and by equal known value, in both directions."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policypack.model import UNKNOWN, Context, Resource, Secret, Stack, StackUnknownError, remembered, type_of
from policypack.testing import ref, resource, urn

KEY = "aws:kms/key:Key"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
VERSIONING_V2 = "aws:s3/bucketVersioningV2:BucketVersioningV2"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
ARN = "arn:aws:kms:eu-west-1:111122223333:key/0d5c"


def stack_of(*resources: Resource) -> Stack:
    return Stack(resources, Context())


def names(resources: Sequence[Resource]) -> list[str]:
    return [each.name for each in resources]


def related(stack: Stack, referrer: Resource, prop: str, target: Resource) -> bool:
    """Whether a resource refers to another; both directions have to say the same."""
    back = referrer in stack.referrers(target, referrer.type, prop)
    assert (target in stack.targets(referrer.get(prop), target.type)) is back
    return back


# What makes a relation


@pytest.mark.parametrize("value", [UNKNOWN, ARN, "anything"])
def test_a_dependency_is_a_relation_whatever_the_value(value: Any) -> None:
    key = resource(KEY, "key")
    group = resource(GROUP, "group", kmsKeyId=ref(key, value))
    assert related(stack_of(group, key), group, "kmsKeyId", key)


IDENTIFIERS = [
    "id",
    "arn",
    "name",
    "bucket",
    "keyId",
    "identifier",
    "clusterIdentifier",
    "url",
    "repositoryUrl",
]


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_a_known_value_that_names_a_resource_is_a_relation(identifier: str) -> None:
    key = resource(KEY, "key", with_outputs={identifier: "the-key"})
    other = resource(KEY, "other", with_outputs={identifier: "the-other-key"})
    group = resource(GROUP, "group", kmsKeyId="the-key")
    stack = stack_of(group, key, other)
    assert related(stack, group, "kmsKeyId", key)
    assert not related(stack, group, "kmsKeyId", other)


def test_a_name_that_the_program_writes_out_is_known_before_the_provider_answers() -> None:
    bucket = Resource("urn:bucket", BUCKET, "bucket", context=Context(), inputs={"bucket": "documents"})
    versioning = Resource("urn:versioning", VERSIONING, "v", context=Context(), inputs={"bucket": "documents"})
    assert related(stack_of(bucket, versioning), versioning, "bucket", bucket)


@pytest.mark.parametrize(
    ("identifier", "value"),
    [("id", ""), ("id", None), ("id", UNKNOWN), ("description", "same"), ("tags", "same")],
)
def test_no_relation_by_an_empty_or_unknown_value_or_one_that_names_nothing(identifier: str, value: Any) -> None:
    key = resource(KEY, "key", with_outputs={identifier: value})
    group = resource(GROUP, "group", kmsKeyId=value)
    assert not related(stack_of(key, group), group, "kmsKeyId", key)


def test_a_part_of_a_name_is_no_relation() -> None:
    key = resource(KEY, "key", with_outputs={"arn": ARN})
    group = resource(GROUP, "group", kmsKeyId=f"{ARN}/more")
    assert not related(stack_of(key, group), group, "kmsKeyId", key)


@pytest.mark.parametrize("value", [ARN, ref(urn(KEY, "key")), Secret(ARN), Secret(ref(urn(KEY, "key")))])
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_references_are_found_in_blocks_lists_and_secrets(value: Any, depth: int) -> None:
    for _ in range(depth):
        value = {"block": ["text", 5, None, Secret({"inner": value})]}
    key = resource(KEY, "key", with_outputs={"arn": ARN})
    it = resource("test:index:It", "it", settings=value)
    assert related(stack_of(it, key), it, "settings", key)


@pytest.mark.parametrize("key_name", [Secret(ARN), Secret(Secret(ARN))])
def test_a_secret_name_names_its_resource(key_name: Any) -> None:
    key = resource(KEY, "key", with_outputs={"arn": key_name})
    group = resource(GROUP, "group", kmsKeyId=ARN)
    assert related(stack_of(key, group), group, "kmsKeyId", key)


def test_a_resource_of_the_state_refers_by_its_outputs() -> None:
    key = Resource("urn:key", KEY, "key", context=Context(), outputs={"arn": ARN})
    group = Resource("urn:group", GROUP, "group", context=Context(), outputs={"kmsKeyId": ARN})
    assert related(stack_of(key, group), group, "kmsKeyId", key)


def test_a_dependency_of_a_property_without_a_value_is_a_relation() -> None:
    key = resource(KEY, "key")
    group = Resource(
        "urn:group", GROUP, "group", context=Context(), inputs={}, property_dependencies={"kmsKeyId": (key.urn,)}
    )
    assert related(stack_of(key, group), group, "kmsKeyId", key)


def test_a_relation_belongs_to_its_property() -> None:
    key = resource(KEY, "key")
    group = resource(GROUP, "group", kmsKeyId=ref(key), name="loans")
    stack = stack_of(key, group)
    assert not related(stack, group, "name", key)
    assert stack.referrers(key, GROUP, "name", "kmsKeyId") == [group]


def test_a_relation_found_in_two_ways_is_one() -> None:
    key = resource(KEY, "key", with_outputs={"arn": ARN, "id": "0d5c", "keyId": "0d5c"})
    group = resource(GROUP, "group", kmsKeyId=[ref(key, ARN), "0d5c", ARN])
    stack = stack_of(key, group)
    assert stack.referrers(key, GROUP, "kmsKeyId") == [group]
    assert stack.targets(group.get("kmsKeyId"), KEY) == [key]


# Through a neighbour


@pytest.mark.parametrize("bucket_name", [UNKNOWN, "anything"])
def test_a_neighbours_property_of_the_same_name_leads_to_what_it_refers_to(bucket_name: Any) -> None:
    bucket = resource(BUCKET, "bucket")
    versioning = resource(VERSIONING, "versioning", bucket=ref(bucket, bucket_name))
    policy = resource(POLICY, "policy", bucket=ref(versioning, bucket_name))
    stack = stack_of(policy, versioning, bucket)
    assert related(stack, policy, "bucket", bucket)
    assert related(stack, policy, "bucket", versioning)
    assert stack.unresolved(POLICY, "bucket", BUCKET) == []


def test_a_neighbours_property_of_another_name_leads_nowhere() -> None:
    key, bucket = resource(KEY, "key"), resource(BUCKET, "bucket")
    versioning = resource(VERSIONING, "versioning", bucket=ref(bucket), mfa=ref(key))
    policy = resource(POLICY, "policy", bucket=ref(versioning), policy=ref(versioning))
    stack = stack_of(key, bucket, versioning, policy)
    assert not related(stack, policy, "bucket", key)
    assert not related(stack, policy, "policy", bucket)
    assert stack.unresolved(POLICY, "policy", BUCKET) == [policy]


def test_the_way_through_neighbours_is_one_step_long() -> None:
    bucket = resource(BUCKET, "bucket")
    first = resource(VERSIONING, "first", bucket=ref(bucket))
    second = resource(POLICY, "second", bucket=ref(first))
    third = resource(POLICY, "third", bucket=ref(second))
    stack = stack_of(bucket, first, second, third)
    assert related(stack, third, "bucket", first)
    assert not related(stack, third, "bucket", bucket)
    assert stack.unresolved(POLICY, "bucket", BUCKET) == [third]


def test_a_neighbours_reference_out_of_the_stack_is_resolved() -> None:
    versioning = resource(VERSIONING, "versioning", bucket=ref(urn(BUCKET, "read-with-get")))
    policy = resource(POLICY, "policy", bucket=ref(versioning))
    stack = stack_of(versioning, policy)
    assert stack.targets(policy.get("bucket"), BUCKET) == []
    assert stack.unresolved(POLICY, "bucket", BUCKET) == []


def test_neighbours_in_a_circle_are_no_referrers_of_themselves() -> None:
    first = resource(POLICY, "first", bucket=ref(urn(POLICY, "second")))
    second = resource(POLICY, "second", bucket=ref(first))
    stack = stack_of(first, second)
    assert stack.referrers(first, POLICY, "bucket") == [second]
    assert stack.referrers(second, POLICY, "bucket") == [first]


# Who is asked for


def test_only_the_types_that_are_asked_for_are_given() -> None:
    key, bucket = resource(KEY, "key"), resource(BUCKET, "bucket")
    it = resource("test:index:It", "it", settings=[ref(key), ref(bucket)])
    stack = stack_of(key, bucket, it)
    assert stack.targets(it.get("settings"), KEY) == [key]
    assert stack.targets(it.get("settings"), KEY, BUCKET) == [key, bucket]
    assert stack.targets(it.get("settings")) == []
    assert stack.referrers(key, GROUP, "settings") == []


def test_names_may_repeat_across_types() -> None:
    bucket = resource(BUCKET, "loans", bucket="loans")
    group = resource(GROUP, "loans", name="loans")
    versioning = resource(VERSIONING, "loans", bucket="loans")
    stack = stack_of(bucket, group, versioning)
    assert stack.targets(versioning.get("bucket"), BUCKET) == [bucket]
    assert stack.targets(versioning.get("bucket"), GROUP) == [group]
    assert len(stack.resources) == 3


def test_every_resource_of_that_name_is_a_target() -> None:
    buckets = [resource(BUCKET, name, bucket="loans") for name in ("old", "new")]
    versioning = resource(VERSIONING, "v", bucket="loans")
    stack = stack_of(*buckets, versioning)
    assert stack.targets(versioning.get("bucket"), BUCKET) == buckets
    assert all(related(stack, versioning, "bucket", bucket) for bucket in buckets)


def test_every_referrer_is_given_in_the_order_of_the_stack() -> None:
    key = resource(KEY, "key", with_outputs={"arn": ARN})
    groups = [resource(GROUP, name, kmsKeyId=value) for name, value in (("c", ARN), ("a", ref(key)), ("b", ARN))]
    assert names(stack_of(*groups, key).referrers(key, GROUP, "kmsKeyId")) == ["c", "a", "b"]


@pytest.mark.parametrize("bucket_token", [BUCKET, BUCKET_V2])
@pytest.mark.parametrize("token", [VERSIONING, VERSIONING_V2])
def test_twins_are_asked_for_by_the_type_that_policies_know(bucket_token: str, token: str) -> None:
    bucket = resource(bucket_token, "bucket")
    versioning = resource(token, "v", bucket=ref(bucket))
    stack = stack_of(bucket, versioning)
    assert stack.of_type(BUCKET) == [bucket]
    assert stack.of_type(VERSIONING) == [versioning]
    assert stack.of_type(BUCKET_V2) == []
    assert stack.referrers(bucket, VERSIONING, "bucket") == [versioning]
    assert stack.targets(versioning.get("bucket"), BUCKET) == [bucket]


def test_resources_come_by_type_in_the_order_asked_for() -> None:
    stack = stack_of(*(resource(token, name) for token, name in ((KEY, "1"), (BUCKET, "2"), (KEY, "3"))))
    assert names(stack.of_type(BUCKET, KEY)) == ["2", "1", "3"]
    assert stack.of_type(GROUP) == []


def test_every_resource_knows_its_stack() -> None:
    bucket = resource(BUCKET)
    stack = stack_of(bucket)
    assert stack.resources[bucket.urn].stack is stack
    assert stack.resources[bucket.urn] == bucket


def test_a_stack_leaves_the_resources_that_it_is_given_as_they_were() -> None:
    bucket = resource(BUCKET)
    stack_of(bucket)
    assert not bucket.is_in_stack
    with pytest.raises(StackUnknownError):
        _ = bucket.stack


# Circles


def test_a_resource_is_no_referrer_of_itself() -> None:
    group = resource("aws:ec2/securityGroup:SecurityGroup", "web", ingress=["sg-1"], with_outputs={"id": "sg-1"})
    stack = stack_of(group)
    assert stack.referrers(group, group.type, "ingress") == []


def test_a_resource_that_depends_on_itself_is_no_referrer_of_itself() -> None:
    own = urn(GROUP, "group")
    group = resource(GROUP, "group", kmsKeyId=ref(own))
    assert stack_of(group).referrers(group, GROUP, "kmsKeyId") == []


def test_resources_may_refer_to_each_other() -> None:
    first = resource(BUCKET, "first", bucket="first", logging={"targetBucket": "second"})
    second = resource(BUCKET, "second", bucket="second", logging={"targetBucket": ref(first)})
    stack = stack_of(first, second)
    assert related(stack, first, "logging", second)
    assert related(stack, second, "logging", first)


# What is not there


def test_a_dependency_outside_of_the_stack_leads_nowhere() -> None:
    outside = resource(KEY, "outside")
    group = resource(GROUP, "group", kmsKeyId=ref(outside))
    stack = stack_of(group)
    assert stack.targets(group.get("kmsKeyId"), KEY) == []
    assert stack.referrers(resource(KEY, "another"), GROUP, "kmsKeyId") == []


def test_an_empty_stack_has_no_relations() -> None:
    assert stack_of().of_type(KEY) == []
    assert stack_of().referrers(resource(KEY), GROUP, "kmsKeyId") == []
    assert stack_of().unresolved(GROUP, "kmsKeyId", KEY) == []


# What could refer to anything


@pytest.mark.parametrize("value", [UNKNOWN, Secret(UNKNOWN), ref(urn("random:index/randomId:RandomId", "suffix"))])
@pytest.mark.parametrize("token", [VERSIONING, VERSIONING_V2])
def test_an_unknown_property_is_unresolved(token: str, value: Any) -> None:
    versioning = resource(token, "v", bucket=value)
    assert stack_of(versioning).unresolved(VERSIONING, "bucket", BUCKET) == [versioning]


@pytest.mark.parametrize("value", ["documents", None, ref(urn(BUCKET, "b")), ref(urn(BUCKET_V2, "b"))])
def test_a_property_that_is_known_or_depends_on_a_target_is_resolved(value: Any) -> None:
    stack = stack_of(resource(VERSIONING, "v", bucket=value))
    assert stack.unresolved(VERSIONING, "bucket", BUCKET) == []


def test_a_property_that_depends_on_a_target_among_others_is_resolved() -> None:
    versioning = resource(VERSIONING, "v", bucket=ref(urn(BUCKET, "b")))
    versioning.property_dependencies = {"bucket": (urn(KEY, "key"), urn(BUCKET, "b"))}
    stack = stack_of(versioning)
    assert stack.unresolved(VERSIONING, "bucket", BUCKET) == []
    assert stack.unresolved(VERSIONING, "bucket", GROUP, KEY) == []
    assert stack.unresolved(VERSIONING, "bucket", GROUP) == [versioning]
    assert stack.unresolved(VERSIONING, "bucket") == [versioning]


def test_other_types_and_other_properties_are_not_unresolved() -> None:
    stack = stack_of(resource(VERSIONING, "v", bucket=UNKNOWN), resource(GROUP, "g", kmsKeyId=UNKNOWN, name="g"))
    assert stack.unresolved(GROUP, "name", KEY) == []
    assert names(stack.unresolved(GROUP, "kmsKeyId", KEY)) == ["g"]


# URNs


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        (urn(KEY, "key"), KEY),
        (urn(BUCKET_V2, "bucket"), BUCKET),
        (urn(f"my:index:Site${BUCKET}", "bucket"), BUCKET),
        (urn(f"my:index:Site$my:index:Part${BUCKET_V2}", "bucket"), BUCKET),
        (urn(BUCKET, "a::name$with::all"), BUCKET),
        ("urn:pulumi:dev::test", ""),
        ("no urn", ""),
        ("", ""),
    ],
)
def test_the_type_inside_a_urn(text: str, type_: str) -> None:
    assert type_of(text) == type_


# Any shape

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.sampled_from(["r0", "r1", "r2", ""]) | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner) | inner.map(Secret),
    max_leaves=8,
)


@settings(database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    values=st.lists(ANYTHING, min_size=3, max_size=3),
    dependencies=st.lists(st.lists(st.integers(0, 3), max_size=2), min_size=3, max_size=3),
)
def test_both_directions_say_the_same_of_any_stack(values: list[Any], dependencies: list[list[int]]) -> None:
    type_ = "test:index:It"
    resources = [
        Resource(
            urn(type_, f"r{index}"),
            type_,
            f"r{index}",
            context=Context(),
            inputs={"settings": value},
            outputs={"id": f"r{index}"},
            property_dependencies={"settings": tuple(urn(type_, f"r{target}") for target in targets)},
        )
        for index, (value, targets) in enumerate(zip(values, dependencies, strict=True))
    ]
    stack = stack_of(*resources)
    for target in resources:
        for referrer in resources:
            if target is not referrer:
                related(stack, referrer, "settings", target)
    assert set(stack.unresolved(type_, "settings")) <= set(resources)


# Questions whose answers are remembered


def test_a_question_is_answered_once_for_each_resource_stack_and_argument() -> None:
    asked = []

    @remembered
    def question(bucket: Resource, more: str) -> str:
        asked.append((bucket.name, more))
        return bucket.name + more

    for stack in (stack_of(resource(BUCKET, "a"), resource(BUCKET, "b")), stack_of(resource(BUCKET, "a"))):
        for _ in range(2):
            for bucket in stack.of_type(BUCKET):
                assert question(bucket, "!") == f"{bucket.name}!"
                assert question(bucket, "?") == f"{bucket.name}?"
    assert asked == [("a", "!"), ("a", "?"), ("b", "!"), ("b", "?"), ("a", "!"), ("a", "?")]


def test_a_question_about_a_stack_is_answered_once() -> None:
    asked = []

    @remembered
    def question(stack: Stack) -> int:
        asked.append(stack)
        return len(stack.resources)

    stack = stack_of(resource(BUCKET, "a"))
    assert [question(stack), question(stack)] == [1, 1]
    assert asked == [stack]


def test_a_question_about_a_resource_needs_the_stack() -> None:
    with pytest.raises(StackUnknownError):
        remembered(lambda bucket: bucket.name)(resource(BUCKET))
