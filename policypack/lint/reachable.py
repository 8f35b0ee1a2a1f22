"""Which of a project's files of Python its program is made of: those that the entry point imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from policypack.lint.python_file import PythonFile

# What runs or imports modules whose names the syntax tree does not tell.
_FINDERS: Final = (
    *("importlib.import_module", "importlib.machinery", "importlib.util"),
    *("pkgutil.iter_modules", "pkgutil.walk_packages", "runpy"),
)
_BUILTIN_FINDERS: Final = ("__import__", "exec")


class Reached(NamedTuple):
    """
    The files that an entry point imports.

    :param names: their names, with that of the entry point.
    :param is_complete: whether these are all: false where the entry point is not there, a file could not be parsed, or
        one finds modules in another way than by importing them.
    """

    names: frozenset[str]
    is_complete: bool


def reachable(files: tuple[PythonFile, ...], entry: str) -> Reached:
    """
    The files that a program imports, also within functions.

    What lies beside them, such as the code of Lambda functions, stops no preview. A module may be anywhere in the
    project: programs change where Python looks for them.

    :param entry: the name of the file that Pulumi starts.
    """
    by_name = {file.name: file for file in files}
    by_end: dict[str, list[str]] = {}
    for name in by_name:
        by_end.setdefault(PurePosixPath(name).stem, []).append(name)
        by_end.setdefault(PurePosixPath(name).parent.name, []).append(name)
    found: set[str] = set()
    is_complete = entry in by_name
    open_ = [entry] if is_complete else []
    while open_:
        name = open_.pop()
        if name in found:
            continue
        found.add(name)
        file = by_name[name]
        is_complete = is_complete and file.tree is not None and not _finds_modules(file)
        for module in _imported(file):
            open_.extend(each for each in by_end.get(module[-1], ()) if each not in found and _is(each, module))
    return Reached(frozenset(found), is_complete)


def _finds_modules(file: PythonFile) -> bool:
    """Whether a file names something that runs or imports modules which it does not import itself."""
    for node in file.nodes:
        match node:
            case ast.Name(id=name) if name in _BUILTIN_FINDERS and not file.bindings[name]:
                return True
            # No finder is deeper in a module than what one attribute names.
            case ast.Name() | ast.Attribute(value=ast.Name()):
                full_name = file.full_name(node)
            case _:
                continue
        if any(full_name == finder or full_name.startswith(f"{finder}.") for finder in _FINDERS):
            return True
    return False


def _imported(file: PythonFile) -> Iterator[tuple[str, ...]]:
    """The parts of the names of the modules that a file imports, and of what it imports from them."""
    folder = PurePosixPath(file.name).parts[:-1]
    for node in file.nodes:
        names: list[tuple[str, ...]] = []
        if isinstance(node, ast.Import):
            names = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = folder[: len(folder) - node.level + 1] if node.level else ()
            module = (*above, *(node.module.split(".") if node.module else ()))
            names = [module, *((*module, alias.name) for alias in node.names)]
        for name in names:
            # A package runs before what is in it.
            yield from (name[:length] for length in range(1, len(name) + 1))


def _is(name: str, module: tuple[str, ...]) -> bool:
    """Whether a file is a module, wherever it lies."""
    path = PurePosixPath(name)
    parts = path.parts[:-1] if path.name == "__init__.py" else (*path.parts[:-1], path.stem)
    return parts[-len(module) :] == module
