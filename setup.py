"""What pyproject.toml cannot say: where the presets are, and the folder of the pack that `policypack path` prints."""

from pathlib import Path

from setuptools import find_packages, setup

# The paths of data files are relative to the environment that the package is installed in, which is then also that of
# the pack: two folders above it.
served = Path("build", "served")
served.mkdir(parents=True, exist_ok=True)
project = Path("PulumiPolicy.yaml").read_text(encoding="utf-8")
assert "virtualenv: venv\n" in project
(served / "PulumiPolicy.yaml").write_text(
    project.replace("virtualenv: venv\n", "virtualenv: ../..\n"), encoding="utf-8"
)

setup(
    packages=[*find_packages(include=["policypack", "policypack.*"]), "policypack.presets"],
    package_dir={"policypack.presets": "config"},
    data_files=[("share/aws-policypack", [str(served / "PulumiPolicy.yaml"), "__main__.py"])],
)
