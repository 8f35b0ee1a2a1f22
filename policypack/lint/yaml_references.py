"""What the values of a YAML program refer to, and which of them depend on themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from policypack.lint.yaml_file import Node

_REFERENCE: Final = re.compile(r"(\$?)\$\{\s{0,9}([A-Za-z_][\w-]{0,200}(?::[\w-]{1,200})?)([^}]{0,500})\}")
_DEEPEST: Final = 100


class Reference(NamedTuple):
    """
    A reference such as `${bucket.arn}`.

    :param name: what it names: `bucket`.
    :param path: what follows: `.arn`.
    :param node: the text that it stands in.
    """

    name: str
    path: str
    node: Node


def texts(node: Node, depth: int = 0) -> Iterator[Node]:
    """The texts within a value."""
    if depth > _DEEPEST:
        return
    if isinstance(node.value, str):
        yield node
    elif isinstance(node.value, list):
        for element in node.value:
            yield from texts(element, depth + 1)
    for _, _, value in node.items():
        yield from texts(value, depth + 1)


def references(text: Node) -> Iterator[Reference]:
    """The references in a text."""
    for match in _REFERENCE.finditer(text.text):
        if not match[1]:
            yield Reference(match[2], match[3], text)


def is_unfinished(text: str) -> bool:
    """Whether a text has a reference that nothing ends."""
    start = text.rfind("${")
    return start >= 0 and "}" not in text[start:] and not text[:start].endswith("$")


def cycles(values: Mapping[str, Node]) -> Iterator[tuple[str, ...]]:
    """
    The resources and variables that depend on themselves, each cycle once: `("a", "b")` where each needs the other.

    :param values: what they are, by their names.
    """
    needs = {
        name: list(dict.fromkeys(each.name for text in texts(node) for each in references(text) if each.name in values))
        for name, node in values.items()
    }
    done: set[str] = set()
    for start in needs:
        path: list[str] = []
        # Where each name stands in the path, and what it needs that was not followed yet.
        places: dict[str, int] = {}
        open_ = [iter((start,))]
        while open_:
            name = next(open_[-1], None)
            if name is None:
                open_.pop()
                if path:
                    done.add(path[-1])
                    del places[path.pop()]
            elif name in places:
                yield tuple(path[places[name] :])
            elif name not in done:
                places[name] = len(path)
                path.append(name)
                open_.append(iter(needs[name]))
