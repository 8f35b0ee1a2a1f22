"""Resources and functions that the SDK still has, and that another one takes the place of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policypack.config import Config
from policypack.lint.node_sdk import is_of_aws, node_sdk, shown
from policypack.lint.project import Project, project_policy
from policypack.lint.sdk_facts import Thing
from policypack.lint.sdks import facts_for
from policypack.model import Place
from policypack.verdict import Verdicts, Violation


@project_policy(
    id="deprecated-names",
    title="Programs use no resources and functions that are deprecated",
    severity="low",
    enforcement="advisory",
    fix="Use what takes its place.",
    url="https://www.pulumi.com/docs/iac/concepts/options/aliases/",
)
def deprecated_names(project: Project, config: Config) -> Verdicts:
    """
    The next major version of the SDK leaves out what is deprecated, and then the program stops.
    """
    for thing, name, place in _used(project):
        if thing and thing.successor:
            fix = f"Use aws.{_successor(project, thing)}."
            if thing.kind == "resource":
                fix += " To keep a resource that exists, import it, or add an alias of the old type."
            yield Violation(None, f"{name} is deprecated.", fix=fix, line=place)


def _successor(project: Project, thing: Thing) -> str:
    """What takes the place of something, as the program's language names it."""
    if project.runtime != "python" or thing.kind != "function":
        return thing.successor
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", thing.successor).lower()


def _used(project: Project) -> Iterator[tuple[Thing | None, str, Place]]:
    """What a program makes and calls of pulumi-aws, as the program names it, and where."""
    sdk = node_sdk(project)
    is_used = sdk or project.yaml_programs or any("pulumi_aws" in file.text for file in project.python)
    facts = facts_for(project, "pulumi_aws") if is_used else None
    if facts is None:
        return
    for file in project.python:
        for call, name in file.calls:
            if name.startswith("pulumi_aws."):
                found = facts.thing(name) or facts.thing(name.removesuffix("_output"))
                yield found, f"aws{name.removeprefix('pulumi_aws')}", file.place_of(call)
    for typescript in project.typescript if sdk else ():
        for node in typescript.of_type("new_expression", "call_expression"):
            name = typescript.full_name(node.child_by_field_name("constructor") or node.child_by_field_name("function"))
            if sdk and is_of_aws(name):
                yield sdk.thing(name), shown(name), typescript.place_of(node)
    for settings in project.yaml_programs:
        resources = settings.root.get("resources") if settings.root else None
        for _, _, resource in resources.items() if resources else ():
            if token := resource.get("type"):
                yield facts.thing(facts.named(token.text)), token.text, token.place
