"""
Looks for requests and files that the pack does not survive: `python -m tools.fuzz [--seconds 300] [--seed 1]`, or
`make fuzz`.

The requests are those of the programs in docs/cases/, changed at random: values of other types, numbers beyond all
bounds, texts that JSON, a terminal or UTF-8 cannot have, deep nesting, secrets and unknown values anywhere. No call may
fail, no policy may, and no answer may tell a secret. Files are those of this repository, changed likewise (see
fuzz_files.py). What is found is printed with the seed that makes it again.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Final

import grpc
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import analyzer_pb2

from policypack.engine.analyzer import Analyzer
from policypack.model import ASSET, UNKNOWN, Asset, Resource, Secret
from policypack.pack import PACK
from policypack.wire import SIGNATURE_KEY, UNKNOWN_SENTINELS
from tools.cases import cases
from tools.fuzz_files import READERS, file_faults
from tools.fuzz_files import SECRET as CANARY

_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
_ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
_SENTINEL: Final = min(UNKNOWN_SENTINELS)
_MOST_CHANGES: Final = 6
_DEEPEST: Final = 150
"""Levels of nesting: more than the pack reads, and not so many that making them takes all the time."""

_TEXTS: Final = (
    *("", " ", "0", "-1", "1e999", "nan", "true", "null", "{}", "[]", "a\0b", "\x1b[2J\r\n", "\u202e", "😀", "²", "१२"),
    *("9" * 400, "9" * 5000, "a" * 10_000, "(" * 1000, "\\" * 999, "[" * 480 + "]" * 480, '{"a": ' + "9" * 5000 + "}"),
    *(
        '"',
        "*",
        "**?*",
        "arn:",
        "arn:aws:iam::*:*",
        "${a.b}",
        "{{resolve:a}}",
        "urn:pulumi:dev",
        "tcp://a:b@c",
        "://@:@",
    ),
    *('{"a": "\\ud800"}', '{"Statement": [5, null, {"Action": {}}]}', "-----BEGIN PRIVATE KEY-----", "10.0.0.0/-1"),
    *("rate(99999999999 days)", "cron(0 0 1 */9999 ? *)", "::/999"),
)
_NUMBERS: Final = (0, -1, 1e300, -1e300, float("inf"), float("nan"), 0.5, 2**53, 65536)


class AbortedError(Exception):
    """What a handler that aborts raises."""


class _Call:
    """As much of a gRPC call as the analyzer uses."""

    def abort(self, _code: grpc.StatusCode, details: str) -> None:
        raise AbortedError(details)


@dataclass(frozen=True, slots=True)
class Stack:
    """The requests of one preview, with their properties in the engine's JSON form."""

    resources: tuple[Resource, ...]
    config: dict[str, Any] = field(default_factory=dict)


@cache
def seeds() -> tuple[Stack, ...]:
    """The programs of docs/cases/."""
    return tuple(
        Stack(tuple(program.run()), {policy_id: case.config})
        for policy_id, case in cases().items()
        for program in (case.faulty, case.corrected)
    )


def sent(raw: Any) -> Any:
    """A value of a Resource in the engine's JSON form."""
    if raw is UNKNOWN:
        return _SENTINEL
    if raw is ASSET:
        return {SIGNATURE_KEY: _ASSET, "text": CANARY}
    if isinstance(raw, Asset):
        texts = {path: {SIGNATURE_KEY: _ASSET, "text": text} for path, text in raw.texts}
        return {SIGNATURE_KEY: _ARCHIVE, "assets": texts}
    if isinstance(raw, Secret):
        return {SIGNATURE_KEY: _SECRET, "value": sent(raw.value)}
    if isinstance(raw, list):
        return [sent(each) for each in raw]
    if isinstance(raw, dict):
        return {key: sent(each) for key, each in raw.items()}
    return raw


class Mutator:
    """Makes random changes, the same ones for the same seed."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self._is_deep = False

    def properties(self, properties: dict[str, Any]) -> dict[str, Any]:
        """Properties with some changes, or with none."""
        self._is_deep = False
        changed: Any = properties
        for _ in range(self._random.randrange(_MOST_CHANGES)):
            changed = self._change(changed)
        return changed if isinstance(changed, dict) else {"it": changed}

    def resource(self, resource: Resource) -> tuple[analyzer_pb2.AnalyzeRequest, analyzer_pb2.AnalyzerResource]:
        """The two requests about a resource: the properties of the second may differ from those of the first."""
        name = resource.name if self._random.random() < 0.9 else self._random.choice(_TEXTS)[:200]
        urn = f"{resource.urn.removesuffix(resource.name)}{name}"
        inputs = self.properties(sent(dict(resource.declared)))
        outputs = inputs if self._random.random() < 0.7 else self.properties(sent(dict(resource.declared)))
        request = analyzer_pb2.AnalyzeRequest(type=resource.token, name=name, urn=urn, properties=struct(inputs))
        output = analyzer_pb2.AnalyzerResource(type=resource.token, name=name, urn=urn, properties=struct(outputs))
        for prop, targets in resource.property_dependencies.items():
            output.propertyDependencies[prop].urns.extend(targets)
        return request, output

    def stack(self, stack: Stack) -> Iterator[Resource]:
        """Its resources, some of them missing, twice, or of another program."""
        for resource in stack.resources:
            for _ in range(self._random.choice((0, 1, 1, 1, 1, 1, 1, 2))):
                yield resource
        if self._random.random() < 0.3:
            yield from self._random.choice(seeds()).resources

    def _change(self, value: Any) -> Any:
        """A value with one change in it, anywhere."""
        if isinstance(value, dict | list) and value and self._random.random() < 0.8:
            keys = list(value) if isinstance(value, dict) else list(range(len(value)))
            key: Any = self._random.choice(keys)
            copy: Any = dict(value) if isinstance(value, dict) else list(value)
            if self._random.random() < 0.05:
                del copy[key]
            elif isinstance(copy, dict) and self._random.random() < 0.05:
                copy[self._random.choice(_TEXTS)[:100]] = copy.pop(key)
            else:
                copy[key] = self._change(copy[key])
            return copy
        if isinstance(value, str) and value[:1] in ("{", "[") and self._random.random() < 0.8:
            try:
                return json.dumps(self._change(json.loads(value)))
            except (ValueError, RecursionError):
                pass
        return self._random.choice(self._WAYS)(self, value)

    def _other(self, _value: Any) -> Any:
        return self._random.choice((*_TEXTS, *_NUMBERS, True, False, None, [], {}, [[]], [{}], {"": ""}))

    def _text(self, value: Any) -> Any:
        """A text with another one in it, or a part of it many times."""
        text = value if isinstance(value, str) else str(value)[:100]
        at = self._random.randrange(len(text) + 1)
        piece = self._random.choice(_TEXTS) if self._random.random() < 0.7 else text[at : at + 5] * 1000
        return text[:at] + piece + text[at:]

    def _secret(self, value: Any) -> Any:
        hidden = self._random.choice((CANARY, {CANARY: CANARY}, [CANARY], f'{{"password": "{CANARY}"}}', value))
        return {SIGNATURE_KEY: _SECRET, "value": hidden}

    def _unknown(self, _value: Any) -> Any:
        return self._random.choice(
            (_SENTINEL, {SIGNATURE_KEY: "of the future"}, {SIGNATURE_KEY: _ASSET, "text": CANARY})
        )

    def _nested(self, value: Any) -> Any:
        levels = self._random.choice((1, 1, 1, 2, _DEEPEST))
        # Once: Python could not make a message of values that are nested several times as deeply.
        levels = 1 if self._is_deep else levels
        self._is_deep |= levels == _DEEPEST
        for _ in range(levels):
            value = [value] if self._random.random() < 0.5 else {"a": value}
        return value

    def _many(self, value: Any) -> Any:
        return [value] * self._random.choice((0, 1, 2, 100))

    _WAYS: tuple[Callable[[Mutator, Any], Any], ...] = (_other, _other, _text, _text, _secret, _unknown, _nested, _many)


def struct(properties: dict[str, Any]) -> Struct:
    """Properties as a protobuf message."""
    message = Struct()
    message.update(properties)
    return message


def preview(seed: str) -> Iterator[Message]:
    """The answers of a fresh analyzer to the requests of one preview, made at random."""
    mutator = Mutator(seed)
    draw = random.Random(seed)
    stack = draw.choice(seeds())
    analyzer = Analyzer(PACK)
    call: Any = _Call()
    configured = analyzer_pb2.ConfigureAnalyzerRequest()
    for policy_id, config in stack.config.items():
        said = configured.policyConfig[policy_id]
        said.enforcementLevel = draw.choice((analyzer_pb2.MANDATORY, analyzer_pb2.REMEDIATE))
        said.properties.CopyFrom(struct(mutator.properties(dict(config))))
    try:
        yield analyzer.Configure(configured, call)
    except AbortedError as error:
        # A sentence for each mistake is the answer to config that is wrong.
        yield analyzer_pb2.AnalyzeResponse(diagnostics=[analyzer_pb2.AnalyzeDiagnostic(message=str(error))])
    about = analyzer_pb2.AnalyzerStackConfigureRequest(
        stack=draw.choice(("dev", *_TEXTS)), config={"test:a": draw.choice(_TEXTS), "test:b": CANARY}
    )
    about.config_secret_keys.append("test:b")
    yield analyzer.ConfigureStack(about, call)
    outputs = []
    for resource in mutator.stack(stack):
        request, output = mutator.resource(resource)
        outputs.append(output)
        copy = analyzer_pb2.AnalyzeRequest()
        copy.CopyFrom(request)
        remediated = analyzer.Remediate(copy, call)
        # It has the properties in it, as they were sent.
        yield analyzer_pb2.RemediateResponse(not_applicable=remediated.not_applicable)
        yield analyzer.Analyze(request, call)
    yield analyzer.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=outputs), call)


def faults(seed: str) -> Iterator[str]:
    """What is wrong with the answers to the preview that a seed makes."""
    try:
        for answer in preview(seed):
            for diagnostic in getattr(answer, "diagnostics", ()):
                if "itself failed" in diagnostic.message:
                    yield f"{diagnostic.message.splitlines()[0]} ({diagnostic.urn[:200]})"
                if CANARY in diagnostic.message:
                    yield f"{diagnostic.policyName} tells a secret: {diagnostic.message[:500]}"
    except Exception as error:  # noqa: BLE001 whatever a call raises is what is looked for
        yield f"a call failed: {type(error).__name__}: {error}"


TARGETS: Final[dict[str, Callable[[str], Iterator[str]]]] = {
    "requests": faults,
    **{kind: partial(file_faults, kind) for kind in READERS},
}
"""What is looked at, each with what tells the faults that a seed brings to light."""


def main() -> int:
    """Runs until the time is over; out: 1 where there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300, help="how long to look (default: 300)")
    parser.add_argument("--target", choices=TARGETS, action="append", help="what to look at (default: everything)")
    parser.add_argument("--seed", default=str(random.randrange(10**6)), help="the same seed makes the same requests")
    options = parser.parse_args()
    end = time.monotonic() + options.seconds
    found: dict[str, str] = {}
    number = 0
    print(f"seed {options.seed}", flush=True)
    while time.monotonic() < end:
        seed = f"{options.seed}-{number}"
        for name in options.target or TARGETS:
            started = time.process_time()
            for fault in TARGETS[name](seed):
                if fault.partition(" (urn")[0] not in found:
                    found[fault.partition(" (urn")[0]] = seed
                    print(f"{seed}: {fault}", flush=True)
            if time.process_time() - started > 5:
                print(f"{seed}: {name} took {time.process_time() - started:.1f} CPU seconds", flush=True)
        number += 1
    print(f"{number} of each, {len(found)} faults")
    return bool(found)


if __name__ == "__main__":
    raise SystemExit(main())
