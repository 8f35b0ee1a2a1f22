"""Reads what `pulumi preview --json` prints."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from policypack.documents.document import Builder, Document, DocumentError, State, properties, stack_and_project
from policypack.listing import joined
from policypack.model import UNKNOWN, Context, Resource
from policypack.wire import PREVIEW_TEXTS, decode_json

KIND: Final = "pulumi preview --json"
_PROVIDERS: Final = "pulumi:providers:"
_MAKING: Final = frozenset({"create", "create-replacement", "replace"})
"""The steps whose resource is new, so that its outputs are unknown."""


class Step(Struct, rename="camel"):
    """What is planned for one resource."""

    op: str
    urn: str
    old_state: State | None = None
    new_state: State | None = None


class Preview(Struct, rename="camel"):
    """https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/backend/display/json.go (PreviewDigest)"""

    steps: list[Step] | None
    config: dict[str, Any] | None = None
    change_summary: dict[str, int] | None = None


def document(preview: Preview) -> Document:
    """
    The stack as a preview shows it.

    :raises DocumentError: where the resources that do not change are left out: what they need of one another, and what
        the others need of them, could not be told.
    """
    steps = preview.steps or []
    left_out = (preview.change_summary or {}).get("same", 0) - sum(step.op == "same" for step in steps)
    if left_out > 0:
        one = left_out == 1
        raise DocumentError(
            f"the preview leaves out {left_out} resource{'' if one else 's'} that {'does' if one else 'do'} not "
            "change, so the stack cannot be checked as a whole; run `pulumi preview --json --show-sames`"
        )
    stack, project = stack_and_project(steps[0].urn) if steps else ("", "")
    config, secret_keys = decode_config(preview.config or {})
    context = Context(
        project=project, stack=stack, dry_run=True, config=config, config_secret_keys=frozenset(secret_keys)
    )
    builder = Builder(context)
    for step in steps:
        if step.op == "delete":
            builder.resources.pop(step.urn, None)
        elif (state := step.new_state) and not state.external:
            inputs = properties(state.inputs, PREVIEW_TEXTS)
            builder.add(state, inputs, {**_known_outputs(step, state), **inputs})
    rebuilt = _rebuild_providers(builder, preview.config or {})
    return builder.document(KIND, _notes(rebuilt))


def decode_config(config: Mapping[str, Any]) -> tuple[dict[str, str], set[str]]:
    """The values of a stack's config as texts, without those that are hidden; and the keys of those."""
    hidden = {key for key, value in config.items() if value == "[secret]" or _is_encrypted(value)}
    texts = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in config.items()
        if key not in hidden
    }
    return texts, hidden


def _is_encrypted(value: Any) -> bool:
    return isinstance(value, dict) and "secure" in value


def _known_outputs(step: Step, state: State) -> Mapping[str, Any]:
    """The outputs that are not inputs, as far as they matter: those of a resource that stays are the ones it has."""
    if step.op not in _MAKING and step.old_state:
        return properties(step.old_state.outputs, PREVIEW_TEXTS)
    is_managed = state.custom and not state.type.startswith(_PROVIDERS)
    return {"id": UNKNOWN, "arn": UNKNOWN} if is_managed else {}


def _rebuild_providers(builder: Builder, config: Mapping[str, Any]) -> list[str]:
    """
    Adds the default providers, of which a preview shows nothing but their URNs, before the resources that they manage.

    :param config: the stack's config, from which the engine makes them.
    """
    used = dict.fromkeys(resource.provider_urn for resource in builder.resources.values() if resource.provider_urn)
    missing = [urn for urn in used if urn not in builder.resources]
    managed = builder.resources.copy()
    builder.resources.clear()
    for urn in missing:
        token = urn.split("::")[2] if urn.count("::") > 2 else ""
        package = token.removeprefix(_PROVIDERS)
        inputs = {
            key.partition(":")[2]: decode_json(value, PREVIEW_TEXTS)
            for key, value in config.items()
            if key.startswith(f"{package}:")
        }
        builder.add(State(urn, token, custom=True), inputs, inputs)
    builder.resources.update(managed)
    return sorted({resource.type.removeprefix(_PROVIDERS) for resource in _of(builder, missing)})


def _of(builder: Builder, urns: Iterable[str]) -> Iterator[Resource]:
    return (builder.resources[urn] for urn in urns)


def _notes(rebuilt: list[str]) -> Iterator[str]:
    yield "A preview's JSON has neither the stack's outputs nor the values of secrets, so these are not checked."
    if rebuilt:
        one = len(rebuilt) == 1
        yield (
            f"The default provider{'' if one else 's'} of {joined(rebuilt)} {'is' if one else 'are'} not in it and "
            f"{'is' if one else 'are'} rebuilt from the stack's config; settings from environment variables are missing."
        )
