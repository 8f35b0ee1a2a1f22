"""
What pulumi_aws says of each AWS resource type: whether it has a region, tags, a name of its own.

The facts are in resource_types.json, which `python -m tools.resource_types` makes from the installed SDK: a machine
that enforces the pack does not have it. They are read at the first question, which takes less than a millisecond.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_suffix(".json")


@dataclass(frozen=True, slots=True)
class ResourceType:
    """
    The facts about a type. Those of a type that is newer than the file are the defaults.

    :param is_regional: whether its resources are in one region each; the others are in all of them or in none.
    :param takes_tags: whether its resources can be tagged.
    :param takes_default_tags: whether the provider's default tags reach them.
    :param name: the property that is a resource's own name in AWS; empty where it has none.
    :param name_prefix: the property by which a program gives the beginning of that name only; empty where none does.
    """

    is_regional: bool = False
    takes_tags: bool = False
    takes_default_tags: bool = False
    name: str = ""
    name_prefix: str = ""


def resource_type(token: str) -> ResourceType:
    """The facts about a (canonical) type token."""
    return _of(_words().get(token.removeprefix("aws:").partition(":")[0], ""))


def is_resource_type(token: str) -> bool:
    """Whether there is a type with a (canonical) token."""
    return token.removeprefix("aws:").partition(":")[0] in _words()


@lru_cache(maxsize=4096)
def _of(said: str) -> ResourceType:
    """The facts that are said of a type."""
    words = said.split()
    name = next((word.removeprefix("name=") for word in words if word.startswith("name=")), "")
    return ResourceType(
        is_regional="region" in words,
        takes_tags="tags" in words or "tag-list" in words,
        takes_default_tags="tags" in words,
        name=name,
        name_prefix=f"{name}Prefix" if "prefix" in words else "",
    )


@cache
def _words() -> Mapping[str, str]:
    """What the file says of each `service/type`."""
    types: dict[str, str] = json.loads(_FILE.read_text())["types"]
    return types
