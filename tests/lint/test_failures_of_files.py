"""
Each failure that the lint is held to catch, by its id: what is wrong in a project's files is found, and what is right
is not.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.lint.support import PYTHON_PROJECT, found, found_in_python
from tests.support import SDK_IS_INSTALLED

pytestmark = pytest.mark.broad

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
needs_sdk = pytest.mark.skipif(not SDK_IS_INSTALLED, reason="it needs pulumi_aws, which is not installed here")
RIGHT = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": 'import pulumi\n\npulumi.export("a", 1)\n'}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)


def policies(messages: list[str]) -> list[str]:
    return [message.split(" ")[1].rstrip(":") for message in messages]


def test_a1_a_folder_without_a_program(tmp_path: Path) -> None:
    assert policies(found(tmp_path / "prose", {"README.md": "A VPC, and PostgreSQL in it."})) == ["project-file"]
    nothing = {**RIGHT, "__main__.py": "print('to be done')\n"}
    assert "program-entry-point" in policies(found(tmp_path / "nothing", nothing))
    assert not found(tmp_path / "right", RIGHT)


@needs_sdk
def test_b1_a_provider_of_an_api_that_does_not_exist(tmp_path: Path) -> None:
    wrong = 'provider = pulumi.providers.Aws("eu", region="eu-west-1")\n'
    assert policies(found_in_python(tmp_path / "wrong", wrong, "sdk-names")) == ["sdk-names"]
    assert not found_in_python(tmp_path / "right", 'provider = aws.Provider("eu", region="eu-west-1")\n', "sdk-names")


def test_c1_a_password_as_a_literal(tmp_path: Path) -> None:
    wrong = 'password = pulumi.Output.secret("Loans-2024-prod")\n'
    assert policies(found_in_python(tmp_path / "wrong", wrong, "secret-in-source")) == ["secret-in-source"]
    right = 'password = pulumi.Config().require_secret("password")\n'
    assert not found_in_python(tmp_path / "right", right, "secret-in-source")


def test_c3_missing_project_files(tmp_path: Path) -> None:
    assert policies(found(tmp_path / "a", {"__main__.py": RIGHT["__main__.py"]})) == ["project-file"]
    assert policies(
        found(tmp_path / "b", {"Pulumi.yaml": PYTHON_PROJECT, "app.py": "import pulumi\n\npulumi.export('a', 1)\n"})
    ) == ["program-entry-point"]
    declared = PYTHON_PROJECT + "config:\n  size:\n    type: integer\n"
    files = {**RIGHT, "Pulumi.yaml": declared, "Pulumi.dev.yaml": "config: {}\n"}
    assert policies(found(tmp_path / "c", files)) == ["project-config"]
    assert not found(tmp_path / "d", {**files, "Pulumi.dev.yaml": "config:\n  size: 3\n"})


def test_c10_a_region_that_nothing_uses(tmp_path: Path) -> None:
    wrong = 'region = pulumi.Config().get("region") or "us-east-1"\naws.s3.Bucket("b", tags={"region": "us-east-1"})\n'
    assert policies(found_in_python(tmp_path / "wrong", wrong, "unused-config")) == ["unused-config"]
    right = wrong.replace('{"region": "us-east-1"}', '{"region": region}')
    assert not found_in_python(tmp_path / "right", right, "unused-config")


@needs_sdk
def test_d2_a_wrong_argument(tmp_path: Path) -> None:
    wrong = 'aws.codepipeline.Pipeline("p", role_arn="r", stages=[], artifact_store={"location": "b", "type": "S3"})\n'
    assert policies(found_in_python(tmp_path / "wrong", wrong, "sdk-names")) == ["sdk-names"]
    right = wrong.replace('artifact_store={"location": "b", "type": "S3"}', "artifact_stores=[]")
    assert not found_in_python(tmp_path / "right", right, "sdk-names")


def test_d4_unused_imports_and_long_lines(tmp_path: Path) -> None:
    wrong = {**RIGHT, "__main__.py": "import base64\n" + RIGHT["__main__.py"] + f"names = '{'x' * 120}'\n"}
    assert policies(found(tmp_path / "wrong", wrong)) == ["style", "style"]
    missing = {**RIGHT, "__main__.py": RIGHT["__main__.py"] + "base64.b64encode(b'')\n"}
    assert policies(found(tmp_path / "missing", missing)) == ["undefined-name"]
    assert not found(tmp_path / "right", RIGHT)


def test_d5_a_password_of_a_predictable_generator(tmp_path: Path) -> None:
    wrong = "import random\n\npassword = ''.join(random.choice('abc') for _ in range(16))\n"
    assert policies(found_in_python(tmp_path / "wrong", wrong, "predictable-secret")) == ["predictable-secret"]
    right = "import pulumi_random\n\npassword = pulumi_random.RandomPassword('p', length=16).result\n"
    assert not found_in_python(tmp_path / "right", right, "predictable-secret")


def test_e3_a_default_for_a_key_of_a_provider(tmp_path: Path) -> None:
    wrong = {**RIGHT, "Pulumi.yaml": PYTHON_PROJECT + "config:\n  aws:region:\n    default: ap-northeast-1\n"}
    assert policies(found(tmp_path / "wrong", wrong)) == ["project-config"]
    assert not found(tmp_path / "right", {**wrong, "Pulumi.yaml": wrong["Pulumi.yaml"].replace("default", "value")})


@needs_sdk
def test_e4_an_argument_that_the_sdk_does_not_have(tmp_path: Path) -> None:
    wrong = 'aws.elasticache.ReplicationGroup("c", description="c", auth_token_enabled=True)\n'
    assert policies(found_in_python(tmp_path / "wrong", wrong, "sdk-names")) == ["sdk-names"]
    right = wrong.replace("auth_token_enabled=True", "transit_encryption_enabled=True")
    assert not found_in_python(tmp_path / "right", right, "sdk-names")


@needs_sdk
def test_e5_a_type_that_the_sdk_does_not_have(tmp_path: Path) -> None:
    wrong = "def host(secret: aws.secretsmanager.GetSecretOutput) -> None:\n    print(secret)\n"
    assert policies(found_in_python(tmp_path / "wrong", wrong, "sdk-names")) == ["sdk-names"]
    right = wrong.replace("GetSecretOutput", "GetSecretResult")
    assert not found_in_python(tmp_path / "right", right, "sdk-names")


@pytest.fixture
def example(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of an edition of an example, with its SDKs installed."""
    folder = tmp_path / "example"
    shutil.copytree(EXAMPLES / request.param, folder, ignore=shutil.ignore_patterns("venv"))
    (folder / "venv").symlink_to(sys.prefix)
    return folder


@needs_sdk
@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ("course-delivery/faulty", ["style", "style", "predictable-secret"]),
        ("loan-platform/faulty", ["unused-config", "secret-in-source"]),
        *((f"{folder.name}/corrected", []) for folder in sorted(EXAMPLES.iterdir()) if folder.is_dir()),
    ],
    indirect=["example"],
)
def test_the_examples_have_what_their_reviews_found(example: Path, expected: list[str]) -> None:
    assert sorted(policies(found(example, {}))) == sorted(expected)
