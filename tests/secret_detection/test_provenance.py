"""Where a secret comes from, by what is known of it."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.model import Context, Place, Resource, Stack
from policypack.secret_detection import has_word, plain_config_secrets
from policypack.secret_detection.provenance import LITERALS, Evidence, Origin, evidence
from policypack.testing import UNKNOWN, Secret, ref, resource
from tests.support import SilentProgram

HERE = (Place("app.py", 3),)


@pytest.mark.parametrize(
    ("known", "origin"),
    [
        # Unknown: what it depends on decides.
        ({"is_known": False}, Origin.FETCHED),
        ({"is_known": False, "depends": True, "is_made": True}, Origin.CREATED),
        ({"is_known": False, "depends": True, "is_made": False}, Origin.UNCLEAR),
        ({"is_known": False, "is_made": None}, Origin.UNCLEAR),
        ({"is_known": False, "is_write_only": True}, Origin.MANAGED),
        ({"is_known": False, "is_write_only": True, "depends": True, "is_made": True}, Origin.MANAGED),
        ({"is_known": False, "is_write_only": True, "depends": True}, Origin.UNCLEAR),
        ({"is_known": False, "is_made_in_plain": True}, Origin.MADE_IN_PLAIN),
        ({"is_made_in_plain": True, "is_write_only": True}, Origin.MADE_IN_PLAIN),
        # Known: somebody wrote it down, if anything shows it.
        ({}, Origin.FETCHED),
        ({"plain_keys": ("shop:password",)}, Origin.PLAIN_CONFIG),
        ({"plain_keys": ("a",), "secret_keys": ("b",)}, Origin.PLAIN_CONFIG),
        ({"secret_keys": ("shop:password",)}, Origin.FETCHED),
        ({"secret_keys": ("a",), "is_marked": False, "places": HERE}, Origin.FETCHED),
        ({"secret_keys": ("a",), "is_write_only": True}, Origin.MANAGED),
        ({"is_marked": False}, Origin.UNMARKED),
        ({"is_marked": False, "places": HERE}, Origin.IN_SOURCE),
        ({"places": HERE}, Origin.IN_SOURCE),
        ({"places": HERE, "is_made": True}, Origin.IN_SOURCE),
        ({"places": HERE, "is_write_only": True}, Origin.IN_SOURCE),
        ({"is_made": None}, Origin.UNCLEAR),
        ({"is_made": True, "looks_human": lambda: True}, Origin.CREATED),
        ({"looks_human": lambda: True}, Origin.GUESSABLE),
        ({"looks_human": lambda: True, "is_write_only": True}, Origin.GUESSABLE),
        ({"looks_human": lambda: True, "unseen": "too many files"}, Origin.GUESSABLE),
        ({"unseen": "too many files"}, Origin.UNCLEAR),
        ({"is_write_only": True}, Origin.MANAGED),
    ],
)
def test_the_strongest_evidence_decides(known: dict[str, Any], origin: Origin) -> None:
    assert Evidence(**{"is_known": True, **known}).origin == origin


def test_a_literal_is_one_that_somebody_wrote_down() -> None:
    allowed = {Origin.MANAGED, Origin.FETCHED, Origin.CREATED}
    assert set(Origin) - LITERALS - {Origin.UNCLEAR} == allowed


DATABASE = "aws:rds/instance:Instance"
STRONG = "kX3vTq9ZrLw7bNs2YdFh"
MAKER = resource("random:index/randomPassword:RandomPassword", "made")
OTHER = resource("aws:s3/bucket:Bucket", "other")


def found(*stack: Resource, text: str = STRONG, prop: str = "password", **info: Any) -> Evidence:
    """The evidence about the last resource's property."""
    database = stack[-1]
    if info.pop("whole", True):
        database = Stack(stack, database.context).resources[database.urn]
    return evidence(database.get(prop), text, read_source=info.pop("read_source", True))


def test_marks_config_dependencies_and_inputs_are_read() -> None:
    info = Context(
        config={
            "shop:a": STRONG,
            "shop:b": STRONG,
            "shop:c": f'{{"deep": [{{"x": "{STRONG}"}}]}}',
            "shop:d": "[no json",
        },
        config_secret_keys=frozenset({"shop:b"}),
    )
    read = found(resource(DATABASE, with_context=info, password=Secret(STRONG)))
    assert (read.is_known, read.is_marked, read.is_made, read.depends) == (True, True, False, False)
    assert (read.plain_keys, read.secret_keys) == (("shop:a", "shop:c"), ("shop:b",))
    assert not found(resource(DATABASE, password=STRONG)).is_marked
    assert found(resource(DATABASE, passwordWo=Secret(STRONG)), prop="passwordWo").is_write_only
    made = resource(DATABASE, password=ref(MAKER, Secret(UNKNOWN)))
    assert (found(MAKER, made, text="").is_made, found(MAKER, made, text="").is_known) == (True, False)
    unmade = found(OTHER, resource(DATABASE, password=ref(OTHER)), text="")
    assert (unmade.is_made, unmade.depends) == (False, True)
    assert found(resource(DATABASE, password=Secret(STRONG)), whole=False).is_made is None


class Source(SilentProgram):
    note = "it is long"

    def places(self, value: str) -> tuple[Place, ...]:
        return HERE if value == STRONG else ()


def test_the_source_is_asked_where_there_is_one_and_it_is_wanted() -> None:
    info: Any = Context(program=Source())
    database = resource(DATABASE, with_context=info, password=Secret(STRONG))
    assert (found(database).places, found(database).unseen) == (HERE, "it is long")
    assert found(database, text="another").places == ()
    unasked = found(database, read_source=False)
    assert (unasked.places, unasked.unseen) == ((), "")
    assert found(resource(DATABASE, password=Secret(STRONG))).places == ()


@pytest.mark.parametrize(
    ("names", "order"),
    [
        ([("a.py", 40)], [("a.py", 41), ("a.py", 7), ("b.py", 3)]),
        ([("b.py", 2), ("a.py", 9)], [("b.py", 3), ("a.py", 7), ("a.py", 41)]),
        ([], [("a.py", 7), ("a.py", 41), ("b.py", 3)]),
    ],
)
def test_the_place_nearest_to_the_resources_name_comes_first(
    names: list[tuple[str, int]], order: list[tuple[str, int]]
) -> None:
    class Several(Source):
        def places(self, value: str) -> tuple[Place, ...]:
            stand = {STRONG: [("a.py", 7), ("a.py", 41), ("b.py", 3)], "ledger": names}
            return tuple(Place(*place) for place in stand[value])

    info: Any = Context(program=Several())
    database = resource(DATABASE, "ledger", with_context=info, password=Secret(STRONG))
    assert found(database).places == tuple(Place(*place) for place in order)


def test_the_look_is_asked_for_last() -> None:
    assert found(resource(DATABASE, password=Secret("Summer2024!")), text="Summer2024!").looks_human()
    assert not found(resource(DATABASE, password=Secret(STRONG))).looks_human()


def test_nothing_of_the_secret_is_shown() -> None:
    shown = repr(found(resource(DATABASE, password=Secret(STRONG))))
    assert not any(STRONG[start : start + 4] in shown for start in range(len(STRONG) - 3))


# Secrets of plain config


@pytest.mark.parametrize(
    ("key", "value", "is_one"),
    [
        ("shop:dbPassword", "Orders2026!", True),
        ("shop:db", '{"users": [{"name": "orders", "password": "Orders2026!"}]}', True),
        ("shop:dbPassword", "short", False),
        ("shop:dbPassword", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db", False),
        ("shop:greeting", "Orders2026!", False),
        ("shop:db", '{"name": "Orders2026!"}', False),
        ("shop:db", "{", False),
    ],
)
def test_plain_config_secrets_are_told_by_their_names(key: str, value: str, is_one: bool) -> None:
    secret = "Orders2026!" if is_one else ""
    assert plain_config_secrets(Context(config={key: value})) == (((key, secret),) if is_one else ())
    assert plain_config_secrets(Context(config={key: value}, config_secret_keys=frozenset({key}))) == ()


@pytest.mark.parametrize(
    ("text", "is_there"),
    [
        ("hunter22", True),
        ("p=hunter22;", True),
        ("xhunter22 hunter22", True),
        ("xhunter22", False),
        ("hunter222", False),
        ("hunter2", False),
        ("", False),
    ],
)
def test_a_word_is_found_where_it_is_no_part_of_another(text: str, is_there: bool) -> None:
    assert has_word(text, "hunter22") is is_there
