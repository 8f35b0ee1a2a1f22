"""
Policy documents: what their statements allow or deny, to whom, on what and under which conditions.

The grammar is https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, NamedTuple

from msgspec import structs

from policypack.iam.completion import completed, has_unknown_conditions, possibly, surely
from policypack.iam.conditions import Condition
from policypack.iam.stand_ins import has_stand_in, resolved, shown
from policypack.model import UNKNOWN, Secret, Unknown, Value, WrittenMap, leaves, read_once
from policypack.wildcard import PatternIndex, matches

_EVERYTHING: Final = re.compile(r"[:*]+|arn:[a-z-]*[:*]+")
_LONGEST: Final = 102_400
"""Characters without white space. The longest documents that AWS takes are those of search domains
(https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html)."""


@dataclass(frozen=True)
class Statement:
    """
    One statement of a policy document.

    Any part of it may be secret: messages show `shown(…)` of a part.

    :param at: where it stands.
    :param doubtful: those of `Action` and `Resource` of which an unknown part decides whether they name everything.
    """

    at: Value
    doubtful: frozenset[str] = frozenset()

    def shown(self, texts: Iterable[str], between: str = " and ", quote: str = '"') -> str:
        """Some texts of the statement, such as actions, as a message may show them."""
        return self.at.shown_as(
            between.join(shown(text) if has_stand_in(text) else f"{quote}{text}{quote}" for text in texts)
        )

    @cached_property
    def allows(self) -> bool:
        """Whether it allows (rather than denies)."""
        return self.at.get("Effect").text == "Allow"

    @cached_property
    def denies(self) -> bool:
        """Whether it denies."""
        return self.at.get("Effect").text == "Deny"

    @cached_property
    def actions(self) -> tuple[str, ...]:
        """The patterns of `Action`; empty where the statement has `NotAction`."""
        return _texts(self.at.get("Action"))

    @cached_property
    def excepted_actions(self) -> tuple[str, ...]:
        """The patterns of `NotAction`."""
        return _texts(self.at.get("NotAction"))

    @cached_property
    def resources(self) -> tuple[str, ...]:
        """The patterns of `Resource`; empty where the statement has `NotResource`."""
        return _texts(self.at.get("Resource"))

    @cached_property
    def has_excepted_resources(self) -> bool:
        """Whether it has `NotResource`."""
        return not self.at.get("NotResource").is_unset

    @cached_property
    def principals(self) -> Mapping[str, tuple[str, ...]]:
        """The principals by kind (`AWS`, `Service`, `Federated`); `Principal: "*"` is of the kind `*`."""
        return _principals(self.at.get("Principal"))

    @cached_property
    def excepted_principals(self) -> Mapping[str, tuple[str, ...]]:
        """The principals of `NotPrincipal`, likewise."""
        return _principals(self.at.get("NotPrincipal"))

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions, which have to hold together."""
        return tuple(
            Condition(operator, key, _texts(values), self.at.is_secret)
            for operator, block in self.at.get("Condition").entries()
            for key, values in block.entries()
        )

    @cached_property
    def _action_patterns(self) -> tuple[str, ...]:
        return tuple(each.lower() for each in self.excepted_actions or self.actions)

    @cached_property
    def allows_every_action(self) -> bool:
        """Whether one of its actions is `*`, or `*:*`."""
        return any(each and set(each) <= {"*", ":"} for each in self.actions)

    def covers(self, action: str) -> bool:
        """Whether an action, such as `kms:Decrypt`, is among those of the statement."""
        lowered = action.lower()
        named = any(matches(pattern, lowered) for pattern in self._action_patterns)
        return named != bool(self.excepted_actions)

    @cached_property
    def concerns_every_resource(self) -> bool:
        """Whether the statement is about all resources: `Resource` is `*`, or `NotResource` leaves some out."""
        return any(map(_EVERYTHING.fullmatch, self.resources)) or self.has_excepted_resources

    @cached_property
    def concerns_everybody(self) -> bool:
        """Whether any principal at all is meant (`"*"`, `{"AWS": "*"}`, `NotPrincipal`), and no condition says whom."""
        return self.names_everybody and not any(each.identifies for each in self.conditions)

    @cached_property
    def names_everybody(self) -> bool:
        """Whether any principal at all is meant, whatever the conditions say."""
        return "*" in self.principals or "*" in self.principals.get("AWS", ()) or bool(self.excepted_principals)

    @cached_property
    def denies_all_but_some(self) -> bool:
        """Whether it denies everybody but those that its conditions name."""
        return (
            self.denies
            and not self.excepted_actions
            and not self.has_excepted_resources
            and self.names_everybody
            and bool(self.conditions)
            and all(condition.excepts_some for condition in self.conditions)
        )


@read_once
def statements(document: Value) -> tuple[Statement, ...] | None:
    """
    The statements of a policy document in a property; None where a part of it is unknown, or where it is longer than
    any that AWS takes, which nobody has to read.

    :param document: a JSON string, or the object that the SDKs take in its place. What is neither has no statements
        (see `problem_of`).
    """
    document = _as_written(document)
    content = _content(document)
    if isinstance(content.raw, Unknown):
        return None
    # A message that shows one part may show another: one secret part makes the whole document secret.
    read = structs.replace(document, raw=content.raw, is_secret=document.is_secret or content.has_secret)
    return tuple(map(Statement, _listed(read)))


def _as_written(document: Value) -> Value:
    """A document, or what the program's source says of one that is unknown."""
    return document.json() if document.is_unknown else document


def _listed(read: Value) -> list[Value]:
    """The values of the statements of a document."""
    listed = read.get("Statement")
    return [listed] if isinstance(listed.raw, dict) else [each for _, each in listed.entries()]


@dataclass(frozen=True)
class Bounds:
    """
    What a document says of which parts are unknown.

    :param least: its statements when the unknown parts are such that it allows the least.
    :param most: its statements when it allows the most.
    :param parts: its statements as they are; none where no part of it is unknown.
    """

    least: Sequence[Statement]
    most: Sequence[Statement]
    parts: Sequence[Value]

    @property
    def certain(self) -> list[Statement]:
        """What it allows and denies whatever the unknown parts turn out to be."""
        return [each for each in self.least if each.allows] + [each for each in self.most if each.denies]

    @property
    def is_certain(self) -> bool:
        """Whether the unknown parts, such as the ARN of a resource, make no difference."""
        return [each.at.raw for each in self.least] == [each.at.raw for each in self.most]

    @cached_property
    def sure(self) -> Sequence[Statement]:
        """
        Statements that let somebody use a certain resource only if the document does, whatever is unknown of it.

        They are for questions about one caller, action and ARN, as `least` is for questions about everybody.
        """
        return self._read(lambda part: surely(resolved(part, is_sure=True)), self.least)

    @cached_property
    def possible(self) -> Sequence[Statement]:
        """Statements that let somebody use a certain resource if the document may, as `sure`."""
        return self._read(lambda part: possibly(resolved(part, is_sure=False)), self.most)

    @property
    def surely_said(self) -> list[Statement]:
        """What surely lets somebody use a certain resource, and what surely denies it."""
        if not self.parts:
            return [*self.least]
        return [each for each in self.sure if each.allows] + [each for each in self.possible if each.denies]

    def _read(self, reading: Callable[[Value], dict[str, Any]], known: Sequence[Statement]) -> Sequence[Statement]:
        if not self.parts:
            return known
        pairs = zip(self.parts, known, strict=True)
        return [Statement(structs.replace(each.at, raw=reading(part))) for part, each in pairs]

    @property
    def first_doubt(self) -> Value | None:
        """The first unknown value in a statement that is not told to be that of a resource; None where all are."""
        return next(filter(None, map(_first_doubt, self.parts)), None)

    @property
    def unknown_conditions(self) -> list[Value]:
        """The conditions that may be others than those that are known, or the statements that may have some."""
        open_ = (part for part in self.parts if has_unknown_conditions(part.raw))
        return [part if part.is_unknown or part.get("Condition").is_absent else part.get("Condition") for part in open_]

    def doubt(self, path: str) -> Value | None:
        """The same of the statement that a path leads to, or else its first unknown value."""
        statement = next((part for part in self.parts if path.startswith(part.path)), None)
        return statement and (_first_doubt(statement) or _first_unknown(statement))


def bounds_of(document: Value) -> Bounds | None:
    """What a document allows at least and at most; None where its statements are unknown as a whole."""
    read = statements(document)
    if read is not None:
        return Bounds(read, read, [])
    written = _as_written(document)
    if written.is_unknown or written.get("Statement").is_unknown or is_too_long(document):
        return None
    parts = _listed(written)
    is_secret = written.is_secret or any(is_secret for _, is_secret in leaves(written.raw))
    pairs = [_bounds_of_statement(structs.replace(part, is_secret=is_secret)) for part in parts]
    return Bounds([least for least, _ in pairs], [most for _, most in pairs], parts)


def _bounds_of_statement(part: Value) -> tuple[Statement, Statement]:
    """A statement without its unknown parts, when the document allows the least and when it allows the most."""
    least, most = (
        Statement(structs.replace(part, raw=completed(part.raw, allows_most=allows_most)))
        for allows_most in (False, True)
    )
    is_doubted = least.allows != most.allows
    doubtful = {
        "Action": is_doubted or least.allows_every_action != most.allows_every_action,
        "Resource": is_doubted or least.concerns_every_resource != most.concerns_every_resource,
    }
    names = frozenset(name for name, is_doubtful in doubtful.items() if is_doubtful)
    return replace(least, doubtful=names), replace(most, doubtful=names)


def _first_doubt(statement: Value) -> Value | None:
    """The first unknown value in a statement of which no resource of the stack is told."""
    if statement.is_unknown:
        return statement
    return _first_unknown(structs.replace(statement, raw=resolved(statement)))


def _first_unknown(value: Value) -> Value | None:
    """The first unknown value in a value, or itself."""
    if value.is_unknown:
        return value
    return next(filter(None, (_first_unknown(inner) for _, inner in value.entries())), None)


def problem_of(document: Value) -> str:
    """What is wrong with a document that is set but is none, as the end of a sentence; else empty."""
    return "" if document.is_unset or document.is_unknown else _content(document).problem


def is_too_long(document: Value) -> bool:
    """Whether a document is longer than any that AWS takes, which `problem_of` says too."""
    return _content(document) is _TOO_LONG


def length_of(document: Value) -> int:
    """The number of characters of a document other than white space, as AWS counts; 0 where it is unknown or none."""
    raw = _content(document).raw
    if raw is None or isinstance(raw, Unknown):
        return 0
    text = json.dumps(raw, separators=(",", ":"), ensure_ascii=False, default=_unwrapped)
    return len("".join(text.split()))


def open_statements(
    read: Iterable[Statement], is_open: Callable[[Statement], bool] = attrgetter("concerns_everybody")
) -> Iterator[Statement]:
    """
    The statements of one document that let too many in, and that no other statement denies to everybody but some.

    Each statement is looked at once: what those that deny say is indexed by their resources.

    :param is_open: whether a statement that allows lets too many in: everybody, when left out.
    """
    read = list(read)
    denied = _Denied(read)
    return (each for each in read if each.allows and is_open(each) and not denied.includes(each))


class _Denied:
    """What the statements of a document deny to everybody but some: resources by the actions that are denied there."""

    def __init__(self, read: Iterable[Statement]) -> None:
        by_actions: dict[tuple[str, ...], list[Statement]] = {}
        for each in read:
            if each.denies_all_but_some:
                by_actions.setdefault(each.actions, []).append(each)
        self._groups = [(group[0], _by_resource(group)) for group in by_actions.values()]
        self._covering: dict[tuple[str, ...], list[PatternIndex[Statement]]] = {}

    def includes(self, allowed: Statement) -> bool:
        """Whether one of the statements denies all that another one allows."""
        if not self._groups or not allowed.actions:
            return False
        if allowed.actions not in self._covering:
            self._covering[allowed.actions] = [
                index for first, index in self._groups if all(map(first.covers, allowed.actions))
            ]
        # A statement without Resource, or with NotResource, may be about any.
        first, *others = (each.lower() for each in allowed.resources or ("*",))
        return any(
            found.concerns_every_resource
            or all(any(matches(own.lower(), other) for own in found.resources) for other in others)
            for index in self._covering[allowed.actions]
            for found in index.find(first)
        )


def _by_resource(read: Iterable[Statement]) -> PatternIndex[Statement]:
    return PatternIndex(
        (pattern.lower(), each)
        for each in read
        for pattern in (("*",) if each.concerns_every_resource else each.resources)
    )


class _Content(NamedTuple):
    """What a document says, None or unknown where it cannot be read; and what is wrong with it then."""

    raw: Any
    problem: str = ""
    has_secret: bool = False


_TOO_LONG: Final = _Content(UNKNOWN, f"is longer than any policy that AWS accepts ({_LONGEST} characters)")


@read_once
def _content(document: Value) -> _Content:
    raw = document.raw
    if isinstance(raw, str):
        return _content_of_text(document, raw)
    if isinstance(raw, dict):
        return _content_of_object(raw)
    return _Content(UNKNOWN) if document.is_unknown else _Content(None, "is not a JSON object")


def _content_of_text(document: Value, text: str) -> _Content:
    if len(text) - sum(map(text.count, " \t\r\n")) > _LONGEST:
        return _TOO_LONG
    read = document.json()
    if document.json_problem:
        return _Content(None if read.is_absent else UNKNOWN, document.json_problem)
    return _Content(read.raw) if isinstance(read.raw, dict) else _Content(None, "is valid JSON, but not an object")


def _content_of_object(document: dict[str, Any]) -> _Content:
    """An object as it is, unless a part of it is unknown or it is too long."""
    length, has_secret = 0, False
    left: list[Any] = [document]
    while left:
        each = left.pop()
        # At least the quotes, the comma or the brackets.
        length += 2
        if isinstance(each, Unknown) or (isinstance(each, WrittenMap) and each.is_open):
            return _Content(UNKNOWN)
        if isinstance(each, str):
            length += len(each)
        elif isinstance(each, Secret):
            has_secret = True
            left.append(each.value)
        elif isinstance(each, dict):
            length += sum(map(len, each))
            left.extend(each.values())
        elif isinstance(each, list):
            left.extend(each)
        if length > _LONGEST:
            return _TOO_LONG
    return _Content(document, has_secret=has_secret)


def _texts(value: Value) -> tuple[str, ...]:
    """One text or a list of them, as a tuple."""
    return tuple(each.text for _, each in value.entries()) if isinstance(value.raw, list) else _one(value)


def _one(value: Value) -> tuple[str, ...]:
    return (value.text,) if value.text else ()


def _principals(value: Value) -> Mapping[str, tuple[str, ...]]:
    return {value.text: (value.text,)} if value.text else {kind: _texts(each) for kind, each in value.entries()}


def _unwrapped(raw: Any) -> Any:
    return raw.value if isinstance(raw, Secret) else str(raw)
