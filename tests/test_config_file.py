"""Policy config files: every mistake is a sentence with its line, and the schema takes what is right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policypack.config_file import Mistake, check_config, check_file, file_schema
from policypack.pack import PACK
from policypack.policy import Pack
from policypack.settings import PolicySettings
from tests.test_settings import POLICIES, Limits, RetentionConfig

SAMPLE = Pack("sample", "1.2.3", "For these tests.", POLICIES)
PRESETS = sorted((Path(__file__).resolve().parents[1] / "config").glob("*.json"))
LEVELS = "advisory, mandatory, remediate, disabled"
UNREADABLE_NUMBER = "f: a number cannot be read: it is NaN, Infinity, or thousands of digits long"


def mistakes(text: str) -> list[str]:
    return [mistake.in_file("f") for mistake in check_config(text, SAMPLE)[1]]


def of_content(content: object) -> list[str]:
    """The sentences about a file of one line."""
    return [mistake.removeprefix("f:1: ") for mistake in mistakes(json.dumps(content))]


def levels(content: object) -> list[str]:
    found, wrong = check_config(json.dumps(content), SAMPLE)
    assert wrong == []
    return [found[policy.id].level for policy in POLICIES]


# What is right


@pytest.mark.parametrize("text", ["", " \n", "{}"])
def test_an_empty_file_says_nothing(text: str) -> None:
    assert check_config(text, SAMPLE) == check_config('{"log-key": "mandatory"}', SAMPLE)
    assert check_config(text, SAMPLE)[0]["log-retention"] == PolicySettings("mandatory", RetentionConfig())


def test_a_policy_has_a_level_or_a_level_and_values() -> None:
    text = """{
      "log-key": "advisory",
      "log-retention": {"enforcementLevel": "disabled", "minDays": 365.0, "overrides": {"/ecs/*": {"most": 7.0}}}
    }"""
    found, wrong = check_config(text, SAMPLE)
    assert wrong == []
    expected = RetentionConfig(min_days=365, overrides={"/ecs/*": Limits(most=7)})
    assert found["log-retention"] == PolicySettings("disabled", expected)
    assert [found[id_].level for id_ in ("log-key", "egress")] == ["advisory", "disabled"]


@pytest.mark.parametrize("for_all", ["advisory", {"enforcementLevel": "advisory"}])
def test_the_level_for_all_is_that_of_policies_without_their_own(for_all: object) -> None:
    assert levels({"all": for_all}) == ["advisory"] * 3
    assert levels({"log-key": "remediate", "all": for_all, "log-retention": {"minDays": 7}}) == [
        "advisory",
        "remediate",
        "advisory",
    ]


def test_what_sets_nothing_changes_nothing() -> None:
    assert levels({"all": {}, "egress": {}, "environments": ["shared/tags"]}) == levels({})


# Mistakes


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('{\n  "log-key": "advisory"\n  "all": 1}', "f:3:3: this is not JSON: Expecting ',' delimiter"),
        ("{'all': 1}", "f:1:2: this is not JSON: Expecting property name enclosed in double quotes"),
        ('{"all": "advisory"} // all', "f:1:21: this is not JSON: Extra data"),
        ('{"log-retention": {"minDays": NaN}}', UNREADABLE_NUMBER),
        ('{"log-retention": {"minDays": -Infinity}}', UNREADABLE_NUMBER),
        ('{"log-retention": {"minDays": ' + "1" * 5000 + "}}", UNREADABLE_NUMBER),
        ("\ufeff{}", "f:1: the file begins with a byte order mark; save it as UTF-8 without one"),
        ("[1]", "f: the file holds [1]; it must be an object: policy ids and what each is set to"),
        ("null", "f: the file holds null; it must be an object: policy ids and what each is set to"),
        (
            '{"version": 2, "policies": {"all": "advisory"}}',
            "f: this is a file of version 2, which only newer Pulumi CLIs read: write what it has under 'policies' at "
            "the top, without 'version', and its exceptions as exemptions of the policy 'exemptions'",
        ),
        ('{"log-key":' * 50_000, "f: the values are nested too deeply"),
    ],
    ids=lambda text: text[:30],
)
def test_a_file_that_is_no_object_has_one_mistake(text: str, mistake: str) -> None:
    assert mistakes(text) == [mistake]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"log-kei": "advisory"}, "the pack has no policy 'log-kei'; did you mean 'log-key'?"),
        ({"All": "advisory"}, "the pack has no policy 'All'; did you mean 'all'?"),
        ({"environment": {}}, "the pack has no policy 'environment'; did you mean 'environments'?"),
        (
            {"log-key": "mandatry"},
            "policy 'log-key': \"mandatry\" is not an enforcement level; did you mean 'mandatory'?",
        ),
        ({"log-key": "warn"}, f"policy 'log-key': \"warn\" is not an enforcement level; there are {LEVELS}"),
        ({"log-key": ""}, f"policy 'log-key': \"\" is not an enforcement level; there are {LEVELS}"),
        ({"all": "Advisory"}, "'all': \"Advisory\" is not an enforcement level; did you mean 'advisory'?"),
        (
            {"log-key": {"enforcementLevel": 1}},
            f"policy 'log-key': 1 is not an enforcement level; there are {LEVELS}",
        ),
        (
            {"log-key": {"enforcementLevel": None}},
            f"policy 'log-key': null is not an enforcement level; there are {LEVELS}",
        ),
        (
            {"log-key": {"enforcementLevel": ["advisory"]}},
            f"policy 'log-key': [\"advisory\"] is not an enforcement level; there are {LEVELS}",
        ),
        (
            {"log-key": {"enforcement_level": "advisory"}},
            "policy 'log-key' has no config key 'enforcement_level'; did you mean 'enforcementLevel'?",
        ),
        (
            {"log-key": True},
            "policy 'log-key': true is not allowed; it must be a level or an object with 'enforcementLevel' and "
            "config keys",
        ),
        ({"all": {"minDays": 7}}, "'all' sets the level of all policies; it has no config key 'minDays'"),
        (
            {"all": None},
            "'all': null is not allowed; it must be a level or an object with 'enforcementLevel' and config keys",
        ),
        (
            {"log-retention": {"minDay": 7}},
            "policy 'log-retention' has no config key 'minDay'; did you mean 'minDays'?",
        ),
        (
            {"log-retention": {"minDays": 0}},
            "policy 'log-retention', config key 'minDays': 0 is not allowed; it must be an integer from 1 to 3653",
        ),
        (
            {"log-retention": {"minDays": 10**20}},
            f"policy 'log-retention', config key 'minDays': 1{'0' * 20} is not allowed; "
            "it must be an integer from 1 to 3653",
        ),
        (
            {"log-retention": {"minDays": "x"}},
            "policy 'log-retention', config key 'minDays': \"x\" is not allowed; it must be an integer from 1 to 3653",
        ),
        (
            {"log-retention": {"minDays": 30, "maxDays": 7}},
            "policy 'log-retention', config key 'maxDays': it is less than minDays",
        ),
        (
            {"$schema": "./policy-config.schema.json"},
            "the engine does not take '$schema' here; tell your editor's settings which schema the file has",
        ),
        (
            {"environments": "shared/tags"},
            "'environments': \"shared/tags\" is not allowed; it must be a list of names of Pulumi ESC environments",
        ),
        (
            {"environments": ["tags", 1]},
            "'environments': [\"tags\", 1] is not allowed; it must be a list of names of Pulumi ESC environments",
        ),
    ],
    ids=lambda content: json.dumps(content) if isinstance(content, dict) else "",
)
def test_each_kind_of_mistake_is_a_sentence(content: object, sentence: str) -> None:
    assert of_content(content) == [sentence]


@pytest.mark.parametrize("depth", [100, 400, 900, 9_000, 90_000])
@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"a":', "}")])
def test_however_deep_a_value_is_it_is_one_mistake(depth: int, start: str, end: str) -> None:
    [sentence] = mistakes('{"log-retention": {"minDays":' + start * depth + "1" + end * depth + "}}")
    assert "'minDays'" in sentence or sentence == "f: the values are nested too deeply"


def test_a_number_beyond_all_floats_is_out_of_bounds() -> None:
    [sentence] = mistakes('{"log-retention": {"minDays": 1e400}}')
    assert "'minDays': Infinity is not allowed; it must be an integer from 1 to 3653" in sentence


def test_three_mistakes_are_three_sentences_each_with_its_line() -> None:
    text = """{
  "all": "advisory",
  "log-retention": {
    "enforcementLevel": "mandatory",
    "minimumDays": 7,
    "overrides": {
      "/ecs/*": {"least": "x"}
    }
  },
  "log-kee": "advisory"
}"""
    found = [(mistake.line, mistake.sentence.split(";")[0]) for mistake in check_config(text, SAMPLE)[1]]
    assert found == [
        (5, "policy 'log-retention' has no config key 'minimumDays'"),
        (6, 'policy \'log-retention\', config key \'overrides[...].least\': {"/ecs/*": {"least": "x"}} is not allowed'),
        (10, "the pack has no policy 'log-kee'"),
    ]


def test_lines_are_those_of_the_keys_wherever_else_their_names_stand() -> None:
    text = """
{ "log-retention"
    : {"classes": ["minDays", "{", "\\"}"],
       "overrides": {"minDays": {},
                     "minDays: {": {}},
       "min\\u0044ays"
         : 0},
  "log-key":
    5}"""
    assert [mistake.line for mistake in check_config(text, SAMPLE)[1]] == [6, 8]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"log-key": "advisory",\n"log-key": "mandatory"}', [(2, "log-key")]),
        ('{"log-key": "x",\n"log-key": "mandatory"}', [(2, "log-key")]),
        ('{"log-retention": {"minDays": 1,\n\n"minDays": 1}}', [(3, "minDays")]),
        ('{"log-retention": {"overrides": {"a": {},\n"b": {},\n"\\u0061": {}}}}', [(3, "a")]),
        ('{"all": "advisory",\n"all": "advisory",\n"all": "advisory"}', [(2, "all"), (3, "all")]),
        ('{"log-retention": {"overrides": {"a": {"least": 1},\n"b": {"least": 1}, "least": {}}}}', []),
    ],
)
def test_a_key_that_stands_twice_in_one_object_is_a_mistake(text: str, expected: list[tuple[int, str]]) -> None:
    sentence = "the key '{}' stands twice in one object; only the last would count"
    assert check_config(text, SAMPLE)[1] == [Mistake(sentence.format(key), line) for line, key in expected]


def test_equal_keys_of_several_objects_of_a_list_are_right() -> None:
    [sentence] = of_content({"log-retention": {"minDays": [{"a": 1}, {"a": 1}]}})
    assert "'minDays'" in sentence


def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    latin = tmp_path / "latin.json"
    latin.write_bytes(b'{\n"all": "\xe9"}')
    assert check_file(latin, SAMPLE) == ({}, [Mistake("the file is not UTF-8 text", 2)])
    assert check_file(tmp_path, SAMPLE) == ({}, [Mistake("the file cannot be read: Is a directory")])
    missing = Mistake("the file cannot be read: No such file or directory")
    assert check_file(tmp_path / "missing.json", SAMPLE) == ({}, [missing])


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.sampled_from(["advisory", "al"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["least", "b"]), inner, max_size=2),
    max_leaves=5,
)
ENTRIES = st.dictionaries(st.sampled_from(["enforcementLevel", "minDays", "maxDays", "classes", "overrides"]), VALUES)
NAMES = ["all", "environments", "log-key", "log-retention", "egress", "other", "$schema"]


@settings(database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(NAMES), VALUES | ENTRIES))
def test_any_content_is_right_or_has_its_mistakes(content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=1)
    found, wrong = check_config(text, SAMPLE)
    assert wrong or set(found) == {policy.id for policy in POLICIES}
    assert all(mistake.line is None or mistake.line <= text.count("\n") + 1 for mistake in wrong)


@settings(database=None, deadline=None)
@given(st.text() | st.text('{}[]",:\\ \nalx01'))
def test_any_text_is_right_or_has_its_mistakes(text: str) -> None:
    check_config(text, SAMPLE)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
def test_the_presets_are_right(preset: Path) -> None:
    assert check_file(preset, PACK)[1] == []


# The schema

TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "integer": (int, float),
    "number": (int, float),
}
ANNOTATIONS = {"$schema", "title", "description", "default", "examples"}


def fits(value: Any, schema: Any) -> bool:
    """Whether a value fits a schema, by as much of JSON Schema as the pack's schema has."""
    if isinstance(schema, bool):
        return schema
    return all(
        keyword in ANNOTATIONS or _fits_keyword(value, keyword, expected, schema)
        for keyword, expected in schema.items()
    )


def _fits_keyword(value: Any, keyword: str, expected: Any, schema: dict[str, Any]) -> bool:
    match keyword:
        case "type":
            number = isinstance(value, bool) is False if expected in ("integer", "number") else True
            whole = value == int(value) if expected == "integer" and isinstance(value, float) else True
            return isinstance(value, TYPES[expected]) and number and whole
        case "enum":
            return value in expected
        case "anyOf":
            return any(fits(value, choice) for choice in expected)
        case "properties":
            return not isinstance(value, dict) or all(
                fits(value[key], expected[key]) for key in value if key in expected
            )
        case "additionalProperties":
            known = schema.get("properties", {})
            return not isinstance(value, dict) or all(fits(value[key], expected) for key in value if key not in known)
        case "required":
            return not isinstance(value, dict) or set(expected) <= set(value)
        case "items":
            return not isinstance(value, list) or all(fits(entry, expected) for entry in value)
        case "minItems" | "maxItems":
            return not isinstance(value, list) or (len(value) - expected) * (1 if keyword == "minItems" else -1) >= 0
        case "minLength" | "maxLength":
            return not isinstance(value, str) or (len(value) - expected) * (1 if keyword == "minLength" else -1) >= 0
        case "minimum":
            return not isinstance(value, int | float) or value >= expected
        case "maximum":
            return not isinstance(value, int | float) or value <= expected
        case "pattern":
            return not isinstance(value, str) or bool(re.search(expected, value))
    raise AssertionError(f"the schema has a keyword that these tests do not know: {keyword}")


def test_the_schema_takes_its_own_examples() -> None:
    told = [found for found in _schemas(file_schema(PACK)) if "examples" in found]
    assert told
    for found in told:
        assert all(fits(example, found) for example in found["examples"]), found


def _schemas(schema: Any) -> Iterator[dict[str, Any]]:
    """A schema and all within it."""
    if isinstance(schema, dict):
        yield schema
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _schemas(inner)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
def test_the_schema_takes_the_presets(preset: Path) -> None:
    assert fits(json.loads(preset.read_text()), file_schema(PACK))


@pytest.mark.parametrize(
    "content",
    [
        {"all": "disabled", "environments": ["shared/tags"]},
        {"all": {"enforcementLevel": "advisory"}, "log-key": {}},
        {"log-retention": {"enforcementLevel": "remediate", "minDays": 365.0, "overrides": {"a": {"least": None}}}},
        {"log-kei": "advisory"},
        {"$schema": "x"},
        {"all": "Advisory"},
        {"all": {"minDays": 7}},
        {"log-key": "warn"},
        {"log-key": True},
        {"log-key": {"key": 1}},
        {"log-retention": {"minDays": 0}},
        {"log-retention": {"minDays": 7.5}},
        {"log-retention": {"minDays": True}},
        {"log-retention": {"overrides": {"a": {"leas": 1}}}},
        {"log-retention": {"classes": [1]}},
        {"environments": {}},
        [],
    ],
    ids=json.dumps,
)
def test_the_schema_and_the_check_agree(content: object) -> None:
    assert fits(content, file_schema(SAMPLE)) == (not check_config(json.dumps(content), SAMPLE)[1])


def test_the_schema_says_what_a_policy_and_a_key_are() -> None:
    schema = json.loads(json.dumps(file_schema(SAMPLE)))
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert schema["title"] == "Policy config of sample 1.2.3"
    assert list(schema["properties"]) == ["all", "environments", "log-retention", "log-key", "egress"]
    retention = schema["properties"]["log-retention"]
    assert retention["description"] == "log-retention holds.\nhttps://docs.test/"
    level, entry = retention["anyOf"]
    assert level == {"enum": LEVELS.split(", "), "default": "mandatory"}
    assert entry["properties"]["enforcementLevel"]["default"] == "mandatory"
    assert entry["properties"]["minDays"] == {
        "type": "integer",
        "description": "The fewest days.",
        "minimum": 1,
        "maximum": 3653,
        "default": 90,
    }
    assert schema["properties"]["egress"]["default"] == "disabled"
    assert "default" not in schema["properties"]["all"]


def test_the_schema_describes_every_name_of_the_pack() -> None:
    for entry in file_schema(PACK)["properties"].values():
        assert entry["description"]
        _, *objects = entry.get("anyOf", [None])
        assert all(key["description"].endswith(".") for found in objects for key in found["properties"].values())
