"""The analyzer: answers the engine's requests with the findings of the pack's policies."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy.policy import EnforcementLevel, _PolicyAnalyzerServicer

from policypack.engine import remedies
from policypack.engine.adapter import to_pulumi_policy
from policypack.engine.decode import decode_inputs, decode_outputs, decode_stack_info, decode_struct
from policypack.exemption import Exempted
from policypack.finding import Level, Undecided, Violation
from policypack.pack import Pack
from policypack.policies.exemptions import ExemptionsConfig, exemptions
from policypack.policies.failures import FailuresConfig, policy_failures
from policypack.policy import Policy
from policypack.resource import Resource, Value
from policypack.settings import EVERY_POLICY, Given, settle
from policypack.stack import Stack, StackInfo

_LEVELS: Final[dict[Level, analyzer_pb2.EnforcementLevel.ValueType]] = {
    "advisory": analyzer_pb2.ADVISORY,
    "mandatory": analyzer_pb2.MANDATORY,
    "remediate": analyzer_pb2.REMEDIATE,
    "disabled": analyzer_pb2.DISABLED,
}
_LEVEL_NAMES: Final = {number: name for name, number in _LEVELS.items()}
_SEVERITIES: Final = {
    "low": analyzer_pb2.POLICY_SEVERITY_LOW,
    "medium": analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    "high": analyzer_pb2.POLICY_SEVERITY_HIGH,
    "critical": analyzer_pb2.POLICY_SEVERITY_CRITICAL,
}


Answer = analyzer_pb2.AnalyzeDiagnostic | Undecided
"""What a policy comes to: a violation as the engine takes it, or something to ask again."""


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """
    The pack, as the engine's Analyzer service.

    Analyze decides what one resource decides alone and remembers its inputs; AnalyzeStack asks the policies again for
    what stayed undecided, then the policies that need the whole stack. What describes the pack is pulumi_policy's.
    The engine calls Analyze from several threads: a call writes what it remembers under its resource's URN alone.
    """

    def __init__(self, pack: Pack, cancelled: Callable[[], None] = lambda: None) -> None:
        """
        :param pack: the policies.
        :param cancelled: called when the engine asks the analyzer to end.
        """
        self._pack = pack
        self._cancelled = cancelled
        self._described = _PolicyAnalyzerServicer(
            pack.name,
            pack.version,
            [to_pulumi_policy(policy) for policy in pack.policies],
            EnforcementLevel.MANDATORY,
            description=pack.description,
        )
        # A pack of somebody's own may leave out the policies that say what became of the others.
        self._known = tuple({policy.id: policy for policy in (*pack.policies, policy_failures, exemptions)}.values())
        self._settings, _ = settle(self._known, {})
        self._start_stack(StackInfo())

    def _start_stack(self, info: StackInfo) -> None:
        self._info = info
        setting = self._settings[exemptions.id]
        assert isinstance(setting.config, ExemptionsConfig)
        counts = setting.level != "disabled"
        self._exempted = Exempted(setting.config.exemptions, setting.config.tag) if counts else Exempted()
        self._inputs: dict[str, Mapping[str, Any] | None] = {}
        self._undecided: dict[str, list[tuple[Policy, set[str]]]] = {}

    # What the engine asks before the first resource

    def Handshake(
        self, request: analyzer_pb2.AnalyzerHandshakeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerHandshakeResponse:
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def GetAnalyzerInfo(self, request: Empty, context: grpc.ServicerContext) -> analyzer_pb2.AnalyzerInfo:
        info: analyzer_pb2.AnalyzerInfo = self._described.GetAnalyzerInfo(request, context)
        return info

    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> Any:
        return self._described.GetPluginInfo(request, context)

    def Configure(self, request: analyzer_pb2.ConfigureAnalyzerRequest, context: grpc.ServicerContext) -> Empty:
        """Takes every policy's level and config; a mistake in any of them ends the run with a sentence for each."""
        given = {
            name: Given(_LEVEL_NAMES.get(said.enforcementLevel), decode_struct(said.properties))
            for name, said in request.policyConfig.items()
        }
        # The engine has already given its level to every policy.
        given.pop(EVERY_POLICY, None)
        settings, problems = settle(self._known, given)
        if problems:
            sentences = [problem.sentence for problem in problems]
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "\n".join(["the policy pack's config:", *sentences]))
        self._settings = settings
        self._start_stack(self._info)
        return Empty()

    def ConfigureStack(
        self, request: analyzer_pb2.AnalyzerStackConfigureRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerStackConfigureResponse:
        self._start_stack(decode_stack_info(request))
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    # The two stages

    def Analyze(
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        resource = decode_inputs(request, self._info)
        self._inputs[resource.urn] = resource.inputs
        response = analyzer_pb2.AnalyzeResponse()
        undecided = []
        for policy in self._enabled(self._pack.resource_policies(resource.type)):
            said: set[str] = set()
            left_open = False
            for answer in self._run(policy, resource):
                if isinstance(answer, Undecided):
                    left_open = True
                else:
                    said.add(answer.message)
                    response.diagnostics.append(answer)
            if left_open:
                undecided.append((policy, said))
        self._undecided[resource.urn] = undecided
        return response

    def AnalyzeStack(
        self, request: analyzer_pb2.AnalyzeStackRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        stack = Stack(
            (decode_outputs(message, self._inputs.get(message.urn), self._info) for message in request.resources),
            self._info,
        )
        stack.exempted = self._exempted
        response = analyzer_pb2.AnalyzeResponse()
        for policy, answer in self._stack_answers(stack):
            if isinstance(answer, Undecided):
                stack.undecided.append((policy.id, answer))
            else:
                response.diagnostics.append(answer)
        return response

    def _stack_answers(self, stack: Stack) -> Iterator[tuple[Policy, Answer]]:
        """The answers of second tries, then those of stack policies, of which the last reports what was left open."""
        # In the stack's order: that of Analyze is the order in which its threads happened to end. A resource that the
        # engine leaves out of the stack is about to be deleted.
        for resource in stack.resources.values():
            for policy, said in self._undecided.get(resource.urn, ()):
                for answer in self._run(policy, resource):
                    if isinstance(answer, Undecided) or answer.message not in said:
                        yield policy, answer
        for policy in self._enabled(self._pack.stack_policies):
            for answer in self._run(policy, stack):
                yield policy, answer

    def Remediate(
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.RemediateResponse:
        """
        Applies the remedies of the policies whose level is `remediate`, each to what the one before it left.

        The engine asks before every Analyze, and takes the properties of the last answer in the place of its own.
        """
        response = analyzer_pb2.RemediateResponse()
        properties = request.properties
        for policy in self._pack.policies:
            if self._level(policy) != "remediate":
                continue
            if policy.remedies is None:
                if policy.stage == "resource":
                    response.not_applicable.add(policy_name=policy.id, reason="Policy does not implement remediate")
                continue
            resource = decode_inputs(request, self._info)
            concerned = not policy.types or policy.applies_to(resource.type)
            found = self._remedies(policy, resource) if concerned else []
            for path, remedy in found:
                remedies.write(properties, path, remedy)
            if found:
                response.remediations.add(
                    policyName=policy.id,
                    policyPackName=self._pack.name,
                    policyPackVersion=self._pack.version,
                    description=policy.title,
                    properties=properties,
                )
        return response

    def _remedies(self, policy: Policy, resource: Resource) -> list[tuple[str, Any]]:
        """What a policy would write, and where; nothing from one that fails, as it will say so at Analyze."""
        assert policy.remedies
        try:
            return [
                (finding.at.path, finding.remedy)
                for finding in policy.remedies(resource, self._settings[policy.id].config)
                if isinstance(finding, Violation)
                and isinstance(finding.at, Value)
                and finding.remedy is not None
                and not self._exempted.apply(policy.id, finding)[0]
            ]
        except Exception:  # noqa: BLE001 a policy may raise anything, and the preview has to go on
            return []

    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:
        self._cancelled()
        return Empty()

    def _enabled(self, policies: Iterable[Policy]) -> Iterator[Policy]:
        return (policy for policy in policies if self._level(policy) != "disabled")

    def _level(self, policy: Policy) -> Level:
        return self._settings[policy.id].level

    def _run(self, policy: Policy, subject: Resource | Stack) -> Iterator[Answer]:
        """A policy's answers. One that fails answers with that, after all that it had said before."""
        config = self._settings[policy.id].config
        try:
            findings = policy.on_stack(subject, config) if isinstance(subject, Stack) else policy.check(subject, config)
            for finding in findings:
                yield finding if isinstance(finding, Undecided) else self._diagnostic(policy, finding)
        except Exception as error:  # noqa: BLE001 a policy may raise anything, and the preview has to go on
            if self._level(policy_failures) != "disabled":
                yield self._diagnostic(policy_failures, self._failure(policy, subject, error))

    def _failure(self, policy: Policy, subject: Resource | Stack, error: Exception) -> Violation:
        """What is said of a policy that raised: where, and which type of exception, whose text may hold a secret."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        config = self._settings[policy_failures.id].config
        assert isinstance(config, FailuresConfig)
        as_policy = config.block == "as-policy" and self._level(policy) in ("mandatory", "remediate")
        return Violation(
            subject if isinstance(subject, Resource) else None,
            f"The policy '{policy.id}' itself failed ({type(error).__name__} at {place}): it did not check this.",
            level="mandatory" if as_policy or config.block == "always" else "advisory",
        )

    def _diagnostic(self, policy: Policy, violation: Violation) -> analyzer_pb2.AnalyzeDiagnostic:
        level = violation.level or self._level(policy)
        is_exempted, said = self._exempted.apply(policy.id, violation)
        return analyzer_pb2.AnalyzeDiagnostic(
            policyName=policy.id,
            policyPackName=self._pack.name,
            policyPackVersion=self._pack.version,
            description=policy.title,
            message="\n".join([*([said] if said else []), policy.message(violation)]),
            # A violation that a remediation did not remove blocks, as under pulumi_policy's own analyzer.
            enforcementLevel=_LEVELS["advisory" if is_exempted else "mandatory" if level == "remediate" else level],
            urn=violation.urn,
            severity=_SEVERITIES[policy.severity],
        )
