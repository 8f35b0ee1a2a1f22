"""What to add to a program, in its language: resources and parts of documents, with outputs of other resources."""

from __future__ import annotations

import json
import keyword
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, NamedTuple

from policypack.model import Resource

_WIDTH: Final = 88
"""Characters of a line: the engine indents messages by ten and does not wrap them."""
_INDENT: Final = 4
_WORD: Final = re.compile(r"[A-Za-z0-9]+")
_BEFORE_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BARE: Final = re.compile(r"[A-Za-z](?:[\w./:-]*\w)?")
"""Texts that YAML takes as they are; YAML's own words are quoted."""
_YAML_WORDS: Final = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))
_MODULES: Final = ("aws", "pulumi")
"""What programs call the SDKs that the code uses."""
_NAMES: Final[Mapping[str, str]] = {"python": "Python", "typescript": "TypeScript", "yaml": "Pulumi YAML"}


class Output(NamedTuple):
    """
    An output of a resource, and what follows it in a text.

    :param name: the output's name, as in `executionArn`.
    :param shown: what stands for the output where no program is shown.
    """

    resource: Resource
    name: str
    shown: str
    after: str = ""

    def __str__(self) -> str:
        return f"{self.shown}{self.after}"


class Document(NamedTuple):
    """A JSON document: a map, which may have outputs in it."""

    content: Mapping[str, Any]


@dataclass(frozen=True)
class Declaration:
    """
    A resource to add.

    :param type: its type as TypeScript has it, such as `aws.sqs.QueuePolicy`.
    :param inputs: camelCase names to texts, Output and Document.
    """

    type: str
    name: str
    inputs: Mapping[str, Any]


Code = Declaration | Mapping[str, Any]
"""A resource to declare, or a part of a document to add: maps and lists of texts and Output."""


def as_json(content: Any) -> str:
    """A part of a document in one line of JSON, with what is shown of outputs."""
    return json.dumps(_without_outputs(content))


def _without_outputs(content: Any) -> Any:
    if isinstance(content, Output):
        return str(content)
    if isinstance(content, Mapping):
        return {key: _without_outputs(each) for key, each in content.items()}
    return [_without_outputs(each) for each in content] if isinstance(content, list) else content


def in_program(user: Resource, code: Iterable[Code]) -> str:
    """
    Resources to declare, or parts of a document to add, as lines in the language of a resource's program.

    A program in a language that is not known, or for which there is no form here, gets Pulumi YAML.
    """
    program = user.context.program
    code = list(code)
    writer = _WRITERS.get(program.language if program else "", _Yaml)(_named(code))
    lines = [line for each in code for line in writer.lines(each)]
    names = f", with {writer.stands_for}" if any(_outputs(code)) else ""
    return "\n".join((f"In {_NAMES[writer.language]}{names}:", *lines))


def _named(code: Iterable[Any]) -> dict[str, str]:
    """The words by which a program may call the resources whose outputs it uses, by URN: different ones."""
    used = {each.resource.urn: each.resource for each in _outputs(code)}
    words = {urn: _words(resource.name) for urn, resource in used.items()}
    counts = Counter(words.values()) + Counter(_MODULES)
    told = {
        urn: words[urn] if counts[words[urn]] == 1 else f"{words[urn]} {_words(resource.type.rpartition(':')[2])}"
        for urn, resource in used.items()
    }
    numbers = {text: count(1) for text in told.values()}
    return {urn: text if (number := next(numbers[text])) == 1 else f"{text} {number}" for urn, text in told.items()}


def _words(name: str) -> str:
    found = _BEFORE_CAPITAL.sub(" ", " ".join(_WORD.findall(name))).lower()
    return found if found[:1].isalpha() else f"the {found}".rstrip()


def _outputs(code: Any) -> Iterator[Output]:
    if isinstance(code, Output):
        yield code
    elif isinstance(code, Declaration):
        yield from _outputs(code.inputs)
    elif isinstance(code, Document):
        yield from _outputs(code.content)
    elif isinstance(code, Mapping):
        yield from _outputs(code.values())
    elif isinstance(code, Iterable) and not isinstance(code, str):
        for each in code:
            yield from _outputs(each)


class _Group(NamedTuple):
    """Items between brackets: in one line where they fit, one to a line otherwise."""

    opening: str
    items: Sequence[tuple[str, _Text]]
    closing: str
    padding: str = ""

    def __str__(self) -> str:
        padding = self.padding if self.items else ""
        return (
            f"{self.opening}{padding}{', '.join(f'{start}{code}' for start, code in self.items)}{padding}{self.closing}"
        )


_Text = str | _Group


def _laid_out(code: _Text, indent: int = 0, taken: int = 0) -> str:
    """Code within the width, `taken` characters of which are for what else stands in its line."""
    if isinstance(code, str) or not code.items or indent + taken + len(str(code)) <= _WIDTH:
        return str(code)
    inner = indent + _INDENT
    items = (f"{' ' * inner}{start}{_laid_out(item, inner, len(start) + 1)}," for start, item in code.items)
    return "\n".join((code.opening, *items, f"{' ' * indent}{code.closing}"))


class _Writer(ABC):
    """Writes code in one language."""

    language: str
    stands_for = "each resource in a variable of its name"

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words

    @abstractmethod
    def lines(self, code: Code) -> list[str]:
        """A declaration, or a part of a document, as lines."""


class _Brackets(_Writer):
    """Writes a language in which maps and lists have brackets."""

    concat: str
    to_json: str
    padding = ""

    def lines(self, code: Code) -> list[str]:
        if isinstance(code, Declaration):
            return _laid_out(self.declaration(code)).split("\n")
        return f"{_laid_out(self.value(code), taken=1)},".split("\n")

    def value(self, value: Any) -> _Text:
        """A value of an input or a document."""
        if isinstance(value, Output):
            named = f"{self.variable(self._words[value.resource.urn])}.{self.name(value.name)}"
            return f"{self.concat}({named}, {json.dumps(value.after)})" if value.after else named
        if isinstance(value, Document):
            return self.map(value.content)._replace(opening=f"{self.to_json}({{", closing="})")
        if isinstance(value, Mapping):
            return self.map(value)
        if isinstance(value, list):
            return _Group("[", [("", self.value(each)) for each in value], "]")
        return json.dumps(value)

    def map(self, entries: Mapping[str, Any]) -> _Group:
        return _Group("{", [(self.key(key), self.value(each)) for key, each in entries.items()], "}", self.padding)

    @abstractmethod
    def declaration(self, code: Declaration) -> _Group: ...

    @abstractmethod
    def key(self, key: str) -> str: ...

    @abstractmethod
    def name(self, name: str) -> str: ...

    @abstractmethod
    def variable(self, words: str) -> str: ...


class _Python(_Brackets):
    language = "python"
    concat, to_json = "pulumi.Output.concat", "pulumi.Output.json_dumps"

    def declaration(self, code: Declaration) -> _Group:
        inputs = [(f"{self.name(key)}=", self.value(value)) for key, value in code.inputs.items()]
        opening = f"{code.type.replace('.lambda.', '.lambda_.')}("
        return _Group(opening, [("", json.dumps(code.name)), *inputs], ")")

    def key(self, key: str) -> str:
        return f"{json.dumps(key)}: "

    def name(self, name: str) -> str:
        return _BEFORE_CAPITAL.sub("_", name).lower()

    def variable(self, words: str) -> str:
        name = words.replace(" ", "_")
        return f"{name}_" if keyword.iskeyword(name) else name


class _TypeScript(_Brackets):
    language = "typescript"
    concat, to_json = "pulumi.concat", "pulumi.jsonStringify"
    padding = " "

    def declaration(self, code: Declaration) -> _Group:
        inputs = [(self.key(key), self.value(value)) for key, value in code.inputs.items()]
        return _Group(f"new {code.type}({json.dumps(code.name)}, {{", inputs, "});", " ")

    def key(self, key: str) -> str:
        return f"{key if key.isidentifier() else json.dumps(key)}: "

    def name(self, name: str) -> str:
        return name

    def variable(self, words: str) -> str:
        first, *others = words.split()
        name = f"{first}{''.join(map(str.capitalize, others))}"
        return f"{name}_" if _RESERVED.fullmatch(name) else name


_RESERVED: Final = re.compile(
    "await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|"
    "function|if|import|in|instanceof|let|new|null|return|static|super|switch|this|throw|true|try|typeof|var|void|"
    "while|with|yield"
)


class _Yaml(_Writer):
    language = "yaml"
    stands_for = "each resource by its name"

    def lines(self, code: Code) -> list[str]:
        if isinstance(code, Declaration):
            code = {code.name: {"type": code.type.replace(".", ":"), "properties": code.inputs}}
            return list(self._block(code))
        return [f"{'  ' if index else '- '}{line}" for index, line in enumerate(self._block(code))]

    def _block(self, value: Mapping[str, Any]) -> Iterator[str]:
        for key, each in value.items():
            yield from self._entry(f"{self._text(key)}:", each)

    def _entry(self, start: str, value: Any) -> Iterator[str]:
        if isinstance(value, Document):
            value = {"fn::toJSON": value.content}
        if isinstance(value, Mapping):
            yield start
            yield from (f"  {line}" for line in self._block(value))
        elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
            yield start
            for each in value:
                yield from (f"  {line}" for line in self.lines(each))
        elif isinstance(value, list):
            # Braces end a text within brackets.
            texts = (json.dumps(text) if (text := self._text(each)).startswith("$") else text for each in value)
            yield f"{start} [{', '.join(texts)}]"
        else:
            yield f"{start} {self._text(value)}"

    def _text(self, value: Any) -> str:
        if isinstance(value, Output):
            return f"${{{value.resource.name}.{value.name}}}{value.after}"
        if _BARE.fullmatch(value) and value.lower() not in _YAML_WORDS:
            return str(value)
        return json.dumps(value.replace("${", "$${"))


_WRITERS: Final[Mapping[str, type[_Writer]]] = {"python": _Python, "typescript": _TypeScript}
