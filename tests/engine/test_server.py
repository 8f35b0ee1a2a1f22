"""The pack's process, called through gRPC as the engine calls it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from tests.engine.test_awkward_values import nested, wire

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
ANALYZE = "/pulumirpc.Analyzer/Analyze"


@contextmanager
def served(*command: str) -> Iterator[tuple[grpc.Channel, subprocess.Popen[str]]]:
    with subprocess.Popen(
        [sys.executable, *(command or (str(ROOT),))],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        options = [("grpc.max_send_message_length", -1)]
        try:
            with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}", options=options) as channel:
                yield channel, process
        finally:
            process.terminate()


def deep_request(depth: int, kind: str) -> bytes:
    """An Analyze request, as it is sent: protobuf's own writer ends before its reader does."""
    properties = wire(1, wire(1, b"policy") + wire(2, nested(depth, kind)))
    return wire(1, BUCKET_POLICY.encode()) + wire(2, properties) + wire(3, b"urn:a") + wire(4, b"it")


@pytest.mark.parametrize("kind", ["list", "object"])
def test_any_nesting_is_answered_or_refused(kind: str) -> None:
    with served() as (channel, process):
        analyze = channel.unary_unary(ANALYZE, bytes, analyzer_pb2.AnalyzeResponse.FromString)
        for depth in (100, 1000, 5000, 10_000, 20_000):
            found = analyze(deep_request(depth, kind)).diagnostics
            assert not [each for each in found if "itself failed" in each.message]
        with pytest.raises(grpc.RpcError, match="deserializing request"):
            analyze(deep_request(40_000, kind))
        assert process.poll() is None
        assert analyzer_pb2_grpc.AnalyzerStub(channel).GetPluginInfo(Empty()).version


FAILING = """
from policypack.engine import server
from policypack.engine.analyzer import Analyzer
from policypack.pack import PACK

class Failing(Analyzer):
    def Analyze(self, request, context):
        raise ValueError(request.urn)

server.Analyzer = Failing
server.serve(PACK)
"""


def test_an_exception_in_a_handler_tells_where_and_not_what() -> None:
    with served("-c", FAILING) as (channel, process):
        with pytest.raises(grpc.RpcError) as raised:
            analyzer_pb2_grpc.AnalyzerStub(channel).Analyze(analyzer_pb2.AnalyzeRequest(urn="canary"))
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert raised.value.code() == grpc.StatusCode.INTERNAL
    assert str(raised.value.details()).startswith("The policy pack failed (ValueError at <string>:8).")
    assert "canary" not in errors


def test_a_mistake_in_the_config_is_told_as_it_is() -> None:
    config = analyzer_pb2.PolicyConfig()
    config.properties.update({"minDays": "\n\x1b[2J", "a\nb": 1})
    with served() as (channel, _):
        request = analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={"logs-retention": config})
        with pytest.raises(grpc.RpcError) as raised:
            analyzer_pb2_grpc.AnalyzerStub(channel).Configure(request)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    head, *sentences = str(raised.value.details()).splitlines()
    assert head == "the policy pack's config:"
    assert len(sentences) == 2
    assert all(sentence.isprintable() for sentence in sentences)
