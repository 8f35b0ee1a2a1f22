"""Serves a pack to the engine that started this process."""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final

import grpc
from pulumi.runtime.proto import analyzer_pb2_grpc

from policypack.engine.analyzer import Analyzer
from policypack.policy import Pack

_LONGEST_MESSAGE: Final = 400 * 1024 * 1024
"""Bytes; the engine's own limit (sdk/go/common/util/rpcutil), far above gRPC's default of 4 MB."""

_SECONDS_BETWEEN_LOOKS: Final = 1.0
"""How often to look whether the process that started this one is still there."""


def serve(pack: Pack) -> None:
    """
    Prints the port that the engine waits for on standard output, then answers until it is told to stop.

    It stops when the engine cancels it, at SIGINT and SIGTERM, and when the process that started it is gone.
    """
    engine = os.getppid()
    # A queue, not an Event: the latter's lock is not one that a signal handler may wait for.
    stopped: SimpleQueue[None] = SimpleQueue()
    server = grpc.server(
        ThreadPoolExecutor(max_workers=4),
        options=[
            ("grpc.max_receive_message_length", _LONGEST_MESSAGE),
            ("grpc.max_send_message_length", _LONGEST_MESSAGE),
        ],
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Analyzer(pack, cancelled=lambda: stopped.put(None)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()

    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda _signal, _frame: stopped.put(None))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while os.getppid() == engine:
        with suppress(Empty):
            stopped.get(timeout=_SECONDS_BETWEEN_LOOKS)
            break
    # The answer to Cancel itself, and what else is under way, may still go out.
    server.stop(grace=1).wait()
