"""
The pages about the policies of the project lint, in docs/lint/, from their declarations and the cases in
docs/cases/lint/. `python -m tools.catalogue` writes them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from policypack.lint.pack import LINT, lint
from policypack.lint.project import Project
from policypack.policy import Policy
from policypack.record import Finding
from tools.markdown import prose, table

ROOT: Final = Path(__file__).resolve().parent.parent
CASES: Final = ROOT / "docs" / "cases" / "lint"
FOLDER: Final = ROOT / "docs" / "lint"
INDEX: Final = "README.md"

_WRITTEN: Final = "<!-- Written by `python -m tools.catalogue` from the policy's declaration and docs/cases/lint/. -->"
_LINKS: Final = f"[All policies of the lint]({INDEX}) · [The project lint](../lint.md)"
_INDEX: Final = """\
<!-- Written by `python -m tools.catalogue` from the policies' declarations. -->

# Policies of the project lint

[The project lint](../lint.md) reads a project's files and runs none of them. The page of each policy says what it
checks and why, shows a project that is wrong and the same one put right, and says how to accept a finding. Tests lint
the projects.

Findings that are mandatory make the exit code 1, the others are advice. A single finding may have another level than
its policy."""
_LANGUAGES: Final = {".py": "python", ".yaml": "yaml", ".ts": "typescript", ".txt": "text"}


@dataclass(frozen=True, slots=True)
class LintCase:
    """
    Two editions of a project.

    :param faulty: the files of the one that violates the policy, by their names.
    :param corrected: those of the one in which the lint finds nothing at all.
    :param shared: the names of the files that are the same in both.
    """

    faulty: Mapping[str, str]
    corrected: Mapping[str, str]
    shared: tuple[str, ...]


@cache
def lint_cases() -> dict[str, LintCase]:
    """The cases of the lint's policies, by the policies' ids."""
    read = {file.stem: yaml.safe_load(file.read_text()) for file in sorted(CASES.glob("*.yaml"))}
    return {
        id_: LintCase(
            {**case.get("files", {}), **case["faulty"]},
            {**case.get("files", {}), **case["corrected"]},
            tuple(case.get("files", {})),
        )
        for id_, case in read.items()
    }


def findings_in(files: Mapping[str, str]) -> list[Finding]:
    """What the lint finds in a project of some files, none of which it runs."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            file = Path(folder) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return lint(Project(Path(folder))).findings


def policies() -> list[Policy]:
    """The policies that have pages: those about a project's files."""
    return sorted(LINT.project_policies, key=lambda policy: policy.id)


def pages() -> dict[str, str]:
    """The text of each page, by its file's name; the index is one of them."""
    rows = (
        (f"[`{policy.id}`]({policy.id}.md)", prose(policy.title), policy.severity, policy.enforcement)
        for policy in policies()
    )
    index = f"{_INDEX}\n\n{table(('policy', 'title', 'severity', 'default level'), rows)}\n"
    return {INDEX: index, **{f"{policy.id}.md": _page(policy, lint_cases()[policy.id]) for policy in policies()}}


def _page(policy: Policy, case: LintCase) -> str:
    found = [each for each in findings_in(case.faulty) if each.policy.id == policy.id]
    said = "\n".join(f"{each.violation.line or ''} {each.violation.message}\nFix: {each.fix}".strip() for each in found)
    parts = [
        *(_WRITTEN, f"# {policy.id}", _LINKS),
        table(("severity", "default level"), [(policy.severity, policy.enforcement)]),
        *("## What it checks", f"{prose(policy.title)}."),
        *("## Why", prose(policy.why)),
        *("## How to fix a finding", prose(policy.fix)),
        *("## Example", _files("Wrong", case.faulty, case.faulty)),
        *("What the lint reports:", f"```text\n{said}\n```"),
        _files("Right", case.corrected, [name for name in case.corrected if name not in case.shared]),
        *("## How to accept a finding", _acceptance(policy)),
        *("## Documentation", f"<{policy.url}>"),
    ]
    return "\n\n".join(parts) + "\n"


def _files(title: str, files: Mapping[str, str], names: Mapping[str, str] | list[str]) -> str:
    blocks = [
        f"`{name}`\n\n```{_LANGUAGES.get(Path(name).suffix, 'text')}\n{files[name].rstrip()}\n```"
        for name in names
        if not name.startswith(".git/")
    ]
    return "\n\n".join((f"{title}:", *blocks))


def _acceptance(policy: Policy) -> str:
    comment = f"policypack: ignore[{policy.id}] REASON"
    config = f'{{"{policy.id}": "disabled"}}'
    return (
        f"Write `# {comment}` in the line of the finding or in the line above it; in TypeScript, Go, C# and Java, "
        f"`// {comment}`. Without a reason, the comment does not count. To turn the policy off for a project, write "
        f"`{config}` in the file that `--config` names."
    )
