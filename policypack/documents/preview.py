"""Reads what `pulumi preview --json` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from policypack.documents.document import (
    PROVIDERS,
    Builder,
    Document,
    DocumentError,
    ProgramOf,
    State,
    context_of,
    properties,
)
from policypack.listing import joined
from policypack.model import UNKNOWN
from policypack.wire import PREVIEW_TEXTS, decode_json

KIND: Final = "pulumi preview --json"
_STACK: Final = "pulumi:pulumi:Stack"
_MAKING: Final = frozenset({"create", "create-replacement", "replace"})
"""The steps whose resource is new, so that its outputs are unknown."""


class Step(Struct, rename="camel"):
    """What is planned for one resource."""

    op: str
    urn: str
    old_state: State | None = None
    new_state: State | None = None


class Diagnostic(Struct):
    """What the engine said during the preview."""

    severity: str = ""


def document(
    steps: Sequence[Step],
    diagnostics: Sequence[Diagnostic],
    config: Mapping[str, Any],
    same: int,
    program_of: ProgramOf,
) -> Document:
    """
    The stack as a preview shows it (https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/backend/display/json.go).

    :param steps: what is planned for each resource.
    :param diagnostics: what the engine said.
    :param config: the stack's config by its full keys.
    :param same: how many resources do not change.
    :param program_of: finds the program.
    :raises DocumentError: where resources are missing, as the preview failed or leaves out those that do not change:
        what they and the others need of one another could not be told.
    """
    if any(diagnostic.severity == "error" for diagnostic in diagnostics):
        raise DocumentError(
            "the preview failed, so resources may be missing from it; what went wrong is in the file, under diagnostics"
        )
    left_out = same - sum(step.op == "same" for step in steps)
    if left_out > 0:
        is_one = left_out == 1
        raise DocumentError(
            f"the preview leaves out {left_out} resource{'' if is_one else 's'} that {'does' if is_one else 'do'} not "
            "change, so the stack cannot be checked as a whole; run `pulumi preview --json --show-sames`"
        )
    builder = Builder(context_of((step.urn for step in steps), program_of, config))
    for step in steps:
        if step.op == "delete":
            builder.resources.pop(step.urn, None)
        elif (state := step.new_state) and not state.external:
            inputs = properties(state.inputs, PREVIEW_TEXTS)
            builder.add(state, inputs, None if state.type == _STACK else {**_known_outputs(step, state), **inputs})
    rebuilt = _rebuild_providers(builder, config)
    return builder.document(KIND, _notes(rebuilt))


def _known_outputs(step: Step, state: State) -> Mapping[str, Any]:
    """The outputs that are not inputs, as far as they matter: those of a resource that stays are the ones it has."""
    if step.op not in _MAKING and step.old_state:
        return properties(step.old_state.outputs, PREVIEW_TEXTS)
    is_managed = state.custom and not state.type.startswith(PROVIDERS)
    return {"id": UNKNOWN, "arn": UNKNOWN} if is_managed else {}


def _rebuild_providers(builder: Builder, config: Mapping[str, Any]) -> list[str]:
    """
    Adds the default providers, of which a preview shows nothing but their URNs, and returns their packages.

    :param config: the stack's config, from which the engine makes them.
    """
    used = dict.fromkeys(resource.provider_urn for resource in builder.resources.values())
    packages = set()
    for urn in used:
        _, found, package = urn.partition(f"::{PROVIDERS}")
        if not found or urn in builder.resources:
            continue
        package = package.partition("::")[0]
        own = {key.partition(":")[2]: value for key, value in config.items() if key.startswith(f"{package}:")}
        inputs = decode_json(own, PREVIEW_TEXTS)
        builder.add(State(urn, f"{PROVIDERS}{package}", custom=True), inputs, inputs)
        packages.add(package)
    return sorted(packages)


def _notes(rebuilt: list[str]) -> Iterator[str]:
    yield "A preview's JSON has neither the stack's outputs nor the values of secrets, so these are not checked."
    if rebuilt:
        providers = f"provider{'' if len(rebuilt) == 1 else 's'} of {joined(rebuilt)}"
        yield (
            f"It does not have the default {providers} either, which the stack's config tells; what is set in "
            "environment variables is missing."
        )
