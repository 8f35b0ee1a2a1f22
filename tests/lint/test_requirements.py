"""What a project requires, what git ignores, and names that are deprecated."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.support import PYTHON_PROJECT, found, lint_files, project, typescript

PROGRAM = "import pulumi\nimport pulumi_aws as aws\nfrom pulumi_random import RandomPassword\n"


def python(requirements: str, **files: str) -> dict[str, str]:
    """A project of Python with requirements."""
    return {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": PROGRAM, "requirements.txt": requirements, **files}


def test_an_sdk_that_is_imported_and_not_required_is_reported(tmp_path: Path) -> None:
    assert found(tmp_path / "a", python("pulumi>=3\npulumi-aws>=7\n"), "requirements") == [
        "__main__.py:3:1 requirements: The program imports pulumi_random, which requirements.txt does not require."
    ]
    files = typescript('import * as random from "@pulumi/random";')
    files["package.json"] = '{"dependencies": {"@pulumi/aws": "^7.0.0"}}'
    assert found(tmp_path / "b", files, "requirements") == [
        "index.ts:3:1 requirements: The program imports @pulumi/random, which package.json does not require."
    ]


@pytest.mark.parametrize(
    "files",
    [
        python("pulumi>=3\npulumi_aws>=7\nPulumi-Random\n"),
        python("pulumi-aws>=7\npulumi-random\n"),
        python("\ufeffpulumi-aws>=7\npulumi-random\n"),
        python("pulumi_.aws>=7\nPulumi--Random\n"),
        python("-r base.txt\n"),
        python(""),
        python("pulumi\n./sdks/random\n"),
        python("pulumi-awsx\npulumi-random\n"),
        python("pulumi-eks\npulumi_random\nboto3==1.40\n"),
        python("pulumi\n", **{"pyproject.toml": ""}),
        python("pulumi\npulumi-aws\n", **{"pulumi_random/__init__.py": ""}),
        {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": PROGRAM},
        python("pulumi-aws\npulumi-random\n", **{"a/requirements.txt": "", "a/x.py": "import pulumi_policy\n"}),
        python("pulumi-aws\npulumi-random\n", **{"more.py": "try:\n    import pulumi_gcp\nexcept ImportError: pass\n"}),
        {
            **typescript('import * as random from "@pulumi/random";\nimport type { A } from "@pulumi/gcp";'),
            "package.json": '{"dependencies": {"@pulumi/aws": "^7.0.0"}, "devDependencies": {"@pulumi/random": "*"}}',
        },
        {
            **typescript('import * as random from "@pulumi/random";'),
            "package.json": '{"workspaces": [], "dependencies": {"@pulumi/aws": "^7.0.0"}}',
        },
        {**typescript('import * as random from "@pulumi/random";'), "package.json": "[" * 9_999},
    ],
)
def test_what_is_required_or_may_be_is_right(tmp_path: Path, files: dict[str, str]) -> None:
    assert not found(tmp_path, files, "requirements")


@pytest.mark.parametrize("requirement", ["acme-platform", "pulumi-acme-component"])
def test_what_a_library_may_bring_is_advice_that_names_the_library(tmp_path: Path, requirement: str) -> None:
    record = lint_files(tmp_path, python(f"pulumi\npulumi-random\nrequests\n{requirement}>=1\n"))
    (finding,) = [each for each in record.findings if each.policy.id == "requirements"]
    assert finding.level == "advisory"
    assert finding.violation.message == (
        "The program imports pulumi_aws, which requirements.txt does not name: it is there only if "
        f"{requirement} requires it."
    )


@pytest.mark.parametrize(("requires", "level"), [("pulumi_aws (>=7)", "advisory"), ("requests>=2", "mandatory")])
def test_an_installed_library_says_what_it_brings(tmp_path: Path, requires: str, level: str) -> None:
    files = python("pulumi\npulumi-random\nacme-platform\n")
    files["Pulumi.yaml"] = "name: shop\nruntime: {name: python, options: {virtualenv: venv}}\n"
    files["venv/pyvenv.cfg"] = ""
    metadata = "venv/lib/python3.12/site-packages/acme_platform-1.2.dist-info/METADATA"
    files[metadata] = f"Name: acme-platform\nRequires-Dist: {requires}\n"
    (finding,) = [each for each in lint_files(tmp_path, files).findings if each.policy.id == "requirements"]
    assert finding.level == level
    assert ("acme-platform" in finding.violation.message) == (level == "advisory")


def test_a_finding_about_node_links_to_the_documentation_of_node(tmp_path: Path) -> None:
    files = typescript('import * as random from "@pulumi/random";')
    files["package.json"] = '{"dependencies": {"@pulumi/aws": "^7.0.0"}}'
    (finding,) = [each for each in lint_files(tmp_path, files).findings if each.policy.id == "requirements"]
    assert "languages-sdks/javascript/" in finding.fix


def test_in_a_workspace_what_the_packages_above_require_counts(tmp_path: Path) -> None:
    above = {"package.json": '{"workspaces": ["apps/*"], "devDependencies": {"@pulumi/random": "^4"}}'}
    project(tmp_path, {**above, "apps/package.json": "[]"})
    files = typescript('import * as random from "@pulumi/random";\nimport * as gcp from "@pulumi/gcp";')
    files["package.json"] = '{"dependencies": {"@pulumi/aws": "^7"}}'
    assert found(tmp_path / "apps" / "infra", files, "requirements") == [
        "index.ts:4:1 requirements: The program imports @pulumi/gcp, which package.json does not require."
    ]


def test_requirements_without_sdks_are_not_the_programs_where_the_repository_has_others(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    assert not found(tmp_path / "apps" / "bot", python("slack-bolt\n"), "requirements")
    assert found(tmp_path / "apps" / "bot", python("pulumi\n"), "requirements")


def test_an_example_in_the_repository_of_an_sdk_runs_with_the_sdk_of_the_repository(tmp_path: Path) -> None:
    root = tmp_path / "pulumi-random"
    (root / "sdk").mkdir(parents=True)
    assert not found(root / "examples" / "simple", python("pulumi\npulumi-aws\n"), "requirements")
    assert found(tmp_path / "elsewhere", python("pulumi\npulumi-aws\n"), "requirements")


def test_secrets_and_state_that_git_does_not_ignore_are_advice(tmp_path: Path) -> None:
    files = {**typescript(""), ".env": "A=b\n", ".env.example": "A=\n", "server.pem": ""}
    assert not found(tmp_path, files, "ignored-files")
    (tmp_path / ".git").mkdir()
    record = lint_files(tmp_path, files)
    (finding,) = [each for each in record.findings if each.policy.id == "ignored-files"]
    assert finding.violation.message.startswith("Git does not ignore .env and server.pem, which may hold secrets")
    assert finding.level == "advisory"
    assert not found(tmp_path, {".gitignore": "# secrets\n/.env\n*.pem\n"}, "ignored-files")


def test_the_rules_of_a_folder_above_count(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("**/.env\n")
    assert not found(tmp_path / "infra", {**typescript(""), ".env": "A=b\n"}, "ignored-files")


@pytest.mark.parametrize(
    ("files", "message", "fix"),
    [
        (
            {
                **python("pulumi-aws\n"),
                "__main__.py": 'import pulumi_aws as aws\naws.s3.BucketAclV2("a", bucket="b")\n',
            },
            "__main__.py:2:1 aws.s3.BucketAclV2 is deprecated.",
            "Use aws.s3.BucketAcl. To keep a resource that exists, import it, or add an alias of the old type.",
        ),
        (
            {**python("pulumi-aws\n"), "__main__.py": "import pulumi_aws as aws\naws.vpn.get_connection()\n"},
            "__main__.py:2:1 aws.vpn.get_connection is deprecated.",
            "Use aws.ec2.get_vpn_connection.",
        ),
        (
            typescript('new aws.s3.BucketAclV2("a", { bucket: "b" });'),
            "index.ts:3:1 aws.s3.BucketAclV2 is deprecated.",
            "Use aws.s3.BucketAcl. To keep a resource that exists, import it, or add an alias of the old type.",
        ),
        (
            {"Pulumi.yaml": "name: a\nruntime: yaml\nresources:\n  a:\n    type: aws:s3:BucketAclV2\n"},
            "Pulumi.yaml:5:11 aws:s3:BucketAclV2 is deprecated.",
            "Use aws.s3.BucketAcl. To keep a resource that exists, import it, or add an alias of the old type.",
        ),
    ],
)
def test_what_is_deprecated_is_advice(tmp_path: Path, files: dict[str, str], message: str, fix: str) -> None:
    record = lint_files(tmp_path, files)
    (finding,) = [each for each in record.findings if each.policy.id == "deprecated-names"]
    assert f"{finding.violation.line} {finding.violation.message}" == message
    assert finding.fix == fix
    assert finding.level == "advisory"


def test_what_an_older_version_does_not_deprecate_is_right(tmp_path: Path) -> None:
    files = typescript('new aws.s3.BucketAclV2("a", { bucket: "b" });')
    files["package.json"] = '{"dependencies": {"@pulumi/aws": "^6.0.0"}}'
    assert not found(tmp_path, files)
