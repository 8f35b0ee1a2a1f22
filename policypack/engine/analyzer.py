"""The analyzer: answers the engine's requests with the findings of a pack's policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

from policypack.engine import remediation
from policypack.engine.decode import decode_context, decode_inputs, decode_outputs, decode_struct
from policypack.engine.description import LEVELS, SEVERITIES, analyzer_info
from policypack.evaluation import Evaluation
from policypack.message import as_message
from policypack.model import Context, printable
from policypack.pack import REPORT_POLICIES
from policypack.policies.report import ReportConfig
from policypack.policy import Pack
from policypack.record import Finding
from policypack.settings import EVERY_POLICY, Override, apply_overrides

if TYPE_CHECKING:
    from policypack.engine.reporting import Reporting

_LEVEL_NAMES: Final = {number: name for name, number in LEVELS.items()}


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """
    The pack, as the engine's Analyzer service: translates between the engine's protocol and an evaluation.

    It remembers the inputs that Analyze showed, since AnalyzeStack shows outputs only.
    """

    def __init__(self, pack: Pack) -> None:
        """
        :param pack: the policies. Those that report on a run are added where they are not among them, so that no
            failure of a policy goes unreported.
        """
        self._pack = _with_reports(pack)
        self._info = analyzer_info(self._pack)
        self._settings, _ = apply_overrides(self._pack.policies, {})
        self._start(Context())

    def _start(self, context: Context) -> None:
        self._evaluation = Evaluation(self._pack, self._settings, context)
        self._inputs: dict[str, Mapping[str, Any] | None] = {}
        self._linked: set[str] = set()
        self._reporting = self._reporting_of(context)

    def _reporting_of(self, context: Context) -> Reporting | None:
        for setting in self._settings.values():
            config = setting.config
            if isinstance(config, ReportConfig) and config.file and setting.level != "disabled":
                # Not at the top: most runs write no report, and start sooner without what writes them.
                from policypack.engine.reporting import Reporting

                return Reporting(self._pack, self._settings, context, config)
        return None

    def end(self) -> None:
        """Completes what an ended run leaves behind; for whoever serves the analyzer, when it is over."""
        if self._reporting:
            self._reporting.end()

    # What the engine asks before the first resource

    def Handshake(
        self, request: analyzer_pb2.AnalyzerHandshakeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerHandshakeResponse:
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def GetAnalyzerInfo(self, request: Empty, context: grpc.ServicerContext) -> analyzer_pb2.AnalyzerInfo:
        return self._info

    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._pack.version)

    def Configure(self, request: analyzer_pb2.ConfigureAnalyzerRequest, context: grpc.ServicerContext) -> Empty:
        """Takes every policy's level and config; a mistake in any of them ends the run with a sentence for each."""
        overrides = {
            name: Override(_LEVEL_NAMES.get(said.enforcementLevel), decode_struct(said.properties))
            for name, said in request.policyConfig.items()
        }
        # The engine has already given its level to every policy.
        overrides.pop(EVERY_POLICY, None)
        settings, problems = apply_overrides(self._pack.policies, overrides)
        if problems:
            sentences = [printable(problem.sentence) for problem in problems]
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "\n".join(["the policy pack's config:", *sentences]))
        self._settings = settings
        self._start(self._evaluation.context)
        # The engine tells of the stack first, when nothing says yet that reports are wanted.
        if self._reporting and self._evaluation.context.project:
            self._reporting.begin()
        return Empty()

    def ConfigureStack(
        self, request: analyzer_pb2.AnalyzerStackConfigureRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerStackConfigureResponse:
        self._start(decode_context(request))
        if self._reporting:
            self._reporting.begin()
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    # The two stages

    def Analyze(
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        resource = decode_inputs(request, self._evaluation.context)
        self._inputs[resource.urn] = resource.inputs
        record = self._evaluation.check_resource(resource)
        if self._reporting:
            self._reporting.add(resource.urn, record)
        return self._response(record.findings)

    def AnalyzeStack(
        self, request: analyzer_pb2.AnalyzeStackRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        resources = (
            decode_outputs(message, self._inputs.get(message.urn), self._evaluation.context)
            for message in request.resources
        )
        record = self._evaluation.check_stack(resources)
        if self._reporting:
            record.findings.extend(self._reporting.finish(record))
        return self._response(record.findings)

    def Remediate(
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.RemediateResponse:
        """
        Applies the remediations of the policies whose level is `remediate`, each to what the one before it left.

        The engine asks before every Analyze, and takes the properties of the last answer in the place of its own.
        """
        response = analyzer_pb2.RemediateResponse()
        properties = request.properties
        for policy in self._evaluation.remediating:
            if policy.remediate is None:
                if policy.stage == "resource":
                    response.not_applicable.add(policy_name=policy.id, reason="Policy does not implement remediate")
                continue
            resource = decode_inputs(request, self._evaluation.context)
            found = self._evaluation.remediations(policy, resource)
            written = [remediation.write(properties, path, value) for path, value in found]
            if any(written):
                response.remediations.add(
                    policyName=policy.id,
                    policyPackName=self._pack.name,
                    policyPackVersion=self._pack.version,
                    description=policy.title,
                    properties=properties,
                )
        return response

    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:
        # The server, which hears of it before the analyzer does, ends the process. A language host does not wait for
        # that: it kills the process as soon as this is answered.
        self.end()
        return Empty()

    def _response(self, findings: Iterable[Finding]) -> analyzer_pb2.AnalyzeResponse:
        in_order = sorted(findings, key=lambda finding: finding.is_exempted)
        return analyzer_pb2.AnalyzeResponse(diagnostics=map(self._diagnostic, in_order))

    def _diagnostic(self, finding: Finding) -> analyzer_pb2.AnalyzeDiagnostic:
        # The link is the same for all findings of a policy: the first of a run has it.
        with_link = not finding.is_exempted and finding.policy.id not in self._linked
        if with_link:
            self._linked.add(finding.policy.id)
        return analyzer_pb2.AnalyzeDiagnostic(
            policyName=finding.policy.id,
            policyPackName=self._pack.name,
            policyPackVersion=self._pack.version,
            description=finding.policy.title,
            message=as_message(finding, with_link=with_link),
            enforcementLevel=LEVELS[finding.level],
            urn=finding.violation.urn,
            severity=SEVERITIES[finding.policy.severity],
        )


def _with_reports(pack: Pack) -> Pack:
    ids = {policy.id for policy in pack.policies}
    missing = tuple(policy for policy in REPORT_POLICIES if policy.id not in ids)
    return replace(pack, policies=(*pack.policies, *missing))
