"""Projects for the tests of the lint."""

from __future__ import annotations

from pathlib import Path

from policypack.lint.pack import lint
from policypack.lint.project import Project
from policypack.record import Record

PYTHON_PROJECT = "name: shop\nruntime: python\n"
IMPORTS = "import json\n\nimport pulumi\nimport pulumi_aws as aws\n\n"


def project(folder: Path, files: dict[str, str]) -> Path:
    """Writes files into a folder, which it makes, and the folder."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def lint_files(folder: Path, files: dict[str, str]) -> Record:
    """What comes of a project with some files, which are written into a folder."""
    return lint(Project(project(folder, files)))


def found(folder: Path, files: dict[str, str], *policies: str) -> list[str]:
    """What the lint finds in a project, as `place policy: message`, of some policies or of all."""
    record = lint_files(folder, files)
    assert not record.failures, record.failures
    return [
        f"{finding.violation.line or '-'} {finding.policy.id}: {finding.violation.message}"
        for finding in record.findings
        if not finding.is_exempted and (finding.policy.id in policies or not policies)
    ]


def found_in_python(folder: Path, program: str, *policies: str) -> list[str]:
    """What the lint finds in a program of Python, which imports json, pulumi and pulumi_aws as aws above it."""
    return found(folder, {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": IMPORTS + program}, *policies)


TYPESCRIPT_IMPORTS = 'import * as pulumi from "@pulumi/pulumi";\nimport * as aws from "@pulumi/aws";\n'


def typescript(program: str) -> dict[str, str]:
    """A project with a program of TypeScript, which imports pulumi and aws above it."""
    return {
        "Pulumi.yaml": "name: shop\nruntime: nodejs\n",
        "package.json": "{}",
        "index.ts": f"{TYPESCRIPT_IMPORTS}{program}\n",
    }


def found_in_typescript(folder: Path, program: str, *policies: str) -> list[str]:
    """What the lint finds in a program of TypeScript, which imports pulumi and aws above it."""
    return found(folder, typescript(program), *policies)
