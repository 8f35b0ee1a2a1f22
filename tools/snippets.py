"""Programs as people write them, in Python and in TypeScript."""

from __future__ import annotations

import importlib
import json
import keyword
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pulumi import _types

from tools import sdk_schema
from tools.cases import Declared, Json, Program, Ref, Setting, values
from tools.sdk_schema import Shape

WIDTH: Final = 100
_INDENT: Final = 4
_TOKEN: Final = re.compile(r"aws:(\w+)/\w+:(\w+)")


@dataclass(frozen=True, slots=True)
class _Group:
    """
    Items between brackets: in one line where they fit, one to a line otherwise.

    :param items: each with what stands before it: `name=`, `"key": `.
    :param padding: what is between the brackets and the items of one line.
    :param comma: what follows the last of several lines.
    """

    opening: str
    items: tuple[tuple[str, _Code], ...]
    closing: str
    padding: str = ""
    comma: str = ","

    def __str__(self) -> str:
        padding = self.padding if self.items else ""
        items = ", ".join(f"{before}{code}" for before, code in self.items)
        return f"{self.opening}{padding}{items}{padding}{self.closing}"


_Code = str | _Group


def _laid_out(code: _Code, indent: int = 0, taken: int = 0) -> str:
    """Code within the width, `taken` characters of which are for what else stands in its line."""
    if isinstance(code, str) or not code.items or indent + taken + len(str(code)) <= WIDTH:
        return str(code)
    inner = indent + _INDENT
    items = (
        " " * inner + before + _laid_out(item, inner, len(before + code.comma)) + code.comma
        for before, item in code.items
    )
    return "\n".join([code.opening, *items, " " * indent + code.closing])


class Language(ABC):
    """Writes programs in a language."""

    name: str
    """What Markdown knows the language by."""
    config: str
    """The statement that makes the variable `config`."""
    padding: str
    """What is between the braces and the content of a map in one line."""

    def snippet(self, program: Program) -> str:
        """The program; each resource that another one refers to has a variable."""
        used = list(values([*(declared.inputs for declared in program.resources), program.outputs]))
        unnamed = {value.name for value in used if isinstance(value, Ref)}
        types: dict[str, str] = {}
        statements = [self.config] if any(isinstance(value, Setting) for value in used) else []
        for declared in program.resources:
            shapes = sdk_schema.inputs(declared.type)
            inputs = {name: self._value(value, shapes[name], types) for name, value in declared.inputs.items()}
            statements.append(_laid_out(self.declaration(declared, inputs, declared.name in unnamed)))
            # A reference is to the first resource of its name.
            unnamed.discard(declared.name)
            types.setdefault(declared.name, declared.type)
        exports = (self.export(name, self._value(value, None, types)) for name, value in program.outputs.items())
        return "\n".join([*statements, *map(_laid_out, exports), ""])

    def _value(self, value: Any, shape: Shape | None, types: Mapping[str, str]) -> _Code:
        """A value: of the given shape, or in a JSON document where there is none."""
        match value:
            case Ref():
                return self.reference(value, types[value.name])
            case Setting():
                return self.setting(value)
            case Json():
                content = self._value(value.content, None, types)
                assert isinstance(content, _Group)
                return self.document(content, bool(value.references))
            case list():
                element = shape.element if shape else None
                return _Group("[", tuple(("", self._value(each, element, types)) for each in value), "]")
            case dict():
                entries = (
                    (f"{self.key(key, shape)}: ", self._value(each, shape.step(key) if shape else None, types))
                    for key, each in value.items()
                )
                return _Group("{", tuple(entries), "}", self.padding)
            case _:
                return self.constant(value)

    @abstractmethod
    def declaration(self, declared: Declared, inputs: Mapping[str, _Code], is_named: bool) -> _Code:
        """The statement that makes a resource, with a variable where it is to have one."""

    @abstractmethod
    def export(self, name: str, value: _Code) -> _Code:
        """The statement that makes an output of the stack."""

    @abstractmethod
    def reference(self, value: Ref, type_: str) -> str:
        """An output of a resource of the given type."""

    @abstractmethod
    def setting(self, value: Setting) -> str:
        """A value of the stack's config."""

    @abstractmethod
    def document(self, content: _Group, has_outputs: bool) -> _Code:
        """A JSON document, which is made from outputs of resources or from plain values."""

    @abstractmethod
    def key(self, key: str, shape: Shape | None) -> str:
        """A key of a map of the given shape, as it is written."""

    @abstractmethod
    def constant(self, value: Any) -> str:
        """A string, number or truth value."""


class _Python(Language):
    name = "python"
    config = "config = pulumi.Config()"
    padding = ""

    def declaration(self, declared: Declared, inputs: Mapping[str, _Code], is_named: bool) -> _Code:
        module, class_ = _class_of(declared.type)
        names = _python_names(declared.type)
        made = f"aws.{_python_module(module)}.{class_}("
        arguments = (("", json.dumps(declared.name)), *((f"{names[name]}=", code) for name, code in inputs.items()))
        return _Group(f"{_snake(declared.name)} = {made}" if is_named else made, arguments, ")")

    def export(self, name: str, value: _Code) -> _Code:
        return _Group("pulumi.export(", (("", json.dumps(name)), ("", value)), ")")

    def reference(self, value: Ref, type_: str) -> str:
        return f"{_snake(value.name)}.{_python_names(type_)[value.output]}"

    def setting(self, value: Setting) -> str:
        return f"config.require{'_secret' * value.is_secret}({json.dumps(value.key)})"

    def document(self, content: _Group, has_outputs: bool) -> _Code:
        return _Group("pulumi.Output.json_dumps(" if has_outputs else "json.dumps(", (("", content),), ")", comma="")

    def key(self, key: str, shape: Shape | None) -> str:
        names = _types.input_type_py_to_pulumi_names(shape.args) if shape and shape.args else {}
        return json.dumps(next((python for python, name in names.items() if name == key), key))

    def constant(self, value: Any) -> str:
        if isinstance(value, bool):
            return str(value)
        code = json.dumps(value, ensure_ascii=False)
        # As ruff formats it: with the quotes that need fewer escapes.
        return f"'{value}'" if isinstance(value, str) and '\\"' in code and not set("'\\") & set(value) else code


class _TypeScript(Language):
    name = "typescript"
    config = "const config = new pulumi.Config();"
    padding = " "

    def declaration(self, declared: Declared, inputs: Mapping[str, _Code], is_named: bool) -> _Code:
        made = f"new aws.{'.'.join(_class_of(declared.type))}({json.dumps(declared.name)}"
        made = f"const {_camel(declared.name)} = {made}" if is_named else made
        properties = tuple((f"{name}: ", code) for name, code in inputs.items())
        return _Group(f"{made}, {{", properties, "});", self.padding) if properties else f"{made});"

    def export(self, name: str, value: _Code) -> _Code:
        return f"export const {name} = {value};"

    def reference(self, value: Ref, type_: str) -> str:  # noqa: ARG002 - the names are those of the engine
        return f"{_camel(value.name)}.{value.output}"

    def setting(self, value: Setting) -> str:
        return f"config.require{'Secret' * value.is_secret}({json.dumps(value.key)})"

    def document(self, content: _Group, has_outputs: bool) -> _Code:
        stringify = "pulumi.jsonStringify" if has_outputs else "JSON.stringify"
        return _Group(f"{stringify}({content.opening}", content.items, f"{content.closing})", content.padding)

    def key(self, key: str, shape: Shape | None) -> str:  # noqa: ARG002
        return key if re.fullmatch(r"[A-Za-z_$][\w$]*", key) else json.dumps(key)

    def constant(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)


PYTHON: Final[Language] = _Python()
TYPESCRIPT: Final[Language] = _TypeScript()


def _class_of(token: str) -> tuple[str, str]:
    """The module and the class of a type: `aws:ec2/securityGroup:SecurityGroup` is `ec2.SecurityGroup`."""
    match = _TOKEN.fullmatch(token)
    if not match:
        raise ValueError(f"{token!r} is no type of AWS")
    return match[1], match[2]


def _python_module(module: str) -> str:
    return f"{module}_" if keyword.iskeyword(module) else module


@cache
def _python_names(token: str) -> Mapping[str, str]:
    """The names of a resource's inputs and outputs in Python, by those that the engine knows them by."""
    module, class_ = _class_of(token)
    members = vars(getattr(importlib.import_module(f"pulumi_aws.{_python_module(module)}"), class_))
    getters: dict[str, Any] = {name: getattr(member, "fget", None) for name, member in members.items()}
    names = {getter._pulumi_name: name for name, getter in getters.items() if hasattr(getter, "_pulumi_name")}
    return {**names, "id": "id"}


def _snake(name: str) -> str:
    return name.replace("-", "_")


def _camel(name: str) -> str:
    first, *others = name.split("-")
    return first + "".join(word.capitalize() for word in others)
