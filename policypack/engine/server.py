"""Serves a pack to the engine that started this process."""

from __future__ import annotations

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Final

import grpc
from pulumi.runtime.proto import analyzer_pb2_grpc

from policypack.engine.analyzer import Analyzer
from policypack.pack import Pack

_LONGEST_MESSAGE: Final = 400 * 1024 * 1024
"""Bytes; the engine's own limit (sdk/go/common/util/rpcutil), far above gRPC's default of 4 MB."""


def serve(pack: Pack) -> None:
    """Prints the port that the engine waits for on standard output, then answers until it is told to stop."""
    server = grpc.server(
        ThreadPoolExecutor(max_workers=4),
        options=[
            ("grpc.max_receive_message_length", _LONGEST_MESSAGE),
            ("grpc.max_send_message_length", _LONGEST_MESSAGE),
        ],
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Analyzer(pack), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.stop(grace=None)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()
