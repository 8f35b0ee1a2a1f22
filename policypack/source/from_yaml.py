"""
Makes the common form of a Pulumi YAML program (see expression.py): https://www.pulumi.com/docs/iac/languages-sdks/yaml/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import yaml

from policypack.source.budget import Budget, BudgetExceededError
from policypack.source.expression import (
    Attribute,
    Call,
    Constant,
    Elements,
    Entries,
    Expression,
    Imported,
    Item,
    Module,
    Name,
    Opaque,
    Otherwise,
    Scope,
    Spread,
    Text,
)

_DEEPEST: Final = 100
"""How deep it may be nested: the parser takes the square of that."""
_CONSTANTS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}
_OTHER_NUMBER: Final = re.compile(
    r"[-+]?(?:0[box][\da-f_]*|\d[\d_]*(?:\.[\d_]*)?(?:e[-+]?\d*)?|\.\d[\d_]*(?:e[-+]?\d*)?|\.inf)|\.nan", re.IGNORECASE
)
"""A plain scalar that is, or may be, a number, but one that is not written as in JSON."""
_WHOLE: Final = re.compile(r"0|[1-9][0-9]*")
_BOOLEANS: Final = frozenset({"yes", "no", "on", "off", "y", "n"})
"""Plain scalars that are booleans in one version of YAML and texts in another."""
_TAGS: Final = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_INSERTION: Final = re.compile(r"\$\$\{|\$\{([^{}]{1,500})\}")
_STEP: Final = re.compile(r"""\.?([A-Za-z_$][\w$-]*)|\[(\d{1,6})\]|\["([^"\]]*)"\]""")
_ABOUT_RUN: Final = {"stack": "getStack", "project": "getProject", "organization": "getOrganization"}
_GETTERS: Final = {"integer": "getInt", "number": "getNumber", "boolean": "getBool", "int": "getInt"}


def module_of(file: str, text: str, budget: Budget) -> Module:
    """
    What a YAML program says; nothing where the file is none.

    :param file: its name, as in Place.
    :raises BudgetExceededError: where it takes too long, or is nested too deeply.
    :raises ValueError: where it is no YAML.
    """
    reader = _Reader(file, budget)
    try:
        events = yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        root = next((reader.node(event, events) for event in events if isinstance(event, yaml.NodeEvent)), None)
    except yaml.YAMLError as error:
        raise ValueError(f"{file} is no YAML") from error
    for key, value in _entries(root):
        if read := _SECTIONS.get(key):
            for name, entry in _entries(value):
                read(reader, name, entry)
    return Module(file, [reader.scope])


def _entries(value: Expression | None) -> Iterator[tuple[str, Expression]]:
    for key, entry in value.entries if isinstance(value, Entries) else ():
        if isinstance(key, Constant):
            yield str(key.value), entry


def _entry(value: Expression, name: str) -> Expression | None:
    return next((entry for key, entry in _entries(value) if key == name), None)


def _constant(value: Expression | None) -> str:
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else ""


def _function(line: int, module: str, name: str, *arguments: Expression) -> Call:
    return Call(line, Attribute(line, Imported(line, (), module), name), arguments)


class _Reader:
    """Reads one file."""

    def __init__(self, file: str, budget: Budget) -> None:
        self._budget = budget
        self._anchors: dict[str, Expression] = {}
        self._depth = 0
        self.scope = Scope("module", file, None)

    # What the file has

    def node(self, event: yaml.Event, events: Iterator[yaml.Event], line: int = 0) -> Expression:
        """
        What begins with an event.

        :param line: that of its key, where a block begins in the line below.
        """
        self._budget.spend(1)
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BudgetExceededError
        own = event.start_mark.line + 1 if event.start_mark else line
        found: Expression
        if isinstance(event, yaml.ScalarEvent):
            found = self._scalar(event, own)
        elif isinstance(event, yaml.MappingStartEvent):
            found = self._mapping(events, own if event.flow_style else line or own)
        elif isinstance(event, yaml.SequenceStartEvent):
            found = self._sequence(events, own if event.flow_style else line or own)
        else:
            found = Opaque(own)
            if isinstance(event, yaml.AliasEvent) and event.anchor:
                found = self._anchors.get(event.anchor, found)
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            if event.tag and event.tag not in _TAGS:
                # A tag says that it is something else than it looks like.
                found = Opaque(own)
            if event.anchor:
                self._anchors[event.anchor] = found
        self._depth -= 1
        return found

    def _sequence(self, events: Iterator[yaml.Event], line: int) -> Expression:
        elements = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            elements.append(self.node(event, events))
        return Elements(line, tuple(elements))

    def _mapping(self, events: Iterator[yaml.Event], line: int) -> Expression:
        # What is written down goes before what is merged, wherever it stands.
        merges: list[tuple[Expression | None, Expression]] = []
        entries: list[tuple[Expression | None, Expression]] = []
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self.node(event, events)
            value = self.node(next(events), events, key.line)
            if isinstance(key, Constant) and key.value == "<<":
                merges.append((None, Spread(value.line, value)))
            else:
                # Whether `${name}` in a key is a reference or a text is not known.
                entries.append((key if isinstance(key, Constant) else Opaque(key.line), value))
        entries = [*merges, *entries]
        if len(entries) == 1:
            [(only, value)] = entries
            if _constant(only).lower().startswith("fn::"):
                return self._builtin(line, _constant(only)[4:], value)
        return Entries(line, tuple(entries))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> Expression:
        text = event.value
        if event.style is None or event.style == "":
            lower = text.lower()
            if lower in _CONSTANTS and text in (lower, lower.title(), text.upper()):
                return Constant(line, _CONSTANTS[lower])
            digits = text.removeprefix("-")
            if len(text) < 16 and _WHOLE.fullmatch(digits):
                return Constant(line, int(text))
            if lower in _CONSTANTS or lower in _BOOLEANS or _OTHER_NUMBER.fullmatch(text):
                return Opaque(line)
        parts: list[Expression] = []
        end = 0
        for found in _INSERTION.finditer(text):
            parts.append(Constant(line, text[end : found.start()]))
            parts.append(self._reference(line, found[1]) if found[1] else Constant(line, "${"))
            end = found.end()
        parts.append(Constant(line, text[end:]))
        told = [part for part in parts if not isinstance(part, Constant) or part.value != ""]
        if len(told) == 1:
            return told[0]
        return Text(line, tuple(told)) if told else Constant(line, "")

    def _reference(self, line: int, written: str) -> Expression:
        """What `name.property[0]["key"]` means."""
        found: Expression | None = None
        end = 0
        for step in _STEP.finditer(written.strip()):
            if step.start() != end:
                return Opaque(line)
            end = step.end()
            if found is None:
                found = Name(line, step[1]) if step[1] else Opaque(line)
            elif step[1]:
                found = Attribute(line, found, step[1])
            else:
                found = Item(line, found, Constant(line, int(step[2]) if step[2] else step[3]))
        if found is None or end < len(written.strip()):
            return Opaque(line)
        if isinstance(found, Attribute) and isinstance(found.of, Name) and found.of.name == "pulumi":
            about = _ABOUT_RUN.get(found.name)
            return _function(line, "pulumi", about) if about else Opaque(line)
        return found

    def _builtin(self, line: int, name: str, given: Expression) -> Expression:
        """What a function of the language makes: https://www.pulumi.com/docs/iac/languages-sdks/yaml/yaml-language-reference/#built-in-functions."""
        listed = given.elements if isinstance(given, Elements) else ()
        match name.lower(), listed:
            case "tojson", _:
                return Call(line, Imported(line, (), "json", "dumps"), (given,))
            case "secret", _:
                return _function(line, "pulumi", "secret", given)
            case "join", (between, elements):
                return Call(line, Attribute(line, between, "join"), (elements,))
            case "split", (between, text):
                return Call(line, Attribute(line, text, "split"), (between,))
            case "select", (index, elements):
                return Item(line, elements, index)
            case "invoke", _:
                function = _constant(_entry(given, "function"))
                made = self._invoked(line, function, _entry(given, "arguments") or Entries(line, ()))
                returned = _constant(_entry(given, "return"))
                return Attribute(line, made, returned) if returned else made
        return self._invoked(line, name, given) if ":" in name else Opaque(line)

    def _invoked(self, line: int, token: str, given: Expression) -> Expression:
        callee = _of_library(line, token)
        return Call(line, callee, (given,)) if callee else Opaque(line)

    # What a program has

    def resource(self, name: str, value: Expression) -> None:
        """Reads an entry of `resources`."""
        line = value.line
        callee = _of_library(line, _constant(_entry(value, "type")))
        if not callee:
            self.scope.bind(name, Opaque(line))
            return
        if _entry(value, "get"):
            self.scope.bind(name, Call(line, Attribute(line, callee, "get"), (Constant(line, name),)))
            return
        named = _entry(value, "name") or Constant(line, name)
        call = Call(line, callee, (named, _entry(value, "properties") or Entries(line, ())))
        self.scope.bind(name, self.scope.note_call(call))

    def variable(self, name: str, value: Expression) -> None:
        """Reads an entry of `variables`."""
        self.scope.bind(name, value)

    def setting(self, name: str, value: Expression) -> None:
        """Reads an entry of `config`."""
        line = value.line
        namespace, _, key = name.rpartition(":")
        is_secret = _entry(value, "secret")
        getter = _GETTERS.get(_constant(_entry(value, "type")).lower(), "get")
        if isinstance(is_secret, Constant) and is_secret.value is True:
            getter = "getSecret"
        default = _entry(value, "default")
        if default is None and getter == "get":
            getter = "require"
        settings = _function(line, "pulumi", "Config", *([Constant(line, namespace)] if namespace else []))
        found = Call(line, Attribute(line, settings, getter), (Constant(line, key),))
        self.scope.bind(name, Otherwise(line, found, default) if default else found)


_SECTIONS: Final[Mapping[str, Callable[[_Reader, str, Expression], None]]] = {
    **dict.fromkeys(("config", "configuration"), _Reader.setting),
    "variables": _Reader.variable,
    "resources": _Reader.resource,
}


def _of_library(line: int, token: str) -> Attribute | None:
    """The class or function with a token: `aws:s3:Bucket`, `aws:s3/bucket:Bucket`."""
    package, _, rest = token.partition(":")
    module, _, name = rest.rpartition(":")
    if not package or not name:
        return None
    module = module.partition("/")[0]
    path = f"{package}.{module}" if module not in ("", "index") else package
    return Attribute(line, Imported(line, (), path), name)
