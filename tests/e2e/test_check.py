"""`policypack check` finds on files what the pack finds in the engine, on each example, as far as the files tell it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from policypack.cli.run import run
from policypack.config_file import check_file
from policypack.model import Context, Resource
from policypack.pack import PACK
from tests.e2e.test_examples import EDITIONS, ROOT, label
from tools.expectations import Expectations, Pair
from tools.sandbox import Sandbox

# What is not found in a file: whether a database's password, which the SDK marks secret, is one that somebody made up.
HIDES_SECRETS: Final = frozenset({"no-hardcoded-credentials"})
UNTOLD: Final[Mapping[str, frozenset[str]]] = {
    # It does not have the stack's outputs.
    "preview": HIDES_SECRETS | {"stack-outputs"},
    "plan": HIDES_SECRETS,
    "export": HIDES_SECRETS,
    "state": HIDES_SECRETS,
    "export-with-secrets": frozenset(),
}


@pytest.mark.parametrize(("example", "edition"), EDITIONS, ids=label)
def test_a_file_has_the_findings_of_the_engine(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, example: Path, edition: str
) -> None:
    expected = Expectations.read(example)
    preset = expected.write_config(ROOT, tmp_path)
    settings, mistakes = check_file(preset, PACK)
    assert not mistakes
    stack = sandbox.stack(example / edition, config=expected.config)
    files: list[tuple[str, Path]] = []

    def write(kind: str, text: str) -> None:
        files.append((kind, tmp_path / f"{len(files)}-{kind}.json"))
        files[-1][1].write_text(text)

    def preview() -> None:
        plan = tmp_path / "plan.json"
        outcome = stack.preview(json=True, plan=str(plan), flags=["--show-sames"])
        assert outcome.ok, outcome.text
        write("preview", outcome.stdout)
        write("plan", plan.read_text())

    preview()
    assert stack.up().ok
    preview()
    write("export", json.dumps(stack.export()))
    write("export-with-secrets", json.dumps(stack.export("--show-secrets")))
    write("state", stack.state_file.read_text())

    # Policies look for secrets in the program's source.
    monkeypatch.chdir(example / edition)
    for kind, file in files:
        made = run(str(file), settings)
        found: Counter[Pair] = Counter(
            (finding.policy.id, _label(finding.violation.resource, made.document.context))
            for record in made.records
            for finding in record.findings
        )
        missing = expected.editions[edition] - found
        assert not found - expected.editions[edition], file.name
        assert not [pair for pair in missing if pair[0] not in UNTOLD[kind]], file.name
        assert not [failure for record in made.records for failure in record.failures], file.name
        assert made.folder == example / edition


def _label(resource: Resource | None, context: Context) -> str:
    """A resource as the examples' expectations name it; the engine shows on the stack what is on no resource."""
    return f"{resource.token} {resource.name}" if resource else f"pulumi:pulumi:Stack {context.project}-{context.stack}"
