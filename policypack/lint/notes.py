"""What the names of a program were checked against, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from policypack.lint.declarations import split_module
from policypack.lint.node_sdk import PULUMI, ShippedNodeSdk, is_of_sdk
from policypack.lint.node_sdks import node_sdks
from policypack.lint.project import Project
from policypack.lint.sdk import ShippedSdk
from policypack.lint.sdks import facts_for, python_sdks
from policypack.listing import joined


def notes_on_sdks(project: Project) -> tuple[str, ...]:
    """What a program's names were checked against, where that is not what is installed, in sentences."""
    if project.runtime == "python":
        return tuple(_of_python(project))
    if project.yaml_programs:
        return tuple(_of_facts(project))
    return tuple(_of_node(project))


def _of_facts(project: Project) -> Iterator[str]:
    facts = facts_for(project, "pulumi_aws")
    if facts is None:
        yield (
            "the names of the program were not checked, as policypack ships with no facts about the version of "
            "pulumi-aws that it requires"
        )
    else:
        yield (
            f"the names of the program were checked against pulumi-aws {facts.version}, about which facts ship with "
            "policypack"
        )


def _of_node(project: Project) -> Iterator[str]:
    sdks = node_sdks(project)
    checked: set[str] = set()
    unknown: set[str] = set()
    for file in project.typescript:
        for module in filter(is_of_sdk, file.imports.values()):
            package = split_module(module.partition(".")[0])[0]
            sdk = sdks.of(file, package)
            if sdk is None:
                unknown.add(package)
            else:
                source = ", about which facts ship with policypack" if isinstance(sdk, ShippedNodeSdk) else ""
                checked.add(f"{sdk.version}{source}")
    if checked:
        yield f"the names of the program were checked against {joined(sorted(checked))}"
    yield from _not_installed(sorted(unknown - {PULUMI}))


def _of_python(project: Project) -> Iterator[str]:
    used = {name.partition(".")[0] for file in project.python for name in file.imports.values()}
    roots = sorted(name for name in used if name == "pulumi" or name.startswith("pulumi_"))
    sdks = python_sdks(project)
    if shipped := [f"{root} {sdk.facts.version}" for root in roots if isinstance(sdk := sdks.of(root), ShippedSdk)]:
        yield (
            f"the SDKs of the program are not installed, so its names were checked against {joined(shipped)}, about "
            "which facts ship with policypack; `pulumi install` installs what the program requires"
        )
    yield from _not_installed([root for root in roots if sdks.of(root) is None])


def _not_installed(packages: list[str]) -> Iterator[str]:
    if packages:
        yield (
            f"the names of {joined(packages)} were not checked, as {'it is' if len(packages) == 1 else 'they are'} not "
            "installed; `pulumi install` installs what the program requires"
        )
