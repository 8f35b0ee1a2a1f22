"""
The cases in docs/cases/: for each policy a program that violates it, and the same program corrected.

The tests run the policies on them; the policies' pages show them, in Python and in TypeScript. docs/cases/README.md
describes the files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from policypack.model import Context, Resource
from policypack.testing import Secret, ref, resource
from tools import sdk_schema

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "cases"

_OUTPUTS: Final = "outputs"
_PROVIDER: Final = resource("pulumi:providers:aws", "default", region="eu-west-1")


@dataclass(frozen=True, slots=True)
class Ref:
    """An output of another resource, `!ref documents.id`: of the first one of that name in the program."""

    name: str
    output: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A value of the stack's config, `!config vpcId`, or a secret one, `!secret databasePassword`."""

    key: str
    is_secret: bool

    @property
    def value(self) -> str:
        """What it is set to where the program runs: nothing that a person would make up."""
        return f"Zq7-{self.key}-v9Xk2mWt"


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON document, such as an IAM policy: `!json {Version: …}`. It is made of plain values and Ref."""

    content: Any

    @property
    def references(self) -> list[Ref]:
        """The outputs that it is made from."""
        return [value for value in values(self.content) if isinstance(value, Ref)]


@dataclass(frozen=True, slots=True)
class Declared:
    """A resource as a program declares it. Its inputs are plain values, Ref, Setting and Json, nested anywhere."""

    type: str
    name: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Program:
    """The resources of a stack, in the program's order, and the stack's outputs."""

    resources: tuple[Declared, ...]
    outputs: Mapping[str, Any]

    def run(self, today: date | None = None) -> list[Resource]:
        """
        The resources as the engine shows them in the preview of a new stack, the stack itself among them.

        :param today: the day of the preview; None for the day of the call.
        """
        first: dict[str, Resource] = {}
        made = []
        context = self._context(today or date.today())
        for declared in self.resources:
            secrets = sdk_schema.secret_inputs(declared.type) if declared.type.startswith("aws:") else frozenset()
            inputs = {name: _sent(value, first) for name, value in declared.inputs.items()}
            # The SDK marks these secret, literals too.
            inputs |= {name: Secret(inputs[name]) for name in inputs.keys() & secrets}
            made.append(resource(declared.type, declared.name, with_provider=_PROVIDER, with_context=context, **inputs))
            first.setdefault(declared.name, made[-1])
        outputs = {name: _sent(value, first) for name, value in self.outputs.items()}
        return [*made, resource("pulumi:pulumi:Stack", "test-dev", **outputs)]

    def _context(self, today: date) -> Context:
        """The run, with the config that the program reads."""
        read = [each for declared in self.resources for each in values(declared.inputs) if isinstance(each, Setting)]
        return Context(
            project="test",
            stack="dev",
            config={f"test:{setting.key}": setting.value for setting in read},
            config_secret_keys=frozenset(f"test:{setting.key}" for setting in read if setting.is_secret),
            today=today,
        )


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that a policy meets a control: a program that fails it, and one that passes, under a config."""

    config: Mapping[str, Any]
    failing: Program
    passing: Program


@dataclass(frozen=True, slots=True)
class Case:
    """What shows a policy at work under a config: a faulty program and the corrected one, and a proof a control."""

    config: Mapping[str, Any]
    faulty: Program
    corrected: Program
    controls: Mapping[str, Proof]


@cache
def cases() -> Mapping[str, Case]:
    """The cases, by the ids of the policies."""
    return {file.stem: read(file.read_text()) for file in sorted(FOLDER.glob("*.yaml"))}


def read(text: str) -> Case:
    """A case from its YAML text; raises yaml.YAMLError where a key occurs twice."""
    content: dict[str, Any] = yaml.load(text, Loader)
    controls = {
        # Without programs of its own, a control is proved by those of the policy.
        control: Proof(
            proof.get("config", content.get("config", {})),
            program(proof.get("failing", content["faulty"])),
            program(proof.get("passing", content["corrected"])),
        )
        for control, proof in content.get("controls", {}).items()
    }
    return Case(content.get("config", {}), program(content["faulty"]), program(content["corrected"]), controls)


def program(content: Mapping[str, Any]) -> Program:
    """A program from the content of a YAML file: resources by type and name, and the outputs."""
    resources = {tuple(key.split(" ", 1)): inputs for key, inputs in content.items() if key != _OUTPUTS}
    declared = tuple(Declared(type_, name, inputs) for (type_, name), inputs in resources.items())
    return Program(declared, content.get(_OUTPUTS, {}))


def values(raw: Any) -> Iterator[Any]:
    """Every value that is neither a map nor a list, at any depth; what a JSON document is made of comes behind it."""
    for each in raw.values() if isinstance(raw, Mapping) else raw:
        if isinstance(each, Mapping | list):
            yield from values(each)
        else:
            yield each
            if isinstance(each, Json):
                yield from values(each.content)


def _sent(value: Any, first: Mapping[str, Resource]) -> Any:
    """A value as the engine sends it."""
    match value:
        case Ref():
            return ref(first[value.name])
        case Setting():
            return Secret(value.value) if value.is_secret else value.value
        case Json(references=[]):
            return json.dumps(value.content)
        case Json():
            # One unknown part makes the whole document unknown.
            return ref([first[each.name] for each in value.references])
        case Mapping():
            return {key: _sent(each, first) for key, each in value.items()}
        case list():
            return [_sent(each, first) for each in value]
        case _:
            return value


class Loader(yaml.SafeLoader):
    """Reads YAML with the tags of this module, in which no key may occur twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A map; raises yaml.YAMLError where a key occurs twice."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} occurs twice", node.start_mark)
        return super().construct_mapping(node, deep)

    def reference(self, node: yaml.ScalarNode) -> Ref:
        """What `!ref NAME.OUTPUT` stands for."""
        name, _, output = self.construct_scalar(node).partition(".")
        return Ref(name, output)

    def setting(self, node: yaml.ScalarNode) -> Setting:
        """What `!config KEY` and `!secret KEY` stand for."""
        return Setting(self.construct_scalar(node), is_secret=node.tag == "!secret")

    def document(self, node: yaml.Node) -> Json:
        """What `!json CONTENT` stands for; raises yaml.YAMLError where it holds config or another document."""
        content: Any
        if isinstance(node, yaml.SequenceNode):
            content = self.construct_sequence(node, deep=True)
        else:
            assert isinstance(node, yaml.MappingNode)
            content = self.construct_mapping(node, deep=True)
        if any(isinstance(value, Setting | Json) for value in values(content)):
            problem = "a !json document takes plain values and !ref only"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return Json(content)


Loader.add_constructor("!ref", Loader.reference)
Loader.add_constructor("!config", Loader.setting)
Loader.add_constructor("!secret", Loader.setting)
Loader.add_constructor("!json", Loader.document)
