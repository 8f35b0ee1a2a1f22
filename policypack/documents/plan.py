"""Reads update plans, which `pulumi preview --save-plan` writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import UNSET, Raw, Struct, UnsetType

from policypack.documents.document import PROVIDERS, Builder, Document, ProgramOf, State, context_of, properties

KIND: Final = "pulumi preview --save-plan"
_CREATED: Final = ["create"]


class Diff(Struct):
    """How the inputs change: those of a resource that is created are all added."""

    adds: Raw | UnsetType = UNSET
    updates: Raw | UnsetType = UNSET
    deletes: list[str] | None = None


class Goal(Struct, rename="camel"):
    """What the program asked for."""

    type: str
    custom: bool = False
    input_diff: Diff | None = None
    parent: str | None = ""
    protect: bool | None = False
    provider: str | None = ""
    dependencies: tuple[str, ...] | None = None
    property_dependencies: dict[str, tuple[str, ...] | None] | None = None
    ignore_changes: tuple[str, ...] | None = None
    additional_secret_outputs: tuple[str, ...] | None = None


class ResourcePlan(Struct):
    """The plan for one resource: its goal, which a resource that is only deleted has none of, and its new outputs."""

    steps: list[str] | None = None
    goal: Goal | None = None
    state: Raw | UnsetType = UNSET


def document(
    plans: Mapping[str, ResourcePlan], config: Mapping[str, Any], program_of: ProgramOf, *, has_hidden_secrets: bool
) -> Document:
    """
    The stack as it will be when the plan has been carried out
    (https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/apitype/plan.go).

    :param plans: the plan for each resource, by its URN.
    :param config: the stack's config by its full keys.
    :param program_of: finds the program.
    :param has_hidden_secrets: whether values in the file are encrypted.
    """
    builder = Builder(context_of(plans, program_of, config))
    existing = 0
    for urn, each in plans.items():
        goal, steps = each.goal, each.steps or []
        if goal is None or "read" in steps:
            continue
        outputs = properties(each.state)
        existing += steps != _CREATED and goal.custom
        builder.add(
            State(
                urn,
                goal.type,
                custom=goal.custom,
                protect=bool(goal.protect),
                parent=goal.parent,
                provider=goal.provider,
                dependencies=goal.dependencies,
                property_dependencies=goal.property_dependencies,
                ignore_changes=goal.ignore_changes,
                additional_secret_outputs=goal.additional_secret_outputs,
            ),
            _inputs(goal, outputs, is_created=steps == _CREATED),
            outputs,
        )
    return builder.document(KIND, _notes(existing, has_hidden_secrets))


def _inputs(goal: Goal, outputs: dict[str, Any], *, is_created: bool) -> dict[str, Any]:
    """
    The inputs of a resource. A plan has all of them only where the resource is created; of any other, the program's
    inputs are those that have an entry among the dependencies, empty ones included, and their values are the outputs'.
    A provider's outputs are its inputs.
    """
    diff = goal.input_diff or Diff()
    changed = {**properties(diff.adds), **properties(diff.updates)}
    if is_created:
        return changed
    own = outputs if goal.type.startswith(PROVIDERS) else goal.property_dependencies or ()
    kept = {key: outputs[key] for key in own if key in outputs}
    for key in diff.deletes or ():
        kept.pop(key, None)
    return {**kept, **changed}


def _notes(existing: int, has_hidden_secrets: bool) -> Iterator[str]:
    if existing:
        yield (
            f"Of {existing} resource{'' if existing == 1 else 's'} that {'exists' if existing == 1 else 'exist'} "
            "already, a plan has only those inputs that change; the others are taken from the outputs."
        )
    if has_hidden_secrets:
        yield "The values of secrets are encrypted and not checked; `--show-secrets` writes a plan that shows them."
