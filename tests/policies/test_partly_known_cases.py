"""
The documents of the cases in docs/cases/, of each of which a part is unknown at preview that decides nothing.

What is unknown is a further entry of each document, and the outputs of other resources in it. The program's source
tells the rest, so that every policy decides as it does where all is known.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from policypack.model import UNKNOWN, Origin, PartialDocument, Place, Reference, Resource, Written, WrittenMap
from policypack.testing import decide
from tests.support import POLICIES, SilentProgram
from tools.cases import Case, Json, Program, Ref, cases


def documents(raw: Any, path: str = "") -> Iterator[tuple[str, Json]]:
    """The documents in the inputs of a resource, by their paths."""
    if isinstance(raw, Json):
        yield path, raw
    elif isinstance(raw, Mapping):
        for key, each in raw.items():
            yield from documents(each, f"{path}.{key}" if path else key)
    elif isinstance(raw, list):
        for index, each in enumerate(raw):
            yield from documents(each, f"{path}[{index}]")


CASES = [
    pytest.param(policy, case, id=policy)
    for policy, case in cases().items()
    if any(True for declared in case.faulty.resources for _ in documents(declared.inputs))
]


class Source(SilentProgram):
    """The source of a program, which says what its documents are."""

    def __init__(self, program: Program) -> None:
        self._types = {declared.name: declared.type for declared in reversed(program.resources)}
        self._documents = {
            (declared.type, declared.name, path): self._partly(document.content)
            for declared in program.resources
            for path, document in documents(declared.inputs)
        }

    def written(self, resource: Resource, path: str) -> Written | None:
        content = self._documents.get((resource.token, resource.name, path))
        return Written(PartialDocument(content), Place("main.py", 1)) if content else None

    def _partly(self, content: Any) -> Any:
        if isinstance(content, list):
            return [self._partly(each) for each in content]
        return WrittenMap({**self._made(content), "Comment": UNKNOWN})

    def _made(self, content: Any) -> Any:
        if isinstance(content, Ref):
            package, _, rest = self._types[content.name].partition(":")
            module, _, name = rest.partition(":")
            path = f"{package}.{module.partition('/')[0]}.{name}"
            label = f"{path} '{content.name}'.{content.output}"
            return Reference(label, Origin(path, content.name, content.output))
        if isinstance(content, Mapping):
            return WrittenMap({key: self._made(each) for key, each in content.items()})
        return [self._made(each) for each in content] if isinstance(content, list) else content


def partly_known(program: Program) -> list[Resource]:
    """The resources of a program at a preview that knows none of its documents."""
    made = program.run()
    source = Source(program)
    for declared, resource in zip(program.resources, made, strict=False):
        resource.context = dataclasses.replace(resource.context, program=source)
        for path, _ in documents(declared.inputs):
            resource.inputs = _hidden(resource.inputs, path)
            resource.outputs = _hidden(resource.outputs, path)
    return made


def _hidden(raw: Any, path: str) -> Any:
    """Inputs in which the value at a path is unknown."""
    *way, last = (int(step) if step.isdigit() else step for step in path.replace("]", "").replace("[", ".").split("."))
    copied = copy.deepcopy(raw)
    inner = copied
    for step in way:
        inner = inner[step]
    inner[last] = UNKNOWN
    return copied


@pytest.mark.parametrize(("policy", "case"), CASES)
def test_the_faulty_program_is_faulty_where_a_part_of_its_documents_is_unknown(policy: str, case: Case) -> None:
    known = decide(POLICIES[policy], *case.faulty.run(), config=case.config)
    partly = decide(POLICIES[policy], *partly_known(case.faulty), config=case.config)
    assert (partly.violations, partly.undecided) == (known.violations, [])


@pytest.mark.parametrize(("policy", "case"), CASES)
def test_the_corrected_program_is_right_where_a_part_of_its_documents_is_unknown(policy: str, case: Case) -> None:
    decision = decide(POLICIES[policy], *partly_known(case.corrected), config=case.config)
    assert (decision.messages, decision.undecided) == ([], [])
