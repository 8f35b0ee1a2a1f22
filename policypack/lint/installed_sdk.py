"""
What the Pulumi SDKs of a Python environment have, read from their source without importing it.

The SDKs of providers are generated: one file a resource or function, `__all__` in each, all inputs in the signature of
`_internal_init` (resources) or of `__init__` (Args classes), and `XArgsDict` beside each `XArgs`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from policypack.lint.sdk import OF_PYTHON, Kind, Sdk, Signature
from policypack.lint.sdk_facts import Property
from policypack.source.values import camel

_ALL: Final = re.compile(r"^__all__ = \[([^\]]*)\]", re.MULTILINE)
_QUOTED: Final = re.compile(r"['\"](\w+)['\"]")
_NEXT: Final = re.compile(r"^(?:class |def |async def |@|if |[A-Za-z_]\w* ?[:=])", re.MULTILINE)
_REQUIRED: Final = re.compile(r"^ +if (\w+) is None and not opts\.urn:$", re.MULTILINE)
_MEMBER: Final = re.compile(r"^    (?:def |async def |class )?(\w+)(?=\(|:| =)", re.MULTILINE)
_BASES: Final = re.compile(r"^class \w+(?:\(([^)]*)\))?:")


_GETTER: Final = re.compile(r"pulumi\.getter\(name='(\w+)'\)")
_SCALARS: Final = {"_builtins.str": "s", "str": "s", "_builtins.bool": "b", "bool": "b"} | dict.fromkeys(
    ("_builtins.int", "int", "_builtins.float", "float"), "n"
)
_WRAPPERS: Final = ("pulumi.Input", "Optional", "pulumi.InputType", "NotRequired")
_LISTS: Final = ("Sequence", "List", "list")
_MAPS: Final = ("Mapping", "Dict", "dict")


_MADE_BY_GENERATOR: Final = "\n    def _internal_init("
"""What the class of each resource has that Pulumi's generator makes, and no other."""


class InstalledSdk(Sdk):
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

    def version(self, package: str) -> str:
        """The version of a package; empty where it is not installed, or does not say."""
        if not (self._packages / package / "__init__.py").is_file():
            return ""
        found = next(iter(sorted(self._packages.glob(f"{package}-*.dist-info"))), None)
        return found.name.removesuffix(".dist-info").rpartition("-")[2] if found else ""

    def names(self, module: str) -> frozenset[str] | None:
        if module not in self._names:
            self._names[module] = self._read_names(module)
        return self._names[module]

    def signature(self, full_name: str) -> Signature | None:
        if full_name not in self._signatures:
            self._signatures[full_name] = self._read_signature(full_name)
        return self._signatures[full_name]

    def kind(self, full_name: str) -> Kind | None:
        source = self._source(full_name)
        if source.startswith("class "):
            return "resource" if _MADE_BY_GENERATOR in source else None
        return "function" if source.startswith("def ") else None

    def members(self, full_name: str) -> frozenset[str] | None:
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

    def values(self, full_name: str) -> frozenset[str] | None:
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
            # A file may have the name of the class in it, which is what its package binds the name to.
            if f"\nclass {path.name}(" in _text(file):
                return None
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
        schema_names: dict[str, str] = {}
        match tree.body[0]:
            case ast.ClassDef(body=body) as node:
                schema_names = schema_names_of(node)
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
        parameters = {parameter.name: parameter for parameter in parameters_of(function, required, schema_names)}
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


def schema_names_of(node: ast.ClassDef) -> dict[str, str]:
    """The names in the provider's schema of the properties of a class, by their names in Python."""
    methods = (each for each in node.body if isinstance(each, ast.FunctionDef))
    return {each.name: found for each in methods if (found := _schema_name(each))}


def _schema_name(method: ast.FunctionDef) -> str:
    """The name in the schema of the property that a method gets; empty where it is no such method."""
    for decorator in map(ast.unparse, method.decorator_list):
        if decorator == "pulumi.getter":
            return method.name
        if match := _GETTER.fullmatch(decorator):
            return match[1]
    return ""


def parameters_of(
    function: ast.FunctionDef, required: frozenset[str] | None, schema_names: Mapping[str, str]
) -> Iterator[Property]:
    """
    The parameters of a function or method, without its own object.

    :param required: the names of those that are required; None where those are that have no default.
    :param schema_names: those in the provider's schema, where they are known (see schema_names_of).
    """
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [
        *[None] * (len(positional) - len(arguments.defaults)),
        *arguments.defaults,
        *arguments.kw_defaults,
    ]
    for index, (argument, default) in enumerate(zip((*positional, *arguments.kwonlyargs), defaults, strict=True)):
        name = argument.arg
        # A rule of a security group has an argument that is called self.
        if name in ("__self__", "__props__") or (index == 0 and name in ("self", "cls")):
            continue
        is_required = name in required if required is not None else default is None
        shape = "a" if name in OF_PYTHON or argument.annotation is None else _shape(argument.annotation)
        yield Property(name, schema_names.get(name) or camel(name), is_required, shape)


def _shape(node: ast.expr) -> str:
    """What an annotation takes, as policypack.lint.sdk_facts.Property says it."""
    match node:
        case ast.Constant(value=str(name)) if name.startswith("pulumi.InputType["):
            return _shape(ast.parse(name.removeprefix("pulumi.InputType[").removesuffix("]"), mode="eval").body)
        case ast.Constant(value=str(name)) if re.fullmatch(r"\w+Args", name):
            return name
        case ast.Subscript(value=of, slice=inner):
            kind = ast.unparse(of)
            if kind in _WRAPPERS:
                return _shape(inner)
            if kind in _LISTS:
                return f"[{_shape(inner)}"
            if kind in _MAPS and isinstance(inner, ast.Tuple):
                return f"{{{_shape(inner.elts[1])}"
            if kind == "Union" and isinstance(inner, ast.Tuple):
                return _union(inner.elts)
        case _:
            return _SCALARS.get(ast.unparse(node), "a")
    return "a"


def _union(members: Iterable[ast.expr]) -> str:
    # An object may be given as a class or as a dictionary, and the value of an enumeration as a text.
    words = [each for each in members if not re.fullmatch(r"'\w+ArgsDict'", ast.unparse(each))]
    shapes = {_shape(each) for each in words}
    enums = [each for each in words if isinstance(each, ast.Constant) and not str(each.value).endswith("Args")]
    if len(enums) == 1 and len(words) == 2:
        shapes.discard("a")
    return shapes.pop() if len(shapes) == 1 else "a"
