"""What is read from a file about a stack, and the form in which states of resources stand in several kinds of file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from policypack.model import DEEPEST, Context, Place, Program, Resource, ResourceOptions, printable
from policypack.wire import BRIDGE_DEFAULTS, SIGNATURE_KEY, UNKNOWN_TEXTS, decode_json


class DocumentError(Exception):
    """A file that cannot be read, or is none of the kinds that are; its text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Document:
    """
    A stack, as a file shows it.

    :param kind: what kind of file it is, in words: `pulumi preview --json`.
    :param context: what the file tells of the run: the stack, the project, and the config where it has it.
    :param resources: the resources that the program makes, in the file's order.
    :param places: where the program makes each, by URN, as far as the engine recorded it: the innermost line that is
        not a library's, in a file named from the folder of Pulumi.yaml.
    :param notes: sentences about what the file leaves undecided, or what has to be known of it.
    """

    kind: str
    context: Context
    resources: tuple[Resource, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Frame(Struct, rename="camel", gc=False):
    """A line of the program, or of a library that it calls, on the way to the making of a resource."""

    source_position: str = ""


class State(Struct, rename="camel", gc=False):
    """
    A resource, as states and previews write it. Properties that are empty are left out there.

    https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/apitype/core.go (ResourceV3)
    """

    urn: str
    type: str
    custom: bool = False
    delete: bool = False
    external: bool = False
    protect: bool = False
    inputs: Raw | UnsetType = UNSET
    outputs: Raw | UnsetType = UNSET
    parent: str | None = ""
    provider: str | None = ""
    dependencies: tuple[str, ...] | None = None
    property_dependencies: dict[str, tuple[str, ...] | None] | None = None
    ignore_changes: tuple[str, ...] | None = None
    additional_secret_outputs: tuple[str, ...] | None = None
    source_position: str = ""
    stack_trace: Raw | UnsetType = UNSET
    """Frames, the innermost first."""


PROVIDERS: Final = "pulumi:providers:"
"""How the types of providers begin."""
_OBJECT: Final = msgspec.json.Decoder(dict[str, Any] | None)
_FRAMES: Final = msgspec.json.Decoder(list[Frame] | None)
_MARKS: Final = tuple(text.encode() for text in (SIGNATURE_KEY, BRIDGE_DEFAULTS, *UNKNOWN_TEXTS))
_POSITION: Final = re.compile(r"project:///([^#/][^#]*)#(\d{1,9})")
_OF_OTHERS: Final = re.compile(r"(?:^|/)(?:\.\.|site-packages|dist-packages|node_modules)(?:/|$)")


def properties(raw: Raw | UnsetType, texts: Mapping[str, Any] = UNKNOWN_TEXTS) -> dict[str, Any]:
    """
    The properties of a resource; none where the file has none.

    :param texts: the texts that stand for something else (see decode_json).
    """
    if raw is UNSET:
        return {}
    text = bytes(raw)
    decoded = _OBJECT.decode(text) or {}
    # Most objects have nothing to decode; they need not be walked through.
    is_plain = texts is UNKNOWN_TEXTS and not any(map(text.__contains__, _MARKS))
    if is_plain and text.count(b"{") + text.count(b"[") <= DEEPEST:
        return decoded
    read = decode_json(decoded, texts)
    return read if isinstance(read, dict) else {}


class Builder:
    """Makes the Resources of one file, whose providers are among them."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.resources: dict[str, Resource] = {}
        self.places: dict[str, Place] = {}

    def add(self, state: State, inputs: Mapping[str, Any], outputs: Mapping[str, Any] | None) -> None:
        """Adds a resource, in the place of one of the same URN."""
        provider_urn = (state.provider or "").rpartition("::")[0]
        self.resources[state.urn] = Resource(
            state.urn,
            state.type,
            name_of(state.urn),
            context=self.context,
            inputs=inputs,
            outputs=outputs,
            options=ResourceOptions(
                protect=state.protect,
                ignore_changes=state.ignore_changes or (),
                additional_secret_outputs=state.additional_secret_outputs or (),
            ),
            provider=lambda: self.resources.get(provider_urn),
            provider_urn=provider_urn,
            parent=state.parent or "",
            dependencies=state.dependencies or (),
            property_dependencies={key: urns for key, urns in (state.property_dependencies or {}).items() if urns},
        )
        place = _place(state.source_position)
        if place is None and state.stack_trace is not UNSET:
            # Most positions are the program's own, so that most traces need not be read.
            frames = _FRAMES.decode(state.stack_trace) or ()
            place = next(filter(None, (_place(frame.source_position) for frame in frames)), None)
        if place:
            self.places[state.urn] = place

    def document(self, kind: str, notes: Iterable[str]) -> Document:
        """What has been read."""
        return Document(kind, self.context, tuple(self.resources.values()), self.places, tuple(notes))


def name_of(urn: str) -> str:
    """The name of a resource, the last part of its URN."""
    return printable(urn.split("::", 3)[-1])


ProgramOf = Callable[[str], Program | None]
"""Finds the source of a project's program by the project's name; None where there is none."""


def context_of(urns: Iterable[str], program_of: ProgramOf, config: Mapping[str, Any] | None = None) -> Context:
    """
    What a file tells of the run: the stack and the project by its first URN (`urn:pulumi:STACK::PROJECT::TYPE::NAME`).

    :param program_of: finds the program.
    :param config: the stack's config where the file has it, as it does of what is planned.
    """
    stack, _, rest = next(iter(urns), "").removeprefix("urn:pulumi:").partition("::")
    project = printable(rest.partition("::")[0])
    hidden = {key for key, value in (config or {}).items() if value == "[secret]" or _is_encrypted(value)}
    return Context(
        project=project,
        stack=printable(stack),
        dry_run=config is not None,
        config={
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in (config or {}).items()
            if key not in hidden
        },
        config_secret_keys=frozenset(hidden),
        program=program_of(project) if project else None,
    )


def _is_encrypted(value: Any) -> bool:
    return isinstance(value, dict) and "secure" in value


@lru_cache(maxsize=4096)
def _place(position: str) -> Place | None:
    """The line that a position means, where it is the program's own and not a library's."""
    match = _POSITION.match(position)
    return Place(match[1], int(match[2])) if match and not _OF_OTHERS.search(match[1]) else None
