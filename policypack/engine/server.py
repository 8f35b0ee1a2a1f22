"""Serves a pack to the engine that started this process."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, Optional

import grpc
from pulumi.runtime.proto import analyzer_pb2_grpc

from policypack.engine.analyzer import Analyzer
from policypack.engine.watchdog import LONGEST_SILENCE, Watched
from policypack.policy import Pack
from policypack.record import place_of

_LONGEST_MESSAGE: Final = 400 * 1024 * 1024
"""Bytes; the engine's own limit (sdk/go/common/util/rpcutil), far above gRPC's default of 4 MB."""

_STACK: Final = 128 * 1024 * 1024
"""
Bytes of address space for the stack of a thread that reads requests.

protobuf's reader needs less than 2 kB for each level of nesting and refuses more than 65,535 levels (protobuf 5.29). On
the usual stack of 8 MB it crashes long before that.
"""

_SECONDS_BETWEEN_SIGNS: Final = 1.0
"""How often the watchdog gets a sign of life."""

_SECONDS_TO_END: Final = 2.0
"""How long answers that are under way may take when the pack is told to stop."""


def serve(pack: Pack, longest_silence: int = LONGEST_SILENCE) -> None:
    """
    Prints the port that the engine waits for on standard output, answers until it is told to stop, and ends the
    process.

    It stops when the engine cancels it and at SIGINT and SIGTERM. When the process that started it is gone, and where a
    check keeps Python from stopping, the watchdog ends it.

    :param longest_silence: after how many seconds in which Python cannot run the watchdog ends the process.
    """
    engine = os.getppid()
    # A queue, not an Event: the latter's lock is not one that a signal handler may wait for.
    stopped: SimpleQueue[None] = SimpleQueue()
    threading.stack_size(_STACK)
    server = grpc.server(
        ThreadPoolExecutor(max_workers=4),
        interceptors=[_Contained()],
        options=[
            ("grpc.max_receive_message_length", _LONGEST_MESSAGE),
            ("grpc.max_send_message_length", _LONGEST_MESSAGE),
        ],
    )
    analyzer = Analyzer(pack, cancelled=lambda: stopped.put(None))
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(analyzer, server)
    port = _bind(server)
    server.start()

    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda _signal, _frame: stopped.put(None))
    _print(port)
    watched = _watched(engine, longest_silence)
    while True:
        with suppress(Empty):
            stopped.get(timeout=_SECONDS_BETWEEN_SIGNS)
            break
        if watched:
            watched.is_alive()
    # The answer to Cancel itself, and what else is under way, may still go out.
    server.stop(grace=1).wait(_SECONDS_TO_END)
    analyzer.end()
    # Not sys.exit, which waits for the threads: a check that does not end would keep it waiting.
    os._exit(0)


_Handler = Optional["grpc.RpcMethodHandler[Any, Any]"]


class _Contained(grpc.ServerInterceptor):  # type: ignore[type-arg] # generic in grpc-stubs only
    """
    Says of an exception in a handler what and where it was.

    gRPC would tell the engine its text, and write it to standard error, where a secret may be in it.
    """

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], _Handler],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler:
        """The handler of a call, with its exceptions contained."""
        handler = continuation(handler_call_details)
        # None for a method that the service does not have; all that it has are of this kind.
        if handler is None or handler.unary_unary is None:
            return handler
        behavior = handler.unary_unary

        def contained(request: Any, context: grpc.ServicerContext) -> Any:
            try:
                return behavior(request, context)
            except Exception as error:
                if context.code():  # type: ignore[attr-defined] # grpc-stubs lacks it
                    raise  # by abort, with a sentence of our own
                raised = f"{type(error).__name__} at {place_of(error)}"
            return context.abort(
                grpc.StatusCode.INTERNAL,
                f"The policy pack failed ({raised}). Please report it as a bug of the policy pack.",
            )

        return grpc.unary_unary_rpc_method_handler(contained, handler.request_deserializer, handler.response_serializer)


def _bind(server: grpc.Server) -> int:
    try:
        port = server.add_insecure_port("127.0.0.1:0")
    except (RuntimeError, OSError):
        port = 0
    if not port:
        sys.exit("The policy pack cannot listen on a port of 127.0.0.1, where the Pulumi engine would call it.")
    return port


def _print(port: int) -> None:
    try:
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
    except (AttributeError, OSError, ValueError):
        # An AttributeError where the process was started with its standard output closed: sys.stdout is then None.
        # What is left in the buffer would fail again at exit.
        sys.stdout = None
        sys.exit(
            "The policy pack cannot print its port: standard output is closed. The Pulumi engine starts it; to try a "
            "pack, run `pulumi preview --policy-pack FOLDER`."
        )


def _watched(engine: int, longest_silence: int) -> Watched | None:
    try:
        return Watched(engine, longest_silence)
    except OSError as error:
        sys.stderr.write(
            f"warning: the policy pack could not start its watchdog ({error.strerror}); should a check not end, end "
            "the process yourself.\n"
        )
        return None
