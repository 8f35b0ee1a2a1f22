"""
The rules of a run: which policies are asked about what and when, and what becomes of their verdicts.

Whoever has resources, the engine's analyzer, a file or a test, gives them here and gets findings. Nothing here knows
how either is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import replace
from datetime import date
from typing import Any, Final, NamedTuple

from policypack.config import SourceConfig
from policypack.exemption import ExemptionsConfig, RunExemptions
from policypack.model import Context, Resource, Stack, StackUnknownError, Value
from policypack.policy import Pack, Policy
from policypack.record import Failure, Finding, Record, place_of
from policypack.redaction import Redaction
from policypack.settings import PolicySettings, Settings, selection_of
from policypack.verdict import Level, Undecided, Verdict, Violation

_MOST: Final = 50
"""Findings of one policy about one resource that are listed: nobody reads more, and a list may have ten thousand."""

_MORE: Final = f"There are more than these {_MOST} findings of the policy in this resource."
_MORE_FIX: Final = "Correct the ones that are listed; the others are listed then."

_Said = Set[tuple[str, str]]
"""The violations of one policy and resource: the path and the message of each."""


class _SecondTry(NamedTuple):
    """
    A policy that left something undecided about a resource alone.

    :param said: what the first try has said.
    :param open: the paths of unknown values that the program's source may tell.
    """

    policy: Policy
    said: _Said
    open: list[str]


_IDENTIFIER: Final = re.compile(r"(?:Arn|Id|Name|Url|Identifier)s?$")


def _may_be_written(value: Value) -> bool:
    """Whether a program may say all of an unknown value: not in a list, and not what the update makes."""
    return value.is_unknown and "[" not in value.path and not _IDENTIFIER.search(value.path)


class Evaluation:
    """
    One run of a pack over one stack.

    Each resource is checked alone first, then the stack with all of its resources. What a policy left undecided about a
    resource alone is asked again with the whole stack: the second try. What the first try has said is not said again.
    `check_resource` may be called from several threads: a call writes what it remembers under its resource's URN alone.
    """

    def __init__(self, pack: Pack, settings: Settings, context: Context) -> None:
        """
        :param pack: the policies.
        :param settings: what each policy of the pack is set to, by its id.
        :param context: the run that the resources belong to.
        """
        self._selection = selection_of(settings, pack.policies)
        program = context.program if _reads_source(settings.values()) else None
        self.context = replace(context, program=program, asked=self._selection)
        self._pack = pack
        self._settings = settings
        self._exempted = exemptions_of(settings.values(), context.today)
        self._redaction = Redaction()
        self._second_tries: dict[str, list[_SecondTry]] = {}

    def check_resource(self, resource: Resource) -> Record:
        """What comes of one resource before the stack is known."""
        record = Record(self._exempted)
        second_tries: list[_SecondTry] = []
        for policy in self._enabled(self._pack.resource_policies(resource.type)):
            failures = len(record.failures)
            verdicts = self._check(policy, resource, record)
            violations = [verdict for verdict in verdicts if isinstance(verdict, Violation)]
            # A policy that has failed would most likely fail again.
            if len(violations) < len(verdicts) and len(record.failures) == failures:
                said = {(each.path, each.message) for each in violations}
                open_ = [each.at.path for each in verdicts if isinstance(each, Undecided) and _may_be_written(each.at)]
                second_tries.append(_SecondTry(policy, said, open_))
        self._second_tries[resource.urn] = second_tries
        self._report(record)
        return record

    def check_stack(self, resources: Iterable[Resource]) -> Record:
        """
        What comes of a stack: of second tries, of the policies that need the stack, and of those that report on the
        run.

        :param resources: all resources of the stack. One that was checked alone and is not among them is about to be
            deleted.
        """
        return self._check_stack(Stack(resources, self.context))

    def check_all(self, resources: Iterable[Resource]) -> Iterator[Record]:
        """
        What comes of each resource, in their order, and last of their stack: for files, which show all at once.

        It finds the same as `check_resource` and `check_stack`, and reads each document once and not twice.

        :param resources: all resources of the stack, each with a URN of its own.
        """
        stack = Stack(resources, self.context)
        yield from map(self.check_resource, stack.resources.values())
        yield self._check_stack(stack)

    def _check_stack(self, stack: Stack) -> Record:
        record = Record(self._exempted, stack)
        # In the stack's order: that in which the resources were checked is the order in which threads happened to end.
        for resource in stack.resources.values():
            for again in self._second_tries.get(resource.urn, ()):
                told = resource.as_written(resource.get(path) for path in again.open)
                self._check(again.policy, told, record, again.said)
        for policy in self._enabled(self._pack.stack_policies):
            for subject in policy.subjects(stack):
                self._check(policy, subject, record)
        self._report(record)
        return record

    def check_project(self, project: object) -> Record:
        """
        What comes of a project's files.

        :param project: what the pack's project policies take.
        """
        record = Record(self._exempted)
        for policy in self._enabled(self._pack.project_policies):
            self._check(policy, project, record)
        self._report(record)
        return record

    @property
    def remediating(self) -> tuple[Policy, ...]:
        """The policies whose level is `remediate`, in the pack's order."""
        return tuple(policy for policy in self._pack.policies if self._level(policy) == "remediate")

    def remediations(self, policy: Policy, resource: Resource) -> list[tuple[str, Any]]:
        """
        What a policy would write into a resource, and at which paths.

        Nothing comes of a policy that fails: it will say so when it checks the resource.
        """
        if policy.remediate is None or (policy.types and not policy.applies_to(resource.type)):
            return []
        try:
            return [
                (verdict.path, verdict.remediation)
                for verdict in policy.remediate(resource, self._settings[policy.id].config)
                if isinstance(verdict, Violation)
                and isinstance(verdict.at, Value)
                and verdict.remediation is not None
                and self._selected(policy, verdict)
                and not self._finding(policy, verdict).is_exempted
            ]
        except Exception:  # noqa: BLE001 a policy may raise anything, and the preview has to go on
            return []

    def _enabled(self, policies: Iterable[Policy]) -> Iterator[Policy]:
        return (policy for policy in policies if self._level(policy) != "disabled")

    def _level(self, policy: Policy) -> Level:
        return self._settings[policy.id].level

    def _check(
        self, policy: Policy, subject: object, record: Record, said: _Said = frozenset()
    ) -> list[Verdict | None]:
        """
        Adds a policy's verdicts about a subject to a record. About a resource, its tries list at most _MOST findings.

        :param said: the violations that the first try has said.
        :return: the verdicts, as `_ask` yields them, up to the notice that there are more.
        """
        verdicts: list[Verdict | None] = []
        listed = len(said)
        for verdict in self._ask(policy, subject, record):
            if isinstance(verdict, Violation):
                if (verdict.path, verdict.message) in said:
                    continue
                if isinstance(subject, Resource) and listed >= _MOST:
                    if listed > _MOST:
                        break
                    verdict = Violation(subject, _MORE, _MORE_FIX)
                listed += 1
            verdicts.append(verdict)
            self._add(policy, verdict, record)
        return verdicts

    def _ask(self, policy: Policy, subject: object, record: Record) -> Iterator[Verdict | None]:
        """
        A policy's verdicts; None where it can tell only once the whole stack is known.

        One that fails adds that to the record, and keeps the verdicts that came before.
        """
        try:
            for verdict in policy.check(subject, self._settings[policy.id].config):
                if not isinstance(verdict, Violation | Undecided):
                    raise TypeError
                if selected := self._selected(policy, verdict):
                    yield selected
        except StackUnknownError:
            yield None
        except Exception as error:  # noqa: BLE001 a policy may raise anything, and the preview has to go on
            resource = subject if isinstance(subject, Resource) else None
            place = place_of(error)
            record.failures.append(Failure(policy, self._level(policy), resource, type(error).__name__, place))

    def _selected(self, policy: Policy, verdict: Verdict) -> Verdict | None:
        return self._selection.apply(policy, verdict) if self._selection else verdict

    def _add(self, policy: Policy, verdict: Verdict | None, record: Record) -> None:
        """Adds a verdict to the record; None (see _ask) adds nothing."""
        if isinstance(verdict, Violation):
            record.findings.append(self._finding(policy, verdict))
        elif verdict:
            record.undecided.append((policy, verdict))

    def _report(self, record: Record) -> None:
        """Adds the verdicts of the policies that report on the run: at the resource stage, about failures only."""
        if record.stack is None and not record.failures:
            return
        policies = list(self._enabled(self._pack.report_policies))
        known = len(record.failures)
        verdicts = [(policy, verdict) for policy in policies for verdict in self._ask(policy, record, record)]
        if len(record.failures) > known:
            # One of them failed itself, which another may have to report.
            failed = [failure.policy for failure in record.failures[known:]]
            working = [policy for policy in policies if policy not in failed]
            verdicts = [(policy, verdict) for policy in working for verdict in self._ask(policy, record, record)]
        for policy, verdict in verdicts:
            self._add(policy, verdict, record)

    def _finding(self, policy: Policy, violation: Violation) -> Finding:
        violation = self._redaction.apply(violation)
        if violation.line is None and isinstance(violation.at, Value):
            violation = replace(violation, line=violation.at.place)
        exemption = self._exempted.apply(policy.id, violation)
        is_exempted = exemption is not None and not exemption.expired(self._exempted.today)
        level = violation.level or self._level(policy)
        # A violation that a remediation did not remove stops the update, as under pulumi_policy's own analyzer.
        counted: Level = "advisory" if is_exempted or level == "advisory" else "mandatory"
        return Finding(policy, violation, counted, exemption, is_exempted)


def _reads_source(settings: Iterable[PolicySettings]) -> bool:
    """Whether no policy is set not to read the program's source."""
    return all(each.config.read_source for each in settings if isinstance(each.config, SourceConfig))


def exemptions_of(settings: Iterable[PolicySettings], today: date) -> RunExemptions:
    """What the settings exempt: nothing where the policy that has the exemptions is disabled, or is not there."""
    for setting in settings:
        if isinstance(setting.config, ExemptionsConfig) and setting.level != "disabled":
            return RunExemptions(today, setting.config.exemptions, setting.config.tag)
    return RunExemptions(today)
