"""The SDKs that a project's program is held against: those that are installed, and facts about the others."""

from __future__ import annotations

from functools import lru_cache

from policypack.lint.installed_sdk import InstalledSdk
from policypack.lint.project import Project
from policypack.lint.sdk import Kind, Sdk, ShippedSdk, Signature
from policypack.lint.sdk_facts import Facts, majors, sdk_facts
from policypack.lint.versions import Requirement, required


def facts_for(project: Project, package: str) -> Facts | None:
    """
    The facts that ship with the pack about the version of an SDK that a project requires.

    None where there are none: about an older major version than any of them, or a newer version than the facts'.
    """
    requirement = required(project, package) or Requirement(None)
    known = majors(package)
    major = requirement.major if requirement.major is not None else max(known, default=0)
    facts = sdk_facts(package, major) if major in known else None
    if facts is None or requirement.least > facts.version_numbers:
        return None
    return facts


class Sdks(Sdk):
    """The SDKs of a project of Python. Those that are not installed are known from facts, if there are any."""

    def __init__(self, project: Project) -> None:
        """
        :param project: the project that requires them.
        """
        self._project = project
        self._installed = InstalledSdk(project.packages) if project.packages else None
        self._sdks: dict[str, Sdk | None] = {}

    def of(self, full_name: str) -> Sdk | None:
        """The SDK that a full name is of; None where nothing is known about it."""
        package = full_name.partition(".")[0]
        if package not in self._sdks:
            self._sdks[package] = self._find(package)
        return self._sdks[package]

    def _find(self, package: str) -> Sdk | None:
        requirement = required(self._project, package) or Requirement(None)
        version = self._installed.version(package) if self._installed else ""
        # The environment that happens to be active may be another project's.
        if version and (requirement.major is None or version.partition(".")[0] == str(requirement.major)):
            return self._installed
        core = sdk_facts("pulumi", 3)
        facts = facts_for(self._project, package)
        return ShippedSdk(facts, core) if facts and core else None

    def names(self, module: str) -> frozenset[str] | None:
        sdk = self.of(module)
        return sdk.names(module) if sdk else None

    def values(self, full_name: str) -> frozenset[str] | None:
        sdk = self.of(full_name)
        return sdk.values(full_name) if sdk else None

    def signature(self, full_name: str) -> Signature | None:
        sdk = self.of(full_name)
        return sdk.signature(full_name) if sdk else None

    def kind(self, full_name: str) -> Kind | None:
        sdk = self.of(full_name) if full_name.startswith("pulumi_") else None
        return sdk.kind(full_name) if sdk else None

    def members(self, full_name: str) -> frozenset[str] | None:
        sdk = self.of(full_name)
        return sdk.members(full_name) if sdk else None


@lru_cache(maxsize=1)
def python_sdks(project: Project) -> Sdks:
    """The SDKs of a project of Python, which several policies ask in turn."""
    return Sdks(project)
