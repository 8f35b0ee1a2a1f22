"""YAML and JSON files as trees whose nodes know their lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import yaml

from policypack.model import DEEPEST, Place

_MOST_NODES: Final = 50_000
"""Nodes of a file that is read, and how often an alias may repeat what it stands for: people write far fewer."""

Scalar = str | int | float | bool | None


class YamlError(Exception):
    """A file is no YAML that can be read: the message says why, and `place` where."""

    def __init__(self, reason: str, place: Place) -> None:
        super().__init__(reason)
        self.place = place

    @classmethod
    def of_file(cls, name: str, reason: str) -> YamlError:
        """What is wrong with a file as a whole."""
        return cls(reason, Place(name, 1))


@dataclass(frozen=True, slots=True)
class Node:
    """
    A value of a YAML file.

    :param place: where it begins.
    :param value: a scalar; a list of nodes; or a map of each key to the node of its value.
    :param keys: where each key of a map stands.
    """

    place: Place
    value: Scalar | list[Node] | dict[str, Node] = field(repr=False)
    keys: dict[str, Place] = field(default_factory=dict, repr=False)

    @property
    def text(self) -> str:
        """A scalar as text; empty for anything else."""
        return "" if isinstance(self.value, list | dict) or self.value is None else str(self.value)

    @property
    def is_map(self) -> bool:
        """Whether it has keys."""
        return isinstance(self.value, dict)

    def get(self, key: str) -> Node | None:
        """The value of a key; None where there is none, or this is no map."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def items(self) -> Iterator[tuple[str, Place, Node]]:
        """Each key of a map, where it stands, and its value; none where this is no map."""
        if isinstance(self.value, dict):
            for key, node in self.value.items():
                yield key, self.keys[key], node


def read_yaml(name: str, text: str) -> Node | None:
    """
    The tree of a YAML file; None where it is empty.

    :param name: the file's name, for places.
    :raises YamlError: where the file is no YAML, or far larger than people write one.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_size(name, text, loader)
        root = yaml.compose(text, loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name, 1)
        raise YamlError(error.problem or "it is not YAML", place) from None
    except yaml.YAMLError as error:
        raise YamlError(getattr(error, "reason", "it is not YAML"), Place(name, 1)) from None
    return _Reader(name).node(root) if root is not None else None


def _check_size(name: str, text: str, loader: type[yaml.SafeLoader]) -> None:
    """Raises where a file has more nodes, or more of them within each other, than people write."""
    depth = nodes = 0
    for event in yaml.parse(text, loader):
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.NodeEvent):
            nodes += 1
            depth += isinstance(event, yaml.CollectionStartEvent)
            if nodes > _MOST_NODES or depth > DEEPEST:
                mark = event.start_mark
                raise YamlError("it is too large to be read", Place(name, mark.line + 1 if mark else 1))


class _Reader:
    """Makes nodes of PyYAML's, in a bounded number even where aliases repeat them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._room = _MOST_NODES

    def node(self, node: yaml.Node) -> Node:
        place = self._place(node)
        self._room -= 1
        if self._room < 0:
            raise YamlError("it is too large to be read", place)
        match node:
            case yaml.MappingNode():
                entries = [(str(key.value), self._place(key), self.node(value)) for key, value in node.value]
                self._refuse_twice(entries)
                return Node(
                    place,
                    {key: value for key, _, value in entries},
                    {key: its_place for key, its_place, _ in entries},
                )
            case yaml.SequenceNode():
                return Node(place, [self.node(element) for element in node.value])
            case _:
                return Node(place, _scalar(node))

    def _refuse_twice(self, entries: list[tuple[str, Place, Node]]) -> None:
        """Raises where a key occurs twice, which the CLI refuses in YAML and accepts in JSON."""
        first: dict[str, Place] = {}
        for key, place, _ in entries if not self._name.endswith(".json") else ():
            if key in first:
                raise YamlError(f"the key '{key}' is there already, in line {first[key].line}", place)
            first[key] = place

    def _place(self, node: yaml.Node) -> Place:
        mark = node.start_mark
        return Place(self._name, mark.line + 1, mark.column + 1) if mark else Place(self._name, 1)


def _scalar(node: yaml.Node) -> Scalar:
    """
    A scalar as the CLI reads it; what is neither a truth value, nothing nor a number is a text, dates included.

    Of YAML's older truth values, such as `yes` and `off`, its parser (yaml.v3 for Go) makes texts.
    """
    text = str(node.value)
    match node.tag.rpartition(":")[2]:
        case "bool" if text.lower() in ("true", "false"):
            return text.lower() == "true"
        case "null":
            return None
        case "int" if text.lstrip("+-").isdecimal() and len(text) < 20:
            return int(text)
        case "float":
            try:
                return float(text)
            except ValueError:
                return text
        case _:
            return text
