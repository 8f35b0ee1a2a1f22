"""Files of TypeScript and JavaScript that cannot be parsed."""

from __future__ import annotations

from policypack.config import Config
from policypack.lint.brackets import unbalanced
from policypack.lint.project import Project, project_policy
from policypack.model import Place
from policypack.verdict import Verdicts, Violation


@project_policy(
    id="syntax-error",
    title="Brackets and quotes of TypeScript and JavaScript programs are closed",
    severity="high",
    fix="Correct the syntax.",
    url="https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Errors",
)
def syntax_error(project: Project, config: Config) -> Verdicts:
    """
    A program that cannot be parsed does not start.

    Only what two readers agree on is reported, as the languages get new syntax that a parser may not know yet.
    """
    for file in project.typescript:
        if file.tree is None or not file.tree.root_node.has_error:
            continue
        found = unbalanced(file.text, may_have_markup=not file.name.endswith(".ts"))
        if found:
            before = file.text[: found.offset]
            place = Place(file.name, before.count("\n") + 1, found.offset - before.rfind("\n"))
            yield Violation(None, found.message, fix=found.fix, line=place)
