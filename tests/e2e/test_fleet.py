"""`policypack fleet` on backends that the real CLI writes."""

from __future__ import annotations

import json
from pathlib import Path

import pulumi_aws as aws
import pyarrow.dataset as ds
import pytest

from tests.cli.driver import main
from tools.sandbox import Sandbox


def _program() -> None:
    aws.s3.Bucket("media")
    aws.sqs.Queue("orders", sqs_managed_sse_enabled=False)


@pytest.mark.parametrize(
    ("variables", "file"),
    [
        ({}, "sandbox/dev.json"),
        ({"PULUMI_DIY_BACKEND_GZIP": "true"}, "sandbox/dev.json.gz"),
        ({"PULUMI_DIY_BACKEND_ZSTD": "true"}, "sandbox/dev.json.zst"),
        (
            {"PULUMI_DIY_BACKEND_LEGACY_LAYOUT": "true", "PULUMI_DIY_BACKEND_IGNORE_DEPRECATION_ERROR": "true"},
            "dev.json",
        ),
    ],
)
def test_the_findings_are_those_of_an_export(
    sandbox: Sandbox,
    variables: dict[str, str],
    file: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stack = sandbox.stack(_program)
    assert stack.up().ok
    if not (stack.backend / ".pulumi" / "stacks" / file).exists():
        assert file == "dev.json"
        pytest.skip("this CLI no longer writes the legacy layout")
    export = tmp_path / "export.json"
    export.write_text(json.dumps(stack.export()))
    capsys.readouterr()

    assert main("fleet", stack.backend.as_uri(), "--output", tmp_path / "data", "--workers", "1") == 0
    assert capsys.readouterr().out.startswith("1 state: run ")
    found = ds.dataset(tmp_path / "data" / "findings", partitioning="hive").to_table().to_pylist()
    main("check", export, "--format", "json")
    [checked] = json.loads(capsys.readouterr().out)["runs"]
    assert {row["policy"] for row in found} > {"s3-versioning", "encryption-at-rest"}
    assert [(row["fingerprint"], row["message"]) for row in found] == [
        (finding["fingerprint"], finding["message"]) for finding in checked["findings"]
    ]
