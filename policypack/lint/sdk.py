"""
What the Pulumi SDKs of a Python environment have, read from their source without importing it.

The SDKs of providers are generated: one file a resource or function, `__all__` in each, all inputs in the signature of
`_internal_init` (resources) or of `__init__` (Args classes), and `XArgsDict` beside each `XArgs`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ALL: Final = re.compile(r"^__all__ = \[([^\]]*)\]", re.MULTILINE)
_QUOTED: Final = re.compile(r"['\"](\w+)['\"]")
_NEXT: Final = re.compile(r"^(?:class |def |async def |@|if |[A-Za-z_]\w* ?[:=])", re.MULTILINE)
_REQUIRED: Final = re.compile(r"^ +if (\w+) is None and not opts\.urn:$", re.MULTILINE)
_ARGS: Final = re.compile(r"['\"](\w+Args)['\"]")
_MEMBER: Final = re.compile(r"^    (?:def |async def |class )?(\w+)(?=\(|:| =)", re.MULTILINE)
_BASES: Final = re.compile(r"^class \w+(?:\(([^)]*)\))?:")


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    A parameter of a resource, an Args class or a function.

    :param is_required: whether a call without it raises.
    :param is_list: whether it takes a list.
    :param args: the names of the Args classes that it takes, or lists or maps of; empty where it takes none.
    """

    name: str
    is_required: bool
    is_list: bool = False
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """
    What a class or function of an SDK takes.

    :param module: the full name of the module that it is in.
    :param is_open: whether it takes any keyword.
    """

    name: str
    module: str
    parameters: dict[str, Parameter]
    is_resource: bool = False
    is_open: bool = False


class Sdk:
    """The SDKs in one folder of installed packages. Answers are remembered."""

    def __init__(self, packages: Path) -> None:
        """
        :param packages: a `site-packages` folder.
        """
        self._packages = packages
        self._names: dict[str, frozenset[str] | None] = {}
        self._found: dict[str, str] = {}
        self._signatures: dict[str, Signature | None] = {}
        self._members: dict[str, frozenset[str] | None] = {}

    def has_package(self, name: str) -> bool:
        """Whether a package is installed."""
        return (self._packages / name / "__init__.py").is_file()

    def names(self, module: str) -> frozenset[str] | None:
        """The names that a module has; None where that cannot be told, or there is no such module."""
        if module not in self._names:
            self._names[module] = self._read_names(module)
        return self._names[module]

    def missing(self, full_name: str) -> tuple[str, str] | None:
        """
        The first part of a dotted name that the SDK does not have, after the part that it has.

        None where all is there, or where it cannot be told, as beyond a class that is no enumeration.
        """
        owner, *rest = full_name.split(".")
        for name in rest:
            names = self.names(owner) or self._values(owner)
            if names is None:
                return None
            if name not in names:
                return owner, name
            owner = f"{owner}.{name}"
        return None

    def signature(self, full_name: str) -> Signature | None:
        """What a class or function takes; None where it is neither, or cannot be read."""
        if full_name not in self._signatures:
            self._signatures[full_name] = self._read_signature(full_name)
        return self._signatures[full_name]

    def members(self, full_name: str) -> frozenset[str] | None:
        """The names that instances of a class have; None where that cannot be told."""
        if full_name not in self._members:
            self._members[full_name] = self._read_members(full_name)
        return self._members[full_name]

    def _read_members(self, full_name: str) -> frozenset[str] | None:
        source = self._source(full_name)
        bases = _BASES.match(source)
        if not bases or "__getattr__" in source:
            return None
        found = frozenset(_MEMBER.findall(source)) | _set_in(source)
        for base in filter(None, (each.strip() for each in (bases[1] or "").split(","))):
            module = full_name.rpartition(".")[0]
            inherited = self.members(base if "." in base else f"{module}.{base}")
            if inherited is None:
                return None
            found |= inherited
        return found

    def _values(self, full_name: str) -> frozenset[str] | None:
        """The names that an enumeration has; None for anything else."""
        source = self._source(full_name)
        bases = _BASES.match(source)
        if not bases or "Enum" not in (bases[1] or ""):
            return None
        return frozenset(_MEMBER.findall(source)).union(("__members__",))

    def _read_names(self, module: str) -> frozenset[str] | None:
        path = self._packages.joinpath(*module.split("."))
        file = path / "__init__.py"
        if not file.is_file():
            file = path.with_suffix(".py")
        text = _text(file)
        tree = _parsed(text)
        # A module that changes its own class has whatever that has.
        if not text or tree is None or "__class__ = " in text:
            return None
        names = set(_defined(tree.body))
        if "__getattr__" in names:
            return None
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level == 1 and node.names[0].name == "*":
                listed = self._listed(path, node.module or "")
                if listed is None:
                    return None
                names |= listed
        if file.name == "__init__.py":
            names.update(each.stem for each in path.iterdir() if each.is_dir() or each.suffix in (".py", ".so", ".pyi"))
        return frozenset(names)

    def _listed(self, package: Path, module: str) -> frozenset[str] | None:
        """The names that `from .module import *` brings."""
        file = package / f"{module}.py"
        text = _text(file if file.is_file() else package / module / "__init__.py")
        if match := _ALL.search(text):
            return frozenset(_QUOTED.findall(match[1]))
        return None

    def _read_signature(self, full_name: str) -> Signature | None:
        module, _, name = full_name.rpartition(".")
        source = self._source(full_name)
        tree = _parsed(source)
        if tree is None or not tree.body:
            return None
        match tree.body[0]:
            case ast.ClassDef(body=body):
                methods = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
                function = methods.get("_internal_init") or methods.get("__init__")
                is_resource = "_internal_init" in methods
            case ast.FunctionDef() as function:
                is_resource = False
            case _:
                return None
        if function is None:
            return None
        required = frozenset(_REQUIRED.findall(source)) if is_resource else None
        parameters = {parameter.name: parameter for parameter in _parameters(function, required)}
        return Signature(name, module, parameters, is_resource, is_open=function.args.kwarg is not None)

    def _source(self, full_name: str) -> str:
        """The source of a class or function of a package, without its decorators; empty where it is not found."""
        if full_name not in self._found:
            module, _, name = full_name.rpartition(".")
            folder = self._packages.joinpath(*module.split("."))
            self._found[full_name] = next(filter(None, (_slice(text, name) for text in _texts(folder, name))), "")
        return self._found[full_name]


def _texts(folder: Path, name: str) -> Iterator[str]:
    """The texts of a package's files, those first in which a class or function most likely is."""
    if not folder.is_dir():
        yield _text(folder.with_suffix(".py"))
        return
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower().removesuffix("_args")
    first = [f"{snake}.py", f"{snake.removesuffix('_output')}.py", "_inputs.py"]
    if name.endswith("Args") and not (folder / first[0]).is_file():
        first.reverse()
    others = sorted(each.name for each in folder.glob("*.py"))
    for file in dict.fromkeys((*first, *others)):
        yield _text(folder / file)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _slice(text: str, name: str) -> str:
    """The source of a top-level class or function within a text; empty where it is not there."""
    for head in (f"\nclass {name}(", f"\nclass {name}:", f"\ndef {name}("):
        start = text.find(head) + 1
        # Of several signatures, one would be taken for all.
        if start and not text.endswith("@overload\n", 0, start):
            end = _NEXT.search(text, start + len(head))
            return text[start : end.start() if end else len(text)]
    return ""


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (MemoryError, RecursionError, SyntaxError, ValueError):
        return None


def _defined(body: Iterable[ast.stmt]) -> Iterator[str]:
    """The names that the statements of a module bind, those within `if` and `try` included."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
            case ast.If(body=inner, orelse=other):
                yield from _defined((*inner, *other))
            case ast.Try(body=inner, orelse=other, handlers=handlers, finalbody=final):
                handled = (each for handler in handlers for each in handler.body)
                yield from _defined((*inner, *other, *handled, *final))


def _set_in(source: str) -> frozenset[str]:
    """The attributes that a class sets on itself."""
    return frozenset(re.findall(r"(?:self|__self__)\.(\w+)(?:: [^=\n]+)? = ", source))


def _parameters(function: ast.FunctionDef, required: frozenset[str] | None) -> Iterator[Parameter]:
    """
    The parameters of a function or method, without its own object.

    :param required: the names of those that are required; None where those are that have no default.
    """
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [
        *[None] * (len(positional) - len(arguments.defaults)),
        *arguments.defaults,
        *arguments.kw_defaults,
    ]
    for argument, default in zip((*positional, *arguments.kwonlyargs), defaults, strict=True):
        if argument.arg in ("self", "cls", "__self__", "__props__"):
            continue
        is_required = argument.arg in required if required is not None else default is None
        annotation = ast.unparse(argument.annotation) if argument.annotation else ""
        is_list = annotation.startswith(("pulumi.Input[Optional[Sequence[", "pulumi.Input[Sequence["))
        yield Parameter(argument.arg, is_required, is_list, tuple(_ARGS.findall(annotation)))
