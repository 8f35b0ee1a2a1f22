"""The engine asks from several threads at once: the answers are those that it would get one after the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from random import Random

import pytest
from pulumi.runtime.proto import analyzer_pb2

from tests.engine.driver import Engine
from tools.fuzz import Mutator, seeds, sent, struct

_THREADS = 64
_COPIES = 3
"""Each program of docs/cases/ so many times, in names of their own."""


def requests() -> tuple[list[analyzer_pb2.AnalyzeRequest], analyzer_pb2.AnalyzeStackRequest]:
    """Several hundred resources: for each policy some that violate it, and some that do not."""
    mutator = Mutator("concurrency")
    asked, stack = [], analyzer_pb2.AnalyzeStackRequest()
    for copy in range(_COPIES):
        for number, resource in enumerate(chain.from_iterable(program.resources for program in seeds())):
            properties = sent(dict(resource.declared))
            if copy:
                properties = mutator.properties(properties)
            urn, sent_properties = f"{resource.urn}-{number}-{copy}", struct(properties)
            asked.append(
                analyzer_pb2.AnalyzeRequest(
                    type=resource.token, name=resource.name, urn=urn, properties=sent_properties
                )
            )
            stack.resources.add(type=resource.token, name=resource.name, urn=urn, properties=sent_properties)
    return asked, stack


def answers(
    asked: list[analyzer_pb2.AnalyzeRequest],
    stack: analyzer_pb2.AnalyzeStackRequest,
    ask_all: Callable[[Engine], list[analyzer_pb2.AnalyzeResponse]],
) -> list[set[tuple[str, str, int, str]]]:
    """What a fresh analyzer finds about each resource, and about the stack."""
    engine = Engine()
    engine.configure(ec2_imdsv2=(analyzer_pb2.REMEDIATE, {}))
    found = ask_all(engine)
    found.append(engine.analyzer.AnalyzeStack(stack, engine.context))
    return [{_comparable(each) for each in answer.diagnostics} for answer in found]


def _comparable(found: analyzer_pb2.AnalyzeDiagnostic) -> tuple[str, str, int, str]:
    # The first finding of a policy has the link to its documentation, whichever that is.
    message = "\n".join(line for line in found.message.splitlines() if not line.startswith("See: "))
    return found.policyName, found.urn, found.enforcementLevel, message


@pytest.mark.slow
def test_answers_to_many_threads_are_those_to_one() -> None:
    asked, stack = requests()

    def ask(engine: Engine, request: analyzer_pb2.AnalyzeRequest) -> analyzer_pb2.AnalyzeResponse:
        copy = analyzer_pb2.AnalyzeRequest()
        copy.CopyFrom(request)
        engine.analyzer.Remediate(copy, engine.context)
        return engine.analyzer.Analyze(request, engine.context)

    def in_turn(engine: Engine) -> list[analyzer_pb2.AnalyzeResponse]:
        return [ask(engine, request) for request in asked]

    def at_once(engine: Engine) -> list[analyzer_pb2.AnalyzeResponse]:
        order = list(range(len(asked)))
        Random(16).shuffle(order)
        found: dict[int, analyzer_pb2.AnalyzeResponse] = {}

        def answer(number: int) -> None:
            found[number] = ask(engine, asked[number])

        with ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(answer, order))
        return [found[number] for number in range(len(asked))]

    expected = answers(asked, stack, in_turn)
    assert len(asked) > 300
    assert sum(map(len, expected)) > 300
    assert answers(asked, stack, at_once) == expected
