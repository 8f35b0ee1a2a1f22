"""The lint's policies, found in the modules of policypack.lint.rules, and how a folder is held against them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from policypack import NAME, VERSION
from policypack.evaluation import Evaluation
from policypack.lint import rules
from policypack.lint.project import Project
from policypack.model import Context
from policypack.pack import REPORT_POLICIES, policies_in
from policypack.policy import Pack
from policypack.record import Record
from policypack.settings import Settings, settle

LINT: Final = Pack(
    NAME,
    VERSION,
    "Finds what stops a Pulumi program before any policy can see it.",
    (*policies_in(rules), *REPORT_POLICIES),
)
"""Every policy of the project lint."""


def lint(folder: Path, settings: Settings | None = None) -> Record:
    """
    What is wrong with the project in a folder.

    :param settings: what each policy of LINT is set to; the defaults where there are none.
    :raises OSError: where the folder cannot be listed.
    """
    project = Project(folder)
    if settings is None:
        settings, _ = settle(LINT.policies, {})
    return Evaluation(LINT, settings, Context(project=project.name)).check_project(project)
