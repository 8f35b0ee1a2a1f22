"""The SDKs that TypeScript and JavaScript are held against: those that are installed, and facts about pulumi-aws."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from policypack.lint.declarations import Library, Package, split_module
from policypack.lint.installed_node_sdk import InstalledNodeSdk
from policypack.lint.node_sdk import AWS, PULUMI, NodeSdk, NodeThing, ShippedNodeSdk, is_of_sdk
from policypack.lint.project import Project
from policypack.lint.sdks import facts_for
from policypack.lint.typescript_file import TypeScriptFile
from policypack.lint.versions import required


class NodeSdks:
    """The SDKs of a project. A folder of it may have packages of its own."""

    def __init__(self, project: Project) -> None:
        """
        :param project: the project whose program imports them.
        """
        self._project = project
        self._library = Library(project.root)
        self._installed: dict[Package, InstalledNodeSdk] = {}
        self._folders: dict[str, Path] = {}
        self._found: dict[tuple[str, Path], NodeSdk | None] = {}
        self._shipped: ShippedNodeSdk | None = None

    def of(self, file: TypeScriptFile, full_name: str) -> NodeSdk | None:
        """The SDK that a full name in a file is of; None where nothing is known about it, or it is of none."""
        if not is_of_sdk(full_name):
            return None
        name = split_module(full_name)[0].partition(".")[0]
        if file.name not in self._folders:
            self._folders[file.name] = (self._project.root / file.name).resolve().parent
        folder = self._folders[file.name]
        if (name, folder) not in self._found:
            self._found[name, folder] = self._find(name, folder)
        return self._found[name, folder]

    def _find(self, name: str, folder: Path) -> NodeSdk | None:
        package = self._library.package(name, folder)
        if package and self._fits(package):
            if package not in self._installed:
                self._installed[package] = InstalledNodeSdk(self._library, package)
            return self._installed[package]
        if name == AWS and self._shipped is None and (facts := facts_for(self._project, "pulumi_aws")):
            self._shipped = ShippedNodeSdk(facts)
        return self._shipped if name == AWS else None

    def _fits(self, package: Package) -> bool:
        """Whether a package may be the project's own: one that lies in a folder above it may be another project's."""
        if package.folder.is_relative_to(self._project.root.resolve()):
            return True
        name = package.name.partition("/")[2].replace("-", "_")
        requirement = required(self._project, name if package.name == PULUMI else f"pulumi_{name}")
        major = requirement.major if requirement else None
        return major is None or package.version.partition(".")[0] == str(major)

    def thing(self, file: TypeScriptFile, full_name: str) -> NodeThing | None:
        """The resource or function that a full name in a file names; None where there is none."""
        sdk = self.of(file, full_name)
        return sdk.thing(full_name) if sdk else None


@lru_cache(maxsize=1)
def node_sdks(project: Project) -> NodeSdks:
    """The SDKs of a project, which several policies ask in turn."""
    return NodeSdks(project)
