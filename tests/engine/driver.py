"""Drives an analyzer as the engine does, without an engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import analyzer_pb2

from policypack.engine.analyzer import Analyzer
from policypack.pack import PACK
from policypack.policy import Pack, Policy
from policypack.wire import SIGNATURE_KEY


class AbortError(Exception):
    """What gRPC raises in a handler that aborts."""


class Context:
    """As much of a gRPC context as the analyzer uses."""

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise AbortError(details)


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE_KEY: "1b47061264138c4ac30d75fd1eb44270", "value": value}


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::{type_}::{name}"


def struct(properties: Mapping[str, Any]) -> Struct:
    message = Struct()
    message.update(properties)
    return message


class Engine:
    """Calls an analyzer in the engine's order and collects (policy, URN, level, message)."""

    def __init__(self, *policies: Policy) -> None:
        pack = Pack("test", "1.0.0", "", policies) if policies else PACK
        self.analyzer = Analyzer(pack)
        self.context: Any = Context()

    def configure(self, **policies: tuple[int, Mapping[str, Any]]) -> None:
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for name, (level, properties) in policies.items():
            configured = request.policyConfig[name.replace("_", "-")]
            configured.enforcementLevel = level  # type: ignore[assignment]
            configured.properties.update(properties)
        self.analyzer.Configure(request, self.context)

    def configure_stack(self, config: Mapping[str, str], secret_keys: list[str]) -> None:
        request = analyzer_pb2.AnalyzerStackConfigureRequest(
            stack="dev", project="shop", dry_run=True, config=config, config_secret_keys=secret_keys
        )
        self.analyzer.ConfigureStack(request, self.context)

    def analyze(self, type_: str, name: str, /, **properties: Any) -> list[analyzer_pb2.AnalyzeDiagnostic]:
        request = analyzer_pb2.AnalyzeRequest(
            type=type_, name=name, urn=urn(type_, name), properties=struct(properties)
        )
        return list(self.analyzer.Analyze(request, self.context).diagnostics)

    def analyze_stack(self, *resources: analyzer_pb2.AnalyzerResource) -> list[analyzer_pb2.AnalyzeDiagnostic]:
        request = analyzer_pb2.AnalyzeStackRequest(resources=resources)
        return list(self.analyzer.AnalyzeStack(request, self.context).diagnostics)


def output(
    type_: str, name: str, depends: Mapping[str, str] | None = None, /, **properties: Any
) -> analyzer_pb2.AnalyzerResource:
    message = analyzer_pb2.AnalyzerResource(type=type_, name=name, urn=urn(type_, name), properties=struct(properties))
    for key, target in (depends or {}).items():
        message.propertyDependencies[key].urns.append(target)
    return message
