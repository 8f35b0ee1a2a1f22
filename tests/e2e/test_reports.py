"""The reports that a run of the real engine leaves, by config: `pulumi preview --json` holds no finding."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from policypack.reports.report import FORMATS
from tools.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """\
import pulumi_aws as aws

bucket = aws.s3.Bucket("documents", force_destroy=True)
"""


def report(file: Path) -> dict[str, Any]:
    [run] = json.loads(file.read_text())["runs"]
    assert isinstance(run, dict)
    return run


def test_a_preview_leaves_its_findings_in_every_format(sandbox: Sandbox, tmp_path: Path) -> None:
    program, config = tmp_path / "program", tmp_path / "config.json"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: documents\nruntime: python\n")
    (program / "__main__.py").write_text(PROGRAM)
    file = tmp_path / "out" / "{project}-{stack}"
    config.write_text(json.dumps({"report": {"file": str(file), "formats": list(FORMATS)}}))
    outcome = sandbox.stack(program).preview(ROOT, config)
    run = report(tmp_path / "out" / "documents-dev.json")
    assert run["isComplete"]
    assert run["fails"]
    said = Counter((each.policy, each.level) for each in outcome.findings)
    assert Counter((each["policy"], each["level"]) for each in run["findings"]) == said
    assert len(list((tmp_path / "out").iterdir())) == len(FORMATS)


def test_a_program_that_fails_leaves_what_was_found_and_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    program, config = tmp_path / "program", tmp_path / "config.json"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: documents\nruntime: python\n")
    (program / "__main__.py").write_text(f"{PROGRAM}bucket.id.apply(print)\nraise ValueError\n")
    config.write_text(json.dumps({"report": {"file": str(tmp_path / "report"), "formats": ["json"]}}))
    outcome = sandbox.stack(program).preview(ROOT, config)
    assert not outcome.ok
    run = report(tmp_path / "report.json")
    assert not run["isComplete"]
    assert not [each for each in outcome.findings if each.policy == "report"]
