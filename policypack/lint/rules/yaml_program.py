"""YAML programs: types, properties, functions and references that do not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final

from policypack.config import Config, suggestion
from policypack.lint.inputs import OPEN_KEYS, check_inputs, own_inputs, types_of
from policypack.lint.names import MOST_WRONG, nearest
from policypack.lint.project import Project, SettingsFile, project_policy
from policypack.lint.sdk_facts import Facts, Thing
from policypack.lint.sdks import facts_for
from policypack.lint.yaml_file import Node
from policypack.lint.yaml_references import cycles, is_unfinished, references
from policypack.listing import joined
from policypack.model import Place
from policypack.verdict import Verdicts, Violation

# https://www.pulumi.com/docs/iac/languages-sdks/yaml/yaml-language-reference/, 2026-11-28.
_OF_RESOURCE: Final = ("type", "name", "defaultprovider", "properties", "options", "get")
_OF_INVOKE: Final = ("function", "arguments", "options", "return")
_PULUMI: Final = frozenset(("cwd", "organization", "project", "rootDirectory", "stack"))
_BUILT_IN: Final = frozenset(
    {
        *("assetarchive", "filearchive", "fileasset", "filebase64", "filebase64sha256", "frombase64", "invoke", "join"),
        *("length", "pulumiresourcename", "pulumiresourcetype", "readfile", "remotearchive", "remoteasset", "secret"),
        *("select", "sha1", "singleornone", "split", "stackreference", "stringasset", "tobase64", "tojson", "unsecret"),
    }
)
"""The language's own functions, in small letters."""
_OF_TWO: Final = {
    "join": "DELIMITER, VALUES",
    "select": "INDEX, VALUES",
    "split": "DELIMITER, TEXT",
    "stackreference": "STACK, OUTPUT",
}
"""Functions that take a list of two values, which has to be written out."""
_OPTIONS: Final = frozenset(
    {
        *("additionalsecretoutputs", "aliases", "customtimeouts", "deletebeforereplace", "deletedwith", "dependson"),
        *("envvarmappings", "hidediffs", "ignorechanges", "import", "parent", "plugindownloadurl", "protect"),
        *("provider", "providers", "replaceonchanges", "replacementtrigger", "replacewith", "retainondelete"),
        "version",
    }
)
"""The options of resources, in small letters."""
_PROPERTY: Final = re.compile(r"\.([A-Za-z_]\w{0,200})|\[\"([A-Za-z_]\w{0,200})\"\]")
_ALWAYS: Final = frozenset(("id", "urn", "pulumiResourceName", "pulumiResourceType"))
_DEEPEST: Final = 100


@project_policy(
    id="yaml-program",
    title="YAML programs use types, properties, functions and names that exist",
    severity="high",
    fix="Use a name that exists: https://www.pulumi.com/registry/packages/aws/api-docs/ lists those of AWS.",
    url="https://www.pulumi.com/docs/iac/languages-sdks/yaml/yaml-language-reference/",
)
def yaml_program(project: Project, config: Config) -> Verdicts:
    """
    A YAML program is checked as a whole before it runs, so that one wrong name stops all of it.
    """
    documents = [file.root for file in project.yaml_programs if file.root and file.root.is_map]
    if not documents:
        return
    check = _Program(project, documents)
    yield from islice((each for document in documents for each in check.violations(document)), MOST_WRONG)


class _Program:
    """A program, which may be in more than one file."""

    def __init__(self, project: Project, documents: list[Node]) -> None:
        self._project = project
        self._resources = dict(_entries(documents, "resources"))
        self._variables = dict(_entries(documents, "variables"))
        declared = [key for section in ("config", "configuration") for key, _ in _entries(documents, section)]
        configured = [key for file in project.stacks for key in _configured(file)]
        template = project.file.root.get("template") if project.file and project.file.root else None
        asked = template.get("config") if template else None
        declared += [key for key, _, _ in asked.items()] if asked else []
        self._config = {each for key in (*declared, *configured) for each in (key, key.rpartition(":")[2])}
        # Where no settings of a stack lie beside the program, or an environment of Pulumi ESC adds to them, they may
        # have any key.
        self._is_open = not project.stacks or any(file.has_environment for file in project.stacks)
        self._cycles = list(cycles({**self._variables, **self._resources}))
        self._has_components = any(document.get("components") for document in documents)

    def violations(self, document: Node) -> Iterator[Violation]:
        """What is wrong in one of its files."""
        resources = document.get("resources")
        for name, place, node in resources.items() if resources else ():
            yield from self._resource(name, place, node)
        yield from self._shared_names(document)
        for section in ("resources", "variables", "outputs"):
            if values := document.get(section):
                yield from self._within(values, 0)

    def _facts(self, token: str, options: Node | None = None) -> Facts | None:
        if token.partition(":")[0] != "aws" and token != "pulumi:providers:aws":
            return None
        facts = facts_for(self._project, "pulumi_aws")
        version = options.get("version") if options else None
        if facts and version and not version.text.startswith(f"{facts.version_numbers[0]}."):
            return None
        return facts

    def _resource(self, name: str, place: Place, node: Node) -> Iterator[Violation]:
        if not node.is_map:
            return
        for key, its_place, _ in node.items():
            if key.lower() not in _OF_RESOURCE and key not in OPEN_KEYS:
                near = suggestion(key, _OF_RESOURCE)
                into = "options" if key.lower() in _OPTIONS else "properties"
                fix = f"Rename {key}." if near else f"Move {key} into {into} of {name}, or remove it."
                yield Violation(
                    None, f"The resource '{name}' has the key '{key}'{near or '.'}", fix=fix, line=its_place
                )
        options = node.get("options")
        for key, its_place, _ in options.items() if options else ():
            if key.lower() not in _OPTIONS and key not in OPEN_KEYS and not key.startswith("fn::"):
                near = suggestion(key.lower(), _OPTIONS)
                fix = f"Rename {key}." if near else f"Move {key} into properties of {name}, or remove it."
                yield Violation(None, f"Resources have no option '{key}'{near or '.'}", fix=fix, line=its_place)
        token = node.get("type")
        if token is None:
            if not any(node.get(key) for key in OPEN_KEYS):
                yield Violation(None, f"The resource '{name}' has no type.", fix="Add type.", line=place)
            return
        facts = self._facts(token.text, options)
        if facts is None:
            return
        full_name = facts.named(token.text)
        thing = facts.thing(full_name) if full_name else None
        if thing is None or thing.kind != "resource":
            yield _no_token(facts, token, "resource")
            return
        get, properties = node.get("get"), node.get("properties")
        if get is None and not (properties and properties.text):
            for violation in check_inputs(
                own_inputs(thing), types_of(facts, thing.module), token.text, properties, place
            ):
                yield _as_option(violation, name, properties)

    def _shared_names(self, document: Node) -> Iterator[Violation]:
        """What is called as something else is, or depends on itself."""
        taken = {"pulumi": "what the language itself defines"}
        for section in ("config", "configuration", "resources", "variables"):
            values = document.get(section)
            for name, place, _ in values.items() if values else ():
                if name in taken:
                    kind = "config key" if section.startswith("config") else section.removesuffix("s")
                    message = f"The {kind} '{name}' has the name of {taken[name]}."
                    yield Violation(None, message, fix="Rename one of them, and the references to it.", line=place)
                taken.setdefault(name, _WHAT[section])
        places = {
            name: place
            for section in ("variables", "resources")
            if (values := document.get(section))
            for name, place, _ in values.items()
        }
        for cycle in self._cycles:
            if cycle[0] in places:
                others = joined(f"'{name}'" for name in cycle[1:])
                through = f", by way of {others}" if others else ""
                yield Violation(
                    None,
                    f"'{cycle[0]}' depends on itself{through}.",
                    fix="Remove one of the references, or put what both need into a resource of its own.",
                    line=places[cycle[0]],
                )

    def _within(self, node: Node, depth: int) -> Iterator[Violation]:
        """What is wrong with the functions and references within a value."""
        if depth > _DEEPEST:
            return
        if isinstance(node.value, list):
            for element in node.value:
                yield from self._within(element, depth + 1)
        elif node.is_map:
            for key, place, value in node.items():
                yield from self._function(key, place, value)
                yield from self._within(value, depth + 1)
        elif isinstance(node.value, str):
            for reference in references(node):
                yield from self._reference(*reference)
            if is_unfinished(node.value):
                yield Violation(
                    None,
                    "A reference is begun by ${ and never ended.",
                    fix="Add }, or write $${ where the text itself is meant.",
                    line=node.place,
                )

    def _function(self, key: str, place: Place, value: Node) -> Iterator[Violation]:
        prefix, _, name = key.partition("::")
        if prefix.lower() != "fn" or not name:
            return
        if name.lower() == "invoke":
            yield from self._invoke(value, place)
        elif ":" in name:
            yield from self._call(Node(place, name), value, place)
        elif name.lower() in _OF_TWO and not (isinstance(value.value, list) and len(value.value) == 2):
            yield Violation(
                None,
                f"{key} takes a list of two values.",
                fix=f"Write {key}: [{_OF_TWO[name.lower()]}].",
                line=value.place,
            )
        elif name.lower() not in _BUILT_IN and (near := suggestion(name.lower(), _BUILT_IN)):
            yield Violation(None, f"YAML programs have no function '{key}'{near}", line=place)

    def _invoke(self, node: Node, place: Place) -> Iterator[Violation]:
        for key, its_place, _ in node.items():
            if key.lower() not in _OF_INVOKE and (near := suggestion(key, _OF_INVOKE)):
                yield Violation(None, f"fn::invoke has no key '{key}'{near}", fix=f"Rename {key}.", line=its_place)
        token = node.get("function") or node.get("Function")
        if token:
            yield from self._call(token, node.get("arguments") or node.get("Arguments"), place, node.get("options"))
            yield from self._returned(token, node.get("return"), node.get("options"))
        elif node.is_map and not any(key in OPEN_KEYS or key.startswith("fn::") for key, _, _ in node.items()):
            yield Violation(None, "fn::invoke does not say which function.", fix="Add function.", line=place)

    def _returned(self, token: Node, wanted: Node | None, options: Node | None) -> Iterator[Violation]:
        facts = self._facts(token.text, options)
        function = facts.thing(facts.named(token.text)) if facts else None
        result = facts.result_of(function) if facts and function else None
        known = {each.lower(): each for each in result.outputs} if result else {}
        if wanted and known and wanted.text and wanted.text.lower() not in known:
            near = nearest(wanted.text, known.values())
            yield Violation(
                None,
                f"{token.text} returns no '{wanted.text}'.",
                fix=f"Write {near} instead of {wanted.text}." if near else "Use one of its results.",
                line=wanted.place,
            )

    def _call(
        self, token: Node, arguments: Node | None, place: Place, options: Node | None = None
    ) -> Iterator[Violation]:
        facts = self._facts(token.text, options)
        if facts is None:
            return
        full_name = facts.named(token.text)
        thing = facts.thing(full_name) if full_name else None
        if thing and thing.kind == "function":
            yield from check_inputs(own_inputs(thing), types_of(facts, thing.module), token.text, arguments, place)
        # Methods of resources are called so too.
        elif not thing:
            yield _no_token(facts, token, "function")

    def _reference(self, name: str, rest: str, node: Node) -> Iterator[Violation]:
        name = name.removeprefix(f"{self._project.name}:")
        step = _PROPERTY.match(rest)
        inner = (step[1] or step[2]) if step else ""
        if name == "pulumi":
            if inner and inner not in _PULUMI and (near := suggestion(inner, _PULUMI)):
                yield Violation(None, f"pulumi has no '{inner}'{near}", line=node.place)
        elif name in self._resources:
            yield from self._output(name, inner, node)
        elif name not in self._variables and name not in self._config and not self._has_components:
            known = (*self._resources, *self._variables, *self._config)
            near = nearest(name, known)
            # The config that a stack may set mostly is a text, which has no properties.
            if near or inner or not self._is_open:
                yield Violation(
                    None,
                    f"The program has no resource, variable or config key '{name}'.",
                    fix=f"Write ${{{near}{rest}}}." if near else f"Declare {name} in config or variables.",
                    level=None if near or not self._is_open else "advisory",
                    line=node.place,
                )

    def _output(self, name: str, inner: str, node: Node) -> Iterator[Violation]:
        resource = self._resources[name]
        token = resource.get("type")
        facts = self._facts(token.text, resource.get("options")) if token else None
        full_name = facts.named(token.text) if facts and token else ""
        thing: Thing | None = facts.thing(full_name) if facts and full_name else None
        if not token or not thing or not inner or thing.token.startswith("pulumi:providers"):
            return
        known = thing.outputs | _ALWAYS
        if inner not in known:
            near = nearest(inner, known)
            yield Violation(
                None,
                f"'{name}' is of the type {token.text}, which has no output '{inner}'.",
                fix=f"Write {near} instead of {inner}." if near else f"Use one of its outputs instead of {inner}.",
                line=node.place,
            )


_WHAT: Final = {
    "config": "a config key",
    "configuration": "a config key",
    "resources": "a resource",
    "variables": "a variable",
}


def _as_option(violation: Violation, name: str, properties: Node | None) -> Violation:
    """What is said of a property that does not exist, where it is an option in the wrong place."""
    keys = [key for key, place, _ in properties.items() if place == violation.line] if properties else []
    if keys and keys[0].lower() in _OPTIONS:
        return replace(violation, fix=f"Move {keys[0]} from properties into options of {name}.")
    return violation


def _no_token(facts: Facts, token: Node, kind: str) -> Violation:
    """That there is no resource or function of a name."""
    known: Mapping[str, str] = {
        each: full_name
        for each, full_name in facts.short_tokens.items()
        if (thing := facts.thing(full_name))
        if thing.kind == kind
    }
    module, _, name = token.text.rpartition(":")
    module = module.partition("/")[0]
    in_module = [each.rpartition(":")[2] for each in known if each.rpartition(":")[0] == module]
    near = f"{module}:{found}" if (found := nearest(name, in_module)) else nearest(token.text, known)
    return Violation(
        None,
        f"pulumi-aws {facts.version} has no {kind} '{token.text}'.",
        fix=f"Write {near}." if near else "",
        line=token.place,
    )


def _entries(documents: list[Node], section: str) -> Iterator[tuple[str, Node]]:
    for document in documents:
        if node := document.get(section):
            for key, _, value in node.items():
                yield key, value


def _configured(file: SettingsFile) -> Iterator[str]:
    config = file.root.get("config") if file.root else None
    for key, _, _ in config.items() if config else ():
        yield key
