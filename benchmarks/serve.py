"""
Serves one of three analyzers on a port that it prints, for the benchmarks through gRPC.

`python -m benchmarks.serve ours|sdk|nothing`
"""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from policypack.engine.analyzer import Analyzer
from policypack.pack import PACK
from tests.differential import pulumi_policys_own


class Nothing(analyzer_pb2_grpc.AnalyzerServicer):
    """An analyzer whose handlers do nothing: what the protocol itself costs."""

    def Analyze(self, request: Any, context: Any) -> Any:
        """Finds nothing."""
        return analyzer_pb2.AnalyzeResponse()


ANALYZERS = {"ours": lambda: Analyzer(PACK), "sdk": pulumi_policys_own, "nothing": Nothing}


def main() -> None:
    """Serves until the process is killed."""
    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=[("grpc.max_receive_message_length", -1)])
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(ANALYZERS[sys.argv[1]](), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
