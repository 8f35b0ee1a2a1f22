"""Reads states: what `pulumi stack export` prints, and the files that self-managed backends keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from policypack.documents.document import Builder, Document, ProgramOf, State, context_of, properties
from policypack.listing import joined

EXPORT: Final = "pulumi stack export"
BACKEND: Final = "state file of a self-managed backend"


class Operation(Struct):
    """A step that an interrupted update had begun and not ended: `creating`, `updating`, `deleting` ..."""

    type: str


class Deployment(Struct, kw_only=True):
    """https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/apitype/core.go (DeploymentV3)"""

    resources: list[State] | None = None
    pending_operations: list[Operation] | None = None


class Checkpoint(Struct):
    """The newest state of a stack, in a file of a self-managed backend: `.pulumi/stacks/PROJECT/STACK.json`."""

    latest: Deployment | None = None


def document(deployment: Deployment | None, kind: str, program_of: ProgramOf, *, has_hidden_secrets: bool) -> Document:
    """
    The stack as a state shows it: what an update has made.

    :param kind: the kind of file (see Document).
    :param program_of: finds the program.
    :param has_hidden_secrets: whether values in the file are encrypted.
    """
    deployment = deployment or Deployment()
    states = deployment.resources or []
    builder = Builder(context_of((state.urn for state in states), program_of))
    for state in states:
        # What is external was read, and is not the program's; what is to be deleted has been replaced.
        if not state.external and not state.delete:
            builder.add(state, properties(state.inputs), properties(state.outputs))
    return builder.document(kind, _notes(deployment, has_hidden_secrets))


def _notes(deployment: Deployment, has_hidden_secrets: bool) -> Iterator[str]:
    if operations := Counter(operation.type for operation in deployment.pending_operations or ()):
        counts = joined(f"{count} {type_}" for type_, count in operations.items())
        yield f"An update was interrupted ({counts}): run `pulumi refresh` to see what became of its last steps."
    if deleted := sum(state.delete for state in deployment.resources or ()):
        yield (
            f"{deleted} resource{' is' if deleted == 1 else 's are'} not checked: already replaced, and waiting to be "
            "deleted."
        )
    if has_hidden_secrets:
        yield "The values of secrets are encrypted and not checked; `pulumi stack export --show-secrets` shows them."
