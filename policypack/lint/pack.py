"""The lint's policies, found in the modules of policypack.lint.rules, and how a folder is held against them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from policypack import NAME, VERSION
from policypack.evaluation import Evaluation
from policypack.exemption import Exemption
from policypack.lint import rules
from policypack.lint.project import Project
from policypack.model import Context
from policypack.pack import REPORT_POLICIES, policies_in
from policypack.policy import Pack
from policypack.record import Finding, Record
from policypack.settings import Settings, settle
from policypack.wildcard import matches

LINT: Final = Pack(
    NAME,
    VERSION,
    "Finds what stops a Pulumi program before any policy can see it.",
    # The other policies that report on a run are about stacks.
    (*policies_in(rules), *(policy for policy in REPORT_POLICIES if policy.id == "policy-failures")),
)
"""Every policy of the project lint."""


_COMMENT: Final = re.compile(r"(?:#|//)\s{0,9}policypack:\s{0,9}ignore\[([\w\s,*-]{1,500})\]\s{0,9}(\S.{0,500})?")


def lint(project: Project, settings: Settings | None = None) -> Record:
    """
    What is wrong with a project's files.

    A comment in the line of a finding, or in the line above it, exempts it: `# policypack: ignore[ID, ...] the reason`.
    One without a reason does not count.

    :param settings: what each policy of LINT is set to; the defaults where there are none.
    """
    if settings is None:
        settings, _ = settle(LINT.policies, {})
    record = Evaluation(LINT, settings, Context(project=project.name)).check_project(project)
    record.findings = [_exempted(project, finding) for finding in record.findings]
    return record


def _exempted(project: Project, finding: Finding) -> Finding:
    """The finding, exempted where a comment in the project's files does so."""
    place = finding.violation.line
    if place is None or finding.is_exempted:
        return finding
    for line in project.lines(place.file)[max(0, place.line - 2) : place.line]:
        comment = _COMMENT.search(line)
        if comment and comment[2] and any(matches(each.strip(), finding.policy.id) for each in comment[1].split(",")):
            exemption = Exemption(reason=comment[2].strip(), match=())
            return replace(finding, level="advisory", exemption=exemption, is_exempted=True)
    return finding
