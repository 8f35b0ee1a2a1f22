"""Options of resources and functions in Python programs: that they are options, and hold what the SDK takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from policypack.config import Config
from policypack.lint.project import Project, project_policy
from policypack.lint.python_file import PythonFile
from policypack.lint.python_outputs import Outputs, outputs_of
from policypack.lint.sdk import Sdk, shown
from policypack.lint.sdks import facts_for, python_sdks
from policypack.verdict import Verdicts, Violation

_RESOURCE_OPTIONS: Final = ("pulumi.ResourceOptions",)
_INVOKE_OPTIONS: Final = ("pulumi.InvokeOptions", "pulumi.InvokeOutputOptions")
_OF_NAMES: Final = ("additional_secret_outputs", "ignore_changes", "replace_on_changes")
"""Options that take a list of names."""
_OF_RESOURCES: Final = ("depends_on", "deleted_with", "parent")


@project_policy(
    id="resource-options",
    title="Options of resources and functions are of the kind that the SDK takes",
    severity="high",
    fix="Write opts=pulumi.ResourceOptions(...).",
    url="https://www.pulumi.com/docs/iac/concepts/options/",
)
def resource_options(project: Project, config: Config) -> Verdicts:
    """
    The SDK for Python looks at what it is given as options only when a resource is created or a function is called.
    Values that are not resource options end the program there, with an error that names neither the option nor the
    line.
    """
    # Older versions of the SDK take resource options for those of functions.
    knows_functions = facts_for(project, "pulumi_aws") is not None
    sdks = python_sdks(project)
    for file, outputs in outputs_of(project):
        for call, name in file.calls:
            given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
            if name in _RESOURCE_OPTIONS:
                yield from _within(file, outputs, sdks, given)
            elif name and (options := given.get("opts")):
                kind = sdks.kind(name.removesuffix(".get"))
                if kind == "resource":
                    yield from _whole(file, name, options, _RESOURCE_OPTIONS)
                elif kind == "function" and knows_functions and name.startswith("pulumi_aws."):
                    yield from _whole(file, name, options, _INVOKE_OPTIONS)


def _whole(file: PythonFile, name: str, options: ast.expr, wanted: tuple[str, ...]) -> Iterator[Violation]:
    """What is given as all options of a resource or function, where that is none of what the SDK takes."""
    found = _kind(file, options)
    # What the program imports from elsewhere may be a class of options.
    is_other = found in (*_RESOURCE_OPTIONS, *_INVOKE_OPTIONS) or found.startswith(("a ", "pulumi_"))
    if found and found not in wanted and is_other:
        yield Violation(
            None,
            f"opts of {shown(name)} is given {found}, where the SDK takes {wanted[0]}.",
            fix=f"Write opts={wanted[0]}(...).",
            line=file.place_of(options),
        )


def _kind(file: PythonFile, node: ast.expr) -> str:
    """What an expression surely is, in words or as the full name of its class; empty where that is open."""
    match node:
        case ast.Dict():
            return "a dictionary"
        case ast.List() | ast.Tuple():
            return "a list"
        case ast.Constant(value=str()):
            return "a string"
        case _:
            return file.class_of(node)


def _within(file: PythonFile, outputs: Outputs, sdk: Sdk, options: dict[str, ast.expr]) -> Iterator[Violation]:
    """What stands in pulumi.ResourceOptions."""
    for name, value in options.items():
        if name in _OF_NAMES and _kind(file, value) == "a string":
            yield Violation(
                None,
                f"{name} takes a list of names and is given a string, each of whose letters becomes a name.",
                fix=f'Put the name in brackets, as in {name}=["tags"].',
                line=file.place_of(value),
            )
        elif name in _OF_RESOURCES:
            elements = value.elts if isinstance(value, ast.List | ast.Tuple) and name == "depends_on" else [value]
            for element in elements:
                found = "an output" if outputs.is_output(element) else _kind(file, element)
                if found in ("a string", "a dictionary", "a list") or (found == "an output" and _is_property(element)):
                    example = "[bucket]" if name == "depends_on" else "bucket"
                    yield Violation(
                        None,
                        f"{name} is given {found}, where the SDK takes a resource.",
                        fix=f"Name the resource itself, as in {name}={example}.",
                        line=file.place_of(element),
                    )
        elif name == "provider" and (found := _kind(file, value)) and not _is_provider(found, sdk):
            fix = "Write providers=... for more than one." if found in ("a dictionary", "a list") else ""
            yield Violation(
                None,
                f"provider is given {shown(found)}, where the SDK takes a provider.",
                fix=fix or 'Make one, as in provider=aws.Provider("NAME", region="REGION").',
                line=file.place_of(value),
            )


def _is_property(node: ast.expr) -> bool:
    """Whether an output is a plain property of a resource, which is never a resource itself: its id, ARN or name."""
    return isinstance(node, ast.Attribute) and node.attr in ("arn", "id", "name", "urn")


def _is_provider(found: str, sdk: Sdk) -> bool:
    """Whether what is found may be a provider: it is named so, or is neither a literal nor another resource."""
    return found.endswith("Provider") or (not found.startswith("a ") and sdk.kind(found) != "resource")
