"""Resources and functions that the SDK still has, and that another one takes the place of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policypack.config import Config
from policypack.lint import sdk
from policypack.lint.inputs import deprecated_inputs
from policypack.lint.node_sdk import said, shown
from policypack.lint.node_sdks import node_sdks
from policypack.lint.project import Project, project_policy
from policypack.lint.sdks import facts_for
from policypack.lint.typescript_file import arguments_of
from policypack.model import Place
from policypack.verdict import Verdicts, Violation


@project_policy(
    id="deprecated-names",
    title="Programs use no resources, functions and arguments that are deprecated",
    severity="low",
    enforcement="advisory",
    fix="Use what takes its place.",
    url="https://www.pulumi.com/docs/iac/concepts/options/aliases/",
)
def deprecated_names(project: Project, config: Config) -> Verdicts:
    """
    The next major version of the SDK leaves out what is deprecated, and then the program stops.
    """
    for advice, is_resource, name, place in _used(project):
        if is_resource:
            advice += " To keep a resource that exists, import it, or add an alias of the old type."
        yield Violation(None, f"{name} is deprecated.", fix=advice, line=place)


def _used(project: Project) -> Iterator[tuple[str, bool, str, Place]]:
    """What a program uses that is deprecated: what to use instead, whether it is a resource, its name, and where."""
    yield from _in_typescript(project)
    is_used = project.yaml_programs or any("pulumi_aws" in file.text for file in project.python)
    facts = facts_for(project, "pulumi_aws") if is_used else None
    if facts is None:
        return
    for file in project.python:
        for call, name in file.calls:
            if name.startswith("pulumi_aws."):
                found = facts.thing(name) or facts.thing(name.removesuffix("_output"))
                if found and found.successor:
                    is_resource = found.kind == "resource"
                    successor = found.successor if is_resource else _snake(found.successor)
                    yield f"Use aws.{successor}.", is_resource, sdk.shown(name), file.place_of(call)
    for settings in project.yaml_programs:
        resources = settings.root.get("resources") if settings.root else None
        for _, _, resource in resources.items() if resources else ():
            token = resource.get("type")
            found = facts.thing(facts.named(token.text)) if token else None
            if token and found and found.successor:
                yield f"Use aws.{found.successor}.", True, token.text, token.place


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _in_typescript(project: Project) -> Iterator[tuple[str, bool, str, Place]]:
    sdks = node_sdks(project)
    for file in project.typescript:
        for node in file.of_type("new_expression", "call_expression"):
            name = file.full_name(node.child_by_field_name("constructor") or node.child_by_field_name("function"))
            thing = sdks.thing(file, name)
            if thing is None:
                continue
            is_resource = thing.kind == "resource"
            if thing.advice:
                yield thing.advice, is_resource, shown(name), file.place_of(node)
            arguments = arguments_of(node)[1 if is_resource else 0 :]
            if arguments and thing.parameters:
                given = file.value_of(arguments[0])
                for each, place in deprecated_inputs(thing.parameters, thing.properties_of, given):
                    yield said(each.deprecation), False, f"{each.name} of {shown(name)}", place
