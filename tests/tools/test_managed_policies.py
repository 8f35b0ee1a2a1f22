"""The tool that writes what AWS managed policies allow."""

import json
from pathlib import Path

import pytest

from tools import managed_policies

VERSION = {
    "PolicyVersion": {
        "Document": {
            "Version": "2012-10-17",
            "Statement": {"Sid": "Send", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"},
        }
    }
}


def test_what_decides_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, folder = tmp_path / "managed.json", tmp_path / "policies"
    file.write_text(json.dumps({"policies": {"Send": "[]", "Old": "[1]"}}))
    folder.mkdir()
    (folder / "Send").write_text(json.dumps(VERSION))
    (folder / "Other").write_text("{}")
    monkeypatch.setattr(managed_policies, "FILE", file)
    monkeypatch.setattr("sys.argv", ["managed_policies", str(folder)])
    assert managed_policies.main() == 0
    policies = json.loads(file.read_text())["policies"]
    assert json.loads(policies["Send"]) == [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]
    assert policies["Old"] == "[1]"
    assert "Other" not in policies


def test_without_a_folder_it_says_how_to_use_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["managed_policies", "/nowhere"])
    assert managed_policies.main() == 1
    assert capsys.readouterr().err.startswith("usage:")
