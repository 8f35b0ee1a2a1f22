"""A policy's config: from the engine's floats to typed values, and sentences about what does not fit."""

import json
from typing import Annotated, Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Meta, field

from policypack.config import Config, ConfigError, SharedConfig, allowed, config_schema, parse_config
from policypack.pack import PACK
from policypack.policy import Policy


class Inner(Config):
    """A config in a config."""

    max_days: Annotated[int, Meta(ge=1, description="Days.")] = 7
    names: tuple[str, ...] = ()


class Example(Config):
    """A bit of everything."""

    retention_days: Annotated[int, Meta(ge=1, le=3653, description="How long.")] = 90
    ratio: float = 0.5
    level: Literal["low", "high"] = "low"
    enabled: bool = True
    title: str | None = None
    ports: tuple[int, ...] = (443,)
    inner: Annotated[Inner, Meta(description="For the inner one.")] = field(default_factory=Inner)
    by_engine: dict[str, Inner] = field(default_factory=dict)


def parse(**properties: Any) -> Example:
    return parse_config("the-policy", Example, properties)


def refused(config_type: type[Config] = Example, **properties: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_config("the-policy", config_type, properties)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


# Values


def test_without_properties_the_defaults_hold() -> None:
    assert parse() == Example()


def test_keys_are_in_camel_case_and_values_typed() -> None:
    config = parse(retentionDays=30, title="logs", byEngine={"postgres": {"maxDays": 3, "names": ["a"]}})
    assert config == Example(retention_days=30, title="logs", by_engine={"postgres": Inner(max_days=3, names=("a",))})


def test_the_floats_of_the_engine_are_integers_everywhere() -> None:
    config = parse(retentionDays=90.0, ports=[443.0, 8443], inner={"maxDays": 3.0}, byEngine={"x": {"maxDays": 4.0}})
    found = (config.retention_days, *config.ports, config.inner.max_days, config.by_engine["x"].max_days)
    assert found == (90, 443, 8443, 3, 4)
    assert {type(number) for number in found} == {int}


@pytest.mark.parametrize("ratio", [1, 1.0, 0.25])
def test_a_number_may_be_whole_or_not(ratio: float) -> None:
    assert parse(ratio=ratio).ratio == ratio


def test_null_is_a_value_only_where_it_may_stand() -> None:
    assert parse(title=None).title is None
    assert len(refused(enabled=None)) == 1


# Sentences


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"retentionDays": 0}, "'retentionDays': 0 is not allowed; it must be an integer from 1 to 3653"),
        ({"retentionDays": 3654.0}, "'retentionDays': 3654 is not allowed; it must be an integer from 1 to 3653"),
        ({"retentionDays": 1.5}, "'retentionDays': 1.5 is not allowed; it must be an integer from 1 to 3653"),
        ({"retentionDays": "90"}, "'retentionDays': \"90\" is not allowed; it must be an integer from 1 to 3653"),
        ({"level": "medium"}, '\'level\': "medium" is not allowed; it must be one of "high", "low"'),
        ({"enabled": 1.0}, "'enabled': 1 is not allowed; it must be true or false"),
        ({"ratio": True}, "'ratio': true is not allowed; it must be a number"),
        ({"title": 5}, "'title': 5 is not allowed; it must be a string or null"),
        ({"ports": 443}, "'ports': 443 is not allowed; it must be a list, each entry an integer"),
        ({"ports": [443, "x"]}, "'ports[1]': [443, \"x\"] is not allowed; it must be a list, each entry an integer"),
        ({"inner": []}, "'inner': [] is not allowed; it must be an object with the keys maxDays, names"),
        (
            {"inner": {"maxDays": 0}},
            "'inner.maxDays': {\"maxDays\": 0} is not allowed; it must be an object with the keys maxDays, names "
            "(expected `int` >= 1)",
        ),
        (
            {"byEngine": {"x": {"other": 1}}},
            '\'byEngine[...]\': {"x": {"other": 1}} is not allowed; it must be an object whose values are each an '
            "object with the keys maxDays, names",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_what_would(properties: dict[str, Any], sentence: str) -> None:
    assert refused(**properties) == [f"policy 'the-policy', config key {sentence}"]


@pytest.mark.parametrize(
    ("key", "nearest"),
    [("retentionDay", "retentionDays"), ("retention_days", "retentionDays"), ("Enabled", "enabled"), ("port", "ports")],
)
def test_an_unknown_key_is_named_with_the_nearest_one(key: str, nearest: str) -> None:
    properties: dict[str, Any] = {key: 1}
    assert refused(**properties) == [f"policy 'the-policy' has no config key '{key}'; did you mean '{nearest}'?"]


def test_an_unknown_key_like_none_of_them_is_named_with_all() -> None:
    (sentence,) = refused(Inner, xyz=1)
    assert sentence == "policy 'the-policy' has no config key 'xyz'; it has 'maxDays', 'names'"


def test_a_policy_without_config_says_so() -> None:
    assert refused(Config, days=1) == ["policy 'the-policy' has no config key 'days'; it takes no config"]


def test_the_names_of_the_fields_are_no_keys() -> None:
    assert "did you mean 'maxDays'?" in refused(Inner, max_days=1)[0]


def test_every_mistake_is_said_in_one_error() -> None:
    found = refused(retentionDays=0, colour="red", enabled="yes", level="low")
    assert [sentence.split("'")[3] for sentence in found] == ["retentionDays", "colour", "enabled"]


def test_a_long_value_is_cut() -> None:
    (sentence,) = refused(retentionDays="x" * 10_000)
    assert len(sentence) < 400


@settings(database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["retentionDays", "level", "ports", "inner", "byEngine", "other"]),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text("a1", max_size=5) | st.integers(),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("a1", max_size=3), inner, max_size=2),
            max_leaves=5,
        ),
    )
)
def test_any_properties_make_a_config_or_one_sentence_a_key(properties: dict[str, Any]) -> None:
    problems: list[str] = []
    try:
        config = parse_config("the-policy", Example, properties)
    except ConfigError as error:
        problems = error.problems
    else:
        assert isinstance(config.retention_days, int)
    assert len(problems) <= len(properties)
    assert any("'other'" in problem for problem in problems) is ("other" in properties)


# Words


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer"}, "an integer"),
        ({"type": "integer", "minimum": 0}, "an integer from 0"),
        ({"type": "integer", "maximum": 9}, "an integer up to 9"),
        ({"type": "number", "minimum": 1, "maximum": 2}, "a number from 1 to 2"),
        ({"type": "string", "pattern": "^a"}, "a string that matches ^a"),
        ({"type": "string", "pattern": "^a", "examples": ["ab", "ac"]}, 'a string such as "ab" or "ac"'),
        ({"type": "boolean"}, "true or false"),
        ({"type": "null"}, "null"),
        ({"enum": ["a", 1, None]}, 'one of "a", 1, null'),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "a string or null"),
        (
            {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
            "a list, each entry a list, each entry a string",
        ),
        ({"type": "array"}, "a list, each entry any value"),
        ({"type": "object", "properties": {"a": {}, "b": {}}}, "an object with the keys a, b"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "an object whose values are each an integer"),
        ({"type": "object"}, "an object whose values are each any value"),
        ({"type": "object", "additionalProperties": False}, "an object whose values are each any value"),
        ({}, "any value"),
    ],
)
def test_what_is_allowed_in_words(schema: dict[str, Any], words: str) -> None:
    assert allowed(schema) == words


# Schemas


def test_a_schema_has_the_keys_bounds_and_defaults() -> None:
    schema = config_schema(Example)
    assert list(schema) == ["retentionDays", "ratio", "level", "enabled", "title", "ports", "inner", "byEngine"]
    assert schema["retentionDays"] == {
        "type": "integer",
        "description": "How long.",
        "minimum": 1,
        "maximum": 3653,
        "default": 90,
    }
    assert schema["ports"]["default"] == [443]


def test_nested_types_are_written_in_place() -> None:
    schema = config_schema(Example)
    assert "$ref" not in json.dumps(schema)
    assert "$defs" not in json.dumps(schema)
    assert schema["inner"]["properties"]["maxDays"]["minimum"] == 1
    assert schema["inner"]["description"] == "For the inner one."
    assert schema["byEngine"]["additionalProperties"]["properties"]["names"]["type"] == "array"
    assert schema["byEngine"]["additionalProperties"]["additionalProperties"] is False


def test_a_config_without_keys_has_an_empty_schema() -> None:
    assert config_schema(Config) == {}


def named(policy: Policy) -> str:
    return policy.id


@pytest.mark.parametrize("policy", PACK.policies, ids=named)
def test_every_key_of_the_pack_has_a_description_and_a_default_that_it_takes(policy: Policy) -> None:
    schema = config_schema(policy.config_type)
    assert "$ref" not in json.dumps(schema)
    for key, entry in schema.items():
        assert entry["description"].endswith(".")
        if "default" in entry:
            assert parse_config(policy.id, policy.config_type, {key: entry["default"]}) == policy.config_type()
        else:
            assert key in config_schema(SharedConfig), "another policy has to say what it is"
