"""
Tells where a secret comes from, by all that is known of its value.

That a value is marked secret proves nothing: the SDKs mark whatever a program passes as a password, literal or not.
What decides is what the value depends on, the stack's config, the program's source, and whether it looks made up.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from policypack.model import Context, Place, Program, Value, type_of
from policypack.secret_detection.passwords import is_human_like
from policypack.secret_detection.values import is_named_secret

# Types of AWS's own whose outputs may be secrets; other providers' (random, tls, vault) always may.
_SECRET_MAKERS: Final = frozenset(
    {
        "aws:iam/accessKey:AccessKey",
        "aws:kms/ciphertext:Ciphertext",
        "aws:secretsmanager/secret:Secret",
        "aws:secretsmanager/secretVersion:SecretVersion",
        "aws:ssm/parameter:Parameter",
    }
)


_PLAIN_MAKERS: Final = frozenset(
    f"random:index/{name[0].lower()}{name[1:]}:{name}"
    for name in ("RandomId", "RandomInteger", "RandomPet", "RandomShuffle", "RandomString", "RandomUuid")
)
"""Types that make what is random and no secret: the state has their results in plain text."""
_PLAIN_RESULTS: Final = ("id", "result", "hex", "dec", "b64Std", "b64Url")
_SHORTEST_RESULT: Final = 4
_SHORTEST_SECRET: Final = 6
"""Characters of a config value that is looked for in other texts: shorter ones are found in many by chance."""


class Origin(StrEnum):
    """Where a secret comes from."""

    MANAGED = "managed"
    """AWS has it, or it is passed write-only: neither the program nor the state keeps it."""
    FETCHED = "fetched"
    """It exists outside of the stack: in a secret that is read, or in secret config."""
    CREATED = "created"
    """A resource of the stack makes it."""
    MADE_IN_PLAIN = "made in plain text"
    """A resource of the stack makes it that does not keep its result secret."""
    PLAIN_CONFIG = "plain config"
    """It is a value of the stack's config that is not secret."""
    UNMARKED = "unmarked"
    """It is known and nobody marked it secret."""
    IN_SOURCE = "in source"
    """It is written in the program."""
    GUESSABLE = "guessable"
    """A person made it up."""
    UNCLEAR = "unclear"
    """What is known does not tell, or not yet."""


LITERALS: Final = frozenset(
    {Origin.MADE_IN_PLAIN, Origin.PLAIN_CONFIG, Origin.UNMARKED, Origin.IN_SOURCE, Origin.GUESSABLE}
)
"""Origins that are wrong whatever sourcing a stack uses: the secret is written down somewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """
    What is known of one secret.

    :param is_known: whether its value is known, marked secret or not.
    :param is_marked: whether it is marked secret; true where the values do not carry marks.
    :param is_write_only: whether the input is one that the state does not keep.
    :param is_made: whether it depends on a resource that may have made a secret; None before the stack is known.
    :param is_made_in_plain: whether it is the result of a resource whose results are in plain text in the state.
    :param depends: whether it depends on any resource.
    :param plain_keys: the keys of the stack's plain config that have this value.
    :param secret_keys: those of its secret config.
    :param places: where it stands in the program's source, nearest to the resource's name first.
    :param unseen: what of the source was not looked at, in words; empty when all was.
    :param looks_human: tells whether it looks like a password that a person made up; asked only where it matters.
    """

    is_known: bool
    is_marked: bool = True
    is_write_only: bool = False
    is_made: bool | None = False
    is_made_in_plain: bool = False
    depends: bool = False
    plain_keys: tuple[str, ...] = ()
    secret_keys: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    unseen: str = ""
    looks_human: Callable[[], bool] = lambda: False

    @property
    def origin(self) -> Origin:
        """Where the secret comes from, by the strongest evidence."""
        if self.is_made_in_plain:
            return Origin.MADE_IN_PLAIN
        if not self.is_known:
            return self._origin_of_unknown
        if self.plain_keys:
            return Origin.PLAIN_CONFIG
        if self.secret_keys:
            return Origin.MANAGED if self.is_write_only else Origin.FETCHED
        if self.places:
            return Origin.IN_SOURCE
        if not self.is_marked:
            return Origin.UNMARKED
        # Once an update has run, what a resource made is known too, and may look made up by chance.
        if self.is_made is None:
            return Origin.UNCLEAR
        if self.is_made:
            return Origin.CREATED
        if self.looks_human():
            return Origin.GUESSABLE
        if self.unseen:
            return Origin.UNCLEAR
        return Origin.MANAGED if self.is_write_only else Origin.FETCHED

    @property
    def _origin_of_unknown(self) -> Origin:
        if self.is_made is None or (self.depends and not self.is_made):
            return Origin.UNCLEAR
        if self.is_write_only:
            return Origin.MANAGED
        return Origin.CREATED if self.is_made else Origin.FETCHED


def evidence(value: Value, text: str, *, read_source: bool) -> Evidence:
    """
    What is known of the secret in a value.

    :param text: the secret; empty where the value is unknown.
    :param read_source: whether to search the program's source for it.
    """
    resource = value.resource
    context = resource.context
    keys = _keys_with(text, context.config)
    made = _is_made(value)
    program = context.program if read_source and text else None
    return Evidence(
        is_known=bool(text),
        is_marked=value.is_secret or not resource.has_secret_marks,
        is_write_only=value.path.rpartition(".")[2].partition("[")[0].endswith("Wo"),
        is_made=made if resource.is_in_stack else None,
        is_made_in_plain=not made and _is_made_in_plain(value, text),
        depends=bool(value.dependency_urns),
        plain_keys=tuple(key for key in keys if key not in context.config_secret_keys),
        secret_keys=tuple(key for key in keys if key in context.config_secret_keys),
        # The note says what was left out once the search has ended.
        places=_nearest_first(program, text, resource.name) if program else (),
        unseen=program.note if program else "",
        looks_human=lambda: is_human_like(text),
    )


def _is_made(value: Value) -> bool:
    """Whether a value depends on a resource that may have made a secret."""
    types = set(map(type_of, value.dependency_urns)) - _PLAIN_MAKERS
    return any(type_ in _SECRET_MAKERS or not type_.startswith("aws:") for type_ in types)


def _is_made_in_plain(value: Value, text: str) -> bool:
    """Whether a secret contains the result of a resource that keeps it in plain text, on which it depends."""
    makers = (maker for maker in value.dependencies if maker.type in _PLAIN_MAKERS)
    results = (maker.output(name).text for maker in makers for name in _PLAIN_RESULTS)
    return any(len(result) >= _SHORTEST_RESULT and result in text for result in results)


def _keys_with(text: str, config: Mapping[str, str]) -> list[str]:
    """The keys of the stack's config with a text as their value or within it."""
    return [key for key, value in config.items() if text in _texts(value)] if text else []


def plain_config_secrets(context: Context) -> tuple[tuple[str, str], ...]:
    """
    The plaintext config values whose names suggest secrets, each with its key. The name is that of the key, or in
    structured config that of the entry.
    """
    plain = ((key, value) for key, value in context.config.items() if key not in context.config_secret_keys)
    return tuple(
        (key, secret)
        for key, value in plain
        for name, secret in _named_texts(key.rpartition(":")[2], value)
        if len(secret) >= _SHORTEST_SECRET and is_named_secret(name, secret)
    )


def has_word(text: str, word: str) -> bool:
    """Whether a word is in a text, and not as a part of a longer one."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not text[max(0, start - 1) : start].isalnum() and not text[end : end + 1].isalnum():
            return True
        start = text.find(word, end)
    return False


def _texts(value: str) -> Iterator[str]:
    """The text of a config value and, where it is structured and so JSON, each text in it."""
    return (text for _, text in _named_texts("", value))


def _named_texts(name: str, value: str) -> Iterator[tuple[str, str]]:
    """A config value with its name and, where it is structured and so JSON, each text in it with that of its entry."""
    yield name, value
    if value[:1] not in ("{", "["):
        return
    try:
        documents = [(name, json.loads(value))]
    except (ValueError, RecursionError):
        return
    while documents:
        name, document = documents.pop()
        if isinstance(document, str):
            yield name, document
        elif isinstance(document, dict):
            documents.extend(document.items())
        elif isinstance(document, list):
            documents.extend((name, element) for element in document)


def _nearest_first(source: Program, text: str, name: str) -> tuple[Place, ...]:
    """Where a text stands in the source: first where it is nearest to the name of the resource, so in its own call."""
    places = source.places(text)
    lines: dict[str, list[int]] = {}
    for near in source.places(name) if len(places) > 1 else ():
        lines.setdefault(near.file, []).append(near.line)

    def distance(place: Place) -> float:
        ascending = lines.get(place.file, [])
        index = bisect_left(ascending, place.line)
        return min((abs(place.line - line) for line in ascending[max(0, index - 1) : index + 1]), default=math.inf)

    return tuple(sorted(places, key=distance))
