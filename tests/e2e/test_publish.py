"""An organization publishes the pack: what `pulumi policy publish` sends, and that it works where it is installed."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pulumi_aws as aws
import pytest
from packaging.requirements import Requirement

from policypack import VERSION
from policypack.config import config_schema
from policypack.pack import PACK
from tests.e2e.pulumi_cloud import TOKEN, PulumiCloud, pulumi_cloud
from tests.test_architecture import MODULES, imports
from tools.bundle import BundleError, bundle
from tools.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def published(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PulumiCloud]:
    folder = tmp_path_factory.mktemp("publish") / "pack"
    bundle(folder)
    # What `pulumi install` would make: a real language host waits for ever where it is missing.
    (folder / "venv").symlink_to(sys.prefix)
    with pulumi_cloud() as cloud:
        environment = {**os.environ, "PULUMI_BACKEND_URL": cloud.url, "PULUMI_ACCESS_TOKEN": TOKEN}
        command = ["pulumi", "policy", "publish", "acme", "--non-interactive"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f'Publishing "{PACK.name}" - version {VERSION} to "acme"' in done.stdout
        yield cloud


@pytest.fixture(scope="module")
def unpacked(published: PulumiCloud, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    [archive] = published.archives
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(folder)
    return folder / "package"


def test_the_publishing_is_completed(published: PulumiCloud) -> None:
    assert published.completed == [f"/api/orgs/acme/policypacks/{PACK.name}/versions/{VERSION}/complete"]


def test_the_metadata_of_the_pack_arrive(published: PulumiCloud) -> None:
    pack = published.metadata["acme"]
    assert (pack["name"], pack["versionTag"], pack["runtime"]) == (PACK.name, VERSION, "python")
    assert (pack["displayName"], pack["description"]) == (PACK.display_name, PACK.description)
    assert (pack["readme"], pack["provider"], pack["tags"]) == (PACK.readme, "AWS", list(PACK.tags))
    assert all((PACK.display_name, PACK.readme, PACK.tags))


def test_the_metadata_of_each_policy_arrive(published: PulumiCloud) -> None:
    arrived = {policy["name"]: policy for policy in published.metadata["acme"]["policies"]}
    assert len(arrived) == len(PACK.policies)
    for policy in PACK.policies:
        said = arrived[policy.id]
        assert (said["displayName"], said["description"]) == (policy.title, policy.title)
        assert (said["enforcementLevel"], said["severity"]) == (policy.enforcement, policy.severity)
        assert (said["remediationSteps"], said["url"]) == (policy.fix, policy.url)
        assert said["tags"] == [policy.concern, *policy.frameworks]
        framework = said.get("framework", {})
        first = next(iter(policy.frameworks), "")
        assert f"{framework.get('name', '')} {framework.get('reference', '')}".strip() == first
        properties = said.get("configSchema", {}).get("properties", {})
        # The engine adds the level to every config.
        properties.pop("enforcementLevel", None)
        assert properties == config_schema(policy.config_type)


def test_the_archive_has_what_enforcement_needs_and_nothing_else(unpacked: Path) -> None:
    files = {file.relative_to(unpacked).as_posix() for file in unpacked.rglob("*") if file.is_file()}
    # What the server, the policies and the reports, which are found by their names, import.
    starts = ("policypack.policies.", "policypack.reports.", "policypack.engine.server", "policypack.engine.reporting")
    todo = [module for module in MODULES if module.startswith(starts)] + ["policypack.pack", "policypack.startup"]
    needed: set[str] = set()
    while todo:
        module = todo.pop()
        if module not in needed:
            needed.add(module)
            parents = module.split(".")[:-1]
            todo += [".".join(parents[: end + 1]) for end in range(len(parents))]
            todo += [imported for imported in imports(MODULES[module]) if imported in MODULES]
    code = {file for file in files if file.endswith(".py")}
    assert code == {"__main__.py", *(MODULES[module].relative_to(ROOT).as_posix() for module in needed)}
    beside = {"PulumiPolicy.yaml", "LICENSE", "requirements.txt", "policypack/readme.md"}
    data = {file for file in files - code - beside if not file.startswith(("policypack/data/", "policypack/reports/"))}
    assert beside <= files
    assert data == set()


def test_each_requirement_is_pinned_with_hashes_to_a_version_that_is_allowed(unpacked: Path) -> None:
    text = (unpacked / "requirements.txt").read_text().replace("\\\n", "")
    entries = [line for line in text.splitlines() if not line.startswith("#")]
    assert all("--hash=sha256:" in entry for entry in entries)
    pinned = dict(entry.split()[0].split("==") for entry in entries)
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if wanted := line.partition("#")[0]:
            requirement = Requirement(wanted)
            assert requirement.specifier.contains(pinned[requirement.name.lower()]), line


def test_what_is_installed_in_a_clean_environment_serves_a_preview(sandbox: Sandbox, unpacked: Path) -> None:
    # As the CLI installs a pack that an organization requires, but for newer versions of pip itself:
    # https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/python/toolchain/pip.go (InstallDependencies)
    python = unpacked / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(unpacked / "venv")], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"]
    done = subprocess.run(install, cwd=unpacked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    sandbox.serve_packs_with(python)
    outcome = sandbox.stack(_program).preview(unpacked)
    stopping = [finding.policy for finding in outcome.findings if finding.level == "mandatory"]
    assert stopping == ["encryption-at-rest"], outcome.text


def test_a_preview_in_the_organization_runs_the_pack_with_the_config_of_its_policy_group(
    sandbox: Sandbox, published: PulumiCloud
) -> None:
    published.required = [
        {
            "name": PACK.name,
            "version": 1,
            "versionTag": VERSION,
            "packLocation": f"{published.url}/download",
            "config": {
                "encryption-at-rest": {"enforcementLevel": "advisory"},
                "logs-retention": {"enforcementLevel": "mandatory", "minDays": 365},
            },
        }
    ]
    if not shutil.which("pulumi-language-python"):
        # The CLI downloads and installs a pack with the language host alone. What it finds, it takes for installed.
        folder = Path(os.environ["PULUMI_HOME"], "policies", "acme", f"pulumi-analyzer-{PACK.name}-v{VERSION}")
        with tarfile.open(fileobj=io.BytesIO(published.archives[-1])) as packed:
            packed.extractall(folder.parent)
        (folder.parent / "package").rename(folder)
        sandbox.serve_packs_with(Path(sys.executable))

    backend = {"PULUMI_BACKEND_URL": published.url, "PULUMI_ACCESS_TOKEN": TOKEN}
    outcome = sandbox.stack(_program_with_logs, name="acme/sandbox/dev", backend=backend).preview()
    levels = {finding.policy: finding.level for finding in outcome.findings}
    assert levels, outcome.text
    assert (levels["encryption-at-rest"], levels["logs-retention"]) == ("advisory", "mandatory"), outcome.text
    assert "365" in next(finding.message for finding in outcome.findings if finding.policy == "logs-retention")
    assert not outcome.ok


def _program_with_logs() -> None:
    _program()
    aws.cloudwatch.LogGroup("requests", retention_in_days=180)


def _program() -> None:
    aws.sqs.Queue("orders", sqs_managed_sse_enabled=False)


def test_a_folder_that_cannot_be_published_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="inside the checkout"):
        bundle(ROOT / "artifacts" / "pack")
    (tmp_path / "file").touch()
    with pytest.raises(BundleError, match="is not empty"):
        bundle(tmp_path)
