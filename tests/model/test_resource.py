"""Values of a resource: absent, known or unknown, secret or not, and that reading one never raises."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from policypack.model import ASSET, DEEPEST, UNKNOWN, Context, Resource, Secret, Stack, Value, leaves
from policypack.testing import ref, resource, urn

CANARY = "canary-Password2024"
on_any_shape = settings(database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def value(raw: Any) -> Value:
    """A property that a program gave the raw value."""
    return resource("test:index:It", a=raw).get("a")


def paths(values: Any) -> list[str]:
    return [each.path for each in values]


def raws(values: Any) -> list[Any]:
    return [each.raw for each in values]


def test_leaves_come_from_left_to_right_and_are_secret_where_what_they_are_in_is() -> None:
    raw = {"a": [1, {"b": "two", "c": []}], "d": Secret([Secret("three"), {"e": None}]), "f": UNKNOWN, "g": ASSET}
    assert [*leaves(raw)] == [
        (1, False),
        ("two", False),
        ("three", True),
        (None, True),
        (UNKNOWN, False),
        (ASSET, False),
    ]
    assert [*leaves(Secret(Secret("alone")))] == [("alone", True)]


# Any shape

NAMES = st.sampled_from(["a", "b", "c"])
PATHS = st.lists(st.tuples(NAMES, st.sampled_from(["", "[]", "?"])), min_size=1, max_size=4).map(
    lambda steps: ".".join(name + suffix for name, suffix in steps)
)


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3), inner.map(Secret)
        ),
        max_leaves=12,
    )


JSON_TEXTS = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("a1é", max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=5,
).map(json.dumps)
SHAPES = nested(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64)
    | st.floats()
    | st.text("a1.é\0 ", max_size=100)
    | JSON_TEXTS
    | st.sampled_from([UNKNOWN, ASSET, "true", "False", "256", "1e3", "nan", "[", "", "[" * 100_000])
)


def everything_of(read: Value) -> list[Any]:
    """All that a policy can ask a value for."""
    return [
        (read.text, read.number, read.is_true, read.is_false, read.is_unset, read.shown),
        (read.json(), list(read.json().entries()), list(read.entries())),
        (read.property_name, read.dependency_urns, read.dependencies),
    ]


@on_any_shape
@given(inputs=st.dictionaries(NAMES, SHAPES), path=PATHS)
def test_reading_never_raises(inputs: dict[str, Any], path: str) -> None:
    it = resource("test:index:It", "it", **inputs)
    for read in [it.get(path), *it.each(path), it.output("a"), it.get("a").get(path), *it.get("a").json().each(path)]:
        assert everything_of(read)


@on_any_shape
@given(inputs=st.dictionaries(NAMES, SHAPES), path=PATHS)
def test_a_value_is_absent_or_known_or_unknown_and_never_an_envelope(inputs: dict[str, Any], path: str) -> None:
    it = resource("test:index:It", "it", **inputs)
    for read in [it.get(path), *it.each(path)]:
        assert [read.is_absent, read.is_known, read.is_unknown].count(True) == 1
        assert not isinstance(read.raw, Secret)


@on_any_shape
@given(inputs=st.dictionaries(NAMES, nested(st.just(Secret(CANARY)) | st.none()), min_size=1), path=PATHS)
def test_no_text_form_of_a_secret_shows_it(inputs: dict[str, Any], path: str) -> None:
    it = resource("test:index:It", "it", **inputs)
    for read in [it.get(path), *it.each(path), it.output("a"), it.get(path).json()]:
        assert CANARY not in f"{read.shown} {read!r} {read}"
    assert CANARY not in f"{it!r} {it} {inputs['a'] if isinstance(inputs.get('a'), Secret) else ''}"


@on_any_shape
@given(raw=SHAPES, path=PATHS)
@example(raw=UNKNOWN, path="a.b")
@example(raw=UNKNOWN, path="a[].b")
@example(raw=[{"a": 1}], path="a.b")
def test_everything_inside_a_secret_is_secret(raw: Any, path: str) -> None:
    secret = value(Secret(raw))
    assert all(read.is_secret for read in [secret, secret.get(path), *secret.each(path), secret.json()])
    assert all(read.is_secret for _, read in secret.entries())


@on_any_shape
@given(path=PATHS)
def test_everything_inside_an_unknown_value_is_unknown(path: str) -> None:
    unknown = value(UNKNOWN)
    assert unknown.get(path).is_unknown
    assert all(read.is_unknown for read in unknown.each(path))


@on_any_shape
@given(inputs=st.dictionaries(NAMES, SHAPES), names=st.lists(NAMES, min_size=1, max_size=4))
def test_get_and_each_say_the_same_where_no_list_is_named(inputs: dict[str, Any], names: list[str]) -> None:
    it = resource("test:index:It", "it", **inputs)
    path = ".".join(names)
    (read,) = it.each(path)
    assert (read.raw is it.get(path).raw, read.path) == (True, it.get(path).path)


# Paths


def test_get_walks_into_blocks() -> None:
    it = resource("test:index:It", "it", a={"b": {"c": 1}})
    assert (it.get("a.b.c").raw, it.get("a.b.c").path) == (1, "a.b.c")
    assert it.get("a").get("b.c").path == "a.b.c"


@pytest.mark.parametrize("path", ["x", "a.x", "a.b.x", "s.x", "l.x", "n.x"])
def test_what_is_not_there_is_absent(path: str) -> None:
    it = resource("test:index:It", "it", a={"b": 1}, s="text", l=[{"x": 1}], n=None)
    assert it.get(path).is_absent
    assert it.get(path).path == path


def test_each_visits_every_element() -> None:
    it = resource("test:index:It", "it", rules=[{"status": "on"}, {}, {"status": UNKNOWN}, Secret({"status": "off"})])
    found = list(it.each("rules[].status"))
    assert paths(found) == [f"rules[{index}].status" for index in range(4)]
    assert raws(found) == ["on", None, UNKNOWN, "off"]
    assert [each.is_secret for each in found] == [False, False, False, True]


def test_each_visits_lists_in_lists() -> None:
    it = resource("test:index:It", "it", a=[{"b": [1, 2]}, {"b": []}, {}, {"b": [3]}])
    assert paths(it.each("a[].b[]")) == ["a[0].b[0]", "a[0].b[1]", "a[3].b[0]"]
    assert raws(it.each("a[].b[]")) == [1, 2, 3]


@pytest.mark.parametrize("suffix", ["[]", "?"])
def test_an_object_and_a_list_of_one_read_the_same(suffix: str) -> None:
    path = f"a{suffix}.b"
    assert raws(resource("test:index:It", "it", a={"b": 1}).each(path)) == [1]
    assert raws(resource("test:index:It", "it", a=[{"b": 1}]).each(path)) == [1]


@pytest.mark.parametrize("suffix", ["[]", "?"])
@pytest.mark.parametrize("absent", [None, [], Secret(None), Secret([])])
def test_each_visits_nothing_in_an_absent_list_or_block(suffix: str, absent: Any) -> None:
    assert paths(resource("test:index:It", "it", a=absent).each(f"a{suffix}.b")) == []


def test_an_optional_block_that_is_empty_is_one() -> None:
    assert paths(resource("test:index:It", "it", a={}).each("a?.b")) == ["a.b"]


def test_an_unknown_list_is_one_unknown_element() -> None:
    it = resource("test:index:It", "it", a=UNKNOWN)
    assert [(each.path, each.raw) for each in it.each("a[].b")] == [("a[].b", UNKNOWN)]
    assert [(each.path, each.raw) for each in it.each("a?.b")] == [("a.b", UNKNOWN)]


def test_without_a_suffix_what_is_not_there_is_visited_as_absent() -> None:
    assert raws(resource("test:index:It", "it").each("a.b")) == [None]
    assert raws(resource("test:index:It", "it", a=[{"b": 1}]).each("a.b")) == [None]


def test_entries_are_those_of_a_known_map_or_list() -> None:
    entries = dict(value({"x": 1, "y": Secret(2), "z": UNKNOWN}).entries())
    assert {key: (each.raw, each.is_secret, each.path) for key, each in entries.items()} == {
        "x": (1, False, "a.x"),
        "y": (2, True, "a.y"),
        "z": (UNKNOWN, False, "a.z"),
    }
    assert [(key, each.raw, each.path) for key, each in value([1, 2]).entries()] == [("0", 1, "a[0]"), ("1", 2, "a[1]")]
    assert [list(value(raw).entries()) for raw in (UNKNOWN, None, "text")] == [[], [], []]


@pytest.mark.parametrize(("path", "name"), [("a", "a"), ("a.b", "a"), ("a[].b", "a"), ("a[0].b", "a")])
def test_a_value_knows_the_property_that_it_is_in(path: str, name: str) -> None:
    assert Value(resource("test:index:It"), path, None).property_name == name


# Reading


@pytest.mark.parametrize(
    ("raw", "text", "number"),
    [
        ("db.t3.small", "db.t3.small", None),
        ("256", "256", 256.0),
        (256.0, "256", 256.0),
        (256, "256", 256.0),
        (0.5, "0.5", 0.5),
        (0, "0", 0.0),
        (-1.0, "-1", -1.0),
        (999999, "999999", 999999.0),
        (1000000.0, "1000000", 1000000.0),
        (-123456789.0, "-123456789", -123456789.0),
        (1234567.5, "1234567.5", 1234567.5),
        (1234.5678, "1234.5678", 1234.5678),
        (0.1234567, "0.1234567", 0.1234567),
        (999999.5, "999999.5", 999999.5),
        (2**60 + 1, "1152921504606846977", float(2**60)),
        (True, "true", None),
        (False, "false", None),
        ("true", "true", None),
        ("", "", None),
        (None, "", None),
        (UNKNOWN, "", None),
        ([1], "", None),
        ({"b": 1}, "", None),
        (ASSET, "", None),
        (Secret("5"), "5", 5.0),
    ],
)
def test_text_and_number(raw: Any, text: str, number: float | None) -> None:
    assert value(raw).text == text
    assert value(raw).number == number


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_is_not_finite_is_no_number(text: str) -> None:
    read = value(text).json()
    assert isinstance(read.raw, float)
    assert read.number is None
    assert value(text).number is None
    assert everything_of(read)


@pytest.mark.parametrize("raw", [True, "true", "True", "TRUE", Secret(True), Secret("true")])
def test_true_is_true_however_it_is_written(raw: Any) -> None:
    assert value(raw).is_true
    assert not value(raw).is_false


@pytest.mark.parametrize("raw", [False, "false", "False", Secret(False)])
def test_false_is_false_however_it_is_written(raw: Any) -> None:
    assert value(raw).is_false
    assert not value(raw).is_true


@pytest.mark.parametrize("raw", [None, UNKNOWN, Secret(UNKNOWN), "", 0, 1, "yes", [True], {"true": True}, ASSET])
def test_anything_else_is_neither_true_nor_false(raw: Any) -> None:
    assert not value(raw).is_true
    assert not value(raw).is_false


@pytest.mark.parametrize("raw", [None, "", 0, 0.0, False, [], {}, Secret(""), Secret(None)])
def test_what_providers_send_for_unset_values_is_empty(raw: Any) -> None:
    assert value(raw).is_unset


@pytest.mark.parametrize("raw", ["x", "0", 1, True, [None], {"b": None}, UNKNOWN, Secret(UNKNOWN), ASSET])
def test_unknown_values_and_all_others_are_not_empty(raw: Any) -> None:
    assert not value(raw).is_unset


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (None, "not set"),
        (UNKNOWN, "unknown"),
        (Secret(UNKNOWN), "unknown"),
        ("text", '"text"'),
        ("", '""'),
        (True, "true"),
        (7.0, "7"),
        (0, "0"),
        (Secret("x"), "[secret]"),
        (Secret(5), "[secret]"),
        (Secret([1]), "[secret]"),
        (Secret(Secret(True)), "[secret]"),
        (ASSET, "[asset]"),
        ([], "a list of 0"),
        ([Secret(CANARY)], "a list of 1"),
        ([[CANARY]], "a list of 1"),
        ({"b": Secret(CANARY), CANARY: 1}, "a block of 2"),
        ("x" * 80, '"' + "x" * 80 + '"'),
        ("x" * 81, '"' + "x" * 79 + '…"'),
        ("a\nb\x1b[2J\ud800", '"a\\nb\\x1b[2J\\ud800"'),
    ],
)
def test_what_a_message_shows(raw: Any, shown: str) -> None:
    assert value(raw).shown == shown


def test_json_reads_into_the_document() -> None:
    document = value('{"Statement": [{"Action": "*"}, {"Action": null}]}').json()
    found = list(document.each("Statement[].Action"))
    assert raws(found) == ["*", None]
    assert paths(found) == ["a.Statement[0].Action", "a.Statement[1].Action"]


@pytest.mark.parametrize("raw", ["no json", "", "{", "[" * 99, None, 5, ASSET, "null"])
def test_what_is_no_json_document_is_absent(raw: Any) -> None:
    assert value(raw).json().is_absent


@pytest.mark.parametrize("raw", ["[" * 100_000, '{"a": ' * 100_000, "9" * 5000, '{"a": ' + "9" * 5000 + "}"])
def test_a_json_document_that_python_does_not_read_is_unknown(raw: str) -> None:
    assert value(raw).json().is_unknown


@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("depth", [DEEPEST, DEEPEST + 1, 480, 900])
def test_what_is_nested_too_deeply_in_a_json_document_is_unknown(start: str, end: str, depth: int) -> None:
    document = value(f'[{start * depth}"*"{end * depth}, "shallow"]').json()
    assert document.raw[1] == "shallow"
    inner, levels = document.raw[0], 0
    while isinstance(inner, list | dict):
        inner, levels = (inner[0] if isinstance(inner, list) else inner["a"]), levels + 1
    assert levels <= DEEPEST
    assert inner is UNKNOWN if depth > DEEPEST else inner == "*"


def test_the_keys_of_a_secret_map_are_in_no_path() -> None:
    assert [(key, entry.path) for key, entry in value(Secret({CANARY: 1})).entries()] == [(CANARY, "a.[secret]")]
    assert [entry.path for _, entry in value({"x\ny\x1b": 1}).entries()] == ["a.x\\ny\\x1b"]


@pytest.mark.parametrize("document", [{"Statement": [{"Action": "*"}]}, [{"Statement": []}]])
def test_what_stands_in_the_place_of_a_json_document_is_what_it_says(document: Any) -> None:
    assert value(document).json().raw == document
    assert value('[{"Name": "A", "Inner": {"B": "C"}, "": 1}]').json(decapitalize=True).raw == [
        {"name": "A", "inner": {"b": "C"}, "": 1}
    ]


def test_json_keeps_unknown_and_secret() -> None:
    assert value(UNKNOWN).json().get("Statement").is_unknown
    assert value(Secret('{"b": 1}')).json().get("b").is_secret
    assert value(Secret(UNKNOWN)).json().is_secret


# Resources


def test_the_program_decides_even_where_the_provider_has_a_default() -> None:
    it = resource("test:index:It", "it", a=1, with_outputs={"a": 2, "b": 3})
    assert it.get("a").raw == 1
    assert it.get("b").is_absent
    assert list(it.each("b[]")) == []


def test_a_resource_of_the_state_is_read_by_its_outputs() -> None:
    it = Resource("urn", "test:index:It", "it", context=Context(), inputs=None, outputs={"b": Secret(3)})
    assert (it.get("b").raw, it.get("b").is_secret) == (3, True)
    assert raws(it.each("b")) == [3]


def test_a_resource_without_properties_has_absent_ones() -> None:
    it = Resource("urn", "test:index:It", "it", context=Context())
    assert it.get("a").is_absent
    assert it.output("a").is_absent


def test_an_output_is_the_answer_or_what_was_asked_for() -> None:
    it = resource("test:index:It", "it", a=1, b=2, with_outputs={"a": Secret(9), "id": UNKNOWN})
    assert (it.output("a").raw, it.output("a").is_secret) == (9, True)
    assert it.output("b").raw == 2
    assert it.output("id").is_unknown


@pytest.mark.parametrize("outputs", [None, {}, {"id": "it-1"}])
def test_without_an_answer_an_output_is_what_was_asked_for(outputs: dict[str, Any] | None) -> None:
    asked = Resource("urn", "test:index:It", "it", context=Context(), inputs={"a": 1}, outputs=outputs)
    assert asked.output("a").raw == 1


@pytest.mark.parametrize(
    ("token", "type_"),
    [
        ("aws:s3/bucketV2:BucketV2", "aws:s3/bucket:Bucket"),
        ("aws:s3/bucketVersioningV2:BucketVersioningV2", "aws:s3/bucketVersioning:BucketVersioning"),
        ("aws:alb/listener:Listener", "aws:lb/listener:Listener"),
        ("aws:elasticloadbalancingv2/listenerRule:ListenerRule", "aws:lb/listenerRule:ListenerRule"),
        ("aws:elasticloadbalancing/loadBalancer:LoadBalancer", "aws:elb/loadBalancer:LoadBalancer"),
        ("aws:s3/bucket:Bucket", "aws:s3/bucket:Bucket"),
    ],
)
def test_twins_share_a_type_and_keep_their_token(token: str, type_: str) -> None:
    assert (resource(token).token, resource(token).type) == (token, type_)


def test_sources_are_the_resources_that_a_property_depends_on() -> None:
    key, role = resource("test:index:Key", "key"), resource("test:index:Role", "role")
    outside = urn("test:index:Key", "outside")
    it = resource("test:index:It", "it", a={"b": [ref(key), Secret(ref(outside))]}, c=ref(role, "role-1"))
    it = Stack([it, key, role], Context()).resources[it.urn]
    nested_value = next(it.each("a.b[]"))
    assert nested_value.dependency_urns == (key.urn, outside)
    assert nested_value.dependencies == [key]
    assert nested_value.dependency_types == {key.type}
    # Told once for all that is in the property.
    assert nested_value.dependency_types is it.get(nested_value.property_name).dependency_types
    assert it.get("c").dependencies == [role]
    assert it.get("d").dependencies == []
    assert it.get("d").dependency_types == set()


def test_before_the_stack_stage_there_are_no_sources() -> None:
    alone = resource("test:index:It", a=ref(resource("test:index:Key"))).get("a")
    assert alone.dependencies == []
    assert alone.dependency_types == set()


def test_what_holds_secrets_and_the_unknown_have_text_forms_that_tell_nothing() -> None:
    assert (repr(Secret(CANARY)), repr(UNKNOWN), repr(ASSET)) == ("[secret]", "unknown", "[asset]")
    assert CANARY not in repr(Context(config={"password": CANARY}))


@pytest.mark.parametrize("raw", [Secret(CANARY), CANARY, [CANARY], {"b": CANARY}])
def test_the_text_form_of_a_value_says_where_it_is_and_never_what_it_is(raw: Any) -> None:
    assert CANARY not in repr(value(raw))
    assert "path='a'" in repr(value(raw))


def test_a_document_is_parsed_once_for_all_who_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []

    def loads(text: str, **_: Any) -> dict[str, str]:
        parsed.append(text)
        return {"text": text}

    monkeypatch.setattr("json.loads", loads)
    it = resource("test:index:It", a="1", b="2", c=Secret("1"))
    for _ in range(3):
        assert it.get("a").json().raw == {"text": "1"}
        assert it.get("b").json().raw == {"text": "2"}
        assert it.get("a").json(decapitalize=True).raw == {"text": "1"}
        assert it.get("c").json().is_secret
    assert parsed == ["1", "2", "1", "1"]


def test_what_was_read_is_of_the_value_that_a_path_has_now() -> None:
    it = resource("test:index:It", a="[1]", with_outputs={"a": "[2]"})
    for _ in range(2):
        assert it.get("a").json().raw == [1]
        assert it.output("a").json().raw == [2]


def test_what_is_remembered_of_one_resource_is_bounded() -> None:
    it = resource("test:index:It", a=[f"[{n}]" for n in range(1000)])
    assert [each.json().raw for each in it.each("a[]")] == [[n] for n in range(1000)]
    assert len(it.readings) < 100


def test_a_resource_of_a_stack_has_readings_of_its_own() -> None:
    it = resource("test:index:It", a="[1]")
    it.get("a").json()
    [bound] = Stack([it], Context()).resources.values()
    assert not bound.readings
