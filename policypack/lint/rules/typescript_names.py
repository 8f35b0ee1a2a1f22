"""TypeScript and JavaScript programs against their SDKs: names, properties and options that do not exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from tree_sitter import Node as Syntax

from policypack.lint.declarations import split_module
from policypack.lint.expressions import typescript_expression
from policypack.lint.fixing import Rename, certain_rename
from policypack.lint.inputs import OPEN_KEYS, check_inputs
from policypack.lint.names import nearest
from policypack.lint.node_sdk import AWS, PULUMI, NodeThing, is_of, shown
from policypack.lint.node_sdks import NodeSdks, node_sdks
from policypack.lint.other_tools import OF_PYTHON_PULUMI, aws_resource, in_own_spelling
from policypack.lint.project import Project
from policypack.lint.rules.typescript_outputs import is_config
from policypack.lint.typescript_file import TypeScriptFile, arguments_of, text_of
from policypack.lint.yaml_file import Node
from policypack.verdict import Violation

# https://www.pulumi.com/docs/reference/pkg/nodejs/pulumi/pulumi/interfaces/CustomResourceOptions.html, 2026-11-28
_OPTIONS: Final = frozenset(
    {
        *("additionalSecretOutputs", "aliases", "customTimeouts", "deleteBeforeReplace", "deletedWith", "dependsOn"),
        *("envVarMappings", "hideDiffs", "hooks", "id", "ignoreChanges", "import", "parent", "pluginDownloadURL"),
        *("protect", "provider", "providers", "replaceOnChanges", "replaceWith", "replacementTrigger"),
        *("retainOnDelete", "transformations", "transforms", "urn", "version"),
    }
)
_KINDS: Final = ("", "Boolean", "Number", "Object")
_CONFIG: Final = frozenset(
    {
        *("name", "fullKey"),
        *(f"{verb}{secret}{kind}" for verb in ("get", "require") for secret in ("", "Secret") for kind in _KINDS),
    }
)
# What config is read by in other languages.
_KINDS_OF_OTHERS: Final = {"Bool": "Boolean", **dict.fromkeys(("Double", "Float", "Int", "Int32"), "Number")}
_ALWAYS: Final = frozenset(("id", "urn", "getProvider", "constructor", "toString"))


def typescript_names(project: Project) -> Iterator[Violation]:
    """What programs of TypeScript and JavaScript use that their SDKs do not have."""
    sdks = node_sdks(project)
    for file in project.typescript:
        found = [_in_full(file, each) for each in (*_config(file), *_Check(file, sdks).violations())]
        yield from {violation.line: violation for violation in sorted(found, key=_position)}.values()


def _in_full(file: TypeScriptFile, violation: Violation) -> Violation:
    """The violation, whose renaming keeps variables: `{ force_destroy }` becomes `forceDestroy: force_destroy`."""
    rename = violation.remediation
    if not isinstance(rename, Rename) or violation.line not in file.shorthands:
        return violation
    return replace(violation, remediation=Rename(rename.old, f"{rename.new}: {rename.old}"))


class _Check:
    """One file against the SDKs."""

    def __init__(self, file: TypeScriptFile, sdks: NodeSdks) -> None:
        self._file = file
        self._sdks = sdks

    def violations(self) -> Iterator[Violation]:
        yield from self._names()
        yield from self._calls()
        yield from self._interpolations()
        yield from self._members()

    def _names(self) -> Iterator[Violation]:
        for node in self._file.of_type("import_specifier"):
            name = self._file.imports.get(
                text_of(node.child_by_field_name("alias") or node.child_by_field_name("name"))
            )
            yield from self._missing(name or "", node)
        for node in self._file.of_type("member_expression", "nested_type_identifier"):
            # The whole of a dotted name is looked up, not each part of it.
            outer = self._file.parent_of(node)
            if outer is None or outer.type != node.type:
                yield from self._missing(self._file.full_name(node), node)

    def _missing(self, full_name: str, node: Syntax) -> Iterator[Violation]:
        of_python = OF_PYTHON_PULUMI.get(full_name.removeprefix(f"{PULUMI}."))
        if of_python and is_of(full_name, PULUMI):
            owner, _, name = full_name.rpartition(".")
            message = f"{shown(owner)} has no '{name}', which the SDK for Python has."
            yield Violation(None, message, fix=of_python, line=self._file.place_of(node))
            return
        sdk = self._sdks.of(self._file, full_name)
        if sdk is None or not (missing := sdk.missing(full_name)):
            return
        owner, name = missing
        known = sdk.names(owner) or ()
        near = f"{owner}.{found}" if (found := nearest(name, known) or nearest(in_own_spelling(name), known)) else ""
        if owner == AWS and (resource := aws_resource(name)) and sdk.thing(f"{AWS}.{resource}"):
            near = f"{AWS}.{resource}"
        yield Violation(
            None,
            f"{shown(owner)} has no '{name}' in {sdk.version}.",
            fix=f"Write {shown(near)}." if near else _look_up(full_name),
            line=self._file.place_of(node),
        )

    def _calls(self) -> Iterator[Violation]:
        for node in self._file.of_type("new_expression"):
            full_name = self._file.full_name(node.child_by_field_name("constructor"))
            thing = self._sdks.thing(self._file, full_name)
            # What the parser did not understand may be what seems to be missing.
            if thing and thing.kind == "resource" and not node.has_error:
                yield from self._resource(node, thing, shown(full_name))
        for node in self._file.of_type("call_expression"):
            full_name = self._file.full_name(node.child_by_field_name("function"))
            thing = self._sdks.thing(self._file, full_name)
            if thing and thing.kind == "function" and not node.has_error:
                yield from self._call(node, thing, shown(full_name))

    def _interpolations(self) -> Iterator[Violation]:
        """Calls of what goes before a template literal."""
        for node in self._file.of_type("call_expression"):
            arguments = arguments_of(node)
            is_text = bool(arguments) and arguments[0].type in ("string", "template_string")
            if is_text and self._file.full_name(node.child_by_field_name("function")) == f"{PULUMI}.interpolate":
                yield Violation(
                    None,
                    "pulumi.interpolate is called, and stands before a template literal.",
                    fix="Write pulumi.interpolate`...`, without brackets.",
                    line=self._file.place_of(node),
                )

    def _call(self, node: Syntax, thing: NodeThing, name: str) -> Iterator[Violation]:
        arguments = arguments_of(node)
        if thing.parameters is not None and not _has_spread(arguments):
            given = self._file.value_of(arguments[0]) if arguments else None
            requires = given is not None or thing.needs_arguments
            place = self._file.place_of(node)
            yield from check_inputs(thing.parameters, thing.properties_of, name, given, place, requires=requires)

    def _resource(self, node: Syntax, thing: NodeThing, name: str) -> Iterator[Violation]:
        arguments = arguments_of(node)
        # An override of the name alone, as in a class of the program's own, tells nothing of the others.
        if not arguments or _has_spread(arguments) or not thing.takes_options:
            return
        if arguments[0].type == "this":
            yield Violation(
                None,
                f"{name} takes a name as its first argument, and is given this, as in the AWS CDK.",
                fix="Write the name first, and { parent: this } as the third argument if this is a component.",
                line=self._file.place_of(arguments[0]),
            )
            return
        given = self._file.value_of(arguments[1]) if len(arguments) > 1 else None
        options = self._file.value_of(arguments[2]) if len(arguments) > 2 else Node(self._file.place_of(node), {})
        may_exist = not options.is_map or any(options.get(key) for key in ("urn", "id", *OPEN_KEYS))
        requires = not may_exist and (given is not None or thing.needs_arguments)
        misplaced = {place: key for key, place, _ in given.items() if key in _OPTIONS} if given else {}
        if thing.parameters is not None:
            for violation in check_inputs(
                thing.parameters, thing.properties_of, name, given, self._file.place_of(node), requires=requires
            ):
                if key := misplaced.get(violation.line) if violation.line else None:
                    fix = f"Move {key} to the resource's options, which are the third argument."
                    yield Violation(None, violation.message, fix=fix, line=violation.line)
                else:
                    yield violation
        for key, place, _ in options.items():
            if key not in _OPTIONS and key not in OPEN_KEYS and (near := nearest(key, _OPTIONS)):
                yield Violation(
                    None,
                    f"Resource options have no '{key}'.",
                    fix=f"Write {near} instead of {key}.",
                    line=place,
                    remediation=certain_rename(key, near),
                )

    def _members(self) -> Iterator[Violation]:
        """Outputs that resources do not have."""
        for node in self._file.of_type("member_expression"):
            owner, member = node.child_by_field_name("object"), text_of(node.child_by_field_name("property"))
            full_name = self._file.class_of(owner)
            thing = self._sdks.thing(self._file, full_name)
            known = thing.members if thing else None
            if owner is None or not known or member in known or member.startswith(("on", "_")):
                continue
            if not (near := nearest(member, known)):
                continue
            yield Violation(
                None,
                f"'{typescript_expression(owner)}' is of the class {shown(full_name)}, which has no '{member}'.",
                fix=f"Write {near} instead of {member}.",
                line=self._file.place_of(node),
            )


def _config(file: TypeScriptFile) -> Iterator[Violation]:
    """Methods of pulumi.Config that are those of another language."""
    for node in file.of_type("member_expression"):
        owner, member = node.child_by_field_name("object"), text_of(node.child_by_field_name("property"))
        if owner is None or member in _CONFIG or not is_config(file, owner):
            continue
        near = _config_method(member)
        if near:
            yield Violation(
                None,
                f"pulumi.Config has no '{member}'.",
                fix=f"Write {near} instead of {member}.",
                line=file.place_of(node),
            )


def _config_method(wrong: str) -> str:
    """The method of pulumi.Config that was meant by the name of one of another language; empty where none is near."""
    for end, kind in _KINDS_OF_OTHERS.items():
        if wrong.endswith(end) and (right := f"{wrong.removesuffix(end)}{kind}") in _CONFIG:
            return right
    return nearest(wrong, _CONFIG)


def _look_up(full_name: str) -> str:
    package = split_module(full_name)[0].partition(".")[0].partition("/")[2]
    return f"Use a name that the SDK has: https://www.pulumi.com/registry/packages/{package}/api-docs/ lists them."


def _has_spread(arguments: list[Syntax]) -> bool:
    return any(argument.type == "spread_element" for argument in arguments)


def _position(violation: Violation) -> tuple[int, int]:
    return (violation.line.line, violation.line.column) if violation.line else (0, 0)
