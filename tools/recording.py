"""Real requests of the engine, written down during a preview and read again by tests and benchmarks."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from google.protobuf.message import Message
from pulumi.runtime.proto import analyzer_pb2

from policypack.engine.analyzer import Analyzer
from tools.sandbox import Outcome, Stack

RECORDER = Path(__file__).parent / "recorder"
_VARIABLE = "RECORD_TO"
_KINDS = (analyzer_pb2.AnalyzerStackConfigureRequest, analyzer_pb2.AnalyzeRequest, analyzer_pb2.AnalyzeStackRequest)
_HEADER = struct.Struct("<BI")


class RecordingAnalyzer(Analyzer):
    """An analyzer that writes each request to the file of RECORD_TO before it answers it."""

    _lock = threading.Lock()

    def ConfigureStack(self, request: Any, context: Any) -> Any:
        """Records the request and answers it."""
        self._write(request)
        return super().ConfigureStack(request, context)

    def Analyze(self, request: Any, context: Any) -> Any:
        """Records the request and answers it."""
        self._write(request)
        return super().Analyze(request, context)

    def AnalyzeStack(self, request: Any, context: Any) -> Any:
        """Records the request and answers it."""
        self._write(request)
        return super().AnalyzeStack(request, context)

    def _write(self, request: Message) -> None:
        data = request.SerializeToString()
        with self._lock, Path(os.environ[_VARIABLE]).open("ab") as file:
            file.write(_HEADER.pack(_KINDS.index(type(request)), len(data)) + data)


@dataclass
class Recording:
    """What the engine asked in one preview."""

    configure: analyzer_pb2.AnalyzerStackConfigureRequest
    resources: list[analyzer_pb2.AnalyzeRequest] = field(default_factory=list)
    stack: analyzer_pb2.AnalyzeStackRequest = field(default_factory=analyzer_pb2.AnalyzeStackRequest)


def record(stack: Stack, file: Path, config: Path | None = None) -> tuple[Recording, Outcome]:
    """Previews a stack under the recording pack; in: a file that is not there yet."""
    os.environ[_VARIABLE] = str(file)
    try:
        outcome = stack.preview(RECORDER, config)
    finally:
        del os.environ[_VARIABLE]
    recording = Recording(analyzer_pb2.AnalyzerStackConfigureRequest())
    with file.open("rb") as source:
        for message in _read(source):
            if isinstance(message, analyzer_pb2.AnalyzerStackConfigureRequest):
                recording.configure = message
            elif isinstance(message, analyzer_pb2.AnalyzeRequest):
                recording.resources.append(message)
            else:
                recording.stack = message
    return recording, outcome


def _read(source: BinaryIO) -> Iterator[Any]:
    while header := source.read(_HEADER.size):
        kind, length = _HEADER.unpack(header)
        yield _KINDS[kind].FromString(source.read(length))
