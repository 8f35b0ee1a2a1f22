"""Selection in the real engine: the same findings as in `policypack check`, under the framework's own numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi_aws as aws

from policypack.cli.run import run
from policypack.config_file import check_config
from policypack.message import as_message
from policypack.pack import PACK
from tools.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]


def program() -> None:
    aws.rds.Instance(
        "loans",
        engine="postgres",
        engine_version="17",
        instance_class="db.m8g.large",
        allocated_storage=20,
        username="app",
        manage_master_user_password=True,
        publicly_accessible=True,
        storage_encrypted=False,
    )
    aws.kinesis.Stream("events", shard_count=1)
    bucket = aws.s3.Bucket("media")
    aws.s3.BucketVersioning("media", bucket=bucket.id, versioning_configuration={"status": "Enabled"})


def config(folder: Path, content: object) -> Path:
    file = folder / "config.json"
    file.write_text(json.dumps(content))
    return file


def test_the_engine_and_check_select_the_same(sandbox: Sandbox, tmp_path: Path) -> None:
    content: dict[str, Any] = {
        "selection": {"frameworks": ["CIS 3.0.0"], "include": ["secret-rotation"]},
        "public-exposure": "advisory",
    }
    stack = sandbox.stack(program)
    outcome = stack.preview(ROOT, config(tmp_path, content))
    # Of encryption-at-rest, CIS asks for the database's and not for the stream's.
    [encryption] = [finding for finding in outcome.findings if finding.policy == "encryption-at-rest"]
    assert encryption.name == "loans"
    assert "[CIS 3.0.0 2.3.1]" in encryption.message
    # MFA delete is off by default, or advisory, and a control of CIS.
    assert {finding.policy for finding in outcome.findings} >= {"s3-mfa-delete", "s3-deny-insecure-transport"}
    assert {finding.level for finding in outcome.findings if finding.policy == "public-exposure"} == {"advisory"}
    assert "s3-sse-kms" not in {finding.policy for finding in outcome.findings}

    plan = stack.preview(json=True, flags=["--show-sames"])
    (tmp_path / "preview.json").write_text(plan.stdout)
    settings, mistakes = check_config(json.dumps(content), PACK)
    assert mistakes == []
    records = run(str(tmp_path / "preview.json"), settings).records
    checked = {
        (finding.policy.id, finding.violation.urn, finding.level, as_message(finding, with_link=False).splitlines()[-1])
        for record in records
        for finding in record.findings
    }
    reported = {
        (finding.policy, finding.urn, finding.level, finding.message.partition("\nSee: ")[0].splitlines()[-1])
        for finding in outcome.findings
    }
    assert reported == checked


def test_a_wrong_name_ends_the_run_with_a_sentence(sandbox: Sandbox, tmp_path: Path) -> None:
    chosen = config(tmp_path, {"selection": {"frameworks": ["CIS 3"], "services": ["rdss"]}})
    outcome = sandbox.stack(lambda: None).preview(ROOT, chosen)
    assert not outcome.ok
    assert "config key 'frameworks': the pack knows no framework 'CIS 3'; did you mean 'CIS 3.0.0'?" in outcome.text
    assert "config key 'services': the pack knows no service 'rdss'; did you mean 'rds'?" in outcome.text
    assert "Traceback" not in outcome.text
