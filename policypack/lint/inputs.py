"""What a program of TypeScript or YAML gives a resource or function, against the facts about the SDK."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from policypack.lint.fixing import certain_rename
from policypack.lint.names import nearest
from policypack.lint.sdk import OF_PYTHON
from policypack.lint.sdk_facts import Facts, Property, Thing
from policypack.lint.yaml_file import Node
from policypack.listing import joined
from policypack.model import Place
from policypack.verdict import Violation

OPEN_KEYS: Final = ("<<", "...")
"""Keys of a map that stand for whatever another map has."""
_DEEPEST: Final = 20
"""How deep inputs are looked at: none of the AWS SDK is nested more deeply by hand."""


Types = Callable[[str], Mapping[str, Property] | None]
"""The properties of an input type, by the name that shapes have for it (see Property); None where it is not known."""


def own_inputs(thing: Thing) -> dict[str, Property]:
    """What a resource or function of the facts takes, by the names in TypeScript and YAML."""
    return {each.schema_name: each for each in thing.parameters.values() if each.name not in OF_PYTHON}


def types_of(facts: Facts, module: str) -> Types:
    """The input types of a module of the facts."""

    def properties(shape: str) -> Mapping[str, Property] | None:
        thing = facts.thing(f"{module}.{shape}")
        if thing is None:
            return None
        # Of what a function takes, the SDK for Python also requires what the function fills in.
        is_filled_in = shape.startswith("Get")
        found = thing.by_schema_name
        return {name: replace(each, is_required=False) for name, each in found.items()} if is_filled_in else found

    return properties


def check_inputs(
    inputs: Mapping[str, Property],
    types: Types,
    shown: str,
    given: Node | None,
    place: Place,
    *,
    requires: bool = True,
) -> Iterator[Violation]:
    """
    What is wrong with the inputs of a resource, or the arguments of a function.

    :param inputs: what it takes, by name.
    :param shown: its name as the program writes it.
    :param given: the inputs; None where there are none. What is no literal is a node without a value.
    :param place: where the resource is, for what is missing.
    :param requires: whether it needs what is required: one that exists already does not.
    """
    if given is None:
        yield from _missing(inputs, shown, {}, place, requires=requires)
    elif given.is_map:
        yield from _check_map(inputs, types, shown, given, place, requires=requires)


def deprecated_inputs(inputs: Mapping[str, Property], types: Types, given: Node) -> Iterator[tuple[Property, Place]]:
    """The inputs that a program gives and that are deprecated, with their places."""
    open_ = [(inputs, given, 0)]
    while open_:
        properties, node, depth = open_.pop()
        for key, place, value in node.items():
            found = properties.get(key)
            if found and found.deprecation:
                yield found, place
            inner = types(found.type_name) if found and found.type_name and depth < _DEEPEST else None
            if inner:
                elements = value.value if isinstance(value.value, list) else [value]
                open_.extend((inner, each, depth + 1) for each in elements)


def _check_map(
    properties: Mapping[str, Property],
    types: Types,
    shown: str,
    given: Node,
    place: Place,
    *,
    requires: bool,
    depth: int = 0,
) -> Iterator[Violation]:
    keys = {key: node for key, _, node in given.items()}
    for key, its_place, node in given.items():
        if key in OPEN_KEYS or key.startswith("fn::"):
            continue
        found = properties.get(key)
        if found:
            yield from _check_value(types, found.shape, f"{key} of {shown}", node, depth)
            continue
        left = [name for name in properties if name not in keys]
        # CloudFormation begins its names with a capital.
        near = nearest(key, left) or (nearest(f"{key[:1].lower()}{key[1:]}", left) if key[:1].isupper() else "")
        form = ", which is a list" if near and properties[near].is_list else ""
        remove = f"Remove {key}, or use a property that exists."
        if key == "Properties" and node.is_map and not near:
            remove = "Write what is in Properties in its place: only CloudFormation has that key."
        yield Violation(
            None,
            f"{shown} has no property '{key}'.",
            fix=f"Write {near} instead of {key}{form}." if near else remove,
            line=its_place,
            remediation=certain_rename(key, near),
        )
        keys[near] = node
    yield from _missing(properties, shown, keys, place, requires=requires)


def _missing(
    properties: Mapping[str, Property], shown: str, keys: dict[str, Node], place: Place, *, requires: bool
) -> Iterator[Violation]:
    required = [name for name, each in properties.items() if each.is_required and name not in keys]
    is_open = any(key in OPEN_KEYS or key.startswith("fn::") for key in keys)
    if requires and required and not is_open:
        yield Violation(
            None, f"{shown} requires {joined(required)}, which is missing.", fix=f"Add {joined(required)}.", line=place
        )


def _check_value(types: Types, shape: str, shown: str, node: Node, depth: int) -> Iterator[Violation]:
    """A value against the shape that the SDK takes (see Property)."""
    if depth > _DEEPEST or (node.is_map and any(key.startswith("fn::") for key, _, _ in node.items())):
        return
    if wanted := _wanted(shape, node):
        yield Violation(
            None, f"{shown} is {wanted}, and is given {_kind(node)}.", fix=f"Write {wanted}.", line=node.place
        )
    elif isinstance(node.value, list) and shape.startswith("["):
        for element in node.value:
            yield from _check_value(types, shape[1:], shown, element, depth + 1)
    elif node.is_map and shape.startswith("{"):
        for _, _, value in node.items():
            yield from _check_value(types, shape[1:], shown, value, depth + 1)
    elif node.is_map and len(shape) > 1 and not shape.startswith("["):
        properties = types(shape)
        if properties is not None:
            yield from _check_map(properties, types, shown, node, node.place, requires=True, depth=depth + 1)


def _kind(node: Node) -> str:
    """What a value is, in words; empty where that is open."""
    if isinstance(node.value, list):
        return "a list"
    if node.is_map:
        return "a map"
    # A text may be an expression that becomes anything.
    return "a string" if isinstance(node.value, str) and "${" not in node.value else ""


def _wanted(shape: str, node: Node) -> str:
    """What a shape takes instead of a value, in words; empty where it takes that, or may make its own of it."""
    given = _kind(node)
    if not given:
        return ""
    if shape.startswith("["):
        return "" if given == "a list" else "a list"
    if shape.startswith("{") or len(shape) > 1:
        return "" if given == "a map" else "a map"
    return "a single value" if shape in ("b", "n") and given != "a string" else ""
