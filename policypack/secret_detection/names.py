"""Tells from a name whether the value that it names is a secret: a password, a secret, a token or a key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

LONGEST_NAME: Final = 100
"""Characters of a name that are read, from its end: the last words decide."""

_WORD: Final = r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+"


def word_set(words: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(words.split())


# Last words that say which of several secrets it is, or in which form it is. They do not count.
_VARIANTS: Final = word_set(
    "b base current default dev development live local new old plain plaintext previous primary prod production qa "
    "sandbox secondary stage staging stg string test uat v value"
)
_KINDS: Final = r"""(?x)
    (?: (?P<password> (?:pass_?word|passwd|pass_?phrase|pass_?code|pwd|(?:\A|_)(?:pass|pw))s?)
      | (?P<secret> secret|credentials?|creds)
      | (?P<token> token)
      | (?P<key> (?:access|api|auth|decryption|encryption|hmac|jwt|licen[cs]e|master|private|secret|service_?role|shared
                 |signing|storage_?account)_?keys?)
    )\Z"""
_MOST_WORDS_OF_KIND: Final = 3
"""Words that a kind has at most: `service_role_key`."""
# Words with which a name means something else: `kms_api_key`, `reset_password`, `next_token`, `public_api_key`.
_OTHERWISE: Final = word_set(
    "arn enable encrypted generate hashed kms manage no oldpwd param parameter ref require rotate ssm use"
)
_PUBLISHED: Final = word_set("anon public publishable react vite")
_OTHERWISE_WITH: Final[Mapping[str, frozenset[str]]] = {
    "password": _OTHERWISE | word_set("change forgot reset update"),
    "secret": _OTHERWISE | word_set("existing pull tls"),
    "token": _OTHERWISE
    | _PUBLISHED
    | word_set(
        "bos client continuation creation csrf eos idempotency max next pad page pagination sep starting stop task "
        "update xsrf"
    ),
    "key": _OTHERWISE | _PUBLISHED,
}


class NameMeaning(NamedTuple):
    """
    What a name says about its value.

    :param kind: "password", "secret", "token" or "key"; empty where the name suggests none of these.
    :param words: the words of the name, in lower case.
    """

    kind: str
    words: frozenset[str]

    @property
    def is_published(self) -> bool:
        """Whether the name says that the value is meant for browsers: `NEXT_PUBLIC_…`, `VITE_…`."""
        return not self.words.isdisjoint(_PUBLISHED)


def is_secret_name(name: str) -> bool:
    """Whether a name suggests a secret: `DB_PASSWORD` does, `PASSWORD_FILE` and `TOKEN_URL` do not."""
    return bool(meaning_of(name).kind)


def meaning_of(name: str) -> NameMeaning:
    """What a name says about its value; the last 100 characters of the name are read."""
    return _meaning_of(name[-LONGEST_NAME:])


@lru_cache(maxsize=256)
def _meaning_of(name: str) -> NameMeaning:
    words = [word.lower() for word in re.findall(_WORD, name)]
    while words and (words[-1] in _VARIANTS or words[-1].isdigit()):
        words.pop()
    match = re.search(_KINDS, "_".join(words[-_MOST_WORDS_OF_KIND:]))
    kind = match.lastgroup if match else None
    if not kind or not _OTHERWISE_WITH[kind].isdisjoint(words):
        kind = ""
    return NameMeaning(kind, frozenset(words))
