"""Tells a password that a person made up from one that a machine drew at random."""

from __future__ import annotations

import math
import re
from typing import Final

_LONGEST: Final = 32
"""Characters that are looked at. They are enough, and zxcvbn takes much longer for more."""
_MOST_READINGS: Final = 100
"""What has more readings has nearly every digit and sign of "l33t": no person writes so, and zxcvbn takes seconds."""
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_PEM: Final = re.compile(r"-----BEGIN [^-]*-----\s*")
_HEXADECIMAL: Final = re.compile(r"[0-9a-fA-F-]+")


def is_human_like(password: str) -> bool:
    """
    Whether a password is easy to guess, or made of words and years as people make theirs.

    zxcvbn's score below 3 means at most 10^8 guesses (https://github.com/dropbox/zxcvbn). Long phrases score well and
    are still a person's: so half of the characters in dictionary words (also in "l33t") or years counts too, if there
    is a year or a word of five letters among them. Of random strings of 16 characters or more, less than one in 500
    looks so.
    """
    # Not at the top: its dictionaries take longer to load than the rest of the pack.
    from zxcvbn import zxcvbn

    # The first line of a key in PEM is made of words, the rest of it is not.
    text = _PEM.sub("", password)[:_LONGEST]
    if not text or _readings(text) > _MOST_READINGS:
        return False
    if zxcvbn(text)["score"] < 3:
        return True
    return not _HEXADECIMAL.fullmatch(text) and _is_made_of_words(text)


def _readings(text: str) -> int:
    """In how many ways zxcvbn reads a text as "l33t", roughly: it looks up the words of each."""
    from zxcvbn.matching import L33T_TABLE

    return math.prod(max(1, sum(character in text for character in characters)) for characters in L33T_TABLE.values())


def _is_made_of_words(text: str) -> bool:
    from zxcvbn.matching import dictionary_match, l33t_match

    spans = [match.span() for match in _YEAR.finditer(text)]
    longest = 5 if spans else 0
    for word in (*dictionary_match(text), *l33t_match(text)):
        length = word["j"] - word["i"] + 1
        if length >= 4:
            spans.append((word["i"], word["j"] + 1))
            longest = max(longest, length)
    covered = {position for start, end in spans for position in range(start, end)}
    return longest >= 5 and len(covered) >= len(text) / 2
