"""What pyproject.toml cannot say: the presets in config/ are the package policypack.presets. All else is there."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["policypack", "policypack.*"]), "policypack.presets"],
    package_dir={"policypack.presets": "config"},
)
